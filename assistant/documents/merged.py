"""What merged cells of a table in a text document say to the rows that they cover; knows no format and no sheet.

A row is quoted by itself, so each must say to whom its figures belong, as `rows` has it for spreadsheets. Names of
columns, which merge with what stands under them in the first row, are said once.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

# What is longer is no name of the rows beside it, and stays where it stands.
_LONGEST = 200
TO_THE_END = 10**6


class Merged:
    """The merged cells of one table that go on below the rows seen so far, by column."""

    def __init__(self) -> None:
        self._open: dict[int, tuple[str, int]] = {}
        self._is_first = True

    def row(self, texts: Sequence[str], starts: Mapping[int, int], covered: Collection[int]) -> list[str]:
        """The next row with what covers it; empty where it has no text of its own.

        `starts` says how many rows below each cell covers that starts a merge, `covered` which cells are covered.
        """
        above = {column: self._open[column] for column in covered if column in self._open}
        self._open = {column: (text, left - 1) for column, (text, left) in above.items() if left > 1}
        if not any(texts):
            return []
        if not self._is_first:
            self._open |= {c: (texts[c], rows) for c, rows in starts.items() if rows and len(texts[c]) <= _LONGEST}
        self._is_first = False
        return [text or above.get(column, ("", 0))[0] for column, text in enumerate(texts)]
