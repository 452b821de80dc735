"""Bulk answering: real csv, xlsx and jsonl files, a small fake asker, and a real process that is killed."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.answering.assistant import Assistant
from assistant.bulk import delimited, json_lines, workbooks
from assistant.bulk.cells import Table, column_letter, unique_keys
from assistant.bulk.columns import find_column, find_heading_row
from assistant.bulk.encodings import decode
from assistant.bulk.journal import journal_path
from assistant.bulk.outcomes import ADDED, Outcome, added_headings, citation_text, failed
from assistant.bulk.runner import BulkInterrupted, answer_file
from assistant.bulk.tables import read_table
from assistant.errors import CancuError, EngineError, InputFileError, OutputExists, UsageError
from assistant.types import Answer, Citation, Turn

CITATION = Citation(
    number=1,
    document_id="nq57",
    title="Nghị quyết 57",
    path="nq57.md",
    page=3,
    headings=("Mục II", "Điều 5 Mục tiêu"),
    start=10,
    end=27,
    quote="diện tích 15,47 ha",
    note="bản tóm lược, không phải nguyên văn",
)


class FakeAsker:
    """Answers `«question» [1]`; `replies` holds other answers and errors by question, `asked` what was asked."""

    def __init__(
        self, replies: Mapping[str, Answer | BaseException] | None = None, fingerprints: Mapping[str, str] | None = None
    ) -> None:
        self.replies = dict(replies or {})
        self.fingerprints: Mapping[str, str] = dict(fingerprints or {"corpus": "c1"})
        self.asked: list[str] = []
        self.ids: list[str | None] = []

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        self.asked.append(question)
        self.ids.append(id)
        reply = self.replies.get(question, _answer(question, id))
        if isinstance(reply, BaseException):
            raise reply
        return reply


class _Busybody(FakeAsker):
    """Another program that writes `out` while a question is being answered."""

    def __init__(self, replies: Mapping[str, Answer | BaseException], out: Path) -> None:
        super().__init__(replies)
        self._out = out

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        self._out.write_text("quý giá")
        return super().ask(question, history=history, id=id)


def _answer(question: str, id: str | None = None) -> Answer:
    return Answer(
        question=question, text=f"«{question}» [1]", citations=(CITATION,), confidence=0.75, seconds=0.5, id=id
    )


def _abstention(question: str) -> Answer:
    return Answer(question=question, text="Các văn bản không nói tới điều này.", abstained=True, reason="no_evidence")


def _csv(path: Path, *rows: Sequence[str], delimiter: str = ",", encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=delimiter).writerows(rows)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def _xlsx(path: Path, *rows: Sequence[Any], title: str = "Câu hỏi") -> Path:
    book = openpyxl.Workbook()
    sheet = _active(book)
    sheet.title = title
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def _active(book: openpyxl.Workbook) -> Any:
    return book.active


def _sheet(path: Path) -> Any:
    return _active(openpyxl.load_workbook(path))


def _jsonl(path: Path, *objects: Mapping[str, Any]) -> Path:
    path.write_text("".join(json.dumps(value, ensure_ascii=False) + "\n" for value in objects), encoding="utf-8")
    return path


def _csv_rows(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def _xlsx_rows(path: Path) -> list[list[Any]]:
    return [list(row) for row in _sheet(path).iter_rows(values_only=True)]


def _json_rows(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


# The three formats


def _input(folder: Path, form: str) -> Path:
    if form == "csv":
        return _csv(folder / "in.csv", ["id", "câu hỏi", "ghi chú"], ["a", "Một?", "x"], ["b", "Hai?", "y"])
    if form == "xlsx":
        return _xlsx(folder / "in.xlsx", ["id", "câu hỏi", "ghi chú"], ["a", "Một?", "x"], ["b", "Hai?", "y"])
    rows = ({"id": "a", "câu hỏi": "Một?", "ghi chú": "x"}, {"id": "b", "câu hỏi": "Hai?", "ghi chú": "y"})
    return _jsonl(folder / "in.jsonl", *rows)


@pytest.mark.parametrize("out_format", ["csv", "xlsx", "jsonl"])
@pytest.mark.parametrize("in_format", ["csv", "xlsx", "jsonl"])
def test_every_format_is_answered_into_every_format(tmp_path: Path, in_format: str, out_format: str) -> None:
    asker, out = FakeAsker(), tmp_path / f"out.{out_format}"
    report = answer_file(asker, _input(tmp_path, in_format), out)
    assert asker.asked == ["Một?", "Hai?"]
    assert asker.ids == ["a", "b"]
    assert (report.rows, report.answered, report.failed) == (2, 2, 0)
    if out_format == "jsonl":
        assert [(row["id"], row["ghi chú"], row["answer"]) for row in _json_rows(out)] == [
            ("a", "x", "«Một?» [1]"),
            ("b", "y", "«Hai?» [1]"),
        ]
        return
    rows = _csv_rows(out) if out_format == "csv" else _xlsx_rows(out)
    assert rows[0] == ["id", "câu hỏi", "ghi chú", *ADDED]
    assert [row[:4] for row in rows[1:]] == [["a", "Một?", "x", "«Một?» [1]"], ["b", "Hai?", "y", "«Hai?» [1]"]]


def test_the_added_cells_hold_the_answer_and_a_citation_that_people_and_programs_can_read(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    answer_file(FakeAsker(), _csv(tmp_path / "in.csv", ["question"], ["Một?"]), out)
    headings, row = _csv_rows(out)
    cells = dict(zip(headings, row, strict=True))
    assert cells["abstained"] == "false"
    assert cells["confidence"] == "0.75"
    assert cells["engine"] == "extractive"
    assert cells["error"] == ""
    assert cells["citations"] == (
        "[1] Nghị quyết 57 (bản tóm lược, không phải nguyên văn) — Mục II › Điều 5 Mục tiêu, trang 3: "
        "«diện tích 15,47 ha»"
    )
    assert json.loads(cells["citations_json"])[0]["quote"] == "diện tích 15,47 ha"
    assert json.loads(cells["citations_json"])[0]["start"] == 10


def test_a_citation_without_page_and_headings_shows_title_and_quotation() -> None:
    bare = {"number": 2, "title": "Sổ tay", "page": None, "headings": [], "quote": "một\nhai", "note": None}
    assert citation_text(bare) == "[2] Sổ tay: «một\nhai»"


def test_a_jsonl_line_is_the_answer_object_with_the_rows_own_keys(tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", {"id": 7, "question": "Một?", "nguồn": {"trang": [1, 2]}, "điểm": 1.5})
    answer_file(FakeAsker(), source, tmp_path / "out.jsonl")
    expected = _answer("Một?", "7").to_json() | {"id": 7, "nguồn": {"trang": [1, 2]}, "điểm": 1.5}
    assert _json_rows(tmp_path / "out.jsonl") == [json.loads(json.dumps(expected))]


def test_an_empty_or_missing_id_is_no_id(tmp_path: Path) -> None:
    source = _jsonl(
        tmp_path / "in.jsonl", {"id": "", "question": "Một?"}, {"question": "Hai?"}, {"id": 0, "question": "Ba?"}
    )
    asker = FakeAsker()
    answer_file(asker, source, tmp_path / "out.jsonl")
    assert asker.ids == [None, None, "0"]
    assert [row["id"] for row in _json_rows(tmp_path / "out.jsonl")] == ["", None, 0]


def test_a_key_that_both_have_stays_the_rows_and_the_answers_is_under_cancu(tmp_path: Path) -> None:
    source = _jsonl(
        tmp_path / "in.jsonl",
        {"question": "Một?", "answer": "mẫu", "cancu_answer": 1},
        {"question": "Hai?", "engine": "tay"},
    )
    answer_file(FakeAsker(), source, tmp_path / "out.jsonl")
    first, second = _json_rows(tmp_path / "out.jsonl")
    assert (first["answer"], first["cancu_answer"], first["cancu_cancu_answer"]) == ("mẫu", 1, "«Một?» [1]")
    assert "engine" not in first
    assert first["cancu_engine"] == "extractive"  # the same name in every line
    assert (second["engine"], second["cancu_engine"], second["cancu_cancu_answer"]) == (
        "tay",
        "extractive",
        "«Hai?» [1]",
    )


def test_another_columns_question_key_stays_when_the_column_is_given(tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", {"question": "cũ", "rewritten": "Mới?"})
    answer_file(FakeAsker(), source, tmp_path / "out.jsonl", column="rewritten")
    (row,) = _json_rows(tmp_path / "out.jsonl")
    assert (row["question"], row["cancu_question"], row["rewritten"]) == ("cũ", "Mới?", "Mới?")


def test_a_heading_that_we_would_add_is_kept_and_ours_is_prefixed(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    answer_file(FakeAsker(), _csv(tmp_path / "in.csv", ["question", "Answer "], ["Một?", "mẫu"]), out)
    assert _csv_rows(out)[0] == ["question", "Answer ", "cancu_answer", *ADDED[1:]]
    assert _csv_rows(out)[1][1:3] == ["mẫu", "«Một?» [1]"]


ODD_ROWS = (
    ["STT", "Câu hỏi", "", "Ghi chú", "Ghi chú"],
    ["1", "Một\ndòng?", "a", "b", "c"],
    ["", "", "", "", ""],
    ["3", "   ", "d", "", "f"],
    ["4", 'Có "ngoặc", phẩy; chấm phẩy?', "", "", "g"],
)


@pytest.mark.parametrize("out_format", ["csv", "xlsx"])
@pytest.mark.parametrize("in_format", ["csv", "xlsx"])
def test_repeated_and_empty_headings_blank_rows_and_line_breaks_are_kept_in_order(
    tmp_path: Path, in_format: str, out_format: str
) -> None:
    write = _csv if in_format == "csv" else _xlsx
    asker, out = FakeAsker(), tmp_path / f"out.{out_format}"
    report = answer_file(asker, write(tmp_path / f"in.{in_format}", *ODD_ROWS), out)
    rows = _csv_rows(out) if out_format == "csv" else _xlsx_rows(out)
    assert [["" if cell is None else cell for cell in row[:5]] for row in rows] == [list(row) for row in ODD_ROWS]
    assert asker.asked == ["Một\ndòng?", 'Có "ngoặc", phẩy; chấm phẩy?']
    assert [row[-1] or "" for row in rows[1:]] == [
        "",
        "blank_question: Ô câu hỏi để trống.",
        "blank_question: Ô câu hỏi để trống.",
        "",
    ]
    assert (report.rows, report.answered, report.failed) == (4, 2, 2)


def test_repeated_and_empty_headings_become_keys_of_their_own(tmp_path: Path) -> None:
    answer_file(FakeAsker(), _csv(tmp_path / "in.csv", *ODD_ROWS), tmp_path / "out.jsonl")
    rows = _json_rows(tmp_path / "out.jsonl")
    assert [rows[0][key] for key in ("STT", "Câu hỏi", "column_C", "Ghi chú", "Ghi chú_2")] == [*ODD_ROWS[1]]
    assert rows[1]["answer"] is None
    assert rows[1]["error"] == {"code": "blank_question", "message": "Ô câu hỏi để trống."}
    assert rows[0].keys() - {"STT", "Câu hỏi", "column_C", "Ghi chú", "Ghi chú_2"} == _answer("x").to_json().keys()
    assert rows[1].keys() - rows[0].keys() == {"error"}


def test_keys_made_for_headings_never_meet_a_heading() -> None:
    assert unique_keys(["a", "a", "a_2", "", "column_D"]) == ["a", "a_3", "a_2", "column_D_2", "column_D"]


# Csv


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_out_and_kept(tmp_path: Path, delimiter: str) -> None:
    rows = ["id", "câu hỏi"], ["1", "Ai, ở đâu; khi nào | thế nào?"], ["2", "Vì sao?"]
    asker, out = FakeAsker(), tmp_path / "out.csv"
    answer_file(asker, _csv(tmp_path / "in.csv", *rows, delimiter=delimiter), out)
    assert asker.asked == ["Ai, ở đâu; khi nào | thế nào?", "Vì sao?"]
    assert [row[:2] for row in _csv_rows(out, delimiter)] == [list(row) for row in rows]


def test_one_column_of_unquoted_questions_with_commas_stays_one_column(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("Câu hỏi\nAi, ở đâu?\nVì sao?\nMột, hai, ba?\n", encoding="utf-8")
    asker = FakeAsker()
    answer_file(asker, tmp_path / "in.csv", tmp_path / "out.csv")
    assert asker.asked == ["Ai, ở đâu?", "Vì sao?", "Một, hai, ba?"]


def test_excels_separator_line_is_obeyed(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes("sep=^\r\nid^question\r\n1^Ai, ở đâu?\r\n".encode("utf-8-sig"))
    asker = FakeAsker()
    answer_file(asker, tmp_path / "in.csv", tmp_path / "out.csv")
    assert asker.asked == ["Ai, ở đâu?"]


def _windows_1258(text: str) -> bytes:
    """As Windows writes it: the vowel with its shape, then the tone."""
    tones = "\u0300\u0301\u0303\u0309\u0323"
    pieces = []
    for character in text:
        parts = unicodedata.normalize("NFD", character)
        shape = unicodedata.normalize("NFC", "".join(part for part in parts if part not in tones))
        pieces.append(shape + "".join(part for part in parts if part in tones))
    return "".join(pieces).encode("cp1258")


QUESTION = "Diện tích Khu Công nghệ thông tin Đà Nẵng là bao nhiêu? Ai được miễn?"


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "windows-1258"]
)
def test_the_encoding_is_found_out(tmp_path: Path, encoding: str) -> None:
    text = f"mã;câu hỏi\r\n1;{QUESTION}\r\n2;Vì sao?\r\n"
    encoded = _windows_1258(text) if encoding == "windows-1258" else text.encode(encoding)
    (tmp_path / "in.csv").write_bytes(encoded)
    asker, out = FakeAsker(), tmp_path / "out.csv"
    answer_file(asker, tmp_path / "in.csv", out)
    assert asker.asked == [QUESTION, "Vì sao?"]
    assert _csv_rows(out, ";")[1][:3] == ["1", QUESTION, f"«{QUESTION}» [1]"]


@pytest.mark.parametrize(
    ("name", "encoding", "marked"),
    [("in.csv", "utf-8", False), ("in.csv", "utf-8-sig", True), ("in.csv", "utf-16", True)],
)
def test_a_byte_order_mark_is_written_where_excel_needs_it_and_not_where_there_was_none(
    tmp_path: Path, name: str, encoding: str, marked: bool
) -> None:
    answer_file(FakeAsker(), _csv(tmp_path / name, ["question"], ["Ở đâu?"], encoding=encoding), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf") is marked


def test_a_csv_made_from_a_workbook_opens_in_excel(tmp_path: Path) -> None:
    answer_file(FakeAsker(), _xlsx(tmp_path / "in.xlsx", ["question"], ["Ở đâu?"]), tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_bytes().startswith(b"\xef\xbb\xbf")


def test_utf8_with_one_damaged_byte_names_the_line_rather_than_being_read_as_another_encoding() -> None:
    data = ("question\n" + "Ở đâu có đường tốt?\n" * 20).encode()
    broken = data[:-3] + b"\xff" + data[-2:]
    with pytest.raises(InputFileError, match="hỏng ở dòng 21"):
        decode(broken, "in.csv")


def test_an_unclosed_quotation_mark_is_an_error_and_does_not_swallow_the_rows_after_it(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text('id,question\n1,Một?\n2,"Hai?\n3,Ba?\n', encoding="utf-8")
    with pytest.raises(InputFileError, match="từ dòng 3"):
        answer_file(FakeAsker(), tmp_path / "in.csv", tmp_path / "out.csv")


def test_a_row_with_more_cells_than_headings_is_not_asked_in_part(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,question\n1,Một?\n2,Ai, ở đâu?\n3,Ba?,\n", encoding="utf-8")
    asker = FakeAsker()
    report = answer_file(asker, tmp_path / "in.csv", tmp_path / "out.csv")
    rows = _csv_rows(tmp_path / "out.csv")
    assert asker.asked == ["Một?", "Ba?"]
    assert report.failed == 1
    assert rows[2][:3] == ["2", "Ai", " ở đâu?"]
    assert rows[2][-1].startswith("bad_row: Dòng có 3 ô mà hàng tiêu đề có 2")


def test_a_cell_of_a_million_characters_is_read(tmp_path: Path) -> None:
    long = "dài " * 250_000
    source = _csv(tmp_path / "in.csv", ["question", "note"], ["Một?", long])
    answer_file(FakeAsker(), source, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.reader(file))[1][1] == long


# Xlsx


def test_numbers_dates_and_truth_values_stay_what_they_are_in_a_workbook(tmp_path: Path) -> None:
    source = tmp_path / "in.xlsx"
    book = openpyxl.Workbook()
    _active(book).append(["STT", "Câu hỏi", "Ngày", "Tỷ lệ", "Gấp"])
    _active(book).append([1, "Một?", datetime(2026, 11, 22), 0.155, True])
    _active(book)["C2"].number_format = "dd/mm/yyyy"
    _active(book)["D2"].number_format = "0.0%"
    book.save(source)
    answer_file(FakeAsker(), source, tmp_path / "out.xlsx")
    sheet = _sheet(tmp_path / "out.xlsx")
    assert [cell.value for cell in sheet[2]][:5] == [1, "Một?", datetime(2026, 11, 22), 0.155, True]
    assert [sheet["C2"].number_format, sheet["D2"].number_format] == ["dd/mm/yyyy", "0.0%"]
    assert sheet.title == "Sheet"
    answer_file(FakeAsker(), source, tmp_path / "out.csv")
    assert _csv_rows(tmp_path / "out.csv")[1][:5] == ["1", "Một?", "2026-11-22", "0.155", "true"]
    answer_file(FakeAsker(), source, tmp_path / "out.jsonl")
    row = _json_rows(tmp_path / "out.jsonl")[0]
    assert [row[key] for key in ("STT", "Ngày", "Tỷ lệ", "Gấp")] == [1, "2026-11-22", 0.155, True]


def _with_sheet_xml(path: Path, *replacements: tuple[str, str]) -> Path:
    """The workbook with its first sheet's XML changed, as another program would have written it."""
    with zipfile.ZipFile(path) as archive:
        parts = {item: archive.read(item) for item in archive.namelist()}
    sheet = parts["xl/worksheets/sheet1.xml"].decode().replace(" />", "/>").replace("<v></v>", "<v/>")  # as lxml has it
    for old, new in replacements:
        assert old in sheet
        sheet = sheet.replace(old, new)
    parts["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w") as archive:
        for item, data in parts.items():
            archive.writestr(item, data)
    return path


