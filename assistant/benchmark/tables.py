"""A benchmark's report as a page of Markdown; computes nothing but how a number is written."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assistant.benchmark.engines import OWN
from assistant.benchmark.forms import FORMS
from assistant.benchmark.report import BenchmarkReport, Difference, Line, Resources, SetReport
from assistant.benchmark.scoring import MEASURES, RESAMPLES, Estimate

NONE = "–"
_PARTS = (
    "What each part of our search adds (gain: over the lexical part alone, of the n queries that both were asked; "
    "R@100 bounds what a ranker can still find):"
)
_METHOD = (
    f"- In brackets 95 % bootstrap intervals ({RESAMPLES} resamples of the queries). Differences are paired, and bold",
    "  where their interval leaves zero out. A query for which an engine finds nothing counts as zero.",
    "- Queries are searched as written, with all diacritics stripped, and with half (rounded up) of the words that",
    "  carry marks stripped (drawn, seeded). Documents are ranked by their best chunk.",
    "- Every engine builds and searches in processes of its own; searches are single-threaded. Build seconds reach",
    "  from the file to the index on disk, imports included; open seconds from a started Python to the first result;",
    "  milliseconds are those of the best 10 documents, for n queries as written.",
)


def markdown(report: BenchmarkReport) -> str:
    """The whole report: an overview, then each set with its engines, parts and resources."""
    lines = ["# Retrieval benchmark", "", *_preface(report), "", "## Overview", "", *_overview(report.sets), ""]
    for found in report.sets:
        lines += [*_set(found), ""]
    lines += ["## Versions and fingerprints", "", *_facts(report.sets)]
    return "\n".join(lines).rstrip() + "\n"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    return [f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows)]


def number(estimate: Estimate | None) -> str:
    """`.734`, as rankings are told."""
    return NONE if estimate is None else _bare(estimate.value, 3)


def interval(estimate: Estimate | None) -> str:
    if estimate is None:
        return NONE
    return f"{_bare(estimate.value, 3)} [{_bare(estimate.low, 3)}, {_bare(estimate.high, 3)}]"


def signed(estimate: Estimate | None) -> str:
    """A difference with its interval, in bold where the interval leaves zero out."""
    if estimate is None:
        return NONE
    text = f"{_sign(estimate.value)} [{_sign(estimate.low)}, {_sign(estimate.high)}]"
    return f"**{text}**" if round(estimate.low, 3) > 0 or round(estimate.high, 3) < 0 else text


def _sign(value: float) -> str:
    rounded = round(value, 3) + 0.0  # no "-.000"
    return ("+" if rounded > 0 else "") + _bare(rounded, 3)


def _bare(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def _preface(report: BenchmarkReport) -> Iterator[str]:
    machine = report.machine
    if not report.complete:
        yield from ("**Broken off: what follows is what was measured until then.**", "")
    minutes = f"{report.seconds / 60:.1f} minutes"
    yield f"Made {report.made[:10]} by `{report.command}` in {minutes}; {machine['cores']} cores,"
    yield f"{machine['system']}, Python {machine['python']}, load {machine['load']} at the start."
    yield f"Seed {report.settings['seed']}."
    if report.settings["ours"]:
        yield f"Settings of ours that are not the defaults: {report.settings['ours']}."
    yield from ("", *_METHOD)


def _overview(sets: Sequence[SetReport]) -> list[str]:
    head = ["set", "documents", "queries", *(f"ours, {label}" for label in FORMS.values()), "best peer, as written"]
    return table([*head, "best peer, stripped"], [_overview_row(found) for found in sets])


def _overview_row(found: SetReport) -> list[str]:
    counts = [f"`{found.name}`", f"{found.documents:,}", f"{found.queries:,}"]
    if found.fault:
        return [f"`{found.name}`", found.fault, *[NONE] * 6]
    lines = {line.name: line for line in found.lines}
    best = {d.form: d.second for d in found.against_peers}
    own = [interval(_score(lines.get(OWN), form, "nDCG@10")) for form in FORMS]
    peers = [_named(lines.get(best.get(form, "")), form) for form in ("written", "stripped")]
    return [*counts, *own, *peers]


def _named(line: Line | None, form: str) -> str:
    return f"{number(_score(line, form, 'nDCG@10'))} {line.name}" if line else NONE


def _score(line: Line | None, form: str, measure: str) -> Estimate | None:
    return line.scores.get(form, {}).get(measure) if line else None


def _set(found: SetReport) -> Iterator[str]:
    yield f"## {found.name}"
    yield ""
    if found.fault:
        yield f"Not measured: {found.fault}"
        return
    yield "; ".join([f"{found.documents:,} documents, {found.queries:,} queries", *found.notes]) + "."
    engines = [line for line in found.lines if not line.part_of]
    yield from ("", *_main_table(engines), "", *_difference_table(found), "", "Every measure:", "")
    yield from _measure_table([line for line in engines if not line.fault])
    yield from (
        "",
        _PARTS,
        "",
    )
    yield from _ablation_table(found)
    yield from ("", "Resources (in parentheses: times the figure of bm25s):", "", *_resource_table(engines))


def _main_table(lines: Sequence[Line]) -> list[str]:
    head = ["engine", *(f"{m}, {label}" for m in ("nDCG@10", "R@10") for label in FORMS.values())]
    return table(head, [_main_row(line) for line in lines])


def _main_row(line: Line) -> list[str]:
    if line.fault:
        return [line.label, line.fault, *[NONE] * (2 * len(FORMS) - 1)]
    ndcg = [_with_n(line, form) for form in FORMS]
    return [line.label, *ndcg, *(number(_score(line, form, "R@10")) for form in FORMS)]


def _with_n(line: Line, form: str) -> str:
    """nDCG@10, with its n where it was measured on fewer queries than the written form."""
    found, written = _score(line, form, "nDCG@10"), _score(line, "written", "nDCG@10")
    fewer = found and written and found.n < written.n
    return interval(found) + (f" n={found.n}" if found and fewer else "")


def _difference_table(found: SetReport) -> list[str]:
    rows = [_difference_row(d, f"ours − best peer ({d.second})") for d in found.against_peers]
    rows += [_difference_row(d, "ours − ours as written") for d in found.against_written]
    return table(["difference", "form", "n", "nDCG@10", "R@10", "R@100"], rows)


def _difference_row(difference: Difference, label: str) -> list[str]:
    found = difference.by_measure
    return [label, FORMS[difference.form], str(found["nDCG@10"].n), *(signed(e) for e in found.values())]


def _measure_table(lines: Sequence[Line]) -> list[str]:
    rows = [
        [line.label, FORMS[form], str(by["nDCG@10"].n), *(interval(by[name]) for name in MEASURES)]
        for line in lines
        for form, by in line.scores.items()
    ]
    return table(["engine", "form", "n", *MEASURES], rows)


def _ablation_table(found: SetReport) -> list[str]:
    own = [line for line in found.lines if line.part_of == OWN] + [line for line in found.lines if line.name == OWN]
    gains = {(d.first, d.form): d for d in found.against_lexical}
    head = ["part", "form", "n", "nDCG@10", "gain", "R@10", "gain", "R@100", "gain"]
    return table(head, [_ablation_row(line, form, gains.get((line.name, form))) for form in FORMS for line in own])


def _ablation_row(line: Line, form: str, gain: Difference | None) -> list[str]:
    asked = _score(line, form, "nDCG@10")
    cells = [line.label, FORMS[form] if not line.fault else line.fault, str(asked.n) if asked else "–"]
    for measure in ("nDCG@10", "R@10", "R@100"):
        cells += [number(_score(line, form, measure)), signed(gain.by_measure[measure] if gain else None)]
    return cells


def _resource_table(lines: Sequence[Line]) -> list[str]:
    head = ["engine", "build s", "build CPU s", "peak MiB", "disk MiB", "open s", "search MiB", "p50 ms", "p95 ms", "n"]
    return table(head, [_resource_row(line.label, line.resources) for line in lines if line.resources])


def _resource_row(label: str, used: Resources) -> list[str]:
    def cell(name: str, digits: int = 1) -> str:
        ratio = used.ratios.get(name)
        return f"{getattr(used, name):.{digits}f}" + (f" ({ratio:.1f}×)" if ratio is not None else "")

    build = [cell("build_seconds"), cell("build_cpu_seconds"), cell("build_peak_mib", 0)]
    disk = "memory only" if used.disk_mib is None else f"{used.disk_mib:.1f}"
    search = [cell("open_seconds", 2), cell("search_peak_mib", 0), cell("p50_ms", 2), cell("p95_ms", 2)]
    return [label, *build, disk, *search, str(used.timed)]


def _facts(sets: Sequence[SetReport]) -> Iterator[str]:
    """What was measured, engine by engine; what differs from set to set stands in the JSON alone."""
    seen: dict[str, dict[str, set[str]]] = {}
    labels = {}
    for line in (line for found in sets for line in found.lines if not line.part_of):
        labels[line.name] = line.label
        for name, value in line.facts.items():
            seen.setdefault(line.name, {}).setdefault(name, set()).add(value)
    for engine, facts in seen.items():
        same = [f"{name} {values.pop()}" for name, values in facts.items() if len(values) == 1]
        yield f"- {labels[engine]}: {'; '.join(same)}"
