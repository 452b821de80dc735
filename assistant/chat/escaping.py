"""Text as HTML that shows every letter and lets no reader find markup of its own in it; knows no page."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from html import escape as escape_html

# The page's Markdown, formula and template readers must find nothing of theirs in a text.
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "*_`~[]{}()$\\|!:"} | {ord("\n"): "<br>", ord("\r"): None, 0: None}


def escape(text: str) -> str:
    """Text that no reader of HTML, Markdown, formulas or templates takes for its own; line breaks become `<br>`."""
    return escape_html(text).translate(_MARKUP)


Healed = Sequence[tuple[int, int, str]]


def focused(text: str, start: int, end: int, *, healed: Healed = (), at: int = 0) -> str:
    """The escaped text with its characters `start:end` in focus; of what lies outside the text nothing is marked.

    `healed` are the damaged words of the document in which the text stands at `at`.
    """
    start, end = max(0, start), min(len(text), end)
    if start >= end:
        return mended(text, healed, at)
    before, inside, after = text[:start], text[start:end], text[end:]
    focus = f'<b class="cc-focus">{mended(inside, healed, at + start)}</b>'
    return f"{mended(before, healed, at)}{focus}{mended(after, healed, at + end)}"


def mended(text: str, healed: Healed, at: int = 0) -> str:
    """The escaped text with the damaged words in it shown healed, marked, with what stands in the source.

    The words themselves stay the source's: the healed one is drawn over them, so that what is selected and copied is
    exact. Of a word that goes on outside the text the first part shows it, and the rest is marked alone.
    """
    pieces, done = [], 0
    for start, end, word in healed[max(0, bisect_right(healed, at, key=lambda h: h[0]) - 1) :]:
        if start >= at + len(text):
            break
        a, b = max(0, start - at), min(len(text), end - at)
        if a < b:
            whole = at <= start and end <= at + len(text)
            pieces += [escape(text[done:a]), _healed(text[a:b], word, begins=at <= start, whole=whole)]
            done = b
    return "".join([*pieces, escape(text[done:])])


def _healed(source: str, word: str, *, begins: bool, whole: bool) -> str:
    said = escape(" ".join(source.split()))
    if not begins:
        title = f"Phần còn lại của từ «{escape(word)}», bị ngắt trong tài liệu gốc"
        return f'<span class="cc-cut" title="{title}">{escape(source)}</span>'
    more = "" if whole else " và phần tiếp theo sau chỗ ngắt"
    title = f"Nguyên văn trong tài liệu&#58; «{said}»{more}"
    return (
        f'<span class="cc-healed" title="{title}" data-healed="{escape(word)}">'
        f'<span class="cc-source">{escape(source)}</span></span>'
    )


def shortened(text: str, most: int) -> str:
    """The text in one line of at most so many characters, cut between words where it can be."""
    line = " ".join(text[: 4 * most].split())
    if len(line) <= most and len(text) <= 4 * most:
        return line
    return f"{line[:most].rpartition(' ')[0] or line[:most]} …"
