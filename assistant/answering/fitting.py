"""Whether a text holds the kind of thing that a question asks for, by its form; knows no ranking."""

from __future__ import annotations

import re

from assistant.answering.asked import Asked, proper_names
from assistant.answering.lists import ITEM
from assistant.answering.missing import plain
from assistant.answering.question import Understanding
from assistant.vietnamese.normal import fold

_DATE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{4})?\b|\bngày\s+\d|\btháng\s+\d|\bnăm\s+\d{4}|\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(r"\b(?:hai|ba|bốn|sáu|bảy|tám|chín|mười)\b")
_TITLE = re.compile(r"\b(?:ông|bà|đồng chí)\s", re.IGNORECASE)
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
_REFERENCE = re.compile(r"\b\d+/\d{4}/\S+")
_CODE = re.compile(
    r"\b\d+(?:/\d{4})?\s?[-–/]\s?[A-ZĐ]{2,}|\b(?:Nghị quyết|Nghị định|Thông tư|Quyết định|Chỉ thị|Kế hoạch)(?: số)? \d+"
    r"|\bLuật [A-ZĐ]|\b[A-Z]{2,6}(?: [A-Z]{2,6})* ?\d{3,}"
)
_DATED = re.compile(
    r"\b\d+(?:/\d{4})?\s?[-–/]\s?[A-ZĐ]{2,}[\w–/-]*,? (?:ngày|năm) \d+(?:[-/.]\d+)*(?: tháng \d+)?(?: năm \d+)?"
)
_PLACES = re.compile(r"\b(?:thanh pho|thanh|tinh|nuoc|quoc gia|huyen|dia phuong|xa|phuong|vung) nao\b")
_NAMED = re.compile(r"(?<![.!?:] )(?<!^)\b[A-ZĐ][^\W\d_]+(?: [A-ZĐ][^\W\d_]+)*")
_FEW_NAMES = 2
# A heading that says where something stands.
PROVISION = re.compile(r"\W*(?:Điều|Khoản|Mục|Tiểu mục|Chương|Phần|Phụ lục) [\dIVXa-z.]+")
_ENUMERATION = re.compile(r"\b(?:bao gồm|gồm|sau đây|như sau|dưới đây)\b|:$|:\s", re.IGNORECASE)
_BODY = re.compile(
    r"\b(?:Bộ|Sở|Ban|Cục|Vụ|Hội đồng|UBND|Ủy ban|Tập đoàn|Tổng [Cc]ông ty|Công ty|Viện|Trường|Trung tâm)\s"
)
_HOLDER = re.compile(
    r"\b(?:[Cc]hủ tịch|[Bb]í thư|[Tt]rưởng|(?:[Tt]hứ|[Bb]ộ|[Cc]ục|[Vv]ụ) trưởng|[Gg]iám đốc|[Cc]hánh|[Hh]iệu trưởng"
    r"|[Tt]hủ tướng|[Tt]ổng [Bb]í thư|[Tt]ác giả|[Đđ]ại biểu|[Nn]gười phát ngôn)\b"
)
REASON = re.compile(r"\b(?:vì|do|bởi|nhờ|nguyên nhân|lý do|nhằm|để|mục đích|xuất phát)\b", re.IGNORECASE)


def fits(question: Understanding, text: str) -> bool:
    """Whether the text holds the kind of thing asked for."""
    if question.placed:
        return PROVISION.match(text) is not None
    if question.asked is Asked.NUMBER:
        return _holds_figure(text, question)
    if question.asked is Asked.PERSON:
        named = any(len(name) > 2 for name in proper_names(text))
        return named or bool(_TITLE.search(text) or _BODY.search(text) or _HOLDER.search(text))
    if question.asked is Asked.OFFICE:
        return any(_stands_beside(name, text) for name in question.names)
    if question.asked is Asked.LIST:
        places = _PLACES.search(fold(question.text)) is not None
        return holds_list(text) and (not places or sum(1 for _ in _NAMED.finditer(text)) > _FEW_NAMES)
    if question.asked is Asked.DATE:
        return bool(_DATE.search(_REFERENCE.sub(" ", text)) if _asks_issue(question) else _DATE.search(_undated(text)))
    if question.asked is Asked.DOCUMENT:
        return bool(_CODE.search(text))
    if question.defined:
        return _defines(question.defined, text)
    return question.asked is Asked.REASON and bool(REASON.search(text))


def enumerates(text: str) -> bool:
    return _ENUMERATION.search(text) is not None


def _asks_issue(question: Understanding) -> bool:
    return bool({"hanh", "ky"} & set(question.terms))


def _undated(text: str) -> str:
    """The text without the days that stand behind the numbers of documents, and without those numbers."""
    return _REFERENCE.sub(" ", _DATED.sub(" ", text))


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
    known = {plain(number) for number in question.numbers}
    numbers = {plain(n) for n in _NUMBER.findall(re.sub(r"\b(?:19|20)\d\d\b", " ", text))} - known
    return bool(numbers) or bool(_NUMBER_WORD.search(text))


def _stands_beside(name: str, text: str) -> bool:
    """The name stands beside an office: `Thứ trưởng Bộ KH&CN Bùi Hoàng Phương`, `ông Võ Văn Minh, Chủ tịch …`."""
    return any(
        _HOLDER.search(text[max(0, found.start() - 60) : found.end() + 40])
        for found in re.finditer(re.escape(fold(name)), fold(text))
    )
