"""Makes a follow-up question stand by itself, from the questions before it; knows no documents and no LLM."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.question import content_terms
from assistant.types import Turn
from assistant.vietnamese.normal import fold

# Openings and words that point back (folded).
_OPENING = re.compile(r"^(?:the\s+)?(?:con|the con|vay con|vay|the|the thi|vay thi|neu vay)\b")
_POINTING = re.compile(
    r"\b(?:ong ay|ba ay|ong do|ba do|ho|no|nguoi nay|nguoi do|khu nay|khu do"
    r"|van ban nay|van ban do|nghi quyet nay|nghi quyet do"
    r"|dieu nay|dieu do|viec nay|viec do|chuong trinh nay|du an nay|du an do|de an nay"
    r"|ke hoach nay|trung tam nay|trung tam do"
    r"|noi ro hon|cu the hon|chi tiet hon|o tren|vua neu|nhu tren|tai do|trong so do|muc \d+)\b"
)
_YEAR = re.compile(r"\b(?:19|20)\d{2}\b")
_TAIL = re.compile(r"\s*(?:thì sao|thi sao|thế nào|the nao|thì thế nào)?\s*[?？.!]*\s*$", re.IGNORECASE)
_HEAD = re.compile(r"^\s*(?:thế\s+)?(?:còn|con|vậy|vay|thế|the)\s+(?:thì\s+|thi\s+)?", re.IGNORECASE)
# A question with this few words of its own leans on the one before.
_FEW_TERMS = 3


def resolve(question: str, history: Sequence[Turn]) -> str | None:
    """The question as it stands by itself, or None where it already does."""
    earlier = next((turn.question for turn in reversed(history) if turn.question.strip()), None)
    if earlier is None or not _leans(question):
        return None
    subject = _HEAD.sub("", _TAIL.sub("", question)).strip()
    replaced = _with_new_year(earlier, subject)
    if replaced is not None:
        return replaced
    topic = _TAIL.sub("", earlier).strip()
    return f"{topic} — {subject or question.strip()}?"


def _leans(question: str) -> bool:
    folded = fold(question).strip()
    few = len(content_terms(question)) <= _FEW_TERMS
    return bool(_OPENING.match(folded) and len(folded.split()) <= 14) or bool(_POINTING.search(folded)) or few


def _with_new_year(earlier: str, subject: str) -> str | None:
    """`Mục tiêu đến năm 2030 là gì?` + `đến năm 2045` -> `Mục tiêu đến năm 2045 là gì?`."""
    new, old = _YEAR.findall(subject), _YEAR.findall(earlier)
    rest = [t for t in content_terms(subject) if t not in {*new, "nam", "den", "giai", "doan", "tam", "nhin"}]
    if len(new) != 1 or len(set(old)) != 1 or rest:
        return None
    return _YEAR.sub(new[0], earlier)
