"""What an evaluation found, as one value and as JSON; knows no asker, no baseline and no file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from assistant.evaluation.averages import Score, percentile
from assistant.evaluation.judging import Judgement
from assistant.evaluation.measures import scores
from assistant.evaluation.questions import DIFFICULTIES

ALL = "all"
# What of a judgement says how good the answer was; the rest is identity, or differs from machine to machine.
COMPARED = (
    "groups_found",
    "evidence_found",
    "citations",
    "citations_exact",
    "citations_correct",
)


@dataclass(frozen=True, slots=True)
class Report:
    """The judgements with their averages: over `all`, by `split:dev`, by `kind:list` and by `difficulty:easy`.

    `settings` and `fingerprints` say what was measured; seconds are kept apart from what is compared.
    """

    name: str
    made: str
    judgements: tuple[Judgement, ...]
    scores: Mapping[str, tuple[Score, ...]]
    settings: Mapping[str, Any]
    fingerprints: Mapping[str, str]

    @property
    def overall(self) -> dict[str, Score]:
        return {score.name: score for score in self.scores[ALL]}

    @property
    def seconds(self) -> dict[str, float]:
        """Wall time of an answer: median and 95th percentile."""
        return _seconds(self.judgements)

    @property
    def milliseconds(self) -> dict[str, dict[str, float]]:
        """The same by part."""
        by_part = {part: _seconds(own) for part, own in parts(self.judgements).items()}
        return {part: {name: 1000 * value for name, value in found.items()} for part, found in by_part.items()}

    def to_json(self) -> dict[str, Any]:
        """Everything, answers and seconds included: the record of one run."""
        record = self.to_baseline()
        record["seconds"] = self.seconds
        record["milliseconds"] = self.milliseconds
        record["questions"] = [asdict(judgement) for judgement in self.judgements]
        return record

    def to_baseline(self) -> dict[str, Any]:
        """What later runs are compared with: no seconds and no answers, so that it changes only when quality does."""
        return {
            "set": self.name,
            "made": self.made,
            "n": len(self.judgements),
            "settings": dict(self.settings),
            "fingerprints": dict(self.fingerprints),
            "scores": {part: {s.name: _figures(s) for s in found} for part, found in self.scores.items()},
            "questions": [marks(judgement) for judgement in self.judgements],
        }


def make_report(
    name: str,
    made: str,
    judgements: Sequence[Judgement],
    *,
    settings: Mapping[str, Any],
    fingerprints: Mapping[str, str],
) -> Report:
    """Average the judgements by part."""
    by_part = {part: scores(own) for part, own in parts(judgements).items()}
    return Report(name, made, tuple(judgements), by_part, settings, fingerprints)


def parts(judgements: Sequence[Judgement]) -> dict[str, list[Judgement]]:
    """The judgements by the part that an average is made of, each part sorted by name behind `all`."""
    found: dict[str, list[Judgement]] = {ALL: list(judgements)}
    for judgement in sorted(judgements, key=lambda j: j.split):
        found.setdefault(f"split:{judgement.split}", []).append(judgement)
    for judgement in sorted(judgements, key=lambda j: j.kind):
        found.setdefault(f"kind:{judgement.kind}", []).append(judgement)
    for difficulty in DIFFICULTIES:
        if own := [judgement for judgement in judgements if judgement.difficulty == difficulty]:
            found[f"difficulty:{difficulty}"] = own
    return found


def _seconds(judgements: Sequence[Judgement]) -> dict[str, float]:
    seconds = [judgement.seconds for judgement in judgements]
    return {"p50": percentile(seconds, 50), "p95": percentile(seconds, 95)}


def marks(judgement: Judgement) -> dict[str, Any]:
    """One question's line in a baseline: who it is and how well it went."""
    return {
        "id": judgement.id,
        "fingerprint": judgement.fingerprint,
        "verdict": str(judgement.verdict),
        **{name: getattr(judgement, name) for name in COMPARED},
        "ranking": {name: round(value, 4) for name, value in judgement.ranking.items()},
    }


def _figures(score: Score) -> dict[str, float | int | None]:
    return {
        "value": _rounded(score.value),
        "low": _rounded(score.low),
        "high": _rounded(score.high),
        "n": score.n,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)
