"""How the encoder is made: pairs, batches without duplicates, no leak, the same weights from the same seed."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import EvaluationError
from assistant.retrieval.encoder import load_encoder
from assistant.training.__main__ import main
from assistant.training.encoder import Recipe, publish, tokenize, train
from assistant.training.measure import measure
from assistant.training.pairs import (
    Pair,
    batches,
    check_disjoint,
    crop,
    leave_out,
    letters,
    made_pairs,
    passages,
    question_pairs,
)
from assistant.training.tokenizer import train_ranks, train_tokenizer, write_ranks
from assistant.vietnamese.normal import fold
from assistant.vietnamese.tokens import load_encoding

LAW = (
    "Người từ đủ 18 tuổi được đăng ký thường trú tại chỗ ở hợp pháp. Hồ sơ gồm tờ khai và giấy tờ chứng minh chỗ ở. "
    "Cơ quan đăng ký cư trú trả kết quả trong bảy ngày làm việc."
)
SUBJECTS = ["đất đai", "thuế nhà", "trường học", "bệnh viện", "giao thông", "môi trường", "cây xanh", "nước sạch"]
ARTICLES = [
    {"id": f"a{i}", "title": f"Điều {i}. Quản lý {s}", "heading": f"Quản lý {s}", "text": f"Ủy ban quản lý {s}. {LAW}"}
    for i, s in enumerate(SUBJECTS)
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A training folder of eight articles and one labelled question of each set."""
    folder = tmp_path / "training"
    folder.mkdir()
    _write(folder / "phapdien.jsonl.gz", ARTICLES)
    _write(folder / "viwiki.jsonl.gz", [{"id": "w", "title": "Bình Dương", "text": f"Bình Dương ở phía nam. {LAW}"}])
    for name in ("vlc_laws", "phapluat_8chude"):
        _write(folder / f"{name}.jsonl.gz", [{"id": name, "title": name, "text": LAW}])
    queries = [("z1", "Ai quản lý đất đai?", "train"), ("z2", "Ai quản lý thuế nhà?", "test")]
    _write(folder / "zalo2021_queries.jsonl", [{"id": i, "text": t, "split": s} for i, t, s in queries])
    (folder / "zalo2021_qrels.tsv").write_text("query-id\tcorpus-id\tscore\nz1\ta0\t1\nz2\ta1\t1\n")
    _write(folder / "vicov19qa_pairs.jsonl", [{"question": "Tiêm ở đâu?", "answer": "Chào bạn, ở trạm y tế."}])
    labelled = [{"question": "Hồ nào?", "text": f"Hồ {i}", "label": i == 1} for i in range(2)]
    _write(folder / "zalo2019_pairs_all_val.jsonl", labelled)
    _write(folder / "zalo2019_person_train_passages.jsonl", [{"id": "p", "title": "", "text": "Ông A là chủ tịch."}])
    asked = [("Ai là chủ tịch?", False), ("Ai là thư ký?", True)]
    rows = [{"question": q, "passage_id": "p", "is_impossible": i} for q, i in asked]
    _write(folder / "zalo2019_person_train_questions.jsonl", rows)
    return folder


