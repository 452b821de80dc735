"""Ruled tables of a PDF page as rows of cells: lines drawn on the page part its characters; knows no sentence.

A table library would parse the page a second time with letters of its own; here the letters stay those of pdfium, and
the time is bounded by the numbers below.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, product
from typing import Any

from assistant.documents.extract import row_of
from assistant.documents.glyphs import Glyph, text_of

# Lines of a page beyond which it is a drawing and no table; paths and their points that are looked at.
MAX_RULINGS = 600
MAX_PATHS = 20_000
MAX_SQUARES = 5000
MAX_POINTS = 400
_THIN = 3.0
# Points by which lines that meet may miss each other.
_REACH = 3.0
# A row longer than this is prose in cells: its items stand on lines of their own.
_LONG_ROW = 120
_ITEM = re.compile(r"\n(?=(?:[-–+•*●]\s|[a-zđ]{1,2}\)\s|\d+(?:\.\d+)*[.)]\s))")
# pdfium's mark of a hyphen at a line's end joins the lines itself.
_HYPHEN = re.compile("([\ufffe\x02])\\s+")


@dataclass(frozen=True, slots=True)
class Ruling:
    """A line drawn across or down the page: `at` is where it stands, `start` to `end` how far it goes."""

    upright: bool
    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Grid:
    """Where a table's lines stand, and the cell of each of its squares by row (from the top) and column.

    `depths` are the level lines' places from the top on, below zero as pages count upwards.
    """

    xs: tuple[float, ...]
    depths: tuple[float, ...]
    cells: tuple[tuple[int, ...], ...]

    def cell_at(self, x: float, y: float) -> int | None:
        """The cell that holds the point, if the table does."""
        if not (self.xs[0] <= x <= self.xs[-1] and self.depths[0] <= -y <= self.depths[-1]):
            return None
        column = min(bisect_right(self.xs, x) - 1, len(self.xs) - 2)
        row = min(bisect_right(self.depths, -y) - 1, len(self.depths) - 2)
        return self.cells[row][column]

    def rows(self, texts: dict[int, str]) -> Iterator[list[str]]:
        """The cells' texts row by row, a cell that spans several in its first place only."""
        seen: set[int] = set()
        for row in self.cells:
            shown = []
            for column, cell in enumerate(row):
                if column == 0 or cell != row[column - 1]:
                    shown.append("" if cell in seen else texts.get(cell, ""))
            seen.update(row)
            yield shown


def rulings_of(page: Any) -> list[Ruling]:
    """The upright and level lines drawn on the page, pieces of one line joined; none where there are too many."""
    import pypdfium2.raw as pdfium

    found: list[Ruling] = []
    for number, path in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=2)):
        if number >= MAX_PATHS:
            return []
        found.extend(_lines_of(path))
    joined = [*_joined([r for r in found if r.upright]), *_joined([r for r in found if not r.upright])]
    return joined if len(joined) <= MAX_RULINGS else []


def _lines_of(path: Any) -> Iterator[Ruling]:
    import ctypes

    import pypdfium2.raw as pdfium

    left, bottom, right, top = path.get_bounds()
    if path.container is not None:
        matrix = path.container.get_matrix()
        (left, bottom), (right, top) = matrix.on_point(left, bottom), matrix.on_point(right, top)
    if max(right - left, top - bottom) < _THIN:
        return
    if right - left < _THIN:
        yield Ruling(True, (left + right) / 2, bottom, top)
    elif top - bottom < _THIN:
        yield Ruling(False, (bottom + top) / 2, left, right)
    else:
        mode, stroked = ctypes.c_int(), ctypes.c_int()
        if pdfium.FPDFPath_GetDrawMode(path, mode, stroked) and stroked.value:
            yield from _stroked(path)


def _stroked(path: Any) -> Iterator[Ruling]:
    """The level and upright strokes of a path of several, such as a box."""
    import ctypes

    import pypdfium2.raw as pdfium

    if not 2 <= (count := pdfium.FPDFPath_CountSegments(path)) <= MAX_POINTS:
        return
    matrix = path.get_matrix()
    if path.container is not None:
        matrix = matrix.multiply(path.container.get_matrix())
    points: list[tuple[float, float]] = []
    for i in range(count):
        segment = pdfium.FPDFPath_GetPathSegment(path, i)
        kind = pdfium.FPDFPathSegment_GetType(segment)
        x, y = ctypes.c_float(), ctypes.c_float()
        if kind == pdfium.FPDF_SEGMENT_BEZIERTO or not pdfium.FPDFPathSegment_GetPoint(segment, x, y):
            return
        if kind == pdfium.FPDF_SEGMENT_MOVETO:
            points = []
        points.append(matrix.on_point(x.value, y.value))
        yield from _stroke(points[-2:])
        if pdfium.FPDFPathSegment_GetClose(segment):
            yield from _stroke([points[-1], points[0]])


