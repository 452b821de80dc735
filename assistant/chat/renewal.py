"""Files handed in, the index made anew in a process of its own, the new assistant taken into service; knows no page."""

from __future__ import annotations

import json
import subprocess
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Any

from assistant.chat.conversation import Incident, report
from assistant.chat.service import Service
from assistant.documents.children import command, environment
from assistant.documents.members import WITHIN
from assistant.documents.uploads import take_back
from assistant.errors import CancuError
from assistant.types import Failure
from assistant.wiring import open_assistant, receive_uploads

_UNREAD = "Không đọc được văn bản nào từ tệp này. Hãy kiểm tra lại tệp."
_BROKEN = "Lập chỉ mục bị dừng giữa chừng."


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a renewal is: `stage` while at work, then what was added (names and titles), refused, or went wrong.

    `restart` tells that the index is new but the program must be started again to use it.
    """

    stage: str = "receive"
    done: int = 0
    total: int = 0
    ended: bool = False
    added: tuple[tuple[str, str, bool], ...] = ()
    refused: tuple[Failure, ...] = ()
    trouble: str | None = None
    incident: Incident | None = None
    restart: bool = False


class Renewal:
    """One at a time; it goes on when nobody looks at it any more."""

    def __init__(self, service: Service, workspace: Path, flags: Mapping[str, Any]) -> None:
        self._service, self._workspace, self._flags = service, workspace, dict(flags)
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
        failed = {_file_of(path): Failure(path, code, reason) for path, code, reason in self._index()}
        try:
            fresh = open_assistant(self._workspace, **self._flags)
        except (CancuError, OSError, MemoryError) as error:
            return Progress(refused=received.refused, incident=report(error), restart=True)
        return self._taken(fresh, received.saved, received.refused, failed)

    def _taken(
        self,
        fresh: Any,
        saved: Sequence[tuple[str, Path]],
        refused: Sequence[Failure],
        failed: Mapping[str, Failure],
    ) -> Progress:
        """Takes the new assistant into service, and the files that gave no document out of the corpus."""
        self._service.replace(fresh)
        known = self._service.documents
        titles = {_file_of(path): d.title for d in reversed(known) for path in (d.path, *d.also_at)}
        doubles = {path for d in known if d.also_at for path in (d.path, *d.also_at)}
        added: list[tuple[str, str, bool]] = []
        told = list(refused)
        for name, file in saved:
            path = file.relative_to(self._workspace).as_posix()
            if path in titles:
                added.append((name, titles[path], path in doubles))
            else:
                take_back([file])
                found = failed.get(path, Failure(path, "unread", _UNREAD))
                told.append(replace(found, path=name))
        return Progress(added=tuple(added), refused=tuple(told))

    def _index(self) -> list[tuple[str, str, str]]:
        """The files that could not be read, by path, code and reason. Raises CancuError where there is no new index."""
        asked = json.dumps({"workspace": str(self._workspace.absolute()), "flags": self._flags})
        child = subprocess.Popen(  # noqa: S603
            command("assistant.chat.reindexing"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            env=environment(),
            text=True,
            encoding="utf-8",
        )
        assert child.stdin is not None
        assert child.stdout is not None
        last: dict[str, Any] = {}
        with child, child.stdin, child.stdout:
            child.stdin.write(asked)
            child.stdin.close()
            for line in child.stdout:
                last = json.loads(line)
                if "stage" in last:
                    self._tell(Progress(last["stage"], last["done"], last["total"]))
        if "error" in last:
            raise CancuError(last["error"])
        if child.returncode or "failed" not in last:
            raise CancuError(f"{_BROKEN} Các tệp vừa tải lên đã được gỡ ra; kho vẫn như trước.")
        return [(str(PurePath(path)), code, reason) for path, code, reason in last["failed"]]


def _file_of(path: str) -> str:
    """The file in the corpus that a path names, or that holds what it names."""
    return path.partition(WITHIN)[0]
