"""The corpus as a LangChain retriever, and its documents as numbered quotations; knows no index and no LLM."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from assistant.answering.quotation import Quotation
from assistant.types import Document, Hit, Span

if TYPE_CHECKING:
    from langchain_core.documents import Document as Passage
    from langchain_core.retrievers import BaseRetriever


def as_retriever(
    search: Callable[[str, int], list[Hit]], document: Callable[[str], Document], top_k: int
) -> BaseRetriever:
    """A LangChain retriever over our search; its documents are chunks, best first, with their places as metadata."""
    from langchain_core.retrievers import BaseRetriever

    class CorpusRetriever(BaseRetriever):
        """Chunks of the corpus, found by our search."""

        def _get_relevant_documents(self, query: str, **_: object) -> list[Passage]:
            return [_passage(hit, document(hit.chunk.span.document_id)) for hit in search(query, top_k)]

    return CorpusRetriever()


def numbered(passages: Sequence[Passage]) -> list[Quotation]:
    """Passages of our retriever as quotations, numbered from 1 in their order."""
    return [_quotation(number, passage) for number, passage in enumerate(passages, start=1)]


def _passage(hit: Hit, document: Document) -> Passage:
    from langchain_core.documents import Document as Passage

    chunk = hit.chunk
    place = {"start": chunk.span.start, "end": chunk.span.end, "page": chunk.page, "headings": list(chunk.headings)}
    source = {"document_id": document.id, "title": document.title, "path": document.path}
    return Passage(id=chunk.id, page_content=chunk.text, metadata=source | place | {"score": hit.score})


def _quotation(number: int, passage: Passage) -> Quotation:
    data = passage.metadata
    span = Span(data["document_id"], data["start"], data["end"])
    return Quotation(number, span, passage.page_content, data["title"], tuple(data["headings"]), data["page"])
