"""What the files of a snapshot must be: sizes and checksums, looked at in a few blocks or whole; knows no content."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import IndexDamaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

# What the documents of the corpus do to others: written with the documents, read when a state is asked for.
CHANGES = "changes.json"
# By which contents are known again, so that they keep their ids.
CONTENTS = "contents.npy"
# The head of an array is read as a Python literal, which in CPython 3.11 fails at times in two threads at once.
_HEADS = threading.Lock()
# A file up to this many bytes is read whole for its probe; of a larger one the head, some blocks and the tail are.
_WHOLE = 2**20
_HEAD, _BLOCK, _BLOCKS = 2**18, 2**14, 16


@dataclass(frozen=True, slots=True)
class Mark:
    """What a file must be: bytes, SHA-256 of all, SHA-256 of the blocks that opening looks at."""

    size: int
    sha256: str
    probe: str


def load_array(file: Path, *, mapped: bool = True) -> NDArray[Any]:
    """The array of a `.npy` file, left on disk where `mapped`. Raises OSError or ValueError."""
    import numpy as np

    with _HEADS:
        array: NDArray[Any] = np.load(file, mmap_mode="r" if mapped else None, allow_pickle=False)
    return array


def damaged(name: str, why: object) -> IndexDamaged:
    """The error that names a file of a snapshot."""
    return IndexDamaged(f"Tệp chỉ mục «{name}» hỏng ({why}). Hãy chạy: cancu index")


def marks(folder: Path) -> dict[str, Mark]:
    """The mark of every file in the folder, by its path in it."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _mark(path) for path in files}


def looks_whole(path: Path, mark: Mark) -> bool:
    """Whether size and probe are right: milliseconds for any file. A flip between the blocks is not seen."""
    return path.is_file() and path.stat().st_size == mark.size and _probe(path, mark.size) == mark.probe


def is_whole(path: Path, mark: Mark) -> bool:
    """Whether every byte is as written: about a second a gigabyte."""
    return path.is_file() and path.stat().st_size == mark.size and _sha256(path) == mark.sha256


def _mark(path: Path) -> Mark:
    size = path.stat().st_size
    return Mark(size, _sha256(path), _probe(path, size))


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _probe(path: Path, size: int) -> str:
    if size <= _WHOLE:
        return _sha256(path)
    digest = hashlib.sha256()
    with path.open("rb", buffering=0) as stream:
        digest.update(stream.read(_HEAD))
        for number in range(1, _BLOCKS + 1):  # the last of them ends where the file ends
            stream.seek(_HEAD + (size - _HEAD - _BLOCK) * number // _BLOCKS)
            digest.update(stream.read(_BLOCK))
    return digest.hexdigest()
