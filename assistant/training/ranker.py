"""Training of the light ranker: `python -m assistant.training.ranker --data DIR --encoder index/encoder`.

Questions of the training folder are asked of a search over their collections; LightGBM learns to put the chunk that
answers before the others (LambdaMART). The encoder that finds the candidates is a twin that has seen no question, as
the shipped one knows these questions by heart. Knows no benchmark but to keep its questions out.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.documents.corpus import read_corpus
from assistant.documents.limits import Limits
from assistant.errors import CancuError, EvaluationError
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.features import Features
from assistant.retrieval.indexing import Plan, build_snapshot
from assistant.retrieval.ranker import FILE, forest_json
from assistant.retrieval.reranking import feature_matrix
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import Store
from assistant.training.encoder import Recipe, publish, train
from assistant.training.pairs import benchmark_questions, letters, read_lines, training_passages
from assistant.vietnamese.normal import fold
from assistant.vietnamese.tokens import count_tokens, load_encoding

CANDIDATES = 100
DEPTH = 6
# Features that may count either way; those in FALLING count less the larger they are, all others more.
FREE = {"body_length", "context_length", "body_run", "context_run", "document_candidates"}
FREE |= {"query_terms", "query_weight", "query_unknown"}
FALLING = {"first_hit", "rarest_missed"}
# What the trees correct: the fused score, less what matches only without its marks.
LEAD = {"fused": 10.0, "covered": 2.0, "covered_any_marks": -2.0}
_LIMITS = Limits(2**34, 600.0)
DENSE_WEIGHT, CHUNK_TOKENS = 0.3, 220


@dataclass(frozen=True, slots=True)
class Growth:
    """LightGBM's settings; chosen by leaving one question set out at a time (eval/LOG.md)."""

    seed: int = 13
    trees: int = 300
    learning_rate: float = 0.05
    leaves: int = 15
    threads: int = 2

    def parameters(self, features: Sequence[str]) -> dict[str, object]:
        signs = [0 if name in FREE else -1 if name in FALLING else 1 for name in features]
        return {
            "objective": "lambdarank",
            "lambdarank_truncation_level": 20,
            "learning_rate": self.learning_rate,
            "num_leaves": self.leaves,
            "max_depth": DEPTH,
            "min_data_in_leaf": 100,
            "feature_fraction": 0.4,
            "bagging_fraction": 0.7,
            "bagging_freq": 1,
            "lambda_l2": 20.0,
            "monotone_constraints": signs,
            "monotone_constraints_method": "intermediate",
            "deterministic": True,
            "force_row_wise": True,
            "num_threads": self.threads,
            "seed": self.seed,
            "verbose": -1,
        }


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the ids of the documents that answer it."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True, slots=True)
class Lists:
    """Candidate lists end to end: features (n, f), whether each answers, and the length of each list."""

    names: tuple[str, ...]
    values: NDArray[np.float64]
    answers: NDArray[np.int64]
    lengths: NDArray[np.int64]


