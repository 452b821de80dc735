"""Every error that the program raises on purpose; knows nothing else.

CancuError                      code, message in Vietnamese: found / wanted / what to type next
├── InvalidSpan                 a span that no text can have
├── UsageError                  wrong usage: exit code 2
│   ├── SettingsError           a setting that can't be used
│   ├── InputFileError          a question file that can't be read as one
│   └── OutputExists            the output would overwrite something
├── ReadError                   one file that can't be read as a document
├── CorpusError                 no document could be read at all
├── SnapshotError                 an index that is missing, damaged or does not fit
│   ├── IndexMissing
│   ├── IndexDamaged
│   └── IndexMismatch
├── EncoderError                the encoder folder can't be used
├── UnknownDocument             no document with that id
├── EngineError                 the LLM gives no draft (answered extractively instead)
│   ├── LLMUnavailable          its server can't be reached, refuses, breaks off or takes too long
│   └── LLMUnusable             its reply holds no sentence that stands on a quotation
├── EvaluationError             a question set that can't be used (evidence that can't be located, …)
└── MissingExtra                an optional part is not installed
"""

from __future__ import annotations


class CancuError(Exception):
    """Base of all: `code` is stable and English, the message is Vietnamese and complete."""

    code = "error"

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class InvalidSpan(CancuError):
    code = "invalid_span"

    def __init__(self, document_id: str, start: int, end: int) -> None:
        super().__init__(f"Đoạn {start}:{end} của văn bản «{document_id}» không hợp lệ: cần 0 ≤ đầu < cuối.")


class UsageError(CancuError):
    code = "usage"


class SettingsError(UsageError):
    code = "settings"


class InputFileError(UsageError):
    code = "input_file"


class OutputExists(UsageError):
    code = "output_exists"


class ReadError(CancuError):
    """One file that gives no document; `code` is given per case (`no_text_layer`, `encrypted`, `too_large`, …).

    `member` names what lies inside the file (`thu-muc/tep.docx`), where only that can't be read.
    """

    def __init__(self, code: str, message: str, *, member: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.member = member


class CorpusError(CancuError):
    code = "corpus"


class SnapshotError(CancuError):
    code = "index"


class IndexMissing(SnapshotError):
    code = "index_missing"


class IndexDamaged(SnapshotError):
    code = "index_damaged"


class IndexMismatch(SnapshotError):
    code = "index_mismatch"


class EncoderError(CancuError):
    code = "encoder"


class UnknownDocument(CancuError):
    code = "unknown_document"


class EngineError(CancuError):
    code = "engine"


class LLMUnavailable(EngineError):
    code = "llm_unavailable"


class LLMUnusable(EngineError):
    code = "llm_unusable"


class EvaluationError(CancuError):
    code = "evaluation"


class MissingExtra(CancuError):
    code = "missing_extra"

    def __init__(self, part: str, extra: str) -> None:
        super().__init__(f"Chưa cài phần {part}. Hãy chạy: pip install 'cancu[{extra}]'")
