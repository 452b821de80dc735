"""Reads OpenDocument text and spreadsheets (.odt, .ods and their templates), by the rules for Word and Excel files.

Runs nothing, opens nothing beside the content and its styles. Deleted and hidden text, tables of contents, heads and
feet are left out.
"""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.documents.containers import damaged, encrypted, kind_of, unpacked_safely
from assistant.documents.extract import Extract, Layout, row_of
from assistant.documents.headings import Headings, tidy
from assistant.documents.limits import Deadline
from assistant.documents.merged import Merged
from assistant.documents.open_sheets import sheets
from assistant.documents.open_styles import DRAW, OFFICE, TABLE, TEXT, XML_ID, Counts, Styles, number
from assistant.documents.sheet_gaps import Gaps
from assistant.documents.spreadsheet import extract
from assistant.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

_ENDINGS = {".odt": "odt", ".ott": "odt", ".ods": "ods", ".ots": "ods"}
_CONTENT, _STYLES, _MANIFEST = "content.xml", "styles.xml", "META-INF/manifest.xml"
_MOST_MANIFEST = 2**22
_NOTES = "Chú thích"
# A table without borders of this size at most places text on the page (the head of an official letter).
_LAYOUT_ROWS, _LAYOUT_COLUMNS = 4, 3
_MOST_COLUMNS = 1_000
# Between paragraphs: what only holds other content, and what is no text of the document.
_THROUGH = {TEXT + n for n in ("section", "numbered-paragraph", "bibliography", "index-body", "page-sequence")}
_LEFT_OUT = {OFFICE + "annotation", OFFICE + "annotation-end", TEXT + "tracked-changes", TEXT + "ruby-text"} | {
    TEXT + n for n in ("script", "note-citation", "sequence-decls", "table-of-content", "illustration-index")
} | {TEXT + n for n in ("table-index", "object-index", "user-index", "alphabetical-index", "index-title")}  # fmt: skip
_WHITE = re.compile(r"[ \t\r\n]+")
_MOST_SPACES = 1_000


