"""Files and folders to Documents and Failures, one bad file never stopping the rest; owns `corpus/`; knows no index."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from assistant.documents import members
from assistant.documents.archive import ArchiveReader
from assistant.documents.beir import BeirReader
from assistant.documents.extract import Extract, Reader
from assistant.documents.identity import identify, slug
from assistant.documents.images import ImageReader
from assistant.documents.layout import compose
from assistant.documents.legacy import LegacyReader
from assistant.documents.mail import MailReader
from assistant.documents.pdf import PdfReader
from assistant.documents.plain import TextReader
from assistant.documents.quoted import lines_of
from assistant.documents.relations import read_terms
from assistant.documents.slides import SlidesReader
from assistant.documents.spreadsheet import SpreadsheetReader
from assistant.documents.structure import sections_of
from assistant.documents.web import HtmlReader
from assistant.documents.word import WordReader
from assistant.errors import CorpusError, ReadError
from assistant.types import Document, Failure
from assistant.vietnamese.encodings import pages_to_unicode

_BEIR_IN_FOLDERS = ("corpus.jsonl", "corpus.jsonl.gz")
_CONTROL = re.compile("[\x00-\x1f\x7f\x85\u2028\u2029]")
Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take: bytes, and seconds of reading."""

    max_bytes: int
    seconds: float = 120.0

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Every format that is read; the first that accepts a file reads it."""
        office = (WordReader, SpreadsheetReader, SlidesReader, LegacyReader)
        inside = members.Limits(self.max_bytes, self.seconds, partial(_reader_for, limits=self))
        return (
            PdfReader(self.seconds),
            *(reader(self.seconds) for reader in office),
            BeirReader(),
            HtmlReader(),
            ArchiveReader(inside),
            MailReader(inside),
            ImageReader(),
            TextReader(),
        )


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents read, in a stable order, and the files that gave none."""

    documents: tuple[Document, ...]
    failures: tuple[Failure, ...]


def read_corpus(paths: Sequence[Path], *, root: Path, limits: Limits, progress: Progress | None = None) -> Corpus:
    """Every document under `paths`; paths in it are relative to `root`. Raises CorpusError where there is none."""
    files = list(_files(paths))
    builder = _Builder(root)
    for link in (link for path in paths for link in _links_out(path)):
        builder.failures.append(Failure(_shown(link, root), "link", "Liên kết dẫn ra ngoài thư mục. Hãy chép tệp vào."))
    for done, file in enumerate(files):
        if progress:
            progress("read", done, len(files))
        builder.add_file(file, limits)
    if progress and files:
        progress("read", len(files), len(files))
    if not builder.documents:
        raise CorpusError(_nothing_read(paths, builder.failures))
    return Corpus(tuple(builder.documents.values()), tuple(builder.failures))


def _nothing_read(paths: Sequence[Path], failures: list[Failure]) -> str:
    where = ", ".join(f"«{path}»" for path in paths)
    if not failures:
        wanted = "Hãy chép tệp .pdf, .docx, .xlsx, .pptx, .md, .txt hoặc corpus.jsonl vào đó rồi chạy: cancu index"
        return f"Không có văn bản nào ở {where}. {wanted}"
    reasons = "; ".join(f"{f.path}: {f.reason}" for f in failures[:3])
    found = f"Không đọc được văn bản nào trong {len({f.path for f in failures})} tệp ở {where} ({reasons})."
    return f"{found} Hãy thay tệp khác rồi chạy: cancu index"


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    seen: set[Path] = set()
    for path in paths:
        found = sorted(_in_folder(path)) if path.is_dir() else [path]
        for file in found:
            if file not in seen:
                seen.add(file)
                yield file


def _in_folder(folder: Path) -> Iterator[Path]:
    for parent, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            lower = name.lower()
            hidden = name.startswith((".", "~$")) or lower.startswith("readme.")
            file = Path(parent) / name
            outside = file.is_symlink() and not file.resolve().is_relative_to(folder.resolve())
            if (
                not hidden
                and not outside
                and (lower in _BEIR_IN_FOLDERS or not lower.endswith((".jsonl", ".jsonl.gz")))
            ):
                yield file


def _links_out(folder: Path) -> list[Path]:
    """Links in the folder that lead out of it, and links to folders, which are not followed."""
    home = folder.resolve()
    found = (Path(parent) / n for parent, folders, names in os.walk(folder) for n in sorted([*folders, *names]))
    return [p for p in found if p.is_symlink() and (p.is_dir() or not p.resolve().is_relative_to(home))]


