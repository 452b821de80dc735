"""What a question asks for and about, by its words; knows no documents."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from assistant.answering.evidence import document_numbers, parts_of_number
from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.syllables import marked_key, syllable_spans

# Longest question that is worked on, in characters; what stands beyond it is not read.
MAX_CHARACTERS = 4000


class Asked(Enum):
    """The kind of thing that answers the question."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    OFFICE = "office"
    LIST = "list"
    REASON = "reason"
    OTHER = "other"


# Kinds whose answer shows by its form.
TYPED = frozenset({Asked.NUMBER, Asked.DATE, Asked.PERSON, Asked.OFFICE})

_COUNT = r"(?:hai|ba|bon|nam|sau|bay|tam|chin|muoi|\d+)"
_GROUPS = r"(?:nhom|nhiem vu|giai phap|noi dung|muc tieu|tieu chi|lop|tru cot|linh vuc|yeu to|dieu kien|tinh)"
_SIZE = r"ty le|dien tich|(?<!mo )rong|quy mo|so luong|thu may|hang may|xep (?:hang|thu)|dung thu|diem so|so may|so nao"
# First match wins; on folded text, so that marks may be missing.
_PATTERNS: tuple[tuple[Asked, re.Pattern[str]], ...] = (
    (Asked.REASON, re.compile(r"\b(?:vi sao|tai sao|sao lai|ly do|nguyen nhan|do dau|de lam gi|muc dich)\b")),
    (
        Asked.DATE,
        re.compile(
            r"\b(?:khi nao|(?:ngay|thang|nam|thoi gian|thoi diem|luc) nao|bao gio|ngay may|nam bao nhieu"
            r"|ngay bao nhieu|ngay thang nam|(?:giai doan|thoi ky|nhiem ky) nao)\b"
        ),
    ),
    (
        Asked.LIST,
        re.compile(
            r"\b(?:nhung(?: \w+){0,5} (?:nao|gi)|cac(?: \w+){0,5} (?:nao|gi)|nhung (?:gi|ai|dau)|liet ke|ke ten|ke ra"
            rf"|gom|bao gom|neu (?:cac|nhung|ro)|la nhung|{_COUNT} {_GROUPS}\b.*\b(?:gi|nao))\b"
        ),
    ),
    (Asked.NUMBER, re.compile(rf"\b(?:bao nhieu|bao lau|{_SIZE}|(?:co|gom|la|duoc|dat) may|may \w+)\b")),
    (Asked.PERSON, re.compile(r"\b(?:ai|nguoi nao|ong nao|ba nao|lanh dao nao|nhan vat nao|can bo nao)\b")),
)
# `Nguyễn Khắc Lịch là ai?`, `… giữ chức vụ gì?`: a person is named, the office is asked for.
_WHO_IS = re.compile(r"^\W*(?:[Ôô]ng |[Bb]à |[Đđ]ồng chí )?(?:[^\W\d_]+ ){2,5}là ai\b")
_OFFICE = re.compile(
    r"\b(?:(?:giu chuc|lam chuc)(?: vu| danh)?(?: gi| nao)?|chuc vu(?: gi| nao)?|chuc danh (?:gi|nao))\b"
)
# What is said around a question and no document would say of its matter (folded).
_ASIDE = re.compile(
    rf"{_OFFICE.pattern}|\b(?:la )?viet tat cua(?: cum tu| tu| ten)?|\b(?:theo )?(?:cac|nhung) (?:tai lieu|van ban)"
    r"(?: nay| tren)?(?: (?:noi|neu|viet|ghi|de cap)(?: gi)?(?: ve)?)?"
    r"|\bcho (?:toi|minh|em) (?:biet|hoi)(?: ve)?|\bso sanh\b"
    r"|\b(?:co )?(?:y kien|nhan xet|nhan dinh|phat bieu) (?:gi|the nao|ra sao|nhu the nao)\b"
)
# The number of something is asked for, not how much or how many.
_LABEL = re.compile(r"\b(?:so|thu|giai doan|dieu|khoan|muc|lan|phien|nhom|ky|khoa|vung|lop) (?:may|nao|hieu)\b")
# What is counted: `bao nhiêu sinh viên`, `có mấy nhóm`.
_COUNTED = re.compile(r"\b(?:bao nhieu|(?:co|gom|lam|thanh|duoc) may) ([a-z]+)\b")
_COMPARING = re.compile(r"\bso (?:voi|sanh)\b")
# `Techmart là gì?`: what is to be defined, in up to five words.
_DEFINED = re.compile(r"^\W*((?:\S+ ){0,4}\S+?) (?:nghĩa )?là (?:gì|viết tắt)\b", re.IGNORECASE)
_ACROSS = re.compile(r"\b(?:cac|nhung|moi|hai) (?:tai lieu|van ban|bai viet|ban tin)\b|\bso sanh\b")
_ASKING_WORD = re.compile(r"\b(?:gi|nao(?! thi)|ai|bao nhieu|bao lau|may|dau|vi sao|tai sao|bao gio)\b")
# Words that ask and join, with their marks; without marks they count less, as «cơ» and «có» fall together.
_STOP_WORDS = """
là gì bao nhiêu nào thế như ở đâu khi ai có không được của các những và cho với tại về từ đến trong theo hay
mấy thì ra sao vì do xin hỏi biết mình tôi ạ nhé vậy này đó bị bởi để mà cũng đã sẽ đang rằng nêu hãy giúp
vui lòng ơi à nhỉ thứ lúc việc ông bà cái trên dưới còn nếu gồm bao lại rồi cần kể tên liệt
"""
_STOP = frozenset(_STOP_WORDS.split())
_STOP_FOLDED = frozenset(map(fold, _STOP)) - {"co", "do", "dau", "thu", "dien", "ba", "ai", "tu", "ve", "o"}
_JOINING = frozenset(map(fold, _STOP)) | {"ca"}
_ORDINAL = re.compile(r"\b(?:thu|dieu|khoan|ky|khoa) (\d+)\b")
_ORDINAL_WORD = re.compile(r"\bthứ (nhất|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)\b", re.IGNORECASE)
_COUNTING = "nhất hai ba tư năm sáu bảy tám chín mười"
ORDINAL_WORDS = {word: str(number) for number, word in enumerate(_COUNTING.split(), start=1)}
_ASKING = {"may": "mấy", "nao": "nào", "dau": "đâu", "rong": "rộng", "gi": "gì", "ai": "ai", "gom": "gồm"}
_ARTICLE = re.compile(r"\bdieu (\d+)\b")
_CLAUSE = re.compile(r"\bkhoan (\d+)\b")
# All that may stand beside a reference where the provision itself is asked for.
_REFERRING = "dieu khoan nghi dinh thong tu quyet luat chi thi lien tich van ban so quy noi dung neu ghi"
_OF_REFERENCES = frozenset(_REFERRING.split())
_TITLES = frozenset({"ông", "bà", "anh", "chị", "tỉnh", "bộ", "sở", "khu", "nghị"})
_ITEM_NUMBER = re.compile(
    r"^\s*(?:(?:câu|cau)(?:\s+(?:hỏi|hoi))?\s*\d{1,4}\s*[.:)–-]|\d{1,4}[.)]\s|[a-zđ]\)\s)\s*", re.IGNORECASE
)
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
    labelled: bool  # the number of something is asked for: `số mấy`, `thứ mấy`
    comparing: bool  # it compares with another year, place or text
    across: bool  # what several documents say is asked for
    defined: str = ""  # what is to be defined: `Techmart` of `Techmart là gì?`
    counted: str = ""  # the first term of what is counted, folded
    documents: tuple[str, ...] = ()  # numbers of documents named, as written: `38/2022/NĐ-CP`
    provision: tuple[str, ...] = ()  # labels, outermost first, of the provision asked for as such: `Điều 4`, `Khoản 2`

    def as_written(self, number: str) -> str:
        """A number that says which one, with the word before it: `lần thứ 5`, `thứ bảy`."""
        word = next((w for w, n in ORDINAL_WORDS.items() if n == number), number)
        found = re.search(rf"(?:lần )?\w+ {number}(?![\w/.,-])|(?:lần )?thứ {word}\b", self.text, re.IGNORECASE)
        return found.group() if found and number in self.ordinals else number


