"""What was read of each file, kept in `index/cache/` from one indexing to the next; knows no format and no document.

`files.json` tells the hash that each file's content had when it had a certain mark; `KEY.frames` holds what a content
gave: a line with the SHA-256 of the rest, then a frame a line. What an indexing does not ask for is gone after it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path

from assistant.documents.kept import Mark, mark_of, place_of

_TABLE = "files.json"
_ENDING = ".frames"


class Readings:
    """The cache of one workspace; used by one process at a time, which holds the store's lock.

    `afresh` forgets everything that was known.
    """

    def __init__(self, folder: Path, *, afresh: bool = False) -> None:
        self._folder = folder
        self._known: dict[str, tuple[tuple[int, ...], str]] = {} if afresh else _read_table(folder / _TABLE)
        self._noted: dict[str, tuple[tuple[int, ...], str]] = {}
        self._afresh = afresh
        self._used: set[str] = set()

    def digest(self, file: str, mark: Mark) -> str | None:
        known = self._known.get(file)
        return known[1] if known is not None and known[0] == astuple(mark) else None

    def knows(self, file: Path) -> bool:
        """Whether the file is as it was at an earlier indexing."""
        try:
            return self.digest(place_of(file), mark_of(file)) is not None
        except OSError:  # gone meanwhile: it is not read either
            return True

    def note(self, file: str, mark: Mark, digest: str) -> None:
        self._noted[file] = astuple(mark), digest

    def holds(self, key: str) -> bool:
        return (not self._afresh or key in self._used) and self._file(key).is_file()

    def frames(self, key: str) -> list[bytes] | None:
        try:
            mark, _, rest = self._file(key).read_bytes().partition(b"\n")
        except FileNotFoundError:
            return None
        if hashlib.sha256(rest).hexdigest().encode() != mark:
            return None  # harmed: the file is read again
        self._used.add(key)
        return rest.split(b"\n")[:-1]

    def keep(self, key: str, frames: Sequence[bytes]) -> None:
        """Raises OSError."""
        self._folder.mkdir(parents=True, exist_ok=True)
        _write(self._file(key), _lines(frames))
        self._used.add(key)

    def finish(self) -> None:
        """Removes what this indexing did not ask for, and writes the table. Raises OSError, after all that can be done.

        Removing comes first: it needs no room, and makes some.
        """
        if not self._folder.is_dir() and not self._noted:
            return
        self._folder.mkdir(parents=True, exist_ok=True)
        failed: OSError | None = None
        for file in self._folder.iterdir():
            if file.name != _TABLE and file.stem not in self._used:
                try:
                    file.unlink(missing_ok=True)
                except OSError as error:
                    failed = error
        _write(self._folder / _TABLE, [json.dumps(self._noted).encode()])
        if failed is not None:
            raise failed

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}{_ENDING}"


def _lines(frames: Sequence[bytes]) -> Iterable[bytes]:
    digest = hashlib.sha256()
    for frame in frames:
        digest.update(frame + b"\n")
    yield digest.hexdigest().encode() + b"\n"
    yield from (frame + b"\n" for frame in frames)


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    """All or nothing; a machine that stops in between leaves what the checksum or the JSON tells."""
    partial = file.with_suffix(".partial")
    try:
        with partial.open("wb") as stream:
            stream.writelines(pieces)
        os.replace(partial, file)
    except BaseException:  # one that is asked to end leaves nothing half-written either
        with suppress(OSError):
            partial.unlink(missing_ok=True)
        raise


def _read_table(file: Path) -> dict[str, tuple[tuple[int, ...], str]]:
    """Empty where there is none or it is harmed: every file is hashed again then."""
    try:
        rows = json.loads(file.read_bytes())
        return {str(name): (tuple(map(int, mark)), str(digest)) for name, (mark, digest) in rows.items()}
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
