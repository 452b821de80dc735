"""The one path of every use: a question in, an answer with checked citations out; knows no files and no interface."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from assistant.answering import extract
from assistant.answering.abstention import REASONS, Assessment, assess
from assistant.answering.citations import checked, cite
from assistant.answering.evidence import Passage
from assistant.answering.followups import asking_sentence, parts, resolve
from assistant.answering.matching import Match
from assistant.answering.question import MAX_CHARACTERS, Understanding, understand, without_item_number
from assistant.answering.quotation import Draft, Quotation
from assistant.errors import EngineError
from assistant.types import Answer, Citation, Document, Hit, Turn
from assistant.vietnamese.normal import nfc

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from assistant.retrieval.search import Stage

# Quotations offered to an LLM, and passages named as perhaps related when abstaining.
_OFFERED = 12
_RELATED = 3


class Library(Protocol):
    """What is asked of the index."""

    def search(self, query: str, top_k: int) -> list[Hit]: ...

    def search_documents(self, query: str, top_k: int, stage: Stage = ...) -> list[tuple[str, float]]: ...

    def document(self, identifier: str) -> Document: ...

    def document_ids(self) -> Sequence[str]: ...

    def chunk_count(self, identifier: str) -> int: ...

    def weight(self, term: str) -> float: ...

    def repair(self, text: str) -> str: ...

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]: ...


class Engine(Protocol):
    """A writer that chooses quotations by number; raises EngineError when it can't."""

    def draft(self, question: str, quotations: Sequence[Quotation]) -> Draft: ...

    def stream(self, question: str, quotations: Sequence[Quotation]) -> Iterator[Draft]: ...


@dataclass(frozen=True, slots=True)
class _Case:
    """One question with its evidence."""

    question: str
    understood: str | None
    asked: Understanding
    ranked: Sequence[Match]
    assessment: Assessment
    parts: tuple[_Case, ...] = ()  # what the question asks where it asks several things

    def passages(self) -> list[Passage]:
        """What is quoted, in the order of the parts."""
        cases = self.parts or (self,)
        return extract.merged([p for case in cases for p in extract.choose(case.ranked, case.asked)])


