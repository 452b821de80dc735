"""Which row holds the headings and which column the questions; knows no file format."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from assistant.bulk.cells import as_text, column_letter, is_blank
from assistant.errors import InputFileError
from assistant.vietnamese.normal import fold, nfc

# A title may stand above the headings, but not a long one.
_HEADING_WITHIN = 10
_LONGEST_HEADING = 120
_EXACT = {
    "question",
    "questions",
    "query",
    "cau hoi",
    "cauhoi",
    "noi dung cau hoi",
    "noidungcauhoi",
    "cau hoi can tra loi",
}
_PHRASE = re.compile(r"\b(cau hoi|question|query)\b")
# "Mã câu hỏi", "question type": something about the question, not the question.
_ABOUT_BEFORE = re.compile(
    r"\b(ma|so|stt|loai|kieu|id|ngay|thoi gian|nguon|nhom|linh vuc|chu de|nguoi|muc do|trang thai|tac gia|tra loi"
    r"|dap an|number|no|type|date|source|topic|status|author|answer)\b"
)
_ABOUT_AFTER = re.compile(r" (id|so|stt|type|date|time|source|topic|number|no|count|status|author|answer)\b")
_LOOSE = {
    "text",
    "noi dung",
    "noi dung hoi",
    "hoi",
    "thac mac",
    "van de",
    "prompt",
    "q",
    "noi dung can hoi",
    "kien nghi",
}


def find_column(headings: Sequence[str], column: str | None = None) -> int:
    """The place of the question column, counted from 0; `column` is a heading or a letter. Raises InputFileError."""
    found = _named(headings, column) if column is not None else _recognised(headings)
    if len(found) == 1:
        return found[0]
    raise InputFileError(_explain(headings, column, found))


def find_heading_row(rows: Sequence[Sequence[object]], column: str | None = None) -> int:
    """The first of the top rows that holds a question heading, else the first that is neither blank nor a title."""
    top = [[as_text(cell) for cell in row] for row in rows[:_HEADING_WITHIN]]
    places = [place for place in range(len(top)) if _may_be_headings(top, place, column)]
    return next((place for place in places if _heads(top[place], column)), next(iter(places), 0))


def names_questions(headings: Sequence[str], column: str | None = None) -> bool:
    """Whether the question column is told by these headings; any question heading will do beside a letter."""
    if column is not None and _by_name(headings, column):
        return True
    return (column is None or _is_letter(column)) and bool(_recognised(headings))


def _may_be_headings(top: Sequence[Sequence[str]], place: int, column: str | None) -> bool:
    """Not a blank row; nor a title: one cell alone above wider rows (`DANH SÁCH CÂU HỎI`)."""
    filled = [sum(not is_blank(cell) for cell in row) for row in top[place:]]
    named = _where(top[place], _EXACT) or (column is not None and _by_name(top[place], column))
    return filled[0] > 1 or (filled[0] == 1 and (bool(named) or max(filled) == 1))


def _heads(row: Sequence[str], column: str | None) -> bool:
    """A letter may stand in any row of data, so beside one only the surest headings count."""
    if column is None:
        return bool(_recognised(row))
    return bool(_where(row, _EXACT) if _is_letter(column) else _by_name(row, column))


def _is_letter(column: str) -> bool:
    return re.fullmatch(r"[A-Za-z]{1,3}", column.strip()) is not None


def _named(headings: Sequence[str], column: str) -> list[int]:
    found = _by_name(headings, column)
    if found or not _is_letter(column):
        return found
    letter = column.strip().upper()
    return [place for place in range(len(headings)) if column_letter(place) == letter]


def _by_name(headings: Sequence[str], column: str) -> list[int]:
    """Headings that are the name exactly, else those that are it without marks, case and punctuation."""
    exact = [place for place, heading in enumerate(headings) if nfc(heading).strip() == nfc(column).strip()]
    return exact or _where(headings, {_plain(column)} - {""})


def _recognised(headings: Sequence[str]) -> list[int]:
    """Places of the surest kind of question heading that occurs at all."""
    phrases = [place for place, heading in enumerate(headings) if _speaks_of_questions(_plain(heading))]
    return _where(headings, _EXACT) or phrases or _where(headings, _LOOSE)


def _speaks_of_questions(plain: str) -> bool:
    match = _PHRASE.search(plain)
    if match is None or len(plain) > _LONGEST_HEADING:
        return False
    return not (_ABOUT_BEFORE.search(plain[: match.start()]) or _ABOUT_AFTER.match(plain[match.end() :]))


def _where(headings: Iterable[str], names: set[str]) -> list[int]:
    return [place for place, heading in enumerate(headings) if _plain(heading) in names]


def _plain(heading: str) -> str:
    """`  Câu_hỏi (*)` -> `cau hoi`."""
    return " ".join(re.findall(r"[^\W_]+", fold(nfc(heading))))


def _explain(headings: Sequence[str], column: str | None, found: Sequence[int]) -> str:
    shown = found or range(len(headings))
    listed = "; ".join(f"{column_letter(place)} «{headings[place].strip()}»" for place in list(shown)[:40])
    if found:
        what = f"Có {len(found)} cột đều có thể là cột câu hỏi: {listed}."
    elif column is not None:
        what = f"Không có cột «{column}». Tệp có các cột: {listed or 'không cột nào'}."
    else:
        what = f"Không nhận ra cột câu hỏi. Tệp có các cột: {listed or 'không cột nào'}."
    wanted = "Cần một cột tên «question» hoặc «câu hỏi» ở hàng tiêu đề"
    return f'{what} {wanted}; hoặc hãy chỉ rõ cột bằng tên hay chữ cái, ví dụ: --column "{_example(headings, found)}"'


def _example(headings: Sequence[str], found: Sequence[int]) -> str:
    if len(found) > 1:
        return column_letter(found[-1])
    return next((heading.strip() for heading in headings if heading.strip()), "B")
