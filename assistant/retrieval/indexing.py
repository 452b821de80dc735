"""Documents to a new snapshot; vectors of unchanged documents are taken from the current one; knows no file format."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from assistant.documents.chunking import CountTokens, chunk_document
from assistant.errors import SnapshotError
from assistant.retrieval.encoder import Encoder
from assistant.retrieval.lexical import build_lexical_index
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import FORMAT, Manifest, Store, document_to_json, file_list
from assistant.retrieval.vectors import Vectors, write_vectors
from assistant.types import Chunk, Document, Failure, IndexReport

Progress = Callable[[str, int, int], None]
_BATCH = 1024
# What changes when the chunking or the term rules change, so that old snapshots are not mistaken for new ones.
RULES = "1"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to index: the encoder, the chunk size, and how tokens are counted."""

    encoder: Encoder
    chunk_tokens: int
    count: CountTokens

    @property
    def settings_fingerprint(self) -> str:
        return hashlib.sha256(f"{FORMAT} {RULES} {self.chunk_tokens}".encode()).hexdigest()[:16]


def search_text(document: Document, chunk: Chunk) -> str:
    """What is indexed of a chunk: its document's title and its headings around its own text."""
    body = chunk.text
    context = [part for part in (document.title, *chunk.headings) if part not in body]
    return "\n".join([*context, body])


def build_snapshot(
    documents: Sequence[Document],
    failures: Sequence[Failure],
    *,
    store: Store,
    plan: Plan,
    sources: Sequence[str],
    progress: Progress | None = None,
) -> IndexReport:
    """Writes and publishes the snapshot of exactly these documents. Raises SnapshotError when the disk is full."""
    began = time.perf_counter()
    try:
        with store.lock(), store.new_folder() as partial:
            previous = _previous(store, plan)
            return _Build(documents, failures, store, plan, tuple(sources), progress, previous, partial).run(began)
    except OSError as error:
        raise SnapshotError(f"Không ghi được chỉ mục ({error.strerror or error}). Chỉ mục cũ vẫn dùng được.") from error


def _previous(store: Store, plan: Plan) -> Snapshot | None:
    """The current snapshot where its vectors can be taken over."""
    try:
        snapshot = Snapshot(store.current())
        same = snapshot.manifest.fingerprints.get("encoder") == plan.encoder.fingerprint
        return snapshot if same and snapshot.manifest.format == FORMAT and snapshot.has_whole_vectors() else None
    except SnapshotError:
        return None  # missing or damaged: everything is built anew


