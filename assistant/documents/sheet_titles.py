"""What a sheet calls itself: the merged row over its table; knows no file format."""

from __future__ import annotations

import re

from assistant.documents.letterhead import is_letterhead
from assistant.documents.rows import Grid

# A title stands among so many rows, and is no longer than this.
_LOOK_AT = 15
_LONGEST = 200
# What else is merged over a table: what it counts in, which form it is, what it was issued with.
_BESIDE = re.compile(
    r"\(|(?:Đơn vị|ĐVT)\b|(?:Mẫu|Biểu|Phụ lục|Bảng)(?:\s+số)?\s*:?\s*[\w./-]*$|Ngày\s|Tháng\s", re.IGNORECASE
)


def title_of(grid: Grid) -> str | None:
    """The first row over the table that is one merged cell over most of it; None where there is none."""
    numbers = sorted(grid.rows)[:_LOOK_AT]
    above = _above_table(grid, numbers)
    if len(above) == len(numbers):
        return None  # nothing lies under it
    width = max(max(row) - min(row) + 1 for row in (grid.rows[n] for n in numbers))
    for number in above:
        row = grid.rows[number]
        left, cell = next(iter(row.items()))
        text = " ".join(cell.text.split())
        if len(row) == 1 and 2 * _columns(grid, number, left) > width and _is_title(text):
            return text
    return None


def _above_table(grid: Grid, numbers: list[int]) -> list[int]:
    """The first rows that hold one cell, or merged ones only (the two columns of an official head)."""
    for place, number in enumerate(numbers):
        row = grid.rows[number]
        if len(row) > 1 and any(_columns(grid, number, column) == 1 for column in row):
            return numbers[:place]
    return numbers


def _columns(grid: Grid, number: int, column: int) -> int:
    merges = (m.right - m.left + 1 for m in grid.merges.get(number, ()) if m.left == column)
    return max(merges, default=1)


def _is_title(text: str) -> bool:
    words = any(map(str.isalpha, text)) and len(text) <= _LONGEST
    return words and not _BESIDE.match(text) and not is_letterhead(text)
