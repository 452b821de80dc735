"""What Word's styles and numbering say of a paragraph: heading level, hidden, the number or bullet shown before it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from assistant.documents.word_tree import W, flag, number, value

if TYPE_CHECKING:
    from lxml.etree import _Element

_HEADING = re.compile(r"heading ([1-9])", re.IGNORECASE)
_TITLES = {"title"}
_CONTENTS = re.compile(r"toc [1-9]", re.IGNORECASE)
_MOST_PARENTS = 20
_LEVELS = 9
_PLACE = re.compile(r"%([1-9])")
_BULLET = "•"
_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"),
    (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Styles:
    """The styles by id; `root` is the styles part, None where a document has none."""

    root: _Element | None
    _by_id: dict[str, _Element] = field(default_factory=dict)
    _default: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        for style in () if self.root is None else self.root.iter(W + "style"):
            identifier = style.get(W + "styleId") or ""
            self._by_id.setdefault(identifier, style)
            if style.get(W + "type") == "paragraph" and style.get(W + "default") in ("1", "true"):
                self._default.append(identifier)

    def chain(self, identifier: str | None) -> Iterator[_Element]:
        """The style and those it is based on, nearest first."""
        for _ in range(_MOST_PARENTS):
            style = self._by_id.get(identifier or "")
            if style is None:
                return
            yield style
            identifier = value(style, "basedOn")

    def of(self, paragraph: _Element) -> list[_Element]:
        """The paragraph's styles, nearest first."""
        given = value(paragraph.find(W + "pPr"), "pStyle")
        return list(self.chain(given or (self._default[0] if self._default else None)))

    def hides(self, identifier: str | None) -> bool | None:
        """Whether text of the style is hidden; None where no style tells."""
        found = (flag(style.find(W + "rPr"), "vanish") for style in self.chain(identifier))
        return next((hidden for hidden in found if hidden is not None), None)

    def heading_level(self, paragraph: _Element) -> int | None:
        """1 to 9 for a heading, 1 for the title, None for other text."""
        styles = self.of(paragraph)
        own = value(paragraph.find(W + "pPr"), "outlineLvl")
        if own is not None:
            return number(own, 9) + 1 if 0 <= number(own, 9) < 9 else None
        for style in styles:
            name = (value(style, "name") or "").lower()
            if match := _HEADING.fullmatch(name):
                return int(match.group(1))
            if name in _TITLES:
                return 1
            level = number(value(style.find(W + "pPr"), "outlineLvl"), 9)
            if 0 <= level < 9:
                return level + 1
        return None

    def is_contents(self, paragraph: _Element) -> bool:
        """Whether the paragraph is a line of the table of contents, which Word makes from the headings."""
        return any(_CONTENTS.fullmatch(value(style, "name") or "") for style in self.of(paragraph))


