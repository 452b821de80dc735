"""The questions that were not answered rightly, in Vietnamese; of the test part only their number; computes no average.

Whoever reads why a test question failed will mend that question, and the test part measures nothing any more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from assistant.evaluation.judging import Judgement, Verdict

VERDICTS = {
    Verdict.RIGHT: "đúng",
    Verdict.ABSTAINED_RIGHTLY: "từ chối đúng",
    Verdict.WRONG: "sai hoặc thiếu",
    Verdict.ABSTAINED_WRONGLY: "từ chối nhầm",
    Verdict.UNFOUNDED: "trả lời không có căn cứ",
}
UNSEEN = "test"
_ANSWER = 240


def failure_lines(judgements: Sequence[Judgement]) -> Iterator[str]:
    """Markdown: for each part of the set how many failed and how, then each of them, but for the test part."""
    for split in sorted({judgement.split for judgement in judgements}):
        own = [judgement for judgement in judgements if judgement.split == split]
        yield _counted(split, own)
        if split == UNSEEN:
            yield 'Phần này chỉ đếm, để không ai chỉnh theo nó; muốn xem từng câu thì ghi "split": "dev".'
        else:
            yield from _details(own)
        yield ""


def _counted(split: str, own: Sequence[Judgement]) -> str:
    how = Counter(judgement.verdict for judgement in own if not judgement.verdict.is_good)
    told = ", ".join(f"{how[verdict]} {name}" for verdict, name in VERDICTS.items() if how[verdict])
    return f"Phần `{split}`: {how.total()} trên {len(own)} câu chưa đúng{f' ({told})' if told else ''}."


def _details(own: Sequence[Judgement]) -> Iterator[str]:
    yield ""
    for judgement in own:
        if not judgement.verdict.is_good:
            yield f"- `{judgement.id}` ({VERDICTS[judgement.verdict]}): {_line(judgement.question)}"
            yield from (f"  - {line}" for line in _why(judgement))
    if fallen := [j.id for j in own if j.verdict.is_good and j.stripped is not None and not j.stripped.is_good]:
        yield f"- Đúng khi gõ có dấu, hỏng khi gõ không dấu: {', '.join(f'`{key}`' for key in fallen)}"


def _why(judgement: Judgement) -> Iterator[str]:
    confidence = f"{judgement.confidence:.2f}".replace(".", ",")
    reason = f", lý do `{judgement.reason}`" if judgement.reason else ""
    if judgement.missing:
        yield f"thiếu {len(judgement.missing)} trên {judgement.groups} ý: {'; '.join(map(_line, judgement.missing))}"
    if not judgement.answerable:
        yield "văn bản không nêu điều này"
    if not judgement.abstained and judgement.evidence_found < judgement.evidence:
        yield f"dẫn được {judgement.evidence_found} trên {judgement.evidence} căn cứ"
    found = [place for place in (1, 5, 10) if judgement.ranking.get(f"Success@{place}")]
    if judgement.ranking:
        yield f"căn cứ nằm trong {found[0]} đoạn đầu tìm được" if found else "không tìm thấy đoạn có căn cứ"
    if judgement.abstained:
        yield f"đã từ chối (độ tin cậy {confidence}{reason})"
    else:
        yield f"đã trả lời (độ tin cậy {confidence}{reason}): {_short(_line(judgement.answer))}"


def _line(text: str) -> str:
    return " ".join(text.split())


def _short(text: str) -> str:
    return text if len(text) <= _ANSWER else f"{text[:_ANSWER].rstrip()} …"


def stripped_line(judgements: Sequence[Judgement]) -> str:
    """How many verdicts change when the questions are typed without diacritics, and which way."""
    asked = [(j.verdict, j.stripped) for j in judgements if j.stripped is not None]
    changed = [(now.is_good, stripped.is_good) for now, stripped in asked if now is not stripped]
    worse, better = changed.count((True, False)), changed.count((False, True))
    return (
        f"Gõ không dấu: {len(changed)} trên {len(asked)} câu đổi kết luận "
        f"({worse} kém đi, {better} tốt lên, {len(changed) - worse - better} sai cách khác)."
    )
