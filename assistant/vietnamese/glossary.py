"""The table of English phrases in Vietnamese, found by their words or the stems of these; knows no sentences."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from assistant.vietnamese.normal import fold, nfc

TABLE = Path(__file__).with_name("english.txt")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_VOWEL = re.compile("[aeiouy]")
# Letters of the longest word that has endings.
_LONGEST = 40
Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """What a phrase is in Vietnamese, and where that goes: `…` to the end, `~` after the next, `<` before a name."""

    text: str
    place: str = ""


@dataclass(frozen=True, slots=True)
class Glossary:
    exact: dict[Words, Entry]
    stems: dict[Words, Entry]  # the same by `stem` of their words
    longest: dict[str, int]  # words of the longest phrase that begins with this stem
    words: frozenset[str]  # stems of the words, without names and what stands only in capitals

    def find(self, tokens: Sequence[str], at: int) -> tuple[int, Entry | None]:
        """How many tokens from `at` on the longest phrase has that stands there, and what it is; 1 and None without."""
        tokens = tokens[at : at + self.longest.get(shape(tokens[at]), 0)]
        words, shapes = [token.lower() for token in tokens], [shape(token) for token in tokens]
        for n in range(len(tokens), 0, -1):
            as_written = self.exact.get((tokens[0],)) if n == 1 and tokens[0].isupper() else None
            entry = as_written or self.exact.get(tuple(words[:n])) or self.stems.get(tuple(shapes[:n]))
            if entry:
                return n, entry
        return 1, None


def read_entries(text: str) -> Iterator[tuple[str, Entry]]:
    """The lines of a glossary, `english = tiếng Việt`, in their order."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            english, _, vietnamese = line.partition(" =")
            vietnamese = vietnamese.strip()
            if vietnamese[:1] in ("…", "~"):
                yield english, Entry(vietnamese[2:], vietnamese[0])
            elif vietnamese.endswith(" <"):
                yield english, Entry(vietnamese[:-2], "<")
            else:
                yield english, Entry(vietnamese)


@lru_cache(maxsize=1)
def load_glossary() -> Glossary:
    exact: dict[Words, Entry] = {}
    stems: dict[Words, Entry] = {}
    longest: dict[str, int] = {}
    words: set[str] = set()
    for english, entry in read_entries(nfc(TABLE.read_text(encoding="utf-8"))):
        key = tuple(english.split())
        stemmed = tuple(map(stem, map(str.lower, key)))
        exact[key] = entry
        longest[stemmed[0]] = max(longest.get(stemmed[0], 0), len(key))
        if not english.isupper():
            stems.setdefault(stemmed, entry)
            words.update(() if _is_name(english, entry) else stemmed)
    return Glossary(exact, stems, longest, frozenset(words))


def _is_name(english: str, entry: Entry) -> bool:
    text = entry.text
    return text == english or (text[:1].isupper() and fold(text).replace(" ", "") == english.replace(" ", ""))


def is_number(token: str) -> bool:
    return _NUMBER.fullmatch(token) is not None


def shape(token: str) -> str:
    """What a token is looked up by: `<year>`, `<n>`, or its stem."""
    if is_number(token):
        return "<year>" if _YEAR.fullmatch(token) else "<n>"
    return stem(token.lower())


def stem(word: str) -> str:
    """The word without endings of number, verb and owner: the same for all its forms, not always a word."""
    return _stem(word) if len(word) <= _LONGEST else word


@lru_cache(maxsize=8192)
def _stem(word: str) -> str:
    word = _plural_off(word.removesuffix("'s").removesuffix("'"))
    if word.endswith("ied") and len(word) > 4:
        word = f"{word[:-3]}y"
    for ending in ("ing", "ed"):
        if word.endswith(ending) and len(word) > len(ending) + 2 and _VOWEL.search(word, 0, len(word) - len(ending)):
            word = word.removesuffix(ending)
            break
    word = word.removesuffix("e") if len(word) > 3 else word
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] and word[-1] not in "aeiou" else word


def _plural_off(word: str) -> str:
    if word.endswith("ies") and len(word) > 4:
        return f"{word[:-3]}y"
    if word.endswith(("sses", "xes", "ches", "shes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and len(word) > 3 and word[-2] not in "sui" else word
