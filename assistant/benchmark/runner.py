"""Runs every engine over every set, each task in a process of its own; knows no measure and no page."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from assistant.benchmark.engines import Entry
from assistant.benchmark.forms import FORMS, in_form
from assistant.benchmark.resources import TaskFailed
from assistant.benchmark.sets import RetrievalSet
from assistant.benchmark.worker import Build, Built, Search, Searched

# Timed searches of an engine, and of a slow one.
TIMED, TIMED_SLOW = 200, 20
# Where documents times queries pass this, a slow engine gets fewer queries in the forms that are not as written.
SLOW_WORK, SLOW_QUERIES = 500_000, 50
# … and where it passes this, in all forms.
SLOWEST_WORK = 1_000_000
# Queries that the stages of our own search are measured with, at most.
PART_QUERIES = 200
_OFFLINE = {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}
_ONE_THREAD = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Options:
    """`settings` are our search's; `full` lifts the limits on documents; `seconds` is what one task may take."""

    seed: int
    full: bool = False
    seconds: float = 900.0
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one engine gave on one set: figures and runs, or the reason why there are none."""

    entry: Entry
    built: Built | None = None
    searched: Searched | None = None
    fault: str = ""
    failed: bool = False


def run_set(found: RetrievalSet, entries: Sequence[Entry], options: Options, folder: Path) -> Iterator[Outcome]:
    """One outcome an entry, in order; a failing engine does not stop the others."""
    indexes: dict[str, Built | TaskFailed] = {}
    for entry in entries:
        reason = entry.missing or _too_large(entry, found, options)
        if reason:
            yield Outcome(entry, fault=reason)
            continue
        if entry.index not in indexes:
            indexes[entry.index] = _built(found, entry, options, folder)
        yield _outcome(found, entry, indexes[entry.index], options, folder)


def _too_large(entry: Entry, found: RetrievalSet, options: Options) -> str:
    most = entry.most_documents
    if options.full or most is None or len(found.document_ids) <= most:
        return ""
    return f"left out on more than {most:,} documents; to measure it: make bench-full"


def _built(found: RetrievalSet, entry: Entry, options: Options, folder: Path) -> Built | TaskFailed:
    task = Build(entry.index, str(found.corpus), str(folder / entry.index), options.settings)
    try:
        return Built(**_run("build", asdict(task), folder, options.seconds, threads=os.cpu_count() or 1))
    except TaskFailed as failure:
        return failure


def _outcome(found: RetrievalSet, entry: Entry, built: Built | TaskFailed, options: Options, folder: Path) -> Outcome:
    if isinstance(built, TaskFailed):
        return Outcome(entry, fault=f"building failed: {built}", failed=True)
    queries = {form: queries_for(entry, found, form, options.seed) for form in FORMS}
    timed = _drawn(found.queries, TIMED_SLOW if entry.slow else TIMED, options.seed)
    task = Search(entry.name, str(folder / entry.index), queries, list(timed.values()), options.settings)
    try:
        searched = Searched(**_run("search", asdict(task), folder, options.seconds, threads=1))
    except TaskFailed as failure:
        return Outcome(entry, built, fault=f"searching failed: {failure}", failed=True)
    return Outcome(entry, built, searched)


def queries_for(entry: Entry, found: RetrievalSet, form: str, seed: int) -> dict[str, str]:
    """The queries in that form: all, but of a part of our search, or of a slow engine on a large set, a seeded draw."""
    queries: Mapping[str, str] = found.queries
    most = SLOWEST_WORK if form == "written" else SLOW_WORK
    if entry.slow and len(found.document_ids) * len(queries) > most:
        queries = _drawn(queries, SLOW_QUERIES, seed)
    elif entry.part_of:
        queries = _drawn(queries, PART_QUERIES, seed)
    return in_form(queries, form, seed)


def _drawn(queries: Mapping[str, str], most: int, seed: int) -> dict[str, str]:
    chosen = random.Random(seed).sample(sorted(queries), min(most, len(queries)))  # noqa: S311 - no secret
    return {identifier: queries[identifier] for identifier in chosen}


def _run(kind: str, task: Mapping[str, Any], folder: Path, seconds: float, *, threads: int) -> dict[str, Any]:
    """The result of the task. Raises TaskFailed with the last line that its process said, or the limit it passed."""
    folder.mkdir(parents=True, exist_ok=True)
    task_file, result_file = folder / "task.json", folder / "result.json"
    task_file.write_text(json.dumps({"kind": kind, **task}, ensure_ascii=False), encoding="utf-8")
    result_file.unlink(missing_ok=True)
    command = [sys.executable, "-m", "assistant.benchmark.worker", str(task_file), str(result_file)]
    variables = environment(threads) | {"TMPDIR": str(folder)}  # what a killed process leaves goes with the folder
    try:
        ended = subprocess.run(  # noqa: S603 - our own module
            command, env=variables, capture_output=True, timeout=seconds, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise TaskFailed(f"stopped after {seconds:.0f} s") from error
    if ended.returncode:
        said = ended.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2]
        raise TaskFailed(f"exit status {ended.returncode}: {said or 'it said nothing'}")
    return dict(json.loads(result_file.read_text(encoding="utf-8")))


def environment(threads: int) -> dict[str, str]:
    """Ours, without a user's own settings of the search, and without any network of the model hub."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CANCU_")}
    return kept | _OFFLINE | dict.fromkeys(_ONE_THREAD, str(threads))
