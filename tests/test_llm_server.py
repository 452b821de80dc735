"""The LLM engine against a real server program (llama.cpp) over HTTP, with a tiny model of random weights made here.

What a random model can't say by itself a grammar makes it say, so that the server's own streaming carries it.
"""

from __future__ import annotations

import copy
import json
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage
from langchain_core.outputs import ChatGenerationChunk
from langchain_openai import ChatOpenAI
from pydantic import Field, SecretStr

from assistant.answering.assistant import Assistant
from assistant.answering.generate import Generator, open_generator, retrieval_chain
from assistant.answering.prompts import load_prompts
from assistant.answering.quotation import Draft, Quotation, Statement
from assistant.answering.retriever import as_retriever
from assistant.bulk.runner import answer_file
from assistant.errors import EngineError, LLMUnavailable, LLMUnusable
from assistant.types import Answer, Chunk, Document, Hit, Span, Turn
from assistant.wiring import open_assistant

PROMPTS = load_prompts(Path(__file__).parents[1] / "prompts")
AREA = "Khu CNTT tập trung có diện tích 15,47 ha, vốn đầu tư 120 tỷ đồng."
OFFERED = [Quotation(1, Span("d", 0, len(AREA)), AREA, "Quyết tâm xây dựng")]
CONTEXT = 16384
SERVE = """
import sys, time, xllamacpp
params = xllamacpp.CommonParams()
params.model.path = sys.argv[1]
params.hostnames, params.port, params.model_alias = ["127.0.0.1"], int(sys.argv[2]), {"tiny"}
params.n_ctx, params.n_parallel, params.cpuparams.n_threads, params.warmup = 2 * int(sys.argv[3]), 2, 1, False
server = xllamacpp.Server(params)
while True:
    time.sleep(1)
"""


def write_tiny_model(path: Path, *, width: int = 64, inner: int = 128, layers: int = 2) -> None:
    """A Llama of random weights that reads bytes: 0.5 MB, no download."""
    rng = np.random.default_rng(7)
    tokens = [b"<unk>", b"<s>", b"</s>", *(f"<0x{byte:02X}>".encode() for byte in range(256)), "▁".encode()]
    tokens += [bytes([byte]) for byte in range(33, 127)]
    kinds = [2, 3, 3, *[6] * 256, *[1] * (len(tokens) - 259)]
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(CONTEXT)
    writer.add_embedding_length(width)
    writer.add_block_count(layers)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(4)
    writer.add_head_count_kv(4)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // 4)
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([0.0] * len(tokens))
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    writer.add_chat_template("{% for m in messages %}{{ m.role }}: {{ m.content }}\n{% endfor %}assistant: ")
    shapes: dict[str, tuple[int, ...]]
    shapes = {"token_embd": (len(tokens), width), "output": (len(tokens), width), "output_norm": (width,)}
    for layer in range(layers):
        block: dict[str, tuple[int, ...]] = {f"attn_{part}": (width, width) for part in ("q", "k", "v", "output")}
        block |= {"ffn_gate": (inner, width), "ffn_up": (inner, width), "ffn_down": (width, inner)}
        block |= {"attn_norm": (width,), "ffn_norm": (width,)}
        shapes |= {f"blk.{layer}.{name}": shape for name, shape in block.items()}
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", rng.normal(0, 0.5, shape).astype(np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@dataclass(frozen=True)
class LLMServer:
    """A running llama.cpp server."""

    process: subprocess.Popen[bytes]
    base_url: str


def start_server(model: Path) -> LLMServer:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-c", SERVE, str(model), str(port), str(CONTEXT)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        assert process.poll() is None, "the server ended while starting"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1) as reply:
                if reply.status == 200:
                    return LLMServer(process, f"http://127.0.0.1:{port}/v1")
        except OSError:
            time.sleep(0.05)
    process.kill()
    raise TimeoutError("the server did not start")


@pytest.fixture(scope="module")
def model_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("llm") / "tiny.gguf"
    write_tiny_model(path)
    return path


@pytest.fixture(scope="module")
def server(model_file: Path) -> Iterator[LLMServer]:
    started = start_server(model_file)
    yield started
    started.process.kill()
    started.process.wait()


@pytest.fixture
def mortal_server(model_file: Path) -> Iterator[LLMServer]:
    """A server for one test, which may kill it."""
    started = start_server(model_file)
    yield started
    started.process.kill()
    started.process.wait()


