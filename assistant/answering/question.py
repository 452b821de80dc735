"""What a question asks for and about, by its words; knows no documents."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import marked_key, syllable_spans

# Longest question that is worked on, in characters; what stands beyond it is not read.
MAX_CHARACTERS = 4000


class Asked(Enum):
    """The kind of thing that answers the question."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    LIST = "list"
    REASON = "reason"
    OTHER = "other"


_COUNT = r"(?:hai|ba|bon|nam|sau|bay|tam|chin|muoi|\d+)"
_GROUPS = r"(?:nhom|nhiem vu|giai phap|noi dung|muc tieu|tieu chi|lop|tru cot|linh vuc|yeu to|dieu kien|tinh)"
_SIZE = r"ty le|dien tich|rong|quy mo|so luong|thu may|hang may|xep (?:hang|thu)|dung thu|diem so|so may|so nao"
# First match wins; on folded text, so that marks may be missing.
_PATTERNS: tuple[tuple[Asked, re.Pattern[str]], ...] = (
    (Asked.REASON, re.compile(r"\b(?:vi sao|tai sao|sao lai|ly do|nguyen nhan|do dau)\b")),
    (
        Asked.DATE,
        re.compile(
            r"\b(?:khi nao|(?:ngay|thang|nam|thoi gian|thoi diem|luc) nao|bao gio|ngay may|nam bao nhieu"
            r"|ngay bao nhieu|ngay thang nam)\b"
        ),
    ),
    (
        Asked.LIST,
        re.compile(
            r"\b(?:nhung(?: \w+){0,5} (?:nao|gi)|cac(?: \w+){0,5} (?:nao|gi)|nhung (?:gi|ai|dau)|liet ke|ke ten|ke ra"
            rf"|gom|bao gom|neu (?:cac|nhung|ro)|la nhung|{_COUNT} {_GROUPS}\b.*\b(?:gi|nao))\b"
        ),
    ),
    (
        Asked.NUMBER,
        re.compile(rf"\b(?:bao nhieu|bao lau|{_SIZE}|(?:co|gom|la|duoc|dat) may|may \w+)\b"),
    ),
    (Asked.PERSON, re.compile(r"\b(?:ai|nguoi nao|ong nao|ba nao|lanh dao nao|nhan vat nao|can bo nao)\b")),
)
# Words that ask and join, with their marks; without marks they count less, as «cơ» and «có» fall together.
_STOP_WORDS = """
là gì bao nhiêu nào thế như ở đâu khi ai có không được của các những và cho với tại về từ đến trong theo hay
mấy thì ra sao vì do xin hỏi biết mình tôi ạ nhé vậy này đó bị bởi để mà cũng đã sẽ đang rằng nêu hãy giúp
vui lòng ơi à nhỉ thứ lúc việc ông bà cái trên dưới còn nếu gồm bao lại rồi cần kể tên liệt
"""
_STOP = frozenset(_STOP_WORDS.split())
_STOP_FOLDED = frozenset(map(fold, _STOP)) - {"co", "do", "dau", "thu", "dien", "ba", "ai", "tu", "ve", "o"}
# Words of asking that documents put otherwise: question word -> words that do as well (folded).
_SAME = {
    "rong": ("dien", "tich", "quy", "mo"),
    "nguoi": ("ong", "ba"),
    "hecta": ("ha", "hec"),
    "ha": ("hecta", "hec"),
    "hang": ("thu",),
}
_ORDINAL = re.compile(r"\b(?:thu|dieu|khoan|ky|khoa) (\d+)\b")
_ASKING = {"may": "mấy", "nao": "nào", "dau": "đâu", "rong": "rộng", "gi": "gì", "ai": "ai", "gom": "gồm"}
_TITLES = frozenset({"ông", "bà", "anh", "chị", "tỉnh", "bộ", "sở", "khu", "nghị"})
_WORDS = re.compile(r"[^\W\d_]+|[^\w\s]|\d+")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")


