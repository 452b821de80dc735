"""Sentences and list items of the chunks found, with what stands around them; knows no question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence, Set
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import pairwise

from assistant.answering.lists import ITEM, header_row, lead_in, line_start, list_block
from assistant.documents.signatures import signature
from assistant.documents.structure import is_clause
from assistant.types import Document, Hit, Span
from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.normal import fold, has_marks
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import marked_keys, syllables

# `38/2022/NĐ-CP`, and shorter where a word before says that it is no month; on folded text.
_DOCUMENT = re.compile(
    r"(?<![\d/])\d+/\d{4}/[a-z]+(?:-[a-z]+)*\b|(?<![\d/])\d+/vbhn(?:-[a-z]+)?\b"
    r"|(?:(?<=vbhn )|(?<=vbhn so )|(?<=hop nhat )|(?<=hop nhat so ))\d+\b(?!/)"
    r"|(?<![\d/])\d+/[a-z]{2,}-[a-z]{2,}(?:-[a-z]+)*\b"
    r"|(?:(?<=dinh )|(?<=quyet )|(?<=tu )|(?<=so ))\d+/\d{4}\b"
)
# Words of asking that documents put otherwise: question word -> words that do as well (folded).
_SAME = {
    "rong": ("dien", "tich", "quy", "mo"),
    "nguoi": ("ong", "ba"),
    "hecta": ("ha", "hec"),
    "ha": ("hecta", "hec"),
    "hang": ("thu",),
    "mot": ("01",),
}
# A sentence longer than this is cut at its semicolons, into clauses no shorter than that (characters).
_LONG_SENTENCE, _SHORTEST_CLAUSE = 350, 60
_SEMICOLON = re.compile(r";\s+")
# How far back what was said still counts, in characters.
_CARRIED = 800
# What a lead-in leads to is quoted up to this many characters.
_LONGEST = 6000
# A run of points or strokes is a blank of a form, and a number of an article alone says nothing.
_BLANK = re.compile(r"[.…_]{5,}|^\W*(?:Điều|Chương|Mục|Phần|Phụ lục) \w+\W*$")


@dataclass(frozen=True, slots=True)
class Words:
    """Folded terms of a text, which of them came of a short form, and the marked keys of its syllables."""

    terms: frozenset[str]
    written_out: frozenset[str]
    keys: frozenset[str]
    marked: bool


def words_of(texts: Sequence[str]) -> Words:
    return _words_of(tuple(texts))


@lru_cache(maxsize=4096)
def _words_of(texts: tuple[str, ...]) -> Words:
    expanded = [pair for text in texts for pair in expand_from(syllables(text))]
    return Words(
        terms=frozenset(term for term, _ in expanded),
        written_out=frozenset(term for term, i in expanded if i is None),
        keys=frozenset(key for text in texts for key in marked_keys(text)),
        marked=any(map(has_marks, texts)),
    )


@lru_cache(maxsize=4096)
def _joined_terms(text: str) -> str:
    return " ".join(expand(syllables(text)))


@lru_cache(maxsize=512)
def _sentences_of(text: str) -> tuple[tuple[int, int], ...]:
    return tuple(sentence_spans(text))


def alternatives(term: str) -> tuple[str, ...]:
    """Words that may stand for a question's word."""
    return _SAME.get(term, ())


