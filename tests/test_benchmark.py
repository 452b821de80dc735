from __future__ import annotations

import gzip
import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from assistant.benchmark import sets
from assistant.benchmark.__main__ import main
from assistant.benchmark.engines import ENTRIES, INSTALL, Entry, entry
from assistant.benchmark.forms import half_stripped, in_form, strip_marks
from assistant.benchmark.madeup import write_made_up_set
from assistant.benchmark.report import report_set
from assistant.benchmark.runner import SLOW_QUERIES, Options, Outcome, queries_for, run_set
from assistant.benchmark.scoring import difference, estimate, per_query
from assistant.benchmark.sets import RetrievalSet, find_sets, load_set, read_documents, sample_set
from assistant.benchmark.worker import Searched
from assistant.errors import EvaluationError

OPTIONS = Options(seed=7)


def write(file: Path, rows: Sequence[Mapping[str, object]]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


def qrels(file: Path, rows: Sequence[str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]) + "\n", encoding="utf-8")


@pytest.fixture
def small(tmp_path: Path) -> RetrievalSet:
    """Three documents, two queries, one of them with two right documents."""
    folder = tmp_path / "small"
    write(
        folder / "corpus.jsonl",
        [
            {"id": "d1", "title": "Cấp nước", "text": "Trạm bơm Bến Lội mở cửa lúc bảy giờ."},
            {"id": "d2", "title": "Chợ nổi", "text": "Ghe bán rau neo ở cầu Ván từ nửa đêm."},
            {"id": "d3", "title": "Máy gặt", "text": "Tổ hợp tác cho mượn máy gặt theo lượt."},
        ],
    )
    write(folder / "queries.jsonl", [{"id": "q1", "text": "trạm bơm mở lúc nào"}, {"id": "q2", "text": "ghe bán rau"}])
    qrels(folder / "qrels.tsv", ["q1\td1\t1", "q2\td2\t1", "q2\td3\t1"])
    return load_set(folder, tmp_path)


@pytest.fixture
def made_up(tmp_path: Path) -> RetrievalSet:
    return load_set(write_made_up_set(tmp_path / "made-up", 3), tmp_path)


# --- query forms -----------------------------------------------------------------------------------------------


def test_stripping_takes_marks_and_leaves_case_signs_and_the_letter_d() -> None:
    assert strip_marks("Đường 30/4 ở ĐẮK LẮK: Ưu tiên gì?") == "Duong 30/4 o DAK LAK: Uu tien gi?"


def test_stripping_reads_text_whose_marks_stand_apart() -> None:
    assert strip_marks("tie\u0302\u0301ng") == "tieng"


def test_half_of_the_marked_words_rounded_up_lose_their_marks() -> None:
    text = "Ai  được cấp  sổ đỏ ở Huế?"  # marked: được cấp sổ đỏ ở Huế
    changed = half_stripped(text, random.Random(1))
    pairs = list(zip(text.split(), changed.split(), strict=True))
    assert sum(a != b for a, b in pairs) == 3
    assert all(b in (a, strip_marks(a)) for a, b in pairs)
    assert len(changed) == len(text)  # spaces stay as they were
    assert half_stripped("ở", random.Random(1)) == "o"


def test_the_draw_of_words_depends_on_the_seed_and_the_query_alone() -> None:
    queries = {f"q{i}": "một hai ba bốn năm sáu bảy tám chín mười" for i in range(20)}
    first = in_form(queries, "half", 1)
    assert first == in_form(dict(reversed(queries.items())), "half", 1)
    assert first != in_form(queries, "half", 2)
    assert len(set(first.values())) > 1
    assert first["q3"] == in_form({"q3": queries["q3"]}, "half", 1)["q3"]


# --- sets ------------------------------------------------------------------------------------------------------


def test_a_beir_folder_with_underscored_keys_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "beir"
    write(folder / "corpus.jsonl", [{"_id": "a", "title": "Tựa", "text": "thân"}, {"_id": 2, "text": "hai"}])
    write(folder / "queries.jsonl", [{"_id": "q", "text": "hỏi"}, {"_id": "train-only", "text": "khác"}])
    qrels(folder / "qrels" / "test.tsv", ["q\ta\t2", "q\t2\t0"])
    found = load_set(folder, tmp_path)
    assert found.document_ids == ("a", "2")
    assert found.queries == {"q": "hỏi"}
    assert found.qrels == {"q": {"a": 2}}
    assert found.notes == ("1 queries without a relevant document are left out",)
    assert list(read_documents(found.corpus)) == [("a", "Tựa\nthân"), ("2", "hai")]


