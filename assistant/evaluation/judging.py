"""One answer against its gold: right or not, its evidence, its citations; knows no set, average or file."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from assistant.errors import UnknownDocument
from assistant.evaluation.questions import GoldQuestion
from assistant.types import Answer, Citation, Document, Span
from assistant.vietnamese.normal import nfc

# As the search's terms, but with the marks kept (`đất` is not `đạt`), and `%` a word of its own.
_WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|%")
_REFERENCE = re.compile(r"\[(\d+)\]")


class Verdict(StrEnum):
    """What became of a question; the last three are faults."""

    RIGHT = "right"
    ABSTAINED_RIGHTLY = "abstained_rightly"
    WRONG = "wrong"
    ABSTAINED_WRONGLY = "abstained_wrongly"
    UNFOUNDED = "unfounded"  # answered although the documents do not tell

    @property
    def is_good(self) -> bool:
        return self in (Verdict.RIGHT, Verdict.ABSTAINED_RIGHTLY)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What one answer was worth, in counts; averages are made of these and of nothing else.

    `ranking` holds the search's measures by their own names (`RR@10`), and is empty where there is no gold evidence.
    `missing` names the groups that the answer does not hold, each by its first string; `stripped` is the verdict on the
    same question typed without diacritics, None where that was not asked.
    """

    id: str
    kind: str
    split: str
    fingerprint: str
    question: str
    answer: str
    verdict: Verdict
    answerable: bool
    abstained: bool
    groups: int = 0
    groups_found: int = 0
    evidence: int = 0
    evidence_found: int = 0
    citations: int = 0
    citations_exact: int = 0
    citations_correct: int = 0
    confidence: float = 0.0
    reason: str | None = None
    engine: str = ""
    ranking: Mapping[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    difficulty: str = ""
    words: int = 0
    missing: tuple[str, ...] = ()
    stripped: Verdict | None = None


def judge(
    gold: GoldQuestion,
    answer: Answer,
    document: Callable[[str], Document],
    *,
    ranking: Mapping[str, float] | None = None,
    seconds: float = 0.0,
    stripped: Verdict | None = None,
) -> Judgement:
    """Judge an answer; what an abstention says beside it counts for nothing."""
    lacking = missing(gold, answer)
    return Judgement(
        id=gold.id,
        kind=gold.kind,
        split=gold.split,
        fingerprint=gold.fingerprint,
        question=gold.text,
        answer=answer.text,
        verdict=verdict(gold, answer),
        answerable=gold.answerable,
        abstained=answer.abstained,
        groups=len(gold.answers),
        groups_found=len(gold.answers) - len(lacking),
        evidence=len(gold.evidence),
        evidence_found=sum(is_cited(places, answer.citations) for places in gold.evidence),
        citations=len(answer.citations),
        citations_exact=sum(is_exact(citation, document) for citation in answer.citations),
        citations_correct=sum(is_correct(citation, gold) for citation in answer.citations),
        confidence=answer.confidence,
        reason=answer.reason,
        engine=answer.engine,
        ranking=ranking or {},
        seconds=seconds,
        difficulty=gold.difficulty,
        words=count_words(stated(answer)),
        missing=lacking,
        stripped=stripped,
    )


def verdict(gold: GoldQuestion, answer: Answer) -> Verdict:
    if answer.abstained:
        return Verdict.ABSTAINED_WRONGLY if gold.answerable else Verdict.ABSTAINED_RIGHTLY
    if not gold.answerable:
        return Verdict.UNFOUNDED
    return Verdict.WRONG if missing(gold, answer) else Verdict.RIGHT


def missing(gold: GoldQuestion, answer: Answer) -> tuple[str, ...]:
    """The first string of every group of which the answer holds none; all of them for an abstention."""
    text = "" if answer.abstained else stated(answer)
    return tuple(group[0] for group in gold.answers if not holds_any(text, group))


def stated(answer: Answer) -> str:
    """The answer's text without its references: the 5 of `[5]` answers nothing."""
    numbers = {str(citation.number) for citation in answer.citations}
    return _REFERENCE.sub(lambda match: " " if match[1] in numbers else match[0], answer.text)


def count_words(text: str) -> int:
    """What a reader reads: pieces between white space that hold a letter or digit, so `57-NQ/TW` is one."""
    return sum(any(map(str.isalnum, piece)) for piece in text.split())


def holds_any(text: str, group: Sequence[str]) -> bool:
    return any(holds(text, wanted) for wanted in group)


def holds(text: str, wanted: str) -> bool:
    """Whether `wanted` stands in the text as whole words: case and punctuation don't matter, marks do."""
    return f" {_words(wanted)} " in f" {_words(text)} "


def _words(text: str) -> str:
    return " ".join(_WORD.findall(nfc(text).lower()))


def is_cited(places: Sequence[Span], citations: Sequence[Citation]) -> bool:
    """Whether the citations together cover at least half of one of the places."""
    return any(2 * len(_covered(place, citations)) >= place.end - place.start for place in places)


def _covered(place: Span, citations: Sequence[Citation]) -> set[int]:
    own = (c for c in citations if c.document_id == place.document_id)
    return {offset for c in own for offset in range(max(c.start, place.start), min(c.end, place.end))}


def is_exact(citation: Citation, document: Callable[[str], Document]) -> bool:
    """Whether the quotation is a copy: exactly the characters that its offsets name."""
    try:
        text = document(citation.document_id).text
    except UnknownDocument:
        return False
    return 0 <= citation.start < citation.end and text[citation.start : citation.end] == citation.quote


def is_correct(citation: Citation, gold: GoldQuestion) -> bool:
    """Whether the citation touches gold evidence or holds a gold string."""
    place = (citation.document_id, citation.start, citation.end)
    return any(_touches(span, *place) for places in gold.evidence for span in places) or any(
        holds_any(citation.quote, group) for group in gold.answers
    )


def _touches(span: Span, document_id: str, start: int, end: int) -> bool:
    return span.document_id == document_id and span.start < end and start < span.end