@dataclass(frozen=True)
class Unit:
    """A sentence or list item of a document: `document.text[start:end]`; not slotted, as its terms are cached."""

    document: Document
    start: int
    end: int
    hit_score: float
    chunk: Span
    provision: bool = False  # a whole article or clause, which its heading names
    amending: bool = False  # … of a document that amends the one that the question names
    sentence: Span | None = None  # the long sentence of which the unit is one clause

    @property
    def text(self) -> str:
        return self.document.text[self.start : self.end]

    @property
    def healed(self) -> str:
        """The text as it is compared with a question."""
        return self.document.healed_text(self.start, self.end)

    @property
    def span(self) -> Span:
        return Span(self.document.id, self.start, self.end)

    @cached_property
    def end_of_list(self) -> int:
        """Where ends what a unit that closes with a colon leads to, a list or a table; `end` where it leads to none."""
        if not self.text.endswith(":"):
            return self.end
        text = self.document.text
        block = list_block(text, self.end)
        if block > self.end:
            return min(block, self.start + _LONGEST)
        if ITEM.match(text[self.end :].lstrip("\n")[:12]):
            return self.end  # the next item of the list that the unit itself stands in
        inside = (s for s in self.document.sections if not s.is_point and s.span.start <= self.start < s.span.end)
        sections = [s.span.end for s in inside]
        if not sections:
            return self.end
        stop = min([*sections, self.start + _LONGEST])
        stop = stop if stop == len(text) or text[stop - 1] == "\n" else text.rfind("\n", 0, stop)
        return max(self.end, self.start + len(text[self.start : stop].rstrip()))

    @property
    def told(self) -> str:
        """The unit with what it leads to."""
        return self.document.text[self.start : self.end_of_list]

    @cached_property
    def terms(self) -> list[str]:
        return expand(syllables(self.healed))

    @property
    def joined(self) -> str:
        """Its terms in order between spaces."""
        return f" {' '.join(self.terms)} "

    @cached_property
    def joined_context(self) -> str:
        """Terms of the headings and of what stands before, in order, between spaces."""
        return (
            f" {' | '.join(map(_joined_terms, [*self.document.headings_at(self.start, points=False), self.before]))} "
        )

    @cached_property
    def words(self) -> Words:
        return words_of([self.healed])

    @cached_property
    def context(self) -> Words:
        """Words of the title, the headings, the lead-in and the sentence before."""
        named = (self.document.title, self.document.number or "")
        return words_of([*named, *self.document.headings_at(self.start, points=False), self.before])

    @cached_property
    def carried(self) -> tuple[Words, ...]:
        """Words of the sentences before the unit in its chunk: what they speak of, it may still speak of."""
        near = [s for s in self._earlier if self.start - s[0] <= _CARRIED]
        return tuple(words_of([self.document.healed_text(a, b)]) for a, b in near)

    @cached_property
    def _earlier(self) -> list[tuple[int, int]]:
        """The sentences before the unit in its chunk."""
        start = self.chunk.start
        spans = _sentences_of(self.document.text[start : self.chunk.end])
        return [(start + a, start + b) for a, b in spans if start + b <= self.start]

    @cached_property
    def neighbourhood(self) -> str:
        """Terms of the chunk, the headings, the title and the issuer, in order, between spaces."""
        return f" {' | '.join(map(_joined_terms, self._near))} "

    @cached_property
    def keys_near(self) -> frozenset[str]:
        """Marked keys of the chunk, the headings, the title and the issuer."""
        return words_of(self._near).keys

    @property
    def _near(self) -> list[str]:
        chunk, issuer = self.document.healed_text(self.chunk.start, self.chunk.end), self.document.issuer or ""
        return [chunk, *self.document.headings_at(self.start, points=False), self.document.title, issuer.title()]

    @cached_property
    def before(self) -> str:
        """The lead-in of a list item, a table's header, the sentence up to a clause, else the sentence before."""
        if self.sentence is not None and self.sentence.start < self.start:
            return self.document.healed_text(self.sentence.start, self.start)
        lead = lead_in(self.document.text, self.start) or header_row(self.document.text, self.start)
        if lead is not None:
            return self.document.healed_text(*lead)
        return self.document.healed_text(self._earlier[-1][0], self.start) if self._earlier else ""


def document_numbers(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text[found.start() : found.end()] for found in _DOCUMENT.finditer(fold(text))))


def parts_of_number(number: str) -> list[str]:
    """`38/2022/NĐ-CP` -> `38`, `2022`, `nd`, `cp`."""
    return re.split(r"[/-]", fold(number))