@dataclass(frozen=True, slots=True)
class Understanding:
    """A question as the answering works on it; `terms` are folded, in order, with the words of asking left out."""

    text: str
    asked: Asked
    terms: tuple[str, ...]
    keys: tuple[str | None, ...]  # of each term its marked key; None where marks are missing or it was written out
    numbers: tuple[str, ...]
    names: tuple[str, ...]  # proper names of two words and more, as written
    ordinals: tuple[str, ...]  # numbers that say which one: `lần thứ 5`, `Điều 7`
    focus: frozenset[str]  # terms of the question itself; the others come of the conversation before it
    wants_list: bool
    marked: bool


def understand(question: str, *, focus: str | None = None) -> Understanding:
    """`focus` is what was asked just now, where `question` also holds what the conversation before it was about."""
    text = nfc(question)[:MAX_CHARACTERS]
    folded = _folded(text)
    asked = next((kind for kind, pattern in _PATTERNS if pattern.search(folded)), Asked.OTHER)
    if (
        asked is Asked.PERSON
        and has_marks(text)
        and not re.search(r"\bai\b|người|ông|bà|lãnh đạo|cán bộ", text.lower())
    ):
        asked = Asked.OTHER
    marked = _content(text)
    return Understanding(
        text=text,
        asked=asked,
        terms=tuple(term for term, _ in marked),
        keys=tuple(key for _, key in marked),
        numbers=tuple(dict.fromkeys(_NUMBER.findall(text))),
        names=tuple(" ".join(name) for name in proper_names(text)),
        ordinals=tuple(dict.fromkeys(_ORDINAL.findall(folded))),
        focus=frozenset(content_terms(focus) if focus else (term for term, _ in marked)),
        wants_list=asked is Asked.LIST,
        marked=has_marks(text),
    )


def _folded(text: str) -> str:
    """Folded syllables; in a text with marks, a word that only looks like a word of asking (`máy`) is set apart."""
    marked = has_marks(text)
    words = [text[a:b].lower() for a, b in syllable_spans(text)]
    apart = {w for w in words if marked and nfc(w) != _ASKING.get(fold(w), nfc(w))}
    return " ".join(f"{fold(w)}_" if w in apart else fold(w) for w in words)


def asking_sentence(text: str) -> str | None:
    """The last sentence with a question mark of a text of several sentences."""
    spans = sentence_spans(text)
    asking = [text[a:b] for a, b in spans if text[a:b].endswith("?")]
    return asking[-1] if len(spans) > 1 and asking else None


def content_terms(text: str) -> tuple[str, ...]:
    """Folded terms of the text, short forms written out, without the words that only ask or join."""
    return tuple(term for term, _ in _content(text))


def _content(text: str) -> list[tuple[str, str | None]]:
    """Content terms, each with its marked key where the writer's marks can be trusted."""
    words = [text[a:b] for a, b in syllable_spans(text)]
    if not has_marks(text):
        kept = [fold(word) for word in words if fold(word) not in _STOP_FOLDED]
        return [(term, None) for term in expand(kept)]
    words = [word for word in words if word.lower() not in _STOP]
    expanded = expand_from([fold(word) for word in words])
    return [(term, None if i is None else marked_key(words[i])) for term, i in expanded]


def proper_names(text: str) -> list[list[str]]:
    """Runs of two and more capitalised words: `Đồng Nai`, `Bùi Hoàng Phương`."""
    runs: list[list[str]] = [[]]
    for word in _WORDS.findall(text):
        if len(word) > 1 and word[0].isupper() and word[1:].islower():
            runs[-1].append(word)
        else:
            runs.append([])
    stripped = [run[1:] if run and run[0].lower() in _TITLES else run for run in runs]
    return [run for run in stripped if len(run) > 1]


def alternatives(term: str) -> tuple[str, ...]:
    """Words that may stand for a question's word."""
    return _SAME.get(term, ())
