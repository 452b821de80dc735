"""Answers from what is known of a document: each with the words of a document that say so; ranks no sentences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from assistant.answering.evidence import Passage, words_of
from assistant.answering.lists import lead_in
from assistant.answering.missing import names
from assistant.answering.particulars import Particular, Wanted
from assistant.answering.question import Understanding
from assistant.documents.stated import (
    Stated,
    beginning_stated,
    ending_stated,
    issue_stated,
    issuer_stated,
    number_stated,
    relation_stated,
)
from assistant.documents.validity import ENDED, UNKNOWN, Change, State, keys_of, number_key
from assistant.types import Document, Hit, Relation, Span

# Chunks among which the document is looked for, and documents that are told where several change it.
_DEEP, _MOST = 100, 10


class Records(Protocol):
    """What is asked of the index."""

    def search(self, query: str, top_k: int) -> list[Hit]: ...

    def document(self, identifier: str) -> Document: ...

    def changes(self, document: Document) -> Sequence[Change]: ...


@dataclass(frozen=True, slots=True)
class Record:
    """The document asked about and what is quoted; no passages where nothing tells what was asked of it.

    `states` tells that its state is to be said beside the quotations.
    """

    document: Document
    passages: tuple[Passage, ...] = ()
    states: bool = False


def record_of(question: Understanding, library: Records, state: Callable[[Document], State]) -> Record | None:
    """None where the question asks no such thing, or names no one document."""
    wanted = question.particular
    if wanted is None:
        return None
    hits = library.search(question.text, _DEEP)
    found = dict.fromkeys(hit.chunk.span.document_id for hit in hits)
    documents = [d for d in map(library.document, found) if _is_meant(d, question, wanted)]
    if not documents or len({number_key(d.number or d.id) for d in documents}) > 1:
        return None
    first: Record | None = None
    for document in documents:  # copies of one document
        passages = tuple(dict.fromkeys(_passages(document, wanted, library, state)))
        states = bool(passages) and wanted.particular in (Particular.STATE, Particular.ENDED)
        if passages:
            return Record(document, passages, states)
        first = first or Record(document)
    return first


def _is_meant(document: Document, question: Understanding, wanted: Wanted) -> bool:
    terms = words_of([document.title, document.issuer or ""]).terms
    return set(wanted.rest) <= terms and (not wanted.numbered or names(document, question))


def _passages(
    document: Document, wanted: Wanted, library: Records, state: Callable[[Document], State]
) -> Iterator[Passage]:
    match wanted.particular:
        case Particular.ISSUED:
            yield from _quoted(document, issue_stated(document))
        case Particular.ISSUER:
            yield from _quoted(document, issuer_stated(document))
        case Particular.EFFECTIVE:
            yield from _beginning(document)
        case Particular.CHANGES:
            done = [r for r in document.relations if r.kind in wanted.kinds]
            yield from _of_relations(document, done[:_MOST])
        case Particular.CHANGED:
            changes = [c for c in library.changes(document) if c.kind in wanted.kinds]
            yield from _by_others(document, library, changes, "number")
        case Particular.STATE | Particular.ENDED:
            yield from _in_force(document, library, state(document), end=wanted.particular is Particular.ENDED)


def _quoted(document: Document, stated: Stated | None, *, valued: bool = True) -> Iterator[Passage]:
    if stated is not None:
        span = Span(document.id, stated.start, stated.end)
        yield Passage(document, span, stated.value if valued else None)


def _beginning(document: Document, *, valued: bool = True) -> Iterator[Passage]:
    """The sentence that says when it begins; where that is the day of issue, with the line that tells the day."""
    stated = beginning_stated(document)
    yield from _quoted(document, stated, valued=valued)
    if stated is not None and stated.value is None:
        yield from _quoted(document, issue_stated(document), valued=valued and document.effective == document.issued)


def _of_relations(document: Document, done: Iterable[Relation], *, valued: bool = True) -> Iterator[Passage]:
    for relation in done:
        if lead := lead_in(document.text, relation.start):
            yield Passage(document, Span(document.id, *lead))
        yield from _quoted(document, relation_stated(document, relation), valued=valued)


def _by_others(document: Document, library: Records, changes: Iterable[Change], show: str) -> Iterator[Passage]:
    """Of each what it says of the document, with what is to be shown: its `number`, the `day` it begins, or nothing."""
    keys = keys_of(document)
    for change in list({c.number or c.by: c for c in changes}.values())[:_MOST]:
        other = library.document(change.by)
        told = (r for r in other.relations if r.kind == change.kind and r.number and number_key(r.number) in keys)
        relation = next(told, None)
        if relation is None:
            continue
        if show == "number":
            yield from _quoted(other, number_stated(other, change.number))
        yield from _of_relations(other, [relation], valued=False)
        if show != "number":
            yield from _beginning(other, valued=show == "day")


def _in_force(document: Document, library: Records, state: State, *, end: bool) -> Iterator[Passage]:
    """What ends it; where nothing does, what begins it and what amends it."""
    changes = library.changes(document)
    enders = [c for c in changes if c.whole and c.kind in ("replaces", "repeals")]
    if enders and (end or state.name in (ENDED, UNKNOWN)):
        yield from _by_others(document, library, enders, "day" if end else "")
    elif state.name != UNKNOWN:
        ends = ending_stated(document)
        yield from _quoted(document, ends, valued=end)
        if ends is None:
            yield from _beginning(document, valued=False)
            yield from _by_others(document, library, [c for c in changes if c.by in state.by], "")
