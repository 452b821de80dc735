"""Reads PowerPoint files (.pptx, .pptm, .ppsx): a page a slide, its title first, its speaker's notes last.

Hidden slides keep their page, empty, so that pages count as PowerPoint's slides do. Feet and numbers are left out.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.documents.cell_text import shown
from assistant.documents.containers import damaged, kind_of, unpacked_safely
from assistant.documents.extract import Extract, Layout, row_of
from assistant.documents.limits import Deadline
from assistant.documents.structure import find_sections
from assistant.documents.word_styles import counted
from assistant.errors import ReadError

if TYPE_CHECKING:
    from lxml.etree import _Element

_ENDINGS = {".pptx", ".pptm", ".ppsx", ".ppsm", ".potx"}
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
_DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"
_MAX_SLIDES = 5_000
_MAX_PARAGRAPHS = 200_000
_MAX_CHART_CELLS = 5_000
_DEEPEST_GROUP = 20
_NOTES = "Ghi chú của người trình bày"
_LONGEST_TITLE = 250
_SPACES = re.compile("[ \t\u00a0]+")
_AUTO = {"alphaLc": "lowerLetter", "alphaUc": "upperLetter", "romanLc": "lowerRoman", "romanUc": "upperRoman"}
_BULLETS = ("-", "–", "—", "+", "*")


class SlidesReader:
    """PowerPoint's own format since 2007; gives up after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        kind = kind_of(path, head)
        return kind == "pptx" or (kind is None and path.suffix.lower() in _ENDINGS)

    def read(self, path: Path) -> Iterator[Extract]:
        deadline = Deadline.after(self._seconds)
        data = unpacked_safely(path, "pptx", deadline)
        try:
            pages = tuple(_pages(_mended(data), deadline))
        except ReadError:
            raise
        except Exception as error:  # python-pptx raises any kind at a damaged file
            raise damaged("pptx") from error
        yield Extract(pages, Layout.KEEP, paged=True)


def _mended(data: io.BytesIO) -> io.BytesIO:
    """The file without relationships to parts that it does not have (`NULL` pictures), which end python-pptx."""
    from lxml.etree import tostring
    from pptx.oxml import parse_xml

    with zipfile.ZipFile(data) as archive:
        names = set(archive.namelist())
        changed: dict[str, bytes] = {}
        for name in (name for name in names if name.endswith(".rels")):
            links = parse_xml(archive.read(name))
            lost = [link for link in links if link.get("TargetMode") != "External" and _target(name, link) not in names]
            for link in lost:
                links.remove(link)
            if lost:
                changed[name] = tostring(links)
        if not changed:
            data.seek(0)
            return data
        mended = io.BytesIO()
        with zipfile.ZipFile(mended, "w") as new:
            for name in names:
                new.writestr(name, changed.get(name) or archive.read(name))
    mended.seek(0)
    return mended


def _target(relationships: str, link: _Element) -> str:
    """The member that a relationship in `ppt/slides/_rels/slide1.xml.rels` names."""
    base = posixpath.dirname(posixpath.dirname(relationships))
    return posixpath.normpath(posixpath.join("/", base, link.get("Target") or "")).lstrip("/")


def _pages(data: Any, deadline: Deadline) -> Iterator[str]:
    from pptx.package import Package

    presentation = Package.open(data).presentation_part.presentation
    slides = presentation.slides
    if len(slides) > _MAX_SLIDES:
        raise ReadError("too_many_pages", f"Tệp có {len(slides)} trang chiếu, giới hạn là {_MAX_SLIDES}. Hãy tách tệp.")
    left = _MAX_PARAGRAPHS
    for number, slide in enumerate(slides, start=1):
        deadline.check(f"trang chiếu {number}")
        hidden = slide.element.get("show") in ("0", "false")
        lines = [] if hidden else list(islice(_slide(slide), left + 1))
        left -= len(lines)
        if left < 0:
            raise ReadError("too_large", f"Tệp có hơn {_MAX_PARAGRAPHS} dòng chữ. Hãy tách tệp.")
        yield "\n".join(lines)


def _slide(slide: Any) -> Iterator[str]:
    title = slide.shapes.title
    if title is not None and (text := " ".join(title.text_frame.text.split())):
        yield from (_title(text), "")
    for shape in slide.shapes:
        if title is None or shape.shape_id != title.shape_id:
            yield from _shape(shape)
    if slide.has_notes_slide and (frame := slide.notes_slide.notes_text_frame) is not None:
        notes = [line for line in map(_clean, frame.text.splitlines()) if line]
        yield from (["", f"{_NOTES}:", *notes] if notes else [])


def _title(text: str) -> str:
    """Marked as a heading, but for a law's own headings, which need no mark."""
    own = any(s.label.startswith(("Điều ", "Chương ", "Phần ", "Phụ lục", "Mục ")) for s in find_sections("", text))
    return text if own or len(text) > _LONGEST_TITLE else f"# {text}"


def _clean(text: str) -> str:
    return _SPACES.sub(" ", text).strip()


def _shape(shape: Any, depth: int = 0) -> Iterator[str]:
    from pptx.enum.shapes import MSO_SHAPE_TYPE

    if _is_furniture(shape) or _is_hidden(shape):
        return
    if shape.shape_type == MSO_SHAPE_TYPE.GROUP:
        for member in shape.shapes if depth < _DEEPEST_GROUP else ():
            yield from _shape(member, depth + 1)
    elif shape.has_text_frame:
        yield from _paragraphs(shape)
    elif getattr(shape, "has_table", False):
        yield from ("", *_table(shape.table), "")
    elif getattr(shape, "has_chart", False):
        yield from _chart(shape.chart)
    else:
        yield from _diagram(shape)


