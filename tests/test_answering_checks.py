"""The three things that an answer stands on: what is found, the check of every citation, and saying that nothing was found.

Each test here fails when its part is taken away; `mutations.py` takes them away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pytest

from assistant.answering.assistant import Assistant
from assistant.answering.citations import checked, cite
from assistant.answering.quotation import Draft, Quotation, Statement
from assistant.types import Answer, Document, Hit, Span

AREA = "Khu công nghệ thông tin tập trung Bình Dương rộng bao nhiêu?"
OFF_TOPIC = (
    "Thủ tướng Nhật Bản là ai?",
    "Học phí trung học phổ thông của tỉnh Cà Mau là bao nhiêu?",
    "Đường sắt cao tốc Bắc Nam chạy với tốc độ bao nhiêu?",
    "Nghị quyết quy định mức phạt vượt đèn đỏ thế nào?",
)
BRIDGE = "Cầu Vàm\nCầu Vàm dài 120 mét. Cầu Vàm rộng 9 mét."


@dataclass
class ChangingLibrary:
    """The library of an assistant whose sources change between the reading of the evidence and the making of citations.

    `replies` are the texts that it tells of its documents from the moment that sentences are weighed; `asked` holds
    the ids that were asked for after it.
    """

    library: Any
    replies: Mapping[str, str]
    asked: list[str] = field(default_factory=list)
    weighed: bool = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        self.weighed = True
        found: Sequence[float] = self.library.similarities(question, texts)
        return found

    def document(self, identifier: str) -> Document:
        document: Document = self.library.document(identifier)
        if not self.weighed:
            return document
        self.asked.append(identifier)
        return replace(document, text=self.replies[identifier])


@dataclass
class ShiftedSearch:
    """A search engine whose chunks were cut from an older text: each says other words than stand at its offsets now."""

    library: Any
    shift: int

    def __getattr__(self, name: str) -> Any:
        return getattr(self.library, name)

    def search(self, query: str, top_k: int) -> list[Hit]:
        return [self._shifted(hit) for hit in self.library.search(query, top_k)]

    def _shifted(self, hit: Hit) -> Hit:
        span = hit.chunk.span
        start = max(0, span.start - self.shift)
        moved = Span(span.document_id, start, start + span.end - span.start)
        return replace(hit, chunk=replace(hit.chunk, span=moved))


@dataclass
class FirstQuotation:
    """An engine that answers with the first quotation it is offered."""

    asked: list[str] = field(default_factory=list)

    def draft(self, question: str, quotations: Sequence[Quotation]) -> Draft:
        self.asked.append(quotations[0].text)
        return Draft((Statement("Câu trả lời.", (1,)),))

    def stream(self, question: str, quotations: Sequence[Quotation]) -> Iterator[Draft]:
        yield self.draft(question, quotations)


def is_copy(answer: Answer, assistant: Assistant) -> bool:
    texts = {c.document_id: assistant.document(c.document_id).text for c in answer.citations}
    return all(texts[c.document_id][c.start : c.end] == c.quote for c in answer.citations)


def overwritten(real: Assistant) -> dict[str, str]:
    """Every source with its letters replaced, its length kept."""
    return {d.id: "".join("x" if c.isalnum() else c for c in d.text) for d in real.documents()}


# --- what is found ---------------------------------------------------------------------------------------------


def test_the_answer_comes_from_the_sentence_that_tells_it(real: Assistant) -> None:
    answer = real.ask(AREA)
    assert not answer.abstained
    assert any("15,47" in c.quote and "220" in c.quote for c in answer.citations)
    assert is_copy(answer, real)


def test_half_a_character_in_a_question_harms_nothing(real: Assistant) -> None:
    """What a broken paste or a `\\ud83d` in a JSON file leaves: a surrogate without its pair, which no UTF-8 can hold."""
    answer = real.ask(f"{AREA} \ud83d")
    assert any("15,47" in c.quote for c in answer.citations)
    answer.question.encode("utf-8")
    assert real.search(f"\ud83d {AREA}")[0].chunk.id == real.search(AREA)[0].chunk.id


# --- what is quoted --------------------------------------------------------------------------------------------


def test_a_quotation_that_is_no_copy_is_dropped() -> None:
    document = Document("cau", "Cầu Vàm", "cau.txt", BRIDGE)
    length = cite(document, Span("cau", BRIDGE.index("Cầu Vàm dài"), BRIDGE.index(" Cầu Vàm rộng")), 1)
    width = cite(document, Span("cau", BRIDGE.index("Cầu Vàm rộng"), len(BRIDGE)), 2)
    assert length.quote == "Cầu Vàm dài 120 mét."
    assert width.quote == "Cầu Vàm rộng 9 mét."
    assert checked([length, width], {"cau": document}) == [length, width]
    altered = replace(length, quote="Cầu Vàm dài 210 mét.")
    moved = replace(length, start=length.start + 1, end=length.end + 1)
    elsewhere = replace(length, document_id="truong")
    assert checked([altered, moved, elsewhere, width], {"cau": document}) == [width]
    changed = replace(document, text=BRIDGE.replace("120", "125"))
    assert checked([length, width], {"cau": changed}) == [width]


def test_a_source_that_changed_after_it_was_read_is_not_quoted(real: Assistant) -> None:
    """The evidence is read from the text of the index; when the citation is made, the source says something else."""
    library = ChangingLibrary(real.library, replies=overwritten(real))
    answer = replace(real, library=library).ask(AREA)
    assert {c.document_id for c in real.ask(AREA).citations} <= set(library.asked)
    assert (answer.abstained, answer.reason, answer.citations) == (True, "no_citation", ())
    assert answer.related == ()


def test_a_source_that_did_not_change_is_quoted_through_the_same_library(real: Assistant) -> None:
    library = ChangingLibrary(real.library, replies={d.id: d.text for d in real.documents()})
    answer = replace(real, library=library).ask(AREA)
    assert answer.citations == real.ask(AREA).citations
    assert library.asked


def test_a_sentence_written_on_a_source_that_changed_is_not_shown(real: Assistant) -> None:
    steady = replace(real, engine=FirstQuotation()).ask(AREA)
    assert "Câu trả lời. [1]" in steady.text
    assert "15,47" in steady.citations[0].quote
    engine = FirstQuotation()
    changing = ChangingLibrary(real.library, replies=overwritten(real))
    answer = replace(real, library=changing, engine=engine).ask(AREA)
    assert len(engine.asked) == 1
    assert "Câu trả lời" not in answer.text
    assert (answer.abstained, answer.reason, answer.citations) == (True, "no_citation", ())


@pytest.mark.parametrize("shift", [7, 40])
def test_a_chunk_that_is_no_copy_of_its_source_is_no_evidence(real: Assistant, shift: int) -> None:
    """Its offsets would cut sentences in the middle, and its words are not those that stand there."""
    answer = replace(real, library=ShiftedSearch(real.library, shift)).ask(AREA)
    assert (answer.abstained, answer.citations) == (True, ())
    assert "15,47" in replace(real, library=ShiftedSearch(real.library, 0)).ask(AREA).text


# --- what is not told ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("question", OFF_TOPIC)
def test_what_the_documents_do_not_tell_is_not_answered(real: Assistant, question: str) -> None:
    assert real.search(question)
    answer = real.ask(question)
    assert answer.abstained
    assert answer.reason in ("no_evidence", "thin_evidence", "missing_detail")
    assert answer.citations == ()
    assert "«" not in answer.text
    assert answer.confidence < real.abstain_below
