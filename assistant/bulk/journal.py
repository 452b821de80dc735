"""The progress file beside an unfinished output: a line per row done, in row order; knows no table."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from assistant.bulk.outcomes import Outcome
from assistant.errors import UsageError

logger = logging.getLogger(__name__)

VERSION = 1


@dataclass(frozen=True, slots=True)
class Header:
    """What a progress file must have been made from to be continued."""

    source: str
    column: int
    heading: str
    rows: int
    fingerprints: Mapping[str, str] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        return {
            "cancu_progress": VERSION,
            "source": self.source,
            "column": self.column,
            "heading": self.heading,
            "rows": self.rows,
            "fingerprints": dict(self.fingerprints),
        }


def journal_path(out: Path) -> Path:
    return out.with_name(f"{out.name}.progress.jsonl")


class Journal:
    """Rows done so far, on disk; row n is the n-th line after the header. Use as a context."""

    def __init__(self, path: Path, header: Header) -> None:
        """Continues a progress file of the same header, begins anew elsewhere. Raises UsageError where another run
        holds the file."""
        self.path = path
        self._file: BinaryIO = path.open("a+b")
        try:
            _lock(self._file, path)
            self.done, self.note = self._continue(header)
        except BaseException:
            self._file.close()
            raise
        self.resumed = self.done

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def append(self, outcome: Outcome) -> None:
        self._write({"row": self.done, "answer": outcome.answer, "error": outcome.error})
        self.done += 1

    def outcomes(self) -> Iterator[Outcome]:
        """What became of rows 0, 1, … `done - 1`."""
        self._file.seek(0)
        next(self._file)
        for line in self._file:
            record = json.loads(line)
            yield Outcome(answer=record["answer"], error=record["error"])

    def _continue(self, header: Header) -> tuple[int, str]:
        self._file.seek(0)
        first = _record(self._file.readline())
        if first == header.to_json():
            return self._count_whole_lines(header.rows), ""
        begun = self._file.seek(0, 2) > 0
        self._file.truncate(0)
        self._write(header.to_json())
        return 0, _note(first, header) if begun else ""

    def _count_whole_lines(self, rows: int) -> int:
        """Counts the rows in order and cuts what follows them: a line torn by a crash, or damaged."""
        done, end = 0, self._file.tell()
        for line in self._file:
            record = _record(line)
            if done == rows or record is None or record.get("row") != done or {"answer", "error"} - record.keys():
                break
            done, end = done + 1, end + len(line)
        self._file.truncate(end)
        return done

    def _write(self, value: Mapping[str, Any]) -> None:
        self._file.write(json.dumps(value).encode() + b"\n")
        self._file.flush()


def _record(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def _note(first: Mapping[str, Any] | None, header: Header) -> str:
    wanted = header.to_json()
    names = {
        "source": "tệp câu hỏi",
        "column": "cột câu hỏi",
        "heading": "cột câu hỏi",
        "fingerprints": "kho văn bản hoặc thiết lập",
    }
    changed = {name: None for key, name in names.items() if first is not None and first.get(key) != wanted[key]}
    reason = f"đã đổi: {', '.join(changed)}" if changed else "tệp tiến độ không đọc được"
    note = f"Không tiếp tục lượt trước được ({reason}); đã làm lại từ đầu."
    logger.warning(note)
    return note


def _lock(file: BinaryIO, path: Path) -> None:
    """Held until the file is closed or the process ends, however it ends."""
    if sys.platform == "win32":
        return
    import fcntl

    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise UsageError(
            f"Một lượt chạy khác đang ghi cùng tệp kết quả («{path.name}»). Hãy đợi lượt đó xong, hoặc đổi --out."
        ) from error
