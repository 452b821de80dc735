"""Reads Markdown and plain text in the encodings that offices have; knows no structure."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from assistant.documents.extract import Extract, Layout
from assistant.errors import ReadError
from assistant.vietnamese.encodings import decode_legacy
from assistant.vietnamese.normal import nfc

_MARKDOWN_ENDINGS = {".md", ".markdown"}
_ENDINGS = _MARKDOWN_ENDINGS | {".txt", ".text", ""}
_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(|.*?\n)---[ \t]*(?:\n|\Z)", re.DOTALL)
_NULLS = ("", "~", "null")
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


class TextReader:
    """`.md`, `.txt` and text without an ending."""

    def accepts(self, path: Path, head: bytes) -> bool:
        return path.suffix.lower() in _ENDINGS

    def read(self, path: Path) -> Iterator[Extract]:
        text = decode(path.read_bytes()).replace("\r\n", "\n").replace("\r", "\n")
        if path.suffix.lower() not in _MARKDOWN_ENDINGS:
            yield Extract((text,), Layout.LINES)
            return
        metadata, body = split_front_matter(text)
        yield Extract((body,), Layout.MARKDOWN, metadata=metadata)


def decode(data: bytes) -> str:
    """Text of UTF-8 (with or without BOM), UTF-16 or legacy Vietnamese bytes, in NFC. Raises ReadError for others."""
    for bom, encoding in _BOMS:
        if data.startswith(bom):
            return _decode_as(data, encoding)
    if b"\x00" in data[:4096]:
        return _decode_as(data, _utf16_order(data))
    try:
        return nfc(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        if _is_damaged_utf8(data):
            raise ReadError(
                "encoding", f"Tệp UTF-8 có byte hỏng ở vị trí {error.start}. Hãy lưu lại tệp dưới dạng UTF-8."
            ) from error
        text = decode_legacy(data)
        return _decode_as(data, "cp1258") if text is None else _without_binary(text)


def _is_damaged_utf8(data: bytes) -> bool:
    """Whether most bytes above ASCII make up UTF-8 characters, which other encodings do by chance only."""
    read = data.decode("utf-8", errors="ignore").encode()
    return 2 * sum(byte > 127 for byte in read) > sum(byte > 127 for byte in data)


def _decode_as(data: bytes, encoding: str) -> str:
    try:
        text = nfc(data.decode(encoding))
    except UnicodeDecodeError as error:
        raise ReadError("encoding", "Không nhận ra bảng mã của tệp. Hãy lưu lại tệp dưới dạng UTF-8.") from error
    return _without_binary(text)


def _without_binary(text: str) -> str:
    odd = sum(1 for c in text[:20_000] if ord(c) < 32 and c not in "\n\r\t\f")
    if odd > 0.01 * min(len(text), 20_000):
        raise ReadError(
            "binary", "Tệp không phải văn bản (nhiều ký tự điều khiển). Hãy bỏ tệp này khỏi kho hoặc chuyển sang PDF."
        )
    return text


def _utf16_order(data: bytes) -> str:
    head = data[:4096]
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if max(even, odd) < len(head) // 20:
        raise ReadError("binary", "Tệp không phải văn bản (có byte 0). Hãy bỏ tệp này khỏi kho hoặc chuyển sang PDF.")
    return "utf-16-le" if odd > even else "utf-16-be"


def split_front_matter(text: str) -> tuple[dict[str, str], str]:
    """Scalars of YAML front matter as written, and the text after it. Raises ReadError where it is no mapping."""
    match = _FRONT_MATTER.match(text)
    if match is None:
        return {}, text
    wanted = "Hãy viết mỗi dòng một «khóa: giá trị», hoặc bỏ phần đầu này."
    try:  # every scalar as it is written: 012 is no octal number, 2024-13-45 no date
        values = yaml.load(match.group(1), Loader=yaml.BaseLoader) or {}  # noqa: S506
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        place = f" (sai ở dòng {mark.line + 2})" if mark else ""  # the first line is `---`
        raise ReadError("front_matter", f"Phần đầu giữa hai dòng --- không phải YAML{place}. {wanted}") from error
    if not isinstance(values, dict):
        raise ReadError("front_matter", f"Phần đầu giữa hai dòng --- không có khóa nào. {wanted}")
    scalars = {str(k): nfc(v) for k, v in values.items() if isinstance(v, str) and v not in _NULLS}
    return scalars, text[match.end() :]
