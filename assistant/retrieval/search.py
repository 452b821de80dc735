"""Fused search: normalised lexical and dense scores, summed with one tuned weight; knows no answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.encoder import Encoder
from assistant.retrieval.snapshot import Snapshot
from assistant.types import Hit
from assistant.vietnamese.normal import nfc

Scores = Mapping[int, float]
# Characters of a query that count.
MAX_QUERY = 8_000


def fuse(lexical: Scores, dense: Scores, *, dense_weight: float) -> dict[int, float]:
    """Weighted sum of the two score lists, each divided by its own best score; a negative cosine counts as zero."""
    best_lexical, best_dense = max(lexical.values(), default=0.0) or 1.0, max(dense.values(), default=0.0)
    best_dense = best_dense if best_dense > 0 else 1.0
    return {
        row: (1 - dense_weight) * lexical.get(row, 0.0) / best_lexical
        + dense_weight * max(0.0, dense.get(row, 0.0)) / best_dense
        for row in lexical.keys() | dense.keys()
    }


class Searcher:
    """Searches one snapshot with one encoder."""

    def __init__(self, snapshot: Snapshot, encoder: Encoder, *, dense_weight: float, candidates: int) -> None:
        self.snapshot = snapshot
        self._lexical, self._vectors = snapshot.lexical, snapshot.vectors  # now: later indexing may drop the folder
        self._encoder = encoder
        self._dense_weight = dense_weight
        self._candidates = candidates

    def search(self, query: str, top_k: int) -> list[Hit]:
        """The best chunks, best first; empty where nothing of the query is known."""
        ranked, parts = self._rank(query, max(self._candidates, top_k))
        return [Hit(self.snapshot.chunk(row), score, parts[row]) for row, score in ranked[:top_k]]

    def search_documents(self, query: str, top_k: int) -> list[tuple[str, float]]:
        """Documents by their best chunk."""
        depth = max(self._candidates, top_k)
        while True:
            ranked, _ = self._rank(query, depth)
            best: dict[str, float] = {}
            for row, score in ranked:
                best.setdefault(self.snapshot.document_id_of(row), score)
            if len(best) >= top_k or depth >= self.snapshot.manifest.chunks or len(ranked) < depth:
                return list(best.items())[:top_k]
            depth *= 2

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Cosine of the question with each text, as the encoder sees them."""
        vectors = self._encoder.encode([question[:MAX_QUERY], *texts])
        return [float(s) for s in vectors[1:] @ vectors[0]]

    def _rank(self, query: str, depth: int) -> tuple[list[tuple[int, float]], dict[int, dict[str, float]]]:
        query = nfc(query)[:MAX_QUERY]
        lexical_scores = self._lexical.scores(query)
        lexical = _best(lexical_scores, depth)
        vector = self._encoder.encode([query])[0]
        dense = self._vectors.search(vector, depth) if self._dense_weight > 0 and vector.any() else {}
        rows = sorted(lexical.keys() | dense.keys())
        if dense:  # every candidate gets both of its scores
            missing = [row for row in rows if row not in dense]
            dense |= dict(zip(missing, self._vectors.similarities(vector, missing).tolist(), strict=True))
        lexical = {row: float(lexical_scores[row]) for row in rows}
        fused = fuse(lexical, dense, dense_weight=self._dense_weight)
        ranked = sorted(((row, score) for row, score in fused.items() if score > 0), key=lambda p: (-p[1], p[0]))
        parts = {row: {"lexical": lexical[row], "dense": dense.get(row, 0.0)} for row in rows}
        return ranked, parts


def _best(scores: NDArray[np.float32], depth: int) -> dict[int, float]:
    top = np.argpartition(-scores, depth)[:depth] if len(scores) > depth else np.arange(len(scores))
    return {int(row): float(scores[row]) for row in top if scores[row] > 0}
