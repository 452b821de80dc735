"""Takes one part of the program away at a time, in a copy, and runs the test that must then fail: `python tests/mutations.py`.

A mutation is code put at the end of a module, so that it holds whatever the module's own code looks like.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
_FILE = "test_answering_checks.py"
_LIVING, _HOSTILE = "test_living_corpus.py", "test_hostile_files.py"


@dataclass(frozen=True)
class Mutation:
    """What is taken away, by which code at the end of which module, and the test that notices."""

    name: str
    module: str
    code: str
    test: str
    file: str = _FILE


MUTATIONS = (
    Mutation(
        "search finds nothing",
        "retrieval/library.py",
        "SnapshotLibrary.search = lambda self, query, top_k: []",
        "test_the_answer_comes_from_the_sentence_that_tells_it",
    ),
    Mutation(
        "search finds random chunks",
        "retrieval/library.py",
        "import random\n"
        "from assistant.types import Hit\n"
        "def _random(self, query, top_k):\n"
        "    rows = random.Random(query).sample(range(self._snapshot.manifest.chunks), top_k)\n"
        "    return [Hit(self._snapshot.chunk(row), 1.0, {}) for row in rows]\n"
        "SnapshotLibrary.search = _random",
        "test_the_answer_comes_from_the_sentence_that_tells_it",
    ),
    Mutation(
        "every citation passes",
        "answering/citations.py",
        "def checked(citations, documents):\n    return list(citations)",
        "test_a_source_that_changed_after_it_was_read_is_not_quoted",
    ),
    Mutation(
        "every quotation counts as a copy",
        "answering/citations.py",
        "def is_exact(citation, document):\n    return True",
        "test_a_quotation_that_is_no_copy_is_dropped",
    ),
    Mutation(
        "every question is answered",
        "answering/abstention.py",
        "def assess(ranked, question, *, threshold):\n    return Assessment(1.0, None, None)",
        "test_what_the_documents_do_not_tell_is_not_answered",
    ),
    Mutation(
        "what was read is never known again",
        "retrieval/readings.py",
        "Readings.holds = lambda self, key: False",
        "test_what_is_unchanged_is_not_even_opened",
        _LIVING,
    ),
    Mutation(
        "a file is known by its size and time alone",
        "documents/kept.py",
        "_stat = mark_of\n"
        "def mark_of(file):\n"
        "    found = _stat(file)\n"
        "    return Mark(found.size, found.modified, 0, 0)\n"
        "Mark.is_settled = lambda self, now: True",
        "test_times_that_lie_do_not_hide_an_edit",
        _LIVING,
    ),
    Mutation(
        "what was deleted stays in the cache",
        "retrieval/readings.py",
        "Readings.finish = lambda self: None",
        "test_not_a_byte_of_a_deleted_document_or_sentence_is_left",
        _LIVING,
    ),
    Mutation(
        "older snapshots stay",
        "retrieval/store.py",
        "Store._prune = lambda self, current: None",
        "test_not_a_byte_of_a_deleted_document_or_sentence_is_left",
        _LIVING,
    ),
    Mutation(
        "a snapshot that is taken away is not looked for again",
        "retrieval/snapshot.py",
        "def open_current(store):\n"
        "    snapshot = Snapshot(store.current())\n"
        "    snapshot.open_all()\n"
        "    return snapshot",
        "test_a_snapshot_that_is_taken_away_while_it_is_opened_gives_way_to_the_newer_one",
        _LIVING,
    ),
    Mutation(
        "a file that changed while it was read is taken as it is",
        "documents/gathering.py",
        "_is_as_it_was = lambda plan: True",
        "test_a_file_that_never_stops_growing_is_told",
        _LIVING,
    ),
    Mutation(
        "reading has no limit of memory",
        "documents/limits.py",
        "_values = Limits.to_json\nLimits.to_json = lambda self: _values(self) | {'memory_bytes': 2**40}",
        "test_a_file_that_takes_too_much_memory_is_given_up_and_the_rest_is_read",
        _HOSTILE,
    ),
    Mutation(
        "what a reading process says is believed",
        "documents/draft.py",
        "def from_frame(frame):\n"
        "    values = json.loads(frame)\n"
        "    return Draft(**{name: values[name] for name in _FIELDS})",
        "test_what_a_reading_process_says_is_checked",
        _HOSTILE,
    ),
)


def copy_program(folder: Path) -> Path:
    """A copy of the program without its caches; gives the folder to run in."""
    shutil.copytree(ROOT / "assistant", folder / "assistant", ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def mutate(program: Path, mutation: Mutation) -> None:
    file = program / "assistant" / mutation.module
    with file.open("a", encoding="utf-8") as source:
        source.write(f"\n\n{mutation.code}\n")


def python(program: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python where `assistant` is the copy."""
    env = os.environ | {
        "PYTHONPATH": str(program),
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    }
    return subprocess.run(
        [sys.executable, *arguments], cwd=program, env=env, capture_output=True, text=True, timeout=120, check=False
    )


def run_tests(program: Path, *tests: tuple[str, str]) -> subprocess.CompletedProcess[str]:
    """Runs tests of the repository, by file and name, against the copy."""
    options = ["-q", "-x", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml"), "--rootdir", str(ROOT)]
    return python(program, "-m", "pytest", *options, *(f"{ROOT / 'tests' / file}::{test}" for file, test in tests))


def is_noticed(mutation: Mutation) -> bool:
    """Whether the test fails (not: can't be collected) when the part is taken away."""
    with tempfile.TemporaryDirectory() as folder:
        program = copy_program(Path(folder))
        mutate(program, mutation)
        done = run_tests(program, (mutation.file, mutation.test))
    return done.returncode == 1 and "1 failed" in done.stdout and " error" not in done.stdout.splitlines()[-1]


def main() -> int:
    survivors = 0
    for mutation in MUTATIONS:
        noticed = is_noticed(mutation)
        survivors += not noticed
        print(f"{'noticed ' if noticed else 'SURVIVED'}  {mutation.name}  ({mutation.test})")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main())
