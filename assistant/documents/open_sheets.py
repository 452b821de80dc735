"""The sheets of an OpenDocument spreadsheet as grids: values as they were calculated last, never a formula."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from typing import TYPE_CHECKING

from assistant.documents.cell_text import is_figure, shown
from assistant.documents.limits import Deadline
from assistant.documents.open_styles import FO, OFFICE, TABLE, TEXT, Styles, number
from assistant.documents.rows import MAX_COLUMNS, Cell, Grid, Merge, Row, RowBudget
from assistant.documents.sheet_gaps import Gaps
from assistant.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

_MOST_SHEETS = 1_000
_MOST_MERGES = 100_000
_MOST_ROWS = 2**20
_HOLDERS = {TABLE + n for n in ("table-header-rows", "table-rows", "table-row-group")}
_COLUMN_HOLDERS = {TABLE + n for n in ("table-header-columns", "table-columns", "table-column-group")}
_MOMENTS = ("date", "time")


def sheets(body: _Element, styles: Styles, deadline: Deadline, gaps: Gaps) -> Iterator[tuple[str, Grid]]:
    """Name and filled cells of each sheet that is shown; what is missed goes to `gaps`. Raises ReadError."""
    found = list(islice(body.iterchildren(TABLE + "table"), _MOST_SHEETS + 1))
    if len(found) > _MOST_SHEETS:
        raise ReadError("too_large", f"Bảng tính có hơn {_MOST_SHEETS} trang tính. Hãy chia nhỏ tệp.")
    budget = RowBudget()
    for table in found:
        name = table.get(TABLE + "name") or ""
        if styles.told("table", table.get(TABLE + "style-name"), "table", TABLE + "display") == "false":
            gaps.hidden += [name] if any(map(_is_filled, table.iter(TABLE + "table-cell"))) else []
        else:
            gaps.formulas[name] = sum(map(_is_uncalculated, table.iter(TABLE + "table-cell")))
            yield name, _Sheet(name, table, styles, deadline, budget).grid()


def _is_filled(cell: _Element) -> bool:
    return cell.get(OFFICE + "value-type") is not None or TABLE + "formula" in cell.attrib or bool(_text(cell).strip())


def _is_uncalculated(cell: _Element) -> bool:
    """Whether its formula has neither a value nor a text."""
    known = cell.get(OFFICE + "value-type") is not None or bool(_text(cell).strip())
    return cell.get(TABLE + "formula") is not None and not known


class _Sheet:
    def __init__(self, name: str, table: _Element, styles: Styles, deadline: Deadline, budget: RowBudget) -> None:
        self._name, self._table, self._styles = name, table, styles
        self._deadline, self._budget = deadline, budget
        self._columns = list(islice(_column_styles(table), MAX_COLUMNS))
        self._seen: dict[str | None, tuple[str | None, bool]] = {}

    def grid(self) -> Grid:
        grid, number_of_row = Grid(), 0
        merges = 0
        for row in _rows(self._table):
            self._deadline.check(f"dòng {number_of_row + 1} của trang tính «{self._name}»")
            repeated = max(1, number(row.get(TABLE + "number-rows-repeated"), 1, _MOST_ROWS))
            cells, spans = self._row(row, number_of_row)
            for at in range(number_of_row, number_of_row + repeated if cells else number_of_row):
                self._budget.spend(len(cells))
                grid.rows[at] = cells
            merges += len(spans)
            if spans and merges <= _MOST_MERGES:
                grid.merges[number_of_row] = spans
            number_of_row += repeated
        return grid

    def _row(self, row: _Element, top: int) -> tuple[Row, list[Merge]]:
        """The filled cells by column, and what begins here and covers others."""
        found: dict[int, Cell] = {}
        merges: list[Merge] = []
        column = 0
        for element in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
            repeated = max(1, number(element.get(TABLE + "number-columns-repeated"), 1))
            cell = self._cell(element, column) if element.tag == TABLE + "table-cell" else None
            if cell is not None:
                if column + repeated > MAX_COLUMNS:
                    raise ReadError(
                        "too_large", f"Trang tính «{self._name}» có hơn {MAX_COLUMNS} cột. Hãy chia nhỏ tệp."
                    )
                found |= dict.fromkeys(range(column, column + repeated), cell)
                merges += _merge(element, top, column)
            column += repeated
        return found, merges

    def _cell(self, element: _Element, column: int) -> Cell | None:
        text = _text(element)
        value = _value(element, text)
        name = element.get(TABLE + "style-name") or (self._columns[column] if column < len(self._columns) else None)
        form, bold = self._style(name)
        said = text if isinstance(value, str) else shown(value, form)
        figure = is_figure(value) or (isinstance(value, str) and element.get(OFFICE + "value-type") in _MOMENTS)
        said = shown(said)
        return Cell(said, figure, bold) if said else None

    def _style(self, name: str | None) -> tuple[str | None, bool]:
        if name not in self._seen:
            bold = self._styles.told("table-cell", name, "text", FO + "font-weight")
            self._seen[name] = self._styles.format_of(name), bold == "bold"
        return self._seen[name]


def _rows(table: _Element) -> Iterator[_Element]:
    for child in table.iterchildren("*"):
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in _HOLDERS:
            yield from _rows(child)


def _column_styles(table: _Element) -> Iterator[str | None]:
    """What cells of each column look like that do not tell themselves."""
    for child in table.iterchildren("*"):
        if child.tag == TABLE + "table-column":
            count = max(1, number(child.get(TABLE + "number-columns-repeated"), 1, MAX_COLUMNS))
            yield from [child.get(TABLE + "default-cell-style-name")] * count
        elif child.tag in _COLUMN_HOLDERS:
            yield from _column_styles(child)


def _merge(element: _Element, top: int, left: int) -> list[Merge]:
    rows = max(1, number(element.get(TABLE + "number-rows-spanned"), 1, _MOST_ROWS))
    columns = max(1, number(element.get(TABLE + "number-columns-spanned"), 1, MAX_COLUMNS))
    return [Merge(top, left, top + rows - 1, left + columns - 1)] if rows * columns > 1 else []


def _value(element: _Element, text: str) -> object:
    """What the cell holds; its text where that is all, or where the value is none that can be told."""
    kind = element.get(OFFICE + "value-type")
    try:
        if kind in ("float", "percentage", "currency"):
            amount = float(element.get(OFFICE + "value") or "")
            if not math.isfinite(amount):
                return text
            return int(amount) if amount.is_integer() and abs(amount) < 1e15 else amount
        if kind == "date":
            told = element.get(OFFICE + "date-value") or ""
            return datetime.fromisoformat(told) if "T" in told else date.fromisoformat(told)
    except ValueError:  # what no program writes is shown as it shows itself
        return text
    return element.get(OFFICE + "boolean-value") == "true" if kind == "boolean" else text


def _text(element: _Element) -> str:
    """The paragraphs in one line, without comments."""
    return " ".join("".join(_inline(paragraph)) for paragraph in element.iterchildren(TEXT + "p"))


def _inline(parent: _Element) -> Iterator[str]:
    yield parent.text or ""
    for child in parent.iterchildren("*"):
        if child.tag in (TEXT + "s", TEXT + "tab", TEXT + "line-break"):
            yield " "
        elif child.tag != OFFICE + "annotation":
            yield from _inline(child)
        yield child.tail or ""