class OpenDocumentReader:
    """Chosen by the member `mimetype`; gives up after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        kind = kind_of(path, head)
        return kind in ("odt", "ods", "odp") or (kind is None and path.suffix.lower() in {*_ENDINGS, ".odp"})

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        from lxml.etree import LxmlError

        with path.open("rb") as file:
            kind = kind_of(path, file.read(4096)) or _ENDINGS.get(path.suffix.lower(), "odp")
        if kind == "odp":
            raise ReadError("format", "Chưa đọc được .odp. Hãy mở bằng LibreOffice rồi lưu thành .pptx.")
        deadline = Deadline.after(self._seconds)
        try:
            content, styles = _parts(path, kind, deadline)
            if kind == "ods":
                gaps = Gaps()
                yield extract(sheets(content, styles, deadline, gaps))
                yield from gaps.errors()
            else:
                yield Extract(("\n".join(_Text(content, styles, deadline).lines()),), Layout.KEEP)
        except (LxmlError, KeyError, ValueError, RecursionError, zipfile.BadZipFile, zlib.error) as error:
            raise damaged(kind) from error


def _parts(path: Path, kind: str, deadline: Deadline) -> tuple[_Element, Styles]:
    """The body, and the styles of content and document. Raises ReadError, KeyError where there is no content."""
    from lxml.etree import XMLParser, fromstring

    data = unpacked_safely(path, kind, deadline, (_CONTENT, _STYLES))
    with zipfile.ZipFile(data) as archive:
        names = set(archive.namelist())
        if "encrypted-package" in names or (_MANIFEST in names and _is_locked(archive)):
            raise encrypted()
        parser = XMLParser(
            resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
        )
        roots = [
            fromstring(archive.read(name), parser) for name in (_CONTENT, _STYLES) if name in names or name == _CONTENT
        ]
    body = roots[0].find(f"{OFFICE}body/{OFFICE}{'text' if kind == 'odt' else 'spreadsheet'}")
    if body is None:
        raise damaged(kind)
    return body, Styles(tuple(roots))


def _is_locked(archive: zipfile.ZipFile) -> bool:
    with archive.open(_MANIFEST) as manifest:
        return b"encryption-data" in manifest.read(_MOST_MANIFEST)


class _Text:
    """One pass over a text document: counts its lists and collects its notes as it goes."""

    def __init__(self, body: _Element, styles: Styles, deadline: Deadline) -> None:
        self._body, self._styles, self._deadline = body, styles, deadline
        self._headings = Headings()
        self._outline = Counts(styles.outline)
        self._lists: dict[str, Counts] = {}  # by id, and the last one of each style
        self._notes: list[_Element] = []
        self._boxes: list[_Element] = []
        self._marker = ""  # of the list item whose first paragraph has not come yet

    def lines(self) -> list[str]:
        found = list(self._blocks(self._body))
        notes = (" ".join(line for line in self._blocks(note, in_cell=True) if line) for note in self._notes)
        listed = [f"({place}) {text}" for place, text in enumerate(notes, start=1) if text]
        return found + (["", f"# {_NOTES}", "", *listed] if listed else [])

    def _blocks(self, parent: _Element, *, in_cell: bool = False) -> Iterator[str]:
        """Lines of the paragraphs, lists and tables, each followed by the text boxes that hang on it."""
        for child in parent.iterchildren("*"):
            if child.tag in (TEXT + "p", TEXT + "h"):
                self._deadline.check("một đoạn giữa tệp")
                yield from self._paragraph(child, in_cell=in_cell)
            elif child.tag == TEXT + "list":
                yield from self._list(child, self._counts_of(child), 0, in_cell=in_cell)
            elif child.tag == TABLE + "table":
                self._headings.broken()
                yield from self._nested(child) if in_cell else self._table(child)
            elif child.tag in _THROUGH and child.get(TEXT + "display") != "none":
                yield from self._blocks(child, in_cell=in_cell)
            elif str(child.tag).startswith(DRAW):
                self._boxes += _boxes_of(child)
            if not in_cell:
                yield from self._boxed(in_cell=False)

    def _boxed(self, *, in_cell: bool) -> Iterator[str]:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self._blocks(box, in_cell=in_cell)

    def _paragraph(self, paragraph: _Element, *, in_cell: bool) -> Iterator[str]:
        marker, self._marker = self._marker, ""
        style = paragraph.get(TEXT + "style-name")
        hidden = self._styles.hides("paragraph", style)
        text = tidy("".join(self._inline(paragraph, hidden=hidden)))
        level = number(paragraph.get(TEXT + "outline-level"), 1) if paragraph.tag == TEXT + "h" else 0
        if not text:
            return
        if level and not marker and paragraph.get(TEXT + "is-list-header") != "true":
            start = paragraph.get(TEXT + "start-value")
            restarts = paragraph.get(TEXT + "restart-numbering") == "true" or start is not None
            marker = self._outline.marker(level - 1, number(start, 1) if restarts else None)
        line = f"{marker} {text}" if marker else text
        level = level or int(self._styles.is_title(style))
        yield from self._headings.heading(line, level) if level and not in_cell else self._headings.text(line)

    def _inline(self, parent: _Element, *, hidden: bool) -> Iterator[str]:
        """The text of a paragraph, white space as OpenDocument counts it."""
        if not hidden:
            yield _WHITE.sub(" ", parent.text or "")
        for child in parent.iterchildren("*"):
            yield from self._within(child, hidden=hidden)
            if not hidden:
                yield _WHITE.sub(" ", child.tail or "")

    def _within(self, child: _Element, *, hidden: bool) -> Iterator[str]:
        tag = child.tag
        if tag in _LEFT_OUT or (child.get(TEXT + "is-hidden") == "true"):
            return
        if tag in (TEXT + "s", TEXT + "tab", TEXT + "line-break"):
            count = min(number(child.get(TEXT + "c"), 1), _MOST_SPACES)
            yield "" if hidden else "\n" if tag == TEXT + "line-break" else " " * count
        elif tag == TEXT + "note":
            self._notes += [] if hidden else child.iterchildren(TEXT + "note-body")
        elif str(tag).startswith(DRAW):
            self._boxes += [] if hidden else _boxes_of(child)
        else:
            styled = tag == TEXT + "span" and self._styles.hides("text", child.get(TEXT + "style-name"))
            yield from self._inline(child, hidden=hidden or styled)

    # --- lists ---

    def _counts_of(self, found: _Element) -> Counts:
        """The numbers that the list goes on with, else new ones."""
        style = found.get(TEXT + "style-name") or ""
        before = found.get(TEXT + "continue-list")
        known = self._lists.get(f"#{before}" if before else style)
        goes_on = bool(before) or found.get(TEXT + "continue-numbering") == "true"
        counts = known if goes_on and known is not None else Counts(self._styles.list_style(style))
        self._lists |= {style: counts, f"#{found.get(XML_ID) or ''}": counts}
        return counts

    def _list(self, found: _Element, counts: Counts, level: int, *, in_cell: bool) -> Iterator[str]:
        own = self._styles.list_style(found.get(TEXT + "style-name"))
        if level and own is not None and own is not counts.style:
            counts = Counts(own)
        for item in found.iterchildren(TEXT + "list-item", TEXT + "list-header"):
            start = item.get(TEXT + "start-value")
            first = next(item.iterchildren("*"), None)
            numbered = item.tag == TEXT + "list-item" and first is not None and first.tag != TEXT + "list"
            self._marker = counts.marker(level, number(start, 1) if start else None) if numbered else ""
            for child in item.iterchildren("*"):
                if child.tag == TEXT + "list":
                    self._marker = ""
                    yield from self._list(child, counts, level + 1, in_cell=in_cell)
                elif child.tag in (TEXT + "p", TEXT + "h"):
                    self._deadline.check("một đoạn giữa tệp")
                    yield from self._paragraph(child, in_cell=in_cell)
            self._marker = ""

    # --- tables ---

    def _table(self, table: _Element) -> Iterator[str]:
        rows = [list(_cells(row)) for row in _rows(table)]
        width = max(map(len, rows), default=0)
        if width == 1 or self._places_text(rows, width):
            for cell in (cell for row in rows for cell in row if cell is not None):
                yield from self._blocks(cell)
        else:
            merged = Merged()
            texts = (self._covered(row, merged) for row in rows)
            yield from ("", *(row_of(row).strip() for row in texts if row), "")

    def _covered(self, row: list[_Element | None], merged: Merged) -> list[str]:
        """The row's texts; what a cell above covers says what that says."""
        starts = {
            column: number(cell.get(TABLE + "number-rows-spanned"), 1) - 1
            for column, cell in enumerate(row)
            if cell is not None
        }
        return merged.row([self._cell(c) for c in row], starts, {at for at, cell in enumerate(row) if cell is None})

    def _cell(self, cell: _Element | None) -> str:
        """In one line; what a wide cell covers is empty, so that columns agree."""
        if cell is None:
            return ""
        lines = [*self._blocks(cell, in_cell=True), *self._boxed(in_cell=True)]
        return " ".join(" ".join(lines).split())

    def _nested(self, table: _Element) -> Iterator[str]:
        """A table in a cell stays in its row's line."""
        rows = ([self._cell(cell) for cell in _cells(row)] for row in _rows(table))
        yield "; ".join(" / ".join(filter(None, row)) for row in rows if any(row))

    def _places_text(self, rows: list[list[_Element | None]], columns: int) -> bool:
        if len(rows) > _LAYOUT_ROWS or columns > _LAYOUT_COLUMNS:
            return False
        cells = (cell for row in rows for cell in row if cell is not None)
        return not any(self._styles.is_bordered(cell.get(TABLE + "style-name")) for cell in cells)


