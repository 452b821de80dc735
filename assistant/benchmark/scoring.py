"""The measures of a run per query, their means with intervals, and paired differences; knows no engine and no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

MEASURES = ("nDCG@10", "R@1", "R@10", "R@100", "MRR@10")
# What ir-measures calls the reciprocal rank.
_NAMES = {"MRR@10": "RR@10"}
RESAMPLES = 1000
SEED = 20261122
# Ranked document ids by query id.
Run = Mapping[str, Sequence[str]]
# One number a query, by measure.
Values = Mapping[str, Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over `n` queries with its 95 % percentile bootstrap interval."""

    value: float
    low: float
    high: float
    n: int


def per_query(qrels: Mapping[str, Mapping[str, int]], run: Run) -> Values:
    """Each measure of each query of the run; a query for which nothing was found counts as zero."""
    import ir_measures

    names = {_NAMES.get(name, name): name for name in MEASURES}
    gold = [ir_measures.Qrel(q, d, score) for q in run for d, score in qrels[q].items()]
    found = [ir_measures.ScoredDoc(q, d, float(-place)) for q, ids in run.items() for place, d in enumerate(ids)]
    values = {name: dict.fromkeys(run, 0.0) for name in MEASURES}
    for metric in ir_measures.iter_calc([ir_measures.parse_measure(name) for name in names], gold, found):
        values[names[str(metric.measure)]][metric.query_id] = float(metric.value)
    return values


def estimate(values: Mapping[str, float]) -> Estimate:
    """The mean, resampled over the queries."""
    return _estimate(list(values.values()))


def difference(first: Mapping[str, float], second: Mapping[str, float]) -> Estimate:
    """Mean of first minus second over the queries that both have: a paired bootstrap."""
    return _estimate([value - second[query] for query, value in first.items() if query in second])


def _estimate(values: Sequence[float]) -> Estimate:
    import numpy

    numbers = numpy.array(values, dtype=numpy.float64)
    low, high = numpy.percentile(_draws(len(numbers)) @ numbers / len(numbers), (2.5, 97.5))
    return Estimate(float(numbers.mean()), float(low), float(high), len(numbers))


@lru_cache(maxsize=16)
def _draws(n: int) -> NDArray[numpy.float64]:
    """How often each of n queries was drawn, by resample: shape (RESAMPLES, n)."""
    import numpy

    return numpy.random.default_rng(SEED).multinomial(n, [1 / n] * n, size=RESAMPLES).astype(numpy.float64)


def percentile(numbers: Sequence[float], percent: float) -> float:
    import numpy

    return float(numpy.percentile(numbers, percent))
