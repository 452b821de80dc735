"""What the commands show on a terminal: progress, lists, answers, usage errors; knows no command."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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


def index_lines(report: IndexReport) -> Iterator[str]:
    yield (
        f"Chỉ mục có {report.documents} văn bản, {report.chunks} đoạn: thêm {len(report.added)}, "
        f"sửa {len(report.changed)}, không đổi {len(report.unchanged)}, bỏ {len(report.removed)}, "
        f"lỗi {len(report.failed)} ({report.seconds:.1f} giây)."
    )
    listed = (("+", report.added), ("~", report.changed), ("-", report.removed))
    for mark, identifiers in listed:
        yield from (f"  {mark} {identifier}" for identifier in identifiers[:50])
        if len(identifiers) > 50:
            yield f"  {mark} … và {len(identifiers) - 50} văn bản nữa"
    yield from (f"  ! {' '.join(f.path.split())} [{f.code}]: {f.reason}" for f in report.failed[:50])
    if len(report.failed) > 50:
        yield f"  ! … và {len(report.failed) - 50} lỗi nữa; xem đủ với --json"


def answer_lines(answer: Answer) -> Iterator[str]:
    if answer.understood:
        yield f"Đã hiểu là: {answer.understood}"
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
    page = [f"trang {citation.page}"] if citation.page else []
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
        page = f", trang {hit.chunk.page}" if hit.chunk.page else ""
        yield f"{rank}. {hit.score:.3f} {hit.chunk.id}{page}: {' '.join(hit.chunk.text.split())[:160]}"


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