def configured(server: LLMServer, **options: Any) -> Generator:
    return open_generator(server.base_url, "tiny", "none", PROMPTS, count=len, context_tokens=4000, **options)


def rambling(server: LLMServer) -> Generator:
    """The engine of a model that says what it likes."""
    model = narrowed(server, max_completion_tokens=60)
    return Generator(lambda: model, PROMPTS, count=len, context_tokens=4000, structured=False)


def saying(server: LLMServer, *sentences: str, **options: Any) -> Generator:
    """The engine of a model that can only say one of these sentences."""
    grammar = "root ::= " + " | ".join(f'"{sentence}"' for sentence in sentences)

    def connect() -> BaseChatModel:
        body = {"grammar": grammar, "max_tokens": 12_000}
        return ChatOpenAI(base_url=server.base_url, model="tiny", api_key=SecretStr("none"), extra_body=body)

    return Generator(connect, PROMPTS, count=len, context_tokens=4000, structured=False, **options)


class Narrowed(ChatOpenAI):
    """A client that asks for a schema of ours in which a random model can say only `say`, and counts what it asks.

    `type` is the name that it gives to the format, if not its own.
    """

    say: tuple[str, ...] = ()
    type: str = ""
    formats: list[bool] = Field(default_factory=list)

    def _stream(self, messages: list[BaseMessage], *rest: Any, **options: Any) -> Iterator[ChatGenerationChunk]:
        body = copy.deepcopy(options.pop("extra_body", {}))
        self.formats.append("response_format" in body)
        if self.say and body:
            parts = body["response_format"]["json_schema"]["schema"]["properties"]
            parts["abstain"] = {"const": False}
            parts["statements"] |= {"minItems": len(self.say), "maxItems": len(self.say)}
            parts["statements"]["items"]["properties"]["quotations"] |= {"minItems": 1, "maxItems": 1}
            parts["statements"]["items"]["properties"]["text"] = {"enum": list(self.say)}
        if self.type and body:
            body["response_format"]["type"] = self.type
        yield from super()._stream(messages, *rest, extra_body={**(self.extra_body or {}), **body}, **options)


def narrowed(server: LLMServer, *say: str, **options: Any) -> Narrowed:
    return Narrowed(base_url=server.base_url, model="tiny", api_key=SecretStr("none"), say=say, **options)


KEPT = Statement("Khu CNTT có diện tích 15,47 ha.", (1,))


def test_a_draft_is_streamed_from_the_server_and_its_false_sentence_left_out(server: LLMServer) -> None:
    engine = saying(
        server, "Khu CNTT có diện tích 15,47 ha [1]. Vốn đầu tư là 130 tỷ đồng [1]. Vốn là 120 tỷ đồng [1]."
    )
    drafts = list(engine.stream("Khu CNTT rộng bao nhiêu?", OFFERED))
    assert [len(d.statements) for d in drafts] == [1, 2, 2]
    assert drafts[-1] == Draft((KEPT, Statement("Vốn là 120 tỷ đồng.", (1,))))


def test_a_server_that_keeps_to_the_schema_is_asked_for_json_and_its_statements_are_checked(server: LLMServer) -> None:
    model = narrowed(server, "Khu CNTT có diện tích 15,47 ha.", max_completion_tokens=400)
    engine = Generator(lambda: model, PROMPTS, count=len, context_tokens=4000)
    drafts = list(engine.stream("Khu CNTT rộng bao nhiêu?", OFFERED))
    assert drafts == [replace(Draft((KEPT,)), complete=False), Draft((KEPT,))]
    assert engine.draft("Khu CNTT rộng bao nhiêu?", OFFERED) == Draft((KEPT,))
    assert model.formats == [True, True]


def test_a_false_statement_in_json_is_asked_for_once_more(server: LLMServer) -> None:
    model = narrowed(server, "Khu CNTT có diện tích 15,48 ha.", max_completion_tokens=400)
    with pytest.raises(LLMUnusable):
        Generator(lambda: model, PROMPTS, count=len, context_tokens=4000).draft("Khu CNTT rộng bao nhiêu?", OFFERED)
    assert model.formats == [True, True]


