"""A conversation as a value that grows by one exchange at a time; knows no page."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from assistant.answering.explanation import Explanation
from assistant.documents.scope import EVERYTHING, Scope
from assistant.errors import CancuError, EngineError
from assistant.types import Answer, Citation, Turn

logger = logging.getLogger(__name__)

LONGEST_QUESTION = 4000
# Earlier exchanges that a follow-up question may lean on.
_REMEMBERED = 6


class Streams(Protocol):
    """What answers: the Assistant, or a fake of it."""

    def within(self, scope: Scope) -> Streams: ...

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Answer]: ...

    def explain(self, question: str, *, history: Sequence[Turn] = ()) -> Explanation: ...


@dataclass(frozen=True, slots=True)
class Incident:
    """An error as people meet it: `code` stands beside the cause in the server's log."""

    code: str
    message: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Exchange:
    """A question and what came of it so far: nothing yet, a growing answer, the whole answer, or an incident.

    `explanation` says why the whole answer is what it is, where that could be told.
    """

    question: str
    answer: Answer | None = None
    incident: Incident | None = None
    done: bool = False
    stopped: bool = False
    explanation: Explanation | None = None

    def citation(self, number: int) -> Citation | None:
        cited = (*self.answer.citations, *self.answer.related) if self.answer else ()
        return next((c for c in cited if c.number == number), None)


Conversation = tuple[Exchange, ...]


def converse(assistant: Streams, earlier: Conversation, question: str, scope: Scope = EVERYTHING) -> Iterator[Exchange]:
    """The new exchange, again and again as it grows, done, and done with its explanation where there is one.

    Raises nothing: an error becomes an incident.
    """
    yield Exchange(question)
    answer: Answer | None = None
    turns = history(earlier)
    try:
        asked = assistant.within(scope) if scope else assistant
        for answer in asked.stream(question, history=turns):
            yield Exchange(question, answer)
        if answer is None:
            raise EngineError("Bộ máy trả lời không đưa ra câu nào.")
    except Exception as error:  # whatever it is, the page shows a card and the log keeps the cause
        yield Exchange(question, incident=report(error), done=True)
        return
    done = Exchange(question, answer, done=True)
    yield done
    try:
        explanation = asked.explain(question, history=turns)
    except Exception as error:  # the answer stands without it; the log keeps the cause
        report(error)
    else:
        yield replace(done, explanation=explanation)


def history(conversation: Conversation) -> tuple[Turn, ...]:
    """The exchanges that ended with words of the assistant, oldest first."""
    turns = [Turn(e.question, e.answer.text) for e in conversation if e.answer and e.done and not e.stopped]
    return tuple(turns[-_REMEMBERED:])


def stop(exchange: Exchange) -> Exchange:
    """The exchange ended where it stands, if it is not done."""
    return exchange if exchange.done else replace(exchange, done=True, stopped=True)


def report(error: Exception) -> Incident:
    """Write the error to the log under a fresh code; people get its message only where it is ours."""
    incident = Incident(secrets.token_hex(3), _message(error), datetime.now().astimezone())
    logger.error("Incident %s", incident.code, exc_info=error)
    return incident


def _message(error: Exception) -> str:
    return error.message if isinstance(error, CancuError) else "Chương trình gặp lỗi ngoài dự kiến."


def refusal(question: str) -> str | None:
    """Why the question is not asked at all; None where it may be."""
    if not question.strip():
        return "Hãy nhập câu hỏi trước khi gửi."
    if len(question) > LONGEST_QUESTION:
        length, longest = thousands(len(question)), thousands(LONGEST_QUESTION)
        return f"Câu hỏi dài {length} ký tự, nhiều nhất là {longest}. Hãy rút gọn hoặc tách thành nhiều câu."
    return None


def thousands(number: int) -> str:
    """The Vietnamese form: 6000 -> 6.000."""
    return f"{number:,}".replace(",", ".")
