"""Text as syllables, numbers and the terms searched for; knows no index."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold

# A number keeps its inner points and commas (15,47 is one thing and not 15); letters and digits part (57NQ -> 57 NQ).
_TERM = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+")

# Grave, acute, tilde, hook above, dot below: the tones, as combining marks.
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def syllables(text: str) -> list[str]:
    """Folded syllables and numbers in reading order: `Khu CNTT 15,47 ha` -> `khu cntt 15,47 ha`."""
    return _TERM.findall(fold(text))


def syllable_spans(text: str) -> list[tuple[int, int]]:
    """Where each of `syllables(text)` stands."""
    return [m.span() for m in _TERM.finditer(fold(text))]


@lru_cache(maxsize=65_536)
def marked_key(syllable: str) -> str:
    """A syllable with its marks, wherever its tone is written: `hoá` and `hóa` give one key, `hoa` another."""
    decomposed = unicodedata.normalize("NFD", syllable.lower())
    return "".join(c for c in decomposed if c not in _TONES) + "".join(c for c in decomposed if c in _TONES)


def marked_keys(text: str) -> list[str]:
    """`marked_key` of each of `syllables(text)`."""
    return [marked_key(text[a:b]) for a, b in syllable_spans(text)]


def bigrams(terms: list[str]) -> list[str]:
    """Neighbouring syllables as one term each: the dependency-free middle way to Vietnamese words."""
    return [f"{a}_{b}" for a, b in pairwise(terms)]


def search_terms(text: str) -> list[str]:
    """Folded syllables, short forms written out, followed by their bigrams, as the lexical index counts them."""
    terms = expand(syllables(text))
    return terms + bigrams(terms)
