"""An answer's text taken apart into our own words, quotations and reference marks; knows no HTML."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from assistant.types import Answer, Citation

Kind = Literal["own", "quote", "mark"]


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` is as it stands in the answer: a quotation with its «», a mark with its brackets."""

    kind: Kind
    text: str
    number: int = 0


def pieces(answer: Answer) -> list[Piece]:
    """The answer's text in order; joined again, the pieces give the text.

    `[n]` is a mark only outside quotations and only where a citation has that number, so a `[1]` that stands in a
    document stays words of the document.
    """
    numbers = {c.number for c in answer.citations}
    found: list[Piece] = []
    end = 0
    for match in _pattern(answer.citations).finditer(answer.text):
        piece = _piece(match, numbers)
        if piece is None:
            continue
        if match.start() > end:
            found.append(Piece("own", answer.text[end : match.start()]))
        found.append(piece)
        end = match.end()
    return found + ([Piece("own", answer.text[end:])] if end < len(answer.text) else [])


def focus_of(citation: Citation) -> tuple[int, int]:
    """Where in the quotation stands what answers by itself; (0, 0) where nothing does."""
    start, end = citation.focus or (citation.start, citation.start)
    start, end = max(0, start - citation.start), min(len(citation.quote), end - citation.start)
    return (start, end) if start < end else (0, 0)


def opening(answer: Answer) -> tuple[list[Piece], list[Piece]]:
    """The pieces of the direct answer, which opens the text, and those of the rest."""
    direct = answer.direct if answer.text.startswith(answer.direct) else ""
    return pieces(replace(answer, text=direct)), pieces(replace(answer, text=answer.text[len(direct) :]))


def _pattern(citations: Sequence[Citation]) -> re.Pattern[str]:
    known = sorted({f"«{c.quote}»" for c in citations}, key=len, reverse=True)
    # After the whole quotations: any other one, and at the end one that is still growing.
    quotes = [re.escape(q) for q in known] + [r"«[^«»]*(?:«[^«»]*»[^«»]*)*(?:»|\Z)"]
    return re.compile(rf"(?P<quote>{'|'.join(quotes)})|\[(?P<number>\d{{1,4}})\]")


def _piece(match: re.Match[str], numbers: set[int]) -> Piece | None:
    if match["quote"] is not None:
        return Piece("quote", match["quote"])
    number = int(match["number"])
    return Piece("mark", match.group(), number) if number in numbers else None


def paragraphs(parts: Sequence[Piece]) -> Iterator[list[Piece]]:
    """The pieces in groups, parted where our own words break the line; a line break in a quotation parts nothing."""
    group: list[Piece] = []
    for part in parts:
        lines = part.text.split("\n") if part.kind == "own" else [part.text]
        for i, line in enumerate(lines):
            if i and group:
                yield group
                group = []
            if line.strip() or (group and line):
                group.append(Piece(part.kind, line, part.number))
    if group:
        yield group
