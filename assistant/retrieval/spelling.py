"""Repairs query words that the index does not know: Telex left over, joined words, slips; knows no ranking."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.syllables import syllable_spans

Knows = Callable[[str], bool]
_LETTERS = "abcdeghiklmnopqrstuvxy"
# What can be a Vietnamese syllable, folded: such a word is meant as it stands, known to the index or not.
_SYLLABLE = re.compile(
    r"(?:ngh|ng|gh|gi|kh|nh|ph|th|tr|ch|qu|[bcdghklmnpqrstvx])?"
    r"(?:a(?:ch|ng|nh|[cimnoptuy])?|e(?:ch|ng|nh|[cmnoptu])?|i(?:a|ch|nh|e(?:ng|[cmnptu])|[mnptu])?"
    r"|o(?:ng|oc|ong|a(?:ch|ng|nh|[cimnopty])?|e[not]?|[cimnpt])?"
    r"|u(?:ng|a(?:ng|[nty])?|e(?:ch|nh)?|o(?:ng|[cimnptu])?|y(?:a|ch|e[nt]|nh|[tu])?|[cimnptu])?"
    r"|y(?:e[mntu]|nh|t)?)"
)
_DOUBLED = re.compile(r"([aeod])\1")
_LONGEST = 12


def repair(text: str, knows: Knows) -> str:
    """The text with each unknown word replaced where the index knows what it must be; else the text itself.

    `knows` tells whether a folded syllable, or two joined by `_`, occurs in the index.
    """
    text = nfc(text)
    spans = syllable_spans(text)
    words = [fold(text[a:b]) for a, b in spans]
    out: list[str] = []
    position = 0
    for i, (start, end) in enumerate(spans):
        before, after = words[i - 1] if i else "", words[i + 1] if i + 1 < len(words) else ""
        afters = (after,) if not after or knows(after) else (after, *_telex(after))
        found = None if knows(words[i]) else _repaired(text[start:end], words[i], before, afters, knows)
        out += text[position:start], found or text[start:end]
        words[i] = (found or words[i]).rsplit(" ", 1)[-1]
        position = end
    return "".join(out) + text[position:]


def _repaired(raw: str, word: str, before: str, afters: Sequence[str], knows: Knows) -> str | None:
    """What the word must be (folded; two words with a space), or None."""
    if (
        not word.isalpha()
        or _SYLLABLE.fullmatch(word)
        or not 2 < len(word) <= _LONGEST
        or (raw.isupper() and len(raw) < 6)
    ):
        return None

    def fits(candidate: str) -> bool:
        return knows(f"{before}_{candidate}") or any(knows(f"{candidate}_{after}") for after in afters)

    for candidate in (*_telex(word), *_edits(word)):
        if knows(candidate) and fits(candidate):
            return candidate
    return next((f"{a} {b}" for a, b in _halves(word) if knows(f"{a}_{b}")), None)


def _telex(word: str) -> Iterator[str]:
    """Readings of Telex keys left in the word: `quyeets` -> `quyet`, `dduwowcj` -> `duoc`."""
    plain = _DOUBLED.sub(r"\1", word.replace("w", ""))
    yield plain
    if plain.endswith(tuple("sfrxj")):
        yield plain[:-1]
    yield re.sub(r"(?<=[aeiouy])[sfrxj]", "", plain)


def _edits(word: str) -> Iterator[str]:
    """Words one slip away: two letters swapped, one too many, one wrong, one missing."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    yield from (a + b[1] + b[0] + b[2:] for a, b in cuts if len(b) > 1)
    yield from (a + b[1:] for a, b in cuts if b)
    yield from (a + c + b[1:] for a, b in cuts if b for c in _LETTERS)
    yield from (a + c + b for a, b in cuts for c in _LETTERS)


def _halves(word: str) -> Iterator[tuple[str, str]]:
    yield from ((word[:i], word[i:]) for i in range(2, len(word) - 1))
