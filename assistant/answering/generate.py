"""Drafts written by an LLM behind any OpenAI-compatible server, through LangChain; knows no document and no index."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from collections.abc import Generator as GeneratorType
from contextlib import closing
from functools import cached_property, partial
from itertools import accumulate
from typing import TYPE_CHECKING, Any, TypedDict
from urllib.parse import urlsplit

from assistant.answering.deadline import within
from assistant.answering.prompts import Prompts, fill
from assistant.answering.quotation import Draft, Quotation, fitting, neutral
from assistant.answering.reply import read_reply
from assistant.errors import EngineError, LLMUnavailable, LLMUnusable, SettingsError

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.prompt_values import PromptValue
    from langchain_core.retrievers import BaseRetriever
    from langchain_core.runnables import Runnable

# Characters that a reply may have for each of its tokens, where a server does not hold to the limit it is given.
CHARACTERS_PER_TOKEN = 8


class Request(TypedDict):
    """What the chain takes: a question and the quotations to choose from, best first."""

    question: str
    quotations: Sequence[Quotation]


class Generator:
    """An LLM as an Engine; a draft raises EngineError where the server is away or its reply unusable.

    `connect` makes the LangChain client when a draft is first wanted.
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
    ) -> None:
        self._connect = connect
        self._prompts = prompts
        self._count = count
        self._seconds = seconds
        self._context_tokens = context_tokens
        self._characters = reply_tokens * CHARACTERS_PER_TOKEN

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

        shown = fitting(request["quotations"], self._count, tokens=self._context_tokens)
        if not shown:
            raise LLMUnusable("Không trích dẫn nào vừa lời nhắc. Hãy tăng llm_context_tokens.")
        question = " ".join(neutral(request["question"]).split())
        first, second = (self._attempt(p, question, shown) for p in (self._prompts.answer, self._prompts.retry))
        with tracing_context(enabled=False):
            yield from first.with_fallbacks([second], exceptions_to_handle=(LLMUnusable,)).stream({})

    def _attempt(self, prompt: str, question: str, shown: Sequence[Quotation]) -> Runnable[Any, Draft]:
        """Prompt, then model and check. A failed check falls back to the second attempt before anything is shown.

        Model and check are one step: what a step leaves unread LangChain reads to its end, and a reply may have none.
        """
        from langchain_core.prompts import ChatPromptTemplate
        from langchain_core.runnables import RunnableLambda

        quotations = "\n".join(quotation.shown for quotation in shown)
        messages = ChatPromptTemplate.from_messages([("system", "{system}"), ("human", "{request}")]).partial(
            system=fill(self._prompts.system), request=fill(prompt, question=question, quotations=quotations)
        )

        def write(asked: PromptValue) -> Iterator[Draft]:
            with closing(self._spoken(asked)) as chunks:
                yield from _usable(read_reply(chunks, shown, question=question, characters=self._characters))

        return messages | RunnableLambda(write)

    def _spoken(self, asked: PromptValue) -> GeneratorType[str]:
        """The reply's pieces. Whatever client and server raise is one thing to us, and their words may hold the key."""
        try:
            for chunk in self._model.stream(asked):
                yield chunk.text
        except Exception as error:
            status = getattr(error, "status_code", None)
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
    _check_server(base_url, model)
    connect = partial(_connect, base_url, model, api_key, seconds, reply_tokens)
    return Generator(
        connect, prompts, count=count, seconds=seconds, context_tokens=context_tokens, reply_tokens=reply_tokens
    )


def _connect(base_url: str, model: str, api_key: str, seconds: float, reply_tokens: int) -> BaseChatModel:
    from langchain_openai import ChatOpenAI
    from pydantic import SecretStr

    return ChatOpenAI(
        base_url=base_url,
        model=model,
        api_key=SecretStr(api_key),
        timeout=seconds,
        max_retries=1,
        max_completion_tokens=reply_tokens,
        temperature=0.0,
        cache=False,
        use_responses_api=False,
    )


def _check_server(base_url: str, model: str) -> None:
    if not _is_plain_address(base_url):
        raise SettingsError(
            f"llm_base_url «{base_url.rpartition('@')[2]}» không dùng được: cần địa chỉ http:// hoặc https:// "
            "không kèm mật khẩu, ví dụ http://127.0.0.1:8000/v1. Khóa thì đặt ở CANCU_LLM_API_KEY."
        )
    if not model:
        raise SettingsError(
            "Có llm_base_url mà thiếu llm_model. Hãy đặt CANCU_LLM_MODEL bằng tên mô hình trên máy chủ."
        )


def _is_plain_address(base_url: str) -> bool:
    try:
        url = urlsplit(base_url)
        return url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc and url.port != 0
    except ValueError:
        return False


def _expected(result: Draft | Exception) -> Draft | EngineError:
    if isinstance(result, Draft | EngineError):
        return result
    raise result


def _usable(reply: Iterator[Draft]) -> Iterator[Draft]:
    """The reply's drafts, if there is at least one statement or an abstention."""
    empty = True
    for draft in reply:
        empty = empty and not draft.statements and not draft.abstained
        if empty:
            raise LLMUnusable("Trả lời của mô hình không có câu nào đứng được trên trích dẫn. Hãy thử mô hình khác.")
        yield draft


def _away(found: str) -> str:
    return (
        f"Máy chủ LLM không dùng được ({found}). Cần một máy chủ tương thích OpenAI đang chạy ở llm_base_url "
        "và có mô hình llm_model; hãy kiểm tra máy chủ rồi hỏi lại."
    )
