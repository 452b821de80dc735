"""The measures of an evaluation, and those of the search from ir-measures; knows no asker and no file."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.evaluation.averages import Measure, Median, Ratio, Score, resamples
from assistant.evaluation.confidence import BINS, RiskCoverageArea, bin_of
from assistant.evaluation.judging import Judgement, Verdict
from assistant.evaluation.questions import GoldQuestion
from assistant.types import Hit, Span

RANKING = ("Success@1", "Success@5", "Success@10", "RR@10", "nDCG@10", "R@10")
DEPTH = 10
# The kind of question whose answers are long because much was asked for; their length is told apart.
LIST = "list"


def _given(judgement: Judgement) -> float:
    return float(not judgement.abstained)


def _is_right(judgement: Judgement) -> float:
    return float(judgement.verdict is Verdict.RIGHT)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 0.0


def _calibration_gaps(judgement: Judgement) -> tuple[float, ...]:
    gap = _given(judgement) * (_is_right(judgement) - judgement.confidence)
    own = bin_of(judgement.confidence)
    return tuple(gap if i == own else 0.0 for i in range(BINS))


def _stripped_right(judgement: Judgement) -> float:
    return float(judgement.stripped is Verdict.RIGHT)


def _asked_stripped(judgement: Judgement) -> float:
    return float(judgement.stripped is not None)


def _answerable_stripped(judgement: Judgement) -> float:
    return float(judgement.answerable) * _asked_stripped(judgement)


def _ranked(name: str) -> Measure:
    return Ratio(name, name, lambda j: (j.ranking.get(name, 0.0),), lambda j: float(bool(j.ranking)))


# `false_answers` and `false_refusals` are shares of what was asked; `abstention_precision` is one of what was said.
MEASURES: tuple[Measure, ...] = (
    Ratio("answer_accuracy", "Trả lời đúng", lambda j: (_is_right(j),), lambda j: float(j.answerable)),
    Ratio("answer_precision", "Đúng khi đã trả lời", lambda j: (_is_right(j),), _given),
    Ratio(
        "list_completeness",
        "Đủ các ý",
        lambda j: (_share(j.groups_found, j.groups),),
        lambda j: float(j.answerable),
    ),
    Ratio(
        "evidence_recall",
        "Dẫn đủ căn cứ",
        lambda j: (_share(j.evidence_found, j.evidence),),
        lambda j: float(j.evidence > 0),
    ),
    Ratio("citation_exactness", "Trích nguyên văn", lambda j: (j.citations_exact,), lambda j: j.citations),
    Ratio("citation_correctness", "Trích đúng chỗ", lambda j: (j.citations_correct,), lambda j: j.citations),
    Ratio(
        "abstention_precision",
        "Từ chối có lý",
        lambda j: (float(j.abstained and not j.answerable),),
        lambda j: float(j.abstained),
    ),
    Ratio(
        "abstention_recall",
        "Từ chối khi cần",
        lambda j: (float(j.abstained and not j.answerable),),
        lambda j: float(not j.answerable),
    ),
    Ratio(
        "false_answers",
        "Trả lời điều văn bản không nêu",
        lambda j: (float(j.verdict is Verdict.UNFOUNDED),),
        lambda j: float(not j.answerable),
        lower_is_better=True,
    ),
    Ratio(
        "false_refusals",
        "Từ chối nhầm",
        lambda j: (float(j.verdict is Verdict.ABSTAINED_WRONGLY),),
        lambda j: float(j.answerable),
        lower_is_better=True,
    ),
    Ratio(
        "stripped_accuracy",
        "Đúng khi gõ không dấu",
        lambda j: (_answerable_stripped(j) * _stripped_right(j),),
        _answerable_stripped,
    ),
    Ratio(
        "stripped_difference",
        "Gõ không dấu so với có dấu",
        lambda j: (_answerable_stripped(j) * (_stripped_right(j) - _is_right(j)),),
        _answerable_stripped,
        signed=True,
    ),
    Ratio(
        "stripped_changed",
        "Kết luận đổi khi gõ không dấu",
        lambda j: (_asked_stripped(j) * float(j.stripped is not j.verdict),),
        _asked_stripped,
        lower_is_better=True,
    ),
    Median(
        "median_words",
        "Số chữ một câu trả lời",
        lambda j: j.words,
        lambda j: not j.abstained and j.kind != LIST,
    ),
    Median(
        "median_words_list",
        "Số chữ một câu liệt kê",
        lambda j: j.words,
        lambda j: not j.abstained and j.kind == LIST,
    ),
    *map(_ranked, RANKING),
    Ratio("ECE", "Sai lệch độ tin cậy (ECE)", _calibration_gaps, _given, lower_is_better=True),
    Ratio(
        "Brier",
        "Điểm Brier",
        lambda j: (_given(j) * (_is_right(j) - j.confidence) ** 2,),
        _given,
        lower_is_better=True,
    ),
    RiskCoverageArea("AURC", "Rủi ro theo độ phủ (AURC)"),
)


def scores(judgements: Sequence[Judgement]) -> tuple[Score, ...]:
    """Every measure over the judgements, with percentile intervals from 1,000 seeded resamples of the questions."""
    counts = resamples(len(judgements))
    return tuple(measure.score(judgements, counts) for measure in MEASURES)


def rank(gold: GoldQuestion, hits: Sequence[Hit]) -> dict[str, float]:
    """The ranking measures of one search; zeros where nothing relevant was found, empty where there is no evidence."""
    if not gold.evidence:
        return {}
    import ir_measures

    qrels = [ir_measures.Qrel(gold.id, _item(i), 1) for i in range(len(gold.evidence))]
    items = ranked_items(gold, hits)
    run = [ir_measures.ScoredDoc(gold.id, item, float(-place)) for place, item in enumerate(items)]
    found = ir_measures.iter_calc([ir_measures.parse_measure(name) for name in RANKING], qrels, run)
    return {str(metric.measure): float(metric.value) for metric in found}


def ranked_items(gold: GoldQuestion, hits: Sequence[Hit]) -> list[str]:
    """The hits as what they find: each piece of evidence where it is first found, `chunk …` for a hit with nothing new.

    What is relevant is evidence, not chunks, so that figures of different chunkings compare; a chunk that finds several
    pieces takes as many places.
    """
    items: list[str] = []
    for place, hit in enumerate(hits):
        found = [_item(i) for i, places in enumerate(gold.evidence) if any(_finds(hit.chunk.span, p) for p in places)]
        items += [item for item in found if item not in items] or [f"chunk {place}"]
    return items


def _item(index: int) -> str:
    return f"evidence {index}"


def _finds(chunk: Span, evidence: Span) -> bool:
    """Whether they share at least half of the shorter one."""
    if chunk.document_id != evidence.document_id:
        return False
    shared = min(chunk.end, evidence.end) - max(chunk.start, evidence.start)
    return 2 * shared >= min(chunk.end - chunk.start, evidence.end - evidence.start)
