"""The headings of a legal text: annexes, forms, parts, chapters, and its own articles, clauses and points.

Articles, clauses and points are counted: a number that does not go on counting is a note, a table or a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from assistant.documents.counting import ARTICLES, CLAUSES, LETTERS, Option, counted
from assistant.documents.quoted import Line
from assistant.documents.signatures import signature_span

ANNEX, FORM, PART, CHAPTER, SECTION, SUBSECTION, ARTICLE, CLAUSE, POINT = range(9)
_ROMAN = r"[IVXLC]+"
# A number of a note may stand glued to what it is on, or in brackets.
_MARK = r"(?:\d{1,3}|\[\d{1,3}\])?"
_LEVELS = (
    (PART, re.compile(rf"(PHẦN|Phần)\s+((?:THỨ|thứ)\s+\w+(?:\s+\w+)?|{_ROMAN}|\d+)(?:\[\d+\])?\b[.:]?\s*(.*)")),
    (ANNEX, re.compile(rf"(PHỤ LỤC|Phụ lục)(?:\s+((?:SỐ|số)?\s*\d+[a-zđ]?|{_ROMAN}|[A-Z])){_MARK}\s*[.:]?\s*()$")),
    (ANNEX, re.compile(rf"(PHỤ LỤC|Phụ lục)\s+((?:SỐ|số)?\s*\d+[a-zđ]?|{_ROMAN}|[A-Z])\s*[.:–-]\s*(.*)")),
    (ANNEX, re.compile(rf"(PHỤ LỤC|Phụ lục)(){_MARK}\s*[.:]?\s*()$")),
    (CHAPTER, re.compile(rf"(CHƯƠNG|Chương)\s+({_ROMAN}|\d+)(?:\d{{1,3}}|\[\d+\])?\b[.:]?\s*(.*)")),
    (SECTION, re.compile(rf"(MỤC|Mục)\s+(\d+|{_ROMAN})(?:\[\d+\])?\b[.:]?\s*(.*)")),
    (SUBSECTION, re.compile(rf"(TIỂU MỤC|Tiểu mục)\s+(\d+|{_ROMAN})(?:\[\d+\])?\b[.:]?\s*(.*)")),
)
_FORM = re.compile(
    r"(?:(?:BIỂU|Biểu)\s+)?(?:MẪU|Mẫu|mẫu)\s+(?:SỐ|số)\s*:?\s*(\d{1,4}[A-ZĐa-z]?(?:[-./][A-ZĐa-z0-9]+)*)\s*(?:[.:]\s*(\S.*))?$"
)
_ATTACHED = re.compile(
    r"QUY CHẾ|QUY ĐỊNH|ĐIỀU LỆ|QUY TRÌNH|CHƯƠNG TRÌNH|KẾ HOẠCH|ĐỀ ÁN|HƯỚNG DẪN|NỘI QUY|CHIẾN LƯỢC"
    r"|QUY CHUẨN KỸ THUẬT QUỐC GIA"
)
_WITH = re.compile(r"\(?\s*+(?:[Bb]an hành\s*+)?[Kk]èm theo\s")
_ARTICLE = re.compile(r"[#*_\s]*Điều\s+(\d{1,6})([a-zđ]?)(?:\s?\[\d+\])?(?:\s*[.:]\**\s*(.*)|\**\s*()$)")
_CLAUSE = re.compile(r"(\d{1,4})([a-zđ]?)\.(?:(\d{1,3})|\[\d+\])?(?:\s|$)")
_POINT = re.compile(r"([a-zđ])(\d{0,2})\)(?:\d{1,3}|\[\d+\])?\s*\S")
_LEADERS = re.compile(r"\.{4,}|…{2,}|(?:…\s?){3,}")
_CONTENTS = re.compile(r"(?:(?<!\.)\.{3,}|(?<!…)…+)\s*\d+$")
_NOTE_AT_END = re.compile(r"(?<=[^\W\d_]{2})\d{1,3}$|(?<=\S)\s?\[\d{1,3}\]$")
_TITLE_LENGTH = 200
_BLANKS_OF_A_FORM = 3
_ENDED = tuple('.:;!?…/”"»)')
# What breaks off before a reference, which may then stand at a line's start.
_BEFORE_REFERENCE = re.compile(
    r"\b(?:tại|theo|của|trong|và|hoặc|với|từ|đến|ở|các|số|thuộc|bằng|như|là|nêu|điểm|khoản|kèm|cùng|này|về|cho)$"
)
_TITLE_LINES = 4
# How sure it is that a line without a title, under a line that has not ended, begins an article.
_UNSURE, _QUOTED, _GLUED = 0.4, 0.3, 0.9


@dataclass(frozen=True, slots=True)
class Heading:
    """`label` is None where the line only ends what stands open at this level."""

    level: int
    label: str | None
    title: str
    start: int


def is_law(lines: Sequence[Line]) -> bool:
    """Whether it has articles of its own."""
    return any(_article(line) for line in lines if not line.quoted)


def short(title: str) -> str:
    title = title.strip().rstrip(".:")
    return title if len(title) <= _TITLE_LENGTH else title[:_TITLE_LENGTH].rsplit(" ", 1)[0] + "…"


def law_level(line: Line, before: Line | None, following: Sequence[Line]) -> Heading | None:
    """The heading of an annex, a part, a chapter or a section that the line is."""
    text = line.text.lstrip("#*_ ")
    for level, pattern in _LEVELS:
        if match := pattern.match(text):
            number, title = match.group(2) or "", match.group(3) or ""
            if title[:1].islower() or (level == ANNEX and _is_open(before, line)):
                return None  # «Chương II của Nghị định này …» is a reference at a line's start
            if following and following[0].text == "Trang":
                return None  # a table of contents
            if not title:
                title = " ".join(_capitals(following))
            label = f"{match.group(1).capitalize()} {number}".strip()
            return Heading(level, " ".join(label.split()), short(_without_note(title)), line.start)
    return None


def law_headings(
    text: str, lines: Sequence[Line], markdown: Callable[[Line], Heading | None] | None = None
) -> list[Heading]:
    """Every heading of a legal text in order of its start."""
    found = list(_outer(lines, markdown))
    signed = signature_span(text)
    borders = [h.start for h in found if h.level <= FORM] + ([signed[1]] if signed else [])
    main = min(borders, default=len(text))
    forms = {h.start for h in found if h.level == FORM}
    stops = {h.start for h in found if h.level < ARTICLE} | ({signed[0]} if signed else set())
    for region in _regions(lines, borders):
        start = region[0].start
        if start not in forms and (start < main or not _is_blank_form(region)):
            found += _articles(region, stops)
    return sorted(found, key=lambda h: (h.start, h.level))


def _outer(lines: Sequence[Line], markdown: Callable[[Line], Heading | None] | None) -> Iterator[Heading]:
    forms = 0
    for i, line in enumerate(lines):
        if line.quoted or line.noted:
            continue
        before = lines[i - 1] if i else None
        if heading := law_level(line, before, lines[i + 1 : i + 1 + _TITLE_LINES]) or _attached(lines, i):
            yield heading
        elif (match := _FORM.match(line.text)) and not _is_open(before, line):
            number = _form_number(match.group(1), forms)
            forms = int(re.match(r"\d+", number).group())  # type: ignore[union-attr]
            yield Heading(FORM, f"Mẫu số {number}", short(match.group(2) or ""), line.start)
        elif markdown and not _article(line) and (heading := markdown(line)):
            yield heading


def _form_number(written: str, before: int) -> str:
    """`014` after no form, or after `00`, is form 01 with note 4."""
    match = re.fullmatch(r"(0\d)\d{1,2}", written)
    return match.group(1) if match and int(match.group(1)) == before + 1 else written


def _attached(lines: Sequence[Line], i: int) -> Heading | None:
    """A regulation issued with the document: its kind in capitals, its title, `(Ban hành kèm theo …)`."""
    if not _ATTACHED.fullmatch(lines[i].text):
        return None
    title: list[str] = []
    for line in lines[i + 1 : i + 9]:
        if _WITH.match(line.text):
            return Heading(ANNEX, lines[i].text.capitalize(), short(" ".join(title)), lines[i].start)
        if _article(line):
            return None
        title.append(line.text)
    return None


def _regions(lines: Sequence[Line], borders: Sequence[int]) -> Iterator[Sequence[Line]]:
    """Runs of lines between borders: the main text, each annex and each form counts its articles alone."""
    starts = sorted({0, *borders})
    at = 0
    for _, end in pairwise([*starts, float("inf")]):
        begin = at
        while at < len(lines) and lines[at].start < end:
            at += 1
        if at > begin:
            yield lines[begin:at]


def _is_blank_form(region: Sequence[Line]) -> bool:
    return sum(bool(_LEADERS.search(line.text)) for line in region) >= _BLANKS_OF_A_FORM


def _articles(region: Sequence[Line], stops: set[int]) -> Iterator[Heading]:
    places = [i for i, line in enumerate(region) if not line.quoted and _article(line)]
    readings = counted([_readings(region, i) for i in places], ARTICLES)
    own = {i: reading for i, reading in zip(places, readings, strict=True) if reading}
    stop = {i for i, line in enumerate(region) if line.start in stops} | own.keys()
    for i, reading in own.items():
        title = _article(region[i]).group(3) or ""  # type: ignore[union-attr]
        label = f"Điều {reading.number}{reading.suffix}"
        yield Heading(ARTICLE, label, short(_without_note(title.rstrip("*# "))), region[i].start)
        end = next((j for j in range(i + 1, len(region)) if j in stop), len(region))
        yield from _clauses(region[i + 1 : end])


def _readings(lines: Sequence[Line], i: int) -> list[Option]:
    """The number as it stands, and less the last digits, which may be a note's."""
    match = _article(lines[i])
    assert match is not None
    number, suffix, title = match.group(1), match.group(2), match.group(3)
    sure = 1.0 if lines[i].own else _QUOTED
    if not title and _is_open(lines[i - 1] if i else None, lines[i]):
        sure = min(sure, _UNSURE)
    found = [Option(int(number), suffix, sure, strict=not lines[i].own)]
    cuts = range(max(1, len(number) - 3), len(number)) if not suffix else range(0)
    return found + [Option(int(number[:cut]), "", sure * _GLUED, strict=True) for cut in cuts]


