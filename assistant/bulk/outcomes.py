"""What became of one row (an answer object or an error) as cells and as a JSON line; knows no file."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from assistant.bulk.cells import ABSENT, Cell, Row, as_json, free_name
from assistant.sheets import Cells, place_shown

ADDED = ("answer", "abstained", "reason", "confidence", "citations", "citations_json", "engine", "error")
# Every key of the answer object, so that a line with an error has the same shape.
_NO_ANSWER: dict[str, Any] = {
    "id": None,
    "question": None,
    "answer": None,
    "abstained": None,
    "reason": None,
    "confidence": None,
    "engine": None,
    "seconds": None,
    "fingerprints": {},
    "understood": None,
    "direct": "",
    "citations": [],
    "related": [],
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """Exactly one of the two: `answer` is the answer object of the contract, `error` has `code` and `message`."""

    answer: Mapping[str, Any] | None = None
    error: Mapping[str, str] | None = None

    @property
    def abstained(self) -> bool:
        return self.answer is not None and bool(self.answer["abstained"])


def failed(code: str, message: str) -> Outcome:
    return Outcome(error={"code": code, "message": message})


def added_headings(headings: Sequence[str]) -> list[str]:
    """The added columns' names, each after `cancu_` where the file has a column of that name."""
    taken = {heading.strip().casefold() for heading in headings}
    return [free_name(name, taken) for name in ADDED]


def added_cells(outcome: Outcome) -> Row:
    """The cells under `ADDED`."""
    if outcome.error is not None:
        return (None,) * (len(ADDED) - 1) + (f"{outcome.error['code']}: {outcome.error['message']}",)
    answer = outcome.answer or _NO_ANSWER
    citations = answer["citations"]
    cells = {name: answer.get(name) for name in ADDED}
    cells["citations"] = "\n".join(map(citation_text, citations)) or None
    cells["citations_json"] = json.dumps(citations, ensure_ascii=False)
    return tuple(cells[name] for name in ADDED)


def citation_text(citation: Mapping[str, Any]) -> str:
    """`[1] Tên văn bản — Điều 5, trang 3: «trích dẫn»`, the quotation letter by letter."""
    note = f" ({citation['note']})" if citation.get("note") else ""
    cells = Cells(**citation["cells"]) if citation.get("cells") else None  # runs begun by an older program have none
    headings = " › ".join(heading for heading in citation["headings"] if heading != citation["title"])
    place = ", ".join(filter(None, (headings, place_shown(citation["page"], cells))))
    return f"[{citation['number']}] {citation['title']}{note}{' — ' if place else ''}{place}: «{citation['quote']}»"


def merged(keys: Sequence[str], row: Row, outcome: Outcome, *, question: str) -> dict[str, Any]:
    """The answer object with the row's own keys, which win: `id` and the question are the row's, any other key of the
    answer that the file has too is found under `cancu_<key>`.

    `keys` are those of the whole file, so that every line has its answer under the same names.
    """
    own: dict[str, Cell] = {key: as_json(cell) for key, cell in zip(keys, row, strict=True) if cell is not ABSENT}
    given = outcome.answer or {**_NO_ANSWER, "question": own.get(question), "error": outcome.error}
    ours = {_answer_key(key, keys, question): value for key, value in given.items()}
    return {**ours, **own}


def _answer_key(key: str, keys: Sequence[str], question: str) -> str:
    return key if key == "id" or key == question else free_name(key, keys)
