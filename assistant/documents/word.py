"""Reads Word files (.docx, .docm, .dotx): the text that Word shows, in its order; runs nothing, opens no link.

python-docx opens the package and its parts; the text is walked here, as python-docx knows no tracked change, no text
box, no note and no shown number. Deleted and hidden text, the table of contents, heads and feet are left out.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.documents.containers import damaged, kind_of, unpacked_safely
from assistant.documents.extract import Extract, Layout, row_of
from assistant.documents.headings import Headings, tidy
from assistant.documents.limits import Deadline
from assistant.documents.merged import TO_THE_END, Merged
from assistant.documents.word_fonts import to_unicode
from assistant.documents.word_styles import Numbering, Styles
from assistant.documents.word_tree import (
    CHARACTERS,
    LEFT_OUT,
    MC,
    THROUGH,
    M,
    W,
    children,
    chosen,
    elements,
    flag,
    indent_of,
    is_deleted,
    is_drawn,
    is_generated,
    merge_of,
    span,
    symbol,
    value,
)
from assistant.errors import ReadError

if TYPE_CHECKING:
    from docx.opc.packuri import PackURI
    from lxml.etree import _Element

_ENDINGS = {".docx", ".docm", ".dotx", ".dotm"}
_STRICT = b"http://purl.oclc.org/ooxml/wordprocessingml/main"
_NOTES = "Chú thích"
# A table without borders of this size at most places text on the page (the head of an official letter).
_LAYOUT_ROWS, _LAYOUT_COLUMNS = 4, 3


class WordReader:
    """Word's own format since 2007; gives up after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        kind = kind_of(path, head)
        return kind == "docx" or (kind is None and path.suffix.lower() in _ENDINGS)

    def read(self, path: Path) -> Iterator[Extract]:
        from lxml.etree import LxmlError

        deadline = Deadline.after(self._seconds)
        try:
            parts = _Parts(path, deadline)
            lines = _Text(parts, deadline).lines()
        except (LxmlError, KeyError, ValueError, RecursionError, zipfile.BadZipFile, zlib.error) as error:
            raise damaged("docx") from error
        yield Extract(("\n".join(lines),), Layout.KEEP)


class _Parts:
    """The main part of the package and the parts that it names; a part that is missing is no part."""

    def __init__(self, path: Path, deadline: Deadline) -> None:
        from docx.opc.packuri import PACKAGE_URI
        from docx.opc.phys_pkg import PhysPkgReader

        opened: Any = PhysPkgReader
        self._package = opened(unpacked_safely(path, "docx", deadline))
        main = self._related(PACKAGE_URI).get("officeDocument")
        if main is None:
            raise damaged("docx")
        self.main = self._parse(main)
        self._named = self._related(main)

    def part(self, kind: str) -> _Element | None:
        """The part of that kind (`styles`, `numbering`, `footnotes`, …)."""
        uri = self._named.get(kind)
        try:
            return None if uri is None else self._parse(uri)
        except KeyError:
            return None

    def _parse(self, uri: PackURI) -> _Element:
        from docx.oxml.parser import parse_xml

        data: bytes = self._package.blob_for(uri)
        if _STRICT in data[:4096]:
            raise ReadError("strict", "Tệp lưu dạng Strict Open XML. Hãy mở bằng Word rồi lưu thành .docx thường.")
        return parse_xml(data)

    def _related(self, source: PackURI) -> dict[str, PackURI]:
        """Parts by the last word of their relationship; what lies outside the package is never opened."""
        from docx.opc.packuri import PackURI
        from docx.oxml.parser import parse_xml

        data = self._package.rels_xml_for(source)
        found = () if data is None else parse_xml(data)
        return {
            (rel.get("Type") or "").rsplit("/", 1)[-1]: PackURI.from_rel_ref(source.baseURI, rel.get("Target") or "/")
            for rel in found
            if rel.get("TargetMode") != "External"
        }


