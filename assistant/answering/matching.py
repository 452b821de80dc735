"""How well a sentence meets a question: the words they share, and whether it holds the kind of thing asked for."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from assistant.answering.evidence import Unit, Words, alternatives, document_numbers, parts_of_number, words_of
from assistant.answering.lists import ITEM
from assistant.answering.question import ORDINAL_WORDS, Asked, Understanding, proper_names
from assistant.types import Document
from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import bigrams, marked_keys, syllables

_DATE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{4})?\b|\bngày\s+\d|\btháng\s+\d|\bnăm\s+\d{4}|\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(r"\b(?:hai|ba|bốn|sáu|bảy|tám|chín|mười)\b")
_TITLE = re.compile(r"\b(?:ông|bà|đồng chí)\s", re.IGNORECASE)
# What a term counts that is found only without its marks («thủ đô» against «thu»).
_FOLDED_ONLY = 0.25
# … and where the question's word has none, though others of it do: perhaps typed in haste.
_UNMARKED = 0.75
# Years, the number of a legal document and the name of an industrial revolution are no figures.
_NO_FIGURE = re.compile(
    r"\b(?:ngày|sáng|chiều|tháng) \d+(?:[-/.]\d+)*"
    r"|\b\d+\s?[-–/](?:\d{4}/)?[A-ZĐ]{2,}\S*|\b(?:19|20)\d\d\b|\b4\.0\b"
)
# Nor is a number that only says which one.
_WHICH = re.compile(
    r"\b(?:(?<!xếp )(?<!đứng )thứ|giai đoạn|điều|khoản|điểm|mục|mẫu số|phụ lục|phiên|nhóm)"
    r" (?:\d+|nhất|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)\b",
    re.IGNORECASE,
)
_AREA = r"\b(?:ha|hecta|héc|mét|km|m)\b|\dha\b|m2|m²"
_MONEY = r"\b(?:đồng|tỷ|triệu|usd|đô la)\b|\d{1,3}(?:\.\d{3})+"
# Measures by the first word that asks for them, folded.
_MEASURES = {"phan": r"%|phần trăm", "tien": _MONEY, "dong": _MONEY, "ha": _AREA, "hecta": _AREA, "met": _AREA}
_REFERENCE = re.compile(r"\b\d+/\d{4}/\S+")
_COMPARED = re.compile(r"\bso với (?:cùng kỳ )?(?:năm )?(\d{4})\b", re.IGNORECASE)
_BODY = re.compile(
    r"\b(?:Bộ|Sở|Ban|Cục|Vụ|Hội đồng|UBND|Ủy ban|Tập đoàn|Tổng [Cc]ông ty|Công ty|Viện|Trường|Trung tâm)\s"
)
_HOLDER = re.compile(
    r"\b(?:[Cc]hủ tịch|[Bb]í thư|[Tt]rưởng|(?:[Tt]hứ|[Bb]ộ|[Cc]ục|[Vv]ụ) trưởng|[Gg]iám đốc|[Cc]hánh|[Hh]iệu trưởng"
    r"|[Tt]hủ tướng|[Tt]ổng [Bb]í thư|[Tt]ác giả|[Đđ]ại biểu|[Nn]gười phát ngôn)\b"
)
# Offices of which the holder of one is not the holder of another.
_TITLES = ("Bộ trưởng", "Thứ trưởng", "Chủ tịch", "Bí thư", "Giám đốc", "Cục trưởng", "Vụ trưởng", "Thủ tướng")
_DEPUTY = re.compile(r"\b[Pp]hó ([^\W\d_]+)")
# What a term counts that comes of the conversation before the question.
_BEFORE = 0.4
_REASON = re.compile(r"\b(?:vì|do|bởi|nhờ|nguyên nhân|lý do|nhằm|để|mục đích|xuất phát)\b", re.IGNORECASE)


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
            - (0.1 if self.foreign else 0.0)
            - 0.2 * (1 - self.names)
        )


def match(unit: Unit, question: Understanding, weight: Callable[[str], float], similar: float) -> Match:
    """Compares one unit with the question; `weight` is a term's inverse document frequency."""
    keys = dict(zip(question.terms, question.keys, strict=True))
    if is_named(unit.document, question):  # what names the document is answered by the document
        keys = {t: key for t, key in keys.items() if t not in _naming(question)} or keys
    weights = {term: weight(term) * (1.0 if term in question.focus else _BEFORE) for term in keys}
    total = sum(weights.values()) or 1.0
    own = {term: presence(term, key, unit.words) for term, key in keys.items()}
    around = {term: max(own[term], presence(term, key, unit.context)) for term, key in keys.items()}
    return Match(
        unit=unit,
        own=sum(weights[t] * (around if unit.provision else own)[t] for t in keys) / total,
        pairs=_pair_share(bigrams(list(question.terms)), set(bigrams(unit.terms)), weights),
        around=sum(weights[t] * around[t] for t in keys) / total,
        lacking=max((weights[t] * (1 - around[t]) for t in keys), default=0.0) / max([*weights.values(), 1e-9]),
        numbers=not missing_numbers(unit, question),
        fits=fits(question, unit.told) and _counts(unit, question),
        deputy=_is_deputy(unit, question),
        foreign=is_named(unit.document, question) and _speaks_of_another(unit),
        names=_name_share(unit, question),
        similar=max(0.0, similar),
    )


