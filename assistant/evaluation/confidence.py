"""What the confidence of answers is worth: how well it sorts right from wrong, how true it is; knows no picture.

Judged over the answers that were given: of a withheld one nobody knows whether it was right.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from assistant.evaluation.averages import Score, nothing, with_interval
from assistant.evaluation.judging import Judgement, Verdict

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    from assistant.evaluation.averages import Numbers

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """The answers given with a confidence in one tenth: its mean, the share that is right, their number."""

    confidence: float
    right: float
    n: int


def bin_of(confidence: float) -> int:
    return min(int(confidence * BINS), BINS - 1)


def reliability(judgements: Sequence[Judgement]) -> list[Bin]:
    """The bins that hold an answer, lowest confidence first; ECE is the mean of their gaps, weighted by n."""
    bins: dict[int, list[Judgement]] = {}
    for judgement in judgements:
        if not judgement.abstained:
            bins.setdefault(bin_of(judgement.confidence), []).append(judgement)
    return [
        Bin(sum(j.confidence for j in own) / len(own), sum(map(_is_right, own)) / len(own), len(own))
        for _, own in sorted(bins.items())
    ]


def risk_coverage(judgements: Sequence[Judgement]) -> list[tuple[float, float]]:
    """(Share of all questions answered, share of these answers wrong) for each threshold, highest threshold first.

    Ends at the coverage at which the assistant abstains by itself.
    """
    answers = [judgements[place] for place in _by_confidence(judgements)]
    points = []
    for place in sorted(set(_last_of_ties(answers))):
        wrong = sum(not _is_right(j) for j in answers[: place + 1])
        points.append(((place + 1) / len(judgements), wrong / (place + 1)))
    return points


@dataclass(frozen=True, slots=True)
class RiskCoverageArea:
    """AURC over the answers given: the mean, over them, of the risk at the threshold that just lets each through.

    Answers of the same confidence go through together, so their order does not matter. (Geifman and El-Yaniv 2017.)
    """

    name: str
    label: str
    lower_is_better: bool = True

    def score(self, judgements: Sequence[Judgement], counts: Numbers) -> Score:
        import numpy

        places = _by_confidence(judgements)
        if not places:
            return nothing(self.name)
        own, answers = counts[:, places], [judgements[place] for place in places]
        wrong = numpy.array([not _is_right(answer) for answer in answers], dtype=numpy.float64)
        ties = numpy.array(_last_of_ties(answers))
        value = _areas(numpy.ones((1, len(answers))), wrong, ties)[0]
        drawn = _areas(own[own.sum(axis=1) > 0], wrong, ties)
        return with_interval(self.name, float(value), drawn, len(answers))


def _areas(counts: Numbers, wrong: Numbers, ties: NDArray[numpy.int64]) -> Numbers:
    """One area a row of counts."""
    import numpy

    answered = counts.cumsum(axis=1)[:, ties]
    risk = (counts * wrong).cumsum(axis=1)[:, ties] / numpy.maximum(answered, 1)
    areas: Numbers = (counts * risk).sum(axis=1) / counts.sum(axis=1)
    return areas


def _by_confidence(judgements: Sequence[Judgement]) -> list[int]:
    """The places of the answers given, highest confidence first."""
    given = (place for place, judgement in enumerate(judgements) if not judgement.abstained)
    return sorted(given, key=lambda place: -judgements[place].confidence)


def _last_of_ties(answers: Sequence[Judgement]) -> list[int]:
    """For each answer the place of the last one of the same confidence."""
    last = {answer.confidence: place for place, answer in enumerate(answers)}
    return [last[answer.confidence] for answer in answers]


def _is_right(judgement: Judgement) -> bool:
    return judgement.verdict is Verdict.RIGHT