def _is_furniture(shape: Any) -> bool:
    from pptx.enum.shapes import PP_PLACEHOLDER

    feet = (PP_PLACEHOLDER.FOOTER, PP_PLACEHOLDER.DATE, PP_PLACEHOLDER.SLIDE_NUMBER, PP_PLACEHOLDER.HEADER)
    return bool(shape.is_placeholder) and shape.placeholder_format.type in feet


def _is_hidden(shape: Any) -> bool:
    return any(named.get("hidden") in ("1", "true") for named in shape.element.iterfind(f"./*/{_P}cNvPr"))


# --- text with its bullets ---


def _paragraphs(shape: Any) -> Iterator[str]:
    inherited = _inherited(shape)
    counts: dict[int, int] = {}
    for paragraph in shape.text_frame.paragraphs:
        level = min(max(paragraph.level, 0), 8)
        lines = [line for line in map(_clean, paragraph.text.replace("\v", "\n").split("\n")) if line]
        if lines:
            mark = _mark(paragraph._p.find(f"{_A}pPr"), [found for lists in inherited for found in lists(level)])
            counts = {at: count for at, count in counts.items() if at <= level}
            counts[level] = counts.get(level, 0) + 1 if mark is not None and mark.tag == f"{_A}buAutoNum" else 0
            marker = _marker(mark, counts[level])
            yield from (f"{marker} {lines[0]}" if marker else lines[0], *lines[1:])


def _inherited(shape: Any) -> list[Any]:
    """Where the bullets of a body's paragraphs may come from, nearest first; other text has none."""
    from pptx.enum.shapes import PP_PLACEHOLDER

    own = [shape.text_frame._txBody]
    if shape.is_placeholder and shape.placeholder_format.type in (PP_PLACEHOLDER.BODY, PP_PLACEHOLDER.OBJECT):
        layout = shape.part.slide_layout
        same = [p for p in layout.placeholders if p.placeholder_format.idx == shape.placeholder_format.idx]
        own += [p.text_frame._txBody for p in same[:1] if p.has_text_frame]
        styles = layout.slide_master.element.find(f"{_P}txStyles/{_P}bodyStyle")
        own += [] if styles is None else [styles]
    return [_levels(element) for element in own]


def _levels(element: _Element) -> Any:
    def at(level: int) -> Iterable[_Element]:
        name = f"{_A}lvl{level + 1}pPr"
        found = (element.find(name), element.find(f"{_A}lstStyle/{name}"))
        return (properties for properties in found if properties is not None)

    return at


def _mark(own: _Element | None, inherited: Iterable[_Element]) -> _Element | None:
    """The bullet, number or `buNone` of the first properties that have one."""
    for properties in (own, *inherited):
        for child in () if properties is None else properties:
            if child.tag in (f"{_A}buChar", f"{_A}buAutoNum", f"{_A}buNone", f"{_A}buBlip"):
                return child
    return None


def _marker(mark: _Element | None, count: int) -> str:
    if mark is None or mark.tag == f"{_A}buNone":
        return ""
    if mark.tag != f"{_A}buAutoNum":
        return char if (char := mark.get("char")) in _BULLETS else "•"
    start = mark.get("startAt") or "1"
    kind = mark.get("type") or "arabicPeriod"
    form = next((form for name, form in _AUTO.items() if kind.startswith(name)), "decimal")
    number = counted(count - 1 + (int(start) if re.fullmatch(r"\d{1,5}", start) else 1), form)
    return f"({number})" if kind.endswith("ParenBoth") else f"{number})" if kind.endswith("ParenR") else f"{number}."


# --- tables, charts and diagrams ---


def _table(table: Any) -> Iterator[str]:
    """A line a row, the column names first; what a merged cell covers is empty."""
    for row in table.rows:
        texts = ["" if cell.is_spanned else " ".join(cell.text_frame.text.split()) for cell in row.cells]
        if any(texts):
            yield row_of(texts).strip()


def _chart(chart: Any) -> Iterator[str]:
    """The chart's figures as a table: series as columns, categories as rows."""
    if chart.has_title and chart.chart_title.has_text_frame:
        yield from filter(None, map(_clean, chart.chart_title.text_frame.text.splitlines()))
    for plot in islice(chart.plots, 10):
        series = [(shown(one.name), list(islice(one.values, _MAX_CHART_CELLS))) for one in islice(plot.series, 50)]
        names = [shown(str(category)) for category in islice(plot.categories, _MAX_CHART_CELLS)]
        if not series or not any(values for _, values in series):
            continue
        yield from ("", row_of(["", *(name for name, _ in series)]).strip())
        for place in range(max(len(values) for _, values in series)):
            figures = (shown(values[place]) if place < len(values) else "" for _, values in series)
            yield row_of([names[place] if place < len(names) else "", *figures]).strip()


def _diagram(shape: Any) -> Iterator[str]:
    """The texts of a SmartArt drawing, in the order of its own list."""
    from pptx.oxml import parse_xml

    for named in shape.element.iter(f"{{{_DIAGRAM}}}relIds"):
        relation = next((value for key, value in named.attrib.items() if key.endswith("}dm")), "")
        part = shape.part.rels[relation].target_part if relation in shape.part.rels else None
        for text in () if part is None else parse_xml(part.blob).iter(f"{{{_DIAGRAM}}}t"):
            for paragraph in text.iter(f"{_A}p"):
                line = _clean("".join(t.text or "" for t in paragraph.iter(f"{_A}t")))
                yield from [line] if line else []
