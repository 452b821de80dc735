"""A citation of a table says the sheet, the row and the cells: from the file through the index to what people see."""

from __future__ import annotations

import json
import random
from pathlib import Path

import openpyxl
import pytest
from old_office import excel_97

from assistant.bulk.outcomes import citation_text
from assistant.chat.copying import source
from assistant.chat.sources import card_html
from assistant.cli import run
from assistant.documents.corpus import read_corpus
from assistant.documents.draft import draft, from_frame, to_frame
from assistant.documents.extract import Extract, Layout
from assistant.documents.limits import Limits
from assistant.documents.rows import Cell, Grid, Merge
from assistant.documents.spreadsheet import SpreadsheetReader, extract
from assistant.retrieval.store import document_from_json, document_to_json
from assistant.sheets import Cells, Rows, cells_at, letters
from assistant.types import Citation, Document
from assistant.wiring import build_index, open_assistant

QUESTION = "Kinh phí của xã Hòa Lạc là bao nhiêu triệu đồng?"
TABLE = (("Đơn vị", "Kinh phí (triệu đồng)", "Ghi chú"), ("Xã Yên Bình", 120, "đợt 1"), ("Xã Hòa Lạc", 345, "đợt 2"))
LINE = "Đơn vị: Xã Hòa Lạc; Kinh phí (triệu đồng): 345; Ghi chú: đợt 2"


def budget(file: Path) -> None:
    """The table in B5:D7 of the second sheet."""
    book = openpyxl.Workbook()
    book.active.title = "Bìa"
    book.active["A1"] = "Dự toán năm 2026"
    sheet = book.create_sheet("Kinh phí")
    for row, cells in enumerate(TABLE, start=5):
        for column, value in enumerate(cells, start=2):
            sheet.cell(row, column, value)
    book.save(file)


def titles(folder: Path) -> dict[str, str]:
    corpus = read_corpus([folder], root=folder, limits=Limits(2**22))
    assert corpus.failures == ()
    return {document.path: document.title for document in corpus.documents}


def test_a_workbook_is_called_by_the_merged_row_over_its_only_table_else_by_its_file(tmp_path: Path) -> None:
    above = {
        "mot.xlsx": [("UBND TỈNH SÔNG HẠ", "A1:D1"), ("Mẫu số 02/PH", "A2:D2"), ("BẢNG GIÁ VÉ PHÀ NĂM 2026", "A3:D3")],
        "hep.xlsx": [("Bảng giá vé", "A1:B1")],  # over less than most of the table
        "don-vi.xlsx": [("Đơn vị tính: đồng", "A1:D1")],
        "hai.xlsx": [("BẢNG GIÁ VÉ PHÀ NĂM 2026", "A1:D1")],
    }
    for name, rows in above.items():
        book = openpyxl.Workbook()
        sheet = book.active
        for number, (text, cells) in enumerate(rows, start=1):
            sheet.cell(number, 1, text)
            sheet.merge_cells(cells)
        for number, row in enumerate((("Bến", "Phà", "Giá", "Lượt"), ("Trăng", name, 3, 4)), start=len(rows) + 2):
            for column, value in enumerate(row, start=1):
                sheet.cell(number, column, value)
        if name == "hai.xlsx":
            other = book.create_sheet("Thiết bị")
            other.append(["Tên", "Số"])
            other.append(["Phao", 7])
        book.save(tmp_path / name)
    (tmp_path / "Danh bạ.csv").write_text("STT;Tên bến;Lượt\n1;Trăng;4\n2;Sậy;5\n", encoding="utf-8")
    (tmp_path / "Sổ công văn.csv").write_text("STT;Về\n1;Số: 71/SĐG-QLB\n2;V/v phao\n", encoding="utf-8")
    assert titles(tmp_path) == {
        "mot.xlsx": "BẢNG GIÁ VÉ PHÀ NĂM 2026",
        "hep.xlsx": "hep",
        "don-vi.xlsx": "don-vi",
        "hai.xlsx": "hai",  # the first table's name is none for the second
        "Danh bạ.csv": "Danh bạ",
        "Sổ công văn.csv": "Sổ công văn",
    }


