"""The workspace's `eval/` folder: question sets, gates, baselines and runs; the only module that opens its files."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError, MissingExtra
from assistant.evaluation.baseline import Diff, compare, parse_baseline
from assistant.evaluation.gates import MissedGate, missed_gates, parse_gates, unmeasured_gates
from assistant.evaluation.pictures import PICTURES, draw
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
    """A report with what it means: changes since the baseline (None where there is none), gates, files written.

    `notes` tell what could not be done, and what to type for it.
    """

    report: Report
    diff: Diff | None
    missed: tuple[MissedGate, ...]
    unmeasured: tuple[str, ...]
    written: tuple[Path, ...]
    notes: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.missed

    def lines(self) -> list[str]:
        """What the terminal shows."""
        shown = terminal_lines(self.report, self.diff, self.missed, self.unmeasured)
        return [*shown, "", *(f"Đã ghi: {file}" for file in self.written), *self.notes]

    def to_json(self) -> dict[str, Any]:
        return self.report.to_json() | {
            "diff": asdict(self.diff) if self.diff else None,
            "missed_gates": [asdict(gate) for gate in self.missed],
            "unmeasured_gates": list(self.unmeasured),
            "passed": self.passed,
            "written": [str(file) for file in self.written],
            "notes": list(self.notes),
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

    With `accept` the run becomes the baseline, pictures of its confidence beside it. The workspace's own set is
    `eval/questions.jsonl`; its gates, `[gates]`, hold for every set that has none of its own (`[gates-STEM]` for
    STEM.jsonl). Raises InputFileError and EvaluationError.
    """
    file = file or workspace / QUESTIONS
    gates = read_gates(workspace, file)
    baseline = baseline_file(workspace, file)
    accepted = parse_baseline(text, baseline.name) if (text := _read(baseline)) is not None else None
    questions = load_questions(file, asker.document)
    report = evaluate(asker, questions, name=file.name, settings=settings, progress=progress)
    diff = compare(report, accepted) if accepted else None
    missed, unmeasured = missed_gates(gates, report.overall), unmeasured_gates(gates, report.overall)
    written = _write_run(workspace, report, markdown(report, diff, missed, unmeasured))
    notes: tuple[str, ...] = ()
    if accept:
        accepted_files, notes = _accept(baseline, report)
        written += accepted_files
    return Evaluation(report, diff, missed, unmeasured, written, notes)


def read_gates(workspace: Path, file: Path | None = None) -> dict[str, float]:
    """The gates of a set, the workspace's own where none is named; none where there is no `eval/gates.toml`."""
    text = _read(workspace / GATES)
    stem = "" if file is None or _is_own(workspace, file) else file.stem
    return parse_gates(text, GATES.as_posix(), stem=stem) if text is not None else {}


def baseline_file(workspace: Path, file: Path) -> Path:
    """Where the set's baseline is kept: each set has its own, so that no set is compared with another."""
    return workspace / REPORTS / ("baseline.json" if _is_own(workspace, file) else f"baseline-{file.stem}.json")


def _is_own(workspace: Path, file: Path) -> bool:
    return file.resolve() == (workspace / QUESTIONS).resolve()


def _accept(baseline: Path, report: Report) -> tuple[tuple[Path, ...], tuple[str, ...]]:
    """The files written, and what could not be; a picture of another run is never left beside the baseline."""
    files = {name: baseline.with_name(f"{baseline.stem}-{name}.svg") for name in PICTURES}
    drawn, notes = _drawn(report)
    for name, file in files.items():
        if name in drawn:
            _write(file, drawn[name])
        else:
            _remove(file)
    shown = {PICTURES[name]: files[name].name for name in drawn}
    written = _write_pair(baseline, report.to_baseline(), baseline_markdown(report, shown))
    return (*written, *(files[name] for name in drawn)), notes


def _drawn(report: Report) -> tuple[dict[str, str], tuple[str, ...]]:
    try:
        return draw(report), ()
    except MissingExtra as error:
        return {}, (f"Chưa vẽ được hình về độ tin cậy. {error.message}",)


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


def _remove(file: Path) -> None:
    try:
        file.unlink(missing_ok=True)
    except OSError as error:
        raise EvaluationError(f"Không xóa được hình cũ «{file.name}» ({error}). Hãy xóa tệp này.") from error


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
