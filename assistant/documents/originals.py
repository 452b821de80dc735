"""The file that a document was read from: where it lies, and whether it is still there and as it was; reads no text."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from assistant.documents.members import WITHIN
from assistant.types import Document

# A clock and a file system may differ by so many seconds.
_SLACK = 2


def original(document: Document, root: Path) -> Path | None:
    """The first of the document's files that is still there; their paths are relative to `root`.

    What lay in an archive or a mail has that file.
    """
    paths = (place for path in (document.path, *document.also_at) for place in (path, path.partition(WITHIN)[0]))
    return next((file for path in paths if (file := _there(path, root))), None)


def _there(path: str, root: Path) -> Path | None:
    """The file, where it is one, and where a path inside `root` does not lead out of it by now."""
    file, inside = root / path, not Path(path).is_absolute() and ".." not in Path(path).parts
    try:
        led_out = inside and not file.resolve().is_relative_to(root.resolve())
        return file if file.is_file() and not led_out else None
    except OSError:
        return None


def changed_since(file: Path, created: str) -> datetime | None:
    """When the file was changed, where that was after the index was made (`created`, ISO)."""
    try:
        changed = datetime.fromtimestamp(file.stat().st_mtime).astimezone()
    except OSError:
        return None
    if not created:
        return None
    made = datetime.fromisoformat(created).astimezone()
    return changed if (changed - made).total_seconds() > _SLACK else None