def without_item_number(question: str) -> str:
    """The question without the number that it has in a list: `3. …`, `Câu 3: …`, `a) …`."""
    return _ITEM_NUMBER.sub("", question, count=1) or question


def understand(question: str, *, focus: str | None = None) -> Understanding:
    """`focus` is what was asked just now, where `question` also holds what the conversation before it was about."""
    text = nfc(question)[:MAX_CHARACTERS]
    folded = _folded(text)
    asked = _asked(focus if focus and asks(focus) else text)
    marked = _content(_without_asides(text))
    return Understanding(
        text=text,
        asked=asked,
        terms=tuple(term for term, _ in marked),
        keys=tuple(key for _, key in marked),
        numbers=tuple(dict.fromkeys(_NUMBER.findall(text))),
        names=tuple(" ".join(name) for name in proper_names(text)),
        ordinals=tuple(dict.fromkeys([*_ORDINAL.findall(folded), *ordinal_words(text)])),
        focus=frozenset(content_terms(_without_asides(focus)) if focus else (term for term, _ in marked)),
        wants_list=asked is Asked.LIST,
        marked=has_marks(text),
        labelled=_LABEL.search(folded) is not None,
        comparing=_COMPARING.search(folded) is not None,
        across=_ACROSS.search(folded) is not None,
        defined=found.group(1) if asked is Asked.OTHER and (found := _DEFINED.match(text)) else "",
        counted=next((word for word in _COUNTED.findall(folded) if word not in _JOINING), ""),
        documents=document_numbers(text),
        provision=_provision(fold(text), [term for term, _ in marked]),
    )


