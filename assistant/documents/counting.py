"""Which of many numbers make one count (1, 2, 3, 3a, 4 …), those of notes and quotations left out; knows no text."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field

LETTERS = "abcdđeghiklmnopqrstuvxy"


@dataclass(frozen=True, slots=True)
class Option:
    """One reading of a number: `weight` is how sure it is; `strict` ones only go on directly from the one before."""

    number: int
    suffix: str = ""
    weight: float = 1.0
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Rules:
    """What a count may cost: to begin after 1, to leave out numbers (at most `widest`), to begin again at 1."""

    late: float
    latest: int
    gap: float
    widest: int
    again: float | None = None


ARTICLES = Rules(late=0.0, latest=10**9, gap=0.5, widest=10**9, again=1.5)
CLAUSES = Rules(late=0.6, latest=2, gap=0.8, widest=4)


@dataclass(slots=True)
class _Node:
    place: int
    option: Option
    before: _Node | None
    score: float


@dataclass(slots=True)
class _Front:
    """The best score among all numbers below a number, as counts with a lower number and a better score."""

    numbers: list[int] = field(default_factory=list)
    nodes: list[_Node] = field(default_factory=list)

    def below(self, number: int) -> _Node | None:
        at = bisect_left(self.numbers, number)
        return self.nodes[at - 1] if at else None

    def add(self, node: _Node) -> None:
        at = bisect_left(self.numbers, node.option.number)
        if at and self.nodes[at - 1].score >= node.score:
            return
        end = at
        while end < len(self.nodes) and self.nodes[end].score <= node.score:
            end += 1
        self.numbers[at:end] = [node.option.number]
        self.nodes[at:end] = [node]


class _Count:
    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._exact: dict[tuple[int, str], _Node] = {}
        self._by_number: dict[int, _Node] = {}
        self._front = _Front()
        self.best: _Node | None = None

    def reading(self, place: int, option: Option) -> _Node | None:
        """The best count that ends with this reading; None where it can stand in none."""
        ways = [*self._starts(option), *self._steps(option), *([] if option.strict else self._leaps(option))]
        if not ways:
            return None
        score, before = max(ways, key=lambda way: way[0])
        return _Node(place, option, before, score + option.weight)

    def _starts(self, option: Option) -> list[tuple[float, _Node | None]]:
        if option.number <= 1:
            again = self._rules.again
            renewed = again is not None and self.best is not None and not option.strict
            return [(0.0, None), *([(self.best.score - again, self.best)] if renewed else [])]  # type: ignore[union-attr, operator]
        return [] if option.strict or option.number > self._rules.latest else [(-self._rules.late, None)]

    def _steps(self, option: Option) -> list[tuple[float, _Node | None]]:
        if not option.suffix:
            before = self._by_number.get(option.number - 1)
            return [(before.score, before)] if before else []
        earlier = ["", *LETTERS[: LETTERS.find(option.suffix)]]
        found = [self._exact.get((option.number, suffix)) for suffix in earlier]
        return [(node.score, node) for node in found if node]

    def _leaps(self, option: Option) -> list[tuple[float, _Node | None]]:
        before = self._front.below(option.number)
        wide = before is not None and option.number - before.option.number > self._rules.widest
        return [(before.score - self._rules.gap, before)] if before and not wide else []

    def add(self, node: _Node) -> None:
        number, suffix = node.option.number, node.option.suffix
        if (known := self._exact.get((number, suffix))) is None or known.score < node.score:
            self._exact[number, suffix] = node
        if (known := self._by_number.get(number)) is None or known.score < node.score:
            self._by_number[number] = node
        self._front.add(node)
        if self.best is None or self.best.score < node.score:
            self.best = node


def counted(candidates: Sequence[Sequence[Option]], rules: Rules) -> list[Option | None]:
    """For each candidate the reading with which it belongs to the best count; None where it belongs to none."""
    count = _Count(rules)
    for place, options in enumerate(candidates):
        for node in [n for option in options if (n := count.reading(place, option))]:
            count.add(node)
    chosen: list[Option | None] = [None] * len(candidates)
    last = count.best
    while last is not None:
        chosen[last.place] = last.option
        last = last.before
    return chosen
