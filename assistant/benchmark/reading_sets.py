"""Reading sets: questions with the strings that a right answer holds, and their passages; knows no answer."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from assistant.benchmark.sets import load_set, read_documents, read_lines
from assistant.errors import EvaluationError
from assistant.evaluation.judging import holds_any
from assistant.vietnamese.normal import nfc

# Of these only the questions whose gold stands in the passage: the others are answered by yes or no.
SPANS_ONLY = {"vimqa"}


@dataclass(frozen=True, slots=True)
class ReadingQuestion:
    """A right answer holds one of `answers`; `in_passage` where a passage does, so that it can be quoted."""

    id: str
    text: str
    answers: tuple[str, ...]
    passages: tuple[str, ...]
    in_passage: bool


@dataclass(frozen=True, slots=True)
class ReadingSet:
    """`corpus` is a file of `{"id","title","text"}` lines; `whole` is how many questions there were to draw from."""

    name: str
    corpus: Path
    questions: tuple[ReadingQuestion, ...]
    whole: int


def load_reading_set(folder: Path, *, sample: int, seed: int) -> ReadingSet:
    """The answered questions of a set, at most `sample` of them, drawn by the seed. Raises EvaluationError."""
    found = load_set(folder, folder)
    answers, texts = dict(_answers(folder)), dict(read_documents(found.corpus))
    questions = []
    for identifier, text in found.queries.items():
        wanted, passages = answers.get(identifier, ()), tuple(found.qrels[identifier])
        stands = any(holds_any(texts[passage], wanted) for passage in passages)
        if wanted and (stands or folder.name not in SPANS_ONLY):
            questions.append(ReadingQuestion(identifier, text, wanted, passages, stands))
    if not questions:
        raise EvaluationError(
            f"Bộ «{folder.name}» không có câu hỏi nào kèm đáp án. Cần answers trong questions.jsonl, hoặc answer trong "
            "queries.jsonl."
        )
    drawn = random.Random(seed).sample(questions, min(sample, len(questions)))  # noqa: S311 - no secret
    return ReadingSet(folder.name, found.corpus, tuple(drawn), len(questions))


def _answers(folder: Path) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The strings of each question that hold a letter or digit."""
    own = folder / "questions.jsonl"
    for row in read_lines(own if own.exists() else folder / "queries.jsonl"):
        written = row.get("answers") or [row.get("answer") or ""]
        strings = tuple(str(text) for text in written if any(map(str.isalnum, str(text))))
        yield nfc(str(row.get("id", row.get("_id")))), strings
