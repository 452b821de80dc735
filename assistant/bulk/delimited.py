"""Csv files in and out: the delimiter is found out, and no text is written that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO

from assistant.bulk.cells import Cell, Row, Table, as_text, is_blank
from assistant.bulk.columns import find_heading_row, names_questions
from assistant.bulk.outcomes import Outcome, added_cells, added_headings
from assistant.errors import InputFileError

if TYPE_CHECKING:
    import _csv

_DELIMITERS = (";", ",", "\t", "|")
# Never occurs in a text, so every line is one cell.
_NO_DELIMITER = "\x1f"
_EXCEL_HINT = re.compile(r'"?sep=(.)"?\r?\n')
_LOOK_AT_ROWS = 100
_LONGEST_CELL = 16 * 1024 * 1024
_END = "\x1eend"
# What a spreadsheet may take for a formula (OWASP, CSV injection), full-width signs included.
_RUNS = tuple("=+-@\t\r\n＝＋－＠")
_NEGATIVE_NUMBER = re.compile(r"-\d+(?:[.,]\d+)*")


def read(text: str, name: str, column: str | None = None, *, mark: bool = False) -> Table:
    """The table of a csv file; `column` helps to find its headings. Raises InputFileError."""
    hint = _EXCEL_HINT.match(text)
    delimiter = hint.group(1) if hint else _find_delimiter(text, column)
    rows = _parse(text[hint.end() :] if hint else text, delimiter, name)
    place = find_heading_row(rows, column)
    return _table(rows, place, "," if delimiter == _NO_DELIMITER else delimiter, mark=mark)


def _table(rows: list[Row], place: int, delimiter: str, *, mark: bool) -> Table:
    headings = tuple(as_text(cell) for cell in rows[place]) if rows else ()
    body = tuple(rows[place + 1 :])
    width = max(map(len, rows), default=0)
    return Table(
        headings=headings + ("",) * (width - len(headings)),
        rows=body,
        above=tuple(rows[:place]),
        faults=dict(_too_wide(body, len(headings))),
        delimiter=delimiter,
        mark=mark,
    )


def _too_wide(rows: Iterable[Row], width: int) -> Iterator[tuple[int, str]]:
    for place, row in enumerate(rows):
        if not all(map(is_blank, row[width:])):
            yield (
                place,
                f"Dòng có {len(row)} ô mà hàng tiêu đề có {width}: có lẽ một dấu phân cách nằm trong câu chữ. "
                'Hãy đặt ô đó trong dấu ngoặc kép "…" rồi chạy lại.',
            )


def _parse(text: str, delimiter: str, name: str) -> list[Row]:
    """All rows; a quotation mark that is never closed is an error, as it would swallow the rows after it."""
    closed = text if text.endswith(("\n", "\r")) or not text else text + "\n"
    try:
        rows: list[Row] = [tuple(row) for row in _reader(closed + _END, delimiter)]
    except csv.Error as error:
        raise InputFileError(f"Không đọc được «{name}» như csv: {error}. Hãy lưu lại tệp rồi chạy lại.") from error
    if rows.pop() != (_END,):
        raise InputFileError(
            f"Tệp csv «{name}» có dấu ngoặc kép mở ra mà không đóng, từ dòng {_unclosed_line(closed, delimiter)}. "
            "Hãy đóng lại, hoặc viết dấu ngoặc kép trong ô thành hai dấu liền nhau, rồi chạy lại."
        )
    while rows and not rows[-1]:  # empty lines at the end are no rows
        rows.pop()
    return rows


def _unclosed_line(text: str, delimiter: str) -> int:
    """The line on which the last row begins."""
    reader = _reader(text + _END, delimiter)
    begins = [1, *(reader.line_num + 1 for _ in reader)]
    return begins[-2]


def _reader(text: str, delimiter: str) -> _csv.Reader:
    csv.field_size_limit(_LONGEST_CELL)
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)


def _find_delimiter(text: str, column: str | None) -> str:
    """The delimiter that cuts the headings and most rows into equally many cells; none where no one does."""
    fits = [(fit, delimiter) for delimiter in _DELIMITERS if (fit := _fit(text, delimiter, column))]
    return max(fits)[1] if fits else _NO_DELIMITER


def _fit(text: str, delimiter: str, column: str | None) -> tuple[bool, float, int] | None:
    try:
        rows = list(islice(_reader(text, delimiter), _LOOK_AT_ROWS))
    except csv.Error:
        return None
    place = find_heading_row(rows, column)
    width = len(rows[place]) if rows else 0
    body = [row for row in rows[place + 1 :] if row]
    share = sum(len(row) == width for row in body) / len(body) if body else 1.0
    known = width > 0 and names_questions(rows[place], column)
    return (known, share, width) if width > 1 and (share >= 0.5 or (known and share > 0)) else None


def write(file: BinaryIO, table: Table, outcomes: Iterable[Outcome]) -> tuple[str, ...]:
    """UTF-8, with a byte order mark where the input had one or was no csv; CRLF, as RFC 4180 has it."""
    text = io.TextIOWrapper(
        file, encoding="utf-8-sig" if table.mark else "utf-8", errors="replace", newline="", write_through=True
    )
    writer = csv.writer(text, delimiter=table.delimiter)
    writer.writerows(map(_safe_row, map(table.padded, table.above)))
    writer.writerow(_safe_row((*table.headings, *added_headings(table.headings))))
    for row, outcome in zip(table.rows, outcomes, strict=True):
        writer.writerow(_safe_row((*table.padded(row), *added_cells(outcome))))
    text.detach()
    return ()


def _safe_row(cells: Iterable[Cell]) -> list[str]:
    return [_safe(cell) for cell in cells]


def _safe(cell: Cell) -> str:
    """The cell's text, after an apostrophe where a spreadsheet would run it; a negative number is no formula."""
    text = as_text(cell)
    if isinstance(cell, str) and text.startswith(_RUNS) and not _NEGATIVE_NUMBER.fullmatch(text):
        return f"'{text}"
    return text