@dataclass(frozen=True, slots=True)
class _Build:
    documents: Sequence[Document]
    failures: Sequence[Failure]
    store: Store
    plan: Plan
    sources: tuple[str, ...]
    progress: Progress | None
    previous: Snapshot | None
    folder: Path

    def run(self, began: float) -> IndexReport:
        chunks = [self._chunks(document) for document in self._told("chunk", self.documents)]
        content = {d.id: _content_hash(d, own, self.plan) for d, own in zip(self.documents, chunks, strict=True)}
        vectors, embedded = self._vectors(chunks, content)
        self._write(chunks, vectors)
        fingerprints = self._fingerprints(content)
        manifest = Manifest(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            documents=len(self.documents),
            chunks=len(vectors),
            dimension=vectors.shape[1],
            fingerprints=fingerprints,
            sources=self.sources,
            content=content,
            files=file_list(self.folder),
        )
        self.store.publish(self.folder, manifest)
        return self._report(content, len(vectors), embedded, fingerprints, time.perf_counter() - began)

    def _chunks(self, document: Document) -> list[Chunk]:
        return chunk_document(document, max_tokens=self.plan.chunk_tokens, count=self.plan.count)

    def _told(self, stage: str, documents: Sequence[Document]) -> Iterator[Document]:
        for done, document in enumerate(documents, start=1):
            yield document
            if self.progress and (done % 50 == 0 or done == len(documents)):
                self.progress(stage, done, len(documents))

    def _vectors(self, chunks: list[list[Chunk]], content: dict[str, str]) -> tuple[Vectors, int]:
        """All vectors in chunk order, and how many of them were computed now."""
        total = sum(map(len, chunks))
        vectors = np.zeros((total, self.plan.encoder.dimension), dtype=np.float32)
        todo: list[tuple[int, str]] = []
        row = 0
        for document, own in zip(self.documents, chunks, strict=True):
            known = self._known_vectors(document.id, content[document.id])
            if known is not None and len(known) == len(own):
                vectors[row : row + len(own)] = known
            else:
                todo += [(row + i, search_text(document, chunk)) for i, chunk in enumerate(own)]
            row += len(own)
        self._embed(vectors, todo)
        return vectors, len(todo)

    def _embed(self, vectors: Vectors, todo: list[tuple[int, str]]) -> None:
        for start in range(0, len(todo), _BATCH):
            batch = todo[start : start + _BATCH]
            vectors[[row for row, _ in batch]] = self.plan.encoder.encode([text for _, text in batch])
            if self.progress:
                self.progress("embed", min(start + _BATCH, len(todo)), len(todo))

    def _known_vectors(self, identifier: str, content: str) -> Vectors | None:
        if self.previous is None or self.previous.manifest.content.get(identifier) != content:
            return None
        rows = self.previous.rows_of(identifier)
        return self.previous.vectors.rows(rows.start, rows.stop)

    def _write(self, chunks: list[list[Chunk]], vectors: Vectors) -> None:
        offsets = np.zeros((len(self.documents), 2), dtype=np.int64)
        table = np.zeros((len(vectors), 4), dtype=np.int64)
        row = 0
        with (self.folder / "documents.jsonl").open("wb") as lines:
            for i, (document, own) in enumerate(zip(self.documents, chunks, strict=True)):
                offsets[i] = lines.tell(), row
                lines.write(document_to_json(document).encode() + b"\n")
                for chunk in own:
                    table[row] = i, chunk.span.start, chunk.span.end, _body(document, chunk)
                    row += 1
        np.save(self.folder / "documents.npy", offsets, allow_pickle=False)
        np.save(self.folder / "chunks.npy", table, allow_pickle=False)
        write_vectors(vectors, self.folder / "vectors.faiss")
        lexical = self.folder / "lexical"
        lexical.mkdir()
        pairs = zip(self._told("lexical", self.documents), chunks, strict=True)
        build_lexical_index((search_text(document, chunk) for document, own in pairs for chunk in own), lexical)

    def _fingerprints(self, content: dict[str, str]) -> dict[str, str]:
        corpus = hashlib.sha256("\n".join(f"{i} {h}" for i, h in sorted(content.items())).encode()).hexdigest()[:16]
        index = hashlib.sha256(f"{corpus} {self.plan.encoder.fingerprint} {self.plan.settings_fingerprint}".encode())
        return {
            "corpus": corpus,
            "encoder": self.plan.encoder.fingerprint,
            "index_settings": self.plan.settings_fingerprint,
            "index": index.hexdigest()[:16],
        }

    def _report(
        self, content: dict[str, str], chunks: int, embedded: int, fingerprints: dict[str, str], seconds: float
    ) -> IndexReport:
        before = dict(self.previous.manifest.content) if self.previous else {}
        return IndexReport(
            added=tuple(i for i in content if i not in before),
            unchanged=tuple(i for i, h in content.items() if before.get(i) == h),
            changed=tuple(i for i, h in content.items() if before.get(i, h) != h),
            removed=tuple(i for i in before if i not in content),
            failed=tuple(self.failures),
            documents=len(content),
            chunks=chunks,
            embedded=embedded,
            seconds=round(seconds, 3),
            fingerprints=fingerprints,
        )


def _body(document: Document, chunk: Chunk) -> int:
    """An offset in the chunk at which its headings hold: its start, or a section that starts in it."""
    inside = [s.span.start for s in document.sections if chunk.span.start <= s.span.start < chunk.span.end]
    matching = [offset for offset in (chunk.span.start, *inside) if document.headings_at(offset) == chunk.headings]
    return matching[0] if matching else chunk.span.start


def _content_hash(document: Document, chunks: list[Chunk], plan: Plan) -> str:
    digest = hashlib.sha256(plan.settings_fingerprint.encode())
    digest.update(document_to_json(document).encode())
    for chunk in chunks:
        digest.update(f"{chunk.span.start}:{chunk.span.end};".encode())
    return digest.hexdigest()
