"""Why an answer is what it is: told of the same case that is answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from assistant.answering.assistant import Assistant
from assistant.answering.explanation import MOST, TRAITS
from assistant.cli import run
from assistant.wiring import build_index, open_assistant

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explained")
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to(ROOT / "index" / "encoder")
    (folder / "prompts").symlink_to(ROOT / "prompts")
    (folder / "corpus").mkdir()
    text = "# Cầu Vàm\n\nCầu Vàm dài 120 mét, xây xong năm 2019.\n\nCầu Vàm do xã Tân Phú quản lý.\n"
    (folder / "corpus" / "cau.md").write_text(text, encoding="utf-8")
    build_index(folder, [folder / "corpus"])
    return folder


@pytest.fixture(scope="module")
def assistant(place: Path) -> Assistant:
    return open_assistant(place)


def test_an_answer_is_explained_by_what_was_asked_and_what_stood_to_choose(assistant: Assistant) -> None:
    question = "Cầu Vàm dài bao nhiêu mét?"
    told, answer = assistant.explain(question), assistant.ask(question)
    assert (told.asked, told.reason, told.confidence) == ("number", None, answer.confidence)
    assert {"cau", "vam", "dai"} <= set(told.terms)
    chosen = [c for c in told.candidates if c.chosen]
    assert [(c.start, c.end) for c in chosen] == [(c.start, c.end) for c in answer.citations]
    assert len(told.candidates) <= MOST
    assert all(set(c.traits) == set(TRAITS) for c in told.candidates)
    assert [c.score for c in told.candidates] == sorted((c.score for c in told.candidates), reverse=True)
    assert json.loads(json.dumps(told.to_json()))["threshold"] == assistant.abstain_below


def test_an_abstention_is_explained_and_nothing_is_chosen(assistant: Assistant) -> None:
    told = assistant.explain("Giá vàng hôm nay ở Luân Đôn là bao nhiêu?")
    assert told.reason is not None
    assert not any(c.chosen for c in told.candidates)
    assert any("từ chối" in line for line in told.lines())


def test_each_part_is_explained_by_its_own_question(assistant: Assistant) -> None:
    told = assistant.explain("Cầu Vàm dài bao nhiêu mét và do ai quản lý?")
    assert told.parts[0].question == "Cầu Vàm dài bao nhiêu mét"
    assert len(told.parts) == 2


def test_the_command_shows_why(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["ask", "Cầu Vàm dài bao nhiêu mét?", "--workspace", str(place), "--explain"]
    assert run(arguments) == 0
    shown = capsys.readouterr().out
    assert "120 mét [1]" in shown
    assert "Vì sao:" in shown
    assert "Điều được hỏi: một con số" in shown
    assert run([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["explanation"]["asked"] == "number"
