"""Processes that read files, several at once, replaced when they are old, large, stuck or dead; knows no format.

Each is a Python of its own that imports `assistant.documents` alone, without the caller's secrets in its environment
and with a folder of its own for what readers write; what it sends back is JSON, checked, never a pickle.
"""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from queue import LifoQueue
from threading import Lock
from typing import IO, Self

from assistant.documents.children import command, environment
from assistant.documents.draft import from_frame, to_frame
from assistant.documents.limits import Deadline, Limits
from assistant.documents.reading import crashed, too_much_memory, too_slow
from assistant.documents.worker import LENGTH, MAX_FRAME, READY, SCRATCH
from assistant.errors import ReadError

# A process is replaced after so many files, or when it once held so many bytes.
FILES_EACH = 200
MEMORY_EACH = 512 * 2**20
# Files that each process may be ahead of the one that is asked for: what they gave is held until then, and while a slow
# file is read the other processes have work.
AHEAD_EACH = 32
# Seconds beyond the limit that a process has for telling by itself that a file takes too long.
_GRACE = 1.0
# Seconds that starting Python and importing the readers may take.
_START = 30.0
# Seconds that a process which closed its output may take to end.
_FAREWELL = 2.0
# Files are parsed in parallel already, and each thread of a library costs memory.
_ONE_THREAD = ("OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")


class _Silent(Exception):
    """The process says nothing for as long as it may."""


class _Gone(Exception):
    """The process closed its output."""


class _Garbled(Exception):
    """The process says what no reader says."""


@dataclass(frozen=True, slots=True)
class _End:
    """How a process ended, and the bytes of memory that it had at most, 0 where that can't be told."""

    status: int
    memory: int


class Pool:
    """As many processes as there are cores, at most `limits.workers`, started when they are first needed."""

    def __init__(self, limits: Limits) -> None:
        self.started = 0  # processes, replaced ones too
        self._limits = limits
        self._number = min(_cores(), limits.workers or _cores())
        self._threads = ThreadPoolExecutor(self._number, thread_name_prefix="cancu-read")
        self._idle: LifoQueue[_Process | None] = LifoQueue()
        for _ in range(self._number):
            self._idle.put(None)
        self._alive: set[_Process] = set()
        self._lock = Lock()
        self._closed = False
        self._scratch: Path | None = None  # made for the first process

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        """Ends every process, also those in the middle of a file."""
        with self._lock:
            self._closed = True
            alive = list(self._alive)
        self._threads.shutdown(wait=False, cancel_futures=True)
        for process in alive:
            process.kill()
        self._threads.shutdown(wait=True)
        for process in alive:
            process.end()
        if self._scratch is not None:
            shutil.rmtree(self._scratch, ignore_errors=True)

    def read_all(self, files: Iterable[Path]) -> Iterator[list[bytes]]:
        """The frames of each file, in the order of the files; the last of a file that failed is its error.

        The first files are begun at once, others as those before them are asked for: what waits here is bounded.
        """
        waiting = iter(files)
        begun = deque(self._threads.submit(self._read, file) for file in islice(waiting, AHEAD_EACH * self._number))
        return self._in_order(begun, waiting)

    def _in_order(self, begun: deque[Future[list[bytes]]], waiting: Iterator[Path]) -> Iterator[list[bytes]]:
        try:
            while begun:
                frames = begun.popleft().result()
                begun.extend(self._threads.submit(self._read, file) for file in islice(waiting, 1))
                yield frames
        finally:
            for future in begun:
                future.cancel()

    def _read(self, file: Path) -> list[bytes]:
        process = self._idle.get()
        frames: list[bytes] = []
        try:
            process = process or self._start()
            memory = process.read(file, self._limits, frames)
            if process.files >= FILES_EACH or memory > MEMORY_EACH:
                self._drop(process)
                process = None
        except (_Silent, _Gone, _Garbled) as fault:
            frames.append(to_frame(self._reason(fault, process)))
            process = None
        except BaseException:  # nobody knows what it would say next
            if process is not None:
                self._drop(process)
                process = None
            raise
        finally:
            self._idle.put(process)
        return frames

    def _start(self) -> _Process:
        with self._lock:
            if self._closed:
                raise _Gone
            self.started += 1
            self._scratch = self._scratch or Path(tempfile.mkdtemp(prefix=SCRATCH))
            process = _Process(self._scratch / str(self.started))
            self._alive.add(process)
        return process

    def _drop(self, process: _Process) -> None:
        process.kill()
        process.end()
        with self._lock:
            self._alive.discard(process)

    def _reason(self, fault: Exception, process: _Process | None) -> ReadError:
        """Why a process that was given a file tells nothing more; the process is ended."""
        if process is None:
            return crashed(None)
        if not isinstance(fault, _Gone):
            self._drop(process)
            return too_slow(self._limits) if isinstance(fault, _Silent) else crashed(None)
        end = process.end()
        with self._lock:
            self._alive.discard(process)
        if end.status == -signal.SIGXCPU:
            return too_slow(self._limits)
        if end.status == -signal.SIGKILL or end.memory > 0.8 * self._limits.memory_bytes:
            return too_much_memory(self._limits)
        return crashed(end.status)


