"""How the encoder is made: pairs, batches without duplicates, no leak, the same weights from the same seed."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import EvaluationError
from assistant.retrieval.encoder import load_encoder
from assistant.training import drawing
from assistant.training.__main__ import collect, main
from assistant.training.drawing import Batch, batches, crop, draw, flat
from assistant.training.encoder import Recipe, publish, train
from assistant.training.measure import measure
from assistant.training.negatives import hard_negatives
from assistant.training.pairs import (
    Pair,
    Passage,
    check_disjoint,
    letters,
    passages,
    question_pairs,
    training_passages,
)
from assistant.training.pieces import Material, material, tokenize
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


def test_a_passage_has_the_heading_of_its_article_or_the_name_of_its_page(data: Path) -> None:
    found = training_passages(data, set())
    assert [p.heading for p in found] == [f"Quản lý {s}" for s in SUBJECTS] + ["Bình Dương", "", ""]
    assert [p.article for p in found] == [f"a{i}" for i in range(8)] + ["w", "vlc_laws", "phapluat_8chude"]
    assert " ".join(found[0].sentences) == ARTICLES[0]["text"]
    assert found[0].text == f"Quản lý đất đai. {ARTICLES[0]['text']}"


def test_a_heading_or_sentence_that_is_a_benchmarks_question_is_left_out(data: Path) -> None:
    held_out = {letters("Quản lý thuế nhà"), letters("Ủy ban quản lý trường học")}
    found = training_passages(data, held_out)
    assert [found[1].heading, len(found[1].sentences)] == ["", 4]
    assert [found[2].heading, len(found[2].sentences)] == ["Quản lý trường học", 3]
    assert not any(letters(t) in held_out for p in found for t in (p.heading, *p.sentences))


def test_the_test_part_of_zalo2021_and_wrong_passages_are_never_pairs(data: Path) -> None:
    pairs = question_pairs(data)
    assert [p.query for p in pairs] == ["Ai quản lý đất đai?", "Tiêm ở đâu?", "Hồ nào?", "Ai là chủ tịch?"]
    assert pairs[2].passage == "Hồ 1"
    assert [p.article for p in pairs] == ["a0", "", "", ""]


def test_a_training_question_that_is_a_benchmarks_is_refused() -> None:
    leak = Pair("AI quản lý, đất đai", "…", "zalo2021")
    with pytest.raises(EvaluationError, match="AI quản lý, đất đai"):
        check_disjoint([leak], {letters("Ai quản lý đất đai?")})
    check_disjoint([leak], {letters("Ai quản lý nhà đất?")})


def test_no_benchmark_question_is_ever_drawn(data: Path, benchmarks: Path) -> None:
    asked = "Nước sạch do cơ quan nào quản lý?"
    rows = [*ARTICLES, {"id": "leak", "title": asked, "heading": asked, "text": f"{asked} {LAW}"}]
    _write(data / "phapdien.jsonl.gz", rows)
    found, questions = collect(data, benchmarks)
    tokenizer = train_tokenizer([LAW, asked] * 40, 150)
    drawn = _drawn(material(tokenizer, found, questions, {}), size=8, count=40)
    ids = tuple(tokenizer.encode(asked, add_special_tokens=False).ids)
    assert len({tuple(q) for batch in drawn for q in batch.queries}) > 50
    assert not any(tuple(q) == ids for batch in drawn for q in batch.queries)


def _drawn(stock: Material, *, size: int, count: int, seed: int = 3) -> list[Batch]:
    return [batch for batch, _ in zip(batches(stock, size, random.Random(seed)), range(count), strict=False)]


def _found(count: int = 8) -> list[Passage]:
    """Passages of three sentences of their own under a heading that two of them share."""
    return [
        Passage(
            f"đầu {i // 2}", tuple(f"câu {i} {j} ở đây nói rõ việc thứ {i * 3 + j}." for j in range(3)), "x", f"{i}"
        )
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def stock() -> Material:
    """Eight passages (sentences 3p to 3p + 2), two questions, and of the first question two wrong passages."""
    texts = [text for p in _found() for text in (p.heading, *p.sentences)]
    questions = [Pair(f"hỏi {i}?", f"đáp {i} câu này", "x") for i in range(2)]
    tokenizer = train_tokenizer([*texts, "hỏi đáp này", *"0123456789"] * 30, 200)
    return material(tokenizer, _found(), questions, {0: (5, 6)})


def test_no_query_and_no_passage_occurs_twice_in_a_batch(stock: Material) -> None:
    for batch in _drawn(stock, size=6, count=50):
        assert len(batch.queries) == 6
        for side in (batch.queries, batch.passages):
            assert len({text.tobytes() for text in side}) == len(side)


def test_a_query_that_is_in_the_batch_with_another_passage_is_not_added() -> None:
    batch, one, two = Batch(), np.array([1]), np.array([2])
    assert batch.add(one, [two])
    assert not batch.add(one, [np.array([3])])
    assert not batch.add(np.array([4]), [two])
    assert not batch.add(np.array([], np.int64), [np.array([5])])
    assert not batch.add(np.array([4]), [])
    assert batch.add(two, [one])
    assert len(batch.queries) == len(batch.passages) == 2


def test_a_sentence_asks_for_its_passage_without_itself(stock: Material) -> None:
    rng = random.Random(1)
    by_heading = 0
    for _ in range(400):
        query, passage = draw(stock, 4, rng)
        rest = [text.tobytes() for text in passage if text.tobytes() != stock.heading_of(4).tobytes()]
        sentences = [text.tobytes() for text in stock.passage(4)]
        left_out = [text for text in sentences if text not in rest]
        if left_out:
            assert len(left_out) == 1
            assert query.tobytes() in left_out[0]
        else:
            by_heading += 1
            assert query.tobytes().startswith(stock.heading_of(4).tobytes())
    assert by_heading / 400 == pytest.approx(drawing.BY_HEADING, abs=0.08)  # three standard errors are .075


def test_some_headings_are_asked_in_a_frame(stock: Material) -> None:
    rng = random.Random(1)
    heading = stock.heading_of(4)
    asked = [q for q, passage in (draw(stock, 4, rng) for _ in range(1000)) if len(passage) == 3 and len(q) > 0]
    framed = [q for q in asked if q.tobytes().startswith(heading.tobytes()) and len(q) > len(heading)]
    frames = {stock.frames[i].tobytes() for i in range(len(stock.frames))}
    assert len(framed) >= 20
    assert all(q[len(heading) :].tobytes() in frames for q in framed)


def test_a_passage_is_cut_where_a_chunk_would_end() -> None:
    batch = Batch()
    batch.add(np.array([1]), [np.arange(100), np.arange(100)])
    assert batch.passages[0].tolist() == [*range(100), *range(drawing.LONGEST - 100)]


def test_a_crop_is_three_to_twelve_neighbouring_pieces() -> None:
    lengths = set()
    for seed in range(200):
        piece = crop(np.arange(50), random.Random(seed)).tolist()
        assert piece == list(range(piece[0], piece[0] + len(piece)))
        lengths.add(len(piece))
    assert lengths == set(range(3, 13))
    assert crop(np.arange(2), random.Random(0)).tolist() == [0, 1]


def test_questions_have_their_share_of_a_batch_and_bring_their_wrong_passages(stock: Material) -> None:
    size = 10
    share = int(size * drawing.QUESTIONS)
    assert share == 1
    asked = [stock.questions[i].tobytes() for i in range(2)]
    wrong = [np.concatenate([stock.heading_of(p), *stock.passage(p)]).tobytes() for p in (5, 6)]
    for batch in _drawn(stock, size=size, count=20):
        first = batch.queries[0].tobytes()
        assert first in asked
        extra = [text.tobytes() for text in batch.passages[len(batch.queries) :]]
        assert sorted(extra) == (sorted(wrong) if first == asked[0] else [])


def test_the_same_seed_draws_the_same_batches(stock: Material) -> None:
    first, again, other = (_drawn(stock, size=6, count=5, seed=seed) for seed in (3, 3, 4))
    texts = [[text.tolist() for batch in run for text in batch.queries] for run in (first, again, other)]
    assert texts[0] == texts[1] != texts[2]


def test_flat_texts_lie_end_to_end() -> None:
    ids, starts = flat([np.array([7, 8]), np.array([9]), np.array([1, 2])])
    assert (ids.tolist(), starts.tolist()) == ([7, 8, 9, 1, 2], [0, 2, 3])


def test_hard_negatives_are_what_the_search_finds_but_neither_gold_nor_a_copy_of_it(data: Path) -> None:
    copy = {**ARTICLES[0], "id": "copy", "heading": "Bản sao"}
    _write(data / "phapdien.jsonl.gz", [*ARTICLES, copy])
    found, questions = training_passages(data, set()), question_pairs(data)
    wrong = hard_negatives(found, questions)
    assert list(wrong) == [0]
    articles = [found[place].article for place in wrong[0]]
    assert set(articles) == {f"a{i}" for i in range(1, 8)}
    two_golds = [questions[0], Pair(questions[0].query, "…", "zalo2021", "a3")]
    assert {found[p].article for p in hard_negatives(found, two_golds)[0]} == {f"a{i}" for i in (1, 2, 4, 5, 6, 7)}


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


def _articles() -> list[Passage]:
    return [Passage(str(a["heading"]), (str(a["text"]),), "phapdien", str(a["id"])) for a in ARTICLES]


RECIPE = Recipe(vocabulary=150, dimension=16, batch=4, steps=60, threads=1)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    tokenizer = train_tokenizer([p.text for p in _articles()], RECIPE.vocabulary)
    first, again = (train(_articles(), (), tokenizer, RECIPE) for _ in range(2))
    other = train(_articles(), (), tokenizer, replace(RECIPE, seed=14))
    assert np.array_equal(first, again)
    assert not np.array_equal(first, other)


def test_training_brings_every_heading_to_its_own_text(tmp_path: Path) -> None:
    tokenizer = train_tokenizer([p.text for p in _articles()], RECIPE.vocabulary)
    publish(tmp_path, tokenizer, train(_articles(), (), tokenizer, RECIPE))
    encoder = load_encoder(tmp_path)
    headings, texts = (encoder.encode([str(a[side]) for a in ARTICLES]) for side in ("heading", "text"))
    scores = headings @ texts.T
    assert scores.argmax(axis=1).tolist() == list(range(8))
    assert not encoder.encode(["的"]).any()
    assert (tmp_path / "model.safetensors").stat().st_mode & 0o777 == 0o644


def test_a_wrong_passage_of_a_question_is_pushed_away() -> None:
    question, wrong = (
        Pair("Ai quản lý đất đai?", "Ủy ban quản lý đất đai", "zalo2021", "a0"),
        "Đất đai ở xã do ai quản lý",
    )
    law = [*_articles(), Passage("", (wrong,), "phapdien", "w")]  # one sentence, no heading: never drawn as a pair
    tokenizer = train_tokenizer([*(p.text for p in law), question.query], RECIPE.vocabulary)
    near, far = (
        _cosine(train(law, [question], tokenizer, replace(RECIPE, batch=10), negatives=n), tokenizer, question, wrong)
        for n in ({}, {0: (8,)})
    )
    assert far < near - 0.2


def _cosine(weights: np.ndarray[Any, np.dtype[np.float32]], tokenizer: Any, asked: Pair, text: str) -> float:
    a, b = (weights[tokenizer.encode(t, add_special_tokens=False).ids].mean(axis=0) for t in (asked.query, text))
    return float(a @ b / np.linalg.norm(a) / np.linalg.norm(b))


def test_ragged_texts_come_back_as_they_went_in() -> None:
    tokenizer = train_tokenizer([LAW], 150)
    texts = ["thường trú", "", "hồ sơ gồm tờ khai"]
    ragged = tokenize(tokenizer, texts)
    assert len(ragged) == 3
    assert [ragged[i].tolist() for i in range(3)] == [tokenizer.encode(t, add_special_tokens=False).ids for t in texts]
    assert len(tokenize(tokenizer, [])) == 0


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
    assert lines["alqac2022", "BM25"].low == lines["alqac2022", "BM25"].high == pytest.approx(1.0)
    assert ("vicov19qa", "BM25") not in lines


def test_one_command_makes_the_folder(data: Path, benchmarks: Path, tmp_path: Path) -> None:
    out = tmp_path / "encoder"
    rows = [{"id": f"x{i}", "title": f"t{i}", "text": f"Đoạn {i} về {i * 7}. {LAW}"} for i in range(1100)]
    _write(data / "vlc_laws.jsonl.gz", rows)
    assert main(["--data", str(data), "--out", str(out), "--steps", "3", "--dimension", "24", "--threads", "1"]) == 0
    assert load_encoder(out).encode(["thường trú"]).any()
    card = (out / "README.md").read_text(encoding="utf-8")
    assert "license: apache-2.0" in card
    assert "| zalo2021 | fused | 1 |" in card
    assert "véc-tơ 24 chiều" in card
    assert "| đoạn văn của Pháp điển và văn bản pháp luật mới | 8 |" in card
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
