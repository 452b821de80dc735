"""Names, styles and lists of OpenDocument files: what is hidden, bold or bordered, how numbers show; makes no text."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from assistant.documents.word_styles import counted

if TYPE_CHECKING:
    from lxml.etree import _Element

_NAMES = "urn:oasis:names:tc:opendocument:xmlns:"
OFFICE, TEXT, TABLE, STYLE, DRAW, NUMBER = (
    f"{{{_NAMES}{name}:1.0}}" for name in ("office", "text", "table", "style", "drawing", "datastyle")
)
FO = f"{{{_NAMES}xsl-fo-compatible:1.0}}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"
_MOST_PARENTS = 20
_LEVELS = 10
_FORMS = {"1": "decimal", "a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}
_BULLETS = ("-", "–", "—", "+", "*")
_BULLET = "•"
_MOMENTS = {"day": ("d", "dd"), "year": ("yy", "yyyy"), "hours": ("h", "hh"), "minutes": ("m", "mm")} | {
    "seconds": ("s", "ss"), "day-of-week": ("ddd", "dddd"), "am-pm": ("am/pm", "am/pm"),
}  # fmt: skip


def number(text: str | None, default: int, most: int = 10**9) -> int:
    """A small whole number as XML writes it."""
    return min(int(text), most) if text and re.fullmatch(r"-?\d{1,9}", text) else default


@dataclass(frozen=True)
class Styles:
    """The styles of a document: of its content first, then the common ones."""

    roots: tuple[_Element, ...]

    @cached_property
    def _by_name(self) -> dict[tuple[str, str], _Element]:
        found: dict[tuple[str, str], _Element] = {}
        for style in (style for root in self.roots for style in root.iter(STYLE + "style")):
            found.setdefault((style.get(STYLE + "family") or "", style.get(STYLE + "name") or ""), style)
        return found

    @cached_property
    def _named(self) -> dict[str, _Element]:
        """Lists and number formats."""
        found: dict[str, _Element] = {}
        for holder in (
            h for root in self.roots for name in ("automatic-styles", "styles") for h in root.iter(OFFICE + name)
        ):
            for style in holder.iterchildren("*"):
                if style.tag != STYLE + "style" and (name := style.get(STYLE + "name")):
                    found.setdefault(name, style)
        return found

    @cached_property
    def outline(self) -> _Element | None:
        """How headings are numbered."""
        return next((found for root in self.roots for found in root.iter(TEXT + "outline-style")), None)

    def chain(self, family: str, name: str | None) -> Iterator[_Element]:
        """The style and those it is based on, nearest first."""
        for _ in range(_MOST_PARENTS):
            style = self._by_name.get((family, name or ""))
            if style is None:
                return
            yield style
            name = style.get(STYLE + "parent-style-name")

    def told(self, family: str, name: str | None, kind: str, attribute: str) -> str | None:
        """An attribute of the style's `style:…-properties`, its own or of one that it is based on."""
        for style in self.chain(family, name):
            for properties in style.iterchildren(f"{STYLE}{kind}-properties"):
                if (value := properties.get(attribute)) is not None:
                    return str(value)
        return None

    def hides(self, family: str, name: str | None) -> bool:
        return self.told(family, name, "text", TEXT + "display") == "none"

    def is_title(self, name: str | None) -> bool:
        return any(style.get(STYLE + "name") == "Title" for style in self.chain("paragraph", name))

    def is_bordered(self, cell: str | None) -> bool:
        sides = ("border", "border-left", "border-right", "border-top", "border-bottom")
        drawn = (self.told("table-cell", cell, "table-cell", FO + side) for side in sides)
        return any(side and "none" not in side.split() for side in drawn)

    def list_style(self, name: str | None) -> _Element | None:
        return self._named.get(name or "")

    def format_of(self, cell: str | None) -> str | None:
        """The number format of a cell's style, as a spreadsheet's code; None where it can't be told."""
        names = (style.get(STYLE + "data-style-name") for style in self.chain("table-cell", cell))
        data = self._named.get(next(filter(None, names), ""))
        return None if data is None else _code(data)


def _code(data: _Element) -> str | None:
    """`0.00`, `#,##0 "đ"`, `dd/mm/yyyy` of a `number:…-style`; None for fractions and the like."""
    parts = []
    for part in data.iterchildren("*"):
        name, is_long = str(part.tag).removeprefix(NUMBER), part.get(NUMBER + "style") == "long"
        if name in ("text", "currency-symbol"):
            parts.append('"{}"'.format((part.text or "").replace('"', "")) if part.text else "")
        elif name == "number":
            parts.append(_figures(part))
        elif name == "month":
            parts.append("mmm" if part.get(NUMBER + "textual") == "true" else "mm" if is_long else "m")
        elif name in _MOMENTS:
            parts.append(_MOMENTS[name][is_long])
        elif str(part.tag).startswith(NUMBER):
            return None
    code = "".join(parts)
    return code.replace('"%"', "%") if data.tag == NUMBER + "percentage-style" else code or None


def _figures(part: _Element) -> str:
    decimals = number(part.get(NUMBER + "decimal-places"), -1, 15)
    if decimals < 0:
        return "General"
    whole = "0" * max(1, number(part.get(NUMBER + "min-integer-digits"), 1, 15))
    grouped = f"#,##{whole}" if part.get(NUMBER + "grouping") == "true" and len(whole) == 1 else whole
    return f"{grouped}.{'0' * decimals}" if decimals else grouped


# --- lists ---


@dataclass(slots=True)
class Counts:
    """The numbers of one list or of the headings; `style` says how each level shows."""

    style: _Element | None
    _counts: list[int | None] = field(default_factory=lambda: [None] * _LEVELS)

    def marker(self, level: int, start: int | None = None) -> str:
        """The number or bullet of the next item of a level (from 0), which is counted; `start` is where it restarts."""
        level = min(max(level, 0), _LEVELS - 1)
        own = self._level(level)
        known = self._counts[level]
        first = number(None if own is None else own.get(TEXT + "start-value"), 1)
        self._counts[level] = start if start is not None else first if known is None else known + 1
        self._counts[level + 1 :] = [None] * (_LEVELS - level - 1)
        return "" if own is None else self._shown(own, level)

    def _shown(self, own: _Element, level: int) -> str:
        if own.tag == TEXT + "list-level-style-bullet":
            char = own.get(TEXT + "bullet-char") or ""
            return char if char in _BULLETS else _BULLET if char.strip() else ""
        form = own.get(STYLE + "num-format") or ""
        if own.tag == TEXT + "list-level-style-image" or not form:
            return ""
        shown = min(max(number(own.get(TEXT + "display-levels"), 1), 1), level + 1)
        places = (self._place(at) for at in range(level + 1 - shown, level + 1))
        around = own.get(STYLE + "num-prefix") or "", own.get(STYLE + "num-suffix") or ""
        return ".".join(filter(None, places)).join(around).strip()

    def _place(self, level: int) -> str:
        found = self._level(level)
        form = _FORMS.get("" if found is None else found.get(STYLE + "num-format") or "")
        return counted(self._counts[level] or 1, form) if form else ""

    def _level(self, level: int) -> _Element | None:
        levels: Iterable[_Element] = () if self.style is None else self.style.iterchildren("*")
        return next((found for found in levels if found.get(TEXT + "level") == str(level + 1)), None)
