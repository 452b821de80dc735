"""Fits the confidence of an answer to how often answers are right: `python -m assistant.tuning`; a tool of developers.

Every development question is asked twice: of the whole corpus, where its answer is judged, and of the corpus without
the documents that hold its evidence, where only an abstention is right. A logistic regression over the features of
the best sentence then gives the confidence. The test part of the question set is never seen.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from assistant.answering import abstention, extract
from assistant.answering.assistant import Assistant
from assistant.answering.question import understand
from assistant.evaluation.judging import Verdict, judge
from assistant.evaluation.questions import GoldQuestion, load_questions
from assistant.wiring import build_index, open_assistant

Row = tuple[list[float], bool]


def features_of(assistant: Assistant, question: str) -> list[float] | None:
    """The features of the best sentence; None where nothing is found."""
    library = assistant.library
    asked = understand(library.repair(question))
    ranked = extract.rank_units(library.search(asked.text, assistant.top_k), asked, library)
    return abstention.features(ranked) if ranked else None


def rows(assistant: Assistant, without: dict[str, Assistant], questions: Sequence[GoldQuestion]) -> Iterator[Row]:
    for gold in questions:
        if gold.split != "dev" or gold.history:
            continue
        answer = assistant.ask(gold.text)
        right = judge(gold, answer, assistant.document).verdict is Verdict.RIGHT
        if (found := features_of(assistant, gold.text)) is not None:
            yield found, right and gold.answerable
        for reduced in (without[d] for d in {place.document_id for e in gold.evidence for place in e}):
            if (found := features_of(reduced, gold.text)) is not None:
                yield found, False


def fit(table: Sequence[Row]) -> dict[str, object]:
    """Logistic regression, L2, right and wrong weighing the same; gives what `confidence.json` holds."""
    import numpy as np
    from sklearn.linear_model import LogisticRegression

    x, y = np.array([f for f, _ in table]), np.array([label for _, label in table])
    model = LogisticRegression(C=3.0, max_iter=2000, class_weight="balanced").fit(x, y)
    weights = {name: round(float(w), 4) for name, w in zip(abstention.FEATURES, model.coef_[0], strict=True)}
    return {"bias": round(float(model.intercept_[0]), 4), "weights": weights, "n": len(table), "right": int(y.sum())}


def main(workspace: Path) -> None:
    with tempfile.TemporaryDirectory() as folder:
        open_all = open_assistant(workspace, abstain_below=0.0)
        questions = load_questions(workspace / "eval" / "questions.jsonl", open_all.document)
        without = {d.id: _without(workspace, d.id, open_all, Path(folder)) for d in open_all.documents()}
        fitted = fit(list(rows(open_all, without, questions)))
    abstention.WEIGHTS_FILE.write_text(json.dumps(fitted, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(fitted))


def _without(workspace: Path, identifier: str, whole: Assistant, folder: Path) -> Assistant:
    """The assistant over all documents but one."""
    place = folder / identifier
    (place / "index").mkdir(parents=True)
    (place / "index" / "encoder").symlink_to((workspace / "index" / "encoder").resolve())
    build_index(place, [workspace / d.path for d in whole.documents() if d.id != identifier])
    return open_assistant(place, abstain_below=0.0)


if __name__ == "__main__":
    main(Path(sys.argv[1] if len(sys.argv) > 1 else "."))
