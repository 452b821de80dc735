"""Search: the fused score's arithmetic, its order, marks and slips in queries, TREC files, and hostile queries."""

from __future__ import annotations

import json
import math
import os
import shutil
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from assistant.answering.assistant import Assistant
from assistant.errors import InputFileError
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.reranking import Candidates
from assistant.retrieval.search import MAX_QUERY, Searcher, Stage, fuse
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.spelling import repair
from assistant.retrieval.store import Store
from assistant.retrieval.trec import read_queries, write_run
from assistant.types import Hit
from assistant.vietnamese.keystrokes import as_written, telex_written, vni_written
from assistant.vietnamese.normal import fold, nfc
from assistant.wiring import build_index, open_assistant

ROOT = Path(__file__).resolve().parents[1]

DOCUMENTS = {
    "cau": "# Cầu Vàm\n\nCầu Vàm dài 120 mét, rộng 9 mét.\n",
    "truong": "# Trường Xuân Lộc\n\nTrường Xuân Lộc có 32 phòng học.\n",
    "cho": "# Chợ Bến Thượng\n\nChợ Bến Thượng có 78 sạp hàng.\n\n# Cổng chợ\n\nCổng chợ rộng 6 mét, cao 4 mét.\n",
}


@pytest.fixture(scope="module")
def village(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an index over three short documents, the last one of two chunks."""
    folder = tmp_path_factory.mktemp("village")
    shutil.copytree(bare_workspace / "prompts", folder / "prompts")
    (folder / "corpus").mkdir()
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to(bare_workspace / "index" / "encoder", target_is_directory=True)
    for name, text in DOCUMENTS.items():
        (folder / "corpus" / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(folder)
    return folder


@pytest.fixture(scope="module")
def small(village: Path) -> Assistant:
    return open_assistant(village)


@dataclass(frozen=True)
class Fake:
    """A reranker with the scores `replies`; `asked` keeps what it was shown."""

    replies: Sequence[float]
    most: int = 2
    fingerprint: str = "fake"
    asked: list[Candidates] = field(default_factory=list)

    def scores(self, found: Candidates, snapshot: Snapshot) -> np.ndarray:
        self.asked.append(found)
        return np.asarray(self.replies[: len(found.rows)], np.float64)


def searcher(village: Path, reranker: Fake | None = None, dense_weight: float = 0.3) -> Searcher:
    store = Store(village / "index")
    encoder = load_encoder(store.encoder_folder)
    return Searcher(Snapshot(store.current()), encoder, dense_weight=dense_weight, candidates=100, reranker=reranker)


# --- fusion ----------------------------------------------------------------------------------------------------


def fused(lexical: Sequence[float], dense: Sequence[float], weight: float) -> list[float]:
    scores: list[float] = fuse(np.array(lexical), np.array(dense), dense_weight=weight).tolist()
    return scores


def test_each_score_list_is_divided_by_its_best_and_weighted() -> None:
    scores = fused([8.0, 6.0, 0.0], [0.0, 0.6, 0.8], 0.25)
    assert scores == pytest.approx([0.75 * 8 / 8, 0.75 * 6 / 8 + 0.25 * 0.6 / 0.8, 0.25 * 0.8 / 0.8])


def test_a_negative_cosine_takes_nothing_away() -> None:
    assert fused([4.0, 0.0], [-0.5, 0.5], 0.5) == pytest.approx([0.5, 0.5])
    assert fused([4.0], [-0.5], 0.5) == pytest.approx([0.5])


def test_one_list_of_zeros_leaves_the_other_with_its_weight() -> None:
    assert fused([0.0], [0.2], 0.3) == pytest.approx([0.3])
    assert fused([2.0], [0.0], 0.3) == pytest.approx([0.7])
    assert fused([], [], 0.3) == []


def test_a_hit_tells_the_parts_of_which_its_fused_score_is_made(village: Path) -> None:
    hits = searcher(village).search("cổng chợ cao mấy mét", 10, stage="fused")
    best = {name: max(hit.parts[name] for hit in hits) for name in ("lexical", "dense")}
    assert len(hits) > 1
    for hit in hits:
        dense = max(hit.parts["dense"], 0.0)
        assert hit.score == pytest.approx(0.7 * hit.parts["lexical"] / best["lexical"] + 0.3 * dense / best["dense"])


def test_each_stage_alone_is_the_fusion_with_all_weight_on_it(village: Path) -> None:
    query = "chợ rộng mấy mét"
    half, lexical, dense = (searcher(village, dense_weight=weight) for weight in (0.5, 0.0, 1.0))
    assert ids(half.search(query, 10, stage="lexical")) == ids(lexical.search(query, 10))
    assert ids(half.search(query, 10, stage="dense")) == ids(dense.search(query, 10))
    assert all(hit.parts["dense"] == 0 < hit.parts["lexical"] for hit in half.search(query, 10, stage="lexical"))
    assert all(hit.parts["dense"] > 0 for hit in half.search(query, 10, stage="dense"))


def ids(hits: Sequence[Hit]) -> list[str]:
    return [hit.chunk.id for hit in hits]


# --- reranking -------------------------------------------------------------------------------------------------

QUERY = "cổng chợ rộng mấy mét"


def test_the_head_is_in_the_order_of_the_reranker_and_the_rest_follows(village: Path) -> None:
    before = searcher(village).search(QUERY, 10)
    after = searcher(village, Fake([1.0, 3.0])).search(QUERY, 10)
    assert len(before) == 4
    assert ids(after) == [before[i].chunk.id for i in (1, 0, 2, 3)]
    assert [hit.parts["reranked"] for hit in after] == [3, 1, 1, 1]
    assert [hit.parts["fused"] for hit in after] == [before[i].score for i in (1, 0, 2, 3)]


def test_scores_fall_by_the_distance_to_the_best_and_the_rest_begins_below_the_head(village: Path) -> None:
    before = [hit.score for hit in searcher(village).search(QUERY, 10)]
    after = [hit.score for hit in searcher(village, Fake([1.0, 3.0])).search(QUERY, 10)]
    last = math.exp(0.5 * (1 - 3))
    assert after == pytest.approx([1.0, last, last * before[2] / before[0], last * before[3] / before[0]])


def test_the_reranker_is_shown_the_best_candidates_with_both_scores(village: Path) -> None:
    fake = Fake([0.0, 0.0, 0.0], most=3)
    before = searcher(village).search(QUERY, 10)
    after = searcher(village, fake).search(QUERY, 1)
    assert ids(after) == ids(before[:1])  # equal scores keep their order
    (found,) = fake.asked
    assert found.query == QUERY
    assert found.lexical.tolist() == [hit.parts["lexical"] for hit in before[:3]]
    assert found.dense.tolist() == [hit.parts["dense"] for hit in before[:3]]


def test_candidates_can_be_had_as_a_reranker_is_shown_them(village: Path) -> None:
    fake = Fake([0.0, 0.0, 0.0], most=3)
    one = searcher(village, fake)
    one.search(unicodedata.normalize("NFD", QUERY), 1)
    found, (shown,) = one.candidates(unicodedata.normalize("NFD", QUERY), 3), fake.asked
    assert found.query == shown.query == QUERY
    for name in ("rows", "lexical", "dense"):
        assert getattr(found, name).tolist() == getattr(shown, name).tolist()


def test_only_the_last_stage_is_reranked_and_nothing_is_shown_where_nothing_was_found(village: Path) -> None:
    fake = Fake([1.0, 3.0])
    one = searcher(village, fake)
    stages: tuple[Stage, ...] = ("lexical", "dense", "fused")
    for stage in stages:
        assert one.search(QUERY, 10, stage=stage)
        assert one.search_documents(QUERY, 10, stage=stage)
    assert one.search("?!", 10) == []
    assert fake.asked == []


def test_scores_of_a_reranker_that_lie_far_apart_are_no_trouble(village: Path) -> None:
    hits = searcher(village, Fake([-1e6, 1e6])).search(QUERY, 10)
    assert [hit.score for hit in hits] == [1, 0, 0, 0]


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
    ("keys", "word"),
    [
        ("dduwowcj", "được"),
        ("Duwowng", "Dương"),
        ("nuowcs", "nước"),
        ("nganhf", "ngành"),
        ("Nghij", "Nghị"),
        ("hieeuj", "hiệu"),
        ("nguwowif", "người"),
        ("quyeets", "quyết"),
        ("gif", "gì"),
        ("uyr", "ủy"),
        ("OOng", "Ông"),
        ("nuwosc", "nước"),
        ("thuyr", "thủy"),
        ("nawm", "năm"),
        ("ban", "ban"),
        ("xyz", None),
    ],
)
def test_telex_keys_are_read_as_they_write(keys: str, word: str | None) -> None:
    assert telex_written(keys) == (nfc(word) if word else None)


@pytest.mark.parametrize(
    ("keys", "word"),
    [
        ("quye6t1", "quyết"),
        ("d9u7o7c5", "được"),
        ("Du7o7ng", "Dương"),
        ("na8m", "năm"),
        ("nguo7i2", "người"),
        ("so61", "số"),
        ("x9z", None),
    ],
)
def test_vni_keys_are_read_as_they_write(keys: str, word: str | None) -> None:
    assert vni_written(keys) == (nfc(word) if word else None)


def test_a_text_of_raw_keys_is_written_out_and_any_other_left_alone() -> None:
    typed = "Thoong tuw 02/2024/TT-BLDDTBXH cos hieeuj luwcj tuwf ngayf naof?"
    assert as_written(typed) == nfc("Thông tư 02/2024/TT-BLĐTBXH có hiệu lực từ ngày nào?")
    for text in (
        "Thông tư 02/2024/TT-BLĐTBXH có hiệu lực từ ngày nào?",
        "thong tu co hieu luc tu ngay nao",
        "hoa ban o dau",
    ):
        assert as_written(text) == text


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("quyeets ddinhj", "quyết định"),  # Telex keys left over
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

# Nothing in them can be known.
EMPTY = {
    "nothing": "",
    "white space": " \n\t\u00a0\u3000",
    "punctuation": "?!.,;:()«»…-/_",
    "emoji": "😀🎉 👩‍👩‍👧 ☃️",
    "control": "\x00\x01\x1b\x7f\u202e\u200f",
    "half a character": "\ud800\udfff",
    "punctuation without end": "?!" * 50_000,
}
# There may be something in them.
LONG = {
    "stop words": "là và của các những cho với thì mà ở có không được này đó",
    "scripts": "你好世界 こんにちは Привет мир سلام עולם ខ្មែរ ไทย",
    "control within": "cầu\x00vàm \x1b[31mdài\x07 mét",
    "half within": "\ud800 cầu \udc00 vàm",
    "right to left": "\u202ecầu\u202c \u200fvàm\u200f \u2066dài\u2069",
    "zalgo": "c\u0316\u0323\u0301ầ\u0334\u0335\u0336u " + "v" + "\u0301\u0323\u0316" * 10_000 + "àm",
    "one letter with marks": "a" + "\u0301" * 20_000,
    "regular expression": r"(a+)+$ [^\w]* cầu.*?(vàm|dài){2,} \b\d+ (?P<x>.) \\1 .*",
    "query language": 'title:cầu AND "vàm" OR -dài~2^3 [1 TO 5] {!x} *:* \' OR 1=1; --',
    "address": "www.chinhphu.vn/?q=cầu&x=%00%ff",
    "long word": "a" * 100_000,
    "long number": "1." * 50_000,
    "long question": "cầu vàm dài bao nhiêu " * 5_000,
    "brackets": "(" * 50_000 + ")" * 50_000,
    "unknown words": " ".join(
        f"zq{chr(97 + i % 26)}{chr(97 + i // 26 % 26)}wrt{chr(97 + i // 676 % 26)}" for i in range(10_000)
    ),
    "document numbers": " ".join(f"{i}/2023/NĐ-CP" for i in range(8_000)),
    "days": " ".join(f"{i % 28 + 1}/{i % 12 + 1}/2023" for i in range(10_000)),
}
HOSTILE = EMPTY | LONG
# What a query holds beside its noise.
KNOWN = ("control within", "half within", "right to left", "regular expression", "query language", "long question")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", EMPTY)
def test_a_query_that_says_nothing_finds_nothing(small: Assistant, name: str) -> None:
    assert small.search(EMPTY[name]) == []
    assert small.search_documents(EMPTY[name]) == []


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", LONG)
def test_no_query_fails_or_takes_long(small: Assistant, name: str) -> None:
    hits = small.search(LONG[name])
    assert len(hits) <= 4
    assert [h.score for h in hits] == sorted((h.score for h in hits), reverse=True)
    assert all(0 <= hit.score <= 1 + 1e-9 for hit in hits)
    assert len(small.search_documents(LONG[name])) <= 3


@pytest.mark.parametrize("name", KNOWN)
def test_what_a_noisy_query_says_is_found(small: Assistant, name: str) -> None:
    assert small.search(LONG[name])[0].chunk.span.document_id == "cau"


@pytest.mark.timeout(60)
@pytest.mark.parametrize("name", HOSTILE)
def test_any_question_has_an_answer_or_an_abstention(small: Assistant, name: str) -> None:
    answer = small.ask(HOSTILE[name])
    assert answer.text
    assert answer.abstained or answer.citations
    if name in EMPTY:
        assert answer.abstained and not answer.citations


def test_of_a_long_query_only_so_much_is_read(village: Path) -> None:
    one = searcher(village)
    assert len(one.read("cầu " * 100_000)) <= MAX_QUERY
    assert one.search("cầu vàm " * 1_000 + "chợ Bến Thượng", 10) == one.search("cầu vàm " * 1_000 + "trường", 10)


def cancu(*arguments: str | bytes | Path, cwd: Path) -> subprocess.CompletedProcess[bytes]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CANCU_")}
    return subprocess.run(
        [sys.executable, "-m", "assistant", "search", *arguments],
        cwd=cwd,
        env=environment | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        timeout=120,
        check=False,
    )


def test_the_command_searches_a_file_of_hostile_queries(village: Path, tmp_path: Path) -> None:
    lines = [json.dumps({"id": f"q{i}", "text": text}) for i, text in enumerate(HOSTILE.values())]
    file = queries(tmp_path, *lines, json.dumps({"id": "last", "text": "cầu Vàm dài mấy mét"}))
    done = cancu("--queries", file, "--run", tmp_path / "run", cwd=village)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    found = [line.split("\t") for line in (tmp_path / "run").read_text(encoding="utf-8").splitlines()]
    assert ["last", "Q0", "cau", "1"] in [line[:4] for line in found]
    assert {line[0] for line in found} <= {"last", *(f"q{i}" for i in range(len(EMPTY), len(HOSTILE)))}


@pytest.mark.parametrize(
    "query",
    [b"\xff\xfe c\xe1\xba\xa7u", b"?!", "😀 cầu".encode(), b"a" * 100_000],
    ids=["no UTF-8", "punctuation", "emoji", "long"],
)
def test_the_command_takes_any_query(village: Path, query: bytes) -> None:
    done = cancu(query, cwd=village)
    assert (done.returncode, done.stderr.decode()) == (0, "")
    assert b"Traceback" not in done.stdout


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
        "q 1\tQ0\tluật 1\t1\t1\tcancu",
        "q 1\tQ0\tb\t2\t0.25\tcancu",
    ]
    assert [path.name for path in tmp_path.iterdir()] == ["run"]


def test_scores_that_are_small_and_near_each_other_stay_apart_in_a_run(tmp_path: Path) -> None:
    write_run([("q", "một")], lambda _: [("a", 1.0), ("b", 4.56789e-8), ("c", 4.56788e-8)], tmp_path / "run")
    scores = [float(line.split("\t")[4]) for line in (tmp_path / "run").read_text(encoding="utf-8").splitlines()]
    assert scores[0] > scores[1] > scores[2] > 0


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
