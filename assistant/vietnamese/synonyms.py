"""Other wordings of what a question says, by the table beside it; knows no index and no documents."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import zip_longest
from pathlib import Path

from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.syllables import is_syllable, marked_key

TABLE = Path(__file__).with_name("synonyms.txt")
# A question has dozens of terms, a hostile text millions.
MOST_TERMS = 512
# Phrases told of one question, and wordings told of one phrase.
MOST_FOUND, MOST_ALTERNATIVES = 64, 12

Terms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synonym:
    """`terms[start:end]` of a question, and what documents may say for it: folded terms, in the table's order."""

    start: int
    end: int
    alternatives: tuple[Terms, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, with marks: whoever asks with one of `asked` may find one of `found`."""

    asked: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def one_way(self) -> bool:
        """Whether who says one of `found` is not to find one of `asked`."""
        return self.asked != self.found


@dataclass(frozen=True, slots=True)
class _Phrase:
    marked: str
    terms: Terms
    alternatives: tuple[Terms, ...]


def read_lines(text: str) -> Iterator[Line]:
    """The lines of a table: `a | b` is one group, `a > b | c` goes one way; `#` begins a remark."""
    for line in text.splitlines():
        if line and not line.startswith("#"):
            asked, one_way, found = line.partition(" > ")
            parts = tuple(asked.split(" | "))
            yield Line(parts, tuple(found.split(" | ")) if one_way else parts)


def find_synonyms(terms: Sequence[str], keys: Sequence[str | None] = ()) -> list[Synonym]:
    """The phrases of the table in the folded terms of a question, longest first; none that stands inside a longer one.

    `terms` are those of `index_terms`; `keys[i]` is the `marked_key` of term i, None where it is unknown. Where the
    asker wrote marks they must be the phrase's. A syllable alone says nothing without its marks, and is left out.
    """
    found: dict[tuple[int, int], dict[Terms, None]] = defaultdict(dict)
    for start, phrase in _phrases_in(terms[:MOST_TERMS], keys):
        found[start, start + len(phrase.terms)] |= dict.fromkeys(phrase.alternatives)
    kept: list[Synonym] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
        if len(kept) < MOST_FOUND and not any(other.start <= start and end <= other.end for other in kept):
            others = [other for other in found[start, end] if not _is_said(other, terms, start, end)]
            kept.append(Synonym(start, end, tuple(others[:MOST_ALTERNATIVES])))
    return [synonym for synonym in kept if synonym.alternatives]


def _is_said(other: Terms, terms: Sequence[str], start: int, end: int) -> bool:
    """Whether the question has these terms where the phrase stands: around it, or within it."""
    first, last = sorted((max(0, end - len(other)), start))
    return any(tuple(terms[i : i + len(other)]) == other for i in range(first, last + 1))


def _phrases_in(terms: Sequence[str], keys: Sequence[str | None]) -> Iterator[tuple[int, _Phrase]]:
    table = _table()
    for start, term in enumerate(terms):
        for phrase in _phrases_from(term) if term in table else ():
            end = start + len(phrase.terms)
            if tuple(terms[start:end]) == phrase.terms and _agree(phrase, keys[start:end]):
                yield start, phrase


def _agree(phrase: _Phrase, keys: Sequence[str | None]) -> bool:
    """Whether the marks written are those of the phrase.

    A bare syllable among marked ones may be a slip or a repair, so it passes where a neighbour's marks agree.
    """
    if not any(keys):
        return len(phrase.terms) > 1 or not is_syllable(phrase.terms[0])
    own = [marked_key(word) for word in phrase.marked.split()]
    triples = list(zip_longest(keys, own, phrase.terms))
    bare = any(key == term != mine for key, mine, term in triples)
    confirmed = any(key == mine != term for key, mine, term in triples)
    return all(key in (None, mine, term) for key, mine, term in triples) and (confirmed or not bare)


@lru_cache(maxsize=1024)
def _phrases_from(term: str) -> tuple[_Phrase, ...]:
    """The phrases that may be asked and begin with a folded term."""
    return tuple(
        _Phrase(marked, tuple(asked.split()), tuple(tuple(other.split()) for other in folded.found))
        for line, folded in _table()[term]
        for marked, asked in zip(line.asked, folded.asked, strict=True)
        if asked.split()[0] == term
    )


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[Line, Line]]]:
    """The lines, as they are and folded, by the first terms of what may be asked."""
    text = nfc(TABLE.read_text(encoding="utf-8"))
    table: dict[str, list[tuple[Line, Line]]] = defaultdict(list)
    for line, folded in zip(read_lines(text), read_lines(fold(text)), strict=True):
        for first in {asked.partition(" ")[0] for asked in folded.asked}:
            table[first].append((line, folded))
    return dict(table)
