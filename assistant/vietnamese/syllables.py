"""Text as syllables, numbers and the terms searched for; knows no index."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from itertools import pairwise

from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.dates import date_terms
from assistant.vietnamese.normal import fold
from assistant.vietnamese.numbers import document_number_terms, plain_number

# A number keeps its inner points and commas (15,47 is one thing and not 15); letters and digits part (57NQ -> 57 NQ).
# The first way is the last for plain letters, and faster.
_TERM = re.compile(r"[a-z]++(?![^\x00-\x7f])|\d+(?:[.,]\d+)*|[^\W\d_]+")

_AFTER_DIGITS = "9\uffff"

# What can be a Vietnamese syllable, folded.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|gh|gi|kh|nh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:a(?:ch|ng|nh|[cimnoptuy])?|e(?:ch|ng|nh|[cmnoptu])?|i(?:a|ch|nh|e(?:ng|[cmnptu])|[mnptu])?"
    r"|o(?:ng|oc|ong|a(?:ch|ng|nh|[cimnopty])?|e[not]?|[cimnpt])?"
    r"|u(?:ng|a(?:ng|[nty])?|e(?:ch|nh)?|o(?:ng|[cimnptu])?|y(?:a|ch|e[nt]|nh|[tu])?|[cimnptu])?"
    r"|y(?:e[mntu]|nh|t)?)"
)

# Grave, acute, tilde, hook above, dot below: the tones, as combining marks.
_TONES = "\u0300\u0301\u0303\u0309\u0323"


def syllables(text: str) -> list[str]:
    """Folded syllables and numbers in reading order: `Khu CNTT 15,47 ha` -> `khu cntt 15,47 ha`."""
    return _TERM.findall(fold(text))


def syllable_spans(text: str) -> list[tuple[int, int]]:
    """Where each of `syllables(text)` stands."""
    return [m.span() for m in _TERM.finditer(fold(text))]


def is_syllable(word: str) -> bool:
    """Whether a folded word can be a Vietnamese syllable."""
    return _SYLLABLE.fullmatch(word) is not None


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


def index_terms(text: str) -> list[str]:
    """Folded syllables and numbers in reading order, short forms written out, numbers in their one form."""
    return [term if term > _AFTER_DIGITS else plain_number(term) for term in expand(syllables(text))]


def index_forms(text: str) -> list[tuple[str, str]]:
    """Each of `index_terms(text)` after the form in which it stands there, or itself where no letter of it stands."""
    spans = syllable_spans(text)
    folded = fold(text)
    parts = expand_from([folded[a:b] for a, b in spans])
    raws = [term if place is None else text[slice(*spans[place])] for term, place in parts]
    return [
        (raw, term) if term > _AFTER_DIGITS else (plain_number(term),) * 2
        for raw, (term, _) in zip(raws, parts, strict=True)
    ]


def extra_terms(text: str) -> list[str]:
    """Keys of the documents and days that the text names, the same for all their spellings, each once."""
    folded = fold(text)
    return document_number_terms(folded) + date_terms(folded)
