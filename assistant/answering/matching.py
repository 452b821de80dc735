"""How well a sentence meets a question: the words they share, and whether it holds the kind of thing asked for."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assistant.answering.asked import TYPED, Asked
from assistant.answering.evidence import Unit, Words, alternatives, document_numbers, parts_of_number, words_of
from assistant.answering.fitting import enumerates, fits
from assistant.answering.lists import CELL, is_figure
from assistant.answering.missing import is_named, missing_names, missing_numbers
from assistant.answering.question import JOINING, Understanding
from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import bigrams

# A term's inverse document frequency.
Weight = Callable[[str], float]
_AREA = r"\b(?:ha|hecta|héc|mét|km|m)\b|\dha\b|m2|m²"
_MONEY = r"\b(?:(?<!hợp )(?<!hội )(?<!cộng )đồng|tỷ|triệu|usd|đô la)\b|\d{1,3}(?:\.\d{3})+(?=\s*(?:[|;,.)/]|$))"
# Measures by the first word that asks for them, folded.
_WORD = r"\b(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mươi|trăm)"
_TIME = rf"(?:\d|{_WORD}) ?(?:\([^)\n]{{1,30}}\) ?)?(?:ngày|tháng|năm|giờ|tuần)\b"
_MEASURES = {
    **dict.fromkeys(("hom", "ngay", "thang", "nam", "gio"), _TIME),
    **dict.fromkeys(("tien", "dong", "trieu", "ty", "nghin"), _MONEY),
    **dict.fromkeys(("ha", "hecta", "met"), _AREA),
    "phan": r"%|phần trăm",
}
# What a term counts that is found only without its marks («thủ đô» against «thu»).
_FOLDED_ONLY = 0.25
# … and where the question's word has none, though others of it do: perhaps typed in haste.
_UNMARKED = 0.75
_DEPUTY = re.compile(r"\b[Pp]hó ([^\W\d_]+)")
# What a term counts that the title of the document named by the question has: it says which one, not what of it.
_TITLED = 0.3
# What a term counts of which another wording stands there.
_OTHER_WORDING = 0.8
# A title names what its document tells, and a sentence that says hardly more than the question tells nothing.
_LISTED = 0.15
_TITLE_COST, _EMPTY_COST = 0.12, 0.12
_NEW_TERMS = 4
# A row of something else that the question names too: `Người phục vụ Bà mẹ …`.
_ROW_COST = 0.1
# What a word of a proper name counts that stands before the sentence, as that of the speaker.
_SPEAKER = 0.8
# What a term counts that stands only in the sentences before.
_CARRIED = 0.45
# What a term counts that comes of the conversation before the question.
_BEFORE = 0.15
# A sentence that begins so has its subject in the one before.
POINTS_BACK = re.compile(r"(?:Đây|Đó|Điều này|Điều đó|Việc này|Các (?:nội dung|nhiệm vụ|hoạt động) này)\b")


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
    foreign: bool  # the question names this document, and the unit speaks of another one
    names: float  # share of the question's proper names that the unit or its context holds
    lists: bool  # a list is asked for, and the unit begins one
    titled: bool  # the unit is the title of its document
    told: float  # how much the unit says beyond the question: 1 from a few words on
    head: float  # share of the quality asked for (`học phí`) that stands there or around; 1 where none is named
    literal: float  # as `own`, without the other wordings of the question's phrases
    meant: float  # share of the words of a table row's label that the question says; 1 where it is no row

    @property
    def score(self) -> float:
        return (
            0.37 * self.own
            + 0.19 * self.pairs
            + 0.42 * self.around
            + (0.19 if self.fits else 0.0)
            + (_LISTED if self.lists else 0.0)
            + 0.19 * self.unit.hit_score
            + 0.18 * self.similar
            - (0.0 if self.numbers else 0.22)
            - (0.6 if self.deputy else 0.0)
            - (0.1 if self.foreign else 0.0)
            - 0.21 * (1 - self.names)
            - 0.12 * (1 - self.head)
            - _ROW_COST * (1 - self.meant)
            - (_TITLE_COST if self.titled else 0.0)
            - _EMPTY_COST * (1 - self.told)
        )


def match(unit: Unit, question: Understanding, idf: Mapping[str, float], similar: float) -> Match:
    """Compares one unit with the question; `idf` is of each of its terms."""
    keys = dict(zip(question.terms, question.keys, strict=True))
    named = is_named(unit.document, question)
    if named:  # what names the document is answered by the document
        naming = _naming(question)
        keys = {t: key for t, key in keys.items() if t not in naming} or keys
    titled = words_of([unit.document.title]).terms if named else frozenset()
    weights = {
        term: idf[term] * (1.0 if term in question.focus else _BEFORE) * (_TITLED if term in titled else 1.0)
        for term in keys
    }
    total = sum(weights.values()) or 1.0
    own = {term: presence(term, key, unit.words) for term, key in keys.items()}
    around = {term: share if share == 1.0 else _around(term, keys[term], share, unit) for term, share in own.items()}
    meant = _meant(question, unit.joined)
    soft = {term: max(own[term], _OTHER_WORDING if term in meant else 0.0) for term in keys}
    carried = {fold(word) for name in question.names for word in name.split()}  # who speaks is not said again
    soft = {term: max(share, _SPEAKER * around[term] if term in carried else 0.0) for term, share in soft.items()}
    meant |= _meant(question, unit.joined_context)
    soft_around = {term: max(around[term], _OTHER_WORDING if term in meant else 0.0) for term in keys}
    fitting = fits(question, unit.told) and _counts(unit, question, meant)
    return Match(
        unit=unit,
        own=sum(weights[t] * (soft_around if unit.provision else soft)[t] for t in keys) / total,
        pairs=_pair_share(bigrams(list(question.terms)), set(bigrams(unit.terms)), weights),
        around=sum(weights[t] * soft_around[t] for t in keys) / total,
        lacking=max((weights[t] * (1 - soft_around[t]) for t in keys), default=0.0) / max([*weights.values(), 1e-9]),
        numbers=not missing_numbers(unit, question),
        fits=fitting,
        deputy=_is_deputy(unit, question),
        foreign=named and _speaks_of_another(unit),
        names=_name_share(unit, question),
        similar=max(0.0, similar),
        lists=question.wants_list and enumerates(unit.text) and not _is_title(unit),
        titled=_is_title(unit),
        told=1.0 if fitting and (question.placed or question.asked in TYPED) else _told(unit, question),
        head=_head_share(unit, question, keys, meant),
        meant=_label_share(unit, question),
        literal=sum(weights[t] * own[t] for t in keys) / total,
    )


def _around(term: str, key: str | None, own: float, unit: Unit) -> float:
    """What a term counts that stands in the unit, in its context, or, less, in the sentences before."""
    near = max(own, presence(term, key, unit.context))
    if near >= _CARRIED:
        return near
    return max([near, *(_CARRIED * presence(term, key, words) for words in unit.carried if term in words.terms)])


def _meant(question: Understanding, joined: str) -> set[str]:
    """Terms of the question for which the text has another wording."""
    return {t for w in question.wordings if any(phrase in joined for phrase in w.phrases) for t in w.terms}


def _head_share(unit: Unit, question: Understanding, keys: dict[str, str | None], meant: set[str]) -> float:
    if not question.head:
        return 1.0
    near = [
        max(presence(t, keys.get(t), unit.words), presence(t, keys.get(t), unit.context), float(t in meant))
        for t in question.head
    ]
    return sum(near) / len(near)


def _label_share(unit: Unit, question: Understanding) -> float:
    if CELL not in unit.text:
        return 1.0
    label = words_of([" ".join(cell for cell in unit.text.split(CELL) if not is_figure(cell))]).terms
    return len(label & set(question.terms)) / len(label) if label else 0.0


def _told(unit: Unit, question: Understanding) -> float:
    """From few new words to enough; what leads to a list tells the list."""
    if unit.end_of_list > unit.end:
        return 1.0
    return min(1.0, len(set(unit.terms) - set(question.terms) - JOINING) / _NEW_TERMS)


def _is_title(unit: Unit) -> bool:
    title = " ".join(unit.document.title.split())
    rest = len(unit.document.text) - unit.end
    return unit.start < len(title) + 200 < rest and " ".join(unit.text.split())[:60] in title


def _speaks_of_another(unit: Unit) -> bool:
    own = f"{fold(unit.document.number or '')}/"
    return any(not own.startswith(f"{fold(number)}/") for number in document_numbers(unit.text))


def _naming(question: Understanding) -> set[str]:
    return {part for number in question.documents for part in parts_of_number(number)}


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


def _counts(unit: Unit, question: Understanding, meant: set[str]) -> bool:
    """The unit or what stands around it speaks of what is counted, or gives the measure asked for."""
    counted = question.counted
    if question.asked is not Asked.NUMBER or not counted:
        return True
    measure = _MEASURES.get(counted)
    if measure is not None:
        headed = f"{unit.before}\n{unit.told}" if CELL in unit.text else unit.told  # a table's header tells the measure
        return re.search(measure, headed, re.IGNORECASE) is not None
    return counted in meant or any(
        presence(counted, None, words) > 0 for words in (words_of([unit.told]), unit.context)
    )
