"""Reads pictures of pages (PNG, JPEG, TIFF) by OCR; knows no PDF."""

from __future__ import annotations

import io
import math
import struct
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from assistant.documents.extract import Extract, Layout
from assistant.documents.limits import Deadline
from assistant.documents.ocr import MAX_DOTS, SHARE_OF_OCR, SHARE_OF_PAGE, Read, open_tesseract, pictures
from assistant.documents.pdf import ocr_metadata, unread_pages
from assistant.errors import ReadError

_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_FORMATS = ("PNG", "JPEG", "TIFF")
MAX_FRAMES = 200
# A picture that would unpack to more dots is refused before it is unpacked.
MAX_UNPACKED = 85_000_000
# Dots across an upright page of 300 to the inch; smaller pictures are enlarged towards it, at most threefold.
_WIDTH = 2000
# What Pillow raises at damage.
_FAULTS = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, struct.error)


class ImageReader:
    """Tesseract on each frame of the picture, `ocr_seconds` for each.

    Frames that it does not come to within `seconds`, and damaged ones, stay without text, so that the others are read.
    """

    def __init__(self, seconds: float, *, ocr_seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._ocr_seconds = ocr_seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        return head.startswith(_STARTS)

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        """The picture's text, a page for each frame, then a ReadError that names frames left without text, if any."""
        until = Deadline.after(SHARE_OF_OCR * self._seconds)
        failed: dict[int, ReadError] = {}
        used: dict[int, Read] = {}
        with _opened(path) as image:
            wanted = _frames(image, failed)
            share = max(SHARE_OF_PAGE, (SHARE_OF_OCR + SHARE_OF_PAGE) / max(1, len(wanted)))
            tesseract = open_tesseract(min(self._ocr_seconds, share * self._seconds))
            for number, read in tesseract.read_all(pictures(partial(_picture, image), wanted, failed, until)):
                if isinstance(read, ReadError):
                    failed[number] = read
                elif read.text:
                    used[number] = read
        if not used:
            raise failed[min(failed)] if failed else _no_text()
        texts = tuple(used[number].text if number in used else "" for number in range(max([*wanted, *failed]) + 1))
        yield Extract(texts, Layout.LINES, paged=True, metadata=ocr_metadata(used))
        if failed:
            yield unread_pages(failed)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The picture, nothing of it unpacked. Raises ReadError where it is damaged, or Pillow is missing."""
    try:
        from PIL import Image
    except ImportError as error:
        raise ReadError("ocr_missing", "Đọc tệp ảnh cần Pillow. Hãy chạy: pip install 'cancu[ocr]'") from error
    try:
        with _quiet():
            image = Image.open(path, formats=_FORMATS)
    except (*_FAULTS, Image.DecompressionBombError) as error:
        raise _damaged() from error
    with image:
        yield image


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Pillow's warnings: of sizes, which are looked at here, and of damage, which ends in an error as well."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def _frames(image: Any, failed: dict[int, ReadError]) -> list[int]:
    """The frames that can be reached; a frame may be damaged where the one after it is not."""
    found: list[int] = []
    for number in range(MAX_FRAMES + 1):
        try:
            with _quiet():
                image.seek(number)
        except EOFError:
            return found
        except _FAULTS:
            failed[number] = _damaged()
            if number - 1 in failed:  # nor will any other be
                return found
        else:
            found.append(number)
    raise ReadError("too_many_pages", f"Ảnh có hơn {MAX_FRAMES} trang. Hãy tách tệp ra.")


def _picture(image: Any, number: int) -> bytes:
    """Raises ReadError where the frame is damaged or too large."""
    from PIL import Image, ImageOps

    try:
        with _quiet():
            image.seek(number)
            if image.width * image.height > MAX_UNPACKED:
                raise ReadError("too_large", f"Ảnh {image.width} × {image.height} điểm là quá lớn. Hãy thu nhỏ ảnh.")
            return _png(ImageOps.exif_transpose(image))
    except (*_FAULTS, Image.DecompressionBombError) as error:
        raise _damaged() from error


def _damaged() -> ReadError:
    return ReadError("damaged", "Tệp ảnh hỏng. Hãy mở bằng phần mềm xem ảnh, lưu lại rồi đưa vào kho.")


def _no_text() -> ReadError:
    return ReadError(
        "no_text",
        "Ảnh không có chữ nào nhận ra được nên không phải văn bản. Hãy bỏ tệp khỏi kho, hoặc quét lại rõ hơn.",
    )


def _png(frame: Any) -> bytes:
    """The frame in grey on white, at a size that Tesseract reads well."""
    from PIL import Image

    if "A" in frame.getbands() or "transparency" in frame.info:
        frame = Image.alpha_composite(Image.new("RGBA", frame.size, "white"), frame.convert("RGBA"))
    grey = frame.convert("L")
    scale = min(max(1.0, min(3.0, _WIDTH / max(1, grey.width))), math.sqrt(MAX_DOTS / (grey.width * grey.height)))
    if abs(scale - 1) > 0.05:
        grey = grey.resize((max(1, round(grey.width * scale)), max(1, round(grey.height * scale))))
    out = io.BytesIO()
    grey.save(out, "PNG")
    return out.getvalue()
