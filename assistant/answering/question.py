"""What a question asks for and about, by its words; knows no documents."""

from __future__ import annotations

import re
from dataclasses import dataclass

from assistant.answering.asked import ASKS_OFFICE, STOP, Asked, asks, folded_words, kind_of, proper_names
from assistant.answering.evidence import document_numbers, parts_of_number, without_documents
from assistant.answering.particulars import Wanted, particular_of
from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.syllables import index_forms, marked_key, syllable_spans
from assistant.vietnamese.synonyms import find_synonyms

# Longest question that is worked on, in characters; what stands beyond it is not read.
MAX_CHARACTERS = 4000


# What is said around a question and no document would say of its matter (folded).
_ASIDE = re.compile(
    rf"{ASKS_OFFICE.pattern}|\b(?:la )?(?:ten )?(?:goi|viet) tat cua(?: cum tu| tu| ten)?"
    r"|\b(?:theo )?(?:cac|nhung) (?:tai lieu|van ban)"
    r"(?: nay| tren)?(?: (?:noi|neu|viet|ghi|de cap)(?: gi)?(?: ve)?)?"
    r"|\b(?:xin |vui long |lam on |hay )?cho (?:toi |minh |em |chung toi )?(?:biet|hoi)(?: ve| them| ro)?"
    r"|\bliet ke\b|\bxin (?:hoi|vui long|duoc hoi)"
    r"|\bso sanh\b|\b(?:so,? )?(?:ky )?hieu (?:day du|chinh xac)\b"
    r"|\bso hieu\b|\bduoc (?:viet|ghi) (?:the nao|ra sao)\b|\bco (?:viet|ghi) giong nhau khong\b"
    r"|\b(?:co )?(?:y kien|nhan xet|nhan dinh|phat bieu) (?:gi|the nao|ra sao|nhu the nao)\b"
)
# The number of something is asked for, not how much or how many.
_LABEL = re.compile(r"\b(?:so|thu|giai doan|dieu|khoan|muc|lan|phien|nhom|ky|khoa|vung|lop) (?:may|nao|hieu)\b")
# What is counted: `bao nhiêu sinh viên`, `có mấy nhóm`.
_COUNTED = re.compile(
    r"\b(?:bao nhieu|(?<!hang )(?<!thu )(?<!so )(?<!doan )may) (?!bay\b|moc\b|tinh bang\b|chu\b)([a-z]+)\b"
)
_PERCENT = re.compile(r"\b(?:bao nhieu|may) ?%|\bthue suat\b", re.IGNORECASE)
_COUNTED_WORDS = re.compile(r"\b(?:bao nhieu|may) ((?:[a-z]+ ?){1,3})")
_WHAT_IS = re.compile(r"\bla (?:bao nhieu|may|gi)(?: [a-z]+){0,2}$")
_OF_MONEY = re.compile(
    r"(?:kinh phi|don gia|nguyen gia|gia tri|muc luong|muc phi|luong|le phi|hoc phi|chi phi|phi|phu cap|tro cap|von"
    r"|tien)\b"
)
# A datum of something, which a document tells by its name or not at all: `số điện thoại của sở`.
_DATUM = re.compile(
    r"(?:so )?dien thoai|e ?mail|thu dien tu|website|trang web|fax|hotline|duong day nong|dia chi|luong|so tai khoan"
    r"|ma so thue|ngay sinh|nam sinh|tuoi|que quan"
)
# Up to four words of something, alone or asked for.
_OF_SOMETHING = re.compile(
    r"((?:[a-z]+ ){1,4})cua (?:(?!(?:nao|dau|ai|may|gi|bao|sao|khong|the|la)\b)[a-z0-9_]+(?: |$)){1,25}"
    r"(?:(?:la|o) (?:gi|dau))?$"
)
_ASKING_PLACE = re.compile(r"\b(?:la |duoc |co )?(?:bao nhieu|bao lau|may|khi nao|nao|gi|ai|the nao|ra sao|bao gio)\b")
_COMPARING = re.compile(r"\bso (?:voi|sanh)\b")
# `Techmart là gì?`: what is to be defined, in up to five words.
_DEFINED = re.compile(r"^\W*((?:\S+ ){0,4}\S+?) (?:nghĩa )?là (?:gì|(?:tên )?(?:gọi|viết) tắt)\b", re.IGNORECASE)
_CHECKING = re.compile(r"\b(?:dung|phai) (?:khong|chu|hay sai)\b|\bco (?:phai|dung)\b|\b(?:co|da) .*\b(?:khong|chua)$")
_SIGNED = re.compile(r"\b(?:ai|nguoi(?: nao)?)\b.*\b(?:dat but )?ky\b(?! (?:ket|hieu|thuat|nang|luat|niem|hop))")
_PLACED = re.compile(r"\b(?:dieu|khoan|muc|chuong|phu luc) (?:nao|may)\b")
_ACROSS = re.compile(r"\b(?:cac|nhung|moi|hai) (?:tai lieu|van ban|bai viet|ban tin)\b|\bso sanh\b")
# Words that ask and join; without marks they count less, as «cơ» and «có» fall together.
_STOP_FOLDED = frozenset(map(fold, STOP)) - {"co", "do", "dau", "thu", "dien", "ba", "ai", "tu", "ve", "o", "cung"}
JOINING = frozenset(map(fold, STOP)) | {"ca"}
_ORDINAL = re.compile(r"\b(?:thu|dieu|khoan|ky|khoa) (\d+)\b")
_ORDINAL_WORD = re.compile(r"\bthứ (nhất|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)\b", re.IGNORECASE)
# `phiên họp đầu tiên` is the first one; `lần đầu tiên` only says that nothing was before.
_FIRST = re.compile(r"(?<!lần )\bđầu tiên\b", re.IGNORECASE)
_COUNTING = "nhất hai ba tư năm sáu bảy tám chín mười"
ORDINAL_WORDS = {word: str(number) for number, word in enumerate(_COUNTING.split(), start=1)}
_ARTICLE = re.compile(r"\bdieu (\d+)\b")
_CLAUSE = re.compile(r"\bkhoan (\d+)\b")
_POINT = re.compile(r"\bđiểm ([a-zđ])\b(?=.*\bđiều )", re.IGNORECASE)
# All that may stand beside a reference where the provision itself is asked for.
_REFERRING = "dieu khoan nghi dinh thong tu quyet luat chi thi lien tich van ban so quy noi dung neu ghi"
_OF_REFERENCES = frozenset(_REFERRING.split())
_ITEM_NUMBER = re.compile(
    r"^\s*(?:(?:câu|cau)(?:\s+(?:hỏi|hoi))?\s*\d{1,4}\s*[.:)–-]|\d{1,4}[.)]\s|[a-zđ]\)\s)\s*", re.IGNORECASE
)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
# A few things that documents may count otherwise, as `các`: `2 địa bàn`, and no measure.
_FEW = re.compile(
    r"(?<![\d.,/–-])(?<!thứ )(?<!lần )(?<!điều )(?<!khoản )(?<!hạng )(?<!số )(?<!nhóm )(?<!mục )(?<!vùng )0?[2-5] "
    r"(?=(?:địa|dia|nơi|noi|tỉnh|tinh|huyện|huyen|xã|cơ sở|co so|công ty|cong ty|bên|ben|loại|loai|cách|cach)\b)",
    re.IGNORECASE,
)
# Of a date only its year must stand in the evidence, as days are written in many ways.
_DAY_AND_MONTH = re.compile(r"\b\d{1,2}([/.-])\d{1,2}\1(?=(?:19|20)\d\d\b)")


