"""The wheel: what it carries, and that it works installed by itself, far from the checkout."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

AREA = "Khu công nghệ thông tin tập trung Bình Dương rộng bao nhiêu?"


@pytest.fixture(scope="module")
def wheel(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built from the checkout as it is."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(root)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-2000:]
    (made,) = folder.glob("*.whl")
    return made


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


@dataclass(frozen=True)
class Installed:
    """The wheel in a folder of its own, the only place where `assistant` is looked for."""

    target: Path
    elsewhere: Path

    def run(self, *arguments: str) -> str:
        env = {name: value for name, value in os.environ.items() if not name.startswith(("CANCU_", "PYTHON"))}
        env["PYTHONPATH"] = str(self.target)
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, cwd=self.elsewhere, env=env, capture_output=True, text=True, timeout=120, check=False
        )
        assert done.returncode == 0, done.stderr
        return done.stdout


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    target, elsewhere = tmp_path_factory.mktemp("site"), tmp_path_factory.mktemp("elsewhere")
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", "--no-compile"]
    subprocess.run([*pip, "--target", str(target), str(wheel)], check=True, capture_output=True, timeout=240)
    return Installed(target, elsewhere)


def test_the_wheel_carries_the_defaults(names: set[str], root: Path) -> None:
    defaults = {name.removeprefix("assistant/defaults/") for name in names if name.startswith("assistant/defaults/")}
    wanted = {path.relative_to(root).as_posix() for path in (root / "corpus").glob("*.md")}
    wanted |= {path.relative_to(root).as_posix() for path in (root / "prompts").glob("*.txt")}
    encoder = root / "index" / "encoder"
    wanted |= {path.relative_to(root).as_posix() for path in encoder.rglob("*") if path.is_file()}
    assert {"index/encoder/ranks.tiktoken", "index/encoder/model.safetensors"} <= wanted
    assert defaults >= wanted | {"eval/questions.jsonl"}


def test_the_wheel_carries_every_module_and_its_files(names: set[str], root: Path) -> None:
    package = [path for path in (root / "assistant").rglob("*") if path.suffix in (".py", ".js", ".css", ".json")]
    assert len(package) > 50
    assert {path.relative_to(root).as_posix() for path in package} <= names


def test_the_wheel_carries_nothing_else(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {"assistant", "cancu-0.1.0.dist-info"}
    outside = ("tests", "shared", "snapshots", "runs", "reports", "__pycache__", ".mypy_cache", "CURRENT")
    assert [name for name in names if set(name.split("/")) & set(outside)] == []
    assert [name for name in names if name.endswith((".pyc", ".partial", ".pkl", ".gz"))] == []


def test_the_wheel_tells_its_command_licence_and_requirements(wheel: Path, root: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = archive.read("cancu-0.1.0.dist-info/METADATA").decode()
        commands = archive.read("cancu-0.1.0.dist-info/entry_points.txt").decode()
        licence = archive.read("cancu-0.1.0.dist-info/licenses/LICENSE").decode()
    assert "cancu = assistant.cli:main" in commands
    assert licence == (root / "LICENSE").read_text(encoding="utf-8")
    requirements = re.findall(r"^Requires-Dist: ([\w-]+)==\S+$", metadata, re.MULTILINE)
    assert {"faiss-cpu", "gradio", "langchain", "typer"} <= set(requirements)
    assert "Version: 0.1.0" in metadata


def test_an_installed_wheel_makes_a_workspace_and_answers_in_it(installed: Installed) -> None:
    where = installed.run("-c", "import assistant; print(assistant.__file__)").strip()
    assert Path(where).is_relative_to(installed.target)
    installed.run("-m", "assistant", "init", "w")
    report = json.loads(installed.run("-m", "assistant", "index", "--workspace", "w", "--json"))
    assert (report["documents"], report["failed"]) == (5, [])
    answer = json.loads(installed.run("-m", "assistant", "ask", AREA, "--workspace", "w", "--json"))
    assert "15,47" in answer["answer"]
    assert answer["citations"][0]["path"].startswith("corpus/")
    made = {path.name for path in (installed.elsewhere / "w").iterdir()}
    assert {"corpus", "prompts", "index", "eval", "cancu.toml"} <= made
