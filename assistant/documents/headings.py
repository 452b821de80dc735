"""Paragraphs of office files as lines, headings marked where they do not mark themselves; knows no file format."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.documents.identity import identify
from assistant.documents.structure import find_sections

_LAW_KINDS = ("Phần", "Phụ lục", "Chương", "Mục", "Tiểu mục", "Điều")
# A paragraph longer than this is text, whatever its style.
_LONGEST_HEADING = 250
_SPACES = re.compile("[ \t\u00a0]+")
# Headings that go on with `Chương I` (its title) and with `NGHỊ ĐỊNH` (its subject).
_AFTER_CHAPTER, _AFTER_KIND = 1, 4


class Headings:
    """One pass over a document's paragraphs, in their order."""

    def __init__(self) -> None:
        self._plain = 0  # so many more headings go on with the one before them

    def broken(self) -> None:
        """Something stands between: no heading goes on."""
        self._plain = 0

    def text(self, text: str) -> Iterator[str]:
        self._plain = 0
        yield from lines_of(text)

    def heading(self, text: str, level: int) -> Iterator[str]:
        """Marked as a heading, but for the headings that official documents have of themselves."""
        lines = lines_of(text)
        going_on = _goes_on(lines)
        if going_on is not None:
            self._plain = going_on
            yield from ("", *lines)
        elif self._plain or len(text) > _LONGEST_HEADING:
            self._plain = max(0, self._plain - 1)
            yield from lines
        else:
            yield from ("", f"{'#' * min(level, 6)} {' '.join(lines)}")


def tidy(text: str) -> str:
    """The paragraph with single spaces."""
    return _SPACES.sub(" ", text).strip()


def lines_of(text: str) -> list[str]:
    return [line for line in map(str.strip, text.split("\n")) if line]


def _goes_on(lines: list[str]) -> int | None:
    """How many headings may go on with one that needs no mark (`Chương I`, `Điều 5. …`, `NGHỊ ĐỊNH`); else None."""
    if identify(lines[0], {}, (), "")["kind"] is not None:
        return _AFTER_KIND
    sections = [s for s in find_sections("", lines[0])[:1] if s.label.startswith(_LAW_KINDS)]
    return (0 if sections[0].title or len(lines) > 1 else _AFTER_CHAPTER) if sections else None
