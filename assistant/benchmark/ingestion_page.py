"""The ingestion report as a page of Markdown, and the ratios that it tells; measures nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.benchmark.ingestion_runs import Figures, Grown
from assistant.benchmark.tables import NONE, table

# 1.5 GB, and the files of which it is the goal.
GOAL_MIB, GOAL_FILES = 1.5e9 / 2**20, 1000
# First, second: how many times faster the first is, and what share of the second's memory it takes.
COMPARED = (("ours", "langchain"), ("ocr", "langchain"), ("ours", "one"), ("again", "ocr"))
_METHOD = (
    "- Every run is a process of its own on a fresh folder. *Seconds* reach from a started Python to an index on disk,",
    "  imports and models included; *CPU* is that of the process and of all that it started. Each is the median of n",
    "  runs (lowest to highest in brackets), the ways in turn.",
    "- Memory in MiB, the highest of the runs, from the kernel's peak of each process (`VmHWM`), looked at ten times",
    "  a second. *Own* is the process itself, *child* the largest that it started, *together* the largest sum of peaks",
    "  of processes that were there at the same time: no less than what they held at once.",
    "- The peer is LangChain as its tutorial has it: `PyPDFLoader`, `RecursiveCharacterTextSplitter` 1000/200, MiniLM",
    "  on the CPU, FAISS. It reads text layers only, so ours is told without OCR (Tesseract hidden) and with it.",
    "  *Start* is imports, and the peer's model; ours is loaded within *chunk and encode*. *Reading alone* compares",
    "  the stages called *read*, of which ours knows structure, tables and running heads too.",
)


@dataclass(frozen=True, slots=True)
class Ratio:
    """`faster`, and the lowest and highest of runs in the same turn, and `cpu` and `reading` are second / first;
    `memory` is first / second, both by `together`."""

    first: str
    second: str
    faster: float
    low: float
    high: float
    cpu: float
    memory: float | None
    reading: float | None


def ratios(ways: Sequence[Figures]) -> list[Ratio]:
    """Of the pairs of which both were measured."""
    by_name = {way.name: way for way in ways if way.n}
    return [_ratio(by_name[a], by_name[b]) for a, b in COMPARED if a in by_name and b in by_name]


def _ratio(first: Figures, second: Figures) -> Ratio:
    turns = [b / a for a, b in zip(first.runs, second.runs, strict=False)]
    reading = [way.stages.get("read", 0.0) for way in (first, second)]
    return Ratio(
        first.name,
        second.name,
        second.seconds / first.seconds,
        min(turns),
        max(turns),
        second.cpu_seconds / first.cpu_seconds,
        first.together_mib / second.together_mib if first.together_mib and second.together_mib else None,
        reading[1] / reading[0] if all(reading) else None,
    )


def ocr_cost(ways: Sequence[Figures]) -> dict[str, float]:
    """What the pages read by OCR cost beyond the rest; empty where that was not measured."""
    by_name = {way.name: way for way in ways if way.n}
    with_it, without = by_name.get("ocr"), by_name.get("ours")
    pages = with_it.counts.get("ocr_pages", 0) if with_it else 0
    if with_it is None or without is None or not pages:
        return {}
    seconds, cpu = with_it.seconds - without.seconds, with_it.cpu_seconds - without.cpu_seconds
    return {"pages": pages, "seconds": seconds, "seconds_a_page": seconds / pages, "cpu_seconds_a_page": cpu / pages}


def meets_goal(grown: Sequence[Grown]) -> bool | None:
    """Whether every collection of so many files and fewer stayed under the goal; None where so many were not tried."""
    measured = [one for one in grown if one.figures.together_mib is not None]
    if not any(one.collection.files >= GOAL_FILES for one in measured):
        return None
    return all((one.figures.together_mib or 0) < GOAL_MIB for one in measured if one.collection.files <= GOAL_FILES)


def page(record: Mapping[str, Any], ways: Sequence[Figures], grown: Sequence[Grown]) -> str:
    """The whole report."""
    lines = ["# Ingestion benchmark", "", *_preface(record), "", *_METHOD, ""]
    if ways:
        lines += [*_files(record, ways), ""]
    if grown:
        lines += [*_growth(record, grown), ""]
    return "\n".join([*lines, "## Versions and fingerprints", "", *_facts(ways, grown)]) + "\n"


def _preface(record: Mapping[str, Any]) -> Iterator[str]:
    yield f"Made {record['made'][:10]} by `{record['command']}` in {record['seconds'] / 60:.1f} minutes; " + (
        "{cores} cores, {system}, Python {python}, load {load} at the start and {load_at_end} at the end.".format(
            **record["machine"]
        )
    )
    yield f"Seed {record['seed']}; at most {record['repeats']} runs of each, one where a run takes long."
    yield f"OCR by {record['machine']['tesseract'] or 'nothing: Tesseract is not installed'}."
    if record["note"]:
        yield f"Note: {record['note']}"


def _files(record: Mapping[str, Any], ways: Sequence[Figures]) -> Iterator[str]:
    pages = record["pages"]
    yield f"## {record['files']} PDF files, {pages:,} pages"
    yield ""
    head = ["way", "n", "seconds", "pages/s", "CPU s", "own", "child", "together", "processes", "on disk", "chunks"]
    yield from table(head, [_way(way, pages) for way in ways])
    yield ""
    stages = list(dict.fromkeys(stage for way in ways for stage in way.stages))
    yield "Seconds by stage:"
    yield ""
    cells = ([way.label, *(_number(way.stages.get(stage), 2) for stage in stages)] for way in ways if way.n)
    yield from table(["way", *stages], cells)
    yield ""
    labels = {way.name: way.label for way in ways}
    head = ["first", "against", "times faster", "reading alone", "CPU, times less", "memory, share"]
    yield from table(head, [_compared(ratio, labels) for ratio in ratios(ways)])
    yield ""
    if cost := ocr_cost(ways):
        yield (
            "- OCR: {pages:.0f} pages, {seconds:.1f} s more than without, {seconds_a_page:.2f} s and "
            "{cpu_seconds_a_page:.2f} s of CPU a page."
        ).format(**cost)
    for way in ways:
        if way.fault:
            yield f"- {way.label}: {way.fault}"
        elif way.counts.get("kept"):
            yield f"- {way.label}: {way.counts['kept']} files known, {way.counts['read']} read."


def _way(way: Figures, pages: int) -> list[str]:
    if not way.n:
        return [way.label, "0", *[NONE] * 9]
    seconds = f"{way.seconds:.1f} ({min(way.runs):.1f}–{max(way.runs):.1f})"
    memory = [_number(mib, 0) for mib in (way.own_mib, way.child_mib, way.together_mib)]
    last = [str(way.children), f"{sum(way.disk_mib.values()):.1f}", f"{way.counts['chunks']:,}"]
    return [way.label, str(way.n), seconds, f"{pages / way.seconds:.1f}", f"{way.cpu_seconds:.1f}", *memory, *last]


def _compared(ratio: Ratio, labels: Mapping[str, str]) -> list[str]:
    faster = f"{ratio.faster:.2f} ({ratio.low:.2f}–{ratio.high:.2f})"
    rest = [_number(value, 2) for value in (ratio.reading, ratio.cpu, ratio.memory)]
    return [labels[ratio.first], labels[ratio.second], faster, *rest]


def _growth(record: Mapping[str, Any], grown: Sequence[Grown]) -> Iterator[str]:
    yield "## As the corpus grows"
    yield ""
    yield f"Text files, the smaller collections within the larger: at most {record['given']} whole documents in drawn"
    yield "order; the rest are pairs, the first half of one document and the second half of another: their passages are"
    yield "there twice and more, and the vocabulary grows no further."
    yield ""
    head = ["files", "whole", "letters", "n", "seconds", "files/s", "CPU s", "own", "child", "together", "processes"]
    yield from table([*head, "index", "kept readings", "chunks"], map(_size, grown))
    yield ""
    met = meets_goal(grown)
    state = {True: "met", False: "missed", None: "not measured"}[met]
    yield f"- Goal: under {GOAL_MIB:,.0f} MiB (1.5 GB) together at {GOAL_FILES:,} files: {state}."
    yield from (f"- {one.figures.label}: {one.figures.fault}" for one in grown if one.figures.fault)


def _size(grown: Grown) -> list[str]:
    one, of = grown.figures, grown.collection
    about = [f"{of.files:,}", f"{of.whole:,}", f"{of.letters:,}", str(one.n)]
    if not one.n:
        return [*about, *[NONE] * 10]
    seconds = f"{one.seconds:.1f} ({min(one.runs):.1f}–{max(one.runs):.1f})"
    memory = [_number(mib, 0) for mib in (one.own_mib, one.child_mib, one.together_mib)]
    disk = [_number(one.disk_mib.get(name), 1) for name in ("index", "kept readings")]
    times = [seconds, f"{of.files / one.seconds:.1f}", f"{one.cpu_seconds:.1f}"]
    return [*about, *times, *memory, str(one.children), *disk, f"{one.counts['chunks']:,}"]


def _facts(ways: Sequence[Figures], grown: Sequence[Grown]) -> Iterator[str]:
    """Each once, with those that it is true of."""
    labels: dict[tuple[tuple[str, str], ...], list[str]] = {}
    for one in [*ways, *(size.figures for size in grown)]:
        if one.facts:
            labels.setdefault(tuple(one.facts.items()), []).append(one.label)
    for facts, same in labels.items():
        yield f"- {'; '.join(same)}: {', '.join(f'{name} `{value}`' for name, value in facts)}"


def _number(value: float | None, digits: int) -> str:
    return NONE if value is None else f"{value:,.{digits}f}"
