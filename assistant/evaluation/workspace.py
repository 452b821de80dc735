"""The workspace's `eval/` folder: question sets, gates, baselines and runs; the only module that opens its files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError
from assistant.evaluation.baseline import Diff, compare, parse_baseline
from assistant.evaluation.gates import MissedGate, missed_gates, parse_gates, unmeasured_gates
from assistant.evaluation.questions import load_questions
from assistant.evaluation.report import Report
from assistant.evaluation.runner import Asker, Progress, evaluate
from assistant.evaluation.tables import baseline_markdown, markdown, terminal_lines

QUESTIONS = Path("eval", "questions.jsonl")
GATES = Path("eval", "gates.toml")
REPORTS = Path("eval", "reports")
RUNS = Path("eval", "runs")


@dataclass(frozen=True, slots=True)
class Evaluation:
    """A report with what it means: changes since the baseline (None where there is none), gates, files written."""

    report: Report
    diff: Diff | None
    missed: tuple[MissedGate, ...]
    unmeasured: tuple[str, ...]
    written: tuple[Path, ...]

    @property
    def passed(self) -> bool:
        return not self.missed

    def lines(self) -> list[str]:
        """What the terminal shows."""
        shown = terminal_lines(self.report, self.diff, self.missed, self.unmeasured)
        return [*shown, "", *(f"Đã ghi: {file}" for file in self.written)]

    def to_json(self) -> dict[str, Any]:
        return self.report.to_json() | {
            "diff": asdict(self.diff) if self.diff else None,
            "missed_gates": [asdict(gate) for gate in self.missed],
            "unmeasured_gates": list(self.unmeasured),
            "passed": self.passed,
            "written": [str(file) for file in self.written],
        }


def evaluate_workspace(
    asker: Asker,
    workspace: Path,
    file: Path | None = None,
    *,
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
    accept: bool = False,
) -> Evaluation:
    """Evaluate a question set, compare it with its baseline and the gates, and write the run to `eval/runs/`.

    With `accept` the run becomes the baseline. The workspace's own set is `eval/questions.jsonl`; the gates hold for
    whatever set is evaluated. Raises InputFileError and EvaluationError.
    """
    file = file or workspace / QUESTIONS
    gates = read_gates(workspace)
    baseline = baseline_file(workspace, file)
    accepted = parse_baseline(text, baseline.name) if (text := _read(baseline)) is not None else None
    questions = load_questions(file, asker.document)
    report = evaluate(asker, questions, name=file.name, settings=settings, progress=progress)
    diff = compare(report, accepted) if accepted else None
    missed, unmeasured = missed_gates(gates, report.overall), unmeasured_gates(gates, report.overall)
    written = _write_run(workspace, report, markdown(report, diff, missed, unmeasured))
    if accept:
        written += _write_pair(baseline, report.to_baseline(), baseline_markdown(report))
    return Evaluation(report, diff, missed, unmeasured, written)


def read_gates(workspace: Path) -> dict[str, float]:
    """The workspace's gates; none where it has no `eval/gates.toml`."""
    text = _read(workspace / GATES)
    return parse_gates(text, GATES.as_posix()) if text is not None else {}


def baseline_file(workspace: Path, file: Path) -> Path:
    """Where the set's baseline is kept: each set has its own, so that no set is compared with another."""
    own = file.resolve() == (workspace / QUESTIONS).resolve()
    return workspace / REPORTS / ("baseline.json" if own else f"baseline-{file.stem}.json")


def _write_run(workspace: Path, report: Report, page: str) -> tuple[Path, ...]:
    stamp = report.made[:19].replace("-", "").replace(":", "")
    return _write_pair(workspace / RUNS / f"{stamp}-{Path(report.name).stem}.json", report.to_json(), page)


def _write_pair(file: Path, record: Mapping[str, Any], page: str) -> tuple[Path, ...]:
    _write(file, json.dumps(record, ensure_ascii=False, indent=1) + "\n")
    _write(file.with_suffix(".md"), page)
    return file, file.with_suffix(".md")


def _read(file: Path) -> str | None:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError) as error:
        raise EvaluationError(f"Không đọc được «{file.name}» ({error}). Hãy kiểm tra quyền đọc và mã UTF-8.") from error


def _write(file: Path, text: str) -> None:
    """Whole or not at all."""
    partial = file.with_name(file.name + ".partial")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        partial.write_text(text, encoding="utf-8")
        os.replace(partial, file)
    except OSError as error:
        raise EvaluationError(
            f"Không ghi được «{file.name}» ({error}). Hãy kiểm tra quyền ghi thư mục eval/."
        ) from error
