"""Normal forms of Vietnamese text: NFC, and a folding that keeps every offset; knows no syllables or sentences."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

# A surrogate without its pair, which no UTF-8 can hold.
_HALF = re.compile("[\ud800-\udfff]")


def nfc(text: str) -> str:
    """Canonical composition; the one form in which text is stored and offsets count; half a character becomes `�`."""
    return unicodedata.normalize("NFC", _HALF.sub("\ufffd", text))


@lru_cache(maxsize=8192)
def _fold_character(character: str) -> str:
    if character in "đĐð\u00d0\u0189":
        return "d"
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def fold(text: str) -> str:
    """Lower case without diacritics, `đ` as `d`; `len(fold(text)) == len(text)`, so offsets carry over.

    A combining mark that stands alone (text not in NFC) is kept, so fold NFC text.
    """
    return text.lower() if text.isascii() else "".join(map(_fold_character, text))


def has_marks(text: str) -> bool:
    """Whether any letter carries a Vietnamese mark, so that the writer's marks can be trusted."""
    return any(fold_character != character for fold_character, character in zip(fold(text), text.lower(), strict=False))
