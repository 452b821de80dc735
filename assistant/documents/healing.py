"""Words that a page break split or doubled, as replacements for search and display; never changes a text."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import is_syllable

Healing = tuple[int, int, str]
_WORD = re.compile(r"[^\W\d_]+")
# Texts longer than this are left as they are.
_MOST = 20_000_000


@dataclass(frozen=True, slots=True)
class _Pair:
    """Two neighbouring words, lower case, with the words around them; `broken` where a page begins between them."""

    before: str
    first: str
    second: str
    after: str
    broken: bool


def healed_view(text: str, pages: Sequence[int]) -> list[Healing]:
    """`(start, end, replacement)` for each damaged word, in order; `pages` are the offsets at which pages start.

    A word doubled (`phòng thí thí nghiệm`) or whose end is said again (`doanh nh nghiệp`) is healed where the text has
    the whole expression elsewhere; a word in two pieces (`ngh` / `iệp`) only at a page's start.
    """
    if len(text) > _MOST:
        return []
    words = [(m.start(), m.end(), m.group().lower()) for m in _WORD.finditer(text)]
    said = _Said.of([word for _, _, word in words])
    starts = sorted(set(pages))
    found: list[Healing] = []
    for i, ((start, stop, first), (begin, end, second)) in enumerate(pairwise(words)):
        if not text[stop:begin].isspace() or (found and start < found[-1][1]):
            continue
        at = bisect_left(starts, stop)
        pair = _Pair(
            words[i - 1][2] if i and text[words[i - 1][1] : start].isspace() else "",
            first,
            second,
            words[i + 2][2] if i + 2 < len(words) and text[end : words[i + 2][0]].isspace() else "",
            broken=at < len(starts) and starts[at] <= begin,
        )
        if said.doubled(pair) or said.trailing(pair):
            found.append((start, end, text[start:stop]))
        elif said.in_pieces(pair):
            found.append((start, end, text[start:stop] + text[begin:end]))
    return found


@dataclass(frozen=True, slots=True)
class _Said:
    """How often the text has each word, and two and three in a row."""

    one: Counter[str]
    two: Counter[tuple[str, str]]
    three: Counter[tuple[str, str, str]]

    @classmethod
    def of(cls, words: Sequence[str]) -> _Said:
        return cls(Counter(words), Counter(pairwise(words)), Counter(zip(words, words[1:], words[2:], strict=False)))

    def doubled(self, pair: _Pair) -> bool:
        """The same word twice where the text elsewhere has it once; `luôn luôn` and its like are said often."""
        if pair.first != pair.second or not pair.after or self.two[pair.first, pair.second] > 1:
            return False
        whole = bool(self.three[pair.before, pair.first, pair.after])
        # The pair itself counts once among the two.
        return whole or (pair.broken and self.two[pair.first, pair.after] > 1)

    def trailing(self, pair: _Pair) -> bool:
        """The end of the word before, again: no syllable, or one that only a page break puts here."""
        if len(pair.second) >= len(pair.first) or not pair.first.endswith(pair.second):
            return False
        if not self.two[pair.first, pair.after]:
            return False
        if _is_word(pair.second):
            return pair.broken and self.two[pair.second, pair.after] == 1
        return pair.broken or len(pair.second) > 1

    def in_pieces(self, pair: _Pair) -> bool:
        """Two pieces, one of them no syllable, that make a word which the text has elsewhere."""
        if not pair.broken or (_is_word(pair.first) and _is_word(pair.second)):
            return False
        joined = pair.first + pair.second
        return _is_word(joined) and self.one[joined] > 0


def _is_word(word: str) -> bool:
    return is_syllable(fold(word))
