"""Fixtures that every part's tests share, and the rule that CI skips nothing that is not on the committed list."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from assistant.answering.assistant import Assistant
from assistant.wiring import build_index, open_assistant

ROOT = Path(__file__).parent.parent
ALLOWED_SKIPS = Path(__file__).parent / "allowed_skips.txt"
_CI = os.environ.get("CI") == "true"


def missing(what: str) -> None:
    """Skips with a reason; in CI the absence is an error."""
    if _CI:
        pytest.fail(f"CI must have {what}")
    pytest.skip(f"needs {what}, which is not here")


@pytest.fixture(scope="session")
def root() -> Path:
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The development data beside the checkout."""
    folder = ROOT.parent / "shared"
    if not (folder / "corpus" / "policy").is_dir():
        missing("the development data in ../shared")
    return folder


@pytest.fixture(scope="session")
def bare_workspace(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with the repository's defaults and no index."""
    folder = tmp_path_factory.mktemp("bare")
    for part in ("corpus", "prompts", "eval"):
        shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("runs"))
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to(ROOT / "index" / "encoder", target_is_directory=True)
    return folder


@pytest.fixture(scope="session")
def workspace(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an index over the shipped corpus."""
    folder = tmp_path_factory.mktemp("workspace") / "w"
    shutil.copytree(bare_workspace, folder, symlinks=True)
    build_index(folder)
    return folder


@pytest.fixture(scope="session")
def real(workspace: Path) -> Assistant:
    """The assistant over the shipped corpus."""
    return open_assistant(workspace)


@pytest.fixture
def new_workspace(bare_workspace: Path, tmp_path: Path) -> Path:
    """A workspace of the test's own, with an empty corpus."""
    folder = tmp_path / "workspace"
    folder.mkdir()
    (folder / "corpus").mkdir()
    shutil.copytree(bare_workspace / "prompts", folder / "prompts")
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to(ROOT / "index" / "encoder", target_is_directory=True)
    return folder


_unlisted: list[str] = []


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.skipped and _CI:
        allowed = ALLOWED_SKIPS.read_text(encoding="utf-8").split()
        if report.nodeid not in allowed:
            _unlisted.append(report.nodeid)


@pytest.hookimpl(wrapper=True)
def pytest_sessionfinish(session: pytest.Session) -> Iterator[None]:
    yield
    if _unlisted:
        print("\nskipped in CI without being on tests/allowed_skips.txt:", *_unlisted, sep="\n  ")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
