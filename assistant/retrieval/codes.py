"""Int8 codes of the chunk vectors in FAISS, a flat list or an inverted file; gives candidates, knows no exact score.

Which of the two, measured with the vectors of real chunks (256 dimensions, 2026-11-22), memory-mapped, one thread, busy
machine, p50 with 200 candidates scored by their rows (CPU time; wall time for 127,393 and for the inverted file of
260,000), recall@10 of 300 real questions against exact search; 540,000 of the 1,001,270 are other crops of the texts:

| chunks    | flat            | inverted file, 1/8 of the lists | 1/6           | 1/4 (chosen)  |
|-----------|-----------------|---------------------------------|---------------|---------------|
| 127,393   | 2.0 ms, 1.000   |                                 |               |               |
| 260,000   | 4.2 ms, 1.000   | 0.8 ms, .987                    |               | 1.3 ms, .994  |
| 461,270   | 7.2 ms, 1.000   | 1.4 ms, .986                    | 1.8 ms, .988  | 2.5 ms, .992  |
| 1,001,270 | 12.2 ms, 1.000  | 2.4 ms, .988                    | 3.3 ms, .991  | 4.6 ms, .994  |

A graph (HNSW, M 32) of 260,000 took ten times as long to build as the inverted file and twice its bytes, for 0.4 ms
and .989; one harmed link in it can end the process. `python -m assistant.benchmark.million --chunks N --vectors KIND`
measures the like on made-up text, which is harder: .975 of 1,000,000 at 1/6 (eval/reports/million.md), hence 1/4.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.files import damaged

Kind = Literal["flat", "ivf"]
Choice = Literal["auto", "flat", "ivf"]
# Chunks up to which `auto` takes the flat list.
FLAT_UP_TO = 200_000
_LARGEST = 127  # of an int8 code
_BLOCK = 16_384  # rows coded at a time
_PROBED, _LEAST_PROBED = 1 / 4, 16  # share of the lists that are looked at, and at least so many
_TRAINING = 50  # rows a list's centre is found from
_TRAINING_BYTES = 2**28


def kind_for(choice: Choice, chunks: int) -> Kind:
    """`auto` is flat up to `FLAT_UP_TO` chunks and an inverted file from there on."""
    return ("flat" if chunks <= FLAT_UP_TO else "ivf") if choice == "auto" else choice


def write_codes(rows: NDArray[np.float16], file: Path, kind: Kind) -> None:
    """Codes of `rows`, shape (n, dimension), in their order; on all cores."""
    import faiss

    threads = faiss.omp_get_max_threads()
    faiss.omp_set_num_threads(os.cpu_count() or 1)
    try:
        scale = _LARGEST / max((float(np.abs(block).max()) for block in _blocks(rows)), default=1.0)
        index = _inverted(rows, scale) if kind == "ivf" and len(rows) else _flat(rows.shape[1])
        for block in _blocks(rows):
            index.add(np.rint(block.astype(np.float32) * scale))
        faiss.write_index(index, str(file))
    finally:
        faiss.omp_set_num_threads(threads)


def open_codes(file: Path) -> Any:
    """The FAISS index, memory-mapped. Raises IndexDamaged."""
    import faiss

    try:
        index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)
    except (RuntimeError, MemoryError) as error:  # what FAISS raises for an unreadable file
        raise damaged(file.name, "không đọc được") from error
    if isinstance(index, faiss.IndexIVF) and _listed(index) != index.ntotal:
        raise damaged(file.name, "các danh sách không đủ số đoạn")
    return index


def _listed(index: Any) -> int:
    return sum(index.invlists.list_size(number) for number in range(index.nlist))


def candidates(
    index: Any, vector: NDArray[np.float32], number: int, among: NDArray[np.int64] | None = None
) -> NDArray[np.int64]:
    """Up to `number` rows near the vector, `among` these where given, in the order of rows; a damaged file's impossible
    ones are left out."""
    largest = float(np.abs(vector).max(initial=0.0)) or 1.0
    scaled = np.ascontiguousarray(vector * (_LARGEST / largest), np.float32)  # FAISS rounds the query as well
    found: NDArray[np.int64] = np.unique(index.search(scaled.reshape(1, -1), number, params=_limited(index, among))[1])
    possible: NDArray[np.int64] = found[(found >= 0) & (found < index.ntotal)]
    return possible


def _limited(index: Any, among: NDArray[np.int64] | None) -> Any:
    """What tells FAISS which rows it may find; None for all."""
    import faiss

    if among is None:
        return None
    allowed = np.zeros(index.ntotal, np.bool_)
    allowed[among] = True
    made: Any = faiss  # whose own types do not tell how these are made
    only = made.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))
    if isinstance(index, faiss.IndexIVF):
        return made.SearchParametersIVF(sel=only, nprobe=index.nprobe)
    return made.SearchParameters(sel=only)


def _flat(dimension: int) -> Any:
    import faiss

    index = faiss.IndexScalarQuantizer(
        dimension, faiss.ScalarQuantizer.QT_8bit_direct_signed, faiss.METRIC_INNER_PRODUCT
    )
    index.is_trained = True  # these codes are the numbers themselves
    return index


def _inverted(rows: NDArray[np.float16], scale: float) -> Any:
    """An empty inverted file with about 2 √n lists."""
    import faiss

    lists = max(1, min(int(2 * len(rows) ** 0.5), len(rows) // _TRAINING))
    dimension = rows.shape[1]
    centres: Any = faiss.IndexFlatIP(dimension)
    codes = faiss.ScalarQuantizer.QT_8bit_direct_signed
    index = faiss.IndexIVFScalarQuantizer(centres, dimension, lists, codes, faiss.METRIC_INNER_PRODUCT, False)
    index.cp.niter, index.cp.min_points_per_centroid = 10, 1
    index.nprobe = max(_LEAST_PROBED, round(lists * _PROBED))  # written with the index
    index.train(_sample(rows, _TRAINING * lists).astype(np.float32) * scale)
    index.own_fields = True  # the centres live as long as the index
    centres.this.disown()
    return index


def _sample(rows: NDArray[np.float16], number: int) -> NDArray[np.float16]:
    number = min(number, len(rows), _TRAINING_BYTES // (4 * rows.shape[1]))
    return rows[np.sort(np.random.default_rng(0).choice(len(rows), number, replace=False))]


def _blocks(rows: NDArray[np.float16]) -> Iterator[NDArray[np.float16]]:
    return (rows[start : start + _BLOCK] for start in range(0, len(rows), _BLOCK))
