"""Citations made by copying from the document and checked against it; knows no question."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from assistant.types import DIGEST_NOTE, Citation, Document, Span


def cite(document: Document, span: Span, number: int, focus: tuple[int, int] | None = None) -> Citation:
    """The quotation of a span, with its place in the document."""
    return Citation(
        number=number,
        document_id=document.id,
        title=document.title,
        path=document.path,
        page=document.page_at(span.start),
        headings=document.headings_at(span.start),
        start=span.start,
        end=span.end,
        quote=document.text[span.start : span.end],
        note=DIGEST_NOTE if document.is_digest else document.source,
        focus=focus,
        cells=document.cells_at(span.start, span.end),
    )


def is_exact(citation: Citation, document: Document) -> bool:
    """Whether the quotation is a copy: `document.text[start:end] == quote`, and not empty."""
    copied = document.text[citation.start : citation.end]
    inside = citation.focus is None or citation.start <= citation.focus[0] < citation.focus[1] <= citation.end
    return citation.document_id == document.id and bool(copied.strip()) and copied == citation.quote and inside


def checked(citations: Iterable[Citation], documents: Mapping[str, Document]) -> list[Citation]:
    """The citations that are copies; the others are dropped."""
    return [c for c in citations if c.document_id in documents and is_exact(c, documents[c.document_id])]
