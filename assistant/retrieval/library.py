"""What the answering asks of an index: search, documents and term weights over one snapshot; knows no question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from assistant.documents.scope import Facts, Scope, facts_of
from assistant.documents.validity import Change, State, changes_to, state_of
from assistant.retrieval.search import Searcher, Stage
from assistant.types import Document, Hit


class SnapshotLibrary:
    """A Searcher with its snapshot's documents, of which only some are found where it is of a scope."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._snapshot = searcher.snapshot
        self._meant: NDArray[np.bool_] | None = None  # by document
        self._rows: NDArray[np.int64] | None = None  # chunks that are found
        # Every document is read for them: once for each day that is asked for.
        self._facts: Callable[[date], Sequence[Facts]] = lru_cache(maxsize=4)(self._read_facts)

    def within(self, scope: Scope, as_of: date) -> SnapshotLibrary:
        """The same library, finding nothing but what the scope means on that day; every document still opens."""
        narrowed = SnapshotLibrary(self._searcher)
        narrowed._facts = self._facts
        meant = np.asarray(scope.allows(self._facts(as_of)), dtype=np.bool_)
        narrowed._meant = meant if self._meant is None else meant & self._meant
        narrowed._rows = self._snapshot.rows_among(narrowed._meant)
        return narrowed

    def _read_facts(self, as_of: date) -> Sequence[Facts]:
        documents = map(self._snapshot.document, self._snapshot.document_ids)
        return [facts_of(document, self.state(document, as_of)) for document in documents]

    def search(self, query: str, top_k: int) -> list[Hit]:
        return self._searcher.search(query, top_k, among=self._rows)

    def search_documents(self, query: str, top_k: int, stage: Stage = "reranked") -> list[tuple[str, float]]:
        return self._searcher.search_documents(query, top_k, stage=stage, among=self._rows)

    def document(self, identifier: str) -> Document:
        return self._snapshot.document(identifier)

    def document_ids(self) -> Sequence[str]:
        """Those that are found."""
        ids = self._snapshot.document_ids
        return ids if self._meant is None else [ids[place] for place in np.flatnonzero(self._meant)]

    def chunk_count(self, identifier: str) -> int:
        return len(self._snapshot.rows_of(identifier))

    def state(self, document: Document, as_of: date) -> State:
        """Whether the document is in force on that day, as its text and the corpus tell."""
        return state_of(document, self._snapshot.changes, as_of)

    def changes(self, document: Document) -> Sequence[Change]:
        """What documents that are found do to this one."""
        told = changes_to(document, self._snapshot.changes)
        found = None if self._meant is None or not told else set(self.document_ids())
        return [change for change in told if found is None or change.by in found]

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Cosine of the question with each text."""
        return self._searcher.similarities(question, texts)

    def repair(self, text: str) -> str:
        """The text with words that the index does not know replaced by those that they must be."""
        return self._searcher.read(text)

    def weight(self, term: str) -> float:
        return self._snapshot.lexical.idf(term)
