"""Whether a sentence stands on the quotations that it refers to, by its letters alone; knows no LLM.

A sentence fails for a quoted text, a figure (with its unit), a date, a document number or a proper name that the
quotations lack, or where less than half of its syllables come from them and the question. What it says about them can
still be wrong: that is why the quotations themselves follow it in the answer.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum

from assistant.answering.quotation import Quotation, neutral
from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import syllables

SHARE = 0.5


class Fault(StrEnum):
    """What is wrong with a sentence, or with a whole reply; `prompts/faults.txt` tells each of them to a model."""

    ALTERED_QUOTATION = "altered_quotation"
    INVENTED_FIGURE = "invented_figure"
    INVENTED_NAME = "invented_name"
    UNSUPPORTED = "unsupported"
    NO_REFERENCE = "no_reference"
    UNKNOWN_NUMBER = "unknown_number"
    NOT_JSON = "not_json"
    EMPTY = "empty"


_QUOTED = re.compile(r"«([^«»]*)»|“([^“”]*)”|\"([^\"]*)\"")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# 57-nq/tw, 01/2025/nd-cp, 22/12/2024, 2021-2025
_CODE = re.compile(r"\d[\d.,]*\w*(?:[/-]\w[\w.,]*)+(?<![.,])")
_DATE = re.compile(r"(?:(\d{1,2})\s+)?thang\s+(\d{1,2})\b(?:\s+nam\s+(\d{4}))?")
_SCALE = r"(?:ty|trieu|nghin|ngan)"
_UNIT = r"(?:%|‰|ha|km2|km|m2|m3|m|tan|kg|dong|usd|euro|nam|thang|tuan|ngay|gio|phut|nguoi|lan|diem)"
_MEASURE = re.compile(rf"{_NUMBER.pattern} (?:{_SCALE}(?: {_SCALE})*(?: {_UNIT})?|{_UNIT})(?![a-z0-9]| \d{{4}})")
_LETTERS = re.compile(r"[^\W\d_]+")


def is_grounded(sentence: str, sources: Sequence[Quotation], *, question: str = "") -> bool:
    """Whether all that can be checked by letters in the sentence occurs in its sources."""
    return find_fault(sentence, sources, question=question) is None


def find_fault(sentence: str, sources: Sequence[Quotation], *, question: str = "") -> Fault | None:
    """The first thing in the sentence that its sources do not bear out."""
    known = "\n".join(part for q in sources for part in (q.text, q.title, *q.headings))
    if not _quotes_verbatim(sentence, [q.text for q in sources]):
        return Fault.ALTERED_QUOTATION
    if not _figures_occur(sentence, known):
        return Fault.INVENTED_FIGURE
    if not _names_occur(sentence, known):
        return Fault.INVENTED_NAME
    return None if _shares(sentence, known, question) else Fault.UNSUPPORTED


def _quotes_verbatim(sentence: str, texts: Sequence[str]) -> bool:
    quoted = [" ".join("".join(groups).split()).strip(" .,;:…") for groups in _QUOTED.findall(sentence)]
    if any(mark in _QUOTED.sub("", sentence) for mark in '«»“”"'):
        return False
    lines = [" ".join(neutral(text).split()) for text in texts]
    return all(any(piece in line for line in lines) for piece in quoted)


def _figures_occur(sentence: str, known: str) -> bool:
    said, source = _plain(sentence), _plain(known)
    bare = _CODE.sub(" ", said)
    return (
        set(_CODE.findall(said)) <= _codes(source)
        and set(_NUMBER.findall(bare)) <= set(_NUMBER.findall(source))
        and all(_stands_in(measure, source) for measure in _MEASURE.findall(_spaced(bare)))
    )


def _plain(text: str) -> str:
    """Folded text in which dates, ranges, percentages and leading zeros are written in one way."""
    text = re.sub(r"(?<=\d)[ \t]*[-‐-―−][ \t]*(?=\d)", "-", fold(text))
    text = re.sub(r"\bphan tram\b", "%", re.sub(r"(?<=\d)(\s*)ti\b", r"\1ty", text))
    text = re.sub(r"(?<![\d.,])0+(?=[1-9]\d*(?![.,]?\d))", "", text)
    return _DATE.sub(lambda m: m.group() if not (m[1] or m[3]) else "/".join(filter(None, m.groups())), text)


def _codes(source: str) -> set[str]:
    """Document numbers, dates and ranges, and for a full date also its day and month, or month and year."""
    codes = set(_CODE.findall(source))
    dates = [code.split("/") for code in codes if re.fullmatch(r"\d+/\d+/\d+", code)]
    return codes | {"/".join(date[:2]) for date in dates} | {"/".join(date[1:]) for date in dates}


def _spaced(text: str) -> str:
    return " ".join(re.sub(r"(?<=\d)(?=[a-z%‰])", " ", text).split())


def _stands_in(measure: str, source: str) -> bool:
    return re.search(rf"(?<![\d.,]){re.escape(measure)}(?![a-z0-9])", _spaced(source)) is not None


def _names_occur(sentence: str, known: str) -> bool:
    """Capitalised words after the first stand in the source, or are the initials of words that do (CNTT)."""
    words = syllables(known)
    initials = "".join(word[0] for word in words)
    later = " ".join(sentence.split()[1:])
    return all(_is_known(name, words, initials) for name in _LETTERS.findall(later) if name[0].isupper())


def _is_known(name: str, words: Sequence[str], initials: str) -> bool:
    return fold(name) in words or (name.isupper() and len(name) > 1 and fold(name) in initials)


def _shares(sentence: str, known: str, question: str) -> bool:
    words = [word for word in syllables(sentence) if not word[0].isdigit()]
    source = set(syllables(known))
    common = source | set(syllables(question))
    return any(word in source for word in words) and sum(word in common for word in words) >= SHARE * len(words)
