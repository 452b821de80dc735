"""Every format that is read, in the order in which readers are asked; knows no folder and no process."""

from __future__ import annotations

import hashlib
import shutil
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from assistant.documents.archive import ArchiveReader
from assistant.documents.beir import BeirReader
from assistant.documents.extract import Reader
from assistant.documents.images import ImageReader
from assistant.documents.legacy import LegacyReader
from assistant.documents.limits import Limits
from assistant.documents.mail import MailReader
from assistant.documents.media import no_document
from assistant.documents.members import Members
from assistant.documents.open_document import OpenDocumentReader
from assistant.documents.pdf import PdfReader
from assistant.documents.plain import TextReader
from assistant.documents.slides import SlidesReader
from assistant.documents.spreadsheet import SpreadsheetReader
from assistant.documents.web import HtmlReader
from assistant.documents.word import WordReader
from assistant.errors import ReadError

# What readers stand on: with another version, or with a program that came or went, files are read anew.
LIBRARIES = (
    "lxml",
    "openpyxl",
    "pillow",
    "pypdf",
    "pypdfium2",
    "python-docx",
    "python-pptx",
    "PyYAML",
    "striprtf",
    "trafilatura",
    "viparse",
    "xlrd",
)
PROGRAMS = ("tesseract", "antiword", "catdoc")
# Where our own rules of reading and composing stand.
_OWN = (Path(__file__).parent, Path(__file__).parents[1] / "vietnamese")
_HEAD = 4096


def readers(limits: Limits) -> tuple[Reader, ...]:
    """The first that accepts a file reads it."""
    inside = Members(limits, partial(reader_for, limits=limits))
    return (
        PdfReader(limits.seconds),
        WordReader(limits.seconds),
        SpreadsheetReader(limits.seconds),
        SlidesReader(limits.seconds),
        OpenDocumentReader(limits.seconds),
        LegacyReader(limits.seconds),
        BeirReader(),
        HtmlReader(),
        ArchiveReader(inside),
        MailReader(inside),
        ImageReader(limits.seconds),
        TextReader(),
    )


def reader_for(file: Path, limits: Limits) -> Reader:
    """The reader of a file. Raises ReadError where there is none or the file is out of bounds, OSError."""
    check_size(file, limits)
    with file.open("rb") as stream:
        head = stream.read(_HEAD)
    if not head.strip():
        raise ReadError("empty", "Tệp trống. Hãy bỏ tệp này khỏi kho hoặc chép lại bản có nội dung.")
    for reader in readers(limits):
        if reader.accepts(file, head):
            return reader
    if file.suffix.lower() == ".pdf":
        raise ReadError("damaged", "Tệp có đuôi .pdf nhưng nội dung không phải PDF. Hãy tải lại hoặc xuất lại tệp.")
    raise no_document(file, head) or ReadError(
        "format", f"Chưa đọc được định dạng «{file.suffix}». Hãy chuyển sang PDF, .docx hoặc .txt."
    )


def check_size(file: Path, limits: Limits) -> None:
    """Raises ReadError for what is no ordinary file, or one that is too large."""
    if not file.exists():
        raise ReadError("missing", "Không có tệp này. Hãy kiểm tra lại đường dẫn.")
    if not file.is_file():
        raise ReadError("not_a_file", "Đây không phải tệp thường. Hãy bỏ khỏi kho.")
    size, most = file.stat().st_size / 2**20, limits.max_bytes / 2**20
    if size > most:
        wanted = "Hãy tách tệp ra, hoặc tăng thiết lập max_file_mib."
        raise ReadError("too_large", f"Tệp {size:.0f} MiB, giới hạn là {most:.0f} MiB. {wanted}")


def rules(limits: Limits) -> str:
    """A fingerprint of everything but the file itself that decides what is read of it."""
    digest = hashlib.sha256(limits.of_results.encode())
    for file in sorted(file for folder in _OWN for file in folder.iterdir() if file.suffix in (".py", ".txt")):
        digest.update(file.read_bytes())
    for name in LIBRARIES:
        digest.update(f"{name} {_version(name)}".encode())
    for name in PROGRAMS:
        digest.update(f"{name} {shutil.which(name)}".encode())
    return digest.hexdigest()


def _version(library: str) -> str:
    try:
        return version(library)
    except PackageNotFoundError:
        return "none"
