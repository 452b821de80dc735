"""Tables from and to the three formats: which one a file is, and who reads and writes it; knows no answer."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO, Literal

from assistant.bulk import delimited, json_lines, workbooks
from assistant.bulk.cells import MAX_COLUMNS, MAX_ROWS, Table
from assistant.bulk.encodings import decode
from assistant.bulk.outcomes import Outcome
from assistant.errors import InputFileError, UsageError

Format = Literal["csv", "xlsx", "jsonl"]
FORMATS: dict[str, Format] = {".csv": "csv", ".xlsx": "xlsx", ".jsonl": "jsonl"}
MAX_BYTES = 64 * 1024 * 1024

_ZIP = b"PK\x03\x04"
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def format_of_output(out: Path) -> Format:
    """The format that the ending asks for. Raises UsageError."""
    try:
        return FORMATS[out.suffix.lower()]
    except KeyError:
        raise UsageError(
            f"Không biết ghi «{out.name}» theo dạng nào: cần đuôi .csv, .xlsx hoặc .jsonl. Ví dụ: --out {out.stem}.xlsx"
        ) from None


def read_bytes(source: Path) -> bytes:
    """The whole question file. Raises InputFileError."""
    try:
        if source.stat().st_size > MAX_BYTES:
            raise InputFileError(f"«{source.name}» lớn hơn {MAX_BYTES // 2**20} MiB. Hãy chia nhỏ tệp rồi chạy lại.")
        return source.read_bytes()
    except FileNotFoundError as error:
        raise InputFileError(f"Không có tệp «{source}». Hãy kiểm tra lại đường dẫn tới tệp câu hỏi.") from error
    except OSError as error:
        raise InputFileError(
            f"Không mở được «{source}» ({error.strerror}). Cần một tệp csv, xlsx hoặc jsonl."
        ) from error


def read_table(data: bytes, name: str, column: str | None = None) -> Table:
    """The table, by what the bytes are, whatever the ending says. Raises InputFileError."""
    table = _read(data, name, column)
    if len(table.rows) > MAX_ROWS or len(table.headings) > MAX_COLUMNS:
        raise InputFileError(
            f"«{name}» có {len(table.rows)} dòng, {len(table.headings)} cột; "
            f"giới hạn là {MAX_ROWS} dòng, {MAX_COLUMNS} cột. Hãy chia nhỏ tệp rồi chạy lại."
        )
    if not table.rows:
        raise InputFileError(f"«{name}» không có dòng câu hỏi nào. Cần một hàng tiêu đề và ít nhất một dòng bên dưới.")
    return table


def _read(data: bytes, name: str, column: str | None) -> Table:
    if data.startswith(_ZIP):
        return workbooks.read(data, name, column)
    if data.startswith(_OLD_EXCEL):
        raise InputFileError(
            f"«{name}» là Excel đời cũ (.xls) hoặc có mật khẩu. Hãy mở bằng Excel, lưu lại dạng .xlsx không mật khẩu."
        )
    if data.startswith(b"%PDF"):
        raise InputFileError(f"«{name}» là PDF. Cần tệp câu hỏi dạng csv, xlsx hoặc jsonl.")
    text, plain = decode(data, name)
    if name.lower().endswith(".jsonl") or json_lines.looks_like(text):
        return json_lines.read(text, name)
    return delimited.read(text, name, column, mark=not plain)


def write_table(
    file: BinaryIO, form: Format, table: Table, outcomes: Iterable[Outcome], *, question: int
) -> tuple[str, ...]:
    """Writes the rows with what became of each, in order; gives back notes for the reader of the report."""
    if form == "csv":
        return delimited.write(file, table, outcomes)
    if form == "xlsx":
        return workbooks.write(file, table, outcomes)
    return json_lines.write(file, table, outcomes, question=question)
