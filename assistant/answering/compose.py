"""The extractive answer in words: what was asked for itself, then its quotations; writes nothing else of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.answering.asked import Asked
from assistant.answering.values import plain_value
from assistant.types import Citation

# What is said where documents give several values for what was asked.
_DIFFER = {
    Asked.NUMBER: "Lưu ý: các tài liệu nêu số khác nhau; hãy xem phạm vi của từng trích dẫn.",
    Asked.DATE: "Lưu ý: các tài liệu nêu thời điểm khác nhau; hãy xem phạm vi của từng trích dẫn.",
    Asked.PERSON: "Lưu ý: các tài liệu nêu tên khác nhau; hãy xem phạm vi của từng trích dẫn.",
    Asked.OFFICE: "Lưu ý: các tài liệu nêu chức vụ khác nhau; hãy xem thời điểm của từng tài liệu.",
    Asked.DOCUMENT: "Lưu ý: các tài liệu ghi số hiệu khác nhau.",
}


@dataclass(frozen=True, slots=True)
class Wording:
    """The text of an answer, and the opening of it that answers by itself; empty where only quotations do."""

    text: str
    direct: str = ""


def wording(citations: Sequence[Citation], asked: Asked, *, parts: int = 0) -> Wording:
    """The values in focus with their references, the quotations, and a note where documents differ.

    Of a question of several `parts`, several values are several answers.
    """
    values: dict[str, tuple[str, list[Citation]]] = {}
    for citation in citations:
        if citation.focus is not None:
            value = citation.quote[citation.focus[0] - citation.start : citation.focus[1] - citation.start]
            values.setdefault(plain_value(value), (" ".join(value.split()), []))[1].append(citation)
    quotations = [f"«{c.quote}» [{c.number}]" for c in citations]
    if not values:
        return Wording("\n".join(quotations))
    told = "; ".join(f"{value} {''.join(f'[{c.number}]' for c in found)}" for value, found in values.values())
    documents = {c.document_id for _, found in values.values() for c in found}
    differ = [_DIFFER[asked]] if not parts and len(values) > 1 and len(documents) > 1 and asked in _DIFFER else []
    return Wording("\n".join([told, *quotations, *differ]), told)