@pytest.fixture
def benchmarks(tmp_path: Path, data: Path) -> Path:
    """Three retrieval sets of one question each, over the same eight articles."""
    folder = tmp_path / "benchmarks"
    for name in ("alqac2022", "alqac2024", "zalo2021"):
        (folder / name).mkdir(parents=True)
        _write(folder / name / "queries.jsonl", [{"id": "q", "text": "Nước sạch do cơ quan nào quản lý?"}])
        _write(folder / name / "corpus.jsonl", ARTICLES)
        (folder / name / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq\ta7\t1\n")
    return folder


def _write(file: Path, rows: Sequence[Mapping[str, Any]]) -> None:
    text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    file.write_bytes(gzip.compress(text.encode()) if file.suffix == ".gz" else text.encode())


def test_letters_of_two_spellings_of_one_question_are_the_same() -> None:
    assert letters("Ai quản lý, đất đai?") == letters("AI QUẢN LÝ ĐẤT ĐAI") == "aiquảnlýđấtđai"
    assert letters("đất đai") != letters("dat dai")


def test_passages_are_whole_sentences_in_order() -> None:
    text = " ".join(f"Câu thứ {i} nói về việc ấy rất dài dòng và cặn kẽ từng chút một." for i in range(40))
    groups = list(passages(text))
    assert " ".join(s for group in groups for s in group) == text
    assert len(groups) > 1
    assert all(sum(map(len, group)) <= 900 for group in groups)


def test_a_sentence_asks_for_its_passage_without_itself(data: Path) -> None:
    pairs = [p for p in made_pairs(data, random.Random(1)) if p.kind == "sentence"]
    assert len(pairs) == 8 + 1 + 1 + 1
    assert all(p.query not in p.passage for p in pairs)
    assert all(p.query in f"{row['text']}" for p, row in zip(pairs, ARTICLES, strict=False))


def test_a_heading_asks_for_its_text(data: Path) -> None:
    pairs = [p for p in made_pairs(data, random.Random(1)) if p.kind == "heading"]
    assert [p.query for p in pairs] == [f"Quản lý {s}" for s in SUBJECTS] + ["Bình Dương"]
    assert pairs[0].passage == ARTICLES[0]["text"]


def test_a_crop_is_four_to_sixteen_neighbouring_words() -> None:
    words = [f"w{i}" for i in range(50)]
    for seed in range(50):
        piece = crop(" ".join(words), random.Random(seed)).split()
        start = words.index(piece[0])
        assert piece == words[start : start + len(piece)]
        assert 4 <= len(piece) <= 16


def test_the_test_part_of_zalo2021_and_wrong_passages_are_never_pairs(data: Path) -> None:
    pairs = question_pairs(data)
    assert [p.query for p in pairs] == ["Ai quản lý đất đai?", "Tiêm ở đâu?", "Hồ nào?", "Ai là chủ tịch?"]
    assert pairs[2].passage == "Hồ 1"
    assert all(p.question for p in pairs)


def test_a_training_question_that_is_a_benchmarks_is_refused() -> None:
    leak = Pair("AI quản lý, đất đai", "…", "zalo2021", True)
    with pytest.raises(EvaluationError, match="AI quản lý, đất đai"):
        check_disjoint([leak], {letters("Ai quản lý đất đai?")})
    check_disjoint([leak], {letters("Ai quản lý nhà đất?")})


def test_a_heading_that_is_a_benchmarks_question_is_left_out() -> None:
    pairs = [Pair("Thời hạn khiếu nại", "a", "heading"), Pair("Thời hạn tố cáo", "b", "heading")]
    assert leave_out(pairs, {letters("Thời hạn khiếu nại?")}) == pairs[1:]


def test_no_query_and_no_passage_occurs_twice_in_a_batch() -> None:
    keys = [(f"q{i % 7}", f"p{i % 5}") for i in range(70)]
    found = list(batches(keys, 4, random.Random(3)))
    assert len(found) >= 10
    for batch in found:
        assert len(batch) == 4
        assert all(len({keys[i][side] for i in batch}) == 4 for side in (0, 1))
    positions = [i for batch in found for i in batch]
    assert len(positions) == len(set(positions))


def test_a_query_may_equal_another_pairs_passage() -> None:
    assert sorted(next(batches([("a", "b"), ("b", "a")], 2, random.Random(0)))) == [0, 1]


def test_neighbours_stay_together_in_blocks() -> None:
    keys = [(f"q{i}", f"p{i}") for i in range(40)]
    for batch in batches(keys, 10, random.Random(3), block=5):
        assert sorted(i // 5 for i in batch) == sorted([batch[0] // 5] * 5 + [batch[5] // 5] * 5)


def test_the_tokenizer_reads_marked_and_bare_text_alike_and_knows_words() -> None:
    texts = ["Đăng ký thường trú tại Ủy ban. Thường trú!", "cây, nước, thường trú"] * 40
    texts += [f"tiếng lạ {i} {a} {b}" for i, a in enumerate("abcdefgh") for b in "ijklmnop"] * 4
    tokenizer = train_tokenizer(texts, 200)
    marked = tokenizer.encode("Đăng ký THƯỜNG TRÚ!", add_special_tokens=False)
    assert marked.ids == tokenizer.encode(fold("Đăng ký THƯỜNG TRÚ!"), add_special_tokens=False).ids
    assert marked.tokens[-1] == "▁thuong▁tru"
    assert tokenizer.encode("thường. Trú", add_special_tokens=False).tokens == ["▁thuong", "▁tru"]


def test_ranks_give_tiktoken_the_text_back(tmp_path: Path) -> None:
    ranks = train_ranks([LAW] * 5, 1000)
    write_ranks(ranks, tmp_path / "ranks.tiktoken")
    encoding = load_encoding(tmp_path / "ranks.tiktoken")
    text = "Đăng ký thường trú — 15,47 ha\n\t中文 🙂"
    assert encoding.decode(encoding.encode_ordinary(text)) == text
    full_stops, space_before_18 = 3, 1
    assert len(encoding.encode_ordinary(LAW)) == len(LAW.split()) + full_stops + space_before_18
    assert len(train_ranks([LAW] * 5, 300)) == 300


def _pairs() -> list[Pair]:
    return [Pair(str(a["heading"]), str(a["text"]), "heading") for a in ARTICLES for _ in range(4)]


RECIPE = Recipe(vocabulary=150, dimension=16, batch=4, epochs=20, threads=1)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    tokenizer = train_tokenizer([p.passage for p in _pairs()], RECIPE.vocabulary)
    first, again = (train(_pairs(), tokenizer, RECIPE) for _ in range(2))
    other = train(_pairs(), tokenizer, Recipe(seed=14, vocabulary=150, dimension=16, batch=4, epochs=20, threads=1))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_training_brings_every_heading_to_its_own_text(tmp_path: Path) -> None:
    tokenizer = train_tokenizer([p.passage for p in _pairs()], RECIPE.vocabulary)
    publish(tmp_path, tokenizer, train(_pairs(), tokenizer, RECIPE))
    encoder = load_encoder(tmp_path)
    headings, texts = (encoder.encode([str(a[side]) for a in ARTICLES]) for side in ("heading", "text"))
    scores = headings @ texts.T
    assert scores.argmax(axis=1).tolist() == list(range(8))
    assert not encoder.encode(["的"]).any()
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o644


def test_ragged_texts_come_back_as_they_went_in() -> None:
    tokenizer = train_tokenizer([LAW], 150)
    texts = ["thường trú", "", "hồ sơ gồm tờ khai"]
    ragged = tokenize(tokenizer, texts)
    ids = [tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    assert ragged.keys()[1] == b""
    taken, offsets = ragged.take(np.array([2, 0]))
    assert taken.tolist() == ids[2] + ids[0]
    assert offsets.tolist() == [0, len(ids[2])]


class _ByFirstLetter:
    """An encoder that puts everything at one place, so that only BM25 can tell documents apart."""

    dimension = 1
    fingerprint = "0" * 16

    def encode(self, texts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.float32]]:
        return np.ones((len(texts), 1), np.float32)


def test_measures_are_of_the_gold_documents_rank(data: Path, benchmarks: Path) -> None:
    lines = {(line.name, line.ranker): line for line in measure(benchmarks, data, _ByFirstLetter(), dense_weight=0.5)}
    assert lines["alqac2022", "BM25"].ndcg == pytest.approx(1.0)
    assert lines["alqac2022", "fused (không dấu)"].recall == pytest.approx(1.0)
    assert lines["zalo2021", "encoder"].ndcg == pytest.approx(1 / np.log2(8 + 1))
    assert lines["zalo2021", "encoder"].n == 1


def test_one_command_makes_the_folder(data: Path, benchmarks: Path, tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    rows = [{"id": f"x{i}", "title": f"t{i}", "text": f"Đoạn {i} về {i * 7}. {LAW}"} for i in range(1100)]
    _write(data / "vlc_laws.jsonl.gz", rows)
    assert main(["--data", str(data), "--out", str(out), "--epochs", "1", "--threads", "1"]) == 0
    assert load_encoder(out).encode(["thường trú"]).any()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "license: apache-2.0" in card
    assert "| zalo2021 | fused | 1 |" in card
    assert load_encoding(out / "ranks.tiktoken").encode_ordinary("thường trú")


def test_the_command_stops_at_a_leak(
    data: Path, benchmarks: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    _write(benchmarks / "zalo2021" / "queries.jsonl", [{"id": "q", "text": "ai quản lý đất đai"}])
    assert main(["--data", str(data), "--out", str(tmp_path / "encoder")]) == 1
    assert "trùng với câu đánh giá" in capsys.readouterr().err
    assert not (tmp_path / "encoder").exists()


def test_the_command_wants_the_benchmarks(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(data), "--out", str(tmp_path / "encoder")]) == 1
    assert "--benchmarks" in capsys.readouterr().err