@dataclass(frozen=True, slots=True)
class Wording:
    """Terms of the question, and phrases of folded terms, between spaces, of which each says the same."""

    terms: frozenset[str]
    phrases: tuple[str, ...]
    written: tuple[str, ...] = ()  # the same with their marks


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
    placed: bool  # it asks in which article, section or annex something stands
    checking: bool  # it tells something and asks whether it is so
    wordings: tuple[Wording, ...] = ()  # other words that say the same as some of the question's
    head: tuple[str, ...] = ()  # terms of what is asked of something: `học phí` of `học phí của trường X là bao nhiêu`
    datum: bool = False  # it is a datum of something, `email của A`
    defined: str = ""  # what is to be defined: `Techmart` of `Techmart là gì?`
    counted: str = ""  # the first term of what is counted, folded
    documents: tuple[str, ...] = ()  # numbers of documents named, as written: `38/2022/NĐ-CP`
    signed: bool = False  # who signed a document is asked for
    particular: Wanted | None = None  # what is asked of a document itself: its day of issue, its issuer, its state
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
    folded = folded_words(text)
    asked = kind_of(focus if focus and asks(focus) else text)
    marked = _content(_without_asides(text))
    return Understanding(
        text=text,
        asked=asked,
        terms=tuple(term for term, _ in marked),
        keys=tuple(key for _, key in marked),
        numbers=tuple(dict.fromkeys(_NUMBER.findall(_FEW.sub(" ", _DAY_AND_MONTH.sub(" ", text))))),
        names=tuple(" ".join(name) for name in proper_names(text)),
        ordinals=tuple(dict.fromkeys([*_ORDINAL.findall(folded), *ordinal_words(text)])),
        focus=frozenset(content_terms(_without_asides(focus)) if focus else (term for term, _ in marked)),
        wants_list=asked is Asked.LIST,
        marked=has_marks(text),
        labelled=_LABEL.search(folded) is not None,
        comparing=_COMPARING.search(folded) is not None,
        across=_ACROSS.search(folded) is not None,
        checking=_CHECKING.search(folded) is not None,
        placed=_PLACED.search(folded) is not None,
        wordings=_wordings(text),
        head=_head(text),
        datum=_DATUM.match(folded) is not None and _OF_SOMETHING.match(folded) is not None,
        defined=found.group(1) if asked is Asked.OTHER and (found := _DEFINED.match(text)) else "",
        counted=_counted(focus if focus and asks(focus) else text, asked),
        documents=document_numbers(text),
        signed=asked is Asked.PERSON and _SIGNED.search(folded) is not None,
        particular=particular_of(text),
        provision=_provision(text),
    )


