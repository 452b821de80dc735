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
_LETTERS = re.compile(r"[^\W\d_]+")
# `NDD` of `38/2022/NDD-CP`.
_CODE_OF_DD = re.compile(r"(?<=[A-Z])DD(?![a-z])|^DD(?=[A-Z])")
# Combining acute, grave, hook, tilde, dot below: the tones of s f r x j and of 1 to 5.
_TONES = "\u0301\u0300\u0309\u0303\u0323"
_VOWEL = "[aeiouyăâêôơư]"
_SHAPES = {"6": "\u0302", "7": "\u031b", "8": "\u0306"}
_BEARERS = {"6": "aeo", "7": "uo", "8": "a"}
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


def telex_written(word: str) -> str | None:
    """The word as its Telex keys write it, `dduwowcj` -> `được`; None where that is no syllable."""
    keys, tone = word, ""
    if found := re.search(r"(?<=[aeiouyw])([^sfrxj]*)([sfrxj])([^sfrxj]*)$", word.lower()):
        tone = _TONES["sfrxj".index(found[2])]
        keys = word[: found.start(2)] + word[found.end(2) :]
    letters = re.sub(r"[dD]([dD])", lambda m: "Đ" if m[0][0].isupper() else "đ", keys)
    letters = re.sub(r"[uU]o(?=w)", lambda m: f"{m[0][0]}wo", letters)  # `uow` is `ươ`
    letters = re.sub(r"([aeo])\1", lambda m: m[0][0] + "\u0302", letters, flags=re.IGNORECASE)
    letters = re.sub(r"([aAoOuU])[wW]", lambda m: m[1] + ("\u0306" if m[1] in "aA" else "\u031b"), letters)
    letters = re.sub(r"([uU]\u031b[oO])(?=[a-z])", "\\1\u031b", letters)  # and so is `uwo` before a letter
    return _syllable(letters, tone)


def vni_written(word: str) -> str | None:
    """The word as its VNI keys write it, `quye6t1` -> `quyết`; None where that is no syllable."""
    tone = next((_TONES[int(c) - 1] for c in word if c in "12345"), "")
    letters = re.sub(r"[1-5]", "", word)
    letters = re.sub(r"([dD])([^\W\d]*)9", lambda m: ("Đ" if m[1] == "D" else "đ") + m[2], letters)
    letters = re.sub(r"([uU])([oO])7", "\\1\u031b\\2\u031b", letters)
    letters = re.sub(r"([a-zA-Z])([a-zA-Z]*)([678])", _shaped, letters)
    return None if re.search(r"\d", letters) else _syllable(letters, tone)


def _shaped(found: re.Match[str]) -> str:
    """The last letter before a key 6, 7 or 8 that may bear its mark, with it."""
    letters, key = found[1] + found[2], found[3]
    place = max((letters.lower().rfind(letter) for letter in _BEARERS[key]), default=-1)
    return found[0] if place < 0 else letters[: place + 1] + _SHAPES[key] + letters[place + 1 :]


def _syllable(letters: str, tone: str) -> str | None:
    """Letters with their shapes, and the tone on the vowel that bears it, in NFC; None where it is no syllable."""
    word = nfc(letters)
    if not word.isalpha() or not is_syllable(fold(word)):
        return None
    if not tone:
        return word
    onset = re.match(r"qu|gi(?=[^\W\d_])", word.lower())
    start = onset.end() if onset and re.search(_VOWEL, word[onset.end() :].lower()) else 0
    vowels = [i for i in range(start, len(word)) if re.match(_VOWEL, word[i].lower())]
    if not vowels:
        return None
    shaped = [i for i in vowels if word[i].lower() in "ăâêôơ"] or [i for i in vowels if word[i].lower() == "ư"]
    if shaped:
        place = shaped[-1]
    elif vowels[-1] < len(word) - 1 or len(vowels) == 3:
        place = vowels[min(1, len(vowels) - 1)]
    else:
        place = vowels[0]
    return nfc(word[: place + 1] + tone + word[place + 1 :])


def as_written(text: str) -> str:
    """The text as raw keys write it, where so many of its words are keys that nobody can have meant it otherwise."""
    text = without_vni(text)
    spans = [(found.start(), found.end()) for found in _LETTERS.finditer(text)]
    if not is_typed_raw([fold(text[a:b]) for a, b in spans]):
        return text
    for start, end in reversed(spans):
        word = text[start:end]
        written = telex_written(word) if word.isascii() and telex_reading(fold(word)) else None
        text = text[:start] + (written or _CODE_OF_DD.sub("Đ", word)) + text[end:]
    return text


def without_vni(text: str) -> str:
    """The text with VNI keys read, where digits inside words show them: `Nghi5 quye6t1` -> `Nghị quyết`."""
    found = [match for match in _VNI.finditer(text) if _vni_reading(match.group())]
    if not any(re.search(r"\d[^\W\d]", match.group()) for match in found):
        return text
    many = len(found) >= _MANY and len(found) >= _SHARE * len(text.split())

    def read(match: re.Match[str]) -> str:
        word = match.group()
        inside = re.search(r"\d[^\W\d]", word) is not None
        reading = _vni_reading(word) if many or inside else None
        return word if reading is None else vni_written(word) or reading

    return _VNI.sub(read, text)


def _vni_reading(word: str) -> str | None:
    digits = [c for c in word if c.isdigit()]
    letters = "".join(c for c in word if not c.isdigit())
    tones = sum(digit <= "5" for digit in digits)
    return letters if tones <= 1 and len(digits) <= 4 and is_syllable(fold(letters)) else None
