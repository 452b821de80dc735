"""A text as it is typed without a Vietnamese keyboard; knows no question and no measure."""

from __future__ import annotations

from assistant.vietnamese.normal import fold, nfc


def strip_marks(text: str) -> str:
    """Without diacritics, `đ` as `d`; upper case stays upper case."""
    text = nfc(text)
    pairs = zip(text, fold(text), strict=True)
    return "".join(bare.upper() if character.isupper() else bare for character, bare in pairs)
