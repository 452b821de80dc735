"""Word files with text in fonts of before Unicode: converted where the font's name says so, nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.oxml.ns import qn

from assistant.documents.limits import Limits
from assistant.documents.reading import read_file
from assistant.documents.word import WordReader
from assistant.vietnamese.encodings import reads_as
from tests.legacy_letters import tcvn3, vni

Run = tuple[str, str | None]
UNICODE = "Bến đò dài 45 mét, chở khách mỗi ngày."
# Vietnamese as it stands, and «cú mỏ» as TCVN3's letters.
EITHER = "có má"


def with_runs(document: docx.document.Document, runs: Sequence[Run]) -> None:
    paragraph = document.add_paragraph()
    for text, font in runs:
        run = paragraph.add_run(text)
        if font:
            run.font.name = font


def read(file: Path) -> list[str]:
    (found,) = WordReader(30).read(file)
    return found.pages[0].split("\n")


def lines(tmp_path: Path, *paragraphs: Sequence[Run]) -> list[str]:
    document = docx.Document()
    for runs in paragraphs:
        with_runs(document, runs)
    document.save(tmp_path / "a.docx")
    return read(tmp_path / "a.docx")


def test_a_mixed_document_has_only_its_legacy_runs_converted(tmp_path: Path) -> None:
    names = "L'été à Genève: Müller, señor Peña, «có» là có."  # untouched, whatever they would be in TCVN3
    assert lines(
        tmp_path,
        [(tcvn3("Điều 1. Phí qua phà là "), ".VnTime"), ("12.000 đồng", None), (tcvn3(" một lượt."), ".VnArial")],
        [(names, "Times New Roman")],
        [(vni("Điều 2. Phà chạy từ 5 giờ."), "VNI-Times"), (" Hết.", None)],
        [(tcvn3("cộng hòa xã hội"), ".VnTimeH"), (" chủ nghĩa", None)],
        [(UNICODE, None)],
    ) == [
        "Điều 1. Phí qua phà là 12.000 đồng một lượt.",
        names,
        "Điều 2. Phà chạy từ 5 giờ. Hết.",
        "CỘNG HÒA XÃ HỘI chủ nghĩa",
        UNICODE,
    ]  # fmt: skip


def test_a_letter_parted_between_two_runs_is_one(tmp_path: Path) -> None:
    coded = vni("Bến đò Cầu Giấy")
    at = coded.index("ñ") + 2  # «oø»: o in one run, its mark in the next
    assert coded[at] == "ø"
    assert lines(tmp_path, [(coded[:at], "VNI-Times"), (coded[at:], "VNI-Times")]) == ["Bến đò Cầu Giấy"]
    assert lines(tmp_path, [(coded[:at], "VNI-Times"), ("\t", None), (coded[at:], "VNI-Times")]) != ["Bến đò Cầu Giấy"]


def test_unicode_typed_in_a_legacy_font_is_left(tmp_path: Path) -> None:
    assert lines(tmp_path, [(UNICODE, ".VnTime")], [(EITHER, ".VnTime")]) == [UNICODE, EITHER]


def test_what_reads_both_ways_is_what_the_font_is_used_for(tmp_path: Path) -> None:
    sentence = "Quy định về việc thu phí qua phà."
    assert lines(tmp_path, [(tcvn3(sentence), ".VnTime")], [("cã", ".VnTime")], [("có", ".VnTime")]) == [
        sentence, "có", "cú",
    ]  # fmt: skip


def test_the_font_may_be_a_styles_or_the_documents(tmp_path: Path) -> None:
    document = docx.Document()
    style = document.styles.add_style("Cũ", WD_STYLE_TYPE.PARAGRAPH)
    style.font.name = ".VnTime"
    document.add_paragraph(tcvn3("Phí qua phà đã được quy định."), style=style)
    paragraph = document.add_paragraph(style=style)
    paragraph.add_run("Müller à Genève").font.name = "Arial"
    document.save(tmp_path / "a.docx")
    assert read(tmp_path / "a.docx") == ["Phí qua phà đã được quy định.", "Müller à Genève"]
    document = docx.Document()
    fonts = document.styles.element.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:rFonts')}")
    fonts.attrib.clear()
    fonts.set(qn("w:ascii"), "VNI-Times")
    fonts.set(qn("w:hAnsi"), "VNI-Times")
    document.add_paragraph(vni("Phí qua phà đã được quy định."))
    document.save(tmp_path / "b.docx")
    assert read(tmp_path / "b.docx") == ["Phí qua phà đã được quy định."]


def test_tables_and_hidden_runs_keep_their_places(tmp_path: Path) -> None:
    document = docx.Document()
    table = document.add_table(rows=1, cols=2)
    table.style = document.styles["Table Grid"]
    for cell, text in zip(table.rows[0].cells, ("Tên bến đò", "Số chuyến mỗi ngày"), strict=True):
        cell.paragraphs[0].add_run(tcvn3(text)).font.name = ".VnTime"
    paragraph = document.add_paragraph()
    for text, hidden in (("Bến ", False), ("bí mật ", True), ("đò", False)):
        run = paragraph.add_run(tcvn3(text))
        run.font.name, run.font.hidden = ".VnTime", hidden
    document.save(tmp_path / "a.docx")
    assert [line for line in read(tmp_path / "a.docx") if line] == ["Tên bến đò | Số chuyến mỗi ngày", "Bến đò"]


def test_the_document_is_in_unicode_whole(tmp_path: Path) -> None:
    """The few legacy words would not be enough to tell by themselves."""
    document = docx.Document()
    for n in range(5):
        document.add_paragraph(f"Khoản {n} của quy định này áp dụng cho tất cả các bến đò, phà.")
    with_runs(document, [("Tên: ", None), (tcvn3("Hòa Bình"), ".VnTime")])
    document.save(tmp_path / "a.docx")
    (made,) = read_file(tmp_path / "a.docx", Limits(2**24, 30.0))
    assert not isinstance(made, Exception) and made.text.endswith("\nTên: Hòa Bình")


@pytest.mark.parametrize(
    ("text", "encoding", "verdict"),
    [
        (tcvn3("quy định của Chính phủ"), "tcvn3", True),
        (vni("quy định của Chính phủ"), "vni", True),
        (UNICODE, "tcvn3", False),
        (tcvn3("quy định") + " quy định", "tcvn3", False),
        ("12 abc", "tcvn3", None),
        (EITHER, "tcvn3", None),
    ],
)
def test_what_a_text_reads_as(text: str, encoding: str, verdict: bool | None) -> None:
    assert reads_as(text, encoding) is verdict
