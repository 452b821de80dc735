"""Cited passages in their place, and whole documents, as escaped HTML; pure functions that know no Gradio."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zlib import crc32

from assistant.chat.conversation import Exchange, thousands
from assistant.chat.copying import section
from assistant.chat.escaping import Healed, escape, focused, mended
from assistant.chat.pieces import focus_of
from assistant.documents.members import WITHIN
from assistant.errors import CancuError
from assistant.types import Citation, Document

# Marks of a Markdown heading, which are not shown; the text keeps them, and so does a quotation.
_HASHES = re.compile(r"^#{1,6} +", re.MULTILINE)
# Characters of the document shown on either side of a quotation, and of a document at a time.
_CONTEXT = 320
PART = 60_000

EMPTY_PANEL = (
    '<div class="cc-panel-empty"><h2>Căn cứ</h2><p>Đoạn văn bản làm căn cứ cho câu trả lời sẽ mở ra ở đây, '
    "phần được trích tô nền.</p></div>"
)


def panel_html(exchange: Exchange, turn: int, document: Callable[[str], Document], *, opened: int | None = None) -> str:
    """The cards of one answer; `opened` is the number of the card that is open, the first where None."""
    answer = exchange.answer
    cited = (answer.related if answer.abstained else answer.citations) if answer else ()
    if answer is None or not cited:
        return EMPTY_PANEL
    heading = "Có thể liên quan" if answer.abstained else "Căn cứ"
    first = cited[0].number if opened is None and not answer.abstained else opened
    cards = "".join(card_html(c, turn, document, opened=c.number == first) for c in cited)
    aside = '<p class="cc-aside">Các đoạn gần với câu hỏi nhất; không phải căn cứ.</p>' if answer.abstained else ""
    close = '<button type="button" class="cc-button cc-narrow" id="dong-can-cu">Đóng</button>'
    return f'<div class="cc-panel-head"><h2>{heading}</h2>{close}</div>{aside}{cards}'


def card_html(citation: Citation, turn: int, document: Callable[[str], Document], *, opened: bool) -> str:
    where = section(citation)
    parts = [f"Mục «{where}»" if where else "" if citation.cells else "Toàn văn", citation.place]
    place = f'<span class="cc-where">{escape(" · ".join(filter(None, parts)))}</span>'
    note = f'<p class="cc-note">Lưu ý&#58; {escape(citation.note)}.</p>' if citation.note else ""
    return (
        f'<details class="cc-card" id="can-cu-{turn}-{citation.number}"{" open" if opened else ""}>'
        f'<summary><span class="cc-number">&#91;{citation.number}&#93;</span> '
        f'<span class="cc-title">{escape(citation.title)}</span>{place}</summary>'
        f"{note}{_passage(citation, document)}</details>"
    )


def _passage(citation: Citation, document: Callable[[str], Document]) -> str:
    try:
        source: Document | None = document(citation.document_id)
    except CancuError:
        source = None
    start, end = focus_of(citation)
    if source is None or source.text[citation.start : citation.end] != citation.quote:
        return (
            f'<div class="cc-passage"><mark>{focused(citation.quote, start, end)}</mark></div>'
            '<p class="cc-note">Văn bản này đã được thay đổi hoặc gỡ khỏi kho sau khi trả lời, nên không mở được.</p>'
        )
    quote = focused(citation.quote, start, end, healed=source.healed, at=citation.start)
    before, after = context(source.text, citation.start, citation.end, source.healed)
    words = f"Mở cả văn bản, tại trang {citation.page}" if citation.page else "Mở cả văn bản"
    return f'<div class="cc-passage">{before}<mark>{quote}</mark>{after}</div><p>{open_button(citation, words)}</p>'


def open_button(citation: Citation, words: str) -> str:
    """What opens the document at the quotation; it knows a checksum of it, as the document may change meanwhile."""
    return (
        f'<button type="button" class="cc-link cc-open" {place_of(citation)}>'
        f'{escape(words)}<span class="cc-sr"> {escape(citation.title)}</span></button>'
    )


def place_of(citation: Citation) -> str:
    """The attributes that tell the browser where the quotation stands."""
    start, end = focus_of(citation)
    focus = f' data-focus-start="{citation.start + start}" data-focus-end="{citation.start + end}"' if end else ""
    return (
        f'data-document="{escape(citation.document_id)}" data-start="{citation.start}" data-end="{citation.end}"{focus}'
        f' data-check="{checksum(citation.quote)}"'
    )


def checksum(quote: str) -> int:
    return crc32(quote.encode())


def context(text: str, start: int, end: int, healed: Healed = ()) -> tuple[str, str]:
    """What stands before and after `start:end` as HTML, cut between words, `…` where the document goes on."""
    left, right = max(0, start - _CONTEXT), min(len(text), end + _CONTEXT)
    a, b = start - len(text[left:start].lstrip("\n")), end + len(text[end:right].rstrip("\n"))
    if left:
        a = text.find(" ", a, start) + 1 or start
    if right < len(text):
        b = max(end, text.rfind(" ", end, b))
    before, after = _unhashed(text, a, start, healed), _unhashed(text, end, b, healed)
    return f"… {before}" if left else before, f"{after} …" if right < len(text) else after


def _unhashed(text: str, start: int, end: int, healed: Healed) -> str:
    """The characters without the marks of headings, as HTML."""
    pieces = []
    for mark in _HASHES.finditer(text, start, end):
        pieces.append(mended(text[start : mark.start()], healed, start))
        start = mark.end()
    return "".join([*pieces, mended(text[start:end], healed, start)])


@dataclass(frozen=True, slots=True)
class View:
    """What of which document is open: a page, or the part that starts at `start` where there is none (0).

    `marked` are the characters of the passage, `focus` those in it that answer by themselves.
    """

    document_id: str
    start: int = 0
    marked: tuple[int, int] = (0, 0)
    focus: tuple[int, int] = (0, 0)
    page: int = 0


def view_of(document_id: str, start: int, end: int, focus: tuple[int, int] = (0, 0)) -> View:
    """The view in which the passage stands, a little below the top where its part is not the document's first."""
    return View(document_id, max(0, start - PART // 10) if start >= PART * 9 // 10 else 0, (start, end), focus)


def page_bounds(document: Document, page: int) -> tuple[int, int]:
    """Where the text of a page, counted from 1, starts and ends."""
    return document.pages[page - 1], document.pages[page] if page < len(document.pages) else len(document.text)


def extent(document: Document, view: View) -> tuple[int, int]:
    """The characters shown; of a page that is longer than a part, the part with the passage."""
    if not view.page:
        return view.start, min(len(document.text), view.start + PART)
    start, end = page_bounds(document, view.page)
    if start + PART <= view.marked[0] < end:
        start = view.marked[0] - PART // 10
    return start, min(end, start + PART)


def document_html(document: Document, view: View, note: str = "") -> str:
    """The open part of the document's text, line by line, with headings, page numbers and the marked passage.

    `note` is what else is to be known of it, as HTML.
    """
    start, end = extent(document, view)
    headings = {s.span.start for s in document.sections if not s.is_point}
    lines = "".join(
        _page_mark(document.pages, a, b, view.page) + _line(document, a, b, view, heading=a in headings)
        for a, b in _lines(document.text, start, end)
    )
    shown = f"Đang xem ký tự {thousands(start + 1)}–{thousands(end)} trên {thousands(len(document.text))}."
    whole = len(document.text) <= PART
    if view.page:
        whole = (start, end) == page_bounds(document, view.page)
        lines = lines or f'<p class="cc-page">Trang {view.page}</p><p class="cc-aside">Trang này không có chữ.</p>'
    aside = "" if whole else f'<p class="cc-aside">{shown}</p>'
    titled = start == 0 and _HASHES.sub("", document.text.lstrip()).startswith(document.title)
    title = "" if titled else f'<p class="cc-heading">{escape(document.title)}</p>'
    goes_on = view.page and end < view.marked[1] and view.marked[0] < end and end == page_bounds(document, view.page)[1]
    more = f'<p class="cc-aside">Đoạn trích còn tiếp ở trang {view.page + 1}.</p>' if goes_on else ""
    file = f'<p class="cc-aside">Tệp&#58; {escape(file_of(document))}</p>'
    return f'<article class="cc-document">{facts_html(document)}{file}{note}{aside}{title}{lines}{more}</article>'


def facts_html(document: Document) -> str:
    """What is known of the document in one line; a digest says that it is one."""
    known = [document.kind, document.number, document.issuer, document.author, vietnamese_date(document.issued)]
    facts = " · ".join(escape(k) for k in known if k)
    note = f'<p class="cc-note">Lưu ý&#58; {escape(document.source)}.</p>' if document.source else ""
    return (f'<p class="cc-aside">{facts}</p>' if facts else "") + note


def file_of(document: Document) -> str:
    """The file as people know it: its path inside the corpus, and in that what it is called inside an archive."""
    return document.path.removeprefix("corpus/").replace(WITHIN, " › ")


def unhashed(text: str) -> str:
    """The text without the mark of a heading that it begins with."""
    return text[match.end() :] if (match := _HASHES.match(text)) else text


def vietnamese_date(iso: str | None) -> str:
    """2024-12-22 -> 22/12/2024; what is not of that form stays."""
    parts = (iso or "").split("-")
    return "/".join(reversed(parts)) if len(parts) == 3 else iso or ""


def _lines(text: str, start: int, end: int) -> list[tuple[int, int]]:
    spans: list[tuple[int, int]] = []
    for line in text[start:end].splitlines(keepends=True):
        spans.append((start, start + len(line)))
        start += len(line)
    return spans


def _line(document: Document, start: int, end: int, view: View, *, heading: bool) -> str:
    text, healed = document.text, document.healed
    if not text[start:end].strip():
        return ""
    hashes = _HASHES.match(text[start:end]) if heading else None
    if hashes and not (view.marked[0] < start + hashes.end() and view.marked[1] > start):
        start += hashes.end()
    a, b = (min(max(offset, start), end) for offset in view.marked)
    inside = focused(text[a:b].rstrip(), view.focus[0] - a, view.focus[1] - a, healed=healed, at=a)
    middle = f"<mark>{inside}</mark>" if text[a:b].strip() else escape(text[a:b])
    inner = mended(text[start:a], healed, start) + middle + mended(text[b:end].rstrip(), healed, b)
    return f'<p class="cc-heading">{inner}</p>' if heading else f"<p>{inner}</p>"


def _page_mark(pages: Sequence[int], start: int, end: int, only: int) -> str:
    """The numbers of the pages that start here; where one page is open, its own alone."""
    numbers = [n for n, offset in enumerate(pages, 1) if start <= offset < end and only in (0, n)]
    return "".join(f'<p class="cc-page">Trang {n}</p>' for n in numbers)
