"""Evidence from documents that are not ours: fingerprints of its letters, and the tool that makes them."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from evaluating import asked, write_set

from assistant import sealing
from assistant.errors import EvaluationError, UnknownDocument
from assistant.evaluation.places import fingerprint, fingerprint_places, is_fingerprint
from assistant.evaluation.questions import load_questions, read_lines
from assistant.types import Document
from assistant.wiring import build_index, open_assistant

TEXT = (
    "Điều 1. Phạm vi\n\nThông tư này quy định mức thu 15,47 đồng/m² đối với đất ở.\n\nĐiều 2. Hiệu lực: từ 01/7/2026."
)
SYLLABLES = "quy định mức thu phí tại các cơ sở đào tạo nghề nghiệp và đất đai công trình nước sạch".split()


def text_at(text: str, quote: str) -> list[str]:
    return [text[start:end] for start, end in fingerprint_places(text, fingerprint(quote))]


# --- fingerprints ---


def test_a_fingerprint_counts_the_letters_and_digits_and_holds_none_of_them() -> None:
    mark = fingerprint("mức thu 15,47 đồng/m²")
    assert is_fingerprint(mark)
    assert mark.startswith(f"{len('mucthu1547dongm²')}-")
    assert mark == fingerprint("  MUC THU (15.47) Dong / M² ")
    assert mark != fingerprint("mức thu 15,48 đồng/m²")
    assert fingerprint("«… – »") == ""


def test_a_quotation_is_found_whatever_sentence_line_or_page_it_reaches_over() -> None:
    assert text_at(TEXT, "mức thu 15,47 đồng/m²") == ["mức thu 15,47 đồng/m²"]
    assert text_at(TEXT, "đối với đất ở. Điều 2. Hiệu lực") == ["đối với đất ở.\n\nĐiều 2. Hiệu lực"]
    assert text_at(TEXT, TEXT) == [TEXT.removesuffix(".")]


def test_a_place_begins_where_a_word_does_and_every_place_counts() -> None:
    assert text_at("hạn mức, mức hạn", "mức") == ["mức", "mức"]
    assert text_at("thu hoạch", "ho") == ["ho"]
    assert text_at("thu hoạch", "hu") == []
    assert fingerprint_places("", fingerprint("mức")) == []
    assert fingerprint_places("mức", "không phải dấu vân tay") == []


def test_combining_marks_and_letters_beyond_the_first_plane_keep_the_offsets() -> None:
    text = "𝔸 đề án – ① cấp nước"
    assert text_at(text, "đề án ① cấp") == ["đề án – ① cấp"]
    assert text_at(text, "de\u0302\u0300 an") == ["đề án"]


def test_twenty_pieces_are_found_in_a_long_document_in_a_fraction_of_a_second() -> None:
    draw = random.Random(7)
    text = " ".join(draw.choice(SYLLABLES) + str(draw.randrange(10)) for _ in range(26_000))
    assert len(text) > 130_000
    begins = [text.index(" ", draw.randrange(len(text) - 900)) + 1 for _ in range(20)]
    quotes = [text[begin : begin + draw.randrange(60, 600)].rsplit(" ", 1)[0] for begin in begins]
    marks = [fingerprint(quote) for quote in quotes]
    began = time.process_time()
    found = [fingerprint_places(text, mark) for mark in marks]
    assert time.process_time() - began < 0.5
    assert [[text[start:end] for start, end in places] for places in found] == [[quote] for quote in quotes]


# --- sealing ---

SOURCE = Document(id="thong-tu", title="Thông tư", path="thong-tu.txt", text=TEXT)
MADE = asked("q1", "Mức thu là bao nhiêu?", ["15,47"], difficulty="easy", split="dev", checked=True) | {
    "evidence": [
        {"document_id": "thong-tu", "quote": "quy định mức thu 15,47  đồng/m²"},
        {"document_id": "thong-tu", "quote": "đối với đất ở", "alternative": True},
    ],
    "quote": "quy định mức thu",
    "nguồn": {"trang": "Thông tư này quy định"},
}


def library(document_id: str) -> Document:
    if document_id != SOURCE.id:
        raise UnknownDocument(f"Không có «{document_id}».")
    return SOURCE


def sealed(tmp_path: Path, *lines: Mapping[str, Any]) -> tuple[list[dict[str, Any]], list[str]]:
    source, out = write_set(tmp_path / "có trích.jsonl", *map(dict, lines)), tmp_path / "out.jsonl"
    doubts = sealing.seal(source, out, library)
    return [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()], doubts


def test_a_sealed_set_asks_the_same_over_the_same_places_and_holds_no_quotation(tmp_path: Path) -> None:
    (row,), doubts = sealed(tmp_path, MADE)
    assert row.keys() == {"id", "question", "answers", "evidence", "difficulty", "split", "checked"}
    assert row["evidence"] == [
        {"document_id": "thong-tu", "fingerprint": fingerprint("quy định mức thu 15,47 đồng/m²")},
        {"document_id": "thong-tu", "fingerprint": fingerprint("đối với đất ở"), "alternative": True},
    ]
    assert doubts == []
    before = load_questions(tmp_path / "có trích.jsonl", library)[0]
    after = load_questions(tmp_path / "out.jsonl", library)[0]
    assert after.evidence == before.evidence
    assert after.difficulty == "easy"


def test_sealing_twice_changes_nothing(tmp_path: Path) -> None:
    rows, _ = sealed(tmp_path, MADE)
    assert sealed(tmp_path, *rows)[0] == rows


@pytest.mark.parametrize(
    ("quote", "told"),
    [
        ("quy định mức thu 15,48 đồng", "không tìm thấy câu trích"),
        ("uy định mức thu", "phải bắt đầu ở đầu một từ"),
        (".\n\n", "không tìm lại được"),
    ],
)
def test_a_quotation_that_would_not_be_found_again_is_an_error_and_nothing_is_written(
    tmp_path: Path, quote: str, told: str
) -> None:
    line = asked("q1", "Mức thu?", ["15,47"]) | {"evidence": [{"document_id": "thong-tu", "quote": quote}]}
    with pytest.raises(EvaluationError) as error:
        sealed(tmp_path, line)
    assert told in error.value.message
    assert "«q1»" in error.value.message
    assert [path.name for path in tmp_path.iterdir()] == ["có trích.jsonl"]


def test_a_passage_left_in_another_key_and_a_piece_with_more_places_are_told(tmp_path: Path) -> None:
    passage = f"{TEXT} Mức thu này do Ủy ban nhân dân cấp tỉnh quyết định cho từng năm."
    line = asked("q1", "Mức thu?", ["15,47"], note=f"Xem: {passage}") | {
        "evidence": [{"document_id": "thong-tu", "quote": "Điều"}, {"document_id": "thong-tu", "quote": "đất"}]
    }
    source = Document("thong-tu", "", "", f"{TEXT} ĐẤT đất. {passage}")
    written = write_set(tmp_path / "in.jsonl", line)
    doubts = sealing.seal(written, tmp_path / "out.jsonl", lambda _: source)
    assert doubts == [
        "q1: căn cứ trong «thong-tu» có 4 chỗ cùng dấu vân tay, câu trích chỉ có 3 chỗ",
        "q1: mục «note» còn chép liền từ 90 chữ trở lên của văn bản",
    ]


def test_the_command_seals_over_a_workspace_and_says_what_is_wrong(
    tmp_path: Path, new_workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (new_workspace / "corpus" / "thong-tu.txt").write_text(TEXT, encoding="utf-8")
    build_index(new_workspace)
    source, out = write_set(tmp_path / "in.jsonl", MADE), tmp_path / "out.jsonl"
    assert sealing.main([str(source), str(out), "--workspace", str(new_workspace)]) == 0
    assert "mọi dấu vân tay đều tìm lại được" in capsys.readouterr().out
    (question,) = load_questions(out, open_assistant(new_workspace).document)
    assert len(question.evidence) == 1
    assert len(question.evidence[0]) == 2
    assert sealing.main([str(tmp_path / "vắng.jsonl"), str(out), "--workspace", str(new_workspace)]) == 2
    assert sealing.main([str(source), str(out), "--workspace", str(tmp_path / "vắng")]) == 1
    assert "Lỗi [" in capsys.readouterr().err


def test_the_set_of_the_originals_holds_no_quotation(root: Path) -> None:
    """The documents are not in the repository, and neither may be their text."""
    file = root / "eval" / "originals.jsonl"
    lines = read_lines(file) if file.exists() else []
    assert [line.id for line in lines if any(evidence.quote for evidence in line.evidence)] == []


# --- `make eval` ---


@pytest.fixture
def checkout(root: Path, tmp_path: Path) -> Path:
    """A checkout whose command says what it was told and changes nothing else."""
    folder = tmp_path / "checkout"
    (folder / "eval").mkdir(parents=True)
    (folder / ".venv" / "bin").mkdir(parents=True)
    shutil.copy(root / "Makefile", folder)
    (folder / "pyproject.toml").touch()
    for name in ("python", "cancu"):
        tool = folder / ".venv" / "bin" / name
        tool.write_text(
            f'#!/bin/sh\necho "{name} $*" >>calls\n'
            'if [ "$1" = init ]; then mkdir -p "$2/eval" "$2/corpus"; fi\n'
            'case "$1 $2" in "evaluate "|"evaluate --accept") exit ${FIRST:-0};; esac\n',
            encoding="utf-8",
        )
        tool.chmod(0o755)
    for stamp in (".installed", ".installed-dev"):
        (folder / ".venv" / stamp).touch()
    return folder


def with_originals(checkout: Path) -> None:
    """The set and, read-only as data of others are, its documents."""
    (checkout / "eval" / "originals.jsonl").touch()
    for part in ("policy", "gazette"):
        (checkout / "data" / "corpus" / part).mkdir(parents=True)
    (checkout / "data" / "corpus" / "gazette" / "thong-tu.pdf").touch()
    (checkout / "data" / "corpus" / "gazette").chmod(0o555)


def make(folder: Path, *words: str, **env: str) -> tuple[int, str, list[str]]:
    (folder / "calls").unlink(missing_ok=True)
    done = subprocess.run(
        ["make", *words], cwd=folder, env=os.environ | env, capture_output=True, text=True, timeout=60, check=False
    )
    return done.returncode, done.stdout, (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_make_eval_says_why_the_originals_are_not_measured(checkout: Path) -> None:
    status, told, calls = make(checkout, "eval", "SHARED=vang")
    assert (status, calls) == (0, ["cancu index", "cancu evaluate"])
    assert "eval/originals.jsonl is not here" in told
    (checkout / "eval" / "originals.jsonl").touch()
    assert "vang/corpus has no policy/ and gazette/" in make(checkout, "eval", "SHARED=vang")[1]


def test_make_eval_measures_the_originals_over_an_index_of_their_own_with_this_eval_folder(checkout: Path) -> None:
    with_originals(checkout)
    status, _, calls = make(checkout, "eval", "SHARED=data")
    assert status == 0
    assert calls == [
        "cancu index",
        "cancu evaluate",
        "cancu init build/originals",
        "cancu index --workspace build/originals",
        "cancu evaluate eval/originals.jsonl --workspace build/originals",
    ]
    made = checkout / "build" / "originals"
    assert (made / "eval").resolve() == (checkout / "eval").resolve()
    assert sorted(path.name for path in (made / "corpus").rglob("*")) == ["gazette", "policy", "thong-tu.pdf"]


def test_make_eval_goes_on_after_a_missed_gate_and_fails_at_the_end(checkout: Path) -> None:
    with_originals(checkout)
    status, _, calls = make(checkout, "eval", "SHARED=data", FIRST="1")
    assert status == 2
    assert calls[-1] == "cancu evaluate eval/originals.jsonl --workspace build/originals"


def test_make_baseline_accepts_both_and_renews_the_readme(checkout: Path) -> None:
    with_originals(checkout)
    calls = make(checkout, "baseline", "SHARED=data")[2]
    assert [call for call in calls if "--accept" in call] == [
        "cancu evaluate --accept",
        "cancu evaluate eval/originals.jsonl --workspace build/originals --accept",
    ]
    assert calls[-1] == "python docs/readme_numbers.py"
