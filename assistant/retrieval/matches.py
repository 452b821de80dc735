"""Where the terms of a query stand in candidate chunks: hits, runs and windows; knows no scores and no features."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.forward import Field, ForwardIndex

Floats = NDArray[np.float64]
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Query:
    """The distinct terms of a query with their idf, and its distinct bigrams as pairs of places among them."""

    ids: NDArray[np.int64]  # of the terms, shape (t,)
    weights: Floats  # idf, shape (t,)
    sequence: NDArray[np.int64]  # places of the terms in reading order, -1 where unknown
    pairs: NDArray[np.int64]  # shape (t, t): number of the bigram, or -1
    pair_weights: Floats
    marked: NDArray[np.bool_]  # terms that the query writes with marks, shape (t,)
    forms: NDArray[np.int64]  # forms that match a marked term, sorted
    keys: NDArray[np.int64]  # of documents and days
    unknown: float  # share of the query's terms that no chunk has

    @property
    def whole(self) -> float:
        """What all its terms weigh; one where they weigh nothing."""
        return or_one(self.weights.sum())

    @property
    def whole_pairs(self) -> float:
        return or_one(self.pair_weights.sum())


@dataclass(frozen=True, slots=True)
class Matches:
    """Where the terms of a query stand in one field of `n` chunks, each hit in reading order."""

    chunk: NDArray[np.int64]  # of each hit
    position: NDArray[np.int64]
    term: NDArray[np.int64]
    good: NDArray[np.bool_]  # marks agree
    pair: NDArray[np.int64]  # number of the bigram that begins here, or -1
    lengths: NDArray[np.int64]  # of each chunk, shape (n,)

    @property
    def paired(self) -> NDArray[np.bool_]:
        """Hits with which a bigram of the query begins."""
        return self.pair >= 0


@dataclass(frozen=True, slots=True)
class Counts:
    """How often each term stands in each chunk, shape (n, t), how often with its marks, and each bigram (n, p)."""

    terms: NDArray[np.int64]
    good: NDArray[np.int64]
    pairs: NDArray[np.int64]


def find_matches(query: Query, field: Field, rows: Rows, forward: ForwardIndex) -> Matches:
    """The query's terms in a field of the chunks `rows`. Raises IndexDamaged."""
    look = np.full(len(forward.term_ids), -1, np.int16)
    look[query.ids] = np.arange(len(query.ids))
    ids, lengths = field.gather(rows)
    term = look[forward.terms(field, ids)]
    hits = np.flatnonzero(term >= 0)
    chunk = np.repeat(np.arange(len(rows)), lengths)[hits]
    begins = np.cumsum(lengths) - lengths
    at = term[hits].astype(np.int64)
    good = ~query.marked[at] if len(query.ids) else np.zeros(0, np.bool_)
    good[~good] = _among(ids[hits][~good], query.forms)
    pair = np.full(len(hits), -1, np.int64)
    if len(hits) > 1:
        next_to = np.flatnonzero((np.diff(hits) == 1) & (np.diff(chunk) == 0))
        pair[next_to] = query.pairs[at[next_to], at[next_to + 1]]
    return Matches(chunk, hits - begins[chunk], at, good, pair, lengths)


def _among(ids: NDArray[np.int32], chosen: NDArray[np.int64]) -> NDArray[np.bool_]:
    if not len(chosen):
        return np.zeros(len(ids), np.bool_)
    places = np.minimum(np.searchsorted(chosen, ids), len(chosen) - 1)
    return np.asarray(chosen[places] == ids)


def count(found: Matches, query: Query) -> Counts:
    n, t, p = len(found.lengths), len(query.ids), len(query.pair_weights)
    good, hit = found.good, found.paired
    return Counts(
        _counts(found.chunk, found.term, (n, t)),
        _counts(found.chunk[good], found.term[good], (n, t)),
        _counts(found.chunk[hit], found.pair[hit], (n, p)),
    )


def _counts(chunk: NDArray[np.int64], column: NDArray[np.int64], shape: tuple[int, int]) -> NDArray[np.int64]:
    return np.bincount(chunk * shape[1] + column, minlength=shape[0] * shape[1]).reshape(shape)


def longest_runs(found: Matches) -> Floats:
    """The most bigrams of the query that follow each other in each chunk."""
    longest = np.zeros(len(found.lengths))
    hit = found.paired
    if hit.any():
        total = np.cumsum(hit)
        since = np.maximum.accumulate(np.where(hit, 0, total))
        np.maximum.at(longest, found.chunk, (total - since) * hit)
    return longest


def best_window(
    chunk: NDArray[np.int64], block: NDArray[np.int64], column: NDArray[np.int64], weights: Floats, chunks: int
) -> Floats:
    """The most weight of distinct columns that stands in two neighbouring blocks of each chunk."""
    if not len(chunk):
        return np.zeros(chunks)
    blocks = int(block.max()) + 2
    there = np.zeros((chunks, blocks, len(weights)), np.bool_)
    there[chunk, block, column] = True
    near: Floats = (there[:, :-1] | there[:, 1:]) @ weights
    best: Floats = near.max(axis=1)
    return best


def or_one(value: float) -> float:
    """The value, or one where nothing could be divided by it."""
    return float(value) if value > 0 else 1.0