class _Text:
    """One pass over the document: counts its lists and collects its notes as it goes."""

    def __init__(self, parts: _Parts, deadline: Deadline) -> None:
        self._parts = parts
        self._deadline = deadline
        self._styles = Styles(parts.part("styles"))
        self._numbering = Numbering(parts.part("numbering"), self._styles)
        self._notes: list[tuple[str, str]] = []
        self._boxes: list[_Element] = []
        self._carried: list[str] = []  # text of a paragraph whose end was deleted, which goes on in the next one
        self._headings = Headings()

    def lines(self) -> list[str]:
        body = self._parts.main.find(W + "body")
        if body is None:
            raise damaged("docx")
        to_unicode(self._parts.main, self._styles)
        found = [*self._blocks(body), *self._rest()]
        return found + self._noted()

    def _noted(self) -> list[str]:
        """Notes in the order in which the text refers to them; a note may refer to no other."""
        roots = {kind: self._parts.part(kind) for kind in ("footnotes", "endnotes")} if self._notes else {}
        for root in (found for found in roots.values() if found is not None):
            to_unicode(root, self._styles)
        by_id = {(kind, note.get(W + "id")): note for kind, root in roots.items() if root is not None for note in root}
        notes = [by_id[key] for key in dict.fromkeys(self._notes) if key in by_id]
        texts = [" ".join(line for line in self._blocks(note) if line) for note in notes]
        listed = [f"({place}) {text}" for place, text in enumerate(texts, start=1) if text]
        return ["", f"# {_NOTES}", "", *listed] if listed else []

    def _blocks(self, parent: _Element, *, in_cell: bool = False) -> Iterator[str]:
        """Lines of the paragraphs and tables, each followed by the text boxes that hang on it."""
        for child in elements(parent):
            if child.tag == W + "p":
                self._deadline.check("một đoạn giữa tệp")
                yield from self._paragraph(child, in_cell=in_cell)
            elif child.tag == W + "tbl":
                self._headings.broken()
                yield from self._nested(child) if in_cell else self._table(child)
            elif child.tag == MC + "AlternateContent":
                yield from self._blocks(chosen(child), in_cell=in_cell)
            elif child.tag in THROUGH and not (child.tag == W + "sdt" and is_generated(child)):
                yield from self._blocks(child, in_cell=in_cell)
            if not in_cell:
                yield from self._boxed(in_cell=False)

    def _boxed(self, *, in_cell: bool) -> Iterator[str]:
        boxes, self._boxes = self._boxes, []
        for box in boxes:
            yield from self._blocks(box, in_cell=in_cell)

    def _paragraph(self, paragraph: _Element, *, in_cell: bool) -> Iterator[str]:
        properties = paragraph.find(W + "pPr")
        mark = None if properties is None else properties.find(W + "rPr")
        hidden = any(self._styles.hides(style.get(W + "styleId")) for style in self._styles.of(paragraph)[:1])
        text = "" if self._styles.is_contents(paragraph) else "".join(self._inline(paragraph, hidden=hidden))
        if mark is not None and (mark.find(W + "del") is not None or mark.find(W + "moveFrom") is not None):
            self._carried.append(text)
            return
        text = "".join([*self._carried, text])
        self._carried.clear()
        marker = self._numbering.marker(paragraph)
        if not text.strip():
            return
        text = tidy(text)
        line = f"{marker} {text}" if marker else text
        level = None if in_cell else self._styles.heading_level(paragraph)
        yield from self._headings.heading(line, level) if level else self._headings.text(line)

    def _rest(self) -> Iterator[str]:
        """What stands before a deleted end of the last paragraph."""
        text = "".join(self._carried).strip()
        if text:
            yield from self._headings.text(text)

    def _inline(self, parent: _Element, *, hidden: bool) -> Iterator[str]:
        for child in elements(parent):
            tag = child.tag
            if tag in (W + "t", M + "t"):
                yield "" if hidden else child.text or ""
            elif tag in CHARACTERS:
                yield "" if hidden else CHARACTERS[tag]
            elif tag == W + "sym":
                yield "" if hidden else symbol(child)
            elif tag in (W + "footnoteReference", W + "endnoteReference"):
                if not hidden:
                    self._notes.append((tag.removeprefix(W).replace("Reference", "s"), child.get(W + "id") or ""))
            elif tag == W + "txbxContent":
                self._boxes += [] if hidden else [child]
            elif tag == MC + "AlternateContent":
                yield from self._inline(chosen(child), hidden=hidden)
            elif tag == W + "r":
                yield from self._inline(child, hidden=self._is_hidden(child, default=hidden))
            elif tag not in LEFT_OUT and not (tag == W + "sdt" and is_generated(child)):
                yield from self._inline(child, hidden=hidden)

    def _is_hidden(self, run: _Element, *, default: bool) -> bool:
        properties = run.find(W + "rPr")
        if properties is None:
            return default
        own = flag(properties, "vanish")
        styled = self._styles.hides(value(properties, "rStyle")) if own is None else own
        return default if styled is None else styled

    # --- tables ---

    def _table(self, table: _Element) -> Iterator[str]:
        rows = [list(children(row, "tc")) for row in children(table, "tr") if not is_deleted(row)]
        width = max(map(len, rows), default=0)
        if width == 1 or self._places_text(table, len(rows), width):
            for cell in (cell for row in rows for cell in row):
                yield from self._blocks(cell)
        else:
            merged = Merged()
            texts = (self._covered(row, merged) for row in rows)
            yield from ("", *filter(None, (row_of(row).strip() for row in texts)), "")

    def _covered(self, row: list[_Element], merged: Merged) -> list[str]:
        """The row's texts; a cell merged with the one above says what that says."""
        indent = [""] * indent_of(row)
        merges = indent + [merge for cell in row for merge in (merge_of(cell), *[""] * (span(cell) - 1))]
        starts = {column: TO_THE_END for column, merge in enumerate(merges) if merge == "restart"}
        covered = {column for column, merge in enumerate(merges) if merge == "continue"}
        return merged.row([*indent, *self._cells(row)], starts, covered)

    def _cells(self, row: list[_Element]) -> list[str]:
        """The row's texts, none where no cell has one; what a wide cell covers is empty, so that columns agree."""
        texts = [text for cell in row for text in (self._cell(cell), *[""] * (span(cell) - 1))]
        return texts if any(texts) else []

    def _cell(self, cell: _Element) -> str:
        lines = [*self._blocks(cell, in_cell=True), *self._boxed(in_cell=True)]
        return " ".join(" ".join(lines).split())

    def _nested(self, table: _Element) -> Iterator[str]:
        """A table in a cell stays in its row's line."""
        rows = (self._cells(list(children(row, "tc"))) for row in children(table, "tr") if not is_deleted(row))
        yield "; ".join(" / ".join(filter(None, row)) for row in rows if row)

    def _places_text(self, table: _Element, rows: int, columns: int) -> bool:
        if rows > _LAYOUT_ROWS or columns > _LAYOUT_COLUMNS:
            return False
        properties = table.find(W + "tblPr")
        styles = self._styles.chain(value(properties, "tblStyle"))
        borders = [properties, *(style.find(W + "tblPr") for style in styles)]
        given = next((b for p in borders if p is not None and (b := p.find(W + "tblBorders")) is not None), None)
        drawn = [] if given is None else list(given)
        return not any(map(is_drawn, (*drawn, *(side for c in table.iter(W + "tcBorders") for side in c))))
