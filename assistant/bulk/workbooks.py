"""Xlsx files in and out: values, never formulas; dates and numbers stay what they are; knows no question."""

from __future__ import annotations

import io
import math
import re
import warnings
import zipfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import zip_longest
from typing import TYPE_CHECKING, Any, BinaryIO

from assistant.bulk.cells import MAX_COLUMNS, MAX_ROWS, Cell, Formula, Row, Table, as_text
from assistant.bulk.columns import find_heading_row, names_questions
from assistant.bulk.outcomes import ADDED, Outcome, added_cells, added_headings
from assistant.errors import InputFileError

if TYPE_CHECKING:
    from openpyxl.cell.cell import Cell as SheetCell

MAX_UNPACKED = 512 * 1024 * 1024
LONGEST_TEXT = 32_767  # UTF-16 units in a cell
_CUT = " … (bị cắt: ô Excel chứa tối đa 32.767 ký tự)"
_LONGEST_WHOLE_NUMBER = 10**15  # a spreadsheet keeps 15 digits
# ST_Xstring (ECMA-376, 22.9.2.19): what XML cannot hold is `_xHHHH_`, and what looks like that has its `_` escaped.
_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
_RUNS = tuple("=+-@\t＝＋－＠")
_WIDTHS = {"answer": 70.0, "citations": 70.0, "citations_json": 20.0, "error": 40.0}

Formats = dict[tuple[int, int], str]


def read(data: bytes, name: str, column: str | None = None) -> Table:
    """The table of the worksheet that has a question column, else of the active one. Raises InputFileError."""
    _check_size(data, name)
    try:
        with warnings.catch_warnings():  # of parts of the workbook that are not read
            warnings.simplefilter("ignore")
            return _read(data, name, column)
    except InputFileError:
        raise
    except Exception as error:  # openpyxl raises any kind at a damaged file
        raise InputFileError(
            f"Không đọc được «{name}» như xlsx ({type(error).__name__}). "
            "Hãy mở bằng Excel hoặc LibreOffice, lưu lại dạng .xlsx rồi chạy lại."
        ) from error


def _check_size(data: bytes, name: str) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(item.file_size for item in archive.infolist())
    except zipfile.BadZipFile as error:
        raise InputFileError(f"«{name}» không phải xlsx lành lặn. Hãy lưu lại dạng .xlsx rồi chạy lại.") from error
    if size > MAX_UNPACKED:
        raise InputFileError(
            f"«{name}» bung ra {size // 2**20} MiB, quá giới hạn {MAX_UNPACKED // 2**20} MiB. Hãy chia nhỏ tệp."
        )


def _read(data: bytes, name: str, column: str | None) -> Table:
    import openpyxl

    values = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    formulas = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    sheets = sorted(values.worksheets, key=lambda sheet: sheet is not values.active)
    tables = (_table(sheet, formulas[sheet.title], name, column) for sheet in sheets)
    first = next(tables)
    others = () if names_questions(first.headings, column) else tables
    chosen = next((table for table in others if names_questions(table.headings, column)), first)
    left = [f"«{sheet.title}»" for sheet in sheets if sheet.title != chosen.sheet]
    return _with_note(chosen, left)


def _with_note(table: Table, left: Sequence[str]) -> Table:
    from dataclasses import replace

    note = f"Chỉ đọc trang tính «{table.sheet}»; không đọc: {', '.join(left)}."
    return replace(table, notes=(note,)) if left else table


def _table(sheet: Any, formulas: Any, name: str, column: str | None) -> Table:
    """One worksheet; blank rows at its end are only formatting, and left out."""
    rows, formats = _rows(sheet, formulas, name)
    place = find_heading_row(rows, column)
    width = max(map(len, rows), default=0)
    headings = tuple(map(as_text, rows[place])) if rows else ()
    return Table(
        headings=headings + ("",) * (width - len(headings)),
        rows=tuple(rows[place + 1 :]),
        above=tuple(rows[:place]),
        formats={(r - place - 1, c): text for (r, c), text in formats.items() if r > place},
        sheet=sheet.title,
    )


def _rows(sheet: Any, formulas: Any, name: str) -> tuple[list[Row], Formats]:
    rows: list[Row] = []
    formats: Formats = {}
    blank = 0
    for cells, sources in zip_longest(_cells(sheet), _cells(formulas), fillvalue=()):
        row = _trimmed([_value(*pair) for pair in zip_longest(cells, sources)])
        if not row:
            blank += 1
            continue
        rows.extend([()] * blank)
        blank = 0
        _check_shape(len(rows) + 1, len(row), name)
        formats.update(_formats(len(rows), cells))
        rows.append(row)
    return rows, formats


def _cells(sheet: Any) -> Iterator[Sequence[Any]]:
    """The sheet's rows from its first row and column on, whatever size the file claims."""
    sheet.reset_dimensions()
    return iter(sheet.iter_rows(min_row=1, min_col=1))


