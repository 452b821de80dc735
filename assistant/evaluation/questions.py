"""Question sets: lines read and checked, evidence located in the documents; knows no answer and no measure."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError, model_validator

from assistant.errors import EvaluationError, InputFileError, UnknownDocument
from assistant.evaluation.places import fingerprint_places, is_fingerprint, quote_places
from assistant.types import Document, Span, Turn

FORMAT = (
    '{"id", "question", "kind", "answerable", "answers": [["15,47"], ["220"]], '
    '"evidence": [{"document_id", "quote"}], "split": "dev" | "test", "difficulty": "easy" | "medium" | "hard"}'
)
# In this order in reports.
DIFFICULTIES = ("easy", "medium", "hard")


@dataclass(frozen=True, slots=True)
class GoldQuestion:
    """A question with what a right answer holds and stands on.

    `answers` holds groups: an answer is right when it holds one string of every group. `evidence` holds, for each
    piece of evidence, every place at which it stands, first place first (a document may say the same thing twice).
    `fingerprint` changes when anything of the question's line changes that bears on the verdict. `difficulty` is one of
    `DIFFICULTIES`, empty where the line gives none.
    """

    id: str
    text: str
    kind: str
    answerable: bool
    answers: tuple[tuple[str, ...], ...]
    evidence: tuple[tuple[Span, ...], ...]
    split: str
    history: tuple[Turn, ...]
    fingerprint: str
    difficulty: str = ""


class _Line(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class EvidenceLine(_Line):
    """One piece of evidence as written: a quotation, or the fingerprint of one from a document that isn't ours."""

    document_id: str
    quote: str = ""
    fingerprint: str = ""
    alternative: bool = False  # as good as the piece before it: one of the two is enough

    @model_validator(mode="after")
    def _one_of_both(self) -> EvidenceLine:
        if bool(self.quote.strip()) == bool(self.fingerprint):
            raise ValueError('mỗi căn cứ cần đúng một trong hai: "quote" hoặc "fingerprint"')
        if self.fingerprint and not is_fingerprint(self.fingerprint):
            raise ValueError(
                f'dấu vân tay «{self.fingerprint[:60]}» cần dạng "số chữ-16 chữ số hệ 16", ví dụ 43-9f86d081884c7d65; '
                "hãy lập lại từ câu trích bằng: python -m assistant.sealing"
            )
        return self


class TurnLine(_Line):
    question: str
    answer: str


