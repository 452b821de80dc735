"""Which kind of thing a question asks for, by its words of asking; knows no documents."""

from __future__ import annotations

import re
from enum import Enum

from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.syllables import syllable_spans


class Asked(Enum):
    """The kind of thing that answers the question."""

    NUMBER = "number"
    DATE = "date"
    PERSON = "person"
    OFFICE = "office"
    DOCUMENT = "document"
    PLACE = "place"
    LIST = "list"
    REASON = "reason"
    OTHER = "other"


# A capital letter of the language, and a word that begins with one and is no short form.
CAPITAL = "[A-ZÀÁÂÃÈÉÊÌÍÒÓÔÕÙÚÝĂĐĨŨƠƯẠẢẤẦẨẪẬẮẰẲẴẶẸẺẼẾỀỂỄỆỈỊỌỎỐỒỔỖỘỚỜỞỠỢỤỦỨỪỬỮỰỲỴỶỸ]"
NAMED = rf"{CAPITAL}(?!{CAPITAL})[^\W\d_]*"
# Words that open an office, folded.
OFFICES = (
    r"chu tich|giam doc|bi thu|chu nhiem|(?:bo|thu|cuc|vu|hieu|vien) truong|truong (?:ban|phong|doan|khoa)|chanh [a-z]+"
)
OFFICE = re.compile(rf"\b(?:{OFFICES})\b")
# Where in a text a value stands that may answer, and what speaks for it beside its place.
Value = tuple[int, int, float]
# … of one that answers only with others, and is not shown by itself.
NOT_SHOWN = -9.0
# Kinds whose answer shows by its form.
TYPED = frozenset({Asked.NUMBER, Asked.DATE, Asked.PERSON, Asked.OFFICE, Asked.DOCUMENT, Asked.PLACE})

