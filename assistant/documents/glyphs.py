"""The characters of a PDF page with the places where they are drawn, as pdfium tells; knows no table and no column."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Any

# Pages with more characters than this are taken as pdfium orders them.
MAX_GLYPHS = 60_000
# Space between two letters of one word, as a share of a letter's usual height; a line of text has less than a line.
_WORD_GAP = 0.3
# … and between two words of one line.
_LINE_GAP = 3.0


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character; `made` where pdfium put it in by itself (spaces and line breaks)."""

    text: str
    left: float
    bottom: float
    right: float
    top: float
    made: bool

    @property
    def middle(self) -> tuple[float, float]:
        return (self.left + self.right) / 2, (self.bottom + self.top) / 2

    @property
    def blank(self) -> bool:
        return self.text.isspace()


def glyphs_of(text_page: Any) -> list[Glyph] | None:
    """The page's characters in the order of its content; None where they are too many or most are not upright."""
    import pypdfium2.raw as pdfium

    count = text_page.count_chars()
    if not 0 < count <= MAX_GLYPHS or _sideways(text_page, count):
        return None
    found = []
    for i in range(count):
        code = pdfium.FPDFText_GetUnicode(text_page, i)
        if 0 < code <= 0x10FFFF:
            left, bottom, right, top = text_page.get_charbox(i)
            made = pdfium.FPDFText_IsGenerated(text_page, i) == 1
            found.append(Glyph(chr(code), left, bottom, right, top, made))
    return found


def _sideways(text_page: Any, count: int) -> bool:
    import pypdfium2.raw as pdfium

    sample = range(0, count, max(1, count // 200))
    turned = sum(0.1 < pdfium.FPDFText_GetCharAngle(text_page, i) < 6.18 for i in sample)
    return bool(5 * turned > len(sample))


def letter_height(glyphs: Iterable[Glyph]) -> float:
    """The usual height of a letter on the page, in points."""
    return median([g.top - g.bottom for g in glyphs if g.text.isalnum() and g.top > g.bottom] or [8.0])


def text_of(glyphs: Iterable[Glyph], height: float) -> str:
    """The characters as text; a line break that pdfium saw inside a line is left out, or a space where words part."""
    return "".join(_mended(glyphs, height))


def _mended(glyphs: Iterable[Glyph], height: float) -> Iterator[str]:
    previous: Glyph | None = None
    breaks: list[str] = []
    for glyph in glyphs:
        if glyph.text in "\r\n":
            breaks.append(glyph.text)
            continue
        if breaks:
            yield _break(previous, glyph, "".join(breaks), height)
            breaks = []
        yield glyph.text
        previous = glyph if not glyph.blank or previous is None else previous
    yield "".join(breaks)


def _break(before: Glyph | None, after: Glyph, breaks: str, height: float) -> str:
    if before is None or abs(before.bottom - after.bottom) > 0.6 * height:
        return breaks
    gap = after.left - before.right
    if -_WORD_GAP * height <= gap <= _WORD_GAP * height:
        return ""
    return " " if 0 < gap <= _LINE_GAP * height else breaks
