"""`python -m assistant.benchmark.million`: time, memory and latency of an index of made-up text; knows no quality."""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from assistant.benchmark.invented import ARTICLES, MadeUpDocuments, queries_of
from assistant.retrieval.codes import Choice
from assistant.retrieval.encoder import Encoder, load_encoder
from assistant.retrieval.indexing import Plan, build_snapshot
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import Store
from assistant.vietnamese.tokens import count_tokens, load_encoding

# The settings' own defaults: what is served (tested).
CHUNK_TOKENS, DENSE_WEIGHT, CANDIDATES = 220, 0.3, 100
_BLOCK = 65_536
_WEIGHTS = {"lexical": 0.0, "dense": 1.0, "fused": DENSE_WEIGHT}


@dataclass
class TimedEncoder:
    """An encoder whose time is added up."""

    inner: Encoder
    seconds: float = 0.0

    @property
    def dimension(self) -> int:
        return self.inner.dimension

    @property
    def fingerprint(self) -> str:
        return self.inner.fingerprint

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        began = time.perf_counter()
        try:
            return self.inner.encode(texts)
        finally:
            self.seconds += time.perf_counter() - began


@dataclass
class Stages:
    """When each stage of indexing began, as its progress tells."""

    began: list[tuple[str, float]] = field(default_factory=list)

    def __call__(self, stage: str, done: int, total: int) -> None:
        if not self.began or self.began[-1][0] != stage:
            self.began.append((stage, time.perf_counter()))

    def seconds(self) -> dict[str, float]:
        ends = [*self.began, ("", time.perf_counter())]
        return {stage: round(end - start, 2) for (stage, start), (_, end) in pairwise(ends)}


def measure(chunks: int, queries: int, *, encoder: Path, folder: Path, vectors: Choice, seed: int) -> dict[str, Any]:
    """Builds an index of so many chunks in a process of its own, and searches it in another."""
    built = _apart(partial(_build, chunks, encoder, folder, vectors, seed))
    return {**built, **_apart(partial(_search, chunks, queries, encoder, folder, seed))}


def _apart(task: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task).result()


