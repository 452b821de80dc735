"""The real assistant over the committed corpus and questions passes the committed gates."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from assistant.answering.assistant import Assistant
from assistant.evaluation.workspace import Evaluation, evaluate_workspace, read_gates


@pytest.fixture(scope="module")
def evaluation(real: Assistant, root: Path, tmp_path_factory: pytest.TempPathFactory) -> Evaluation:
    folder = tmp_path_factory.mktemp("gates")
    shutil.copytree(root / "eval", folder / "eval", ignore=shutil.ignore_patterns("runs"))
    return evaluate_workspace(real, folder)


def test_the_set_is_large_enough_and_holds_questions_that_nothing_was_tuned_on(evaluation: Evaluation) -> None:
    judgements = evaluation.report.judgements
    assert len(judgements) >= 100
    assert sum(judgement.split == "test" for judgement in judgements) >= 30
    assert sum(not judgement.answerable for judgement in judgements) >= 15


def test_no_gate_is_missed_and_none_goes_unmeasured(evaluation: Evaluation, root: Path) -> None:
    gates = read_gates(root)
    assert {"answer_accuracy", "citation_exactness", "citation_correctness", "abstention_recall"} <= gates.keys()
    assert evaluation.missed == (), "\n".join(evaluation.lines())
    assert evaluation.unmeasured == ()


def test_every_citation_is_a_copy_of_its_place(evaluation: Evaluation) -> None:
    exactness = evaluation.report.overall["citation_exactness"]
    assert exactness.n > 0
    assert exactness.value == 1


def test_the_committed_baseline_is_of_this_set(evaluation: Evaluation) -> None:
    assert evaluation.diff is not None
    assert (evaluation.diff.new, evaluation.diff.gone) == ((), ())
