"""The child process that opens one page of a PDF: its picture, and where each letter stands; knows no quotation.

Reads a JSON object `{path, page, width, height, letters, seconds, memory}` from standard input; writes one line of
JSON, `{width, height, pages, text, boxes}` or `{code, message}`, and after it the picture as PNG.
"""

from __future__ import annotations

import json
import sys
from ctypes import byref, c_int
from io import BytesIO
from pathlib import Path
from typing import Any

from assistant.errors import ReadError

# Boxes are told in this many parts of the picture's width and height.
PARTS = 100_000


def main() -> None:
    asked = json.load(sys.stdin)
    _limit(int(asked["seconds"]), int(asked["memory"]))
    try:
        told, picture = look(asked)
    except ReadError as error:
        told, picture = {"code": error.code, "message": error.message}, b""
    except MemoryError:
        told, picture = {"code": "too_large", "message": "Trang quá lớn để vẽ. Hãy mở tệp gốc để xem."}, b""
    sys.stdout.buffer.write(json.dumps(told).encode() + b"\n" + picture)


def _limit(seconds: int, memory: int) -> None:
    import resource

    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def look(asked: dict[str, Any]) -> tuple[dict[str, Any], bytes]:
    """What is told of the page, and its picture. Raises ReadError."""
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(Path(asked["path"]))
        number, pages = int(asked["page"]), len(pdf)
        if not 1 <= number <= pages:
            raise ReadError("no_such_page", f"Tệp gốc có {pages} trang, không có trang {number}. Hãy lập lại chỉ mục.")
        page = pdf[number - 1]
        told, picture = _drawn(page, int(asked["width"]), int(asked["height"]))
        text, boxes = _letters(page, int(asked["letters"]))
    except pypdfium2.PdfiumError as error:
        raise _refusal(error) from error
    return {**told, "pages": pages, "text": text, "boxes": boxes}, picture


def _refusal(error: Exception) -> ReadError:
    if "password" in str(error).lower():
        return ReadError("encrypted", "PDF có mật khẩu. Hãy gỡ mật khẩu rồi đưa lại vào kho.")
    return ReadError("damaged", "Không mở được trang này của tệp PDF. Hãy tải lại hoặc xuất lại tệp.")


def _drawn(page: Any, most_wide: int, most_high: int) -> tuple[dict[str, int], bytes]:
    wide, high = page.get_size()
    if not (wide > 0 and high > 0):
        raise ReadError("damaged", "Trang này không có kích thước. Hãy xuất lại tệp PDF.")
    scale = min(most_wide / wide, most_high / high)
    # pdfium rounds up, so a hair less keeps within the bound.
    image = page.render(scale=scale * 0.9999, may_draw_forms=False).to_pil().convert("RGB")
    stream = BytesIO()
    image.save(stream, "PNG")
    return {"width": image.width, "height": image.height}, stream.getvalue()


def _letters(page: Any, most: int) -> tuple[list[int], list[list[int]]]:
    """The code point of every character and its box: left, top, right, bottom; none where there are too many."""
    import pypdfium2.raw as pdfium

    text = page.get_textpage()
    count = text.count_chars()
    if count > most:
        return [], []
    points = [int(pdfium.FPDFText_GetUnicode(text, i)) for i in range(count)]
    return points, [_box(pdfium, page, text, i) for i in range(count)]


def _box(pdfium: Any, page: Any, text: Any, index: int) -> list[int]:
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFText_GetLooseCharBox(text, index, byref(box)):
        return [0, 0, 0, 0]
    corners = [_device(pdfium, page, x, y) for x, y in ((box.left, box.top), (box.right, box.bottom))]
    (a, b), (c, d) = corners
    return [min(a, c), min(b, d), max(a, c), max(b, d)]


def _device(pdfium: Any, page: Any, x: float, y: float) -> tuple[int, int]:
    """A place of the page, in parts of the picture as it is turned and cropped."""
    left, top = c_int(), c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, PARTS, PARTS, 0, x, y, byref(left), byref(top))
    return left.value, top.value


if __name__ == "__main__":
    main()