def _build(chunks: int, encoder: Path, folder: Path, vectors: Choice, seed: int) -> dict[str, Any]:
    timed, stages = TimedEncoder(load_encoder(encoder)), Stages()
    ranks = load_encoding(encoder / "ranks.tiktoken")
    plan = Plan(timed, CHUNK_TOKENS, lambda text: count_tokens(ranks, text), vectors)
    documents, store = MadeUpDocuments(-(-chunks // ARTICLES), seed), Store(folder)
    began, cpu = time.perf_counter(), time.process_time()
    report = build_snapshot(documents, [], store=store, plan=plan, sources=["made-up"], progress=stages)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    return {
        "documents": report.documents,
        "chunks": report.chunks,
        "build_seconds": round(seconds, 1),
        "build_cpu_seconds": round(cpu, 1),
        "stage_seconds": {**stages.seconds(), "of embed: encoder": round(timed.seconds, 2)},
        "build_peak_mib": round(_peak_mib()),
        "mib_on_disk": _sizes(store.current()),
    }


def _peak_mib() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (2**20 if sys.platform == "darwin" else 2**10)


def _sizes(folder: Path) -> dict[str, float]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    sizes = {path.relative_to(folder).as_posix(): path.stat().st_size / 2**20 for path in files}
    return {"all": round(sum(sizes.values()), 1)} | {name: round(size, 1) for name, size in sizes.items()}


def _search(chunks: int, number: int, encoder_folder: Path, folder: Path, seed: int) -> dict[str, Any]:
    encoder, current = load_encoder(encoder_folder), Store(folder).current()
    queries = queries_of(MadeUpDocuments(-(-chunks // ARTICLES), seed), number)
    encoder.encode(queries[:1])
    began = time.perf_counter()
    snapshot = Snapshot(current)
    _searcher(snapshot, encoder, DENSE_WEIGHT).search(queries[0], 10)
    opened = time.perf_counter() - began
    searchers = {name: _searcher(snapshot, encoder, weight) for name, weight in _WEIGHTS.items()}
    return {
        "vectors": snapshot.manifest.vectors,
        "open_and_first_query_seconds": round(opened, 3),
        "query_ms": {name: _latency(partial(one.search, top_k=10), queries) for name, one in searchers.items()},
        "vectors_alone_ms": _latency(partial(snapshot.vectors.search, top_k=CANDIDATES), encoder.encode(queries)),
        "vectors_recall_at_10": round(_recall(snapshot, encoder.encode(queries)), 4),
        "queries": len(queries),
        "search_peak_mib": round(_peak_mib()),
    }


def _searcher(snapshot: Snapshot, encoder: Encoder, weight: float) -> Searcher:
    return Searcher(snapshot, encoder, dense_weight=weight, candidates=CANDIDATES)


def _latency(search: Callable[[Any], object], queries: Sequence[Any] | NDArray[np.float32]) -> dict[str, float]:
    """Milliseconds, one query after the other, each once before it is timed: pages of a file come from the cache."""
    taken = []
    for query in queries:
        search(query)
    for query in queries:
        began = time.perf_counter()
        search(query)
        taken.append(1000 * (time.perf_counter() - began))
    return {"p50": round(float(np.percentile(taken, 50)), 2), "p95": round(float(np.percentile(taken, 95)), 2)}


def _recall(snapshot: Snapshot, vectors: NDArray[np.float32]) -> float:
    """Share of each query's ten nearest chunks, by all rows, that the vector index gives."""
    exact = _nearest(snapshot, vectors)
    found = [set(snapshot.vectors.search(vector, 10)) for vector in vectors]
    return float(np.mean([len(own & set(best)) / len(best) for own, best in zip(found, exact, strict=True)]))


def _nearest(snapshot: Snapshot, vectors: NDArray[np.float32]) -> list[list[int]]:
    best: list[list[tuple[float, int]]] = [[] for _ in vectors]
    for start in range(0, snapshot.vectors.size, _BLOCK):
        rows = snapshot.vectors.rows(start, start + _BLOCK).astype(np.float32)
        for own, scores in zip(best, vectors @ rows.T, strict=True):
            top = np.argsort(-scores, kind="stable")[:10]
            own[:] = sorted(own + [(-float(scores[row]), start + int(row)) for row in top])[:10]
    return [[row for _, row in own] for own in best]


def markdown(figures: dict[str, Any]) -> str:
    """The figures as one table, in Vietnamese."""
    lines = ["# Chỉ mục lớn từ văn bản tự tạo", "", f"`{figures['command']}`, {figures['made']}", ""]
    return "\n".join([*lines, "| Mục | Giá trị |", "|---|---:|", *(f"| {a} | {b} |" for a, b in _rows(figures)), ""])


def _rows(figures: dict[str, Any], of: str = "") -> Iterator[tuple[str, object]]:
    for name, value in figures.items():
        if isinstance(value, dict):
            yield from _rows(value, f"{of}{name}: ")
        elif name not in ("command", "made"):
            yield f"{of}{name}", value


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = _parser().parse_args(given)
    with tempfile.TemporaryDirectory(prefix="cancu-million-", dir=options.scratch) as scratch:
        figures = {
            "command": " ".join(["python -m assistant.benchmark.million", *given]),
            "made": datetime.now(UTC).isoformat(timespec="seconds"),
            "machine": f"{os.cpu_count()} cores, {platform.machine()}, load {os.getloadavg()[0]:.1f} at the start",
            "seed": options.seed,
            **measure(
                options.chunks,
                options.queries,
                encoder=options.encoder,
                folder=Path(scratch),
                vectors=options.vectors,
                seed=options.seed,
            ),
        }
    options.out.parent.mkdir(parents=True, exist_ok=True)
    options.out.write_text(json.dumps(figures, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    options.out.with_suffix(".md").write_text(markdown(figures), encoding="utf-8")
    print(f"Đã ghi {options.out} và {options.out.with_suffix('.md')}", file=sys.stderr)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m assistant.benchmark.million", description="Đo một chỉ mục lớn từ văn bản tự tạo."
    )
    add = parser.add_argument
    add("--chunks", type=int, default=1_000_000, help="số đoạn")
    add("--queries", type=int, default=200, help="số câu hỏi")
    add("--vectors", choices=get_args(Choice), default="auto", help="cách tìm vectơ")
    add("--encoder", type=Path, default=Path("index/encoder"), help="thư mục bộ mã hóa")
    add("--scratch", type=Path, help="nơi đặt chỉ mục trong lúc đo")
    add("--seed", type=int, default=20, help="hạt giống ngẫu nhiên")
    add("--out", type=Path, default=Path("eval/reports/million.json"), help="tệp kết quả; bản .md đặt cạnh nó")
    return parser


if __name__ == "__main__":
    sys.exit(main())
