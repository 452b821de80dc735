"""Tells office files apart by their content, and bounds what a ZIP container may unpack to; reads no text."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from assistant.documents.limits import Deadline
from assistant.errors import ReadError

ZIP_MAGIC = b"PK\x03\x04"
OLE_MAGIC = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
RTF_MAGIC = b"{\\rtf"
# Bytes that all members together may unpack to, and one member that is parsed as a whole.
MAX_UNPACKED = 512 * 1024**2
MAX_PART = 64 * 1024**2
MAX_MEMBERS = 20_000
# No office program writes a large member that unpacks to more than this many times its size.
MAX_RATIO = 400
_SMALL = 8 * 1024**2
_BLOCK = 1024**2
_CONTENT_TYPES = "[Content_Types].xml"
_MAIN_PARTS = (
    ("docx", re.compile(rb"(?:wordprocessingml\.(?:document|template)|ms-word\.\w+\.macroEnabled\w*)\.main\+xml")),
    (
        "xlsx",
        re.compile(rb"(?:spreadsheetml\.(?:sheet|template)|ms-excel\.(?:sheet|template)\.macroEnabled)\.main\+xml"),
    ),
    ("pptx", re.compile(rb"(?:presentationml\.|ms-powerpoint\.)\w+(?:\.macroEnabled)?\.main\+xml")),
    ("xlsb", re.compile(rb"ms-excel\.sheet\.binary\.macroEnabled\.main")),
)
_MAIN_MEMBERS = {"word/document.xml": "docx", "xl/workbook.xml": "xlsx", "ppt/presentation.xml": "pptx"}
# What the member `mimetype` of an OpenDocument file begins with.
_OPEN_DOCUMENTS = tuple(
    (kind, f"application/vnd.oasis.opendocument.{name}".encode())
    for kind, name in (("odt", "text"), ("ods", "spreadsheet"), ("odp", "presentation"))
)
_STREAMS = {"EncryptedPackage": "encrypted", "WordDocument": "doc", "Workbook": "xls", "Book": "xls"} | {
    "PowerPoint Document": "ppt"
}
# In UTF-8, UTF-16 and UTF-32 alike.
_DTD = re.compile(b"|".join(rb"\x00{0,3}".join(bytes([c]) for c in word) for word in (b"<!DOCTYPE", b"<!ENTITY")))
# What zipfile raises at damage; an OSError of a file that was opened is a place that it does not have.
_ZIP_FAULTS = (zipfile.BadZipFile, RuntimeError, ValueError, zlib.error, EOFError, OSError, struct.error)
_ENCRYPTED_FLAG = 0x1
_END_OF_CHAIN = 0xFFFFFFFA  # this sector number and those above it name no sector
_ENCRYPTED_DOC = 0x0100
_MAX_DIRECTORY_SECTORS = 4096


def kind_of(path: Path, head: bytes) -> str | None:
    """`docx`, `xlsx`, `xlsb`, `pptx`, `odt`, `ods`, `odp`, `doc`, `xls`, `ppt`, `rtf` or `encrypted`; None where it is
    none of them."""
    if head.startswith(ZIP_MAGIC):
        return _open_document(path) or _zip_kind(path)
    if head.startswith(OLE_MAGIC):
        return next((_STREAMS[name] for name, _ in _directory(path) if name in _STREAMS), None)
    return "rtf" if head.startswith(RTF_MAGIC) else None


def _open_document(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive, archive.open("mimetype") as member:
            declared = member.read(100)
    except (*_ZIP_FAULTS, KeyError):
        return None
    return next((kind for kind, name in _OPEN_DOCUMENTS if declared.startswith(name)), None)


def _zip_kind(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive, archive.open(_CONTENT_TYPES) as member:
            declared = member.read(_BLOCK)
            names = set(archive.namelist())
    except (*_ZIP_FAULTS, KeyError):
        return None
    plain = declared.replace(b"\x00", b"")  # as UTF-16 has it
    kinds = (kind for kind, pattern in _MAIN_PARTS if pattern.search(plain))
    return next(kinds, None) or next((kind for name, kind in _MAIN_MEMBERS.items() if name in names), None)


def unpacked_safely(path: Path, what: str, deadline: Deadline, parts: Collection[str] | None = None) -> io.BytesIO:
    """The container's bytes, after every XML member was read once within the limits. Raises ReadError.

    `what` is the format's ending, `parts` the only members that will be opened, where not all may be. Sizes are looked
    at before anything is unpacked, and counted while it is.
    """
    data = io.BytesIO(path.read_bytes())  # as it is now, whatever becomes of the file
    try:
        with zipfile.ZipFile(data) as archive:
            members = archive.infolist()
            _check_sizes(members)
            total = 0
            for member in members if parts is None else (m for m in members if m.filename in parts):
                for block in _blocks(archive, member):
                    total += len(block)
                    if total > MAX_UNPACKED:
                        raise _bomb(total)
                    deadline.check(f"phần «{member.filename[:80]}»")
    except _ZIP_FAULTS as error:
        raise damaged(what) from error
    data.seek(0)
    return data


def damaged(what: str) -> ReadError:
    """The error of a file whose parts can't be read."""
    return ReadError(
        "damaged", f"Tệp .{what} hỏng hoặc không đúng định dạng. Hãy mở bằng chương trình văn phòng rồi lưu lại."
    )


def _bomb(size: int) -> ReadError:
    limit = MAX_UNPACKED // 1024**2
    return ReadError("too_large", f"Tệp bung ra hơn {size // 1024**2} MiB, giới hạn là {limit} MiB. Hãy chia nhỏ tệp.")


