"""Runs ingestions, each in a process of its own, and puts the runs of one way together; knows no page."""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from statistics import median

from assistant.benchmark.engines import entry
from assistant.benchmark.growing import Collection, Growing
from assistant.benchmark.ingesting import OURS, PEER, Ingest, Ingested
from assistant.benchmark.resources import Family, TaskFailed, run_watched
from assistant.benchmark.runner import environment

# Seconds that one run may take, and after which a way is not run again.
SECONDS, QUICK = 3600.0, 120.0


@dataclass(frozen=True, slots=True)
class Way:
    """A way to ingest the PDF files; `after` names the way whose workspace is indexed again."""

    name: str
    label: str
    program: str = OURS
    ocr: bool = False
    settings: Mapping[str, str] = field(default_factory=dict)
    after: str = ""

    @property
    def missing(self) -> str:
        """What to type to get what it needs; empty where it is there."""
        if self.program == PEER:
            return entry("langchain-minilm").missing
        return "Tesseract is not installed" if self.ocr and shutil.which("tesseract") is None else ""


WAYS = (
    Way("ours", "Căn Cứ, no OCR"),
    Way("one", "Căn Cứ, no OCR, one reading process", settings={"read_workers": "1"}),
    Way("ocr", "Căn Cứ, with OCR", ocr=True),
    Way("again", "the same again, nothing changed", ocr=True, after="ocr"),
    Way("langchain", "LangChain PyPDFLoader + MiniLM + FAISS", PEER),
)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: what its process told, and what was seen from outside."""

    inner: Ingested
    outer: Family

    @property
    def together_mib(self) -> float | None:
        return None if self.outer.together_mib is None else max(self.outer.together_mib, self.inner.peak_mib)


@dataclass(frozen=True, slots=True)
class Figures:
    """Medians of `n` runs; memory is the largest of them. `runs` are their seconds in order; `fault` says why none."""

    name: str
    label: str
    n: int = 0
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    own_mib: float = 0.0
    child_mib: float | None = None
    together_mib: float | None = None
    children: int = 0
    disk_mib: Mapping[str, float] = field(default_factory=dict)
    stages: Mapping[str, float] = field(default_factory=dict)
    counts: Mapping[str, int] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    runs: tuple[float, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Grown:
    """One collection, and what indexing it took."""

    collection: Collection
    figures: Figures


def figures(name: str, label: str, runs: Sequence[Run]) -> Figures:
    """Raises ValueError where there is no run."""
    if not runs:
        raise ValueError(f"{name} has no run")
    inner, outer = [run.inner for run in runs], [run.outer for run in runs]
    return Figures(
        name,
        label,
        len(runs),
        median(one.seconds for one in inner),
        median(one.cpu_seconds for one in inner),
        max(one.peak_mib for one in inner),
        _largest([one.child_mib for one in outer]),
        _largest([run.together_mib for run in runs]),
        max(one.children for one in outer),
        inner[-1].disk_mib,
        {stage: median(one.stages.get(stage, 0.0) for one in inner) for stage in inner[-1].stages},
        inner[-1].counts,
        inner[-1].facts,
        tuple(one.seconds for one in inner),
    )


def _largest(peaks: Sequence[float | None]) -> float | None:
    known = [peak for peak in peaks if peak is not None]
    return max(known) if len(known) == len(peaks) else None


def measure_ways(
    ways: Sequence[Way], source: Path, repeats: int, folder: Path, say: Callable[[str], None]
) -> list[Figures]:
    """The ways in turn, `repeats` times where that is quick."""
    faults = {way.name: way.missing for way in ways}
    runs: dict[str, list[Run]] = {way.name: [] for way in ways}
    for number in range(repeats):
        place = folder / str(number)
        for way in ways:
            if faults[way.name] or _is_slow(way, runs):
                continue
            task = Ingest(way.program, str(source), str(place / (way.after or way.name)), way.settings)
            if way.after and not (place / way.after).exists():
                faults[way.name] = f"{way.after} was not measured"
                continue
            try:
                runs[way.name].append(run(task, place / f"{way.name}.task", ocr=way.ocr))
            except TaskFailed as failure:
                faults[way.name] = str(failure)
            say(f"{way.label}: {faults[way.name] or f'{runs[way.name][-1].inner.seconds:.1f} s'}")
        shutil.rmtree(place, ignore_errors=True)
    return [_told(way, runs[way.name], faults[way.name]) for way in ways]


def _is_slow(way: Way, runs: Mapping[str, Sequence[Run]]) -> bool:
    """Whether it, or what it works on, took too long to be run again."""
    before = [*runs[way.after or way.name][:1], *runs[way.name][:1]] if runs[way.name] else []
    return any(one.inner.seconds > QUICK for one in before)


def _told(way: Way, runs: Sequence[Run], fault: str) -> Figures:
    found = figures(way.name, way.label, runs) if runs else Figures(way.name, way.label)
    return replace(found, fault=fault)


def measure_growth(
    growing: Growing, sizes: Sequence[int], repeats: int, folder: Path, say: Callable[[str], None]
) -> Iterator[Grown]:
    """Our indexing of so many text files, `repeats` times where that is quick."""
    for size in sizes:
        name, texts = f"{size} files", folder / "texts" / str(size)
        collection = growing.write(size, texts)
        runs: list[Run] = []
        fault = ""
        while not fault and len(runs) < repeats and (not runs or runs[-1].inner.seconds <= QUICK):
            place = folder / "growth" / str(size)
            try:
                runs.append(run(Ingest(OURS, str(texts), str(place / "w")), place / "task", ocr=False))
                say(f"{name}: {runs[-1].inner.seconds:.1f} s")
            except TaskFailed as failure:
                fault = str(failure)
                say(f"{name}: {fault}")
            shutil.rmtree(place, ignore_errors=True)
        found = figures(name, name, runs) if runs else Figures(name, name)
        shutil.rmtree(texts)
        yield Grown(collection, replace(found, fault=fault))


def run(task: Ingest, folder: Path, *, ocr: bool, seconds: float = SECONDS) -> Run:
    """Raises TaskFailed. Without OCR the process finds no program at all, and so no Tesseract."""
    folder.mkdir(parents=True, exist_ok=True)
    task_file, result = folder / "task.json", folder / "result.json"
    task_file.write_text(json.dumps(asdict(task), ensure_ascii=False), encoding="utf-8")
    around = environment(os.cpu_count() or 1)
    if not ocr:
        around["PATH"] = str(folder)
    command = [sys.executable, "-m", "assistant.benchmark.ingesting", str(task_file), str(result)]
    family = run_watched(command, around, log=folder / "log", seconds=seconds)
    return Run(Ingested(**json.loads(result.read_text(encoding="utf-8"))), family)
