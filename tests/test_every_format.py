"""One command over a folder with a file of every format and of every fault: what is read, refused, told and cited."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from every_format import GOOD, OUTSIDE, TWICE, Good, bad, make

from assistant.answering.assistant import Assistant
from assistant.documents.limits import Limits
from assistant.documents.ocr import open_tesseract
from assistant.documents.readers import reader_for, readers
from assistant.errors import ReadError
from assistant.wiring import open_assistant
from tests.conftest import missing

FOLDER = "kho"


@dataclass(frozen=True)
class Indexed:
    """The workspace, and what the one command printed."""

    workspace: Path
    out: str
    err: str
    status: int

    @property
    def counts(self) -> dict[str, int]:
        rows = (re.fullmatch(r"\s+(\S.*?)\s{2,}(\d+)\s*", line) for line in self.out.splitlines())
        return {row[1]: int(row[2]) for row in rows if row}

    @property
    def refused(self) -> dict[str, tuple[str, str, str]]:
        """Code, what is wrong, and the remedy, by path in the folder."""
        rows = (re.fullmatch(r"\s+! (.+?) \[(\w+)\]: (.+?)\s{2,}(.*?)\s*", line) for line in self.out.splitlines())
        return {row[1].removeprefix(f"{FOLDER}/"): (row[2], row[3], row[4]) for row in rows if row}


@pytest.fixture(scope="module")
def indexed(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Indexed:
    try:
        open_tesseract(60)
    except ReadError:
        missing("Tesseract with vie")
    if not (shutil.which("antiword") or shutil.which("catdoc")):
        missing("antiword or catdoc")
    workspace = tmp_path_factory.mktemp("every")
    shutil.copytree(bare_workspace / "prompts", workspace / "prompts")
    (workspace / "index").mkdir()
    (workspace / "index" / "encoder").symlink_to((bare_workspace / "index" / "encoder").resolve())
    (workspace / FOLDER).mkdir()
    make(workspace / FOLDER)
    command: Sequence[str] = (sys.executable, "-m", "assistant", "index", FOLDER, "--workspace", str(workspace))
    paths = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    environment = os.environ | {"PYTHONPATH": paths, "COLUMNS": "400"}
    done = subprocess.run(command, cwd=workspace, capture_output=True, text=True, env=environment, timeout=300)
    return Indexed(workspace, done.stdout, done.stderr, done.returncode)


@pytest.fixture(scope="module")
def asked(indexed: Indexed) -> Assistant:
    return open_assistant(indexed.workspace)


def test_the_folder_has_a_file_for_every_reader(indexed: Indexed) -> None:
    limits = Limits(64 * 2**20, 60.0)
    files = {good.path.partition("!/")[0] for good in GOOD}
    taken = {type(reader_for(indexed.workspace / FOLDER / file, limits)) for file in files}
    assert taken == {type(reader) for reader in readers(limits)}


def test_nothing_stops_the_indexing_and_its_table_counts_every_file(indexed: Indexed) -> None:
    forbidden = int(os.geteuid() != 0)
    assert indexed.status == 0, indexed.err
    assert "Traceback" not in indexed.out + indexed.err
    # A line of each collection is a document (five each); the gazette answers two questions.
    paths = {good.path for good in GOOD}
    assert indexed.out.startswith(f"Chỉ mục có {len(paths) + 2 * 4} văn bản")
    faults = len(bad())
    assert f"lỗi {24 + forbidden} tệp với {faults} điều, nêu ở dưới (" in indexed.out
    assert indexed.counts == {
        "Tệp đã đọc": 58 + forbidden,
        "Tệp không đổi, không phải đọc lại": 1,  # the same content under its second name
        "Tệp có lỗi": 24 + forbidden,  # the link too; three members of one archive are one file
        "Văn bản đã bỏ khỏi chỉ mục": 0,
        "Trang nhận dạng chữ (OCR)": 1 + 1 + 2 + 2,  # PNG, JPEG, both of the TIFF and of the scan
        "Bảng trong văn bản và trang tính (từ hai dòng, hai cột)": 3 + 7,  # the gazette's, both pages', seven sheets
    }


def test_every_refused_file_has_its_reason_and_its_remedy(indexed: Indexed) -> None:
    assert {path: code for path, (code, _, _) in indexed.refused.items()} == bad()
    for path, (code, wrong, remedy) in indexed.refused.items():
        assert wrong.endswith("."), (path, code)
        assert re.fullmatch(r"Hãy \S.{8,}\.", remedy), (path, code)


@pytest.mark.parametrize("good", GOOD, ids=lambda good: f"{good.path} {good.place}")
def test_the_sentence_of_every_good_file_is_found_and_cited(good: Good, asked: Assistant) -> None:
    answer = asked.ask(good.question)
    assert not answer.abstained, answer.reason
    *header, citation = answer.citations
    assert len(header) == (
        " | " in citation.quote and good.place == "Hòn Gai"
    )  # a table's header stands before its row
    assert citation.path == f"{FOLDER}/{good.path}"
    assert citation.page == good.page
    assert citation.headings == ((good.heading,) if good.heading else ())
    assert citation.quote == good.quote
    source = asked.library.document(citation.document_id)
    assert source.text[citation.start : citation.end] == citation.quote


def test_the_same_content_under_two_names_is_one_document_with_both(asked: Assistant) -> None:
    first, second = (f"{FOLDER}/{path}" for path in TWICE)
    found = [d for d in map(asked.library.document, documents_of(asked)) if first in (d.path, *d.also_at)]
    assert [(d.path, d.also_at) for d in found] == [(first, (second,))]


def test_nothing_from_outside_or_forbidden_is_in_the_index(asked: Assistant, indexed: Indexed) -> None:
    assert (indexed.workspace / OUTSIDE).read_text(encoding="utf-8") == "Không được đọc."
    texts = [asked.library.document(identifier).text for identifier in documents_of(asked)]
    assert not any("Không được đọc" in text or "root:" in text for text in texts)
    assert not list(indexed.workspace.rglob("thoat.txt"))


def documents_of(asked: Assistant) -> list[str]:
    return list(asked.library.document_ids())


def test_the_script_makes_the_same_folder_and_leaves_a_full_one_alone(tmp_path: Path, indexed: Indexed) -> None:
    root = Path(__file__).parents[1]
    command = (sys.executable, str(root / "tests" / "every_format.py"), str(tmp_path / "moi"))
    environment = os.environ | {"PYTHONPATH": str(root)}
    first = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert first.returncode == 0, first.stderr

    def names(folder: Path) -> set[str]:
        return {file.relative_to(folder).as_posix() for file in folder.rglob("*") if not file.is_dir()}

    assert names(tmp_path / "moi") == names(indexed.workspace / FOLDER)
    again = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=120)
    assert (again.returncode, "is not empty" in again.stderr) == (1, True)
