"""The extractive engine: chooses the quotations that answer a question; knows no LLM and writes no words of its own."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.asked import TYPED, Asked
from assistant.answering.cells import cell_asked, is_sheet_row, row_cell_asked
from assistant.answering.evidence import (
    Passage,
    Unit,
    words_of,
)
from assistant.answering.fitting import REASON, holds_list
from assistant.answering.focus import find_focus
from assistant.answering.lists import CELL, header_row, lead_in, line_start, list_block
from assistant.answering.matching import POINTS_BACK, Match, Weight
from assistant.answering.missing import is_named
from assistant.answering.question import Understanding
from assistant.answering.values import plain_value
from assistant.types import Document, Span
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import syllables

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
# A table's header is quoted with its row up to this long.
_HEADER = 200
# Two sentences with this share of words in common say the same.
_ALIKE = 0.85
# What opens a sentence, in characters, and how many words of the question make it belong to one of its clauses.
_OPENING, _SAID_BEFORE = 160, 2
# A paragraph up to this long is quoted whole where a list is asked for and it opens with the best sentence.
_PARAGRAPH = 700
# Where several documents are asked for, another one may lack words up to this weight.
_LACKING_ACROSS = 0.6
# A sentence that begins so goes on with what the one before tells.
_GOES_ON = re.compile(
    r"(?:Ngoài ra|Đồng thời|Bên cạnh đó|Cùng với đó|Song song đó|Song song với đó|Mặt khác|Hơn nữa)\b"
)
# What a lead-in may consist of that is not quoted: `Ghi chú:`, `Trong Luật này, các từ ngữ sau đây được hiểu như sau:`.
_GENERIC = "ghi chu luu y trong thong tu nay nghi dinh quyet luat bo cac ngu thuat nhung duoi sau day duoc hieu nhu"
_SAYING_NOTHING = frozenset(f"{_GENERIC} cu the bao gom la giai thich".split())
_BULLET = re.compile(r"[-–—+•*●○▪]\s+")
# A sentence of what a decree amends stands in quotation marks that open or close in another sentence.
_QUOTES = (("“", "”"), ("«", "»"))
_LAST = re.compile(r"\s*([”»])\s*[.;,]?\Z")
_FIRST = re.compile(r"\s*Thứ nhất\b")
_ORDINAL = re.compile(r"\s*Thứ (?:nhất|hai|ba|tư|năm|sáu|bảy|tám|chín|mười)\b")


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
    quoted = {m.unit.span: _quoted(m.unit, question, focuses[m.unit.span]) for m in chosen}
    spans = _outermost([span for m in chosen for span in quoted[m.unit.span]])
    documents = {m.unit.document.id: m.unit.document for m in chosen}
    order, first = list(documents), quoted[ranked[0].unit.span]
    spans = sorted(spans, key=lambda s: (not any(s.covers(f) for f in first), order.index(s.document_id), s.start))
    found = [(m.unit.document.id, f) for m in chosen if (f := focuses[m.unit.span])]
    trimmed = (_without_marks(documents[span.document_id], span) for span in spans)
    return [Passage(documents[s.document_id], s, _focus_in(s, found)) for s in trimmed]


def _without_marks(document: Document, span: Span) -> Span:
    """A single item without the mark before it, the comma or semicolon after it and lone quotation marks.

    A list keeps its own.
    """
    text = document.text[span.start : span.end]
    if "\n" in text:
        return span
    start = found.end() if (found := _BULLET.match(text)) else 0
    end = len(text.rstrip(" ;,"))
    start, end = _within_quotes(text, start, end)
    return Span(span.document_id, span.start + start, span.start + end) if end - start > 1 else span


def _within_quotes(text: str, start: int, end: int) -> tuple[int, int]:
    """Without a quotation mark at either end whose other one stands in another sentence."""
    for opens, closes in _QUOTES:
        said = text[start:end]
        if said.startswith(opens) and closes not in said:
            start += len(said) - len(said[1:].lstrip())
        elif (found := _LAST.search(said)) and found[1] == closes and opens not in said:
            end = start + found.start()
    return start, end


def unit_focus(unit: Unit, question: Understanding, weight: Weight) -> tuple[int, int] | None:
    """Where in its document the unit, or what it leads to, holds what answers by itself."""
    if unit.provision and not question.signed:
        return None
    told = unit.told
    if question.asked is Asked.NUMBER and is_sheet_row(unit):
        return row_cell_asked(unit, question, weight)
    if question.asked is Asked.NUMBER and CELL in told:  # no figure of a table but the one of its row and column
        if cell := cell_asked(unit, question, weight):
            return cell
        told = told[: told.index(CELL)].rpartition("\n")[0]
    found = find_focus(told, question, weight)
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
    if candidate.titled or any(_says_the_same(candidate.unit, m.unit) for m in chosen):
        return False
    if best.unit.provision:  # what amends it is told beside it
        return bool(question.provision) and (candidate.unit.amending or best.unit.amending)
    if question.documents and not is_named(candidate.unit.document, question):
        return False
    elsewhere = all(candidate.unit.document.id != m.unit.document.id for m in chosen)
    full = candidate.numbers and candidate.lacking <= best.lacking + 0.1
    if question.across and elsewhere and candidate.score >= _ELSEWHERE * best.score:
        told = candidate.fits or question.asked not in TYPED
        return told and candidate.lacking <= max(best.lacking, _LACKING_ACROSS)
    if question.asked is Asked.OFFICE:  # every office that is told, in one document too
        return candidate.fits
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


def _says_the_same(one: Unit, other: Unit) -> bool:
    """The same sentence, perhaps of another document, with a word more or less."""
    terms, others = one.words.terms, other.words.terms
    return len(terms & others) >= _ALIKE * len(terms | others)


def _quoted(unit: Unit, question: Understanding, focus: tuple[int, int] | None) -> list[Span]:
    """The unit as it can be understood: a list with its lead-in, whole where it is short or asked for."""
    text, identifier = unit.document.text, unit.document.id
    if unit.provision:
        return [unit.span]
    if unit.sentence is not None and (question.wants_list or _opens_with_asked(unit, unit.sentence, question)):
        return _of_sentence(unit, unit.sentence, whole=question.wants_list)
    if unit.text.endswith(":"):
        return _led_to(unit, question, focus)
    if CELL in unit.text and (header := header_row(text, unit.start)):  # what the columns are
        return [Span(identifier, *header), unit.span] if header[1] - header[0] <= _HEADER else [unit.span]
    lead = lead_in(text, unit.start)
    if lead is not None:
        end = list_block(text, lead[1])
        wanted = question.wants_list or end - lead[0] <= _SHORT_LIST
        # Else it is a heading, which is not said again, or says nothing of what is asked: `Ghi chú:`.
        colon = text[lead[1] - 1] == ":" and not _SAYING_NOTHING.issuperset(words_of([text[slice(*lead)]]).terms)
        whole = colon and end >= unit.end and wanted and end - lead[0] <= _LONG_LIST
        return [Span(identifier, lead[0], end)] if whole else [*([Span(identifier, *lead)] if colon else []), unit.span]
    return _enumeration(unit) if question.wants_list else [_with_subject(unit, question)]


def _led_to(unit: Unit, question: Understanding, focus: tuple[int, int] | None) -> list[Span]:
    """What closes with a colon and what it leads to; of a long list only the line that holds what was asked for."""
    text, identifier = unit.document.text, unit.document.id
    if focus is None or question.wants_list or unit.end_of_list - unit.start <= _SHORT_LIST:
        return [Span(identifier, unit.start, unit.end_of_list)]
    if focus[1] <= unit.end:
        return [unit.span]
    start, stop = line_start(text, focus[0]), text.find("\n", focus[1])
    header = header_row(text, start)
    spans = [unit.span, *([Span(identifier, *header)] if header and header[1] - header[0] <= _HEADER else [])]
    return [*spans, Span(identifier, start, start + len(text[start : stop if stop >= 0 else len(text)].rstrip()))]


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
    if holds_list(unit.text):  # the sentence holds the list itself, and those that go on with it
        return [Span(identifier, unit.start, _continued(unit, end))]
    if line_start(text, unit.start) != unit.start or end - unit.start > _PARAGRAPH:
        return [unit.span]
    leads = text[end - 1] == ":"
    return [Span(identifier, unit.start, min(list_block(text, end), unit.start + _LONG_LIST) if leads else end)]


def _continued(unit: Unit, end: int) -> int:
    """The end of the sentences after the unit, up to `end`, that go on with its list: `Ngoài ra, …`, `Dự án cần …`."""
    text, stop = unit.document.text, unit.end
    for a, b in sentence_spans(text[unit.end : end]):
        sentence = text[unit.end + a : unit.end + b]
        opening = " ".join(syllables(sentence)[:2])
        goes_on = _GOES_ON.match(sentence) or f" {opening} " in unit.joined
        if not goes_on or unit.end + b - unit.start > _PARAGRAPH:
            break
        stop = unit.end + b
    return stop


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
    return points if len(points) > 1 and _FIRST.match(text[points[0][0] :]) else []


def _outermost(spans: Sequence[Span]) -> list[Span]:
    """The spans without those that lie inside another."""
    unique = list(dict.fromkeys(spans))
    return [s for s in unique if not any(other != s and other.covers(s) for other in unique)]
