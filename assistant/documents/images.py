"""Reads pictures of pages (PNG, JPEG, TIFF) by OCR; knows no PDF."""

from __future__ import annotations

import io
import math
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from assistant.documents.extract import Extract, Layout
from assistant.documents.ocr import MAX_DOTS, Read, open_tesseract
from assistant.documents.pdf import ocr_metadata, unread_pages
from assistant.errors import ReadError

_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"II*\x00", b"MM\x00*")
_FORMATS = ("PNG", "JPEG", "TIFF")
MAX_FRAMES = 200
# A picture that would unpack to more dots is refused before it is unpacked.
MAX_UNPACKED = 85_000_000
# Dots across an upright page of 300 to the inch; smaller pictures are enlarged towards it, at most threefold.
_WIDTH = 2000


class ImageReader:
    """Tesseract on each frame of the picture, `ocr_seconds` for each."""

    def __init__(self, ocr_seconds: float = 60.0) -> None:
        self._seconds = ocr_seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        return head.startswith(_STARTS)

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        """The picture's text, a page for each frame, then a ReadError that names frames left without text, if any."""
        tesseract = open_tesseract(self._seconds)
        found = dict(tesseract.read_all(_frames(path)))
        failed = {number: read for number, read in found.items() if isinstance(read, ReadError)}
        used = {number: read for number, read in found.items() if isinstance(read, Read) and read.text}
        if not used:
            raise (
                failed[min(failed)]
                if failed
                else ReadError(
                    "no_text", "Ảnh không có chữ nào nhận ra được. Hãy chụp hoặc quét lại rõ hơn, hoặc bỏ tệp khỏi kho."
                )
            )
        texts = tuple(used[number].text if number in used else "" for number in sorted(found))
        yield Extract(texts, Layout.LINES, paged=True, metadata=ocr_metadata(used))
        if failed:
            yield unread_pages(failed)


def _frames(path: Path) -> Iterator[tuple[int, bytes]]:
    """Every frame as a grey PNG. Raises ReadError where the file is damaged, or is too much."""
    try:
        from PIL import Image, ImageOps, ImageSequence
    except ImportError as error:
        raise ReadError("ocr_missing", "Đọc tệp ảnh cần Pillow. Hãy chạy: pip install 'cancu[ocr]'") from error
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)  # the size is looked at below
            opened = Image.open(path, formats=_FORMATS)
        with opened as image:
            if getattr(image, "n_frames", 1) > MAX_FRAMES:
                raise ReadError("too_many_pages", f"Ảnh có hơn {MAX_FRAMES} trang. Hãy tách tệp ra.")
            for number, frame in enumerate(ImageSequence.Iterator(image)):
                if frame.width * frame.height > MAX_UNPACKED:
                    raise ReadError("too_large", f"Ảnh {frame.width} × {frame.height} điểm là quá lớn. Hãy thu nhỏ.")
                yield number, _png(ImageOps.exif_transpose(frame))
    except (OSError, SyntaxError, ValueError, EOFError, Image.DecompressionBombError) as error:
        raise ReadError("damaged", f"Tệp ảnh hỏng ({error}). Hãy lưu lại ảnh rồi đưa vào kho.") from error


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