def _boxes_of(shape: _Element) -> Iterator[_Element]:
    """What holds paragraphs in a frame, a shape or a group; what lies in those is found with them."""
    if any(child.tag in (TEXT + "p", TEXT + "h", TEXT + "list") for child in shape):
        yield shape
    else:
        for child in shape.iterchildren("*"):
            if str(child.tag).startswith(DRAW):
                yield from _boxes_of(child)


def _rows(table: _Element) -> Iterator[_Element]:
    """The rows in order, also those in groups and heads."""
    for child in table.iterchildren("*"):
        if child.tag == TABLE + "table-row":
            yield child
        elif child.tag in (TABLE + "table-header-rows", TABLE + "table-rows", TABLE + "table-row-group"):
            yield from _rows(child)


def _cells(row: _Element) -> Iterator[_Element | None]:
    """The row's cells by column; None for what a merged cell covers."""
    left = _MOST_COLUMNS
    for cell in row.iterchildren(TABLE + "table-cell", TABLE + "covered-table-cell"):
        count = max(1, min(left, number(cell.get(TABLE + "number-columns-repeated"), 1)))
        left -= count
        if left < 0:
            raise ReadError("too_large", f"Bảng có hơn {_MOST_COLUMNS} cột. Hãy chia nhỏ bảng.")
        yield from [cell if cell.tag == TABLE + "table-cell" else None] * count
