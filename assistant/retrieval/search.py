"""Search in one snapshot: words and vectors find candidates, their scores are fused, a ranker orders the best.

Knows no answers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.encoder import Encoder
from assistant.retrieval.reranking import Candidates, Reranker
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.spelling import repair
from assistant.types import Hit
from assistant.vietnamese.normal import nfc

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]
# How far a search goes: each stage alone, for measuring, and the whole.
Stage = Literal["lexical", "dense", "fused", "reranked"]
# Characters of a query that count.
MAX_QUERY = 8_000
_BLOCK = 64  # rows whose best score stands for them
# How fast a hit's score falls with the reranker's: a distance of one halves it or so.
_SPREAD = 0.5


def fuse(lexical: Floats, dense: Floats, *, dense_weight: float) -> Floats:
    """Weighted sum of the two score lists, each divided by its own best score; a negative cosine counts as zero."""
    return (1 - dense_weight) * _normal(lexical) + dense_weight * _normal(dense)


def _normal(scores: Floats) -> Floats:
    best = float(scores.max(initial=0.0))
    return np.maximum(scores, 0.0) / (best if best > 0 else 1.0)


@dataclass(frozen=True, slots=True)
class Ranked:
    """Chunks best first with their final scores (0 to 1) and what each part gave."""

    rows: NDArray[np.int64]
    scores: Floats
    parts: Mapping[str, Floats]

    def take(self, order: NDArray[np.int64]) -> Ranked:
        return Ranked(self.rows[order], self.scores[order], {name: part[order] for name, part in self.parts.items()})


class Searcher:
    """Searches one snapshot with one encoder and, where there is one, a reranker."""

    def __init__(
        self,
        snapshot: Snapshot,
        encoder: Encoder,
        *,
        dense_weight: float,
        candidates: int,
        reranker: Reranker | None = None,
    ) -> None:
        self.snapshot = snapshot
        self._lexical, self._vectors = snapshot.lexical, snapshot.vectors  # now: later indexing may drop the folder
        self._encoder = encoder
        self._dense_weight = dense_weight
        self._candidates = candidates
        self._reranker = reranker

    def search(self, query: str, top_k: int, *, stage: Stage = "reranked", among: Rows | None = None) -> list[Hit]:
        """The best chunks, best first, `among` these where given; empty where nothing of the query is known."""
        ranked = self._rank(self.read(query), max(self._candidates, top_k), stage, among)
        best = ranked.take(np.arange(min(top_k, len(ranked.rows))))
        return [
            Hit(self.snapshot.chunk(row), score, {name: float(part[i]) for name, part in best.parts.items()})
            for i, (row, score) in enumerate(zip(best.rows.tolist(), best.scores.tolist(), strict=True))
        ]

    def search_documents(
        self, query: str, top_k: int, *, stage: Stage = "reranked", among: Rows | None = None
    ) -> list[tuple[str, float]]:
        """Documents by their best chunk, of those `among` these."""
        query = self.read(query)
        depth = max(self._candidates, top_k)
        while True:
            ranked = self._rank(query, depth, stage, among)
            best: dict[str, float] = {}
            for row, score in zip(ranked.rows.tolist(), ranked.scores.tolist(), strict=True):
                best.setdefault(self.snapshot.document_id_of(row), score)
            if len(best) >= top_k or depth >= self.snapshot.manifest.chunks or len(ranked.rows) < depth:
                return list(best.items())[:top_k]
            depth *= 2

    def similarities(self, question: str, texts: Sequence[str]) -> list[float]:
        """Cosine of the question with each text, as the encoder sees them."""
        vectors = self._encoder.encode([question[:MAX_QUERY], *texts])
        return [float(s) for s in vectors[1:] @ vectors[0]]

    def read(self, query: str) -> str:
        """The query as it is searched: in normal form, what can't be Vietnamese repaired to what the index knows."""
        return repair(nfc(query[: 2 * MAX_QUERY])[:MAX_QUERY], self._lexical.frequency)

    def candidates(self, query: str, most: int) -> Candidates:
        """What a reranker is given for a query."""
        query = self.read(query)
        return self._candidates_of(query, self._rank(query, max(self._candidates, most), "fused"), most)

    def _candidates_of(self, query: str, ranked: Ranked, most: int) -> Candidates:
        lexical, dense = (ranked.parts[name][:most] for name in ("lexical", "dense"))
        return Candidates(query, ranked.rows[:most], lexical, dense)

    def _rank(self, query: str, depth: int, stage: Stage, among: Rows | None = None) -> Ranked:
        weight = {"lexical": 0.0, "dense": 1.0}.get(stage, self._dense_weight)
        scores = self._lexical.scores(query) if weight < 1 else np.zeros(self._lexical.size, np.float32)
        scores = scores if among is None else _only(scores, among)
        rows = _best(scores, depth)
        rows, dense = self._near(query, rows, depth, among) if weight > 0 else (rows, np.zeros(len(rows)))
        lexical = scores[rows].astype(np.float64)
        fused = fuse(lexical, dense, dense_weight=weight)
        order = np.argsort(-fused, kind="stable")
        ranked = Ranked(rows, fused, {"lexical": lexical, "dense": dense}).take(order[fused[order] > 0])
        return self._reranked(query, ranked) if stage == "reranked" else ranked

    def _near(self, query: str, rows: Rows, depth: int, among: Rows | None) -> tuple[Rows, Floats]:
        """The rows and those nearest to the query, with the similarity of each: every candidate gets both scores."""
        vector = self._encoder.encode([query])[0]
        if not vector.any():
            return rows, np.zeros(len(rows))
        near = self._vectors.search(vector, depth, among)
        rows = np.union1d(rows, np.fromiter(near, np.int64, len(near)))
        return rows, self._vectors.similarities(vector, rows).astype(np.float64)

    def _reranked(self, query: str, ranked: Ranked) -> Ranked:
        """The head in the reranker's order, its scores made relative to the best; the rest follows as it was."""
        if self._reranker is None or not len(ranked.rows):
            return ranked
        most = self._reranker.most
        own = self._reranker.scores(self._candidates_of(query, ranked, most), self.snapshot)
        order = np.argsort(-own, kind="stable")
        head = np.exp(_SPREAD * (own[order] - own.max()))
        tail = ranked.scores[most:] / ranked.scores[0] * head[-1]
        order = np.concatenate([order, np.arange(len(order), len(ranked.rows))])
        best = ranked.take(order)
        reranked = np.concatenate([own, np.full(len(tail), own.min())])[order]
        return Ranked(
            best.rows, np.concatenate([head, tail]), {**best.parts, "fused": best.scores, "reranked": reranked}
        )


def _only(scores: NDArray[np.float32], among: Rows) -> NDArray[np.float32]:
    """The scores of these rows; the others have none."""
    kept = np.zeros_like(scores)
    kept[among] = scores[among]
    return kept


def _best(scores: NDArray[np.float32], depth: int) -> NDArray[np.int64]:
    """The rows of the `depth` best scores above zero, in the order of rows; of equal scores the first rows."""
    above = np.flatnonzero((scores >= _floor(scores, depth)) & (scores > 0))
    best = above[np.argsort(-scores[above], kind="stable")[:depth]]
    return np.sort(best).astype(np.int64)


def _floor(scores: NDArray[np.float32], depth: int) -> float:
    """A score that at least `depth` rows reach: so many blocks have one."""
    blocks = len(scores) // _BLOCK
    if blocks <= depth:
        return 0.0
    tops = scores[: blocks * _BLOCK].reshape(blocks, _BLOCK).max(axis=1)
    return float(np.partition(tops, blocks - depth)[blocks - depth])
