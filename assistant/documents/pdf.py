"""Reads PDF files: the text layer of each page, and by OCR the pages whose text is missing or broken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from assistant.documents.containers import ZIP_MAGIC
from assistant.documents.extract import Extract, Layout
from assistant.documents.limits import Deadline
from assistant.documents.ocr import MAX_PAGES as MAX_OCR_PAGES
from assistant.documents.ocr import SHARE_OF_OCR, SHARE_OF_PAGE, Read, open_tesseract, pictures
from assistant.documents.pages import MIN_LETTERS, Page, PdfFile, open_pdf, read_pages
from assistant.documents.quality import quality
from assistant.errors import ReadError

_SHOWN = 12


class PdfReader:
    """pdfium or pypdf for text layers, page by page; Tesseract, where it is installed, for pictures of text.

    Gives up after `seconds` of reading text layers, looked at between pages. OCR has `ocr_seconds` a page; pages that
    it does not come to within `seconds` stay without text, so that those before them are not lost.
    """

    def __init__(self, seconds: float, *, ocr_seconds: float = 60.0) -> None:
        self._seconds = seconds
        self._ocr_seconds = ocr_seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        return b"%PDF-" in head[:1024] and not head.startswith(ZIP_MAGIC)  # an archive may hold a PDF as it is

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        """The document, then a ReadError that names pages left without text, if any."""
        with open_pdf(path) as pdf:
            deadline, of_ocr = Deadline.after(self._seconds), Deadline.after(SHARE_OF_OCR * self._seconds)
            pages = read_pages(pdf, deadline)
            wanted = [number for number, page in enumerate(pages) if page.pictured]
            found, failed = self._by_ocr(pdf, wanted, of_ocr)
        texts = [_chosen(page, found.get(number)) for number, page in enumerate(pages)]
        if not any(_counts(text) for text in texts) and sum(map(_count, texts)) < MIN_LETTERS:
            raise _no_text(failed)
        used = {number: read for number, read in found.items() if read.text and texts[number] == read.text}
        yield Extract(tuple(texts), Layout.LINES, paged=True, metadata=ocr_metadata(used))
        if unread := {number: error for number, error in failed.items() if not _counts(texts[number])}:
            yield unread_pages(unread)

    def _by_ocr(
        self, pdf: PdfFile, wanted: Sequence[int], until: Deadline
    ) -> tuple[dict[int, Read], dict[int, ReadError]]:
        """What was read and what failed; no page is begun after `until`."""
        failed: dict[int, ReadError] = {}
        found: dict[int, Read] = {}
        if not wanted:
            return found, failed
        try:
            tesseract = open_tesseract(min(self._ocr_seconds, SHARE_OF_PAGE * self._seconds))
        except ReadError as error:
            return found, dict.fromkeys(wanted, error)
        most = ReadError("ocr_pages", f"Mỗi tệp chỉ được nhận dạng chữ {MAX_OCR_PAGES} trang ảnh. Hãy tách tệp ra.")
        failed.update(dict.fromkeys(wanted[MAX_OCR_PAGES:], most))
        for number, read in tesseract.read_all(pictures(pdf.picture, wanted[:MAX_OCR_PAGES], failed, until)):
            if isinstance(read, ReadError):
                failed[number] = read
            else:
                found[number] = read
        return found, failed


def _count(text: str) -> int:
    return sum(map(str.isalpha, text))


def _counts(text: str) -> bool:
    return _count(text) >= MIN_LETTERS


def _chosen(page: Page, read: Read | None) -> str:
    """What OCR read where it is more than the layer has, or where the layer is no language."""
    if read is None or not read.text:
        return page.text
    return read.text if quality(page.text).no_language or _count(read.text) > _count(page.text) else page.text


def ocr_metadata(used: Mapping[int, Read]) -> dict[str, str]:
    """Pages read by OCR, counted from 1, and Tesseract's mean confidence over them, 0 to 1."""
    if not used:
        return {}
    letters = {number: max(1, _count(read.text)) for number, read in used.items()}
    mean = sum(read.confidence * letters[number] for number, read in used.items()) / sum(letters.values())
    return {"ocr_pages": " ".join(str(number + 1) for number in sorted(used)), "ocr_confidence": f"{mean / 100:.2f}"}


def _no_text(failed: Mapping[int, ReadError]) -> ReadError:
    if failed:
        first = failed[min(failed)]
        return ReadError(first.code, f"PDF là ảnh quét, không có lớp chữ. {first.message}")
    return ReadError(
        "no_text_layer", "PDF không có lớp chữ và không nhận ra chữ nào trong ảnh. Hãy quét lại rõ hơn rồi đưa vào kho."
    )


def unread_pages(failed: Mapping[int, ReadError]) -> ReadError:
    """One error for the pages that stay without text: which, and why the first of them."""
    numbers = [str(number + 1) for number in sorted(failed)]
    shown = ", ".join(numbers[:_SHOWN]) + (f" và {len(numbers) - _SHOWN} trang khác" if len(numbers) > _SHOWN else "")
    first = failed[min(failed)]
    return ReadError(first.code, f"Các trang khác đã vào kho; chưa có chữ của trang {shown}. {first.message}")
