"""The figure, day, person or office itself in a sentence that answers; knows no search and writes no words."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from assistant.answering.asked import NOT_SHOWN, Asked, folded_words
from assistant.answering.question import Understanding
from assistant.answering.values import fresh_values
from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold
from assistant.vietnamese.syllables import syllable_spans

# Which of several is asked for, which one value does not tell.
_COMPARES = re.compile(
    r"\bkhac (?:gi|nhau|biet)\b|\bso sanh\b|\b(?:cao|thap|nhieu|it|lon|nho) (?:hon|nhat)\b.*\b(?:nao|hay|ai)\b"
    r"|\bnao (?:\w+ ){0,3}(?:cao|thap|nhieu|it|lon|nho) (?:hon|nhat)\b|\bhay\b.*\b(?:cao|thap|nhieu|it|lon|nho) hon\b"
)
_ASKING = r"(?:nao|bao nhieu|may|dau|ai|gi|bao gio|bao lau)"
_SEVERAL = re.compile(rf"\b{_ASKING}\b.*\b{_ASKING}\b|\blan luot\b")
# What ends a stretch in which one thing is said.
_BREAK = re.compile(r", |: ")
_END = re.compile(r";|\. ")
# What a word of the conversation before pulls, and one of a proper name.
_BEFORE, _NAMED = 0.3, 0.4
# What a word pulls at most that stands before all values.
_SHARED = 0.8
# Characters from which on something is as good as not near.
_FAR = 200.0


@dataclass(frozen=True, slots=True)
class Focus:
    """A piece `text[start:end]` that answers by itself, and how well it does (higher is better)."""

    start: int
    end: int
    worth: float


def find_focus(text: str, question: Understanding, weight: Callable[[str], float]) -> Focus | None:
    """The piece of `text` that is of the kind asked for and stands nearest to what the question says."""
    found = [value for value in fresh_values(text, question) if value[2] > NOT_SHOWN]
    if question.asked is Asked.PERSON:  # a body only where it does what is asked
        found = [value for value in found if value[2] > 0]
    if not found or _asks_several(question) or _COMPARES.search(fold(question.text)):
        return None
    anchors = _anchors(text, question, weight)
    best: Focus | None = None
    first = min(start for start, _, _ in found)
    for start, end, extra in found:
        worth = extra + _nearness(text, (start, end), anchors, first)
        if best is None or worth > best.worth + 1e-9:
            best = Focus(start, end, worth)
    return best


def _asks_several(question: Understanding) -> bool:
    """Whether one value would be half of the answer: `ở đâu, ngày nào`, `làm ở mấy tỉnh, tỉnh nào`."""
    return _SEVERAL.search(folded_words(question.text.rpartition("—")[2])) is not None


def _anchors(text: str, question: Understanding, weight: Callable[[str], float]) -> list[tuple[int, int, float]]:
    """Where words of the question stand, with what each weighs; heavier ones pull more."""
    named = {fold(word) for name in question.names for word in name.split()}  # of the whole, as the province
    wanted = {
        term: weight(term) * (1 if term in question.focus else _BEFORE) * (_NAMED if term in named else 1)
        for term in question.terms
    }
    total = sum(wanted.values()) or 1.0
    spans = syllable_spans(text)
    written = ((a, b, expand([fold(text[a:b])])) for a, b in spans)  # `CNTT` for `công nghệ thông tin`
    shares = ((a, b, sum(wanted.get(term, 0.0) for term in terms)) for a, b, terms in written)
    return [(a, b, share / total) for a, b, share in shares if share > 0]


def _nearness(text: str, piece: tuple[int, int], anchors: Sequence[tuple[int, int, float]], first: int) -> float:
    """The weight of the question's words around, less for each break between and with the distance.

    What stands before the first of the values, at `first`, may be said of all of them alike.
    """
    lead, (start, end) = text.find("\n"), piece
    seen: dict[str, float] = {}
    for a, b, share in anchors:
        if a >= start and b <= end:
            continue
        word = fold(text[a:b])
        pull = _pull(text, (a, b), piece, lead)
        if b <= first and not _END.search(text[b:first]):  # said of all of them, whatever stands between
            pull = max(pull, _SHARED * (1 - 0.5 * min((start - b) / _FAR, 1.0)))
        seen[word] = max(seen.get(word, 0.0), share * pull)
    return sum(seen.values())


def _pull(text: str, anchor: tuple[int, int], piece: tuple[int, int], lead: int) -> float:
    """How much of a word's weight reaches a piece; what leads into a list reaches all of its items alike."""
    after = anchor[1] > piece[0]
    between = text[piece[1] : anchor[0]] if after else text[anchor[1] : piece[0]]
    if "\n" in between:
        return 0.6 if anchor[1] <= lead else 0.15
    near = (
        (1 - 0.5 * min(len(between) / _FAR, 1.0))
        * 0.8 ** len(_BREAK.findall(between))
        * 0.5 ** len(_END.findall(between))
    )
    return 0.9 * near if after else near  # what is asked about mostly stands before
