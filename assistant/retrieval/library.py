"""What the answering asks of an index: search, documents and term weights over one snapshot; knows no question."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from assistant.documents.validity import State, state_of
from assistant.retrieval.search import Searcher, Stage
from assistant.types import Document, Hit


class SnapshotLibrary:
    """A Searcher with its snapshot's documents."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher
        self._snapshot = searcher.snapshot

    def search(self, query: str, top_k: int) -> list[Hit]:
        return self._searcher.search(query, top_k)

    def search_documents(self, query: str, top_k: int, stage: Stage = "reranked") -> list[tuple[str, float]]:
        return self._searcher.search_documents(query, top_k, stage=stage)

    def document(self, identifier: str) -> Document:
        return self._snapshot.document(identifier)

    def document_ids(self) -> Sequence[str]:
        return self._snapshot.document_ids

    def chunk_count(self, identifier: str) -> int:
        return len(self._snapshot.rows_of(identifier))

    def state(self, document: Document, as_of: date) -> State:
        """Whether the document is in force on that day, as its text and the corpus tell."""
        return state_of(document, self._snapshot.changes, as_of)

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        """Cosine of the question with each text."""
        return self._searcher.similarities(question, texts)

    def repair(self, text: str) -> str:
        """The text with words that the index does not know replaced by those that they must be."""
        return self._searcher.read(text)

    def weight(self, term: str) -> float:
        return self._snapshot.lexical.idf(term)