def question_sets(data: Path) -> Iterator[tuple[Path, list[Asked]]]:
    """Collections of the training folder with the questions asked of them; written to `.jsonl` where they are none."""
    gold: dict[str, set[str]] = {}
    for line in (data / "zalo2021_qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, article, score = line.split("\t")
        if int(score) > 0:
            gold.setdefault(query, set()).add(article)
    rows = [row for row in read_lines(data / "zalo2021_queries.jsonl") if row["split"] == "train"]
    yield data / "phapdien.jsonl.gz", [Asked(r["text"], frozenset(gold.get(r["id"], ()))) for r in rows]
    with tempfile.TemporaryDirectory() as folder:
        yield _paragraphs(data / "zalo2019_pairs_all_val.jsonl", Path(folder))


def _paragraphs(file: Path, folder: Path) -> tuple[Path, list[Asked]]:
    ids: dict[str, str] = {}
    gold: dict[str, set[str]] = {}
    for row in read_lines(file):
        identifier = ids.setdefault(row["text"], f"p{len(ids)}")
        if row["label"]:
            gold.setdefault(row["question"], set()).add(identifier)
    lines = (json.dumps({"id": i, "title": "", "text": text}, ensure_ascii=False) for text, i in ids.items())
    (folder / "corpus.jsonl").write_text("\n".join(lines), encoding="utf-8")
    return folder / "corpus.jsonl", [Asked(question, frozenset(found)) for question, found in gold.items()]


def without_marks(text: str, share: float, rng: random.Random) -> str:
    """The text with about that share of its words stripped of their marks."""
    return " ".join(fold(word) if rng.random() < share else word for word in text.split(" "))


def forms(asked: Asked, rng: random.Random) -> list[Asked]:
    """The question as written, without its marks, and with half of them."""
    return [Asked(without_marks(asked.text, share, rng), asked.gold) for share in (0.0, 1.0, 0.5)]


def collect(searcher: Searcher, asked: Sequence[Asked]) -> Lists:
    """Candidates and features of each question; those whose candidates hold no answer teach nothing and are left out.

    Of a document that answers, the best chunk is the answer; its other chunks are neither right nor wrong.
    """
    features = Features(searcher.snapshot.lexical)
    names = features.names()
    values, answers, lengths = [], [], []
    for question in asked:
        found = searcher.candidates(question.text, CANDIDATES)
        ids = [searcher.snapshot.document_id_of(int(row)) for row in found.rows]
        right = np.asarray([i in question.gold for i in ids], np.bool_)
        first = np.asarray([ids.index(i) == place for place, i in enumerate(ids)], np.bool_)
        keep = ~right | first
        if right.any():
            matrix = feature_matrix(features, found, searcher.snapshot)
            values.append(np.stack([matrix[name] for name in names], axis=1)[keep])
            answers.append(right[keep].astype(np.int64))
            lengths.append(int(keep.sum()))
    return Lists(names, np.concatenate(values), np.concatenate(answers), np.asarray(lengths))


def grow(lists: Sequence[Lists], growth: Growth) -> list[dict[str, object]]:
    """The trees, as LightGBM dumps them."""
    import lightgbm

    names = lists[0].names
    values = np.concatenate([part.values for part in lists])
    data = lightgbm.Dataset(
        values,
        np.concatenate([part.answers for part in lists]),
        group=np.concatenate([part.lengths for part in lists]),
        init_score=sum(weight * values[:, names.index(name)] for name, weight in LEAD.items()),
        feature_name=list(names),
    )
    booster = lightgbm.train(growth.parameters(names), data, num_boost_round=growth.trees)
    trees: list[dict[str, object]] = booster.dump_model()["tree_info"]
    return trees


def open_search(corpus: Path, encoder_folder: Path, ranks: Path, folder: Path) -> Searcher:
    """A search over one collection, indexed as the product does it, without a ranker."""
    encoder, encoding = load_encoder(encoder_folder), load_encoding(ranks)
    store = Store(folder / "index")
    read = read_corpus([corpus], root=folder, limits=_LIMITS)
    plan = Plan(encoder, CHUNK_TOKENS, lambda text: count_tokens(encoding, text))
    build_snapshot(read.documents, read.failures, store=store, plan=plan, sources=[corpus.name])
    return Searcher(Snapshot(store.current()), encoder, dense_weight=DENSE_WEIGHT, candidates=CANDIDATES)


def train_twin(data: Path, encoder_folder: Path, held_out: set[str], recipe: Recipe, out: Path) -> None:
    """An encoder with the tokenizer of the shipped one that has learnt from made pairs alone."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(encoder_folder / "tokenizer.json"))
    passages = training_passages(data, held_out)
    publish(out, tokenizer, train(passages, (), tokenizer, recipe))


def make(data: Path, benchmarks: Path, encoder_folder: Path, recipe: Recipe, growth: Growth) -> None:
    """Writes `ranker.json` beside the encoder. Raises EvaluationError where a benchmark's question would be learnt."""
    held_out = benchmark_questions(benchmarks)
    for _, asked in question_sets(data):
        _check(asked, held_out)
    rng = random.Random(growth.seed)  # noqa: S311 - draws, no secrets
    ranks = encoder_folder / "ranks.tiktoken"
    lists = []
    with tempfile.TemporaryDirectory() as folder:
        twin = Path(folder) / "twin"
        train_twin(data, encoder_folder, held_out, recipe, twin)
        _say("bộ mã hóa chưa thấy câu hỏi nào: xong")
        for number, (corpus, asked) in enumerate(question_sets(data)):
            searcher = open_search(corpus, twin, ranks, Path(folder) / str(number))
            lists.append(collect(searcher, [form for question in asked for form in forms(question, rng)]))
            _say(f"{corpus.name}: {len(asked)} câu hỏi, {len(lists[-1].answers)} ứng viên")
    trees = grow(lists, growth)
    encoder = load_encoder(encoder_folder).fingerprint
    (encoder_folder / FILE).write_text(forest_json(trees, lists[0].names, DEPTH, LEAD, encoder), encoding="utf-8")


def _check(asked: Sequence[Asked], held_out: set[str]) -> None:
    for question in asked:
        if letters(question.text) in held_out:
            raise EvaluationError(
                f"Câu huấn luyện trùng với câu đánh giá: «{question.text}». Hãy bỏ câu này khỏi dữ liệu huấn luyện."
            )


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m assistant.training.ranker", description="Làm lại bộ xếp hạng.")
    parser.add_argument("--data", type=Path, required=True, help="thư mục dữ liệu huấn luyện")
    parser.add_argument("--encoder", type=Path, required=True, help="thư mục bộ mã hóa, nơi ghi bộ xếp hạng")
    parser.add_argument("--benchmarks", type=Path, help="thư mục các bộ đánh giá (mặc định: benchmarks cạnh --data)")
    parser.add_argument("--seed", type=int, default=Growth().seed, help="hạt giống ngẫu nhiên")
    parser.add_argument("--threads", type=int, default=Growth().threads, help="số luồng")
    options = parser.parse_args(arguments)
    recipe = Recipe(seed=options.seed, threads=options.threads, steps=400)
    growth = Growth(seed=options.seed, threads=options.threads)
    try:
        make(options.data, options.benchmarks or options.data.parent / "benchmarks", options.encoder, recipe, growth)
    except (CancuError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
