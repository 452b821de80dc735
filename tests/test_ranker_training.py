"""How the ranker is made: honest lists, no benchmark question, the same forest from the same seed."""

from __future__ import annotations

import json
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EvaluationError
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.ranker import FILE, forest_json, read_forest
from assistant.training.encoder import Recipe
from assistant.training.ranker import (
    DEPTH,
    LEAD,
    Asked,
    Growth,
    Lists,
    collect,
    forms,
    grow,
    make,
    open_search,
    question_sets,
    without_marks,
)

ENCODER = Path(__file__).parents[1] / "index" / "encoder"
ROADS = ["Cầu đá bắc qua sông.", "Đường đất dẫn ra chợ.", "Chợ họp vào buổi sáng.", "Sông chảy về phía biển."]


def test_the_shipped_ranker_was_made_for_the_shipped_encoder() -> None:
    forest = read_forest(ENCODER)
    assert forest is not None
    assert forest.encoder == load_encoder(ENCODER).fingerprint


def test_marks_are_taken_from_all_words_none_or_about_half() -> None:
    text = " ".join(["chợ"] * 400)
    assert without_marks("Ai đắp đường?", 1.0, random.Random(1)).lower() == "ai dap duong?"
    assert without_marks("Ai đắp đường?", 0.0, random.Random(1)) == "Ai đắp đường?"
    assert 150 < without_marks(text, 0.5, random.Random(1)).split().count("cho") < 250


def test_a_question_is_asked_in_three_forms_with_one_answer() -> None:
    three = forms(Asked("Chợ họp lúc nào?", frozenset("c")), random.Random(1))
    assert [form.text.lower() for form in three[:2]] == ["chợ họp lúc nào?", "cho hop luc nao?"]
    assert {form.gold for form in three} == {frozenset("c")}


def test_the_lists_hold_one_answer_a_document_and_no_list_without_one(tmp_path: Path) -> None:
    searcher = open_search(_corpus(tmp_path), ENCODER, ENCODER / "ranks.tiktoken", tmp_path / "w")
    asked = [Asked("Chợ họp lúc nào?", frozenset({"d2"})), Asked("Chợ họp lúc nào?", frozenset({"absent"}))]
    lists = collect(searcher, asked)
    assert lists.lengths.tolist() == [len(lists.answers)]
    assert lists.answers.sum() == 1
    assert lists.values.shape == (len(lists.answers), len(lists.names))
    right = lists.values[lists.answers == 1][0, lists.names.index("covered")]
    assert right == lists.values[:, lists.names.index("covered")].max()


def test_other_chunks_of_the_answering_document_are_neither_right_nor_wrong(tmp_path: Path) -> None:
    long = " ".join(f"Chợ phiên thứ {i} họp ở bãi cát ven sông, người các làng đem hàng đến bán." for i in range(60))
    searcher = open_search(_corpus(tmp_path, long), ENCODER, ENCODER / "ranks.tiktoken", tmp_path / "w")
    assert searcher.snapshot.manifest.chunks > len(ROADS) + 2
    lists = collect(searcher, [Asked("Chợ phiên họp ở đâu?", frozenset({"long"}))])
    assert lists.answers.sum() == 1
    assert len(lists.answers) <= len(ROADS) + 1


def test_trees_grow_the_same_from_the_same_seed_and_correct_the_lead(tmp_path: Path) -> None:
    rng = np.random.default_rng(5)
    names = ("fused", "covered", "covered_any_marks", "body_length")
    values, lengths = rng.random((6000, 4)), np.full(300, 20)
    longest = values[:, 3].reshape(300, 20).argmax(axis=1)
    answers = (np.arange(20) == longest[:, None]).astype(np.int64).ravel()  # the right one is always the longest
    growth = replace(Growth(), trees=60, threads=1)
    first, again = (grow([Lists(names, values, answers, lengths)], growth) for _ in range(2))
    assert json.dumps(first, sort_keys=True) == json.dumps(again, sort_keys=True)
    (tmp_path / FILE).write_text(forest_json(first, names, DEPTH, LEAD, "e"), encoding="utf-8")
    forest = read_forest(tmp_path)
    assert forest is not None
    scores = forest.scores(dict(zip(names, values.T, strict=True))).reshape(300, 20)
    led = values[:, 0].reshape(300, 20).argmax(axis=1)
    assert (scores.argmax(axis=1) == longest).mean() > 3 * (led == longest).mean()


def test_every_feature_of_the_lead_is_a_feature(tmp_path: Path) -> None:
    searcher = open_search(_corpus(tmp_path), ENCODER, ENCODER / "ranks.tiktoken", tmp_path / "w")
    lists = collect(searcher, [Asked("Cầu bắc qua đâu?", frozenset({"d0"}))])
    assert set(LEAD) <= set(lists.names)


def test_a_question_of_a_benchmark_stops_the_training(tmp_path: Path) -> None:
    data = _training(tmp_path / "training")
    benchmarks = tmp_path / "benchmarks" / "one"
    benchmarks.mkdir(parents=True)
    (benchmarks / "queries.jsonl").write_text('{"id": "q", "text": "CẦU bắc qua đâu"}\n', encoding="utf-8")
    with pytest.raises(EvaluationError, match="trùng với câu đánh giá"):
        make(data, benchmarks.parent, tmp_path, Recipe(), Growth())
    assert not (tmp_path / FILE).exists()


def test_only_training_questions_of_zalo2021_are_asked_and_paragraphs_become_a_collection(tmp_path: Path) -> None:
    sets = question_sets(_training(tmp_path / "training"))
    corpus, asked = next(sets)
    assert corpus.name == "phapdien.jsonl.gz"
    assert [(a.text, sorted(a.gold)) for a in asked] == [("Cầu bắc qua đâu?", ["d0"])]
    corpus, asked = next(sets)
    lines = [json.loads(line) for line in corpus.read_text(encoding="utf-8").splitlines()]
    assert [line["text"] for line in lines] == ["Hồ Ba Bể.", "Hồ Tây."]
    assert [(a.text, sorted(a.gold)) for a in asked] == [("Hồ nào?", ["p1"])]


def _corpus(folder: Path, long: str = "") -> Path:
    rows = [{"id": f"d{i}", "title": "", "text": text} for i, text in enumerate(ROADS)]
    rows += [{"id": "long", "title": "", "text": long}] if long else []
    file = folder / "corpus.jsonl"
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    (folder / "w").mkdir(exist_ok=True)
    return file


def _training(folder: Path) -> Path:
    folder.mkdir()
    queries = [("z1", "Cầu bắc qua đâu?", "train"), ("z2", "Chợ họp lúc nào?", "test")]
    rows = [{"id": i, "text": text, "split": split} for i, text, split in queries]
    (folder / "zalo2021_queries.jsonl").write_text("".join(json.dumps(r) + "\n" for r in rows), encoding="utf-8")
    (folder / "zalo2021_qrels.tsv").write_text("query-id\tcorpus-id\tscore\nz1\td0\t1\nz2\td2\t1\n", encoding="utf-8")
    pairs = [("Hồ nào?", "Hồ Ba Bể.", False), ("Hồ nào?", "Hồ Tây.", True)]
    lines = [json.dumps({"question": q, "text": t, "label": label}) + "\n" for q, t, label in pairs]
    (folder / "zalo2019_pairs_all_val.jsonl").write_text("".join(lines), encoding="utf-8")
    return folder
