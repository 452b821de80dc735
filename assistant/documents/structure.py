"""Finds a document's sections (Phần … Điều, Khoản, numbered and Markdown headings) in its text; knows no chunk."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.types import Section, Span

_MARKDOWN = re.compile(r"(#{1,6})\s+(\S.*)")
_LAW = (
    (1, re.compile(r"(PHẦN|Phần)\s+((?:THỨ|thứ)\s+\w+(?:\s+\w+)?|[IVXLC]+|\d+)\b[.:]?\s*(.*)")),
    (1, re.compile(r"(PHỤ LỤC|Phụ lục)(?:\s+(SỐ\s*\d+|số\s*\d+|[IVXLC]+|\d+[a-z]?|[A-Z]))?\s*[.:]?\s*$()")),
    (2, re.compile(r"(CHƯƠNG|Chương)\s+([IVXLC]+|\d+)\b[.:]?\s*(.*)")),
    (3, re.compile(r"(MỤC|Mục)\s+(\d+|[IVXLC]+)\b[.:]?\s*(.*)")),
    (4, re.compile(r"(TIỂU MỤC|Tiểu mục)\s+(\d+|[IVXLC]+)\b[.:]?\s*(.*)")),
    (5, re.compile(r"(Điều)\s+(\d+[a-zđ]?)\s*[.:]\s*(.*)")),
)
_ARTICLE, _CLAUSE = 5, 6
_CLAUSE_LINE = re.compile(r"(\d{1,4})([a-zđ]?)\.\s+(.*)")
_DOTTED = re.compile(r"(\d+(?:\.\d+)+)\.?\s+(\S.*)")
_ROMAN = re.compile(r"([IVXL]+)\.\s+(\S.*)")
_NUMBERED = re.compile(r"(\d{1,2})\.\s+(\S.*)")
_TITLE_LENGTH = 200
# A line longer than this is a paragraph that begins with a number, not a heading.
_HEADING_LENGTH = 250


@dataclass(frozen=True, slots=True)
class _Heading:
    level: int
    label: str
    title: str
    start: int


def find_sections(document_id: str, text: str) -> tuple[Section, ...]:
    """Sections in order of their start; each ends where the next of its level or above starts."""
    headings = list(_headings(text))
    ends = [len(text)] * len(headings)
    parents: list[int | None] = []
    open_at: list[int] = []
    for i, heading in enumerate(headings):
        while open_at and headings[open_at[-1]].level >= heading.level:
            ends[open_at.pop()] = heading.start
        parents.append(open_at[-1] if open_at else None)
        open_at.append(i)
    return tuple(
        Section(heading.label, heading.title, Span(document_id, heading.start, end), parent)
        for heading, end, parent in zip(headings, ends, parents, strict=True)
    )


def is_clause(section: Section) -> bool:
    """Whether the section is a clause (Khoản) of an article: a place to cite, cut only where an article is too long."""
    return section.label.startswith("Khoản ")


def _lines(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for line in text.split("\n"):
        yield start, line
        start += len(line) + 1


def _headings(text: str) -> Iterator[_Heading]:
    lines = [(start, line) for start, line in _lines(text) if line.strip()]
    is_law = any(_LAW[-1][1].match(line.strip()) for _, line in lines)
    clause = 0  # the clause seen last in the open article; -1 outside an article
    fenced = False
    for i, (start, line) in enumerate(lines):
        fenced ^= line.lstrip().startswith("```")
        if fenced:
            continue  # a comment in a block of code is no heading
        following = lines[i + 1][1].strip() if i + 1 < len(lines) else ""
        heading = _heading(start, line.strip(), following, is_law=is_law)
        if heading is not None:
            clause = 0 if heading.level == _ARTICLE else -1
            yield heading
        elif is_law and clause >= 0 and (found := _clause(start, line.strip(), clause)):
            clause, heading = found
            yield heading


def _heading(start: int, line: str, following: str, *, is_law: bool) -> _Heading | None:
    if match := _MARKDOWN.match(line):
        label, title = _split_number(match.group(2).rstrip("#").rstrip() or match.group(2))
        return _Heading(20 + len(match.group(1)), label, _short(title), start)
    for level, pattern in _LAW:
        if match := pattern.match(line):
            return _law_heading(level, match, start, following)
    return None if is_law else _numbered_heading(start, line)


def _law_heading(level: int, match: re.Match[str], start: int, following: str) -> _Heading | None:
    kind, number, title = match.group(1).capitalize(), match.group(2) or "", match.group(3) or ""
    if level < _ARTICLE and title and title[:1].islower():
        return None  # «Chương II của Nghị định này …» is a reference at a line's start
    if level < _ARTICLE and not title and following.isupper():
        title = following
    return _Heading(level, f"{kind} {number}".strip(), _short(title), start)


def _numbered_heading(start: int, line: str) -> _Heading | None:
    if len(line) > _HEADING_LENGTH:
        return None
    if match := _DOTTED.match(line):
        return _Heading(12 + match.group(1).count("."), match.group(1), _short(match.group(2)), start)
    if line.endswith((".", ";", ",", ":")):
        return None
    if match := _ROMAN.match(line):
        return _Heading(10, match.group(1), _short(match.group(2)), start)
    if (match := _NUMBERED.match(line)) and match.group(2)[:1].isupper():
        return _Heading(12, match.group(1), _short(match.group(2)), start)
    return None


def _clause(start: int, line: str, previous: int) -> tuple[int, _Heading] | None:
    match = _CLAUSE_LINE.match(line)
    if match is None:
        return None
    number = int(match.group(1))
    if number != previous + 1 and not (match.group(2) and number == previous):
        return None  # a number that does not go on counting belongs to something quoted or to a table
    return number, _Heading(_CLAUSE, f"Khoản {match.group(1)}{match.group(2)}", "", start)


def _split_number(title: str) -> tuple[str, str]:
    match = re.match(r"(\d+(?:\.\d+)*|[IVXL]+)\.?\s+(.+)", title)
    if match and (title[match.end(1)] == "." or "." in match.group(1)):
        return match.group(1), match.group(2)
    return "", title


def _short(title: str) -> str:
    title = title.strip().rstrip(".:")
    return title if len(title) <= _TITLE_LENGTH else title[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"
