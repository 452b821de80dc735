"""Normal forms of Vietnamese text: NFC, and a folding that keeps every offset; knows no syllables or sentences."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# A surrogate without its pair, which no UTF-8 can hold.
_HALF = re.compile("[\ud800-\udfff]")
_MOST_MARKS = 30
# Where so many marks may stand in a row: no letter with its marks is plain ASCII.
_CROWD = re.compile(rf"[^\x00-\x7f]{{{_MOST_MARKS},}}")
# Code points below this are folded by table: every Latin letter of Vietnamese, and the dashes and quotation marks.
_TABLE_SIZE = 0x2100
# Shorter texts are folded letter by letter, which starts faster.
_SHORT = 100


def nfc(text: str) -> str:
    """Canonical composition; the one form in which text is stored and offsets count; half a character becomes `�`.

    Of more than 30 combining marks in a row (UAX #15, stream-safe text) the rest are dropped: sorting them takes the
    square of their number, and no writing has so many.
    """
    return unicodedata.normalize("NFC", _CROWD.sub(_without_crowds, _HALF.sub("\ufffd", text)))


def _without_crowds(found: re.Match[str]) -> str:
    kept, marks = [], 0
    for character in found.group():
        marks = marks + 1 if unicodedata.combining(character) else 0
        if marks <= _MOST_MARKS:
            kept.append(character)
    return "".join(kept)


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character in "đĐð\u00d0\u0189":
        return "d"
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


@lru_cache(maxsize=1)
def _folded_code_points() -> NDArray[np.uint32]:
    import numpy as np

    return np.array([ord(_fold_character(chr(i))) for i in range(_TABLE_SIZE)], dtype="<u4")


def fold(text: str) -> str:
    """Lower case without diacritics, `đ` as `d`; `len(fold(text)) == len(text)`, so offsets carry over.

    A combining mark that stands alone (text not in NFC) is kept, so fold NFC text.
    """
    if text.isascii():
        return text.lower()
    if len(text) < _SHORT:
        return "".join(map(_fold_character, text))
    return _fold_by_table(text)


def _fold_by_table(text: str) -> str:
    """As letter by letter, in 5 instead of 55 ns a character."""
    import numpy as np

    code_points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    folded = np.take(_folded_code_points(), code_points, mode="clip")
    others = np.flatnonzero(code_points >= _TABLE_SIZE).tolist()
    folded[others] = [ord(_fold_character(text[i])) for i in others]
    return folded.tobytes().decode("utf-32-le", "surrogatepass")


_COPIED = re.compile(r"\S*\d\S*[/-]\S+")


def has_marks(text: str) -> bool:
    """Whether any letter carries a Vietnamese mark, so that the writer's marks can be trusted.

    The number of a document does not count: it is copied, `27/2026/NĐ-CP`.
    """
    if text.isascii():
        return False
    text = _COPIED.sub(" ", text)
    return any(fold_character != character for fold_character, character in zip(fold(text), text.lower(), strict=False))
