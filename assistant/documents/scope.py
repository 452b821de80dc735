"""Which documents are meant: by kind, issuer, state and day of issue; one rule for lists, search and answers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import date

from assistant.documents.validity import STATES, State
from assistant.errors import UsageError
from assistant.types import Document
from assistant.vietnamese.normal import fold

# What is chosen to mean documents that do not tell.
UNTOLD = "không rõ"


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
    `since` and `until` are the first and last day of issue, or years; `undated` means documents without a day of issue.
    Raises UsageError.
    """

    kind: str = ""
    issuer: str = ""
    state: str = ""
    since: str = ""
    until: str = ""
    undated: bool = False

    def __post_init__(self) -> None:
        _day("--from", self.since, "01-01")
        _day("--to", self.until, "12-31")
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
        first, last = _day("--from", self.since, "01-01"), _day("--to", self.until, "12-31")
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
    return " ".join(re.sub(r"[^\w\s]", " ", fold(text)).split())


def _day(option: str, text: str, rest: str) -> str:
    """The ISO day; of a year the one that `rest` completes. Raises UsageError."""
    try:
        return (
            date.fromisoformat(f"{text}-{rest}" if re.fullmatch(r"\d{4}", text) else text).isoformat() if text else ""
        )
    except ValueError as error:
        raise UsageError(f"{option} cần một ngày dạng 2026-07-01 hoặc một năm, nhận được «{text}».") from error


def _told(text: str) -> str:
    """A day as Vietnamese write it."""
    return f"năm {text}" if len(text) == 4 else f"{date.fromisoformat(text):%d/%m/%Y}"


EVERYTHING = Scope()
