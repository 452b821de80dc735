"""Where a document says itself what is known of it: its number, issuer, days, and what it does to others.

Knows no other document; what is known from elsewhere, as front matter, stands nowhere.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta

from assistant.documents.letterhead import HEAD, day_places, kind_and_subject
from assistant.documents.mentions import DAY, day_in
from assistant.documents.quoted import Line
from assistant.documents.relations import FROM_THEN, IN_FORCE, LASTS, UNTIL, own_lines
from assistant.types import Document, Relation
from assistant.vietnamese.sentences import sentence_spans

# A number stands at most so many characters from the day of a text that has both at its end.
_NEAR = 300
_LONGEST_NAME = 120
_WHOLE_DAY = re.compile(rf"ngày\s+{DAY}")
# A reader may have put the first ground on the subject's line.
_GROUND = re.compile(r"\s+Căn cứ (?=[A-ZĐ])")


@dataclass(frozen=True, slots=True)
class Stated:
    """The characters `start:end` say it; `value` is where in them the day, number or name itself stands."""

    start: int
    end: int
    value: tuple[int, int] | None = None


def number_stated(document: Document, number: str | None) -> Stated | None:
    """The line of the head with the number."""
    found = _spaced(number).search(document.text[:HEAD]) if number else None
    return Stated(*_line(document.text, *found.span()), found.span()) if found else None


def issuer_stated(document: Document) -> Stated | None:
    """The lines of the head that name who issues it."""
    if not document.issuer or len(document.issuer) > _LONGEST_NAME:
        return None
    found = _spaced(document.issuer).search(document.text[:HEAD])
    return Stated(*found.span(), found.span()) if found else None


def issue_stated(document: Document) -> Stated | None:
    """The line with place and day of issue, in the head or beside the number."""
    text = document.text
    number = text.find(document.number, HEAD) if document.number else -1
    near = [(max(HEAD, number - _NEAR), number + _NEAR)] if number >= 0 else []
    for start, end in [(0, HEAD), *near]:
        for begin, stop, day in day_places(text, start, min(end, len(text))):
            if day is not None and day == document.issued:
                return Stated(*_line(text, begin, stop), (begin, stop))
    return None


def beginning_stated(document: Document) -> Stated | None:
    """The sentence with the first day in force; without a value where it only counts from the day of issue."""
    for line in own_lines(document):
        if found := IN_FORCE.search(line.text):
            day = (found.start("when"), found.end("when")) if found["day"] else None
            if document.effective is None or (found["day"] and day_in(found["day"]) != document.effective):
                return None
            return _in_line(document.text, line, found.span(), day)
    return None


def ending_stated(document: Document) -> Stated | None:
    """The sentence in which the document sets the last day that it is in force."""
    for line in own_lines(document):
        begins = IN_FORCE.search(line.text)
        until = re.compile(rf"\W*{UNTIL.pattern}").match(line.text, begins.end()) if begins else None
        found = until or LASTS.search(line.text) or FROM_THEN.search(line.text)
        if found is None:
            continue
        last = date.fromisoformat(day) if (day := day_in(found["day"])) else None
        last = last - timedelta(days=1) if last and found.re is FROM_THEN else last
        if last and last.isoformat() == document.expires:
            return _in_line(document.text, line, found.span(), _with_ngay(line.text, *found.span("day")))
    return None


def relation_stated(document: Document, relation: Relation) -> Stated:
    """The sentence that names the other document; its number, with the kind before it, is the value."""
    text = document.text
    subject = kind_and_subject(text)
    span = subject[2] if subject else None
    if span is None or not span[0] <= relation.start < span[1]:
        span = _sentence(text, relation.start, relation.end)
    end = max(relation.end, span[1])
    ground = _GROUND.search(text, relation.end, end)
    named = _spaced(relation.number).search(text, relation.start, relation.end) if relation.number else None
    value = (relation.start, named.end() if named else relation.end)
    return Stated(span[0], ground.start() if ground else end, value)


def _spaced(name: str) -> re.Pattern[str]:
    """The name as a head may write it: in capitals, over several lines, with spaces around strokes."""
    letters = re.sub(r"\s", "", name)
    return re.compile(r"(?<!\w)" + r"\s*".join(map(re.escape, letters)).replace(r"\-", "[-–]"), re.IGNORECASE)


def _line(text: str, start: int, end: int) -> tuple[int, int]:
    begin, stop = text.rfind("\n", 0, start) + 1, text.find("\n", end)
    line = text[begin : stop if stop >= 0 else len(text)]
    return begin + len(line) - len(line.lstrip()), begin + len(line.rstrip())


def _in_line(text: str, line: Line, told: tuple[int, int], value: tuple[int, int] | None) -> Stated:
    start, end = _sentence(text, line.start + told[0], line.start + told[1])
    return Stated(start, end, (line.start + value[0], line.start + value[1]) if value else None)


def _with_ngay(line: str, start: int, end: int) -> tuple[int, int]:
    whole = next((day for day in _WHOLE_DAY.finditer(line) if day.end() == end), None)
    return whole.span() if whole else (start, end)


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The sentence or sentences of the lines around that hold these characters."""
    first, last = _line(text, start, end)
    spans = [(first + a, first + b) for a, b in sentence_spans(text[first:last])]
    begin = max((a for a, _ in spans if a <= start), default=first)
    stop = min((b for _, b in spans if b >= end), default=last)
    return begin, stop
