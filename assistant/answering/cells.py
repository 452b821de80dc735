"""The cell of a table that answers: its row by the words of the question, its column by the header; knows no search."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import TypeVar

from assistant.answering.evidence import Unit, words_of
from assistant.answering.lists import CELL, header_row, is_figure
from assistant.answering.question import Understanding
from assistant.vietnamese.normal import fold

T = TypeVar("T")
_NUMBERING = frozenset({"stt", "tt", "so tt", "so thu tu"})
# A row must say this much more of the question than any other.
_AHEAD = 0.02
# What the share of a column's heading that the question says counts beside that of the question that it says.
_OF_HEADING = 0.3
# … and the question this share of its words.
_OF_LABEL = 0.6


@dataclass(frozen=True, slots=True)
class _Cell:
    start: int
    end: int
    text: str

    @property
    def is_figure(self) -> bool:
        return is_figure(self.text)


def cell_asked(unit: Unit, question: Understanding, weight: Callable[[str], float]) -> tuple[int, int] | None:
    """Where in the document stands the figure asked for, in a table that the unit is a row of or leads to."""
    header, rows = _table(unit)
    if not header:
        return None
    wanted = {term: weight(term) for term in question.terms}
    row = _ahead([(_said(wanted, _label(row)), row) for row in rows])
    if row is None or not _is_meant(_label(row), question):
        return None
    if len(row) > len(header):
        return None
    figures = [i for i, cell in enumerate(row) if cell.is_figure and not _numbers(header, i)]
    if len(figures) > 1:
        titles = [header[i].text if i < len(header) else "" for i in figures]
        asked = set(question.terms)
        if sum(bool(terms) and terms <= asked for terms in (words_of([title]).terms for title in titles)) > 1:
            return None  # several of them are asked for
        column = _ahead([(_said(wanted, [title]), i) for title, i in zip(titles, figures, strict=True)])
    else:
        column = figures[0] if figures else None
    return None if column is None else (row[column].start, row[column].end)


def is_sheet_row(unit: Unit) -> bool:
    """Whether it is a line of a spreadsheet, `Tên cột: giá trị; …`."""
    return ": " in unit.text and unit.document.cells_at(unit.start, unit.end) is not None


def row_cell_asked(unit: Unit, question: Understanding, weight: Callable[[str], float]) -> tuple[int, int] | None:
    """The figure of a sheet's line whose heading says most of the question; None where no one does."""
    wanted = {term: weight(term) for term in question.terms}
    pairs = [pair for pair in _pairs(unit) if fold(pair[0]).strip(" .") not in _NUMBERING]
    said = words_of([cell.text for _, cell in pairs if not cell.is_figure]).terms  # which row it is
    free = {term: w for term, w in wanted.items() if term not in said} or wanted
    figures = [(head, cell) for head, cell in pairs if cell.is_figure]
    if question.counted == "phan":
        figures = [(head, cell) for head, cell in figures if "%" in cell.text]
    if len(figures) == 1:
        return figures[0][1].start, figures[0][1].end
    found = _ahead([(_said(free, [head]) + _OF_HEADING * _asked(head, question), cell) for head, cell in figures])
    return None if found is None else (found.start, found.end)


def _pairs(unit: Unit) -> Iterator[tuple[str, _Cell]]:
    start = unit.start
    for piece in unit.text.split("; "):
        head, mark, value = piece.partition(": ")
        if mark:
            begin = start + len(head) + len(mark)
            yield head, _Cell(begin, begin + len(value.strip()), value.strip())
        start += len(piece) + len("; ")


def _asked(heading: str, question: Understanding) -> float:
    """The share of the heading's words that the question says."""
    terms = words_of([heading]).terms
    return len(terms & set(question.terms)) / max(1, len(terms))


def _label(row: Sequence[_Cell]) -> list[str]:
    return [cell.text for cell in row if not cell.is_figure]


def _is_meant(label: Sequence[str], question: Understanding) -> bool:
    """Whether the row is of what is asked: `Bà mẹ …` and not `Người phục vụ Bà mẹ … sống ở gia đình`."""
    asked, each = set(question.terms), [words_of([text]).terms for text in label]
    return any(terms and len(terms & asked) >= _OF_LABEL * len(terms) for terms in each)


def _table(unit: Unit) -> tuple[list[_Cell], list[list[_Cell]]]:
    """The header and the rows that may answer, of the first table the unit tells."""
    text = unit.document.text
    if CELL in unit.text:
        header = header_row(text, unit.start)
        return (_headings(text, *header) if header else []), [_cells(text, unit.start, unit.end)]
    lines: list[list[_Cell]] = []
    start = unit.end
    for line in text[unit.end : unit.end_of_list].split("\n"):
        if CELL in line:
            lines.append(_cells(text, start, start + len(line)))
        elif lines:
            break
        start += len(line) + 1
    return (lines[0], lines[1:]) if lines else ([], [])


def _headings(text: str, start: int, end: int) -> list[_Cell]:
    """The cells of the header; of one of two rows the lower ones, where they say something."""
    first = text.find("\n", start, end)
    upper = _cells(text, start, end if first < 0 else first)
    lower = _cells(text, first + 1, end) if first >= 0 else []
    blank = _Cell(end, end, "")
    return [
        _Cell(one.start, one.end, other.text or one.text) for one, other in zip_longest(upper, lower, fillvalue=blank)
    ]


def _cells(text: str, start: int, end: int) -> list[_Cell]:
    """The cells of a row; blank ones at its beginning are the bars that it opens with."""
    cells = []
    for piece in text[start:end].split("|"):
        begin = start + len(piece) - len(piece.lstrip())
        bare = piece.strip()
        cells.append(_Cell(begin, begin + len(bare), bare))
        start += len(piece) + 1
    return cells


def _numbers(header: Sequence[_Cell], column: int) -> bool:
    return column < len(header) and fold(header[column].text).strip(" .") in _NUMBERING


def _said(wanted: dict[str, float], texts: Sequence[str]) -> float:
    """The share of the question's weight that the texts say."""
    terms = words_of(texts).terms
    return sum(w for term, w in wanted.items() if term in terms) / (sum(wanted.values()) or 1.0)


def _ahead(scored: Sequence[tuple[float, T]]) -> T | None:
    """The one that says most; None where it says nothing or no more than another."""
    ranked = sorted(scored, key=lambda pair: -pair[0])
    if not ranked or ranked[0][0] <= 0 or (len(ranked) > 1 and ranked[0][0] - ranked[1][0] < _AHEAD):
        return None
    return ranked[0][1]
