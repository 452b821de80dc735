"""Days and months in one form however they are written; knows no other numbers and no index."""

from __future__ import annotations

import re
from collections.abc import Iterator

from assistant.vietnamese.normal import fold

_YEAR = r"((?:19|20)[0-9]{2})(?![0-9])"
# `28/02/2023`, `28-2-2023`, `28.2.2023`
_DAY = re.compile(rf"([0-9](?<![0-9./-][0-9])[0-9]?)\s?([/.-])\s?([0-9]{{1,2}})\s?\2\s?{_YEAR}(?![/.-][0-9])")
# `2023-02-28`
_ISO = re.compile(r"((?:19|20)[0-9]{2}(?<![0-9./-][0-9]{4}))-([0-9]{2})-([0-9]{2})(?![0-9-])")
# `ngày 28 tháng 02 năm 2023`, `tháng 2/2023`, from the word on
_MONTH = re.compile(rf"thang\s{{1,3}}([0-9]{{1,2}})(?:[\s,]{{1,3}}nam\s{{1,3}}|\s?[/.-]\s?){_YEAR}(?![/.-][0-9])")
_DAY_BEFORE = re.compile(r"(?<![0-9.,/-])([0-9]{1,2})[\s,]{1,3}$")


def date_terms(text: str) -> list[str]:
    """A key for each month and day that the text names with its year, each once.

    `tháng 2/2023` -> `m2023-02`; `28/02/2023` -> `m2023-02`, `d2023-02-28`.
    """
    folded = fold(text)
    return list(dict.fromkeys([*_days(folded), *_months(folded)]))


def _days(folded: str) -> Iterator[str]:
    for day, _, month, year in _DAY.findall(folded):
        yield from _keys(year, month, day)
    for year, month, day in _ISO.findall(folded):
        yield from _keys(year, month, day)


def _months(folded: str) -> Iterator[str]:
    for found in _MONTH.finditer(folded):
        month, year = found.groups()
        day = _DAY_BEFORE.search(folded, max(0, found.start() - 6), found.start())
        yield from _keys(year, month, day.group(1) if day else None)


def _keys(year: str, month: str, day: str | None) -> Iterator[str]:
    if not 1 <= int(month) <= 12:
        return
    yield f"m{year}-{int(month):02}"
    if day and 1 <= int(day) <= 31:
        yield f"d{year}-{int(month):02}-{int(day):02}"