_BASIS = r"(?:can cu|dua) (?:vao|tren) (?:dau|gi|co so nao|co so gi)|tren co so nao"
_COUNTED_BY = r"(?:co|gom|la|duoc|dat) may(?! moc| tinh)|(?<!nha )may (?!moc|tinh)\w+"
_COUNT = r"(?:hai|ba|bon|nam|sau|bay|tam|chin|muoi|\d+)"
_AS_LIST = r"tieu chi (?:nao|gi)|(?:de nghi|yeu cau|kien nghi|de xuat|luu y)\b.*\blam (?:gi|nhung gi)"
WHO_ISSUED = r"(?:co quan|cap|don vi) nao (?:da )?(?:ky )?ban hanh"
_GROUPS = r"(?:nhom|nhiem vu|giai phap|noi dung|muc tieu|tieu chi|lop|tru cot|linh vuc|yeu to|dieu kien|tinh)"
_NUMBERED = r"(?:giai doan|dieu|khoan|muc|phien|nhom|khoa|vung|lop|lan)"
_SIZE = r"ty le|dien tich|(?<!mo )rong|quy mo|so luong|thu may|hang may|xep (?:hang|thu)|dung thu|diem so|so may|so nao"
# First match wins; on folded text, so that marks may be missing.
_PATTERNS: tuple[tuple[Asked, re.Pattern[str]], ...] = (
    (
        Asked.REASON,
        re.compile(rf"\b(?:vi sao|tai sao|sao lai|ly do|nguyen nhan|do dau|de lam gi|muc dich|{_BASIS})\b"),
    ),
    (
        Asked.DOCUMENT,
        re.compile(
            r"\b(?:so hieu(?! \d)|ky hieu(?! \d)|(?:nghi quyet|nghi dinh|thong tu|quyet dinh"
            r"|ke hoach|cong van|to trinh|chi thi"
            r"|van ban|luat)(?: \w+){0,2} (?:so )?(?:nao|so may|may)\b|van ban gi|so may"
            r"|(?:van ban|nghi quyet|to trinh)\b.*\bso bao nhieu|ma (?:so|nganh|chuong) )"
        ),
    ),
    (
        Asked.DATE,
        re.compile(
            r"\b(?:khi nao|(?:ngay|thang|nam|thoi gian|thoi diem|hom|(?<!phu )luc) nao|bao gio|ngay may|hom may"
            r"|(?<!mot )(?<!moi )(?<!hang )"
            r"(?:nam|ngay) bao nhieu(?! (?:tien|dong|lan|nguoi|gio|phan|suat|giay))"
            r"|ngay thang nam|(?:giai doan|thoi ky|nhiem ky) nao)\b"
        ),
    ),
    (
        Asked.LIST,
        re.compile(
            r"\b(?:nhung(?: \w+){0,5} (?:nao|gi)|cac(?: \w+){0,5} (?:nao|gi)|nhung (?:gi|ai|dau)|liet ke|ke ten|ke ra"
            rf"|{_AS_LIST}|gom|bao gom|neu (?:cac|nhung|ro)|la nhung|{_COUNT} {_GROUPS}\b.*\b(?:gi|nao))\b"
        ),
    ),
    (
        Asked.NUMBER,
        re.compile(rf"\b(?:bao nhieu|bao lau|{_SIZE}|{_COUNTED_BY}|{_NUMBERED} (?:thu )?may)\b"),
    ),
    (
        Asked.PLACE,
        re.compile(
            r"\b(?:(?:o|tai|thuoc|dat o|dien ra o) (?:dau|cho nao|noi nao|dia diem nao)|dia diem nao"
            r"|(?:huyen|xa|phuong|(?<!co )quan|tinh|thi xa|thanh pho)(?: hay \w+)? nao)\b"
        ),
    ),
    (
        Asked.PERSON,
        re.compile(
            rf"\b(?:{WHO_ISSUED}|ai"
            r"|(?:nguoi|ong|ba|lanh dao|nhan vat|can bo|sep|vi|dong chi) nao)\b"
        ),
    ),
)
# `Nguyễn Khắc Lịch là ai?`, `… giữ chức vụ gì?`: a person is named, the office is asked for.
_WHO_IS = re.compile(r"^\W*(?:[Ôô]ng |[Bb]à |[Đđ]ồng chí )?(?:[^\W\d_]+ ){2,5}là ai\b")
ASKS_OFFICE = re.compile(
    r"\b(?:la (?:thu truong|bo truong|cuc truong|vu truong|giam doc|pho giam doc|chu tich|bi thu) (?:cua )?"
    r"(?:bo|cuc|vu|so|co quan|don vi|tinh|noi|cong ty|hoi dong) nao|(?:giu chuc|lam chuc)(?: vu| danh)?(?: gi| nao)?"
    r"|chuc vu(?: gi| nao)?|chuc danh (?:gi|nao))\b"
)
_OF_SEVERAL = re.compile(r"\bmay\b")
_OF_PEOPLE = re.compile(
    r"(?:cơ quan|cấp|đơn vị) nào (?:đã )?(?:ký )?ban hành"
    r"|\bai\b|người|ông|bà|lãnh đạo|cán bộ|sếp|vị nào|đồng chí|nhân vật"
)
_ASKED_ELSE = re.compile(r"^\W*may\b.*\b(?:gi|nao|ai|dau|ra sao)\b")
_YES_NO = re.compile(r"\bco\b.+\b(?:khong|chua)(?: (?:a|vay|nhi|ha|the|nhe))?$")
# `là của A hay của B?`
_CHOICE = re.compile(r"\bla (?:\w+ ){1,12}hay (?:la |cua |o |thuoc )?\w+")
_ASKS_BODY = re.compile(r"\b(?:co quan|don vi|to chuc|bo|so|doanh nghiep|cong ty) nao (?!.*\b(?:bao nhieu|may)\b)")
_ASKING_WORD = re.compile(r"\b(?:gi|nao(?! thi)|ai|bao nhieu|bao lau|may|dau|vi sao|tai sao|bao gio)\b")
_ASKING = {"may": "mấy", "nao": "nào", "dau": "đâu", "rong": "rộng", "gi": "gì", "ai": "ai", "gom": "gồm"}
# Words that ask and join, with their marks; without marks they count less, as «cơ» and «có» fall together.
STOP_WORDS = """
là gì bao nhiêu nào thế như ở đâu khi ai có không được của các những và cho với tại về từ đến trong theo hay
mấy thì ra sao vì do hỏi biết mình tôi ạ nhé vậy này đó bị bởi để mà cũng đã sẽ đang rằng nêu hãy giúp
vui lòng ơi à nhỉ thứ lúc việc ông bà cái trên dưới còn nếu gồm bao lại rồi cần kể tên
"""
STOP = frozenset(STOP_WORDS.split())
_TITLES = frozenset({"ông", "bà", "anh", "chị", "tỉnh", "bộ", "sở", "khu", "nghị"})
_WORDS = re.compile(r"[^\W\d_]+|[^\w\s]|\d+")


