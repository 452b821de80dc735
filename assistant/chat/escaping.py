"""Text as HTML that shows every letter and lets no reader find markup of its own in it; knows no page."""

from __future__ import annotations

from html import escape as escape_html

# The page's Markdown, formula and template readers must find nothing of theirs in a text.
_MARKUP = {ord(c): f"&#{ord(c)};" for c in "*_`~[]{}()$\\|!:"} | {ord("\n"): "<br>", ord("\r"): None, 0: None}


def escape(text: str) -> str:
    """Text that no reader of HTML, Markdown, formulas or templates takes for its own; line breaks become `<br>`."""
    return escape_html(text).translate(_MARKUP)


def focused(text: str, start: int, end: int) -> str:
    """The escaped text with its characters `start:end` in focus; of what lies outside the text nothing is marked."""
    start, end = max(0, start), min(len(text), end)
    if start >= end:
        return escape(text)
    return f'{escape(text[:start])}<b class="cc-focus">{escape(text[start:end])}</b>{escape(text[end:])}'


def shortened(text: str, most: int) -> str:
    """The text in one line of at most so many characters, cut between words where it can be."""
    line = " ".join(text[: 4 * most].split())
    if len(line) <= most and len(text) <= 4 * most:
        return line
    return f"{line[:most].rpartition(' ')[0] or line[:most]} …"
