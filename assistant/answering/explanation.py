"""Why an answer is what it is: what was understood, which sentences stood to choose, what decided; decides nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from assistant.answering.abstention import contributions
from assistant.answering.asked import Asked
from assistant.answering.cases import Case
from assistant.answering.matching import Match, Weight
from assistant.types import Span

# Sentences that are told of.
MOST = 10

ASKED = {
    Asked.NUMBER: "một con số",
    Asked.DATE: "thời gian",
    Asked.PERSON: "người hoặc cơ quan",
    Asked.OFFICE: "chức vụ",
    Asked.DOCUMENT: "số hiệu văn bản",
    Asked.PLACE: "nơi chốn",
    Asked.LIST: "danh sách",
    Asked.REASON: "lý do",
    Asked.OTHER: "nội dung",
}
TRAITS = {
    "own": "từ của câu hỏi có trong câu",
    "around": "kể cả ngữ cảnh quanh câu",
    "literal": "đúng nguyên từ của câu hỏi",
    "similar": "gần nghĩa toàn câu",
    "hit_score": "điểm của đoạn khi tìm",
    "fits": "đúng loại điều được hỏi",
    "numbers": "đủ các số trong câu hỏi",
    "names": "đủ các tên riêng",
    "lacking": "từ quan trọng còn thiếu",
}


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that stood to choose; `traits` are by their names in `TRAITS`, `chosen` says that it is quoted."""

    document_id: str
    title: str
    start: int
    end: int
    text: str
    score: float
    chosen: bool
    traits: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What led to one answer; `weights` are what each feature added to the confidence, before it becomes a share."""

    question: str
    understood: str | None
    asked: str
    terms: tuple[str, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]
    documents: tuple[str, ...]
    candidates: tuple[Candidate, ...]
    confidence: float
    threshold: float
    reason: str | None
    weights: Mapping[str, float]
    parts: tuple[Explanation, ...] = ()

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    def lines(self) -> Iterator[str]:
        """The explanation as people read it, line by line."""
        yield f"Hiểu câu hỏi: {self.understood or self.question}"
        yield f"Điều được hỏi: {ASKED[Asked(self.asked)]}; từ để tìm: {', '.join(self.terms) or 'không có'}"
        details = [*self.documents, *self.names, *self.numbers]
        if details:
            yield f"Chi tiết phải có: {', '.join(dict.fromkeys(details))}"
        for number, candidate in enumerate(self.candidates, start=1):
            mark = "đã trích" if candidate.chosen else "không trích"
            yield f"{number}. điểm {_number(candidate.score)} ({mark}), {candidate.title}: {_short(candidate.text)}"
            yield "   " + "; ".join(f"{TRAITS[name]} {_number(value)}" for name, value in candidate.traits.items())
        verdict = "trả lời" if self.reason is None else "từ chối"
        yield f"Độ tin cậy {_number(self.confidence)}, ngưỡng {_number(self.threshold)}: {verdict}."
        for part in self.parts:
            yield from (f"   {line}" for line in part.lines())


def explain(case: Case, weight: Weight, threshold: float) -> Explanation:
    """Of a case that was answered or withheld."""
    chosen = [passage.span for passage in case.passages(weight)] if case.assessment.reason is None else []
    return Explanation(
        question=case.question,
        understood=case.understood,
        asked=case.asked.asked.value,
        terms=case.asked.terms,
        numbers=case.asked.numbers,
        names=case.asked.names,
        documents=case.asked.documents,
        candidates=tuple(_candidate(m, chosen) for m in case.ranked[:MOST]),
        confidence=case.assessment.confidence,
        threshold=threshold,
        reason=case.assessment.reason,
        weights=contributions(case.ranked) if case.ranked else {},
        parts=tuple(replace(explain(part, weight, threshold), question=part.asked.text) for part in case.parts),
    )


def _candidate(m: Match, chosen: list[Span]) -> Candidate:
    unit = m.unit
    traits = {name: float(unit.hit_score if name == "hit_score" else getattr(m, name)) for name in TRAITS}
    quoted = any(span.covers(unit.span) for span in chosen)
    return Candidate(
        unit.document.id, unit.document.title, unit.start, unit.end, unit.text, round(m.score, 4), quoted, traits
    )


def _number(value: float) -> str:
    return f"{value:.2f}".replace(".", ",")


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= 160 else line[:160].rsplit(" ", 1)[0] + " …"
