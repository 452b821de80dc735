"""Asking, searching and listing some of the documents: what a scope means, and that every use is limited by it."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import gradio as gr
import numpy as np
import pytest

from assistant.chat.app import build_app
from assistant.chat.bulk_tab import answer_all
from assistant.chat.catalogue import UNKNOWN, Wanted
from assistant.chat.conversation import converse
from assistant.chat.library import found
from assistant.chat.render import reply_html
from assistant.chat.scope import renewed, scope_of
from assistant.chat.service import Service
from assistant.cli import run
from assistant.documents.scope import EVERYTHING, Facts, Scope
from assistant.documents.validity import ENDED, IN_FORCE
from assistant.documents.validity import UNKNOWN as NOT_KNOWN
from assistant.errors import UsageError
from assistant.retrieval.codes import candidates, open_codes, write_codes
from assistant.retrieval.vectors import MOST_SCORED
from assistant.wiring import build_index, open_assistant

FERRY = "Phí qua phà Cát Lái là {fee} nghìn đồng một lượt."
QUESTION = "Phí qua phà Cát Lái là bao nhiêu nghìn đồng một lượt?"
# Many decrees say what is asked, one circular and one report without head say something else.
DECREES = 30


def law(kind: str, number: str, issuer: str, year: int, fee: int) -> str:
    day = f"ngày 05 tháng 01 năm {year}"
    return (
        f"{issuer.upper()}\n\nSố: {number}\n\nHà Nội, {day}\n\n{kind.upper()}\n\nQuy định phí qua phà\n\n"
        f"Điều 1. Mức phí\n\n{FERRY.format(fee=fee)}\n\nĐiều 2. Hiệu lực\n\n{kind} này có hiệu lực từ {day}.\n"
    )


@pytest.fixture(scope="module")
def ferries(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ferries")
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to((bare_workspace / "index" / "encoder").resolve())
    corpus = folder / "corpus"
    corpus.mkdir()
    for n in range(DECREES):
        text = law("Nghị định", f"{n + 1}/2022/NĐ-CP", "Chính phủ", 2022, 10 + n)
        (corpus / f"nghi-dinh-{n}.txt").write_text(text, encoding="utf-8")
    circular = law("Thông tư", "7/2024/TT-BTC", "Bộ Tài chính", 2024, 99)
    (corpus / "thong-tu.txt").write_text(circular, encoding="utf-8")
    (corpus / "bao-cao.txt").write_text("Bài viết về phà\n\nPhà Cát Lái đông khách dịp lễ.\n", encoding="utf-8")
    build_index(folder)
    return folder


def asked(folder: Path, capsys: pytest.CaptureFixture[str], *options: str) -> dict[str, Any]:
    capsys.readouterr()
    assert run(["ask", QUESTION, "--json", "--workspace", str(folder), *options]) == 0
    return dict(json.loads(capsys.readouterr().out))


def cited(answer: dict[str, Any]) -> set[str]:
    return {c["document_id"] for c in answer["citations"]}


# --- what a scope means -------------------------------------------------------------------------------------------

TOLD = (
    Facts("Thông tư", "Bộ Tài chính", "2024-03-01", IN_FORCE),
    Facts("Thông tư liên tịch", "Bộ Tài chính, Bộ Y tế", "2022-12-31", ENDED),
    Facts("Nghị định", "Chính phủ", "2023-01-01", IN_FORCE),
    Facts("Quyết định", "Thủ tướng Chính phủ", "2023-06-30", NOT_KNOWN),
    Facts(None, None, None, NOT_KNOWN),
)


@pytest.mark.parametrize(
    ("scope", "meant"),
    [
        (Scope(), [0, 1, 2, 3, 4]),
        (Scope(kind="thong tu"), [0]),  # some document is exactly that
        (Scope(kind="liên tịch"), [1]),
        (Scope(issuer="CHÍNH PHỦ"), [2]),
        (Scope(issuer="thủ tướng"), [3]),
        (Scope(issuer="y te"), [1]),
        (Scope(issuer="chính"), [0, 1, 2, 3]),
        (Scope(issuer="tài"), [0, 1]),
        (Scope(issuer="phu tho"), []),
        (Scope(kind="không rõ"), [4]),
        (Scope(state="con hieu luc"), [0, 2]),
        (Scope(state="không rõ"), [3, 4]),
        (Scope(since="2023"), [0, 2, 3]),
        (Scope(until="2022"), [1]),
        (Scope(since="2023-01-02", until="2023-06-30"), [3]),
        (Scope(since="02/01/2023", until="30-06-2023"), [3]),
        (Scope(since="2023-1-2", until="6.2023"), [3]),
        (Scope(since="2023", until="2023"), [2, 3]),
        (Scope(undated=True), [4]),
        (Scope(kind="thông tư", since="2025"), []),
    ],
)
def test_a_scope_means_these_documents(scope: Scope, meant: list[int]) -> None:
    assert [place for place, is_meant in enumerate(scope.allows(TOLD)) if is_meant] == meant


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (
            {"since": "hôm qua"},
            r"--from cần một ngày \(01/07/2026 hoặc 2026-07-01\), một tháng \(07/2026\) hoặc một năm \(2026\), "
            "nhận được «hôm qua»",
        ),
        ({"since": "31/02/2026"}, "--from cần một ngày"),
        ({"since": "00/2026"}, "--from cần một ngày"),
        ({"since": "2026-07-02", "until": "01/07/2026"}, "--from 2026-07-02 là sau --to 01/07/2026 nên không ngày nào"),
        ({"since": "2027", "until": "12/2026"}, "--from 2027 là sau --to 12/2026"),
        ({"until": "2024-13-01"}, "--to cần một ngày"),
        ({"state": "còn"}, "Không có trạng thái hiệu lực «còn». Hãy chọn một trong: còn hiệu lực, "),
    ],
)
def test_what_no_scope_can_be_is_refused(wrong: dict[str, str], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Scope(**wrong)  # type: ignore[arg-type]


def test_a_scope_says_what_it_is() -> None:
    scope = Scope("Thông tư", "Bộ Y tế", "còn hiệu lực", "2024", "2026-07-01")
    assert scope.shown == (
        "loại «Thông tư»; cơ quan ban hành «Bộ Y tế»; hiệu lực «còn hiệu lực»; ban hành từ năm 2024 đến hết 01/07/2026"
    )
    assert bool(scope) and not EVERYTHING
    assert Scope(since="2026-08", until="01/09/2026").shown == "ban hành từ tháng 08/2026 đến hết 01/09/2026"


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("01/08/2026", "2026-08-01", "2026-08-01"),
        ("2026-08", "2026-08-01", "2026-08-31"),
        ("2/2028", "2028-02-01", "2028-02-29"),
        ("2026", "2026-01-01", "2026-12-31"),
    ],
)
def test_a_month_or_a_year_begins_with_its_first_day_and_ends_with_its_last(text: str, first: str, last: str) -> None:
    year = int(first[:4])
    days = [first, last, f"{year - 1}-12-31", f"{year + 1}-01-01"]
    told = [Facts(None, None, day, NOT_KNOWN) for day in days]
    assert Scope(since=text, until=text).allows(told) == [True, True, False, False]


@pytest.mark.parametrize(
    ("wanted", "name"),
    [
        ("ubnd xã bình an", "Ủy ban nhân dân xã Bình An"),
        ("Ủy ban nhân dân xã Bình An", "UBND xã Bình An"),
        ("HĐND TP Thủ Đức", "Hội đồng nhân dân thành phố Thủ Đức"),
        ("sở kh&cn", "Sở Khoa học và Công nghệ tỉnh Bình An"),
    ],
)
def test_short_forms_of_an_issuer_mean_the_same_as_written_out(wanted: str, name: str) -> None:
    told = [Facts(None, issuer, None, NOT_KNOWN) for issuer in (name, "Ủy ban nhân dân xã Bình Hòa", None)]
    assert Scope(issuer=wanted).allows(told) == [True, False, False]


# --- commands -----------------------------------------------------------------------------------------------------


def test_ask_answers_from_the_scope_alone(ferries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    everything = asked(ferries, capsys)
    assert "thong-tu" not in cited(everything) and "scope" not in everything["fingerprints"]
    for options in (
        ("--kind", "thông tư"), ("--issuer", "tài chính"), ("--from", "2023"), ("--from", "2024-01-05", "--to", "2024"),
    ):  # fmt: skip
        answer = asked(ferries, capsys, *options)
        assert cited(answer) == {"thong-tu"} and "99 nghìn đồng" in answer["answer"]
    assert (
        cited(asked(ferries, capsys, "--state", "còn hiệu lực", "--as-of", "2023-01-01", "--kind", "thông tư")) == set()
    )
    assert run(["ask", QUESTION, "--workspace", str(ferries), "--kind", "thông tư"]) == 0
    assert "Phạm vi: loại «thông tư»\n" in capsys.readouterr().out


def test_a_scope_without_documents_is_said_politely(ferries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(ferries, capsys, "--kind", "luật", "--from", "2026")
    assert (answer["abstained"], answer["reason"]) == (True, "empty_scope")
    assert answer["answer"] == (
        "Kho không có văn bản nào thuộc phạm vi đã chọn (loại «luật»; ban hành từ năm 2026). "
        "Bạn hãy chọn phạm vi rộng hơn."
    )
    assert run(["ask", QUESTION, "--workspace", str(ferries), "--state", "đã hết"]) == 2
    assert "Không có trạng thái hiệu lực" in capsys.readouterr().err


def test_an_abstention_says_that_only_the_scope_was_searched(ferries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = asked(ferries, capsys, "--kind", "không rõ")
    assert answer["abstained"] and answer["reason"] != "empty_scope"
    assert answer["answer"].endswith("Trợ lý chỉ tìm trong phạm vi đã chọn: loại «không rõ».")
    assert {c["document_id"] for c in answer["related"]} <= {"bao-cao"}


def test_what_is_found_fills_up_from_the_scope(ferries: Path) -> None:
    """Thirty decrees say it as well: filtered after the search nothing of the circular would be left."""
    assistant = open_assistant(ferries, candidates=5)
    assert "thong-tu" not in {h.chunk.span.document_id for h in assistant.search(QUESTION, top_k=5)}
    within = assistant.within(Scope(kind="thông tư"))
    assert {h.chunk.span.document_id for h in within.search(QUESTION, top_k=5)} == {"thong-tu"}
    assert [found_id for found_id, _ in within.search_documents(QUESTION, top_k=3)] == ["thong-tu"]
    decrees = assistant.within(Scope(kind="nghị định"))
    assert len(decrees.search(QUESTION, top_k=20)) == 20
    assert len(decrees.search_documents(QUESTION, top_k=100)) == DECREES
    nested = decrees.within(Scope(kind="thông tư"))
    assert nested.search(QUESTION) == [] and nested.documents() == []


def test_search_and_bulk_take_the_same_options(
    ferries: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["search", QUESTION, "--workspace", str(ferries), "--kind", "thông tư"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines and all(" thong-tu#" in line for line in lines)
    queries, ranked = tmp_path / "q.jsonl", tmp_path / "run"
    queries.write_text(json.dumps({"id": "1", "text": QUESTION}), encoding="utf-8")
    options = ["--workspace", str(ferries), "--issuer", "bộ tài chính"]
    assert run(["search", "--queries", str(queries), "--run", str(ranked), *options]) == 0
    assert [line.split("\t")[2] for line in ranked.read_text(encoding="utf-8").splitlines()] == ["thong-tu"]
    rows, out = tmp_path / "in.csv", tmp_path / "out.jsonl"
    rows.write_text(f"câu hỏi\n{QUESTION}\n", encoding="utf-8")
    assert run(["answer", str(rows), "--out", str(out), *options]) == 0
    answer = json.loads(out.read_text(encoding="utf-8"))
    assert cited(answer) == {"thong-tu"}
    assert answer["fingerprints"]["scope"] == "cơ quan ban hành «bộ tài chính»"


def test_the_list_has_the_same_rule(ferries: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["documents", "--json", "--workspace", str(ferries), "--kind", "thông tư"]) == 0
    assert [row["id"] for row in json.loads(capsys.readouterr().out)] == ["thong-tu"]
    assert run(["documents", "--workspace", str(ferries), "--issuer", "ubnd xã bình an"]) == 0
    assert capsys.readouterr().out == (
        "Kho không có văn bản nào thuộc phạm vi cơ quan ban hành «ubnd xã bình an». Hãy chọn phạm vi rộng hơn.\n"
    )


# --- vectors ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["flat", "ivf"])
def test_codes_find_only_allowed_rows(kind: Any, tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    rows = rng.standard_normal((3_000, 16)).astype(np.float16)
    write_codes(rows, tmp_path / "codes", kind)
    index = open_codes(tmp_path / "codes")
    allowed = np.sort(rng.choice(len(rows), 600, replace=False))
    for vector in rng.standard_normal((20, 16)).astype(np.float32):
        found = candidates(index, vector, 50, allowed)
        assert len(found) == 50 and set(found.tolist()) <= set(allowed.tolist())
        best = set(allowed[np.argsort(-(rows[allowed].astype(np.float32) @ vector))[:10]].tolist())
        assert len(best & set(found.tolist())) >= (10 if kind == "flat" else 4)
        assert not set(candidates(index, vector, 50).tolist()) <= set(allowed.tolist())
    assert MOST_SCORED > 0


def test_many_allowed_rows_are_found_by_codes(ferries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    within = open_assistant(ferries, candidates=5).within(Scope(kind="nghị định"))
    before = within.search(QUESTION, top_k=5)
    monkeypatch.setattr("assistant.retrieval.vectors.MOST_SCORED", 0)
    monkeypatch.setattr("assistant.retrieval.vectors._SPARE", 0)
    assert [h.chunk.id for h in within.search(QUESTION, top_k=5)] == [h.chunk.id for h in before]


# --- the page -----------------------------------------------------------------------------------------------------


def test_the_boxes_of_the_page_are_a_scope() -> None:
    assert not scope_of("", None, "", "", "")
    assert scope_of("Thông tư", "", "Còn hiệu lực", "2024", "2022") == Scope(
        "Thông tư", "", "Còn hiệu lực", "2022", "2024"
    )


def test_what_can_be_chosen_is_what_the_documents_tell(ferries: Path) -> None:
    boxes = renewed(Service(open_assistant(ferries)), ("Thông tư", "Bộ Y tế", "", "2024", ""))
    assert [[value for _, value in box.choices] for box in boxes] == [
        ["", "Nghị định", "Thông tư", UNKNOWN],
        ["", "BỘ TÀI CHÍNH", "CHÍNH PHỦ", UNKNOWN],
        ["", "Còn hiệu lực", UNKNOWN],
        ["", "2024", "2022"],
        ["", "2024", "2022"],
    ]
    assert [box.value for box in boxes] == ["Thông tư", "", "", "2024", ""]


def test_the_chat_asks_within_the_scope_and_says_so(ferries: Path) -> None:
    *_, last = converse(open_assistant(ferries), (), QUESTION, Scope(kind="Thông tư"))
    assert last.answer is not None and last.explanation is not None
    assert {c.document_id for c in last.answer.citations} == {"thong-tu"}
    assert "Phạm vi&#58; loại «Thông tư»" in reply_html(last, 0)
    assert {c.document_id for c in last.explanation.candidates} == {"thong-tu"}
    *_, nothing = converse(open_assistant(ferries), (), QUESTION, Scope(kind="Luật"))
    assert "Chưa trả lời được" in reply_html(nothing, 0) and "Kho không có văn bản nào" in reply_html(nothing, 0)


def test_the_questions_of_the_page_carry_its_boxes(ferries: Path) -> None:
    with build_app(open_assistant(ferries)) as app:
        labels = {block.label for block in app.blocks.values() if isinstance(block, gr.Dropdown)}
    assert {"Loại văn bản", "Cơ quan ban hành", "Ban hành từ năm", "Ban hành đến năm"} <= labels
    asking = [f for f in app.fns.values() if f.name in ("submitted", "example_chosen", "retried")]
    assert len(asking) == 3
    for function in asking:
        assert sum(isinstance(block, gr.Dropdown) for block in function.inputs) == 5


def test_a_file_on_the_page_is_answered_within_the_scope(ferries: Path, tmp_path: Path) -> None:
    file = tmp_path / "hoi.csv"
    file.write_text(f"câu hỏi\n{QUESTION}\n", encoding="utf-8")
    *_, last = answer_all(open_assistant(ferries), file, None, threading.Event(), Scope(kind="Thông tư"))
    assert "99 nghìn đồng" in last[-1]


def test_passages_on_the_page_of_documents_fill_up_from_the_choice(ferries: Path) -> None:
    listed, passages = found(Service(open_assistant(ferries)), Wanted("phà Cát Lái", kind="Thông tư"))
    assert passages.count("<li>") == 1 and 'data-document="thong-tu"' in passages
    assert "Không có văn bản nào" in listed  # none is called so
