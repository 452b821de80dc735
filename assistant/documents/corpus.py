"""Files and folders to Documents and Failures, one bad file never stopping the rest; owns `corpus/`; knows no index."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePath

from assistant.documents.draft import Draft, Outcome
from assistant.documents.gathering import Gathered, gather
from assistant.documents.identity import slug
from assistant.documents.kept import Cache, NoCache
from assistant.documents.limits import Limits
from assistant.documents.members import WITHIN
from assistant.errors import CorpusError, ReadError
from assistant.types import Document, Failure

_BEIR_IN_FOLDERS = ("corpus.jsonl", "corpus.jsonl.gz")
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
Progress = Callable[[str, int, int], None]
# What is told of every reading, also where it is nought.
_TOLD = ("read", "kept", "failed", "ocr_pages", "tables")


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents read, in a stable order, and the files that gave none.

    `counts`: `read` (files), `kept` (files that were known), `failed` (files), and what readers count.
    """

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]
    counts: Mapping[str, int] = field(default_factory=dict)


def read_corpus(
    paths: Sequence[Path],
    *,
    root: Path,
    limits: Limits,
    progress: Progress | None = None,
    cache: Cache | None = None,
) -> Corpus:
    """Every document under `paths`; paths in it are relative to `root`. Raises CorpusError where there is none."""
    files = list(files_under(paths))
    builder = _Builder(root)
    builder.failures += [failure for path in paths for failure in _passed_over(path, root)]
    for done, (file, gathered) in enumerate(gather(files, limits, cache or NoCache())):
        if progress:
            progress("read", done, len(files))
        builder.add_file(file, gathered)
    if progress and files:
        progress("read", len(files), len(files))
    if not builder.documents:
        raise CorpusError(_nothing_read(paths, builder.failures))
    return Corpus(tuple(builder.documents.values()), tuple(builder.failures), builder.told())


def _nothing_read(paths: Sequence[Path], failures: list[Failure]) -> str:
    where = ", ".join(f"«{path}»" for path in paths)
    if not failures:
        wanted = "Hãy chép tệp .pdf, .docx, .xlsx, .pptx, .md, .txt hoặc corpus.jsonl vào đó rồi chạy: cancu index"
        return f"Không có văn bản nào ở {where}. {wanted}"
    reasons = "; ".join(f"{f.path}: {f.reason}" for f in failures[:3])
    found = f"Không đọc được văn bản nào trong {len({f.path for f in failures})} tệp ở {where} ({reasons})."
    return f"{found} Hãy thay tệp khác rồi chạy: cancu index"


def files_under(paths: Sequence[Path]) -> Iterator[Path]:
    """Every file that an indexing of these paths looks at, in a stable order."""
    seen: set[Path] = set()
    for path in paths:
        found = sorted(_in_folder(path)) if path.is_dir() else [path]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _in_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(n for n in folders if not n.startswith(".") and not _is_index(Path(parent) / n))
        for name in names:
            lower = name.lower()
            hidden = name.startswith((".", "~$")) or lower.startswith("readme.")
            file = Path(parent) / name
            outside = _is_link(file) and not _real(file).is_relative_to(folder.resolve())
            if (
                not hidden
                and not outside
                and (lower in _BEIR_IN_FOLDERS or not lower.endswith((".jsonl", ".jsonl.gz")))
            ):
                yield file


def _is_link(file: Path) -> bool:
    """False where its folder is closed: reading the file tells that."""
    return os.path.islink(file)  # noqa: PTH114 (pathlib raises)


def _real(link: Path) -> Path:
    """Where it leads; itself where it leads round in a circle."""
    return Path(os.path.realpath(link))


def _is_index(folder: Path) -> bool:
    """Whether the folder is one that an indexing writes into: its files are no documents."""
    return os.path.isfile(folder / ".lock") and os.path.isdir(folder / "snapshots")  # noqa: PTH112, PTH113 (as above)


def _passed_over(folder: Path, root: Path) -> Iterator[Failure]:
    """Links in the folder that lead out of it, links to folders, which are not followed, and closed folders."""
    home = folder.resolve()
    closed: list[OSError] = []
    for parent, folders, names in os.walk(folder, onerror=closed.append) if folder.is_dir() else ():
        for path in (Path(parent) / name for name in sorted([*folders, *names])):
            if _is_link(path) and (_real(path).is_dir() or not _real(path).is_relative_to(home)):
                yield Failure(_shown(path, root), "link", "Liên kết dẫn ra ngoài thư mục. Hãy chép tệp vào.")
    for error in closed:
        reason = f"Không mở được thư mục ({error.strerror or error}). Hãy kiểm tra quyền đọc."
        yield Failure(_shown(Path(error.filename or folder), root), "unreadable", reason)


class _Builder:
    """Documents by id as they come, the same content only once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents: dict[str, Document] = {}
        self.failures: list[Failure] = []
        self._by_content: dict[str, str] = {}
        self._counts: Counter[str] = Counter()

    def add_file(self, file: Path, gathered: Gathered) -> None:
        shown = _shown(file, self.root)
        failures = len(self.failures)
        for outcome in gathered.outcomes:
            self._try(outcome, f"{shown}{WITHIN}{outcome.member}" if outcome.member else shown)
        self._counts["kept" if gathered.kept else "read"] += 1
        self._counts["failed"] += len(self.failures) > failures

    def told(self) -> dict[str, int]:
        return {name: self._counts[name] for name in (*_TOLD, *self._counts)}

    def _try(self, outcome: Outcome, path: str) -> None:
        try:
            if isinstance(outcome, ReadError):
                raise outcome
            self._add(outcome, path)
        except ReadError as error:
            self.failures.append(Failure(path, error.code, error.message))

    def _add(self, draft: Draft, path: str) -> None:
        content = _content_key(draft)
        known = None if draft.collection else self._by_content.get(content)
        if known is not None:
            same = self.documents[known]
            self.documents[known] = replace(same, also_at=(*same.also_at, path))
            return
        identifier = self._free_id(draft.given_id, path, collection=draft.collection)
        self.documents[identifier] = _document(identifier, draft, path)
        self._counts.update(draft.counts)
        if not draft.collection:
            self._by_content[content] = identifier

    def _free_id(self, given: str | None, path: str, *, collection: bool) -> str:
        identifier = given or slug(path)
        if _CONTROL.search(identifier):
            raise ReadError("id", f"Mã {identifier!r} có ký tự điều khiển. Hãy đặt mã trên một dòng, không có dấu tab.")
        if identifier not in self.documents:
            return identifier
        if collection:
            raise ReadError("duplicate_id", f"Mã «{identifier}» có hai lần. Hãy đặt mỗi dòng một mã riêng.")
        return f"{identifier}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


def _shown(file: Path, root: Path) -> str:
    """The path relative to `root`; bytes of a name that are not UTF-8 show as `�`."""
    return os.fsencode(Path(os.path.relpath(file, root)).as_posix()).decode("utf-8", errors="replace")


def _content_key(draft: Draft) -> str:
    return hashlib.sha256(f"{draft.given_id}\0{draft.text}".encode()).hexdigest()


def _document(identifier: str, draft: Draft, path: str) -> Document:
    about = dict(draft.about)
    title = about.pop("title", None) or PurePath(path).stem or identifier
    sections = draft.sections_of(identifier)
    return Document(
        id=identifier,
        title=title,
        path=path,
        text=draft.text,
        pages=draft.pages,
        sections=sections,
        relations=draft.relations,
        healed=draft.healed,
        rows=draft.rows,
        **about,  # type: ignore[arg-type]
    )