def test_formulas_in_the_input_are_read_as_their_values(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "in.xlsx", ["question", "sum", "none"], ["Một?", "=1+2", "=3+4"], ['="Hai"&"?"', 1, 2])
    _with_sheet_xml(source, ("<f>1+2</f><v/>", "<f>1+2</f><v>3</v>"))
    asker = FakeAsker()
    answer_file(asker, source, tmp_path / "out.xlsx")
    sheet = _sheet(tmp_path / "out.xlsx")
    assert asker.asked == ["Một?"]  # a formula without its value is not a question
    assert [cell.value for cell in sheet[2]][:3] == ["Một?", 3, "=3+4"]
    assert sheet["C2"].data_type == "s"
    assert sheet.cell(3, 3 + len(ADDED)).value.startswith("uncalculated_formula: ")


def test_a_wrong_size_in_the_file_hides_no_row(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "in.xlsx", ["question", "n"], ["Một?", 1], ["Hai?", 2])
    _with_sheet_xml(source, ('<dimension ref="A1:B3"/>', '<dimension ref="A1"/>'))
    asker = FakeAsker()
    answer_file(asker, source, tmp_path / "out.xlsx")
    assert asker.asked == ["Một?", "Hai?"]


def test_the_sheet_with_the_questions_is_read_and_the_report_names_the_others(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "in.xlsx", ["Hướng dẫn"], ["Điền vào trang sau."], title="Bìa")
    book = openpyxl.load_workbook(source)
    for row in (["Danh sách gửi Sở"], [], ["STT", "Câu hỏi"], [1, "Một?"]):
        book.create_sheet("Danh sách") if "Danh sách" not in book.sheetnames else None
        book["Danh sách"].append(row)
    book.save(source)
    asker = FakeAsker()
    report = answer_file(asker, source, tmp_path / "out.xlsx")
    assert asker.asked == ["Một?"]
    assert report.notes == ("Chỉ đọc trang tính «Danh sách»; không đọc: «Bìa».",)
    rows = _xlsx_rows(tmp_path / "out.xlsx")
    assert [row[0] for row in rows[:2]] == ["Danh sách gửi Sở", None]  # the title above the headings is kept
    assert rows[2][:3] == ["STT", "Câu hỏi", "answer"]
    assert rows[3][:3] == [1, "Một?", "«Một?» [1]"]


