"""OpenDocument text and spreadsheets: what people see in them, in its order, and nothing that is hostile."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest
from hostile import SEEDS, XML_BOMB, office_bomb, open_document

from assistant.documents.extract import Extract
from assistant.documents.limits import Limits
from assistant.documents.open_document import OpenDocumentReader
from assistant.documents.reading import read_file
from assistant.errors import ReadError

LIST = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="1" '
    'style:num-suffix="."/><text:list-level-style-number text:level="2" style:num-format="1" style:num-suffix="." '
    'text:display-levels="2"/></text:list-style><text:list-style style:name="B">'
    '<text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
)


def extracted(file: Path) -> Extract:
    found, *_ = OpenDocumentReader(30).read(file)
    assert isinstance(found, Extract)
    return found


def text_of(folder: Path, body: str, styles: str = "", common: str = "") -> list[str]:
    (folder / "a.odt").write_bytes(open_document("text", body, styles, common=common))
    return extracted(folder / "a.odt").pages[0].split("\n")


def sheet_of(folder: Path, rows: str, styles: str = "", columns: str = "") -> Extract:
    table = f'<table:table table:name="Kinh phí">{columns}{rows}</table:table>'
    (folder / "a.ods").write_bytes(open_document("spreadsheet", table, styles))
    return extracted(folder / "a.ods")


def cell(text: str, told: str = "") -> str:
    return f"<table:table-cell {told}><text:p>{text}</text:p></table:table-cell>"


def row(*cells: str, told: str = "") -> str:
    return f"<table:table-row {told}>{''.join(cells)}</table:table-row>"


def code_of(file: Path) -> str:
    (found,) = read_file(file, Limits(2**26, 30.0))
    assert isinstance(found, ReadError), found
    assert "Hãy " in found.message
    return found.code


# --- text ---------------------------------------------------------------------------------------------------------


def test_paragraphs_headings_and_white_space(tmp_path: Path) -> None:
    assert text_of(
        tmp_path,
        '<text:p text:style-name="Title">Quy chế bến đò</text:p>'
        '<text:h text:outline-level="2">Quy mô <text:span>bến</text:span></text:h>'
        '<text:p>Bến  đò\n dài<text:s text:c="3"/>45<text:tab/>mét,<text:line-break/>rộng <text:a>5 mét</text:a>.</text:p>'
        "<text:h>Điều 1. Giờ chạy</text:h><text:section><text:p>Từ 5 giờ.</text:p></text:section>",
        common='<office:styles><style:style style:name="Title" style:family="paragraph"/></office:styles>',
    ) == [
        "", "# Quy chế bến đò", "", "## Quy mô bến", "Bến đò dài 45 mét,", "rộng 5 mét.", "", "Điều 1. Giờ chạy",
        "Từ 5 giờ.",
    ]  # fmt: skip


def test_lists_show_their_numbers_and_go_on_where_they_say_so(tmp_path: Path) -> None:
    def items(*texts: str, told: str = "") -> str:
        inner = "".join(f"<text:list-item>{text}</text:list-item>" for text in texts)
        return f'<text:list text:style-name="L" {told}>{inner}</text:list>'

    p = "<text:p>{}</text:p>".format
    inner = (
        f"<text:list><text:list-item>{p('ba')}</text:list-item><text:list-item>{p('bốn')}</text:list-item></text:list>"
    )
    assert text_of(
        tmp_path,
        items(p("một"), p("hai") + p("thêm") + inner)
        + p("Giữa.")
        + items(p("năm"), told='text:continue-numbering="true"')
        + items(p("mới"))
        + f'<text:list text:style-name="B"><text:list-item>{p("chấm")}</text:list-item></text:list>',
        LIST,
    ) == ["1. một", "2. hai", "thêm", "2.1. ba", "2.2. bốn", "Giữa.", "3. năm", "1. mới", "• chấm"]


def test_numbered_headings_count_by_the_outline(tmp_path: Path) -> None:
    outline = (
        '<office:styles><text:outline-style style:name="O">'
        '<text:outline-level-style text:level="1" style:num-format="I" style:num-suffix="."/>'
        '<text:outline-level-style text:level="2" style:num-format="1" style:num-suffix="."/>'
        "</text:outline-style></office:styles>"
    )
    h = '<text:h text:outline-level="{}">{}</text:h>'.format
    body = h(1, "Mở đầu") + h(2, "Nền") + h(2, "Nay") + h(1, "Kết quả") + h(2, "Số")
    assert [line for line in text_of(tmp_path, body, common=outline) if line] == [
        "# I. Mở đầu", "## 1. Nền", "## 2. Nay", "# II. Kết quả", "## 1. Số",
    ]  # fmt: skip


def test_what_is_deleted_hidden_generated_or_said_beside_is_left_out_and_notes_come_last(tmp_path: Path) -> None:
    note = "<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Xem phụ lục.</text:p></text:note-body></text:note>"
    assert text_of(
        tmp_path,
        "<text:tracked-changes><text:changed-region><text:deletion><text:p>xóa</text:p></text:deletion>"
        "</text:changed-region></text:tracked-changes>"
        "<text:table-of-content><text:index-body><text:p>Mục lục 1</text:p></text:index-body></text:table-of-content>"
        f'<text:p>Bến{note} dài<text:span text:style-name="H"> bí mật</text:span> 45<office:annotation><text:p>góp ý'
        '</text:p></office:annotation> mét.<!-- chú --><text:hidden-text text:is-hidden="true">kín</text:hidden-text></text:p>'
        "<text:p>Khung:<draw:frame><draw:text-box><text:p>trong khung</text:p></draw:text-box></draw:frame></text:p>",
        '<style:style style:name="H" style:family="text"><style:text-properties text:display="none"/></style:style>',
    ) == ["Bến dài 45 mét.", "Khung:", "trong khung", "", "# Chú thích", "", "(1) Xem phụ lục."]


def test_tables_are_rows_and_what_only_places_text_is_text(tmp_path: Path) -> None:
    border = '<style:style style:name="C" style:family="table-cell"><style:table-cell-properties fo:border="0.5pt solid #000000"/></style:style>'
    told = 'table:style-name="C"'
    covered = "<table:covered-table-cell/>"
    table = (
        "<table:table><table:table-column/><table:table-header-rows>"
        + row(cell("Tên", told), cell("Số", f'{told} table:number-columns-spanned="2"'), covered)
        + "</table:table-header-rows>"
        + row(cell("Tân</text:p><text:p>Hòa", told), cell("12", told), cell("", told))
        + "</table:table>"
    )
    placed = f"<table:table>{row(cell('CHÍNH PHỦ'), cell('CỘNG HÒA'))}</table:table>"
    assert text_of(tmp_path, placed + "<text:p>Sau.</text:p>" + table, border) == [
        "CHÍNH PHỦ", "CỘNG HÒA", "Sau.", "", "Tên | Số |", "Tân Hòa | 12 |", "",
    ]  # fmt: skip


# --- sheets -------------------------------------------------------------------------------------------------------

STYLES = (
    '<number:number-style style:name="N1"><number:number number:decimal-places="2" number:min-integer-digits="1" '
    'number:grouping="true"/></number:number-style>'
    '<number:percentage-style style:name="N2"><number:number number:decimal-places="1" number:min-integer-digits="1"/>'
    "<number:text>%</number:text></number:percentage-style>"
    '<number:date-style style:name="N3"><number:month number:style="long"/><number:text>/</number:text>'
    '<number:year number:style="long"/></number:date-style>'
    '<number:currency-style style:name="N4"><number:number number:decimal-places="0" number:min-integer-digits="1" '
    'number:grouping="true"/><number:text> </number:text><number:currency-symbol>₫</number:currency-symbol>'
    "</number:currency-style>"
) + "".join(
    f'<style:style style:name="c{n}" style:family="table-cell" style:data-style-name="N{n}"/>' for n in range(1, 5)
)


def test_values_are_shown_with_vietnamese_marks_under_their_columns(tmp_path: Path) -> None:
    number = 'office:value-type="{}" office:value="{}" table:style-name="{}"'.format
    found = sheet_of(
        tmp_path,
        row(*map(cell, ("Đơn vị", "Tiền", "Tỷ lệ", "Tháng", "Giá")))
        + row(
            cell("Xã A"),
            cell("1,234.50", number("float", 1234.5, "c1")),
            cell("12.5%", number("percentage", 0.125, "c2")),
            cell("02/2026", 'office:value-type="date" office:date-value="2026-02-01" table:style-name="c3"'),
            cell("12,000 ₫", number("currency", 12000, "c4")),
        )
        + row(told='table:number-rows-repeated="3"')
        + row(cell("Xã B"), cell("7", number("float", 7, ""))),
        STYLES,
    )
    assert [line for line in found.pages[0].split("\n") if line] == [
        "# Trang tính: Kinh phí",
        "Đơn vị | Tiền | Tỷ lệ | Tháng | Giá",
        "Đơn vị: Xã A; Tiền: 1.234,50; Tỷ lệ: 12,5%; Tháng: 02/2026; Giá: 12.000 ₫",
        "Xã B | 7",
    ]
    assert [(r.sheet, r.top, r.end - r.start, r.left, r.right) for r in found.rows] == [
        ("Kinh phí", 1, 2, 1, 5), ("Kinh phí", 6, 1, 1, 2),
    ]  # fmt: skip


def test_merged_repeated_and_hidden(tmp_path: Path) -> None:
    spanned = 'table:number-rows-spanned="2"'
    hidden = '<style:style style:name="ta" style:family="table"><style:table-properties table:display="false"/></style:style>'
    sheets = (
        '<table:table table:name="Một">'
        + row(cell("Huyện"), cell("Xã"), cell("Số"))
        + row(cell("Ba Vì", spanned), cell("Tân"), cell("3", 'office:value-type="float" office:value="3"'))
        + row(
            "<table:covered-table-cell/>",
            cell("0", 'office:value-type="float" office:value="0" table:number-columns-repeated="2"'),
        )
        + row(cell("Lặp"), told='table:number-rows-repeated="2"')
        + '</table:table><table:table table:name="Ẩn" table:style-name="ta">'
        + row(cell("bí mật"))
        + "</table:table>"
    )
    (tmp_path / "a.ods").write_bytes(open_document("spreadsheet", sheets, hidden))
    assert [line for line in extracted(tmp_path / "a.ods").pages[0].split("\n") if line] == [
        "# Trang tính: Một", "Huyện | Xã | Số", "Huyện: Ba Vì; Xã: Tân; Số: 3", "Huyện: Ba Vì; Xã: 0; Số: 0", "Lặp", "Lặp",
    ]  # fmt: skip
    assert [told.code for told in OpenDocumentReader(30).read(tmp_path / "a.ods") if isinstance(told, ReadError)] == [
        "hidden_sheets"
    ]


def test_formulas_that_were_never_calculated_are_told(tmp_path: Path) -> None:
    formula = 'table:formula="of:=[.A1]"'
    rows = row(cell("Tên"), cell("Số")) + row(cell("a"), f"<table:table-cell {formula}/>")
    rows += row(cell("b"), cell("3", f'{formula} office:value-type="float" office:value="3"'))
    rows += row(cell("c"), f'<table:table-cell {formula} office:value-type="string"/>')
    assert sheet_of(tmp_path, rows).pages[0].split("\n")[3:] == ["Tên | Số", "Tên: a", "Tên: b; Số: 3", "Tên: c"]
    (told,) = [error for error in OpenDocumentReader(30).read(tmp_path / "a.ods") if isinstance(error, ReadError)]
    assert told.code == "no_values"
    assert told.message.startswith("1 ô công thức chưa có giá trị")


def test_each_row_of_a_text_says_what_the_cell_merged_over_it_says(tmp_path: Path) -> None:
    spanned, covered = 'table:number-rows-spanned="2"', "<table:covered-table-cell/>"
    rows = row(cell("Loại", spanned), cell("Phí", 'table:number-columns-spanned="2"'), covered)
    rows += row(covered, cell("Ngày"), cell("Đêm"))
    rows += row(cell("Xe đạp", spanned), cell("2"), cell("3")) + row(covered, cell("4"), cell("5"))
    rows += row(cell("Tàu"), cell("9", 'table:number-columns-spanned="2"'), covered)
    lines = text_of(tmp_path, f"<table:table>{rows}</table:table>")
    assert [line for line in lines if line] == [
        "Loại | Phí |", "| Ngày | Đêm", "Xe đạp | 2 | 3", "Xe đạp | 4 | 5", "Tàu | 9 |",
    ]  # fmt: skip


# --- what is refused ----------------------------------------------------------------------------------------------


def test_the_content_tells_not_the_ending(tmp_path: Path) -> None:
    for ending, name in ((".odt", "a.docx"), (".ods", "b.txt")):
        (tmp_path / name).write_bytes(SEEDS[ending]())
        (found,) = read_file(tmp_path / name, Limits(2**24, 30.0))
        assert not isinstance(found, ReadError) and "Tân H" in found.text


def test_presentations_are_refused_with_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "a.odp").write_bytes(open_document("presentation", ""))
    with pytest.raises(ReadError, match=r"lưu thành \.pptx"):
        extracted(tmp_path / "a.odp")


@pytest.mark.parametrize("ending", [".odt", ".ods"])
def test_bombs_entities_locks_and_damage_are_refused(ending: str, tmp_path: Path) -> None:
    file = tmp_path / f"a{ending}"
    kind, seed = {".odt": "text", ".ods": "spreadsheet"}[ending], SEEDS[ending]
    for data, code in (
        (office_bomb(seed, "content.xml", f"{XML_BOMB}<a>&l11;</a>".encode()), "entities"),
        (office_bomb(seed, "content.xml", b"<a>" + b" " * 30_000_000), "zip_bomb"),
        (office_bomb(seed, "content.xml", b"<a>" * 5_000), "damaged"),
        (office_bomb(seed, "content.xml", b"<a/>"), "damaged"),
        (open_document(kind, "", manifest="<manifest><encryption-data/></manifest>"), "encrypted"),
        (seed()[: len(seed()) // 2], "damaged"),
        (open_document(kind, ""), "empty"),
    ):
        file.write_bytes(data)
        assert code_of(file) == code


def test_a_file_with_macros_is_read_and_they_are_not(tmp_path: Path) -> None:
    """Programs write a document type into the libraries of macros, which nobody opens."""
    stream = io.BytesIO(SEEDS[".odt"]())
    with zipfile.ZipFile(stream, "a") as archive:
        archive.writestr("Basic/script-lc.xml", '<!DOCTYPE library:libraries PUBLIC "x" "libraries.dtd"><a/>')
    (tmp_path / "a.odt").write_bytes(stream.getvalue())
    assert "Bến đò dài 45 mét" in extracted(tmp_path / "a.odt").pages[0]


def test_rows_and_columns_without_end_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.ods").write_bytes(b"")
    with pytest.raises(ReadError) as many:
        sheet_of(tmp_path, row(cell("x"), told='table:number-rows-repeated="1048576"'))
    with pytest.raises(ReadError) as wide:
        sheet_of(tmp_path, row(cell("x", 'table:number-columns-repeated="16384"')))
    assert (many.value.code, wide.value.code) == ("too_large", "too_large")
    empty = row(cell("x"), '<table:table-cell table:number-columns-repeated="16383"/>')
    assert "x" in sheet_of(tmp_path, empty + row(told='table:number-rows-repeated="1048575"')).pages[0]
