"""Repairs query words that the index does not know: raw keys, joined or parted words, slips; knows no ranking."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise
from math import log1p

from assistant.vietnamese.abbreviations import EXPANSIONS
from assistant.vietnamese.keystrokes import as_written, telex_readings, written_out
from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.syllables import is_syllable, syllable_spans

# How many entries of the index hold a term; True and False do as well, and repair a little less.
Knows = Callable[[str], int]
Spans = Sequence[tuple[int, int]]
_LETTERS = "abcdeghiklmnopqrstuvxy"
_ROWS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {a + b for row in _ROWS for a, b in zip(row + row[::-1], row[1:] + row[::-1][1:], strict=False)}
_LONGEST, _LONGEST_JOINED = 12, 40
# Repairs tried in one text: a question needs one or two, a hostile text thousands.
_MOST = 64
# A syllable is replaced by another only where the index has that one so often beside both of its neighbours.
_OFTEN = 3
# How well a word of three letters has to fit; almost any is near another.
_FIT_OF_SHORT = 1.0
# What a candidate is worth beside its neighbours (natural logarithms of counts, averaged): likelier slips first.
_KEYS, _SWAPPED, _DOUBLED, _MISSING, _NEAR, _OTHER = 4.0, 2.0, 2.0, 1.2, 1.0, 0.0


def repair(text: str, knows: Knows) -> str:
    """The text with each unknown word replaced where the index knows what it must be; else the text itself.

    `knows` tells how many entries hold a folded syllable, or two joined by `_`. A word that is
    replaced comes folded; raw keys come as they write.
    """
    text = written_out(as_written(nfc(text)))
    spans = syllable_spans(text)
    words = [fold(text[a:b]) for a, b in spans]
    out: list[str] = []
    position = tried = i = 0
    while i < len(spans) and tried < _MOST:
        used, found = 1, None
        if _is_doubtful(text, spans, words, i, knows):
            tried += 1
            used, found = _repaired(text, spans, words, i, knows)
        if found:
            out += text[position : spans[i][0]], found
            position = spans[i + used - 1][1]
            words[i + used - 1] = found.rsplit(" ", 1)[-1]
        i += used
    return "".join(out) + text[position:]


def _is_doubtful(text: str, spans: Spans, words: Sequence[str], i: int, knows: Knows) -> bool:
    parted = _is_parted(text, spans, words, i, knows)
    return parted or _is_strange(text, *spans[i], words[i], knows) or _is_out_of_place(words, i, knows)


def _is_strange(text: str, start: int, end: int, word: str, knows: Knows) -> bool:
    """Whether a word is neither of the index nor a syllable nor a short form: such a one is meant otherwise."""
    if not 2 < len(word) <= _LONGEST_JOINED or not word.isalpha() or is_syllable(word) or word in EXPANSIONS:
        return False
    code = text[start - 1 : start].isdigit() or text[end : end + 1].isdigit()
    return not code and not knows(word) and not (text[start:end].isupper() and len(word) < 6)


def _is_parted(text: str, spans: Spans, words: Sequence[str], i: int, knows: Knows) -> bool:
    """Whether a blank stands inside a syllable: `quy ết`, `th ông`."""
    if i + 1 == len(words) or text[spans[i][1] : spans[i + 1][0]] != " ":
        return False
    first, second = words[i], words[i + 1]
    whole = is_syllable(first) and is_syllable(second)
    name = text[spans[i][0] : spans[i + 1][1]].isupper() or (
        len(first) == 1 and (text[spans[i][0]].isupper() or len(second) == 1)
    )
    return not whole and not name and is_syllable(first + second) and not knows(f"{first}_{second}")


def _is_out_of_place(words: Sequence[str], i: int, knows: Knows) -> bool:
    """Whether a syllable is not of the index, and both of its neighbours are."""
    if not 0 < i < len(words) - 1 or len(words[i]) < 2 or not is_syllable(words[i]) or knows(words[i]):
        return False
    return all(neighbour.isalpha() and knows(neighbour) for neighbour in (words[i - 1], words[i + 1]))


def _repaired(text: str, spans: Spans, words: Sequence[str], i: int, knows: Knows) -> tuple[int, str | None]:
    """How many words are replaced, and by what (folded)."""
    if _is_parted(text, spans, words, i, knows):
        joined, before = words[i] + words[i + 1], words[i - 1] if i else ""
        if knows(joined) and _fit([joined], before, _afters(words, i + 2, knows), knows) > 0:
            return 2, joined
    if _is_strange(text, *spans[i], words[i], knows):
        return 1, _meant(words, i, knows)
    return 1, _in_place(words, i, knows) if _is_out_of_place(words, i, knows) else None


def _meant(words: Sequence[str], i: int, knows: Knows) -> str | None:
    """What a strange word must be; None where nothing like it is known beside its neighbours."""
    before, afters = words[i - 1] if i else "", _afters(words, i + 1, knows)
    least = 0.0 if len(words[i]) > 3 else _FIT_OF_SHORT
    worth = {
        " ".join(pieces): fit + extra
        for pieces, extra in _candidates(words[i])
        if all(map(knows, pieces)) and (fit := _fit(pieces, before, afters, knows)) > (0.0 if extra == _KEYS else least)
    }
    return max(worth, key=worth.__getitem__, default=None)


def _in_place(words: Sequence[str], i: int, knows: Knows) -> str | None:
    """The syllable that lost a letter or swapped two, where the index often has it beside both neighbours."""
    before, after = words[i - 1], words[i + 1]
    worth = {}
    for edited, extra in _edits(words[i]):
        likely = extra >= _MISSING and is_syllable(edited)
        beside = min(knows(f"{before}_{edited}"), knows(f"{edited}_{after}")) if likely else 0
        if beside >= _OFTEN:
            worth[edited] = log1p(beside) + extra
    return max(worth, key=worth.__getitem__, default=None)


def _afters(words: Sequence[str], i: int, knows: Knows) -> tuple[str, ...]:
    """What the next word may be: itself, and where the index does not know it, its readings as Telex keys."""
    after = words[i] if i < len(words) else ""
    return (after,) if not after or knows(after) else (after, *telex_readings(after))


def _fit(pieces: Sequence[str], before: str, afters: Sequence[str], knows: Knows) -> float:
    """How often the index has the pieces beside each other and their neighbours; 0 where it lacks a pair of them."""
    inside = [knows(f"{a}_{b}") for a, b in pairwise(pieces)]
    if not all(inside):
        return 0.0
    counts = [*inside, knows(f"{before}_{pieces[0]}"), max(knows(f"{pieces[-1]}_{after}") for after in afters)]
    return sum(map(log1p, counts)) / len(counts)


def _candidates(word: str) -> Iterator[tuple[list[str], float]]:
    """What the word may be, as one or more words, with what speaks for it; the likelier of two ways comes last."""
    if len(word) <= _LONGEST:
        yield from (([edited], worth) for edited, worth in _edits(word))
        yield from (([reading], _KEYS) for reading in telex_readings(word))
    yield from ((pieces, _SWAPPED) for pieces in _parts(word))


def _edits(word: str) -> Iterator[tuple[str, float]]:
    """Words one slip away: one letter wrong, missing, too many, or two swapped."""
    cuts = [(word[:i], word[i:]) for i in range(len(word) + 1)]
    for a, b in cuts:
        if b:
            yield from ((a + c + b[1:], _NEAR if b[0] + c in _NEIGHBOURS else _OTHER) for c in _LETTERS)
    yield from ((a + c + b, _MISSING) for a, b in cuts for c in _LETTERS)
    yield from ((a + b[1:], _DOUBLED if a[-1:] == b[0] else _OTHER) for a, b in cuts if b)
    yield from ((a + b[1] + b[0] + b[2:], _SWAPPED) for a, b in cuts if len(b) > 1)


def _parts(word: str) -> list[list[str]]:
    """The word as two and more syllables without blanks between, the fewest; at most a few ways."""
    ways: list[list[list[str]]] = [[[]]]
    for end in range(1, len(word) + 1):
        ending = [
            [*way, word[start:end]]
            for start in range(max(0, end - 7), end)
            if is_syllable(word[start:end])
            for way in ways[start]
        ]
        ways.append(sorted(ending, key=len)[:8])
    return [way for way in ways[-1] if len(way) > 1]
