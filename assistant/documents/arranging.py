"""A PDF page's text in reading order: tables as rows, columns in turn, broken words mended; picks no reader."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

from assistant.documents.columns import boxes_of, gutter_of, in_columns
from assistant.documents.glyphs import Glyph, glyphs_of, letter_height, text_of
from assistant.documents.tables import Grid, grids_of, rulings_of, table_text


def arranged(page: Any, text_page: Any, text: str, *, mend: bool) -> str | None:
    """The page with its tables as rows, or its columns in order, or broken words mended; None where nothing is to do.

    Not one letter more or less than pdfium's own text has, else nothing is done.
    """
    import pypdfium2

    try:
        found = _ordered(page, text_page, mend=mend)
    except pypdfium2.PdfiumError:  # a drawing that pdfium can't tell about; its plain text stays
        return None
    return found if found is not None and _letters(found) == _letters(text) else None


def _ordered(page: Any, text_page: Any, *, mend: bool) -> str | None:
    grids = grids_of(rulings_of(page))
    gutter = None if grids else gutter_of(boxes_of(text_page))
    if not grids and gutter is None and not mend:
        return None
    glyphs = glyphs_of(text_page)
    if not glyphs:
        return None
    height = letter_height(glyphs)
    if gutter is not None:
        return in_columns(glyphs, gutter, height)
    return _with_tables(glyphs, grids, height) if grids else text_of(glyphs, height)


def _letters(text: str) -> Counter[str]:
    return Counter(filter(str.isalnum, text))


def _with_tables(glyphs: list[Glyph], grids: list[Grid], height: float) -> str:
    """The text with each table in the place of its first character."""
    flow: list[Glyph | int] = []
    cells: list[dict[int, list[Glyph]]] = [defaultdict(list) for _ in grids]
    where: tuple[int, int] | None = None
    for glyph in glyphs:
        where = where if glyph.blank else _place(glyph, grids)
        if where is None:
            flow.append(glyph)
            continue
        if not cells[where[0]]:
            flow.append(where[0])
        cells[where[0]][where[1]].append(glyph)
    texts = [table_text(grid, found, height) for grid, found in zip(grids, cells, strict=True)]
    if all(text is None for text in texts):
        return text_of(glyphs, height)
    parts: list[str] = []
    for part in _runs(flow):
        if isinstance(part, int):
            table = texts[part]
            parts.append(table if table is not None else _unruled(glyphs, grids, part, height))
        else:
            parts.append(text_of(part, height).strip("\r\n"))
    return "\n".join(parts)


def _runs(flow: list[Glyph | int]) -> Iterator[list[Glyph] | int]:
    run: list[Glyph] = []
    for part in flow:
        if isinstance(part, int):
            if run:
                yield run
            run = []
            yield part
        else:
            run.append(part)
    if run:
        yield run


def _place(glyph: Glyph, grids: list[Grid]) -> tuple[int, int] | None:
    for number, grid in enumerate(grids):
        cell = grid.cell_at(*glyph.middle)
        if cell is not None:
            return number, cell
    return None


def _unruled(glyphs: list[Glyph], grids: list[Grid], number: int, height: float) -> str:
    """What stands in a box that is no table, in the order of the page's content."""
    inside: list[Glyph] = []
    here = False
    for glyph in glyphs:
        found = None if glyph.blank else _place(glyph, grids)
        here = here if glyph.blank else found is not None and found[0] == number
        if here:
            inside.append(glyph)
    return text_of(inside, height).strip("\r\n")