def _check_shape(rows: int, columns: int, name: str) -> None:
    if rows > MAX_ROWS or columns > MAX_COLUMNS:
        raise InputFileError(f"«{name}» có hơn {MAX_ROWS} dòng hoặc {MAX_COLUMNS} cột. Hãy chia nhỏ tệp rồi chạy lại.")


def _value(cell: Any, source: Any) -> Cell:
    """The cell's value; the formula's text where the file holds no value for it."""
    value = None if cell is None else cell.value
    if value is None and source is not None and source.data_type == "f":
        return Formula(source.value if isinstance(source.value, str) else getattr(source.value, "text", None) or "=")
    return _ESCAPED.sub(_unescaped, value) if isinstance(value, str) else value


def _unescaped(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return match.group() if _SURROGATE.match(character) else character


def _trimmed(row: list[Cell]) -> Row:
    while row and row[-1] is None:
        row.pop()
    return tuple(row)


def _formats(row: int, cells: Sequence[Any]) -> Formats:
    """How numbers and dates are shown, where it is not the general way."""
    return {
        (row, column): cell.number_format
        for column, cell in enumerate(cells)
        if cell.value is not None and not isinstance(cell.value, str) and cell.number_format not in (None, "General")
    }


def write(file: BinaryIO, table: Table, outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """One worksheet, headings frozen; says in its notes how many texts were too long for a cell."""
    import openpyxl

    book = openpyxl.Workbook(write_only=True)
    sheet: Any = book.create_sheet(table.sheet or "cancu")
    added = added_headings(table.headings)
    _lay_out(sheet, table)
    maker = _CellMaker(sheet)
    for row in table.above:
        sheet.append([maker.make(cell) for cell in table.padded(row)])
    sheet.append([maker.make(cell, bold=True) for cell in (*table.headings, *added)])
    for place, (row, outcome) in enumerate(zip(table.rows, outcomes, strict=True)):
        own = [maker.make(cell, form=table.formats.get((place, at))) for at, cell in enumerate(table.padded(row))]
        sheet.append(own + [maker.make(cell, wrap=True) for cell in added_cells(outcome)])
    book.save(file)
    return (f"{maker.cut} ô quá dài so với giới hạn của Excel nên bị cắt; tệp jsonl giữ đủ.",) if maker.cut else ()


def _lay_out(sheet: Any, table: Table) -> None:
    from openpyxl.utils import get_column_letter

    sheet.freeze_panes = f"A{len(table.above) + 2}"
    for place, name in enumerate(ADDED, start=len(table.headings) + 1):
        if name in _WIDTHS:
            sheet.column_dimensions[get_column_letter(place)].width = _WIDTHS[name]


class _CellMaker:
    """Cells of one sheet, texts always as texts; counts those that had to be cut."""

    def __init__(self, sheet: Any) -> None:
        from openpyxl.cell import WriteOnlyCell
        from openpyxl.styles import Alignment, Font

        self._new: Callable[[], SheetCell] = lambda: WriteOnlyCell(sheet)
        self._wrapped, self._bold = Alignment(wrap_text=True, vertical="top"), Font(bold=True)
        self.cut = 0

    def make(self, value: Cell, *, form: str | None = None, wrap: bool = False, bold: bool = False) -> SheetCell:
        cell = self._new()
        if _is_kept(value):
            cell.value = value  # type: ignore[assignment]
            cell.number_format = form or cell.number_format
        elif text := as_text(value):
            self._put_text(cell, text)
        if wrap:
            cell.alignment = self._wrapped
        if bold:
            cell.font = self._bold
        return cell

    def _put_text(self, cell: SheetCell, text: str) -> None:
        whole = _escaped(text)
        cell.value = _cut(whole)
        self.cut += cell.value != whole
        cell.data_type = "s"  # openpyxl takes a leading = for a formula and #N/A for an error
        if text.startswith(_RUNS):
            cell.quotePrefix = True  # text it stays when someone edits it


def _is_kept(value: Cell) -> bool:
    """Whether the cell can be a spreadsheet's own number, truth value, date or time."""
    if isinstance(value, bool | datetime | date | time | timedelta):
        return getattr(value, "tzinfo", None) is None
    if isinstance(value, int):
        return abs(value) < _LONGEST_WHOLE_NUMBER
    return isinstance(value, float) and math.isfinite(value)


def _escaped(text: str) -> str:
    """The text as a worksheet can hold it: line ends as \\n, no half characters, control characters escaped."""
    lines = _SURROGATE.sub("\ufffd", text.replace("\r\n", "\n").replace("\r", "\n"))
    return _UNWRITABLE.sub(lambda match: f"_x{ord(match.group()):04X}_", lines)


def _cut(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_TEXT:
        return text
    return units[: 2 * (LONGEST_TEXT - len(_CUT))].decode("utf-16-le", errors="ignore") + _CUT
