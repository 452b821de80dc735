"""Which files need no reading because what they gave is known; knows no format and not where that is kept."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.documents.limits import Limits
from assistant.documents.readers import rules

# Nanoseconds after a change in which another one may leave the same times behind.
_SAME_TIME = 200_000_000
# … on file systems that count whole seconds or two.
_SAME_SECOND = 2_500_000_000


@dataclass(frozen=True, slots=True)
class Mark:
    """What the file system tells of a file; a change of content changes it."""

    size: int
    modified: int
    changed: int
    inode: int

    def is_settled(self, now: int) -> bool:
        """Whether a later change can't leave this very mark."""
        coarse = self.modified % 1_000_000_000 == 0 or self.changed % 1_000_000_000 == 0
        return now - max(self.modified, self.changed) > (_SAME_SECOND if coarse else _SAME_TIME)


class Cache(Protocol):
    """Frames by key, and the content's hash by file and mark, from one indexing to the next."""

    def digest(self, file: str, mark: Mark) -> str | None:
        """The hash that the file's content had when it had this mark."""

    def note(self, file: str, mark: Mark, digest: str) -> None:
        """Remembers the hash."""

    def holds(self, key: str) -> bool:
        """Whether something is kept under the key, harmed or not."""

    def frames(self, key: str) -> list[bytes] | None:
        """What was kept under the key, whole; None where it is not there or harmed."""

    def keep(self, key: str, frames: Sequence[bytes]) -> None:
        """Keeps frames until an indexing does not ask for them."""


def mark_of(file: Path) -> Mark:
    """Raises OSError."""
    found = file.stat()
    return Mark(found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)


def place_of(file: Path) -> str:
    """What the file is called in a cache."""
    return os.fsencode(file.absolute()).decode("utf-8", errors="surrogateescape")


class Keys:
    """The key of what a file gives: its content, its name's ending and the rules, not its name or folder."""

    def __init__(self, limits: Limits, cache: Cache) -> None:
        self._rules, self._cache = rules(limits), cache

    def of(self, file: Path, mark: Mark) -> str:
        """Reads the file only where its mark is a new one. Raises OSError."""
        place = place_of(file)
        now = time.time_ns()
        digest = self._cache.digest(place, mark)
        if digest is None:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        if mark.is_settled(now) and mark == mark_of(file):
            self._cache.note(place, mark, digest)
        ending = "".join(file.suffixes[-2:]).lower()
        whole = f"{self._rules}\0{ending}\0{digest}".encode("utf-8", errors="surrogateescape")
        return hashlib.sha256(whole).hexdigest()[:40]


class NoCache:
    """Keeps nothing: every file is read."""

    def digest(self, file: str, mark: Mark) -> str | None:
        return None

    def note(self, file: str, mark: Mark, digest: str) -> None:
        return None

    def holds(self, key: str) -> bool:
        return False

    def frames(self, key: str) -> list[bytes] | None:
        return None

    def keep(self, key: str, frames: Sequence[bytes]) -> None:
        return None
