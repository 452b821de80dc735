"""Gates: the least (or, for errors, the most) that a measure may come to; knows no file and no asker."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import TypeAdapter, ValidationError

from assistant.errors import EvaluationError
from assistant.evaluation.averages import Score
from assistant.evaluation.measures import MEASURES

# A gate is written with four decimals at most; what floating point adds is no miss.
TOLERANCE = 1e-9
OWN = "gates"
_LOWER_IS_BETTER = {measure.name for measure in MEASURES if measure.lower_is_better}


@dataclass(frozen=True, slots=True)
class MissedGate:
    """A measure on the wrong side of its gate."""

    name: str
    gate: float
    value: float


def parse_gates(text: str, name: str, *, stem: str = "") -> dict[str, float]:
    """The gates of the set whose file has that stem: `[gates-STEM]`, and `[gates]` where that is not there.

    Raises EvaluationError for what can't be a gate, in whichever set's.
    """
    try:
        tables = TypeAdapter(dict[str, dict[str, float]]).validate_python(tomllib.loads(text))
    except (tomllib.TOMLDecodeError, ValidationError) as error:
        raise EvaluationError(
            f"Không đọc được «{name}» ({error}). Cần mục [gates], mỗi dòng một số, ví dụ: answer_accuracy = 0.6"
        ) from error
    if strange := [table for table in tables if table != OWN and not table.startswith(f"{OWN}-")]:
        raise EvaluationError(
            f"«{name}» có mục không hiểu được: {', '.join(strange)}. Cần [{OWN}], hoặc [{OWN}-TÊN] cho bộ TÊN.jsonl."
        )
    known = [measure.name for measure in MEASURES]
    if unknown := [gate for gates in tables.values() for gate in gates if gate not in known]:
        raise EvaluationError(f"«{name}» nêu số đo không có: {', '.join(unknown)}. Các số đo là: {', '.join(known)}.")
    return tables.get(f"{OWN}-{stem}", tables.get(OWN, {}))


def missed_gates(gates: Mapping[str, float], scores: Mapping[str, Score]) -> tuple[MissedGate, ...]:
    """The gates that were missed; a measure that the set can't measure (n = 0) misses nothing."""
    measured = ((name, gate, scores[name].value) for name, gate in gates.items())
    return tuple(MissedGate(name, gate, v) for name, gate, v in measured if v is not None and _misses(name, gate, v))


def _misses(name: str, gate: float, value: float) -> bool:
    return value > gate + TOLERANCE if name in _LOWER_IS_BETTER else value < gate - TOLERANCE


def unmeasured_gates(gates: Mapping[str, float], scores: Mapping[str, Score]) -> tuple[str, ...]:
    """The gates whose measure has no value over these questions, so that nobody takes them for passed."""
    return tuple(name for name in gates if scores[name].value is None)
