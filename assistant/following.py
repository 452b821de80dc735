"""Indexing that follows the files: now, and after each change until the user stops it; knows no settings."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.documents.watching import changes, state_of
from assistant.errors import CorpusError, SnapshotError


def keep_indexing(
    paths: Sequence[Path], index: Callable[[bool], None], *, afresh: bool, tell: Callable[[str], None]
) -> None:
    """Calls `index` now and after each change; what fails then is told, and the next change is another try."""
    state = state_of(paths)
    try:
        index(afresh)
        tell("Đang theo dõi thay đổi; bấm Ctrl-C để dừng.")
        for _ in changes(paths, state):
            try:
                index(False)
            except (CorpusError, SnapshotError) as error:
                tell(f"Lỗi [{error.code}]: {error.message}")
    except KeyboardInterrupt:
        tell("Đã dừng theo dõi.")
