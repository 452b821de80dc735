"""Averages over judgements with intervals, and the ranking measures of ir-measures; knows no asker and no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.evaluation.judging import Judgement, Verdict
from assistant.evaluation.questions import GoldQuestion
from assistant.types import Hit, Span

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Numbers = NDArray[numpy.float64]

RANKING = ("Success@1", "Success@5", "Success@10", "RR@10", "nDCG@10", "R@10")
DEPTH = 10
RESAMPLES = 1000
SEED = 20261122
BINS = 10


@dataclass(frozen=True, slots=True)
class Measure:
    """A sum over questions divided by a sum of weights; where there are several sums, their sizes are added (ECE)."""

    name: str
    label: str
    sums: Callable[[Judgement], tuple[float, ...]]
    weight: Callable[[Judgement], float]
    lower_is_better: bool = False


@dataclass(frozen=True, slots=True)
class Score:
    """A measure's value with its 95 % bootstrap interval; `n` is what it was averaged over; None where that is 0."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


def _given(judgement: Judgement) -> float:
    return float(not judgement.abstained)


def _is_right(judgement: Judgement) -> float:
    return float(judgement.verdict is Verdict.RIGHT)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _calibration_gaps(judgement: Judgement) -> tuple[float, ...]:
    gap = _given(judgement) * (_is_right(judgement) - judgement.confidence)
    bin_of_it = min(int(judgement.confidence * BINS), BINS - 1)
    return tuple(gap if i == bin_of_it else 0.0 for i in range(BINS))


def _ranked(name: str) -> Measure:
    return Measure(name, name, lambda j: (j.ranking.get(name, 0.0),), lambda j: float(bool(j.ranking)))


# The confidence is judged where an answer was given: of a withheld one nobody knows whether it was right.
MEASURES = (
    Measure("answer_accuracy", "Trả lời đúng", lambda j: (_is_right(j),), lambda j: float(j.answerable)),
    Measure("answer_precision", "Đúng khi đã trả lời", lambda j: (_is_right(j),), _given),
    Measure(
        "list_completeness",
        "Đủ các ý",
        lambda j: (_share(j.groups_found, j.groups),),
        lambda j: float(j.answerable),
    ),
    Measure(
        "evidence_recall",
        "Dẫn đủ căn cứ",
        lambda j: (_share(j.evidence_found, j.evidence),),
        lambda j: float(j.evidence > 0),
    ),
    Measure("citation_exactness", "Trích nguyên văn", lambda j: (j.citations_exact,), lambda j: j.citations),
    Measure("citation_correctness", "Trích đúng chỗ", lambda j: (j.citations_correct,), lambda j: j.citations),
    Measure(
        "abstention_precision",
        "Từ chối có lý",
        lambda j: (float(j.abstained and not j.answerable),),
        lambda j: float(j.abstained),
    ),
    Measure(
        "abstention_recall",
        "Từ chối khi cần",
        lambda j: (float(j.abstained and not j.answerable),),
        lambda j: float(not j.answerable),
    ),
    *map(_ranked, RANKING),
    Measure("ECE", "Sai lệch độ tin cậy (ECE)", _calibration_gaps, _given, lower_is_better=True),
    Measure(
        "Brier",
        "Điểm Brier",
        lambda j: (_given(j) * (_is_right(j) - j.confidence) ** 2,),
        _given,
        lower_is_better=True,
    ),
)


def scores(judgements: Sequence[Judgement]) -> tuple[Score, ...]:
    """Every measure over the judgements, with percentile intervals from 1,000 seeded resamples of the questions."""
    counts = _resamples(len(judgements))
    return tuple(_score(measure, judgements, counts) for measure in MEASURES)


def _resamples(n: int) -> Numbers:
    """How often each question was drawn, by resample."""
    import numpy

    drawn = numpy.random.default_rng(SEED).multinomial(n, [1 / n] * n, size=RESAMPLES)
    return drawn.astype(numpy.float64)


def _score(measure: Measure, judgements: Sequence[Judgement], counts: Numbers) -> Score:
    import numpy

    sums = numpy.array([measure.sums(j) for j in judgements], dtype=numpy.float64)
    weights = numpy.array([measure.weight(j) for j in judgements], dtype=numpy.float64)
    n = round(float(weights.sum()))
    if not n:
        return Score(measure.name, None, None, None, 0)
    weight_drawn = counts @ weights
    drawn = numpy.abs(counts @ sums).sum(axis=1)[weight_drawn > 0] / weight_drawn[weight_drawn > 0]
    low, high = numpy.percentile(drawn, (2.5, 97.5))
    value = numpy.abs(sums.sum(axis=0)).sum() / n
    return Score(measure.name, float(value), float(low), float(high), n)


def rank(gold: GoldQuestion, hits: Sequence[Hit]) -> dict[str, float]:
    """The ranking measures of one search; zeros where nothing relevant was found, empty where there is no evidence."""
    if not gold.evidence:
        return {}
    import ir_measures

    qrels = [ir_measures.Qrel(gold.id, _item(i), 1) for i in range(len(gold.evidence))]
    items = ranked_items(gold, hits)
    run = [ir_measures.ScoredDoc(gold.id, item, float(-place)) for place, item in enumerate(items)]
    found = ir_measures.iter_calc([ir_measures.parse_measure(name) for name in RANKING], qrels, run)
    return {str(metric.measure): float(metric.value) for metric in found}


def ranked_items(gold: GoldQuestion, hits: Sequence[Hit]) -> list[str]:
    """The hits as what they find: each piece of evidence where it is first found, `chunk …` for a hit with nothing new.

    What is relevant is evidence, not chunks, so that figures of different chunkings compare; a chunk that finds several
    pieces takes as many places.
    """
    items: list[str] = []
    for place, hit in enumerate(hits):
        found = [_item(i) for i, places in enumerate(gold.evidence) if any(_finds(hit.chunk.span, p) for p in places)]
        items += [item for item in found if item not in items] or [f"chunk {place}"]
    return items


def _item(index: int) -> str:
    return f"evidence {index}"


def _finds(chunk: Span, evidence: Span) -> bool:
    """Whether they share at least half of the shorter one."""
    if chunk.document_id != evidence.document_id:
        return False
    shared = min(chunk.end, evidence.end) - max(chunk.start, evidence.start)
    return 2 * shared >= min(chunk.end - chunk.start, evidence.end - evidence.start)


def percentile(seconds: Sequence[float], percent: float) -> float:
    import numpy

    return float(numpy.percentile(seconds, percent)) if seconds else 0.0
