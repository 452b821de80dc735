"""Kinds of averages over judgements, each with its 95 % bootstrap interval; knows no measure by name and no file."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from assistant.evaluation.judging import Judgement

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

    Numbers = NDArray[numpy.float64]

RESAMPLES = 1000
SEED = 20261122


@dataclass(frozen=True, slots=True)
class Score:
    """A measure's value with its 95 % bootstrap interval; `n` is what it was averaged over; None where that is 0."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    n: int


class Measure(Protocol):
    """`counts` says how often each judgement was drawn, by resample: shape (RESAMPLES, number of judgements)."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> str: ...

    @property
    def lower_is_better(self) -> bool: ...

    def score(self, judgements: Sequence[Judgement], counts: Numbers) -> Score: ...


@dataclass(frozen=True, slots=True)
class Ratio:
    """A sum over questions divided by a sum of weights; where there are several sums, their sizes are added (ECE).

    `signed` where the sum may be a loss as well as a gain.
    """

    name: str
    label: str
    sums: Callable[[Judgement], tuple[float, ...]]
    weight: Callable[[Judgement], float]
    lower_is_better: bool = False
    signed: bool = False

    def score(self, judgements: Sequence[Judgement], counts: Numbers) -> Score:
        import numpy

        sums = numpy.array([self.sums(j) for j in judgements], dtype=numpy.float64)
        weights = numpy.array([self.weight(j) for j in judgements], dtype=numpy.float64)
        n = round(float(weights.sum()))
        if not n:
            return nothing(self.name)
        weight_drawn = counts @ weights
        drawn = self._added(counts @ sums)[weight_drawn > 0] / weight_drawn[weight_drawn > 0]
        return with_interval(self.name, float(self._added(sums.sum(axis=0, keepdims=True))[0]) / n, drawn, n)

    def _added(self, sums: Numbers) -> Numbers:
        import numpy

        added: Numbers = (sums if self.signed else numpy.abs(sums)).sum(axis=1)
        return added


@dataclass(frozen=True, slots=True)
class Median:
    """The middle one of the numbers of those questions that count."""

    name: str
    label: str
    number: Callable[[Judgement], float]
    counted: Callable[[Judgement], bool]
    lower_is_better: bool = True

    def score(self, judgements: Sequence[Judgement], counts: Numbers) -> Score:
        import numpy

        places = [place for place, judgement in enumerate(judgements) if self.counted(judgement)]
        if not places:
            return nothing(self.name)
        places.sort(key=lambda place: self.number(judgements[place]))
        numbers = numpy.array([self.number(judgements[place]) for place in places], dtype=numpy.float64)
        up_to = counts[:, places].cumsum(axis=1)
        half = up_to[up_to[:, -1] > 0]
        drawn = numbers[(half >= half[:, -1:] / 2).argmax(axis=1)]
        return with_interval(self.name, float(numpy.median(numbers)), drawn, len(places))


def resamples(n: int) -> Numbers:
    """How often each of n questions was drawn, by resample; seeded, so that a report is the same each time."""
    import numpy

    drawn = numpy.random.default_rng(SEED).multinomial(n, [1 / n] * n, size=RESAMPLES)
    return drawn.astype(numpy.float64)


def with_interval(name: str, value: float, drawn: Numbers, n: int) -> Score:
    """The value between the 2.5th and 97.5th percentile of what the resamples gave."""
    import numpy

    low, high = numpy.percentile(drawn, (2.5, 97.5))
    return Score(name, value, float(low), float(high), n)


def nothing(name: str) -> Score:
    return Score(name, None, None, None, 0)


def percentile(numbers: Sequence[float], percent: float) -> float:
    import numpy

    return float(numpy.percentile(numbers, percent)) if numbers else 0.0
