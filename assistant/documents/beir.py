"""Reads BEIR-style collections: a JSON object `{"id","title","text"}` a line, each a document; knows no folder."""

from __future__ import annotations

import gzip
import json
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, cast

from assistant.documents.extract import Extract, Layout
from assistant.documents.plain import decode
from assistant.errors import ReadError
from assistant.vietnamese.normal import nfc

# Bytes that a compressed collection may unpack to.
MAX_UNPACKED = 2 * 1024**3
_METADATA = ("title", "kind", "number", "issuer", "author", "issued", "effective", "source")


class BeirReader:
    """`.jsonl` and `.jsonl.gz`."""

    def accepts(self, path: Path, head: bytes) -> bool:
        return path.name.lower().endswith((".jsonl", ".jsonl.gz"))

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        try:
            with _open(path) as lines:
                yield from _extracts(lines)
        except (gzip.BadGzipFile, zlib.error, EOFError) as error:
            raise ReadError("damaged", "Tệp nén hỏng. Hãy tải lại hoặc nén lại tệp.") from error


def _open(path: Path) -> BinaryIO:
    return cast(BinaryIO, gzip.open(path, "rb")) if path.name.lower().endswith(".gz") else path.open("rb")


def _extracts(lines: BinaryIO) -> Iterator[Extract | ReadError]:
    total = 0
    for number, line in enumerate(lines, start=1):
        total += len(line)
        if total > MAX_UNPACKED:
            raise ReadError("too_large", f"Tệp giải nén vượt {MAX_UNPACKED // 1024**3} GiB. Hãy chia nhỏ tệp.")
        if line.strip():
            try:
                yield _extract(line, number)
            except ReadError as error:  # one bad line does not stop the others
                yield error


def _extract(line: bytes, number: int) -> Extract:
    try:
        row = json.loads(decode(line))
    except (ValueError, RecursionError) as error:
        place = f" (sai từ ký tự {error.pos + 1})" if isinstance(error, json.JSONDecodeError) else ""
        raise ReadError("json", f"Dòng {number} không phải JSON{place}. Hãy sửa hoặc bỏ dòng này.") from error
    identifier = row.get("id", row.get("_id")) if isinstance(row, dict) else None
    if not _is_id(identifier) or not isinstance(row.get("text"), str):
        wanted = 'Hãy sửa thành dạng {"id": …, "title": …, "text": …}, hoặc bỏ dòng này.'
        raise ReadError("json", f"Dòng {number} thiếu «id» hoặc «text». {wanted}")
    metadata = {"id": nfc(str(identifier))} | {key: nfc(str(row[key])) for key in _METADATA if row.get(key)}
    return Extract((row["text"],), Layout.KEEP, metadata=metadata)


def _is_id(value: object) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and value != ""
