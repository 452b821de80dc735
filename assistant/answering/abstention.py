"""How sure the evidence makes us, and what is said when it does not suffice; knows no documents."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.answering.matching import Match, missing_names, missing_numbers
from assistant.answering.question import Asked, Understanding

# Of the best sentence; what each is, `evidence.Match` says.
FEATURES = ("own", "pairs", "around", "lacking", "numbers", "fits", "deputy", "names", "similar")
# Logistic weights over the features, made by `python -m assistant.tuning`.
WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
# What is left of the confidence where a number or a proper name of the question stands nowhere near the evidence, or
# where the evidence holds no figure, date or person though one is asked for.
_WITHOUT_DETAIL = 0.4

REASONS = {
    "no_evidence": "Tài liệu trong kho không nêu nội dung này.",
    "thin_evidence": "Tài liệu trong kho không nêu rõ nội dung này nên không đủ căn cứ để trả lời.",
    "missing_detail": "Tài liệu trong kho có nói về chủ đề này nhưng không nêu đúng chi tiết được hỏi ({detail}).",
    "empty_question": "Bạn chưa nhập câu hỏi. Bạn hãy nhập nội dung cần tra cứu.",
    "no_citation": "Không kiểm chứng được trích dẫn nào nên không đủ căn cứ để trả lời.",
}


@dataclass(frozen=True, slots=True)
class Assessment:
    """Confidence in 0..1 that the evidence answers the question, and why it may not."""

    confidence: float
    reason: str | None
    sentence: str | None


def assess(ranked: Sequence[Match], question: Understanding, *, threshold: float) -> Assessment:
    if not ranked or not question.terms:
        return Assessment(0.0, "no_evidence", REASONS["no_evidence"])
    best = ranked[0]
    missing = [*missing_numbers(best.unit, question), *missing_names(best.unit, question)]
    unfit = question.asked in (Asked.NUMBER, Asked.DATE, Asked.PERSON) and not best.fits
    confidence = round(_confidence(ranked) * (_WITHOUT_DETAIL if missing or unfit else 1.0), 4)
    if confidence >= threshold:
        return Assessment(confidence, None, None)
    if missing and best.around > 0.5:
        detail = ", ".join(missing[:3])
        return Assessment(confidence, "missing_detail", REASONS["missing_detail"].format(detail=detail))
    reason = "thin_evidence" if best.around > 0.4 else "no_evidence"
    return Assessment(confidence, reason, REASONS[reason])


def features(ranked: Sequence[Match]) -> list[float]:
    """The features of the best sentence, in the order of FEATURES."""
    return [float(getattr(ranked[0], name)) for name in FEATURES]


def _confidence(ranked: Sequence[Match]) -> float:
    bias, weights = _weights()
    return 1 / (1 + math.exp(-bias - sum(w * f for w, f in zip(weights, features(ranked), strict=True))))


@cache
def _weights() -> tuple[float, list[float]]:
    fitted = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return float(fitted["bias"]), [float(fitted["weights"][name]) for name in FEATURES]
