"""Makes follow-ups stand by themselves; knows no documents and no LLM."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.question import content_terms
from assistant.types import Turn
from assistant.vietnamese.normal import fold
from assistant.vietnamese.sentences import sentence_spans

# Openings and words that point back (folded).
_OPENING = re.compile(r"^(?:the\s+)?(?:con|the con|vay con|vay|the|the thi|vay thi|neu vay)\b")
_POINTING = re.compile(
    r"\b(?:ong ay|ba ay|ong do|ba do|ho|no|nguoi nay|nguoi do|khu nay|khu do"
    r"|van ban nay|van ban do|nghi quyet nay|nghi quyet do"
    r"|dieu nay|dieu do|viec nay|viec do|chuong trinh nay|du an nay|du an do|de an nay"
    r"|ke hoach nay|trung tam nay|trung tam do"
    r"|noi ro hon|cu the hon|chi tiet hon|o tren|vua neu|nhu tren|tai do|trong so do|muc \d+)\b"
)
# A question with this few terms of its own leans on the one before.
_FEW_TERMS = 3
# What says which one: a follow-up that only names another year, article or group asks the same of that one.
_WHICH = (
    re.compile(r"\b(?:19|20)\d{2}\b"),
    re.compile(r"\b(?:điều|dieu|khoản|khoan|phụ lục|phu luc) \d+\b", re.IGNORECASE),
    re.compile(r"\b(?:thứ|thu) (?:\d+|nhất|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)\b", re.IGNORECASE),
    re.compile(r"\b(?:vùng|vung|hạng|hang|loại|loai|nhóm|nhom) (?:[IVX]+|\d+)\b", re.IGNORECASE),
)
_TAIL = re.compile(r"\s*(?:thì sao|thi sao|thế nào|the nao|thì thế nào)?\s*[?？.!]*\s*$", re.IGNORECASE)
_HEAD = re.compile(r"^\s*(?:thế\s+)?(?:còn|con|vậy|vay|thế|the)\s+(?:thì\s+|thi\s+)?", re.IGNORECASE)


def resolve(question: str, history: Sequence[Turn]) -> str | None:
    """The question as it stands by itself, or None where it already does."""
    earlier = next((turn.question for turn in reversed(history) if turn.question.strip()), None)
    if earlier is None or not _leans(question):
        return None
    subject = _HEAD.sub("", _TAIL.sub("", question)).strip()
    replaced = [other for which in _WHICH if (other := _of_another(earlier, subject, which))]
    if replaced:
        return replaced[0]
    topic = _TAIL.sub("", earlier).strip()
    return f"{topic} — {subject or question.strip()}?"


def _leans(question: str) -> bool:
    folded = fold(question).strip()
    few = len(content_terms(question)) <= _FEW_TERMS
    return bool(_OPENING.match(folded) and len(folded.split()) <= 20) or bool(_POINTING.search(folded)) or few


def _of_another(earlier: str, subject: str, which: re.Pattern[str]) -> str | None:
    """`Mục tiêu đến năm 2030 là gì?` + `đến năm 2045` -> `Mục tiêu đến năm 2045 là gì?`."""
    new, old = which.findall(subject), which.findall(earlier)
    told = {*content_terms(earlier), "nam", "den", "giai", "doan", "tam", "nhin"}
    rest = [term for term in content_terms(which.sub(" ", subject)) if term not in told]
    if len(new) != 1 or len(set(old)) != 1 or rest:
        return None
    return which.sub(new[0], earlier)


def asking_sentence(text: str) -> str | None:
    """The last sentence with a question mark of a text of several sentences."""
    spans = sentence_spans(text)
    asking = [text[a:b] for a, b in spans if text[a:b].endswith("?")]
    return asking[-1] if len(spans) > 1 and asking else None
