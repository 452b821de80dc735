"""The reading benchmark: which questions are asked, what counts as found, what the report says."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from assistant.benchmark.reading import main, reply, summary
from assistant.benchmark.reading_sets import ReadingQuestion, ReadingSet, load_reading_set
from assistant.errors import EvaluationError
from assistant.types import Answer, Citation

PASSAGES = (
    {"id": "p1", "title": "Cấp nước", "text": "Trạm bơm Bến Lội mở cửa lúc bảy giờ sáng và đóng lúc mười giờ."},
    {"id": "p2", "title": "Chợ nổi", "text": "Ghe bán rau neo ở cầu Ván từ nửa đêm đến rạng sáng."},
    {"id": "p3", "title": "Máy gặt", "text": "Tổ hợp tác cho các hộ mượn máy gặt theo lượt đăng ký."},
)
QUESTIONS = (
    {"id": "a", "question": "Trạm bơm Bến Lội mở cửa lúc mấy giờ?", "passage_id": "p1", "answers": ["bảy giờ"]},
    {"id": "b", "question": "Ghe bán rau neo ở đâu?", "passage_id": "p2", "answers": ["cầu Ván", "Cầu ván"]},
    {"id": "c", "question": "Máy gặt được mượn theo lượt phải không?", "passage_id": "p3", "answers": ["đúng"]},
    {"id": "d", "question": "Ai lái máy gặt?", "passage_id": "p3", "answers": [], "is_impossible": True},
)


def write(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


@pytest.fixture
def shared(tmp_path: Path) -> Path:
    """Made-up sets under the names of the real ones."""
    sets = tmp_path / "shared" / "benchmarks"
    for name in ("vimqa", "uit_wiki_qa"):
        write(sets / name / "passages.jsonl", PASSAGES)
        write(sets / name / "questions.jsonl", QUESTIONS)
    laws = sets / "alqac2022"
    write(laws / "corpus.jsonl", PASSAGES)
    write(
        laws / "queries.jsonl",
        [
            {"id": "x", "text": "Trạm bơm Bến Lội đóng cửa lúc mấy giờ?", "answer": "mười giờ"},
            {"id": "y", "text": "Máy gặt mượn thế nào?"},
        ],
    )
    (laws / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nx\tp1\t1\ny\tp3\t1\n", encoding="utf-8")
    return tmp_path / "shared"


def ids(folder: Path) -> list[str]:
    return sorted(question.id for question in load_reading_set(folder, sample=300, seed=1).questions)


# --- which questions ---


def test_of_vimqa_only_what_stands_in_the_passage_is_asked_and_elsewhere_whatever_has_an_answer(shared: Path) -> None:
    sets = shared / "benchmarks"
    assert ids(sets / "vimqa") == ["a", "b"]
    assert ids(sets / "uit_wiki_qa") == ["a", "b", "c"]
    assert ids(sets / "alqac2022") == ["x"]
    found = {q.id: q for q in load_reading_set(sets / "uit_wiki_qa", sample=300, seed=1).questions}
    assert [found[key].in_passage for key in "abc"] == [True, True, False]
    assert (found["b"].answers, found["b"].passages) == (("cầu Ván", "Cầu ván"), ("p2",))


def test_a_sample_is_drawn_by_the_seed_and_told(shared: Path) -> None:
    def drawn(seed: int) -> list[str]:
        found = load_reading_set(shared / "benchmarks" / "uit_wiki_qa", sample=2, seed=seed)
        assert found.whole == 3
        return [question.id for question in found.questions]

    assert drawn(1) == drawn(1)
    assert len({tuple(drawn(seed)) for seed in range(9)}) > 1


def test_a_set_without_answers_or_a_folder_without_a_set_is_an_error(shared: Path) -> None:
    laws = shared / "benchmarks" / "alqac2022"
    write(laws / "queries.jsonl", [{"id": "x", "text": "Trạm bơm đóng cửa lúc mấy giờ?"}])
    with pytest.raises(EvaluationError, match="alqac2022"):
        load_reading_set(laws, sample=300, seed=1)
    with pytest.raises(EvaluationError, match="vang"):
        load_reading_set(shared / "benchmarks" / "vang", sample=300, seed=1)


# --- what counts ---

ASKED = ReadingQuestion("a", "Mở cửa lúc mấy giờ?", ("bảy giờ", "7 giờ"), ("p1",), in_passage=True)


def answer(text: str, document_id: str = "p1") -> Answer:
    return Answer("", text, (Citation(1, document_id, "", "", None, (), 0, 1, "T"),))


def test_an_answer_holds_a_gold_string_as_whole_words_and_an_abstention_holds_nothing() -> None:
    found = reply(ASKED, answer("«Mở cửa lúc 7 giờ.» [1]"), seconds=0.1)
    assert (found.holds, found.quoted, found.abstained, found.words) == (True, True, False, 5)
    assert not reply(ASKED, answer("«Mở cửa lúc 17 giờ.» [1]"), seconds=0.1).holds
    elsewhere = reply(ASKED, answer("«Bảy giờ.» [1]", "p2"), seconds=0.1)
    assert (elsewhere.holds, elsewhere.quoted) == (True, False)
    withheld = reply(ASKED, replace(answer("Có thể là bảy giờ."), abstained=True), seconds=0.1)
    assert (withheld.holds, withheld.quoted, withheld.abstained) == (False, False, True)


def test_the_shares_are_over_all_questions_and_over_the_answers_given() -> None:
    questions = tuple(replace(ASKED, id=key, in_passage=key != "d") for key in "abcd")
    given = [
        reply(ASKED, answer("Bảy giờ."), seconds=0.01),
        reply(ASKED, answer("Tám giờ rưỡi, ở cổng."), seconds=0.03),
        replace(reply(ASKED, answer(""), seconds=0.02), abstained=True, quoted=False),
        replace(reply(ASKED, answer(""), seconds=0.04), abstained=True, quoted=False),
    ]
    found = summary(
        ReadingSet("made-up", Path(), questions, 4),
        dict(zip("abcd", given, strict=True)),
        documents=3,
        index_seconds=1.0,
        fingerprints={},
    )
    assert found.holds_given is not None
    assert found.words is not None
    assert (found.holds.value, found.holds.n) == (1 / 4, 4)
    assert (found.holds_given.value, found.holds_given.n) == (1 / 2, 2)
    assert (found.abstained.value, found.quoted.value, found.ceiling.value) == (2 / 4, 2 / 4, 3 / 4)
    assert (found.words.value, found.median_words) == ((2 + 5) / 2, (2 + 5) / 2)
    assert (found.p50_ms, found.holds.low, found.holds.high) == (pytest.approx(25), 0, 0.75)


# --- the whole way ---


def test_the_command_asks_the_product_and_writes_what_it_found(shared: Path, tmp_path: Path) -> None:
    assert main(["--shared", str(shared), "--out", str(tmp_path / "out")]) == 0
    record = json.loads((tmp_path / "out" / "reading.json").read_text(encoding="utf-8"))
    assert [(found["name"], found["documents"], found["questions"]) for found in record["sets"]] == [
        ("vimqa", 3, 2),
        ("uit_wiki_qa", 3, 3),
        ("alqac2022", 3, 1),
    ]
    assert record["sets"][0]["holds"]["value"] == 1
    assert record["sets"][1]["ceiling"]["value"] == pytest.approx(2 / 3, abs=1e-3)
    assert record["command"] == "make bench-reading"
    page = (tmp_path / "out" / "reading.md").read_text(encoding="utf-8")
    assert "| `vimqa` | 3 | 2 | 1.000 [1.000, 1.000] |" in page
    assert str(tmp_path) not in page + json.dumps(record)


def test_a_set_that_is_not_there_is_told_and_the_others_are_measured(shared: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert main(["--shared", str(shared), "--sets", "vang", "vimqa", "--sample", "1", "--out", str(out)]) == 1
    record = json.loads((out / "reading.json").read_text(encoding="utf-8"))
    assert list(record["faults"]) == ["vang"]
    assert [(found["name"], found["questions"], found["whole"]) for found in record["sets"]] == [("vimqa", 1, 2)]
    assert "`vang` was not measured" in (out / "reading.md").read_text(encoding="utf-8")
