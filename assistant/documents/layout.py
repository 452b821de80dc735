"""Pages of raw text to one text with page offsets: layout breaks folded, running heads left out; alters no letter."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import chain, groupby, pairwise

from assistant.documents.extract import Extract, Layout
from assistant.sheets import Rows
from assistant.vietnamese.normal import nfc

# pdfium writes U+FFFE for a hyphen at a line's end.
_LINE_END_HYPHEN = re.compile("[\ufffe\u0002]\\s*")
_INVISIBLE = re.compile(
    "[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\x00-\x08\x0e-\x1f\x7f\ufdd0-\ufdef\uffff\ud800-\udfff]"
)
_SPACES = re.compile("[ \t\u00a0\u2000-\u200a\u3000]+")
# The official gazette's own running head, which two-page issues show too seldom to be counted.
_GAZETTE_HEAD = re.compile(r"\d*\s*CÔNG BÁO/Số .{1,60}")
_PAGE_NUMBER = re.compile(r"(trang\s*+)?[-–—\s]*+(\d{1,4})(?:\s*/\s*\d{1,4})?[-–—\s]*", re.IGNORECASE)
_DIGITS = re.compile(r"\d{1,5}")
_LAST_DIGITS = re.compile(r"(?<!\d)\d{1,5}$")
STRUCTURAL = re.compile(
    r"(?:[-–—+•*●○▪□]\s|[a-zđ]{1,2}\)\s|\d+(?:\.\d+)*[.)]\s|[IVXLC]+\.\s|[\"“]?(?:Điều|Khoản)\s+\d"
    r"|(?:Chương|CHƯƠNG|Mục|MỤC|Phần|PHẦN|Phụ lục|PHỤ LỤC|Tiểu mục|TIỂU MỤC)(?:\s|$)|#{1,6}\s|[|>])"
)
_TERMINAL = tuple('.:;!?…"”»')
# A text whose long lines are all about as long as this or shorter was broken by a page's width.
_WRAPPED_WIDTH = 140
# … and longer than this, as no page is narrower.
_NARROWEST = 45
# A row of a table, as readers write it.
_CELLS = re.compile(r"(?:^|\s)\|\s")
# A hyphen or stroke that a line's end cut from what follows (`NĐ-` / `CP`), unlike a dash between words.
_HYPHENED = re.compile(r"[^\W_][-/]$")
# A line that ends in one of these goes on, whatever its length (but no shorter than the narrowest).
_LEADS_ON = re.compile(
    r"(?:,|(?:^|\s)(?:và|hoặc|của|tại|cho|với|theo|từ|số|trong|bởi|ở|về|đến|do|là|để|nhằm|gồm|như|thuộc|giữa|bằng|hơn|quá"
    r"|được|ngày|tỉnh|huyện|(?:[Đđ]iều|[Kk]hoản|[Đđ]iểm)(?:\s\d{1,3}[a-zđ]?)?))$"
)
# What is written at its own place on a form or under a document: blanks to fill in, and who signs where.
_BLANK = re.compile(r"(?:\.{5,}|…{2,}|_{5,})\W{0,3}$")
_SIGNING = re.compile(r"\((?:[Đđ]ã ký|[Kk]ý\b|[Cc]hữ ký|[Ii]n, ký)|Nơi nhận:|-?\s*Lưu:\s")
# A paragraph as long as this that ends without a full stop was cut by a page break.
_CUT_PARAGRAPH = 200


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    page: int
    gap: bool  # a blank line or a page's end stands before it


def compose(extract: Extract) -> tuple[str, tuple[int, ...]]:
    """The document's text in NFC and the offset at which each page starts (empty where the format has no pages)."""
    pages = [_clean(page, keep_indent=extract.layout is not Layout.LINES) for page in extract.pages]
    if extract.paged and extract.layout is Layout.LINES:  # readers that keep lines leave heads and feet out themselves
        pages = _without_running_heads(pages)
    lines = _numbered(pages)
    text, starts = _join(lines, _glue(extract.layout, lines, extract.paged))
    return text, _page_starts(starts, len(pages), len(text)) if extract.paged else ()


