"""One command that makes the encoder folder: ranks, tokenizer, weights, numbers and model card."""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from assistant.errors import CancuError
from assistant.training.card import model_card
from assistant.training.encoder import Recipe, publish, train
from assistant.training.measure import measure
from assistant.training.negatives import hard_negatives
from assistant.training.pairs import (
    Pair,
    Passage,
    benchmark_questions,
    check_disjoint,
    question_pairs,
    training_passages,
    training_texts,
)
from assistant.training.tokenizer import train_ranks, train_tokenizer, write_ranks

# Characters of text that each tokenizer learns from; more changes few pieces.
TOKENIZER_CHARACTERS = 60_000_000
RANKS = 27_000
DENSE_WEIGHT = 0.3


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        make(options.data, options.out, options.benchmarks or options.data.parent / "benchmarks", _recipe(options))
    except (CancuError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant.training", description="Làm lại bộ mã hóa.")
    default = Recipe()
    parser.add_argument("--data", type=Path, required=True, help="thư mục dữ liệu huấn luyện")
    parser.add_argument("--out", type=Path, required=True, help="thư mục sẽ chứa bộ mã hóa")
    parser.add_argument("--benchmarks", type=Path, help="thư mục các bộ đánh giá (mặc định: benchmarks cạnh --data)")
    parser.add_argument("--seed", type=int, default=default.seed, help="hạt giống ngẫu nhiên")
    parser.add_argument("--steps", type=int, default=default.steps, help="số lô học")
    parser.add_argument("--dimension", type=int, default=default.dimension, help="số chiều của véc-tơ")
    parser.add_argument("--vocabulary", type=int, default=default.vocabulary, help="số mảnh từ nhiều nhất")
    parser.add_argument("--threads", type=int, default=default.threads, help="số luồng của torch")
    return parser


def _recipe(options: argparse.Namespace) -> Recipe:
    return Recipe(
        seed=options.seed,
        steps=options.steps,
        dimension=options.dimension,
        vocabulary=options.vocabulary,
        threads=options.threads,
    )


def make(data: Path, out: Path, benchmarks: Path, recipe: Recipe) -> None:
    """Trains on `data` and writes everything that the folder `out` holds. Raises EvaluationError on a leak."""
    passages, questions = collect(data, benchmarks)
    _say(f"{len(passages)} đoạn văn, {len(questions)} câu hỏi")
    sample = _sample(data, recipe.seed)
    ranks = train_ranks(sample, RANKS)
    tokenizer = train_tokenizer(sample, recipe.vocabulary)
    _say(f"{len(ranks)} mảnh byte, {tokenizer.get_vocab_size()} mảnh từ")
    negatives = hard_negatives(passages, questions)
    _say(f"{len(negatives)} câu hỏi có đoạn sai khó")
    weights = train(passages, questions, tokenizer, recipe, negatives=negatives, progress=_progress)
    out.mkdir(parents=True, exist_ok=True)
    write_ranks(ranks, out / "ranks.tiktoken")
    publish(out, tokenizer, weights)
    kinds = Counter(passage.source for passage in passages) + Counter(question.kind for question in questions)
    card = _card(data, out, benchmarks, recipe, kinds, pieces=tokenizer.get_vocab_size(), ranks=len(ranks))
    (out / "README.md").write_text(card, encoding="utf-8")


def collect(data: Path, benchmarks: Path) -> tuple[list[Passage], list[Pair]]:
    """All passages and questions, none of them asking a benchmark's question."""
    held_out = benchmark_questions(benchmarks)
    questions = question_pairs(data)
    check_disjoint(questions, held_out)
    return training_passages(data, held_out), questions


def _sample(data: Path, seed: int) -> list[str]:
    texts = [text[:20_000] for text in training_texts(data)]
    random.Random(seed).shuffle(texts)  # noqa: S311 - draws, no secrets
    length = 0
    for count, text in enumerate(texts, 1):
        length += len(text)
        if length > TOKENIZER_CHARACTERS:
            return texts[:count]
    return texts


def _card(
    data: Path, out: Path, benchmarks: Path, recipe: Recipe, kinds: Counter[str], *, pieces: int, ranks: int
) -> str:
    from assistant.retrieval.encoder import StaticEncoder

    return model_card(
        recipe,
        kinds=kinds,
        pieces=pieces,
        ranks=ranks,
        command=f"python -m assistant.training --data DIR --out index/encoder --seed {recipe.seed}",
        lines=list(measure(benchmarks, data, StaticEncoder(out), dense_weight=DENSE_WEIGHT)),
        dense_weight=DENSE_WEIGHT,
    )


def _progress(step: int, steps: int, loss: float) -> None:
    if step % 50 == 0 or step == steps:
        _say(f"bước {step}/{steps}, sai số {loss:.3f}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
