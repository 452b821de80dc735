"""The training material as piece ids, tokenized once; knows no files and no model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from assistant.training.pairs import Pair, Passage

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids = NDArray[np.int64]
_AT_ONCE = 4096
# What people put around a subject when they ask; without them every question would be a heading.
FRAMES = (
    "được quy định như thế nào?",
    "là gì?",
    "được pháp luật quy định ra sao?",
    "gồm những gì?",
    "cần những điều kiện gì?",
    "do ai thực hiện?",
    "có bắt buộc không?",
    "như thế nào?",
    "bao gồm những nội dung gì?",
    "Pháp luật quy định thế nào về",
    "Tôi muốn hỏi về",
    "Thế nào là",
    "Trường hợp nào",
    "có bị phạt không?",
    "khi nào?",
    "là bao nhiêu?",
)


@dataclass(frozen=True, slots=True)
class Ragged:
    """Texts as piece ids, end to end; text i is `ids[starts[i]:starts[i + 1]]`."""

    ids: NDArray[np.int32]
    starts: Ids

    def __getitem__(self, row: int) -> Ids:
        return self.ids[self.starts[row] : self.starts[row + 1]].astype(np.int64)

    def __len__(self) -> int:
        return len(self.starts) - 1


@dataclass(frozen=True, slots=True)
class Material:
    """Passages as sentences under headings, questions with their answers, and the wrong passages of questions.

    The sentences of passage p are those from `first[p]` to `first[p + 1]`; its heading is `headings[heading[p]]`.
    `negatives` gives, by question, the passages that look right to a lexical search and are not.
    """

    sentences: Ragged
    first: Ids
    headings: Ragged
    heading: Ids
    questions: Ragged
    answers: Ragged
    frames: Ragged
    negatives: Mapping[int, Sequence[int]]

    def passage(self, place: int, *, without: int | None = None) -> list[Ids]:
        """The sentences of a passage, one of them left out."""
        return [self.sentences[i] for i in range(self.first[place], self.first[place + 1]) if i != without]

    def heading_of(self, place: int) -> Ids:
        return self.headings[int(self.heading[place])]


def tokenize(tokenizer: Tokenizer, texts: Sequence[str]) -> Ragged:
    pieces: list[NDArray[np.int32]] = [np.zeros(0, np.int32)]
    lengths: list[int] = []
    for at in range(0, len(texts), _AT_ONCE):
        encoded = tokenizer.encode_batch_fast(list(texts[at : at + _AT_ONCE]), add_special_tokens=False)
        own = [e.ids for e in encoded]
        lengths += map(len, own)
        pieces.append(np.fromiter((i for ids in own for i in ids), np.int32))
    return Ragged(np.concatenate(pieces), np.cumsum([0, *lengths], dtype=np.int64))


def material(
    tokenizer: Tokenizer,
    passages: Sequence[Passage],
    questions: Sequence[Pair],
    negatives: Mapping[int, Sequence[int]],
) -> Material:
    """Everything tokenized; each heading once."""
    headings = {heading: i for i, heading in enumerate(dict.fromkeys(p.heading for p in passages))}
    return Material(
        sentences=tokenize(tokenizer, [s for p in passages for s in p.sentences]),
        first=np.cumsum([0, *(len(p.sentences) for p in passages)], dtype=np.int64),
        headings=tokenize(tokenizer, list(headings)),
        heading=np.asarray([headings[p.heading] for p in passages], np.int64),
        questions=tokenize(tokenizer, [q.query for q in questions]),
        answers=tokenize(tokenizer, [q.passage for q in questions]),
        frames=tokenize(tokenizer, FRAMES),
        negatives=negatives,
    )
