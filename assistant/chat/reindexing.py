"""The child process that indexes the workspace again: `python -m assistant.chat.reindexing`; knows no page.

Reads `{workspace, flags}` as JSON from standard input; writes a line of JSON for each step, `{stage, done, total}`, and
at last `{documents, failed}` or `{error}`.
"""

from __future__ import annotations

import json
import os
import sys
from typing import TextIO

from assistant.errors import CancuError
from assistant.wiring import build_index


def main() -> None:
    asked = json.load(sys.stdin)
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
            _tell(out, documents=report.documents, failed=[(f.path, f.code, f.reason) for f in report.failed])


def _tell(out: TextIO, **values: object) -> None:
    out.write(json.dumps(values) + "\n")
    out.flush()


if __name__ == "__main__":
    main()
