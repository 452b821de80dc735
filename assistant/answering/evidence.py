"""Sentences and list items of the chunks found, with what stands around them; knows no question."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.answering.lists import lead_in, line_start
from assistant.types import Document, Hit, Span
from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.normal import has_marks
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import marked_keys, syllables


@dataclass(frozen=True, slots=True)
class Words:
    """Folded terms of a text, which of them came of a short form, and the marked keys of its syllables."""

    terms: frozenset[str]
    written_out: frozenset[str]
    keys: frozenset[str]
    marked: bool


def words_of(texts: Sequence[str]) -> Words:
    expanded = [pair for text in texts for pair in expand_from(syllables(text))]
    return Words(
        terms=frozenset(term for term, _ in expanded),
        written_out=frozenset(term for term, i in expanded if i is None),
        keys=frozenset(key for text in texts for key in marked_keys(text)),
        marked=any(map(has_marks, texts)),
    )


@dataclass(frozen=True)
class Unit:
    """A sentence or list item of a document: `document.text[start:end]`; not slotted, as its terms are cached."""

    document: Document
    start: int
    end: int
    hit_score: float
    chunk: Span

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def span(self) -> Span:
        return Span(self.document.id, self.start, self.end)

    @cached_property
    def terms(self) -> list[str]:
        return expand(syllables(self.text))

    @cached_property
    def words(self) -> Words:
        return words_of([self.text])

    @cached_property
    def context(self) -> Words:
        """Words of the title, the headings, the lead-in and the sentence before."""
        return words_of([self.document.title, *self.document.headings_at(self.start), self.before])

    @cached_property
    def neighbourhood(self) -> str:
        """Terms of the chunk, the headings and the title, in order, between spaces."""
        chunk = self.document.text[self.chunk.start : self.chunk.end]
        texts = [chunk, *self.document.headings_at(self.start), self.document.title]
        return f" {' | '.join(' '.join(expand(syllables(text))) for text in texts)} "

    @cached_property
    def keys_near(self) -> frozenset[str]:
        """Marked keys of the chunk, the headings and the title."""
        chunk = self.document.text[self.chunk.start : self.chunk.end]
        return words_of([chunk, *self.document.headings_at(self.start), self.document.title]).keys

    @cached_property
    def before(self) -> str:
        """The lead-in of a list item, else what stands before the sentence in its line and the line before."""
        lead = lead_in(self.document.text, self.start)
        if lead is not None:
            return self.document.text[lead[0] : lead[1]]
        previous = sentence_spans(self.document.text[self.chunk.start : self.start])
        return self.document.text[self.chunk.start + previous[-1][0] : self.start] if previous else ""


@dataclass(frozen=True, slots=True)
class Passage:
    """A span to quote, with the document as it was read when the span was chosen."""

    document: Document
    span: Span


def units_of(hits: Sequence[Hit], document: Callable[[str], Document]) -> list[Unit]:
    """The sentences of the hits' chunks; a heading is none, nor is a chunk that is no copy of its document."""
    units: list[Unit] = []
    for hit in hits:
        source, span = document(hit.chunk.span.document_id), hit.chunk.span
        if source.text[span.start : span.end] != hit.chunk.text:
            continue
        headings = {s.span.start for s in source.sections if s.title}
        for start, end in sentence_spans(source.text[span.start : span.end]):
            begin, stop = span.start + start, span.start + end
            if line_start(source.text, begin) not in headings or _is_clause(source, begin):
                units.append(Unit(source, begin, stop, hit.score, span))
    return units


def _is_clause(document: Document, offset: int) -> bool:
    return any(s.span.start == offset and s.label.startswith("Khoản ") for s in document.sections)
