"""The tab of documents: a list to search and filter, a page to read beside its picture; knows no answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gradio as gr

from assistant.chat.catalogue import Wanted, choices, found_html, list_html, offered
from assistant.chat.conversation import report
from assistant.chat.pages import broken_html, original_html, picture_html, waiting_html
from assistant.chat.render import failure_html
from assistant.chat.renewal import Renewal
from assistant.chat.service import Service
from assistant.chat.sources import PART, View, checksum, document_html, view_of
from assistant.chat.uploading import elsewhere_part, upload_part
from assistant.errors import CancuError
from assistant.types import Document
from assistant.wiring import indexes_its_corpus, uploads_allowed

# Passages looked through for those that have the words.
_LOOKED_AT = 100
_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
_FILTERS = ("Loại văn bản", "Cơ quan ban hành", "Năm ban hành", "Hiệu lực")
_CHANGED = '<p class="cc-note" role="note">Văn bản đã thay đổi sau khi trả lời; đoạn trích không còn ở chỗ cũ.</p>'


@dataclass(frozen=True, slots=True)
class Library:
    """The components of the tab that other tabs open a document in, and what shows the documents of now."""

    service: Service
    view: gr.State
    outputs: list[Any]
    picture: gr.HTML
    listing: list[Any]
    headed: Callable[[], str]

    def open_from(self, page: gr.HTML, tabs: gr.Tabs) -> None:
        """Open a document, and this tab, on the page's `expand` event `{document, start, end, focus, check}`."""

        def opened(event: gr.EventData) -> tuple[Any, ...]:
            a, b = event.focus
            place = int(event.start), int(event.end), (int(a), int(b))
            return (gr.Tabs(selected="kho"), *open_at(self.service, str(event.document), *place, int(event.check)))

        shown = page.expand(opened, outputs=[tabs, *self.outputs], concurrency_limit=8, **_UNSEEN)
        self.draw_after(shown)

    def draw_after(self, event: Any) -> None:
        """Draw the open page when its text is there."""
        event.then(lambda view: drawn(self.service, view), self.view, self.picture, concurrency_limit=4, **_UNSEEN)

    def refreshed(self) -> tuple[Any, ...]:
        """Values of `listing` when the tab is opened: those of now, where the page was built with others."""
        self.service.catch_up()
        if self.service.is_as_begun:
            return tuple(gr.skip() for _ in self.listing)
        return self.renewed()

    def renewed(self) -> tuple[Any, ...]:
        """Values of `listing` for the documents of now, nothing filtered."""
        chosen = choices(self.service.documents, self.service.now.state)
        boxes = [_filter_update(values) for values in chosen]
        return gr.Textbox(value=""), *boxes, listed(self.service, Wanted()), "", self.headed()


def library_tab(service: Service, flags: Mapping[str, Any], header: gr.HTML, headed: Callable[[], str]) -> Library:
    """The components of the tab, connected with each other; `headed` gives what `header` says of the documents."""
    with gr.Row(equal_height=False, elem_id="kho-van-ban"):
        with gr.Column(scale=1, min_width=300):
            words = gr.Textbox(
                label="Tìm theo tên, số hiệu, cơ quan ban hành, nội dung",
                placeholder="Có dấu hoặc không dấu",
                elem_id="loc",
            )
            with gr.Row(elem_id="bo-loc"):
                boxes = [
                    gr.Dropdown(
                        label=label, elem_id=f"loc-{place}", choices=offered(values), value="", min_width=130,
                        visible=bool(values), filterable=False,
                    )
                    for place, (label, values) in enumerate(
                        zip(_FILTERS, choices(service.documents, service.now.state), strict=True)
                    )
                ]  # fmt: skip
            place_of_uploads = gr.Column()
            documents = gr.HTML(listed(service, Wanted()), elem_id="danh-sach")
            passages = gr.HTML("", elem_id="trong-noi-dung")
        with gr.Column(scale=3, min_width=320, elem_id="cot-doc"):
            view, outputs, picture, number, turns = _reading_part()
    library = Library(service, view, outputs, picture, [words, *boxes, documents, passages, header], headed)
    if service.root is not None and uploads_allowed(service.root, **flags):
        with place_of_uploads:
            _uploads(service, service.root, library, flags)
    wishes = [words, *boxes]
    gr.on(
        [words.change, *(box.change for box in boxes)],
        lambda *wanted: found(service, Wanted(*(w or "" for w in wanted))),
        wishes,
        [documents, passages],
        trigger_mode="always_last",
        **_UNSEEN,
    )
    back, forward = turns
    library.draw_after(back.click(lambda v: show(service, turned(service, v, -1)), view, outputs, **_UNSEEN))
    library.draw_after(forward.click(lambda v: show(service, turned(service, v, 1)), view, outputs, **_UNSEEN))
    go = number.submit(lambda v, n: show(service, at_page(service, v, n)), [view, number], outputs, **_UNSEEN)
    library.draw_after(go)
    return library


