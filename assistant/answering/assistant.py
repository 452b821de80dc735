"""The one path of every use: a question in, an answer with checked citations out; knows no files and no interface."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Protocol

from assistant.answering.abstention import REASONS
from assistant.answering.cases import Case, Library, Weighing
from assistant.answering.citations import checked, cite
from assistant.answering.compose import amended, differing, ended, in_force, not_yet, untold, without_part, wording
from assistant.answering.currency import current, in_force_first
from assistant.answering.evidence import Passage
from assistant.answering.explanation import Explanation, explain
from assistant.answering.extract import merged
from assistant.answering.matching import Match, Weight
from assistant.answering.question import MAX_CHARACTERS
from assistant.answering.quotation import Draft, Quotation
from assistant.documents.scope import EVERYTHING, Scope
from assistant.documents.validity import AMENDED, DONE, ENDED, NOT_YET, PARTLY, UNKNOWN, State, name_of
from assistant.errors import EngineError
from assistant.types import Answer, Citation, Document, Hit, Turn
from assistant.vietnamese.normal import nfc

if TYPE_CHECKING:
    from langchain_core.retrievers import BaseRetriever

    from assistant.retrieval.search import Stage

# Quotations offered to an LLM, and passages named as perhaps related when abstaining.
_OFFERED = 12
_RELATED = 3
# Abstentions after which another scope may help.
_SEARCHED = {"no_evidence", "thin_evidence", "missing_detail", "no_citation", "llm_no_evidence"}


class Engine(Protocol):
    """A writer that chooses quotations by number; raises EngineError when it can't."""

    def draft(self, question: str, quotations: Sequence[Quotation]) -> Draft: ...

    def stream(self, question: str, quotations: Sequence[Quotation]) -> Iterator[Draft]: ...


