"""One engine at one task in a process of its own, so that memory and failures are its own; knows no measure.

`python -m assistant.benchmark.worker TASK.json RESULT.json`; the result is written when the task is done.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from assistant.benchmark.engines import Engine, entry
from assistant.benchmark.resources import cpu_seconds, folder_mib, peak_mib

# Documents of which a ranking is kept, and of which the timed searches ask.
DEPTH = 100
TIMED_DEPTH = 10


@dataclass(frozen=True, slots=True)
class Build:
    """Index `corpus` into `folder`."""

    engine: str
    corpus: str
    folder: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Search:
    """Rank the queries, by form and id, over the index in `folder`; time the searches of `timed`."""

    engine: str
    folder: str
    queries: Mapping[str, Mapping[str, str]]
    timed: Sequence[str]
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Built:
    """Seconds from the file to an index on disk, imports included; peak MiB of the process; `mib` on disk."""

    seconds: float
    cpu_seconds: float
    peak_mib: float
    mib: float | None
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Searched:
    """Ranked document ids by form and query.

    `open_seconds` reach from a started Python to the end of the first search, `milliseconds` are those of each timed
    search, in order.
    """

    runs: Mapping[str, Mapping[str, Sequence[str]]]
    open_seconds: float
    milliseconds: Sequence[float]
    peak_mib: float
    facts: Mapping[str, str]


def build(task: Build) -> Built:
    began, cpu = time.perf_counter(), cpu_seconds()
    engine = entry(task.engine).make(task.settings)
    index = engine.build(Path(task.corpus), Path(task.folder))
    seconds, used = time.perf_counter() - began, cpu_seconds() - cpu
    return Built(seconds, used, peak_mib(), None if index is None else folder_mib(index), engine.facts())


def search(task: Search) -> Searched:
    began = time.perf_counter()
    engine = entry(task.engine).make(task.settings)
    engine.open(Path(task.folder))
    engine.search("quy định", TIMED_DEPTH)
    opened = time.perf_counter() - began
    milliseconds = [_milliseconds(engine, query) for query in task.timed]
    peak = peak_mib()
    runs = {
        form: {identifier: [d for d, _ in engine.search(text, DEPTH)] for identifier, text in queries.items()}
        for form, queries in task.queries.items()
    }
    return Searched(runs, opened, milliseconds, peak, engine.facts())


def _milliseconds(engine: Engine, query: str) -> float:
    began = time.perf_counter()
    engine.search(query, TIMED_DEPTH)
    return 1000 * (time.perf_counter() - began)


def main(task_file: Path, result_file: Path) -> None:
    task = json.loads(task_file.read_text(encoding="utf-8"))
    kind = task.pop("kind")
    result: Built | Searched = build(Build(**task)) if kind == "build" else search(Search(**task))
    result_file.write_text(json.dumps(asdict(result), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