def _reading_part() -> tuple[gr.State, list[Any], gr.HTML, gr.Number, tuple[gr.Button, gr.Button]]:
    with gr.Row(elem_id="lat-trang"):
        back = gr.Button("Phần trước", visible=False, elem_classes="cc-plain", size="sm", min_width=100)
        number = gr.Number(label="Trang", visible=False, precision=0, elem_id="so-trang", min_width=100)
        forward = gr.Button("Phần sau", visible=False, elem_classes="cc-plain", size="sm", min_width=100)
    with gr.Row(equal_height=False, elem_id="trang-mo"):
        text = gr.HTML('<p class="cc-aside">Chọn một văn bản trong danh sách để đọc.</p>', elem_id="van-ban")
        picture = gr.HTML("", elem_id="anh-trang")
    view = gr.State(None)
    return view, [text, view, back, number, forward, picture], picture, number, (back, forward)


def _uploads(service: Service, root: Path, library: Library, flags: Mapping[str, Any]) -> None:
    if indexes_its_corpus(root):
        upload_part(Renewal(service, root, flags), library.renewed, library.listing)
    else:
        elsewhere_part()


def _filter_update(values: list[str]) -> Any:
    return gr.Dropdown(choices=offered(values), value="", visible=bool(values))


def listed(service: Service, wanted: Wanted) -> str:
    return list_html(service.documents, wanted, service.now.chunk_count, service.now.state)


def found(service: Service, wanted: Wanted) -> tuple[str, str]:
    """The documents that are called so, and the passages that say so."""
    now, words = service.now, wanted.words.strip()
    try:
        hits = now.within(wanted.scope).search(words, top_k=_LOOKED_AT) if words else ()
        passages = found_html(hits, words, now.document)
    except Exception as error:  # the list stands without it; the log keeps the cause
        passages = failure_html(report(error))
    return listed(service, wanted), passages


def open_at(
    service: Service, document_id: str, start: int, end: int, focus: tuple[int, int], check: int = 0
) -> tuple[Any, ...]:
    """Values of the tab's outputs with the document open at the passage, unless it no longer says that there."""
    try:
        document = service.now.document(document_id)
    except CancuError as error:
        return _nothing(failure_html(report(error)))
    start, end = max(0, min(start, len(document.text))), max(0, min(end, len(document.text)))
    stale = bool(check) and checksum(document.text[start:end]) != check
    view = View(document_id) if stale else view_of(document_id, start, end, focus)
    if document.pages:
        view = replace(view, start=0, page=document.page_at(start) or 1)
    return show(service, view, note=_CHANGED if stale else "")


def turned(service: Service, view: View, by: int) -> View:
    """The page or part so many further; a page keeps the marks, as a passage may run over it."""
    if view.page:
        return at_page(service, view, view.page + by)
    return replace(view, start=max(0, view.start + by * PART), marked=(0, 0), focus=(0, 0))


def at_page(service: Service, view: View, number: int | None) -> View:
    """The page of that number, or the nearest that there is."""
    try:
        pages = len(service.now.document(view.document_id).pages)
    except CancuError:
        return view
    return replace(view, page=max(1, min(int(number or 1), pages))) if pages else view


def show(service: Service, view: View | None, note: str = "") -> tuple[Any, ...]:
    """Values of the tab's outputs: the text, what is open, what leads to other pages or parts, and no picture yet."""
    if view is None:
        return _nothing("")
    try:
        document = service.now.document(view.document_id)
    except CancuError as error:
        return _nothing(failure_html(report(error)))
    view = _within(document, view)
    text = document_html(document, view, note + original_html(document, service))
    if not view.page:
        more = view.start + PART < len(document.text)
        back, forward = _turner("Phần trước", view.start > 0), _turner("Phần sau", more)
        return text, view, back, gr.Number(visible=False), forward, ""
    count = len(document.pages)
    # No bounds, of which Gradio would complain in English: `at_page` takes the nearest page.
    number = gr.Number(value=view.page, label=f"Trang (1–{count})", visible=count > 1)
    back, forward = _turner("Trang trước", view.page > 1), _turner("Trang sau", view.page < count)
    return text, view, back, number, forward, waiting_html(view)


def _turner(words: str, there: bool) -> Any:
    return gr.Button(words, visible=there)


def _nothing(said: str) -> tuple[Any, ...]:
    return said, None, _turner("", False), gr.Number(visible=False), _turner("", False), ""


def _within(document: Document, view: View) -> View:
    """The view, at a place that the document has."""
    if document.pages:
        return replace(view, page=max(1, min(view.page or 1, len(document.pages))))
    last = max(0, len(document.text) - PART)
    return replace(view, page=0, start=view.start if view.start < len(document.text) else last)


def drawn(service: Service, view: View | None) -> str:
    """The picture of the open page, or why there is none."""
    if view is None or not view.page:
        return ""
    try:
        return picture_html(service.now.document(view.document_id), view, service)
    except Exception as error:  # the text stands without it; the log keeps the cause
        return broken_html(report(error))
