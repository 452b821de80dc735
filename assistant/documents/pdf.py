"""Reads the text layer of PDF files, page by page; knows no layout rules and reads no pictures."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from assistant.documents.extract import Extract, Layout
from assistant.errors import ReadError

MAX_PAGES = 5000
# A file with fewer letters a page than this has no text layer worth the name.
MIN_LETTERS_PER_PAGE = 20


class PdfReader:
    """pypdfium2 reads; pypdf is the second reader, for pages that pdfium gives no text of, and for files it refuses.

    Gives up after `seconds`, looked at between pages.
    """

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        return b"%PDF-" in head[:1024]

    def read(self, path: Path) -> Iterator[Extract]:
        deadline = time.monotonic() + self._seconds
        pages = _with_pdfium(path, deadline)
        if pages is None or not _has_text(pages):
            pages = _better(pages, _with_pypdf(path, deadline))
        if not pages:
            raise ReadError("damaged", "Tệp PDF hỏng hoặc không có trang nào. Hãy tải lại hoặc xuất lại tệp.")
        if not _has_text(pages):
            raise ReadError(
                "no_text_layer", "PDF là ảnh quét, không có lớp chữ. Hãy nhận dạng chữ (OCR) rồi đưa lại vào kho."
            )
        yield Extract(tuple(pages), Layout.LINES, paged=True)


def _letters(text: str) -> int:
    return sum(map(str.isalpha, text))


def _has_text(pages: list[str]) -> bool:
    return sum(map(_letters, pages)) >= MIN_LETTERS_PER_PAGE * max(1, min(len(pages), 3))


def _better(first: list[str] | None, second: list[str] | None) -> list[str] | None:
    if first is None or second is None or len(first) != len(second):
        return first if second is None else second
    return [a if _letters(a) >= _letters(b) else b for a, b in zip(first, second, strict=True)]


def _too_long(count: int) -> ReadError:
    return ReadError("too_many_pages", f"PDF có {count} trang, giới hạn là {MAX_PAGES}. Hãy tách tệp ra.")


def _in_time(pages: range, deadline: float) -> Iterator[int]:
    for number in pages:
        if time.monotonic() > deadline:
            raise ReadError("too_slow", f"Đọc quá lâu, mới tới trang {number + 1} trên {len(pages)} (read_seconds).")
        yield number


def _with_pdfium(path: Path, deadline: float) -> list[str] | None:
    import pypdfium2

    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError("encrypted", "PDF có mật khẩu. Hãy gỡ mật khẩu rồi đưa lại vào kho.") from error
        return None
    try:
        if len(pdf) > MAX_PAGES:
            raise _too_long(len(pdf))
        return [_pdfium_page(pdf, number) for number in _in_time(range(len(pdf)), deadline)]
    finally:
        pdf.close()


def _pdfium_page(pdf: object, number: int) -> str:
    import pypdfium2

    try:
        page = pdf[number]  # type: ignore[index]
        text_page = page.get_textpage()
        text: str = text_page.get_text_range()
        text_page.close()
        page.close()
    except pypdfium2.PdfiumError:  # the second reader gets its chance, page by page
        return ""
    return text


def _with_pypdf(path: Path, deadline: float) -> list[str] | None:
    import pypdf

    logging.getLogger("pypdf").setLevel(logging.ERROR)
    try:
        pdf = pypdf.PdfReader(path)
        if pdf.is_encrypted and not pdf.decrypt(""):
            raise ReadError("encrypted", "PDF có mật khẩu. Hãy gỡ mật khẩu rồi đưa lại vào kho.")
        if len(pdf.pages) > MAX_PAGES:
            raise _too_long(len(pdf.pages))
        return [pdf.pages[n].extract_text() or "" for n in _in_time(range(len(pdf.pages)), deadline)]
    except ReadError:
        raise
    except Exception:  # hostile PDFs break pypdf in many ways; the caller reports the file as damaged
        return None
