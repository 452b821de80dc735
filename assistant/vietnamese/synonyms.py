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
# Everyday wordings, made line by line of the frequent words of official texts; a phrase may be asked on several lines.
WORDINGS = Path(__file__).with_name("wordings.txt")
# A question has dozens of terms, a hostile text millions.
MOST_TERMS = 512
# The most syllables of a phrase that may be asked.
_LONGEST = 8
# Phrases told of one question, and wordings told of one phrase.
MOST_FOUND, MOST_ALTERNATIVES = 64, 12

Terms = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Synonym:
    """`terms[start:end]` of a question, and what documents may say for it: folded terms, in the table's order."""

    start: int
    end: int
    alternatives: tuple[Terms, ...]
    written: tuple[str, ...] = ()  # the alternatives with their marks


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the table, with marks: whoever asks with one of `asked` may find one of `found`."""

    asked: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def one_way(self) -> bool:
        """Whether who says one of `found` is not to find one of `asked`."""
        return self.asked != self.found


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
    terms = terms[:MOST_TERMS]
    found: dict[tuple[int, int], dict[Terms, str]] = defaultdict(dict)
    for start, end in _phrases_in(terms):
        for marked, line in _table()[" ".join(terms[start:end])]:
            if _agree(marked, terms[start:end], keys[start:end]):
                found[start, end] |= {tuple(fold(other).split()): other for other in line.found}
    kept: list[Synonym] = []
    for start, end in sorted(found, key=lambda span: (span[0] - span[1], span[0])):
        if len(kept) < MOST_FOUND and not any(other.start <= start and end <= other.end for other in kept):
            others = [other for other in found[start, end] if not _is_said(other, terms, start, end)]
            others = others[:MOST_ALTERNATIVES]
            kept.append(Synonym(start, end, tuple(others), tuple(found[start, end][other] for other in others)))
    return [synonym for synonym in kept if synonym.alternatives]


def _is_said(other: Terms, terms: Sequence[str], start: int, end: int) -> bool:
    """Whether the question has these terms where the phrase stands: around it, or within it."""
    first, last = sorted((max(0, end - len(other)), start))
    return any(tuple(terms[i : i + len(other)]) == other for i in range(first, last + 1))


def _phrases_in(terms: Sequence[str]) -> Iterator[tuple[int, int]]:
    """Where a phrase of the table stands; a syllable of a word of two (`bí` in `bí thư`) is no word alone."""
    table = _table()
    for start in range(len(terms)):
        for end in range(start + 1, min(start + _LONGEST, len(terms)) + 1):
            alone = end - start == 1
            if " ".join(terms[start:end]) in table and not (alone and _in_compound(terms, start)):
                yield start, end


def _in_compound(terms: Sequence[str], place: int) -> bool:
    around = (terms[max(0, place - 1) : place + 1], terms[place : place + 2])
    return any(len(pair) == 2 and " ".join(pair) in _table() for pair in around)


def _agree(marked: str, terms: Sequence[str], keys: Sequence[str | None]) -> bool:
    """Whether the marks written are those of the phrase.

    A bare syllable among marked ones may be a slip or a repair, so it passes where a neighbour's marks agree.
    """
    if not any(keys):
        return len(terms) > 1 or not is_syllable(terms[0])
    own = [marked_key(word) for word in marked.split()]
    triples = list(zip_longest(keys, own, terms))
    bare = any(key == term != mine for key, mine, term in triples)
    confirmed = any(key == mine != term for key, mine, term in triples)
    return all(key in (None, mine, term) for key, mine, term in triples) and (confirmed or not bare)


@lru_cache(maxsize=1)
def _table() -> dict[str, list[tuple[str, Line]]]:
    """Folded phrase that may be asked -> the phrase with its marks and its line, in the order of the tables."""
    text = nfc("\n".join(table.read_text(encoding="utf-8") for table in (TABLE, WORDINGS)))
    pairs = [(asked, line) for line in read_lines(text) for asked in line.asked]
    folded = fold("\n".join(asked for asked, _ in pairs)).split("\n")
    table: dict[str, list[tuple[str, Line]]] = defaultdict(list)
    for key, pair in zip(folded, pairs, strict=True):
        table[key].append(pair)
    return dict(table)
