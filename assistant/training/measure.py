"""What the encoder adds to BM25 on the retrieval benchmarks, for the model card; knows no training.

The product's own measurement is `assistant.benchmark`: here is neither its chunking nor its ranker.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.encoder import Encoder
from assistant.retrieval.lexical import LexicalIndex, build_lexical_index
from assistant.training.pairs import LAWS, passages, read_lines
from assistant.vietnamese.normal import fold

SETS = ("alqac2022", "alqac2024", "vicov19qa", "zalo2021")
_RESAMPLES = 1000
Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Line:
    """One ranker on one set: mean nDCG@10 with its 95 % bootstrap interval, and Recall@10, over `n` queries."""

    name: str
    ranker: str
    n: int
    ndcg: float
    low: float
    high: float
    recall: float


def measure(benchmarks: Path, training: Path, encoder: Encoder, *, dense_weight: float) -> Iterator[Line]:
    """BM25, the encoder alone and both fused, on queries as written and without marks, on those SETS that are there."""
    for name in SETS:
        if not (benchmarks / name).is_dir():
            continue
        corpus = training / f"{LAWS}.jsonl.gz" if name == "zalo2021" else benchmarks / name / "corpus.jsonl"
        rows = list(read_lines(corpus))
        gold = _gold(benchmarks / name / "qrels.tsv", {row["id"]: i for i, row in enumerate(rows)})
        queries = {r["id"]: r["text"] for r in read_lines(benchmarks / name / "queries.jsonl")}
        asked = [(queries[query], found) for query, found in gold.items()]
        yield from _of_set(name, [_entries(row) for row in rows], asked, encoder, dense_weight)


def _entries(row: dict[str, Any]) -> list[str]:
    """A document as passages, each under the title."""
    return [f"{row['title']}\n{' '.join(passage)}" for passage in passages(row["text"])] or [row["title"]]


def _of_set(
    name: str,
    documents: Sequence[Sequence[str]],
    queries: Sequence[tuple[str, set[int]]],
    encoder: Encoder,
    weight: float,
) -> Iterator[Line]:
    texts = list(chain.from_iterable(documents))
    starts = np.cumsum([0, *map(len, documents[:-1])])
    vectors = encoder.encode(texts)
    with tempfile.TemporaryDirectory() as folder:
        build_lexical_index(texts, Path(folder))
        lexical = LexicalIndex(Path(folder))
        for suffix, change in (("", str), (" (không dấu)", fold)):
            found: dict[str, list[tuple[float, float]]] = {"BM25": [], "encoder": [], "fused": []}
            for text, gold in queries:
                a, b = lexical.scores(change(text)), vectors @ encoder.encode([change(text)])[0]
                for ranker, scores in (("BM25", a), ("encoder", b), ("fused", _fuse(a, b, weight))):
                    found[ranker].append(_measures(np.maximum.reduceat(scores, starts), gold))
            for ranker, values in found.items():
                yield _line(name, ranker + suffix, np.asarray(values))


def _line(name: str, ranker: str, values: NDArray[np.float64]) -> Line:
    """`values`: nDCG@10 and Recall@10 of each query, shape (n, 2)."""
    draws = np.random.default_rng(13).integers(0, len(values), (_RESAMPLES, len(values)))
    low, high = np.quantile(values[draws, 0].mean(axis=1), (0.025, 0.975))
    ndcg, recall = values.mean(axis=0)
    return Line(name, ranker, len(values), float(ndcg), float(low), float(high), float(recall))


def _gold(file: Path, place: dict[str, int]) -> dict[str, set[int]]:
    gold: dict[str, set[int]] = {}
    for line in file.read_text(encoding="utf-8").splitlines()[1:]:
        query, document, score = line.split("\t")
        if int(score) > 0:
            gold.setdefault(query, set()).add(place[document])
    return gold


def _fuse(lexical: Scores, dense: Scores, weight: float) -> Scores:
    """As the search does it, over all passages."""
    dense = np.maximum(dense, 0)
    best_lexical, best_dense = float(lexical.max()) or 1.0, float(dense.max()) or 1.0
    return (1 - weight) * lexical / best_lexical + weight * dense / best_dense


def _measures(scores: Scores, gold: set[int]) -> tuple[float, float]:
    """nDCG@10 and Recall@10 of one query."""
    top = np.argsort(-scores, kind="stable")[:10]
    gains = [1 / np.log2(rank + 2) for rank, row in enumerate(top) if row in gold and scores[row] > 0]
    ideal = sum(1 / np.log2(rank + 2) for rank in range(min(10, len(gold))))
    return float(sum(gains) / ideal), len(gains) / len(gold)
