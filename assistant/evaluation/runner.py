"""Asking every question of a set as any user would and judging what comes back; knows no file."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Protocol

from assistant.evaluation.judging import Judgement, Verdict, judge, verdict
from assistant.evaluation.measures import DEPTH, rank
from assistant.evaluation.questions import GoldQuestion
from assistant.evaluation.report import Report, make_report
from assistant.types import Answer, Document, Hit, Turn
from assistant.vietnamese.normal import nfc
from assistant.vietnamese.stripping import strip_marks

Progress = Callable[[int, int], None]


class Asker(Protocol):
    """The assistant as evaluation sees it; `document` serves only to check that quotations are copies."""

    @property
    def fingerprints(self) -> Mapping[str, str]: ...

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer: ...

    def search(self, query: str, *, top_k: int = 10) -> list[Hit]: ...

    def document(self, document_id: str) -> Document: ...


def evaluate(
    asker: Asker,
    questions: Sequence[GoldQuestion],
    *,
    name: str = "",
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Report:
    """Ask, search and judge one question after the other, each also as typed without diacritics.

    `progress` gets how many are done, and of how many.
    """
    judgements = []
    for place, gold in enumerate(questions, start=1):
        judgements.append(_judge_one(asker, gold))
        if progress:
            progress(place, len(questions))
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return make_report(name, made, judgements, settings=settings or {}, fingerprints=dict(asker.fingerprints))


def _judge_one(asker: Asker, gold: GoldQuestion) -> Judgement:
    started = time.perf_counter()
    answer = asker.ask(gold.text, history=gold.history, id=gold.id)
    seconds = time.perf_counter() - started
    # A follow-up is searched as it was understood; by itself it would find nothing.
    hits = asker.search(answer.understood or gold.text, top_k=DEPTH) if gold.evidence else []
    stripped = _stripped_verdict(asker, gold) or verdict(gold, answer)
    return judge(gold, answer, asker.document, ranking=rank(gold, hits), seconds=seconds, stripped=stripped)


def _stripped_verdict(asker: Asker, gold: GoldQuestion) -> Verdict | None:
    """The verdict on the question as typed without diacritics; None where it has none, so that nothing would change.

    Of the conversation only what the person typed loses them: the answers were the assistant's.
    """
    text = strip_marks(gold.text)
    history = tuple(Turn(strip_marks(turn.question), turn.answer) for turn in gold.history)
    if text == nfc(gold.text) and history == gold.history:
        return None
    return verdict(gold, asker.ask(text, history=history, id=gold.id))
