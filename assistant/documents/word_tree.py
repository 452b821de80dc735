"""Names and small questions about the XML of a Word file; knows no style and makes no text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.etree import _Element

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
# What only holds other content, in a line of text or between paragraphs.
THROUGH = {W + n for n in ("ins", "moveTo", "sdt", "sdtContent", "customXml", "smartTag", "hyperlink", "fldSimple")} | {
    W + n for n in ("r", "dir", "bdo", "rubyBase", "ruby", "drawing", "pict", "object")
}
LEFT_OUT = {W + n for n in ("del", "moveFrom", "rPr", "pPr", "rt", "instrText", "delText", "sdtPr", "sdtEndPr")}
CHARACTERS = {W + "tab": "\t", W + "br": "\n", W + "cr": "\n", W + "noBreakHyphen": "-", W + "ptab": "\t"}
# Marks of the fonts that have marks in the place of letters, by the last two figures of their code.
_WINGDINGS = {"A8": "☐", "6F": "☐", "71": "☐", "FE": "☒", "52": "☑", "FC": "✓", "FB": "✗", "E0": "→"}
_SYMBOL = {"B7": "•", "B3": "≥", "A3": "≤", "B1": "±", "B4": "×", "B0": "°", "AE": "→", "B9": "≠"}
_OFF = {"0", "false", "off", "none"}


def value(element: _Element | None, name: str) -> str | None:
    """The `w:val` of the child `w:name`; None where there is neither."""
    child = None if element is None else element.find(W + name)
    return None if child is None else child.get(W + "val")


def flag(properties: _Element | None, name: str) -> bool | None:
    """Whether a property that is on or off is on; None where it is not given."""
    child = None if properties is None else properties.find(W + name)
    return None if child is None else (child.get(W + "val") or "1").lower() not in _OFF


def number(text: str | None, default: int) -> int:
    """A small whole number as XML writes it."""
    return int(text) if text and re.fullmatch(r"-?\d{1,9}", text) else default


def elements(parent: _Element) -> Iterator[_Element]:
    """The child elements; comments and entities are none."""
    return (child for child in parent if isinstance(child.tag, str))


def children(parent: _Element, name: str) -> Iterator[_Element]:
    """Rows or cells, also those inside content controls and insertions."""
    for child in elements(parent):
        if child.tag == W + name:
            yield child
        elif child.tag in THROUGH:
            yield from children(child, name)


def chosen(alternatives: _Element) -> _Element:
    """One of several forms of the same content: the first, the fallback where the first has no text."""
    forms = list(elements(alternatives))
    texts: Callable[[_Element], bool] = lambda form: any(t.text for t in form.iter(W + "t", M + "t"))  # noqa: E731
    return next(filter(texts, forms), forms[0] if forms else alternatives)


def is_generated(control: _Element) -> bool:
    """Whether a content control holds the table of contents, or only Word's request to fill it in."""
    properties = control.find(W + "sdtPr")
    gallery = value(None if properties is None else properties.find(W + "docPartObj"), "docPartGallery")
    return gallery == "Table of Contents" or bool(flag(properties, "showingPlcHdr"))


def symbol(mark: _Element) -> str:
    """The character that a `w:sym` shows; "" where it is an ornament."""
    font, code = (mark.get(W + "font") or "").lower(), (mark.get(W + "char") or "").upper()[-2:]
    known = _WINGDINGS if font.startswith("wingdings") else _SYMBOL if font == "symbol" else {}
    return known.get(code, "")


def is_deleted(row: _Element) -> bool:
    """Whether a tracked change takes the row away."""
    return row.find(f"{W}trPr/{W}del") is not None


def span(cell: _Element) -> int:
    """How many columns the cell covers."""
    return min(max(number(value(cell.find(W + "tcPr"), "gridSpan"), 1), 1), 64)


def indent_of(row: list[_Element]) -> int:
    """How many columns of the table are empty before the row's first cell."""
    of = next((cell.getparent() for cell in row[:1]), None)
    while of is not None and of.tag != W + "tr":
        of = of.getparent()
    return min(max(number(value(None if of is None else of.find(W + "trPr"), "gridBefore"), 0), 0), 64)


def merge_of(cell: _Element) -> str:
    """`restart` where the cell goes on in the row below, `continue` where it goes on with the one above, else ""."""
    merge = cell.find(f"{W}tcPr/{W}vMerge")
    return "" if merge is None else merge.get(W + "val") or "continue"


def is_drawn(side: _Element) -> bool:
    """Whether one side of a border is seen."""
    return side.get(W + "val") not in (None, "nil", "none")
