import io
import sys
import zipfile
from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from pathlib import Path
from time import monotonic

import docx
import openpyxl
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from old_office import compound, excel_97, word_97
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

from assistant.documents import containers, legacy, rows
from assistant.documents.cell_text import shown
from assistant.documents.corpus import Corpus, Limits, read_corpus
from assistant.documents.extract import Extract, Reader
from assistant.documents.layout import compose
from assistant.documents.legacy import LegacyReader
from assistant.documents.limits import Deadline
from assistant.documents.sheet_gaps import uncalculated
from assistant.documents.slides import SlidesReader
from assistant.documents.spreadsheet import SpreadsheetReader
from assistant.documents.word import WordReader
from assistant.errors import ReadError
from assistant.types import Document

W = nsdecls("w")


def read(folder: Path) -> Corpus:
    return read_corpus([folder], root=folder, limits=Limits(10**8))


def only(folder: Path) -> Document:
    corpus = read(folder)
    assert corpus.failures == ()
    (document,) = corpus.documents
    return document


def extracted(reader: Reader, path: Path) -> Extract:
    extract, *told = reader.read(path)
    assert isinstance(extract, Extract)
    assert all(isinstance(error, ReadError) for error in told)
    return extract


def text_of(reader: Reader, path: Path) -> list[str]:
    return [line for line in compose(extracted(reader, path))[0].split("\n") if line]


def word(document: "docx.document.Document", folder: Path, name: str = "a.docx") -> list[str]:
    document.save(str(folder / name))
    return text_of(WordReader(30), folder / name)


def refused(reader: Reader, path: Path) -> str:
    with pytest.raises(ReadError) as caught:
        list(reader.read(path))
    return caught.value.code


