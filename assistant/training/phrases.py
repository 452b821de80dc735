"""Running text as words: syllables in one spelling, those that belong together joined; knows no vectors."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from assistant.vietnamese.normal import nfc
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import marked_key, syllable_spans

# Every figure reads as this word, which has no neighbours.
FIGURE = "0"
# Words that join others and seldom belong to a longer one.
_JOINING = """
và của các những cho tại theo về với đến được bị là có không này đó khi sau trong ngoài trên dưới để đối bởi vì như nếu
thì mà hoặc hay cùng đã đang sẽ phải một mỗi nào gì ra vào lại còn cũng rất bằng qua nên ở kể số ngày tháng năm điều
khoản điểm mục chương
"""
_JOINTS = frozenset(_JOINING.split())
# Which words belong together is learned from every fourth sentence.
_LEARNED = 4


@dataclass(frozen=True, slots=True)
class _Round:
    """Neighbours are joined from so much normalized pointwise information (Bouma 2009) on, the surest first."""

    least: float
    least_with_joint: float
    syllables: int

    def takes(self, phrase: str, score: float) -> bool:
        parts = phrase.split("_")
        joint = not _JOINTS.isdisjoint((parts[0], parts[-1]))
        return len(parts) <= self.syllables and FIGURE not in parts and (not joint or score >= self.least_with_joint)


# «quy định» before «theo quy», then «theo dõi», then «nhà đầu tư»; longer ones would hide the words that they are of.
_ROUNDS = (_Round(0.7, 2.0, 2), _Round(0.25, 0.5, 2), _Round(0.5, 2.0, 3))


class _Spelling(dict[str, str]):
    """From a syllable as it stands to its one form: lower case but for a capital, its tone where first seen."""

    def __init__(self) -> None:
        super().__init__()
        self._form: dict[str, str] = {}

    def __missing__(self, raw: str) -> str:
        low = raw.lower()
        form = FIGURE if raw[0].isdigit() else self._form.setdefault(marked_key(raw), low)
        capital = raw[0].isupper() and not raw.isupper()
        self[raw] = form = form.capitalize() if capital else form
        return form


def sentences(texts: Iterable[str]) -> Iterator[list[str]]:
    """Sentences as syllables in their one form; the first of a sentence is written small, as it would be inside."""
    spelling = _Spelling()
    for text in map(nfc, texts):
        for start, end in sentence_spans(text):
            sentence = text[start:end]
            found = [spelling[sentence[a:b]] for a, b in syllable_spans(sentence)]
            if len(found) > 1:
                yield [found[0].lower(), *found[1:]]


def join_phrases(syllables: Path, out: Path, *, rarest: int) -> Counter[str]:
    """Writes the sentences with syllables that belong together joined; returns how often each stands as a name."""
    from gensim.models.phrases import FrozenPhrases, Phrases

    learned: list[FrozenPhrases] = []

    def joined(line: str) -> list[str]:
        words = line.lower().split()
        for phrases in learned:
            words = [word for word, _ in phrases.analyze_sentence(words)]
        return words

    for step in _ROUNDS:
        some = map(joined, islice(_lines(syllables), 0, None, _LEARNED))
        found = Phrases(some, min_count=rarest / _LEARNED, threshold=step.least, scoring="npmi").freeze()
        found.phrasegrams = {phrase: score for phrase, score in found.phrasegrams.items() if step.takes(phrase, score)}
        learned.append(found)
    named: Counter[str] = Counter()
    with out.open("w", encoding="utf-8") as stream:
        for line in _lines(syllables):
            words = joined(line)
            named.update(_names(words, line.split()))
            stream.write(" ".join(words) + "\n")
    return named


def _names(words: Sequence[str], written: Sequence[str]) -> Iterator[str]:
    place = 0
    for word in words:
        after = place + word.count("_") + 1
        if all(part[0].isupper() for part in written[place:after]):
            yield word
        place = after


def _lines(file: Path) -> Iterator[str]:
    with file.open(encoding="utf-8") as stream:
        yield from stream
