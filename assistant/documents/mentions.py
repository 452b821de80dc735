"""Other documents as a text names them, with number and date; knows no relation."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

NUMBER = r"\d{1,6}(?:/\d{4})?(?:/[A-ZĐƯ][A-ZĐƯa-z0-9]*(?:\s?[-–]\s?[A-ZĐƯ][A-ZĐƯa-z0-9]*)*)+"
KIND = (
    r"(?:Hiến pháp|Bộ luật|Luật|Pháp lệnh|Nghị quyết liên tịch|Nghị quyết|Nghị định|Thông tư liên tịch|Thông tư"
    r"|Quyết định|Chỉ thị|Lệnh|Sắc lệnh|Công văn|Kế hoạch|Thông báo|Kết luận|Văn bản hợp nhất)"
)
DAY = r"(\d{1,2})\s*(?:tháng|/|-|\.)\s*(\d{1,2})\s*(?:năm|/|-|\.)\s*(\d{4})"
_OTHER = r"(?:Bộ luật|Pháp lệnh|Nghị quyết|Nghị định|Thông tư|Quyết định|Chỉ thị|(?:và|,|;) Luật)"
_BETWEEN = rf"(?:(?!{_OTHER}\b)[^\d;:“”\n])"
# `Luật sửa đổi, bổ sung một số điều của Luật A và Luật B` names other laws in its own title.
_AMENDING = r"\ssửa đổi\b[^\d;:“”\n]{0,300}?"
_MENTION = re.compile(
    rf"\b(?P<kind>{KIND})(?:{_AMENDING}|\s{_BETWEEN}{{0,200}}?)??\s{{0,60}}+(?:"
    rf"(?:(?<=\s)số\s*+(?::\s*+)?)?(?P<number>{NUMBER})(?:\s++(?:của\s++{_BETWEEN}{{2,80}}?\s++)?ngày\s+(?P<day>{DAY}))?"
    rf"|(?<=\s)ngày\s+(?P<only>{DAY}))"
)


@dataclass(frozen=True, slots=True)
class Mention:
    """`name` stands at `start:end`."""

    kind: str
    name: str
    start: int
    end: int
    number: str | None
    date: str | None


def mentions(text: str, start: int = 0, end: int | None = None) -> Iterator[Mention]:
    """Documents named with a number or a date, in order."""
    for found in _MENTION.finditer(text, start, len(text) if end is None else end):
        day = found["day"] or found["only"]
        number = re.sub(r"\s", "", found["number"]).replace("–", "-") if found["number"] else None
        yield Mention(found["kind"], found.group(), found.start(), found.end(), number, day_in(day) if day else None)


def day_in(text: str) -> str | None:
    """The first day that the text names, as ISO date; None where there is none or it is none of the calendar."""
    match = re.search(DAY, text)
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    try:
        return date(year, month, day).isoformat()
    except ValueError:
        return None
