"""One question with its evidence: understood, searched, its sentences ranked and weighed; writes no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from assistant.answering import extract
from assistant.answering.abstention import RECORD, Assessment, assess, of_english
from assistant.answering.currency import successor_first
from assistant.answering.evidence import Passage
from assistant.answering.followups import asking_sentence, resolve
from assistant.answering.framing import without_framing
from assistant.answering.matching import Match, Weight
from assistant.answering.missing import missing_numbers
from assistant.answering.particulars import Particular
from assistant.answering.parting import parts
from assistant.answering.question import Understanding, understand, without_item_number
from assistant.answering.ranking import rank_units
from assistant.answering.records import Record, record_of
from assistant.documents.scope import Scope
from assistant.documents.validity import ENDED, UNKNOWN, Change, State
from assistant.types import Document, Hit, Turn
from assistant.vietnamese.english import gloss, looks_english
from assistant.vietnamese.keystrokes import as_written

if TYPE_CHECKING:
    from assistant.retrieval.search import Stage


class Library(Protocol):
    """What is asked of the index."""

    def search(self, query: str, top_k: int) -> list[Hit]: ...

    def search_documents(self, query: str, top_k: int, stage: Stage = ...) -> list[tuple[str, float]]: ...

    def document(self, identifier: str) -> Document: ...

    def document_ids(self) -> Sequence[str]: ...

    def within(self, scope: Scope, as_of: date) -> Library: ...

    def changes(self, document: Document) -> Sequence[Change]: ...

    def chunk_count(self, identifier: str) -> int: ...

    def weight(self, term: str) -> float: ...

    def repair(self, text: str) -> str: ...

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]: ...


# Wordings of one phrase that are searched for, and what the score of a chunk counts that only they find.
_WORDINGS, _REWORDED = 2, 0.8
# Each part of a question must reach this share of the threshold, and one of them the threshold itself.
_PART = 0.6


@dataclass(frozen=True, slots=True)
class Case:
    """One question with its evidence."""

    question: str
    understood: str | None
    asked: Understanding
    ranked: Sequence[Match]
    assessment: Assessment
    threshold: float
    record: Record | None = None  # what is known of the document that it asks about
    parts: tuple[Case, ...] = ()  # what the question asks where it asks several things

    def passages(self, weight: Weight) -> list[Passage]:
        """What is quoted, in the order of the parts."""
        return extract.merged([passage for _, passages in self.chosen(weight) for passage in passages])

    def chosen(self, weight: Weight) -> list[tuple[Understanding, list[Passage]]]:
        """What is quoted for each part, or for the whole question."""
        chosen = [(case.asked, case._quoted(weight)) for case in self.answering]
        if all(any(p.focus for p in passages) for _, passages in chosen):
            return chosen
        return [(asked, [replace(p, focus=None) for p in passages]) for asked, passages in chosen]  # half of the answer

    def _quoted(self, weight: Weight) -> list[Passage]:
        recorded = list(self.record.passages) if self.record else []
        return recorded or extract.choose(self.ranked, self.asked, weight)

    @property
    def answering(self) -> list[Case]:
        """The parts that are told, or the whole question."""
        return [part for part in self.parts if part.told] or [self]

    @property
    def told(self) -> bool:
        """Whether the documents tell enough of it to be a part of an answer."""
        return self.assessment.confidence >= _PART * self.threshold

    @property
    def untold(self) -> list[Case]:
        """The parts that the documents do not tell."""
        return [part for part in self.parts if not part.told]

    @property
    def unmet(self) -> list[str]:
        """Numbers that a question tells and asks to confirm, and that stand nowhere near what answers it."""
        told = self.record is not None and self.record.passages
        return (
            missing_numbers(self.ranked[0].unit, self.asked) if self.asked.checking and self.ranked and not told else []
        )


@dataclass(frozen=True, slots=True)
class Weighing:
    """Makes cases of questions over one library; `threshold` is the confidence below which the evidence is too thin."""

    library: Library
    top_k: int  # chunks looked through
    threshold: float
    state: Callable[[Document], State] = lambda _: State(UNKNOWN)

    def case(self, question: str, history: Sequence[Turn]) -> Case:
        """The evidence for the question; where it does not suffice, for its last sentence that asks."""
        asked = without_framing(without_item_number(as_written(question)))
        english = gloss(asked) if looks_english(asked) else None
        understood = resolve(english or asked, history) or english
        case = self._in_parts(self._weighed(question, understood, understood or asked))
        if english is not None:
            return replace(case, assessment=of_english(case.assessment))
        alone = asking_sentence(asked)
        if case.assessment.reason is None or understood or alone is None:
            return case
        other = self._weighed(question, None, alone)
        return other if other.assessment.confidence > case.assessment.confidence else case

    def _in_parts(self, case: Case) -> Case:
        """The case with its parts, where the question asks several things and the documents tell one of them."""
        asked = [] if case.understood else parts(case.asked.text)
        cases = tuple(self._weighed(case.question, None, text, focus) for text, focus in asked)
        sure = [part.assessment.confidence for part in cases]
        if not cases or max(sure) < self.threshold:
            return case
        if not all(part.told for part in cases) and max(sure) < case.assessment.confidence:
            return case  # the whole is told better than its parts
        assessment = Assessment(round(sum(sure) / len(sure), 4), None, None)
        return replace(case, assessment=assessment, parts=cases)

    def _weighed(self, question: str, understood: str | None, text: str, focus: str | None = None) -> Case:
        focus = self.library.repair(question) if understood and not looks_english(question) else focus
        asked = understand(self.library.repair(text), focus=focus)
        ranked = rank_units(self._hits(asked), asked, self.library, lambda d: self.state(d).name == ENDED)
        record = record_of(asked, self.library, self.state)
        if record and record.passages:
            return Case(question, understood, asked, ranked, Assessment(RECORD, None, None), self.threshold, record)
        if record and asked.particular and asked.particular.particular is Particular.CHANGED:
            ranked = [
                m for m in ranked if m.unit.document.id != record.document.id
            ]  # that tells what it does to others
        assessment = assess(ranked, asked, threshold=self.threshold)
        ranked = successor_first(ranked, asked, self.state)
        return Case(question, understood, asked, ranked, assessment, self.threshold)

    def _hits(self, asked: Understanding) -> list[Hit]:
        """Chunks for the question, and for the question with the words that documents use for the same."""
        hits = self.library.search(asked.text, self.top_k)
        if not (words := self._other_words(asked)):
            return hits
        found = {hit.chunk.id: hit for hit in hits}
        for hit in self.library.search(" ".join([asked.text, *words]), self.top_k):
            found.setdefault(hit.chunk.id, replace(hit, score=_REWORDED * hit.score))
        return list(found.values())

    def _other_words(self, asked: Understanding) -> list[str]:
        """Other wordings of the question's phrases of which the index knows every word."""
        unknown = self.library.weight("\0")
        words: list[str] = []
        for wording in asked.wordings:
            pairs = zip(wording.phrases, wording.written, strict=True)
            known = (word for phrase, word in pairs if all(self.library.weight(t) < unknown for t in phrase.split()))
            words += islice(known, _WORDINGS)
        return words
