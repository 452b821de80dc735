"""Indexing again in a process of its own, which is ended when it takes too long; knows no page and no assistant."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.documents.children import command, environment
from assistant.errors import CancuError
from assistant.types import Failure
from assistant.wiring import current_index

CHILD = tuple(command("assistant.chat.reindexing"))
# Seconds that a process which was asked to end has for clearing what it began.
FAREWELL = 10.0
_AS_BEFORE = "Các tệp vừa tải lên đã được gỡ ra; kho vẫn như trước."
_BROKEN = f"Lập chỉ mục bị dừng giữa chừng. {_AS_BEFORE} Hãy thử lại, hoặc báo người quản trị chạy: cancu index"
_UNTOLD = "Chỉ mục mới đã dùng được, nhưng việc lập bị dừng trước khi kể hết tệp nào chưa đọc được."

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Indexed:
    """The files of which something could not be read, and what else is to be known of the new index."""

    failed: tuple[Failure, ...]
    note: str = ""


def index_apart(
    workspace: Path,
    flags: Mapping[str, Any],
    *,
    seconds: float,
    tell: Tell,
    child: Sequence[str] = CHILD,
    farewell: float = FAREWELL,
) -> Indexed:
    """Makes the workspace's index anew, telling `(stage, done, total)`. Raises CancuError where there is no new index.

    A child that is not done after so many seconds is ended with all that it started.
    """
    indexed_as = current_index(workspace)
    process = subprocess.Popen(  # noqa: S603 (our own program)
        list(child),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,  # a group of its own, so that all of it can be ended
    )
    watch = _Watch(process, seconds, farewell)
    try:
        last = _followed(process, {"workspace": str(workspace.absolute()), "flags": dict(flags)}, tell)
    finally:
        watch.end()
    if "failed" in last:  # the index is new, however the process ended after it said so
        return Indexed(tuple(Failure(*row) for row in last["failed"]), str(last["note"]))
    if indexed_as != current_index(workspace):
        return Indexed((), _UNTOLD)
    if watch.is_over:
        raise CancuError(_too_slow(seconds))
    raise CancuError(str(last["error"]) if "error" in last else _BROKEN)


def _followed(process: subprocess.Popen[bytes], asked: Mapping[str, Any], tell: Tell) -> dict[str, Any]:
    """What the process says last; its input stays open until then, and tells it that somebody waits."""
    assert process.stdin is not None
    assert process.stdout is not None
    last: dict[str, Any] = {}
    with suppress(BrokenPipeError):  # it ended at once: what it said of that, if anything, is read below
        process.stdin.write(json.dumps(asked).encode() + b"\n")
        process.stdin.flush()
    for line in process.stdout:
        last = _said(line) or last
        if "stage" in last:
            tell(last["stage"], last["done"], last["total"])
    return last


def _said(line: bytes) -> dict[str, Any]:
    """The object of a line; nothing where a process that was killed left half of one."""
    try:
        return dict(json.loads(line))
    except ValueError:
        return {}


class _Watch:
    """Ends a process and its group when its time is over."""

    def __init__(self, process: subprocess.Popen[bytes], seconds: float, farewell: float) -> None:
        self._process, self._farewell = process, farewell
        self.is_over = False
        self._timer = threading.Timer(seconds, self._over)
        self._timer.daemon = True
        self._timer.start()

    def _over(self) -> None:
        self.is_over = True
        self._end()

    def end(self) -> None:
        """Waits for a process that said all, or ends one that nobody listens to any more."""
        self._timer.cancel()
        self._timer.join()
        with suppress(BrokenPipeError):
            self._process.stdin.close()  # type: ignore[union-attr]
        self._process.stdout.close()  # type: ignore[union-attr]
        self._end()

    def _end(self) -> None:
        """Asks it to clear up and end, then ends whatever of its group is left."""
        if self._process.returncode is not None:
            return
        if not self._has_ended(0.0 if self.is_over else 1.0):
            with suppress(ProcessLookupError):
                self._process.send_signal(signal.SIGTERM)
            self._has_ended(self._farewell)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def _has_ended(self, seconds: float) -> bool:
        """Whether it ended within so many seconds; not waited for, so that its number stays the group's."""
        until = time.monotonic() + seconds
        while os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
            if time.monotonic() >= until:
                return False
            time.sleep(0.02)
        return True


def _too_slow(seconds: float) -> str:
    told = f"{seconds / 60:.0f} phút" if seconds >= 90 else f"{seconds:.0f} giây"
    return (
        f"Lập chỉ mục quá {told} nên đã dừng. {_AS_BEFORE} Hãy tải lên ít tệp hơn mỗi lần, hoặc nhờ người quản trị "
        "chép tệp vào corpus/ rồi chạy: cancu index"
    )
