"""Training of the static encoder: mean of piece vectors, in-batch negatives; knows no file but the folder it writes."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from assistant.training.pairs import Pair, batches
from assistant.training.tokenizer import SPACE

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_TOKENIZE_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a run depends on besides its data; the same recipe and data give the same weights on one machine."""

    seed: int = 13
    vocabulary: int = 32_000
    dimension: int = 256
    batch: int = 2048
    block: int = 1
    epochs: int = 4
    learning_rate: float = 0.1
    scale: float = 20.0
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Ragged:
    """Texts as piece ids, end to end; text i is `ids[starts[i]:starts[i + 1]]`."""

    ids: NDArray[np.int32]
    starts: NDArray[np.int64]

    def take(self, rows: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The ids of some texts end to end, and where each begins: what EmbeddingBag takes."""
        lengths = self.starts[rows + 1] - self.starts[rows]
        offsets = np.concatenate([[0], np.cumsum(lengths)[:-1]])
        within = np.arange(lengths.sum()) - np.repeat(offsets, lengths)
        return self.ids[np.repeat(self.starts[rows], lengths) + within].astype(np.int64), offsets

    def keys(self) -> list[bytes]:
        """Texts with the same pieces have the same key; a text without pieces has an empty one."""
        return [self.ids[a:b].tobytes() for a, b in zip(self.starts, self.starts[1:], strict=False)]


def tokenize(tokenizer: Tokenizer, texts: Sequence[str]) -> Ragged:
    pieces: list[NDArray[np.int32]] = []
    for at in range(0, len(texts), _TOKENIZE_AT_ONCE):
        encoded = tokenizer.encode_batch_fast(list(texts[at : at + _TOKENIZE_AT_ONCE]), add_special_tokens=False)
        pieces.extend(np.asarray(e.ids, np.int32) for e in encoded)
    lengths = np.fromiter(map(len, pieces), np.int64, len(pieces))
    return Ragged(np.concatenate(pieces), np.concatenate([[0], np.cumsum(lengths)]))


def train(
    pairs: Sequence[Pair],
    tokenizer: Tokenizer,
    recipe: Recipe,
    *,
    progress: Callable[[int, int, float], None] | None = None,
) -> NDArray[np.float32]:
    """Piece vectors (vocabulary, dimension); the unknown piece and the bare space have zero rows.

    Multiple negatives ranking loss: every other passage of the batch is a wrong one (Henderson et al. 2017).
    """
    import torch

    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.threads)
    sides = [tokenize(tokenizer, [getattr(pair, side) for pair in pairs]) for side in ("query", "passage")]
    bag = torch.nn.EmbeddingBag(tokenizer.get_vocab_size(), recipe.dimension, mode="mean", padding_idx=0)
    steps = _steps(sides, recipe)
    optimizer, schedule = _optimizer(bag, recipe, len(steps))
    for number, batch in enumerate(steps, 1):
        optimizer.zero_grad()
        loss = _loss(bag, [side.take(batch) for side in sides], recipe.scale)
        loss.backward()
        optimizer.step()
        schedule.step()
        if progress:
            progress(number, len(steps), loss.item())
    weights: NDArray[np.float32] = bag.weight.detach().numpy().astype(np.float32)
    weights[tokenizer.token_to_id(SPACE)] = 0
    return weights


def _steps(sides: Sequence[Ragged], recipe: Recipe) -> list[NDArray[np.int64]]:
    """The batches of all epochs; texts count as duplicates when their pieces are the same."""
    rng = random.Random(recipe.seed)  # noqa: S311 - draws, no secrets
    keys = list(zip(*(side.keys() for side in sides), strict=True))
    usable = [i for i, (query, passage) in enumerate(keys) if query and passage]
    keys = [keys[i] for i in usable]
    back = np.asarray(usable, np.int64)
    return [back[b] for _ in range(recipe.epochs) for b in batches(keys, recipe.batch, rng, block=recipe.block)]


def _optimizer(bag: Any, recipe: Recipe, steps: int) -> tuple[Any, Any]:
    """Adam; the learning rate climbs for a tenth of the steps and falls to nothing."""
    import torch

    optimizer = torch.optim.Adam(bag.parameters(), lr=recipe.learning_rate, fused=True)
    rising = max(1, steps // 10)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rising, (steps - step) / max(1, steps - rising))
    )
    return optimizer, schedule


def _loss(bag: Any, sides: Sequence[tuple[Any, Any]], scale: float) -> Any:
    import torch

    queries, passages = (torch.nn.functional.normalize(bag(*map(torch.from_numpy, side))) for side in sides)
    return torch.nn.functional.cross_entropy(scale * queries @ passages.T, torch.arange(len(queries)))


def publish(folder: Path, tokenizer: Tokenizer, weights: NDArray[np.float32]) -> None:
    """Writes the folder that `SentenceTransformer(folder)` and our own reader load; weights as float16."""
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Normalize, StaticEmbedding

    embedding = StaticEmbedding(tokenizer, embedding_weights=weights.astype(np.float16))
    model = SentenceTransformer(modules=[embedding, Normalize()], device="cpu")
    model.save_pretrained(str(folder), create_model_card=False)
    (folder / "model.safetensors").chmod(0o644)  # the library writes it for its owner alone
