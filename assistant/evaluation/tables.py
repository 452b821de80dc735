"""An evaluation as people read it, in Vietnamese: Markdown for files, lines for the terminal; computes nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from assistant.evaluation.averages import RESAMPLES, Score
from assistant.evaluation.baseline import Change, Diff
from assistant.evaluation.failures import UNSEEN, VERDICTS, failure_lines, stripped_line
from assistant.evaluation.gates import MissedGate
from assistant.evaluation.measures import MEASURES
from assistant.evaluation.report import ALL, Report

DIFFERENCES = {
    "good": "kết luận",
    "groups_found": "số ý nêu được",
    "evidence_found": "số căn cứ dẫn được",
    "faulty_citations": "lỗi trích dẫn",
    "RR@10": "RR@10",
}
# The columns of the two tables by split, kind and difficulty.
QUALITY = (
    "answer_accuracy",
    "list_completeness",
    "evidence_recall",
    "citation_correctness",
    "abstention_recall",
    "Success@5",
)
MANNER = (
    "false_answers",
    "false_refusals",
    "stripped_accuracy",
    "stripped_difference",
    "stripped_changed",
    "ECE",
    "AURC",
    "median_words",
    "median_words_list",
)
SORTS = {"all": "tất cả", "split": "phần", "kind": "loại", "difficulty": "độ khó"}
LABELS = {measure.name: measure.label for measure in MEASURES}


def terminal_lines(
    report: Report, diff: Diff | None, missed: Sequence[MissedGate], unmeasured: Sequence[str] = ()
) -> list[str]:
    """The table of all questions, what changed and which gates were missed."""
    width = max(map(len, LABELS.values()))
    lines = [f"Bộ câu hỏi {report.name}: {len(report.judgements)} câu", ""]
    lines += [_terminal_row(score, diff, width) for score in report.scores[ALL]]
    lines += ["", stripped_line(report.judgements), _seconds(report), "", *change_lines(diff)]
    return lines + list(gate_lines(missed, unmeasured))


def _terminal_row(score: Score, diff: Diff | None, width: int) -> str:
    before = diff.scores.get(score.name) if diff else None
    was = f"   mốc {number(before)}" if before is not None else ""
    value = f"{number(score.value):>5}  {interval(score):<13}"
    return f"{LABELS[score.name]:<{width}}  {value}  n = {score.n:<4}{was}".rstrip()


def change_lines(diff: Diff | None) -> Iterator[str]:
    """What changed since the baseline, then what got better and what got worse, one question a line.

    Of the test part only how many: whoever reads which question of it failed will mend that one.
    """
    if diff is None:
        yield "Chưa có mốc so sánh. Để lấy kết quả này làm mốc, hãy chạy: cancu evaluate --accept"
        return
    yield (
        f"So với mốc ngày {diff.made[:10]}: {len(diff.better)} câu tốt lên, {len(diff.worse)} câu kém đi, "
        f"{diff.unchanged} câu như cũ, {len(diff.new)} câu mới, {len(diff.gone)} câu không còn."
    )
    if diff.other:
        yield f"Khác mốc ở: {', '.join(diff.other)}."
    better, worse = ([change for change in own if change.split != UNSEEN] for own in (diff.better, diff.worse))
    yield from (f"Tốt lên: {_told(change)}" for change in better)
    yield from (f"Kém đi: {_told(change)}" for change in worse)
    unseen = len(diff.better) - len(better), len(diff.worse) - len(worse)
    if any(unseen):
        yield f"Phần `{UNSEEN}`, chỉ đếm để không ai chỉnh theo: {unseen[0]} câu tốt lên, {unseen[1]} câu kém đi."


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
    lines += ["", "## Thời gian một câu (mili giây)", "", *_milliseconds(report)]
    lines += ["", "## So với mốc và ngưỡng", "", *(f"- {line}" for line in told)]
    return "\n".join([*lines, "", "## Những câu chưa đúng", "", *failure_lines(report.judgements)]) + "\n"


def baseline_markdown(report: Report, pictures: Mapping[str, str]) -> str:
    """The report without what differs from day to day and machine to machine: for committing.

    `pictures` gives the file of each picture by what it shows.
    """
    lines = [f"# Mốc so sánh: {report.name}", "", *_body(report)]
    shown = [f"![{what}]({file})" for what, file in pictures.items()]
    return "\n".join([*lines, *(["", "## Độ tin cậy", "", *shown] if shown else [])]) + "\n"


def _body(report: Report) -> Iterator[str]:
    yield f"{len(report.judgements)} câu hỏi. Trong ngoặc là khoảng tin cậy 95 %, bootstrap {RESAMPLES} lần."
    yield ""
    yield from _table(("Tên", "Số đo", "Kết quả", "Khoảng", "n"), map(_measure_row, report.scores[ALL]))
    yield from ("", stripped_line(report.judgements), "", "## Theo phần, loại và độ khó của câu hỏi", "")
    yield from _table(("Phần", "Câu", *(LABELS[name] for name in QUALITY)), _part_rows(report, QUALITY))
    yield from ("", "## Từ chối, gõ không dấu, độ tin cậy, độ dài", "")
    yield from _table(("Phần", "Câu", *(LABELS[name] for name in MANNER)), _part_rows(report, MANNER))
    yield from ("", "## Đo trong điều kiện nào", "")
    yield from (f"- `{name}`: {value}" for name, value in sorted(report.settings.items()))
    yield from (f"- dấu vân tay `{name}`: `{value}`" for name, value in sorted(report.fingerprints.items()))


def _milliseconds(report: Report) -> Iterator[str]:
    rows = (
        (_part_name(part), str(_size(report, part)), number(found["p50"], 1), number(found["p95"], 1))
        for part, found in report.milliseconds.items()
    )
    yield from _table(("Phần", "Câu", "trung vị", "95 % dưới"), rows)


def _table(head: Sequence[str], rows: Iterator[tuple[str, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def _measure_row(score: Score) -> tuple[str, ...]:
    return LABELS[score.name], f"`{score.name}`", number(score.value), interval(score), str(score.n)


def _part_rows(report: Report, names: Sequence[str]) -> Iterator[tuple[str, ...]]:
    for part, found in report.scores.items():
        by_name = {score.name: score for score in found}
        yield _part_name(part), str(_size(report, part)), *(_cell(by_name[name]) for name in names)


def _part_name(part: str) -> str:
    sort, _, name = part.partition(":")
    return f"{SORTS[sort]} `{name}`" if name else SORTS[sort]


def _size(report: Report, part: str) -> int:
    sort, _, name = part.partition(":")
    return sum(1 for j in report.judgements if sort == ALL or getattr(j, sort) == name)


def _cell(score: Score) -> str:
    return f"{number(score.value)} {interval(score)} n={score.n}" if score.n else "–"


def _seconds(report: Report) -> str:
    seconds = report.seconds
    return f"Thời gian một câu: trung vị {number(seconds['p50'], 3)} giây, 95 % dưới {number(seconds['p95'], 3)} giây."


def number(value: float | None, places: int | None = None) -> str:
    """As Vietnamese writes numbers: with a decimal comma; three places, and one from ten on, unless told otherwise."""
    if value is None:
        return "–"
    places = places if places is not None else 3 if abs(value) < 10 else 1
    return f"{value:.{places}f}".replace(".", ",")


def interval(score: Score) -> str:
    if score.low is None or score.high is None:
        return ""
    places = 2 if abs(score.high) < 10 else 0
    return f"({number(score.low, places)}–{number(score.high, places)})"
