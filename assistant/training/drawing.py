"""Batches of queries and passages drawn anew from the material, without duplicates; knows no texts and no model."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from assistant.training.pieces import Ids, Material

# Share of a batch that are questions people asked: few, and the real thing.
QUESTIONS = 0.11
# Wrong passages beside each question that has some.
NEGATIVES = 3
# How often a passage is asked for by its heading, and how often the heading stands in a frame.
BY_HEADING, FRAMED = 0.45, 0.1
# Pieces of a passage that count in training; a chunk holds about as many.
LONGEST = 128
# A long sentence is drawn no more often than one of this many pieces.
_WEIGHT = 50


@dataclass(slots=True)
class Batch:
    """Query i belongs to passage i; passages beyond the last query are wrong for every query."""

    queries: list[Ids] = field(default_factory=list)
    passages: list[Ids] = field(default_factory=list)
    _seen: set[tuple[str, bytes]] = field(default_factory=set)

    def add(self, query: Ids, passage: Sequence[Ids]) -> bool:
        """False, and nothing added, where either is empty or in the batch already: it would be a false negative."""
        text = np.concatenate([np.zeros(0, np.int64), *passage])[:LONGEST]
        keys = {("query", query.tobytes()), ("passage", text.tobytes())}
        if not len(query) or not len(text) or not self._seen.isdisjoint(keys):
            return False
        self._seen |= keys
        self.queries.append(query)
        self.passages.append(text)
        return True

    def add_wrong(self, passage: Sequence[Ids]) -> None:
        """One more wrong passage for every query, unless it is some query's own."""
        text = np.concatenate(passage)[:LONGEST]
        key = ("passage", text.tobytes())
        if key not in self._seen:
            self._seen.add(key)
            self.passages.append(text)


def flat(texts: Sequence[Ids]) -> tuple[Ids, Ids]:
    """The ids end to end, and where each text begins: what EmbeddingBag takes."""
    starts: NDArray[np.int64] = np.cumsum([0, *map(len, texts[:-1])], dtype=np.int64)
    return np.concatenate(texts), starts


def batches(material: Material, size: int, rng: random.Random) -> Iterator[Batch]:
    """Batches without end, of `size` queries wherever the material holds as many different ones."""
    questions = _endless(len(material.questions), rng)
    passages = _endless(len(material.first) - 1, rng)
    while True:
        batch = Batch()
        asked = _add_questions(batch, material, questions, int(size * QUESTIONS), rng)
        for _, place in zip(range(4 * size), passages, strict=False):
            if len(batch.queries) >= size:
                break
            batch.add(*draw(material, place, rng))
        for question in asked:
            _add_negatives(batch, material, question, rng)
        yield batch


def _endless(count: int, rng: random.Random) -> Iterator[int]:
    order = list(range(count))
    while order:
        rng.shuffle(order)
        yield from order


def _add_questions(
    batch: Batch, material: Material, order: Iterator[int], wanted: int, rng: random.Random
) -> list[int]:
    asked = [next(order, None) for _ in range(wanted)]
    return [q for q in asked if q is not None and batch.add(material.questions[q], [material.answers[q]])]


def _add_negatives(batch: Batch, material: Material, question: int, rng: random.Random) -> None:
    wrong = material.negatives.get(question, ())
    for place in rng.sample(wrong, min(NEGATIVES, len(wrong))):
        batch.add_wrong([material.heading_of(place), *material.passage(place)])


def draw(material: Material, place: int, rng: random.Random) -> tuple[Ids, list[Ids]]:
    """A query for a passage: its heading, or one of its sentences (or a crop of it), which the passage then lacks."""
    heading = material.heading_of(place)
    only = material.first[place + 1] - material.first[place] == 1
    if len(heading) and (only or rng.random() < BY_HEADING):
        return _framed(heading, material, rng), material.passage(place)
    chosen = _sentence(material, place, rng)
    rest = material.passage(place, without=chosen)
    query = material.sentences[chosen]
    query = crop(query, rng) if rng.random() < 0.5 else query
    return query, [heading, *rest] if rest and rng.random() < 0.5 else rest


def _framed(heading: Ids, material: Material, rng: random.Random) -> Ids:
    if rng.random() >= FRAMED:
        return heading
    return np.concatenate([heading, material.frames[rng.randrange(len(material.frames))]])


def _sentence(material: Material, place: int, rng: random.Random) -> int:
    rows = range(material.first[place], material.first[place + 1])
    lengths = [int(material.sentences.starts[i + 1] - material.sentences.starts[i]) for i in rows]
    return rng.choices(rows, weights=[1 + min(length, _WEIGHT) for length in lengths])[0]


def crop(sentence: Ids, rng: random.Random) -> Ids:
    """3 to 12 neighbouring pieces; a sentence that is shorter whole."""
    length = rng.randint(3, 12)
    start = rng.randint(0, max(0, len(sentence) - length))
    return sentence[start : start + length]
