"""Text of legacy Vietnamese encodings (TCVN3, VNI, VISCII, VPS, windows-1258) as Unicode; knows no file.

The letters of a legacy font come out of a file as other letters of the same code points: «B¸o c¸o» for «Báo cáo».
Which encoding it is shows in what is spelled as Vietnamese syllables, as it stands and as each encoding reads it. That
is decided for runs of lines together, with a cost for each change, and never for a line of clean text alone. Words with
a letter that only Unicode has are left as they are.

TCVN3 has no capitals with marks: its fonts whose name ends in H draw small letters as capitals. What else stands in
capitals tells which those are (`CéNG HOµ` -> `CỘNG HOÀ`); a word in such a font whose letters are all small stays so,
unless the reader knows the font and says `capitals=True`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice
from typing import TYPE_CHECKING

from assistant.vietnamese.normal import nfc
from assistant.vietnamese.orthography import is_syllable_with_marks

if TYPE_CHECKING:
    from viparse.normalize.tables import Charmap

# Where two read a text equally well, the first is taken.
ENCODINGS = ("windows-1258", "tcvn3", "vni", "viscii", "vps")
# VISCII and VPS keep letters in the control characters; others have cp1252's punctuation in C1.
_CONTROLS = ("viscii", "vps")
# VNI's letters that viparse has not met: «ẳ», and «ỵ» as Windows' VNI fonts have it.
_MORE_VNI = (("aú", "ẳ"), ("AÚ", "Ẳ"), ("Aú", "Ẳ"), ("î", "ỵ"), ("Î", "Ỵ"))
# What PDF fonts give for TCVN3's «ư» and «ã», which viparse reads.
_SUBSTITUTES = "\u2212\u2219"
_TOKEN = re.compile(
    rf"(?<![A-Za-z])[A-Za-z]*+[\x02-\x06\x10-\x15\x19\x1c-\x1e\x80-\x9f\xa1-\u1fff{_SUBSTITUTES}]"
    rf"[A-Za-z\x02-\x06\x10-\x15\x19\x1c-\x1e\x80-\x9f\xa1-\u1fff{_SUBSTITUTES}]*"
)
# Beside a plain letter, what no Vietnamese Unicode word holds there: without some of it nothing needs a closer look.
_ODD = (
    r"[\x80-\x9f\xa1-\xbf\xc4-\xc7\xcb\xce-\xd1\xd6-\xdc\xde-\xdf\xe4-\xe7\xeb\xee-\xf1\xf6-\xfc\xfe-\xff\u2212\u2219]"
)
# … or a tone of windows-1258 after its letter («hôòi», «hoaÌ»).
_SUSPECT = re.compile(rf"[A-Za-z]{_ODD}|{_ODD}[A-Za-z]|[a-zâêôãõý][ÌÒ]|[âêôãõý][ìò]")
_LEAST_SUSPECTS = 3
# Words that a change of encoding between two lines must make better, so that it is believed.
_CHANGE = 3.0
# … and for a run of lines: different words made better, and shares of its marked words before and after.
_LEAST_FIXED, _LEAST_WRONG, _LEAST_RIGHT = 3, 0.35, 0.7
# Alone these are words or units («5.000 ®» is 5.000 đ); other lone signs are signs («10 × 5»).
_LONE = frozenset("àạôơđĐ")
_LONGEST = 30
# Bytes of a file in an unknown encoding that are looked at.
_SAMPLE = 200_000
# The share of its marked words that may read as no syllables.
_MOST_WRONG = 0.5
_FONT = re.compile(r"(?:[A-Z]{6}\+)?(?:(?P<tcvn3>\.vn)|(?P<vni>vni[- ]))", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Run:
    """Lines `start:end` in one encoding."""

    encoding: str
    start: int
    end: int


def to_unicode(text: str) -> str:
    """The text in NFC, with what is in a legacy encoding converted; clean text comes back as its NFC alone."""
    return pages_to_unicode((text,))[0]


def pages_to_unicode(pages: Sequence[str]) -> tuple[str, ...]:
    """The pages of one document, judged together; every line stays on its line."""
    texts = [nfc(page) for page in pages]
    if not _is_suspect("\n".join(texts)):
        return tuple(texts)
    lines = [text.split("\n") for text in texts]
    flat = [line for page in lines for line in page]
    for run in _runs(flat):
        flat[run.start : run.end] = [_convert_line(line, run.encoding) for line in flat[run.start : run.end]]
    rest = iter(flat)
    return tuple(nfc("\n".join(islice(rest, len(page)))) for page in lines)


def detect(text: str) -> str | None:
    """The legacy encoding that most of the text's legacy lines are in; None for text in Unicode."""
    text = nfc(text)
    if not _is_suspect(text):
        return None
    lines = text.split("\n")
    sizes = dict.fromkeys(ENCODINGS, 0)
    for run in _runs(lines):
        sizes[run.encoding] += sum(map(len, lines[run.start : run.end])) + 1
    best = max(ENCODINGS, key=lambda name: sizes[name])
    return best if sizes[best] else None


