"""Tells lines that a document says itself from those it quotes or notes at a page's foot; knows no headings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

_OPENS = re.compile(r"[“”\"„«‘'″]+")
# A quotation that begins a provision anew, so that the one still open before it was never closed.
_PROVISION = re.compile(r"[“”\"„«‘'″]+\s*(?:Điều\s+\d|Chương\s+[IVXLC\d]|Mục\s+\d|\d{1,3}[a-zđ]?\.\s|[a-zđ]\d?\)\s)")
# What a note at the foot of a consolidated text begins with, after its number.
_NOTED = (
    r"(?:Điều|Khoản|Điểm|Đoạn|Cụm từ|Từ|Chương|Mục|Nội dung|Tên|Tiêu đề|Phụ lục|Mẫu|Biểu|Danh mục|Quy định|Bộ luật|Luật"
    r"|Pháp lệnh|Nghị định|Nghị quyết|Thông tư|Quyết định|Văn bản|Căn cứ|Phần|Gạch đầu dòng|Câu|Số|Dòng)\b"
)
_NOTE = re.compile(rf"(\d{{1,3}})\s+(?={_NOTED})")
_LONE_NUMBER = re.compile(r"\d{1,3}")
_NOTE_TEXT = re.compile(_NOTED)
_CONSOLIDATED = re.compile(r"VĂN BẢN HỢP NHẤT|/VBHN-|được sửa đổi, bổ sung theo quy định tại")
# Notes whose number was not read may be this many in a row.
_NOTES_MISSED = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A line that is not blank: `start` is where its first letter stands, `text` has no white space around it.

    `quoted`: it stands in quotation marks. `doubtful`: a note of an earlier page that was never closed may still go on.
    """

    start: int
    text: str
    page: int
    quoted: bool = False
    noted: bool = False
    doubtful: bool = False

    @property
    def own(self) -> bool:
        return not (self.quoted or self.noted or self.doubtful)


def lines_of(text: str, pages: Sequence[int] = ()) -> list[Line]:
    """The lines in order, with what is known of each."""
    plain = list(_plain(text, pages))
    noted = _noted(plain) if _CONSOLIDATED.search(text) else set()
    quoted, doubtful = _quoted(plain, noted)
    return [
        Line(line.start, line.text, line.page, i in quoted, i in noted, i in doubtful) for i, line in enumerate(plain)
    ]


def _plain(text: str, pages: Sequence[int]) -> Iterator[Line]:
    start = 0
    for line in text.split("\n"):
        if stripped := line.strip():
            begin = start + len(line) - len(line.lstrip())
            yield Line(begin, stripped, bisect_right(pages, begin) if pages else 0)
        start += len(line) + 1


def _noted(lines: Sequence[Line]) -> set[int]:
    """Lines of notes: from a number that counts on from the note before to the foot of its page."""
    found: set[int] = set()
    last = 0
    for i, line in enumerate(lines):
        number = _note_number(lines, i)
        if number is not None and last < number <= last + _NOTES_MISSED:
            last = number
            found.add(i)
        elif i and i - 1 in found and lines[i - 1].page == line.page and line.page:
            found.add(i)
    return found


def _note_number(lines: Sequence[Line], i: int) -> int | None:
    if match := _NOTE.match(lines[i].text):
        return int(match.group(1))
    lone = _LONE_NUMBER.fullmatch(lines[i].text)
    below = lines[i + 1].text if i + 1 < len(lines) else ""
    return int(lines[i].text) if lone and _NOTE_TEXT.match(below) else None


def _quoted(lines: Sequence[Line], noted: set[int]) -> tuple[set[int], set[int]]:
    """Lines from an opening mark at a line's start to the line that closes it; what is never closed is one line."""
    quoted: set[int] = set()
    doubtful: set[int] = set()
    opened, depth = -1, 0
    for i, line in enumerate(lines):
        begins = bool(_OPENS.match(line.text))
        if begins:
            quoted.add(i)
        if begins and (opened < 0 or _PROVISION.match(line.text)):
            opened, depth = i, 0
        if opened < 0:
            continue
        depth += _balance(line.text)
        if depth <= 0:
            inside = range(opened, i + 1)
            crossed = {j for j in inside if opened in noted and lines[j].page != lines[opened].page}
            doubtful |= crossed
            quoted |= set(inside) - crossed
            opened = -1
    return quoted, doubtful - quoted


def _balance(line: str) -> int:
    """Marks opened less marks closed; an odd straight mark opens at the line's start and closes at its end."""
    depth = sum(line.count(c) for c in "“„«") - sum(line.count(c) for c in "”»")
    if line.count('"') % 2:
        depth += 1 if line.startswith('"') else -1
    return depth
