"""The child process that reads files within limits of memory and time: `python -P -m assistant.documents.worker`.

Lines of JSON come in, `{"file": hex of the path's bytes, "limits": {…}}`; frames go out, each eight bytes of length and
its content: `ready` once, then lines of JSON, a document or an error each, and after the last of a file `{"end": true,
"memory": bytes at most in use}`.
The parent reads nothing but JSON, whatever a file may have made of this process.
"""

from __future__ import annotations

import json
import math
import os
import resource
import shutil
import struct
import sys
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import BinaryIO

from assistant.documents.draft import to_frame
from assistant.documents.limits import Limits
from assistant.documents.reading import read_file
from assistant.errors import ReadError

LENGTH = struct.Struct(">Q")
READY = b"ready"
# What the name of the folder begins with in which each process has a folder of its own.
SCRATCH = "cancu-read-"
# Bytes of one document as JSON; more than the largest that anyone reads, and little enough for the parent.
MAX_FRAME = 256 * 2**20
# Address space beyond the memory that may be written: libraries and files mapped for reading.
_MAPPED = 2 * 1024**3
# Bytes that a file may take which a reader writes while it works.
_MAX_WRITTEN = 512 * 2**20


def main() -> None:
    """Serves until standard input ends, which it does when the parent is gone."""
    out = _private_output()
    requests: SimpleQueue[bytes] = SimpleQueue()
    _send(out, READY)
    Thread(target=_listen, args=(requests,), daemon=True).start()
    while True:
        request = json.loads(requests.get())
        limits = Limits(**request["limits"])
        _limit(limits)
        _serve(Path(os.fsdecode(bytes.fromhex(request["file"]))), limits, out)


def _private_output() -> BinaryIO:
    """Standard output for frames alone: what a library prints goes nowhere."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return out


def _listen(requests: SimpleQueue[bytes]) -> None:
    for line in sys.stdin.buffer:
        requests.put(line)
    own = Path.cwd()
    if own.parent.name.startswith(SCRATCH):  # a parent that was killed clears nothing
        shutil.rmtree(own, ignore_errors=True)
        with suppress(OSError):  # others may still be at work beside it
            own.parent.rmdir()
    os._exit(0)  # even in the middle of a file


def _limit(limits: Limits) -> None:
    _lower(resource.RLIMIT_DATA, limits.memory_bytes)
    _lower(resource.RLIMIT_AS, limits.memory_bytes + _MAPPED)
    _lower(resource.RLIMIT_FSIZE, _MAX_WRITTEN)
    _lower(resource.RLIMIT_CORE, 0)


def _lower(kind: int, soft: int) -> None:
    hard = resource.getrlimit(kind)[1]
    resource.setrlimit(kind, (soft if hard == resource.RLIM_INFINITY else min(soft, hard), hard))


def _more_time(seconds: float) -> None:
    """CPU seconds from now on, beside the parent's watch: what outlives the parent ends too."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    _lower(resource.RLIMIT_CPU, math.ceil(used.ru_utime + used.ru_stime + max(seconds, 0.0)) + 2)


def _serve(file: Path, limits: Limits, out: BinaryIO) -> None:
    _more_time(limits.seconds)
    for outcome in read_file(file, limits):
        frame = to_frame(outcome)
        if len(frame) > MAX_FRAME:
            wanted = "Hãy tách tệp ra."
            frame = to_frame(ReadError("too_long", f"Văn bản dài hơn {MAX_FRAME // 2**20} MiB chữ. {wanted}"))
        _send(out, frame)
        _more_time(limits.seconds)
    _send(out, json.dumps({"end": True, "memory": _peak()}).encode())


def _peak() -> int:
    """Bytes of memory at most in use since this program started."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    lines = status.read_text(encoding="ascii", errors="replace").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:")), 0)


def _send(out: BinaryIO, frame: bytes) -> None:
    out.write(LENGTH.pack(len(frame)) + frame)
    out.flush()


if __name__ == "__main__":
    main()
