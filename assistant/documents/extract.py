"""What a reader takes from one file before it is a Document, and the protocol of readers; knows no format."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Protocol

from assistant.errors import ReadError
from assistant.sheets import Rows

# What parts the cells of a table's row.
CELL = " | "


class Layout(Enum):
    """How lines of the extracted text relate to paragraphs."""

    KEEP = "keep"  # lines are meant (BEIR text)
    MARKDOWN = "markdown"  # soft breaks inside paragraphs
    LINES = "lines"  # broken by a page's width, or a paragraph a line


@dataclass(frozen=True, slots=True)
class Extract:
    """One document as read: its pages' text in order (one page for formats without pages) and metadata found.

    `member` names a document that lies inside the file, as `thu-muc/tep.docx` does in an archive.
    `counts` is what people are told of the reading: `ocr_pages`, `tables`. `rows` are the rows of a spreadsheet, whose
    `start:end` count lines of the one page here.
    """

    pages: tuple[str, ...]
    layout: Layout
    paged: bool = False
    metadata: Mapping[str, str] = field(default_factory=dict)
    member: str = ""
    counts: Mapping[str, int] = field(default_factory=dict)
    rows: tuple[Rows, ...] = ()


class Reader(Protocol):
    """One format; chosen by content first, by ending only where content does not tell."""

    def accepts(self, path: Path, head: bytes) -> bool:
        """Whether the file, of which `head` holds the first 4,096 bytes, is of this format."""

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        """The documents of the file, a ReadError in the place of each that is bad. Raises ReadError where all ends."""


def row_of(cells: Iterable[str]) -> str:
    """A table's row as one line."""
    return CELL.join(cells)
