"""Files handed in, the index made anew in a process of its own, the new assistant taken into service; knows no page."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.chat.conversation import Incident, report
from assistant.chat.indexing import CHILD, Indexed, index_apart
from assistant.chat.service import Service
from assistant.documents.members import WITHIN
from assistant.documents.uploads import Received, take_back
from assistant.errors import CancuError
from assistant.types import Document, Failure
from assistant.wiring import open_assistant, receive_uploads, seconds_to_index

_UNREAD = "Không đọc được văn bản nào từ tệp này. Hãy kiểm tra lại tệp."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a renewal is: `stage` while at work, then what was added (names and titles), refused, or went wrong.

    `partly` is what could not be read of files that were added; `note` what else is to be known of the new index.
    `restart` tells that the index is new but the program must be started again to use it.
    """

    stage: str = "receive"
    done: int = 0
    total: int = 0
    ended: bool = False
    added: tuple[tuple[str, str, bool], ...] = ()
    refused: tuple[Failure, ...] = ()
    partly: tuple[Failure, ...] = ()
    note: str = ""
    trouble: str | None = None
    incident: Incident | None = None
    restart: bool = False


class Renewal:
    """One at a time; it goes on when nobody looks at it any more."""

    def __init__(
        self,
        service: Service,
        workspace: Path,
        flags: Mapping[str, Any],
        *,
        child: Sequence[str] = CHILD,
        seconds: float | None = None,
    ) -> None:
        """Where `seconds` is None, `child` may take as long as its files may be expected to."""
        self._service, self._workspace, self._flags = service, workspace, dict(flags)
        self._child, self._seconds = child, seconds
        self._busy = threading.Lock()
        self._changed = threading.Condition()
        self._progress = Progress(ended=True)

    @property
    def progress(self) -> Progress:
        return self._progress

    def begin(self, files: Sequence[Path]) -> bool:
        """Starts with these files; False where another renewal is at work."""
        if not self._busy.acquire(blocking=False):
            return False
        self._tell(Progress(total=len(files)))
        threading.Thread(target=self._run, args=(files,), daemon=True).start()
        return True

    def steps(self, most_seconds: float = 1.0) -> Iterator[Progress]:
        """How far it is now, and again at each change until it has ended."""
        seen: Progress | None = None
        while seen is None or not seen.ended:
            with self._changed:
                if self._progress is seen:
                    self._changed.wait(most_seconds)
                seen = self._progress
            yield seen

    def _tell(self, progress: Progress) -> None:
        with self._changed:
            self._progress = progress
            self._changed.notify_all()

    def _run(self, files: Sequence[Path]) -> None:
        saved: list[Path] = []
        try:
            ended = self._renewed(files, saved)
        except CancuError as error:
            take_back(saved)
            ended = Progress(trouble=error.message)
        except Exception as error:  # whatever it is, the page tells it and the log keeps the cause
            take_back(saved)
            incident = report(error)
            ended = Progress(trouble=incident.message, incident=incident)
        with self._changed:  # told before another one can begin, whose progress this must not hide
            self._progress = replace(ended, ended=True)
            self._busy.release()
            self._changed.notify_all()

    def _renewed(self, files: Sequence[Path], saved: list[Path]) -> Progress:
        received = receive_uploads(self._workspace, files, **self._flags)
        saved += [path for _, path in received.saved]
        if not saved:
            return Progress(refused=received.refused)
        indexed = self._index()
        try:
            fresh = open_assistant(self._workspace, **self._flags)
        except (CancuError, OSError, MemoryError) as error:
            return Progress(refused=received.refused, incident=report(error), restart=True)
        return self._taken(fresh, received, indexed)

    def _taken(self, fresh: Any, received: Received, indexed: Indexed) -> Progress:
        """Takes the new assistant into service, and the files that gave no document out of the corpus."""
        self._service.replace(fresh)
        titles, doubles = _titles(self._service.documents)
        added: list[tuple[str, str, bool]] = []
        refused, partly = list(received.refused), list[Failure]()
        for name, file in received.saved:
            path = file.relative_to(self._workspace).as_posix()
            failed = [replace(f, path=_called(name, f.path)) for f in indexed.failed if _file_of(f.path) == path]
            if path in titles:
                added.append((name, _told(titles[path]), path in doubles))
                partly += failed
            else:
                take_back([file])
                refused += failed or [Failure(name, "unread", _UNREAD)]
        return Progress(added=tuple(added), refused=tuple(refused), partly=tuple(partly), note=indexed.note)

    def _index(self) -> Indexed:
        """Raises CancuError where there is no new index."""
        seconds = self._seconds or seconds_to_index(self._workspace, **self._flags)

        def tell(stage: str, done: int, total: int) -> None:
            self._tell(Progress(stage, done, total))

        return index_apart(self._workspace, self._flags, seconds=seconds, tell=tell, child=self._child)


def _titles(documents: Sequence[Document]) -> tuple[dict[str, list[str]], set[str]]:
    """The titles of what each file gave, and the paths of what is there more than once."""
    titles: dict[str, list[str]] = {}
    for document in documents:
        for path in (document.path, *document.also_at):
            titles.setdefault(_file_of(path), []).append(document.title)
    return titles, {path for d in documents if d.also_at for path in (d.path, *d.also_at)}


def _told(titles: Sequence[str]) -> str:
    return titles[0] if len(titles) == 1 else f"{titles[0]} và {len(titles) - 1} văn bản khác"


def _called(name: str, path: str) -> str:
    """A file as it came, with what of it is meant where that lies inside it."""
    inside = path.partition(WITHIN)[2].replace(WITHIN, " › ")
    return f"{name} › {inside}" if inside else name


def _file_of(path: str) -> str:
    """The file in the corpus that a path names, or that holds what it names."""
    return path.partition(WITHIN)[0]