class _Builder:
    """Documents by id as they come, the same content only once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.documents: dict[str, Document] = {}
        self.failures: list[Failure] = []
        self._by_content: dict[str, str] = {}

    def add_file(self, file: Path, limits: Limits) -> None:
        shown = _shown(file, self.root)
        try:
            reader = _reader_for(file, limits)
            collection = isinstance(reader, BeirReader)
            for number, extract in enumerate(reader.read(file), start=1):
                path = f"{shown}{members.WITHIN}{extract.member}" if extract.member else shown
                self._try(extract, path, collection=collection, number=number)
        except ReadError as error:
            self.failures.append(Failure(shown, error.code, error.message))
        except OSError as error:
            reason = f"Không mở được tệp ({error.strerror or error}). Hãy kiểm tra quyền đọc."
            self.failures.append(Failure(shown, "unreadable", reason))

    def _try(self, extract: Extract | ReadError, path: str, *, collection: bool, number: int) -> None:
        try:
            if isinstance(extract, ReadError):
                raise extract
            self._add(extract, path, collection=collection, number=number)
        except ReadError as error:
            self.failures.append(Failure(path, error.code, error.message))

    def _add(self, extract: Extract, path: str, *, collection: bool, number: int) -> None:
        extract = _in_unicode(extract)
        text, pages = compose(extract)
        if not text.strip():
            raise ReadError(
                "empty", "Không có chữ nào." if not collection else f"Văn bản thứ {number} không có chữ nào."
            )
        content = _content_key(text, extract)
        known = None if collection else self._by_content.get(content)
        if known is not None:
            same = self.documents[known]
            self.documents[known] = replace(same, also_at=(*same.also_at, path))
            return
        identifier = self._free_id(extract.metadata.get("id"), path, collection=collection)
        self.documents[identifier] = _document(identifier, text, pages, extract, path)
        if not collection:
            self._by_content[content] = identifier

    def _free_id(self, given: str | None, path: str, *, collection: bool) -> str:
        identifier = given or slug(path)
        if _CONTROL.search(identifier):
            raise ReadError("id", f"Mã {identifier!r} có ký tự điều khiển. Hãy đặt mã trên một dòng, không có tab.")
        if identifier not in self.documents:
            return identifier
        if collection:
            raise ReadError("duplicate_id", f"Mã «{identifier}» có hai lần. Hãy đặt mỗi dòng một mã riêng.")
        return f"{identifier}-{hashlib.sha256(path.encode()).hexdigest()[:8]}"


def _shown(file: Path, root: Path) -> str:
    """The path relative to `root`; bytes of a name that are not UTF-8 show as `�`."""
    return os.fsencode(Path(os.path.relpath(file, root)).as_posix()).decode("utf-8", errors="replace")


def _in_unicode(extract: Extract) -> Extract:
    """Text that was typed in a legacy font as Unicode, its title judged with it."""
    *pages, title = pages_to_unicode((*extract.pages, extract.metadata.get("title", "")))
    metadata = dict(extract.metadata) | ({"title": title} if title else {})
    return replace(extract, pages=tuple(pages), metadata=metadata)


def _content_key(text: str, extract: Extract) -> str:
    return hashlib.sha256(f"{extract.metadata.get('id')}\0{text}".encode()).hexdigest()


def _document(identifier: str, text: str, pages: tuple[int, ...], extract: Extract, path: str) -> Document:
    lines = lines_of(text, pages)
    sections = sections_of(identifier, text, lines)
    about = identify(text, extract.metadata, sections, path)
    title = about.pop("title") or identifier
    terms = read_terms(text, lines, sections, about)
    about["effective"] = about.get("effective") or terms.effective
    return Document(
        id=identifier,
        title=title,
        path=path,
        text=text,
        pages=pages,
        sections=sections,
        expires=terms.expires,
        relations=terms.relations,
        **about,  # type: ignore[arg-type]
    )


def _reader_for(file: Path, limits: Limits) -> Reader:
    if not file.exists():
        raise ReadError("missing", "Không có tệp này. Hãy kiểm tra lại đường dẫn.")
    if not file.is_file():
        raise ReadError("not_a_file", "Không phải tệp thường. Hãy bỏ khỏi kho.")
    size = file.stat().st_size
    if size > limits.max_bytes:
        raise ReadError(
            "too_large", f"Tệp {size / 2**20:.0f} MiB, giới hạn là {limits.max_bytes // 2**20} MiB (max_file_mib)."
        )
    with file.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise ReadError("empty", "Tệp trống.")
    for reader in limits.readers:
        if reader.accepts(file, head):
            return reader
    if file.suffix.lower() == ".pdf":
        raise ReadError("damaged", "Tệp có đuôi .pdf nhưng nội dung không phải PDF. Hãy tải lại hoặc xuất lại tệp.")
    raise ReadError("format", f"Chưa đọc được định dạng «{file.suffix}». Hãy chuyển sang PDF, .docx hoặc .txt.")
