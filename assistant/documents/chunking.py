"""Cuts a document into chunks on its own borders, sized in tokens; every chunk is an exact span of the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from assistant.documents.structure import is_clause
from assistant.types import Chunk, Document, Span
from assistant.vietnamese.sentences import sentence_spans

CountTokens = Callable[[str], int]
# Start, end and tokens of what is not cut any further; counting is most of the time that chunking takes.
Unit = tuple[int, int, int]
_LIST_ITEM = re.compile(r"\s*(?:[-–—+•*●○▪]\s|[a-zđ]{1,2}\)\s|\d{1,2}[.)]\s)")
# A list stays with its lead-in sentence up to this many times the size that other chunks aim at.
_LIST_ALLOWANCE = 2.0
# Characters a token that are looked at to find where a text too long for one chunk is cut, so that time stays linear.
_WINDOW = 8
_SPACE = re.compile(r"\s*")


def chunk_document(document: Document, *, max_tokens: int, count: CountTokens) -> list[Chunk]:
    """Chunks in reading order; none crosses an article or a heading; together they cover all but white space."""
    chunks: list[Chunk] = []
    for start, end, body in _blocks(document):
        for piece_start, piece_end in _pack(document.text, start, end, max_tokens, count):
            chunks.append(_chunk(document, len(chunks), piece_start, piece_end, max(piece_start, body)))
    return chunks


def search_text(document: Document, chunk: Chunk) -> str:
    """What is embedded of a chunk: its document's title and its headings around its own text, words healed."""
    body = document.healed_text(chunk.span.start, chunk.span.end)
    context = [part for part in (document.title, *chunk.headings) if part not in chunk.text]
    return "\n".join([*context, body])


def _chunk(document: Document, number: int, start: int, end: int, body: int) -> Chunk:
    return Chunk(
        id=f"{document.id}#{number}",
        span=Span(document.id, start, end),
        text=document.text[start:end],
        headings=document.headings_at(min(body, end - 1), points=False),
        page=document.page_at(start),
    )


def _blocks(document: Document) -> Iterator[tuple[int, int, int]]:
    """`(start, end, body)` of the text between headings; headings without text of their own join the next block."""
    headings = {s.span.start for s in document.sections if not is_clause(s)}
    lone = headings - {s.span.start for s in document.sections if s.label.startswith("Điều ")}
    borders = sorted({0, len(document.text)} | headings)
    pending: int | None = None
    for start, end in pairwise(borders):
        first_line_end = document.text.find("\n", start, end)
        only_heading = first_line_end == -1 or not document.text[first_line_end:end].strip()
        begin = start if pending is None else pending
        if start in lone and only_heading and end < len(document.text):
            pending = begin
        elif document.text[begin:end].strip():
            yield begin, end, start
            pending = None


def _pack(text: str, start: int, end: int, max_tokens: int, count: CountTokens) -> Iterator[tuple[int, int]]:
    """Greedy packing of units, so that a piece stays under `max_tokens` where its parts allow it."""
    open_start, open_end, used = -1, -1, 0
    for unit_start, unit_end, cost in _units(text, start, end, max_tokens, count):
        if open_start >= 0 and used + cost > max_tokens:
            yield open_start, open_end
            open_start, used = -1, 0
        open_start = unit_start if open_start < 0 else open_start
        open_end, used = unit_end, used + cost
    if open_start >= 0:
        yield open_start, open_end


def _units(text: str, start: int, end: int, max_tokens: int, count: CountTokens) -> Iterator[Unit]:
    """Paragraphs, whole lists with their lead-in, and sentences of what is too long."""
    for begin, stop, is_list in _lists_joined(text, _paragraphs(text, start, end)):
        limit = max_tokens * _LIST_ALLOWANCE if is_list else max_tokens
        cost = count(text[begin:stop])
        if cost <= limit:
            yield begin, stop, cost
        else:
            for a, b in sentence_spans(text[begin:stop]):
                yield from _bounded(text, begin + a, begin + b, max_tokens, count)


def _paragraphs(text: str, start: int, end: int) -> list[tuple[int, int]]:
    found = (m.span() for m in re.compile(r"[^\n]+").finditer(text, start, end))
    return [(a + _indent(text[a:b]), a + len(text[a:b].rstrip())) for a, b in found if text[a:b].strip()]


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _lists_joined(text: str, paragraphs: list[tuple[int, int]]) -> Iterator[tuple[int, int, bool]]:
    """A lead-in that ends in a colon and the items after it as one unit."""
    i = 0
    while i < len(paragraphs):
        start, end = paragraphs[i]
        j = i + 1
        if text[end - 1] == ":":
            while j < len(paragraphs) and _LIST_ITEM.match(text[paragraphs[j][0] : paragraphs[j][1]]):
                j += 1
        yield start, paragraphs[j - 1][1], j > i + 1
        i = j


def _bounded(text: str, start: int, end: int, max_tokens: int, count: CountTokens) -> Iterator[Unit]:
    """The span itself, or pieces of it cut at white space (anywhere where there is none), each within `max_tokens`."""
    while start < end:
        cut, cost = _cut(text, start, end, max_tokens, count)
        yield start, cut, cost
        start = _SPACE.match(text, cut, end).end()  # type: ignore[union-attr]


def _cut(text: str, start: int, end: int, max_tokens: int, count: CountTokens) -> tuple[int, int]:
    """Where the first piece of the span ends, and its tokens."""
    stop = end if end - start <= _WINDOW * max_tokens else _space_before(text, start, start + _WINDOW * max_tokens)
    used = count(text[start:stop])
    while used > max_tokens and stop - start > 1:
        stop = _space_before(text, start, start + max(1, int((stop - start) * max_tokens / used * 0.9)))
        used = count(text[start:stop])
    return stop, used


def _space_before(text: str, start: int, stop: int) -> int:
    """The last space of `start:stop`, else `stop`."""
    space = text.rfind(" ", start + 1, stop)
    return space if space > start else stop
