"""What a ranker is told of a query and its candidate chunks: cheap numbers from the forward index; knows no model.

Coverage is weighted by idf throughout; a syllable that the query writes with marks is matched by the same marks or by
none (`marked`), one that it writes without by any. Scores of a list are also told relative to the best of the list.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.forward import Field
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.matches import (
    Counts,
    Floats,
    Matches,
    Query,
    Rows,
    best_window,
    count,
    find_matches,
    longest_runs,
    or_one,
)
from assistant.retrieval.postings import K1, B, bigram_codes, idf
from assistant.vietnamese.syllables import extra_terms, index_forms, marked_key

# Terms of a query that are looked at; a question has fewer.
MOST_TERMS = 64
_WINDOWS = (16, 48)
# Where the first hit is told to be if there is none.
_FAR = 300.0
# What the similarity weighs in the feature `fused`; the search's own weight is a setting.
_DENSE = 0.3


def read_query(text: str, index: LexicalIndex) -> Query:
    """The query as the features see it; terms beyond MOST_TERMS are left out."""
    forms = index_forms(text)[: 4 * MOST_TERMS]
    known = index.forward.term_ids
    terms = [known.get(term, -1) for _, term in forms]
    distinct = list(dict.fromkeys(t for t in terms if t >= 0))[:MOST_TERMS]
    place = {term: i for i, term in enumerate(distinct)}
    ids = np.asarray(distinct, np.int64)
    sequence = np.asarray([place.get(t, -1) for t in terms], np.int64)
    marked, allowed = _marks(forms, sequence.tolist(), index, len(distinct))
    pairs, pair_weights = _pairs(sequence, ids, index)
    keys = [known[key] for key in extra_terms(text)[:MOST_TERMS] if key in known]
    weights = idf(index.postings.frequency(ids), index.size)
    unknown = float(np.mean(sequence < 0)) if len(sequence) else 1.0
    return Query(ids, weights, sequence, pairs, pair_weights, marked, allowed, np.asarray(keys, np.int64), unknown)


def _marks(
    forms: list[tuple[str, str]], places: list[int], index: LexicalIndex, count: int
) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
    marked, allowed = np.zeros(count, np.bool_), set()
    known = index.forward.form_ids
    for (word, term), place in zip(forms, places, strict=True):
        form = marked_key(word)
        if place >= 0 and form != term:
            marked[place] = True
            allowed |= {known.get(form, -1), known.get(term, -1)}
    return marked, np.asarray(sorted(allowed - {-1}), np.int64)


def _pairs(
    sequence: NDArray[np.int64], ids: NDArray[np.int64], index: LexicalIndex
) -> tuple[NDArray[np.int64], Floats]:
    pairs = np.full((len(ids), len(ids)), -1, np.int64)
    both = (sequence[:-1] >= 0) & (sequence[1:] >= 0)
    found = list(dict.fromkeys(zip(sequence[:-1][both].tolist(), sequence[1:][both].tolist(), strict=True)))
    for number, (a, b) in enumerate(found):
        pairs[a, b] = number
    codes = [bigram_codes(ids[[a, b]].astype(np.int32))[0] for a, b in found]
    return pairs, idf(index.postings.frequency(np.asarray(codes, np.int64)), index.size)


class Features:
    """Computes the feature matrix of candidates of one index."""

    def __init__(self, index: LexicalIndex) -> None:
        self._index = index
        fields = self._fields() if index.size else ()
        self._mean = {name: max(float(np.diff(field.starts).mean()), 1.0) for name, field in fields}

    def _fields(self) -> tuple[tuple[str, Field], ...]:
        return ("body", self._index.forward.body), ("context", self._index.forward.context)

    def names(self) -> tuple[str, ...]:
        """Every feature that there is."""
        none, no_scores = np.zeros(0, np.int64), np.zeros(0)
        return tuple(self.matrix(read_query("", self._index), none, no_scores, no_scores, none))

    def matrix(self, query: Query, rows: Rows, lexical: Floats, dense: Floats, documents: Rows) -> dict[str, Floats]:
        """Feature name -> its value for each of `rows`; `documents` tells which chunks belong together."""
        out: dict[str, Floats] = {}
        seen = []
        for name, field in self._fields():
            found = find_matches(query, field, rows, self._index.forward)
            counts = count(found, query)
            _field(out, name, query, found, counts, self._mean.get(name, 1.0))
            seen.append(counts)
            if name == "body":
                _windows(out, query, found)
        _together(out, query, *seen)
        self._keys(out, query, rows)
        _scores(out, query, lexical, dense)
        _documents(out, documents)
        return out

    def _keys(self, out: dict[str, Floats], query: Query, rows: Rows) -> None:
        ids, lengths = self._index.forward.keys.gather(rows)
        hit = np.isin(ids, query.keys)
        chunk = np.repeat(np.arange(len(rows)), lengths)
        out["keys"] = np.bincount(chunk[hit], minlength=len(rows)) / max(len(query.keys), 1)


def _field(out: dict[str, Floats], name: str, query: Query, found: Matches, counts: Counts, mean: float) -> None:
    """BM25 and coverage by one field, as shares of what the whole query weighs."""
    norm = K1 * (1 - B + B * found.lengths / mean)[:, None]
    whole, whole_pairs = query.whole, query.whole_pairs
    out[f"{name}_bm25"] = (counts.terms / (counts.terms + norm)) @ query.weights / whole
    out[f"{name}_pair_bm25"] = (counts.pairs / (counts.pairs + norm)) @ query.pair_weights / whole_pairs
    out[f"{name}_covered"] = (counts.good > 0) @ query.weights / whole
    out[f"{name}_pairs_covered"] = (counts.pairs > 0) @ query.pair_weights / whole_pairs
    out[f"{name}_run"] = longest_runs(found) / max(len(query.sequence) - 1, 1)
    out[f"{name}_length"] = np.log1p(found.lengths)
    hits = np.bincount(found.chunk[found.good], minlength=len(found.lengths))
    out[f"{name}_share"] = hits / np.maximum(found.lengths, 1)


def _windows(out: dict[str, Floats], query: Query, found: Matches) -> None:
    """What stands close together: a window is two neighbouring blocks of half its size."""
    near, hit, n = found.good, found.paired, len(found.lengths)
    for size in _WINDOWS:
        block = found.position // (size // 2)
        best = best_window(found.chunk[near], block[near], found.term[near], query.weights, n)
        out[f"window_{size}"] = best / query.whole
        best = best_window(found.chunk[hit], block[hit], found.pair[hit], query.pair_weights, n)
        out[f"pair_window_{size}"] = best / query.whole_pairs
    first = np.full(n, _FAR)
    np.minimum.at(first, found.chunk, found.position)
    out["first_hit"] = first


def _together(out: dict[str, Floats], query: Query, *fields: Counts) -> None:
    """Coverage by all fields, above all of what is rare in the query."""
    terms, good, pairs = (sum(getattr(field, name) for field in fields) for name in ("terms", "good", "pairs"))
    out["covered_any_marks"] = (terms > 0) @ query.weights / query.whole
    out["covered"] = (good > 0) @ query.weights / query.whole
    out["pairs_covered"] = (pairs > 0) @ query.pair_weights / query.whole_pairs
    for most in (1, 2, 3, 5):
        out[f"rarest_{most}"] = _rarest(good > 0, query.weights, most)
    for most in (1, 3):
        out[f"rarest_pairs_{most}"] = _rarest(pairs > 0, query.pair_weights, most)
    out["rarest_missed"] = np.where(good > 0, 0.0, query.weights).max(axis=1, initial=0.0)


def _rarest(there: NDArray[np.bool_], weights: Floats, most: int) -> Floats:
    """The share of the heaviest `most` columns that each row has."""
    chosen = np.argsort(-weights, kind="stable")[:most]
    share: Floats = there[:, chosen].mean(axis=1) if len(chosen) else np.zeros(len(there))
    return share


def _scores(out: dict[str, Floats], query: Query, lexical: Floats, dense: Floats) -> None:
    whole = or_one(query.weights.sum() + query.pair_weights.sum())
    out["lexical"], out["lexical_part"] = lexical / or_one(lexical.max(initial=0.0)), lexical / whole
    out["dense"], out["dense_part"] = dense / or_one(max(dense.max(initial=0.0), 0.0)), dense
    out["fused"] = (1 - _DENSE) * out["lexical"] + _DENSE * np.maximum(out["dense"], 0.0)
    n = len(lexical)
    out["query_terms"] = np.full(n, float(len(query.sequence)))
    out["query_weight"] = np.full(n, float(query.weights.mean()) if len(query.weights) else 0.0)
    out["query_unknown"] = np.full(n, query.unknown)


def _documents(out: dict[str, Floats], documents: Rows) -> None:
    """How many of the candidates are of the same document."""
    _, inverse, sizes = np.unique(documents, return_inverse=True, return_counts=True)
    out["document_candidates"] = np.log1p(sizes[inverse])
