"""Hard negatives: what our own lexical search finds for a question and is not its answer; knows no pieces."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from assistant.retrieval.lexical import LexicalIndex, build_lexical_index
from assistant.training.pairs import LAWS, Pair, Passage, letters

# The best passages that are looked at, and how many of those that are wrong are kept.
DEPTH, KEPT = 60, 20
# Letters by which two articles are known to be the same text.
_SAME = 300


def hard_negatives(passages: Sequence[Passage], questions: Sequence[Pair]) -> dict[int, tuple[int, ...]]:
    """By question, places of law passages, never of its gold articles nor of an article that begins with the same text.

    Only questions that name their law article have some: elsewhere a passage found may well be right.
    """
    places = [i for i, passage in enumerate(passages) if passage.source == LAWS]
    gold: dict[str, set[str]] = {}
    for question in questions:
        if question.article:
            gold.setdefault(question.query, set()).add(question.article)
    if not gold or not places:
        return {}
    texts = _openings([passages[i] for i in places])
    with tempfile.TemporaryDirectory() as folder:
        build_lexical_index((passages[i].text for i in places), Path(folder))
        index = LexicalIndex(Path(folder))
        wrong = {query: _wrong(index, query, found, passages, places, texts) for query, found in gold.items()}
    return {i: wrong[question.query] for i, question in enumerate(questions) if question.article}


def _openings(passages: Sequence[Passage]) -> dict[str, str]:
    """The first letters of every article."""
    first: dict[str, str] = {}
    for passage in passages:
        first.setdefault(passage.article, letters(" ".join(passage.sentences))[:_SAME])
    return first


def _wrong(
    index: LexicalIndex,
    query: str,
    gold: set[str],
    passages: Sequence[Passage],
    places: Sequence[int],
    openings: Mapping[str, str],
) -> tuple[int, ...]:
    scores = index.scores(query)
    right = {openings[article] for article in gold if article in openings}
    best = np.argsort(-scores, kind="stable")[:DEPTH]
    found = [places[row] for row in best if scores[row] > 0]
    return tuple(i for i in found if passages[i].article not in gold and openings[passages[i].article] not in right)[
        :KEPT
    ]
