"""A table of cells as read from any format, and each cell as text; knows no file format and no answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from enum import Enum
from typing import Final

Cell = object
Row = tuple[Cell, ...]

MAX_ROWS = 200_000
MAX_COLUMNS = 1_000


class Absent(Enum):
    """A key that one line of a jsonl file lacks and another has."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class Formula(str):
    """A spreadsheet formula that was saved without its value."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Table:
    """Rows under headings, as they stood in the file.

    Headings may repeat or be empty; a row may be shorter than the headings, never longer. `above` are rows before
    the headings (a title). `faults` says, by row, why a row cannot be asked. `formats` are a spreadsheet's number
    formats by (row, column). `delimiter` and `mark` (a byte order mark is wanted) are how a csv is to be written,
    `sheet` is the worksheet's name, `notes` are for the reader of the report.
    """

    headings: tuple[str, ...]
    rows: tuple[Row, ...]
    above: tuple[Row, ...] = ()
    faults: Mapping[int, str] = field(default_factory=dict)
    formats: Mapping[tuple[int, int], str] = field(default_factory=dict)
    delimiter: str = ","
    mark: bool = True
    sheet: str = ""
    notes: tuple[str, ...] = ()

    def padded(self, row: Row) -> Row:
        return row + (None,) * (len(self.headings) - len(row))

    def cell(self, row: int, column: int) -> Cell:
        cells = self.rows[row]
        return cells[column] if column < len(cells) else None


def as_text(cell: Cell) -> str:
    """The cell as a person reads it; dates as ISO 8601, midnight left out."""
    if cell is None or cell is ABSENT:
        return ""
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time() else cell.isoformat(sep=" ")
    if isinstance(cell, date | time):
        return cell.isoformat()
    return json.dumps(cell, ensure_ascii=False) if isinstance(cell, dict | list) else str(cell)


def as_json(cell: Cell) -> Cell:
    """The cell as a JSON value: numbers, booleans and nested values as they are, all else as text."""
    if cell is None or isinstance(cell, bool | int | float | dict | list):
        return cell
    return as_text(cell)


def is_blank(cell: Cell) -> bool:
    return not as_text(cell).strip()


def free_name(name: str, taken: Iterable[str]) -> str:
    """`name`, with `cancu_` before it until it is not among those taken."""
    used = set(taken)
    while name in used:
        name = f"cancu_{name}"
    return name


def unique_keys(headings: Iterable[str]) -> list[str]:
    """Headings as JSON keys: an empty one is `column_C`, a repeated one `name_2`."""
    headings = list(headings)
    keys: list[str] = []
    for place, heading in enumerate(headings):
        base = heading or f"column_{column_letter(place)}"
        keys.append(next(k for k in _numbered(base) if k not in keys and (k == heading or k not in headings)))
    return keys


def _numbered(base: str) -> Iterator[str]:
    yield base
    number = 2
    while True:
        yield f"{base}_{number}"
        number += 1


def column_letter(place: int) -> str:
    """The spreadsheet's letter of a column counted from 0: 0 is A, 26 is AA."""
    letters, rest = "", place + 1
    while rest:
        rest, digit = divmod(rest - 1, 26)
        letters = chr(ord("A") + digit) + letters
    return letters
