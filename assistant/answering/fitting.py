"""Whether a text holds the kind of thing that a question asks for, by its form; knows no ranking."""

from __future__ import annotations

import re

from assistant.answering.asked import Asked
from assistant.answering.figures import ASKS_TIMES
from assistant.answering.lists import ITEM
from assistant.answering.missing import plain
from assistant.answering.question import Understanding
from assistant.answering.values import fresh_values
from assistant.vietnamese.normal import fold

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(r"\b(?:hai|ba|bốn|sáu|bảy|tám|chín|mười)\b")
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
# `1,3 lần mức quy định trên` is no amount.
_TIMES = re.compile(r"\d+(?:[.,]\d+)? (?:\([^)\n]{1,30}\) )?lần (?!mức lương)", re.IGNORECASE)
_PLACES = re.compile(r"\b(?:thanh pho|thanh|tinh|nuoc|quoc gia|huyen|dia phuong|xa|phuong|vung) nao\b")
_NAMED = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZĐ][^\W\d_]+(?: [A-ZĐ][^\W\d_]+)*")
_FEW_NAMES = 2
# A heading that says where something stands.
PROVISION = re.compile(r"\W*(?:Điều|Khoản|Mục|Tiểu mục|Chương|Phần|Phụ lục) [\dIVXa-z.]+")
_ENUMERATION = re.compile(r"\b(?:bao gồm|gồm|sau đây|như sau|dưới đây)\b|:$|:\s", re.IGNORECASE)
# Kinds whose values show by their form alone; a figure may also stand in a table's row or be written as a word.
_BY_VALUE = (Asked.PERSON, Asked.OFFICE, Asked.DATE, Asked.DOCUMENT, Asked.PLACE)
REASON = re.compile(r"\b(?:vì|do|bởi|nhờ|nguyên nhân|lý do|nhằm|để|mục đích|xuất phát)\b", re.IGNORECASE)


def fits(question: Understanding, text: str) -> bool:
    """Whether the text holds the kind of thing asked for."""
    if question.placed:
        return PROVISION.match(text) is not None
    if question.asked is Asked.NUMBER:
        return _holds_figure(text, question)
    if question.asked in _BY_VALUE:
        return bool(fresh_values(text, question))
    if question.asked is Asked.LIST:
        places = _PLACES.search(fold(question.text)) is not None
        return holds_list(text) and (not places or sum(1 for _ in _NAMED.finditer(text)) > _FEW_NAMES)
    if question.defined:
        return _defines(question.defined, text)
    return question.asked is Asked.REASON and bool(REASON.search(text))


def enumerates(text: str) -> bool:
    return _ENUMERATION.search(text) is not None


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
    if not ASKS_TIMES.search(fold(question.text)):
        text = _TIMES.sub(" ", text)
    known = {plain(number) for number in question.numbers}
    numbers = {plain(n) for n in _NUMBER.findall(re.sub(r"\b(?:19|20)\d\d\b", " ", text))} - known
    return bool(numbers) or bool(_NUMBER_WORD.search(text))
