"""The extractive engine: chooses the quotations that answer a question; knows no LLM and writes no words of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from assistant.answering.asked import TYPED, Asked
from assistant.answering.evidence import (
    Passage,
    Unit,
    articles_titled,
    provisions_of,
    units_of,
    without_documents,
    words_of,
)
from assistant.answering.fitting import REASON, holds_list
from assistant.answering.focus import find_focus
from assistant.answering.lists import lead_in, line_start, list_block
from assistant.answering.matching import POINTS_BACK, Match, Weight, match
from assistant.answering.missing import is_named
from assistant.answering.question import Understanding, about
from assistant.answering.values import plain_value
from assistant.types import Document, Hit, Span
from assistant.vietnamese.sentences import sentence_spans

# A further quotation is taken where it scores at least this share of the best one …
_ALSO = 0.82
# … where another document gives a figure, date or name for what was asked, at least this share …
_ELSEWHERE = 0.7
# … and must itself say this share of what the best one says of the question.
_OWN_ELSEWHERE = 0.7
# … and no answer quotes more than this many, lists aside.
_MOST = 3
# A list up to this long (characters) is quoted whole even where one of its items was asked for.
_SHORT_LIST = 700
_LONG_LIST = 6000
# What opens a sentence, in characters, and how many words of the question make it belong to one of its clauses.
_OPENING, _SAID_BEFORE = 160, 2
# A paragraph up to this long is quoted whole where a list is asked for and it opens with the best sentence.
_PARAGRAPH = 700
# Where several documents are asked for, another one may lack words up to this weight.
_LACKING_ACROSS = 0.6
# How many chunks are looked through for those of a document that the question names.
_DEEP = 400
# An article may be named by its title where the question says at least this many words of it.
_TITLE_TERMS = 4
# … and is quoted whole up to this many characters where its document is not named.
_PROVISION = 1500
_BULLET = re.compile(r"[-–—+•*●○▪]\s+")
_ORDINAL = re.compile(r"\s*Thứ (?:nhất|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)\b")


class Measures(Protocol):
    """What the ranking asks of the index."""

    def search(self, query: str, top_k: int) -> list[Hit]: ...

    def document(self, identifier: str) -> Document: ...

    def weight(self, term: str) -> float: ...

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]: ...


def rank_units(hits: Sequence[Hit], question: Understanding, library: Measures) -> list[Match]:
    """Every sentence of the hits, best first; the same words twice are kept once."""
    units = _evidence(hits, question, library)
    similar = library.similarities(question.text, [unit.text for unit in units])
    weights = {term: library.weight(term) for term in question.terms}
    matches = [match(u, question, weights, s) for u, s in zip(units, similar, strict=True)]
    ranked = sorted(matches, key=lambda m: (-m.score, m.unit.document.id, m.unit.start))
    unique: dict[tuple[str, ...], Match] = {}
    for m in ranked:
        unique.setdefault((*m.unit.terms, m.unit.document.id if m.unit.provision else ""), m)
    return list(unique.values())


def _evidence(hits: Sequence[Hit], question: Understanding, library: Measures) -> list[Unit]:
    """The sentences of the hits; of a document or a provision that the question names, what it asks for comes first."""
    named: list[Hit] = []
    if question.documents:
        deep = library.search(without_documents(question.text), _DEEP)
        named = [h for h in deep if is_named(library.document(h.chunk.span.document_id), question)][: len(hits)]
    found = list({hit.chunk.id: hit for hit in [*named, *hits]}.values())
    provisions = _provisions(found, question, library)
    return (
        provisions
        if provisions and question.provision
        else [*provisions, *units_of(found, library.document, headings=question.placed)]
    )


def _provisions(hits: Sequence[Hit], question: Understanding, library: Measures) -> list[Unit]:
    """The provision that the question names by its number, or the articles that it names by their title."""
    documents = [library.document(i) for i in dict.fromkeys(hit.chunk.span.document_id for hit in hits)]
    if question.documents:
        documents = [d for d in documents if is_named(d, question)]
    if question.provision:
        return [unit for d in documents for unit in provisions_of(d, question.provision)]
    terms = about(question)
    if question.asked not in (Asked.OTHER, Asked.PERSON) or len(terms) < _TITLE_TERMS:
        return []
    longest = _LONG_LIST if question.documents else _PROVISION
    return [unit for d in documents for unit in articles_titled(d, terms) if unit.end - unit.start <= longest]


def choose(ranked: Sequence[Match], question: Understanding, weight: Weight) -> list[Passage]:
    """The passages to quote, in reading order within documents, the best document first."""
    if not ranked:
        return []
    chosen = [ranked[0]]
    focuses = {ranked[0].unit.span: unit_focus(ranked[0].unit, question, weight)}
    for candidate in ranked[1:]:
        if len(chosen) < _MOST and _adds(candidate, chosen, question):
            focus = unit_focus(candidate.unit, question, weight)
            if focus and _value(candidate.unit.document, focus) in {
                _value(m.unit.document, f) for m in chosen if (f := focuses[m.unit.span])
            }:
                continue
            chosen.append(candidate)
            focuses[candidate.unit.span] = focus
    spans = _outermost([span for m in chosen for span in _quoted(m.unit, question)])
    documents = {m.unit.document.id: m.unit.document for m in chosen}
    order, first = list(documents), _quoted(ranked[0].unit, question)
    spans = sorted(spans, key=lambda s: (not any(s.covers(f) for f in first), order.index(s.document_id), s.start))
    found = [(m.unit.document.id, f) for m in chosen if (f := focuses[m.unit.span])]
    trimmed = (_without_marks(documents[span.document_id], span) for span in spans)
    return [Passage(documents[s.document_id], s, _focus_in(s, found)) for s in trimmed]


def _without_marks(document: Document, span: Span) -> Span:
    """A single item without the mark before it and the comma or semicolon after it; a list keeps its own."""
    text = document.text[span.start : span.end]
    if "\n" in text:
        return span
    start = found.end() if (found := _BULLET.match(text)) else 0
    end = len(text.rstrip(" ;,"))
    return Span(span.document_id, span.start + start, span.start + end) if end - start > 1 else span


def unit_focus(unit: Unit, question: Understanding, weight: Weight) -> tuple[int, int] | None:
    """Where in its document the unit, or what it leads to, holds what answers by itself."""
    found = None if unit.provision else find_focus(unit.told, question, weight)
    return (unit.start + found.start, unit.start + found.end) if found else None


def _value(document: Document, focus: tuple[int, int]) -> str:
    return plain_value(document.text[slice(*focus)])


def _focus_in(span: Span, found: Sequence[tuple[str, tuple[int, int]]]) -> tuple[int, int] | None:
    return next((f for d, f in found if d == span.document_id and span.start <= f[0] and f[1] <= span.end), None)


def merged(passages: Sequence[Passage]) -> list[Passage]:
    """The passages in their order, without those that lie inside another."""
    kept = _outermost([passage.span for passage in passages])
    return list({p.span: p for p in passages if p.span in kept}.values())


def _adds(candidate: Match, chosen: Sequence[Match], question: Understanding) -> bool:
    best = chosen[0]
    if best.unit.provision or (question.documents and not is_named(candidate.unit.document, question)):
        return False
    elsewhere = all(candidate.unit.document.id != m.unit.document.id for m in chosen)
    full = candidate.numbers and candidate.lacking <= best.lacking + 0.1
    if question.across and elsewhere and candidate.score >= _ELSEWHERE * best.score:
        return candidate.lacking <= max(best.lacking, _LACKING_ACROSS)
    typed = question.asked in TYPED
    if candidate.score < (_ELSEWHERE if typed else _ALSO) * best.score or not candidate.numbers:
        return False
    if question.defined and best.fits and not candidate.fits:
        return False
    if typed:
        said = candidate.own >= _OWN_ELSEWHERE * best.own
        return candidate.fits and not candidate.deputy and elsewhere and full and said
    if question.wants_list:
        return candidate.unit.text.rstrip().endswith(":") and candidate.score >= 0.92 * best.score
    return candidate.score >= 0.96 * best.score


def _quoted(unit: Unit, question: Understanding) -> list[Span]:
    """The unit as it can be understood: a list with its lead-in, whole where it is short or asked for."""
    text, identifier = unit.document.text, unit.document.id
    if unit.provision:
        return [unit.span]
    if unit.sentence is not None and (question.wants_list or _opens_with_asked(unit, unit.sentence, question)):
        return _of_sentence(unit, unit.sentence, whole=question.wants_list)
    if unit.text.endswith(":"):
        return [Span(identifier, unit.start, unit.end_of_list)]
    lead = lead_in(text, unit.start)
    if lead is not None:
        end = list_block(text, lead[1])
        wanted = question.wants_list or end - lead[0] <= _SHORT_LIST
        colon = text[lead[1] - 1] == ":"  # else it is a heading, which is not said again
        whole = colon and end >= unit.end and wanted and end - lead[0] <= _LONG_LIST
        return [Span(identifier, lead[0], end)] if whole else [*([Span(identifier, *lead)] if colon else []), unit.span]
    return _enumeration(unit) if question.wants_list else [_with_subject(unit, question)]


def _opens_with_asked(unit: Unit, sentence: Span, question: Understanding) -> bool:
    """Whether the opening of the sentence says of the question what its clause does not, as who it was that said so."""
    opening = words_of([unit.document.text[sentence.start : unit.start][:_OPENING]]).terms
    return len((opening & set(question.terms)) - unit.words.terms) >= _SAID_BEFORE


def _of_sentence(unit: Unit, sentence: Span, *, whole: bool) -> list[Span]:
    """The sentence as far as the clause; of a long one its opening, up to a comma, and the clause."""
    if whole:
        return [sentence]
    if unit.end - sentence.start <= _PARAGRAPH:
        return [Span(sentence.document_id, sentence.start, unit.end)]
    opening = unit.document.text[sentence.start : sentence.start + _OPENING]
    cut = max(opening.rfind(mark) for mark in (",", ":", ";"))
    return [Span(sentence.document_id, sentence.start, sentence.start + cut), unit.span] if cut > 0 else [unit.span]


def _with_subject(unit: Unit, question: Understanding) -> Span:
    """The unit, with the sentence before it where it points back to it (`Đây là …`), or with the reason after it."""
    text, start, end = unit.document.text, unit.start, unit.end
    line = line_start(text, start)
    if POINTS_BACK.match(unit.text) and line < start:
        before = sentence_spans(text[line:start])
        start = line + before[-1][0] if before else start
    after = text[end : end + _PARAGRAPH].split("\n", 1)[0]
    following = sentence_spans(after)
    if question.asked is Asked.REASON and following and start == unit.start:
        a, b = following[0]
        if POINTS_BACK.match(after[a:b]) and b < len(after) + 1 and not REASON.search(unit.text):
            end += b
    return Span(unit.document.id, start, end) if end - start <= _PARAGRAPH else unit.span


def _enumeration(unit: Unit) -> list[Span]:
    """The unit with the points made after it (`Thứ nhất, …`), or with the rest of the short paragraph it opens."""
    text, identifier = unit.document.text, unit.document.id
    points = [] if _ORDINAL.match(unit.text) else _ordinal_points(text, text.find("\n", unit.end))
    if points:
        return [unit.span, *(Span(identifier, a, b) for a, b in points)]
    end = text.find("\n", unit.end)
    end = len(text) if end == -1 else end
    end = unit.end + len(text[unit.end : end].rstrip())
    lists = holds_list(unit.text)  # the sentence holds the list itself
    if lists or line_start(text, unit.start) != unit.start or end - unit.start > _PARAGRAPH:
        return [unit.span]
    leads = text[end - 1] == ":"
    return [Span(identifier, unit.start, min(list_block(text, end), unit.start + _LONG_LIST) if leads else end)]


def _ordinal_points(text: str, position: int) -> list[tuple[int, int]]:
    """First sentence of each paragraph that says `Thứ nhất`, `Thứ hai`, …; other paragraphs may stand between."""
    points: list[tuple[int, int]] = []
    between = 0
    while 0 <= position < len(text) and between < 4:
        stop = text.find("\n", position + 1)
        stop = len(text) if stop == -1 else stop
        line = text[position:stop]
        if _ORDINAL.match(line):
            first = sentence_spans(line)[0]
            points.append((position + first[0], position + first[1]))
            between = 0
        elif line.strip():
            between += 1
        position = stop
    return points if len(points) > 1 else []


def _outermost(spans: Sequence[Span]) -> list[Span]:
    """The spans without those that lie inside another."""
    unique = list(dict.fromkeys(spans))
    return [s for s in unique if not any(other != s and other.covers(s) for other in unique)]
