"""What the tests of evaluation share: a document, answers over it, an asker that keeps what it was asked."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import UnknownDocument
from assistant.evaluation.judging import Judgement, Verdict
from assistant.evaluation.questions import GoldQuestion
from assistant.types import Answer, Chunk, Citation, Document, Hit, Span, Turn
from assistant.vietnamese.stripping import strip_marks

AREA = "Khu công nghệ có diện tích 15,47 ha."
PEOPLE = "Khu có 220 lao động\nvà 12 phòng thí nghiệm."
GOALS = "Mục tiêu gồm: hạ tầng, dữ liệu và nhân lực."
PARK = Document(id="khu", title="Khu công nghệ", path="khu.md", text=f"{AREA}\n\n{PEOPLE}\n\n{GOALS}\n")


def place(quote: str, document: Document = PARK) -> Span:
    start = document.text.index(quote)
    return Span(document.id, start, start + len(quote))


def citation(quote: str, number: int = 1) -> Citation:
    span = place(quote)
    return Citation(number, span.document_id, PARK.title, PARK.path, None, (), span.start, span.end, quote)


def quoting(*quotes: str, confidence: float = 0.9) -> Answer:
    """An answer as the extractive engine gives it."""
    text = "\n".join(f"«{quote}» [{number}]" for number, quote in enumerate(quotes, start=1))
    cited = tuple(citation(quote, number) for number, quote in enumerate(quotes, start=1))
    return Answer("", text, cited, confidence=confidence)


def abstaining(confidence: float = 0.1) -> Answer:
    return Answer("", "Không tìm thấy căn cứ.", abstained=True, reason="no_evidence", confidence=confidence)


def hit(quote: str, document: Document = PARK) -> Hit:
    span = place(quote, document)
    return Hit(Chunk(f"{document.id}:{span.start}", span, quote), 1.0)


class FakeAsker:
    """Answers from a table, a question without diacritics as the one with them; keeps what it was asked."""

    def __init__(self, replies: Mapping[str, Answer], hits: Mapping[str, Sequence[Hit]] | None = None) -> None:
        self.replies = {strip_marks(question): reply for question, reply in replies.items()} | dict(replies)
        self.hits = hits or {}
        self.fingerprints: dict[str, str] = {"index": "aaaa"}
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.searched: list[str] = []

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        self.asked.append((question, tuple(history)))
        return self.replies[question]

    def search(self, query: str, *, top_k: int = 10) -> list[Hit]:
        self.searched.append(query)
        return list(self.hits.get(query, ()))[:top_k]

    def document(self, document_id: str) -> Document:
        if document_id != PARK.id:
            raise UnknownDocument(f"Không có «{document_id}».")
        return PARK


def asked(id: str, question: str, *answers: Sequence[str], quotes: Sequence[str] = (), **more: Any) -> dict[str, Any]:
    """A line of a question set."""
    evidence = [{"document_id": "khu", "quote": quote} for quote in quotes]
    return {"id": id, "question": question, "answers": [list(a) for a in answers], "evidence": evidence, **more}


def write_set(file: Path, *lines: dict[str, Any]) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return file


def gold(
    *answers: tuple[str, ...], evidence: tuple[tuple[Span, ...], ...] = (), answerable: bool = True
) -> GoldQuestion:
    return GoldQuestion("q", "Hỏi gì?", "factoid", answerable, answers, evidence, "test", (), "f")


def judged(verdict: Verdict, **more: Any) -> Judgement:
    answerable = verdict in (Verdict.RIGHT, Verdict.WRONG, Verdict.ABSTAINED_WRONGLY)
    abstained = verdict in (Verdict.ABSTAINED_RIGHTLY, Verdict.ABSTAINED_WRONGLY)
    known: dict[str, Any] = {
        "id": "q",
        "kind": "factoid",
        "split": "test",
        "fingerprint": "f",
        "question": "Hỏi?",
        "answer": "",
    }
    return Judgement(**(known | {"verdict": verdict, "answerable": answerable, "abstained": abstained} | more))
