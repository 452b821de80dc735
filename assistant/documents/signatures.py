"""Who signed a document, as its signature block says it; the layout is that of Decree 30/2020/NĐ-CP."""

from __future__ import annotations

import re

from assistant.types import Document, Span

_CAPITALS = r"[A-ZÀ-ỸĐ][A-ZÀ-ỸĐ .,\-–()&]{2,80}"
_OFFICE = re.compile(
    r"\b(?:THỦ TƯỚNG|BỘ TRƯỞNG|THỨ TRƯỞNG|CHỦ TỊCH|CHỦ NHIỆM|GIÁM ĐỐC|CỤC TRƯỞNG|VỤ TRƯỞNG|TỔNG CỤC TRƯỞNG|BÍ THƯ"
    r"|TRƯỞNG BAN|CHÁNH VĂN PHÒNG|CHÁNH ÁN|VIỆN TRƯỞNG|HIỆU TRƯỞNG|TỔNG KIỂM TOÁN)\b"
)
_NAME = r"(?:(?:PGS|GS|TS|ThS|BS)\.? ?)*[A-ZÀ-ỸĐ][a-zà-ỹđ]+(?: [A-ZÀ-ỸĐ][a-zà-ỹđ]*){1,4}"
_BLOCK = re.compile(
    rf"^[ \t]*(?P<titles>{_CAPITALS}(?:\n+[ \t]*{_CAPITALS}){{0,4}})\n+"
    rf"(?:[ \t]*\(?(?:[Đđ]ã ký|[Kk]ý tên)[^\n]{{0,20}}\)?\n+)?[ \t]*(?P<name>{_NAME})[ \t]*$",
    re.MULTILINE,
)


def signature(document: Document) -> Span | None:
    """The first signature block, from the capacity (`KT. BỘ TRƯỞNG`) to the name; None where there is none."""
    found = signature_span(document.text)
    return Span(document.id, *found) if found else None


def signature_span(text: str) -> tuple[int, int] | None:
    """Where the first signature block starts and ends."""
    found = _block(text)
    return (found.start("titles"), found.end("name")) if found else None


def signer(text: str) -> str | None:
    """The name under the first signature block."""
    found = _block(text)
    return " ".join(found["name"].split()) if found else None


def _block(text: str) -> re.Match[str] | None:
    return next((found for found in _BLOCK.finditer(text) if _OFFICE.search(found["titles"])), None)
