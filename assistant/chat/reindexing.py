"""The child process that indexes the workspace again: `python -m assistant.chat.reindexing`; knows no page.

Reads `{workspace, flags}` as a line of JSON from standard input, which stays open as long as somebody waits; writes a
line of JSON for each step, `{stage, done, total}`, and at last `{documents, failed, note}` or `{error}`. Asked to end
(SIGTERM), or left alone, it clears up what it began.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from threading import Thread
from types import FrameType
from typing import TextIO

from assistant.errors import CancuError
from assistant.wiring import build_index


def main() -> None:
    signal.signal(signal.SIGTERM, _asked_to_end)
    asked = json.loads(sys.stdin.readline())
    Thread(target=_end_when_left, daemon=True).start()
    with os.fdopen(os.dup(1), "w", encoding="utf-8") as out:
        os.dup2(2, 1)  # what a library prints is no line of ours
        try:
            report = build_index(
                asked["workspace"],
                progress=lambda stage, done, total: _tell(out, stage=stage, done=done, total=total),
                **asked["flags"],
            )
        except CancuError as error:
            _tell(out, error=error.message)
        else:
            failed = [(f.path, f.code, f.reason) for f in report.failed]
            _tell(out, documents=report.documents, failed=failed, note=report.note)
        finally:
            signal.signal(signal.SIGTERM, signal.SIG_IGN)  # all is said: there is nothing to clear up


def _asked_to_end(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _end_when_left() -> None:
    os.read(0, 1)  # nothing more is sent: this returns when nobody waits any more
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(out: TextIO, **values: object) -> None:
    try:
        out.write(json.dumps(values) + "\n")
        out.flush()
    except BrokenPipeError as error:  # nobody listens any more; no fault of the disk
        raise KeyboardInterrupt from error


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(1)
