"""The page: its tabs and events, and the server that shows it; knows no retrieval and no engine."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import gradio as gr
from gradio.blocks import Block

from assistant.chat.bulk_tab import bulk_tab
from assistant.chat.conversation import Conversation
from assistant.chat.evaluation_tab import evaluation_tab
from assistant.chat.examples import example_questions
from assistant.chat.library import library_tab
from assistant.chat.scope import scope_part
from assistant.chat.service import Service, header_html
from assistant.chat.sources import EMPTY_PANEL
from assistant.chat.talk import Page, Step, Talk
from assistant.chat.theme import script, style_sheet, theme
from assistant.errors import CancuError
from assistant.wiring import open_assistant

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

NAME = "Căn Cứ · Hỏi đáp chính sách"
# Questions answered at the same time, and calls that may wait; the page refuses the rest with a message.
AT_ONCE = 16
WAITING = 64
# Values of an event's components.
Given = Mapping[Any, Any]
_UNSEEN: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}


def build_app(
    assistant: Assistant,
    *,
    workspace: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    at_once: int = AT_ONCE,
    waiting: int = WAITING,
) -> gr.Blocks:
    """The whole page; nothing is shared between two browser sessions but the assistant.

    Where the workspace is known, its question set can be evaluated, its files shown and, where its settings (with
    `flags`) allow it, added to.
    """
    reopen = partial(open_assistant, workspace, **(flags or {})) if workspace is not None else None
    service = Service(assistant, workspace, reopen=reopen)
    app: gr.Blocks = gr.Blocks(title=NAME, analytics_enabled=False, delete_cache=(3600, 24 * 3600))
    with app:
        header = gr.HTML(header_html(NAME, service))
        with gr.Tabs(elem_id="cac-the") as tabs:
            with gr.Tab("Hỏi đáp", id="hoi-dap"):
                page = _chat_tab(service)
            with gr.Tab("Hỏi hàng loạt", id="hang-loat"):
                bulk_tab(service)
            with gr.Tab("Kho văn bản", id="kho") as shelf:
                library = library_tab(service, flags or {}, header, lambda: header_html(NAME, service))
            if workspace is not None:
                with gr.Tab("Đánh giá", id="danh-gia"):
                    evaluation_tab(service, workspace)
        _connect(page, Talk(service), at_once)
        library.open_from(page.copies, tabs)
        # The page is built once, and the documents may be others by the time it is opened.
        app.load(lambda: _greeting(service), outputs=[header, page.chatbot], **_UNSEEN)
        shelf.select(library.refreshed, outputs=library.listing, **_UNSEEN)
    app.queue(max_size=waiting, api_open=False)
    return app


def _greeting(service: Service) -> tuple[Any, ...]:
    """The header, and what the empty conversation says, of the documents of now."""
    service.catch_up()
    if service.is_as_begun:
        return header_html(NAME, service), gr.skip()
    documents = service.documents
    return header_html(NAME, service), gr.Chatbot(
        placeholder=welcome_html(len(documents)), examples=[{"text": q} for q in example_questions(documents)]
    )


def _chat_tab(service: Service) -> Page:
    documents = service.documents
    examples: list[Any] = [{"text": q} for q in example_questions(documents)]
    with gr.Row(equal_height=False):
        with gr.Column(scale=3, min_width=320, elem_id="cot-hoi"):
            chatbot = gr.Chatbot(
                elem_id="hoi-thoai",
                label="Cuộc hỏi đáp",
                show_label=False,
                height="max(320px, calc(100dvh - 366px))",
                layout="panel",
                autoscroll=False,
                buttons=[],
                latex_delimiters=[],
                feedback_options=None,
                examples=examples,
                placeholder=welcome_html(len(documents)),
            )
            notice = gr.HTML("", elem_id="luu-y")
            question = gr.Textbox(
                elem_id="cau-hoi",
                label="Câu hỏi",
                placeholder="Nhập câu hỏi, có dấu hoặc không dấu …",
                max_lines=8,
                submit_btn="Hỏi",
                autofocus=True,
            )
            scope = scope_part(service, "hoi")
            restart = gr.Button(
                "Cuộc hỏi đáp mới", variant="secondary", size="sm", elem_id="cuoc-moi", elem_classes="cc-plain"
            )
        with gr.Column(scale=2, min_width=320, elem_id="cot-can-cu"):
            panel = gr.HTML(EMPTY_PANEL, elem_id="can-cu")
    gr.HTML('<div id="thong-bao" role="status"></div>')
    copies = gr.HTML("", visible="hidden", js_on_load=script(), elem_id="ban-sao")
    return Page(chatbot, gr.State(()), question, panel, copies, notice, restart, scope)


def welcome_html(documents: int) -> str:
    return (
        '<p class="cc-welcome">Chỉ trả lời theo các văn bản trong kho; luôn kèm trích dẫn.</p>'
        f'<p class="cc-aside">Kho đang có {documents} văn bản. Câu hỏi gõ có dấu hay không dấu đều được.</p>'
    )


def _connect(page: Page, talk: Talk, at_once: int) -> None:
    """Tie the events to `talk`. Each has a function of its own: events that share one would wait for each other."""
    state = page.conversation

    def submitted(given: Given, request: gr.Request) -> Iterator[Step]:
        yield from talk.ask(given[page.question], given[state], request.session_hash, page.scope.chosen(given))

    def example_chosen(given: Given, event: gr.SelectData, request: gr.Request) -> Iterator[Step]:
        yield from talk.ask(event.value["text"], given[state], request.session_hash, page.scope.chosen(given))

    def retried(given: Given, event: gr.EventData, request: gr.Request) -> Iterator[Step]:
        earlier: Conversation = given[state]
        turn = _turn(event, earlier)
        if turn is not None:
            before = earlier[:turn] if turn == len(earlier) - 1 else earlier
            yield from talk.ask(earlier[turn].question, before, request.session_hash, page.scope.chosen(given))

    def stopped(request: gr.Request) -> None:
        talk.stops.stop(request.session_hash)

    def edited(conversation: Conversation, event: gr.EventData) -> str:
        turn = _turn(event, conversation)
        answer = conversation[turn].answer if turn is not None else None
        return (answer.understood or answer.question) if answer else ""

    def cited(conversation: Conversation, event: gr.EventData) -> str:
        turn = _turn(event, conversation)
        return talk.panel(conversation) if turn is None else talk.panel(conversation, turn, int(event.number))

    outputs = page.outputs
    within: set[Block] = {state, *page.scope.boxes}
    busy: dict[str, Any] = {"outputs": outputs, "concurrency_limit": at_once, **_UNSEEN}
    # Sent while an answer is still growing, a question waits for its end.
    page.question.submit(submitted, {page.question, *within}, trigger_mode="always_last", **busy)
    page.chatbot.example_select(example_chosen, within, **busy)
    page.copies.retry(retried, within, **busy)
    page.question.stop(stopped, concurrency_limit=at_once, **_UNSEEN)
    page.restart.click(talk.restart, outputs=outputs, **_UNSEEN)
    page.copies.edit(edited, state, page.question, **_UNSEEN)
    page.copies.select(cited, state, page.panel, concurrency_limit=at_once, **_UNSEEN)


def _turn(event: gr.EventData, conversation: Conversation) -> int | None:
    """The exchange that a browser's event is about, where there is one."""
    turn = getattr(event, "turn", None)
    return turn if isinstance(turn, int) and 0 <= turn < len(conversation) else None


