"""Files that people hand in over the web page: checked, named safely, put into `corpus/`; knows no index."""

from __future__ import annotations

import os
import re
import shutil
import uuid
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePath

from assistant.documents.beir import BeirReader
from assistant.documents.limits import Limits
from assistant.documents.readers import check_size, reader_for
from assistant.errors import ReadError
from assistant.types import Failure
from assistant.vietnamese.normal import nfc

# The folder inside `corpus/` that holds them, and how many come at a time.
FOLDER = "tai-len"
MOST_FILES = 20
# Bytes that a file's name may take; file systems bear 255, and a number may be added.
_NAME_BYTES = 180
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffd/\\:*?"<>|]+')
_SAME_NAMES = 100


@dataclass(frozen=True, slots=True)
class Received:
    """The files now in the corpus, as (the name they came with, the path), and those refused."""

    saved: tuple[tuple[str, Path], ...]
    refused: tuple[Failure, ...]


def receive(files: Sequence[Path], corpus: Path, limits: Limits) -> Received:
    """Copies what may be read into `corpus/tai-len/`, never over another file. Raises ReadError where none can be."""
    if len(files) > MOST_FILES:
        raise ReadError(
            "too_many", f"Mỗi lần nhận nhiều nhất {MOST_FILES} tệp, Bạn đã chọn {len(files)}. Hãy chia làm nhiều lần."
        )
    folder = _folder(corpus)
    saved: list[tuple[str, Path]] = []
    refused: list[Failure] = []
    for file in files:
        shown = safe_name(file.name)
        try:
            saved.append((shown, _put(file, folder, shown, limits)))
        except ReadError as error:
            refused.append(Failure(shown, error.code, error.message))
        except OSError as error:
            refused.append(Failure(shown, "unwritable", f"Không ghi được tệp vào kho. {_ask(error)}"))
    return Received(tuple(saved), tuple(refused))


def take_back(files: Sequence[Path]) -> None:
    """Removes files that turned out to give no document."""
    for file in files:
        with suppress(OSError):  # what can't be removed is told as a failure at the next indexing
            file.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """The last part of the name without what file systems and readers stumble over; letters with marks stay."""
    last = PurePath(nfc(name).replace("\\", "/")).name
    clean = _FORBIDDEN.sub(" ", last)
    tidy = PurePath(" ".join(clean.split()).strip(" ."))
    stem, ending = tidy.stem, tidy.suffix.lower()[:12]
    while len((stem + ending).encode()) > _NAME_BYTES:
        stem = stem[:-1]
    stem = stem.strip(" .~$") or "van-ban"
    return f"tep-{stem}{ending}" if f"{stem}{ending}".lower().startswith("readme.") else stem + ending


def _folder(corpus: Path) -> Path:
    """The folder, made where it is missing. Raises ReadError where it leads out of the corpus."""
    folder = corpus / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReadError("unwritable", f"Không ghi được vào kho văn bản. {_ask(error)}") from error
    if folder.resolve() != corpus.resolve() / FOLDER:
        raise ReadError("link", f"Thư mục «corpus/{FOLDER}» là liên kết dẫn ra ngoài kho. Hãy thay bằng thư mục thật.")
    return folder


def _ask(error: OSError) -> str:
    return f"Hãy báo người quản trị kiểm tra quyền ghi và chỗ trống (chi tiết: {error.strerror or error})."


def _put(file: Path, folder: Path, name: str, limits: Limits) -> Path:
    """The copy, complete or not there; a name already taken gets a number. Raises ReadError for what is not read.

    The copy is looked at under its new ending: what was cleaned away of the name must not decide.
    """
    if file.is_symlink():
        raise ReadError("not_a_file", "Đây là liên kết, không phải tệp thường. Hãy chọn chính tệp đó.")
    check_size(file, limits)
    partial = folder / f".{uuid.uuid4().hex}-{name}"
    try:
        with file.open("rb") as source, partial.open("xb") as copy:
            shutil.copyfileobj(source, copy)
        if isinstance(reader_for(partial, limits), BeirReader):
            raise ReadError("format", "Bộ văn bản JSONL không nhận qua trang này. Hãy tải lên từng văn bản.")
        target = _free(folder, name)
        os.replace(partial, target)
        return target
    finally:
        partial.unlink(missing_ok=True)


def _free(folder: Path, name: str) -> Path:
    """A file of that name, made empty so that it is ours. Raises ReadError where too many have it.

    `a_2.md` sorts after `a.md`, so that the same content stays the document that it was.
    """
    for number in range(1, _SAME_NAMES):
        target = folder / (name if number == 1 else f"{PurePath(name).stem}_{number}{PurePath(name).suffix}")
        try:
            target.touch(exist_ok=False)
        except FileExistsError:
            continue
        return target
    raise ReadError("exists", f"Trong kho đã có quá nhiều tệp tên «{name}». Hãy đổi tên tệp.")