class _Process:
    """One child, in a session of its own so that what it starts ends with it."""

    def __init__(self, scratch: Path) -> None:
        scratch.mkdir(mode=0o700)
        self.files = 0
        self._scratch = scratch
        self._ended: _End | None = None
        self._popen = subprocess.Popen(  # noqa: S603 (our own program)
            command("assistant.documents.worker"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=scratch,
            env=_environment(scratch),
            bufsize=0,
            start_new_session=True,
        )
        assert self._popen.stdin is not None
        assert self._popen.stdout is not None
        self._in: IO[bytes] = self._popen.stdin
        self._out: IO[bytes] = self._popen.stdout

    def read(self, file: Path, limits: Limits, frames: list[bytes]) -> int:
        """Puts the file's frames into the list; gives the bytes of memory that the process had at most."""
        self.files += 1
        try:
            self._in.write(_request(file, limits))
        except OSError as error:
            raise _Gone from error
        if self.files == 1 and self._frame(_START) != READY:
            raise _Garbled
        while True:
            frame = self._frame(max(limits.seconds, 0.0) + _GRACE)
            try:
                if frame.startswith(b'{"end"'):
                    return int(json.loads(frame)["memory"])
                from_frame(frame)
            except (ValueError, KeyError, TypeError, RecursionError) as error:
                raise _Garbled from error
            frames.append(frame)

    def _frame(self, seconds: float) -> bytes:
        deadline = Deadline.after(seconds)
        (length,) = LENGTH.unpack(self._bytes(LENGTH.size, deadline))
        if length > MAX_FRAME:
            raise _Garbled
        return self._bytes(length, deadline)

    def _bytes(self, number: int, deadline: Deadline) -> bytes:
        descriptor = self._out.fileno()
        found = bytearray()
        while len(found) < number:
            left = deadline.left
            if left <= 0 or not select.select([descriptor], [], [], left)[0]:
                raise _Silent
            piece = os.read(descriptor, min(number - len(found), 2**20))
            if not piece:
                raise _Gone
            found += piece
        return bytes(found)

    def kill(self) -> None:
        """Ends the process and everything that it started."""
        if self._ended is None:
            with suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)

    def end(self) -> _End:
        """Waits for the end, ends what the process started, and clears what it wrote."""
        if self._ended is None:
            deadline = Deadline.after(_FAREWELL)
            while not _is_over(self._popen.pid) and not deadline.is_over:
                time.sleep(0.01)
            self.kill()  # the group: its number is not given away before the process is waited for
            _, status, used = os.wait4(self._popen.pid, 0)
            self._popen.returncode = os.waitstatus_to_exitcode(status)
            self._in.close()
            self._out.close()
            shutil.rmtree(self._scratch, ignore_errors=True)
            # A process inherits the peak of the one that started it: up to that the figure says nothing.
            told = used.ru_maxrss > resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            unit = 1 if sys.platform == "darwin" else 1024
            self._ended = _End(self._popen.returncode, used.ru_maxrss * unit if told else 0)
        return self._ended


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _is_over(pid: int) -> bool:
    return os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def _request(file: Path, limits: Limits) -> bytes:
    path = os.fsencode(file.absolute())
    return json.dumps({"file": path.hex(), "limits": limits.to_json()}).encode() + b"\n"


def _environment(scratch: Path) -> dict[str, str]:
    own = {"TMPDIR": str(scratch), "PYTHONDONTWRITEBYTECODE": "1"} | dict.fromkeys(_ONE_THREAD, "1")
    return environment(own, trusted=False)