def placed(rows: Iterable[Rows], page: str, text: str) -> Iterator[Rows]:
    """Rows whose `start:end` count lines of a page, with the characters of the text composed of it alone.

    A row that shows nothing has no line in the text.
    """
    lines = iter(re.finditer(r"[^\n]*\S[^\n]*", text))
    spans = [next(lines).span() if line.strip() else None for line in _clean(page, keep_indent=True)]
    for run in rows:
        shown = [n for n in range(run.start, run.end) if spans[n]]
        for _, group in groupby(enumerate(shown), key=lambda pair: pair[1] - pair[0]):
            numbers = [number for _, number in group]
            (start, _), (_, end) = spans[numbers[0]] or (0, 0), spans[numbers[-1]] or (0, 0)
            yield replace(run, start=start, end=end, top=run.top + numbers[0] - run.start)


def _clean(page: str, *, keep_indent: bool) -> list[str]:
    text = _LINE_END_HYPHEN.sub("-", nfc(page).replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n"))
    text = nfc(_INVISIBLE.sub("", text))  # again, as a mark may meet its letter now
    lines = re.split("[\n\x0b\x85\u2028\u2029]", text)
    if keep_indent:
        return [line.rstrip() for line in lines]
    return [_SPACES.sub(" ", line).strip() for line in lines]


def _without_running_heads(pages: list[list[str]]) -> list[list[str]]:
    """The pages without heads and feet that many pages share, and without page numbers."""
    edges = [_edge_positions(page) for page in pages]
    shapes = Counter(
        chain.from_iterable(
            {shape for i in edge for shape in _shapes(page[i], number)}
            for number, (page, edge) in enumerate(zip(pages, edges, strict=True))
        )
    )
    often = {shape for shape, count in shapes.items() if count >= max(3, 0.4 * len(pages))}
    numbers = [_page_numbers(page, edge, n, often) for n, (page, edge) in enumerate(zip(pages, edges, strict=True))]
    return [
        [line for i, line in enumerate(page) if i not in edge or not _is_furniture(line, number, often, numbers)]
        for number, (page, edge) in enumerate(zip(pages, edges, strict=True))
    ]


def _is_furniture(line: str, page: int, often: set[str], numbers: list[set[int]]) -> bool:
    if match := _PAGE_NUMBER.fullmatch(line):
        return bool(match.group(1)) or _counts_on(int(match.group(2)), page, numbers)
    return _is_head(line, page, often)


def _is_head(line: str, page: int, often: set[str]) -> bool:
    if _CELLS.search(line):
        return False  # the head of a table that goes on from page to page
    return bool(_GAZETTE_HEAD.fullmatch(line)) or not often.isdisjoint(_shapes(line, page))


def _page_numbers(page: list[str], edge: set[int], number: int, often: set[str]) -> set[int]:
    """Numbers that stand alone at the page's edges, or begin or end its running head."""
    lone = {int(match.group(2)) for i in edge if (match := _PAGE_NUMBER.fullmatch(page[i]))}
    heads = (page[i] for i in edge if _is_head(page[i], number, often))
    ends = (match for head in heads for match in (_DIGITS.match(head), _LAST_DIGITS.search(head)) if match)
    return lone | {int(match.group()) for match in ends}


def _counts_on(number: int, page: int, numbers: list[set[int]]) -> bool:
    """Whether the number is the page's own, or the pages around it count on from it; a table's figure does neither."""
    near = [page + step for step in (-2, -1, 1, 2) if 0 <= page + step < len(numbers)]
    return number == page + 1 or any(number + other - page in numbers[other] for other in near)


def _edge_positions(page: list[str]) -> set[int]:
    filled = [i for i, line in enumerate(page) if line]
    return set(filled[:2] + filled[-2:])


def _shapes(line: str, page: int) -> set[str]:
    """The line itself, and the line with one of its first or last numbers told relative to the page."""
    found = [] if STRUCTURAL.match(line) else list(_DIGITS.finditer(line))
    return {line} | {
        f"{line[: m.start()]}\0{int(m.group()) - page}\0{line[m.end() :]}" for m in (*found[:2], *found[-2:])
    }


def _numbered(pages: list[list[str]]) -> list[_Line]:
    lines: list[_Line] = []
    for number, page in enumerate(pages):
        gap = True
        for line in page:
            if line.strip():
                lines.append(_Line(line, number, gap))
            gap = not line.strip()
    return lines


def _glue(layout: Layout, lines: list[_Line], paged: bool) -> list[str]:
    """What stands before each line: nothing, a space (folded break), a line break or a blank line."""
    width = _width(lines)
    glue = [""]
    fence = False
    for previous, line in pairwise(lines):
        fence ^= previous.text.lstrip().startswith("```")
        if layout is Layout.LINES and _parts_a_word(previous, line, paged):
            glue.append("")
            continue
        if layout is Layout.LINES:
            folded = _continues(previous, line, width, paged)
        else:
            folded = layout is Layout.MARKDOWN and not fence and _soft_break(previous, line)
        glue.append(" " if folded else "\n\n" if line.gap and not (paged and line.page != previous.page) else "\n")
    return glue


def _width(lines: list[_Line]) -> int:
    """How long a full line is; rows of tables are no lines, and long cells among lines tell nothing."""
    lengths = sorted(len(line.text) for line in lines if not _CELLS.search(line.text))
    within = [length for length in lengths if length <= _WRAPPED_WIDTH]
    lengths = within if 5 * len(within) >= 4 * len(lengths) else lengths
    return lengths[int(0.9 * (len(lengths) - 1))] if lengths else 0


def _parts_a_word(previous: _Line, line: _Line, paged: bool) -> bool:
    """Whether a hyphen at the line's end goes on in the next line."""
    if (line.gap and not (paged and line.page != previous.page)) or _CELLS.search(line.text):
        return False
    return bool(_HYPHENED.search(previous.text)) and line.text[:1].isalnum() and not STRUCTURAL.match(line.text)


def _continues(previous: _Line, line: _Line, width: int, paged: bool) -> bool:
    before, after = previous.text, line.text
    if STRUCTURAL.match(after) or _is_caps(before) != _is_caps(after) or _stands_alone(before, after):
        return False
    first = after.lstrip('"“«([')[:1]
    unfinished = not before.endswith(_TERMINAL)
    if first.islower():
        return unfinished or before.endswith(('"', "”", "»"))
    if not unfinished or _is_caps(before):
        return False
    if line.gap and not (paged and line.page != previous.page):
        return len(before) >= _CUT_PARAGRAPH or (bool(STRUCTURAL.match(before)) and before[0] in "+-–")
    if not _NARROWEST <= width <= _WRAPPED_WIDTH:
        return False
    # The first word that follows would not have fitted; letters are of different widths.
    filled = len(before) + len(after.partition(" ")[0]) + 1 > 0.85 * width or len(before) >= 0.8 * width
    return filled or (len(before) >= _NARROWEST and bool(_LEADS_ON.search(before[-16:])))


def _stands_alone(before: str, after: str) -> bool:
    """Rows of tables, blanks of forms and signature blocks keep their lines."""
    if _CELLS.search(before) or _CELLS.search(after):
        return True
    return bool(_SIGNING.match(after) or _SIGNING.match(before) or _BLANK.search(before[-20:]))


def _is_caps(line: str) -> bool:
    letters = [c for c in line if c.isalpha()]
    return len(letters) > 3 and all(c.isupper() for c in letters)


def _soft_break(previous: _Line, line: _Line) -> bool:
    if line.gap or STRUCTURAL.match(line.text.lstrip()) or line.text.lstrip().startswith("```"):
        return False
    return not previous.text.startswith(("#", "|", ">", "```")) and not set(line.text.strip()) <= set("-=_*")


def _join(lines: list[_Line], glue: list[str]) -> tuple[str, dict[int, int]]:
    parts: list[str] = []
    starts: dict[int, int] = {}
    length = 0
    for line, before in zip(lines, glue, strict=False):
        text = line.text.strip() if before in ("", " ") and parts else line.text
        starts.setdefault(line.page, length + len(before))
        parts += before, text
        length += len(before) + len(text)
    return "".join(parts), starts


def _page_starts(starts: dict[int, int], pages: int, length: int) -> tuple[int, ...]:
    """A page without text starts where the next one does."""
    offsets: list[int] = []
    following = length
    for page in reversed(range(pages)):
        following = starts.get(page, following)
        offsets.append(following)
    offsets.reverse()
    return (0, *offsets[1:]) if offsets else ()
