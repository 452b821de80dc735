"""Numbers, and the numbers of official documents, in one form however they are written; knows no dates and no index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from assistant.vietnamese.normal import fold

# 1.000.000, and 1,000,000 as English writes it; one comma with three digits is a decimal fraction.
_GROUPED = re.compile(r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d{1,3}(?:,\d{3}){2,}")

# Folded name of a kind of document -> the short form that numbers have; longer names before those they end with.
_NAMES = {
    "nghi quyet": "nq",
    "nghi dinh": "nd",
    "quyet dinh": "qd",
    "thong tu lien tich": "ttlt",
    "thong tu": "tt",
    "chi thi": "ct",
    "ke hoach": "kh",
    "ket luan": "kl",
    "chuong trinh": "ctr",
    "cong van": "cv",
    "thong bao": "tb",
    "bao cao": "bc",
    "huong dan": "hd",
    "to trinh": "ttr",
    "cong dien": "cd",
    "van ban hop nhat": "vbhn",
    "phap lenh": "pl",
    "luat": "luat",
}
# Short forms that a bare number makes a document («NQ 57»); a «KH 5» may be anything.
_CLEAR = ("nq", "nd", "qd", "tt", "ct", "kl", "cv")
# Kinds whose name alone makes the smallest number a document; a «kế hoạch 5» goes on with «năm».
_ONLY_DOCUMENTS = {"nq", "nd", "tt", "ct", "ttlt", "pl", "vbhn"}
_SHORT = "|".join(sorted({*_NAMES.values(), "ttlb", "nqlt"} - {"luat"}, key=len, reverse=True))
_DASH = r"[-/_\u2010-\u2015\u2212]"
_YEAR = r"(?:19|20)[0-9]{2}"
# A digit with no digit before it, nor with a point, comma or stroke between.
_FIRST = r"[0-9](?<![0-9.,/][0-9])"
# `57-nq/tw`, `57/nq-tw`, `57 - nq/tw`, `13/2023/nd-cp`, `20/2023/qh15`: number, year, dash, kind, issuer, assembly.
_WITH_KIND = re.compile(
    rf"({_FIRST}[0-9]{{0,4}}[a-z]?)(?:\s?{_DASH}\s?({_YEAR}))?(\s?{_DASH}?\s?)"
    rf"(?:({_SHORT})(?:\s?{_DASH}\s?([a-z]+[0-9]{{0,2}}))?|((?:ubtv)?qh[0-9]{{1,2}}))(?![a-z0-9])"
)
# A number after the last word of a kind's name, and its year: `nghị quyết số 57`, `nghị định 13/2023`, `nq-57`.
_LAST_WORDS = sorted({"so", "so:", *(name.rpartition(" ")[2] for name in _NAMES)})
_BEHIND = [*(rf"{word}\s" for word in _LAST_WORDS), *(f"{short}{gap}" for short in _CLEAR for gap in ("", r"[\s-]"))]
_AFTER_NAME = re.compile(
    rf"({_FIRST}(?:{'|'.join(f'(?<={behind}[0-9])' for behind in _BEHIND)})[0-9]{{0,4}})"
    rf"(?:/({_YEAR})|\snam\s({_YEAR}))?(?![0-9]|[.,/][0-9]|\s?%)"
)
_NAME = re.compile(
    rf"(?<![a-z0-9])(?:({'|'.join(_NAMES).replace(' ', chr(92) + 's+')})|({'|'.join(_CLEAR)}))[\s-]*(so)?:?\s*$"
)
# Farther before its number no name of a kind begins.
_NAME_REACH = 30
# Kinds whose numbers hold their year; `57-NQ/TW` of 2024 does not.
_WITH_YEAR = {"nd", "tt", "ttlt", "luat"}
# After a bare number these say that it counts.
_COUNTED = re.compile(
    r"\s(?:nam|thang|ngay|gio|tuan|quy|lan|dieu|khoan|diem|muc|phan|chuong|nguoi|van de|noi dung|truong hop|loai|nhom"
    r"|nhiem vu|giai phap|muc tieu|ty|trieu|nghin|ngan|dong|ha|km|m|trang|buoc|cap|bac|doanh nghiep|don vi|du an)\b"
)
# An assembly's number is of the act that is named at most so far before it.
_ACT = re.compile(r".*\b(luat|nghi quyet|phap lenh)\b", re.DOTALL)
_ACT_REACH = 120


@lru_cache(maxsize=65_536)
def plain_number(number: str) -> str:
    """The number without zeros before it and without marks between thousands: `07` -> `7`, `1.000,5` -> `1000,5`."""
    if _GROUPED.fullmatch(number):
        number = number.replace("." if "." in number else ",", "")
    bare = number.lstrip("0")
    return bare if bare[:1].isdigit() else f"0{bare}"


def document_number_terms(text: str) -> list[str]:
    """A key for each way, full and short, to give the number of a document that the text names, each once.

    `57-NQ/TW`, `57/NQ–TW` -> `57-nq`, `57-nq-tw`; `nghị quyết số 57` -> `57-nq`; `13/2023/NĐ-CP` -> `13-nd`,
    `13-2023-nd`, `13-nd-cp`, `13-2023-nd-cp`. What says less about the same number has a part of the keys.
    """
    folded = fold(text)
    return list(dict.fromkeys([*_numbers_with_kind(folded), *_numbers_after_name(folded)]))


def _numbers_with_kind(folded: str) -> Iterator[str]:
    for found in _WITH_KIND.finditer(folded):
        number, year, dash, kind, issuer, assembly = found.groups()
        if assembly and year:
            yield from _keys(number, year, assembly)
            act = _ACT.match(folded, max(0, found.start() - _ACT_REACH), found.start())
            yield from _keys(number, year, _NAMES[act.group(1)]) if act else ()
        elif kind and (issuer or year or (dash in ("-", "/", "–") and kind in _CLEAR)):
            yield from _keys(number, year, kind)
            yield from _keys(number, year, f"{kind}-{issuer}") if issuer else ()


def _numbers_after_name(folded: str) -> Iterator[str]:
    for found in _AFTER_NAME.finditer(folded):
        name = _NAME.search(folded, max(0, found.start() - _NAME_REACH), found.start())
        if not name:
            continue
        number, year, year_told = found.groups()
        full, short, so = name.groups()
        kind = _NAMES[" ".join(full.split())] if full else short
        if so or year or year_told or _stands_alone(number, kind, folded[found.end() : found.end() + 15]):
            yield from _keys(number, year or (year_told if kind in _WITH_YEAR else None), kind)


def _stands_alone(number: str, kind: str, following: str) -> bool:
    """Whether a number right after a kind's name, with no «số» between, can be its number."""
    if re.fullmatch(_YEAR, number) or _COUNTED.match(following):
        return False
    return kind in _ONLY_DOCUMENTS or len(number) > 1


def _keys(number: str, year: str | None, kind: str) -> tuple[str, ...]:
    number = number.lstrip("0") or "0"
    return (f"{number}-{kind}", f"{number}-{year}-{kind}") if year else (f"{number}-{kind}",)
