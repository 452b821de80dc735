"""A snapshot's files written as documents come, one pass, no text held; knows no store and no earlier snapshot."""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Sequence
from dataclasses import astuple
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

from assistant.documents.chunking import search_text
from assistant.documents.identity import content_digest
from assistant.documents.validity import changes_of
from assistant.retrieval.codes import Kind
from assistant.retrieval.encoder import Encoder
from assistant.retrieval.files import CHANGES, CONTENTS
from assistant.retrieval.lexical import LexicalWriter
from assistant.retrieval.vectors import ROWS, Halves, VectorWriter, code_vectors
from assistant.types import Chunk, Document

_BATCH = 1024
DIGEST = 32  # bytes of a SHA-256


class SnapshotWriter:
    """Chunks in the order in which they are added; `finish` writes what can only be written when all are known."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder, self._encoder = folder, encoder
        self._lines = (folder / "documents.jsonl").open("wb")
        self._vectors = VectorWriter(folder / ROWS, encoder.dimension)
        (folder / "lexical").mkdir()
        self._lexical = LexicalWriter(folder / "lexical")
        self._ids: list[str] = []
        self._digests, self._contents = bytearray(), bytearray()
        self._places, self._table = array("q"), array("i")
        self._waiting: list[str] = []
        self._changes: dict[str, list[tuple[object, ...]]] = {}
        self.embedded = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._lines.close()
        self._vectors.close()
        self._lexical.close()

    @property
    def chunks(self) -> int:
        return len(self._table) // 4

    def add(
        self, document: Document, line: bytes, digest: bytes, chunks: Sequence[Chunk], known: Halves | None = None
    ) -> None:
        """A document with its line, its digest and its chunks; `known` are their vectors where they exist already."""
        self._places.extend((self._lines.tell(), self.chunks))
        self._lines.write(line + b"\n")
        for chunk in chunks:
            self._table.extend((len(self._ids), chunk.span.start, chunk.span.end, _body(document, chunk)))
            body = document.healed_text(chunk.span.start, chunk.span.end)
            self._lexical.add(document.title, chunk.headings, body)
        self._ids.append(document.id)
        self._digests += digest
        self._contents += content_digest(document.text)
        for key, change in changes_of(document):
            self._changes.setdefault(key, []).append(astuple(change))
        self._embed([search_text(document, chunk) for chunk in chunks] if known is None else known)

    def finish(self, kind: Kind, told: Callable[[str], None]) -> None:
        """Writes everything but the manifest; `told` hears of each stage that begins."""
        self._flush()
        self._lines.close()
        self._vectors.close()
        told("vectors")
        code_vectors(self._folder, kind)
        (self._folder / "ids.json").write_text(json.dumps(self._ids, ensure_ascii=False), encoding="utf-8")
        (self._folder / CHANGES).write_text(json.dumps(self._changes, ensure_ascii=False), encoding="utf-8")
        self._save("documents.npy", np.asarray(self._places, dtype=np.int64).reshape(-1, 2))
        self._save("chunks.npy", np.asarray(self._table, dtype=np.int32).reshape(-1, 4))
        self._save("digests.npy", np.frombuffer(bytes(self._digests), dtype=np.uint8).reshape(-1, DIGEST))
        self._save(CONTENTS, np.frombuffer(bytes(self._contents), dtype=np.uint8).reshape(-1, DIGEST))
        told("lexical")
        self._lexical.finish()

    def _embed(self, vectors: list[str] | Halves) -> None:
        """Vectors stand in the order of chunks: what waits is embedded before known ones are written."""
        if isinstance(vectors, list):
            self._waiting += vectors
            if len(self._waiting) >= _BATCH:
                self._flush()
        else:
            self._flush()
            self._vectors.add(vectors)

    def _flush(self) -> None:
        for start in range(0, len(self._waiting), _BATCH):
            self._vectors.add(self._encoder.encode(self._waiting[start : start + _BATCH]))
        self.embedded += len(self._waiting)
        self._waiting.clear()

    def _save(self, name: str, table: NDArray[np.generic]) -> None:
        np.save(self._folder / name, table, allow_pickle=False)


def _body(document: Document, chunk: Chunk) -> int:
    """An offset in the chunk at which its headings hold: its start, or a section that starts in it."""
    inside = (s.span.start for s in document.sections if chunk.span.start <= s.span.start < chunk.span.end)
    offsets = (chunk.span.start, *inside)
    return next((o for o in offsets if document.headings_at(o, points=False) == chunk.headings), chunk.span.start)
