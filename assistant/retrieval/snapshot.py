"""An opened snapshot: documents and chunks read on demand, lexical and vector index; knows no ranking."""

from __future__ import annotations

import json
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.errors import IndexDamaged, UnknownDocument
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.store import Manifest, document_from_json, read_manifest, sha256_of
from assistant.retrieval.vectors import VectorIndex
from assistant.types import Chunk, Document, Span

# The column of chunks.npy that holds the document; start, end and heading offset follow.
DOCUMENT = 0


class Snapshot:
    """Row i of chunks, of the lexical index and of the vectors are the same chunk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._offsets = _load(folder / "documents.npy")
        self._chunks = _load(folder / "chunks.npy")
        self._lines = (folder / "documents.jsonl").open("rb")  # read_manifest has seen that it is there
        self._read_document = lru_cache(maxsize=512)(self._load_document)

    @cached_property
    def lexical(self) -> LexicalIndex:
        try:
            return LexicalIndex(self.folder / "lexical")
        except (OSError, ValueError, KeyError) as error:
            raise IndexDamaged(f"Phần chỉ mục «lexical» hỏng ({error}). Hãy chạy: cancu index") from error

    @cached_property
    def vectors(self) -> VectorIndex:
        try:
            return VectorIndex(self.folder / "vectors.faiss")
        except RuntimeError as error:  # what FAISS raises for an unreadable file
            raise IndexDamaged(f"Tệp chỉ mục «vectors.faiss» hỏng. Hãy chạy: cancu index ({error})") from error

    def has_whole_vectors(self) -> bool:
        """Whether the vectors, which opening checks by their size alone, are what was written."""
        return sha256_of(self.folder / "vectors.faiss") == self.manifest.files["vectors.faiss"][1]

    @cached_property
    def _ordinals(self) -> dict[str, int]:
        return {identifier: i for i, identifier in enumerate(self.manifest.content)}

    def document(self, identifier: str) -> Document:
        """The document with that id. Raises UnknownDocument."""
        ordinal = self._ordinals.get(identifier)
        if ordinal is None:
            raise UnknownDocument(f"Không có văn bản «{identifier}» trong chỉ mục. Hãy xem danh sách: cancu documents")
        return self._read_document(ordinal)

    def document_id_of(self, row: int) -> str:
        return self.document_ids[int(self._chunks[row, DOCUMENT])]

    @cached_property
    def document_ids(self) -> list[str]:
        return list(self.manifest.content)

    def chunk(self, row: int) -> Chunk:
        ordinal, start, end, body = map(int, self._chunks[row])
        document = self._read_document(ordinal)
        return Chunk(
            id=f"{document.id}#{row - self.first_row(ordinal)}",
            span=Span(document.id, start, end),
            text=document.text[start:end],
            headings=document.headings_at(body),
            page=document.page_at(start),
        )

    def first_row(self, ordinal: int) -> int:
        return int(self._offsets[ordinal, 1])

    def rows_of(self, identifier: str) -> range:
        """The rows of a document's chunks."""
        ordinal = self._ordinals[identifier]
        last = ordinal + 1 == len(self._offsets)
        return range(self.first_row(ordinal), len(self._chunks) if last else self.first_row(ordinal + 1))

    def _load_document(self, ordinal: int) -> Document:
        import os

        start = int(self._offsets[ordinal, 0])
        size = self.manifest.files["documents.jsonl"][0]
        end = int(self._offsets[ordinal + 1, 0]) if ordinal + 1 < len(self._offsets) else size
        try:  # pread, so that threads don't share a position
            return document_from_json(os.pread(self._lines.fileno(), end - start, start))
        except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError) as error:
            raise IndexDamaged(f"Tệp chỉ mục «documents.jsonl» hỏng ({error}). Hãy chạy: cancu index") from error


def _load(file: Path) -> NDArray[np.int64]:
    try:
        table: NDArray[np.int64] = np.load(file, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"Tệp chỉ mục «{file.name}» hỏng. Hãy chạy: cancu index") from error
    return table