def _counted(text: str, asked: Asked) -> str:
    if asked is not Asked.NUMBER:
        return ""
    if _PERCENT.search(fold(text)):
        return "phan"
    counted = next((word for word in _COUNTED.findall(folded_words(text)) if word not in JOINING), "")
    return counted or ("tien" if _OF_MONEY.match(" ".join(_head(text))) else "")


def _head(text: str) -> tuple[str, ...]:
    """The terms of the quality asked for: what `… là bao nhiêu?` opens with, else what stands before the asking."""
    folded = folded_words(text)
    if of := _OF_SOMETHING.match(folded):  # `email của A là gì`, `so dien thoai cua A`
        return content_terms(of[1])
    asking = _ASKING_PLACE.search(folded)
    if asking is None or asking[0].endswith("bao lau") or _COUNTED_WORDS.search(folded):
        return ()
    before = content_terms(" ".join(folded[: asking.start()].split()))
    return before[:2] if _WHAT_IS.search(folded) else before[-2:]


def _wordings(text: str) -> tuple[Wording, ...]:
    forms = index_forms(text)
    terms = [term for _, term in forms]
    keys = [marked_key(form) for form, _ in forms] if has_marks(text) else []
    return tuple(
        Wording(frozenset(terms[s.start : s.end]), tuple(f" {' '.join(other)} " for other in s.alternatives), s.written)
        for s in find_synonyms(terms, keys)
    )


def about(question: Understanding) -> frozenset[str]:
    """The terms that tell what is asked, without those that name a document or a provision."""
    naming = {part for number in question.documents for part in parts_of_number(number)}
    return frozenset(t for t in question.terms if t not in _OF_REFERENCES and t not in naming)


def _provision(text: str) -> tuple[str, ...]:
    folded, points = fold(text), [point.lower() for point in _POINT.findall(text)]
    article, clause = _ARTICLE.findall(folded), _CLAUSE.findall(folded)
    reference = document_numbers(text)
    beside = {*_OF_REFERENCES, *(fold(word) for point in points for word in ("diem", point))}
    terms = content_terms(_without_asides(without_documents(text)))
    rest = [t for t in terms if t not in beside and not t.isdigit()]
    if reference and not article and not rest and re.search(r"\b(?:quy dinh|noi dung|ve viec|noi)\b", folded):
        return ("Điều 1",)  # what it provides for, its first article says
    if len(article) != 1 or len(clause) > 1 or rest:
        return ()
    return (f"Điều {article[0]}", *(f"Khoản {number}" for number in clause), *(f"Điểm {point}" for point in points[:1]))


def _without_asides(text: str) -> str:
    """The text with its asides blanked; the whole text where nothing else would be left."""
    kept = list(text)
    for found in _ASIDE.finditer(fold(text)):
        kept[found.start() : found.end()] = " " * len(found.group())
    return "".join(kept) if _content("".join(kept)) else text


def ordinal_words(text: str) -> list[str]:
    """`thứ hai` as `2`; only where the marks are written, as «thu nam» may be anything."""
    first = ["1"] if _FIRST.search(text) else []
    return [ORDINAL_WORDS[word.lower()] for word in _ORDINAL_WORD.findall(text)] + first


def content_terms(text: str) -> tuple[str, ...]:
    """Folded terms of the text, short forms written out, without the words that only ask or join."""
    return tuple(term for term, _ in _content(text))


def _content(text: str) -> list[tuple[str, str | None]]:
    """Content terms, each with its marked key where the writer's marks can be trusted."""
    words = [text[a:b] for a, b in syllable_spans(text)]
    if not has_marks(text):
        kept = [fold(word) for word in words if fold(word) not in _STOP_FOLDED]
        return [(term, None) for term in expand(kept)]
    words = [word for word in words if word.lower() not in STOP]
    expanded = expand_from([fold(word) for word in words])
    return [(term, None if i is None else marked_key(words[i])) for term, i in expanded]
