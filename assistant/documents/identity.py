"""What a document is called: its id, title, number and date as its text tells; knows no file format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePath

from assistant.types import Section
from assistant.vietnamese.normal import fold, nfc

_KINDS = (
    "Văn bản hợp nhất", "Nghị quyết liên tịch", "Thông tư liên tịch", "Nghị quyết", "Nghị định", "Thông tư",
    "Quyết định", "Chỉ thị", "Kế hoạch", "Báo cáo", "Công điện", "Hướng dẫn", "Pháp lệnh", "Luật", "Bộ luật",
)  # fmt: skip
# The head of an official document: `Số: 38/2022/NĐ-CP` opens its line, and `Hà Nội, ngày … tháng … năm …` ends its own.
_NUMBER = re.compile(
    r"(?:^\W*Số:?|\bSố:)\s*(\d+(?:/\d{4})?/[A-ZĐƯ]{2,}[A-ZĐƯa-z0-9]*(?:\s?-\s?[A-ZĐƯ][A-ZĐƯa-z0-9]*)*)", re.MULTILINE
)
_DATE = re.compile(
    r"[A-ZĐ][^\W\d][^,\n]{0,30},\s*ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})\s*$", re.MULTILINE
)
# A consolidated text has its number under its last article.
_CONSOLIDATED = re.compile(r"^\W*Số:?\s*(\d+/VBHN-[A-ZĐƯ]+)\s*$", re.MULTILINE)
_CONSOLIDATED_KIND = _KINDS[0]
_HEAD = 1500
_TITLE = 250


def slug(name: str) -> str:
    """ASCII id of a file name's stem."""
    return re.sub(r"[^a-z0-9_]+", "-", fold(nfc(PurePath(name).stem))).strip("-") or "van-ban"


def identify(text: str, metadata: Mapping[str, str], sections: tuple[Section, ...], path: str) -> dict[str, str | None]:
    """Title, kind, number and date: front matter first, then the head of the text; what is unknown stays None."""
    head = text[:_HEAD]
    kind_title = _kind_and_subject(head)
    number = _NUMBER.search(head)
    if number is None and kind_title and (number := _CONSOLIDATED.search(text)):
        kind_title = _CONSOLIDATED_KIND, kind_title[1]
    found = {
        "kind": kind_title[0] if kind_title else None,
        "number": number.group(1).replace(" ", "") if number else None,
        "issued": _date(head) if number else None,
    }
    found |= {
        key: metadata[key]
        for key in ("kind", "number", "issuer", "author", "issued", "effective", "source")
        if metadata.get(key)
    }
    title = metadata.get("title") or (
        _official_title(found["number"], *kind_title) if kind_title else _first_title(text, sections, path)
    )
    return found | {"title": title}


def _date(head: str) -> str | None:
    match = _DATE.search(head)
    if match is None:
        return None
    day, month, year = map(int, match.groups())
    return f"{year:04d}-{month:02d}-{day:02d}" if 1 <= day <= 31 and 1 <= month <= 12 else None


def _kind_and_subject(head: str) -> tuple[str, str] | None:
    """The line that is a kind of document in capitals (NGHỊ ĐỊNH) and the subject lines under it."""
    lines = [line.strip() for line in head.split("\n") if line.strip()]
    for i, line in enumerate(lines):
        for kind in _KINDS:
            if line == kind.upper():
                subject = " ".join(_subject_lines(lines[i + 1 : i + 6]))
                return kind, subject
    return None


def _subject_lines(lines: list[str]) -> list[str]:
    taken: list[str] = []
    for line in lines:
        if line.startswith(("Căn cứ", "CHƯƠNG", "Chương", "Điều", "Theo đề nghị", "_", "-")) or (
            taken and line.isupper()
        ):
            break
        taken.append(line)
    return taken


def _official_title(number: str | None, kind: str, subject: str) -> str:
    title = " ".join(part for part in (kind, number, subject) if part)
    return title if len(title) <= _TITLE else title[:_TITLE].rsplit(" ", 1)[0] + "…"


def _first_title(text: str, sections: tuple[Section, ...], path: str) -> str:
    """The heading that opens the text, else the first line, else the file name."""
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    if sections and sections[0].title and text[: sections[0].span.start].strip() == "":
        return sections[0].heading
    line = first.lstrip("#").strip()
    if not line:
        return PurePath(path).stem
    return line if len(line) <= _TITLE else line[:_TITLE].rsplit(" ", 1)[0] + "…"
