"""An opened snapshot: documents and chunks read on demand, lexical and vector index; knows no ranking."""

from __future__ import annotations

import json
import os
from functools import cached_property, lru_cache
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from assistant.documents.chunking import search_text
from assistant.documents.validity import Change
from assistant.errors import IndexDamaged, InvalidSpan, UnknownDocument
from assistant.retrieval.files import CHANGES, CONTENTS, damaged, is_whole, load_array
from assistant.retrieval.lexical import LexicalIndex
from assistant.retrieval.store import Manifest, Store, document_from_json, read_manifest
from assistant.retrieval.vectors import ROWS, VectorIndex
from assistant.types import Chunk, Document, Span

# How often a newer snapshot may take the place of the one that is just being opened.
_TRIES = 20


class Snapshot:
    """Row i of chunks, of the lexical index and of the vectors are the same chunk.

    Opening looks at every file's size and at some blocks of it; what else may be wrong in a large file is seen where
    it is read. Raises IndexDamaged naming the file, IndexMismatch for a snapshot of an older program.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest: Manifest = read_manifest(folder)
        self._places = _load(folder / "documents.npy", (self.manifest.documents, 2), np.int64)
        self._chunks = _load(folder / "chunks.npy", (self.manifest.chunks, 4), np.int32)
        self._check_places()
        self.document_ids = _ids(folder / "ids.json", self.manifest.documents)
        self._lines = _open(folder / "documents.jsonl")
        self._read_document = lru_cache(maxsize=512)(self._load_document)

    def _check_places(self) -> None:
        lines, rows = self._places[:, 0], self._places[:, 1]
        within = not len(rows) or (
            lines[0] == rows[0] == 0 and lines[-1] < self._bytes and rows[-1] <= len(self._chunks)
        )
        if not (within and (np.diff(lines) > 0).all() and (np.diff(rows) >= 0).all()):
            raise damaged("documents.npy", "thứ tự sai")

    @property
    def _bytes(self) -> int:
        return self.manifest.files["documents.jsonl"].size

    @cached_property
    def lexical(self) -> LexicalIndex:
        try:
            lexical = LexicalIndex(self.folder / "lexical")
        except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
            raise damaged("lexical", error) from error
        if lexical.size != len(self._chunks):
            raise damaged("lexical", f"{lexical.size} hàng cho {len(self._chunks)} đoạn")
        return lexical

    @cached_property
    def vectors(self) -> VectorIndex:
        vectors = VectorIndex(self.folder)
        if vectors.size != len(self._chunks):
            raise damaged(ROWS, f"{vectors.size} hàng cho {len(self._chunks)} đoạn")
        return vectors

    def open_all(self) -> None:
        """Opens what is opened when it is first used. Raises IndexDamaged."""
        _ = self.lexical, self.vectors, self.changes

    def has_whole_vectors(self) -> bool:
        """Whether the vectors, of which opening looks at some blocks, are what was written."""
        return is_whole(self.folder / ROWS, self.manifest.files[ROWS])

    @cached_property
    def _ordinals(self) -> dict[str, int]:
        return {identifier: i for i, identifier in enumerate(self.document_ids)}

    @cached_property
    def changes(self) -> dict[str, list[Change]]:
        """What documents of the corpus do to others, by the other's number; older indexes know of nothing."""
        file = self.folder / CHANGES
        if CHANGES not in self.manifest.files:
            return {}
        try:
            rows = json.loads(file.read_text(encoding="utf-8"))
            return {key: [Change(*change) for change in found] for key, found in rows.items()}
        except (OSError, ValueError, TypeError, AttributeError) as error:
            raise damaged(CHANGES, error) from error

    def digests(self) -> dict[str, bytes]:
        """The hash of what was indexed of each document, by its id."""
        table = _load(self.folder / "digests.npy", (self.manifest.documents, 32), np.uint8)
        return dict(zip(self.document_ids, map(bytes, table), strict=True))

    def ids_of_contents(self) -> dict[bytes, str]:
        """The id of each content by its digest, the first of several; older indexes know of nothing."""
        if CONTENTS not in self.manifest.files:
            return {}
        table = _load(self.folder / CONTENTS, (self.manifest.documents, 32), np.uint8)
        return dict(zip(map(bytes, reversed(table)), reversed(self.document_ids), strict=True))

    def document(self, identifier: str) -> Document:
        """The document with that id. Raises UnknownDocument."""
        ordinal = self._ordinals.get(identifier)
        if ordinal is None:
            raise UnknownDocument(f"Không có văn bản «{identifier}» trong chỉ mục. Hãy xem danh sách: cancu documents")
        return self._read_document(ordinal)

    def document_id_of(self, row: int) -> str:
        return self.document_ids[self._place_of(row)[0]]

    def ordinals_of(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """The place of each chunk's document among the documents."""
        ordinals: NDArray[np.int64] = self._chunks[rows, 0].astype(np.int64)
        return ordinals

    def rows_among(self, documents: NDArray[np.bool_]) -> NDArray[np.int64]:
        """The chunks of the documents at the places that are true. Raises IndexDamaged."""
        try:
            return np.flatnonzero(documents[self._chunks[:, 0]])
        except IndexError as error:
            raise damaged("chunks.npy", error) from error

    def text_around(self, row: int) -> str:
        """A chunk's text after its document's title and its headings, as encoders and cross-encoders read it."""
        chunk = self.chunk(row)
        return search_text(self.document(chunk.span.document_id), chunk)

    def chunk(self, row: int) -> Chunk:
        ordinal, start, end, body = self._place_of(row)
        document = self._read_document(ordinal)
        if not 0 <= start < end <= len(document.text):
            raise damaged("chunks.npy", f"đoạn {start}:{end}")
        return _chunk(document, row - self.first_row(ordinal), start, end, body)

    def chunks_of(self, document: Document) -> list[Chunk]:
        """The chunks of a document that is in the snapshot as it is, without reading it again."""
        rows = self.rows_of(document.id)
        places = self._chunks[rows.start : rows.stop, 1:].tolist()
        return [_chunk(document, number, *place) for number, place in enumerate(places)]

    def _place_of(self, row: int) -> tuple[int, int, int, int]:
        ordinal, start, end, body = self._chunks[row].tolist()
        if not 0 <= ordinal < len(self._places):
            raise damaged("chunks.npy", f"văn bản thứ {ordinal}")
        return ordinal, start, end, body

    def first_row(self, ordinal: int) -> int:
        return int(self._places[ordinal, 1])

    def rows_of(self, identifier: str) -> range:
        """The rows of a document's chunks."""
        ordinal = self._ordinals[identifier]
        last = ordinal + 1 == len(self._places)
        return range(self.first_row(ordinal), len(self._chunks) if last else self.first_row(ordinal + 1))

    def _load_document(self, ordinal: int) -> Document:
        start = int(self._places[ordinal, 0])
        end = int(self._places[ordinal + 1, 0]) if ordinal + 1 < len(self._places) else self._bytes
        try:  # pread, so that threads don't share a position
            document = document_from_json(os.pread(self._lines.fileno(), end - start, start))
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, InvalidSpan) as error:
            raise damaged("documents.jsonl", f"dòng {ordinal + 1}: {error}, nếu không phải «documents.npy»") from error
        if document.id != self.document_ids[ordinal]:
            raise damaged("documents.jsonl", f"dòng {ordinal + 1}: mã khác với trong «ids.json»")
        return document


