"""The extractive answer in words: what was asked for itself, then its quotations; writes nothing else of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.asked import Asked
from assistant.answering.evidence import Passage
from assistant.answering.values import plain_value
from assistant.documents.validity import AMENDED, IN_FORCE, PARTLY, State
from assistant.types import Citation

# What is said where documents give several values for what was asked.
_DIFFER = {
    Asked.NUMBER: "Lưu ý: các tài liệu nêu số khác nhau; hãy xem phạm vi của từng trích dẫn.",
    Asked.DATE: "Lưu ý: các tài liệu nêu thời điểm khác nhau; hãy xem phạm vi của từng trích dẫn.",
    Asked.PERSON: "Lưu ý: các tài liệu nêu tên khác nhau; hãy xem phạm vi của từng trích dẫn.",
    Asked.OFFICE: "Lưu ý: các trích dẫn nêu chức vụ khác nhau; hãy xem thời điểm của từng tài liệu.",
    Asked.DOCUMENT: "Lưu ý: các tài liệu ghi số hiệu khác nhau.",
    Asked.PLACE: "Lưu ý: các tài liệu nêu nơi khác nhau; hãy xem phạm vi của từng trích dẫn.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of an answer, and the opening of it that answers by itself; empty where only quotations do."""

    text: str
    direct: str = ""


def wording(
    citations: Sequence[Citation], notes: Sequence[str] = (), focuses: Sequence[tuple[str, tuple[int, int]]] = ()
) -> Wording:
    """The values in focus with their references, the quotations, and the notes.

    `focuses` are documents' ids with where in them a value stands, in the order of what was asked: one quotation may
    hold several. Without them each citation's own focus is told.
    """
    values: dict[str, tuple[str, list[Citation]]] = {}
    for identifier, (start, end) in focuses or [(c.document_id, c.focus) for c in citations if c.focus]:
        holding = (c for c in citations if c.document_id == identifier and c.start <= start and end <= c.end)
        if (citation := next(holding, None)) is not None:
            value = citation.quote[start - citation.start : end - citation.start]
            _, found = values.setdefault(plain_value(value), (" ".join(value.split()), []))
            found += [citation] if citation not in found else []
    told = "; ".join(f"{value} {''.join(f'[{c.number}]' for c in found)}" for value, found in values.values())
    lines = [told] if told else []
    return Wording("\n".join([*lines, *(f"«{c.quote}» [{c.number}]" for c in citations), *notes]), told)


def differing(asked: Asked, passages: Sequence[Passage]) -> str | None:
    """What is to be noted of the passages that answer one question: that documents give several values for it."""
    found = [(p.document.id, plain_value(p.document.text[slice(*p.focus)])) for p in passages if p.focus]
    documents, values = ({pair[side] for pair in found} for side in (0, 1))
    return _DIFFER.get(asked) if len(values) > 1 and (len(documents) > 1 or asked is Asked.OFFICE) else None


def untold(numbers: Sequence[str]) -> str:
    """What is to be noted where a question takes for granted what the documents put otherwise."""
    return f"Lưu ý: tài liệu không nêu «{', '.join(numbers)}» như trong câu hỏi; hãy đối chiếu với trích dẫn."


def without_part(asked: str) -> str:
    """What is to be noted of a part of the question that the documents do not tell."""
    return f"Lưu ý: tài liệu trong kho không nêu rõ phần «{asked.rstrip(' ?.!')}»."


def ended(name: str, by: str) -> str:
    """What is to be noted of a cited document that another one has ended: `by` says which and since when."""
    return f"Lưu ý: văn bản {name} đã {by}; vui lòng đối chiếu với văn bản đang có hiệu lực."


def amended(name: str, by: str) -> str:
    """What is to be noted of a cited document of which others have changed a part."""
    return f"Lưu ý: văn bản {name} đã có thay đổi ({by}); vui lòng đối chiếu với văn bản sửa đổi."


def not_yet(name: str, since: str) -> str:
    """What is to be noted of a cited document that is not in force on the day that is asked for."""
    return f"Lưu ý: văn bản {name} chưa có hiệu lực ({since})."


def in_force(name: str, state: State) -> str:
    """The state of the document that was asked about, as the corpus tells it."""
    told = f"{IN_FORCE}, {state.note}" if state.name in (AMENDED, PARTLY) and state.note else state.shown
    return f"Theo các văn bản trong kho: {name} {told}."
