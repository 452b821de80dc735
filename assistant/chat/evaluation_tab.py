"""The tab that measures accuracy on the workspace's own questions; computes no measure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.chat.conversation import report
from assistant.chat.escaping import escape
from assistant.chat.progress import Done, Tell, bar_html, steps
from assistant.chat.render import failure_html, notice_html
from assistant.chat.service import Service
from assistant.errors import CancuError
from assistant.evaluation.report import ALL
from assistant.evaluation.tables import LABELS, change_lines, gate_lines, interval, number
from assistant.evaluation.workspace import Evaluation, evaluate_workspace

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_ABOUT = (
    '<p class="cc-aside">Hỏi lại toàn bộ bộ câu hỏi có sẵn đáp án của kho này rồi chấm: trả lời đúng đến đâu, '
    "trích dẫn có khớp văn bản không, câu không có trong văn bản có được từ chối không.</p>"
)


def evaluation_tab(service: Service, workspace: Path) -> None:
    """The components of the tab, connected with each other."""
    gr.HTML(_ABOUT)
    go = gr.Button("Chạy đánh giá", variant="primary", elem_id="chay-danh-gia")
    shown = gr.HTML("", elem_id="ket-qua-danh-gia")

    def run() -> Iterator[tuple[Any, str]]:
        service.catch_up()
        yield from evaluate_all(service.now, workspace)

    go.click(run, outputs=[go, shown], concurrency_limit=1, **_UNSEEN)


def evaluate_all(assistant: Assistant, workspace: Path) -> Iterator[tuple[Any, str]]:
    """The button and what is shown, while the questions are being asked and when the report is there."""

    def work(tell: Tell) -> Evaluation:
        return evaluate_workspace(assistant, workspace, progress=tell)

    yield gr.Button(interactive=False), notice_html(None)
    try:
        for step in steps(work, threading.Event()):
            shown = report_html(step.result) if isinstance(step, Done) else bar_html(*step, "Đã hỏi")
            yield gr.Button(interactive=isinstance(step, Done)), shown
    except CancuError as error:
        yield gr.Button(interactive=True), notice_html(error.message)
    except Exception as error:  # whatever it is, the page shows a card and the log keeps the cause
        yield gr.Button(interactive=True), failure_html(report(error))


def report_html(evaluation: Evaluation) -> str:
    """The measures over all questions with their intervals, then what changed and which gates were missed."""
    made = evaluation.report
    rows = "".join(
        f"<tr><td>{escape(LABELS[s.name])}</td><td>{number(s.value)}</td><td>{interval(s)}</td><td>{s.n}</td></tr>"
        for s in made.scores[ALL]
    )
    told = [*change_lines(evaluation.diff), *gate_lines(evaluation.missed, evaluation.unmeasured)]
    lines = "".join(f"<li>{escape(line)}</li>" for line in told)
    return (
        f'<p role="status">{len(made.judgements)} câu hỏi. Trong ngoặc là khoảng tin cậy 95&nbsp;%.</p>'
        '<div class="cc-table" tabindex="0"><table>'
        "<thead><tr><th>Số đo</th><th>Kết quả</th><th>Khoảng</th><th>Số câu</th></tr></thead>"
        f"<tbody>{rows}</tbody></table></div><ul>{lines}</ul>"
    )
