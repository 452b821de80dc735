"""Answers a file of questions row by row, resumably, into a file that appears whole or not at all."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from assistant.bulk.cells import Formula, Table, as_text, is_blank
from assistant.bulk.columns import find_column
from assistant.bulk.journal import Header, Journal, journal_path
from assistant.bulk.outcomes import Outcome, failed
from assistant.bulk.tables import Format, format_of_output, read_bytes, read_table, write_table
from assistant.errors import CancuError, OutputExists, UsageError
from assistant.types import Answer, Turn

logger = logging.getLogger(__name__)

Progress = Callable[[int, int], None]

BLANK = failed("blank_question", "Ô câu hỏi để trống.")
UNCALCULATED = failed(
    "uncalculated_formula",
    "Ô câu hỏi là công thức chưa có kết quả. Hãy mở tệp bằng Excel, lưu lại rồi chạy lại.",
)


class Asker(Protocol):
    """Whoever answers: the same assistant as behind the chat."""

    @property
    def fingerprints(self) -> Mapping[str, str]: ...

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer: ...


@dataclass(frozen=True, slots=True)
class BulkReport:
    """Counts of rows; `abstained` are among `answered`, `resumed` were done by an earlier run that was cut off."""

    out: Path
    rows: int
    answered: int
    abstained: int
    failed: int
    resumed: int
    seconds: float
    notes: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """For people."""
        parts = [f"Đã trả lời {self.answered} trên {self.rows} dòng, trong đó {self.abstained} dòng không đủ căn cứ"]
        parts += [f"{self.failed} dòng lỗi (xem cột error)"] if self.failed else []
        parts += [f"{self.resumed} dòng lấy từ lượt trước"] if self.resumed else []
        return "\n".join([f"{'; '.join(parts)}. Kết quả: {self.out}", *self.notes])


class BulkInterrupted(KeyboardInterrupt):
    """Stopped by the user; the message says how to go on."""

    def __init__(self, done: int, total: int) -> None:
        self.message = (
            f"Đã dừng sau {done} trên {total} dòng; chưa ghi tệp kết quả. "
            "Hãy chạy lại đúng lệnh vừa rồi để làm tiếp từ chỗ dừng."
        )
        super().__init__(self.message)


def answer_file(
    asker: Asker,
    source: Path,
    out: Path,
    *,
    column: str | None = None,
    overwrite: bool = False,
    progress: Progress | None = None,
) -> BulkReport:
    """Answers every row of `source` into `out` (csv, xlsx or jsonl, by its ending).

    `progress` is called with rows done and rows in all. Raises InputFileError, OutputExists, UsageError before the
    first question is asked, and BulkInterrupted (a KeyboardInterrupt) when stopped; run again, it continues.
    """
    started = time.monotonic()
    form = _check_output(source, out, overwrite)
    data = read_bytes(source)
    table = read_table(data, source.name, column)
    place = find_column(table.headings, column)
    header = Header(_digest(data, source), place, table.headings[place], len(table.rows), dict(asker.fingerprints))
    try:
        with Journal(journal_path(out), header) as journal:
            try:
                _answer_rows(asker, table, place, journal, progress or _silent)
                notes = _write(out, form, table, journal, place, overwrite)
            except KeyboardInterrupt as interrupt:
                raise BulkInterrupted(journal.done, len(table.rows)) from interrupt
            counts = _tally(journal)
        journal.path.unlink()
    except OSError as error:
        raise CancuError(_unwritable(out, error)) from error
    said = tuple(filter(None, (journal.note, *table.notes, *notes)))
    return BulkReport(out, len(table.rows), *counts, journal.resumed, time.monotonic() - started, said)


def _check_output(source: Path, out: Path, overwrite: bool) -> Format:
    """The format to write; raises where writing would destroy something or is bound to fail."""
    form = format_of_output(out)
    if any(_same(source, written) for written in (out, journal_path(out), _partial(out))):
        raise OutputExists(
            f"«{out}» chính là tệp câu hỏi; tệp đó không bao giờ bị ghi đè. Hãy chọn tên khác cho --out."
        )
    if out.is_dir() or not out.parent.is_dir():
        raise UsageError(
            f"Không ghi được «{out}»: cần tên một tệp trong thư mục đã có. Hãy tạo thư mục hoặc đổi --out."
        )
    _check_free(out, overwrite)
    return form


def _check_free(out: Path, overwrite: bool) -> None:
    if os.path.lexists(out) and not overwrite:
        raise OutputExists(f"Đã có tệp «{out}». Hãy chọn tên khác cho --out, hoặc thêm --overwrite để ghi đè.")


def _same(source: Path, other: Path) -> bool:
    """Whether both paths lead to one file, through whatever links."""
    try:
        return source.samefile(other)
    except OSError:
        return source.resolve() == other.resolve()


def _digest(data: bytes, source: Path) -> str:
    """Of the bytes and the ending, which also tells how they are read."""
    return hashlib.sha256(data + source.suffix.lower().encode()).hexdigest()


def _silent(_done: int, _total: int) -> None:
    return None


def _answer_rows(asker: Asker, table: Table, place: int, journal: Journal, progress: Progress) -> None:
    total = len(table.rows)
    identity = _id_column(table)
    progress(journal.done, total)
    while journal.done < total:
        journal.append(_answer_row(asker, table, journal.done, place, identity))
        progress(journal.done, total)


def _id_column(table: Table) -> int | None:
    return table.headings.index("id") if "id" in table.headings else None


def _answer_row(asker: Asker, table: Table, row: int, place: int, identity: int | None) -> Outcome:
    """The row's answer, or its error: whatever happens here concerns this row alone."""
    question = table.cell(row, place)
    if row in table.faults:
        return failed("bad_row", table.faults[row])
    if is_blank(question):
        return BLANK
    if isinstance(question, Formula):
        return UNCALCULATED
    own_id = table.cell(row, identity) if identity is not None else None
    try:
        answer = asker.ask(as_text(question), id=None if is_blank(own_id) else as_text(own_id))
        return Outcome(answer=json.loads(json.dumps(answer.to_json())))
    except CancuError as error:
        return failed(error.code, error.message)
    except Exception as error:  # one row never stops the others
        logger.exception("row %d failed", row + 1)
        return failed("unexpected", f"Lỗi ngoài dự kiến ({type(error).__name__}).")


def _write(out: Path, form: Format, table: Table, journal: Journal, place: int, overwrite: bool) -> tuple[str, ...]:
    """Writes a sibling file, makes it durable, and puts it in place at once."""
    partial = _partial(out)
    try:
        with partial.open("wb") as file:
            notes = write_table(file, form, table, journal.outcomes(), question=place)
            file.flush()
            os.fsync(file.fileno())
        _check_free(out, overwrite)
        os.replace(partial, out)
    finally:
        partial.unlink(missing_ok=True)
    return notes


def _partial(out: Path) -> Path:
    return out.with_name(f"{out.name}.partial")


def _tally(journal: Journal) -> tuple[int, int, int]:
    """Rows answered, abstained and failed."""
    answered = abstained = wrong = 0
    for outcome in journal.outcomes():
        answered += outcome.answer is not None
        abstained += outcome.abstained
        wrong += outcome.error is not None
    return answered, abstained, wrong


def _unwritable(out: Path, error: OSError) -> str:
    return (
        f"Không ghi được cạnh «{out}» ({error.strerror or error}). "
        "Hãy kiểm tra quyền ghi và chỗ trống của thư mục rồi chạy lại; các dòng đã xong được giữ lại."
    )
