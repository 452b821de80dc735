"""Lists in a text: the lead-in of an item, and where the list of a lead-in ends; knows no question."""

from __future__ import annotations

import re

# What parts the cells of a table's row.
CELL = " | "
ITEM = re.compile(r"\s*(?:[-–—+•*●○▪]\s|[a-zđ]{1,2}\)\s|\d{1,2}[.)]\s)")

_FIGURE = re.compile(r"\W*\d[\d.,]*(?: ?%)?\W*")

# An item without a full stop that is no longer than this (characters) heads the items below it.
_HEADING = 120


# Marks of items that are counted: the next one does not belong under the one before.
_COUNTED = ("1.", "a)")


def line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def lead_in(text: str, offset: int) -> tuple[int, int] | None:
    """Span of the line that leads into the list of which the line at `offset` is an item.

    It ends in a colon, or is itself an item of another kind without a full stop: `- Nhân lực` before `+ …` and `+ …`.
    """
    start = line_start(text, offset)
    if not ITEM.match(text[start : start + 12]):
        return None
    own = _shape(text[start : start + 12])
    while start > 0:
        end = start - 1
        start = line_start(text, end)
        line = text[start:end]
        if own in _COUNTED and ITEM.match(line) and _shape(line) == own:
            continue  # the item before, which may lead into a list of its own
        opens = ITEM.match(line) and _shape(line) != own and line.rstrip()[-1].isalnum() and len(line) <= _HEADING
        if line.rstrip().endswith(":") or opens:
            stripped = line.rstrip()
            return start + len(line) - len(line.lstrip()), start + len(stripped)
        if line.strip() and not ITEM.match(line) and not line.startswith(" "):
            return None
    return None


def is_figure(cell: str) -> bool:
    return _FIGURE.fullmatch(cell) is not None


def header_row(text: str, offset: int) -> tuple[int, int] | None:
    """Span of the first row of the table of which the line at `offset` is another row (`a | b`), with a second one
    that only parts its columns (`| | b1 | b2`)."""
    start = line_start(text, offset)
    if CELL not in _line(text, start):
        return None
    first = start
    while first > 0 and CELL in _line(text, line_start(text, first - 1)):
        first = line_start(text, first - 1)
    end = first + len(_line(text, first))
    below = _line(text, end + 1)
    if end + 1 < start and below.startswith("|") and CELL in below and not any(map(is_figure, below.split(CELL))):
        end += 1 + len(below)
    return (first, end) if first < start else None


def _line(text: str, start: int) -> str:
    end = text.find("\n", start)
    return text[start : end if end >= 0 else len(text)].rstrip()


def list_block(text: str, lead_end: int) -> int:
    """Where the list ends that follows a lead-in ending at `lead_end`; `lead_end` itself where none follows."""
    end = position = lead_end
    opening: str | None = None
    lead = text[line_start(text, lead_end - 1) : lead_end]
    own = _shape(lead) if ITEM.match(lead) else None  # a lead-in that is itself an item, `+ …:`
    while position < len(text):
        stop = text.find("\n", position + 1)
        stop = len(text) if stop == -1 else stop
        line = text[position:stop].strip("\n")
        if line.strip():
            if not (ITEM.match(line) or (opening is not None and line.startswith("  "))):
                break
            shape = _shape(line)
            if shape == own and _indent(line) <= _indent(lead):
                break
            opening = opening or shape
            if _indent(line) == 0 and opening != shape and _is_number(shape) and not _is_number(opening):
                break  # clause 2. after points a), b) of clause 1
            end = position + len(text[position:stop].rstrip())
        position = stop
    return end


def _shape(line: str) -> str:
    mark = line.split(None, 1)[0]
    return "1." if mark[:1].isdigit() else "a)" if mark[-1:] == ")" else mark


def _is_number(shape: str) -> bool:
    return shape == "1."


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
