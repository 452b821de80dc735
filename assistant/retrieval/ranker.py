"""The light learned ranker: a forest of small trees over the features, read from JSON; knows no index and no training.

`ranker.json` holds the feature names in their order, the trees as complete binary trees of one depth, and the
fingerprint of the encoder whose similarities it was trained on. LightGBM makes it (`python -m assistant.training
ranker`); evaluating it takes numpy alone.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError

FILE = "ranker.json"
FORMAT = 1
_LARGEST = 64 * 2**20
# Leaves of a tree, by depth.
_SIZES = tuple(2**depth for depth in range(1, 13))


@dataclass(frozen=True, slots=True)
class Forest:
    """`t` complete trees of depth `d`: node n's children are 2n + 1 (value <= threshold) and 2n + 2."""

    features: tuple[str, ...]
    split: NDArray[np.int64]  # (t, 2**d - 1): which feature
    threshold: NDArray[np.float64]  # (t, 2**d - 1)
    leaves: NDArray[np.float64]  # (t, 2**d)
    lead: Mapping[str, float]  # features with what they count beside the trees, which correct their sum
    encoder: str  # fingerprint
    fingerprint: str

    def scores(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.float64]:
        """One score for each candidate, shape (n,); higher is better. Raises KeyError for a missing feature."""
        matrix = np.stack([values[name] for name in self.features], axis=1)
        trees, inner = self.split.shape
        columns, rows = np.arange(trees) * inner, np.arange(len(matrix))[:, None] * matrix.shape[1]
        flat, split, threshold = matrix.ravel(), self.split.ravel(), self.threshold.ravel()
        node = np.zeros((len(matrix), trees), np.int64)
        for _ in range(self.depth):
            at = node + columns
            node = 2 * node + 1 + (flat[rows + split[at]] > threshold[at])
        found: NDArray[np.float64] = self.leaves.ravel()[node - inner + np.arange(trees) * (inner + 1)].sum(axis=1)
        for name, weight in self.lead.items():
            found = found + weight * values[name]
        return found

    @property
    def depth(self) -> int:
        return int(self.leaves.shape[1]).bit_length() - 1


def read_forest(folder: Path) -> Forest | None:
    """The ranker that lies beside an encoder, or None where there is none. Raises EncoderError for a damaged one."""
    file = folder / FILE
    if not file.exists():
        return None
    try:
        if file.stat().st_size > _LARGEST:
            raise ValueError(f"{file.stat().st_size} byte")
        raw = file.read_bytes()
        return _checked(json.loads(raw), hashlib.sha256(raw).hexdigest()[:16])
    except (OSError, ValueError, TypeError, LookupError, AttributeError, OverflowError, RecursionError) as error:
        raise unusable_ranker(error) from error


def unusable_ranker(why: object) -> EncoderError:
    return EncoderError(
        f"Tệp bộ xếp hạng «{FILE}» không dùng được ({why}). Hãy lấy lại thư mục index/encoder, "
        'hoặc đặt reranker = "none".'
    )


def _checked(values: dict[str, Any], fingerprint: str) -> Forest:
    if values["format"] != FORMAT:
        raise ValueError(f"format {values['format']}")
    features, encoder = values["features"], values["encoder"]
    if not isinstance(features, list) or not all(isinstance(name, str) for name in [*features, encoder]):
        raise ValueError("features, encoder")
    split, threshold, leaves = (_table(values, name) for name in ("split", "threshold", "leaves"))
    trees, ends = leaves.shape
    if not (trees and ends in _SIZES and split.shape == threshold.shape == (trees, ends - 1)):
        raise ValueError(f"split {split.shape}, threshold {threshold.shape}, leaves {leaves.shape}")
    if not np.isin(split, np.arange(len(features))).all():
        raise ValueError("split")
    lead = {str(name): float(weight) for name, weight in values["lead"].items()}
    if not np.isfinite(list(lead.values())).all():
        raise ValueError("lead")
    return Forest(tuple(features), split.astype(np.int64), threshold, leaves, lead, encoder, fingerprint)


def _table(values: dict[str, Any], name: str) -> NDArray[np.float64]:
    table = np.asarray(values[name], np.float64)
    if table.ndim != 2 or not np.isfinite(table).all():
        raise ValueError(name)
    return table


def forest_json(
    trees: list[Any], features: tuple[str, ...], depth: int, lead: Mapping[str, float], encoder: str
) -> str:
    """`ranker.json` of trees as LightGBM dumps them (`dump_model()["tree_info"]`), none deeper than `depth`."""
    split, threshold, leaves = [], [], []
    for tree in trees:
        inner: list[tuple[int, float]] = [(0, 0.0)] * (2**depth - 1)
        ends = [0.0] * 2**depth
        _lay(tree["tree_structure"], 0, depth, inner, ends)
        split.append([feature for feature, _ in inner])
        threshold.append([value for _, value in inner])
        leaves.append(ends)
    values = {"format": FORMAT, "features": features, "lead": dict(lead), "encoder": encoder}
    return json.dumps(values | {"split": split, "threshold": threshold, "leaves": leaves}) + "\n"


def _lay(node: Mapping[str, Any], place: int, depth: int, inner: list[tuple[int, float]], ends: list[float]) -> None:
    """Puts a node at its place of the complete tree; a leaf above the last level is repeated below."""
    if place >= len(inner):
        ends[place - len(inner)] = float(node["leaf_value"])
        return
    leaf = "leaf_value" in node
    if not leaf:
        inner[place] = int(node["split_feature"]), float(node["threshold"])
    for side, child in ((1, "left_child"), (2, "right_child")):
        _lay(node if leaf else node[child], 2 * place + side, depth, inner, ends)