def test_a_server_that_refuses_the_format_is_asked_in_plain_words_from_then_on(server: LLMServer) -> None:
    said = {"grammar": 'root ::= "Khu CNTT có diện tích 15,47 ha [1]."', "max_tokens": 400}
    model = narrowed(server, type="json_schema_of_tomorrow", extra_body=said)
    engine = Generator(lambda: model, PROMPTS, count=len, context_tokens=4000)
    assert [engine.draft("Khu CNTT rộng bao nhiêu?", OFFERED) for _ in range(2)] == [Draft((KEPT,))] * 2
    assert model.formats == [True, False, False]


def test_the_server_can_say_that_the_documents_do_not_tell(server: LLMServer) -> None:
    assert saying(server, "KHÔNG CÓ").draft("Ai là giám đốc?", OFFERED) == Draft(abstained=True)


def test_a_batch_runs_over_http_beside_each_other(server: LLMServer) -> None:
    requests = [{"question": f"Câu {n}?", "quotations": OFFERED} for n in range(6)]
    drafts = saying(server, "Khu CNTT có diện tích 15,47 ha [1].").batch(requests, concurrency=2)  # type: ignore[arg-type]
    assert drafts == [Draft((KEPT,))] * 6


def test_the_chain_from_retriever_to_checked_answer_runs_over_http(server: LLMServer) -> None:
    chunk = Chunk("d#0", Span("d", 0, len(AREA)), AREA)
    retriever = as_retriever(lambda _, __: [Hit(chunk, 1.0)], lambda _: Document("d", "T", "a.md", AREA), 1)
    chain = retrieval_chain(retriever, saying(server, "Khu CNTT có diện tích 15,47 ha [1]."))
    assert chain.invoke("Rộng?")["draft"] == Draft((KEPT,))
    assert [r["draft"] for r in chain.batch(["Rộng?", "Bao nhiêu ha?"])] == [Draft((KEPT,))] * 2
    assert [key for part in chain.stream("Rộng?") for key in part][-2:] == ["draft", "draft"]


def test_what_a_random_model_says_is_unusable(server: LLMServer) -> None:
    with pytest.raises(LLMUnusable):
        rambling(server).draft("Khu CNTT rộng bao nhiêu?", OFFERED)


def test_what_a_random_model_says_in_json_is_no_statement(server: LLMServer) -> None:
    (made,) = configured(server, reply_tokens=60).batch(
        [{"question": "Khu CNTT rộng bao nhiêu?", "quotations": OFFERED}]
    )
    assert made == Draft(abstained=True) or isinstance(made, LLMUnusable)


def test_a_prompt_beyond_the_servers_context_is_an_error_and_not_an_answer(server: LLMServer) -> None:
    engine = open_generator(server.base_url, "tiny", "none", PROMPTS, count=len, context_tokens=10**6)
    text = "Khu CNTT rộng 15,47 ha. " * 1000
    with pytest.raises(LLMUnavailable, match="400"):
        engine.draft("Rộng?", [Quotation(1, Span("d", 0, len(text)), text, "T")])


def test_a_server_killed_while_it_writes_is_an_error_after_what_was_streamed(mortal_server: LLMServer) -> None:
    engine = saying(mortal_server, "Khu CNTT có diện tích 15,47 ha [1]. " * 200, reply_tokens=10_000)
    drafts = engine.stream("Khu CNTT rộng bao nhiêu?", OFFERED)
    assert next(drafts).statements == (KEPT,)
    mortal_server.process.kill()
    with pytest.raises(LLMUnavailable):
        list(drafts)


def test_a_server_that_is_gone_is_unavailable_within_seconds(mortal_server: LLMServer) -> None:
    mortal_server.process.kill()
    mortal_server.process.wait()
    began = time.monotonic()
    with pytest.raises(LLMUnavailable):
        configured(mortal_server).draft("Rộng?", OFFERED)
    assert time.monotonic() - began < 10  # the engine may wait for 60


# Through the assistant

ASKED = "Khu CNTT tập trung Bình Dương rộng bao nhiêu hecta?"
WIDE = "Khu CNTT tập trung Bình Dương rộng 15,47 hecta [1]."


class FakeEngine:
    """Gives `replies` in turn, each a list of growing drafts or an error, and remembers what it was asked."""

    def __init__(self, *replies: Sequence[Draft | EngineError]) -> None:
        self.replies = list(replies)
        self.asked: list[str] = []

    def draft(self, question: str, quotations: Sequence[Quotation]) -> Draft:
        return list(self.stream(question, quotations))[-1]

    def stream(self, question: str, quotations: Sequence[Quotation]) -> Iterator[Draft]:
        self.asked.append(question)
        for draft in self.replies.pop(0):
            if isinstance(draft, EngineError):
                raise draft
            yield draft


