"""Which documents are meant: by kind, issuer, state and day of issue; one rule for lists, search and answers."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from assistant.documents.validity import STATES, State
from assistant.errors import UsageError
from assistant.types import Document
from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold

# What is chosen to mean documents that do not tell.
UNTOLD = "không rõ"
_YEAR, _MONTH, _DAY = r"(?P<year>[0-9]{4})", r"(?P<month>[0-9]{1,2})", r"(?P<day>[0-9]{1,2})"
_ISO = (f"{_YEAR}-{_MONTH}-{_DAY}", f"{_YEAR}-{_MONTH}", _YEAR)
_VIETNAMESE = (f"{_DAY}[/.-]{_MONTH}[/.-]{_YEAR}", f"{_MONTH}[/.-]{_YEAR}")
_FORMS = tuple(map(re.compile, (*_ISO, *_VIETNAMESE)))


@dataclass(frozen=True, slots=True)
class Facts:
    """What a scope asks of a document; None where it does not tell."""

    kind: str | None
    issuer: str | None
    issued: str | None
    state: str


def facts_of(document: Document, state: State) -> Facts:
    return Facts(document.kind, document.issuer, document.issued, state.name)


@dataclass(frozen=True, slots=True)
class Scope:
    """Empty where anything will do; marks and capitals do not matter.

    A `kind` or `issuer` that some document has exactly means that one alone; else those whose name holds its words.
    `since` and `until` are the first and last day of issue: days, months or years, as Vietnamese or as ISO write them;
    `undated` means documents without a day of issue. Short forms (UBND) mean the same as written out.
    Raises UsageError.
    """

    kind: str = ""
    issuer: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    undated: bool = False

    def __post_init__(self) -> None:
        first, last = _days("--from", self.since)[0], _days("--to", self.until)[1]
        if first and last and first > last:
            days = f"--from {self.since} là sau --to {self.until}"
            raise UsageError(f"{days} nên không ngày nào ở giữa. Hãy đổi chỗ hai ngày, hoặc bỏ bớt một.")
        if self.state and _folded(self.state) not in map(_folded, STATES):
            raise UsageError(f"Không có trạng thái hiệu lực «{self.state}». Hãy chọn một trong: {', '.join(STATES)}.")

    def __bool__(self) -> bool:
        return any(getattr(self, field.name) for field in fields(self))

    @property
    def shown(self) -> str:
        """`loại «Thông tư»; ban hành từ 2024-01-01`."""
        named = (("loại", self.kind), ("cơ quan ban hành", self.issuer), ("hiệu lực", self.state))
        parts = [f"{name} «{value}»" for name, value in named if value]
        days = [f"từ {_told(self.since)}" if self.since else "", f"đến hết {_told(self.until)}" if self.until else ""]
        parts += [f"ban hành {' '.join(filter(None, days))}"] if any(days) else []
        return "; ".join([*parts, *(["không rõ ngày ban hành"] if self.undated else [])])

    def allows(self, told: Sequence[Facts]) -> list[bool]:
        """Of each of all the documents whether it is meant."""
        kinds, issuers = _meant(self.kind, (f.kind for f in told)), _meant(self.issuer, (f.issuer for f in told))
        first, last = _days("--from", self.since)[0], _days("--to", self.until)[1]
        return [
            (kinds is None or f.kind in kinds)
            and (issuers is None or f.issuer in issuers)
            and (not self.state or _folded(f.state) == _folded(self.state))
            and (not (first or last) or bool(f.issued and first <= f.issued <= (last or "9999")))
            and not (self.undated and f.issued)
            for f in told
        ]

    def of(self, documents: Sequence[Document], states: Iterable[State]) -> Iterator[Document]:
        """Those of the documents, whose states are given in the same order, that are meant."""
        told = [facts_of(document, state) for document, state in zip(documents, states, strict=True)]
        return (document for document, meant in zip(documents, self.allows(told), strict=True) if meant)


def _meant(wanted: str, values: Iterable[str | None]) -> set[str | None] | None:
    """The values that are meant; None where any will do."""
    wish = _folded(wanted)
    if not wish:
        return None
    said = {value: _folded(value or UNTOLD) for value in set(values)}
    exact = {value for value, folded in said.items() if folded == wish}
    return exact or {value for value, folded in said.items() if value and f" {wish} " in f" {folded} "}


def _folded(text: str) -> str:
    """Its words, short forms written out and `và` inside names left out."""
    return " ".join(expand(re.sub(r"[^\w\s]", " ", fold(text)).split()))


def _days(option: str, text: str) -> tuple[str, str]:
    """The first and the last ISO day of a day, a month or a year; empty ones of no text. Raises UsageError."""
    if not text:
        return "", ""
    found = next((match for form in _FORMS if (match := form.fullmatch(text.strip()))), None)
    try:
        if found is None:
            raise ValueError(text)
        told = {name: int(value) for name, value in found.groupdict().items()}
        year, last_month = told["year"], told.get("month", 12)
        first = date(year, told.get("month", 1), told.get("day", 1))
        last = date(year, last_month, told.get("day", monthrange(year, last_month)[1]))
        return first.isoformat(), last.isoformat()
    except ValueError as error:
        raise UsageError(
            f"{option} cần một ngày (01/07/2026 hoặc 2026-07-01), một tháng (07/2026) hoặc một năm (2026), "
            f"nhận được «{text}»."
        ) from error


def _told(text: str) -> str:
    """A day, a month or a year as Vietnamese write it."""
    first, last = _days("", text)
    if first == last:
        return f"{date.fromisoformat(first):%d/%m/%Y}"
    return f"năm {first[:4]}" if first[5:7] != last[5:7] else f"tháng {first[5:7]}/{first[:4]}"


EVERYTHING = Scope()