@dataclass(slots=True)
class Numbering:
    """Counts the lists of one document; `root` is the numbering part, None where a document has none."""

    root: _Element | None
    styles: Styles
    _lists: dict[str, _Element] = field(default_factory=dict)
    _abstract: dict[str, _Element] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _started: set[tuple[str, int]] = field(default_factory=set)

    def __post_init__(self) -> None:
        if self.root is not None:
            self._lists = {n.get(W + "numId") or "": n for n in self.root.findall(W + "num")}
            self._abstract = {a.get(W + "abstractNumId") or "": a for a in self.root.findall(W + "abstractNum")}

    def marker(self, paragraph: _Element) -> str:
        """The number or bullet that Word shows before the paragraph, "" where it shows none; counts it."""
        list_id, level = self._list_of(paragraph)
        found = self._lists.get(list_id or "")
        if found is None:
            return ""
        abstract_id = self._abstract_id(found)
        levels = [self._level(found, abstract_id, at) for at in range(level + 1)]
        if levels[level] is None:
            return ""
        counts = self._count(list_id or "", found, abstract_id, levels)
        return _shown(levels, counts, level)

    def _list_of(self, paragraph: _Element) -> tuple[str | None, int]:
        """List and level of the paragraph, its own or its style's; list `0` takes a style's list away."""
        own = paragraph.find(f"{W}pPr/{W}numPr")
        if own is not None and value(own, "numId") is not None:
            return value(own, "numId"), _bounded(value(own, "ilvl"))
        for style in self.styles.of(paragraph):
            given = style.find(f"{W}pPr/{W}numPr")
            if given is not None and value(given, "numId") is not None:
                list_id = value(given, "numId")
                level = value(own, "ilvl") or value(given, "ilvl")
                return list_id, _bounded(level) if level else self._level_of_style(list_id, style)
        return None, 0

    def _level_of_style(self, list_id: str | None, style: _Element) -> int:
        found = self._lists.get(list_id or "")
        abstract = self._abstract.get(self._abstract_id(found)) if found is not None else None
        levels = () if abstract is None else abstract.findall(W + "lvl")
        named = (lvl for lvl in levels if value(lvl, "pStyle") == style.get(W + "styleId"))
        return next((_bounded(lvl.get(W + "ilvl")) for lvl in named), 0)

    def _abstract_id(self, found: _Element) -> str:
        """The definition that the list uses, through the list style where it names one."""
        identifier = value(found, "abstractNumId") or ""
        linked = value(self._abstract.get(identifier), "numStyleLink")
        if linked:
            for other, abstract in self._abstract.items():
                if value(abstract, "styleLink") == linked:
                    return other
        return identifier

    def _level(self, found: _Element, abstract_id: str, level: int) -> _Element | None:
        """The level's definition: the list's own, else the shared one."""
        own = _at_level(found, "lvlOverride", level)
        if own is not None and own.find(W + "lvl") is not None:
            return own.find(W + "lvl")
        abstract = self._abstract.get(abstract_id)
        return None if abstract is None else _at_level(abstract, "lvl", level)

    def _count(self, list_id: str, found: _Element, abstract_id: str, levels: list[_Element | None]) -> list[int]:
        """Counts one paragraph on the last of `levels`; lists of one definition count on together."""
        counts = self._counts.setdefault(abstract_id, [None] * _LEVELS)
        level = len(levels) - 1
        for at in range(level + 1):
            override = number(value(_at_level(found, "lvlOverride", at), "startOverride"), -1)
            if override >= 0 and (list_id, at) not in self._started:
                counts[at] = override - 1 if at == level else override
            self._started.add((list_id, at))
            current = counts[at]
            if current is None:
                current = number(value(levels[at], "start"), 1) - (at == level)
            counts[at] = current + (at == level)
        for deeper in range(level + 1, _LEVELS):
            restart = number(value(self._level(found, abstract_id, deeper), "lvlRestart"), deeper)
            if restart > level:
                counts[deeper] = None
        return [count or 0 for count in counts]


def _at_level(parent: _Element, name: str, level: int) -> _Element | None:
    return next((child for child in parent.findall(W + name) if child.get(W + "ilvl") == str(level)), None)


def _bounded(text: str | None) -> int:
    return min(max(number(text, 0), 0), _LEVELS - 1)


def _shown(levels: list[_Element | None], counts: list[int], level: int) -> str:
    own = levels[level]
    form, text = value(own, "numFmt") or "decimal", value(own, "lvlText") or ""
    if own is None or form == "none" or flag(own.find(W + "rPr"), "vanish"):
        return ""
    if form == "bullet":
        return text if text in ("-", "–", "—", "+", "*") else _BULLET if text.strip() else ""
    legal = bool(flag(own, "isLgl"))

    def place(match: re.Match[str]) -> str:
        at = int(match.group(1)) - 1
        if at >= len(levels):
            return ""
        return counted(counts[at], "decimal" if legal else value(levels[at], "numFmt") or "decimal")

    return _PLACE.sub(place, text).strip()


def counted(count: int, form: str) -> str:
    """A number as a list of that form shows it; forms that have no figures of their own count in decimals."""
    if form in ("lowerLetter", "upperLetter") and 1 <= count <= 780:
        letters = chr(ord("a") + (count - 1) % 26) * ((count - 1) // 26 + 1)
        return letters.upper() if form == "upperLetter" else letters
    if form in ("lowerRoman", "upperRoman") and 1 <= count < 4000:
        return _roman(count).upper() if form == "upperRoman" else _roman(count)
    if form == "none":
        return ""
    return f"{count:02d}" if form == "decimalZero" else str(count)


def _roman(count: int) -> str:
    parts = []
    for size, letters in _ROMAN:
        parts.append(letters * (count // size))
        count %= size
    return "".join(parts)