def is_named(document: Document, question: Understanding) -> bool:
    """Whether the question names the document by its number; `38/2022` names `38/2022/NĐ-CP`."""
    number = f"{fold(document.number or '')}/"
    return any(number.startswith(f"{fold(named)}/") for named in question.documents)


def _speaks_of_another(unit: Unit) -> bool:
    own = f"{fold(unit.document.number or '')}/"
    return any(not own.startswith(f"{fold(number)}/") for number in document_numbers(unit.text))


def _naming(question: Understanding) -> set[str]:
    return {part for number in question.documents for part in parts_of_number(number)}


def missing_numbers(unit: Unit, question: Understanding) -> list[str]:
    """Numbers of the question that neither the unit nor its context holds; `02` is `2`."""
    compared = set() if question.comparing else set(_COMPARED.findall(f"{unit.before} {unit.text}"))
    terms = (unit.words.terms | unit.context.terms) - compared
    held = {_plain(term) for term in terms if term[0].isdigit()}
    missing = [number for number in question.numbers if _plain(number) not in held]
    wrong = [n for n in question.ordinals if n not in missing and not _ordinal_stands(n, unit.neighbourhood)]
    unnamed = [] if is_named(unit.document, question) else question.documents
    whole = {part: number for number in unnamed for part in parts_of_number(number)}
    return list(dict.fromkeys(whole.get(number, number) for number in missing + wrong))


def _ordinal_stands(number: str, neighbourhood: str) -> bool:
    word = next((fold(word) for word, n in ORDINAL_WORDS.items() if n == number), number)
    pattern = rf"\b(?:thu|dieu|khoan|ky|khoa) 0?{re.escape(number)} |\bthu {word} "
    return re.search(pattern, neighbourhood) is not None


def missing_titles(unit: Unit, question: Understanding) -> list[str]:
    """Offices whose holder is asked for (`Bộ trưởng`) and that stand neither in the unit nor around it."""
    if question.asked is not Asked.PERSON:
        return []
    asked = f" {' '.join(question.terms)} "
    return [t for t in _TITLES if f" {fold(t)} " in asked and f" {fold(t)} " not in unit.neighbourhood]


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


def fits(question: Understanding, text: str) -> bool:
    """Whether the text holds the kind of thing asked for."""
    if question.asked is Asked.NUMBER:
        return _holds_figure(text, question)
    if question.asked is Asked.PERSON:
        named = any(len(name) > 2 for name in proper_names(text))
        return named or bool(_TITLE.search(text) or _BODY.search(text))
    if question.asked is Asked.OFFICE:
        return any(_stands_beside(name, text) for name in question.names)
    if question.asked is Asked.LIST:
        return holds_list(text)
    if question.asked is Asked.DATE:
        return bool(_DATE.search(_REFERENCE.sub(" ", text)))
    if question.defined:
        return _defines(question.defined, text)
    return question.asked is Asked.REASON and bool(_REASON.search(text))


def _defines(what: str, text: str) -> bool:
    """`Techmart là …`, `… (Chỉ số DTI) …`, `mô hình “Ba nhà” gồm …`."""
    bare, name = re.sub(r"[“”\"«»]", "", text), re.escape(re.sub(r"[“”\"«»]", "", what))
    pattern = rf"\b{name}\b(?: \([^)]*\))?,? (?:là|gồm|được hiểu)\b|\([^)]*\b{name}\)"
    return re.search(pattern, bare, re.IGNORECASE) is not None


def holds_list(text: str) -> bool:
    parted = max(text.count(",") + text.count(";"), text.count(" - "))
    return text.rstrip().endswith(":") or parted >= 2 or bool(ITEM.match(text))


def _holds_figure(text: str, question: Understanding) -> bool:
    """A number other than those that the question names, that number an item or say which one of several is meant."""
    text = ITEM.sub("", text, count=1) if ITEM.match(text) else text
    if not question.labelled:
        text = _WHICH.sub(" ", _NO_FIGURE.sub(" ", text))
    known = {_plain(number) for number in question.numbers}
    numbers = {_plain(n) for n in _NUMBER.findall(re.sub(r"\b(?:19|20)\d\d\b", " ", text))} - known
    return bool(numbers) or bool(_NUMBER_WORD.search(text))


def _counts(unit: Unit, question: Understanding) -> bool:
    """The unit or what stands around it speaks of what is counted, or gives the measure asked for."""
    counted = question.counted
    if question.asked is not Asked.NUMBER or not counted:
        return True
    measure = _MEASURES.get(counted)
    if measure is not None:
        return re.search(measure, unit.told, re.IGNORECASE) is not None
    return any(presence(counted, None, words) > 0 for words in (words_of([unit.told]), unit.context))


def _stands_beside(name: str, text: str) -> bool:
    """The name stands beside an office: `Thứ trưởng Bộ KH&CN Bùi Hoàng Phương`, `ông Võ Văn Minh, Chủ tịch …`."""
    return any(
        _HOLDER.search(text[max(0, found.start() - 60) : found.end() + 40])
        for found in re.finditer(re.escape(name), text)
    )
