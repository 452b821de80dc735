"""Căn Cứ: answers over Vietnamese policy documents, each standing on a verbatim quotation."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant
    from assistant.documents.scope import Scope
    from assistant.types import Answer, Chunk, Citation, Document, Hit, Section, Span, Turn
    from assistant.wiring import build_index, open_assistant

__all__ = [
    "Answer",
    "Assistant",
    "Chunk",
    "Citation",
    "Document",
    "Hit",
    "Scope",
    "Section",
    "Span",
    "Turn",
    "build_index",
    "open_assistant",
]
__version__ = "0.1.0"


def __getattr__(name: str) -> Any:
    """Public names are imported when first used, so that `cancu --help` stays fast."""
    from importlib import import_module

    homes = {"Assistant": "answering.assistant", "Scope": "documents.scope"}
    homes |= {"build_index": "wiring", "open_assistant": "wiring"}
    if name not in __all__:
        raise AttributeError(f"module 'assistant' has no attribute {name!r}")
    return getattr(import_module(f"assistant.{homes.get(name, 'types')}"), name)
