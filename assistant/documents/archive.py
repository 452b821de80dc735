"""Reads ZIP archives, each member as a document of its own; trusts no name, no size and no path in them."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import BinaryIO, cast

from assistant.documents.extract import Extract
from assistant.documents.media import is_leftover
from assistant.documents.members import MAX_MEMBERS, Inside, Members, too_large
from assistant.errors import ReadError
from assistant.vietnamese.encodings import decode_legacy
from assistant.vietnamese.normal import nfc

# Bytes that one packed byte may become, above a first megabyte: text packs ten to thirty times.
MAX_RATIO = 200
_FREE = 2**20
# A member is stored or deflated; other methods may take gigabytes of memory to unpack.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENTRY = b"PK\x01\x02"
_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_UTF8_NAME, _ENCRYPTED = 0x800, 0x1
# What zipfile raises where an archive is not what it says.
_BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, NotImplementedError, RuntimeError, OSError)
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class ArchiveReader:
    """`.zip`; hidden files, leftovers (`__MACOSX`, `.DS_Store`, `~$…`) and READMEs are passed over as in folders."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def accepts(self, path: Path, head: bytes) -> bool:
        return head.startswith(_STARTS) and path.suffix.lower() in (".zip", "")

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        return self.read_inside(path, self._members.open())

    def read_inside(self, path: Path, inside: Inside) -> Iterator[Extract | ReadError]:
        _check_entries(path)
        try:
            archive = zipfile.ZipFile(path)
        except _BROKEN as error:
            raise _damaged() from error
        with archive:
            yield from _members(archive, inside)


def _check_entries(path: Path) -> None:
    """Raises ReadError where the archive could list so many members that listing them alone fills the memory."""
    count, tail = 0, b""
    with path.open("rb") as file:
        while piece := file.read(2**20):
            count += (tail + piece).count(_ENTRY)
            tail = piece[-(len(_ENTRY) - 1) :]
    if count > 10 * MAX_MEMBERS:  # an archive stored inside counts too
        raise _too_many()


def _too_many() -> ReadError:
    return ReadError("too_many_members", f"Có hơn {MAX_MEMBERS} tệp bên trong. Hãy chia nhỏ tệp.")


def _members(archive: zipfile.ZipFile, inside: Inside) -> Iterator[Extract | ReadError]:
    infos = [info for info in archive.infolist() if not info.is_dir()]
    if len(infos) > MAX_MEMBERS:
        raise _too_many()
    seen: set[str] = set()
    for info, name in zip(infos, _names(infos), strict=True):
        if _is_passed_over(name):
            continue
        inside.check()
        try:
            _check(info, name, inside.members.limits.max_bytes)
            if name in seen:
                raise ReadError("duplicate_name", "Hai tệp bên trong cùng tên. Hãy đổi tên rồi nén lại.")
            seen.add(name)
        except ReadError as error:
            yield ReadError(error.code, error.message, member=_shown(name))
            continue
        yield from _read(archive, info, name, inside)


def _read(archive: zipfile.ZipFile, info: zipfile.ZipInfo, name: str, inside: Inside) -> Iterator[Extract | ReadError]:
    try:
        stream = archive.open(info)
    except _BROKEN:
        yield ReadError("damaged", _damaged().message, member=name)
        return
    with stream:
        yield from inside.read(name, _Unpacked(cast(BinaryIO, stream), info.compress_size))


class _Unpacked:
    """A member's bytes, given up when they are damaged or too many for what was packed."""

    def __init__(self, stream: BinaryIO, packed: int) -> None:
        self._stream = stream
        self._left = _FREE + MAX_RATIO * packed

    def read(self, size: int) -> bytes:
        try:
            piece = self._stream.read(size)
        except _BROKEN as error:
            raise _damaged() from error
        self._left -= len(piece)
        if self._left < 0:
            raise _bomb()
        return piece


def _damaged() -> ReadError:
    return ReadError("damaged", "Tệp nén hỏng. Hãy tải lại hoặc nén lại tệp.")


def _bomb() -> ReadError:
    return ReadError("bomb", f"Tệp nén bung ra gấp hơn {MAX_RATIO} lần, như bom nén. Hãy bỏ tệp này khỏi kho.")


def _check(info: zipfile.ZipInfo, name: str, max_bytes: int) -> None:
    """Raises ReadError for a member that is not to be opened at all."""
    _check_path(info, name)
    if info.flag_bits & _ENCRYPTED:
        raise ReadError("encrypted", "Tệp bên trong có mật khẩu. Hãy giải nén rồi đưa từng tệp vào kho.")
    if info.compress_type not in _METHODS:
        raise ReadError("compression", "Chưa đọc được cách nén này. Hãy nén lại dạng ZIP thường (Deflate).")
    if info.file_size > max_bytes:
        raise too_large(max_bytes)
    if info.file_size > _FREE + MAX_RATIO * info.compress_size:
        raise _bomb()


def _check_path(info: zipfile.ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG):
        raise ReadError("link", "Đây là liên kết hoặc tệp đặc biệt, không phải tệp thường. Hãy nén chính tệp đó.")
    hidden = "\x00" in info.orig_filename or _CONTROL.search(name) or not name.strip()
    if hidden or name.startswith("/") or _DRIVE.match(name) or ".." in PurePosixPath(name).parts:
        raise ReadError("path", "Đường dẫn trong tệp nén không an toàn (dẫn ra ngoài). Hãy nén lại từ thư mục gốc.")


def _is_passed_over(name: str) -> bool:
    parts = PurePosixPath(name).parts
    return any(part.startswith(("~$", "__MACOSX")) or (part[0] == "." and part != "..") for part in parts) or (
        bool(parts) and (parts[-1].lower().startswith("readme.") or is_leftover(parts[-1]))
    )


def _names(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Names as Unicode with `/`; those in an old encoding are judged together, as one name shows too little."""
    old = [_raw(info) for info in infos if not info.flag_bits & _UTF8_NAME]
    lines = [raw for raw in old if raw is not None and not _is_utf8(raw) and b"\n" not in raw]
    decoded = dict(zip(lines, (decode_legacy(b"\n".join(lines)) or "").split("\n"), strict=False)) if lines else {}
    return [nfc(_name(info, decoded)).replace("\\", "/") for info in infos]


def _name(info: zipfile.ZipInfo, decoded: dict[bytes, str]) -> str:
    raw = None if info.flag_bits & _UTF8_NAME else _raw(info)
    if raw is None:
        return info.filename
    return raw.decode("utf-8") if _is_utf8(raw) else decoded.get(raw) or info.filename


def _raw(info: zipfile.ZipInfo) -> bytes | None:
    """The name's bytes, which zipfile reads as code page 437."""
    try:
        return info.filename.encode("cp437")
    except UnicodeEncodeError:
        return None


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _shown(name: str) -> str:
    """A refused name as it may stand in a report: one line, of bounded length."""
    return _CONTROL.sub("\ufffd", name)[:300] or "?"