@dataclass(frozen=True, slots=True)
class Assistant:
    """Asks one library; `created` is when its index was made (ISO), `fingerprints` what every answer stood on.

    `states` tells whether a document is in force on a day; `as_of` is that day, None for today. `scope` is what the
    library was narrowed to.
    """

    library: Library
    engine: Engine | None
    fingerprints: Mapping[str, str]
    created: str
    top_k: int = 8
    abstain_below: float = 0.33
    states: Callable[[Document, date], State] | None = None
    as_of: date | None = None
    scope: Scope = EVERYTHING

    def within(self, scope: Scope) -> Assistant:
        """The assistant that answers from, finds and lists nothing but the documents of the scope."""
        if not scope:
            return self
        told = " · ".join(filter(None, (self.scope.shown, scope.shown)))
        library = self.library.within(scope, self.as_of or date.today())
        return replace(self, library=library, scope=scope, fingerprints={**self.fingerprints, "scope": told})

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        """The answer, complete and checked; an abstention is an answer. Raises CancuError where the index fails."""
        *_, last = self._answers(question, history, streaming=False)
        return replace(last, id=id)

    def explain(self, question: str, *, history: Sequence[Turn] = ()) -> Explanation:
        """What `ask` would decide on, without an engine: the same case, told instead of answered."""
        return explain(self._weighing.case(_read(question), history), self.library.weight, self.abstain_below)

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

    def state(self, document: Document) -> State:
        """Whether the document is in force; unknown where nothing tells."""
        return self.states(document, self.as_of or date.today()) if self.states else State(UNKNOWN)

    def chunk_count(self, document_id: str) -> int:
        return self.library.chunk_count(document_id)

    def as_retriever(self, top_k: int = 8) -> BaseRetriever:
        from assistant.answering.retriever import as_retriever

        return as_retriever(lambda query, k: self.search(query, top_k=k), self.library.document, top_k)

    @property
    def _weighing(self) -> Weighing:
        return Weighing(self.library, self.top_k, self.abstain_below, self.state)

    def _answers(self, question: str, history: Sequence[Turn], *, streaming: bool) -> Iterator[Answer]:
        began = time.perf_counter()
        for answer in self._untimed(_read(question), history, streaming=streaming):
            seconds = round(time.perf_counter() - began, 6)
            yield replace(answer, fingerprints=self.fingerprints, seconds=seconds)

    def _untimed(self, question: str, history: Sequence[Turn], *, streaming: bool) -> Iterator[Answer]:
        if not question:
            yield Answer(question, REASONS["empty_question"], abstained=True, reason="empty_question")
            return
        if self.scope and not self.library.document_ids():
            told = REASONS["empty_scope"].format(scope=self.fingerprints["scope"])
            yield Answer(question, told, abstained=True, reason="empty_scope")
            return
        case = self._weighing.case(question, history)
        if case.assessment.reason is not None:
            yield self._abstention(case, case.assessment.reason, case.assessment.sentence or "")
        elif self.engine is None:
            yield self._extractive(case, None)
        else:
            yield from self._generated(self.engine, case, streaming=streaming)

    def _extractive(self, case: Case, fallback: str | None) -> Answer:
        chosen = case.chosen(self.library.weight)
        told = [passage for _, passages in chosen for passage in passages]
        states = {p.document.id: self.state(p.document) for p in told}
        chosen = [(asked, in_force_first(passages, states, asked)) for asked, passages in chosen]
        passages = merged([passage for _, found in chosen for passage in found])
        citations = self._citations(passages, states)
        if not citations:
            return self._abstention(case, "no_citation", REASONS["no_citation"])
        records = [part.record for part in case.answering if part.record and part.record.passages]
        notes = [in_force(name_of(r.document), self.state(r.document)) for r in records if r.states]
        if not records:
            differ = (differing(asked.asked, current(found, states)) for asked, found in chosen)
            notes += [note for note in differ if note]
        notes += [untold(unmet)] if (unmet := case.unmet) else []
        notes += [without_part(part.asked.text) for part in case.untold]
        asked_about = {record.document.id for record in records if record.states}
        notes += self._of_states([c for c in citations if c.document_id not in asked_about])
        focuses = [(p.document.id, p.focus) for _, found in chosen for p in found if p.focus]
        words = wording(citations, list(dict.fromkeys(notes)), focuses)
        return Answer(
            question=case.question,
            text=words.text,
            citations=tuple(citations),
            reason=fallback,
            confidence=case.assessment.confidence,
            understood=case.understood,
            direct=words.direct,
        )

    def _abstention(self, case: Case, reason: str, sentence: str, *, engine: str = "extractive") -> Answer:
        if self.scope and reason in _SEARCHED:
            sentence += f" Trợ lý chỉ tìm trong phạm vi đã chọn: {self.fingerprints['scope']}."
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

    def _generated(self, engine: Engine, case: Case, *, streaming: bool) -> Iterator[Answer]:
        offered = dict(enumerate(_offered(case, self.library.weight), start=1))
        quotations = [_quotation(number, passage) for number, passage in offered.items()]
        asked = case.understood or case.question
        try:
            drafts = engine.stream(asked, quotations) if streaming else iter([engine.draft(asked, quotations)])
            for draft in drafts:
                yield self._written(case, draft, offered)
        except EngineError as error:
            yield self._extractive(case, error.code)

    def _written(self, case: Case, draft: Draft, offered: Mapping[int, Passage]) -> Answer:
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
        lines += self._of_states(citations) if draft.complete else []
        return Answer(
            question=case.question,
            text="\n".join(lines),
            citations=tuple(citations),
            confidence=case.assessment.confidence,
            engine="generative",
            understood=case.understood,
        )

    def _citations(self, passages: Sequence[Passage], states: Mapping[str, State] | None = None) -> list[Citation]:
        """Citations of the passages, numbered from 1, each checked against its document as the library has it now."""
        made = [cite(passage.document, passage.span, 0, passage.focus) for passage in passages]
        documents = {c.document_id: self.library.document(c.document_id) for c in made}
        known = states or {identifier: self.state(document) for identifier, document in documents.items()}
        return [
            replace(c, number=n, state=known[c.document_id].name, state_note=known[c.document_id].note)
            for n, c in enumerate(checked(made, documents), start=1)
        ]

    def _of_states(self, citations: Sequence[Citation]) -> list[str]:
        """A note for each document cited that others have ended or changed, or that is not in force yet."""
        told = {c.document_id: (c.state, c.state_note) for c in citations}
        names = {identifier: name_of(self.library.document(identifier)) for identifier in told}
        notes = []
        for identifier, (state, note) in told.items():
            if note and state == ENDED and note.startswith(DONE):
                notes.append(ended(names[identifier], note))
            elif note and state in (AMENDED, PARTLY):
                notes.append(amended(names[identifier], note))
            elif note and state == NOT_YET:
                notes.append(not_yet(names[identifier], note))
        return notes


def _read(question: str) -> str:
    return nfc(question).strip()[:MAX_CHARACTERS]


def _passage(match: Match) -> Passage:
    return Passage(match.unit.document, match.unit.span)


def _offered(case: Case, weight: Weight) -> list[Passage]:
    """What an LLM may quote: the extractive choice first, then the best sentences."""
    passages = [*case.passages(weight), *map(_passage, case.ranked)]
    return list({passage.span: passage for passage in passages}.values())[:_OFFERED]


def _quotation(number: int, passage: Passage) -> Quotation:
    made = cite(passage.document, passage.span, number)
    return Quotation(number, passage.span, made.quote, made.title, made.headings, made.page)