def _stroke(ends: Sequence[tuple[float, float]]) -> Iterator[Ruling]:
    if len(ends) == 2:
        (ax, ay), (bx, by) = ends
        if abs(ax - bx) < 1 and abs(ay - by) >= _THIN:
            yield Ruling(True, (ax + bx) / 2, min(ay, by), max(ay, by))
        elif abs(ay - by) < 1 and abs(ax - bx) >= _THIN:
            yield Ruling(False, (ay + by) / 2, min(ax, bx), max(ax, bx))


def _joined(rulings: list[Ruling]) -> Iterator[Ruling]:
    """Pieces that stand on one line and meet, as one."""
    for group in _near(sorted(rulings, key=lambda r: r.at)):
        open_: Ruling | None = None
        for piece in sorted(group, key=lambda r: r.start):
            if open_ is not None and piece.start <= open_.end + _REACH:
                open_ = Ruling(open_.upright, open_.at, open_.start, max(open_.end, piece.end))
                continue
            if open_ is not None:
                yield open_
            open_ = Ruling(piece.upright, group[0].at, piece.start, piece.end)
        if open_ is not None:
            yield open_


def _near(rulings: list[Ruling]) -> Iterator[list[Ruling]]:
    group: list[Ruling] = []
    for ruling in rulings:
        if group and ruling.at - group[0].at > _REACH / 2:
            yield group
            group = []
        group.append(ruling)
    if group:
        yield group


def grids_of(rulings: list[Ruling]) -> list[Grid]:
    """The tables that lines which cross each other make: two rows and two columns at least."""
    level = [r for r in rulings if not r.upright]
    upright = [r for r in rulings if r.upright]
    grids = (_grid([level[i] for i in a], [upright[i] for i in b]) for a, b in _crossing(level, upright))
    return [grid for grid in grids if grid is not None]


def _crossing(level: list[Ruling], upright: list[Ruling]) -> Iterator[tuple[list[int], list[int]]]:
    """Level and upright lines that hang together, by number."""
    parents = list(range(len(level) + len(upright)))
    for (i, a), (j, b) in product(enumerate(level), enumerate(upright)):
        if a.start - _REACH <= b.at <= a.end + _REACH and b.start - _REACH <= a.at <= b.end + _REACH:
            parents[_root(parents, i)] = _root(parents, len(level) + j)
    members: dict[int, tuple[list[int], list[int]]] = {}
    for i in range(len(parents)):
        group = members.setdefault(_root(parents, i), ([], []))
        group[i >= len(level)].append(i - len(level) if i >= len(level) else i)
    yield from members.values()


def _root(parents: list[int], i: int) -> int:
    while parents[i] != i:
        parents[i] = parents[parents[i]]
        i = parents[i]
    return i


def _grid(level: list[Ruling], upright: list[Ruling]) -> Grid | None:
    if len(level) < 2 or not upright:
        return None
    xs = _places([*(r.at for r in upright), min(r.start for r in level), max(r.end for r in level)])
    ys = _places([*(r.at for r in level), min(r.start for r in upright), max(r.end for r in upright)])[::-1]
    if len(xs) < 3 or len(ys) < 3 or len(xs) * len(ys) > MAX_SQUARES:
        return None
    width = len(xs) - 1
    parents = list(range(width * (len(ys) - 1)))
    for row, column in product(range(len(ys) - 1), range(width)):
        here = row * width + column
        if column + 1 < width and not _parted(upright, xs[column + 1], (ys[row] + ys[row + 1]) / 2):
            parents[_root(parents, here + 1)] = _root(parents, here)
        if row + 2 < len(ys) and not _parted(level, ys[row + 1], (xs[column] + xs[column + 1]) / 2):
            parents[_root(parents, here + width)] = _root(parents, here)
    roots = [_root(parents, i) for i in range(len(parents))]
    depths = tuple(-y for y in ys)
    return Grid(tuple(xs), depths, tuple(tuple(roots[r : r + width]) for r in range(0, len(roots), width)))


def _places(values: list[float]) -> list[float]:
    values = sorted(values)
    return [values[0], *(b for a, b in pairwise(values) if b - a > _REACH)]


def _parted(walls: list[Ruling], at: float, across: float) -> bool:
    return any(abs(wall.at - at) <= _REACH and wall.start <= across <= wall.end for wall in walls)


def table_text(grid: Grid, glyphs: dict[int, list[Glyph]], height: float) -> str | None:
    """The table as lines `a | b`, its head first; None where too little stands in it to be one."""
    texts = {cell: text_of(found, height).strip() for cell, found in glyphs.items()}
    rows = [cells for cells in grid.rows(texts) if any(cells)]
    if sum(sum(map(bool, cells)) > 1 for cells in rows) < 2:
        return None
    return "\n".join(map(_row, rows))


def _row(cells: list[str]) -> str:
    """One line, empty cells at its end left out; of long cells the items on lines of their own."""
    while cells and not cells[-1]:
        cells.pop()
    cells = [_HYPHEN.sub(r"\1", cell.replace("\r\n", "\n")) for cell in cells]
    long = sum(map(len, cells)) > _LONG_ROW
    lines = (_ITEM.split(cell) if long else [cell] for cell in cells)
    return row_of("\n".join(" ".join(line.split()) for line in cell) for cell in lines).strip()
