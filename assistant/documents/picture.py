"""One page of a PDF as a picture, and where on it a quotation stands; knows no index and no web page.

A child process opens the file, so that one that hangs, eats memory or breaks pdfium costs its own picture alone; and
pdfium, which bears no two threads, is never met by a reader at work in this process.
"""

from __future__ import annotations

import json
import subprocess
import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.documents.children import command, environment
from assistant.documents.page_worker import PARTS
from assistant.documents.places import coverage, find
from assistant.errors import ReadError

MAX_WIDTH = 1200
# A page as tall as three sheets is drawn narrower.
MAX_HEIGHT = 3 * 1700
MAX_LETTERS = 50_000
MAX_BYTES = 512 * 2**20
MAX_MEMORY = 2 * 2**30
SECONDS = 20
# Bytes of pictures that are kept, and pages that are looked at at the same time.
_KEPT = 64 * 2**20
_AT_ONCE = threading.BoundedSemaphore(2)
# The share of a page's words that a file must still have to be called the same.
_SAME = 0.6


@dataclass(frozen=True, slots=True)
class Rectangle:
    """A part of a page's picture, in shares of its width and height."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A page as drawn: its PNG, its size, how many pages there are, and each character with its box."""

    png: bytes
    width: int
    height: int
    pages: int
    text: str
    boxes: tuple[tuple[int, int, int, int], ...]


def render_page(path: Path, page: int) -> bytes:
    """The page, counted from 1, as PNG at most 1,200 px wide. Raises ReadError."""
    return look(path, page).png


def locate(path: Path, page: int, quote: str, *, before: str = "") -> list[Rectangle]:
    """Where the quotation stands on the page, a rectangle a line; none where it can't be found.

    Line breaks, hyphens at line ends and the form of the letters don't matter; running heads may stand in between; of a
    quotation that runs over to another page the part on this one is found. `before` is the page's text before it,
    which tells which of several like it is meant. Raises ReadError.
    """
    picture = look(path, page)
    return _lines([picture.boxes[i] for i in find(picture.text, quote, before=before)])


def holds(path: Path, page: int, text: str) -> bool | None:
    """Whether the page still says what was read of it; None where the file or the text has no words to compare.

    Raises ReadError.
    """
    share = coverage(look(path, page).text, text)
    return None if share is None else share >= _SAME


def look(path: Path, page: int, *, seconds: float = SECONDS) -> Picture:
    """The page with its letters, drawn when first asked for and kept while there is room. Raises ReadError."""
    try:
        stat = path.stat()
    except OSError as error:
        raise ReadError("missing", "Không còn tệp gốc. Hãy chép lại tệp vào kho rồi lập lại chỉ mục.") from error
    if stat.st_size > MAX_BYTES:
        raise ReadError(
            "too_large", f"Tệp gốc {stat.st_size / 2**20:.0f} MiB, quá lớn để vẽ trang. Hãy mở tệp gốc để xem."
        )
    key = (str(path), stat.st_mtime_ns, stat.st_size, page)
    kept = _kept.get(key)
    if kept is None:
        with _AT_ONCE:
            kept = _ask(path, page, seconds)
        _kept.put(key, kept)
    return kept


def is_pdf(path: Path) -> bool:
    """Whether the file is there and begins as a PDF does."""
    try:
        with path.open("rb") as stream:
            return b"%PDF-" in stream.read(1024)
    except OSError:
        return False


def _ask(path: Path, page: int, seconds: float) -> Picture:
    asked = {"path": str(path.absolute()), "page": page, "width": MAX_WIDTH, "height": MAX_HEIGHT}
    limits = {"letters": MAX_LETTERS, "seconds": seconds + 5, "memory": MAX_MEMORY}
    try:
        done = subprocess.run(  # noqa: S603
            command("assistant.documents.page_worker"),
            input=json.dumps(asked | limits).encode(),
            capture_output=True,
            timeout=seconds,
            env=environment(trusted=False),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ReadError("too_slow", f"Vẽ trang quá {seconds:g} giây nên đã dừng. Hãy mở tệp gốc để xem.") from error
    if done.returncode:
        raise ReadError("damaged", "Tệp PDF làm hỏng bộ vẽ trang. Hãy tải lại hoặc xuất lại tệp.")
    line, _, png = done.stdout.partition(b"\n")
    told = json.loads(line)
    if "code" in told:
        raise ReadError(told["code"], told["message"])
    text = "".join(chr(point) if point < 0x110000 else "\ufffd" for point in told["text"])
    return Picture(png, told["width"], told["height"], told["pages"], text, tuple(map(tuple, told["boxes"])))


class _Kept:
    """The pictures used last, as many as the bound allows."""

    def __init__(self, most: int) -> None:
        self._most, self._bytes = most, 0
        self._pictures: OrderedDict[tuple[str, int, int, int], Picture] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: tuple[str, int, int, int]) -> Picture | None:
        with self._lock:
            picture = self._pictures.get(key)
            if picture is not None:
                self._pictures.move_to_end(key)
            return picture

    def put(self, key: tuple[str, int, int, int], picture: Picture) -> None:
        with self._lock:
            if key in self._pictures:
                return
            self._pictures[key] = picture
            self._bytes += _size(picture)
            while self._bytes > self._most:
                self._bytes -= _size(self._pictures.popitem(last=False)[1])


def _size(picture: Picture) -> int:
    """Bytes that the picture takes, about: each character has a box of four numbers."""
    return len(picture.png) + 200 * len(picture.text)


_kept = _Kept(_KEPT)


def _lines(boxes: Sequence[tuple[int, int, int, int]]) -> list[Rectangle]:
    """The boxes joined where they stand side by side."""
    lines: list[list[int]] = []
    for left, top, right, bottom in boxes:
        if right <= left or bottom <= top:
            continue
        last = lines[-1] if lines else None
        if last and (_beside(last, left, top, bottom) or _under(last, left, top, right, bottom)):
            last[:] = [min(last[0], left), min(last[1], top), max(last[2], right), max(last[3], bottom)]
        else:
            lines.append([left, top, right, bottom])
    return [Rectangle(a / PARTS, b / PARTS, (c - a) / PARTS, (d - b) / PARTS) for a, b, c, d in lines]


def _beside(line: Sequence[int], left: int, top: int, bottom: int) -> bool:
    """Whether most of the box's height is shared with the line, and it does not begin anew on the left."""
    shared = min(line[3], bottom) - max(line[1], top)
    return 2 * shared > min(line[3] - line[1], bottom - top) and left >= line[0]


def _under(line: Sequence[int], left: int, top: int, right: int, bottom: int) -> bool:
    """Whether line and box are letters of a text that runs up or down the page, one above the other."""
    wide = right - left
    shared = min(line[2], right) - max(line[0], left)
    gap = max(top - line[3], line[1] - bottom)
    return 2 * line[2] - 2 * line[0] <= 3 * wide and 2 * shared > wide and gap <= 2 * wide