@dataclass(frozen=True, slots=True)
class Assistant:
    """Asks one library; `created` is when its index was made (ISO), `fingerprints` what every answer stood on."""

    library: Library
    engine: Engine | None
    fingerprints: Mapping[str, str]
    created: str
    top_k: int = 8
    abstain_below: float = 0.45

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        """The answer, complete and checked; an abstention is an answer. Raises CancuError where the index fails."""
        *_, last = self._answers(question, history, streaming=False)
        return replace(last, id=id)

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        """Growing answers, each of them checked; the last one is what `ask` gives."""
        return self._answers(question, history, streaming=True)

    def search(self, query: str, *, top_k: int = 10) -> list[Hit]:
        return self.library.search(query, top_k)

    def search_documents(self, query: str, *, top_k: int = 100, stage: Stage = "reranked") -> list[tuple[str, float]]:
        """Document ids with the score of their best chunk, best first; `stage` leaves later parts of the search out."""
        return self.library.search_documents(query, top_k, stage)

    def document(self, document_id: str) -> Document:
        """Raises UnknownDocument."""
        return self.library.document(document_id)

    def documents(self) -> list[Document]:
        return [self.library.document(identifier) for identifier in self.library.document_ids()]

    def chunk_count(self, document_id: str) -> int:
        return self.library.chunk_count(document_id)

    def as_retriever(self, top_k: int = 8) -> BaseRetriever:
        from assistant.answering.retriever import as_retriever

        return as_retriever(lambda query, k: self.search(query, top_k=k), self.library.document, top_k)

    def _answers(self, question: str, history: Sequence[Turn], *, streaming: bool) -> Iterator[Answer]:
        began = time.perf_counter()
        for answer in self._untimed(nfc(question).strip()[:MAX_CHARACTERS], history, streaming=streaming):
            seconds = round(time.perf_counter() - began, 6)
            yield replace(answer, fingerprints=self.fingerprints, seconds=seconds)

    def _untimed(self, question: str, history: Sequence[Turn], *, streaming: bool) -> Iterator[Answer]:
        if not question:
            yield Answer(question, REASONS["empty_question"], abstained=True, reason="empty_question")
            return
        case = self._case(question, history)
        if case.assessment.reason is not None:
            yield self._abstention(case, case.assessment.reason, case.assessment.sentence or "")
        elif self.engine is None:
            yield self._extractive(case, None)
        else:
            yield from self._generated(self.engine, case, streaming=streaming)

    def _case(self, question: str, history: Sequence[Turn]) -> _Case:
        """The evidence for the question; where it does not suffice, for its last sentence that asks."""
        asked = without_item_number(question)
        understood = resolve(asked, history)
        case = self._in_parts(self._weighed(question, understood, understood or asked))
        alone = asking_sentence(asked)
        if case.assessment.reason is None or understood or alone is None:
            return case
        other = self._weighed(question, None, alone)
        return other if other.assessment.confidence > case.assessment.confidence else case

    def _in_parts(self, case: _Case) -> _Case:
        """The case with its parts, where the question asks several things and each of them is told."""
        asked = [] if case.understood else parts(case.asked.text)
        cases = tuple(self._weighed(case.question, None, text, focus) for text, focus in asked)
        if not cases or any(part.assessment.reason is not None for part in cases):
            return case
        assessment = min((part.assessment for part in cases), key=lambda a: a.confidence)
        return replace(case, assessment=assessment, parts=cases)

    def _weighed(self, question: str, understood: str | None, text: str, focus: str | None = None) -> _Case:
        focus = self.library.repair(question) if understood else focus
        asked = understand(self.library.repair(text), focus=focus)
        ranked = extract.rank_units(self.library.search(asked.text, self.top_k), asked, self.library)
        return _Case(question, understood, asked, ranked, assess(ranked, asked, threshold=self.abstain_below))

    def _extractive(self, case: _Case, fallback: str | None) -> Answer:
        citations = self._citations(case.passages())
        if not citations:
            return self._abstention(case, "no_citation", REASONS["no_citation"])
        return Answer(
            question=case.question,
            text="\n".join(f"«{c.quote}» [{c.number}]" for c in citations),
            citations=tuple(citations),
            reason=fallback,
            confidence=case.assessment.confidence,
            understood=case.understood,
        )

    def _abstention(self, case: _Case, reason: str, sentence: str, *, engine: str = "extractive") -> Answer:
        related = [_passage(m) for m in case.ranked[:_RELATED] if m.around > 0.2]
        return Answer(
            question=case.question,
            text=sentence,
            abstained=True,
            reason=reason,
            confidence=case.assessment.confidence,
            engine=engine,
            related=tuple(self._citations(related)),
            understood=case.understood,
        )

    def _generated(self, engine: Engine, case: _Case, *, streaming: bool) -> Iterator[Answer]:
        offered = dict(enumerate(_offered(case), start=1))
        quotations = [_quotation(number, passage) for number, passage in offered.items()]
        asked = case.understood or case.question
        try:
            drafts = engine.stream(asked, quotations) if streaming else iter([engine.draft(asked, quotations)])
            for draft in drafts:
                yield self._written(case, draft, offered)
        except EngineError as error:
            yield self._extractive(case, error.code)

    def _written(self, case: _Case, draft: Draft, offered: Mapping[int, Passage]) -> Answer:
        """The draft's sentences whose quotations are all copies, then those quotations."""
        if draft.abstained:
            return self._abstention(case, "llm_no_evidence", REASONS["no_evidence"], engine="generative")
        spans = {number: passage.span for number, passage in offered.items()}
        citations = self._citations([offered[n] for n in draft.numbers if n in offered])
        number_of = {(c.document_id, c.start, c.end): c.number for c in citations}
        known = {n: number_of.get((s.document_id, s.start, s.end)) for n, s in spans.items()}
        lines = []
        for statement in draft.statements:
            numbers = [known.get(n) for n in statement.numbers]
            if numbers and all(n is not None for n in numbers):
                lines.append(statement.text + " " + "".join(f"[{n}]" for n in numbers))
        if draft.complete and not lines:
            return self._abstention(case, "no_citation", REASONS["no_citation"], engine="generative")
        lines += [f"«{c.quote}» [{c.number}]" for c in citations]
        return Answer(
            question=case.question,
            text="\n".join(lines),
            citations=tuple(citations),
            confidence=case.assessment.confidence,
            engine="generative",
            understood=case.understood,
        )

    def _citations(self, passages: Sequence[Passage]) -> list[Citation]:
        """Citations of the passages, numbered from 1, each checked against its document as the library has it now."""
        made = [cite(passage.document, passage.span, 0) for passage in passages]
        documents = {c.document_id: self.library.document(c.document_id) for c in made}
        return [replace(c, number=n) for n, c in enumerate(checked(made, documents), start=1)]


def _passage(match: Match) -> Passage:
    return Passage(match.unit.document, match.unit.span)


def _offered(case: _Case) -> list[Passage]:
    """What an LLM may quote: the extractive choice first, then the best sentences."""
    passages = [*case.passages(), *map(_passage, case.ranked)]
    return list({passage.span: passage for passage in passages}.values())[:_OFFERED]


def _quotation(number: int, passage: Passage) -> Quotation:
    made = cite(passage.document, passage.span, number)
    return Quotation(number, passage.span, made.quote, made.title, made.headings, made.page)
