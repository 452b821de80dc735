"""Files and folders to Documents and Failures, one bad file never stopping the rest; owns `corpus/`; knows no index."""

from __future__ import annotations

import hashlib
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from assistant.documents.draft import Draft, Outcome
from assistant.documents.gathering import Gathered, gather
from assistant.documents.identity import content_digest, slug
from assistant.documents.kept import Cache, NoCache
from assistant.documents.limits import Limits
from assistant.documents.media import is_leftover
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

    `counts`: `read` (files), `kept` (files that were known), `failed` (files, and links and folders that were not
    followed, each once however much of it failed), and what readers count.
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
    known: Mapping[bytes, str] | None = None,
) -> Corpus:
    """Every document under `paths`; paths in it are relative to `root`. Raises CorpusError where there is none.

    `known` are the ids that contents have had, by `content_digest`: copies and new names change none.
    """
    files = list(files_under(paths))
    builder = _Builder(root, known or {})
    builder.pass_over([failure for path in paths for failure in _passed_over(path, root)])
    for done, (file, gathered) in enumerate(gather(files, limits, cache or NoCache())):
        if progress:
            progress("read", done, len(files))
        builder.add_file(file, gathered)
    if progress and files:
        progress("read", len(files), len(files))
    documents = builder.documents()
    if not documents:
        raise CorpusError(_nothing_read(paths, builder.failures))
    return Corpus(documents, tuple(builder.failures), builder.told())


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
            hidden = name.startswith((".", "~$")) or lower.startswith("readme.") or is_leftover(name)
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


@dataclass(slots=True)
class _Found:
    """One content, and where it lies, in the order in which it came."""

    draft: Draft
    paths: list[str]


class _Builder:
    """Documents as they come, the same content only once; ids when all are known, as a copy may come first."""

    def __init__(self, root: Path, known: Mapping[bytes, str]) -> None:
        self.root = root
        self.failures: list[Failure] = []
        self._known = known
        self._found: list[_Found] = []
        self._by_content: dict[str, _Found] = {}
        self._of_collections: set[str] = set()
        self._counts: Counter[str] = Counter()

    def pass_over(self, failures: Sequence[Failure]) -> None:
        self.failures += failures
        self._counts["failed"] += len({failure.path for failure in failures})

    def add_file(self, file: Path, gathered: Gathered) -> None:
        shown = _shown(file, self.root)
        failures = len(self.failures)
        for outcome in gathered.outcomes:
            self._try(outcome, f"{shown}{WITHIN}{outcome.member}" if outcome.member else shown)
        self._counts["kept" if gathered.kept else "read"] += 1
        self._counts["failed"] += len(self.failures) > failures

    def told(self) -> dict[str, int]:
        return {name: self._counts[name] for name in (*_TOLD, *self._counts)}

    def documents(self) -> tuple[Document, ...]:
        """All of them, in the order in which they came."""
        ids = self._ids()
        return tuple(_document(identifier, found) for identifier, found in zip(ids, self._found, strict=True))

    def _try(self, outcome: Outcome, path: str) -> None:
        try:
            if isinstance(outcome, ReadError):
                raise outcome
            self._add(outcome, path)
        except ReadError as error:
            self.failures.append(Failure(path, error.code, error.message))

    def _add(self, draft: Draft, path: str) -> None:
        content = _content_key(draft)
        same = None if draft.collection else self._by_content.get(content)
        if same is not None:
            same.paths.append(path)
            return
        self._check_id(draft)
        found = _Found(draft, [path])
        self._found.append(found)
        self._counts.update(draft.counts)
        if not draft.collection:
            self._by_content[content] = found

    def _check_id(self, draft: Draft) -> None:
        given = draft.given_id or ""
        if _CONTROL.search(given):
            raise ReadError("id", f"Mã {given!r} có ký tự điều khiển. Hãy đặt mã trên một dòng, không có dấu tab.")
        if draft.collection and given in self._of_collections:
            raise ReadError("duplicate_id", f"Mã «{given}» có hai lần. Hãy đặt mỗi dòng một mã riêng.")
        if draft.collection:
            self._of_collections.add(given)

    def _ids(self) -> list[str]:
        """Of each content the id that it gives itself, else the one that it has had, else its first name."""
        ids: dict[int, str] = {}
        for wanted in (self._given, self._had, _named):
            taken = set(ids.values())
            for place, found in enumerate(self._found):
                identifier = None if place in ids else wanted(found, taken)
                if identifier is not None:
                    ids[place] = identifier
                    taken.add(identifier)
        return [ids[place] for place in range(len(self._found))]

    def _given(self, found: _Found, taken: Set[str]) -> str | None:
        given = found.draft.given_id
        reserved = taken if found.draft.collection else taken | self._of_collections
        return _free(given, found, reserved) if given else None

    def _had(self, found: _Found, taken: Set[str]) -> str | None:
        had = self._known.get(content_digest(found.draft.text)) if self._known else None
        return None if had in taken else had


def _named(found: _Found, taken: Set[str]) -> str:
    return _free(slug(found.paths[0]), found, taken)


def _free(identifier: str, found: _Found, taken: Set[str]) -> str:
    return (
        f"{identifier}-{hashlib.sha256(found.paths[0].encode()).hexdigest()[:8]}" if identifier in taken else identifier
    )


def _shown(file: Path, root: Path) -> str:
    """The path relative to `root`; bytes of a name that are not UTF-8 show as `�`."""
    return os.fsencode(Path(os.path.relpath(file, root)).as_posix()).decode("utf-8", errors="replace")


def _content_key(draft: Draft) -> str:
    return hashlib.sha256(f"{draft.given_id}\0{draft.text}".encode()).hexdigest()


def _document(identifier: str, found: _Found) -> Document:
    """`path` is the place that the id tells, where it is one of several."""
    draft = found.draft
    path = next((path for path in found.paths if slug(path) == identifier), found.paths[0])
    about = dict(draft.about)
    title = about.pop("title", None) or PurePath(path).stem or identifier
    sections = draft.sections_of(identifier)
    return Document(
        id=identifier,
        title=title,
        path=path,
        also_at=tuple(other for other in found.paths if other != path),
        text=draft.text,
        pages=draft.pages,
        sections=sections,
        relations=draft.relations,
        healed=draft.healed,
        rows=draft.rows,
        **about,
    )
