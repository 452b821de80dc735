"""What raw Telex or VNI keys and the short forms of chats stand for, in queries alone; knows no index."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.syllables import is_syllable

_DOUBLED = re.compile(r"([aeod])\1")
_TONE = re.compile(r"(?<=[aeiouy])[sfrxj]")
_VNI = re.compile(r"(?<![\w./-])[a-zđ]+[1-9][a-zđ1-9]*(?![\w/-])", re.IGNORECASE)
# A number of keys from which the writer plainly typed without a Vietnamese keyboard: this many words, and this share.
_MANY, _SHARE = 2, 0.3
# Short forms of chats; «ĐC» may be an address, «BN» a patient, so only what is in lower case is one.
CHAT = Path(__file__).with_name("chat.txt")
# A «k» is a «không» before or after these; else it is a letter.
_NOT = re.compile(
    r"(?<![\w.])k(?=\s+(?:được|duoc|dc|đc|có|co|phải|phai|cần|can|bị|bi|thể|the|nên|nen|biết|biet|cho)\b)"
    r"|(?<=(?:ược|uoc|hải|hai) )k(?=\W*$)|(?<= [dđ]c )k(?=\W*$)"
)


def written_out(text: str) -> str:
    """The text with short forms of chats written out, `ko đc` -> `không được`; without marks where it has none."""
    marked = has_marks(text)

    forms, pattern = _chat()

    def long(found: re.Match[str]) -> str:
        meant = forms.get(found.group(), "không")
        return meant if marked else fold(meant)

    return pattern.sub(long, _NOT.sub(long, text))


@lru_cache(maxsize=1)
def _chat() -> tuple[dict[str, str], re.Pattern[str]]:
    """Short form -> what it stands for, and where one stands; longer ones first."""
    lines = nfc(CHAT.read_text(encoding="utf-8")).splitlines()
    forms = dict(line.split(" = ") for line in lines if not line.startswith("#"))
    shorts = "|".join(map(re.escape, sorted(forms, key=len, reverse=True)))
    # «nhiêu» alone is short itself; after «bao» it is not
    return forms | {"nhiêu": "bao nhiêu"}, re.compile(rf"(?<![\w.@/-])(?<!bao )(?:{shorts}|nhiêu)(?![\w@/-]|\.\w)")


def telex_readings(word: str) -> Iterator[str]:
    """Folded readings of a folded word with Telex keys in it: `quyeets` -> `quyet`, `dduwowcj` -> `duoc`."""
    plain = _DOUBLED.sub(r"\1", word.replace("w", ""))
    yield plain
    if plain.endswith(tuple("sfrxj")):
        yield plain[:-1]
    yield _TONE.sub("", plain)


def telex_reading(word: str) -> str | None:
    """The syllable that a folded word can only be as Telex keys; None for a word that needs no reading."""
    if is_syllable(word) and "oo" not in word:
        return None
    return next((reading for reading in telex_readings(word) if reading != word and is_syllable(reading)), None)


def is_typed_raw(words: list[str]) -> bool:
    """Whether so many of the folded words are Telex keys that all of them are to be read so."""
    raw = sum(telex_reading(word) is not None for word in words)
    return raw >= _MANY and raw >= _SHARE * len(words)


def without_vni(text: str) -> str:
    """The text with VNI keys read, where digits inside words show them: `Nghi5 quye6t1` -> `Nghi quyet`."""
    found = [match for match in _VNI.finditer(text) if _vni_reading(match.group())]
    if not any(re.search(r"\d[^\W\d]", match.group()) for match in found):
        return text
    many = len(found) >= _MANY and len(found) >= _SHARE * len(text.split())

    def read(match: re.Match[str]) -> str:
        word = match.group()
        inside = re.search(r"\d[^\W\d]", word) is not None
        return (_vni_reading(word) if many or inside else None) or word

    return _VNI.sub(read, text)


def _vni_reading(word: str) -> str | None:
    digits = [c for c in word if c.isdigit()]
    letters = "".join(c for c in word if not c.isdigit())
    tones = sum(digit <= "5" for digit in digits)
    return letters if tones <= 1 and len(digits) <= 4 and is_syllable(fold(letters)) else None
