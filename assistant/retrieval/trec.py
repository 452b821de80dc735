"""Query files in, TREC runs out; knows no index."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from pathlib import Path

from assistant.errors import InputFileError
from assistant.vietnamese.normal import nfc

Query = tuple[str, str]
TAG = "cancu"


def read_queries(file: Path) -> list[Query]:
    """`(id, text)` of each `{"id", "text"}` line. Raises InputFileError naming the line."""
    try:
        lines = file.read_text(encoding="utf-8-sig").split("\n")  # JSON strings may hold other line separators
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(f"Không đọc được «{file}» ({error}). Cần tệp jsonl UTF-8.") from error
    return [_query(line, number, file) for number, line in enumerate(lines, start=1) if line.strip()]


def _query(line: str, number: int, file: Path) -> Query:
    try:
        row = json.loads(line)
        identifier, text = nfc(str(row["id"] if "id" in row else row["_id"])), row["text"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise InputFileError(f'«{file}» dòng {number}: cần dạng {{"id": …, "text": …}}.') from error
    if not isinstance(text, str) or not identifier or set(identifier) & set("\t\r\n"):
        raise InputFileError(f'«{file}» dòng {number}: "id" và "text" cần là chuỗi, mã không có tab hay xuống dòng.')
    return identifier, text


def write_run(
    queries: Sequence[Query],
    search: Callable[[str], Sequence[tuple[str, float]]],
    file: Path,
    *,
    progress: Callable[[str, int, int], None] | None = None,
) -> int:
    """Writes `qid Q0 document_id rank score tag`, tab-separated, whole or not at all; gives the number of queries."""
    partial = file.with_name(file.name + ".partial")
    try:
        with partial.open("w", encoding="utf-8", newline="\n") as out:
            for done, (identifier, text) in enumerate(queries, start=1):
                for rank, (document_id, score) in enumerate(search(text), start=1):
                    out.write(f"{identifier}\tQ0\t{document_id}\t{rank}\t{score:.9g}\t{TAG}\n")
                if progress:
                    progress("Tìm", done, len(queries))
        os.replace(partial, file)
    except OSError as error:
        raise InputFileError(f"Không ghi được «{file}» ({error.strerror or error}).") from error
    finally:
        partial.unlink(missing_ok=True)
    return len(queries)
