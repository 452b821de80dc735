"""How sure the evidence makes us, and what is said when it does not suffice; knows no documents."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from assistant.answering.asked import TYPED, Asked
from assistant.answering.matching import Match
from assistant.answering.missing import missing_names, missing_numbers, missing_titles
from assistant.answering.question import Understanding
from assistant.vietnamese.syllables import syllables

# Of the best sentence; what each is, `evidence.Match` says.
FEATURES = ("own", "pairs", "around", "lacking", "numbers", "fits", "deputy", "names", "similar")
# Logistic weights over the features, made by `python -m assistant.tuning`.
WEIGHTS_FILE = Path(__file__).with_name("confidence.json")
# What is left of the confidence, which so stays under the default threshold, where a number or a proper name of the
# question stands nowhere near the evidence, or where it holds no figure, date or person though one is asked for.
_WITHOUT_DETAIL = 0.32
# Where a reason is asked for and words of this weight stand nowhere near, the documents may not even tell the fact.
_PREMISE = 0.9
# … unless this share of the question is said, and it has so many words.
_SAID, _LONG = 0.6, 10
# The signature of the very document that is asked for.
_SIGNATURE = 0.95
# What is known of the very document that is asked about, and stands in a document.
RECORD = 0.95
# What says hardly a word beyond the question answers nothing.
_NOTHING = 0.2
# Where the rarest word stands nowhere near, nor much more than half of the others, and the whole is not alike either.
_HALF, _NEAR = 0.55, 0.35
# Where a figure is asked for and no more than this of what it is the figure of stands near, it is one of another thing.
_HEAD = 0.5

_OPINION = re.compile(
    r"\btheo (?:ý )?bạn\b|\bbạn (?:nghĩ|thấy|cho rằng|đánh giá|thích)\b|\bý kiến (?:riêng )?của bạn\b"
)
_OPINION_UNMARKED = re.compile(r"\bban (?:nghi|thay) (?:gi|sao|the nao)\b|^theo (?:y )?ban,")
_COURTESY = re.compile(r"(?:xin |cam on|chao|alo|ban|nhe|nhieu|oi|a|em|anh|chi|tro ly|hello|hi|ok| )+")

REASONS = {
    "no_evidence": "Tài liệu trong kho không nêu nội dung này.",
    "thin_evidence": "Tài liệu trong kho không nêu rõ nội dung này nên không đủ căn cứ để trả lời.",
    "missing_detail": "Tài liệu trong kho có nói về chủ đề này nhưng không nêu đúng chi tiết được hỏi ({detail}).",
    "which_document": "Nhiều tài liệu có {provision}. Bạn hãy nêu rõ số hiệu văn bản, chẳng hạn: {documents}.",
    "not_vietnamese": "Không tìm thấy câu trả lời cho câu hỏi tiếng Anh này. Bạn hãy hỏi bằng tiếng Việt.",
    "opinion": "Trợ lý chỉ trích dẫn tài liệu, không nêu ý kiến riêng. Bạn hãy hỏi về điều tài liệu có ghi.",
    "unclear_question": "Câu hỏi chưa có nội dung để tra cứu. Bạn hãy nêu rõ điều cần hỏi.",
    "empty_question": "Bạn chưa nhập câu hỏi. Bạn hãy nhập nội dung cần tra cứu.",
    "empty_scope": "Kho không có văn bản nào thuộc phạm vi đã chọn ({scope}). Bạn hãy chọn phạm vi rộng hơn.",
    "no_citation": "Không kiểm chứng được trích dẫn nào nên không đủ căn cứ để trả lời.",
}


# A detail is said to be missing where none of so many of the best sentences has it near.
_LOOKED_AT = 30


@dataclass(frozen=True, slots=True)
class Assessment:
    """Confidence in 0..1 that the evidence answers the question, and why it may not."""

    confidence: float
    reason: str | None
    sentence: str | None


def assess(ranked: Sequence[Match], question: Understanding, *, threshold: float) -> Assessment:
    if not question.terms or _COURTESY.fullmatch(" ".join(syllables(question.text))):
        return _refusal("unclear_question")
    if (_OPINION if question.marked else _OPINION_UNMARKED).search(question.text.lower()):
        return _refusal("opinion")
    if not ranked:
        return _refusal("no_evidence")
    documents = {m.unit.document.id: m.unit.document for m in ranked if m.unit.provision and not m.unit.amending}
    if question.provision and not question.documents and len(documents) > 1:
        named = "; ".join(d.number or d.title for d in list(documents.values())[:3])
        return _refusal("which_document", provision=_label(question), documents=named)
    best = ranked[0]
    missing = _missing(best, question)
    unfit = question.asked in TYPED and not best.fits
    unfit |= best.lacking >= 1.0 and best.around < _HALF and best.similar < _NEAR
    unfit |= question.asked is Asked.NUMBER and best.head <= _HEAD
    unfit |= question.asked is Asked.OTHER and question.datum and best.head <= _HEAD
    unfit |= question.asked is Asked.REASON and best.lacking > _PREMISE and not _is_mostly_said(best, question)
    unfit |= best.told < _NOTHING
    unfit |= question.signed and "ky" not in best.unit.words.terms
    if question.signed and best.unit.provision:
        return Assessment(_SIGNATURE, None, None)
    confidence = round(_confidence(ranked) * (_WITHOUT_DETAIL if missing or unfit else 1.0), 4)
    if confidence >= threshold:
        return Assessment(confidence, None, None)
    if missing and (best.around > 0.5 or question.provision):
        told = [detail for detail in missing if all(detail in _missing(m, question) for m in ranked[:_LOOKED_AT])]
        if not told and not question.provision:
            return _refusal("thin_evidence", confidence)
        detail = ", ".join(question.as_written(number) for number in (told or missing)[:3])
        return _refusal("missing_detail", confidence, detail=detail)
    return _refusal("thin_evidence" if best.around > 0.4 else "no_evidence", confidence)


def _is_mostly_said(best: Match, question: Understanding) -> bool:
    """Whether of a long question so much is said that one word of it may be put otherwise."""
    return best.own >= _SAID and len(question.terms) >= _LONG


def of_english(assessment: Assessment) -> Assessment:
    """A question that was put into rough Vietnamese may only have been put badly."""
    lacks = assessment.reason in ("no_evidence", "thin_evidence")
    return _refusal("not_vietnamese", assessment.confidence) if lacks else assessment


def _refusal(reason: str, confidence: float = 0.0, **details: str) -> Assessment:
    return Assessment(confidence, reason, REASONS[reason].format(**details))


def _label(question: Understanding) -> str:
    """`khoản 2 Điều 4`, as laws are cited."""
    *outer, inner = question.provision
    return " ".join([inner.lower(), *reversed(outer)]) if outer else inner


def _missing(best: Match, question: Understanding) -> list[str]:
    """Numbers, proper names and offices of the question that stand nowhere near the best sentence."""
    numbers = [] if question.checking or best.unit.amending else missing_numbers(best.unit, question)
    missing = [*numbers, *missing_names(best.unit, question)]
    missing += missing_titles(best.unit, question)
    if question.provision and not best.unit.provision:
        return [number for number in missing if number in question.documents] or [_label(question)]
    return missing


def features(ranked: Sequence[Match]) -> list[float]:
    """The features of the best sentence, in the order of FEATURES."""
    return [float(getattr(ranked[0], name)) for name in FEATURES]


def contributions(ranked: Sequence[Match]) -> dict[str, float]:
    """What each feature of the best sentence adds to the logit of the confidence."""
    _, weights = _weights()
    return {name: round(w * f, 4) for name, w, f in zip(FEATURES, weights, features(ranked), strict=True)}


def _confidence(ranked: Sequence[Match]) -> float:
    bias, weights = _weights()
    return 1 / (1 + math.exp(-bias - sum(w * f for w, f in zip(weights, features(ranked), strict=True))))


@cache
def _weights() -> tuple[float, list[float]]:
    fitted = json.loads(WEIGHTS_FILE.read_text(encoding="utf-8"))
    return float(fitted["bias"]), [float(fitted["weights"][name]) for name in FEATURES]
