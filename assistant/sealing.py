"""Turns a question set's quotations into fingerprints: `python -m assistant.sealing`; a tool of developers.

For documents whose text may not be copied: what goes out holds no quotation, and each fingerprint has been found again
in its document. The set goes in as it would be evaluated, with `"quote"`, over a workspace that has the documents.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from assistant.errors import CancuError, EvaluationError, UsageError
from assistant.evaluation.places import fingerprint, fingerprint_places, letters, quote_places
from assistant.evaluation.questions import EvidenceLine, QuestionLine, load_questions, read_lines
from assistant.types import Document
from assistant.vietnamese.normal import nfc
from assistant.wiring import open_assistant

# So many letters in a row (about twenty words) are no fact any more but a passage.
PASSAGE = 90


def seal(source: Path, out: Path, document: Callable[[str], Document]) -> list[str]:
    """Writes the sealed set to `out`, whole or not at all; what a person should look at comes back.

    Raises InputFileError and EvaluationError.
    """
    load_questions(source, document)
    lines = read_lines(source)
    rows = [json.loads(row) for row in source.read_text(encoding="utf-8-sig").split("\n") if row.strip()]
    sealed = [sealed_row(line, row, document) for line, row in zip(lines, rows, strict=True)]
    partial = out.with_name(out.name + ".partial")
    try:
        partial.write_text("".join(json.dumps(r, ensure_ascii=False) + "\n" for r in sealed), encoding="utf-8")
        load_questions(partial, document)
        os.replace(partial, out)
    except OSError as error:
        raise EvaluationError(f"Không ghi được «{out}» ({error}). Hãy kiểm tra quyền ghi.") from error
    finally:
        partial.unlink(missing_ok=True)
    return [told for line, row in zip(lines, sealed, strict=True) for told in _doubts(line, row, document)]


def sealed_row(line: QuestionLine, row: Mapping[str, Any], document: Callable[[str], Document]) -> dict[str, Any]:
    """The line without quotations; of keys that are somebody's own only those that hold no text are kept."""
    kept = {k: v for k, v in row.items() if k in QuestionLine.model_fields or isinstance(v, bool | int | float)}
    evidence = [_sealed(line.id, piece, document(piece.document_id)) for piece in line.evidence]
    return kept | ({"evidence": evidence} if evidence else {})


def _sealed(question_id: str, piece: EvidenceLine, document: Document) -> dict[str, Any]:
    mark = piece.fingerprint or _mark(question_id, piece.quote, document)
    more = {"alternative": True} if piece.alternative else {}
    return {"document_id": piece.document_id, "fingerprint": mark} | more


def _mark(question_id: str, quote: str, document: Document) -> str:
    """The fingerprint of a quotation that the document has. Raises EvaluationError where it is not found again."""
    mark, wanted = fingerprint(quote), quote_places(document.text, quote)
    found = fingerprint_places(document.text, mark)
    if not any(first < end and start < last for first, last in found for start, end in wanted):
        raise EvaluationError(
            f"Câu hỏi «{question_id}»: dấu vân tay của câu trích «{quote}» không tìm lại được trong «{document.id}». "
            "Câu trích phải bắt đầu ở đầu một từ và có chữ hoặc số. Hãy sửa câu trích."
        )
    return mark


def _doubts(line: QuestionLine, row: Mapping[str, Any], document: Callable[[str], Document]) -> Iterator[str]:
    """What is allowed but may be meant otherwise: evidence that now stands at more places, text that was left in."""
    for before, after in zip(line.evidence, row.get("evidence", ()), strict=True):
        source = document(before.document_id)
        was = len(quote_places(source.text, before.quote)) if before.quote else 0
        now = len(fingerprint_places(source.text, after["fingerprint"]))
        if was and now > was:
            yield f"{line.id}: căn cứ trong «{source.id}» có {now} chỗ cùng dấu vân tay, câu trích chỉ có {was} chỗ"
    for key, value in row.items():
        if key != "evidence" and any(copies(value, document(piece.document_id)) for piece in line.evidence):
            yield f"{line.id}: mục «{key}» còn chép liền từ {PASSAGE} chữ trở lên của văn bản"


def copies(value: Any, document: Document) -> bool:
    """Whether any text in the JSON value holds PASSAGE letters in a row that stand in the document."""
    if isinstance(value, Mapping):
        return any(copies(inner, document) for inner in value.values())
    if isinstance(value, list):
        return any(copies(inner, document) for inner in value)
    if not isinstance(value, str):
        return False
    own, whole = letters(nfc(value)), letters(document.text).text
    return any(own.text[s : s + PASSAGE] in whole for s in own.starts.tolist() if s + PASSAGE <= len(own.text))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m assistant.sealing", description="Đổi câu trích thành dấu vân tay.")
    parser.add_argument("source", type=Path, metavar="IN.jsonl", help='bộ câu hỏi có "quote"')
    parser.add_argument("out", type=Path, metavar="OUT.jsonl", help="bộ câu hỏi sẽ ghi, chỉ có dấu vân tay")
    parser.add_argument("--workspace", type=Path, default=Path(), help="thư mục làm việc có chỉ mục của các văn bản")
    given = parser.parse_args(arguments)
    try:
        doubts = seal(given.source, given.out, open_assistant(given.workspace).document)
    except CancuError as error:
        sys.stderr.write(f"Lỗi [{error.code}]: {error.message}\n")
        return 2 if isinstance(error, UsageError) else 1
    sys.stderr.write("".join(f"Xem lại: {doubt}\n" for doubt in doubts))
    sys.stdout.write(f"Đã ghi {given.out}; mọi dấu vân tay đều tìm lại được.\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
