"""An LLM's reply as JSON: the schema that a server holds it to, and its statements as they arrive; knows no server.

A statement is read by the decoder of the standard library once its brace is closed. Parsers of partial JSON can't tell
a closed statement from one that is cut, and start over at every piece.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from json import JSONDecoder

from assistant.answering.quotation import Draft, Quotation
from assistant.answering.reply import NOTHING, read_reply
from assistant.vietnamese.sentences import sentence_spans

# Characters in which a statement, or what stands before the statements, has to be closed.
MOST_HELD = 16_384

_DECODER = JSONDecoder(strict=False)
_THOUGHTS = re.compile(r"\A\s*<think>.*?</think>", re.DOTALL)
_STATEMENTS = re.compile(r'(?<!\\)"statements"\s*:\s*\[')
_ABSTAINS = re.compile(r'(?<!\\)"abstain"\s*:\s*true\b')
_BETWEEN = re.compile(r"[\s,]*")
_END = re.compile(r"[\s,]*\][^}]*\}")


class NotJSON(Exception):
    """The reply is no object of the schema."""


def response_format(numbers: Sequence[int]) -> dict[str, object]:
    """What a server is asked for: a strict schema in which only these quotations can be named.

    It has only keywords that the common servers know (OpenAI, vLLM, SGLang, llama.cpp, LM Studio).
    """
    statement = {
        "type": "object",
        "properties": {
            "text": {"type": "string"},
            "quotations": {"type": "array", "items": {"type": "integer", "enum": list(numbers)}},
        },
        "required": ["text", "quotations"],
        "additionalProperties": False,
    }
    schema = {
        "type": "object",
        "properties": {"abstain": {"type": "boolean"}, "statements": {"type": "array", "items": statement}},
        "required": ["abstain", "statements"],
        "additionalProperties": False,
    }
    return {"type": "json_schema", "json_schema": {"name": "answer", "strict": True, "schema": schema}}


def read_statements(lines: Iterable[str], quotations: Sequence[Quotation], *, question: str = "") -> Iterator[Draft]:
    """The checked sentences of each line as soon as it is there, then the draft that completes them."""
    kept = False
    for line in lines:
        for draft in read_reply([line], quotations, question=question, characters=len(line)):
            if draft.abstained and not kept:
                yield draft
                return
            if draft.statements:
                kept = True
                yield draft
    yield Draft()


def statement_lines(chunks: Iterable[str], *, characters: int) -> Iterator[str]:
    """Each closed statement as a plain reply would say it: sentences with their `[n]`; NOTHING where it abstains.

    Reading ends after so many characters. Raises NotJSON, before any line, where the reply is none of the schema.
    """
    held, opened, told = "", False, False
    for chunk in chunks:
        characters -= len(chunk)
        if characters < 0 or (len(held) > MOST_HELD and not _is_thinking(held)):
            break
        held += chunk
        if not opened:
            start = _object(held)
            if "[" not in chunk or (found := _STATEMENTS.search(start)) is None:
                continue
            if _ABSTAINS.search(start, 0, found.start()):
                yield NOTHING
                return
            opened, held = True, start[found.end() :]
        if "}" in chunk:
            values, held = _closed(held)
            told = told or bool(values)
            yield from map(_line, values)
            if _END.match(held):
                break
    if _ABSTAINS.search(held if opened else _object(held)):
        yield NOTHING
    elif not told and not (opened and held.lstrip().startswith("]")):
        raise NotJSON


def _object(held: str) -> str:
    """The reply from its brace on, without thoughts and fence; empty while that may still come."""
    thoughts = _THOUGHTS.match(held)
    rest = held[thoughts.end() if thoughts else 0 :].lstrip("\ufeff \t\r\n")
    if rest.startswith("```"):
        rest = rest.partition("\n")[2].lstrip()
    if rest.startswith("{"):
        return rest
    if rest.startswith("<think>") or "<think>".startswith(rest) or "```".startswith(rest):
        return ""
    raise NotJSON


def _is_thinking(held: str) -> bool:
    return held.lstrip().startswith("<think>") and "</think>" not in held


def _closed(held: str) -> tuple[list[object], str]:
    """The objects that are closed, and what is left; what can't be decoded is left, too."""
    values: list[object] = []
    start = 0
    while True:
        begin = _BETWEEN.match(held, start).end()  # type: ignore[union-attr]
        if not held.startswith("{", begin):
            return values, held[start:]
        try:
            value, start = _DECODER.raw_decode(held, begin)
        except (ValueError, RecursionError):
            return values, held[start:]
        values.append(value)


def _line(value: object) -> str:
    """Each sentence of the statement with all its references; empty for a value that is no statement."""
    match value:
        case {"text": str(text), "quotations": list(numbers)} if all(isinstance(n, int) for n in numbers):
            references = "".join(f"[{n}]" for n in numbers)
            text = " ".join(text.encode("utf-8", "ignore").decode("utf-8").split())  # half a surrogate is no letter
            return " ".join(f"{text[start:end]} {references}" for start, end in sentence_spans(text))
        case _:
            return ""
