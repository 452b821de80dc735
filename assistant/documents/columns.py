"""Pages of two columns in reading order, where the page's content jumps between them; knows no table."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise
from typing import Any

from assistant.documents.glyphs import Glyph, text_of

Box = tuple[float, float, float, float]  # left, bottom, right, top
# The gap between columns lies in this part of the text's width …
_MIDDLE = (0.35, 0.65)
# … is as wide as this, in points, …
_GUTTER = 8.0
# … and as many lines as this, and this share of all, stand beside another across it.
_LINES = 8
_SHARE = 0.5
# Lines of a column are at least this share of the text's width, else it is a list or a form.
_FILLED = 0.25
# Rows of a page, in points, in which boxes are counted as one line.
_ROW = 6.0


def boxes_of(text_page: Any) -> list[Box]:
    """Where text stands on the page, in pieces of lines; much faster than character by character."""
    return [text_page.get_rect(i) for i in range(min(text_page.count_rects(), 20_000))]


def gutter_of(boxes: Sequence[Box]) -> float | None:
    """Where the gap between two columns of prose is, or None."""
    boxes = [box for box in boxes if box[2] - box[0] > 1]
    if len(boxes) < 2 * _LINES:
        return None
    left, right = min(b[0] for b in boxes), max(b[2] for b in boxes)
    rows = [_spans(row) for row in _rows(boxes)]
    edge, other = (left + share * (right - left) for share in _MIDDLE)
    if sum(any(a < edge and b > other for a, b in row) for row in rows) > (1 - _SHARE) * len(rows):
        return None  # a page of one column, told fast
    places = range(round(edge), round(other), max(2, round((other - edge) / 100)))
    best = max(places, key=lambda x: sum(_beside(row, x) for row in rows), default=None)
    if best is None:
        return None
    beside = [row for row in rows if _beside(row, best)]
    if len(beside) < _LINES or len(beside) < _SHARE * len(rows):
        return None
    wide = _FILLED * (right - left)
    filled = sum(_width([s for s in row if s[1] <= best]) >= wide <= _width([s for s in row if s[0] >= best])
                 for row in beside)  # fmt: skip
    return float(best) if 2 * filled >= len(beside) else None


def _rows(boxes: Sequence[Box]) -> list[list[Box]]:
    def row(box: Box) -> float:
        return round(box[1] / _ROW)

    return [list(found) for _, found in groupby(sorted(boxes, key=row), key=row)]


def _spans(row: list[Box]) -> list[tuple[float, float]]:
    return sorted((b[0], b[2]) for b in row)


def _beside(row: list[tuple[float, float]], x: float) -> bool:
    """Whether the row has text on both sides of a gap at x."""
    reach = _GUTTER / 2
    return (
        any(end <= x for _, end in row)
        and any(start >= x for start, _ in row)
        and not any(start < x + reach and end > x - reach for start, end in row)
    )


def _width(spans: list[tuple[float, float]]) -> float:
    return spans[-1][1] - spans[0][0] if spans else 0.0


def in_columns(glyphs: Sequence[Glyph], gutter: float, height: float) -> str | None:
    """The page's text, left column before right between lines that cross both; None where it is in order already."""
    pieces = [(side, list(found)) for side, found in groupby(_sided(glyphs, gutter), key=lambda pair: pair[0])]
    if sum(a[0] == "left" and b[0] == "right" for a, b in pairwise(pieces)) < _LINES / 2:
        return None
    lines = [(side, [glyph for _, glyph in found]) for side, found in pieces]
    lines = [(side, found) for side, found in lines if any(not glyph.blank for glyph in found)]
    lines.sort(key=lambda line: -max(g.top for g in line[1] if not g.blank))
    out: list[str] = []
    for whole, band in groupby(lines, key=lambda line: line[0] == "across"):
        parts = list(band)
        ordered = parts if whole else [p for side in ("left", "right") for p in parts if p[0] == side]
        out += [text_of(found, height).strip("\r\n ") for _, found in ordered]
    return "\n".join(out)


def _sided(glyphs: Sequence[Glyph], gutter: float) -> list[tuple[str, Glyph]]:
    """Every character with its side; those of a line whose letters stand across the gap belong to `across`."""
    found: list[tuple[str, Glyph]] = []
    for line in _lines(glyphs):
        inked = [glyph for glyph in line if not glyph.blank]
        across = any(glyph.left < gutter < glyph.right for glyph in inked) or any(
            a.right < gutter < b.left and b.left - a.right < _GUTTER for a, b in pairwise(inked)
        )
        side = "left"
        for glyph in line:
            side = side if glyph.blank else "left" if glyph.middle[0] < gutter else "right"
            found.append(("across" if across else side, glyph))
    return found


def _lines(glyphs: Sequence[Glyph]) -> list[list[Glyph]]:
    lines: list[list[Glyph]] = [[]]
    for glyph in glyphs:
        lines[-1].append(glyph)
        if glyph.text == "\n":
            lines.append([])
    return lines
