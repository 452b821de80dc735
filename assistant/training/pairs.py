"""Query and passage pairs made from the training folder, and batches of them; knows no tokenizer and no model."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError
from assistant.vietnamese.normal import nfc
from assistant.vietnamese.sentences import sentence_spans

TEXTS = ("phapdien", "viwiki", "vlc_laws", "phapluat_8chude")
# Characters that a passage aims at: about what a chunk of 220 tokens holds.
PASSAGE = 900
# Labelled questions are few and the real thing: they are seen this often as much as a made pair.
QUESTION_WEIGHT = 8


@dataclass(frozen=True, slots=True)
class Pair:
    """A query and a passage that answers it; `kind` names how the pair was made, `question` whether people asked it."""

    query: str
    passage: str
    kind: str
    question: bool = False


def letters(text: str) -> str:
    """Letters and digits alone, case apart: two texts that differ in no letter are the same text."""
    return "".join(c for c in nfc(text).lower() if c.isalnum())


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Objects of a `.jsonl` or `.jsonl.gz` file, in order."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def training_texts(folder: Path) -> Iterator[str]:
    """The running text of the folder, for tokenizers."""
    for name in TEXTS:
        for row in read_lines(folder / f"{name}.jsonl.gz"):
            yield f"{row['title']}\n{row['text']}"


def made_pairs(folder: Path, rng: random.Random) -> Iterator[Pair]:
    """Pairs nobody labelled; every call with a fresh `rng` draws other sentences and crops."""
    for name in TEXTS:
        for row in read_lines(folder / f"{name}.jsonl.gz"):
            heading = row.get("heading") or ("" if name != "viwiki" else row["title"])
            yield from _of_text(heading, row["text"], rng)


def _of_text(heading: str, text: str, rng: random.Random) -> Iterator[Pair]:
    for passage in passages(text):
        whole = " ".join(passage)
        if heading and len(whole) >= 40:
            yield Pair(heading, whole, "heading")
        if len(passage) >= 2:
            yield _cloze(heading, passage, rng)


def passages(text: str) -> Iterator[list[str]]:
    """Sentences in groups of about PASSAGE characters."""
    group: list[str] = []
    size = 0
    for start, end in sentence_spans(text):
        sentence = text[start:end]
        if group and size + len(sentence) > PASSAGE:
            yield group
            group, size = [], 0
        group.append(sentence[: 2 * PASSAGE])
        size += len(sentence)
    if group:
        yield group


def _cloze(heading: str, sentences: Sequence[str], rng: random.Random) -> Pair:
    """A sentence, or a crop of it half the time, and its passage without it; the heading leads half the time."""
    at = rng.choices(range(len(sentences)), weights=[min(len(s), 200) for s in sentences])[0]
    rest = " ".join([*sentences[:at], *sentences[at + 1 :]])
    query = crop(sentences[at], rng) if rng.random() < 0.5 else sentences[at]
    return Pair(query, f"{heading}. {rest}" if heading and rng.random() < 0.5 else rest, "sentence")


def crop(sentence: str, rng: random.Random) -> str:
    """4 to 16 neighbouring words."""
    words = sentence.split()
    length = rng.randint(4, 16)
    start = rng.randint(0, max(0, len(words) - length))
    return " ".join(words[start : start + length])


def question_pairs(folder: Path) -> list[Pair]:
    """Questions that people asked, with the passage that answers them; of zalo2021 the training part alone."""
    return [*_zalo2021(folder), *_vicov19(folder), *_zalo2019(folder)]


def _zalo2021(folder: Path) -> Iterator[Pair]:
    articles = {row["id"]: row for row in read_lines(folder / "phapdien.jsonl.gz")}
    queries = {row["id"]: row for row in read_lines(folder / "zalo2021_queries.jsonl")}
    for line in (folder / "zalo2021_qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, article, _ = line.split("\t")
        if query in queries and queries[query]["split"] == "train" and article in articles:
            row = articles[article]
            yield Pair(queries[query]["text"], f"{row['heading']}. {row['text'][: 3 * PASSAGE]}", "zalo2021", True)


def _vicov19(folder: Path) -> Iterator[Pair]:
    for row in read_lines(folder / "vicov19qa_pairs.jsonl"):
        yield Pair(row["question"], row["answer"][: 3 * PASSAGE], "vicov19qa", True)


def _zalo2019(folder: Path) -> Iterator[Pair]:
    for row in read_lines(folder / "zalo2019_pairs_all_val.jsonl"):
        if row["label"]:
            yield Pair(row["question"], row["text"], "zalo2019", True)
    texts = {row["id"]: row["text"] for row in read_lines(folder / "zalo2019_person_train_passages.jsonl")}
    for row in read_lines(folder / "zalo2019_person_train_questions.jsonl"):
        if not row["is_impossible"]:
            yield Pair(row["question"], texts[row["passage_id"]], "zalo2019", True)


def benchmark_questions(folder: Path) -> set[str]:
    """The letters of every question of the benchmarks."""
    files = [*folder.glob("*/queries.jsonl"), *folder.glob("*/questions.jsonl")]
    questions = {letters(row.get("text") or row["question"]) for file in files for row in read_lines(file)}
    if not questions:
        raise EvaluationError(
            f"Không thấy câu hỏi đánh giá nào trong «{folder}». Cần chúng để không học nhầm câu dùng để chấm điểm: "
            "hãy chỉ thư mục bằng --benchmarks."
        )
    return questions


def leave_out(pairs: Iterable[Pair], held_out: set[str]) -> list[Pair]:
    """The pairs without those whose query is, letter for letter, a benchmark question (some headings are)."""
    return [pair for pair in pairs if letters(pair.query) not in held_out]


def check_disjoint(pairs: Iterable[Pair], held_out: set[str]) -> None:
    """Raises EvaluationError where a training question is a benchmark's, case and punctuation apart."""
    for pair in pairs:
        if letters(pair.query) in held_out:
            raise EvaluationError(
                f"Câu huấn luyện trùng với câu đánh giá: «{pair.query}» ({pair.kind}). "
                "Hãy bỏ câu này khỏi dữ liệu huấn luyện rồi chạy lại."
            )


def batches(
    keys: Sequence[tuple[Hashable, Hashable]], size: int, rng: random.Random, *, block: int = 1
) -> Iterator[list[int]]:
    """Positions of pairs in full batches in which no query and no passage key occurs twice; what doesn't fit waits.

    Every other passage of a batch counts as a wrong one, so a duplicate would be a false negative. With `block`,
    that many neighbours stay together: passages of one law are the harder negatives.
    """
    blocks = [range(start, min(start + block, len(keys))) for start in range(0, len(keys), block)]
    rng.shuffle(blocks)
    waiting = [position for neighbours in blocks for position in neighbours]
    while len(waiting) >= size:
        batch, waiting = _take(waiting, keys, size)
        if len(batch) < size:
            return
        yield batch


def _take(waiting: list[int], keys: Sequence[tuple[Hashable, Hashable]], size: int) -> tuple[list[int], list[int]]:
    batch: list[int] = []
    late: list[int] = []
    seen: set[tuple[int, Hashable]] = set()
    for place, position in enumerate(waiting):
        if len(batch) == size:
            return batch, late + waiting[place:]
        own = set(enumerate(keys[position]))
        if seen.isdisjoint(own):
            batch.append(position)
            seen |= own
        else:
            late.append(position)
    return batch, late
