"""Reads Excel workbooks (.xlsx, .xlsm), .csv and .tsv: a line a row, each value with its column's name.

Values as they were calculated last, never a formula; hidden sheets are left out, and both are told where something
is missed by it. Each sheet is a section, and `Extract.rows` says which rows of it the section's lines are.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from assistant.documents.cell_text import is_figure, shown
from assistant.documents.containers import damaged, kind_of, unpacked_safely
from assistant.documents.extract import Extract, Layout
from assistant.documents.limits import Deadline
from assistant.documents.plain import decode
from assistant.documents.rows import MAX_COLUMNS, Cell, Grid, Merge, Row, RowBudget, figure_of, lines, tables
from assistant.documents.sheet_gaps import Gaps, holds_something, uncalculated
from assistant.documents.sheet_titles import title_of
from assistant.errors import ReadError
from assistant.sheets import Rows

_WORKBOOKS = {".xlsx", ".xlsm", ".xltx", ".xltm"}
_TABLES = {".csv": (";", ",", "\t", "|"), ".tsv": ("\t",), ".tab": ("\t",)}
_SHEET = "Trang tính"
_MOST_SHEETS = 1_000
_MOST_MERGES = 100_000
_LOOK_AT_ROWS = 100
_LONGEST_CELL = 1024**2
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\r?\n')
# ST_Xstring (ECMA-376, 22.9.2.19): what XML cannot hold is `_xHHHH_`.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_MERGE = re.compile(rb"""<(?:\w+:)?mergeCell\s+ref=["']([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})["']""")
_BLOCK = 1024**2
_CHECK_EVERY = 256


class SpreadsheetReader:
    """Workbooks by their content, csv by its ending; gives up after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        kind, ending = kind_of(path, head), path.suffix.lower()
        return kind in ("xlsx", "xlsb") or (kind is None and ending in _WORKBOOKS | _TABLES.keys())

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        with path.open("rb") as file:
            kind = kind_of(path, file.read(4096))
        deadline = Deadline.after(self._seconds)
        if kind == "xlsb":
            raise ReadError("format", "Chưa đọc được .xlsb. Hãy mở bằng Excel rồi lưu thành .xlsx.")
        if kind is None and path.suffix.lower() in _TABLES:
            grid = _table(decode(path.read_bytes()), _TABLES[path.suffix.lower()], deadline)
            yield extract([("", grid)])
        else:
            gaps = Gaps()
            yield extract(_sheets(path, deadline, gaps))
            yield from gaps.errors()


def extract(sheets: Iterable[tuple[str, Grid]]) -> Extract:
    """One document of the sheets, by name; a sheet without a name gets no heading.

    Its title is that of its only sheet: what one of several is called, is no name for the others.
    """
    found: list[str] = []
    rows: list[Rows] = []
    titles: list[str | None] = []
    count = 0
    for name, grid in sheets:
        numbered = list(lines(grid))
        if numbered:
            count += tables(grid)
            titles.append(title_of(grid))
            found += ["", f"# {_SHEET}: {shown(name)}", ""] if name else []
            rows += _rows(shown(name), grid, [number for number, _ in numbered], len(found))
            found += [line for _, line in numbered]
    title = titles[0] if len(titles) == 1 else None
    told = {"title": title} if title else {}
    return Extract(("\n".join(found),), Layout.KEEP, metadata=told, counts={"tables": count}, rows=tuple(rows))


def _rows(name: str, grid: Grid, numbers: Iterable[int], line: int) -> Iterator[Rows]:
    """Runs of rows that follow each other and fill the same columns; `line` is that of the first."""
    run: Rows | None = None
    for at, number in enumerate(numbers, start=line):
        left, right = min(grid.rows[number]) + 1, max(grid.rows[number]) + 1
        if run and (number + 1 - run.top, left, right) == (at - run.start, run.left, run.right):
            run = replace(run, end=at + 1)
            continue
        if run:
            yield run
        run = Rows(at, at + 1, name, number + 1, left, right)
    if run:
        yield run


# --- workbooks ---


def _sheets(path: Path, deadline: Deadline, gaps: Gaps) -> Iterator[tuple[str, Grid]]:
    data = unpacked_safely(path, "xlsx", deadline)
    try:
        with warnings.catch_warnings():  # of parts of the workbook that are not read
            warnings.simplefilter("ignore")
            yield from _grids(data, deadline, gaps)
    except ReadError:
        raise
    except Exception as error:  # openpyxl raises any kind at a damaged file
        raise damaged("xlsx") from error


def _grids(data: io.BytesIO, deadline: Deadline, gaps: Gaps) -> Iterator[tuple[str, Grid]]:
    import openpyxl

    book = openpyxl.load_workbook(data, read_only=True, data_only=True, keep_links=False)
    if len(book.worksheets) > _MOST_SHEETS:
        raise ReadError("too_large", f"Bảng tính có hơn {_MOST_SHEETS} trang tính. Hãy chia nhỏ tệp.")
    if not book.sheetnames:
        raise ReadError(
            "strict", "Không thấy trang tính nào (có thể là Strict Open XML). Hãy lưu lại thành .xlsx thường."
        )
    budget = RowBudget()
    sheets: list[Any] = list(book.worksheets)
    for sheet in sheets:
        with zipfile.ZipFile(data) as archive:
            if sheet.sheet_state != "visible":
                with archive.open(sheet._worksheet_path) as xml:
                    gaps.hidden += [sheet.title] if holds_something(xml) else []
                continue
            with archive.open(sheet._worksheet_path) as xml:
                merges = _merges(xml)
            with archive.open(sheet._worksheet_path) as xml:
                gaps.formulas[sheet.title] = uncalculated(xml, deadline)
        yield sheet.title, Grid(dict(_filled(sheet, deadline, budget)), merges)


def _filled(sheet: Any, deadline: Deadline, budget: RowBudget) -> Iterator[tuple[int, Row]]:
    """The rows that hold something, from the sheet's first row on, whatever size the file claims."""
    sheet.reset_dimensions()
    styles: dict[int, tuple[str, bool]] = {}
    for number, cells in enumerate(sheet.iter_rows(min_row=1, min_col=1)):
        if number % _CHECK_EVERY == 0 or len(cells) > MAX_COLUMNS:
            deadline.check(f"dòng {number + 1} của trang tính «{sheet.title}»")
        row = {column: found for column, cell in enumerate(cells[:MAX_COLUMNS]) if (found := _cell(cell, styles))}
        if any(cell.value is not None for cell in cells[MAX_COLUMNS:]):
            raise ReadError("too_large", f"Trang tính «{sheet.title}» có hơn {MAX_COLUMNS} cột. Hãy chia nhỏ tệp.")
        if row:
            budget.spend(len(row))
            yield number, row


def _cell(cell: Any, styles: dict[int, tuple[str, bool]]) -> Cell | None:
    value = cell.value
    if value is None:
        return None
    style = styles.get(cell._style_id)
    if style is None:  # asked once for each style, as openpyxl looks it up anew for each cell
        style = styles[cell._style_id] = cell.number_format, bool(cell.font and cell.font.b)
    if isinstance(value, str):
        value = _ESCAPED.sub(_unescaped, value)
    text = shown(value, style[0])
    return Cell(text, is_figure(value), style[1]) if text else None


def _unescaped(match: re.Match[str]) -> str:
    character = chr(int(match.group(1), 16))
    return character if character.isprintable() or character in "\t\n\r" else match.group()


def _merges(xml: Any) -> dict[int, list[Merge]]:
    """The merged ranges, which openpyxl does not tell of a sheet that it reads row by row."""
    found: dict[int, list[Merge]] = {}
    tail, count = b"", 0
    while block := xml.read(_BLOCK):
        data = tail + block
        end = 0
        for match in islice(_MERGE.finditer(data), _MOST_MERGES - count):
            left, top, right, bottom = match.groups()
            merge = Merge(int(top) - 1, _column(left), int(bottom) - 1, _column(right))
            found.setdefault(merge.top, []).append(merge)
            count, end = count + 1, match.end()
        tail = data[max(end, len(data) - 64) :]
    return found


def _column(letters: bytes) -> int:
    place = 0
    for letter in letters:
        place = place * 26 + letter - ord("A") + 1
    return place - 1


# --- csv ---


def _table(text: str, delimiters: tuple[str, ...], deadline: Deadline) -> Grid:
    hint = _EXCEL_HINT.match(text)
    delimiter = hint.group(1) if hint else _delimiter(text, delimiters)
    grid, budget = Grid(), RowBudget()
    try:
        for number, cells in enumerate(_parsed(text[hint.end() :] if hint else text, delimiter)):
            if number % _CHECK_EVERY == 0:
                deadline.check(f"dòng {number + 1}")
            row = {c: Cell(shown(t), figure_of(t)) for c, t in enumerate(cells) if t.strip()}
            if len(cells) > MAX_COLUMNS:
                raise ReadError("too_large", f"Dòng {number + 1} có hơn {MAX_COLUMNS} cột. Hãy chia nhỏ tệp.")
            if row:
                budget.spend(len(row))
                grid.rows[number] = row
    except csv.Error as error:
        raise ReadError("damaged", "Tệp csv hỏng hoặc không đúng định dạng. Hãy lưu lại tệp dạng CSV UTF-8.") from error
    return grid


def _parsed(text: str, delimiter: str) -> Iterator[list[str]]:
    csv.field_size_limit(max(csv.field_size_limit(), _LONGEST_CELL))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _delimiter(text: str, delimiters: tuple[str, ...]) -> str:
    """The one that cuts most of the first rows into equally many cells; the first where none does."""
    return max(delimiters, key=lambda delimiter: _fit(text, delimiter))


def _fit(text: str, delimiter: str) -> tuple[float, int]:
    try:
        widths = [len(row) for row in islice(_parsed(text, delimiter), _LOOK_AT_ROWS) if row]
    except csv.Error:
        return 0.0, 0
    common = max(set(widths), key=lambda width: (width > 1, widths.count(width), width), default=0)
    return (widths.count(common) / len(widths), common) if common > 1 else (0.0, 0)
