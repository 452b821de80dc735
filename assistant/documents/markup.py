"""A tree of HTML (or trafilatura's XML) as text: a block a line, headings, lists, rows `a | b`; changes no letter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeGuard

from assistant.documents.extract import row_of

if TYPE_CHECKING:
    from lxml.etree import _Element
    from lxml.html import HtmlElement

_BLOCK_LIST = """
    address article aside blockquote body caption center code dd details div dl dt fieldset figcaption figure footer
    form h1 h2 h3 h4 h5 h6 head header hr item li list main ol p pre quote row section summary table tbody td cell
    tfoot th thead tr ul"""
_BLOCKS = frozenset(_BLOCK_LIST.split())
_ITEMS, _ROWS, _CELLS, _BREAKS = {"li", "item"}, {"tr", "row"}, {"td", "th", "cell"}, {"br", "lb"}
_DROPPED_LIST = """
    script style noscript template iframe object embed applet nav button input select textarea option datalist
    svg math canvas audio video map head title meta link base dialog menu"""
_DROPPED = frozenset(_DROPPED_LIST.split())
# Around the article, unless they stand in it or hold most of the page.
_MARGINS = {"header", "footer", "aside"}
_ARTICLES = ("article", "main")
_BANNER = re.compile(
    r"(?:[\w-]*[_-])?(?:cookies?|consent|gdpr|breadcrumbs?|navbar|sidebar|pagination|share|social|popup|modal)"
    r"(?:[_-]?(?:banner|bar|notice|popup|box|list|links?|buttons?|message|consent))?",
    re.IGNORECASE,
)
_ROLES = {"navigation", "search", "banner", "contentinfo", "dialog", "alertdialog", "menu", "menubar"}
_HIDDEN = re.compile(r"(?:^|;)\s*(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
# What holds so much of a page's letters is the page itself, whatever it is called.
_MOST = 0.5
# A row with a longer cell, or with a table in a cell, sets the page out and is none of figures.
_LONG_CELL = 500
_SPACE = re.compile(r"[ \t\r\n\f\u00a0]+")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a rendered tree, and the element in which it begins."""

    text: str
    owner: _Element


def is_element(found: object) -> TypeGuard[_Element]:
    from lxml.etree import _Element

    return isinstance(found, _Element)


def visible(root: HtmlElement) -> HtmlElement:
    """The tree without what is no text of the page; a form that is the page gives its content. Changes the tree."""
    letters = letters_of(root)
    total = letters[root]
    for element in list(letters):
        if element.getparent() is None:
            continue
        name = element.tag
        if name in _DROPPED:
            element.drop_tree()
        elif name == "form" or _is_hidden(element) or _is_furniture(element):
            if letters[element] <= _MOST * total:
                element.drop_tree()
            else:  # ASP.NET writes pages that are all one form; others hide the body until a script has run
                element.tag = "div"
                element.attrib.clear()
        elif name in ("figure", "fieldset", "label", "time"):  # trafilatura drops these with what they hold
            element.tag = "div" if name in ("figure", "fieldset") else "span"
    return root


def letters_of(root: HtmlElement) -> dict[HtmlElement, int]:
    """Letters and digits of each element, in the order of their starts."""
    elements = [element for element in root.iter() if isinstance(element.tag, str)]
    counts = {element: 0 if element.tag in _DROPPED else _count(element.text) for element in elements}
    for element in reversed(elements):
        parent = element.getparent()
        if parent is not None and parent in counts:
            counts[parent] += counts[element] + _count(element.tail)
    return counts


def _count(text: str | None) -> int:
    return sum(map(str.isalnum, text or ""))


def _is_hidden(element: HtmlElement) -> bool:
    return element.get("hidden") is not None or bool(_HIDDEN.search(element.get("style") or ""))


