"""Makes follow-ups and the parts of a double question stand by themselves; knows no documents and no LLM."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.asked import asks
from assistant.answering.evidence import document_numbers
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
_JOINT = re.compile(r"[,;]\s+(?:và\s+|còn\s+)?|\s+(?:và|còn|va|con)\s+")
_TWO_YEARS = re.compile(r"\b((?:19|20)\d\d)(?: và | va )(?:năm |nam )?((?:19|20)\d\d)\b")
_KIND = r"(?:nghị định|thông tư|nghị quyết|quyết định|luật|văn bản hợp nhất|chỉ thị)"
# What one document does to another.
_RELATION = re.compile(r"\b(?:sua doi|bo sung|thay the|bai bo|huong dan|can cu|hop nhat|quy dinh chi tiet|keo dai)\b")
_MOST_DOCUMENTS = 4
_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?![-–/.]\d)")
# A part that begins so has its subject in the part before.
_HEADLESS = re.compile(
    r"(?:được|bị|có|sẽ|do|là|ở|ký|gồm|phải|đã|đang|thuộc|nằm|diễn ra|bắt đầu|ban hành|nhằm|vì|tại|bởi|từ|đạt|xếp)\b",
    re.IGNORECASE,
)
_SAYING = r"(?:có ý kiến|nhận xét|nhận định|đánh giá|cho biết|nói|phát biểu|đề nghị|đề xuất|yêu cầu|kiến nghị|lưu ý)"
_BOTH = re.compile(
    rf"(?P<one>[^,;?]{{4,80}}?) (?:và|cùng) (?P<other>[^,;?]{{4,80}}?) "
    rf"(?P<said>(?:là (?:những )?ai|(?:đã |đều )?{_SAYING})\b.*)",
    re.IGNORECASE | re.DOTALL,
)
_COMPARISON = re.compile(r"\b(?:khac (?:gi|nhau|biet|the nao|o)|so sanh)\b")
_COMPARER = re.compile(
    r",? ?(?:(?:có |thì )?(?:khác (?:gì )?(?:nhau|biệt)?|giống)"
    r"(?: (?:gì|như thế nào|thế nào|ra sao|ở đâu|ở điểm nào|chỗ nào))?(?: so)?(?: với)?|^so sánh|so với)\b",
    re.IGNORECASE,
)
_BETWEEN = re.compile(r"(?:giữa )?(?P<one>.{6,160}?) và (?P<other>.{6,160})", re.IGNORECASE | re.DOTALL)
_BESIDE = re.compile(r"(?P<one>.{6,160}?) (?:và|với) (?P<other>.{6,160})", re.IGNORECASE | re.DOTALL)
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


def parts(text: str) -> list[tuple[str, str | None]]:
    """The questions of a text that asks two things, each with its focus; empty where it asks one.

    `A là gì và B là ai?` asks two things, and so does what is asked of two years at once.
    """
    if apart := _by_documents(text):
        return apart
    years = _TWO_YEARS.search(text)
    if years:
        return [(f"{text[: years.start()]}{year}{text[years.end() :]}", None) for year in years.groups()]
    return _compared(text) or _of_two(text) or _joined(text)


def _joined(text: str) -> list[tuple[str, str | None]]:
    """`A là gì và B là ai?`; what both are about may stand before a colon, or be said once, before what is asked."""
    topic, colon, rest = text.partition(": ")
    about, text = (f"{topic}: ", rest) if colon and not asks(topic) and asks(rest) else ("", text)
    for joint in _JOINT.finditer(text):
        first, second = text[: joint.start()].strip(), text[joint.end() :].strip()
        if all(asks(part) and content_terms(part) for part in (first, second)):
            alone = len(content_terms(second)) > _FEW_TERMS and not _HEADLESS.match(second)
            return [(about + first, None), (about + second, None) if alone else (f"{about}{first} — {second}", second)]
    return []


def _of_two(text: str) -> list[tuple[str, str | None]]:
    """What two people or bodies are or say: `A và B là những ai?`, `A và B nhận xét thế nào về C?`."""
    found = _BOTH.match(text)
    if found is None or not all(content_terms(found[name]) for name in ("one", "other")):
        return []
    said = found["said"].replace("những ai", "ai")
    return [(f"{found[name].strip()} {said}", None) for name in ("one", "other")]


def _compared(text: str) -> list[tuple[str, str | None]]:
    """The two things of a comparison, each with what they are compared in."""
    if not _COMPARISON.search(fold(text)):
        return []
    years = [found.group() for found in _YEAR.finditer(text)]
    first = _YEAR.search(text)
    if len(set(years)) == 2 and first:
        stem = _COMPARER.split(text)[0] if _YEAR.search(_COMPARER.split(text)[0]) else text
        one = next(year for year in years if year in stem)
        return [(stem.strip(" ,?."), None), (stem.replace(one, next(y for y in years if y != one)).strip(" ,?."), None)]
    bare = _COMPARER.sub(" ", text).strip(" ?.,")
    found = (_BESIDE if fold(text).startswith("so sanh") else _BETWEEN).match(bare)
    if found is None:
        return []
    one, other = found["one"].strip(), found["other"].strip()
    words, opening = one.split(), other.split()[0]
    if opening in words[1:]:  # `lương vùng I và vùng II`
        other = " ".join([*words[: words.index(opening, 1)], other])
    if len(content_terms(other)) <= 2:
        return [(one, None), (f"{one} — {other}", other)]
    numbers = [number for number in document_numbers(text) if number not in one]
    return [(" ".join([one, *numbers]), None), (other, None)]


def _by_documents(text: str) -> list[tuple[str, str | None]]:
    """The question of each document, where it names several and is not about what one does to the other."""
    named = document_numbers(text)
    if not 1 < len(named) <= _MOST_DOCUMENTS or _RELATION.search(fold(text)):
        return []
    found = []
    for number in named:
        one = text
        for other in named:
            if other != number:
                one = re.sub(rf"(?:{_KIND} )?(?:số )?{re.escape(other)}", " ", one, count=1, flags=re.IGNORECASE)
        found.append((re.sub(r"\s+(?:và|,|lần lượt)\s+(?=và|,|lần lượt|\s|$)|\blần lượt\b|\bhai\b", " ", one), None))
    return [(" ".join(one.split()), focus) for one, focus in found]


def asking_sentence(text: str) -> str | None:
    """The last sentence with a question mark of a text of several sentences."""
    spans = sentence_spans(text)
    asking = [text[a:b] for a, b in spans if text[a:b].endswith("?")]
    return asking[-1] if len(spans) > 1 and asking else None
