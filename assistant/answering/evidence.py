"""Sentences and list items of the chunks found, with what stands around them, and how well each meets a question."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from assistant.answering.question import Asked, Understanding, alternatives, proper_names
from assistant.types import Document, Hit, Span
from assistant.vietnamese.abbreviations import expand, expand_from
from assistant.vietnamese.normal import has_marks
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import bigrams, marked_keys, syllables

_ITEM = re.compile(r"\s*(?:[-–—+•*●○▪]\s|[a-zđ]{1,2}\)\s|\d{1,2}[.)]\s)")
_DATE = re.compile(r"\b\d{1,2}[-/.]\d{1,2}(?:[-/.]\d{4})?\b|\bngày\s+\d|\btháng\s+\d|\bnăm\s+\d{4}|\b(?:19|20)\d\d\b")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_NUMBER_WORD = re.compile(r"\b(?:một|hai|ba|bốn|sáu|bảy|tám|chín|mười)\b")
_TITLE = re.compile(r"\b(?:ông|bà|đồng chí)\s", re.IGNORECASE)
# What a term counts that is found only without its marks («thủ đô» against «thu»).
_FOLDED_ONLY = 0.25
# … and where the question's word has none, though others of it do: perhaps typed in haste.
_UNMARKED = 0.75
# What a term counts that comes of the conversation before the question.
_BEFORE = 0.4
_REASON = re.compile(r"\b(?:vì|do|bởi|nhờ|nguyên nhân|lý do|nhằm|để|xuất phát)\b", re.IGNORECASE)


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
    def before(self) -> str:
        """The lead-in of a list item, else what stands before the sentence in its line and the line before."""
        lead = lead_in(self.document.text, self.start)
        if lead is not None:
            return self.document.text[lead[0] : lead[1]]
        previous = sentence_spans(self.document.text[self.chunk.start : self.start])
        return self.document.text[self.chunk.start + previous[-1][0] : self.start] if previous else ""


@dataclass(frozen=True, slots=True)
class Match:
    """How a unit meets a question; shares are of the question's weight and lie in 0..1."""

    unit: Unit
    own: float  # terms in the unit itself
    pairs: float  # neighbouring terms in the unit itself
    around: float  # terms in the unit or its context
    lacking: float  # weight of the heaviest term found nowhere, as a share of the heaviest of all
    numbers: bool  # every number of the question is in the unit or its context
    fits: bool  # the unit holds the kind of thing asked for
    deputy: bool  # the unit names a deputy where the holder of the office is asked for
    similar: float  # cosine of question and unit, as the encoder sees them
    names: float  # share of the question's proper names that the unit or its context holds

    @property
    def score(self) -> float:
        return (
            0.40 * self.own
            + 0.25 * self.pairs
            + 0.25 * self.around
            + (0.12 if self.fits else 0.0)
            + 0.15 * self.unit.hit_score
            + 0.15 * self.similar
            - (0.0 if self.numbers else 0.25)
            - (0.3 if self.deputy else 0.0)
            - 0.2 * (1 - self.names)
        )


def units_of(hits: Sequence[Hit], document: Callable[[str], Document]) -> list[Unit]:
    """The sentences of the hits' chunks; a heading is none."""
    units: list[Unit] = []
    for hit in hits:
        source, span = document(hit.chunk.span.document_id), hit.chunk.span
        headings = {s.span.start for s in source.sections if s.title}
        for start, end in sentence_spans(source.text[span.start : span.end]):
            begin, stop = span.start + start, span.start + end
            if line_start(source.text, begin) not in headings or _is_clause(source, begin):
                units.append(Unit(source, begin, stop, hit.score, span))
    return units


def line_start(text: str, offset: int) -> int:
    return text.rfind("\n", 0, offset) + 1


def _is_clause(document: Document, offset: int) -> bool:
    return any(s.span.start == offset and s.label.startswith("Khoản ") for s in document.sections)


def match(unit: Unit, question: Understanding, weight: Callable[[str], float], similar: float) -> Match:
    """Compares one unit with the question; `weight` is a term's inverse document frequency."""
    keys = dict(zip(question.terms, question.keys, strict=True))
    weights = {term: weight(term) * (1.0 if term in question.focus else _BEFORE) for term in keys}
    total = sum(weights.values()) or 1.0
    own = {term: presence(term, key, unit.words) for term, key in keys.items()}
    around = {term: max(own[term], presence(term, key, unit.context)) for term, key in keys.items()}
    return Match(
        unit=unit,
        own=sum(weights[t] * own[t] for t in keys) / total,
        pairs=_pair_share(bigrams(list(question.terms)), set(bigrams(unit.terms)), weights),
        around=sum(weights[t] * around[t] for t in keys) / total,
        lacking=max((weights[t] * (1 - around[t]) for t in keys), default=0.0) / max([*weights.values(), 1e-9]),
        numbers=not missing_numbers(unit, question),
        fits=fits(question.asked, unit.text, question.numbers),
        deputy=_is_deputy(unit, question),
        names=_name_share(unit, question),
        similar=max(0.0, similar),
    )


