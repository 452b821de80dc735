"""BM25 over folded syllables and syllable bigrams (bm25s from integer ids); knows no documents and no vectors."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.vietnamese.syllables import search_terms

Scores = NDArray[np.float32]
K1, B = 1.2, 0.75
# Distinct terms of a query that count; a question has dozens, a hostile text millions.
MAX_QUERY_TERMS = 512


class LexicalIndex:
    """Scores every chunk of a snapshot for a query; row i is chunk i."""

    def __init__(self, folder: Path) -> None:
        import bm25s

        self._bm25 = bm25s.BM25.load(folder, mmap=True, load_corpus=False, load_vocab=False)
        vocabulary: list[str] = json.loads((folder / "terms.json").read_text(encoding="utf-8"))
        self._ids = {term: i for i, term in enumerate(vocabulary)}
        self._frequency: NDArray[np.int32] = np.load(folder / "frequency.npy", allow_pickle=False)
        self.size = int(self._bm25.scores["num_docs"])

    def scores(self, query: str) -> Scores:
        """BM25 score of each chunk, shape (size,); zero where no term of the query occurs."""
        ids = self._known_ids(search_terms(query))
        if not ids:
            return np.zeros(self.size, dtype=np.float32)
        found: Scores = np.asarray(self._bm25.get_scores_from_ids(ids), dtype=np.float32)
        return found

    def idf(self, term: str) -> float:
        """Inverse document frequency of a folded term; an unknown term is as rare as can be."""
        i = self._ids.get(term)
        n = int(self._frequency[i]) if i is not None else 0
        return float(np.log(1 + (self.size - n + 0.5) / (n + 0.5)))

    def knows(self, term: str) -> bool:
        return term in self._ids

    def _known_ids(self, terms: list[str]) -> list[int]:
        distinct = dict.fromkeys(terms)
        return [self._ids[t] for t in distinct if t in self._ids][:MAX_QUERY_TERMS]


def build_lexical_index(texts: Iterable[str], folder: Path) -> None:
    """Writes the index of `texts` (chunk i is text i) into an empty folder."""
    import bm25s

    ids, vocabulary = _term_ids(texts)
    index = bm25s.BM25(method="lucene", k1=K1, b=B)
    index.index((ids, vocabulary), create_empty_token=False, show_progress=False)
    index.save(folder, corpus=None)
    (folder / "vocab.index.json").unlink()  # ours is terms.json, in the order of ids
    terms = list(vocabulary)
    (folder / "terms.json").write_text(json.dumps(terms, ensure_ascii=False), encoding="utf-8")
    np.save(folder / "frequency.npy", _frequency(ids, len(terms)), allow_pickle=False)


def _term_ids(texts: Iterable[str]) -> tuple[list[NDArray[np.int32]], dict[str, int]]:
    vocabulary: dict[str, int] = {}
    rows: list[NDArray[np.int32]] = []
    for text in texts:
        row = [vocabulary.setdefault(term, len(vocabulary)) for term in search_terms(text)]
        rows.append(np.asarray(row, dtype=np.int32))
    return rows, vocabulary


def _frequency(rows: Sequence[NDArray[np.int32]], size: int) -> NDArray[np.int32]:
    counts = np.zeros(size, dtype=np.int32)
    for row in rows:
        counts[np.unique(row)] += 1
    return counts
