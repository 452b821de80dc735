"""Where the lines of a document made of tables stand in its file: sheet, rows and cells; knows no document."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a sheet that follow each other: the characters `start:end` of a text, a line each.

    `top` is the row of the first line, `left` and `right` the first and last column that have something; all count
    from 1. `sheet` is empty where the file is one table without a name (csv).
    """

    start: int
    end: int
    sheet: str
    top: int
    left: int
    right: int


@dataclass(frozen=True, slots=True)
class Cells:
    """The rows `first` to `last` of a sheet, and their cells as spreadsheets name them (`B7:E7`; empty for csv)."""

    sheet: str
    first: int
    last: int
    range: str

    @property
    def shown(self) -> str:
        """`dòng 7 (ô B7:E7)`; the sheet stands among the headings."""
        rows = f"dòng {self.first}" if self.first == self.last else f"dòng {self.first}–{self.last}"
        return f"{rows} (ô {self.range})" if self.range else rows


def cells_at(text: str, rows: Sequence[Rows], start: int, end: int) -> Cells | None:
    """The cells whose lines the characters `start:end` touch, of the first sheet where there are several."""
    first = bisect_right(rows, start, key=lambda run: run.start) - 1
    runs = [run for run in rows[max(first, 0) : _after(rows, end)] if run.start < end and start < run.end]
    runs = [run for run in runs if run.sheet == runs[0].sheet]
    if not runs:
        return None
    top = _row(text, runs[0], max(start, runs[0].start))
    bottom = _row(text, runs[-1], min(end, runs[-1].end) - 1)
    left, right = min(run.left for run in runs), max(run.right for run in runs)
    return Cells(runs[0].sheet, top, bottom, _range(left, top, right, bottom) if runs[0].sheet else "")


def _after(rows: Sequence[Rows], end: int) -> int:
    return bisect_right(rows, end, key=lambda run: run.start)


def _row(text: str, run: Rows, offset: int) -> int:
    return run.top + text.count("\n", run.start, offset)


def _range(left: int, top: int, right: int, bottom: int) -> str:
    first, last = f"{letters(left)}{top}", f"{letters(right)}{bottom}"
    return first if first == last else f"{first}:{last}"


def letters(column: int) -> str:
    """A column, counted from 1, as spreadsheets name it: 1 is A, 28 is AB."""
    name = ""
    while column > 0:
        column, place = divmod(column - 1, 26)
        name = chr(ord("A") + place) + name
    return name


def place_shown(page: int | None, cells: Cells | None) -> str:
    """`trang 3`, `dòng 7 (ô B7:E7)`; empty where the format has neither pages nor rows."""
    return f"trang {page}" if page else cells.shown if cells else ""
