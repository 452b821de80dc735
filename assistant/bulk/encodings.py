"""Bytes of a text file as text, whatever Excel or an old program wrote; knows no rows."""

from __future__ import annotations

import codecs

from assistant.errors import InputFileError
from assistant.vietnamese.normal import nfc

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16, whose mark begins this one
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_LEGACY = ["cp1258", "cp1252", "utf_16_le", "utf_16_be"]
# One byte in so many that is not UTF-8 is damage; more is another encoding.
_DAMAGE = 200


def decode(data: bytes, name: str) -> tuple[str, bool]:
    """The text, and whether it was UTF-8 without a byte order mark. Raises InputFileError."""
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _strict(data[len(mark) :], encoding, name), False
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        return _legacy(data, name, error), False
    return (_legacy(data, name, None), False) if "\0" in text else (text, True)


def _strict(data: bytes, encoding: str, name: str) -> str:
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        raise _damaged(data, name, encoding.upper(), error.start) from error


def _legacy(data: bytes, name: str, error: UnicodeDecodeError | None) -> str:
    """Windows-1258, Windows-1252 or UTF-16 without a mark; the first writes tones apart, so it is composed."""
    if error is not None and _is_damaged_utf8(data):
        raise _damaged(data, name, "UTF-8", error.start) from error
    from charset_normalizer import from_bytes

    match = from_bytes(data, cp_isolation=_LEGACY).best()
    if match is None or "\0" in str(match):
        raise InputFileError(
            f"Không nhận ra bảng mã chữ của tệp «{name}» (hoặc đây không phải tệp văn bản). "
            "Cần tệp csv, xlsx hoặc jsonl. Trong Excel, hãy lưu lại dạng «CSV UTF-8» hoặc «.xlsx» rồi chạy lại."
        ) from error
    return nfc(str(match)) if match.encoding == "cp1258" else str(match)


def _is_damaged_utf8(data: bytes) -> bool:
    text = data.decode("utf-8", errors="replace")
    wrong = text.count("\ufffd")
    right = sum(character > "\x7f" for character in text) - wrong
    return right > wrong and wrong * _DAMAGE <= len(text) + _DAMAGE


def _damaged(data: bytes, name: str, encoding: str, place: int) -> InputFileError:
    line = data.count(b"\n", 0, place) + 1
    return InputFileError(
        f"Tệp «{name}» là {encoding} nhưng hỏng ở dòng {line} (byte thứ {place + 1}). "
        "Hãy sửa dòng đó hoặc xuất lại tệp từ chương trình gốc rồi chạy lại."
    )