def test_formatted_empty_rows_at_the_end_of_a_sheet_are_no_questions(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "in.xlsx", ["question"], ["Một?"])
    book = openpyxl.load_workbook(source)
    _active(book)["A900"].number_format = "0.0"
    book.save(source)
    assert answer_file(FakeAsker(), source, tmp_path / "out.csv").rows == 1


def test_a_text_too_long_for_a_cell_is_cut_visibly_and_reported(tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", {"question": "Một?", "note": "đ" * 40_000})
    report = answer_file(FakeAsker(), source, tmp_path / "out.xlsx")
    cell = _xlsx_rows(tmp_path / "out.xlsx")[1][1]
    assert len(cell) == 32_767
    assert cell.endswith("(bị cắt: ô Excel chứa tối đa 32.767 ký tự)")
    assert report.notes == ("1 ô quá dài so với giới hạn của Excel nên bị cắt; tệp jsonl giữ đủ.",)


def test_a_whole_number_that_excel_would_round_is_written_as_text(tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "in.jsonl", {"question": "Một?", "số": 12345678901234567890, "nhỏ": 12})
    answer_file(FakeAsker(), source, tmp_path / "out.xlsx")
    assert _xlsx_rows(tmp_path / "out.xlsx")[1][1:3] == ["12345678901234567890", 12]


def test_a_workbook_that_unpacks_to_too_much_is_refused() -> None:
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/huge.xml", "w") as part:
        for _ in range(workbooks.MAX_UNPACKED // 2**24 + 1):
            part.write(b" " * 2**24)
    assert len(bomb.getvalue()) < 2**20
    with pytest.raises(InputFileError, match="quá giới hạn 512 MiB"):
        read_table(bomb.getvalue(), "in.xlsx")


# Formulas

FORMULAS = ["=1+1", "+84 912", "-2+3", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("x")', "＝1"]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_in_a_cell_or_an_answer_reaches_a_csv_as_text(tmp_path: Path, formula: str) -> None:
    reply = Answer(question="Một?", text=formula)
    source = _csv(tmp_path / "in.csv", ["question", formula], ["Một?", formula])
    answer_file(FakeAsker({"Một?": reply}), source, tmp_path / "out.csv")
    headings, row = _csv_rows(tmp_path / "out.csv")
    assert headings[1] == f"'{formula}"
    assert row[1:3] == [f"'{formula}", f"'{formula}"]


@pytest.mark.parametrize("formula", [*FORMULAS, "=", "#N/A"])
def test_a_formula_in_a_cell_or_an_answer_reaches_a_workbook_as_text(tmp_path: Path, formula: str) -> None:
    reply = Answer(question="Một?", text=formula)
    source = _jsonl(tmp_path / "in.jsonl", {"question": "Một?", "note": formula})
    answer_file(FakeAsker({"Một?": reply}), source, tmp_path / "out.xlsx")
    sheet = _sheet(tmp_path / "out.xlsx")
    for cell in (sheet["B2"], sheet["C2"]):
        assert cell.value == formula.replace("\r", "\n")
        assert cell.data_type == "s"
        assert cell.quotePrefix is (formula not in ("\r=1", "#N/A"))  # it stays text when someone edits the cell
    with zipfile.ZipFile(tmp_path / "out.xlsx") as archive:
        assert b"<f" not in archive.read("xl/worksheets/sheet1.xml").replace(b"<fo", b"")


def test_a_negative_number_is_no_formula(tmp_path: Path) -> None:
    source = _csv(tmp_path / "in.csv", ["question", "n", "m"], ["Một?", "-5", "-1.234,5"])
    answer_file(FakeAsker(), source, tmp_path / "out.csv")
    assert _csv_rows(tmp_path / "out.csv")[1][1:3] == ["-5", "-1.234,5"]


# Jsonl


def test_a_broken_line_carries_its_error_and_its_text_and_the_rest_go_on(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"question": "Một?"}\n\n{"question": \n[1]\n{"question": "Hai?"}\n')
    asker = FakeAsker()
    report = answer_file(asker, tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    rows = _json_rows(tmp_path / "out.jsonl")
    assert asker.asked == ["Một?", "Hai?"]
    assert [row.get("error", {}).get("code") for row in rows] == [None, "bad_row", "bad_row", None]
    assert [row.get("line") for row in rows] == [None, '{"question": ', "[1]", None]
    assert report.failed == 2


def test_a_lone_surrogate_stops_no_format(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_text('{"question": "Một?", "note": "\\ud800 đ"}\n')
    for form, note in (("csv", "? đ"), ("xlsx", "\ufffd đ"), ("jsonl", "\ud800 đ")):
        out = tmp_path / f"out.{form}"
        answer_file(FakeAsker(), tmp_path / "in.jsonl", out)
        rows: Any = {"csv": _csv_rows, "xlsx": _xlsx_rows, "jsonl": _json_rows}[form](out)
        assert (rows[0]["note"] if form == "jsonl" else rows[1][1]) == note


# What a file is


@pytest.mark.parametrize(("named", "form"), [("in.csv", "xlsx"), ("in.xlsx", "csv"), ("in.txt", "jsonl")])
def test_the_content_and_not_the_ending_tells_what_the_input_is(tmp_path: Path, named: str, form: str) -> None:
    source = _input(tmp_path, form).rename(tmp_path / named)
    asker = FakeAsker()
    answer_file(asker, source, tmp_path / "out.jsonl")
    assert asker.asked == ["Một?", "Hai?"]


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("in.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "Excel đời cũ"),
        ("in.xlsx", b"PK\x03\x04 cut off", "không phải xlsx lành lặn"),
        ("in.csv", b"%PDF-1.7\n", "là PDF"),
        ("in.csv", b"\x00\x01\x02\xff\xfe\x00" * 40, "Không nhận ra bảng mã"),
        ("in.csv", b"", "không có dòng câu hỏi nào"),
        ("in.csv", b"question\n", "không có dòng câu hỏi nào"),
        ("in.jsonl", b"question\nMot?\n", "không phải jsonl"),
    ],
)
def test_what_cannot_be_a_question_file_is_refused_with_a_reason(
    tmp_path: Path, name: str, data: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputFileError, match=said):
        answer_file(FakeAsker(), tmp_path / name, tmp_path / "out.csv")
    assert [path.name for path in tmp_path.iterdir()] == [name]


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    other = io.BytesIO()
    with zipfile.ZipFile(other, "w") as archive:
        archive.writestr("word/document.xml", "<w/>")
    with pytest.raises(InputFileError, match=r"lưu lại dạng \.xlsx"):
        read_table(other.getvalue(), "in.xlsx")


def test_a_missing_input_and_an_unknown_output_format_say_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match="Không có tệp"):
        answer_file(FakeAsker(), tmp_path / "none.csv", tmp_path / "out.csv")
    source = _csv(tmp_path / "in.csv", ["question"], ["Một?"])
    with pytest.raises(UsageError, match=r"\.csv, \.xlsx hoặc \.jsonl"):
        answer_file(FakeAsker(), source, tmp_path / "out.docx")
    with pytest.raises(UsageError, match="trong thư mục đã có"):
        answer_file(FakeAsker(), source, tmp_path / "none" / "out.csv")


# The question column


@pytest.mark.parametrize(
    ("headings", "place"),
    [
        (["id", "question", "answer"], 1),
        (["STT", "Câu hỏi"], 1),
        (["stt", "CAU HOI (*)", "Trả lời"], 1),
        (["cau_hoi", "dap_an"], 0),
        (["Mã câu hỏi", "Nội dung câu hỏi", "Loại câu hỏi"], 1),
        (["question_id", "question_type", "question_text"], 2),
        (["Người đặt câu hỏi", "Câu hỏi của người dân"], 1),
        (["Câu hỏi của người dân", "Câu hỏi"], 1),
        (["id", "text"], 1),
        (["Họ tên", "Nội dung", "Nội dung câu hỏi"], 2),
        (["Ca\u0302u ho\u0309i", "x"], 0),
    ],
)
def test_the_question_column_is_found_by_its_name(headings: list[str], place: int) -> None:
    assert find_column(headings) == place


@pytest.mark.parametrize(
    ("column", "place"),
    [("Ý kiến", 1), ("y kien", 1), ("B", 1), ("c", 2), ("A", 0), ("C", 2)],
)
def test_the_question_column_is_given_by_name_or_letter(column: str, place: int) -> None:
    assert find_column(["Câu hỏi", "Ý kiến", "Khác"], column) == place


@pytest.mark.parametrize(
    ("rows", "column", "place"),
    [
        ([["STT", "Câu hỏi"], ["1", "Một?"]], None, 0),
        ([["DANH SÁCH CÂU HỎI", ""], [], ["STT", "Câu hỏi"], ["1", "Một?"]], None, 2),
        ([["DANH SÁCH CÂU HỎI", ""], ["STT", "Ý kiến"], ["1", "Một?"]], "B", 1),
        ([["DANH SÁCH CÂU HỎI", ""], ["STT", "Ý kiến"], ["1", "Một?"]], "ý kiến", 1),
        ([["Danh sách câu hỏi"], ["Một?"], ["Hai?"]], None, 0),
        ([["Câu hỏi", ""], ["Một?", "ghi chú không tên"]], None, 0),
        ([["STT", "Ý kiến", "Đáp án"], ["1", "Một?", "B"]], "B", 0),
        ([["STT", "Ý kiến"], ["1", "Câu hỏi này thuộc về ai?"]], "B", 0),
        ([[], ["Ý kiến", "x"], ["Một?", "y"]], None, 1),
    ],
)
def test_the_headings_are_found_under_a_title_and_never_among_the_data(
    rows: list[list[str]], column: str | None, place: int
) -> None:
    assert find_heading_row(rows, column) == place


def test_a_title_is_not_taken_for_the_question_column(tmp_path: Path) -> None:
    source = _xlsx(tmp_path / "in.xlsx", ["DANH SÁCH CÂU HỎI"], ["STT", "Ý kiến"], [1, "Một?"])
    with pytest.raises(InputFileError, match="A «STT»; B «Ý kiến»"):
        answer_file(FakeAsker(), source, tmp_path / "out.xlsx")
    asker = FakeAsker()
    answer_file(asker, source, tmp_path / "out.xlsx", column="B")
    assert asker.asked == ["Một?"]


def test_a_name_comes_before_a_letter() -> None:
    assert find_column(["x", "y", "A"], "A") == 2


def test_no_question_column_lists_the_columns_and_the_option() -> None:
    with pytest.raises(InputFileError) as raised:
        find_column(["Họ tên", "Ý kiến"])
    assert "A «Họ tên»; B «Ý kiến»" in raised.value.message
    assert '--column "Họ tên"' in raised.value.message


def test_two_question_columns_are_listed_and_not_guessed_between() -> None:
    with pytest.raises(InputFileError) as raised:
        find_column(["id", "Câu hỏi", "question"])
    assert "Có 2 cột" in raised.value.message
    assert "B «Câu hỏi»; C «question»" in raised.value.message
    with pytest.raises(InputFileError, match="Có 2 cột"):
        find_column(["Ghi chú", "Ghi chú"], "ghi chú")


def test_a_column_that_is_not_there_is_an_error() -> None:
    with pytest.raises(InputFileError, match="Không có cột «Z»"):
        find_column(["question"], "Z")


def test_letters_count_as_in_a_spreadsheet() -> None:
    assert [column_letter(place) for place in (0, 25, 26, 27, 701, 702)] == ["A", "Z", "AA", "AB", "ZZ", "AAA"]


# Rows that fail


def test_a_failing_row_carries_its_error_and_the_rest_go_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    replies: dict[str, Answer | BaseException] = {
        "Hai?": EngineError("Máy chủ LLM không trả lời."),
        "Ba?": ZeroDivisionError("chi tiết"),
        "Bốn?": _abstention("Bốn?"),
    }
    source = _csv(tmp_path / "in.csv", ["question"], ["Một?"], ["Hai?"], ["Ba?"], ["Bốn?"], ["Năm?"])
    report = answer_file(FakeAsker(replies), source, tmp_path / "out.csv")
    rows = _csv_rows(tmp_path / "out.csv")[1:]
    assert [row[-1] for row in rows] == [
        "",
        "engine: Máy chủ LLM không trả lời.",
        "unexpected: Lỗi ngoài dự kiến (ZeroDivisionError).",
        "",
        "",
    ]
    assert [row[2] for row in rows] == ["false", "", "", "true", "false"]
    assert (report.answered, report.abstained, report.failed) == (3, 1, 2)
    assert "ZeroDivisionError: chi tiết" in caplog.text
    assert "Đã trả lời 3 trên 5 dòng, trong đó 1 dòng không đủ căn cứ; 2 dòng lỗi (xem cột error)" in report.text


# The output: whole or not at all, and never over something


def test_the_output_appears_only_when_every_row_is_done(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    seen: list[tuple[int, int, bool]] = []
    answer_file(
        FakeAsker(),
        _csv(tmp_path / "in.csv", ["question"], ["Một?"], ["Hai?"]),
        out,
        progress=lambda done, total: seen.append((done, total, out.exists())),
    )
    assert seen == [(0, 2, False), (1, 2, False), (2, 2, False)]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in.csv", "out.csv"]


def test_an_existing_output_needs_overwrite(tmp_path: Path) -> None:
    source, out = _csv(tmp_path / "in.csv", ["question"], ["Một?"]), tmp_path / "out.csv"
    out.write_text("quý giá")
    with pytest.raises(OutputExists, match="--overwrite"):
        answer_file(FakeAsker(), source, out)
    assert out.read_text() == "quý giá"
    answer_file(FakeAsker(), source, out, overwrite=True)
    assert _csv_rows(out)[1][1] == "«Một?» [1]"


def test_an_output_that_appears_meanwhile_is_not_overwritten_and_no_answer_is_lost(tmp_path: Path) -> None:
    source, out = _csv(tmp_path / "in.csv", ["question"], ["Một?"]), tmp_path / "out.csv"
    with pytest.raises(OutputExists):
        answer_file(_Busybody({}, out), source, out)
    assert out.read_text() == "quý giá"
    assert not out.with_name("out.csv.partial").exists()
    again = FakeAsker()
    answer_file(again, source, out, overwrite=True)
    assert again.asked == []


def test_overwriting_puts_a_new_file_in_place_and_never_writes_into_the_old_one(tmp_path: Path) -> None:
    source, out = _csv(tmp_path / "in.csv", ["question"], ["Một?"]), tmp_path / "out.csv"
    out.write_text("cũ")
    os.link(out, tmp_path / "held.csv")
    answer_file(FakeAsker(), source, out, overwrite=True)
    assert (tmp_path / "held.csv").read_text() == "cũ"
    assert not out.samefile(tmp_path / "held.csv")


@pytest.mark.parametrize("kind", ["same", "symlink", "hardlink", "dots"])
def test_the_input_is_never_the_output(tmp_path: Path, kind: str) -> None:
    source = _csv(tmp_path / "in.csv", ["question"], ["Một?"])
    before = source.read_bytes()
    out = {"same": source, "dots": tmp_path / ".." / tmp_path.name / "in.csv"}.get(kind, tmp_path / "out.csv")
    if kind == "symlink":
        out.symlink_to(source)
    if kind == "hardlink":
        os.link(source, out)
    with pytest.raises(OutputExists, match="chính là tệp câu hỏi"):
        answer_file(FakeAsker(), source, out, overwrite=True)
    assert source.read_bytes() == before


def test_the_input_is_never_the_progress_file(tmp_path: Path) -> None:
    source = _jsonl(tmp_path / "out.csv.progress.jsonl", {"question": "Một?"})
    with pytest.raises(OutputExists):
        answer_file(FakeAsker(), source, tmp_path / "out.csv")


def test_a_folder_that_cannot_be_written_is_an_error_for_people(tmp_path: Path) -> None:
    source = _csv(tmp_path / "in.csv", ["question"], ["Một?"])
    journal_path(tmp_path / "out.csv").mkdir()
    with pytest.raises(CancuError, match="Không ghi được cạnh"):
        answer_file(FakeAsker(), source, tmp_path / "out.csv")


# Stopped and started again


def _stop_at(question: str) -> FakeAsker:
    return FakeAsker({question: KeyboardInterrupt()})


def _five(folder: Path) -> Path:
    return _csv(folder / "in.csv", ["id", "question"], *([str(n), f"Câu {n}?"] for n in range(1, 6)))


def test_an_interrupted_run_says_how_to_go_on_and_then_asks_only_what_remains(tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(BulkInterrupted, match=r"sau 2 trên 5 dòng.*chạy lại đúng lệnh") as raised:
        answer_file(_stop_at("Câu 3?"), _five(tmp_path), out)
    assert isinstance(raised.value, KeyboardInterrupt)
    assert not out.exists()
    asker = FakeAsker()
    calls: list[tuple[int, int]] = []
    report = answer_file(asker, _five(tmp_path), out, progress=lambda *call: calls.append(call))
    assert asker.asked == ["Câu 3?", "Câu 4?", "Câu 5?"]
    assert calls[0] == (2, 5)
    assert (report.resumed, report.answered) == (2, 5)
    assert not journal_path(out).exists()
    answer_file(FakeAsker(), _five(tmp_path), tmp_path / "whole.csv")
    assert out.read_bytes() == (tmp_path / "whole.csv").read_bytes()


@pytest.mark.parametrize("damage", [b'{"row": 2, "answ', b"not json\n", b'{"row": 4, "answer": null, "error": null}\n'])
def test_a_torn_or_damaged_last_line_is_asked_again(tmp_path: Path, damage: bytes) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(BulkInterrupted):
        answer_file(_stop_at("Câu 3?"), _five(tmp_path), out)
    with journal_path(out).open("ab") as journal:
        journal.write(damage)
    asker = FakeAsker()
    answer_file(asker, _five(tmp_path), out)
    assert asker.asked == ["Câu 3?", "Câu 4?", "Câu 5?"]
    assert [row[:2] for row in _csv_rows(out)[1:]] == [[str(n), f"Câu {n}?"] for n in range(1, 6)]


@pytest.mark.parametrize("changed", ["input", "column", "fingerprints", "torn header"])
def test_progress_of_other_questions_or_another_corpus_is_not_continued_and_the_report_says_so(
    tmp_path: Path, changed: str
) -> None:
    out = tmp_path / "out.csv"
    with pytest.raises(BulkInterrupted):
        answer_file(_stop_at("Câu 3?"), _five(tmp_path), out)
    if changed == "input":
        (tmp_path / "in.csv").write_text((tmp_path / "in.csv").read_text() + "6,Câu 6?\n")
    if changed == "torn header":
        journal_path(out).write_bytes(journal_path(out).read_bytes()[:20])
    asker = FakeAsker(fingerprints={"corpus": "c2" if changed == "fingerprints" else "c1"})
    report = answer_file(asker, tmp_path / "in.csv", out, column="id" if changed == "column" else None)
    assert len(asker.asked) == (6 if changed == "input" else 5)
    assert report.resumed == 0
    said = {"input": "tệp câu hỏi", "column": "cột câu hỏi", "fingerprints": "kho văn bản", "torn header": "không đọc"}
    assert said[changed] in report.notes[0]
    assert "làm lại từ đầu" in report.text


CHILD = """
import sys, time
from pathlib import Path
from assistant.bulk.runner import answer_file
from assistant.types import Answer, Citation

class Slow:
    fingerprints = {"corpus": "c1"}
    def ask(self, question, *, history=(), id=None):
        with open(sys.argv[3], "a", encoding="utf-8") as asked:
            print(question, file=asked, flush=True)
        if question == "Câu 3?":
            time.sleep(600)
        return Answer(question=question, text="của lượt bị ngắt", id=id)

answer_file(Slow(), Path(sys.argv[1]), Path(sys.argv[2]))
"""


def test_a_killed_process_is_continued_by_the_next_and_meanwhile_a_second_one_is_kept_out(tmp_path: Path) -> None:
    source, out, asked = _five(tmp_path), tmp_path / "out.csv", tmp_path / "asked.txt"
    child = subprocess.Popen([sys.executable, "-c", CHILD, str(source), str(out), str(asked)])
    try:
        deadline = time.monotonic() + 60
        while not (asked.exists() and "Câu 3?" in asked.read_text(encoding="utf-8")):
            assert time.monotonic() < deadline
            assert child.poll() is None
            time.sleep(0.02)
        with pytest.raises(UsageError, match="lượt chạy khác"):
            answer_file(FakeAsker(), source, out)
    finally:
        child.send_signal(signal.SIGKILL)
        child.wait()
    assert not out.exists()
    asker = FakeAsker()
    report = answer_file(asker, source, out)
    assert asker.asked == ["Câu 3?", "Câu 4?", "Câu 5?"]
    assert report.resumed == 2
    assert [row[2] for row in _csv_rows(out)[1:]] == ["của lượt bị ngắt"] * 2 + [f"«Câu {n}?» [1]" for n in (3, 4, 5)]


# Round trips of any text

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
ROWS = st.lists(st.tuples(TEXTS, TEXTS, TEXTS), min_size=1, max_size=5)


def _table(rows: Sequence[tuple[str, ...]], **how: Any) -> Table:
    return Table(headings=("question", "b", "c"), rows=tuple(rows), **how)


def _written(write: Any, table: Table, **how: Any) -> bytes:
    file = io.BytesIO()
    write(file, table, [failed("x", "y")] * len(table.rows), **how)
    return file.getvalue()


@settings(deadline=None, max_examples=150)
@given(rows=ROWS, delimiter=st.sampled_from(",;\t|"), mark=st.booleans())
def test_any_text_survives_a_csv_but_for_the_apostrophe_before_formulas(
    rows: list[tuple[str, str, str]], delimiter: str, mark: bool
) -> None:
    rows = [tuple(text.replace("\0", "") for text in row) for row in rows]  # type: ignore[misc]
    data = _written(delimited.write, _table(rows, delimiter=delimiter, mark=mark))
    text, plain = decode(data, "x.csv")
    found = delimited.read(text, "x.csv", mark=not plain)
    assert plain is not mark
    assert found.headings == ("question", "b", "c", *ADDED)
    assert found.delimiter == delimiter
    for cells, row in zip(found.rows, rows, strict=True):
        assert [cell in (text, f"'{text}") for cell, text in zip(cells, row, strict=False)] == [True] * 3
        assert not any(str(cell).startswith(("=", "+", "@", "\t", "\r")) for cell in cells)


@settings(deadline=None, max_examples=100)
@given(rows=ROWS)
def test_any_text_survives_a_workbook_but_for_line_ends(rows: list[tuple[str, str, str]]) -> None:
    found = workbooks.read(_written(workbooks.write, _table(rows)), "x.xlsx")
    for cells, row in zip(found.rows, rows, strict=True):
        assert [cell or "" for cell in cells[:3]] == [text.replace("\r\n", "\n").replace("\r", "\n") for text in row]


@settings(deadline=None, max_examples=150)
@given(rows=ROWS)
def test_any_text_survives_a_jsonl(rows: list[tuple[str, str, str]]) -> None:
    data = _written(json_lines.write, _table(rows), question=0)
    found = json_lines.read(data.decode(), "x.jsonl")
    places = [found.headings.index(key) for key in ("question", "b", "c")]
    assert [tuple(row[place] for place in places) for row in found.rows] == rows


@settings(deadline=None, max_examples=50)
@given(text=st.lists(st.sampled_from(["_x0041_", "_x005F_", "x000D_", "_", "a"]), max_size=6).map("".join))
def test_what_looks_like_a_workbooks_escape_is_not_taken_for_one(text: str) -> None:
    found = workbooks.read(_written(workbooks.write, _table([("q", text, "z")])), "x.xlsx")
    assert (found.rows[0][1] or "") == text


def test_a_carriage_return_that_excel_escaped_is_read_as_one() -> None:
    data = io.BytesIO()
    book = openpyxl.Workbook()
    _active(book).append(["question"])
    _active(book).append(["Một_x000D_\nhai?"])
    book.save(data)
    assert workbooks.read(data.getvalue(), "x.xlsx").rows == (("Một\r\nhai?",),)


def test_an_outcome_without_answer_has_every_key_of_an_answer() -> None:
    line = json.loads(_written(json_lines.write, _table([("q", "b", "c")]), question=0))
    assert line.keys() == {*_answer("q").to_json(), "b", "c", "error"}
    assert not Outcome(error={"code": "x", "message": "y"}).abstained
    assert added_headings(["error", "cancu_error"])[-1] == "cancu_cancu_error"


# The real assistant


def _unhurried(answer: Mapping[str, Any]) -> bytes:
    """The answer object as bytes, without the one thing that differs from time to time."""
    return json.dumps({key: value for key, value in answer.items() if key != "seconds"}, ensure_ascii=False).encode()


def _shipped_questions(root: Path) -> list[dict[str, str]]:
    """Every third question of the shipped set, the unanswerable ones too."""
    lines = (root / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()
    return [{key: json.loads(line)[key] for key in ("id", "question")} for line in lines[::3]]


def test_bulk_gives_the_chats_answers_byte_for_byte_but_for_seconds(
    real: Assistant, root: Path, tmp_path: Path
) -> None:
    questions = _shipped_questions(root)
    report = answer_file(real, _jsonl(tmp_path / "in.jsonl", *questions), tmp_path / "out.jsonl")
    assert report.answered == len(questions) > 10
    assert 0 < report.abstained < report.answered
    for line, asked in zip(_json_rows(tmp_path / "out.jsonl"), questions, strict=True):
        *_, streamed = real.stream(asked["question"])
        assert _unhurried(line) == _unhurried(replace(streamed, id=asked["id"]).to_json())
        assert _unhurried(line) == _unhurried(real.ask(asked["question"], id=asked["id"]).to_json())


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_the_added_cells_are_the_chats_answer_too(real: Assistant, root: Path, tmp_path: Path, form: str) -> None:
    questions = _shipped_questions(root)[:12]
    out = tmp_path / f"out.{form}"
    answer_file(real, _jsonl(tmp_path / "in.jsonl", *questions), out)
    rows = _csv_rows(out) if form == "csv" else _xlsx_rows(out)
    for row, asked in zip(rows[1:], questions, strict=True):
        cells, answer = dict(zip(rows[0], row, strict=True)), real.ask(asked["question"])
        assert cells["answer"] == answer.text
        assert str(cells["abstained"]).lower() == str(answer.abstained).lower()
        assert float(cells["confidence"]) == answer.confidence
        assert json.loads(cells["citations_json"]) == json.loads(json.dumps(answer.to_json()["citations"]))
        assert all(citation.quote in cells["citations"] for citation in answer.citations)
