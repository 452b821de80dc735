"""BM25 weights of every term in every chunk that has it, by term: built from a forward index; knows no query.

A unigram's code is its term id; a bigram's is `(first + 1) << 32 | second`. Files: `codes.npy` (sorted), `starts.npy`
(where each code's postings begin), `rows.npy` and `weights.npy` (its chunks and their BM25 weights).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.files import damaged, load_array
from assistant.retrieval.forward import Field, ForwardIndex

Codes = NDArray[np.int64]
FILES = ("codes", "starts", "rows", "weights")
# Tuned on the development sets (eval/LOG.md): saturation, length, and what a title or heading counts beside the body.
K1, B, CONTEXT = 1.0, 0.75, 2
_BLOCK = 2048  # chunks looked at together while building
_MOST = 60_000  # occurrences that a weight tells apart


@dataclass(frozen=True, slots=True)
class Postings:
    """Memory-mapped; what belongs to `codes[i]` is `rows` and `weights` of `starts[i]:starts[i + 1]`."""

    codes: Codes
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]

    def find(self, codes: Codes) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Places of some codes, and which of them exist."""
        if not len(self.codes):
            return np.zeros(len(codes), np.int64), np.zeros(len(codes), np.bool_)
        places = np.minimum(np.searchsorted(self.codes, codes), len(self.codes) - 1)
        return places, np.asarray(self.codes[places] == codes)

    def frequency(self, codes: Codes) -> NDArray[np.int64]:
        """Chunks that have each code."""
        places, known = self.find(codes)
        counts = self.starts[places + 1] - self.starts[places] if len(self.codes) else np.zeros(len(codes), np.int64)
        return np.where(known, counts, 0)

    def add_to(self, scores: NDArray[np.float32], codes: Codes, factors: Sequence[float]) -> None:
        """Adds to each chunk's score the weights of the codes, times their factors. Raises IndexDamaged."""
        places, known = self.find(codes)
        for place, factor in zip(places[known].tolist(), np.asarray(factors)[known].tolist(), strict=True):
            begin, end = int(self.starts[place]), int(self.starts[place + 1])
            weights = self.weights[begin:end]
            try:
                np.add.at(scores, self.rows[begin:end], weights if factor == 1 else weights * np.float32(factor))
            except IndexError as error:
                raise damaged("lexical/rows.npy", error) from error


def idf(frequency: NDArray[np.int64], chunks: int) -> NDArray[np.float64]:
    """Inverse document frequency as Lucene has it: never negative."""
    weights: NDArray[np.float64] = np.log1p((chunks - frequency + 0.5) / (frequency + 0.5))
    return weights


def bigram_codes(terms: NDArray[np.int32]) -> Codes:
    """Codes of neighbouring terms, shape (len - 1,)."""
    codes: Codes = (terms[:-1].astype(np.int64) + 1 << 32) | terms[1:]
    return codes


def open_postings(folder: Path) -> Postings:
    """Raises OSError, ValueError where a file is damaged."""
    maps = (load_array(folder / f"{n}.npy") for n in FILES)
    codes, starts, rows, weights = map(np.asarray, maps)  # without the cost of np.memmap at every indexing
    if len(starts) != len(codes) + 1 or not len(rows) == len(weights) == int(starts[-1]):
        raise ValueError("starts.npy")
    return Postings(codes, starts, rows, weights)


def build_postings(forward: ForwardIndex, folder: Path) -> None:
    """Writes the postings of a finished forward index, in two passes over it and a few blocks of memory."""
    codes, frequency = _count(forward)
    starts = np.concatenate([[0], np.cumsum(frequency)]).astype(np.int64)
    total = int(starts[-1])
    rows = _new(folder / "rows.npy", np.int32, total)
    weights = _new(folder / "weights.npy", np.float32, total)
    _fill(forward, codes, starts, idf(frequency, forward.size), rows, weights)
    np.save(folder / "codes.npy", codes, allow_pickle=False)
    np.save(folder / "starts.npy", starts, allow_pickle=False)


def _new(file: Path, dtype: type, size: int) -> NDArray[np.generic]:
    if size == 0:  # an empty file can't be mapped
        np.save(file, np.zeros(0, dtype), allow_pickle=False)
        return np.zeros(0, dtype)
    return np.lib.format.open_memmap(file, mode="w+", dtype=dtype, shape=(size,))