def _is_furniture(element: HtmlElement) -> bool:
    if element.tag in _MARGINS:
        return not any(True for _ in element.iterancestors(*_ARTICLES))
    if (element.get("role") or "").lower() in _ROLES:
        return True
    names = f"{element.get('id') or ''} {element.get('class') or ''}".split()
    return any(_BANNER.fullmatch(name[:80]) for name in names[:20])


def render(root: _Element) -> str:
    """The text of the tree: a block a line, headings as `#`, items as `-`, rows of a table as `a | b`."""
    return "\n".join(line.text for line in lines_of(root))


def lines_of(root: _Element) -> list[Line]:
    """As `render`, each line with where it comes from."""
    writer = _Writer(root)
    writer.write(root)
    return writer.lines


class _Writer:
    """Lines so far, the parts of the line that is open, where it begins, and the mark that it begins with."""

    def __init__(self, root: _Element) -> None:
        self.lines: list[Line] = []
        self._parts: list[str] = []
        self._owner = root
        self._begun = False
        self._mark = ""

    def write(self, root: _Element) -> None:
        """Walks without recursion, as pages nest as deep as they like."""
        left = [(root, self._start(root))]
        while left:
            element, children = left[-1]
            child = next(children, None)
            if child is not None:
                left.append((child, self._start(child)))
                continue
            left.pop()
            if _name(element) in _BLOCKS:
                self._end()
                self._mark = ""
            if left:
                self._add(element.tail, left[-1][0])
        self._end()

    def _start(self, element: _Element) -> Iterator[_Element]:
        """Writes what opens the element; gives the children that are still to be written."""
        name = _name(element)
        if name in _BLOCKS or name in _BREAKS:
            self._end()
        if not name or (name in _ROWS and not _sets_out(element)):
            self.lines += [Line(row, element)] if name and (row := _row(element)) else []
            return iter(())
        if name == "pre":
            shown = (line.rstrip() for line in _text(element).strip("\n").split("\n"))
            self.lines += [Line(line, element) for line in shown if line]
            return iter(())
        self._mark = _mark(element) or self._mark
        self._add(element.text, element)
        return iter(element)

    def _add(self, text: str | None, owner: _Element) -> None:
        if text:
            self._owner = self._owner if self._begun else owner
            self._begun = self._begun or bool(text.strip())
            self._parts.append(text)

    def _end(self) -> None:
        line = _SPACE.sub(" ", "".join(self._parts)).strip()
        self._parts, self._begun = [], False
        if line:
            self.lines.append(Line(self._mark + line, self._owner))
            self._mark = ""


def _name(element: _Element) -> str:
    """The tag; nothing for a comment."""
    return element.tag if isinstance(element.tag, str) else ""


def _mark(element: _Element) -> str:
    name = _name(element)
    level = (element.get("rend") or "h2") if name == "head" else name
    if len(level) == 2 and level[0] == "h" and level[1] in "123456":
        return "#" * int(level[1]) + " "
    return "- " if name in _ITEMS else ""


def _sets_out(row: _Element) -> bool:
    if any(True for _ in row.iter("table")):
        return True
    return any(len(_text(cell)) > _LONG_CELL for cell in row)


def _row(row: _Element) -> str:
    cells = [_SPACE.sub(" ", _text(cell, " ")).strip() for cell in row if _name(cell) in _CELLS]
    return row_of(cells) if sum(map(bool, cells)) > 1 else "".join(cells)


def _text(element: _Element, glue: str = "") -> str:
    """All text in the element, in order, with `glue` where a block or a line break stands."""
    parts: list[str] = []
    left: list[tuple[_Element, bool]] = [(element, True)]
    while left:
        inner, opens = left.pop()
        edge = glue if _name(inner) in _BLOCKS or _name(inner) in _BREAKS else ""
        if opens:
            parts += [edge, (inner.text or "") if _name(inner) else ""]
            left.append((inner, False))
            left.extend((child, True) for child in reversed(inner))
        else:
            parts += [edge, "" if inner is element else inner.tail or ""]
    return "".join(parts)