def timeless(answer: Answer) -> Answer:
    return replace(answer, seconds=0.0, fingerprints={})


def test_an_answer_of_the_model_is_its_checked_sentences_and_then_the_quotations_copied(
    real: Assistant, server: LLMServer
) -> None:
    answer = replace(real, engine=saying(server, f"{WIDE} Khu rộng 16 ha [1].")).ask(ASKED)
    assert (answer.engine, answer.reason, answer.abstained) == ("generative", None, False)
    (citation,) = answer.citations
    assert answer.text == f"Khu CNTT tập trung Bình Dương rộng 15,47 hecta. [1]\n«{citation.quote}» [1]"
    assert real.document(citation.document_id).text[citation.start : citation.end] == citation.quote


def test_streaming_grows_sentence_by_sentence_into_what_asking_gives(real: Assistant, server: LLMServer) -> None:
    assistant = replace(real, engine=saying(server, f"{WIDE} {WIDE}"))
    answers = list(assistant.stream(ASKED))
    assert [a.text.count("15,47 hecta. [1]") for a in answers] == [1, 2, 2]
    assert timeless(answers[-1]) == timeless(assistant.ask(ASKED))


@pytest.mark.parametrize("streaming", [False, True])
def test_where_the_reply_is_unusable_the_answer_is_extractive_and_says_so(
    real: Assistant, server: LLMServer, streaming: bool
) -> None:
    assistant = replace(real, engine=rambling(server))
    answer = list(assistant.stream(ASKED))[-1] if streaming else assistant.ask(ASKED)
    assert (answer.engine, answer.reason) == ("extractive", "llm_unusable")
    assert timeless(replace(answer, reason=None)) == timeless(real.ask(ASKED))


def test_where_the_server_is_away_chat_and_bulk_answer_extractively_and_say_so(
    workspace: Path, real: Assistant, mortal_server: LLMServer, tmp_path: Path
) -> None:
    mortal_server.process.kill()
    mortal_server.process.wait()
    assistant = open_assistant(workspace, llm_base_url=mortal_server.base_url, llm_model="tiny")
    assert assistant.ask(ASKED).reason == "llm_unavailable"
    assert assistant.ask(ASKED).text == real.ask(ASKED).text
    questions = tmp_path / "questions.jsonl"
    questions.write_text(json.dumps({"id": "1", "question": ASKED}) + "\n", encoding="utf-8")
    answer_file(assistant, questions, tmp_path / "answers.jsonl")
    (line,) = (tmp_path / "answers.jsonl").read_text(encoding="utf-8").splitlines()
    assert (json.loads(line)["engine"], json.loads(line)["reason"]) == ("extractive", "llm_unavailable")


def test_a_server_killed_while_an_answer_is_streamed_leaves_the_extractive_answer(
    real: Assistant, mortal_server: LLMServer
) -> None:
    answers = replace(real, engine=saying(mortal_server, f"{WIDE} " * 150, reply_tokens=10_000)).stream(ASKED)
    assert next(answers).engine == "generative"
    mortal_server.process.kill()
    last = list(answers)[-1]
    assert (last.engine, last.reason, last.text) == ("extractive", "llm_unavailable", real.ask(ASKED).text)


def test_the_model_is_asked_the_question_as_understood_from_the_conversation(real: Assistant) -> None:
    engine = FakeEngine([LLMUnusable("x")])
    earlier = Turn(ASKED, "15,47 hecta")
    answer = replace(real, engine=engine).ask("Còn Công viên Khoa học và Công nghệ?", history=[earlier])
    assert engine.asked == [answer.understood]
    assert "Công viên Khoa học và Công nghệ" in engine.asked[0] and "hecta" in engine.asked[0]


def test_the_models_abstention_is_the_answers(real: Assistant) -> None:
    answer = replace(real, engine=FakeEngine([Draft(abstained=True)])).ask(ASKED)
    assert (answer.abstained, answer.engine, answer.citations) == (True, "generative", ())


def test_prompts_are_part_of_the_fingerprints_where_a_model_is_set(workspace: Path, real: Assistant) -> None:
    assistant = open_assistant(workspace, llm_base_url="http://127.0.0.1:9/v1", llm_model="m")
    assert assistant.fingerprints["prompts"] == PROMPTS.fingerprint
    assert "prompts" not in real.fingerprints