def _clauses(lines: Sequence[Line]) -> Iterator[Heading]:
    """The clauses of one article, each with its points; points before any clause are the article's own."""
    places = [i for i, line in enumerate(lines) if not line.quoted and _CLAUSE.match(line.text)]
    readings = counted([_clause_readings(lines[i]) for i in places], CLAUSES)
    own = [(i, reading) for i, reading in zip(places, readings, strict=True) if reading]
    yield from _points(lines[: own[0][0] if own else len(lines)])
    for (i, reading), (end, _) in pairwise([*own, (len(lines), None)]):
        assert reading is not None
        yield Heading(CLAUSE, f"Khoản {reading.number}{reading.suffix}", "", lines[i].start)
        yield from _points(lines[i + 1 : end])


def _clause_readings(line: Line) -> list[Option]:
    number, suffix, note = _CLAUSE.match(line.text).groups()  # type: ignore[union-attr]
    return [Option(int(number), suffix, 1.0 if line.own else _QUOTED, strict=note is not None or not line.own)]


def _points(lines: Sequence[Line]) -> Iterator[Heading]:
    last = -1
    for line in lines:
        match = _POINT.match(line.text) if line.own else None
        place = LETTERS.find(match.group(1)) if match else -1
        inserted = bool(match and match.group(2))
        if match and (last < place <= last + 2 or (inserted and place == last)):
            last = place
            yield Heading(POINT, f"Điểm {match.group(1)}{match.group(2)}", "", line.start)


def _article(line: Line) -> re.Match[str] | None:
    match = _ARTICLE.match(line.text)
    return match if match and not _CONTENTS.search(line.text) else None


def _is_open(before: Line | None, line: Line) -> bool:
    """Whether the line before breaks off in a sentence, so that this one may begin with a reference."""
    if before is None or before.text.endswith(_ENDED) or before.page != line.page:
        return False
    return before.text.endswith(",") or bool(_BEFORE_REFERENCE.search(before.text))


def _capitals(lines: Sequence[Line]) -> Iterator[str]:
    """The lines of a title in capitals, to the next heading."""
    for line in lines:
        if not line.text.isupper() or any(pattern.match(line.text) for _, pattern in _LEVELS):
            return
        yield line.text


def _without_note(title: str) -> str:
    return _NOTE_AT_END.sub("", title)
