"""The pages of a PDF file as text, for each the better of two readers; knows no OCR and no running heads."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from assistant.documents.arranging import arranged
from assistant.documents.limits import Deadline
from assistant.documents.ocr import DPI, MAX_DOTS
from assistant.documents.quality import Quality, quality
from assistant.errors import ReadError

MAX_PAGES = 5000
# A page with fewer letters has no text layer worth the name.
MIN_LETTERS = 20
# A page with fewer may be a picture with a stamp or a scanner's name on it.
_STAMP = 300
# Shares of the page that pictures take, above which letters may stand in them.
_PICTURE, _SCAN = 0.05, 0.5
# Points of drawn paths that make a page without letters one whose letters are drawn as outlines.
_OUTLINES = 500
# By how much the second reader must do better.
_CLEARLY = 0.02


@dataclass(frozen=True, slots=True)
class Page:
    """A page's text, and whether letters may stand in its pictures that this text lacks."""

    text: str
    pictured: bool


def read_pages(pdf: PdfFile, deadline: Deadline) -> list[Page]:
    """Every page by pdfium, tables and columns in order; by pypdf where that is clearly the better text."""
    return [pdf.page(number) for number in in_time(len(pdf), deadline)]


def plain_pages(path: Path, deadline: Deadline) -> list[str]:
    """Every page as pdfium gives it: what reading is measured against."""
    with open_pdf(path) as pdf:
        return [pdf.plain(number) for number in in_time(len(pdf), deadline)]


def second_pages(path: Path, deadline: Deadline) -> list[str]:
    """Every page as pypdf gives it."""
    with open_pdf(path) as pdf:
        return [pdf.second(number) for number in in_time(len(pdf), deadline)]


def in_time(pages: int, deadline: Deadline) -> Iterator[int]:
    """The page numbers; raises ReadError between two pages when the time is over."""
    for number in range(pages):
        deadline.check(f"trang {number + 1} trên {pages}")
        yield number


@contextmanager
def open_pdf(path: Path) -> Iterator[PdfFile]:
    """The file, open for both readers. Raises ReadError where it is encrypted, too long, or no reader opens it."""
    import pypdfium2

    pdf = None
    try:
        pdf = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise ReadError("encrypted", "PDF có mật khẩu. Hãy gỡ mật khẩu rồi đưa lại vào kho.") from error
    try:
        file = PdfFile(path, pdf)
        if len(file) > MAX_PAGES:
            raise ReadError("too_many_pages", f"PDF có {len(file)} trang, giới hạn là {MAX_PAGES}. Hãy tách tệp ra.")
        if not len(file):
            raise ReadError("damaged", "Tệp PDF hỏng hoặc không có trang nào. Hãy tải lại hoặc xuất lại tệp.")
        yield file
    finally:
        if pdf is not None:
            pdf.close()


class PdfFile:
    """An open file: `pdf` is pdfium's, None where pdfium refuses it; pypdf is asked only when needed."""

    def __init__(self, path: Path, pdf: Any | None) -> None:
        self._path = path
        self._pdf = pdf

    def __len__(self) -> int:
        return len(self._pdf) if self._pdf is not None else len(self._second_reader or ())

    @cached_property
    def _second_reader(self) -> list[Any] | None:
        import pypdf

        logging.getLogger("pypdf").setLevel(logging.ERROR)
        try:
            pdf = pypdf.PdfReader(self._path)
            if pdf.is_encrypted and not pdf.decrypt(""):
                raise ReadError("encrypted", "PDF có mật khẩu. Hãy gỡ mật khẩu rồi đưa lại vào kho.")
            return list(pdf.pages[: MAX_PAGES + 1])
        except ReadError:
            raise
        except Exception:  # hostile PDFs break pypdf in many ways; a file that neither reads is reported as damaged
            return None

    def second(self, number: int) -> str:
        """The page's text by pypdf; empty where it fails."""
        pages = self._second_reader or []
        try:
            return str(pages[number].extract_text() or "") if number < len(pages) else ""
        except Exception:  # as above: the first reader's text stays
            return ""

    def plain(self, number: int) -> str:
        """The page's text as pdfium gives it; empty where it fails."""
        import pypdfium2

        try:
            with self._open(number) as (_, text_page):
                return str(text_page.get_text_range())
        except pypdfium2.PdfiumError:  # the second reader gets its chance, page by page
            return ""

    def page(self, number: int) -> Page:
        """The page's better text."""
        import pypdfium2

        try:
            with self._open(number) as (page, text_page):
                return self._first(page, text_page, number)
        except pypdfium2.PdfiumError:
            return Page(self.second(number), pictured=False)

    def _first(self, page: Any, text_page: Any, number: int) -> Page:
        text = str(text_page.get_text_range())
        found = quality(text)
        ordered = arranged(page, text_page, text, mend=found.doubtful)
        if ordered is not None:
            text, found = ordered, quality(ordered)
        if found.doubtful and found.letters:
            text, found = _better(text, found, self.second(number))
        return Page(text, pictured=_pictured(page, found))

    def picture(self, number: int) -> bytes:
        """The page as a grey picture (PGM). Raises ReadError where pdfium can't draw it."""
        import pypdfium2

        try:
            page = self._pdf[number]  # type: ignore[index]
            width, height = page.get_size()
            scale = min(DPI / 72, math.sqrt(MAX_DOTS / max(1.0, width * height)))
            bitmap = page.render(scale=scale, grayscale=True)
            dots = bitmap.to_numpy()
            data: bytes = b"P5 %d %d 255\n" % (dots.shape[1], dots.shape[0]) + dots.tobytes()
            bitmap.close()
            page.close()
        except pypdfium2.PdfiumError as error:
            raise ReadError("ocr_failed", "Không vẽ được trang này để nhận dạng chữ. Hãy xuất lại tệp PDF.") from error
        return data

    @contextmanager
    def _open(self, number: int) -> Iterator[tuple[Any, Any]]:
        """The page and its text in pdfium. Raises PdfiumError, also where pdfium refuses the file."""
        import pypdfium2

        if self._pdf is None:
            raise pypdfium2.PdfiumError("pdfium refuses the file")
        page = self._pdf[number]
        try:
            text_page = page.get_textpage()
            try:
                yield page, text_page
            finally:
                text_page.close()
        finally:
            page.close()


def _better(text: str, found: Quality, other: str) -> tuple[str, Quality]:
    second = quality(other)
    more = second.letters >= 2 * found.letters and second.letters >= MIN_LETTERS
    if more or (second.letters >= 0.9 * found.letters and second.score > found.score + _CLEARLY):
        return other, second
    return text, found


def _pictured(page: Any, found: Quality) -> bool:
    if found.no_language:
        return True
    if found.letters >= _STAMP:
        return False
    share = _picture_share(page)
    if found.letters < MIN_LETTERS:
        return share >= _PICTURE or _drawn_points(page) >= _OUTLINES
    return share >= _SCAN


def _picture_share(page: Any) -> float:
    import pypdfium2.raw as pdfium

    width, height = page.get_size()
    area = 0.0
    for picture in page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = picture.get_bounds()
        if picture.container is not None:
            matrix = picture.container.get_matrix()
            (left, bottom), (right, top) = matrix.on_point(left, bottom), matrix.on_point(right, top)
        area += abs(right - left) * abs(top - bottom)
    return float(area / max(1.0, width * height))


def _drawn_points(page: Any) -> int:
    import pypdfium2.raw as pdfium

    paths = page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=2)
    return sum(pdfium.FPDFPath_CountSegments(path) for path in paths)
