"""Vietnamese text in the encodings of before Unicode, for tests; written from their tables, not from our reader."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

_TONES = "\u0301\u0300\u0309\u0303\u0323"
_TCVN3 = {
    "a": "¸µ¶·¹", "ă": "¾»¼½Æ", "â": "ÊÇÈÉË", "e": "ÐÌÎÏÑ", "ê": "ÕÒÓÔÖ", "i": "Ý×ØÜÞ", "o": "ãßáâä", "ô": "èåæçé",
    "ơ": "íêëìî", "u": "óïñòô", "ư": "øõö÷ù", "y": "ýúûüþ",
}  # fmt: skip
_TCVN3_PLAIN = dict(zip("ăâêôơưđĂÂÊÔƠƯĐ", "¨©ª«¬\u00ad®¡¢£¤¥¦§", strict=True))
_VNI_TONES = {"": "ùøûõï", "ă": "éèúüë", "â": "áàåãä", "ê": "áàåãä", "ô": "áàåãä"}
_VNI_BASES = {"ă": ("a", "ê"), "â": ("a", "â"), "ê": ("e", "â"), "ô": ("o", "â"), "ơ": ("ô", ""), "ư": ("ö", "")}
# RFC 1456 from 0x80 on.
_VISCII = (
    "ẠẮẰẶẤẦẨẬẼẸẾỀỂỄỆỐỒỔỖỘỢỚỜỞỊỎỌỈỦŨỤỲÕắằặấầẩậẽẹếềểễệốồổỗỠƠộờởịỰỨỪỬơớƯÀÁÂÃẢĂẳẵÈÉÊẺÌÍĨỳĐứÒÓÔạỷừửÙÚỹỵÝỡư"
    "àáâãảăữẫèéêẻìíĩỉđựòóôõỏọụùúũủýợỮ"
)


def _parted(letter: str) -> tuple[str, int | None]:
    """The letter without its tone, and which of the five tones it has."""
    decomposed = unicodedata.normalize("NFD", letter)
    tones = [_TONES.index(mark) for mark in decomposed if mark in _TONES]
    base = unicodedata.normalize("NFC", "".join(c for c in decomposed if c not in _TONES))
    return base, tones[0] if tones else None


def tcvn3(text: str) -> str:
    """As `.VnTime` has it; capitals with a tone become small, as typing in `.VnTimeH` stores them."""

    def letter(character: str) -> str:
        base, tone = _parted(character)
        return _TCVN3_PLAIN.get(base, base) if tone is None else _TCVN3[base.lower()][tone]

    return "".join(map(letter, text))


def vni(text: str) -> str:
    def letter(character: str) -> str:
        base, tone = _parted(character.lower())
        if base == "đ":
            coded = "ñ"
        elif base == "i" and tone is not None:
            coded = "íìæóò"[tone]
        elif base == "y" and tone == 4:
            coded = "î"
        else:
            plain, mark = _VNI_BASES.get(base, (base, ""))
            coded = plain + (mark if tone is None else _VNI_TONES.get(base, _VNI_TONES[""])[tone])
        return coded.upper() if character.isupper() else coded

    return "".join(map(letter, text))


def viscii(text: str) -> str:
    codes = {letter: chr(0x80 + i) for i, letter in enumerate(_VISCII)} | dict(
        zip("ẲẴẪỶỸỴ", "\x02\x05\x06\x14\x19\x1e", strict=True)
    )
    return "".join(codes.get(character, character) for character in text)


def vps(text: str) -> str:
    from viparse.normalize.vps import VPS

    codes = {meant: surface for surface, meant in VPS.pairs}
    return "".join(codes.get(character, character) for character in text)


def windows_1258(text: str) -> str:
    """Tones apart, as Windows writes them, seen as Latin letters."""
    parted = "".join(base + ("" if tone is None else _TONES[tone]) for base, tone in map(_parted, text))
    return parted.encode("cp1258").decode("latin-1")


ENCODERS: dict[str, Callable[[str], str]] = {
    "tcvn3": tcvn3,
    "vni": vni,
    "viscii": viscii,
    "vps": vps,
    "windows-1258": windows_1258,
}
