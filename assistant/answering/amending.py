"""What amending documents write into a provision of another one: `Bổ sung điểm d … khoản 2 Điều 4`; ranks nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from assistant.answering.evidence import Unit
from assistant.documents.validity import number_key
from assistant.types import Document, Section, Span

# What a provision that amends may have, in characters.
_LONGEST = 6000
_OWN_LABEL = re.compile(r"\W*(?:Điều\s+\d+[a-zđ]?\s*[.:]?|\d{1,3}[a-zđ]?[.)]|[a-zđ]\d?\))\s*")

# Where something is put in: what stands there is not changed.
_BESIDE = re.compile(r"(?:vào\s+)?(?:ngay\s+)?(?:sau|trước)\s+(?:điều|khoản|điểm)\s+\w{1,4}\b", re.IGNORECASE)


def amending_units(document: Document, labels: Sequence[str], amenders: Iterable[Document]) -> list[Unit]:
    """The innermost provisions of the amenders that name the document's provision, labels outermost first."""
    return [unit for other in amenders for unit in _of_one(document, labels, other)]


def _of_one(document: Document, labels: Sequence[str], other: Document) -> Iterator[Unit]:
    numbers = {number_key(r.number) for r in other.relations if r.kind != "based_on" and r.number}
    taken: list[Span] = []
    for i, section in sorted(enumerate(other.sections), key=lambda pair: pair[1].span.end - pair[1].span.start):
        text = other.text[section.span.start : section.span.end].rstrip()
        if len(text) > _LONGEST or any(section.span.covers(span) for span in taken):
            continue
        lines = _openings(other, i)
        if len(numbers) > 1 and number_key(document.number or "") not in number_key(" ".join(lines)):
            continue
        if _names(lines, labels, text):
            taken.append(section.span)
            end = section.span.start + len(text)
            yield Unit(other, section.span.start, end, 1.0, section.span, provision=True, amending=True)


def _openings(document: Document, position: int | None) -> list[str]:
    """The first line of a section and of those around it, innermost first, each without its own number."""
    lines = []
    while position is not None:
        section: Section = document.sections[position]
        line = document.text[section.span.start : section.span.end].split("\n", 1)[0]
        lines.append(_BESIDE.sub(" ", _OWN_LABEL.sub("", line, count=1)))
        position = section.parent
    return lines


def _names(lines: Sequence[str], labels: Sequence[str], text: str) -> bool:
    """All of the labels, of which its own line has the last named; what stands in what it writes need not be named."""
    said = " ".join(lines)
    named = [label for label in labels if _label(label).search(said)]
    if not named or named != list(labels[: len(named)]) or not _label(named[-1]).search(lines[0]):
        return False
    return all(_written(label).search(text) for label in labels[len(named) :])


def _label(label: str) -> re.Pattern[str]:
    """`Khoản 2`, also in `khoản 1, 2 và 3`."""
    kind, _, number = label.partition(" ")
    return re.compile(rf"\b{kind}\s+(?:\w{{1,4}}(?:,\s+|\s+và\s+)(?:{kind}\s+)?)*{re.escape(number)}\b", re.IGNORECASE)


def _written(label: str) -> re.Pattern[str]:
    mark = r"\)" if label.startswith("Điểm") else r"\."
    return re.compile(rf"^\W*{re.escape(label.partition(' ')[2])}{mark}", re.MULTILINE)
