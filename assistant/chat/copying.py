"""An answer as plain text for the clipboard, with or without its grounds; knows no HTML."""

from __future__ import annotations

import re

from assistant.chat.pieces import Piece, pieces
from assistant.types import Answer, Citation

_BOLD = re.compile(r"\*\*(.+?)\*\*")


def plain(answer: Answer) -> str:
    """The words alone, without reference marks and the spaces before them."""
    parts = pieces(answer)
    marked = [p.kind == "mark" for p in parts[1:]] + [False]
    return _tidy("".join(_words(p).rstrip(" ") if m else _words(p) for p, m in zip(parts, marked, strict=True)))


def with_grounds(answer: Answer) -> str:
    """The words with `(Nguồn: tên văn bản, mục, trang)` at the place of each reference mark."""
    cited = {c.number: c for c in answer.citations}
    return _tidy("".join(source(cited[p.number]) if p.kind == "mark" else _words(p) for p in pieces(answer)))


def source(citation: Citation) -> str:
    parts = [citation.title, section(citation), citation.place]
    note = f"; {citation.note}" if citation.note else ""
    return f"(Nguồn: {', '.join(p for p in parts if p)}{note})"


def section(citation: Citation) -> str:
    """The headings above the quotation, outermost first, without the document's own title."""
    return " › ".join(h for h in citation.headings if h != citation.title)


def _words(piece: Piece) -> str:
    if piece.kind == "own":
        return _BOLD.sub(r"\1", piece.text)
    return piece.text if piece.kind == "quote" else ""


def _tidy(text: str) -> str:
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()