def convert(text: str, encoding: str, *, capitals: bool = False) -> str:
    """Text known to be in the encoding as Unicode; `capitals` where its font draws small letters as capitals."""
    converted = nfc("\n".join(_convert_line(line, encoding) for line in text.split("\n")))
    return converted.upper() if capitals else converted


def encoding_of_font(name: str) -> tuple[str, bool] | None:
    """The encoding of text in a font of this name, and whether it draws capitals: `.VnTimeH` -> `("tcvn3", True)`."""
    found = _FONT.match(name)
    if found is None:
        return None
    return str(found.lastgroup), found.lastgroup == "tcvn3" and name.rstrip().endswith("H")


def reads_as(text: str, encoding: str) -> bool | None:
    """Whether the text reads better in the encoding than as it stands; None where both are as good."""
    words = [match.group() for match in _TOKEN.finditer(nfc(text)) if len(match.group()) > 1]
    own, legacy = _line_cost(words, ""), _line_cost(words, encoding)
    if any(_is_unicode_only(word) and not _own_cost(word) for word in words):
        return False
    return None if own == legacy else legacy < own


def decode_legacy(data: bytes) -> str | None:
    """Text of bytes in the legacy encoding that reads them best; None where none of them reads as Vietnamese."""
    costs: dict[str, float] = {}
    for name in ENCODINGS:
        tokens = [m.group() for m in _TOKEN.finditer(_surface(data[:_SAMPLE], name)) if len(m.group()) > 1]
        if not tokens:
            return None
        costs[name] = sum(_cost(token, name) for token in tokens) / len(tokens)
    best = min(ENCODINGS, key=lambda name: costs[name])
    return convert(_surface(data, best), best) if costs[best] <= _MOST_WRONG else None


def _surface(data: bytes, encoding: str) -> str:
    """The bytes as the characters that `encoding` is looked for in."""
    text = data.decode("latin-1")
    return text if encoding in _CONTROLS else text.translate(_windows_punctuation())


@lru_cache(maxsize=1)
def _windows_punctuation() -> dict[int, str]:
    """C1 code points as cp1252 has them; the five it leaves out stay."""
    return {byte: text for byte in range(0x80, 0xA0) if (text := bytes([byte]).decode("cp1252", "ignore"))}


def _is_suspect(text: str) -> bool:
    return len(list(islice(_SUSPECT.finditer(text), _LEAST_SUSPECTS))) == _LEAST_SUSPECTS


def _runs(lines: list[str]) -> list[_Run]:
    """The runs of lines that are in a legacy encoding, by the cheapest reading of all lines together (Viterbi)."""
    states = ("", *ENCODINGS)
    tokens = [[m.group() for m in _TOKEN.finditer(line) if len(m.group()) > 1] for line in lines]
    costs = [0.0] + [_CHANGE] * len(ENCODINGS)
    came_from: list[list[int]] = []
    for words in tokens:
        cheapest = min(range(len(states)), key=costs.__getitem__)
        change = costs[cheapest] + _CHANGE
        came_from.append([i if costs[i] <= change else cheapest for i in range(len(states))])
        costs = [min(cost, change) + _line_cost(words, name) for cost, name in zip(costs, states, strict=True)]
    state = min(range(len(states)), key=costs.__getitem__)
    path = []
    for row in reversed(came_from):
        path.append(state)
        state = row[state]
    found = []
    for state, group in groupby(enumerate(reversed(path)), key=lambda pair: pair[1]):
        numbers = [number for number, _ in group]
        run = _Run(states[state], numbers[0], numbers[-1] + 1)
        if state and _is_sure([word for words in tokens[run.start : run.end] for word in words], run.encoding):
            found.append(run)
    return found


