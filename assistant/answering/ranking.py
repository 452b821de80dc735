"""The sentences that may answer a question, best first; chooses no quotation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from assistant.answering.amending import amending_units
from assistant.answering.asked import Asked
from assistant.answering.evidence import (
    Unit,
    articles_titled,
    provisions_of,
    signature_of,
    units_of,
    without_documents,
    words_of,
)
from assistant.answering.matching import Match, match
from assistant.answering.missing import is_named, names
from assistant.answering.question import Understanding, about
from assistant.documents.validity import Change
from assistant.types import Document, Hit

# How many chunks are looked through for those of a document that the question names.
_DEEP = 400
# An article may be named by its title where the question says at least this many words of it.
_TITLE_TERMS = 4
# … and a document without its number, by this share of the question's words.
_SHARE_OF_TITLE = 0.7
# … and is quoted whole up to this many characters where its document is not named.
_PROVISION = 1500
# A list is taken whole up to this many characters.
_LONG_LIST = 6000


class Measures(Protocol):
    """What the ranking asks of the index."""

    def search(self, query: str, top_k: int) -> list[Hit]: ...

    def document(self, identifier: str) -> Document: ...

    def changes(self, document: Document) -> Sequence[Change]: ...

    def weight(self, term: str) -> float: ...

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]: ...


def rank_units(
    hits: Sequence[Hit],
    question: Understanding,
    library: Measures,
    ended: Callable[[Document], bool] = lambda _: False,
) -> list[Match]:
    """Every sentence of the hits, best first; the same words twice are kept once, not of a document that has ended."""
    units = _evidence(hits, question, library)
    similar = library.similarities(question.text, [unit.text for unit in units])
    weights = {term: library.weight(term) for term in question.terms}
    matches = [match(u, question, weights, s) for u, s in zip(units, similar, strict=True)]
    ranked = sorted(matches, key=lambda m: (-m.score, m.unit.document.id, m.unit.start))
    unique: dict[tuple[str, ...], Match] = {}
    for m in ranked:
        key = (*m.unit.terms, m.unit.document.id if m.unit.provision else "")
        kept = unique.setdefault(key, m)
        if kept is not m and not is_named(kept.unit.document, question) and ended(kept.unit.document):
            unique[key] = m if not ended(m.unit.document) else kept
    return list(unique.values())


def _evidence(hits: Sequence[Hit], question: Understanding, library: Measures) -> list[Unit]:
    """The sentences of the hits; of a document or a provision that the question names, what it asks for comes first."""
    named: list[Hit] = []
    if question.documents:
        deep = library.search(without_documents(question.text), _DEEP)
        named = [h for h in deep if is_named(library.document(h.chunk.span.document_id), question)][: len(hits)]
    found = list({hit.chunk.id: hit for hit in [*named, *hits]}.values())
    provisions = _provisions(found, question, library)
    return (
        provisions
        if provisions and (question.provision or question.signed)
        else [*provisions, *units_of(found, library.document, headings=question.placed)]
    )


def _provisions(hits: Sequence[Hit], question: Understanding, library: Measures) -> list[Unit]:
    """The provision that the question names by its number, or the articles that it names by their title."""
    documents = [library.document(i) for i in dict.fromkeys(hit.chunk.span.document_id for hit in hits)]
    if question.documents:
        documents = [d for d in documents if is_named(d, question)]
    if question.provision:
        named = [d for d in documents if names(d, question)]
        own = [unit for d in named or documents for unit in provisions_of(d, question.provision)]
        return [*own, *(unit for d in named for unit in amending_units(d, question.provision, _amenders(d, library)))]
    if question.signed:
        return [unit for d in documents if _is_meant(d, question) for unit in signature_of(d)]
    terms = about(question)
    if question.asked not in (Asked.OTHER, Asked.PERSON) or len(terms) < _TITLE_TERMS:
        return []
    longest = _LONG_LIST if question.documents else _PROVISION
    return [unit for d in documents for unit in articles_titled(d, terms) if unit.end - unit.start <= longest]


def _amenders(document: Document, library: Measures) -> list[Document]:
    changes = (c for c in library.changes(document) if not c.whole and c.kind != "extends")
    return [library.document(identifier) for identifier in dict.fromkeys(c.by for c in changes)]


def _is_meant(document: Document, question: Understanding) -> bool:
    """The document is named, or the question names its kind and most of what its title says, and no number."""
    if question.documents or question.numbers:
        return is_named(document, question)
    terms = words_of([document.title]).terms
    return _SHARE_OF_TITLE * len(about(question)) <= len(about(question) & terms)
