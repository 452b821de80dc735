"""Which particular of a document a question asks for: a day, its issuer, its state, what changed it; by words alone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from assistant.vietnamese.normal import fold


class Particular(StrEnum):
    ISSUED = "issued"
    EFFECTIVE = "effective"
    ENDED = "ended"
    STATE = "state"
    ISSUER = "issuer"
    CHANGES = "changes"  # what it does to others
    CHANGED = "changed"  # what others do to it


@dataclass(frozen=True, slots=True)
class Wanted:
    """`kinds` are those of the relations asked for; `rest` are folded words that name the document beside its number.

    `numbered` tells whether it is named by number; otherwise `rest` must be its title.
    """

    particular: Particular
    kinds: frozenset[str]
    rest: tuple[str, ...]
    numbered: bool


_KIND = (
    r"(?:van ban hop nhat|van ban|nghi quyet lien tich|nghi quyet|nghi dinh|thong tu lien tich|thong tu|quyet dinh"
    r"|chi thi|ke hoach|cong van|to trinh|thong bao|bao cao|ket luan|huong dan|bo luat|luat|phap lenh"
    r"|nq|nd|ttlt|tt|qd|ct|kh|cv|ttr|tb|bc|kl|hd|vbhn)"
)
_NUMBER = r"\d{1,6}[a-z]?(?:/\d{4})?(?:\s?[-/]\s?[a-z]+\d{0,2})*(?![\d/])"
# A bare number must follow a kind; one with letters behind it may stand alone.
_NAMED = re.compile(
    rf"\b{_KIND}\s+(?:so\s*:?\s*)?{_NUMBER}(?: nam \d{{4}})?|(?<![\d/])\d{{1,6}}/(?:\d{{4}}/)?[a-z]+(?:[-/][a-z]+\d*)*"
)
_WHICH = rf"(?:(?:nhung|cac) )?(?:{_KIND}) (?:nao|gi)"
_VERB = r"(?P<verb>sua doi bo sung|sua doi|bo sung|thay the|bai bo|dinh chinh|gia han|keo dai thoi han)"
_KINDS = {"thay": "replaces", "bai": "repeals", "gia": "extends", "keo": "extends"}
_WHEN = (
    r"(?:(?:ke )?(?:tu|vao|den|den het|het) )?(?:(?:ngay thang nam|ngay|khi|thoi diem|thoi gian|hom|luc) nao|bao gio"
    r"|ngay may|ngay bao nhieu)"
)
_FORCE = r"hieu luc(?: thi hanh| phap ly)?"
_WHETHER = r"(?:hay khong|hay chua|khong|chua|ko|hay (?:da )?het(?: hieu luc)?)"
# All patterns of a line must be found, in order; first line wins.
_ASKED: tuple[tuple[Particular, tuple[str, ...]], ...] = (
    (Particular.STATE, (rf"(?:(?:hien nay|hien|co|van) )*con (?:{_FORCE}|gia tri) {_WHETHER}",)),
    (Particular.STATE, (rf"(?:da )?(?:het|co) {_FORCE} (?:hay )?chua",)),
    (Particular.STATE, (rf"(?:da )?(?:bi|duoc) {_VERB} (?:hay )?chua",)),
    (Particular.ENDED, (_WHEN, rf"het {_FORCE}|(?:bi|duoc) (?:thay the|bai bo)")),
    (Particular.ENDED, (rf"co {_FORCE} (?:den|den het) (?:ngay|khi) nao",)),
    (Particular.EFFECTIVE, (_WHEN, rf"(?:bat dau )?co {_FORCE}")),
    (Particular.ISSUED, (_WHEN, r"(?:duoc )?(?:ky )?ban hanh|duoc ky|ky")),
    (Particular.ISSUER, (r"(?:la )?(?:do )?(?:co quan|don vi|to chuc|cap|bo|so|ai)(?: nao)?(?: da)? ban hanh",)),
    (Particular.ISSUER, (r"(?:cua|la) (?:co quan|don vi|cap) nao(?: ban hanh)?",)),
    (Particular.CHANGED, (rf"(?:da |se )?(?:bi|duoc) {_VERB} (?:boi|bang|theo|tai|trong) {_WHICH}",)),
    (Particular.CHANGED, (rf"(?:(?:da )?(?:bi|duoc) )?{_WHICH} (?:da |se |dang )?{_VERB}(?: cho)?",)),
    (Particular.CHANGES, (rf"(?<!bi )(?<!duoc )(?:da |se )?{_VERB}(?: cho)? {_WHICH}",)),
)
_PATTERNS = tuple((kind, tuple(re.compile(rf"\b(?:{p})(?!\w)") for p in patterns)) for kind, patterns in _ASKED)
# Said beside the name and the question, and no part of either.
_BESIDE = "a ah nhi nhe vay the thi la cua ve so van ban quy pham phap luat nay do tren noi hien"
_AROUND = "cho hoi xin biet nghi dinh thong tu quyet luat chi ke hoach bo vua duoc co hien hanh tai theo va"
_FILLERS = frozenset(f"{_BESIDE} {_AROUND}".split())
_BY_TITLE = 4


def particular_of(question: str) -> Wanted | None:
    """None where the question asks no particular of one document, or several at once."""
    before, _, asking = question.rpartition(" — ")  # a follow-up names the document before
    named = [*_names(before), *_names(asking)]
    if len(dict.fromkeys(named)) > 1:
        return None
    words = " ".join(re.sub(r"[^\w\s@]", " ", _NAMED.sub(" @ ", _plain(asking))).split())
    found = [(kind, told) for kind, patterns in _PATTERNS if (told := _without(words, patterns)) is not None]
    if not found or not any(asked in words for asked in ("nao", "khong", "chua", "gi", "ai", "bao gio", "may", "ko")):
        return None
    particular, (rest, verb) = found[0]
    left = tuple(word for word in rest.split() if word not in _FILLERS and word != "@")
    if "nao" in left or not (named or len(left) >= _BY_TITLE):
        return None
    kinds = frozenset({_KINDS.get(verb.split()[0], "amends")} if verb else ())
    return Wanted(particular, kinds, left, bool(named))


def _plain(text: str) -> str:
    return fold(text).replace("–", "-")


def _names(text: str) -> list[str]:
    """The leading figures of the documents named: `45` of `QĐ 45/2024/QĐ-UBND`."""
    return [re.sub(r"\D*0*(\d+).*", r"\1", found.group(), flags=re.DOTALL) for found in _NAMED.finditer(_plain(text))]


def _without(words: str, patterns: tuple[re.Pattern[str], ...]) -> tuple[str, str] | None:
    """The words without what the patterns ask, and the verb among it; None where one of them is not found."""
    verb = ""
    for pattern in patterns:
        found = pattern.search(words)
        if found is None:
            return None
        verb = found.groupdict().get("verb") or verb
        words = f"{words[: found.start()]} {words[found.end() :]}"
    return words, verb
