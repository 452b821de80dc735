"""What a benchmark found: figures of every engine on every set and their differences, as JSON; knows no page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from assistant.benchmark.engines import OWN, REFERENCE
from assistant.benchmark.forms import FORMS
from assistant.benchmark.runner import Outcome
from assistant.benchmark.scoring import Estimate, Values, difference, estimate, per_query, percentile
from assistant.benchmark.sets import RetrievalSet

# The measures of which differences are told.
COMPARED = ("nDCG@10", "R@10", "R@100")
# By engine, then by form.
AllValues = Mapping[str, Mapping[str, Values]]


@dataclass(frozen=True, slots=True)
class Resources:
    """Seconds, MiB and milliseconds; `ratios` are against the reference engine on the same set in the same run."""

    build_seconds: float
    build_cpu_seconds: float
    build_peak_mib: float
    disk_mib: float | None
    open_seconds: float
    search_peak_mib: float
    p50_ms: float
    p95_ms: float
    timed: int
    ratios: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One engine on one set: measures by form, or `fault`, the reason why there are none."""

    name: str
    label: str
    part_of: str
    scores: Mapping[str, Mapping[str, Estimate]] = field(default_factory=dict)
    resources: Resources | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    fault: str = ""
    failed: bool = False


@dataclass(frozen=True, slots=True)
class Difference:
    """Mean of `first` minus `second` over their common queries, by measure: a paired bootstrap."""

    first: str
    second: str
    form: str
    by_measure: Mapping[str, Estimate]


@dataclass(frozen=True, slots=True)
class SetReport:
    """One set; `fault` where it could not be read."""

    name: str
    documents: int = 0
    queries: int = 0
    notes: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()
    against_peers: tuple[Difference, ...] = ()
    against_lexical: tuple[Difference, ...] = ()
    against_written: tuple[Difference, ...] = ()
    fault: str = ""


@dataclass(frozen=True, slots=True)
class BenchmarkReport:
    """The whole run; `complete` where it was not broken off."""

    made: str
    command: str
    complete: bool
    seconds: float
    settings: Mapping[str, Any]
    machine: Mapping[str, Any]
    sets: tuple[SetReport, ...]

    @property
    def failed(self) -> bool:
        """Whether our own search, or a set, gave no figures."""
        own = [line for found in self.sets for line in found.lines if OWN in (line.name, line.part_of)]
        return any(line.fault for line in own) or any(found.fault for found in self.sets) or not self.sets

    def to_json(self) -> dict[str, Any]:
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value


def report_set(found: RetrievalSet, outcomes: Sequence[Outcome]) -> SetReport:
    """Measure what the engines ranked."""
    values = {outcome.entry.name: _values(found, outcome) for outcome in outcomes}
    lines = [_line(outcome, values[outcome.entry.name]) for outcome in outcomes]
    return SetReport(
        found.name,
        len(found.document_ids),
        len(found.queries),
        found.notes,
        _with_ratios(lines),
        tuple(_against_peers(lines, values)),
        tuple(_against_lexical(values)),
        tuple(_against_written(values)),
    )


def _values(found: RetrievalSet, outcome: Outcome) -> dict[str, Values]:
    runs = outcome.searched.runs if outcome.searched else {}
    return {form: per_query(found.qrels, run) for form, run in runs.items()}


def _line(outcome: Outcome, values: Mapping[str, Values]) -> Line:
    entry = outcome.entry
    scores = {f: {name: estimate(numbers) for name, numbers in by.items()} for f, by in values.items()}
    facts = {**(outcome.built.facts if outcome.built else {}), **(outcome.searched.facts if outcome.searched else {})}
    return Line(
        entry.name, entry.label, entry.part_of, scores, _resources(outcome), facts, outcome.fault, outcome.failed
    )


def _resources(outcome: Outcome) -> Resources | None:
    built, searched = outcome.built, outcome.searched
    if built is None or searched is None or outcome.entry.part_of:
        return None
    return Resources(
        built.seconds,
        built.cpu_seconds,
        built.peak_mib,
        built.mib,
        searched.open_seconds,
        searched.peak_mib,
        percentile(searched.milliseconds, 50),
        percentile(searched.milliseconds, 95),
        len(searched.milliseconds),
    )


def _with_ratios(lines: Sequence[Line]) -> tuple[Line, ...]:
    reference = next((line.resources for line in lines if line.name == REFERENCE), None)
    return tuple(
        replace(line, resources=replace(line.resources, ratios=_ratios(line.resources, reference)))
        if line.resources and reference
        else line
        for line in lines
    )


def _ratios(own: Resources, reference: Resources) -> dict[str, float]:
    names = ("build_seconds", "build_cpu_seconds", "build_peak_mib", "open_seconds", "p50_ms", "p95_ms")
    return {name: getattr(own, name) / getattr(reference, name) for name in names if getattr(reference, name)}


def _against_peers(lines: Sequence[Line], values: AllValues) -> list[Difference]:
    """Our search against the peer with the best nDCG@10 in each form."""
    peers = [line for line in lines if line.scores and line.name != OWN and not line.part_of]
    if not values.get(OWN) or not peers:
        return []
    found = []
    for form in FORMS:
        best = max(peers, key=lambda line: line.scores[form]["nDCG@10"].value)
        found.append(_difference(OWN, best.name, form, values[OWN][form], values[best.name][form]))
    return found


def _against_lexical(values: AllValues) -> list[Difference]:
    """Every other part of our search, and what is served, against the lexical part alone."""
    base = f"{OWN}/lexical"
    names = [name for name in values if name.partition("/")[0] == OWN and name != base and values[name]]
    if not values.get(base):
        return []
    return [_difference(name, base, form, values[name][form], values[base][form]) for form in FORMS for name in names]


def _against_written(values: AllValues) -> list[Difference]:
    """What our search loses where marks are missing."""
    own = values.get(OWN, {})
    return [_difference(OWN, "written", form, own[form], own["written"]) for form in own if form != "written"]


def _difference(first: str, second: str, form: str, a: Values, b: Values) -> Difference:
    return Difference(first, second, form, {name: difference(a[name], b[name]) for name in COMPARED})
