"""How well a sentence meets a question: the words they share, and whether it holds the kind of thing asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answering.evidence import Unit, Words
from assistant.answering.lists import ITEM
from assistant.answering.question import Asked, Understanding, alternatives, proper_names
from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import bigrams, marked_keys, syllables

_DATE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{4})?\b|\bngày\s+\d|\btháng\s+\d|\bnăm\s+\d{4}|\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(r"\b(?:một|hai|ba|bốn|sáu|bảy|tám|chín|mười)\b")
_TITLE = re.compile(r"\b(?:ông|bà|đồng chí)\s", re.IGNORECASE)
# What a term counts that is found only without its marks («thủ đô» against «thu»).
_FOLDED_ONLY = 0.25
# … and where the question's word has none, though others of it do: perhaps typed in haste.
_UNMARKED = 0.75
# Years and the name of an industrial revolution are no figures.
_NO_FIGURE = re.compile(r"\b(?:19|20)\d\d\b|\b4\.0\b")
_BODY = re.compile(
    r"\b(?:Bộ|Sở|Ban|Cục|Vụ|Hội đồng|UBND|Ủy ban|Tập đoàn|Tổng [Cc]ông ty|Công ty|Viện|Trường|Trung tâm)\s"
)
_DEPUTY = re.compile(r"\b[Pp]hó ([^\W\d_]+)")
# What a term counts that comes of the conversation before the question.
_BEFORE = 0.4
_REASON = re.compile(r"\b(?:vì|do|bởi|nhờ|nguyên nhân|lý do|nhằm|để|xuất phát)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Match:
    """How a unit meets a question; shares are of the question's weight and lie in 0..1."""

    unit: Unit
    own: float  # terms in the unit itself
    pairs: float  # neighbouring terms in the unit itself
    around: float  # terms in the unit or its context
    lacking: float  # weight of the heaviest term found nowhere, as a share of the heaviest of all
    numbers: bool  # every number of the question is in the unit or its context
    fits: bool  # the unit holds the kind of thing asked for
    deputy: bool  # the unit names a deputy where the holder of the office is asked for
    similar: float  # cosine of question and unit, as the encoder sees them
    names: float  # share of the question's proper names that the unit or its context holds

    @property
    def score(self) -> float:
        return (
            0.40 * self.own
            + 0.25 * self.pairs
            + 0.25 * self.around
            + (0.12 if self.fits else 0.0)
            + 0.15 * self.unit.hit_score
            + 0.15 * self.similar
            - (0.0 if self.numbers else 0.25)
            - (0.6 if self.deputy else 0.0)
            - 0.2 * (1 - self.names)
        )


def match(unit: Unit, question: Understanding, weight: Callable[[str], float], similar: float) -> Match:
    """Compares one unit with the question; `weight` is a term's inverse document frequency."""
    keys = dict(zip(question.terms, question.keys, strict=True))
    weights = {term: weight(term) * (1.0 if term in question.focus else _BEFORE) for term in keys}
    total = sum(weights.values()) or 1.0
    own = {term: presence(term, key, unit.words) for term, key in keys.items()}
    around = {term: max(own[term], presence(term, key, unit.context)) for term, key in keys.items()}
    return Match(
        unit=unit,
        own=sum(weights[t] * own[t] for t in keys) / total,
        pairs=_pair_share(bigrams(list(question.terms)), set(bigrams(unit.terms)), weights),
        around=sum(weights[t] * around[t] for t in keys) / total,
        lacking=max((weights[t] * (1 - around[t]) for t in keys), default=0.0) / max([*weights.values(), 1e-9]),
        numbers=not missing_numbers(unit, question),
        fits=fits(question.asked, unit.text, question.numbers),
        deputy=_is_deputy(unit, question),
        names=_name_share(unit, question),
        similar=max(0.0, similar),
    )


def missing_numbers(unit: Unit, question: Understanding) -> list[str]:
    """Numbers of the question that neither the unit nor its context holds; `02` is `2`."""
    held = {_plain(term) for words in (unit.words, unit.context) for term in words.terms if term[0].isdigit()}
    missing = [number for number in question.numbers if _plain(number) not in held]
    wrong = [n for n in question.ordinals if n not in missing and not _ordinal_stands(n, unit.neighbourhood)]
    return missing + wrong


def _ordinal_stands(number: str, neighbourhood: str) -> bool:
    return re.search(rf"\b(?:thu|dieu|khoan|ky|khoa) 0?{re.escape(number)} ", neighbourhood) is not None


def missing_names(unit: Unit, question: Understanding) -> list[str]:
    """Proper names of the question of which a syllable stands nowhere near the unit."""
    if not question.marked:
        return [name for name in question.names if f" {' '.join(expand(syllables(name)))} " not in unit.neighbourhood]
    return [name for name in question.names if not set(marked_keys(name)) <= unit.keys_near]


def _plain(number: str) -> str:
    return number.lstrip("0") or "0"


def presence(term: str, key: str | None, words: Words) -> float:
    """1 where the words hold the term as the question writes it, less where only without its marks, else 0."""
    if term not in words.terms:
        return 1.0 if any(other in words.terms for other in alternatives(term)) else 0.0
    if key is None or not words.marked or key in words.keys or term in words.written_out:
        return 1.0
    return _UNMARKED if key == term else _FOLDED_ONLY


def _is_deputy(unit: Unit, question: Understanding) -> bool:
    """The unit speaks of the deputy (`Phó Chủ tịch`) where the question asks for the holder."""
    titles = [fold(title) for title in _DEPUTY.findall(unit.text)]
    asked = [t for t in titles if t in question.terms and "pho" not in question.terms]
    return any(unit.terms.count(title) == titles.count(title) for title in asked)


def _name_share(unit: Unit, question: Understanding) -> float:
    """Share of the proper names (`Đồng Nai`) found as they stand, in the unit or around it."""
    return 1 - len(missing_names(unit, question)) / max(1, len(question.names))


def _pair_share(wanted: list[str], have: set[str], weights: dict[str, float]) -> float:
    worth = {pair: sum(weights.get(t, 0.0) for t in pair.split("_")) for pair in wanted}
    total = sum(worth.values())
    return sum(w for pair, w in worth.items() if pair in have) / total if total else 0.0


def fits(asked: Asked, text: str, known: Sequence[str] = ()) -> bool:
    """Whether the text holds the kind of thing asked for; a number that the question itself names (`known`) is none."""
    if asked is Asked.NUMBER:
        numbers = {_plain(n) for n in _NUMBER.findall(_NO_FIGURE.sub(" ", text))} - {_plain(n) for n in known}
        return bool(numbers) or bool(_NUMBER_WORD.search(text))
    if asked is Asked.PERSON:
        named = any(len(name) > 2 for name in proper_names(text))
        return named or bool(_TITLE.search(text) or _BODY.search(text))
    if asked is Asked.LIST:
        return text.rstrip().endswith(":") or text.count(",") + text.count(";") >= 2 or bool(ITEM.match(text))
    pattern = {Asked.DATE: _DATE, Asked.REASON: _REASON}.get(asked)
    return bool(pattern.search(text)) if pattern else False