def rewritten(path: Path, change: Callable[[str, bytes], bytes | None], **added: bytes) -> None:
    """The container with its members changed (None leaves one out) and others added (`__` for `/`)."""
    with zipfile.ZipFile(path) as old:
        members = [(name, change(name, old.read(name))) for name in old.namelist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as new:
        for name, data in members:
            if data is not None:
                new.writestr(name, data)
        for name, data in added.items():
            new.writestr(name.replace("__", "/"), data)


# --- Word ------------------------------------------------------------------------------------------------------


def test_a_decree_in_word_has_its_articles_chapters_and_title(tmp_path: Path) -> None:
    d = docx.Document()
    d.add_paragraph("Số: 12/2026/NĐ-CP")
    d.add_heading("NGHỊ ĐỊNH", 0)
    d.add_heading("Quy định về thử nghiệm", 0)
    d.add_heading("Chương I", 1)
    d.add_heading("QUY ĐỊNH CHUNG", 1)
    d.add_heading("Điều 1. Phạm vi điều chỉnh", 2)
    d.add_paragraph("1. Nghị định này quy định việc thử nghiệm.")
    d.save(str(tmp_path / "nghi-dinh.docx"))
    document = only(tmp_path)
    assert document.text.split("\n") == [
        "Số: 12/2026/NĐ-CP",
        "",
        "NGHỊ ĐỊNH",
        "Quy định về thử nghiệm",
        "",
        "Chương I",
        "QUY ĐỊNH CHUNG",
        "",
        "Điều 1. Phạm vi điều chỉnh",
        "1. Nghị định này quy định việc thử nghiệm.",
    ]
    assert [s.heading for s in document.sections] == [
        "Chương I QUY ĐỊNH CHUNG",
        "Điều 1 Phạm vi điều chỉnh",
        "Khoản 1",
    ]
    assert (document.number, document.title) == ("12/2026/NĐ-CP", "Nghị định 12/2026/NĐ-CP Quy định về thử nghiệm")
    assert document.pages == ()


def test_headings_of_a_report_become_sections_by_their_level(tmp_path: Path) -> None:
    d = docx.Document()
    d.add_heading("Báo cáo quý", 0)
    d.add_heading("Kết quả", 1)
    d.add_heading("Thu ngân sách", 2)
    d.add_paragraph("Thu đạt 12 tỷ đồng.")
    assert word(d, tmp_path) == ["# Báo cáo quý", "# Kết quả", "## Thu ngân sách", "Thu đạt 12 tỷ đồng."]


def numbered(document: "docx.document.Document", levels: list[tuple[str, str]]) -> Callable[[int, str], None]:
    """Adds a list of the levels `(numFmt, lvlText)`; the result adds a paragraph on one of them."""
    root = document.part.numbering_part.element
    body = "".join(
        f'<w:lvl w:ilvl="{i}"><w:start w:val="1"/><w:numFmt w:val="{form}"/><w:lvlText w:val="{text}"/></w:lvl>'
        for i, (form, text) in enumerate(levels)
    )
    root.insert(0, parse_xml(f'<w:abstractNum {W} w:abstractNumId="90">{body}</w:abstractNum>'))
    root.append(parse_xml(f'<w:num {W} w:numId="90"><w:abstractNumId w:val="90"/></w:num>'))

    def add(level: int, text: str) -> None:
        properties = document.add_paragraph(text)._p.get_or_add_pPr()
        properties.append(parse_xml(f'<w:numPr {W}><w:ilvl w:val="{level}"/><w:numId w:val="90"/></w:numPr>'))

    return add


def test_numbers_that_word_counts_are_shown_and_start_anew_under_the_next_article(tmp_path: Path) -> None:
    d = docx.Document()
    add = numbered(d, [("decimal", "Điều %1."), ("decimal", "%2."), ("lowerLetter", "%3)"), ("upperRoman", "%1.%4")])
    for level, text in [(0, "Phạm vi"), (1, "một"), (1, "hai"), (2, "điểm"), (2, "điểm nữa"), (0, "Đối tượng")]:
        add(level, text)
    add(1, "lại một")
    add(3, "sâu")
    d.save(str(tmp_path / "luat.docx"))
    document = only(tmp_path)
    assert document.text.split("\n") == [
        "Điều 1. Phạm vi", "1. một", "2. hai", "a) điểm", "b) điểm nữa", "Điều 2. Đối tượng", "1. lại một", "2.I sâu",
    ]  # fmt: skip
    labels = [s.label for s in document.sections]
    assert labels == ["Điều 1", "Khoản 1", "Khoản 2", "Điểm a", "Điểm b", "Điều 2", "Khoản 1"]


def test_a_list_told_to_start_at_a_number_does_so_once(tmp_path: Path) -> None:
    d = docx.Document()
    add = numbered(d, [("decimal", "%1.")])
    d.part.numbering_part.element.findall(qn("w:num"))[-1].append(
        parse_xml(f'<w:lvlOverride {W} w:ilvl="0"><w:startOverride w:val="5"/></w:lvlOverride>')
    )
    add(0, "năm")
    add(0, "sáu")
    assert word(d, tmp_path) == ["5. năm", "6. sáu"]


def test_a_style_of_a_list_gives_its_marks(tmp_path: Path) -> None:
    d = docx.Document()
    d.add_paragraph("một", style="List Number")
    d.add_paragraph("gạch", style="List Bullet")
    d.add_paragraph("hai", style="List Number")
    assert word(d, tmp_path) == ["1. một", "• gạch", "2. hai"]


def test_headings_that_word_numbers_by_their_style_show_their_numbers(tmp_path: Path) -> None:
    d = docx.Document()
    numbered(d, [("upperRoman", "%1."), ("decimal", "%2.")])
    for level, name in enumerate(("Heading 1", "Heading 2")):
        d.styles[name].element.get_or_add_pPr().append(parse_xml(f'<w:numPr {W}><w:numId w:val="90"/></w:numPr>'))
        definition = d.part.numbering_part.element.findall(qn("w:abstractNum"))[0].findall(qn("w:lvl"))[level]
        definition.append(parse_xml(f'<w:pStyle {W} w:val="{d.styles[name].style_id}"/>'))
    for text, level in (("Kết quả", 1), ("Thu", 2), ("Chi", 2), ("Nhiệm vụ", 1), ("Năm tới", 2)):
        d.add_heading(text, level)
    assert word(d, tmp_path) == ["# I. Kết quả", "## 1. Thu", "## 2. Chi", "# II. Nhiệm vụ", "## 1. Năm tới"]


def test_a_blank_between_two_runs_is_kept(tmp_path: Path) -> None:
    d = docx.Document()
    p = d.add_paragraph("Hà")
    p.add_run(" ")
    p.add_run("Nội")
    assert word(d, tmp_path) == ["Hà Nội"]


def test_deleted_text_is_left_out_and_inserted_text_kept(tmp_path: Path) -> None:
    d = docx.Document()
    p = d.add_paragraph("Mức phạt là ")
    p._p.append(parse_xml(f'<w:del {W} w:id="1" w:author="a"><w:r><w:delText>5</w:delText></w:r></w:del>'))
    p._p.append(parse_xml(f'<w:ins {W} w:id="2" w:author="a"><w:r><w:t>7</w:t></w:r></w:ins>'))
    p._p.append(parse_xml(f'<w:moveFrom {W} w:id="3" w:author="a"><w:r><w:t> nghìn</w:t></w:r></w:moveFrom>'))
    p.add_run(" triệu đồng.")
    assert word(d, tmp_path) == ["Mức phạt là 7 triệu đồng."]


def test_a_deleted_paragraph_end_joins_two_paragraphs_and_counts_no_list_item(tmp_path: Path) -> None:
    d = docx.Document()
    add = numbered(d, [("decimal", "%1.")])
    add(0, "một ")
    d.paragraphs[0]._p.pPr.append(parse_xml(f'<w:rPr {W}><w:del w:id="1" w:author="a"/></w:rPr>'))
    add(0, "và hai")
    assert word(d, tmp_path) == ["1. một và hai"]


def test_hidden_text_is_left_out_whether_the_run_or_its_style_hides_it(tmp_path: Path) -> None:
    d = docx.Document()
    p = d.add_paragraph("Thấy được")
    p.add_run(" bí mật").font.hidden = True
    style = d.styles.add_style("Ẩn", 2)
    style.font.hidden = True
    p.add_run(" riêng tư", style="Ẩn")
    shown_again = p.add_run(" hiện lại", style="Ẩn")
    shown_again.font.hidden = False
    assert word(d, tmp_path) == ["Thấy được hiện lại"]


def test_a_table_has_its_column_names_first_and_a_row_a_line(tmp_path: Path) -> None:
    d = docx.Document()
    d.add_paragraph("Trước bảng.")
    table = d.add_table(3, 3, style="Table Grid")
    for row, texts in zip(
        table.rows, [("STT", "Địa bàn", "Số lượng"), ("1", "Hà Nội", "15"), ("2", "", "7")], strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(1, 1).add_paragraph("(mới)")
    inner = table.cell(2, 2).add_table(1, 2)
    inner.cell(0, 0).text, inner.cell(0, 1).text = "xe", "máy"
    d.add_paragraph("Sau bảng.")
    assert word(d, tmp_path) == [
        "Trước bảng.",
        "STT | Địa bàn | Số lượng",
        "1 | Hà Nội (mới) | 15",
        "2 |  | 7 xe / máy",
        "Sau bảng.",
    ]


def test_merged_cells_keep_the_columns_in_their_places(tmp_path: Path) -> None:
    d = docx.Document()
    table = d.add_table(3, 3, style="Table Grid")
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row.cells):
            cell.text = f"{r}{c}"
    table.cell(0, 1).merge(table.cell(0, 2)).text = "rộng"
    table.cell(1, 0).merge(table.cell(2, 0)).text = "cao"
    assert word(d, tmp_path) == ["00 | rộng |", "cao | 11 | 12", "cao | 21 | 22"]


def test_each_row_says_what_the_cell_merged_over_it_says_but_no_name_of_a_column_twice(tmp_path: Path) -> None:
    said = [
        ["Loại", "Phí", "", "Ghi chú"],
        ["", "Ngày", "Đêm", ""],
        ["Xe đạp", "2", "3", ""],
        ["", "4", "5", "vé tháng"],
    ]
    said += [
        ["", "", "", ""],
        ["Ô tô", "9", "9", ""],
        ["", "8", "", "D" * 201],
        ["", "7", "", ""],
        ["", "6", "", "Tàu"],
    ]
    d = docx.Document()
    table = d.add_table(len(said), 4, style="Table Grid")
    for r, row in enumerate(said):
        for c, text in enumerate(row):
            table.cell(r, c).text = text
    for column, first, last in ((0, 0, 1), (3, 0, 1), (0, 2, 4), (0, 5, 7), (3, 6, 7)):
        for r in range(first, last + 1):
            merge = parse_xml(f'<w:vMerge {W} w:val="restart"/>' if r == first else f"<w:vMerge {W}/>")
            table.cell(r, column)._tc.get_or_add_tcPr().append(merge)
    indented = table.rows[8]._tr
    indented.remove(table.cell(8, 0)._tc)
    indented.get_or_add_trPr().append(parse_xml(f'<w:gridBefore {W} w:val="1"/>'))
    assert word(d, tmp_path) == [
        "Loại | Phí |  | Ghi chú", "| Ngày | Đêm |", "Xe đạp | 2 | 3 |", "Xe đạp | 4 | 5 | vé tháng", "Ô tô | 9 | 9 |",
        f"Ô tô | 8 |  | {'D' * 201}", "Ô tô | 7 |  |", "| 6 |  | Tàu",
    ]  # fmt: skip


def test_the_head_of_a_letter_is_a_table_without_borders_and_read_as_lines(tmp_path: Path) -> None:
    d = docx.Document()
    head = d.add_table(1, 2)
    head.cell(0, 0).text = "BỘ NỘI VỤ\nSố: 5/2026/TT-BNV"
    head.cell(0, 1).text = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nHà Nội, ngày 05 tháng 3 năm 2026"
    d.save(str(tmp_path / "thong-tu.docx"))
    document = only(tmp_path)
    assert document.text.split("\n")[1] == "Số: 5/2026/TT-BNV"
    assert (document.number, document.issued) == ("5/2026/TT-BNV", "2026-03-05")


def test_a_text_box_is_read_once_although_word_stores_it_twice(tmp_path: Path) -> None:
    box = "<w:txbxContent><w:p><w:r><w:t>Trong khung</w:t></w:r></w:p></w:txbxContent>"
    d = docx.Document()
    d.add_paragraph("Ngoài khung")._p.append(
        parse_xml(
            f'<w:r {W} xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
            'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
            'xmlns:v="urn:schemas-microsoft-com:vml"><mc:AlternateContent>'
            f'<mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing></mc:Choice>'
            f"<mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r>"
        )
    )
    d.add_paragraph("Sau khung")
    assert word(d, tmp_path) == ["Ngoài khung", "Trong khung", "Sau khung"]


def test_the_table_of_contents_is_left_out_so_that_no_article_comes_twice(tmp_path: Path) -> None:
    d = docx.Document()
    d.styles.add_style("toc 1", 1)
    d.add_paragraph("Điều 1. Phạm vi\t3", style="toc 1")
    d.add_paragraph("Điều 1. Phạm vi")
    assert word(d, tmp_path) == ["Điều 1. Phạm vi"]


def test_notes_stand_at_the_end_in_the_order_in_which_the_text_refers_to_them(tmp_path: Path) -> None:
    d = docx.Document()
    for text, kind, number in (("Câu một", "endnote", 2), ("Câu hai", "footnote", 4), ("Câu ba", "footnote", 3)):
        d.add_paragraph(text)._p.append(parse_xml(f'<w:r {W}><w:{kind}Reference w:id="{number}"/></w:r>'))
    d.save(str(tmp_path / "a.docx"))
    kinds = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"

    def notes(kind: str, *numbers: int) -> bytes:
        inside = "".join(
            f'<w:{kind} w:id="{n}"><w:p><w:r><w:t>Chú {kind} {n}</w:t></w:r></w:p></w:{kind}>' for n in numbers
        )
        return f"<w:{kind}s {W}>{inside}</w:{kind}s>".encode()

    links = "".join(
        f'<Relationship Id="n{k}" Type="{kinds}{k}" Target="my-{k}.xml"/>' for k in ("footnotes", "endnotes")
    )
    rewritten(
        tmp_path / "a.docx",
        lambda name, data: (
            data.replace(b"</Rel", f"{links}</Rel".encode()) if name.endswith("document.xml.rels") else data
        ),
    )
    with zipfile.ZipFile(tmp_path / "a.docx", "a") as archive:
        archive.writestr("word/my-footnotes.xml", notes("footnote", 3, 4, 9))
        archive.writestr("word/my-endnotes.xml", notes("endnote", 2))
    assert text_of(WordReader(30), tmp_path / "a.docx") == [
        "Câu một",
        "Câu hai",
        "Câu ba",
        "# Chú thích",
        "(1) Chú endnote 2",
        "(2) Chú footnote 4",
        "(3) Chú footnote 3",
    ]


def test_breaks_tabs_hyphens_symbols_fields_and_formulas_are_read(tmp_path: Path) -> None:
    d = docx.Document()
    p = d.add_paragraph()._p
    m = 'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math"'
    for inside in (
        "<w:t>Dòng một</w:t><w:br/><w:t>dòng</w:t><w:tab/><w:t>hai</w:t><w:noBreakHyphen/><w:t>ba </w:t>",
        '<w:sym w:font="Wingdings" w:char="F0FE"/>',
        '<w:fldChar w:fldCharType="begin"/><w:instrText> PAGE </w:instrText><w:fldChar w:fldCharType="end"/>',
    ):
        p.append(parse_xml(f"<w:r {W}>{inside}</w:r>"))
    p.append(parse_xml(f"<m:oMath {m}><m:r><m:t> x+1</m:t></m:r></m:oMath>"))
    assert word(d, tmp_path) == ["Dòng một", "dòng hai-ba ☒ x+1"]


def test_a_file_with_macros_is_read_as_its_text(tmp_path: Path) -> None:
    d = docx.Document()
    d.add_paragraph("Có chữ.")
    d.save(str(tmp_path / "a.docm"))
    plain, macro = (
        b"openxmlformats-officedocument.wordprocessingml.document.main",
        b"ms-word.document.macroEnabled.main",
    )
    rewritten(tmp_path / "a.docm", lambda _, data: data.replace(plain, macro), word__vbaProject=b"\0macro")
    assert only(tmp_path).text == "Có chữ."


def test_a_part_that_is_named_and_missing_stops_nothing(tmp_path: Path) -> None:
    d = docx.Document()
    d.add_paragraph("Có chữ.")
    d.save(str(tmp_path / "a.docx"))
    rewritten(tmp_path / "a.docx", lambda name, data: None if "styles" in name or "theme" in name else data)
    assert only(tmp_path).text == "Có chữ."


# --- what a file is, and hostile files -------------------------------------------------------------------------


def docx_bytes(text: str) -> bytes:
    d = docx.Document()
    d.add_paragraph(text)
    data = io.BytesIO()
    d.save(data)
    return data.getvalue()


def test_the_content_tells_the_format_and_not_the_ending(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(docx_bytes("Là Word."))
    (tmp_path / "b.txt").write_bytes(docx_bytes("Cũng là Word."))
    (tmp_path / "c.docx").write_bytes(word_97(["Là Word cũ."]))
    assert [d.text for d in read(tmp_path).documents] == ["Là Word.", "Cũng là Word.", "Là Word cũ."]


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx"])
def test_what_is_no_office_file_in_spite_of_its_ending_is_damaged(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(docx_bytes("Chữ")[:2000] if name == "a.docx" else b"<html>khong phai</html>")
    (tmp_path / "b.txt").write_text("Chữ.", encoding="utf-8")
    corpus = read(tmp_path)
    assert [(f.path, f.code) for f in corpus.failures] == [(name, "damaged")]


@pytest.mark.parametrize("name", ["a.docx", "a.xlsx", "a.pptx", "a.doc"])
def test_a_file_with_a_password_is_told_apart_from_a_damaged_one(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(compound({"EncryptionInfo": b"x", "EncryptedPackage": b"y"}))
    (tmp_path / "b.txt").write_text("Chữ.", encoding="utf-8")
    assert [(f.code, "mật khẩu" in f.reason) for f in read(tmp_path).failures] == [("encrypted", True)]


def test_old_files_with_a_password_are_told_too(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_bytes(word_97(["Chữ"], is_encrypted=True))
    (tmp_path / "a.xls").write_bytes(excel_97("S", [["a"]], is_encrypted=True))
    assert {name: refused(LegacyReader(30), tmp_path / name) for name in ("a.doc", "a.xls")} == {
        "a.doc": "encrypted",
        "a.xls": "encrypted",
    }


def test_an_encrypted_workbook_inside_a_word_file_is_no_encryption_of_it(tmp_path: Path) -> None:
    data = bytearray(word_97(["Chữ"]))
    place = data.index("1Table".encode("utf-16-le"))
    data[place : place + 12] = "WordX1".encode("utf-16-le")
    (tmp_path / "a.doc").write_bytes(data)
    assert containers.kind_of(tmp_path / "a.doc", bytes(data[:4096])) == "doc"


READERS: dict[str, Callable[[float], Reader]] = {"docx": WordReader, "xlsx": SpreadsheetReader, "pptx": SlidesReader}


def small(kind: str, path: Path) -> None:
    if kind == "docx":
        path.write_bytes(docx_bytes("Chữ."))
    elif kind == "xlsx":
        book = openpyxl.Workbook()
        book.active.append(["Chữ"])
        book.save(path)
    else:
        deck = Presentation()
        deck.slides.add_slide(deck.slide_layouts[5]).shapes.title.text = "Chữ"
        deck.save(str(path))


@pytest.mark.parametrize("kind", READERS)
def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    small(kind, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        archive.writestr("word/media/image.bin", b"\0" * 30_000_000)  # unpacks to about 1,000 times its size
    assert refused(READERS[kind](30), path) == "zip_bomb"


@pytest.mark.parametrize("kind", READERS)
def test_a_size_that_is_a_lie_does_not_get_more_unpacked(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    small(kind, path)
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("zz.xml", b"<a>" + b" " * 1_000_000 + b"</a>")
    data = path.read_bytes()
    at = data.rindex(b"PK\x01\x02")
    assert data[at + 24 : at + 28] == (1_000_007).to_bytes(4, "little")
    path.write_bytes(data[: at + 24] + (1000).to_bytes(4, "little") + data[at + 28 :])
    assert refused(READERS[kind](30), path) == "damaged"


@pytest.mark.parametrize("kind", READERS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_declared_entities_are_refused(tmp_path: Path, kind: str, encoding: str) -> None:
    path = tmp_path / f"a.{kind}"
    small(kind, path)
    bomb = f'<?xml version="1.0" encoding="{encoding}"?><!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>'.encode(encoding)
    rewritten(path, lambda name, data: bomb if name.endswith(("document.xml", "sheet1.xml", "slide1.xml")) else data)
    assert refused(READERS[kind](30), path) == "entities"


@pytest.mark.parametrize("kind", READERS)
def test_too_many_unpacked_bytes_are_refused(tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / f"a.{kind}"
    small(kind, path)
    monkeypatch.setattr(containers, "MAX_UNPACKED", 1000)
    assert refused(READERS[kind](30), path) == "too_large"


@pytest.mark.parametrize("kind", READERS)
def test_reading_ends_when_its_time_is_over(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    small(kind, path)
    assert refused(READERS[kind](-1.0), path) == "too_slow"


@pytest.mark.parametrize("kind", READERS)
def test_broken_xml_is_damage_with_a_remedy(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    small(kind, path)
    names = ("document.xml", "sheet1.xml", "slide1.xml")
    rewritten(path, lambda name, data: data[: len(data) // 2] if name.endswith(names) else data)
    assert refused(READERS[kind](30), path) == "damaged"


def test_elements_inside_each_other_without_end_are_damage_and_no_crash(tmp_path: Path) -> None:
    path = tmp_path / "a.docx"
    path.write_bytes(docx_bytes("MỐC"))
    deep = ("<w:ins>" * 50_000 + "</w:ins>" * 50_000).encode()
    rewritten(
        path, lambda name, data: data.replace(b"<w:body>", b"<w:body>" + deep) if "document.xml" in name else data
    )
    assert refused(WordReader(30), path) == "damaged"


# --- spreadsheets ----------------------------------------------------------------------------------------------


@pytest.fixture
def book() -> openpyxl.Workbook:
    return openpyxl.Workbook()


def sheet_text(book: openpyxl.Workbook, folder: Path) -> list[str]:
    book.save(folder / "a.xlsx")
    return text_of(SpreadsheetReader(30), folder / "a.xlsx")


def test_a_row_says_what_each_of_its_cells_is(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book.active
    sheet.title = "Biểu 1"
    for row in (["STT", "Địa bàn", "Số lượng", "Ngày"], [1, "Hà Nội", 1234567, date(2026, 12, 31)], [2, None, 5, None]):
        sheet.append(row)
    sheet["C2"].number_format = "#,##0"
    sheet["D2"].number_format = "dd/mm/yyyy"
    assert sheet_text(book, tmp_path) == [
        "# Trang tính: Biểu 1",
        "STT | Địa bàn | Số lượng | Ngày",
        "STT: 1; Địa bàn: Hà Nội; Số lượng: 1.234.567; Ngày: 31/12/2026",
        "STT: 2; Số lượng: 5",
    ]


def test_names_of_two_rows_and_merged_cells_are_told_in_every_row(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book.active
    sheet.title = "B"
    for row in (
        ["BÁO CÁO THU CHI"],
        ["Vùng", "Tỉnh", "Năm 2025"],
        [None, None, "Thu", "Chi"],
        ["Bắc", "Hà Nội", 1.5, 2],
        [None, "Hải Phòng", 3, 4],
        ["Ghi chú: số ước"],
    ):
        sheet.append(row)
    for merged in ("A1:D1", "A2:A3", "B2:B3", "C2:D2", "A4:A5"):
        sheet.merge_cells(merged)
    assert sheet_text(book, tmp_path)[1:] == [
        "BÁO CÁO THU CHI",
        "Vùng | Tỉnh | Năm 2025",
        "Thu | Chi",
        "Vùng: Bắc; Tỉnh: Hà Nội; Năm 2025 / Thu: 1,5; Năm 2025 / Chi: 2",
        "Vùng: Bắc; Tỉnh: Hải Phòng; Năm 2025 / Thu: 3; Năm 2025 / Chi: 4",
        "Ghi chú: số ước",
    ]


def test_a_second_table_has_its_own_names_and_signatures_have_none(book: openpyxl.Workbook, tmp_path: Path) -> None:
    sheet = book.active
    for row in (
        ["Tên", "Tuổi", "Lớp", "Điểm"],
        ["An", 7, "2A", 9],
        [],
        ["Phòng", "Số ghế"],
        ["P1", 40],
        [],
        [None, "Người lập", None, "Thủ trưởng"],
    ):
        sheet.append(row)
    assert sheet_text(book, tmp_path)[1:] == [
        "Tên | Tuổi | Lớp | Điểm",
        "Tên: An; Tuổi: 7; Lớp: 2A; Điểm: 9",
        "Phòng | Số ghế",
        "Phòng: P1; Số ghế: 40",
        "Người lập | Thủ trưởng",
    ]


def test_a_form_of_two_columns_is_no_table_with_names(book: openpyxl.Workbook, tmp_path: Path) -> None:
    for row in (["Cơ quan", "Sở Y tế"], ["Địa chỉ", "Huế"], ["Số xã", 12], ["Ghi chú", "không"]):
        book.active.append(row)
    assert sheet_text(book, tmp_path)[1:] == ["Cơ quan | Sở Y tế", "Địa chỉ | Huế", "Số xã | 12", "Ghi chú | không"]


def test_each_line_can_be_found_again_in_its_sheet_and_row(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active.title = "Một"
    for place, value in (("A1", "Tên"), ("B1", "Số"), ("A2", "a"), ("B2", 1), ("A9", "b"), ("B9", "hai\ndòng")):
        book.active[place] = value
    second = book.create_sheet("Hai")
    second["C4"] = "x"
    hidden = book.create_sheet("Ẩn")
    hidden["A1"] = "bí mật"
    hidden.sheet_state = "hidden"
    assert sheet_text(book, tmp_path) == [
        "# Trang tính: Một", "Tên | Số", "Tên: a; Số: 1", "Tên: b; Số: hai dòng", "# Trang tính: Hai", "x",
    ]  # fmt: skip
    rows = extracted(SpreadsheetReader(30), tmp_path / "a.xlsx").rows
    assert [(r.sheet, r.top, r.end - r.start, r.left, r.right) for r in rows] == [
        ("Một", 1, 2, 1, 2), ("Một", 9, 1, 1, 2), ("Hai", 4, 1, 3, 3),
    ]  # fmt: skip
    corpus = read(tmp_path)
    assert [s.title for s in corpus.documents[0].sections] == ["Trang tính: Một", "Trang tính: Hai"]
    assert [(f.path, f.code, f.reason) for f in corpus.failures] == [
        (
            "a.xlsx",
            "hidden_sheets",
            "1 trang tính bị ẩn nên không đưa vào kho («Ẩn»). Hãy bỏ ẩn rồi lưu lại nếu cần tra cứu các trang ấy.",
        )
    ]


def test_formulas_that_were_never_calculated_and_hidden_sheets_are_told(
    book: openpyxl.Workbook, tmp_path: Path
) -> None:
    book.active.title = "Quý III"
    for row in (["Tổ", "Công", "Cộng"], ["Một", 5, "=B2*2"], ["Hai", 6, "=B3*2"], ["Ba", 7, '=IF(B4>9,"x","")']):
        book.active.append(row)
    book.create_sheet("Trống").sheet_state = "hidden"
    for n in range(7):
        sheet = book.create_sheet(f"Nháp {n}")
        sheet["A1"], sheet.sheet_state = n, "veryHidden" if n else "hidden"
    book.save(tmp_path / "a.xlsx")
    rewritten(  # the last formula was calculated: it gave an empty text
        tmp_path / "a.xlsx",
        lambda _, data: data.replace(b'<c r="C4">', b'<c r="C4" t="str">').replace(
            b'<c r="C4" >', b'<c r="C4" t="str">'
        ),
    )
    corpus = read(tmp_path)
    assert "Tổ: Một; Công: 5" in corpus.documents[0].text
    assert {f.code: f.reason for f in corpus.failures} == {
        "no_values": "2 ô công thức chưa có giá trị nên không có trong kho (trang tính «Quý III» 2 ô). "
        "Hãy mở bằng Excel rồi lưu lại.",
        "hidden_sheets": "7 trang tính bị ẩn nên không đưa vào kho («Nháp 0», «Nháp 1», «Nháp 2», «Nháp 3», «Nháp 4» "
        "và 2 trang khác). Hãy bỏ ẩn rồi lưu lại nếu cần tra cứu các trang ấy.",
    }
    assert corpus.counts["failed"] == 1


@pytest.mark.parametrize(
    ("cell", "count"),
    [
        (b"<c r='A1'><f>B1</f></c>", 1),
        (b"<c r='A1' s='3'><f>B1</f><v/></c>", 1),
        (b"<x:c r='A1'><x:f t='shared' si='0'/><x:v></x:v></x:c>", 1),
        (b"<c r='A1' t='str'><f>B1</f></c>", 1),
        (b"<c r='A1' t='str'><f>B1</f><v></v></c>", 0),
        (b"<c r='A1'><f>B1</f><v>0</v></c>", 0),
        (b"<c r='A1'><v>1</v></c><c r='A2'/>", 0),
    ],
)
def test_a_formula_is_counted_where_it_has_no_value_wherever_a_block_ends(cell: bytes, count: int) -> None:
    for before in (0, 2**20 - 9):
        xml = io.BytesIO(b" " * before + cell + b"<c r='B9'><v>4</v></c>")
        assert uncalculated(xml, Deadline.after(30)) == count


def test_formulas_made_to_take_long_are_counted_soon() -> None:
    for piece in (b"<c ", b"<c><f>", b"<c><f ", b"<c>" + b" " * 300, b"<c><f/>" + b" " * 300, b"</c"):
        started = monotonic()
        assert uncalculated(io.BytesIO(piece * (2**22 // len(piece))), Deadline.after(30)) == 0
        assert monotonic() - started < 5


def test_a_formula_shows_the_value_that_was_calculated_last(book: openpyxl.Workbook, tmp_path: Path) -> None:
    book.active.append(["Tổng", "=1+1"])
    book.save(tmp_path / "a.xlsx")
    rewritten(
        tmp_path / "a.xlsx",
        lambda _, data: data.replace(b"<f>1+1</f><v/>", b"<f>1+1</f><v>2</v>").replace(
            b"<f>1+1</f><v></v>", b"<f>1+1</f><v>2</v>"
        ),
    )
    assert text_of(SpreadsheetReader(30), tmp_path / "a.xlsx")[1:] == ["Tổng | 2"]


@pytest.mark.parametrize(
    ("value", "form", "text"),
    [
        (1234.5, "#,##0.00", "1.234,50"),
        (1234.5, "General", "1234,5"),
        (0.1 + 0.2, "General", "0,3"),
        (0.125, "0.0%", "12,5%"),
        (-5, "#,##0;(#,##0)", "(5)"),
        (0, '0;-0;"-"', "-"),
        (-2.5, "0.0", "-2,5"),
        (7, "000", "007"),
        (912345678, "0000 000 000", "0912 345 678"),
        (1_500_000, "#,##0,", "1.500"),
        (12345, "0.00E+00", "1,23E+04"),
        (1234567, '_-* #,##0\\ "₫"_-;-* #,##0', "1.234.567 ₫"),
        (5, "#,##0 [$đ-42A]", "5 đ"),
        (5, ";;;", ""),
        (-3, "dd/mm/yyyy", "-3"),
        (True, None, "TRUE"),
        (date(2026, 3, 5), "mm-dd-yy", "05/03/2026"),
        (datetime(2026, 3, 5, 14, 30), "d/m/yy h:mm AM/PM", "5/3/26 2:30 CH"),
        (datetime(2026, 3, 5), '"ngày" dd "tháng" mm "năm" yyyy', "ngày 05 tháng 03 năm 2026"),
        (datetime(2026, 3, 5), "dddd", "Thứ Năm"),
        (time(7, 5, 9), "mm:ss", "05:09"),
        (timedelta(hours=30), "[h]:mm:ss", "30:00:00"),
        ("  hai \n dòng ", None, "hai dòng"),
    ],
)
def test_values_are_shown_as_their_format_tells(value: object, form: str | None, text: str) -> None:
    assert shown(value, form) == text


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1258"])
@pytest.mark.parametrize(("name", "mark"), [("a.csv", ";"), ("a.csv", ","), ("a.csv", "\t"), ("a.tsv", "\t")])
def test_csv_is_read_in_every_encoding_and_with_every_delimiter(
    tmp_path: Path, name: str, mark: str, encoding: str
) -> None:
    lines = [("Tên", "Quê", "Năm"), ("Lan", f'"Huế{mark} xa"', "2001"), ("", "", ""), ("Nam", "Vinh", "1999")]
    (tmp_path / name).write_bytes("\r\n".join(map(mark.join, lines)).replace("ế", "ê\u0301").encode(encoding))
    place = " ".join(f"Huế{mark} xa".split())
    assert text_of(SpreadsheetReader(30), tmp_path / name) == [
        "Tên | Quê | Năm",
        f"Tên: Lan; Quê: {place}; Năm: 2001",
        "Tên: Nam; Quê: Vinh; Năm: 1999",
    ]


def test_a_csv_that_tells_its_delimiter_is_believed(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("sep=|\r\nTên|Số\r\na, b; c|1\r\n", encoding="utf-8")
    assert text_of(SpreadsheetReader(30), tmp_path / "a.csv")[1:] == ["Tên: a, b; c; Số: 1"]


def test_too_many_rows_are_refused_and_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.csv").write_text("a,b\n" * 11, encoding="utf-8")
    monkeypatch.setattr(rows, "MAX_ROWS", 10)
    assert refused(SpreadsheetReader(30), tmp_path / "a.csv") == "too_large"


# --- slides ----------------------------------------------------------------------------------------------------


def deck_pages(deck: "Presentation", folder: Path) -> list[list[str]]:
    deck.save(str(folder / "a.pptx"))
    extract = extracted(SlidesReader(30), folder / "a.pptx")
    assert extract.paged
    return [[line for line in page.split("\n") if line] for page in extract.pages]


def test_a_slide_is_a_page_with_its_title_first_and_its_notes_last(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.placeholders[1].text_frame.text = "Ý một"
    below = slide.placeholders[1].text_frame.add_paragraph()
    below.text, below.level = "Ý con", 1
    slide.shapes.title.text = "Kết quả\vnăm"
    slide.notes_slide.notes_text_frame.text = "Nói chậm."
    hidden = deck.slides.add_slide(deck.slide_layouts[5])
    hidden.shapes.title.text = "Ẩn"
    hidden._element.set("show", "0")
    last = deck.slides.add_slide(deck.slide_layouts[5])
    last.shapes.title.text = "Điều 5. Hiệu lực"
    last.shapes.add_group_shape().shapes.add_textbox(0, 0, 9, 9).text_frame.text = "trong nhóm"
    assert deck_pages(deck, tmp_path) == [
        ["# Kết quả năm", "• Ý một", "– Ý con", "Ghi chú của người trình bày:", "Nói chậm."],
        [],
        ["Điều 5. Hiệu lực", "trong nhóm"],
    ]
    document = only(tmp_path)
    assert document.page_at(document.text.index("trong nhóm")) == 3


def test_a_title_that_all_slides_share_is_kept_on_each(tmp_path: Path) -> None:
    deck = Presentation()
    for number in range(4):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text = "Kế hoạch"
        slide.placeholders[1].text_frame.text = f"Bước {number}"
    deck.save(str(tmp_path / "a.pptx"))
    assert only(tmp_path).text.count("# Kế hoạch") == 4


def test_a_picture_that_is_named_and_missing_stops_no_slide(tmp_path: Path) -> None:
    small("pptx", tmp_path / "a.pptx")
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/image"
    link = f'<Relationship Id="rId99" Type="{kind}" Target="NULL"/></Rel'.encode()
    rewritten(
        tmp_path / "a.pptx",
        lambda name, data: data.replace(b"</Rel", link) if name.endswith("slide1.xml.rels") else data,
    )
    assert text_of(SlidesReader(30), tmp_path / "a.pptx") == ["# Chữ"]


def test_tables_and_charts_on_a_slide_are_rows(tmp_path: Path) -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    table = slide.shapes.add_table(2, 2, 0, 0, Inches(4), Inches(1)).table
    for r, c, text in ((0, 0, "Tên"), (0, 1, "Số"), (1, 0, "Huế"), (1, 1, "3")):
        table.cell(r, c).text = text
    data = CategoryChartData()
    data.categories = ["2025", "2026"]
    data.add_series("Thu", (1.5, 2))
    data.add_series("Chi", (3, None))
    slide.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 0, Inches(4), Inches(2), data)
    assert deck_pages(deck, tmp_path) == [
        ["Tên | Số", "Huế | 3", "| Thu | Chi", "2025 | 1,5 | 3", "2026 | 2 |"],
    ]


def test_numbers_that_powerpoint_counts_are_shown(tmp_path: Path) -> None:
    deck = Presentation()
    frame = deck.slides.add_slide(deck.slide_layouts[6]).shapes.add_textbox(0, 0, 9, 9).text_frame
    for place, text in enumerate(["một", "hai", "chữ", "lại một"]):
        paragraph = frame.paragraphs[0] if place == 0 else frame.add_paragraph()
        paragraph.text = text
        if text != "chữ":
            inside = '<a:buAutoNum type="alphaLcParenR"/>'
            paragraph._p.get_or_add_pPr().append(parse_xml(inside.replace("/>", f" {nsdecls('a')}/>")))
    assert deck_pages(deck, tmp_path) == [["a) một", "b) hai", "chữ", "a) lại một"]]


# --- old formats -----------------------------------------------------------------------------------------------


def test_word_97_is_read_with_its_marks(tmp_path: Path) -> None:
    if not (legacy.shutil.which("antiword") or legacy.shutil.which("catdoc")):
        from conftest import missing

        missing("antiword or catdoc")
    (tmp_path / "a.doc").write_bytes(word_97(["Điều 1. Phạm vi", "Mức thu là 15.000 đồng mỗi người."]))
    document = only(tmp_path)
    assert document.text == "Điều 1. Phạm vi\nMức thu là 15.000 đồng mỗi người."
    assert [s.label for s in document.sections] == ["Điều 1"]


def test_word_97_without_a_program_names_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.doc").write_bytes(word_97(["Chữ."]))
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ReadError, match="apt install antiword") as caught:
        list(LegacyReader(30).read(tmp_path / "a.doc"))
    assert caught.value.code == "missing_program"


@pytest.mark.parametrize(
    ("does", "code"), [("sleep 60", "too_slow"), ("cat /dev/zero", "too_large"), ("exit 3", "damaged")]
)
def test_a_program_that_hangs_floods_or_fails_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, does: str, code: str
) -> None:
    (tmp_path / "a.doc").write_bytes(word_97(["Chữ."]))
    program = tmp_path / "antiword"
    program.write_text(f"#!/bin/sh\nexec {does}\n" if "exit" not in does else f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    monkeypatch.setattr(legacy, "MAX_OUTPUT", 100_000)
    monkeypatch.setattr(legacy, "_WORD_PROGRAMS", (("antiword",),))
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    assert refused(LegacyReader(1.0), tmp_path / "a.doc") == code


def test_excel_97_is_read_like_the_new_one(tmp_path: Path) -> None:
    (tmp_path / "a.xls").write_bytes(excel_97("Biểu đồ", [["Tên", "Số lượng"], ["Đà Nẵng", 12.5]]))
    extract = extracted(LegacyReader(30), tmp_path / "a.xls")
    assert only(tmp_path).text.split("\n\n") == [
        "# Trang tính: Biểu đồ",
        "Tên | Số lượng\nTên: Đà Nẵng; Số lượng: 12,5",
    ]
    assert [(r.sheet, r.top, r.end - r.start) for r in extract.rows] == [("Biểu đồ", 1, 2)]


def test_a_package_that_is_not_installed_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "a.xls").write_bytes(excel_97("S", [["a"]]))
    monkeypatch.setitem(sys.modules, "xlrd", None)
    with pytest.raises(ReadError, match="pip install xlrd"):
        list(LegacyReader(30).read(tmp_path / "a.xls"))


def test_rich_text_is_read_without_what_it_hides(tmp_path: Path) -> None:
    body = r"\u272?i\u7873?u 1. \'d0\'f4 thi\'f2{\v b\u237?}{\deleted x\'f3a} co\'ccn\par \trowd a\cell b\cell\row cu\u7889?i"
    text = r"{\rtf1\ansi\ansicpg1252\uc1{\fonttbl{\f0\fcharset163 Times;}}{\*\generator W;}\f0 " + body + "}"
    (tmp_path / "a.rtf").write_text(text, encoding="ascii")
    assert text_of(LegacyReader(30), tmp_path / "a.rtf") == [
        "Điều 1. Đô thị còn",
        "a | b",
        "cuối",
    ]


def test_rich_text_that_takes_without_end_is_ended(tmp_path: Path) -> None:
    (tmp_path / "a.rtf").write_bytes(b"{\\rtf1 " + b"{\\field{\\*\\fldinst{" * 200_000)
    assert refused(LegacyReader(2.0), tmp_path / "a.rtf") == "too_slow"


def test_old_slides_name_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.ppt").write_bytes(compound({"PowerPoint Document": b"x"}))
    with pytest.raises(ReadError, match=r"\.pptx"):
        list(LegacyReader(30).read(tmp_path / "a.ppt"))
