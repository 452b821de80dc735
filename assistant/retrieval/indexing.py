"""Documents to a new snapshot; what is unchanged is taken over from the current one; knows no file format."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from assistant.documents.chunking import CountTokens, chunk_document
from assistant.errors import SnapshotError
from assistant.retrieval.codes import Choice, kind_for
from assistant.retrieval.encoder import Encoder
from assistant.retrieval.files import marks
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import FORMAT, Manifest, Store, document_to_json
from assistant.retrieval.writer import SnapshotWriter
from assistant.types import Document, Failure, IndexReport

Progress = Callable[[str, int, int], None]
# What changes when the chunking or the term rules change, so that old snapshots are not mistaken for new ones.
RULES = "2"


@dataclass(frozen=True, slots=True)
class Plan:
    """How to index: the encoder, the chunk size, how tokens are counted, and how vectors are searched.

    `ranks` is a fingerprint of what `count` counts with: chunks are taken over only where it is the same.
    """

    encoder: Encoder
    chunk_tokens: int
    count: CountTokens
    vectors: Choice = "auto"
    ranks: str = ""

    @property
    def settings_fingerprint(self) -> str:
        """Of all that a document's chunks depend on; the choice of vector search is no part of it."""
        return hashlib.sha256(f"{FORMAT} {RULES} {self.chunk_tokens} {self.ranks}".encode()).hexdigest()[:16]


def build_snapshot(
    documents: Sequence[Document],
    failures: Sequence[Failure],
    *,
    store: Store,
    plan: Plan,
    sources: Sequence[str],
    progress: Progress | None = None,
) -> IndexReport:
    """Writes and publishes the snapshot of exactly these documents, which are gone through once.

    Raises SnapshotError where it can't be written: then the index is the one that it was.
    """
    began = time.perf_counter()
    try:
        with store.lock(), store.new_folder() as partial:
            build = _Build(documents, tuple(sources), plan, _previous(store, plan), partial, progress)
            manifest = build.run()
            store.publish(partial, manifest)
            return build.report(tuple(failures), manifest, time.perf_counter() - began)
    except OSError as error:
        raise store.unwritten(error) from error


def _previous(store: Store, plan: Plan) -> Snapshot | None:
    """The current snapshot where its vectors can be taken over."""
    try:
        snapshot = Snapshot(store.current())
        same = snapshot.manifest.fingerprints.get("encoder") == plan.encoder.fingerprint
        return snapshot if same and snapshot.has_whole_vectors() and snapshot.vectors.size >= 0 else None
    except SnapshotError:
        return None  # missing, damaged or of an older program: everything is built anew


def ids_of_contents(store: Store) -> dict[bytes, str]:
    """What documents are called in the current index, by the digest of their content."""
    try:
        return Snapshot(store.current()).ids_of_contents()
    except SnapshotError:
        return {}  # as above: documents get the names of their files


@dataclass(slots=True)
class _Build:
    documents: Sequence[Document]
    sources: tuple[str, ...]
    plan: Plan
    previous: Snapshot | None
    folder: Path
    progress: Progress | None
    before: dict[str, bytes] = field(default_factory=dict)  # what was indexed of each document of the previous one
    digests: dict[str, bytes] = field(default_factory=dict)
    embedded: int = 0

    def run(self) -> Manifest:
        self.before = self.previous.digests() if self.previous else {}
        with SnapshotWriter(self.folder, self.plan.encoder) as writer:
            for document in self._told():
                self._add(document, writer)
            kind = kind_for(self.plan.vectors, writer.chunks)
            writer.finish(kind, lambda stage: self._tell(stage, 0, 1))
        self.embedded = writer.embedded
        return Manifest(
            format=FORMAT,
            created=datetime.now(UTC).isoformat(timespec="seconds"),
            documents=len(self.digests),
            chunks=writer.chunks,
            dimension=self.plan.encoder.dimension,
            vectors=kind,
            fingerprints=self._fingerprints(kind),
            sources=self.sources,
            files=marks(self.folder),
        )

    def _add(self, document: Document, writer: SnapshotWriter) -> None:
        line = document_to_json(document).encode()
        digest = hashlib.sha256(self.plan.settings_fingerprint.encode() + line).digest()
        self.digests[document.id] = digest
        if self.previous is not None and self.before.get(document.id) == digest:
            rows = self.previous.rows_of(document.id)
            known = self.previous.vectors.rows(rows.start, rows.stop)
            writer.add(document, line, digest, self.previous.chunks_of(document), known)
        else:
            chunks = chunk_document(document, max_tokens=self.plan.chunk_tokens, count=self.plan.count)
            writer.add(document, line, digest, chunks)

    def _told(self) -> Iterator[Document]:
        for done, document in enumerate(self.documents, start=1):
            yield document
            if done % 50 == 0 or done == len(self.documents):
                self._tell("embed", done, len(self.documents))

    def _tell(self, stage: str, done: int, total: int) -> None:
        if self.progress:
            self.progress(stage, done, total)

    def _fingerprints(self, kind: str) -> dict[str, str]:
        encoder, settings = self.plan.encoder.fingerprint, self.plan.settings_fingerprint
        corpus = _short(*(f"{identifier} {digest.hex()}" for identifier, digest in sorted(self.digests.items())))
        index = _short(corpus, encoder, settings, kind)
        return {"corpus": corpus, "encoder": encoder, "index_settings": settings, "index": index}

    def report(self, failures: tuple[Failure, ...], manifest: Manifest, seconds: float) -> IndexReport:
        before, now = self.before, self.digests
        return IndexReport(
            added=tuple(i for i in now if i not in before),
            unchanged=tuple(i for i, digest in now.items() if before.get(i) == digest),
            changed=tuple(i for i, digest in now.items() if before.get(i, digest) != digest),
            removed=tuple(i for i in before if i not in now),
            failed=failures,
            documents=manifest.documents,
            chunks=manifest.chunks,
            embedded=self.embedded,
            seconds=round(seconds, 3),
            fingerprints=manifest.fingerprints,
        )


def _short(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