def test_a_reading_set_looks_for_the_passage_of_each_answerable_question(tmp_path: Path) -> None:
    folder = tmp_path / "reading"
    write(folder / "passages.jsonl", [{"id": "p1", "title": "", "text": "x"}, {"id": "p2", "title": "", "text": "y"}])
    asked = {"passage_id": "p2", "answers": ["y"]}
    write(
        folder / "questions.jsonl",
        [
            {"id": "1", "question": "gì?", "is_impossible": False, **asked},
            {"id": "2", "question": "ai?", "is_impossible": True, **asked},
        ],
    )
    assert load_set(folder, tmp_path).qrels == {"1": {"p2": 1}}


def test_only_the_test_queries_of_zalo_are_asked_of_the_training_documents(tmp_path: Path) -> None:
    with gzip.open(tmp_path / "phapdien.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write('{"id": "pd:1", "title": "Điều 1", "text": "a"}\n')
    folder = tmp_path / "zalo2021"
    write(folder / "queries.jsonl", [{"id": s, "text": s, "split": s} for s in ("train", "test")])
    qrels(folder / "qrels.tsv", ["train\tpd:1\t1", "test\tpd:1\t1"])
    assert list(load_set(folder, tmp_path).queries) == ["test"]


def test_every_shared_set_is_found_and_read(shared: Path) -> None:
    folders = find_sets(shared / "benchmarks")
    assert {"alqac2022", "alqac2024", "vicov19qa", "vimqa", "zalo2021"} <= {folder.name for folder in folders}
    small = load_set(shared / "benchmarks" / "faq_congan", shared / "training")
    assert (len(small.document_ids), len(small.queries)) == (94, 94)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda f: (f / "qrels.tsv").unlink(), "thiếu qrels.tsv"),
        (lambda f: (f / "qrels.tsv").write_text("h\nq1\td1\n"), "dòng 2"),
        (lambda f: (f / "qrels.tsv").write_text("h\nq1\tnowhere\t1\n"), "không có truy vấn nào"),
        (lambda f: (f / "corpus.jsonl").write_text('{"id": "d1", "text": "a"}\nno json\n'), "dòng 2"),
        (lambda f: (f / "corpus.jsonl").write_text('{"text": "a"}\n'), '"id"'),
        (lambda f: (f / "corpus.jsonl").write_text('{"id": "d1"}\n{"id": "d1"}\n'), "trùng"),
        (lambda f: (f / "corpus.jsonl").unlink(), "corpus.jsonl"),
        (lambda f: (f / "queries.jsonl").write_text('{"id": "q1"}\n'), "text"),
        (lambda f: (f / "qrels.tsv").write_bytes(b"\xff\xfe"), "UTF-8"),
    ],
)
def test_a_faulty_set_is_named_with_what_is_wrong(small: RetrievalSet, spoil: object, message: str) -> None:
    spoil(small.corpus.parent)  # type: ignore[operator]
    with pytest.raises(EvaluationError, match=message):
        load_set(small.corpus.parent, small.corpus.parent)


def test_a_sample_holds_all_relevant_documents_and_is_seeded(made_up: RetrievalSet, tmp_path: Path) -> None:
    gold = {document for relevant in made_up.qrels.values() for document in relevant}
    sample = sample_set(made_up, 40, 1, tmp_path / "a")
    assert len(gold) == 24
    assert len(sample.document_ids) == 40
    assert gold <= set(sample.document_ids)
    assert [i for i, _ in read_documents(sample.corpus)] == list(sample.document_ids)
    assert [i for i in made_up.document_ids if i in set(sample.document_ids)] == list(sample.document_ids)
    assert sample_set(made_up, 40, 1, tmp_path / "b").document_ids == sample.document_ids
    assert sample_set(made_up, 40, 2, tmp_path / "c").document_ids != sample.document_ids
    assert sample.name == "made-up-sample40"
    assert "40 of 120" in sample.notes[-1]


def test_a_sample_draws_queries_too_and_holds_what_is_relevant_to_them(
    made_up: RetrievalSet, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sets, "MOST_SAMPLED", 5)
    sample = sample_set(made_up, 30, 1, tmp_path / "a")
    assert len(sample.queries) == len(sample.qrels) == 5
    assert {d for relevant in sample.qrels.values() for d in relevant} <= set(sample.document_ids)
    assert len(sample.document_ids) == 30
    assert f"5 of {len(made_up.queries)} queries" in sample.notes[-1]


