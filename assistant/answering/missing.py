"""What of a question stands nowhere near a sentence: its numbers, proper names, offices; knows no ranking."""

from __future__ import annotations

import re

from assistant.answering.asked import Asked
from assistant.answering.evidence import Unit, parts_of_number
from assistant.answering.question import ORDINAL_WORDS, Understanding
from assistant.types import Document
from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold, has_marks
from assistant.vietnamese.numbers import document_number_terms
from assistant.vietnamese.syllables import marked_keys, syllables

# Terms of more years than this are not counted in months.
_MOST_YEARS = 20
_N, _UNIT = r"\d{1,3}(?:\.\d{3})+|\d{1,9}", r"%|[^\W\d_]+"
_RANGE = re.compile(
    rf"\btừ(?: đủ| trên)? (?P<low>{_N}) ?(?:{_UNIT})? ?(?:[-–]|đến(?: dưới)?) ?(?P<high>{_N})(?= ?(?P<unit>{_UNIT}))"
    rf"|\btừ(?: đủ)? (?P<least>{_N})(?= ?(?P<unit2>{_UNIT}))[^.;\n\d]{{0,40}}trở lên"
    rf"|\b(?:trên|hơn) (?P<over>{_N})(?= ?(?P<unit3>{_UNIT}))|\bdưới (?P<under>{_N})(?= ?(?P<unit4>{_UNIT}))",
    re.IGNORECASE,
)
_BOUNDS = ("low", "high", "least", "over", "under")
_YEAR = re.compile(r"(?:19|20)\d\d")
_COMPARED = re.compile(r"\bso với (?:cùng kỳ )?(?:năm )?(\d{4})\b", re.IGNORECASE)
# Offices of which the holder of one is not the holder of another.
_TITLES = ("Bộ trưởng", "Thứ trưởng", "Chủ tịch", "Bí thư", "Giám đốc", "Cục trưởng", "Vụ trưởng", "Thủ tướng")


def is_named(document: Document, question: Understanding) -> bool:
    """Whether the question names the document by its number; `38/2022` names `38/2022/NĐ-CP`."""
    number = f"{fold(document.number or '')}/"
    return any(number.startswith(f"{fold(named)}/") for named in question.documents)


def names(document: Document, question: Understanding) -> bool:
    """Whether the question names the document by its number, as short as people say it: `NĐ 301`."""
    told = set(document_number_terms(question.text))
    held = document_number_terms(f"{document.kind or ''} {document.number or ''}")
    return is_named(document, question) or (bool(told) and told.issubset(held))


def missing_numbers(unit: Unit, question: Understanding) -> list[str]:
    """Numbers of the question that neither the unit nor its context holds; `02` is `2`."""
    compared = set() if question.comparing else set(_COMPARED.findall(f"{unit.before} {unit.text}"))
    terms = (unit.words.terms | unit.context.terms) - compared
    held = {plain(term) for term in terms if term[0].isdigit()}
    if not any(_YEAR.fullmatch(term) for term in terms):
        held |= {term for words in unit.carried for term in words.terms if _YEAR.fullmatch(term)}
    absent = [n for n in question.numbers if plain(n) not in held and _in_months(n, question.text) not in held]
    missing = [n for n in absent if not _in_range(n, question.text, unit.told)]
    wrong = [n for n in question.ordinals if n not in missing and not _ordinal_stands(n, unit.neighbourhood)]
    unnamed = [] if is_named(unit.document, question) else question.documents
    whole = {part: number for number in unnamed for part in parts_of_number(number)}
    return list(dict.fromkeys(whole.get(number, number) for number in missing + wrong))


def _unit_of(number: str, question: str) -> str:
    """`%` of `12%`, `ho` of `400 hộ`."""
    found = re.search(rf"(?<!\d){number} ?(%|[^\W\d_]+)", question)
    return fold(found[1]) if found else ""


def _in_range(number: str, question: str, text: str) -> bool:
    """`400` where the text says `từ 350 hộ trở lên`, `12` where it says `từ 11% - 15%`."""
    if not number.isdigit() or _YEAR.fullmatch(number):
        return False
    asked, unit = int(number), _unit_of(number, question)
    for found in _RANGE.finditer(text):
        if fold(next(filter(None, found.group("unit", "unit2", "unit3", "unit4")), "")) != unit:
            continue
        low, high, least, over, under = (int(n.replace(".", "")) if n else None for n in found.group(*_BOUNDS))
        if low is not None and high is not None and low <= asked <= high:
            return True
        if (least is not None and asked >= least) or (over is not None and asked > over):
            return True
        if under is not None and asked < under:
            return True
    return False


def _in_months(number: str, text: str) -> str | None:
    """`36` of the `3` in `3 năm`, as laws count terms in months."""
    years = number.isdigit() and int(number) <= _MOST_YEARS and re.search(rf"\b{number} (?:năm|nam)\b", text.lower())
    return str(12 * int(number)) if years else None


def _ordinal_stands(number: str, neighbourhood: str) -> bool:
    word = next((fold(word) for word, n in ORDINAL_WORDS.items() if n == number), number)
    pattern = rf"\b(?:thu|dieu|khoan|ky|khoa) 0?{re.escape(number)} |\bthu {word} "
    pattern += "|\\bdau tien " if number == "1" else ""
    return re.search(pattern, neighbourhood) is not None


def missing_titles(unit: Unit, question: Understanding) -> list[str]:
    """Offices whose holder is asked for (`Bộ trưởng`) and that stand neither in the unit nor around it."""
    if question.asked is not Asked.PERSON:
        return []
    asked = f" {' '.join(question.terms)} "
    return [t for t in _TITLES if f" {fold(t)} " in asked and f" {fold(t)} " not in unit.neighbourhood]


def missing_names(unit: Unit, question: Understanding) -> list[str]:
    """Proper names of the question of which a syllable stands nowhere near the unit."""
    return [name for name in question.names if not _name_stands(name, unit)]


def _name_stands(name: str, unit: Unit) -> bool:
    """With its marks where it is written with any."""
    if has_marks(name):
        return set(marked_keys(name)) <= unit.keys_near
    return f" {' '.join(expand(syllables(name)))} " in unit.neighbourhood


def plain(number: str) -> str:
    return number.lstrip("0") or "0"
