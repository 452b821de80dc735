"""Search: the fused score's arithmetic, its order, marks and slips in queries, TREC files, and hostile queries."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from assistant.answering.assistant import Assistant
from assistant.errors import InputFileError
from assistant.retrieval.search import fuse
from assistant.retrieval.spelling import repair
from assistant.retrieval.trec import read_queries, write_run
from assistant.vietnamese.normal import fold
from assistant.wiring import build_index, open_assistant

DOCUMENTS = {
    "cau": "# Cầu Vàm\n\nCầu Vàm dài 120 mét, rộng 9 mét.\n",
    "truong": "# Trường Xuân Lộc\n\nTrường Xuân Lộc có 32 phòng học.\n",
    "cho": "# Chợ Bến Thượng\n\nChợ Bến Thượng có 78 sạp hàng.\n\n# Cổng chợ\n\nCổng chợ rộng 6 mét, cao 4 mét.\n",
}


@pytest.fixture
def small(new_workspace: Path) -> Assistant:
    """An assistant over three short documents, the last one of two chunks."""
    for name, text in DOCUMENTS.items():
        (new_workspace / "corpus" / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(new_workspace)
    return open_assistant(new_workspace)


# --- fusion ----------------------------------------------------------------------------------------------------


def test_each_score_list_is_divided_by_its_best_and_weighted() -> None:
    scores = fuse({1: 8.0, 2: 6.0}, {2: 0.6, 3: 0.8}, dense_weight=0.25)
    assert scores == pytest.approx({1: 0.75 * 8 / 8, 2: 0.75 * 6 / 8 + 0.25 * 0.6 / 0.8, 3: 0.25 * 0.8 / 0.8})


def test_a_negative_cosine_takes_nothing_away() -> None:
    assert fuse({1: 4.0}, {1: -0.5, 2: 0.5}, dense_weight=0.5) == pytest.approx({1: 0.5, 2: 0.5})
    assert fuse({1: 4.0}, {1: -0.5}, dense_weight=0.5) == pytest.approx({1: 0.5})


def test_one_empty_list_leaves_the_other_with_its_weight() -> None:
    assert fuse({}, {7: 0.2}, dense_weight=0.3) == pytest.approx({7: 0.3})
    assert fuse({7: 2.0}, {}, dense_weight=0.3) == pytest.approx({7: 0.7})
    assert fuse({}, {}, dense_weight=0.3) == {}


# --- order -----------------------------------------------------------------------------------------------------


def test_hits_come_best_first_and_the_passage_asked_for_leads(small: Assistant) -> None:
    hits = small.search("cổng chợ cao mấy mét")
    assert "cao 4 mét" in hits[0].chunk.text
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert hits[0].score > hits[1].score


def test_a_query_without_marks_finds_what_the_accented_one_finds(small: Assistant) -> None:
    for query in ("Trường Xuân Lộc có bao nhiêu phòng học", "chợ Bến Thượng mấy sạp", "cầu dài bao nhiêu mét"):
        bare = [hit.chunk.id for hit in small.search(fold(query))]
        assert bare[0] == small.search(query)[0].chunk.id


def test_a_document_stands_once_with_the_score_of_its_best_chunk(small: Assistant) -> None:
    query = "chợ Bến Thượng cổng chợ sạp hàng"
    hits = small.search(query, top_k=50)
    assert [hit.chunk.span.document_id for hit in hits].count("cho") == 2
    best: dict[str, float] = {}
    for hit in hits:
        best.setdefault(hit.chunk.span.document_id, hit.score)
    assert small.search_documents(query, top_k=50) == list(best.items())
    assert small.search_documents(query, top_k=1) == list(best.items())[:1] == [("cho", max(best.values()))]


def test_more_results_than_there_are_chunks_can_be_asked_for(small: Assistant) -> None:
    assert len(small.search("mét", top_k=1000)) <= 4
    assert small.search("mét", top_k=1)[0].chunk.id == small.search("mét", top_k=1000)[0].chunk.id


# --- slips -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("quyeets ddinhj", "quyet dinh"),  # Telex keys left over
        ("quyetdinh", "quyet dinh"),  # no space
        ("quyết địnhh", "quyết dinh"),  # one letter too many; what is known stays as it was typed
        ("QĐ-UBND quyết định", "QĐ-UBND quyết định"),  # a short form is no slip
    ],
)
def test_an_unknown_word_becomes_the_one_that_it_must_be(typed: str, meant: str) -> None:
    known = {"quyet", "dinh", "quyet_dinh"}
    assert repair(typed, known.__contains__) == meant


@pytest.mark.parametrize("word", ["www", "wwww", "WWW.", "ww", "sfrxj", "w" * 12])
def test_a_word_of_telex_keys_alone_stays(word: str) -> None:
    assert repair(f"trang {word} nào", {"trang", "nao"}.__contains__) == f"trang {word} nào"


# --- hostile queries -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        "",
        " \n\t",
        "?!.,;:()«»…",
        "😀🎉",
        "你好世界 こんにちは",
        "\x00\x01\x1b[31m\u202e",
        "\ud800 nửa ký tự",
        "www.chinhphu.vn",
        "a" * 100_000,
        "cầu vàm dài bao nhiêu " * 5_000,
        "1." * 50_000,
        "a" + "\u0301" * 20_000,
        " ".join(f"zq{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}wrt{chr(97 + i // 676 % 26)}" for i in range(10_000)),
    ],
    ids=lambda query: repr(query[:12]),
)
def test_no_query_fails_or_takes_long(small: Assistant, query: str) -> None:
    began = time.process_time()
    assert len(small.search(query)) <= 4
    assert len(small.search_documents(query)) <= 3
    assert time.process_time() - began < 5


# --- TREC files ------------------------------------------------------------------------------------------------


def queries(folder: Path, *lines: str) -> Path:
    file = folder / "queries.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return file


def test_a_run_has_six_columns_between_tabs_and_ranks_from_one(tmp_path: Path) -> None:
    found: dict[str, list[tuple[str, float]]] = {"một": [("luật 1", 1.0), ("b", 0.25)], "hai": []}
    search: Callable[[str], list[tuple[str, float]]] = found.__getitem__
    assert write_run([("q 1", "một"), ("q2", "hai")], search, tmp_path / "run") == 2
    assert (tmp_path / "run").read_text(encoding="utf-8").splitlines() == [
        "q 1\tQ0\tluật 1\t1\t1.000000\tcancu",
        "q 1\tQ0\tb\t2\t0.250000\tcancu",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_queries_keep_their_ids_and_line_separators_inside_strings(tmp_path: Path) -> None:
    raw = json.dumps({"_id": 7, "text": "cầu\u2028vàm\u0085dài"}, ensure_ascii=False)
    assert read_queries(queries(tmp_path, raw, "", '{"id": "b", "text": "hai"}')) == [
        ("7", "cầu\u2028vàm\u0085dài"),
        ("b", "hai"),
    ]


@pytest.mark.parametrize(
    "line", ['{"id": "1"}', '{"id": "1", "text": null}', '{"id": "1\\t2", "text": "x"}', "[" * 100_000, "{", "3"]
)
def test_a_line_that_is_no_query_is_named(tmp_path: Path, line: str) -> None:
    with pytest.raises(InputFileError, match="dòng 2"):
        read_queries(queries(tmp_path, '{"id": "0", "text": "x"}', line))


def test_half_a_character_in_a_query_id_is_written_as_the_replacement_mark(tmp_path: Path) -> None:
    found = read_queries(queries(tmp_path, '{"id": "a\\ud800", "text": "x"}'))
    write_run(found, lambda _: [("d", 1.0)], tmp_path / "run")
    assert (tmp_path / "run").read_text(encoding="utf-8").startswith("a\ufffd\tQ0\td\t1\t")
