"""Fits the confidence of an answer: `python -m assistant.tuning [WORKSPACE [SHARED]]`; a tool of developers.

Every development question is asked twice: of the whole corpus, where its answer is judged, and of the corpus without
the documents that hold its evidence, where only an abstention is right. A logistic regression over the features of
the best sentence learns to tell what the documents answer from what they don't; a second one, of a single variable,
turns its sum into how often an answer is right. The test parts of the question sets are never seen. The set of the
original documents takes part where the folder SHARED (default: beside the workspace) is there.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.answering import abstention
from assistant.answering.assistant import Assistant
from assistant.answering.cases import Library, Weighing
from assistant.errors import MissingExtra
from assistant.evaluation.judging import Verdict, judge
from assistant.evaluation.questions import GoldQuestion, load_questions
from assistant.types import Hit
from assistant.wiring import build_index, open_assistant

# How many hits are looked through for those of other documents.
_DEEPER = 5


@dataclass(frozen=True, slots=True)
class Row:
    """Features of the best sentence; whether the corpus asked holds the answer, and whether ours was right."""

    features: list[float]
    answerable: bool
    right: bool
    whole: bool  # asked of the whole corpus


class Without:
    """A library that finds nothing in some documents."""

    def __init__(self, library: Library, left_out: set[str]) -> None:
        self._library, self._left_out = library, left_out

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def search(self, query: str, top_k: int) -> list[Hit]:
        found = self._library.search(query, _DEEPER * top_k)
        kept = [hit for hit in found if hit.chunk.span.document_id not in self._left_out][:top_k]
        return [replace(hit, score=hit.score / kept[0].score) for hit in kept]


def rows(assistant: Assistant, questions: Sequence[GoldQuestion]) -> Iterator[Row]:
    for gold in questions:
        if gold.split != "dev":
            continue
        right = judge(gold, assistant.ask(gold.text, history=gold.history), assistant.document).verdict is Verdict.RIGHT
        if (found := _features(assistant, assistant.library, gold)) is not None:
            yield Row(found, gold.answerable, right and gold.answerable, whole=True)
        documents = {place.document_id for piece in gold.evidence for place in piece}
        without: Any = Without(assistant.library, documents)
        if documents and (found := _features(assistant, without, gold)) is not None:
            yield Row(found, answerable=False, right=False, whole=False)


def _features(assistant: Assistant, library: Library, gold: GoldQuestion) -> list[float] | None:
    """Of the best sentence; None where nothing is found."""
    ranked = Weighing(library, assistant.top_k, 0.0).case(gold.text, gold.history).ranked
    return abstention.features(ranked) if ranked else None


def fit(table: Sequence[Row]) -> dict[str, object]:
    """What `confidence.json` holds: logistic regression, L2, then scaled to the share of right answers (Platt)."""
    import numpy as np

    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("huấn luyện (scikit-learn)", "training") from error

    x, answerable = np.array([row.features for row in table]), np.array([row.answerable for row in table])
    whole = np.array([row.whole for row in table])
    right = np.array([row.right for row in table])
    weights = LogisticRegression(C=3.0, max_iter=2000, class_weight="balanced").fit(x, answerable).coef_[0]
    sums = (x @ weights).reshape(-1, 1)
    scaling = LogisticRegression(C=100.0).fit(sums[whole], right[whole])
    slope, bias = float(scaling.coef_[0][0]), float(scaling.intercept_[0])
    told = {name: round(slope * float(w), 4) for name, w in zip(abstention.FEATURES, weights, strict=True)}
    counts = {"n": len(table), "asked": int(whole.sum()), "right": int(right.sum())}
    return {"bias": round(bias, 4), "weights": told, **counts}


def main(workspace: Path, shared: Path) -> None:
    table = list(_table(workspace, workspace / "eval" / "questions.jsonl"))
    originals = [folder for name in ("policy", "gazette") if (folder := shared / "corpus" / name).is_dir()]
    if originals:
        with tempfile.TemporaryDirectory() as scratch:
            place = Path(scratch)
            (place / "index").mkdir()
            (place / "index" / "encoder").symlink_to((workspace / "index" / "encoder").resolve())
            build_index(place, originals)
            table += _table(place, workspace / "eval" / "originals.jsonl")
    fitted = fit(table)
    abstention.WEIGHTS_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(fitted))


def _table(workspace: Path, questions: Path) -> Iterator[Row]:
    assistant = open_assistant(workspace, abstain_below=0.0)
    yield from rows(assistant, load_questions(questions, assistant.document))


if __name__ == "__main__":
    given = [Path(argument) for argument in sys.argv[1:]]
    main(
        given[0] if given else Path(), given[1] if len(given) > 1 else (given[0] if given else Path()) / ".." / "shared"
    )