def without_documents(text: str) -> str:
    """The text without the numbers of documents."""
    spans = [found.span() for found in _DOCUMENT.finditer(fold(text))]
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


@dataclass(frozen=True, slots=True)
class Passage:
    """A span to quote, with the document as it was read when the span was chosen.

    `focus` is where in the document stands what answers by itself.
    """

    document: Document
    span: Span
    focus: tuple[int, int] | None = None


def units_of(hits: Sequence[Hit], document: Callable[[str], Document], *, headings: bool = False) -> list[Unit]:
    """The sentences of the hits' chunks; a heading is one only if asked for, a chunk that is no copy gives none."""
    units: list[Unit] = []
    for hit in hits:
        source, span = document(hit.chunk.span.document_id), hit.chunk.span
        if source.text[span.start : span.end] != hit.chunk.text:
            continue
        titled = set() if headings else {s.span.start for s in source.sections if s.title}
        for start, end in _sentences_of(source.text[span.start : span.end]):
            begin, stop = span.start + start, span.start + end
            if _BLANK.search(source.text[begin:stop]):
                continue
            heading = line_start(source.text, begin) in titled and source.text[stop - 1] not in ".;:"
            if not heading or _is_clause(source, begin):
                units += _clauses(source, begin, stop, hit)
    return units


def _clauses(document: Document, start: int, end: int, hit: Hit) -> list[Unit]:
    """The sentence, or the clauses of a long one that semicolons part."""
    cuts = [start]
    if end - start > _LONG_SENTENCE:
        for found in _SEMICOLON.finditer(document.text, start, end):
            if (
                found.end() - cuts[-1] >= _SHORTEST_CLAUSE
                and end - found.end() >= _SHORTEST_CLAUSE
                and document.text.count("(", start, found.start()) <= document.text.count(")", start, found.start())
            ):
                cuts.append(found.end())
    sentence = Span(document.id, start, end) if len(cuts) > 1 else None
    spans = [(a, start + len(document.text[start:b].rstrip())) for a, b in pairwise([*cuts, end])]
    return [Unit(document, a, b, hit.score, hit.chunk.span, sentence=sentence) for a, b in spans]


def provisions_of(document: Document, labels: Sequence[str]) -> list[Unit]:
    """The provision with these labels, outermost first, whole; none where the document has no such provision."""
    inside = _labelled(document, labels, Span(document.id, 0, len(document.text))) if document.text else None
    if inside is None:
        return []
    text = document.text[inside.start : min(inside.end, inside.start + _LONGEST)]
    stop = len(text) if len(text) == inside.end - inside.start else text.rfind("\n") + 1 or len(text)
    return [Unit(document, inside.start, inside.start + len(text[:stop].rstrip()), 1.0, inside, provision=True)]


def _labelled(document: Document, labels: Sequence[str], inside: Span) -> Span | None:
    """The first section with the first label that has one with the next label in it, and so on."""
    if not labels:
        return inside
    tried = (s.span for s in document.sections if s.label == labels[0] and inside.covers(s.span))
    return next((found for span in tried if (found := _labelled(document, labels[1:], span))), None)


def signature_of(document: Document) -> list[Unit]:
    """Its signature block, whole."""
    span = signature(document)
    return [Unit(document, span.start, span.end, 1.0, span, provision=True)] if span else []


def articles_titled(document: Document, terms: Set[str]) -> list[Unit]:
    """The articles whose title says all of the terms and little else."""
    found = []
    for section in document.sections:
        title = set(expand(syllables(section.title)))
        if section.label.startswith("Điều ") and terms <= title and 2 * len(terms) >= len(title):
            found += provisions_of(document, [section.label])
    return found


def _is_clause(document: Document, offset: int) -> bool:
    return any(s.span.start == offset and is_clause(s) for s in document.sections)
