"""Jsonl files in and out: one object a line; a broken line is carried along, not a reason to stop."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, BinaryIO

from assistant.bulk.cells import ABSENT, Table, unique_keys
from assistant.bulk.outcomes import Outcome, merged
from assistant.errors import InputFileError

# Where the text of a line that is no JSON object is kept.
BROKEN = "line"


def looks_like(text: str) -> bool:
    """Whether the first line that is not blank is a JSON object."""
    first = next((line for line in text.split("\n") if line.strip()), "")
    return isinstance(_value(first), dict)


def read(text: str, name: str) -> Table:
    """The table of a jsonl file, a column for every key that occurs; blank lines are no rows. Raises InputFileError."""
    lines = [line.strip("\r") for line in text.split("\n") if line.strip()]
    objects = [_value(line) for line in lines]
    if lines and not any(isinstance(found, dict) for found in objects):
        raise InputFileError(
            f"«{name}» không phải jsonl: không dòng nào là một đối tượng JSON. "
            'Mỗi dòng cần có dạng {"id": "1", "question": "…"}.'
        )
    faults = {place: _fault(line) for place, line in enumerate(lines) if not isinstance(objects[place], dict)}
    rows = [found if isinstance(found, dict) else {BROKEN: line} for found, line in zip(objects, lines, strict=True)]
    keys = tuple(dict.fromkeys(key for row in rows for key in row))
    return Table(headings=keys, rows=tuple(tuple(row.get(key, ABSENT) for key in keys) for row in rows), faults=faults)


def _value(line: str) -> Any:
    """The line's JSON value, None where it is no JSON."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _fault(line: str) -> str:
    return f"Dòng không phải đối tượng JSON: {line[:60]}{'…' if len(line) > 60 else ''}"


def write(file: BinaryIO, table: Table, outcomes: Iterable[Outcome], *, question: int) -> tuple[str, ...]:
    """A line per row: the answer object merged with the row's own keys; rows above the headings have no place here."""
    keys = unique_keys(table.headings)
    for row, outcome in zip(table.rows, outcomes, strict=True):
        line = merged(keys, table.padded(row), outcome, question=keys[question])
        file.write(_line(line))
    return ("Các hàng nằm trên hàng tiêu đề không có trong tệp jsonl.",) if table.above else ()


def _line(value: dict[str, Any]) -> bytes:
    """UTF-8, one line; escapes where a lone surrogate (half a character) has no UTF-8 form."""
    try:
        return json.dumps(value, ensure_ascii=False).encode() + b"\n"
    except UnicodeEncodeError:
        return json.dumps(value).encode() + b"\n"
