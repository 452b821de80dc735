"""What happens on the page when something is asked: the values of its components, step by step; knows no layout."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

import gradio as gr

from assistant.chat.conversation import Conversation, Exchange, converse, refusal, stop
from assistant.chat.progress import Stops, followed
from assistant.chat.render import copies_html, notice_html, question_html, reply_html
from assistant.chat.scope import ScopePart
from assistant.chat.service import Service
from assistant.chat.sources import EMPTY_PANEL, panel_html
from assistant.documents.scope import EVERYTHING, Scope

Step = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """The components that an exchange changes, in the order in which `Talk` gives their values, and its scope."""

    chatbot: gr.Chatbot
    conversation: gr.State
    question: gr.Textbox
    panel: gr.HTML
    copies: gr.HTML
    notice: gr.HTML
    restart: gr.Button
    scope: ScopePart

    @property
    def outputs(self) -> list[Any]:
        return [
            self.chatbot, self.conversation, self.question, self.panel, self.copies, self.notice, self.restart,
        ]  # fmt: skip


class Talk:
    """What happens when something is asked: the values of a `Page`, step by step."""

    def __init__(self, service: Service) -> None:
        self.service = service
        self.stops = Stops()

    def ask(
        self, question: str, earlier: Conversation, session: str | None, scope: Scope = EVERYTHING
    ) -> Iterator[Step]:
        refused = refusal(question)
        if refused is not None:
            yield gr.skip(), earlier, gr.skip(), gr.skip(), gr.skip(), notice_html(refused), gr.skip()
            return
        asked = question.strip()
        exchange = Exchange(asked)
        with self.stops.running(session) as stopped:
            for exchange in followed(self._answered(earlier, asked, scope), stopped):
                if not exchange.done:
                    yield self.growing((*earlier, exchange), first=exchange.answer is None)
        yield self.finished((*earlier, stop(exchange)))

    def _answered(self, earlier: Conversation, asked: str, scope: Scope) -> Iterator[Exchange]:
        """The exchange as it grows; it is there before a newer index is opened."""
        yield Exchange(asked)
        self.service.catch_up()
        yield from islice(converse(self.service.now, earlier, asked, scope), 1, None)

    def growing(self, conversation: Conversation, *, first: bool) -> Step:
        """The page while the answer grows; at first, the question has just been sent."""
        box = self.box() if first else gr.skip()
        restart = gr.Button(interactive=False) if first else gr.skip()
        return messages(conversation), conversation, box, gr.skip(), gr.skip(), "", restart

    def finished(self, conversation: Conversation) -> Step:
        box = gr.Textbox(submit_btn="Hỏi", stop_btn=False)
        panel, copies = self.panel(conversation), copies_html(conversation)
        return messages(conversation), conversation, box, panel, copies, "", gr.Button(interactive=True)

    def box(self) -> gr.Textbox:
        """The emptied box; with a button to stop where an LLM answers, which takes its time."""
        if self.service.now.engine is not None:
            return gr.Textbox(value="", submit_btn=False, stop_btn="Dừng")
        return gr.Textbox(value="")

    def restart(self) -> Step:
        return [], (), gr.Textbox(value=""), EMPTY_PANEL, "", "", gr.skip()

    def panel(self, conversation: Conversation, turn: int = -1, number: int | None = None) -> str:
        if not conversation:
            return EMPTY_PANEL
        turn = len(conversation) - 1 if turn < 0 else turn
        return panel_html(conversation[turn], turn, self.service.now.document, opened=number)


def messages(conversation: Conversation) -> list[dict[str, str]]:
    """The conversation as Gradio's Chatbot takes it."""
    shown = []
    for turn, exchange in enumerate(conversation):
        shown.append({"role": "user", "content": question_html(exchange.question)})
        shown.append({"role": "assistant", "content": reply_html(exchange, turn)})
    return shown
