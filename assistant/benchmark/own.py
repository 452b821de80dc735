"""Our own search for the benchmark: the product's indexing and search over a workspace of its own; knows no peer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from assistant.errors import IndexMissing
from assistant.retrieval.search import Stage

if TYPE_CHECKING:
    from assistant.answering.assistant import Assistant

# The parts that are measured alone; what is served goes through all.
STAGES: tuple[Stage, ...] = ("lexical", "dense", "fused")


class Own:
    """`cancu index FILE` and `cancu search`; `stage` is one of `STAGES`, empty for what is served."""

    def __init__(self, stage: str, settings: Mapping[str, str]) -> None:
        self._stage: Stage = next((known for known in STAGES if known == stage), "reranked")
        self._settings: dict[str, Any] = dict(settings)
        self._facts: dict[str, str] = {}
        self._assistant: Assistant | None = None

    def build(self, corpus: Path, folder: Path) -> Path:
        from assistant.wiring import build_index
        from assistant.workspace import init_workspace

        workspace = folder / "workspace"
        init_workspace(workspace)
        report = build_index(workspace, [corpus], **self._settings)
        counts = {"documents": report.documents, "chunks": report.chunks, "failed documents": len(report.failed)}
        self._facts = {name: str(count) for name, count in counts.items()}
        return workspace / "index" / "snapshots"

    def open(self, folder: Path) -> None:
        from assistant.wiring import open_assistant

        self._assistant = open_assistant(folder / "workspace", **self._settings)
        self._facts = {f"fingerprint of {part}": value for part, value in self._assistant.fingerprints.items()}

    def search(self, query: str, k: int) -> Sequence[tuple[str, float]]:
        if self._assistant is None:
            raise IndexMissing("Chưa mở chỉ mục. Hãy gọi open trước khi tìm.")
        return self._assistant.search_documents(query, top_k=k, stage=self._stage)

    def facts(self) -> Mapping[str, str]:
        return {"cancu": version("cancu"), **{n: str(value) for n, value in self._settings.items()}, **self._facts}
