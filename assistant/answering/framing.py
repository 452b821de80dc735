"""What people say around a question, of themselves and what they need it for; knows no documents."""

from __future__ import annotations

import re

from assistant.answering.asked import asks, proper_names
from assistant.answering.question import content_terms
from assistant.vietnamese.normal import fold

_SELF = r"(?:toi|minh|em|tui|chung toi|chung em|co quan toi|don vi toi|ben toi|ben em)"
_AIM = r"(?:dang|can|muon|phai|dinh|se|chuan bi|duoc giao|xin phep|xin)"
_TASK = (
    r"(?:dua(?: vao)?|viet|soan(?: thao)?|lam|dan|neu|trich|ghi|dien|mo dau|biet|hoi|tim hieu|tim|tra cuu|xem|bao cao"
    r"|tong hop|chuan bi|lap|tham khao|nho)"
)
_PIECE = (
    r"(?:vao|cho|trong|ve|them|ro|lai|giup|so lieu|mot so thong tin|thong tin|bai phat bieu|bai tham luan|bai viet|bai"
    r"|ban bao cao|bao cao|tham luan|to trinh|phan|muc|y nay|bang|de|nay)"
)
# `Tôi cần đưa vào báo cáo …`, `em đang soạn bài về …`
_NEED = re.compile(rf"\b{_SELF} (?:{_AIM} )+(?:{_TASK}\b ?)+(?:{_PIECE}\b ?)*")
# `đề nghị tổng hợp giúp`, `nhờ tra giúp`
_PLEA = re.compile(
    r"\b(?:de nghi|nho|xin|hay|vui long) (?:anh |chi |ban )?(?:tong hop|tra cuu|tra|tim|cung cap) giup\b"
)
# What stands before a colon and is of the asker.
_OF_ASKER = re.compile(rf"\b(?:{_SELF}|chat van|phat bieu|tham luan|bai viet|cau hoi|thac mac|hoi rang|hoi)\b")
_DEMONSTRATIVE = re.compile(r"\b(?:đó|ấy|này|nay)\b")
# A request that follows a question of its own: `Con số đó là bao nhiêu?`
_POINTING = re.compile(r"[.!?]\s+((?:Con số|Số|Đó|Việc|Điều|Nội dung|Thông tin)[^.!?]*\?)\s*$")


def without_framing(question: str) -> str:
    """The question alone; as it was where nothing would be left that asks or names anything."""
    kept = _after_colon(question)
    for pattern in (_NEED, _PLEA):
        for found in reversed(list(pattern.finditer(fold(kept)))):
            kept = kept[: found.start()] + kept[found.end() :]
    pointing = _POINTING.search(kept)
    if pointing and _DEMONSTRATIVE.search(pointing.group(1), 1):
        kept = f"{kept[: pointing.start()]} {pointing.group(1)}"
    kept = " ".join(kept.split()).lstrip(" ,.;:–-")
    return kept if content_terms(kept) else question


def _after_colon(text: str) -> str:
    before, colon, after = text.partition(": ")
    told = proper_names(before) or re.search(r"\d", before)
    framing = colon and not told and _OF_ASKER.search(fold(before)) and not asks(before) and asks(after)
    return after if framing and content_terms(after) else text
