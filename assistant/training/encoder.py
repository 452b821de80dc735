"""Training of the static encoder: mean of piece vectors, in-batch negatives; knows no file but the folder it writes."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.training.drawing import Batch, batches, flat
from assistant.training.pairs import Pair, Passage
from assistant.training.pieces import Ids, material
from assistant.training.tokenizer import SPACE

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run depends on besides its data; the same recipe and data give the same weights on one machine."""

    seed: int = 13
    vocabulary: int = 32_000
    dimension: int = 256
    batch: int = 2048
    steps: int = 1200
    learning_rate: float = 0.1
    scale: float = 20.0
    threads: int = 2


def train(
    passages: Sequence[Passage],
    questions: Sequence[Pair],
    tokenizer: Tokenizer,
    recipe: Recipe,
    *,
    negatives: Mapping[int, Sequence[int]] | None = None,
    progress: Callable[[int, int, float], None] | None = None,
) -> NDArray[np.float32]:
    """Piece vectors (vocabulary, dimension); the unknown piece and the bare space have zero rows.

    Multiple negatives ranking loss: every other passage of the batch is a wrong one (Henderson et al. 2017).
    `negatives` are the places of more wrong passages, by question.
    """
    import torch

    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    drawn = batches(
        material(tokenizer, passages, questions, negatives or {}),
        recipe.batch,
        random.Random(recipe.seed),  # noqa: S311 - draws, no secrets
    )
    bag = torch.nn.EmbeddingBag(tokenizer.get_vocab_size(), recipe.dimension, mode="mean", padding_idx=0)
    optimizer, schedule = _optimizer(bag, recipe)
    for number, batch in zip(range(1, recipe.steps + 1), drawn, strict=False):
        optimizer.zero_grad()
        loss = _loss(bag, batch, recipe.scale)
        loss.backward()
        optimizer.step()
        schedule.step()
        if progress:
            progress(number, recipe.steps, loss.item())
    weights: NDArray[np.float32] = bag.weight.detach().numpy().astype(np.float32)
    weights[tokenizer.token_to_id(SPACE)] = 0
    return weights


def _optimizer(bag: Any, recipe: Recipe) -> tuple[Any, Any]:
    """Adam; the learning rate climbs for a tenth of the steps and falls to nothing."""
    import torch

    optimizer = torch.optim.Adam(bag.parameters(), lr=recipe.learning_rate, fused=True)
    rising = max(1, recipe.steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, (recipe.steps - step) / max(1, recipe.steps - rising))
    )
    return optimizer, schedule


def _loss(bag: Any, batch: Batch, scale: float) -> Any:
    import torch

    queries, passages = (_vectors(bag, side) for side in (batch.queries, batch.passages))
    return torch.nn.functional.cross_entropy(scale * queries @ passages.T, torch.arange(len(queries)))


def _vectors(bag: Any, texts: Sequence[Ids]) -> Any:
    import torch

    return torch.nn.functional.normalize(bag(*map(torch.from_numpy, flat(texts))))


def publish(folder: Path, tokenizer: Tokenizer, weights: NDArray[np.float32]) -> None:
    """Writes the folder that `SentenceTransformer(folder)` and our own reader load; weights as float16."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    embedding = StaticEmbedding(tokenizer, embedding_weights=weights.astype(np.float16))
    model = SentenceTransformer(modules=[embedding, Normalize()], device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
    (folder / "model.safetensors").chmod(0o644)  # the library writes it for its owner alone
