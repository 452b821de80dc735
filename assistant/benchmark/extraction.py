"""`python -m assistant.benchmark.extraction`: what reading PDF pages gains over pdfium's plain text; answers nothing.

Every PDF of a folder is read twice, plainly (pdfium's text, page by page) and as the product reads it, and both are
laid out alike and measured against pypdf, the other extractor.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from pathlib import Path

from assistant.benchmark.tables import table
from assistant.documents.extract import Extract, Layout
from assistant.documents.layout import compose
from assistant.documents.limits import Deadline
from assistant.documents.pages import plain_pages, second_pages
from assistant.documents.pdf import PdfReader
from assistant.documents.quality import quality
from assistant.errors import CancuError, ReadError
from assistant.vietnamese.normal import nfc

FOLDER = Path("../shared/corpus/gazette")
_SECONDS = 600.0
_ITEM = re.compile(r"[a-zđ]{1,2}\)")


@dataclass(frozen=True, slots=True)
class Reading:
    """One way's figures over one file, as sums that add up over files."""

    pages: int
    letters: int
    right: int
    reference: int
    words: float
    syllables: float
    strays: float
    raw_lines: int
    lines: int
    cut: int
    rows: int
    seconds: float

    @classmethod
    def of(cls, extract: Extract, other: Sequence[str], seconds: float) -> Reading:
        """The figures of pages against the other extractor's."""
        lines = [line for line in compose(extract)[0].split("\n") if line.strip()]
        marks = [quality(page) for page in extract.pages]
        return cls(
            pages=len(extract.pages),
            letters=sum(mark.letters for mark in marks),
            right=sum(map(_right, extract.pages, other)),
            reference=sum(len(_letters(page)) for page in other),
            words=sum(mark.words for mark in marks),
            syllables=sum(mark.syllables * mark.words for mark in marks),
            strays=sum(mark.strays * mark.words for mark in marks),
            raw_lines=sum(bool(line.strip()) for page in extract.pages for line in page.splitlines()),
            lines=len(lines),
            cut=sum(line[0].islower() and not _ITEM.match(line) for line in lines),
            rows=sum(" | " in line for line in lines),
            seconds=seconds,
        )

    def __add__(self, other: Reading) -> Reading:
        return Reading(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    def row(self, name: str) -> list[str]:
        """The figures as a line of the report's table."""
        shares = (self.right / max(1, self.reference), self.syllables / max(1.0, self.words))
        counts = (self.raw_lines, self.lines, self.raw_lines - self.lines, self.cut, self.rows)
        return [
            name,
            f"{self.pages:,}",
            f"{self.letters:,}",
            *(f"{100 * share:.2f} %" for share in shares),
            f"{self.strays:.0f}",
            *(f"{count:,}" for count in counts),
            f"{self.seconds:.1f}",
        ]


HEAD = ["reading", "pages", "letters", "characters right", "Vietnamese", "letters astray"]
HEAD += ["lines on pages", "lines of text", "joined", "cut", "table rows", "seconds"]
_NOTES = (
    "- *Characters right*: of pypdf's letters and digits, those that stand here in the same order; both take them in",
    "  the order of the page's content, so that tables put in order by rows count as wrong where cells span several.",
    "- *Vietnamese*: words that can be Vietnamese syllables. *Letters astray*: single letters between words.",
    "- *Joined*: lines on the pages, running heads among them, that are no lines of the text. *Cut*: lines of the text",
    "  that begin inside a sentence. *Seconds*: reading and OCR, without the comparison.",
)


def measure(file: Path) -> tuple[Reading, Reading]:
    """The file read plainly, and as the product reads it. Raises ReadError."""
    deadline = Deadline.after(_SECONDS)
    other = second_pages(file, deadline)
    plain, plain_seconds = _timed(lambda: Extract(tuple(plain_pages(file, deadline)), Layout.LINES, paged=True))
    ours, seconds = _timed(lambda: _first(PdfReader(_SECONDS).read(file)))
    return Reading.of(plain, other, plain_seconds), Reading.of(ours, other, seconds)


def _timed(read: Callable[[], Extract]) -> tuple[Extract, float]:
    began = time.perf_counter()
    found = read()
    return found, time.perf_counter() - began


def _first(found: Iterator[Extract | ReadError]) -> Extract:
    first = next(found)
    if isinstance(first, ReadError):
        raise first
    return first


def _right(page: str, other: str) -> int:
    """How many of the other's letters and digits stand in the page in the same order, whatever parts them."""
    ours, theirs = _letters(page), _letters(other)
    if ours == theirs:
        return len(theirs)
    matcher = SequenceMatcher(None, theirs, ours, autojunk=False)
    return sum(block.size for block in matcher.get_matching_blocks())


def _letters(page: str) -> str:
    return "".join(filter(str.isalnum, nfc(page)))


def report(folder: Path) -> str:
    """Before and after over the folder's PDFs, and after for each, in Markdown. Raises ReadError."""
    files = sorted(folder.glob("*.pdf"))
    if not files:
        raise ReadError("missing", f"Không có tệp PDF nào trong «{folder}». Hãy cho biết thư mục: THƯ_MỤC")
    found = {file.stem: measure(file) for file in files}
    before, after = (_sum([pair[i] for pair in found.values()]) for i in (0, 1))
    lines = table(HEAD, [before.row("plain (before)"), after.row("product (after)")])
    each = (row for name, (plain, ours) in found.items() for row in (plain.row(name), ours.row("… product")))
    return "\n".join(["# Reading PDF pages", "", *lines, "", *_NOTES, "", *table(HEAD, each)]) + "\n"


def _sum(readings: Sequence[Reading]) -> Reading:
    total = readings[0]
    for reading in readings[1:]:
        total = total + reading
    return total


def main(arguments: Sequence[str] | None = None) -> int:
    """The command; prints the report, or writes it."""
    parser = argparse.ArgumentParser(prog="python -m assistant.benchmark.extraction")
    parser.add_argument("folder", nargs="?", type=Path, default=FOLDER)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args(arguments)
    try:
        text = report(given.folder)
    except CancuError as error:
        print(error.message, file=sys.stderr)
        return 1
    if given.out:
        given.out.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
