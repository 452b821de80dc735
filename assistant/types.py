"""The values that the parts hand to each other: frozen, JSON-able; knows no file, library or algorithm."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from assistant.errors import InvalidSpan
from assistant.sheets import Cells, Rows, cells_at, place_shown

DIGEST_NOTE = "bản tóm lược, không phải nguyên văn"
# What stands for an item's number in a list without numbers, and in a list inside such an item.
ITEM_MARKS = ("–", "+")


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start:end` of one document's text."""

    document_id: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise InvalidSpan(self.document_id, self.start, self.end)

    def covers(self, other: Span) -> bool:
        return self.document_id == other.document_id and self.start <= other.start and other.end <= self.end


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a document with its heading; sections nest.

    `label` is the number as people cite it (`Điều 5`, `2.3.1`; empty where the heading has none), `parent` the
    position of the enclosing section in `Document.sections`, `span` reaches from the heading to the section's end.
    """

    label: str
    title: str
    span: Span
    parent: int | None = None

    @property
    def heading(self) -> str:
        return "" if self.label in ITEM_MARKS else f"{self.label} {self.title}".strip()

    @property
    def is_point(self) -> bool:
        """Whether it is a point (`Điểm a`) or an item (`a)`, `–`): cited, but no words to search by."""
        return self.label.startswith("Điểm ") or self.label.endswith(")") or self.label in ITEM_MARKS


@dataclass(frozen=True, slots=True)
class Relation:
    """What a document says of another one, which stands named at `start:end` of its text as `name`.

    `kind`: `based_on`, `amends`, `extends` (its term), `replaces`, `repeals`, `consolidated_from`; `whole` is False
    where it speaks of a part of the other document; `date` is the other one's date (ISO).
    """

    kind: str
    name: str
    start: int
    end: int
    number: str | None = None
    date: str | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Document:
    """A source document; `text` is NFC and every offset anywhere counts its characters.

    `pages` holds the offset at which each page of the file starts and is empty where the format has no pages.
    `healed` are `(start, end, word)` of the words that a page break split or doubled, for search and display alone.
    `issued`, `effective` and `expires` (the last day in force) are ISO dates, as the text states them. `source` says
    what the text is, where it is not the original itself; `rows` which of its lines are which rows of a sheet.
    """

    id: str
    title: str
    path: str
    text: str
    also_at: tuple[str, ...] = ()
    pages: tuple[int, ...] = ()
    sections: tuple[Section, ...] = ()
    kind: str | None = None
    number: str | None = None
    issuer: str | None = None
    author: str | None = None
    issued: str | None = None
    effective: str | None = None
    source: str | None = None
    place: str | None = None
    signer: str | None = None
    subject: str | None = None
    expires: str | None = None
    relations: tuple[Relation, ...] = ()
    healed: tuple[tuple[int, int, str], ...] = ()
    rows: tuple[Rows, ...] = ()

    def healed_text(self, start: int, end: int) -> str:
        """The characters `start:end` with the damaged words in them healed: to search and compare, never to quote."""
        pieces, done = [], start
        for begin, stop, word in self.healed[bisect_left(self.healed, (start,)) :]:
            if stop > end:
                break
            pieces += [self.text[done:begin], word]
            done = stop
        return "".join([*pieces, self.text[done:end]])

    def page_at(self, offset: int) -> int | None:
        """The page, counted from 1, on which the character stands; None where the format has no pages."""
        return bisect_right(self.pages, offset) or 1 if self.pages else None

    def cells_at(self, start: int, end: int) -> Cells | None:
        """The rows and cells of the spreadsheet that the characters come from; None where it is none."""
        return cells_at(self.text, self.rows, start, end)

    def headings_at(self, offset: int, *, points: bool = True) -> tuple[str, ...]:
        """The headings above the character, outermost first, with or without points.

        `("Chương II …", "Điều 5 …", "Khoản 2", "Điểm a")` is the place that a citation names. Sections stand in order
        of their start.
        """
        found: list[str] = []
        at: int | None = bisect_right(self.sections, offset, key=lambda s: s.span.start) - 1
        while at is not None and at >= 0:
            section = self.sections[at]
            if offset < section.span.end and section.heading and (points or not section.is_point):
                found.append(section.heading)
            at = section.parent
        return tuple(reversed(found))

    @property
    def is_digest(self) -> bool:
        return self.source is not None and "tóm lược" in self.source


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of a document that is searched as one; `document.text[start:end] == text`."""

    id: str
    span: Span
    text: str
    headings: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk found; higher scores are better; `parts` holds what each ranker gave."""

    chunk: Chunk
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of a conversation."""

    question: str
    answer: str


@dataclass(frozen=True, slots=True)
class Citation:
    """A quotation with its place: `document.text[start:end] == quote`.

    `focus` is where in the document, inside the quotation, stands the figure, day or name that answers by itself;
    `state` is whether the document is in force (`còn hiệu lực`, …), `state_note` by what it is not; `cells` is where in
    a spreadsheet it stands.
    """

    number: int
    document_id: str
    title: str
    path: str
    page: int | None
    headings: tuple[str, ...]
    start: int
    end: int
    quote: str
    note: str | None = None
    focus: tuple[int, int] | None = None
    state: str | None = None
    state_note: str | None = None
    cells: Cells | None = None

    @property
    def place(self) -> str:
        """Its page, or its rows; empty where the format has neither."""
        return place_shown(self.page, self.cells)


@dataclass(frozen=True, slots=True)
class Answer:
    """What the assistant says: `text` is complete by itself, and every `[n]` in it has a citation.

    `reason` is a stable code where `abstained` (`no_evidence`, `thin_evidence`, …) or where the engine fell back;
    `related` are citations offered as perhaps related, never as evidence; `understood` is the question as resolved
    against the conversation, None where it is the question as typed; `direct` is the opening of `text` that answers by
    itself, empty where the quotations do; `seconds` is wall time.
    """

    question: str
    text: str
    citations: tuple[Citation, ...] = ()
    abstained: bool = False
    reason: str | None = None
    confidence: float = 0.0
    engine: str = "extractive"
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    related: tuple[Citation, ...] = ()
    understood: str | None = None
    direct: str = ""
    id: str | None = None

    def to_json(self) -> dict[str, Any]:
        """The answer object of the command contract."""
        return {
            "id": self.id,
            "question": self.question,
            "answer": self.text,
            "abstained": self.abstained,
            "reason": self.reason,
            "confidence": self.confidence,
            "engine": self.engine,
            "seconds": self.seconds,
            "fingerprints": dict(self.fingerprints),
            "understood": self.understood,
            "direct": self.direct,
            "citations": [asdict(c) for c in self.citations],
            "related": [asdict(c) for c in self.related],
        }


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that could not be read, with its reason (a stable code and a sentence for people)."""

    path: str
    code: str
    reason: str

    @property
    def told(self) -> tuple[str, str]:
        """What is wrong, and what to do about it, where the reason says that."""
        wrong, hint, remedy = self.reason.partition(" Hãy ")
        return wrong, f"Hãy {remedy}" if hint else ""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What indexing did, by document id; `failed` holds what gave no document: files and parts of files.

    `files` counts files `read`, `kept` (not read again, as they were known) and `failed` (wholly or in part; also links
    and folders that are not followed), `ocr_pages` and `tables`;
    `note` is what people must know of an index that is new all the same.
    """

    added: tuple[str, ...]
    unchanged: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    failed: tuple[Failure, ...]
    documents: int
    chunks: int
    embedded: int
    seconds: float
    fingerprints: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, int] = field(default_factory=dict)
    note: str = ""
