"""Which part of a web page holds its article, and what an extraction of it left out; knows no library of extraction."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from assistant.documents.markup import Line, letters_of, lines_of

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

# What says something by itself however short it is; boxes and spans of few letters are mostly menus.
_TELLING = {"h1", "h2", "h3", "li", "p", "tr", "dt", "dd", "caption"}
# A block with so much of its letters in links leads elsewhere, and a whole of so many links is a menu.
_LEADS_AWAY = 0.7
_LINKS_OF_MENU = 3
_LONG = 60
# What a block may hold its text in.
_WITHIN = {"a", "b", "strong", "em", "i", "u", "span", "font", "div", "td", "th"}
_MENUS = {"ul", "ol", "div", "table", "section", "dl", "p"}


def with_what_is_missing(page: HtmlElement, extracted: Sequence[str]) -> list[str] | None:
    """The lines of the part that holds the extracted ones, where that says more than they; None where it does not.

    Lists, headings, short paragraphs and rows of that part count, and the main heading wherever it stands; what leads
    elsewhere does not. Lines that only link are left out.
    """
    known = {_key(line) for line in extracted}
    lines = lines_of(page)
    held = [line for line in lines if len(line.text) >= _LONG and _key(line.text) in known]
    if not held:
        return None
    links = _Links(page)
    heads = [line for line in lines if line.owner.tag == "h1" and not links.lead_away(line.owner)]
    region = _common([line.owner for line in (*held, *heads)])
    inside = set(region.iter())
    missing = [line for line in lines if line.owner in inside and _key(line.text) not in known and _tells(line)]
    if all(links.lead_away(line.owner) for line in missing):
        return None
    menus = links.menus(region, keep={line.owner for line in lines if _key(line.text) in known})
    return [line.text for line in lines if line.owner in inside and line.owner not in menus]


def _key(text: str) -> str:
    return "".join(filter(str.isalnum, text))


def _tells(line: Line) -> bool:
    """Whether a block of the page that is more than a box says it, whatever that block holds its text in."""
    element: _Element | None = line.owner
    while element is not None and element.tag in _WITHIN:
        element = element.getparent()
    return element is not None and element.tag in _TELLING and bool(_key(line.text))


def _common(elements: Iterable[_Element]) -> _Element:
    """The innermost element around all of these; the one itself where it is one."""
    first, *others = dict.fromkeys(elements)
    around = _path(first)
    for other in others:
        path = _path(other)
        same = (i for i, (a, b) in enumerate(zip(around, path, strict=False)) if a is not b)
        around = around[: next(same, min(len(around), len(path)))]
    return around[-1]


def _path(element: _Element) -> list[_Element]:
    """From the root to the element."""
    return [*reversed(list(element.iterancestors())), element]


class _Links:
    """How many letters each element has, how many of them stand in links, and how many links it has."""

    def __init__(self, page: HtmlElement) -> None:
        self._letters = letters_of(page)
        self._linked: dict[_Element, int] = dict.fromkeys(self._letters, 0)
        self._count: dict[_Element, int] = dict.fromkeys(self._letters, 0)
        for element in reversed(list(self._letters)):
            if element.tag == "a":
                self._linked[element], self._count[element] = self._letters[element], 1
            parent = element.getparent()
            if parent is not None and parent in self._linked:
                self._linked[parent] += self._linked[element]
                self._count[parent] += self._count[element]

    def lead_away(self, element: _Element) -> bool:
        """Whether the element is a link, or all but its joining words is."""
        if any(True for _ in element.iterancestors("a")):
            return True
        return self._linked.get(element, 0) >= max(1, _LEADS_AWAY * self._letters.get(element, 0))

    def menus(self, region: _Element, *, keep: set[_Element]) -> set[_Element]:
        """Everything in the region's lists of links; one that holds what is kept is none."""
        found: set[_Element] = set()
        for element in region.iter(*_MENUS):
            many = self._count.get(element, 0) >= _LINKS_OF_MENU and self.lead_away(element)
            if many and element is not region and element not in found:
                inner = set(element.iter())
                found |= inner if inner.isdisjoint(keep) else set()
        return found