class QuestionLine(_Line):
    """One line of a question set as written; keys of other people's own are left alone, misspelt ones are not."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    id: str
    question: str
    kind: str = "factoid"
    answerable: bool = True
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: tuple[EvidenceLine, ...] = ()
    split: str = "test"
    note: str = ""
    history: tuple[TurnLine, ...] = ()
    difficulty: Literal["easy", "medium", "hard"] | None = None

    @model_validator(mode="before")
    @classmethod
    def _no_misspelt_key(cls, line: object) -> object:
        for key in line if isinstance(line, dict) else ():
            if key not in cls.model_fields and (meant := get_close_matches(key, cls.model_fields, 1, cutoff=0.8)):
                raise ValueError(f'không có mục "{key}"; có phải "{meant[0]}"?')
        return line

    @model_validator(mode="after")
    def _answers_where_answerable(self) -> QuestionLine:
        if not (self.id.strip() and self.question.strip()):
            raise ValueError('"id" và "question" không được để trống')
        if self.answerable and not self.answers:
            raise ValueError('câu hỏi trả lời được cần "answers"; nếu không, hãy ghi "answerable": false')
        if not self.answerable and (self.answers or self.evidence):
            raise ValueError('câu hỏi không trả lời được thì không có "answers" và "evidence"')
        if not all(group and all(any(map(str.isalnum, text)) for text in group) for group in self.answers):
            raise ValueError('mỗi nhóm của "answers" cần ít nhất một chuỗi có chữ hoặc số')
        return self


def load_questions(file: Path, document: Callable[[str], Document]) -> tuple[GoldQuestion, ...]:
    """The question set in `file`, evidence located. Raises InputFileError and EvaluationError."""
    questions = tuple(_gold(line, document) for line in read_lines(file))
    if not questions:
        raise EvaluationError(f"Bộ câu hỏi «{file.name}» không có câu nào. Mỗi dòng cần có dạng: {FORMAT}")
    return questions


def read_lines(file: Path) -> list[QuestionLine]:
    """The lines of a question set, each checked alone, ids distinct."""
    lines = [_parse(line, f"{file.name}, dòng {number}") for number, line in _numbered(file) if line.strip()]
    if twice := [key for key, times in Counter(line.id for line in lines).items() if times > 1]:
        raise EvaluationError(f"Mã câu hỏi bị trùng trong «{file.name}»: {', '.join(twice)}. Mỗi câu cần một mã riêng.")
    return lines


def _numbered(file: Path) -> Iterator[tuple[int, str]]:
    try:
        # Not splitlines(): a string in JSON may hold a bare U+2028.
        return enumerate(file.read_text(encoding="utf-8-sig").split("\n"), start=1)
    except FileNotFoundError as error:
        raise InputFileError(
            f"Không thấy bộ câu hỏi «{file.name}». Cần một tệp JSONL. Hãy chạy: cancu evaluate TỆP"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputFileError(
            f"Không đọc được bộ câu hỏi «{file.name}» ({error}). Cần một tệp JSONL, mã UTF-8."
        ) from error


def _parse(line: str, place: str) -> QuestionLine:
    try:
        return QuestionLine.model_validate_json(line)
    except ValidationError as error:
        faults = "; ".join(f"{'.'.join(map(str, e['loc']))}: {_said(e['msg'])}".lstrip(": ") for e in error.errors())
        raise EvaluationError(f"Câu hỏi không dùng được ({place}): {faults}. Mỗi dòng cần có dạng: {FORMAT}") from error


def _said(message: str) -> str:
    return message.removeprefix("Value error, ")


def _gold(line: QuestionLine, document: Callable[[str], Document]) -> GoldQuestion:
    return GoldQuestion(
        id=line.id,
        text=line.question,
        kind=line.kind,
        answerable=line.answerable,
        answers=line.answers,
        evidence=_pieces(line, document),
        split=line.split,
        history=tuple(Turn(turn.question, turn.answer) for turn in line.history),
        fingerprint=_sha(line.model_dump_json(exclude={"note", "split", "kind", "difficulty"})),
        difficulty=line.difficulty or "",
    )


def _pieces(line: QuestionLine, document: Callable[[str], Document]) -> tuple[tuple[Span, ...], ...]:
    """The places of each piece of evidence, those of its alternatives among them."""
    pieces: list[tuple[Span, ...]] = []
    for evidence in line.evidence:
        places = _locate(line.id, evidence, document)
        if evidence.alternative and pieces:
            places = pieces.pop() + places
        pieces.append(places)
    return tuple(pieces)


def _locate(question_id: str, evidence: EvidenceLine, document: Callable[[str], Document]) -> tuple[Span, ...]:
    try:
        source = document(evidence.document_id)
    except UnknownDocument as error:
        raise EvaluationError(
            f"Câu hỏi «{question_id}» dựa vào văn bản «{evidence.document_id}», nhưng chỉ mục không có văn bản ấy. "
            "Hãy chạy: cancu documents để xem mã các văn bản, rồi cancu index nếu còn thiếu."
        ) from error
    places = (
        quote_places(source.text, evidence.quote)
        if evidence.quote
        else fingerprint_places(source.text, evidence.fingerprint)
    )
    if not places:
        raise EvaluationError(f"Câu hỏi «{question_id}»: {_not_found(evidence, source.id)}")
    return tuple(Span(source.id, start, end) for start, end in places)


def _not_found(evidence: EvidenceLine, document_id: str) -> str:
    if evidence.quote:
        return (
            f"không tìm thấy câu trích «{evidence.quote}» trong văn bản «{document_id}». Căn cứ phải chép nguyên văn. "
            f"Hãy chạy: cancu show «{document_id}» rồi sửa lại bộ câu hỏi."
        )
    return (
        f"không tìm thấy đoạn có dấu vân tay {evidence.fingerprint} trong văn bản «{document_id}»: chữ của văn bản đã "
        "khác lúc lập dấu vân tay. Hãy xem lại bằng: cancu show, rồi lập lại bằng: python -m assistant.sealing"
    )


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
