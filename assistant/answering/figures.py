"""The figures that a text names, as a question asks for them; ranks none."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.answering.asked import Value
from assistant.answering.lists import ITEM
from assistant.answering.question import Understanding
from assistant.vietnamese.normal import fold

_D = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:[.,]\d+)?"
_SCALE = r"(?: (?:nghìn|ngàn|triệu|tỷ|tỉ)\b)*"
_UNITS = (
    r"%|‰|phần trăm|ha\b|hecta|héc[- ]?ta|km2|km²|km|m2|m²|m3|MHz|GHz|kW|MW|"
    r"đồng(?:/(?:\d{1,2} )?\w+(?:(?: \w+){1,3}(?=[/;.,\n]|$))?)*|"
    r"USD|đô la(?: Mỹ)?|VNĐ|"
    r"người|lao động|sinh viên|học sinh|học viên|doanh nghiệp|dự án|nhiệm vụ|đề tài|tỉnh|thành phố|đơn vị|cơ sở|"
    r"năm|tháng(?: tiền)?(?: lương)?|ngày(?: làm việc)?|giờ|tuần|lần(?: mức lương(?: cơ sở| tối thiểu))?|điểm|bậc|"
    r"tuổi|chỉ tiêu|chỉ số|nhóm|hộ|xã|phường|trường|viện|quận|huyện|"
    r"phòng(?: thí nghiệm| thực hành)?|nghị quyết|quyết định|nghị định|thông tư|văn bản|kênh|hồ sơ|bản\b|tổ chức"
)
# What is said of a figure and belongs to it.
_ABOUT = "ít nhất|tối thiểu|tối đa|nhiều nhất|không quá|không dưới|gần|hơn|trên|dưới|khoảng|từ|đến"
_FIGURE = re.compile(
    rf"(?:(?:{_ABOUT}|thứ hạng|xếp hạng|xếp thứ|đứng thứ|vị trí thứ|hạng|thứ|top|tốp) )?(?<![\w/.,-])(?:{_D})"
    rf"(?!(?!(?:{_UNITS}))\w|/(?!\d+(?![/\d]))|[.,]\d|-\d)"
    rf"(?:/\d+)?(?: \([^\W\d_]+(?: [^\W\d_]+){{0,3}}\))?{_SCALE}(?: ?(?:{_UNITS}))?",
    re.IGNORECASE,
)
_COUNT_WORD = re.compile(r"\b(?:hai|ba|bốn|sáu|bảy|tám|chín|mười)\b", re.IGNORECASE)
_RANK = re.compile(r"\b(?:hang|thu|vi tri|xep) (?:may|bao nhieu|hang|thu|nao)\b|\bvi tri nao\b")
_PLACE_IN_ORDER = re.compile(r"(?:hạng|thứ|top|tốp) \d|\d/\d", re.IGNORECASE)
# Figures of a table stand beside each other without a word between.
_NEAR = 80
_IN_ROW, _AFTER_ROW = re.compile(r" +\d[\d.,]*(?:\s|$)"), re.compile(r"\d(?:[\d.,]{0,20}\d)? +$")
# `giai đoạn mấy`, `lần thứ mấy`: what the number asked for follows.
_LABEL = re.compile(r"\b(giai doan|dieu|khoan|muc|phien|nhom|khoa|vung|lop|lan|phien hop) (?:thu )?(?:may|nao)\b")
_WORDS_OF_ORDER = r"(?:nhat|hai|ba|tu|nam|sau|bay|tam|chin|muoi)\b"
_YEAR = re.compile(r"(?:19|20)\d\d")
_NO_FIGURE = re.compile(
    r"\b(?:ngày|sáng|chiều|tháng|Điều|Khoản|khoản|Điểm|điểm|Mục|mục|Phụ lục|giai đoạn|năm|lần thứ|số) \d+(?:[-/.–]\d+)*"
    r"|\b\d+\s?[-–/](?:\d{4}/)?[A-ZĐ]{2,}\S*|\b(?:19|20)\d\d\b|\b4\.0\b"
    r"|(?<!hạng )(?<!thứ )\b\d{1,2}[-/]\d{1,2}(?:[-/]\d{4})?\b"
)
_MONEY, _AREA = (
    re.compile(r"(?<!hợp )(?<!hội )(?<!cộng )đồng|usd|đô la|tỷ|triệu", re.I),
    re.compile(r"(?<![^\W\d])ha\b|hecta|héc|km|m2|m²", re.I),
)
# Among the best ones, which is no place in the order.
_TOP, _ASKS_TOP = re.compile(r"top|tốp", re.IGNORECASE), re.compile(r"\btop\b")
_BARE = re.compile(r"[\d.,]+")
_MORE_BEFORE, _MORE_AFTER = re.compile(r"\d(?:,| và|, và) $"), re.compile(r"(?:,| và|, và) \d")
# How far behind a figure stands what it counts, in characters.
_BESIDE = 20
# `1,3 lần mức quy định trên` is no amount.
_TIMES = re.compile(r"\d (?:\([^)]*\) )?lần$", re.IGNORECASE)
ASKS_TIMES = re.compile(r"\b(?:lan|gap|he so|nhan|bang bao nhieu|so voi|muc (?:nao|gi))\b")
_ASKS_DURATION = re.compile(r"\b(?:bao lau|thoi han|trong vong|may hom)\b")
_DURATION = re.compile(r"\d (?:\([^)]*\) )?(?:ngày|tháng|năm|giờ|tuần)\b", re.IGNORECASE)
_PERCENT = re.compile(r"%|phần trăm")
_OF_TIME = ("ngày", "tháng", "năm", "giờ", "tuần", "lần")
_OF_MEASURE = {
    "tien": _MONEY,
    "dong": _MONEY,
    "trieu": _MONEY,
    "ty": _MONEY,
    "nghin": _MONEY,
    "luong": _MONEY,
    "phan": _PERCENT,
    "ha": _AREA,
    "hecta": _AREA,
    **{fold(unit): re.compile(rf"[\d)] ?{unit}\b", re.IGNORECASE) for unit in _OF_TIME},
    "hom": re.compile(r"[\d)] ?ngày\b", re.IGNORECASE),
}


def figures(text: str, question: Understanding) -> Iterator[Value]:
    hidden = list(text)
    if not question.labelled:
        for found in _NO_FIGURE.finditer(text):
            hidden[found.start() : found.end()] = " " * len(found.group())
    if mark := ITEM.match(text):
        hidden[: mark.end()] = " " * mark.end()
    masked = "".join(hidden)
    asked = fold(question.text)
    measure = _OF_MEASURE.get(question.counted) or _measure_of(asked, question)
    if label := _LABEL.search(asked):
        for found in re.finditer(rf"\b{label[1]} (?:thu )?(?:{_D}|[ivx]+\b|{_WORDS_OF_ORDER})", fold(text)):
            yield found.start(), found.end(), 1.5
    ranked = not question.counted and _RANK.search(asked) is not None
    for found in _FIGURE.finditer(masked):
        piece = text[found.start() : found.end()]
        counted = measure is not None or not question.counted or _counts(text, found.start(), found.end(), question)
        if (
            (ranked and not _ASKS_TOP.search(asked) and _TOP.match(piece))
            or (ranked and (_YEAR.search(piece) or not _PLACE_IN_ORDER.search(piece)))
            or (measure is not None and not measure.search(piece))
            or not counted
            or (_TIMES.search(piece) and not ASKS_TIMES.search(asked))
            or _IN_ROW.match(text, found.end())
            or _AFTER_ROW.search(text[max(0, found.start() - _NEAR) : found.start()])
            or (_BARE.fullmatch(piece) and _is_one_of_several(text, found.start(), found.end()))
        ):
            continue  # of another measure or thing, or one of several figures of a table's row
        yield found.start(), _with_noun(text, found.end(), question), 1.0 if measure or question.counted else 0.0
    if question.counted:
        for found in _COUNT_WORD.finditer(text):
            if question.counted in re.findall(r"[a-z]+", fold(text[found.end() : found.end() + 20]))[:2]:
                yield found.start(), _with_noun(text, found.end(), question), 0.6


def _measure_of(asked: str, question: Understanding) -> re.Pattern[str] | None:
    """What a figure must be measured in, where the question says so by other words than the unit."""
    if _ASKS_DURATION.search(asked):
        return _DURATION
    return _AREA if "rong" in question.terms else None


def _counts(text: str, start: int, end: int, question: Understanding) -> bool:
    """Whether what is counted stands with the figure: `03 Nghị quyết` of `mấy nghị quyết`."""
    return question.counted in re.findall(r"[a-z]+", fold(text[start : end + _BESIDE]))


def _is_one_of_several(text: str, start: int, end: int) -> bool:
    """`34` of `kênh 33, 34, 35`."""
    return bool(_MORE_BEFORE.search(text[max(0, start - _BESIDE) : start]) or _MORE_AFTER.match(text, end))


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