def missing_numbers(unit: Unit, question: Understanding) -> list[str]:
    """Numbers of the question that neither the unit nor its context holds; `02` is `2`."""
    held = {_plain(term) for words in (unit.words, unit.context) for term in words.terms if term[0].isdigit()}
    missing = [number for number in question.numbers if _plain(number) not in held]
    wrong = [n for n in question.ordinals if n not in missing and not _ordinal_stands(n, unit.neighbourhood)]
    return missing + wrong


def _ordinal_stands(number: str, neighbourhood: str) -> bool:
    return re.search(rf"\b(?:thu|dieu|khoan|ky|khoa) 0?{re.escape(number)} ", neighbourhood) is not None


def missing_names(unit: Unit, question: Understanding) -> list[str]:
    """Proper names of the question that do not stand near the unit."""
    return [" ".join(name) for name in question.names if f" {' '.join(name)} " not in unit.neighbourhood]


def _plain(number: str) -> str:
    return number.lstrip("0") or "0"


def presence(term: str, key: str | None, words: Words) -> float:
    """1 where the words hold the term as the question writes it, less where only without its marks, else 0."""
    if term not in words.terms:
        return 1.0 if any(other in words.terms for other in alternatives(term)) else 0.0
    if key is None or not words.marked or key in words.keys or term in words.written_out:
        return 1.0
    return _UNMARKED if key == term else _FOLDED_ONLY


def _is_deputy(unit: Unit, question: Understanding) -> bool:
    """The unit speaks of the deputy (`Phó Chủ tịch`) where the question asks for the holder."""
    if "pho" in question.terms or not question.terms:
        return False
    pairs = set(bigrams(unit.terms))
    titles = [t for t in question.terms if f"pho_{t}" in pairs]
    return any(unit.terms.count(title) == unit.terms.count("pho") for title in titles)


def _name_share(unit: Unit, question: Understanding) -> float:
    """Share of the proper names (`Đồng Nai`) found as they stand, in the unit or around it."""
    return 1 - len(missing_names(unit, question)) / max(1, len(question.names))


def _pair_share(wanted: list[str], have: set[str], weights: dict[str, float]) -> float:
    worth = {pair: sum(weights.get(t, 0.0) for t in pair.split("_")) for pair in wanted}
    total = sum(worth.values())
    return sum(w for pair, w in worth.items() if pair in have) / total if total else 0.0


def fits(asked: Asked, text: str, known: Sequence[str] = ()) -> bool:
    """Whether the text holds the kind of thing asked for; a number that the question itself names (`known`) is none."""
    if asked is Asked.NUMBER:
        numbers = {_plain(n) for n in _NUMBER.findall(text)} - {_plain(n) for n in known}
        return bool(numbers) or bool(_NUMBER_WORD.search(text))
    if asked is Asked.PERSON:
        return any(len(name) > 2 for name in proper_names(text)) or bool(_TITLE.search(text))
    if asked is Asked.LIST:
        return text.rstrip().endswith(":") or text.count(",") + text.count(";") >= 2 or bool(_ITEM.match(text))
    pattern = {Asked.DATE: _DATE, Asked.REASON: _REASON}.get(asked)
    return bool(pattern.search(text)) if pattern else False


def lead_in(text: str, offset: int) -> tuple[int, int] | None:
    """Span of the line, ending in a colon, that leads into the list of which the line at `offset` is an item."""
    start = line_start(text, offset)
    if not _ITEM.match(text[start : start + 12]):
        return None
    while start > 0:
        end = start - 1
        start = line_start(text, end)
        line = text[start:end]
        if line.rstrip().endswith(":"):
            stripped = line.rstrip()
            return start + len(line) - len(line.lstrip()), start + len(stripped)
        if line.strip() and not _ITEM.match(line) and not line.startswith(" "):
            return None
    return None


def list_block(text: str, lead_end: int) -> int:
    """Where the list ends that follows a lead-in ending at `lead_end`; `lead_end` itself where none follows."""
    end = position = lead_end
    opening: str | None = None
    while position < len(text):
        stop = text.find("\n", position + 1)
        stop = len(text) if stop == -1 else stop
        line = text[position:stop].strip("\n")
        if line.strip():
            if not (_ITEM.match(line) or (opening is not None and line.startswith("  "))):
                break
            shape = _shape(line)
            opening = opening or shape
            if _indent(line) == 0 and opening != shape and _is_number(shape) and not _is_number(opening):
                break  # clause 2. after points a), b) of clause 1
            end = position + len(text[position:stop].rstrip())
        position = stop
    return end


def _shape(line: str) -> str:
    mark = line.split(None, 1)[0]
    return "1." if mark[:1].isdigit() else "a)" if mark[-1:] == ")" else mark


def _is_number(shape: str) -> bool:
    return shape == "1."


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())
