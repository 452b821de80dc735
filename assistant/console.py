"""What the commands show on a terminal: progress, lists, answers, usage errors; knows no command."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from assistant.errors import UsageError
from assistant.sheets import place_shown

if TYPE_CHECKING:
    from rich.table import Table

    from assistant.answering.assistant import Assistant
    from assistant.types import Answer, Citation, IndexReport

Progress = Callable[[str, int, int], None]
_STAGES = {"read": "Đọc tệp", "chunk": "Cắt đoạn", "embed": "Mã hóa", "lexical": "Lập chỉ mục từ"}


@contextmanager
def progress_bar() -> Iterator[Progress]:
    """A progress bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    tasks: dict[str, TaskID] = {}
    with Progress(*columns, console=Console(stderr=True), transient=True, disable=not sys.stderr.isatty()) as bar:

        def tell(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bar.add_task(_STAGES.get(stage, stage), total=total)
            bar.update(tasks[stage], completed=done, total=total)

        yield tell


def index_text(report: IndexReport, *, as_json: bool) -> str:
    """What an indexing tells, for people or for programs."""
    if as_json:
        return json.dumps(_index_json(report), ensure_ascii=False, indent=2)
    return "\n".join(_index_lines(report))


def _index_lines(report: IndexReport) -> Iterator[str]:
    yield (
        f"Chỉ mục có {report.documents} văn bản, {report.chunks} đoạn: thêm {len(report.added)}, "
        f"sửa {len(report.changed)}, không đổi {len(report.unchanged)}, bỏ {len(report.removed)}, "
        f"lỗi {_troubled(report)} ({report.seconds:.1f} giây)."
    )
    listed = (("+", report.added), ("~", report.changed), ("-", report.removed))
    for mark, identifiers in listed:
        yield from (f"  {mark} {identifier}" for identifier in identifiers[:50])
        if len(identifiers) > 50:
            yield f"  {mark} … và {len(identifiers) - 50} văn bản nữa"
    yield from _index_tables(report)
    if report.note:
        yield f"Lưu ý: {report.note}"


def _troubled(report: IndexReport) -> str:
    """How many files have something wrong, and how many faults are listed where one file has several."""
    files, faults = report.files.get("failed", 0), len(report.failed)
    return f"{files} tệp" + (f" với {faults} điều, nêu ở dưới" if faults > files else "")


def _index_tables(report: IndexReport) -> Iterator[str]:
    """What was done, in numbers, and each file that failed with what to do about it."""
    from rich import box
    from rich.table import Table

    numbers = Table(box=box.SIMPLE)
    numbers.add_column("Lần lập chỉ mục này")
    numbers.add_column("Số", justify="right")
    for what, number in _numbers(report):
        numbers.add_row(what, str(number))
    yield from _drawn(numbers)
    if report.failed:
        failed = Table(box=box.SIMPLE)
        failed.add_column("Tệp, hoặc phần của tệp, không đọc được và lý do", overflow="fold")
        failed.add_column("Cách xử lý", overflow="fold")
        for failure in report.failed[:50]:
            wrong, remedy = failure.told
            failed.add_row(f"! {' '.join(failure.path.split())} [{failure.code}]: {wrong}", remedy)
        yield from _drawn(failed)
    if len(report.failed) > 50:
        yield f"  ! … và {len(report.failed) - 50} lỗi nữa; xem đủ với --json"


def _numbers(report: IndexReport) -> Iterator[tuple[str, int]]:
    files = report.files
    yield "Tệp đã đọc", files.get("read", 0)
    yield "Tệp không đổi, không phải đọc lại", files.get("kept", 0)
    yield "Tệp có lỗi", files.get("failed", 0)
    yield "Văn bản đã bỏ khỏi chỉ mục", len(report.removed)
    yield "Trang nhận dạng chữ (OCR)", files.get("ocr_pages", 0)
    yield "Bảng trong văn bản và trang tính (từ hai dòng, hai cột)", files.get("tables", 0)


def _drawn(table: Table) -> Iterator[str]:
    """The table's lines, as wide as the terminal; where there is none nothing is folded: lines can be searched."""
    from rich.console import Console

    console = Console(width=None if sys.stdout.isatty() else 1000, no_color=True, highlight=False, markup=False)
    with console.capture() as captured:
        console.print(table)
    yield from (line.rstrip() for line in captured.get().splitlines() if line.strip())


def _index_json(report: IndexReport) -> dict[str, Any]:
    """The report with what to do about each file that failed."""
    values = asdict(report)
    for row, failure in zip(values["failed"], report.failed, strict=True):
        row["remedy"] = failure.told[1]
    return values


def answer_lines(answer: Answer) -> Iterator[str]:
    if answer.understood:
        yield f"Đã hiểu là: {answer.understood}"
    if "scope" in answer.fingerprints:
        yield f"Phạm vi: {answer.fingerprints['scope']}"
    yield answer.text
    if answer.citations:
        yield "\nCăn cứ:"
        yield from map(_citation_line, answer.citations)
    if answer.related:
        yield "\nCó thể liên quan (không phải căn cứ):"
        yield from (f"- {_place(citation)}: «{citation.quote}»" for citation in answer.related)
    if answer.reason and not answer.abstained:
        yield f"\n(Không dùng được máy chủ mô hình ngôn ngữ [{answer.reason}]; đây là câu trả lời trích nguyên văn.)"


def _citation_line(citation: Citation) -> str:
    return f"[{citation.number}] {_place(citation)}"


def _place(citation: Citation) -> str:
    place = [citation.title, *citation.headings]
    page = [citation.place] if citation.place else []
    told = [citation.note, _state(citation)]
    note = f" ({'; '.join(filter(None, told))})" if any(told) else ""
    return " › ".join(dict.fromkeys(place + page)) + note


def _state(citation: Citation) -> str | None:
    """What is to be known of the document's force; nothing where it is in force or where that is not known."""
    if citation.state is None or (citation.state in ("còn hiệu lực", "không rõ") and not citation.state_note):
        return None
    return f"{citation.state}: {citation.state_note}" if citation.state_note else citation.state


def hit_lines(assistant: Assistant, query: str, top: int) -> Iterator[str]:
    for rank, hit in enumerate(assistant.search(query, top_k=top), start=1):
        span = hit.chunk.span
        cells = assistant.document(span.document_id).cells_at(span.start, span.end)
        place = place_shown(hit.chunk.page, cells)
        text = " ".join(hit.chunk.text.split())[:160]
        yield f"{rank}. {hit.score:.3f} {hit.chunk.id}{', ' if place else ''}{place}: {text}"


def usage_text(error: Any) -> str:
    """What is wrong with the command line, in Vietnamese."""
    name = type(error).__name__
    if name == "NoSuchOption":
        return f"Không có tùy chọn «{error.option_name}»."
    if name == "MissingParameter":
        return f"Thiếu tham số «{_shown_name(error.param)}»."
    if name == "BadParameter":
        return f"Giá trị của «{error.param.opts[0] if error.param else '?'}» không hợp lệ."
    if name == "BadOptionUsage":
        return f"Tùy chọn «{error.option_name}» thiếu giá trị hoặc có giá trị thừa."
    unknown = re.match(r"No such command '(.*?)'\.?(?: Did you mean '(.*?)')?", error.format_message())
    if unknown:
        near = f" Có phải «{unknown.group(2)}»?" if unknown.group(2) else ""
        return f"Không có lệnh «{unknown.group(1)}».{near}"
    return "Có tham số thừa hoặc sai chỗ; câu có dấu cách cần đặt trong ngoặc kép."


def _shown_name(parameter: Any) -> str:
    """What the help calls a parameter: `--out`, `DIR`."""
    options = [option for option in getattr(parameter, "opts", ()) if option.startswith("--")]
    return str(options[0] if options else getattr(parameter, "metavar", None) or getattr(parameter, "name", "?"))


def flags_of(pairs: list[str] | None) -> dict[str, str]:
    """`--set tên=giá trị`, each. Raises UsageError."""
    flags: dict[str, str] = {}
    for pair in pairs or []:
        name, equals, value = pair.partition("=")
        if not equals:
            raise UsageError(f"--set cần dạng tên=giá trị, nhận được «{pair}».")
        flags[name.strip()] = value.strip()
    return flags
