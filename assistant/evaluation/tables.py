"""An evaluation as people read it, in Vietnamese: Markdown for files, lines for the terminal; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from assistant.evaluation.baseline import Change, Diff
from assistant.evaluation.gates import MissedGate
from assistant.evaluation.judging import Verdict
from assistant.evaluation.measures import MEASURES, RESAMPLES, Score
from assistant.evaluation.report import ALL, Report

VERDICTS = {
    Verdict.RIGHT: "đúng",
    Verdict.ABSTAINED_RIGHTLY: "từ chối đúng",
    Verdict.WRONG: "sai hoặc thiếu",
    Verdict.ABSTAINED_WRONGLY: "từ chối nhầm",
    Verdict.UNFOUNDED: "trả lời không có căn cứ",
}
DIFFERENCES = {
    "good": "kết luận",
    "groups_found": "số ý nêu được",
    "evidence_found": "số căn cứ dẫn được",
    "faulty_citations": "lỗi trích dẫn",
    "RR@10": "RR@10",
}
# The columns of the table by split and kind.
SHORT = (
    "answer_accuracy",
    "list_completeness",
    "evidence_recall",
    "citation_correctness",
    "abstention_recall",
    "Success@5",
)
LABELS = {measure.name: measure.label for measure in MEASURES}


def terminal_lines(
    report: Report, diff: Diff | None, missed: Sequence[MissedGate], unmeasured: Sequence[str] = ()
) -> list[str]:
    """The table of all questions, what changed and which gates were missed."""
    width = max(map(len, LABELS.values()))
    lines = [f"Bộ câu hỏi {report.name}: {len(report.judgements)} câu", ""]
    lines += [_terminal_row(score, diff, width) for score in report.scores[ALL]]
    lines += ["", _seconds(report), "", *change_lines(diff)]
    return lines + list(gate_lines(missed, unmeasured))


def _terminal_row(score: Score, diff: Diff | None, width: int) -> str:
    before = diff.scores.get(score.name) if diff else None
    was = f"   mốc {number(before)}" if before is not None else ""
    value = f"{number(score.value):>5}  {interval(score):<13}"
    return f"{LABELS[score.name]:<{width}}  {value}  n = {score.n:<4}{was}".rstrip()


def change_lines(diff: Diff | None) -> Iterator[str]:
    """What changed since the baseline, then what got better and what got worse, one question a line."""
    if diff is None:
        yield "Chưa có mốc so sánh. Để lấy kết quả này làm mốc, hãy chạy: cancu evaluate --accept"
        return
    yield (
        f"So với mốc ngày {diff.made[:10]}: {len(diff.better)} câu tốt lên, {len(diff.worse)} câu kém đi, "
        f"{diff.unchanged} câu như cũ, {len(diff.new)} câu mới, {len(diff.gone)} câu không còn."
    )
    if diff.other:
        yield f"Khác mốc ở: {', '.join(diff.other)}."
    yield from (f"Tốt lên: {_told(change)}" for change in diff.better)
    yield from (f"Kém đi: {_told(change)}" for change in diff.worse)


def _told(change: Change) -> str:
    if change.before is not change.now:
        what = f"{VERDICTS[change.before]} → {VERDICTS[change.now]}"
    else:
        what = "; ".join(f"{DIFFERENCES[k]} {_plain(k, a)} → {_plain(k, b)}" for k, (a, b) in change.differs.items())
    return f"{change.id} ({what}): {change.question}"


def _plain(name: str, value: float) -> str:
    return f"{abs(value):.2f}".replace(".", ",") if name == "RR@10" else f"{abs(value):.0f}"


def gate_lines(missed: Sequence[MissedGate], unmeasured: Sequence[str]) -> Iterator[str]:
    for gate in missed:
        found, wanted = number(gate.value, 4), number(gate.gate, 4)
        yield f"Không đạt ngưỡng {gate.name} ({LABELS[gate.name]}): được {found}, cần {wanted}"
    if unmeasured:
        yield f"Ngưỡng chưa đo được với bộ câu hỏi này: {', '.join(unmeasured)}."


def markdown(report: Report, diff: Diff | None, missed: Sequence[MissedGate], unmeasured: Sequence[str] = ()) -> str:
    """The whole report as one Markdown page."""
    told = [*change_lines(diff), *gate_lines(missed, unmeasured)]
    lines = [f"# Đánh giá: {report.name}", "", f"Ngày {report.made[:10]}. {_seconds(report)}", "", *_body(report)]
    return "\n".join([*lines, "", "## So với mốc và ngưỡng", "", *(f"- {line}" for line in told)]) + "\n"


def baseline_markdown(report: Report) -> str:
    """The report without what differs from day to day and machine to machine: for committing."""
    return "\n".join([f"# Mốc so sánh: {report.name}", "", *_body(report)]) + "\n"


def _body(report: Report) -> Iterator[str]:
    yield f"{len(report.judgements)} câu hỏi. Trong ngoặc là khoảng tin cậy 95 %, bootstrap {RESAMPLES} lần."
    yield ""
    yield from _table(("Tên", "Số đo", "Kết quả", "Khoảng", "n"), map(_measure_row, report.scores[ALL]))
    yield from ("", "## Theo phần và loại câu hỏi", "")
    yield from _table(("Phần", "Câu", *(LABELS[name] for name in SHORT)), _part_rows(report))
    yield from ("", "## Đo trong điều kiện nào", "")
    yield from (f"- `{name}`: {value}" for name, value in sorted(report.settings.items()))
    yield from (f"- dấu vân tay `{name}`: `{value}`" for name, value in sorted(report.fingerprints.items()))


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _measure_row(score: Score) -> tuple[str, ...]:
    return LABELS[score.name], f"`{score.name}`", number(score.value), interval(score), str(score.n)


def _part_rows(report: Report) -> Iterator[tuple[str, ...]]:
    for part, found in report.scores.items():
        by_name = {score.name: score for score in found}
        yield _part_name(part), str(_size(report, part)), *(_cell(by_name[name]) for name in SHORT)


def _part_name(part: str) -> str:
    sort, _, name = part.partition(":")
    return {"all": "tất cả", "split": f"phần `{name}`", "kind": f"loại `{name}`"}[sort]


def _size(report: Report, part: str) -> int:
    sort, _, name = part.partition(":")
    return sum(1 for j in report.judgements if sort == ALL or getattr(j, sort) == name)


def _cell(score: Score) -> str:
    return f"{number(score.value)} {interval(score)} n={score.n}" if score.n else "–"


def _seconds(report: Report) -> str:
    seconds = report.seconds
    return f"Thời gian một câu: trung vị {number(seconds['p50'], 3)} giây, 95 % dưới {number(seconds['p95'], 3)} giây."


def number(value: float | None, places: int = 3) -> str:
    """As Vietnamese writes numbers: with a decimal comma."""
    return "–" if value is None else f"{value:.{places}f}".replace(".", ",")


def interval(score: Score) -> str:
    return "" if score.low is None else f"({number(score.low, 2)}–{number(score.high, 2)})"
