"""The tree of a document's sections, from Phần to Điểm, annexes and the numbering of reports; knows no chunk.

What a document quotes (law inside an amending law), notes at a page's foot, or prints as a blank form is not its own
provision; `provisions` reads the articles, `quoted` tells what is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from assistant.documents.provisions import Heading, is_law, law_headings, law_level, short
from assistant.documents.quoted import Line, lines_of
from assistant.types import ITEM_MARKS, Section, Span

_MARKDOWN = re.compile(r"(#{1,6})\s+(\S.*)")
_DOTTED = re.compile(r"(\d+(?:\.\d+)+)\.?\s+(\S.*)")
_ROMAN = re.compile(r"([IVXL]+)\.\s+(\S.*)")
_LETTER = re.compile(r"([A-HK])\.\s+(\S.*)")
_NUMBERED = re.compile(r"(\d{1,2})\.\s+(\S.*)")
_ITEM = re.compile(r"([a-zđ]{1,2})\)\s+\S")
_BULLET = re.compile(r"([-–—•*●▪+])\s+\S")
# A line longer than this is a paragraph that begins with a number, not a heading.
_HEADING_LENGTH = 250
_DEEPEST = 6
# What lies inside what, after the levels of annexes, parts and chapters (0 to 8). Numbers without a mark order a
# document of themselves; where headings are marked, they are lists beneath these.
_LETTERED, _UPPER_ROMAN, _DOTTED_LEVEL = 10, 11, 12
_MARKDOWN_LEVEL, _UNDER_MARKED, _ITEM_LEVEL, _BULLET_LEVEL = 20, 20, 50, 51


def find_sections(document_id: str, text: str, pages: Sequence[int] = ()) -> tuple[Section, ...]:
    """Sections in order of their start; each ends where the next of its level or above starts."""
    return sections_of(document_id, text, lines_of(text, pages))


def sections_of(document_id: str, text: str, lines: Sequence[Line]) -> tuple[Section, ...]:
    """`find_sections` where the lines are known."""
    shown = [line for line, fenced in _fences(lines) if not fenced]  # a comment in a block of code is no heading
    headings = law_headings(text, shown, _markdown) if is_law(shown) else list(_report_headings(shown))
    return _tree(document_id, headings, len(text))


def is_clause(section: Section) -> bool:
    """Whether it is a clause, a point or an item: a place to cite, cut only where what holds it is too long."""
    return section.is_point or section.label.startswith("Khoản ")


def _tree(document_id: str, headings: Sequence[Heading], length: int) -> tuple[Section, ...]:
    ends, parents, open_at = [length] * len(headings), [], list[int]()
    for i, heading in enumerate(headings):
        while open_at and headings[open_at[-1]].level >= heading.level:
            ends[open_at.pop()] = heading.start
        parents.append(open_at[-1] if open_at else None)
        if heading.label is not None:
            open_at.append(i)
    places = [i for i, heading in enumerate(headings) if heading.label is not None]
    place_of = {i: place for place, i in enumerate(places)}
    return tuple(
        Section(
            headings[i].label or "",
            headings[i].title,
            Span(document_id, headings[i].start, ends[i]),
            place_of[parent] if (parent := parents[i]) is not None else None,
        )
        for i in places
    )


def _fences(lines: Sequence[Line]) -> Iterator[tuple[Line, bool]]:
    fenced = False
    for line in lines:
        fenced ^= line.text.startswith("```")
        yield line, fenced


def _markdown(line: Line) -> Heading | None:
    match = _MARKDOWN.match(line.text)
    if match is None:
        return None
    label, title = _split_number(match.group(2).rstrip("#").rstrip() or match.group(2))
    return Heading(_MARKDOWN_LEVEL + len(match.group(1)), label, short(title), line.start)


def _report_headings(lines: Sequence[Line]) -> Iterator[Heading]:
    """Headings and items of what has no articles; a line that is neither ends the bullets before it."""
    item = ""
    below = _UNDER_MARKED if any(_MARKDOWN.match(line.text) for line in lines) else 0
    for i, line in enumerate(lines):
        following = lines[i + 1 : i + 5]
        heading = _markdown(line) or law_level(line, lines[i - 1] if i else None, following) or _numbered(line, below)
        if heading is not None:
            item = ""
            yield heading
        elif (match := _ITEM.match(line.text)) and _goes_on(item, match.group(1)):
            item = match.group(1)
            yield Heading(_ITEM_LEVEL, f"{item})", "", line.start)
        elif match := _BULLET.match(line.text):
            nested = match.group(1) == "+"
            yield Heading(_BULLET_LEVEL + nested, ITEM_MARKS[nested], "", line.start)
        else:
            yield Heading(_BULLET_LEVEL, None, "", line.start)


def _goes_on(before: str, item: str) -> bool:
    """Whether the item begins a list or comes after the one before."""
    return item == "a" or (bool(before) and (item > before or before == "d"))


def _numbered(line: Line, below: int) -> Heading | None:
    text = line.text
    if len(text) > _HEADING_LENGTH:
        return None
    if match := _DOTTED.match(text):
        return Heading(
            below + _DOTTED_LEVEL + min(match.group(1).count("."), _DEEPEST),
            match.group(1),
            short(match.group(2)),
            line.start,
        )
    if text.endswith((".", ";", ",", ":")):
        return None
    if match := _ROMAN.match(text):
        return Heading(below + _UPPER_ROMAN, match.group(1), short(match.group(2)), line.start)
    if (match := _LETTER.match(text)) and match.group(2).isupper():
        return Heading(below + _LETTERED, match.group(1), short(match.group(2)), line.start)
    if (match := _NUMBERED.match(text)) and match.group(2)[:1].isupper():
        return Heading(below + _DOTTED_LEVEL, match.group(1), short(match.group(2)), line.start)
    return None


def _split_number(title: str) -> tuple[str, str]:
    match = re.match(r"(\d+(?:\.\d+)*|[IVXL]+)\.?\s+(.+)", title)
    if match and (title[match.end(1)] == "." or "." in match.group(1)):
        return match.group(1), match.group(2)
    return "", title
