"""A report against the committed baseline, question by question; knows no file and no asker."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict, ValidationError

from assistant.errors import EvaluationError
from assistant.evaluation.judging import Judgement, Verdict
from assistant.evaluation.report import Report, marks


class _Record(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class Marks(_Record):
    """How one question went."""

    id: str
    fingerprint: str
    verdict: Verdict
    groups_found: int = 0
    evidence_found: int = 0
    citations: int = 0
    citations_exact: int = 0
    citations_correct: int = 0
    ranking: dict[str, float] = {}

    @property
    def worth(self) -> dict[str, float]:
        """What makes an answer better, most important first."""
        wrong_citations = 2 * self.citations - self.citations_exact - self.citations_correct
        return {
            "good": float(self.verdict.is_good),
            "groups_found": self.groups_found,
            "evidence_found": self.evidence_found,
            "faulty_citations": -wrong_citations,
            "RR@10": self.ranking.get("RR@10", 0.0),
        }


class Figures(_Record):
    value: float | None = None


class Baseline(_Record):
    """An accepted report, as committed."""

    made: str
    fingerprints: dict[str, str] = {}
    scores: dict[str, dict[str, Figures]]
    questions: tuple[Marks, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A question that went better or worse: its verdicts, and what differs as (before, now)."""

    id: str
    split: str
    question: str
    before: Verdict
    now: Verdict
    differs: Mapping[str, tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Diff:
    """What changed since the baseline; a question whose line was edited counts as new.

    `scores` are the baseline's averages over all, `other` the names of the fingerprints that differ.
    """

    made: str
    better: tuple[Change, ...]
    worse: tuple[Change, ...]
    unchanged: int
    new: tuple[str, ...]
    gone: tuple[str, ...]
    scores: Mapping[str, float | None]
    other: tuple[str, ...]


def parse_baseline(text: str, name: str) -> Baseline:
    """Read a baseline. Raises EvaluationError."""
    try:
        return Baseline.model_validate_json(text)
    except ValidationError as error:
        raise EvaluationError(
            f"Mốc so sánh «{name}» không đọc được ({error.error_count()} lỗi, đầu tiên: {error.errors()[0]['msg']}). "
            "Hãy lấy lại tệp đã lưu, hoặc lập mốc mới bằng: cancu evaluate --accept"
        ) from error


def compare(report: Report, baseline: Baseline) -> Diff:
    """The report against the baseline, question by question."""
    before = {old.id: old for old in baseline.questions}
    now = {judgement.id: Marks.model_validate(marks(judgement)) for judgement in report.judgements}
    same = [key for key, new in now.items() if key in before and before[key].fingerprint == new.fingerprint]
    asked = {judgement.id: judgement for judgement in report.judgements}
    changes = [change for key in same if (change := _change(asked[key], before[key], now[key]))]
    better = tuple(change for change in changes if _improved(change))
    worse = tuple(change for change in changes if not _improved(change))
    return Diff(
        made=baseline.made,
        better=better,
        worse=worse,
        unchanged=len(same) - len(changes),
        new=tuple(key for key in now if key not in same),
        gone=tuple(key for key in before if key not in now),
        scores={name: figures.value for name, figures in baseline.scores.get("all", {}).items()},
        other=_other(baseline.fingerprints, report.fingerprints),
    )


def _change(asked: Judgement, before: Marks, now: Marks) -> Change | None:
    old, new = before.worth, now.worth
    differs = {name: (old[name], new[name]) for name in old if old[name] != new[name]}
    if not differs:
        return None
    return Change(now.id, asked.split, asked.question, before.verdict, now.verdict, differs)


def _improved(change: Change) -> bool:
    """By the most important thing that differs."""
    old, new = next(iter(change.differs.values()))
    return new > old


def _other(before: Mapping[str, str], now: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name)))