def _count(forward: ForwardIndex) -> tuple[Codes, NDArray[np.int64]]:
    """Every code with the number of chunks that have it, sorted; blocks are merged as they grow."""
    merged: tuple[Codes, NDArray[np.int64]] = np.zeros(0, np.int64), np.zeros(0, np.int64)
    waiting: list[tuple[Codes, NDArray[np.int64]]] = []
    for _, _, codes, _ in _blocks(forward):
        waiting.append(np.unique(codes, return_counts=True))
        if sum(len(c) for c, _ in waiting) > max(1_000_000, len(merged[0])):
            merged, waiting = _merge([merged, *waiting]), []
    return _merge([merged, *waiting])


def _merge(parts: list[tuple[Codes, NDArray[np.int64]]]) -> tuple[Codes, NDArray[np.int64]]:
    codes, inverse = np.unique(np.concatenate([c for c, _ in parts]), return_inverse=True)
    counts = np.bincount(inverse, weights=np.concatenate([n for _, n in parts]), minlength=len(codes))
    return codes, counts.astype(np.int64)


def _fill(
    forward: ForwardIndex,
    codes: Codes,
    starts: NDArray[np.int64],
    weight_of: NDArray[np.float64],
    rows: NDArray[np.generic],
    weights: NDArray[np.generic],
) -> None:
    lengths = _lengths(forward)
    norm = K1 * (1 - B + B * lengths / max(float(lengths.mean()), 1.0)) if len(lengths) else lengths
    cursor = starts[:-1].copy()
    for first, chunk, code, count in _blocks(forward):
        order = np.argsort(code, kind="stable")
        place = np.searchsorted(codes, code[order])
        begins = np.flatnonzero(np.diff(place, prepend=-1))
        sizes = np.diff(begins, append=len(place))
        at = np.repeat(cursor[place[begins]] - begins, sizes) + np.arange(len(place))
        row = chunk[order] + first
        rows[at] = row
        weights[at] = weight_of[place] * count[order] / (count[order] + norm[row])
        cursor[place[begins]] += sizes


def _lengths(forward: ForwardIndex) -> NDArray[np.float64]:
    body, context = (np.diff(field.starts) for field in (forward.body, forward.context))
    lengths: NDArray[np.float64] = (body + CONTEXT * context).astype(np.float64)
    return lengths


def _blocks(
    forward: ForwardIndex,
) -> Iterator[tuple[int, NDArray[np.int64], Codes, NDArray[np.float64]]]:
    """`(first chunk, chunk, code, count)`: of each block the distinct codes of each chunk, fields weighed in."""
    for first in range(0, forward.size, _BLOCK):
        chosen = np.arange(first, min(first + _BLOCK, forward.size))
        parts = [
            _occurrences(forward.body, chosen, forward, 1),
            _occurrences(forward.context, chosen, forward, CONTEXT),
            _keys(forward.keys, chosen),
        ]
        chunk, code, count = (np.concatenate(column) for column in zip(*parts, strict=True))
        yield first, *_summed(chunk, code, count)


def _occurrences(
    field: Field, chosen: NDArray[np.int64], forward: ForwardIndex, factor: int
) -> tuple[NDArray[np.int64], Codes, NDArray[np.int64]]:
    ids, lengths = field.gather(chosen)
    terms = forward.term_of_form[ids]
    chunk = np.repeat(np.arange(len(chosen)), lengths)
    inner = np.flatnonzero(chunk[1:] == chunk[:-1])
    codes = (
        np.concatenate([terms.astype(np.int64), bigram_codes(terms)[inner]]) if len(terms) else np.zeros(0, np.int64)
    )
    return np.concatenate([chunk, chunk[inner]]), codes, np.full(len(codes), factor)


def _keys(field: Field, chosen: NDArray[np.int64]) -> tuple[NDArray[np.int64], Codes, NDArray[np.int64]]:
    ids, lengths = field.gather(chosen)
    return np.repeat(np.arange(len(chosen)), lengths), ids.astype(np.int64), np.ones(len(ids), np.int64)


def _summed(
    chunk: NDArray[np.int64], code: Codes, count: NDArray[np.int64]
) -> tuple[NDArray[np.int64], Codes, NDArray[np.float64]]:
    """Equal (chunk, code) pairs made one, their counts added."""
    order = np.lexsort((code, chunk))
    chunk, code, count = chunk[order], code[order], count[order]
    new = np.flatnonzero((np.diff(chunk, prepend=-1) != 0) | (np.diff(code, prepend=-1) != 0))
    sums = np.add.reduceat(count, new) if len(new) else count
    return chunk[new], code[new], np.minimum(sums, _MOST).astype(np.float64)
