"""Which quotations stand in documents that are in force: those come first; knows no search."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from assistant.answering.evidence import Passage
from assistant.answering.matching import Match
from assistant.answering.missing import names
from assistant.answering.question import Understanding
from assistant.documents.validity import AMENDED, ENDED, NOT_YET, PARTLY, State
from assistant.types import Document

# Of so many of the best sentences one may say the same as the best one, of a document that has ended …
_NEAR = 30
# … with this share of their words in common, and of the score.
_ALIKE, _SCORE = 0.6, 0.7
# … and, where it is only amended, with this share, as another provision may only speak of the same.
_AMENDED_ALIKE = 0.8


def in_force_first(passages: Sequence[Passage], states: Mapping[str, State], question: Understanding) -> list[Passage]:
    """The passages in their order, what is not in force behind the rest, and what amends before what it amends.

    What the question names by its number, and what is known of a document, stays where it is.
    """
    if question.particular:
        return list(passages)
    if any(names(p.document, question) for p in passages):
        return _amenders_first(passages, states)
    return _amenders_first(sorted(passages, key=lambda p: _is_out(states[p.document.id])), states)


def current(passages: Sequence[Passage], states: Mapping[str, State]) -> list[Passage]:
    """Those that neither their own state nor another one of them makes out of date."""
    cited = {p.document.id for p in passages}
    kept = [p for p in passages if not _is_out(states[p.document.id]) and cited.isdisjoint(states[p.document.id].by)]
    return kept or list(passages)


def successor_first(
    ranked: Sequence[Match], question: Understanding, state: Callable[[Document], State]
) -> list[Match]:
    """What the one that has ended or amended the best sentence's document says in its place comes before it."""
    if not ranked or question.particular or question.provision or names(ranked[0].unit.document, question):
        return list(ranked)
    best, of_best = ranked[0], state(ranked[0].unit.document)
    share = {ENDED: _ALIKE, AMENDED: _AMENDED_ALIKE, PARTLY: _AMENDED_ALIKE}.get(of_best.name)
    for m in ranked[1:_NEAR] if share else ():
        told = m.unit.document.id in of_best.by and m.score >= _SCORE * best.score and m.fits >= best.fits
        if told and share and _alike(m, best) >= share:
            return [m, *(other for other in ranked if other is not m)]
    return list(ranked)


def _alike(one: Match, other: Match) -> float:
    terms, others = one.unit.words.terms, other.unit.words.terms
    return len(terms & others) / max(1, min(len(terms), len(others)))


def _is_out(state: State) -> bool:
    return state.name in (ENDED, NOT_YET)


def _amenders_first(passages: Sequence[Passage], states: Mapping[str, State]) -> list[Passage]:
    done: list[Passage] = []
    for passage in passages:
        amended = states[passage.document.id]
        first = [] if _is_out(amended) else [p for p in passages if p.document.id in amended.by]
        done += [p for p in [*first, passage] if p not in done]
    return done
