"""The tab of documents: a list to filter, a text to read; knows no answer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import gradio as gr

from assistant.chat.conversation import report, thousands
from assistant.chat.escaping import escape
from assistant.chat.render import failure_html
from assistant.chat.sources import PART, View, document_html, facts_html, view_of
from assistant.errors import CancuError
from assistant.types import Document
from assistant.vietnamese.normal import fold, nfc

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

# Documents listed at a time; the filter finds the others.
_LISTED = 100
_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


@dataclass(frozen=True, slots=True)
class Library:
    """The components of the tab that other tabs open a document in."""

    assistant: Assistant
    view: gr.State
    outputs: list[Any]

    def open_from(self, page: gr.HTML, tabs: gr.Tabs) -> None:
        """Open a document, and this tab, on the page's `expand` event `{document, start, end, focus}`."""

        def opened(event: gr.EventData) -> tuple[Any, ...]:
            a, b = event.focus
            view = view_of(str(event.document), int(event.start), int(event.end), (int(a), int(b)))
            return (gr.Tabs(selected="kho"), *show(self.assistant, view))

        page.expand(opened, outputs=[tabs, *self.outputs], concurrency_limit=8, **_UNSEEN)


def library_tab(assistant: Assistant, documents: Sequence[Document]) -> Library:
    """The components of the tab, connected with each other."""
    chunks = {d.id: assistant.chunk_count(d.id) for d in documents}
    with gr.Row(equal_height=False):
        with gr.Column(scale=2, min_width=320):
            wanted = gr.Textbox(
                label="Lọc theo tên, số hiệu, cơ quan ban hành", placeholder="Có dấu hoặc không dấu", elem_id="loc"
            )
            listed = gr.HTML(list_html(documents, "", chunks.get), elem_id="danh-sach")
        with gr.Column(scale=3, min_width=320):
            text = gr.HTML('<p class="cc-aside">Chọn một văn bản trong danh sách để đọc.</p>', elem_id="van-ban")
            with gr.Row():
                back = gr.Button("Phần trước", visible=False)
                forward = gr.Button("Phần sau", visible=False)
    view = gr.State(None)
    outputs = [text, view, back, forward]
    wanted.change(lambda words: list_html(documents, words, chunks.get), wanted, listed, **_UNSEEN)
    back.click(lambda v: show(assistant, turned(v, -PART)), view, outputs, **_UNSEEN)
    forward.click(lambda v: show(assistant, turned(v, PART)), view, outputs, **_UNSEEN)
    return Library(assistant, view, outputs)


def turned(view: View, by: int) -> View:
    return replace(view, start=max(0, view.start + by), marked=(0, 0), focus=(0, 0))


def show(assistant: Assistant, view: View) -> tuple[Any, ...]:
    """Values of the tab's outputs: the text, what is open, and the two buttons where there is more."""
    try:
        document = assistant.document(view.document_id)
    except CancuError as error:
        return failure_html(report(error)), None, gr.Button(visible=False), gr.Button(visible=False)
    if view.start >= len(document.text):  # a place that the document does not have
        view = replace(view, start=max(0, len(document.text) - PART))
    more = view.start + PART < len(document.text)
    return document_html(document, view), view, gr.Button(visible=view.start > 0), gr.Button(visible=more)


def list_html(documents: Sequence[Document], wanted: str, chunks: Callable[[str], int | None]) -> str:
    """The documents in which every wanted word stands, marks or none, in corpus order."""
    words = fold(nfc(wanted)).split()
    found = [
        d for d in documents if all(w in fold(" ".join(filter(None, (d.title, d.number, d.issuer)))) for w in words)
    ]
    items = "".join(_item(d, chunks(d.id)) for d in found[:_LISTED])
    rest = len(found) - _LISTED
    more = f'<p class="cc-aside">Còn {thousands(rest)} văn bản nữa; hãy lọc hẹp hơn.</p>' if rest > 0 else ""
    return f'<p class="cc-aside">{thousands(len(found))} văn bản</p><ul class="cc-documents">{items}</ul>{more}'


def _item(document: Document, chunks: int | None) -> str:
    size = [f"{len(document.pages)} trang"] if document.pages else []
    size += [f"{chunks} đoạn"] if chunks is not None else []
    return (
        f'<li><button type="button" class="cc-link cc-open" data-document="{escape(document.id)}" '
        f'data-start="0" data-end="0">'
        f'{escape(document.title)}</button>{facts_html(document)}<p class="cc-aside">{" · ".join(size)}</p></li>'
    )