def open_current(store: Store) -> Snapshot:
    """The current snapshot with all its files open, so that it stays whole when a later indexing removes them.

    An indexing that ends while files are opened takes them away: then the newer snapshot is opened.
    """
    for _ in range(_TRIES):
        name = store.current_name()
        try:
            snapshot = Snapshot(store.current())
            snapshot.open_all()
            return snapshot
        except (IndexDamaged, FileNotFoundError):
            if store.current_name() == name:
                raise
    return Snapshot(store.current())


def _open(file: Path) -> BinaryIO:
    try:
        return file.open("rb")
    except OSError as error:
        raise damaged(file.name, error) from error


def _chunk(document: Document, number: int, start: int, end: int, body: int) -> Chunk:
    return Chunk(
        id=f"{document.id}#{number}",
        span=Span(document.id, start, end),
        text=document.text[start:end],
        headings=document.headings_at(body, points=False),
        page=document.page_at(start),
    )


def _ids(file: Path, number: int) -> list[str]:
    try:
        ids: list[str] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise damaged(file.name, error) from error
    if len(ids) != number:
        raise damaged(file.name, f"{len(ids)} mã cho {number} văn bản")
    return ids


def _load(file: Path, shape: tuple[int, int], kind: type[np.generic]) -> NDArray[np.int64]:
    try:
        table: NDArray[np.int64] = load_array(file)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(file.name, error) from error
    if table.shape != shape or table.dtype != kind:
        raise damaged(file.name, f"{table.dtype} {table.shape}, cần {shape}")
    return np.asarray(table)  # the same memory map, without the cost of np.memmap at every indexing