def _check_sizes(members: list[zipfile.ZipInfo]) -> None:
    if len(members) > MAX_MEMBERS:
        raise ReadError("too_large", f"Tệp nén có {len(members)} phần, giới hạn là {MAX_MEMBERS}. Hãy lưu lại tệp.")
    if len({m.filename for m in members}) < len(members) or len({m.header_offset for m in members}) < len(members):
        raise ReadError("zip_bomb", "Tệp nén có các phần trùng nhau, như bom nén. Hãy bỏ tệp này khỏi kho.")
    if any(m.flag_bits & _ENCRYPTED_FLAG for m in members):
        raise encrypted()
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise zipfile.BadZipFile("a compression that no office program uses")
    if (total := sum(m.file_size for m in members)) > MAX_UNPACKED:
        raise _bomb(total)
    if any(m.file_size > _SMALL and m.file_size > MAX_RATIO * max(1, m.compress_size) for m in members):
        raise ReadError("zip_bomb", "Tệp nén bung ra gấp hàng trăm lần, như bom nén. Hãy bỏ tệp này khỏi kho.")


def encrypted() -> ReadError:
    """The error of a file with a password."""
    return ReadError("encrypted", "Tệp có mật khẩu. Hãy mở tệp, gỡ mật khẩu, lưu lại rồi đưa vào kho.")


def _blocks(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> Iterator[bytes]:
    """An XML member's bytes as they are unpacked; a document type, which no office program writes, is refused."""
    name = member.filename.lower()
    if not name.endswith((".xml", ".rels", ".vml")):
        return
    if member.file_size > MAX_PART and not name.startswith("xl/worksheets/"):  # worksheets are read row by row
        raise ReadError(
            "too_large",
            f"Phần «{member.filename[:80]}» dài {member.file_size // 1024**2} MiB, giới hạn là "
            f"{MAX_PART // 1024**2} MiB. Hãy chia nhỏ tệp.",
        )
    tail = b""
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            if _DTD.search(tail + block):
                raise ReadError("entities", "Tệp khai báo thực thể XML, không an toàn. Hãy bỏ tệp này khỏi kho.")
            tail = block[-32:]
            yield block


# --- compound files (MS-CFB) -----------------------------------------------------------------------------------


def _directory(path: Path) -> Iterator[tuple[str, int]]:
    """Name and first sector of the streams beside the root of a compound file; of a damaged one, what can be read."""
    with path.open("rb") as file:
        header = file.read(512)
        if len(header) < 512:
            return
        shift = struct.unpack_from("<H", header, 30)[0]
        if shift not in (9, 12):
            return
        size = 1 << shift
        entries = [
            block[at : at + 128]
            for block in _chain(file, header, size, struct.unpack_from("<I", header, 48)[0])
            for at in range(0, len(block) - 127, 128)
        ]
    for place in _root_children(entries):
        entry = entries[place]
        length = min(64, struct.unpack_from("<H", entry, 64)[0])
        name = entry[: max(0, length - 2)].decode("utf-16-le", errors="replace")
        yield name, struct.unpack_from("<I", entry, 116)[0]


def _root_children(entries: list[bytes]) -> Iterator[int]:
    """Places of the entries in the root's tree of siblings; what lies in a storage belongs to an embedded file."""
    open_places = [struct.unpack_from("<I", entries[0], 76)[0]] if entries else []
    seen: set[int] = set()
    while open_places:
        place = open_places.pop()
        if place < len(entries) and place not in seen:
            seen.add(place)
            yield place
            open_places += struct.unpack_from("<II", entries[place], 68)


def _chain(file: io.BufferedReader, header: bytes, size: int, sector: int) -> Iterator[bytes]:
    seen: set[int] = set()
    while sector < _END_OF_CHAIN and sector not in seen and len(seen) < _MAX_DIRECTORY_SECTORS:
        seen.add(sector)
        yield _sector(file, size, sector)
        sector = _next_sector(file, header, size, sector)


def _sector(file: io.BufferedReader, size: int, sector: int) -> bytes:
    file.seek((sector + 1) * size)
    return file.read(size)


def _next_sector(file: io.BufferedReader, header: bytes, size: int, sector: int) -> int:
    """The sector after `sector`, as the allocation table has it."""
    table, place = divmod(sector, size // 4)
    return _number(_sector(file, size, _table_sector(file, header, size, table)), place)


def _table_sector(file: io.BufferedReader, header: bytes, size: int, table: int) -> int:
    """Where a part of the allocation table lies: the header names 109 parts, a chain of sectors the others."""
    if table < 109:
        return _number(header[76:], table)
    hops, place = divmod(table - 109, size // 4 - 1)
    if hops > _MAX_DIRECTORY_SECTORS:
        return _END_OF_CHAIN
    block = _sector(file, size, _number(header[68:], 0))
    for _ in range(hops):
        block = _sector(file, size, _number(block, size // 4 - 1))
    return _number(block, place)


def _number(block: bytes, place: int) -> int:
    return int(struct.unpack_from("<I", block, 4 * place)[0]) if len(block) >= 4 * place + 4 else _END_OF_CHAIN


def is_encrypted_doc(path: Path) -> bool:
    """Whether a Word 97 file's own header (FIB) says that its text is encrypted."""
    start = next((sector for name, sector in _directory(path) if name == "WordDocument"), None)
    if start is None:
        return False
    with path.open("rb") as file:
        shift = struct.unpack_from("<H", file.read(512), 30)[0]
        head = _sector(file, 1 << shift, start)
    return len(head) >= 12 and bool(struct.unpack_from("<H", head, 10)[0] & _ENCRYPTED_DOC)
