"""Snapshots on disk: a folder with a manifest written last, and `CURRENT` swapped atomically; owns `index/`.

A snapshot holds `documents.jsonl` (a document a line), `documents.npy` (byte offset and first chunk of each line),
`ids.json` and `digests.npy` (each document's id, and the hash of what was indexed of it), `chunks.npy` (document,
start, end, heading offset of each chunk), `contents.npy` (the hash of each document's text), `changes.json` (what
documents replace, repeal or amend), `vectors.npy`, `codes.faiss`, `lexical/` and `manifest.json`.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, astuple, dataclass
from pathlib import Path
from typing import Any

from assistant.errors import IndexDamaged, IndexMismatch, IndexMissing, SnapshotError
from assistant.retrieval.files import Mark, is_whole, looks_whole
from assistant.sheets import Rows
from assistant.types import Document, Relation, Section, Span

FORMAT = 2
_FULL, _FORBIDDEN = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG), (errno.EACCES, errno.EPERM, errno.EROFS)
_REASONS = {
    errno.ENOSPC: "ổ đĩa đầy",
    errno.EDQUOT: "hết hạn mức đĩa",
    errno.EFBIG: "vượt cỡ tệp cho phép",
    errno.EACCES: "không có quyền ghi",
    errno.EPERM: "không được phép ghi",
    errno.EROFS: "ổ đĩa chỉ cho đọc",
    errno.EIO: "ổ đĩa lỗi đọc hoặc ghi",
    errno.ENOENT: "tệp hoặc thư mục biến mất giữa chừng",
    errno.EMFILE: "mở quá nhiều tệp cùng lúc",
}
_REMEDIES = dict.fromkeys(_FULL, "Hãy giải phóng chỗ trên ổ đĩa rồi chạy lại: cancu index") | dict.fromkeys(
    _FORBIDDEN, "Hãy cấp quyền ghi vào thư mục index/ rồi chạy lại: cancu index"
)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a snapshot was made from, and what each of its files must be."""

    format: int
    created: str
    documents: int
    chunks: int
    dimension: int
    vectors: str  # how they are searched: flat or ivf
    fingerprints: Mapping[str, str]
    sources: tuple[str, ...]
    files: Mapping[str, Mark]


