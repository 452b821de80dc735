"""The assistant that the page asks, and the newer one that takes its place between two questions; knows no page."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.chat.escaping import escape
from assistant.types import Document

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant


class Service:
    """What was begun with one assistant is ended with it; `root` is the workspace, which paths are relative to."""

    def __init__(self, assistant: Assistant, root: Path | None = None) -> None:
        self.root = root
        self._now: tuple[Assistant, tuple[Document, ...]] = (assistant, tuple(assistant.documents()))
        self._begun = self._now

    @property
    def is_as_begun(self) -> bool:
        """Whether no other assistant has been taken into service yet."""
        return self._begun is self._now

    @property
    def now(self) -> Assistant:
        return self._now[0]

    @property
    def documents(self) -> Sequence[Document]:
        """All that the assistant of now answers from."""
        return self._now[1]

    def replace(self, assistant: Assistant) -> None:
        self._now = (assistant, tuple(assistant.documents()))


def header_html(name: str, service: Service) -> str:
    """The name of the page, and how much the index holds since when."""
    created = service.now.created
    updated = f" · cập nhật {datetime.fromisoformat(created).astimezone():%d/%m/%Y}" if created else ""
    kept = f"Kho&#58; {len(service.documents)} văn bản{updated}"
    return f'<header class="cc-head"><h1>{escape(name)}</h1><p>{kept}</p></header>'
