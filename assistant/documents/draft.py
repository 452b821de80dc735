"""A document as read and composed, before it has its id and its path, and its form as JSON; knows no file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import astuple, dataclass, field, replace
from itertools import groupby, pairwise
from typing import Any

from assistant.documents.extract import CELL, Extract
from assistant.documents.healing import Healing, healed_view
from assistant.documents.identity import identify
from assistant.documents.layout import compose, placed
from assistant.documents.quoted import lines_of
from assistant.documents.relations import read_terms
from assistant.documents.structure import sections_of
from assistant.errors import ReadError
from assistant.sheets import Rows
from assistant.types import Relation, Section, Span
from assistant.vietnamese.encodings import pages_to_unicode

_FIELDS = (
    "text", "pages", "sections", "about", "relations", "healed", "given_id", "member", "collection", "counts", "rows",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Draft:
    """What a file gave. `sections` are label, title, start, end and parent; `about` is all that the text tells of
    itself; `healed` its damaged words; `given_id` the id that the file names; `member` what it is called inside the
    file; `counts` what people are told of the reading (`ocr_pages`, `tables`); `rows` the rows of a spreadsheet."""

    text: str
    pages: tuple[int, ...]
    sections: tuple[tuple[str, str, int, int, int | None], ...]
    about: Mapping[str, str | None]
    relations: tuple[Relation, ...] = ()
    healed: tuple[Healing, ...] = ()
    given_id: str | None = None
    member: str = ""
    collection: bool = False
    counts: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[Rows, ...] = ()

    def sections_of(self, identifier: str) -> tuple[Section, ...]:
        return tuple(Section(a, b, Span(identifier, s, e), p) for a, b, s, e, p in self.sections)


Outcome = Draft | ReadError


def draft(extract: Extract, *, collection: bool, number: int) -> Draft:
    """The composed document. Raises ReadError where it has no letter."""
    extract = _in_unicode(extract)
    text, pages = compose(extract)
    if not text.strip():
        wanted = "Hãy bỏ tệp này khỏi kho hoặc chép lại bản có nội dung."
        raise ReadError(
            "empty",
            f"Văn bản thứ {number} không có chữ nào. Hãy điền chữ hoặc bỏ dòng này."
            if collection
            else f"Tệp không có chữ nào. {wanted}",
        )
    lines = lines_of(text, pages)
    sections = sections_of("", text, lines)
    about = identify(text, extract.metadata, sections, "", is_sheet=bool(extract.rows))
    terms = read_terms(text, lines, sections, about)
    return Draft(
        text=text,
        pages=pages,
        sections=tuple((s.label, s.title, s.span.start, s.span.end, s.parent) for s in sections),
        about=about | {"effective": about.get("effective") or terms.effective, "expires": terms.expires},
        relations=terms.relations,
        healed=tuple(healed_view(text, pages)),
        given_id=extract.metadata.get("id"),
        member=extract.member,
        collection=collection,
        counts=_counts(extract, text),
        rows=tuple(placed(extract.rows, extract.pages[0], text)) if extract.rows else (),
    )


def _in_unicode(extract: Extract) -> Extract:
    """Text that was typed in a legacy font as Unicode, its title judged with it."""
    *pages, title = pages_to_unicode((*extract.pages, extract.metadata.get("title", "")))
    metadata = dict(extract.metadata) | ({"title": title} if title else {})
    return replace(extract, pages=tuple(pages), metadata=metadata)


def _counts(extract: Extract, text: str) -> dict[str, int]:
    """What the reader counted; pages read by OCR may also stand among what is known of the text, by their numbers."""
    found = {"ocr_pages": len(extract.metadata.get("ocr_pages", "").split()), "tables": _tables(text)}
    return {name: number for name, number in found.items() if number} | dict(extract.counts)


def _tables(text: str) -> int:
    """How often two lines or more in a row are parted into cells."""
    runs = groupby(text.split("\n"), key=lambda line: CELL in line)
    return sum(parted and len(list(lines)) > 1 for parted, lines in runs)


def to_frame(outcome: Outcome) -> bytes:
    """One line of JSON without its end."""
    if isinstance(outcome, ReadError):
        values: dict[str, Any] = {"code": outcome.code, "reason": outcome.message, "member": outcome.member}
    else:
        values = {name: getattr(outcome, name) for name in _FIELDS}
        values["relations"] = [astuple(relation) for relation in outcome.relations]
        values["rows"] = [astuple(rows) for rows in outcome.rows]
    return json.dumps(values, ensure_ascii=False).encode("utf-8", errors="replace")


def from_frame(frame: bytes) -> Outcome:
    """Raises ValueError, KeyError, TypeError where the line is not one of `to_frame`."""
    values = json.loads(frame)
    if "code" in values:
        return ReadError(str(values["code"]), str(values["reason"]), member=str(values["member"]))
    if not isinstance(values["text"], str):
        raise TypeError("text")
    sections = tuple((str(a), str(b), int(s), int(e), p) for a, b, s, e, p in values["sections"])
    size = len(values["text"])
    if any(not 0 <= s < e <= size or not (p is None or 0 <= p < i) for i, (_, _, s, e, p) in enumerate(sections)):
        raise ValueError("a section that no text can have")
    relations = tuple(Relation(*relation) for relation in values["relations"])
    if any(not 0 <= r.start <= r.end <= size for r in relations):
        raise ValueError("a relation that no text can have")
    healed = tuple((int(s), int(e), str(word)) for s, e, word in values["healed"])
    if any(not 0 <= s < e <= size for s, e, _ in healed) or any(b[0] < a[1] for a, b in pairwise(healed)):
        raise ValueError("a damaged word that no text can have")
    rows = tuple(Rows(int(s), int(e), str(sheet), *map(int, place)) for s, e, sheet, *place in values["rows"])
    if any(not 0 <= r.start < r.end <= size for r in rows) or any(b.start < a.end for a, b in pairwise(rows)):
        raise ValueError("rows that no text can have")
    told = {name: values[name] for name in _FIELDS}
    parts = {"pages": tuple(values["pages"]), "sections": sections, "relations": relations, "healed": healed}
    parts |= {"rows": rows}
    return Draft(**told | parts)
