"""The assistant that the page asks, and the newer one that takes its place between two questions; knows no page."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.chat.conversation import report
from assistant.chat.escaping import escape
from assistant.errors import CancuError
from assistant.types import Document
from assistant.wiring import current_index, made_of

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

# Seconds until an index that could not be opened is tried again.
_PATIENCE = 60.0


class Service:
    """What was begun with one assistant is ended with it; `root` is the workspace, which paths are relative to.

    `reopen` opens the assistant over the index of now, which another process may have made.
    """

    def __init__(
        self, assistant: Assistant, root: Path | None = None, *, reopen: Callable[[], Assistant] | None = None
    ) -> None:
        self.root = root
        self._now: tuple[Assistant, tuple[Document, ...]] = (assistant, tuple(assistant.documents()))
        self._begun = self._now
        self._reopen = reopen
        self._seen: str | None = None  # the index that was compared with that of now
        self._not_before = 0.0
        self._one = threading.Lock()
        self.is_behind = False  # a newer index is there that could not be opened

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
        self.is_behind = False

    def catch_up(self) -> None:
        """Takes a newer index into service where another process made one; looking costs one small file.

        One that can't be opened is told in the log, and tried again after a while; until then the old one serves.
        """
        if self.root is None or self._reopen is None or time.monotonic() < self._not_before:
            return
        name = current_index(self.root)
        if name is None or name == self._seen or not self._one.acquire(blocking=False):
            return  # while one opens it, the others go on with the old one
        try:
            if made_of(self.root) != (self.now.created, self.now.fingerprints.get("index")):
                self.replace(self._reopen())
            self._seen = name
        except (CancuError, OSError, MemoryError) as error:
            self.is_behind = True
            self._not_before = time.monotonic() + _PATIENCE
            report(error)
        finally:
            self._one.release()


def header_html(name: str, service: Service) -> str:
    """The name of the page, and how much the index holds since when."""
    created = service.now.created
    updated = f" · cập nhật {datetime.fromisoformat(created).astimezone():%d/%m/%Y}" if created else ""
    behind = " · có chỉ mục mới chưa mở được, hãy khởi động lại chương trình" if service.is_behind else ""
    kept = f"Kho&#58; {len(service.documents)} văn bản{updated}{behind}"
    return f'<header class="cc-head"><h1>{escape(name)}</h1><p>{kept}</p></header>'
