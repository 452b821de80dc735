"""Fits the confidence of an answer to how often answers are right: `python -m assistant.tuning`; a tool of developers.

Every development question is asked twice: of the whole corpus, where its answer is judged, and of the corpus without
the documents that hold its evidence, where only an abstention is right. A logistic regression over the features of
the best sentence then gives the confidence. The test part of the question set is never seen.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from assistant.answering import abstention, extract
from assistant.answering.assistant import Assistant
from assistant.answering.question import understand
from assistant.errors import MissingExtra
from assistant.evaluation.judging import Verdict, judge
from assistant.evaluation.questions import GoldQuestion, load_questions
from assistant.wiring import build_index, open_assistant

# Features of the best sentence, whether the answer was right, and whether the whole corpus was asked.
Row = tuple[list[float], bool, bool]


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
            yield found, right and gold.answerable, True
        for reduced in (without[d] for d in {place.document_id for e in gold.evidence for place in e}):
            if (found := features_of(reduced, gold.text)) is not None:
                yield found, False, False


def fit(table: Sequence[Row]) -> dict[str, object]:
    """Logistic regression, L2, right and wrong weighing the same; gives what `confidence.json` holds.

    The bias is then moved so that the mean confidence over the questions asked of the whole corpus is the share of
    right answers among them: what is asked in life is mostly answerable.
    """
    import numpy as np

    try:
        from sklearn.linear_model import LogisticRegression
    except ImportError as error:
        raise MissingExtra("huấn luyện (scikit-learn)", "training") from error

    x, y = np.array([f for f, _, _ in table]), np.array([label for _, label, _ in table])
    asked = np.array([whole for _, _, whole in table])
    model = LogisticRegression(C=3.0, max_iter=2000, class_weight="balanced").fit(x, y)
    scores = x[asked] @ model.coef_[0]
    bias = _bias(lambda value: float(np.mean(1 / (1 + np.exp(-scores - value)))), float(y[asked].mean()))
    weights = {name: round(float(w), 4) for name, w in zip(abstention.FEATURES, model.coef_[0], strict=True)}
    counts = {"n": len(table), "asked": int(asked.sum()), "right": int(y.sum())}
    return {"bias": round(bias, 4), "weights": weights, **counts}


def _bias(mean_at: Callable[[float], float], wanted: float) -> float:
    """The bias at which the mean confidence is the one wanted, by bisection."""
    low, high = -30.0, 30.0
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if mean_at(middle) < wanted else (low, middle)
    return (low + high) / 2


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