def test_a_sample_smaller_than_the_relevant_documents_holds_just_those(made_up: RetrievalSet, tmp_path: Path) -> None:
    assert len(sample_set(made_up, 5, 1, tmp_path / "a").document_ids) == 24


# --- measures --------------------------------------------------------------------------------------------------


def test_the_measures_are_those_worked_out_by_hand() -> None:
    relevant = {"one": {"a": 1}, "two": {"b": 1, "c": 1}, "none": {"a": 1}}
    run = {"one": ["x", "a"], "two": ["b", *(f"x{i}" for i in range(10)), "c"], "none": []}
    values = per_query(relevant, run)
    ideal = 1 + 1 / math.log2(3)
    assert values["nDCG@10"] == pytest.approx({"one": 1 / math.log2(3), "two": 1 / ideal, "none": 0})
    assert values["R@1"] == pytest.approx({"one": 0, "two": 1 / 2, "none": 0})
    assert values["R@10"] == pytest.approx({"one": 1, "two": 1 / 2, "none": 0})
    assert values["R@100"] == pytest.approx({"one": 1, "two": 1, "none": 0})
    assert values["MRR@10"] == pytest.approx({"one": 1 / 2, "two": 1, "none": 0})


def test_the_order_of_the_run_decides_and_not_the_ids() -> None:
    values = per_query({"q": {"a": 1}}, {"q": ["b", "a"]})
    assert values["MRR@10"]["q"] == pytest.approx(1 / 2)
    assert per_query({"q": {"a": 1}}, {"q": ["a", "b"]})["MRR@10"]["q"] == 1


def test_the_interval_is_seeded_and_holds_the_mean() -> None:
    values = {str(i): float(i % 4 == 0) for i in range(100)}
    found = estimate(values)
    assert found == estimate(values)
    assert found.value == pytest.approx(25 / 100)
    half = 1.96 * math.sqrt(0.25 * 0.75 / 100)  # the normal approximation
    assert (found.low, found.high) == pytest.approx((0.25 - half, 0.25 + half), abs=0.02)
    assert found.n == 100


def test_a_difference_is_paired_over_common_queries() -> None:
    first = {str(i): float(i % 2) for i in range(50)}
    second = {i: value - 0.1 for i, value in first.items() if int(i) < 40}
    found = difference(first, second)
    assert (found.value, found.low, found.high) == pytest.approx((0.1, 0.1, 0.1))  # the noise of the queries cancels
    assert found.n == 40


def searched(runs: Mapping[str, Mapping[str, Sequence[str]]]) -> Searched:
    return Searched(runs, 0.0, [1.0], 1.0, {})


def test_what_the_parts_add_and_the_best_peer_are_told_as_differences(small: RetrievalSet) -> None:
    right, wrong = {"q1": ["d1"], "q2": ["d2", "d3"]}, {"q1": ["d2"], "q2": ["d2", "d3"]}
    worst: dict[str, list[str]] = {"q1": [], "q2": []}
    runs = {"cancu": right, "cancu/lexical": wrong, "bm25s": worst, "tantivy": wrong}
    outcomes = [
        Outcome(entry(n), None, searched(dict.fromkeys(("written", "stripped", "half"), r))) for n, r in runs.items()
    ]
    found = report_set(small, outcomes)
    assert {d.second for d in found.against_peers} == {"tantivy"}
    assert found.against_peers[0].by_measure["nDCG@10"].value == pytest.approx(1 / 2)
    assert next((d.first, d.second, d.form) for d in found.against_lexical) == ("cancu", "cancu/lexical", "written")
    assert found.against_lexical[0].by_measure["R@10"].value == pytest.approx(1 / 2)
    assert [d.by_measure["R@10"].value for d in found.against_written] == [0, 0]


# --- running ---------------------------------------------------------------------------------------------------


def test_a_peer_that_is_not_installed_is_told_with_the_command_and_the_others_run(
    small: RetrievalSet, tmp_path: Path
) -> None:
    absent = replace(entry("tantivy"), requires=("no_such_module_here",))
    outcomes = list(run_set(small, [absent, entry("bm25s")], OPTIONS, tmp_path / "w"))
    assert "no_such_module_here" in outcomes[0].fault
    assert INSTALL in outcomes[0].fault
    assert not outcomes[0].failed
    assert outcomes[1].searched is not None
    assert outcomes[1].searched.runs["written"]["q1"][0] == "d1"


