"""Chunk vectors in a FAISS flat index, opened memory-mapped; knows no text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Vectors = NDArray[np.float32]


class VectorIndex:
    """Exact inner-product search over unit vectors; row i is chunk i."""

    def __init__(self, file: Path) -> None:
        import faiss

        faiss.omp_set_num_threads(1)  # one query at a time is faster on one thread
        self._index = faiss.read_index(str(file), faiss.IO_FLAG_MMAP_IFC)

    @property
    def size(self) -> int:
        return int(self._index.ntotal)

    @property
    def dimension(self) -> int:
        return int(self._index.d)

    def search(self, vector: Vectors, top_k: int) -> dict[int, float]:
        """The `top_k` rows nearest to a vector of shape (dimension,), with their cosine."""
        scores, rows = self._index.search(vector.reshape(1, -1), min(top_k, self.size))
        return {int(row): float(score) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0}

    def similarities(self, vector: Vectors, rows: list[int]) -> Vectors:
        """Cosine of the vector with each of the rows, shape (len(rows),)."""
        if not rows:
            return np.zeros(0, dtype=np.float32)
        found: Vectors = self._index.reconstruct_batch(np.asarray(rows, dtype=np.int64)) @ vector
        return found

    def rows(self, start: int, stop: int) -> Vectors:
        """Stored vectors `start:stop`, shape (stop - start, dimension)."""
        found: Vectors = self._index.reconstruct_n(start, stop - start)
        return found


def write_vectors(vectors: Vectors, file: Path) -> None:
    """Writes unit vectors of shape (n, dimension)."""
    import faiss

    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    faiss.write_index(index, str(file))
