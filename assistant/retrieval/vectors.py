"""Chunk vectors on disk: float16 rows that tell the scores, and the codes that find candidates; knows no text.

Row i of `vectors.npy` (float16, shape (n, dimension)) and number i of `codes.faiss` are chunk i. Both are opened
memory-mapped. Rows are copied as they are into the next snapshot, so no error grows.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike, NDArray

from assistant.retrieval.codes import Kind, candidates, open_codes, write_codes
from assistant.retrieval.files import damaged, load_array

Vectors = NDArray[np.float32]
Halves = NDArray[np.float16]
ROWS, CODES = "vectors.npy", "codes.faiss"
# Codes rank by rounded vectors, so at least this many more candidates than asked for are scored by their rows.
_SPARE = 100
# So many rows are all scored where a search is limited to them.
MOST_SCORED = 20_000


class VectorIndex:
    """Inner-product search over the unit vectors of a snapshot folder. Raises IndexDamaged naming the file."""

    def __init__(self, folder: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)  # one query at a time is faster on one thread
        self._rows = _open_rows(folder / ROWS)
        self._codes = open_codes(folder / CODES)
        if (self._codes.ntotal, self._codes.d) != self._rows.shape:
            raise damaged(CODES, f"{self._codes.ntotal} × {self._codes.d} khác {self._rows.shape} của {ROWS}")

    @property
    def size(self) -> int:
        return int(self._rows.shape[0])

    @property
    def dimension(self) -> int:
        return int(self._rows.shape[1])

    def search(self, vector: Vectors, top_k: int, among: NDArray[np.int64] | None = None) -> dict[int, float]:
        """The `top_k` rows nearest to a vector of shape (dimension,), `among` these where given, best first, with their
        cosine."""
        most = min(self.size, top_k + max(top_k, _SPARE))
        scored = among is not None and len(among) <= max(most, MOST_SCORED)
        rows = among if among is not None and scored else candidates(self._codes, vector, most, among)
        scores = self.similarities(vector, rows)
        best = np.argsort(-scores, kind="stable")[:top_k]  # stable: equal scores come in the order of rows
        return dict(zip(rows[best].tolist(), scores[best].tolist(), strict=True))

    def similarities(self, vector: Vectors, rows: ArrayLike) -> Vectors:
        """Cosine of the vector with each of the rows, shape (len(rows),)."""
        with np.errstate(all="ignore"):  # a damaged row may hold anything, and counts as zero
            found: Vectors = self._rows[np.asarray(rows, dtype=np.int64)].astype(np.float32) @ vector
        return np.nan_to_num(found, copy=False, nan=0.0, posinf=0.0, neginf=0.0)

    def rows(self, start: int, stop: int) -> Halves:
        """Stored vectors `start:stop`, shape (stop - start, dimension)."""
        return self._rows[start:stop]


class VectorWriter:
    """Appends unit vectors to a new file of rows, which is whole when it is closed."""

    def __init__(self, file: Path, dimension: int) -> None:
        self._dimension = dimension
        self._size = 0
        self._stream = file.open("wb")
        self._write_header()

    def add(self, vectors: Vectors | Halves) -> None:
        """Vectors of shape (n, dimension), for the next n chunks."""
        self._stream.write(np.ascontiguousarray(vectors, np.float16).tobytes())
        self._size += len(vectors)

    def close(self) -> None:
        if not self._stream.closed:
            self._stream.seek(0)
            self._write_header()
            self._stream.close()

    def _write_header(self) -> None:
        """NumPy leaves room in the header for the first axis to grow, so its length stays the same."""
        header = {"descr": "<f2", "fortran_order": False, "shape": (self._size, self._dimension)}
        np.lib.format.write_array_header_1_0(self._stream, header)


def code_vectors(folder: Path, kind: Kind) -> None:
    """Writes the codes of a folder's finished rows."""
    write_codes(_open_rows(folder / ROWS), folder / CODES, kind)


def _open_rows(file: Path) -> Halves:
    try:
        rows = load_array(file)
    except (OSError, ValueError, EOFError) as error:
        raise damaged(file.name, error) from error
    if rows.dtype != np.float16 or rows.ndim != 2:
        raise damaged(file.name, f"{rows.dtype}, {rows.ndim} chiều")
    return np.asarray(rows)  # the same memory map, without the cost of np.memmap at every indexing