def asks(text: str) -> bool:
    """Whether the text has a word of asking."""
    return _ASKING_WORD.search(folded_words(text)) is not None


def kind_of(text: str) -> Asked:
    folded = folded_words(text)
    if _CHOICE.search(folded) and not _ASKING_WORD.search(folded):
        return Asked.OTHER
    if _OF_SEVERAL.search(folded) and (_YES_NO.search(folded) or _ASKED_ELSE.search(folded)):
        folded = _OF_SEVERAL.sub(" ", folded)  # `mấy tỉnh` that are meant, not counted
    of_bodies = _ASKS_BODY.search(folded) is not None  # and not for the quality that it has to do with
    patterns = [(kind, pattern) for kind, pattern in _PATTERNS if not (of_bodies and kind is Asked.NUMBER)]
    kind = next((kind for kind, pattern in patterns if pattern.search(folded)), Asked.OTHER)
    return _person_or_office(text, folded) or kind if kind in (Asked.PERSON, Asked.OTHER) else kind


def _person_or_office(text: str, folded: str) -> Asked | None:
    """Settles what the words of asking for a person leave open; None where they stand."""
    holder = re.search(r"\b(?:ai|nguoi)\b", folded)
    if proper_names(text) and (_names_whom(text) or (ASKS_OFFICE.search(folded) and not holder)):
        return Asked.OFFICE
    unsure = has_marks(text) and not _OF_PEOPLE.search(text.lower())
    return Asked.OTHER if unsure else None


def _names_whom(text: str) -> bool:
    """The text is a name and `là ai`."""
    found = _WHO_IS.match(text)
    said = found.group() if found else ""
    names = proper_names(said)
    return len(names) == 1 and not OFFICE.match(fold(said)) and len(names[0]) >= len(said.split()) - 3


def folded_words(text: str) -> str:
    """Folded syllables; in a text with marks, a word that only looks like a word of asking (`máy`) is set apart."""
    marked = has_marks(text)
    words = [text[a:b].lower() for a, b in syllable_spans(text)]
    apart = {w for w in words if marked and nfc(w) != _ASKING.get(fold(w), nfc(w))}
    return " ".join(f"{fold(w)}_" if w in apart else fold(w) for w in words)


def proper_names(text: str) -> list[list[str]]:
    """Runs of two and more capitalised words: `Đồng Nai`, `Bùi Hoàng Phương`."""
    runs: list[list[str]] = [[]]
    for word in _WORDS.findall(text):
        if len(word) > 1 and word[0].isupper() and word[1:].islower():
            runs[-1].append(word)
        else:
            runs.append([])
    stripped = [run[1:] if run and run[0].lower() in _TITLES | STOP else run for run in runs]
    return [run for run in stripped if len(run) > 1]