def about(question: Understanding) -> frozenset[str]:
    """The terms that tell what is asked, without those that name a document or a provision."""
    naming = {part for number in question.documents for part in parts_of_number(number)}
    return frozenset(t for t in question.terms if t not in _OF_REFERENCES and t not in naming)


def _provision(folded: str, terms: Sequence[str]) -> tuple[str, ...]:
    article, clause = _ARTICLE.findall(folded), _CLAUSE.findall(folded)
    reference = {part for number in document_numbers(folded) for part in parts_of_number(number)}
    rest = [t for t in terms if t not in _OF_REFERENCES and not t.isdigit() and t not in reference]
    if reference and not article and not rest and re.search(r"\b(?:quy dinh|noi dung|ve viec|noi)\b", folded):
        return ("Điều 1",)  # what it provides for, its first article says
    if len(article) != 1 or len(clause) > 1 or rest:
        return ()
    return (f"Điều {article[0]}", *(f"Khoản {number}" for number in clause))


def asks(text: str) -> bool:
    """Whether the text has a word of asking."""
    return _ASKING_WORD.search(_folded(text)) is not None


def _asked(text: str) -> Asked:
    folded = _folded(text)
    kind = next((kind for kind, pattern in _PATTERNS if pattern.search(folded)), Asked.OTHER)
    return _person_or_office(text, folded) or kind if kind in (Asked.PERSON, Asked.OTHER) else kind


def _person_or_office(text: str, folded: str) -> Asked | None:
    """Settles what the words of asking for a person leave open; None where they stand."""
    holder = re.search(r"\b(?:ai|nguoi)\b", folded)
    if proper_names(text) and (_names_whom(text) or (_OFFICE.search(folded) and not holder)):
        return Asked.OFFICE
    unsure = has_marks(text) and not re.search(r"\bai\b|người|ông|bà|lãnh đạo|cán bộ", text.lower())
    return Asked.OTHER if unsure else None


def _names_whom(text: str) -> bool:
    """The text is a name and `là ai`."""
    found = _WHO_IS.match(text)
    said = found.group() if found else ""
    names = proper_names(said)
    return len(names) == 1 and len(names[0]) >= len(said.split()) - 3


def _without_asides(text: str) -> str:
    """The text with its asides blanked; the whole text where nothing else would be left."""
    kept = list(text)
    for found in _ASIDE.finditer(fold(text)):
        kept[found.start() : found.end()] = " " * len(found.group())
    return "".join(kept) if _content("".join(kept)) else text


def ordinal_words(text: str) -> list[str]:
    """`thứ hai` as `2`; only where the marks are written, as «thu nam» may be anything."""
    return [ORDINAL_WORDS[word.lower()] for word in _ORDINAL_WORD.findall(text)]


def _folded(text: str) -> str:
    """Folded syllables; in a text with marks, a word that only looks like a word of asking (`máy`) is set apart."""
    marked = has_marks(text)
    words = [text[a:b].lower() for a, b in syllable_spans(text)]
    apart = {w for w in words if marked and nfc(w) != _ASKING.get(fold(w), nfc(w))}
    return " ".join(f"{fold(w)}_" if w in apart else fold(w) for w in words)


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
    stripped = [run[1:] if run and run[0].lower() in _TITLES | _STOP else run for run in runs]
    return [run for run in stripped if len(run) > 1]
