"""What the encoder learns from: passages and labelled questions of the training folder; knows no pieces, no model."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable, Iterator, Set
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError
from assistant.vietnamese.normal import nfc
from assistant.vietnamese.sentences import sentence_spans

LAWS = "phapdien"
TEXTS = (LAWS, "viwiki", "vlc_laws", "phapluat_8chude")
# Characters that a passage aims at: about what a chunk of 220 tokens holds.
PASSAGE = 900


@dataclass(frozen=True, slots=True)
class Passage:
    """Neighbouring sentences under one heading (which may be empty); `article` is the text that they are of."""

    heading: str
    sentences: tuple[str, ...]
    source: str
    article: str

    @property
    def text(self) -> str:
        return " ".join((f"{self.heading}.", *self.sentences) if self.heading else self.sentences)


@dataclass(frozen=True, slots=True)
class Pair:
    """A question that people asked and a passage that answers it; `article` is the law article, where there is one."""

    query: str
    passage: str
    kind: str
    article: str = ""


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


def training_passages(folder: Path, held_out: Set[str]) -> list[Passage]:
    """All texts of the folder as passages; a heading or a sentence that is a benchmark's question is left out."""
    found = []
    for name in TEXTS:
        for row in read_lines(folder / f"{name}.jsonl.gz"):
            heading = row.get("heading") or (row["title"] if name == "viwiki" else "")
            heading = "" if letters(heading) in held_out else heading
            for sentences in passages(row["text"]):
                kept = tuple(s for s in sentences if letters(s) not in held_out)
                found += [Passage(heading, kept, name, row["id"])] if kept else []
    return found


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


def question_pairs(folder: Path) -> list[Pair]:
    """Questions that people asked, with the passage that answers them; of zalo2021 the training part alone."""
    return [*_zalo2021(folder), *_vicov19(folder), *_zalo2019(folder)]


def _zalo2021(folder: Path) -> Iterator[Pair]:
    articles = {row["id"]: row for row in read_lines(folder / f"{LAWS}.jsonl.gz")}
    queries = {row["id"]: row for row in read_lines(folder / "zalo2021_queries.jsonl")}
    for line in (folder / "zalo2021_qrels.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        query, article, _ = line.split("\t")
        if query in queries and queries[query]["split"] == "train" and article in articles:
            row = articles[article]
            passage = f"{row['heading']}. {row['text'][: 3 * PASSAGE]}"
            yield Pair(queries[query]["text"], passage, "zalo2021", article)


def _vicov19(folder: Path) -> Iterator[Pair]:
    for row in read_lines(folder / "vicov19qa_pairs.jsonl"):
        yield Pair(row["question"], row["answer"][: 3 * PASSAGE], "vicov19qa")


def _zalo2019(folder: Path) -> Iterator[Pair]:
    for row in read_lines(folder / "zalo2019_pairs_all_val.jsonl"):
        if row["label"]:
            yield Pair(row["question"], row["text"], "zalo2019")
    texts = {row["id"]: row["text"] for row in read_lines(folder / "zalo2019_person_train_passages.jsonl")}
    for row in read_lines(folder / "zalo2019_person_train_questions.jsonl"):
        if not row["is_impossible"]:
            yield Pair(row["question"], texts[row["passage_id"]], "zalo2019")


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


def check_disjoint(pairs: Iterable[Pair], held_out: Set[str]) -> None:
    """Raises EvaluationError where a training question is a benchmark's, case and punctuation apart."""
    for pair in pairs:
        if letters(pair.query) in held_out:
            raise EvaluationError(
                f"Câu huấn luyện trùng với câu đánh giá: «{pair.query}» ({pair.kind}). "
                "Hãy bỏ câu này khỏi dữ liệu huấn luyện rồi chạy lại."
            )