def test_a_merged_row_with_nothing_under_it_is_no_title() -> None:
    merged = Grid({0: {0: Cell("Bến Trăng")}}, {0: [Merge(0, 0, 0, 3)]})
    assert extract([("A", merged)]).metadata == {}


@pytest.fixture
def workspace(new_workspace: Path) -> Path:
    budget(new_workspace / "corpus" / "du-toan.xlsx")
    build_index(new_workspace)
    return new_workspace


def cited(workspace: Path, capsys: pytest.CaptureFixture[str], question: str = QUESTION) -> list[dict[str, object]]:
    assert run(["ask", question, "--json", "--workspace", str(workspace)]) == 0
    return list(json.loads(capsys.readouterr().out)["citations"])


def test_index_and_ask_say_sheet_row_and_cells(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (citation,) = cited(workspace, capsys)
    assert citation["quote"] == LINE
    assert citation["cells"] == {"sheet": "Kinh phí", "first": 7, "last": 7, "range": "B7:D7"}
    assert run(["ask", QUESTION, "--workspace", str(workspace)]) == 0
    assert "Trang tính: Kinh phí › dòng 7 (ô B7:D7)" in capsys.readouterr().out


def test_search_and_show_say_the_rows(workspace: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["search", "Kinh phí xã Hòa Lạc", "--workspace", str(workspace)]) == 0
    assert ", dòng 5–7 (ô B5:D7): " in capsys.readouterr().out
    assert run(["show", "du-toan", "--json", "--workspace", str(workspace)]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    text = open_assistant(workspace).document("du-toan").text
    assert [(r["sheet"], r["top"], r["left"], r["right"]) for r in rows] == [("Bìa", 1, 1, 1), ("Kinh phí", 5, 2, 4)]
    assert text[rows[1]["start"] : rows[1]["end"]].split("\n")[2] == LINE


def test_an_answered_file_says_the_row(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "hoi.csv").write_text(f"câu hỏi\n{QUESTION}\n", encoding="utf-8")
    out = tmp_path / "ra.csv"
    assert run(["answer", str(tmp_path / "hoi.csv"), "--out", str(out), "--workspace", str(workspace)]) == 0
    assert f"Trang tính: Kinh phí, dòng 7 (ô B7:D7): «{LINE}»" in out.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize(
    ("name", "cells"),
    [
        ("a.csv", {"sheet": "", "first": 4, "last": 4, "range": ""}),
        ("a.xls", {"sheet": "Kinh phí", "first": 3, "last": 3, "range": "A3:C3"}),
    ],
)
def test_csv_and_old_excel_too(
    name: str, cells: dict[str, object], new_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [";".join(map(str, row)) for row in TABLE]
    data = "\n".join([*rows[:2], "", *rows[2:]]).encode() if name == "a.csv" else excel_97("Kinh phí", TABLE)
    (new_workspace / "corpus" / name).write_bytes(data)
    build_index(new_workspace)
    found = [c for c in cited(new_workspace, capsys) if "Hòa Lạc" in str(c["quote"])]
    assert [c["cells"] for c in found] == [cells]


def test_a_second_indexing_keeps_the_rows_and_reads_nothing_anew(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = cited(workspace, capsys)[0]["cells"]
    report = build_index(workspace)
    assert (report.files["read"], report.files["kept"], len(report.unchanged)) == (0, 1, 1)
    assert cited(workspace, capsys)[0]["cells"] == before


def test_a_document_of_an_older_index_opens_without_rows() -> None:
    old = json.dumps({"id": "a", "title": "A", "path": "a", "text": "x", "also_at": [], "pages": [], "sections": []})
    document = document_from_json(old)
    assert (document.rows, document.cells_at(0, 1)) == ((), None)
    assert '"rows"' not in document_to_json(document)
    tabled = Document("a", "A", "a", "x", rows=(Rows(0, 1, "S", 3, 2, 2),))
    assert document_from_json(document_to_json(tabled)) == tabled


# --- rows, lines and offsets --------------------------------------------------------------------------------------


def test_every_line_of_made_up_sheets_names_its_own_row() -> None:
    """Cells hold their own row's number, some show nothing, some rows are left out."""
    rng = random.Random(7)
    for _ in range(50):
        grids = {}
        for name in ("Một", "Hai\u200b"):
            numbers = sorted(rng.sample(range(40), 12))
            rows = {n: {c: Cell(f"dòng{n + 1}") for c in rng.sample(range(30), 2)} for n in numbers}
            rows[numbers[3]] = {5: Cell("\u200b")}
            grids[name] = Grid(rows)
        made = from_frame(to_frame(draft(extract(grids.items()), collection=False, number=1)))
        assert not isinstance(made, Exception)
        at = seen = 0
        for line in made.text.split("\n"):
            place = cells_at(made.text, made.rows, at, at + max(1, len(line)))
            if "dòng" in line:
                assert place is not None and f"dòng{place.first}" in line and place.first == place.last
                columns = sorted(grids[place.sheet].rows[place.first - 1])
                assert place.range == f"{letters(columns[0] + 1)}{place.first}:{letters(columns[-1] + 1)}{place.first}"
                seen += 1
            at += len(line) + 1
        assert seen == 2 * 11


def test_a_passage_over_several_rows_names_them_all_and_one_sheet() -> None:
    text = "ab\ncd\nef\n\n# S\n\ngh"
    rows = (Rows(0, 5, "T", 1, 1, 2), Rows(6, 8, "T", 9, 2, 4), Rows(15, 17, "S", 1, 1, 1))
    assert cells_at(text, rows, 0, 2) == Cells("T", 1, 1, "A1:B1")
    assert cells_at(text, rows, 3, 4) == Cells("T", 2, 2, "A2:B2")
    assert cells_at(text, rows, 1, len(text)) == Cells("T", 1, 9, "A1:D9")
    assert cells_at(text, rows, 10, 14) is None
    assert cells_at(text, rows, 15, 17) == Cells("S", 1, 1, "A1")
    assert Cells("T", 1, 9, "A1:D9").shown == "dòng 1–9 (ô A1:D9)"
    assert [letters(n) for n in (1, 26, 27, 702, 703)] == ["A", "Z", "AA", "ZZ", "AAA"]


def test_a_frame_with_rows_outside_its_text_is_refused() -> None:
    made = draft(Extract(("a\nb",), Layout.KEEP, rows=(Rows(0, 2, "", 1, 1, 1),)), collection=False, number=1)
    frame = json.loads(to_frame(made))
    for bad in ([[0, 9, "", 1, 1, 1]], [[0, 3, "", 1, 1, 1], [2, 3, "", 3, 1, 1]], [[2, 2, "", 1, 1, 1]]):
        with pytest.raises(ValueError, match="rows"):
            from_frame(json.dumps(frame | {"rows": bad}).encode())


def test_long_tables_of_even_rows_are_one_run(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Tên,Số\n" + "a,1\n" * 5_000, encoding="utf-8")
    (found,) = SpreadsheetReader(30).read(tmp_path / "a.csv")
    assert found.rows == (Rows(0, 5_001, "", 1, 1, 2),)


# --- as people see it ---------------------------------------------------------------------------------------------


def test_the_chat_and_the_clipboard_say_the_row() -> None:
    text = "# Trang tính: Kinh phí\n\n" + LINE
    document = Document("d", "Dự toán", "d.xlsx", text)
    cells = Cells("Kinh phí", 7, 7, "B7:D7")
    citation = Citation(
        1,
        "d",
        "Dự toán",
        "d.xlsx",
        None,
        ("Trang tính: Kinh phí",),
        len(text) - len(LINE),
        len(text),
        LINE,
        cells=cells,
    )
    assert source(citation) == "(Nguồn: Dự toán, Trang tính: Kinh phí, dòng 7 (ô B7:D7))"
    assert "» · dòng 7 &#40;ô B7&#58;D7&#41;</span>" in card_html(citation, 0, lambda _: document, opened=True)


def test_a_run_of_an_older_program_has_no_cells() -> None:
    old = {"number": 1, "title": "T", "page": None, "headings": [], "quote": "q"}
    assert citation_text(old) == "[1] T: «q»"