def test_a_failing_engine_is_told_with_its_error_and_the_others_run(small: RetrievalSet, tmp_path: Path) -> None:
    # An unknown setting is an error of ours alone.
    options = replace(OPTIONS, settings={"no_such_setting": "1"})
    ours, peer = run_set(small, [entry("cancu"), entry("bm25s")], options, tmp_path / "w")
    assert ours.failed
    assert "no_such_setting" in ours.fault
    assert peer.searched is not None
    report = report_set(small, [ours, peer])
    assert report.lines[0].fault == ours.fault
    assert report.lines[1].scores


def test_an_engine_that_takes_too_long_is_stopped(small: RetrievalSet, tmp_path: Path) -> None:
    options = replace(OPTIONS, seconds=0.01)
    (outcome,) = run_set(small, [entry("bm25s")], options, tmp_path / "w")
    assert outcome.failed
    assert "stopped after" in outcome.fault


def test_a_peer_is_left_out_of_large_sets_unless_everything_is_asked_for(small: RetrievalSet, tmp_path: Path) -> None:
    limited: Entry = replace(entry("bm25s"), most_documents=2)
    (left,) = run_set(small, [limited], OPTIONS, tmp_path / "a")
    assert "make bench-full" in left.fault
    (full,) = run_set(small, [limited], replace(OPTIONS, full=True), tmp_path / "b")
    assert full.searched is not None


def test_a_slow_engine_gets_a_seeded_draw_of_the_queries_of_a_large_set(small: RetrievalSet) -> None:
    queries = {f"q{i}": f"hỏi {i}" for i in range(200)}
    large = replace(small, document_ids=tuple(map(str, range(4_000))), queries=queries)
    slow = entry("langchain-bm25")
    drawn = queries_for(slow, large, "stripped", 1)
    assert len(drawn) == SLOW_QUERIES
    assert drawn.keys() == queries_for(slow, large, "half", 1).keys()
    assert drawn.keys() != queries_for(slow, large, "half", 2).keys()
    assert len(queries_for(slow, large, "written", 1)) == 200
    largest = replace(large, document_ids=tuple(map(str, range(50_000))))
    assert queries_for(slow, largest, "written", 1).keys() == drawn.keys()
    assert len(queries_for(entry("bm25s"), large, "stripped", 1)) == 200


def test_every_installed_engine_finds_the_document_that_names_the_words(small: RetrievalSet, tmp_path: Path) -> None:
    entries = [e for e in ENTRIES if not e.missing and e.name != "langchain-minilm"]
    assert {"cancu", "cancu/lexical", "bm25s"} <= {e.name for e in entries}
    for outcome in run_set(small, entries, OPTIONS, tmp_path / "w"):
        assert (outcome.entry.name, outcome.fault) == (outcome.entry.name, "")
        assert outcome.searched is not None
        assert outcome.searched.runs["written"]["q2"][0] == "d2"
        assert outcome.built is not None
        assert outcome.built.peak_mib > 5
        assert outcome.built.seconds > 0


# --- the whole -------------------------------------------------------------------------------------------------


