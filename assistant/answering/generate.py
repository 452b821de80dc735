"""Drafts written by an LLM behind any OpenAI-compatible server, through LangChain; knows no document and no index.

A server is asked for JSON of a strict schema until it has shown that it, or its model, does not keep to one; then for
plain sentences with references. Either way the same checks decide what is kept, and a reply of which nothing is left is
asked for once more with a note of what was wrong.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from collections.abc import Generator as GeneratorType
from contextlib import closing
from functools import cached_property, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict

from assistant.answering.complaint import find_complaint
from assistant.answering.deadline import within
from assistant.answering.grounding import Fault
from assistant.answering.prompts import Prompts
from assistant.answering.quotation import Draft, Quotation, fitting, neutral
from assistant.answering.reply import read_reply
from assistant.answering.server import bounded_client, check_server
from assistant.answering.structured import NotJSON, read_statements, response_format, statement_lines
from assistant.errors import EngineError, LLMUnavailable, LLMUnusable

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

# Characters that a reply may have for each of its tokens, where a server does not hold to the limit it is given.
CHARACTERS_PER_TOKEN = 8
# Bytes of HTTP that a reply may have: an event around every token, and a megabyte for what else a server tells.
BYTES_PER_TOKEN = 4096
BYTES_BESIDE = 2**20
# What servers answer to a `response_format` that they do not know. Their words for it differ, so it counts as that only
# where the same question without it is answered.
REFUSALS = frozenset({400, 404, 415, 422, 501})


# Drafts to be added up, and in the end what was wrong where there were none.
Attempt: TypeAlias = GeneratorType[Draft, None, Fault | None]


class Request(TypedDict):
    """What the chain takes: a question and the quotations to choose from, best first."""

    question: str
    quotations: Sequence[Quotation]


class _Refused(Exception):
    """The server does not take the request as it stands."""


class Generator:
    """An LLM as an Engine; a draft raises EngineError where the server is away or its reply unusable.

    `connect` makes the LangChain client when a draft is first wanted. `count` counts tokens, of which a whole prompt
    has at most `context_tokens`. `structured` says whether the server keeps to a JSON schema; None finds it out.
    """

    def __init__(
        self,
        connect: Callable[[], BaseChatModel],
        prompts: Prompts,
        *,
        count: Callable[[str], int],
        seconds: float = 60.0,
        context_tokens: int = 1500,
        reply_tokens: int = 400,
        structured: bool | None = None,
    ) -> None:
        self._connect = connect
        self._prompts = prompts
        self._count = count
        self._seconds = seconds
        self._context_tokens = context_tokens
        self._characters = reply_tokens * CHARACTERS_PER_TOKEN
        self._structured = structured

    def draft(self, question: str, quotations: Sequence[Quotation]) -> Draft:
        *_, last = self.stream(question, quotations)
        return last

    def stream(self, question: str, quotations: Sequence[Quotation]) -> Iterator[Draft]:
        """Growing drafts of checked statements; the last one is complete."""
        return accumulate(self._additions(Request(question=question, quotations=quotations)))

    def batch(self, requests: Sequence[Request], *, concurrency: int = 4) -> list[Draft | EngineError]:
        """A draft, or what went wrong, for each request in its place."""
        from langsmith import tracing_context

        with tracing_context(enabled=False):
            results = self.chain.batch(list(requests), {"max_concurrency": concurrency}, return_exceptions=True)
        return [_expected(result) for result in results]

    @cached_property
    def chain(self) -> Runnable[Any, Draft]:
        """`Request` -> draft, as a LangChain runnable whose chunks add up."""
        from langchain_core.runnables import RunnableLambda

        return RunnableLambda(self._additions).with_config(run_name="draft")

    @cached_property
    def _model(self) -> BaseChatModel:
        return self._connect()

    def _additions(self, request: Request) -> Iterator[Draft]:
        """Drafts to be added up. Time running out ends a reply that has a statement, and fails one that has none."""
        begun = False
        try:
            for draft in within(self._seconds, partial(self._untraced, request)):
                begun = True
                yield draft
        except TimeoutError:
            if not begun:
                raise LLMUnavailable(_away(f"chưa trả lời sau {self._seconds:g} giây")) from None
            yield Draft()

    def _untraced(self, request: Request) -> Iterator[Draft]:
        """Both attempts, never reported to a tracing service; the thread that runs this has a context of its own."""
        from langsmith import tracing_context

        question = " ".join(neutral(request["question"]).split())
        with tracing_context(enabled=False):
            fault = yield from self._attempt(question, request["quotations"], None)
            if fault:
                fault = yield from self._attempt(question, request["quotations"], fault)
        if fault:
            raise LLMUnusable("Trả lời của mô hình không có câu nào đứng được trên trích dẫn. Hãy thử mô hình khác.")

    def _attempt(self, question: str, quotations: Sequence[Quotation], fault: Fault | None) -> Attempt:
        """Drafts, or the fault of a reply of which nothing is shown; in plain words where JSON can't be had."""
        if self._structured is not False:
            try:
                return (yield from self._written(question, quotations, fault, structured=True))
            except NotJSON:
                if self._structured:
                    return Fault.NOT_JSON
            except _Refused:
                pass
        return (yield from self._written(question, quotations, fault, structured=False))

    def _written(
        self, question: str, quotations: Sequence[Quotation], fault: Fault | None, *, structured: bool
    ) -> Attempt:
        """One request. Whether JSON can be had is known, either way, once a reply has been read."""

        def request(some: Sequence[Quotation]) -> str:
            shown = "\n".join(quotation.shown for quotation in some)
            return self._prompts.request(question, shown, structured=structured, fault=fault)

        offered = self._fitting(quotations, request)
        heard: list[str] = []
        with closing(self._spoken(request(offered), offered if structured else None)) as chunks:
            if structured:
                lines = _overheard(statement_lines(chunks, characters=self._characters), heard)
                drafts = read_statements(lines, offered, question=question)
            else:
                replied = _overheard(chunks, heard)
                drafts = read_reply(replied, offered, question=question, characters=self._characters)
            first = next(drafts)
            self._structured = structured
            if first.statements or first.abstained:
                yield first
                yield from drafts
                return None
        return find_complaint("\n".join(heard) if structured else "".join(heard), offered, question=question)

    def _fitting(
        self, quotations: Sequence[Quotation], request: Callable[[Sequence[Quotation]], str]
    ) -> Sequence[Quotation]:
        left = self._context_tokens - self._count(self._prompts.system)
        offered = fitting(quotations, lambda some: self._count(request(some)), tokens=left)
        if not offered:
            raise LLMUnusable("Không trích dẫn nào vừa lời nhắc. Hãy tăng llm_context_tokens.")
        return offered

    def _spoken(self, request: str, structure: Sequence[Quotation] | None) -> GeneratorType[str]:
        """The reply's pieces. Whatever client and server raise is one thing to us, and their words may hold the key.

        The format goes into the request's body as it is: as an argument of its own the client would gather the whole
        reply, decode it once more and fail where it was cut.
        """
        options: dict[str, Any] = {}
        if structure is not None:
            options["extra_body"] = {"response_format": response_format([q.number for q in structure])}
        try:
            for chunk in self._model.stream([("system", self._prompts.system), ("human", request)], **options):
                yield chunk.text
        except Exception as error:
            status = getattr(error, "status_code", None)
            if structure is not None and status in REFUSALS:
                raise _Refused from None
            raise LLMUnavailable(_away(f"{type(error).__name__}{f' {status}' if status else ''}")) from None


