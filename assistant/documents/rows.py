"""Turns a table's rows into lines that say what each cell is (`Tên cột: giá trị; …`); knows no file format."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from assistant.documents.cell_text import is_figure
from assistant.documents.extract import row_of
from assistant.errors import ReadError

MAX_ROWS = 200_000
MAX_CELLS = 2_000_000
# Columns past this one hold no table that people read.
MAX_COLUMNS = 1_000
_LOOK_AT = 15
_LONGEST_HEADING = 200
_ABOVE = " / "


@dataclass(frozen=True, slots=True)
class Cell:
    """One filled cell: what it shows, and what tells a heading from a value."""

    text: str
    is_figure: bool = False
    is_bold: bool = False


@dataclass(frozen=True, slots=True)
class Merge:
    """A merged range of cells; rows and columns count from 0, the last ones belong to it."""

    top: int
    left: int
    bottom: int
    right: int


@dataclass(slots=True)
class RowBudget:
    """What all sheets of one file may hold together."""

    rows: int = 0
    cells: int = 0

    def spend(self, cells: int) -> None:
        self.rows += 1
        self.cells += cells
        if self.rows > MAX_ROWS or self.cells > MAX_CELLS:
            raise ReadError(
                "too_large", f"Bảng tính có hơn {MAX_ROWS} dòng hoặc {MAX_CELLS} ô có chữ. Hãy chia nhỏ tệp."
            )


Row = Mapping[int, Cell]


@dataclass(slots=True)
class Grid:
    """The filled rows of a sheet by their number in the file (from 0), each its filled cells by column."""

    rows: dict[int, Row] = field(default_factory=dict)
    merges: dict[int, list[Merge]] = field(default_factory=dict)  # by their first row


def lines(grid: Grid) -> Iterator[tuple[int, str]]:
    """Number and line of each filled row. Rows above the column names, and lone cells, are shown as they are."""
    covered = _covered(grid)
    names: dict[int, str] = {}
    for block in _blocks(grid):
        head = _heading_rows(grid, block, has_names=bool(names))
        if head:
            names = _names(grid, head, covered)
        for number in block:
            row = grid.rows[number]
            above = bool(head) and number <= head[-1]
            # Signatures and notes under a table.
            apart = not head and (2 * len(row) < len(names) or not row.keys() <= names.keys())
            if above or apart or not names:
                yield number, row_of(cell.text for _, cell in sorted(row.items()))
            else:
                yield number, _line(row, names, covered.get(number, {}))


def tables(grid: Grid) -> int:
    """How many blocks of rows are tables: two rows of two cells at least."""
    return sum(sum(len(grid.rows[number]) > 1 for number in block) > 1 for block in _blocks(grid))


def _line(row: Row, names: Mapping[int, str], above: Row) -> str:
    """A row of one cell is a caption or a note; other rows also say what the merged cell beside them says."""
    if len(row) == 1 and len(names) > 2:
        return next(iter(row.values())).text
    cells = dict(above) | dict(row)
    return "; ".join(
        f"{names[column]}: {cell.text}" if names.get(column) else cell.text for column, cell in sorted(cells.items())
    )


def _blocks(grid: Grid) -> Iterator[list[int]]:
    """Numbers of rows that follow each other without an empty one."""
    block: list[int] = []
    for number in sorted(grid.rows):
        if block and number != block[-1] + 1:
            yield block
            block = []
        block.append(number)
    if block:
        yield block


def _covered(grid: Grid) -> dict[int, dict[int, Cell]]:
    """By row, what merged cells that begin in a row above it say; a merge far longer than a table says it to none."""
    found: dict[int, dict[int, Cell]] = {}
    room = MAX_CELLS
    for merge in (m for merges in grid.merges.values() for m in merges):
        cell = grid.rows.get(merge.top, {}).get(merge.left)
        room -= merge.bottom - merge.top
        if cell is None or room < 0:
            continue
        for number in range(merge.top + 1, merge.bottom + 1):
            if number in grid.rows:
                found.setdefault(number, {})[merge.left] = cell
    return found


def _heading_rows(grid: Grid, block: list[int], *, has_names: bool) -> list[int]:
    """The rows that name the columns: the first of a block that is all words and spans most of it.

    Two columns may be a form (`Địa chỉ | Huế`), and a block under a table may go on with it: these need proof.
    """
    width = max(len(grid.rows[number]) for number in block[: _LOOK_AT * 2])
    for place, number in enumerate(block[:_LOOK_AT]):
        row = grid.rows[number]
        if len(row) < 2 or 2 * _reach(grid, number) < width or not _is_heading(row):
            continue
        last = max([number, *(m.bottom for m in grid.merges.get(number, ()) if m.left in row)])
        if _spans_columns(grid, number):
            last = max(last, number + 1)
        head = [n for n in block[place:] if n <= min(last, number + 3)]
        below = [grid.rows[n] for n in block[place + len(head) : place + len(head) + 20]]
        if not below or ((has_names or width == 2) and not _proven(row, below)):
            return []
        return head
    return []


def _reach(grid: Grid, number: int) -> int:
    """How many columns the row's cells cover, merged ones with all of theirs."""
    wide = {m.left: m.right - m.left for m in grid.merges.get(number, ())}
    return sum(1 + wide.get(column, 0) for column in grid.rows[number])


def _spans_columns(grid: Grid, number: int) -> bool:
    """Whether a name spans several columns, so that the row beneath names each of them."""
    following = grid.rows.get(number + 1, {})
    wide = [m for m in grid.merges.get(number, ()) if m.top == m.bottom and m.right > m.left]
    return any(any(m.left <= column <= m.right for column in following) for m in wide) and _is_heading(following)


def _is_heading(row: Row) -> bool:
    texts = [cell.text for cell in row.values()]
    words = any(any(map(str.isalpha, text)) for text in texts)
    short = all(len(text) <= _LONGEST_HEADING for text in texts)
    return words and short and not any(cell.is_figure for cell in row.values())


def _proven(row: Row, below: Sequence[Row]) -> bool:
    """Whether a word stands over figures, or the row alone is bold."""
    columns = [[other[column] for other in below if column in other] for column in row]
    figures = any(cells and 2 * sum(cell.is_figure for cell in cells) >= len(cells) for cells in columns)
    bold = all(cell.is_bold for cell in row.values()) and not all(c.is_bold for c in below[0].values())
    return figures or bold


def _names(grid: Grid, head: Sequence[int], covered: Mapping[int, Row]) -> dict[int, str]:
    """Each column's name: from top to bottom what stands over it, each once."""
    found: dict[int, list[str]] = {}
    for number in head:
        cells = dict(covered.get(number, {})) | dict(grid.rows[number])
        for column, cell in cells.items():
            right = next((m.right for m in grid.merges.get(number, ()) if m.left == column), column)
            for covers in range(column, min(right, column + MAX_COLUMNS) + 1):
                parts = found.setdefault(covers, [])
                if cell.text not in parts:
                    parts.append(cell.text)
    return {column: _ABOVE.join(parts).rstrip(": ") for column, parts in found.items()}


def figure_of(text: str) -> bool:
    """Whether a text of a csv file is a number or a date, which no heading is."""
    digits = sum(map(str.isdigit, text))
    is_year = text.isascii() and text.isdigit() and len(text) == 4 and not is_figure(int(text))
    return digits > 0 and not is_year and not any(map(str.isalpha, text))
