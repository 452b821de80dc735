"""The tab that answers a file of questions; knows no file format."""

from __future__ import annotations

import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.bulk.cells import column_letter
from assistant.bulk.columns import find_column
from assistant.bulk.runner import BulkReport, answer_file
from assistant.bulk.tables import FORMATS, read_bytes, read_table
from assistant.chat.conversation import report
from assistant.chat.escaping import escape
from assistant.chat.progress import Done, Stops, Tell, bar_html, steps
from assistant.chat.render import failure_html, notice_html
from assistant.chat.scope import scope_part
from assistant.chat.service import Service
from assistant.documents.scope import EVERYTHING, Scope
from assistant.errors import CancuError, InputFileError
from assistant.types import Answer, Turn

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

# Rows shown while the others are still being answered.
_SHOWN = 5
_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_ABOUT = (
    '<p class="cc-aside">Mỗi dòng của tệp là một câu hỏi. Kết quả là chính tệp đó, thêm các cột câu trả lời, '
    "căn cứ và độ tin cậy. Nhận tệp .csv, .xlsx, .jsonl.</p>"
)
Step = tuple[Any, ...]


class Watched:
    """The assistant, with the first exchanges kept to be shown."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant
        self.first: list[Answer] = []

    @property
    def fingerprints(self) -> Mapping[str, str]:
        return self._assistant.fingerprints

    def narrow(self, scope: Scope) -> None:
        """Asks within the scope from now on."""
        if scope:
            self._assistant = self._assistant.within(scope)

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        answer = self._assistant.ask(question, history=history, id=id)
        if len(self.first) < _SHOWN:
            self.first.append(answer)
        return answer


def bulk_tab(service: Service) -> None:
    """The components of the tab, connected with each other."""
    gr.HTML(_ABOUT)
    file = gr.File(label="Tệp câu hỏi", file_types=sorted(FORMATS), elem_id="tep-cau-hoi", height=140)
    column = gr.Dropdown(label="Cột câu hỏi", choices=[], visible=False, elem_id="cot-cau-hoi")
    scope = scope_part(service, "hang-loat")
    with gr.Row():
        go = gr.Button("Trả lời tất cả", variant="primary", interactive=False, elem_id="tra-loi-tat-ca")
        halt = gr.Button("Dừng", visible=False)
    state = gr.HTML("", elem_id="tien-do")
    result = gr.DownloadButton("Tải tệp kết quả", visible=False, variant="primary", elem_id="tai-ket-qua")
    rows = gr.HTML("", elem_id="dong-dau")

    stops = Stops()

    def run(given: Mapping[Any, Any], request: gr.Request) -> Iterator[Step]:
        within = scope.chosen(given)
        with stops.running(request.session_hash) as stopped:
            service.catch_up()
            yield from answer_all(service.now, Path(given[file]), given[column], stopped, within)

    def halted(request: gr.Request) -> None:
        stops.stop(request.session_hash)

    gr.on([file.upload, file.clear], look, file, [column, go, state, result, rows], **_UNSEEN)
    outputs = [go, halt, state, result, rows]
    go.click(run, {file, column, *scope.boxes}, outputs, concurrency_limit=2, **_UNSEEN)
    halt.click(halted, concurrency_limit=8, **_UNSEEN)


def look(path: str | None) -> Step:
    """What the tab offers for the file: its columns with the guessed one chosen, or why it can't be used."""
    hidden = gr.DownloadButton(visible=False)
    if path is None:
        return gr.Dropdown(visible=False), gr.Button(interactive=False), "", hidden, ""
    try:
        headings = read_table(read_bytes(Path(path)), Path(path).name).headings
    except CancuError as error:
        return gr.Dropdown(visible=False), gr.Button(interactive=False), notice_html(error.message), hidden, ""
    choices = column_choices(headings)
    guessed = _guess(headings, choices)
    note = "" if guessed else notice_html("Chưa nhận ra cột câu hỏi. Hãy chọn cột trong danh sách.")
    chosen = gr.Dropdown(choices=choices, value=guessed, visible=True)
    return chosen, gr.Button(interactive=True), note, hidden, ""


def column_choices(headings: Sequence[str]) -> list[tuple[str, str]]:
    """What is shown of each column and what names it: its heading, or its letter where the heading doesn't tell."""
    letters = [column_letter(place) for place in range(len(headings))]
    names = [h if h.strip() and headings.count(h) == 1 else letter for h, letter in zip(headings, letters, strict=True)]
    return [(f"{letter} · {h}".rstrip(" ·"), name) for letter, h, name in zip(letters, headings, names, strict=True)]


def _guess(headings: Sequence[str], choices: Sequence[tuple[str, str]]) -> str | None:
    try:
        return choices[find_column(headings)][1]
    except InputFileError:
        return None


def answer_all(
    assistant: Assistant, source: Path, column: str | None, stopped: threading.Event, scope: Scope = EVERYTHING
) -> Iterator[Step]:
    """Values of the tab's outputs while the file is being answered; the result is handed over at the end."""
    asker = Watched(assistant)
    folder = Path(tempfile.mkdtemp(prefix="cancu-"))
    out = folder / f"{source.stem}-tra-loi{source.suffix.lower() if source.suffix.lower() in FORMATS else '.xlsx'}"

    def work(tell: Tell) -> BulkReport:
        asker.narrow(scope)
        return answer_file(asker, source, out, column=column, progress=tell)

    try:
        for step in steps(work, stopped):
            yield _finished(step.result, out, asker) if isinstance(step, Done) else _working(step, asker)
        if stopped.is_set():
            yield _ended(notice_html("Đã dừng; chưa có tệp kết quả."), asker)
    except CancuError as error:
        yield _ended(notice_html(error.message), asker)
    except Exception as error:  # whatever it is, the page shows a card and the log keeps the cause
        yield _ended(failure_html(report(error)), asker)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _working(step: tuple[int, int], asker: Watched) -> Step:
    return _step(bar_html(*step, "Đã trả lời"), rows_html(asker.first), working=True)


def _finished(made: BulkReport, out: Path, asker: Watched) -> Step:
    said = made.text.replace(str(out), out.name)
    return _step(f'<p role="status">{escape(said)}</p>', rows_html(asker.first), out=out)


def _ended(said: str, asker: Watched) -> Step:
    return _step(said, rows_html(asker.first))


def _step(said: str, rows: Any, *, working: bool = False, out: Path | None = None) -> Step:
    """Values of: answer button, stop button, what is said, download button, first rows."""
    download = gr.DownloadButton(value=str(out) if out else None, visible=out is not None)
    return gr.Button(interactive=not working), gr.Button(visible=working), said, download, rows


def rows_html(answers: Sequence[Answer]) -> str:
    """The first rows as a table."""
    if not answers:
        return ""
    rows = "".join(f"<tr><td>{escape(a.question)}</td><td>{escape(a.text)}</td></tr>" for a in answers)
    return (
        f'<p class="cc-aside">{len(answers)} dòng đầu</p><div class="cc-table" tabindex="0"><table>'
        f"<thead><tr><th>Câu hỏi</th><th>Câu trả lời</th></tr></thead><tbody>{rows}</tbody></table></div>"
    )
