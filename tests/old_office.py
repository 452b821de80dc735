"""Writes small Word 97 and Excel 97 files (MS-CFB, MS-DOC, MS-XLS) for tests, as no library does any more."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

_SECTOR = 512
_FREE, _END, _TABLE = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD


def compound(streams: Mapping[str, bytes]) -> bytes:
    """A compound file: header, allocation table, directory, then the streams, each too long for the small sectors."""
    padded = {name: data.ljust(max(4096, -(-len(data) // _SECTOR) * _SECTOR), b"\0") for name, data in streams.items()}
    entries, table, at = [], [_TABLE, _END], 2
    for place, (name, data) in enumerate(padded.items(), start=1):
        count = len(data) // _SECTOR
        following = place + 1 if place < len(padded) else _FREE
        entries.append(_entry(name, 2, at, len(data), right=following))
        table += [*range(at + 1, at + count), _END]
        at += count
    directory = b"".join([_entry("Root Entry", 5, _END, 0, child=1), *entries])
    if len(directory) > _SECTOR or len(table) > _SECTOR // 4:
        raise ValueError("too large for this small writer")
    header = struct.pack("<8s16sHHHHHHIIIIIIIIII", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 62, 3, 0xFFFE, 9, 6, 0, 0, 0, 1,
                         1, 0, 4096, _END, 0, _END, 0) + struct.pack("<109I", 0, *[_FREE] * 108)  # fmt: skip
    rows = struct.pack("<128I", *table, *[_FREE] * (128 - len(table)))
    return header + rows + directory.ljust(_SECTOR, b"\0") + b"".join(padded.values())


def _entry(name: str, kind: int, start: int, size: int, *, right: int = _FREE, child: int = _FREE) -> bytes:
    raw = name.encode("utf-16-le")
    return struct.pack("<64sHBBIII16sIQQIQ", raw, len(raw) + 2, kind, 1, _FREE, right, child, b"", 0, 0, 0, start, size)


def word_97(paragraphs: Sequence[str], *, is_encrypted: bool = False) -> bytes:
    """A document of one piece of UTF-16 text."""
    text = "".join(f"{paragraph}\r" for paragraph in paragraphs)
    start, raw = 1024, text.encode("utf-16-le")
    fib = bytearray(start)
    flags = 0x1000 | 0x0200 | (0x0100 if is_encrypted else 0)
    struct.pack_into("<HHHHHH", fib, 0, 0xA5EC, 0xC1, 0, 0x0409, 0, flags)
    struct.pack_into("<HH", fib, 12, 0xBF, 0)
    struct.pack_into("<II", fib, 24, start, start + len(raw))
    struct.pack_into("<H", fib, 32, 14)
    struct.pack_into("<H", fib, 62, 22)
    struct.pack_into("<I", fib, 76, len(text))
    struct.pack_into("<H", fib, 152, 93)
    pieces = struct.pack("<BI", 2, 16) + struct.pack("<II", 0, len(text)) + struct.pack("<HIH", 0, start, 0)
    struct.pack_into("<II", fib, 0x1A2, 0, len(pieces))
    return compound({"WordDocument": bytes(fib) + raw, "1Table": pieces})


def excel_97(sheet: str, rows: Sequence[Sequence[str | float]], *, is_encrypted: bool = False) -> bytes:
    """A workbook of one sheet (BIFF8)."""
    inside = _record(0x809, struct.pack("<HHHHII", 0x600, 0x10, 0, 0, 0, 0))
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, str):
                inside += _record(
                    0x204, struct.pack("<HHHH", r, c, 0, len(value)) + b"\x01" + value.encode("utf-16-le")
                )
            else:
                inside += _record(0x203, struct.pack("<HHHd", r, c, 0, value))
    inside += _record(0x0A, b"")
    title = sheet.encode("utf-16-le")
    begin = _record(0x809, struct.pack("<HHHHII", 0x600, 0x5, 0, 0, 0, 0))
    begin += _record(0x2F, struct.pack("<HHHII", 1, 1, 1, 0, 0)) if is_encrypted else b""
    begin += _record(0x31, struct.pack("<HHHHHBBBB", 200, 0, 0x7FFF, 400, 0, 0, 0, 0, 0) + b"\x05\x00Arial")
    begin += _record(0xE0, struct.pack("<HHHBBBBIIH", 0, 0, 0xFFF5, 0, 0, 0, 0, 0, 0, 0))
    length = len(begin) + 4 + 8 + len(title) + 4
    bound = _record(0x85, struct.pack("<IBBBB", length, 0, 0, len(sheet), 1) + title)
    return compound({"Workbook": begin + bound + _record(0x0A, b"") + inside})


def _record(kind: int, data: bytes) -> bytes:
    return struct.pack("<HH", kind, len(data)) + data
