"""The figures, days, people, offices and documents that a text names, as a question asks for them; ranks none."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from assistant.answering.asked import Asked
from assistant.answering.lists import ITEM
from assistant.answering.question import Understanding
from assistant.vietnamese.normal import fold

# Where in the text it stands, and what speaks for it beside its place.
Value = tuple[int, int, float]
_D = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_SCALE = r"(?: (?:nghìn|ngàn|triệu|tỷ|tỉ)\b)*"
_UNITS = (
    r"%|‰|phần trăm|ha\b|hecta|héc[- ]?ta|km2|km²|km|m2|m²|m3|MHz|GHz|kW|MW|đồng(?:/\w+)*|USD|đô la(?: Mỹ)?|VNĐ|"
    r"người|lao động|sinh viên|học sinh|học viên|doanh nghiệp|dự án|nhiệm vụ|đề tài|tỉnh|thành phố|đơn vị|cơ sở|"
    r"năm|tháng|ngày|giờ|tuần|lần|điểm|bậc|tuổi|chỉ tiêu|chỉ số|nhóm|hộ|xã|phường|trường|viện|quận|huyện"
)
# What is said of a figure and belongs to it.
_ABOUT = "ít nhất|tối thiểu|tối đa|nhiều nhất|không quá|không dưới|gần|hơn|trên|dưới|khoảng|từ|đến"
_FIGURE = re.compile(
    rf"(?:(?:{_ABOUT}|thứ hạng|xếp hạng|xếp thứ|đứng thứ|hạng|thứ) )?(?<![\w/.,-])(?:{_D})"
    rf"(?!(?!(?:{_UNITS}))\w|/|[.,]\d|-\d)"
    rf"(?:/\d+)?{_SCALE}(?: ?(?:{_UNITS}))?",
    re.IGNORECASE,
)
_COUNT_WORD = re.compile(r"\b(?:hai|ba|bốn|sáu|bảy|tám|chín|mười)\b", re.IGNORECASE)
_DAY = re.compile(
    r"(?:ngày )?\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b|(?:(?:trước|sau|vào) )?ngày \d{1,2} (?:hằng|hàng|mỗi) tháng"
    r"|ngày \d{1,2} tháng \d{1,2}(?: năm \d{4})?"
    r"|(?:ngày|sáng|chiều|tối) \d{1,2}[/-]\d{1,2}\b"
    r"|tháng \d{1,2}(?:[/-]| năm )\d{4}"
    r"|(?:giai đoạn |từ )?(?:năm )?\b(?:19|20)\d\d ?[-–] ?(?:19|20)\d\d\b"
    r"|(?:(?:trước|sau|đến|từ|cuối|đầu) )?(?:năm )?\b(?:19|20)\d\d\b",
    re.IGNORECASE,
)
# A capital letter of the language.
_CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
_WORD = rf"{_CAPITAL}[^\W\d_]*"
_NAMED = rf"{_CAPITAL}(?!{_CAPITAL})[^\W\d_]*"
_NAME = re.compile(
    rf"(?:(?:[Ôô]ng|[Bb]à|[Đđ]ồng chí|PGS\.? ?TS\.?|GS\.? ?TS\.?|TS\.?|ThS\.?) )?(?<![\w&]){_NAMED}(?: {_NAMED}){{1,4}}"
)
# A name without a title has at least so many words; shorter ones are mostly places.
_ALONE = 3
_TITLE = re.compile(
    r"\b(?:(?:Phó )?(?:Thủ tướng(?: Chính phủ)?|Tổng Bí thư|Bí thư|Chủ tịch|Giám đốc|Cục trưởng|Vụ trưởng|Chánh \w+"
    r"|Trưởng (?:[Bb]an|[Pp]hòng|[Đđ]oàn|[Kk]hoa))|Bộ trưởng|Thứ trưởng|Hiệu trưởng|Viện trưởng)"
)
# A body that does something, or at which the clause ends: its name is whole.
_ACTS = (
    r" (?:đã|vừa|sẽ|đang|là|cho biết|cho rằng|đánh giá|đề nghị|đề xuất|phê duyệt|ban hành|chủ trì|phối hợp|giao|yêu cầu"
    r"|thông qua|tổ chức|nhận định|quy định|quyết định|thực hiện|chịu|có|ủng hộ|khuyến nghị|phát biểu|chia sẻ"
    r"|báo cáo|nhấn mạnh|khẳng định|được|trình|tại|để|về|cần)\b"
    r"|[.,;:)\n(]|$"
)
_ACTING = re.compile(_ACTS)
_BODY = re.compile(
    r"\b(?:Bộ(?! trưởng)|Sở(?! hữu)|Ban(?! hành)|Cục(?! trưởng)|Vụ(?! trưởng| việc)|Hội đồng|UBND|HĐND|Ủy ban|Uỷ ban"
    r"|Tập đoàn|Tổng [Cc]ông ty|Công ty|Viện(?! dẫn| trưởng)|Trường(?! hợp)|Trung tâm|Thủ tướng|Chính phủ|Quốc hội"
    rf"|Văn phòng|Tỉnh ủy|Đoàn(?! kết))(?: [^\s,.;:()«»“”]+){{0,10}}?(?={_ACTS})"
)
_HOLDER = re.compile(
    r"\b(?:chu tich|giam doc|bi thu|(?:bo|thu|cuc|vu|hieu|vien) truong|dung dau|(?:ai|nguoi) (?:da )?ky|lam truong)\b"
)
_PLACE = re.compile(r"(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|[Vv]ùng|[Kk]hu|[Xx]ã|[Pp]hường|[Hh]uyện|[Qq]uận|,) $")
_RANK = re.compile(r"\b(?:hang|thu|vi tri|xep) (?:may|bao nhieu|hang|thu)\b")
# The day that stands behind the number of a document is its own; asked for where its issue is.
_OF_DOCUMENT = re.compile(rf"\d+(?:/\d{{4}})?\s?[-–/]\s?{_CAPITAL}[\w–/-]*,?\s(?:ký )?$")
_ISSUED = re.compile(r"\b(?:ban hanh|ky|duoc ra|ra doi|(?<!dien )ra (?:ngay|nam|khi|luc|hoi|vao|bao gio)|de ngay)\b")
_NO_PERSON = frozenset(
    [
        "khu",
        "tinh",
        "thanh",
        "quan",
        "huyen",
        "xa",
        "phuong",
        "nghi",
        "luat",
        "de",
        "du",
        "cong",
        "chuong",
        "dong",
        "dai",
        "vung",
    ]
)
_PLACED = re.compile(
    r"(?:(?:[Tt]ỉnh|[Tt]hành phố|TP\.?|[Hh]uyện|[Qq]uận|[Xx]ã|[Pp]hường|[Tt]hị (?:xã|trấn)|[Kk]hu|[Đđ]ường"
    r"|[Tt]rung tâm)"
    rf"|(?<=tại )|(?<=ở )|(?<=thuộc )|(?<=Tại )|(?<=của )|(?<=và )) ?{_NAMED}(?: {_NAMED})+"
)
# … and without a proper name: `neo ở bến đò`.
_ANYWHERE = re.compile(r"\b(?:dau|cho nao|noi nao)\b")
_SOMEWHERE = re.compile(
    r"(?:(?<=\btại )(?!các|những|mức|khoản|điểm|điều)|(?<=\bở )(?!các|những|mức|đó|đây)|(?<=\bgần ))"
    r"[^\W\d_]+(?: [^\W\d_]+){0,4}"
)
# Figures of a table stand beside each other without a word between.
_NEAR = 80
_IN_ROW, _AFTER_ROW = re.compile(r" +\d[\d.,]*(?:\s|$)"), re.compile(r"\d[\d.,]* +$")
# `giai đoạn mấy`, `lần thứ mấy`: what the number asked for follows.
_LABEL = re.compile(r"\b(giai doan|dieu|khoan|muc|phien|nhom|khoa|vung|lop|lan|phien hop) (?:thu )?(?:may|nao)\b")
_WORDS_OF_ORDER = r"(?:nhat|hai|ba|tu|nam|sau|bay|tam|chin|muoi)\b"
_YEAR = re.compile(r"(?:19|20)\d\d")
_NO_FIGURE = re.compile(
    r"\b(?:ngày|sáng|chiều|tháng|Điều|Khoản|khoản|Điểm|điểm|Mục|mục|Phụ lục|giai đoạn|năm|lần thứ|số) \d+(?:[-/.–]\d+)*"
    r"|\b\d+\s?[-–/](?:\d{4}/)?[A-ZĐ]{2,}\S*|\b(?:19|20)\d\d\b|\b4\.0\b|\b\d{1,2}[-/]\d{1,2}(?:[-/]\d{4})?\b"
)
_DOCUMENT_NUMBER = re.compile(
    rf"\b(?:Nghị quyết|Nghị định|Thông tư|Quyết định|Chỉ thị) \d+(?![\w/–-])"
    rf"|(?:(?:Nghị quyết|Nghị định|Thông tư|Quyết định|Kế hoạch|Công văn|Tờ trình|Chỉ thị|Luật|Văn bản) (?:số )?)?"
    rf"\b\d+(?:/\d{{4}})? ?[-–/] ?{_CAPITAL}[\w]*(?: ?[-–/&] ?{_CAPITAL}[\w]*)*"
    r"|\b[A-Z]{2,6}(?: [A-Z]{2,6}){0,6} ?\d{3,}(?:[.:]\s?\d+)*"
)
_UNITS_OF_TIME = {"nam", "ngay", "thang"}
_MONEY, _AREA = re.compile(r"đồng|usd|đô la|tỷ|triệu", re.I), re.compile(r"(?<![^\W\d])ha\b|hecta|héc|km|m2|m²", re.I)
_OF_MEASURE = {
    "tien": _MONEY,
    "dong": _MONEY,
    "luong": _MONEY,
    "phan": re.compile(r"%|phần trăm"),
    "ha": _AREA,
    "hecta": _AREA,
}


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
    kept = []
    for start, end, extra in _values_in(text, question):
        piece = fold(text[start:end])
        if not any(name in piece for name in told) and not set(piece.split()) <= words:
            kept.append((start, end, extra))
    return kept


def _values_in(text: str, question: Understanding) -> Iterator[Value]:
    """Of the kind asked for; none where the kind shows by no form."""
    kinds: dict[Asked, Callable[[str, Understanding], Iterator[Value]]] = {
        Asked.NUMBER: _figures,
        Asked.DATE: _days,
        Asked.PERSON: _people,
        Asked.OFFICE: _offices,
        Asked.DOCUMENT: _documents,
        Asked.PLACE: _places,
    }
    return kinds[question.asked](text, question) if question.asked in kinds else iter(())


def _figures(text: str, question: Understanding) -> Iterator[Value]:
    hidden = list(text)
    if not question.labelled:
        for found in _NO_FIGURE.finditer(text):
            hidden[found.start() : found.end()] = " " * len(found.group())
    if mark := ITEM.match(text):
        hidden[: mark.end()] = " " * mark.end()
    masked = "".join(hidden)
    measure = _OF_MEASURE.get(question.counted) or (_AREA if "rong" in question.terms else None)
    if label := _LABEL.search(fold(question.text)):
        for found in re.finditer(rf"\b{label[1]} (?:thu )?(?:{_D}|[ivx]+\b|{_WORDS_OF_ORDER})", fold(text)):
            yield found.start(), found.end(), 1.5
    ranked = _RANK.search(fold(question.text)) is not None
    for found in _FIGURE.finditer(masked):
        piece = text[found.start() : found.end()]
        if ranked and _YEAR.search(piece):
            continue
        extra = 0.0
        if measure is not None:
            extra += 1.0 if measure.search(piece) else -0.5
        elif question.counted:
            after = fold(text[found.start() : found.end() + 20])
            extra += 1.0 if question.counted in re.findall(r"[a-z]+", after) else 0.0
        if ranked and re.search(r"(?:hạng|thứ) \d", piece):
            extra += 1.0
        if (
            (measure is not None and extra < 0)
            or _IN_ROW.match(text, found.end())
            or _AFTER_ROW.search(text[max(0, found.start() - _NEAR) : found.start()])
        ):
            continue  # of another measure, or one of several figures of a table's row
        yield found.start(), _with_noun(text, found.end(), question), extra
    if question.counted:
        for found in _COUNT_WORD.finditer(text):
            if question.counted in re.findall(r"[a-z]+", fold(text[found.end() : found.end() + 20]))[:2]:
                yield found.start(), _with_noun(text, found.end(), question), 0.6


def _with_noun(text: str, end: int, question: Understanding) -> int:
    """The end of the figure with the noun that the question counts by, where it follows at once."""
    words = list(re.finditer(r"[^\W\d_]+", text[end : end + 40]))
    counted = next((i for i, word in enumerate(words[:2]) if fold(word.group()) == question.counted), None)
    if counted is None or text[end : end + words[0].start()].strip():
        return end
    while counted + 1 < len(words) and fold(words[counted + 1].group()) in question.terms[:12]:
        if text[end + words[counted].end() : end + words[counted + 1].start()] != " ":
            break
        counted += 1
    return end + words[counted].end()


def _days(text: str, question: Understanding) -> Iterator[Value]:
    folded = fold(question.text)
    wants_year = re.search(r"\bnam (?:nao|bao nhieu)\b", folded) is not None
    wants_day = re.search(r"\bngay (?:nao|may|bao nhieu|thang)\b", folded) is not None
    of_document = _ISSUED.search(folded) is not None
    for found in _DAY.finditer(text):
        piece = found.group()
        has_day = re.search(r"\d{1,2}[/.-]\d{1,2}|ngày \d|(?:sáng|chiều|tối) \d", piece) is not None
        if re.search(r"[/-]\w", text[found.end() : found.end() + 2]) and not piece.endswith(" "):
            continue  # 57/2024/NĐ-CP
        if _OF_DOCUMENT.search(text[max(0, found.start() - 40) : found.start()]) and not of_document:
            continue
        extra = 0.4 if (wants_day and has_day) or (wants_year and not has_day) else 0.0
        if set(_YEAR.findall(piece)) & set(question.numbers):
            extra -= 0.8
        yield found.start(), found.end(), extra


def _people(text: str, question: Understanding) -> Iterator[Value]:
    named: list[tuple[int, int]] = []
    for found in _NAME.finditer(text):
        words = found.group().split()
        first = fold(words[0])
        before = text[max(0, found.start() - 60) : found.start()]
        if _BODY.match(text, found.start()) or _TITLE.match(text, found.start()) or _PLACE.search(before):
            continue
        honoured = first in {"ong", "ba", "dong", "pgs", "gs", "ts", "ths"}
        titled = [title.end() for title in _TITLE.finditer(before)]
        beside = titled and (len(words) >= _ALONE or not before[titled[-1] :].strip())
        alone = len(words) >= _ALONE and text[found.end() : found.end() + 1] in ",.\n(" and first not in _NO_PERSON
        if honoured or beside or alone:
            named.append(found.span())
            yield found.start(), found.end(), 0.5 if honoured else 0.3
    if _HOLDER.search(fold(question.text)):
        return  # the holder of an office is a person
    for found in _BODY.finditer(text):
        overlaps = any(start < found.end() and found.start() < end for start, end in named)
        if len(found.group().split()) > 1 and not overlaps:
            yield found.start(), found.end(), 0.0


def _offices(text: str, question: Understanding) -> Iterator[Value]:
    """What stands directly before or after the name that the question gives."""
    for name in question.names:
        for at in re.finditer(re.escape(fold(name)), fold(text)):
            after = re.match(r"\s*(?:,|\(|là|[-–])\s*([^.;:\n()]{3,90})", text[at.end() :])
            if after and _TITLE.search(after.group(1)):
                start = at.end() + after.start(1)
                yield start, start + _titles_end(_ACTING.split(after.group(1), maxsplit=1)[0]), 0.5
            before = text[max(0, at.start() - 90) : at.start()]
            titles = list(_TITLE.finditer(before))
            if titles and not re.search(r"[.;\n]", before[titles[-1].start() :]):
                start = max(0, at.start() - 90) + titles[-1].start()
                end = at.start() - len(before) + len(re.sub(r"[\s,–-]*(?:\b(?:[Ôô]ng|[Bb]à|là))?\s*$", "", before))
                if end > start:
                    yield start, end, 0.4


def _titles_end(text: str) -> int:
    """Where end the offices that a text opens with, parted by commas."""
    end = 0
    for piece in re.finditer(r"[^,]+", text):
        if end and not _TITLE.match(piece.group().strip()):
            break
        end = piece.end()
    return len(text[:end].rstrip())


def _documents(text: str, question: Understanding) -> Iterator[Value]:
    for found in _DOCUMENT_NUMBER.finditer(text):
        yield found.start(), found.end(), 0.2


def _places(text: str, question: Understanding) -> Iterator[Value]:
    for found in _PLACED.finditer(text):
        yield found.start(), found.end(), 0.2
    if _ANYWHERE.search(fold(question.text)):  # and not `ở huyện nào`
        for found in _SOMEWHERE.finditer(text):
            yield found.start(), found.end(), 0.0
