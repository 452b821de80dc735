"""The best candidates of a search in their final order: our learned ranker or any CrossEncoder; knows no answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError
from assistant.retrieval.encoder import local_model, model_fingerprint
from assistant.retrieval.features import Features, read_query
from assistant.retrieval.ranker import Forest, unusable_ranker
from assistant.retrieval.snapshot import Snapshot

Floats = NDArray[np.float64]
# Rows that a cross-encoder reads: each costs a run of the model.
_CROSS_ENCODED = 30
# What a checkpoint without a scoring head calls itself: sentence-transformers would give it a random one.
_HEADLESS = ("Model", "ForMaskedLM", "ForPreTraining")


@dataclass(frozen=True, slots=True)
class Candidates:
    """Chunks of a snapshot found for a query, best first, with what found them."""

    query: str
    rows: NDArray[np.int64]
    lexical: Floats
    dense: Floats


class Reranker(Protocol):
    """`most` is how many candidates it looks at; `fingerprint` changes whenever its scores may."""

    @property
    def most(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def scores(self, found: Candidates, snapshot: Snapshot) -> Floats:
        """One score for each candidate, higher is better."""
        ...


class LearnedRanker:
    """The forest that lies beside the encoder, over the features of query and chunk.

    Raises EncoderError where the forest asks for a feature that there is not.
    """

    def __init__(self, forest: Forest, snapshot: Snapshot, *, most: int = 100) -> None:
        self._forest = forest
        self._features = Features(snapshot.lexical)
        unknown = {*forest.features, *forest.lead} - set(self._features.names())
        if unknown:
            raise unusable_ranker(f"không có đặc trưng {', '.join(sorted(unknown))}")
        self.most = most
        self.fingerprint = forest.fingerprint

    def scores(self, found: Candidates, snapshot: Snapshot) -> Floats:
        return self._forest.scores(feature_matrix(self._features, found, snapshot))


def feature_matrix(features: Features, found: Candidates, snapshot: Snapshot) -> dict[str, Floats]:
    """Feature name -> its value for each candidate."""
    query, documents = read_query(found.query, snapshot.lexical), snapshot.ordinals_of(found.rows)
    return features.matrix(query, found.rows, found.lexical, found.dense, documents)


class CrossEncoderReranker:
    """Any model that `CrossEncoder(name)` takes from this machine; nothing is downloaded. Raises EncoderError."""

    def __init__(self, name: str, *, most: int = _CROSS_ENCODED) -> None:
        try:
            from sentence_transformers import CrossEncoder

            folder = local_model(name)
            self._model: Any = CrossEncoder(str(folder), local_files_only=True)
            _check_head(self._model)
        except Exception as error:  # the library raises whatever its many loaders raise
            reason = str(error).strip().partition("\n")[0]
            raise EncoderError(
                f"Không nạp được bộ xếp hạng «{name}» trên máy này ({reason}). Cần một thư mục mô hình CrossEncoder "
                f"hoặc tên mô hình đã tải về. Hãy tải trước: hf download {name}, "
                "hoặc bỏ thiết lập reranker để dùng bộ xếp hạng có sẵn."
            ) from error
        self.most = most
        self.fingerprint = model_fingerprint(folder)

    def scores(self, found: Candidates, snapshot: Snapshot) -> Floats:
        pairs = [(found.query, snapshot.text_around(int(row))) for row in found.rows]
        scores: Sequence[float] = self._model.predict(pairs, show_progress_bar=False)
        values = np.nan_to_num(np.asarray(scores, dtype=np.float64))
        return values if values.ndim == 1 else values[:, -1]  # a classifier's last class is «relevant»


def _check_head(model: Any) -> None:
    made = model.config.architectures or ["unknown"]
    if all(name.endswith(_HEADLESS) for name in made):
        raise ValueError(f"{', '.join(made)} không có phần chấm điểm")
