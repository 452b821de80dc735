"""Letters of pictures by Tesseract (`vie`), one page at a time; knows no PDF.

Tesseract is started by us and not through a wrapper: it gets an environment of its own (one thread, nothing else of
ours), its picture through a pipe, and is killed when its time is over.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby, islice

from assistant.documents.limits import Deadline
from assistant.documents.quality import quality
from assistant.errors import ReadError

INSTALL = "sudo apt-get install tesseract-ocr tesseract-ocr-vie (macOS: brew install tesseract tesseract-lang)"
# Dots an inch that Tesseract is trained for, and the most dots that one picture of a page may have.
DPI = 300
MAX_DOTS = 16_000_000
# Pages of one file that are read this way; the rest stay without text.
MAX_PAGES = 500
# Of the seconds that a file may take: after so much of them OCR begins no other page, and one page has so much.
SHARE_OF_OCR, SHARE_OF_PAGE = 0.7, 0.2
# Below this mean confidence (of 100) what was read is noise.
_NOISE = 30.0
# What helps where one picture can not be read.
_SIMPLER = "Hãy quét lại trang rõ hơn ở 300 dpi, hoặc tăng thiết lập read_seconds."
_PASSED_ON = ("PATH", "TESSDATA_PREFIX", "LANG", "SYSTEMROOT")


@dataclass(frozen=True, slots=True)
class Read:
    """What was read of one picture, and Tesseract's mean confidence in its words, 0 to 100."""

    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Tesseract:
    """The reader of pictures: `program` as installed, `seconds` for each page."""

    program: str
    seconds: float

    def read(self, picture: bytes) -> Read:
        """The text of a PNG or PNM picture. Raises ReadError `ocr_slow` or `ocr_failed`."""
        command = [self.program, "stdin", "stdout", "-l", "vie", "--dpi", str(DPI), "--psm", "3", "tsv"]
        try:
            done = subprocess.run(  # noqa: S603
                command, input=picture, capture_output=True, timeout=self.seconds, env=_environment(), check=True
            )
        except subprocess.TimeoutExpired as error:
            raise ReadError("ocr_slow", f"Nhận dạng chữ quá {self.seconds:.3g} giây. {_SIMPLER}") from error
        except (subprocess.CalledProcessError, OSError) as error:
            detail = f"(chi tiết: {_last_line(error)})"
            raise ReadError("ocr_failed", f"Không nhận dạng được chữ. {_SIMPLER} {detail}") from error
        return read_tsv(done.stdout.decode("utf-8", errors="replace"))

    def read_all(self, pictures: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Read | ReadError]]:
        """Each numbered picture's text or error; as many at once as there are cores, no more pictures held."""
        at_once = min(4, os.cpu_count() or 1)
        waiting = iter(pictures)
        with ThreadPoolExecutor(at_once) as pool:
            while batch := list(islice(waiting, at_once)):
                yield from zip([n for n, _ in batch], pool.map(self._attempt, [p for _, p in batch]), strict=True)

    def _attempt(self, picture: bytes) -> Read | ReadError:
        try:
            return self.read(picture)
        except ReadError as error:
            return error


def open_tesseract(seconds: float) -> Tesseract:
    """Tesseract with Vietnamese. Raises ReadError `ocr_missing`, which names what to install."""
    program = shutil.which("tesseract")
    if program is None:
        raise ReadError("ocr_missing", f"Đọc trang ảnh cần Tesseract, máy này chưa cài. Hãy chạy: {INSTALL}")
    if "vie" not in _languages(program):
        raise ReadError("ocr_missing", f"Tesseract chưa có tiếng Việt (vie). Hãy chạy: {INSTALL}")
    return Tesseract(program, seconds)


def pictures(
    picture: Callable[[int], bytes], wanted: Sequence[int], failed: dict[int, ReadError], until: Deadline
) -> Iterator[tuple[int, bytes]]:
    """The pictures of the wanted pages; none is begun after `until`, and why one is missing is put into `failed`."""
    for number in wanted:
        if until.is_over:
            failed[number] = out_of_time()
            continue
        try:
            yield number, picture(number)
        except ReadError as error:
            failed[number] = error


def out_of_time() -> ReadError:
    """The error of a page that OCR did not come to."""
    wanted = "Hãy tách tệp ra, hoặc tăng thiết lập read_seconds."
    return ReadError("ocr_time", f"Không kịp nhận dạng chữ trong thời gian cho phép. {wanted}")


@lru_cache(maxsize=4)
def _languages(program: str) -> frozenset[str]:
    try:
        done = subprocess.run(  # noqa: S603
            [program, "--list-langs"], capture_output=True, timeout=30, env=_environment(), check=True
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise ReadError("ocr_missing", f"Tesseract không chạy được. Hãy cài lại: {INSTALL}") from error
    return frozenset((done.stdout + done.stderr).decode("utf-8", errors="replace").split())


def _environment() -> Mapping[str, str]:
    return {name: os.environ[name] for name in _PASSED_ON if name in os.environ} | {"OMP_THREAD_LIMIT": "1"}


def _last_line(error: subprocess.CalledProcessError | OSError) -> str:
    if isinstance(error, OSError):
        return error.strerror or str(error)
    said = error.stderr.decode("utf-8", errors="replace").strip().splitlines()
    return said[-1][:200] if said else f"mã {error.returncode}"


def read_tsv(table: str) -> Read:
    """Tesseract's table of words as lines, a blank line between paragraphs; noise is no text."""
    rows = [row.split("\t") for row in table.splitlines()[1:]]
    words = [(tuple(row[2:4]), tuple(row[2:5]), float(row[10]), row[11]) for row in rows if _is_word(row)]
    paragraphs = (
        "\n".join(" ".join(word[3] for word in line) for _, line in groupby(paragraph, key=lambda word: word[1]))
        for _, paragraph in groupby(words, key=lambda word: word[0])
    )
    text = "\n\n".join(paragraphs)
    letters = sum(len(word[3]) for word in words)
    confidence = sum(word[2] * len(word[3]) for word in words) / letters if letters else 0.0
    if confidence < _NOISE or quality(text).no_language:
        return Read("", confidence)
    return Read(text, confidence)


def _is_word(row: list[str]) -> bool:
    return len(row) == 12 and row[0] == "5" and bool(row[11].strip())
