"""BM25 over folded syllables, their bigrams and the keys of documents and days; knows no documents and no vectors."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.aliases import Aliases, Definitions
from assistant.retrieval.forward import ForwardIndex, ForwardWriter
from assistant.retrieval.postings import build_postings, idf, open_postings
from assistant.vietnamese.numbers import plain_number
from assistant.vietnamese.syllables import bigrams, extra_terms, index_terms

Scores = NDArray[np.float32]
# Terms of a query that count; a question has dozens, a hostile text millions.
MAX_QUERY_TERMS = 512


class LexicalIndex:
    """Scores every chunk of a snapshot for a query; row i is chunk i.

    Raises OSError, ValueError, KeyError where a file of the folder is damaged.
    """

    def __init__(self, folder: Path) -> None:
        self.forward = ForwardIndex(folder)
        self.postings = open_postings(folder)
        self.aliases = Aliases.load(folder)
        self.size = self.forward.size

    def scores(self, query: str) -> Scores:
        """BM25 score of each chunk, shape (size,); zero where no term of the query occurs. Raises IndexDamaged."""
        scores = np.zeros(self.size, dtype=np.float32)
        weights = self.codes(query)
        self.postings.add_to(scores, np.fromiter(weights, np.int64, len(weights)), list(weights.values()))
        return scores

    def codes(self, query: str) -> dict[int, float]:
        """The distinct terms, bigrams and keys of a query that the index may hold, as codes with their weights.

        What the documents' own short forms add weighs less than what the query says.
        """
        terms = index_terms(query)[:MAX_QUERY_TERMS]
        keys = extra_terms(query)[:MAX_QUERY_TERMS]
        own = dict.fromkeys((self._code(term) for term in (*terms, *bigrams(terms), *keys)), 1.0)
        added = {self._code(term): weight for term, weight in self.aliases.expand_query(terms)}
        return {code: weight for code, weight in (added | own).items() if code >= 0}

    def frequency(self, term: str) -> int:
        """Chunks that hold a folded term, or two neighbours joined by `_`."""
        return int(self.postings.frequency(np.asarray([self._code(term)]))[0])

    def idf(self, term: str) -> float:
        """Inverse document frequency of a folded term; an unknown term is as rare as can be."""
        return float(idf(self.postings.frequency(np.asarray([self._code(term)])), self.size)[0])

    def _code(self, term: str) -> int:
        """-1 for a term that no chunk has, or whose syllables none has."""
        ids = [self._id(part) for part in term.split("_")]
        if min(ids) < 0 or len(ids) > 2:
            return -1
        return ids[0] if len(ids) == 1 else (ids[0] + 1 << 32) | ids[1]

    def _id(self, term: str) -> int:
        return self.forward.term_ids.get(plain_number(term) if term[:1].isdigit() else term, -1)


class LexicalWriter:
    """Writes the index of chunks as they are added, in their order, into an empty folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forward = ForwardWriter(folder)
        self._definitions = Definitions()

    def add(self, title: str, headings: Sequence[str], body: str) -> None:
        self._forward.add(title, headings, body)
        self._definitions.add(body)

    def finish(self) -> None:
        self._forward.finish()
        self._definitions.aliases().save(self._folder)
        build_postings(ForwardIndex(self._folder), self._folder)

    def close(self) -> None:
        self._forward.close()


def build_lexical_index(texts: Iterable[str], folder: Path) -> None:
    """Writes the index of plain `texts` (chunk i is text i) into an empty folder."""
    writer = LexicalWriter(folder)
    for text in texts:
        writer.add("", (), text)
    writer.finish()