class Store:
    """The snapshots of one workspace's `index/` folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._snapshots = folder / "snapshots"
        self._current = folder / "CURRENT"
        self._locked = False

    @property
    def encoder_folder(self) -> Path:
        return self.folder / "encoder"

    @property
    def readings_folder(self) -> Path:
        return self.folder / "cache"

    @property
    def ranks_file(self) -> Path:
        return self.encoder_folder / "ranks.tiktoken"

    def current(self) -> Path:
        """The folder of the current snapshot. Raises IndexMissing, IndexDamaged."""
        name = self.current_name()
        folder = self._snapshots / name
        if not (folder / "manifest.json").exists():
            raise IndexDamaged(
                f"Tệp CURRENT chỉ tới bản chỉ mục «{name}» nhưng bản đó thiếu manifest.json. Hãy chạy: cancu index"
            )
        return folder

    def current_name(self) -> str:
        """What `CURRENT` says. Raises IndexMissing, IndexDamaged."""
        if not self._current.exists():
            raise IndexMissing("Chưa có chỉ mục. Hãy chạy: cancu index")
        name = self._current.read_text(encoding="utf-8", errors="replace").strip()
        if not re.fullmatch(r"[0-9a-f]+", name):
            raise IndexDamaged("Tệp CURRENT hỏng, không chỉ tới bản chỉ mục nào. Hãy chạy: cancu index")
        return name

    @contextmanager
    def lock(self) -> Iterator[None]:
        """One writer at a time, which may ask again. Raises SnapshotError when another one is at work, OSError."""
        if self._locked:
            yield
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError as error:
                raise SnapshotError(
                    "Một tiến trình khác đang lập chỉ mục ở đây. Hãy chờ nó xong rồi chạy lại."
                ) from error
            self._locked = True
            try:
                yield
            finally:
                self._locked = False

    @contextmanager
    def new_folder(self) -> Iterator[Path]:
        """An empty folder that becomes a snapshot when `publish` is called, and is gone after that or a failure."""
        folder = self._snapshots / f"{uuid.uuid4().hex[:12]}.partial"
        folder.mkdir(parents=True)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def publish(self, partial: Path, manifest: Manifest) -> Path:
        """Writes the manifest, then makes the folder the current snapshot; drops others: what was deleted is gone."""
        _write_synced(partial / "manifest.json", json.dumps(asdict(manifest), ensure_ascii=False, indent=1))
        for file in partial.rglob("*"):
            _sync(file)
        final = partial.with_suffix("")
        os.replace(partial, final)
        try:
            self._point_to(final.name)
        except BaseException:  # nobody would ever look for it, unless it became the current one just before
            with suppress(SnapshotError, OSError):
                if not self._current.exists() or self.current_name() != final.name:
                    shutil.rmtree(final, ignore_errors=True)
            raise
        self._prune(final)
        return final

    def _point_to(self, name: str) -> None:
        temporary = self._current.with_name(f"CURRENT.{uuid.uuid4().hex[:8]}")
        try:
            _write_synced(temporary, name + "\n")
            os.replace(temporary, self._current)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def _prune(self, current: Path) -> None:
        stale: list[Path] = []
        with suppress(OSError):  # the new snapshot is current already: what can't be removed now stays till next time
            stale += [path for path in self._snapshots.iterdir() if path != current]
            stale += [path for path in self.folder.glob("CURRENT.*") if path.is_file()]
        for path in stale:
            with suppress(OSError):
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def unwritten(self, error: OSError) -> SnapshotError:
        """What is said where an index could not be written: why, what serves now, and what to do."""
        try:
            self.current()
            now = "Chỉ mục cũ vẫn dùng được."
        except (SnapshotError, OSError):
            now = "Chưa có chỉ mục nào dùng được."
        return SnapshotError(f"Không ghi được chỉ mục ({reason_of(error)}). {now} {remedy_of(error)}")


def reason_of(error: OSError) -> str:
    """In Vietnamese where it is one of the reasons that are met in practice."""
    return _REASONS.get(error.errno or 0, error.strerror or str(error))


def remedy_of(error: OSError) -> str:
    return _REMEDIES.get(error.errno or 0, "Hãy kiểm tra ổ đĩa rồi chạy lại: cancu index")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a snapshot whose files look whole. Raises IndexDamaged naming the file, IndexMismatch."""
    try:
        values: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        if values["format"] != FORMAT:
            raise IndexMismatch(f"Chỉ mục có định dạng {values['format']}, cần {FORMAT}. Hãy chạy: cancu index")
        files = {name: Mark(**mark) for name, mark in values.pop("files").items()}
        manifest = Manifest(**{**values, "sources": tuple(values["sources"]), "files": files})
    except (OSError, ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"Bản kê chỉ mục manifest.json hỏng ({error}). Hãy chạy: cancu index") from error
    for name, mark in manifest.files.items():
        if not looks_whole(folder / name, mark):
            raise IndexDamaged(f"Tệp chỉ mục «{name}» thiếu hoặc đã bị thay đổi. Hãy chạy: cancu index")
    return manifest


def verify(folder: Path) -> None:
    """Reads every byte of a snapshot. Raises IndexDamaged naming the files that are not as they were written."""
    files = read_manifest(folder).files
    harmed = [name for name, mark in files.items() if not is_whole(folder / name, mark)]
    if harmed:
        names = ", ".join(f"«{name}»" for name in harmed)
        raise IndexDamaged(f"Tệp chỉ mục {names} đã bị thay đổi. Hãy chạy: cancu index")


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write_synced(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())


_NESTED = ("sections", "relations", "healed", "rows")


def document_to_json(document: Document) -> str:
    """One line of `documents.jsonl`."""
    values = {name: getattr(document, name) for name in Document.__slots__ if name not in _NESTED}
    values["sections"] = [(s.label, s.title, s.span.start, s.span.end, s.parent) for s in document.sections]
    if document.healed:  # most have none, nor rows
        values["healed"] = document.healed
    if document.rows:
        values["rows"] = [astuple(rows) for rows in document.rows]
    values["relations"] = [astuple(relation) for relation in document.relations]
    return json.dumps(values, ensure_ascii=False)


def document_from_json(line: str | bytes) -> Document:
    """Raises ValueError, KeyError, TypeError where the line is not one of `document_to_json`."""
    values: dict[str, Any] = json.loads(line)
    identifier = values["id"]
    sections = tuple(Section(a, b, Span(identifier, s, e), p) for a, b, s, e, p in values.pop("sections"))
    if any(s.parent is not None and not 0 <= s.parent < place for place, s in enumerate(sections)):
        raise ValueError("a section inside a later one")
    healed = tuple((int(s), int(e), str(word)) for s, e, word in values.pop("healed", ()))
    rows = tuple(Rows(int(s), int(e), str(sheet), *map(int, at)) for s, e, sheet, *at in values.pop("rows", ()))
    values |= {"also_at": tuple(values["also_at"]), "pages": tuple(values["pages"]), "healed": healed, "rows": rows}
    relations = tuple(Relation(*relation) for relation in values.pop("relations", ()))  # older indexes have none
    return Document(sections=sections, relations=relations, **values)
