"""The command contract, with real processes: exit codes, messages, and the exact shape of what programs read."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

import assistant

PROGRAM = Path(assistant.__file__).parents[1]
AREA = "Khu công nghệ thông tin tập trung Bình Dương rộng bao nhiêu?"
OFF_TOPIC = "Giá vé tàu cao tốc từ Hà Nội đi Lào Cai năm 2019 là bao nhiêu?"
ANSWER_KEYS = {
    "id", "question", "answer", "abstained", "reason", "confidence", "engine", "seconds", "fingerprints", "citations",
}  # fmt: skip
CITATION_KEYS = {"number", "document_id", "title", "path", "page", "headings", "start", "end", "quote"}
DOCUMENT_KEYS = {"id", "title", "path", "number", "issuer", "issued", "state", "pages", "chunks"}
SECTION_KEYS = {"label", "title", "start", "end", "page", "parent"}
# Words that only a library's own English message has.
ENGLISH = re.compile(r"\b(?:Invalid|Input should|Extra inputs|No such|Missing|Error|Traceback|must be|not)\b")


@dataclass(frozen=True)
class Ran:
    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)


def environment(**more: str) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("CANCU_")}
    return clean | {"PYTHONPATH": str(PROGRAM)} | more


def python(*arguments: str, cwd: Path, **env: str) -> Ran:
    done = subprocess.run(
        [sys.executable, *arguments], cwd=cwd, env=environment(**env), capture_output=True, timeout=120, check=False
    )
    return Ran(done.returncode, done.stdout.decode("utf-8"), done.stderr.decode("utf-8"))


def cancu(*arguments: str | Path, cwd: Path, **env: str) -> Ran:
    return python("-m", "assistant", *map(str, arguments), cwd=cwd, **env)


def refused(ran: Ran, exit_code: int, code: str) -> str:
    """The message of a command that failed as it should: on standard error alone, in Vietnamese."""
    assert (ran.code, ran.out) == (exit_code, "")
    head = re.match(r"Lỗi \[([a-z_]+)\]: (.+)", ran.err, re.DOTALL)
    assert head is not None, ran.err
    assert head.group(1) == code
    assert not ENGLISH.search(head.group(2)), ran.err
    return head.group(2)


def texts_shown(cwd: Path, identifiers: set[str]) -> dict[str, str]:
    return {identifier: cancu("show", identifier, cwd=cwd).out for identifier in identifiers}


# --- wrong usage is 2 ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["tim-kiem"], "tim-kiem"),
        (["ask"], "question"),
        (["ask", "Ai?", "--nhanh"], "--nhanh"),
        (["ask", "Ai?", "--set", "top_k"], "top_k"),
        (["search", "Ai", "--top", "0"], "--top"),
        (["chat", "--port", "cổng"], "--port"),
        (["search", "Ai", "--top"], "--top"),
        (["ask", "Ai", "là", "ai"], "ngoặc kép"),
        (["search"], "--queries"),
        (["search", "--queries", "q.jsonl"], "--run"),
    ],
)
def test_wrong_usage_exits_with_2_and_names_what_is_wrong(arguments: list[str], named: str, tmp_path: Path) -> None:
    message = refused(cancu(*arguments, cwd=tmp_path), 2, "usage")
    assert named in message
    assert "cancu" in message or "--set" in message


@pytest.mark.parametrize("setting", ["top_k=nhiều", "top_k=0", "dense_weight=1.5", "khong_co=1"])
def test_a_setting_that_cannot_be_used_exits_with_2(setting: str, workspace: Path) -> None:
    message = refused(cancu("ask", AREA, "--set", setting, cwd=workspace), 2, "settings")
    assert setting.split("=")[0] in message


def test_a_setting_in_the_environment_is_checked_like_a_flag(workspace: Path) -> None:
    assert "top_k" in refused(cancu("ask", AREA, cwd=workspace, CANCU_TOP_K="0"), 2, "settings")
    assert cancu("ask", AREA, "--set", "top_k=3", cwd=workspace, CANCU_TOP_K="0").code == 0


def test_no_arguments_show_the_commands(tmp_path: Path) -> None:
    ran = cancu(cwd=tmp_path)
    assert ran.code == 2
    for command in ("index", "ask", "search", "answer", "evaluate", "documents", "show", "chat", "init"):
        assert f"  {command} " in ran.err


def test_a_queries_file_that_is_none_names_its_line(workspace: Path, tmp_path: Path) -> None:
    queries = tmp_path / "queries.jsonl"
    queries.write_text('{"id": "1", "text": "cầu"}\n{"id": "2"}\n', encoding="utf-8")
    run = tmp_path / "out.run"
    message = refused(cancu("search", "--queries", queries, "--run", run, cwd=workspace), 2, "input_file")
    assert "dòng 2" in message
    assert not run.exists()


# --- failure is 1 ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "arguments", [["ask", AREA], ["search", "cầu"], ["documents"], ["show", "cau"], ["chat"], ["evaluate"]]
)
def test_without_an_index_every_command_says_how_to_make_one(arguments: list[str], bare_workspace: Path) -> None:
    assert "cancu index" in refused(cancu(*arguments, cwd=bare_workspace), 1, "index_missing")


def test_an_unknown_document_exits_with_1_and_names_the_list(workspace: Path) -> None:
    for more in ([], ["--json"]):
        message = refused(cancu("show", "khong-co", *more, cwd=workspace), 1, "unknown_document")
        assert "khong-co" in message
        assert "cancu documents" in message


def test_an_index_of_nothing_exits_with_1_and_keeps_the_old_one(workspace: Path, tmp_path: Path) -> None:
    (tmp_path / "rong").mkdir()
    message = refused(cancu("index", tmp_path / "rong", cwd=workspace), 1, "corpus")
    assert "cancu index" in message
    assert cancu("ask", AREA, cwd=workspace).code == 0


# --- index -----------------------------------------------------------------------------------------------------


def test_index_tells_added_changed_removed_and_failed_files(new_workspace: Path) -> None:
    corpus = new_workspace / "corpus"
    for name in ("mot", "hai", "ba"):
        (corpus / f"{name}.txt").write_text(f"Nhà số {name} cao 12 mét.", encoding="utf-8")
    assert cancu("index", cwd=new_workspace).code == 0
    (corpus / "hai.txt").write_text("Nhà số hai cao 15 mét.", encoding="utf-8")
    (corpus / "ba.txt").unlink()
    (corpus / "bon.txt").write_text("Nhà số bốn cao 9 mét.", encoding="utf-8")
    (corpus / "hong.pdf").write_bytes(b"%PDF-1.4 and nothing after it")
    ran = cancu("index", "--json", cwd=new_workspace)
    report = ran.json
    assert ran.code == 0
    changes = {key: report[key] for key in ("added", "changed", "unchanged", "removed")}
    assert changes == {"added": ["bon"], "changed": ["hai"], "unchanged": ["mot"], "removed": ["ba"]}
    assert [failure["path"] for failure in report["failed"]] == ["corpus/hong.pdf"]
    assert (report["documents"], report["chunks"], report["embedded"]) == (3, 3, 2)
    told = cancu("index", cwd=new_workspace)
    assert "thêm 0, sửa 0, không đổi 3, bỏ 0, lỗi 1" in told.out
    assert re.search(r"! corpus/hong\.pdf \[[a-z_]+\]: \S", told.out)


def test_an_index_is_of_exactly_the_paths_named(new_workspace: Path) -> None:
    corpus = new_workspace / "corpus"
    for name in ("mot", "hai"):
        (corpus / f"{name}.txt").write_text(f"Nhà số {name} cao 12 mét.", encoding="utf-8")
    assert cancu("index", "corpus/hai.txt", cwd=new_workspace).code == 0
    assert [row["id"] for row in cancu("documents", "--json", cwd=new_workspace).json] == ["hai"]


def test_the_five_policy_documents_answer_how_large_the_park_is(shared: Path, new_workspace: Path) -> None:
    report = cancu("index", shared / "corpus" / "policy", "--json", cwd=new_workspace).json
    assert (report["documents"], report["failed"]) == (5, [])
    answer = cancu("ask", AREA, "--json", cwd=new_workspace).json
    assert "15,47" in answer["answer"]
    assert "220" in answer["answer"]
    quotes = {citation["number"]: citation["quote"] for citation in answer["citations"]}
    assert all(any(figure in quote for quote in quotes.values()) for figure in ("15,47", "220"))
    assert_citations_are_copies([answer], new_workspace)
    spoken = cancu("ask", AREA, cwd=new_workspace).out
    assert "15,47" in spoken
    assert all(citation["title"] in spoken.partition("Căn cứ:")[2] for citation in answer["citations"])


def test_the_gazette_is_read_to_the_last_file(shared: Path, new_workspace: Path) -> None:
    report = cancu("index", shared / "corpus" / "gazette", "--json", cwd=new_workspace).json
    assert (report["documents"], len(report["added"]), report["failed"]) == (14, 14, [])
    rows = cancu("documents", "--json", cwd=new_workspace).json
    assert all(row["pages"] >= 2 and row["chunks"] >= row["pages"] / 2 for row in rows)
    answer = cancu("ask", "Nghị định 131/2026/NĐ-CP quy định về việc gì?", "--json", cwd=new_workspace).json
    assert not answer["abstained"]
    assert all(citation["page"] >= 1 for citation in answer["citations"])
    assert_citations_are_copies([answer], new_workspace)


# --- ask -------------------------------------------------------------------------------------------------------


def assert_citations_are_copies(answers: list[dict[str, Any]], workspace: Path) -> int:
    """Every citation against what `cancu show` prints; gives how many there were."""
    cited = [citation for answer in answers for citation in answer["citations"] + answer.get("related", [])]
    texts = texts_shown(workspace, {citation["document_id"] for citation in cited})
    for citation in cited:
        assert citation["quote"] == texts[citation["document_id"]][citation["start"] : citation["end"]] != ""
    return len(cited)


def test_an_answer_object_has_the_keys_of_the_contract(workspace: Path) -> None:
    ran = cancu("ask", AREA, "--json", cwd=workspace)
    answer = ran.json
    assert (ran.code, ran.err) == (0, "")
    assert set(answer) >= ANSWER_KEYS
    assert answer["question"] == AREA
    assert (answer["abstained"], answer["engine"], answer["reason"]) == (False, "extractive", None)
    assert set(answer["fingerprints"]) >= {"corpus", "index", "encoder", "settings"}
    assert 0 < answer["confidence"] <= 1
    assert answer["citations"]
    assert all(set(citation) >= CITATION_KEYS for citation in answer["citations"])
    numbers = [citation["number"] for citation in answer["citations"]]
    assert numbers == list(range(1, len(numbers) + 1))
    assert {int(n) for n in re.findall(r"\[(\d+)\]", answer["answer"])} == set(numbers)
    assert "15,47" in answer["answer"]


def test_an_abstention_is_an_answer_and_exits_with_0(workspace: Path) -> None:
    ran = cancu("ask", OFF_TOPIC, "--json", cwd=workspace)
    assert ran.code == 0
    assert (ran.json["abstained"], ran.json["citations"]) == (True, [])
    assert ran.json["reason"]
    assert not re.search(r"\[\d+\]", ran.json["answer"])
    spoken = cancu("ask", OFF_TOPIC, cwd=workspace)
    assert spoken.code == 0
    assert spoken.out.startswith(ran.json["answer"])
    assert "Căn cứ:" not in spoken.out


def test_a_question_without_marks_gets_the_answer_of_the_accented_one(workspace: Path) -> None:
    plain = cancu("ask", "khu cong nghe thong tin tap trung binh duong rong bao nhieu", "--json", cwd=workspace).json
    assert "15,47" in plain["answer"]


def test_an_answer_is_utf_8_whatever_the_terminal_says(workspace: Path) -> None:
    ran = cancu("ask", AREA, cwd=workspace, LC_ALL="C", LANG="C", PYTHONUTF8="0", PYTHONIOENCODING="ascii")
    assert ran.code == 0
    assert "15,47" in ran.out
    assert "Căn cứ:" in ran.out


def test_a_question_with_broken_bytes_is_answered_all_the_same(workspace: Path) -> None:
    ran = cancu("ask", AREA + " \udcff", "--json", cwd=workspace)
    assert (ran.code, ran.err) == (0, "")
    assert "15,47" in ran.json["answer"]


def test_the_workspace_can_lie_anywhere(workspace: Path, tmp_path: Path) -> None:
    ran = cancu("ask", AREA, "--json", "--workspace", workspace, cwd=tmp_path)
    assert "15,47" in ran.json["answer"]


# --- answer ----------------------------------------------------------------------------------------------------


def test_a_file_of_questions_is_answered_line_by_line_with_exact_citations(
    workspace: Path, root: Path, tmp_path: Path
) -> None:
    gold = (root / "eval" / "questions.jsonl").read_text(encoding="utf-8").splitlines()[::6]
    rows = [{"ma": number, "question": json.loads(line)["question"]} for number, line in enumerate(gold, start=1)]
    source, out = tmp_path / "hoi.jsonl", tmp_path / "dap.jsonl"
    source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    assert cancu("answer", source, "--out", out, cwd=workspace).code == 0
    answers = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [answer["ma"] for answer in answers] == [row["ma"] for row in rows]
    assert all(set(answer) >= ANSWER_KEYS for answer in answers)
    assert assert_citations_are_copies(answers, workspace) > len(rows) / 2
    asked = cancu("ask", str(rows[0]["question"]), "--json", cwd=workspace).json
    assert asked["citations"] == answers[0]["citations"]
    assert asked["answer"] == answers[0]["answer"]


def test_answering_into_an_existing_file_is_refused(workspace: Path, tmp_path: Path) -> None:
    source, out = tmp_path / "hoi.csv", tmp_path / "dap.csv"
    source.write_text(f"câu hỏi\n{AREA}\n", encoding="utf-8")
    out.write_text("của tôi\n", encoding="utf-8")
    refused(cancu("answer", source, "--out", out, cwd=workspace), 2, "output_exists")
    assert out.read_text(encoding="utf-8") == "của tôi\n"
    refused(cancu("answer", tmp_path / "khong-co.csv", "--out", tmp_path / "x.csv", cwd=workspace), 2, "input_file")


# --- search ----------------------------------------------------------------------------------------------------


def test_a_run_is_tab_separated_and_ids_may_hold_spaces(new_workspace: Path, tmp_path: Path) -> None:
    bodies = {
        "Điều 5 luật A": "Cầu Vàm dài 120 mét. Cầu Vàm bắc qua sông Cái.",
        "Điều 6 luật A": "Trường Xuân Lộc có 32 phòng học.",
        "d-7": "Chợ Bến Thượng cách cầu Vàm 2 km, có 78 sạp hàng.",
    }
    documents = tmp_path / "van-ban.jsonl"
    _write_lines(documents, [{"id": i, "title": "", "text": text} for i, text in bodies.items()])
    queries, run = tmp_path / "queries.jsonl", tmp_path / "out.run"
    _write_lines(queries, [{"id": "câu 1", "text": "cầu Vàm dài"}, {"id": "q2", "text": "Bến Thượng sạp hàng"}])
    assert cancu("index", documents, cwd=new_workspace).code == 0
    assert cancu("search", "--queries", queries, "--top", 100, "--run", run, cwd=new_workspace).code == 0
    rows = [line.split("\t") for line in run.read_text(encoding="utf-8").splitlines()]
    assert {(len(row), row[1]) for row in rows} == {(6, "Q0")}
    assert len({row[5] for row in rows}) == 1
    by_query = {name: [row for row in rows if row[0] == name] for name in ("câu 1", "q2")}
    assert sum(map(len, by_query.values())) == len(rows)
    assert (by_query["câu 1"][0][2], by_query["q2"][0][2]) == ("Điều 5 luật A", "d-7")
    for ranked in by_query.values():
        assert [row[3] for row in ranked] == [str(rank) for rank in range(1, len(ranked) + 1)]
        scores = [float(row[4]) for row in ranked]
        assert scores == sorted(scores, reverse=True)
        assert len({row[2] for row in ranked}) == len(ranked)
        assert {row[2] for row in ranked} <= set(bodies)
    assert cancu("search", "--queries", queries, "--top", 1, "--run", run, cwd=new_workspace).code == 0
    assert len(run.read_text(encoding="utf-8").splitlines()) == 2


def _write_lines(file: Path, rows: list[dict[str, str]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")


# --- documents and show ----------------------------------------------------------------------------------------


def test_documents_lists_the_corpus_with_the_keys_of_the_contract(workspace: Path) -> None:
    rows = cancu("documents", "--json", cwd=workspace).json
    assert {row["id"] for row in rows} == {path.stem for path in (workspace / "corpus").glob("*.md")} - {"README"}
    assert all(set(row) >= DOCUMENT_KEYS for row in rows)
    assert all((workspace / row["path"]).is_file() and row["chunks"] > 0 and row["pages"] is None for row in rows)
    spoken = cancu("documents", cwd=workspace).out
    assert all(row["id"] in spoken and row["title"] in spoken for row in rows)


def test_show_prints_the_text_that_offsets_count_in_and_nothing_else(workspace: Path) -> None:
    identifier = "quyet-tam-xay-dung-khu-cntt-tap-trung"
    text = cancu("show", identifier, cwd=workspace).out
    source = (workspace / "corpus" / f"{identifier}.md").read_text(encoding="utf-8")
    assert re.sub(r"\s", "", text) in re.sub(r"\s", "", source)
    assert not text.startswith("---")
    shown = cancu("show", identifier, "--json", cwd=workspace).json
    assert set(shown) >= DOCUMENT_KEYS
    assert shown["sections"]
    for section in shown["sections"]:
        assert set(section) == SECTION_KEYS
        heading = text[section["start"] : section["end"]].split("\n", 1)[0]
        assert section["title"] in heading
        assert section["parent"] is None or 0 <= section["parent"] < len(shown["sections"])


def test_sections_of_a_law_are_articles_inside_chapters(new_workspace: Path) -> None:
    law = "Chương I\nQUY ĐỊNH CHUNG\nĐiều 1. Phạm vi\nQuy định về cầu.\nĐiều 2. Đối tượng\nMọi người đi qua cầu.\n"
    (new_workspace / "corpus" / "luat.txt").write_text(law, encoding="utf-8")
    assert cancu("index", cwd=new_workspace).code == 0
    sections = cancu("show", "luat", "--json", cwd=new_workspace).json["sections"]
    places = [(s["label"], s["parent"], s["page"]) for s in sections]
    assert places == [("Chương I", None, None), ("Điều 1", 0, None), ("Điều 2", 0, None)]


def test_a_reader_that_goes_away_gets_no_traceback(workspace: Path) -> None:
    command = [sys.executable, "-m", "assistant", "show", "thanh-pho-thong-minh-khcn-dmst"]
    with subprocess.Popen(
        command, cwd=workspace, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert b"Traceback" not in process.stderr.read()
        assert process.wait(timeout=60) == 1


# --- init ------------------------------------------------------------------------------------------------------


def test_a_new_workspace_is_indexed_and_asked(tmp_path: Path) -> None:
    made = cancu("init", "moi", cwd=tmp_path)
    assert made.code == 0
    assert "cancu index" in made.out
    folder = tmp_path / "moi"
    assert cancu("index", cwd=folder).code == 0
    assert "15,47" in cancu("ask", AREA, "--json", cwd=folder).json["answer"]
    (folder / "cancu.toml").write_text("top_k = 0\n", encoding="utf-8")
    assert "top_k" in refused(cancu("ask", AREA, cwd=folder), 2, "settings")


def test_a_folder_with_something_in_it_is_no_place_for_a_workspace(tmp_path: Path) -> None:
    (tmp_path / "viec").mkdir()
    (tmp_path / "viec" / "cua-toi.txt").write_text("giữ lại", encoding="utf-8")
    assert "viec" in refused(cancu("init", "viec", cwd=tmp_path), 2, "usage")
    assert [path.name for path in (tmp_path / "viec").iterdir()] == ["cua-toi.txt"]


# --- what is imported ------------------------------------------------------------------------------------------

LOADED = """
import sys
from assistant.cli import run
code = run(sys.argv[1:]) if len(sys.argv) > 1 else 0
print("\\nloaded:", *sorted({name.split(".")[0] for name in sys.modules}))
sys.exit(code)
"""
HEAVY = {"torch", "sentence_transformers", "transformers", "langchain", "langchain_core", "langchain_openai", "gradio"}


def loaded(*arguments: str, cwd: Path) -> set[str]:
    ran = python("-c", LOADED, *arguments, cwd=cwd)
    assert ran.code == 0, ran.err
    return set(ran.out.rpartition("loaded:")[2].split())


def test_the_commands_are_listed_without_anything_heavy(tmp_path: Path) -> None:
    for arguments in ([], ["--help"], ["ask", "--help"]):
        names = loaded(*arguments, cwd=tmp_path)
        assert {"typer", "assistant"} <= names
        assert not names & (HEAVY | {"numpy", "faiss", "bm25s", "pydantic_settings", "openpyxl", "pypdfium2", "rich"})


def test_asking_with_the_own_encoder_loads_no_torch(workspace: Path) -> None:
    names = loaded("ask", AREA, cwd=workspace)
    assert {"numpy", "faiss"} <= names
    assert not names & (HEAVY | {"openpyxl", "ir_measures"})


def test_indexing_with_the_own_encoder_loads_no_torch(bare_workspace: Path, tmp_path: Path) -> None:
    shutil.copytree(bare_workspace, tmp_path / "w", symlinks=True)
    assert not loaded("index", cwd=tmp_path / "w") & HEAVY
