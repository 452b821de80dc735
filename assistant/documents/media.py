"""Files that lie among documents and are none: sound and film, pictures that are not read, leftovers of systems."""

from __future__ import annotations

from pathlib import Path

from assistant.errors import ReadError

# What Windows and macOS leave in folders that people have looked at.
_LEFTOVERS = {"thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store"}
_SOUND_AND_FILM = frozenset(
    [
        ".mp3",
        ".m4a",
        ".aac",
        ".wav",
        ".wma",
        ".ogg",
        ".oga",
        ".opus",
        ".flac",
        ".amr",
        ".mid",
        ".mp4",
        ".m4v",
        ".mov",
        ".avi",
        ".mkv",
        ".webm",
        ".wmv",
        ".flv",
        ".mpg",
        ".mpeg",
        ".3gp",
        ".ogv",
        ".ts",
        ".vob",
    ]
)
_PICTURES = frozenset(
    [
        ".gif",
        ".bmp",
        ".webp",
        ".heic",
        ".heif",
        ".avif",
        ".svg",
        ".ico",
        ".psd",
        ".ai",
        ".eps",
        ".cdr",
        ".raw",
        ".cr2",
        ".nef",
        ".dng",
    ]
)
_FILM_STARTS = (b"ID3", b"OggS", b"fLaC", b"\x1aE\xdf\xa3", b"\xff\xfb", b"\xff\xf3", b"FLV\x01", b"\x00\x00\x01\xba")
_PICTURE_STARTS = (b"GIF87a", b"GIF89a", b"8BPS")
# Names of the kinds of a RIFF file, and of an ISO one (`ftyp`) that are pictures; its others are film and sound.
_RIFF = {b"WAVE": False, b"AVI ": False, b"WEBP": True}
_ISO_PICTURES = {b"heic", b"heix", b"mif1", b"avif"}


def is_leftover(name: str) -> bool:
    """Whether a file of that name is none of people's: passed over in silence, as hidden files are."""
    return name.lower() in _LEFTOVERS


def no_document(file: Path, head: bytes) -> ReadError | None:
    """The error of sound, film and pictures that no reader reads; None where the file is nothing of that kind."""
    found = _is_picture(file.suffix.lower(), head)
    if found is None:
        return None
    if found:
        return ReadError(
            "no_document",
            "Tệp ảnh không phải văn bản. Hãy bỏ tệp khỏi kho, hoặc lưu lại dạng .png, .jpg nếu là ảnh chụp văn bản.",
        )
    return ReadError(
        "no_document",
        "Tệp âm thanh hoặc phim không phải văn bản. Hãy bỏ tệp khỏi kho, hoặc thay bằng bản ghi lời (.docx, .txt).",
    )


def _is_picture(ending: str, head: bytes) -> bool | None:
    """True of a picture, False of sound and film, None of anything else; the content tells before the ending."""
    if head[:4] == b"RIFF" and head[8:12] in _RIFF:
        return _RIFF[head[8:12]]
    if head[4:8] == b"ftyp":
        return head[8:12] in _ISO_PICTURES
    if head.startswith((*_PICTURE_STARTS, *_FILM_STARTS)):
        return head.startswith(_PICTURE_STARTS)
    return ending in _PICTURES if ending in _PICTURES | _SOUND_AND_FILM else None