def _line_cost(words: list[str], encoding: str) -> float:
    return sum(_cost(word, encoding) for word in words)


def _is_sure(words: list[str], encoding: str) -> bool:
    wrong = [word for word in words if _cost(word, "") > 0]
    fixed = {word.lower() for word in wrong if _cost(word, encoding) == 0}
    right = sum(_cost(word, encoding) == 0 for word in words)
    return len(fixed) >= _LEAST_FIXED and len(wrong) >= _LEAST_WRONG * len(words) and right >= _LEAST_RIGHT * len(words)


@lru_cache(maxsize=131_072)
def _cost(word: str, encoding: str) -> float:
    """How far a word is from a Vietnamese syllable as the encoding reads it (`""`: as it stands), 0 to 1."""
    if not encoding or _is_unicode_only(word):
        own = _own_cost(word)
        return own if not encoding else 1.0 if own == 0 else own
    if len(word) > _LONGEST:
        return 1.0
    converted = _mapped(word, encoding)
    if encoding == "tcvn3" and converted == word:
        return 1.0  # every letter with a mark has another code point there
    return 0.0 if is_syllable_with_marks(converted) else 1.0


def _own_cost(word: str) -> float:
    if is_syllable_with_marks(word):
        return 0.0
    bare = _bare(word)
    return 0.5 if bare != word and (bare.isascii() or is_syllable_with_marks(bare)) else 1.0


def _bare(word: str) -> str:
    """Without the signs around it: `«Luật»`, `Windows®`."""
    letters = [i for i, character in enumerate(word) if character.isalnum()]
    return word[letters[0] : letters[-1] + 1] if letters else ""


def _is_unicode_only(word: str) -> bool:
    return any(character > "\xff" and character not in _SUBSTITUTES for character in word)


# The number of a document, whose capitals don't make its line one of capitals.
_OF_NUMBER = re.compile(r"\d+/\S+")


def _convert_line(line: str, encoding: str) -> str:
    letters = re.findall("[A-Za-z]+", _OF_NUMBER.sub(" ", line))
    shouted = encoding == "tcvn3" and _is_shouted("".join(letters))

    def unicode(found: re.Match[str]) -> str:
        word = found.group()
        if _is_unicode_only(word):
            return word
        converted = _mapped(word, encoding)
        if len(word) == 1 and not word.isalpha() and converted not in _LONE:
            return word
        return converted.upper() if shouted or (encoding == "tcvn3" and _is_shouted(word)) else converted

    return _TOKEN.sub(unicode, line)


def _is_shouted(word: str) -> bool:
    """Whether the plain letters, two or more, are all capitals."""
    plain = [character for character in word if character.isascii() and character.isalpha()]
    return len(plain) > 1 and all(map(str.isupper, plain))


def _mapped(word: str, encoding: str) -> str:
    from viparse.normalize.tables import convert as convert_by

    return str(convert_by(word, _charmap(encoding)))


@lru_cache(maxsize=len(ENCODINGS))
def _charmap(encoding: str) -> Charmap:
    from viparse.normalize.encodings import CHARMAPS
    from viparse.normalize.tables import build_charmap

    if encoding == "windows-1258":
        return build_charmap(encoding, _windows_1258())
    if encoding == "vni":
        return build_charmap(encoding, (*CHARMAPS[encoding].pairs, *_MORE_VNI))
    return CHARMAPS[encoding]


def _windows_1258() -> Iterator[tuple[str, str]]:
    for byte in range(0xA1, 0x100):
        surface, meant = bytes([byte]).decode("latin-1"), bytes([byte]).decode("cp1258", "ignore")
        if meant and meant != surface:
            yield surface, meant