def retrieval_chain(retriever: BaseRetriever, generator: Generator) -> Runnable[str, dict[str, Any]]:
    """Question -> `question`, `quotations` and `draft`; streaming gives the quotations before the draft's chunks."""
    from langchain_core.runnables import RunnableLambda, RunnableParallel, RunnablePassthrough

    from assistant.answering.retriever import numbered

    found = RunnableParallel(question=RunnablePassthrough(), quotations=retriever | RunnableLambda(numbered))
    return found.assign(draft=generator.chain)


def open_generator(
    base_url: str,
    model: str,
    api_key: str,
    prompts: Prompts,
    *,
    count: Callable[[str], int],
    seconds: float = 60.0,
    context_tokens: int = 1500,
    reply_tokens: int = 400,
) -> Generator:
    """The engine of an OpenAI-compatible server. Raises SettingsError for an address that can't be used."""
    check_server(base_url, model)
    connect = partial(_connect, base_url, model, api_key, seconds, reply_tokens)
    return Generator(
        connect, prompts, count=count, seconds=seconds, context_tokens=context_tokens, reply_tokens=reply_tokens
    )


def _connect(base_url: str, model: str, api_key: str, seconds: float, reply_tokens: int) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    # Told to those who call `with_structured_output`; here the refusal is dealt with.
    warnings.filterwarnings("ignore", message="This model does not support OpenAI's structured output")
    most_bytes = BYTES_BESIDE + reply_tokens * BYTES_PER_TOKEN
    return ChatOpenAI(
        base_url=base_url,
        model=model,
        api_key=SecretStr(api_key),
        timeout=seconds,
        http_client=bounded_client(most_bytes=most_bytes, seconds=seconds),
        max_retries=1,
        max_completion_tokens=reply_tokens,
        temperature=0.0,
        cache=False,
        use_responses_api=False,
    )


def _expected(result: Draft | Exception) -> Draft | EngineError:
    if isinstance(result, Draft | EngineError):
        return result
    raise result


def _overheard(pieces: Iterable[str], heard: list[str]) -> Iterator[str]:
    """The pieces as they come, each kept."""
    for piece in pieces:
        heard.append(piece)
        yield piece


def _away(found: str) -> str:
    return (
        f"Máy chủ LLM không dùng được ({found}). Cần một máy chủ tương thích OpenAI đang chạy ở llm_base_url "
        "và có mô hình llm_model; hãy kiểm tra máy chủ rồi hỏi lại."
    )
