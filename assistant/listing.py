"""Documents as the commands list and show them: rows, the tree of sections; knows no command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant
    from assistant.types import Document


def document_row(assistant: Assistant, document: Document) -> dict[str, Any]:
    state = assistant.state(document)
    return {
        "id": document.id,
        "title": document.title,
        "path": document.path,
        "also_at": list(document.also_at),
        "kind": document.kind,
        "number": document.number,
        "issuer": document.issuer,
        "author": document.author,
        "issued": document.issued,
        "effective": document.effective,
        "expires": document.expires,
        "state": state.name,
        "state_note": state.note,
        "state_by": list(state.by),
        "source": document.source,
        "pages": len(document.pages) or None,
        "chunks": assistant.chunk_count(document.id),
    }


def document_details(assistant: Assistant, document: Document) -> dict[str, Any]:
    """The row with what only one document's page shows: signature, subject, relations, the tree."""
    return document_row(assistant, document) | {
        "place": document.place,
        "signer": document.signer,
        "subject": document.subject,
        "relations": [asdict(relation) for relation in document.relations],
        "rows": [asdict(rows) for rows in document.rows],
        "sections": sections(document),
    }


def sections(document: Document) -> list[dict[str, Any]]:
    """In reading order; `parent` is the place of the enclosing section in this list."""
    return [
        {
            "label": section.label,
            "title": section.title,
            "start": section.span.start,
            "end": section.span.end,
            "page": document.page_at(section.span.start),
            "parent": section.parent,
        }
        for section in document.sections
    ]


def list_lines(rows: Sequence[dict[str, Any]], scope: str) -> Iterator[str]:
    """The list of documents, for people; a sentence where the scope holds none."""
    if not rows:
        yield f"Kho không có văn bản nào thuộc phạm vi {scope or 'này'}. Hãy chọn phạm vi rộng hơn."
    for row in rows:
        yield from document_lines(row)


def document_lines(row: dict[str, Any]) -> Iterator[str]:
    yield row["id"]
    yield f"    {row['title']}"
    effective = f"hiệu lực từ {row['effective']}" if row["effective"] else None
    state = f"{row['state']} ({row['state_note']})" if row["state_note"] else row["state"]
    known = [row["kind"], row["number"], row["issuer"], row["issued"], effective, state]
    counts = [f"{row['pages']} trang" if row["pages"] else None, f"{row['chunks']} đoạn"]
    yield f"    {' · '.join(filter(None, [*known, *counts]))} · {row['path']}"