def start(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    workspace: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    at_once: int = AT_ONCE,
    waiting: int = WAITING,
) -> tuple[gr.Blocks, str]:
    """Serve the page from threads of this process; gives the running app (`close()` ends it) and its address."""
    app = build_app(assistant, workspace=workspace, flags=flags, at_once=at_once, waiting=waiting)
    try:
        _, address, _ = app.launch(
            server_name=host,
            server_port=port,
            prevent_thread_lock=True,
            quiet=True,
            share=False,
            ssr_mode=False,
            footer_links=[],
            theme=theme(),
            css=style_sheet(),
            max_file_size="64mb",
        )
    except OSError as error:
        raise CancuError(f"Không mở được cổng {port} trên {host}. Hãy chạy: cancu chat --port {port + 1}") from error
    return app, address


def serve(
    assistant: Assistant,
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    workspace: Path | None = None,
    flags: Mapping[str, Any] | None = None,
) -> None:
    """Serve the page until interrupted. Raises CancuError where the port is taken."""
    app, address = start(assistant, host=host, port=port, workspace=workspace, flags=flags)
    print(f"Mở trình duyệt tại {address} · dừng bằng Ctrl+C", flush=True)
    try:
        threading.Event().wait()
    except KeyboardInterrupt:
        print("Đã dừng.")
    finally:
        app.close(verbose=False)
