"""What lies inside a file (an archive's members, a mail's attachments), read by the readers of files; knows no format.

A member is copied under a name of ours into a private folder, which is gone when the file has been read. What is copied
is counted while it is read, whatever the file says of its own size.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, runtime_checkable

from assistant.documents.extract import Extract, Reader
from assistant.documents.limits import Deadline, Limits
from assistant.errors import CancuError, ReadError

# Archives or mails inside one another, the file itself counted.
MAX_DEPTH = 2
MAX_MEMBERS = 2_000
# Bytes that all members of a file, and of the files in it, may have together, in files as large as one may be.
_MAX_FILES = 8
# Seconds of reading for all members together, in files as slow as one may be.
_MAX_TURNS = 10
_SUFFIX = re.compile(r"\.[a-z0-9]{1,10}")
_PIECE = 2**16
# What separates a file from what lies in it.
WITHIN = "!/"

ReaderFor = Callable[[Path], Reader]


class Stream(Protocol):
    """A member's bytes, a piece at a time."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class Members:
    """How the members of a file are read: each within the limits of a file, by the reader that is found for it."""

    limits: Limits
    reader_for: ReaderFor

    def open(self) -> Inside:
        """The inside of a file that nothing has been read of."""
        total = _MAX_FILES * self.limits.max_bytes
        deadline = Deadline.after(_MAX_TURNS * self.limits.seconds)
        return Inside(self, MemberBudget(total, MAX_MEMBERS, deadline))


@dataclass(slots=True)
class MemberBudget:
    """What is left for the members of one file, shared with the files in it."""

    bytes: int
    members: int
    deadline: Deadline


@dataclass(frozen=True, slots=True)
class Inside:
    """Where members are read: how deep, and what is left for them."""

    members: Members
    budget: MemberBudget
    depth: int = 1

    def read(self, name: str, stream: Stream) -> Iterator[Extract | ReadError]:
        """The documents of one member, each named after it; a ReadError in the place of what can't be read."""
        try:
            with _copied(name, self._counted(stream)) as path:
                for found in self._documents(name, path):
                    yield _named(found, name)
        except ReadError as error:
            yield _named(error, name)
        except OSError as error:
            detail = f"(chi tiết: {error.strerror or error})"
            yield ReadError("unreadable", f"Không mở được tệp bên trong. Hãy lưu lại tệp {detail}.", member=name)
        except MemoryError:  # of the whole file
            raise
        except CancuError as error:
            yield ReadError(error.code, error.message, member=name)
        except Exception as error:  # as of a file, so that the other members are read
            yield _named(unexpected(error), name)

    def _documents(self, name: str, path: Path) -> Iterator[Extract | ReadError]:
        if name.lower().endswith((".jsonl", ".jsonl.gz")):
            raise ReadError("format", "Bộ văn bản JSONL chỉ được đọc ngoài tệp nén. Hãy giải nén rồi đưa vào kho.")
        reader = self.members.reader_for(path)
        if isinstance(reader, Container):
            if self.depth >= MAX_DEPTH:
                raise ReadError("nested", f"Tệp lồng nhau quá {MAX_DEPTH} cấp. Hãy giải nén rồi đưa từng tệp vào kho.")
            yield from reader.read_inside(path, replace(self, depth=self.depth + 1))
        else:
            yield from reader.read(path)

    def _counted(self, stream: Stream) -> Iterator[bytes]:
        """The member piece by piece. Raises ReadError as soon as a limit is passed."""
        self.check()
        self.budget.members -= 1
        size = 0
        while piece := stream.read(_PIECE):
            size += len(piece)
            self.budget.bytes -= len(piece)
            if size > self.members.limits.max_bytes:
                raise too_large(self.members.limits.max_bytes)
            self.check()
            yield piece

    def check(self) -> None:
        """Raises ReadError where nothing is left for another member."""
        if self.budget.members <= 0:
            raise ReadError("too_many_members", f"Có hơn {MAX_MEMBERS} tệp bên trong. Hãy chia nhỏ tệp.")
        if self.budget.bytes < 0:
            total = _MAX_FILES * self.members.limits.max_bytes // 2**20
            raise ReadError("too_large", f"Các tệp bên trong vượt {total} MiB. Hãy chia nhỏ tệp.")
        if self.budget.deadline.is_over:
            raise ReadError(
                "too_slow", "Đọc các tệp bên trong quá lâu. Hãy chia nhỏ tệp, hoặc tăng thiết lập read_seconds."
            )


@runtime_checkable
class Container(Protocol):
    """A reader of files that hold other files."""

    def read_inside(self, path: Path, inside: Inside) -> Iterator[Extract | ReadError]:
        """The documents of the file, its members read by `inside`."""


def unexpected(error: Exception) -> ReadError:
    what = type(error).__name__
    return ReadError(
        "unexpected", f"Trình đọc gặp lỗi lạ. Hãy lưu lại tệp bằng phần mềm khác hoặc xuất ra PDF (mã lỗi: {what})."
    )


def too_large(max_bytes: int) -> ReadError:
    return ReadError(
        "too_large", f"Tệp bên trong vượt {max_bytes // 2**20} MiB. Hãy tách tệp ra, hoặc tăng thiết lập max_file_mib."
    )


@contextmanager
def _copied(name: str, pieces: Iterator[bytes]) -> Iterator[Path]:
    """A copy that only this user can read; nothing of the member's name but a plain ending is used."""
    suffix = Path(name).suffix.lower()
    with tempfile.TemporaryDirectory(prefix="cancu-") as folder:
        path = Path(folder) / f"tep{suffix if _SUFFIX.fullmatch(suffix) else ''}"
        with path.open("xb") as copy:
            copy.writelines(pieces)
        yield path


def _named(found: Extract | ReadError, name: str) -> Extract | ReadError:
    member = f"{name}{WITHIN}{found.member}" if found.member else name
    if isinstance(found, Extract):
        return replace(found, member=member)
    return ReadError(found.code, found.message, member=member)