def test_a_tiny_run_writes_both_reports_and_leaves_nothing_behind(root: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    command = [sys.executable, "-m", "assistant.benchmark", "--quick", "--engines", "cancu", "cancu/lexical", "bm25s"]
    out = tmp_path / "out"
    ended = subprocess.run([*command, "--out", str(out)], env={**os.environ, "TMPDIR": str(temporary)}, check=False)
    assert ended.returncode == 0
    assert list(temporary.iterdir()) == []
    report = json.loads((out / "search.json").read_text(encoding="utf-8"))
    (found,) = report["sets"]
    assert (found["documents"], found["queries"]) == (120, 24)
    ours, lexical, peer = found["lines"]
    assert [line["name"] for line in (ours, lexical, peer)] == ["cancu", "cancu/lexical", "bm25s"]
    assert ours["scores"]["stripped"]["R@10"]["value"] == 1.0  # the made-up words are easy, with marks and without
    assert peer["scores"]["stripped"]["R@10"]["value"] < ours["scores"]["stripped"]["R@10"]["value"]
    assert peer["resources"]["ratios"]["p50_ms"] == 1.0
    assert ours["resources"]["disk_mib"] > 0
    assert len(ours["facts"]["fingerprint of encoder"]) == 16
    script = spec_from_file_location("readme_numbers", root / "docs" / "readme_numbers.py")
    assert script is not None
    assert script.loader is not None
    numbers = module_from_spec(script)
    script.loader.exec_module(numbers)
    peer_stripped = f"{peer['scores']['stripped']['nDCG@10']['value']:.3f} ±"
    row = "| made-up | 120 / 24 | 1.000 ± 0.000 | 1.000 ± 0.000 | 1.000 ± 0.000 |"
    assert row in numbers.search_numbers(report)
    assert f"| {peer_stripped}" in numbers.search_numbers(report)
    page = (out / "search.md").read_text(encoding="utf-8")
    assert "Căn Cứ, as served" in page
    assert "`python -m assistant.benchmark --quick --engines cancu cancu/lexical bm25s" in page
    assert str(tmp_path) not in page + json.dumps(report)


def test_wrong_names_are_told_with_those_that_there_are(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--quick", "--engines", "gu-gồ", "--out", str(tmp_path)]) == 2
    assert "bm25s" in capsys.readouterr().err
    assert main(["--shared", str(tmp_path), "--sets", "no-set", "--out", str(tmp_path)]) == 2
    assert main(["--shared", str(tmp_path), "--out", str(tmp_path)]) == 1
    assert not (tmp_path / "search.json").exists()


def test_a_set_that_cannot_be_read_is_reported_and_the_next_is_measured(small: RetrievalSet, tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    write(broken / "queries.jsonl", [{"id": "q", "text": "x"}])
    arguments = ["--sets", str(broken), str(small.corpus.parent), "--engines", "bm25s", "--out", str(tmp_path / "out")]
    assert main(arguments) == 1
    sets = json.loads((tmp_path / "out" / "search.json").read_text(encoding="utf-8"))["sets"]
    assert "corpus.jsonl" in sets[0]["fault"]
    assert sets[1]["lines"][0]["scores"]["written"]["R@1"]["value"] == pytest.approx((1 + 1 / 2) / 2)


@pytest.mark.parametrize("ending", [signal.SIGINT, signal.SIGTERM])
def test_a_run_broken_off_keeps_what_was_measured_and_the_last_complete_report(
    ending: signal.Signals, small: RetrievalSet, tmp_path: Path
) -> None:
    out, slow = tmp_path / "out", tmp_path / "slow"
    write(slow / "corpus.jsonl", [{"id": str(i), "text": f"văn bản số {i} " * 20} for i in range(20_000)])
    write(slow / "queries.jsonl", [{"id": "q", "text": "văn bản"}])
    qrels(slow / "qrels.tsv", ["q\t1\t1"])
    temporary = tmp_path / "tmp"
    for folder in (out, temporary):
        folder.mkdir()
    (out / "search.json").write_text("complete", encoding="utf-8")
    command = [sys.executable, "-m", "assistant.benchmark", "--engines", "bm25s", "cancu", "--out", str(out)]
    with subprocess.Popen(
        [*command, "--sets", str(small.corpus.parent), str(slow)],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(temporary)},
    ) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("slow:"):  # then the first set is done
            pass
        time.sleep(0.5)
        os.kill(process.pid, ending)
        process.communicate(timeout=60)
    assert process.returncode == 1
    assert list(temporary.iterdir()) == []
    assert (out / "search.json").read_text(encoding="utf-8") == "complete"
    report = json.loads((out / "search-broken-off.json").read_text(encoding="utf-8"))
    assert [found["name"] for found in report["sets"]] == ["small"]
    assert "Broken off" in (out / "search-broken-off.md").read_text(encoding="utf-8")


def test_of_a_set_broken_off_the_engines_that_were_done_are_kept(small: RetrievalSet, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "assistant.benchmark",
        "--engines",
        "bm25s",
        "cancu",
        "--out",
        str(tmp_path / "out"),
    ]
    with subprocess.Popen([*command, "--sets", str(small.corpus.parent)], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        while not process.stderr.readline().startswith("small · cancu:"):  # then bm25s is at work
            pass
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    (found,) = json.loads((tmp_path / "out" / "search-broken-off.json").read_text(encoding="utf-8"))["sets"]
    assert [line["name"] for line in found["lines"]] == ["cancu"]
    assert found["lines"][0]["scores"]["written"]["R@1"]["n"] == 2
