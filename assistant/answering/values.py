"""The values of the kind that a question asks for in a text: days, documents and places here; ranks none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import chain

from assistant.answering.actors import bodies, offices, people
from assistant.answering.asked import CAPITAL, NAMED, NOT_SHOWN, Asked, Value
from assistant.answering.figures import figures
from assistant.answering.named import WHOLE, things
from assistant.answering.question import Understanding
from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold
from assistant.vietnamese.numbers import document_number_terms

_DAY = re.compile(
    r"(?:ngày )?\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b|(?:(?:trước|sau|vào) )?ngày \d{1,2} (?:hằng|hàng|mỗi) tháng"
    r"|ngày \d{1,2} tháng \d{1,2}(?: năm \d{4})?"
    r"|(?:ngày|sáng|chiều|tối) \d{1,2}[/-]\d{1,2}\b"
    r"|tháng \d{1,2}(?:[/-]| năm )\d{4}"
    r"|(?:giai đoạn |từ )?(?:năm )?\b(?:19|20)\d\d ?[-–] ?(?:19|20)\d\d\b"
    r"(?:,? (?:tầm nhìn|định hướng)(?: đến)?(?: năm)? (?:19|20)\d\d\b)?"
    r"|(?:đến )?năm (?:19|20)\d\d,? (?:tầm nhìn|định hướng)(?: đến)?(?: năm)? (?:19|20)\d\d\b"
    r"|(?:(?:trước|sau|đến|từ|cuối|đầu) )?(?:năm )?\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
# The day that stands behind the number of a document is its own; asked for where its issue is.
_OF_DOCUMENT = re.compile(rf"\d+(?:/\d{{4}})?\s?[-–/]\s?{CAPITAL}[\w–/-]*,?\s(?:ký )?$")
_ISSUED = re.compile(r"\b(?:ban hanh|ky|duoc ra|ra doi|(?<!dien )ra (?:ngay|nam|khi|luc|hoi|vao|bao gio)|de ngay)\b")
# `hạn chót`, `chậm nhất`; `hằng tháng`.
_DEADLINE = re.compile(r"\b(?:han chot|han cuoi|cham nhat|muon nhat|truoc ngay|den han|han nop|han gui)\b")
_UNTIL = re.compile(
    r"(?:chậm nhất(?: là)?|trước|muộn nhất(?: là)?|không muộn hơn|đến hết|hạn)(?: vào)? (?:ngày )?$", re.I
)
_MONTHLY = re.compile(r"\b(?:hang|moi) thang\b")
_ASKS_WHOLE = re.compile(r"\bma (?:so|nganh|chuong)\b|\b(?:so|ky) hieu\b|\bday du\b|\bso (?:may|nao)\b")
_ASKS_CODE = re.compile(r"\bma (?:so|nganh|chuong)\b")
_CODE = re.compile(r"\b[A-Z]{1,3}\.\d[\d.]*\d|(?<![\d.])\d\d(?:\.\d\d){2,}(?![\d.])|(?<![\d.,/])\d{5,9}(?![\d.,/])")
_OF_MANY = re.compile(r"\b(?:nhung|cac|may|bao nhieu|hai|ba|bon)\b")
_PERIOD = re.compile(r"\b(?:giai doan|thoi ky|nhiem ky|nhung nam|may nam) nao\b|\btu nam nao den\b")
_PLACE_NAME = rf"(?:TP\.? ?HCM|{NAMED}(?: {NAMED})+(?: [–-] {NAMED}(?: {NAMED})*)?)"
_PLACED = re.compile(
    r"(?:(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|[Hh]uyện|[Qq]uận|[Xx]ã|[Pp]hường|[Tt]hị (?:xã|trấn)|[Kk]hu|[Đđ]ường"
    r"|[Tt]rung tâm)"
    rf"|(?<=tại )|(?<=ở )|(?<=thuộc )|(?<=Tại )|(?<=của )|(?<=và )|(?=TP\.? ?HCM)) ?{_PLACE_NAME}"
    rf"(?:(?:,| và|, và) (?:tỉnh |thành phố |huyện |TP\.? )?{_PLACE_NAME})*"
)
# … and without a proper name: `neo ở bến đò`.
_ANYWHERE = re.compile(r"\b(?:dau|cho nao|noi nao)\b")
_AFTER_PLACE = r"(?:mỗi|vào|lúc|từ|khi|để|và|với|cho|trong|nhằm|như|hằng|thì)\b"
_SOMEWHERE = re.compile(
    r"(?:(?<=\btại )(?!các|những|mức|khoản|điểm|điều)|(?<=\bở )(?!các|những|mức|đó|đây)|(?<=\bgần ))"
    rf"[^\W\d_]+(?: (?!{_AFTER_PLACE})[^\W\d_]+){{0,4}}"
)
_ENDS = re.compile(rf" ?(?:[.,;)\n]|$)| {_AFTER_PLACE}")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DOCUMENT_NUMBER = re.compile(
    rf"\b(?:Nghị quyết|Nghị định|Thông tư|Quyết định|Chỉ thị) \d+(?![\w/–-])"
    rf"|(?:(?:Nghị quyết|Nghị định|Thông tư|Quyết định|Kế hoạch|Công văn|Tờ trình|Chỉ thị|Luật|Văn bản) (?:số )?)?"
    rf"\b\d+(?:/\d{{4}})? ?[-–/] ?{CAPITAL}[\w]*(?: ?[-–/&] ?{CAPITAL}[\w]*)*"
    r"|\b[A-Z]{2,6}(?: [A-Z]{2,6}){0,6} ?\d{3,}(?:[.:]\s?\d+)*"
)
_UNITS_OF_TIME = {"nam", "ngay", "thang"}


def plain_value(piece: str) -> str:
    """What tells two values apart: letters and figures, not how units and titles are written."""
    value = re.sub(r"hecta|hec[- ]?ta", "ha", fold(piece))
    value = re.sub(r"^(?:ong|ba|dong chi|ngay|nam|hang|thu hang|xep hang|xep thu|dung thu|thu)\s+", "", value)
    value = re.sub(r"(?<![\d.,])0+(?=[1-9])", "", value)
    return re.sub(r"\s+", "", value)


def fresh_values(text: str, question: Understanding) -> list[tuple[int, int, float]]:
    """The values of the kind asked for that the question does not name itself."""
    told = {fold(name) for name in question.names}
    words = set(question.terms) | _UNITS_OF_TIME
    asked = question.asked is Asked.DOCUMENT and not _ASKS_WHOLE.search(fold(question.text))
    named = {number for number in document_number_terms(question.text) if number.count("-") > 1} if asked else set()
    kept = []
    for start, end, extra in _values_in(text, question):
        piece = fold(text[start:end])
        if named and not named.isdisjoint(document_number_terms(text[start:end])):
            continue  # the number that the question names, written whole
        if not any(name in piece for name in told) and not set(expand(piece.split())) <= words:
            kept.append((start, end, extra))
    return kept


def _values_in(text: str, question: Understanding) -> Iterator[Value]:
    """Of the kind asked for; none where the kind shows by no form."""
    kinds: dict[Asked, Callable[[str, Understanding], Iterator[Value]]] = {
        Asked.NUMBER: figures,
        Asked.DATE: _days,
        Asked.PERSON: people,
        Asked.OFFICE: offices,
        Asked.DOCUMENT: _documents,
        Asked.PLACE: _places,
        Asked.OTHER: lambda text, question: chain(bodies(text, question), things(text, question)),
    }
    return kinds[question.asked](text, question) if question.asked in kinds else iter(())


def _days(text: str, question: Understanding) -> Iterator[Value]:
    folded = fold(question.text)
    wants_year = re.search(r"\bnam (?:nao|bao nhieu)\b", folded) is not None
    deadline = _DEADLINE.search(folded) is not None
    wants_day = deadline or re.search(r"\b(?:ngay (?:nao|may|bao nhieu|thang)|hom (?:nao|may))\b", folded) is not None
    wants_period = _PERIOD.search(folded) is not None
    of_document = _ISSUED.search(folded) is not None
    for found in _DAY.finditer(text):
        piece = found.group()
        has_day = re.search(r"\d{1,2}[/.-]\d{1,2}|ngày \d|(?:sáng|chiều|tối) \d", piece) is not None
        if re.search(r"[/-]\w", text[found.end() : found.end() + 2]) and not piece.endswith(" "):
            continue  # 57/2024/NĐ-CP
        if _OF_DOCUMENT.search(text[max(0, found.start() - 40) : found.start()]) and not of_document:
            continue
        extra = 0.4 if (wants_day and has_day) or (wants_year and not has_day) else 0.0
        if wants_day and not has_day:
            continue
        if _MONTHLY.search(folded) and not _MONTHLY.search(fold(piece)):
            continue
        extra += 0.6 if deadline and _UNTIL.search(text[max(0, found.start() - 20) : found.start()]) else 0.0
        extra += 0.6 if wants_period and len(_YEAR.findall(piece)) > 1 else 0.0
        if set(_YEAR.findall(piece)) & set(question.numbers):
            extra -= 0.8
        yield found.start(), found.end(), extra


def _documents(text: str, question: Understanding) -> Iterator[Value]:
    if _ASKS_CODE.search(fold(question.text)):
        yield from ((*match.span(), 0.2) for match in _CODE.finditer(text))
        return
    found = [match.span() for match in _DOCUMENT_NUMBER.finditer(text)]
    different = {plain_value(text[a:b]) for a, b in found} - {fold(number) for number in question.documents}
    one_of_several = len(different) > 1 and _OF_MANY.search(fold(question.text)) is not None
    yield from ((start, end, NOT_SHOWN if one_of_several else 0.2) for start, end in found)


def _places(text: str, question: Understanding) -> Iterator[Value]:
    """Names of places, and what stands after `ở`; what may be cut short is not shown."""
    for found in _PLACED.finditer(text):
        yield found.start(), found.end(), 0.2 if WHOLE.match(text, found.end()) else NOT_SHOWN
    if _ANYWHERE.search(fold(question.text)):  # and not `ở huyện nào`
        for found in _SOMEWHERE.finditer(text):
            yield found.start(), found.end(), 0.0 if _ENDS.match(text, found.end()) else NOT_SHOWN
