"""Whether a document is in force on a day, by what the corpus says of it; a pure function over metadata.

What the documents do not tell stays unknown.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from assistant.types import Document, Relation
from assistant.vietnamese.normal import fold

IN_FORCE, NOT_YET, ENDED = "còn hiệu lực", "chưa có hiệu lực", "hết hiệu lực"
PARTLY, AMENDED, UNKNOWN = "hết hiệu lực một phần", "đã được sửa đổi", "không rõ"
STATES = (IN_FORCE, NOT_YET, ENDED, PARTLY, AMENDED, UNKNOWN)
_DONE = {"replaces": "được thay thế", "repeals": "bị bãi bỏ", "amends": "được sửa đổi", "extends": "được gia hạn"}

# What a note of a state begins with where another document did it.
DONE = ("được thay thế", "bị bãi bỏ")


@dataclass(frozen=True, slots=True)
class Change:
    """What one document of the corpus does to another: `by` is its id, `name` what people call it."""

    kind: str
    whole: bool
    by: str
    name: str
    number: str | None
    effective: str | None


@dataclass(frozen=True, slots=True)
class State:
    """One of `STATES`; `note` says by what and since when, `by` are the ids of the documents that did it."""

    name: str
    note: str | None = None
    by: tuple[str, ...] = ()

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.note})" if self.note else self.name


def number_key(number: str) -> str:
    """One form of a document's number: `38/2022/NĐ-CP`, `38/2022/nđ – cp` are the same."""
    return re.sub(r"[\s_]", "", fold(number)).replace("–", "-")


def name_of(document: Document) -> str:
    """`Nghị định số 38/2022/NĐ-CP`, else the title."""
    if not document.number:
        return document.title
    return f"{document.kind} số {document.number}" if document.kind else document.number


def keys_of(document: Document) -> tuple[str, ...]:
    """The numbers under which others speak of it: its own, and that of what it consolidates."""
    base = _base(document)
    return tuple(number_key(n) for n in (document.number, base.number if base else None) if n)


def changes_of(document: Document) -> Iterator[tuple[str, Change]]:
    """What the document does to others, each under the other's number; a consolidated text speaks for its base."""
    base = _base(document)
    for relation in document.relations:
        if relation.kind in _DONE and relation.number and (base is None or relation.kind in ("replaces", "repeals")):
            name = re.split(r"\s+(?:của|ngày)\b", base.name)[0] if base else name_of(document)
            number = base.number if base else document.number
            change = Change(
                relation.kind, relation.whole, document.id, " ".join(name.split()), number, document.effective
            )
            yield number_key(relation.number), change


def states(documents: Iterable[Document], as_of: date) -> dict[str, State]:
    """The state of each document of a corpus, by id."""
    known = list(documents)
    changes: dict[str, list[Change]] = {}
    for document in known:
        for key, change in changes_of(document):
            changes.setdefault(key, []).append(change)
    return {document.id: state_of(document, changes, as_of) for document in known}


def state_of(document: Document, changes: Mapping[str, Sequence[Change]], as_of: date) -> State:
    """The document's state; `changes` are those of its corpus, by the number that they speak of."""
    told = changes_to(document, changes)
    enders = [c for c in told if c.whole and c.kind in ("replaces", "repeals")]
    if ended := [c for c in enders if _since(c, as_of)]:
        return State(ENDED, _done(ended[0]), _ids(ended))
    if unsure := [c for c in enders if _day(c.effective) is None]:
        return State(UNKNOWN, f"có thể đã {_done(unsure[0])}", _ids(unsure))
    begins, last = _day(document.effective), _day(document.expires)
    if begins is not None and as_of < begins:
        return State(NOT_YET, f"có hiệu lực từ ngày {_shown(begins)}")
    if last is not None and as_of > last:
        extended = [c for c in told if c.kind == "extends"]
        if extended:
            return State(UNKNOWN, f"thời hạn {_done(extended[0])}", _ids(extended))
        return State(ENDED, f"theo thời hạn của văn bản, đến hết ngày {_shown(last)}")
    return _changed(told, as_of, known=begins is not None)


def changes_to(document: Document, changes: Mapping[str, Sequence[Change]]) -> list[Change]:
    """What others do to the document, of the changes of its corpus by the number that they speak of."""
    return [change for key in keys_of(document) for change in changes.get(key, ()) if _concerns(change, document)]


def _changed(told: Sequence[Change], as_of: date, *, known: bool) -> State:
    parts = [c for c in told if not c.whole and c.kind in ("replaces", "repeals") and _since(c, as_of)]
    amended = [c for c in told if c.kind in ("amends", "extends") and _since(c, as_of)]
    notes = "; ".join(dict.fromkeys([*(f"một phần {_done(c)}" for c in parts), *map(_done, amended)])) or None
    ids = _ids([*parts, *amended])
    if not known:
        return State(UNKNOWN, notes, ids)
    if amended:
        return State(AMENDED, notes, ids)
    return State(PARTLY if parts else IN_FORCE, notes, ids)


def _base(document: Document) -> Relation | None:
    return next((r for r in document.relations if r.kind == "consolidated_from"), None)


def _concerns(change: Change, document: Document) -> bool:
    """A consolidated text holds the amendments that it names already, and no document changes itself."""
    inside = {number_key(r.number) for r in document.relations if r.kind == "consolidated_from" and r.number}
    return change.by != document.id and not (change.number and number_key(change.number) in inside)


def _since(change: Change, as_of: date) -> bool:
    day = _day(change.effective)
    return day is not None and day <= as_of


def _done(change: Change) -> str:
    day = _day(change.effective)
    return f"{_DONE[change.kind]} bởi {change.name}" + (f" từ ngày {_shown(day)}" if day else "")


def _ids(changes: Sequence[Change]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(change.by for change in changes))


def _day(value: str | None) -> date | None:
    """The ISO date; None for what front matter may hold instead."""
    try:
        return date.fromisoformat(value) if value else None
    except ValueError:
        return None


def _shown(day: date) -> str:
    return f"{day.day:02}/{day.month:02}/{day.year}"
