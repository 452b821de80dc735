"""Retrieval sets: documents, queries and which document answers which query; knows no engine and no measure."""

from __future__ import annotations

import gzip
import json
import random
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from assistant.errors import EvaluationError
from assistant.vietnamese.normal import nfc

Qrels = Mapping[str, Mapping[str, int]]
# The set whose documents lie with the training data, and the split of it that is measured.
OF_TRAINING = {"zalo2021": ("phapdien.jsonl.gz", "test")}

# Queries of a sample, at most: slow peers take a tenth of a second for each.
MOST_SAMPLED = 200


@dataclass(frozen=True, slots=True)
class RetrievalSet:
    """`corpus` is a file of `{"id","title","text"}` lines; every query has a relevant document in it."""

    name: str
    corpus: Path
    document_ids: tuple[str, ...]
    queries: Mapping[str, str]
    qrels: Qrels
    notes: tuple[str, ...] = ()


def find_sets(benchmarks: Path) -> list[Path]:
    """The folders of a collection of sets, by name. Raises EvaluationError where there is none."""
    folders = [f for f in sorted(benchmarks.glob("*")) if (f / "queries.jsonl").exists() or _is_reading_set(f)]
    if not folders:
        raise EvaluationError(
            f"Không thấy bộ truy vấn nào trong «{benchmarks}»; cần các thư mục có queries.jsonl, corpus.jsonl, "
            "qrels.tsv. Hãy chạy: make bench SHARED=THƯ_MỤC"
        )
    return folders


def load_set(folder: Path, training: Path) -> RetrievalSet:
    """A set in our layout, in BEIR's (`_id`, `qrels/test.tsv`), or a reading set. Raises EvaluationError."""
    try:
        return _checked(_reading_set(folder) if _is_reading_set(folder) else _search_set(folder, training))
    except (KeyError, OSError, UnicodeDecodeError) as error:
        raise EvaluationError(
            f"Bộ «{folder.name}» không đọc được ({type(error).__name__}: {error}). "
            "Cần queries.jsonl (id, text), corpus.jsonl (id, title, text) và qrels.tsv, UTF-8."
        ) from error


def _search_set(folder: Path, training: Path) -> RetrievalSet:
    corpus, split = _corpus_of(folder, training)
    rows = [row for row in read_lines(folder / "queries.jsonl") if not split or row.get("split") == split]
    queries = {_id(row, folder): str(row["text"]) for row in rows}
    return RetrievalSet(folder.name, corpus, (), queries, _read_qrels(folder))


def _is_reading_set(folder: Path) -> bool:
    return (folder / "passages.jsonl").exists() and (folder / "questions.jsonl").exists()


def _reading_set(folder: Path) -> RetrievalSet:
    """Each answerable question looks for the passage that it was written from."""
    rows = [row for row in read_lines(folder / "questions.jsonl") if not row.get("is_impossible")]
    queries = {_id(row, folder): str(row["question"]) for row in rows}
    qrels = {_id(row, folder): {nfc(str(row["passage_id"])): 1} for row in rows}
    note = "a reading set: each answerable question looks for its passage"
    return RetrievalSet(folder.name, folder / "passages.jsonl", (), queries, qrels, (note,))


def _corpus_of(folder: Path, training: Path) -> tuple[Path, str]:
    own = [file for name in ("corpus.jsonl", "corpus.jsonl.gz") if (file := folder / name).exists()]
    if own:
        return own[0], ""
    name, split = OF_TRAINING.get(folder.name, ("corpus.jsonl", ""))
    file = training / name
    if not file.exists():
        raise EvaluationError(f"Bộ «{folder.name}» thiếu tệp văn bản {name}. Hãy đặt tệp này vào thư mục của bộ.")
    return file, split


def _checked(found: RetrievalSet) -> RetrievalSet:
    """With the document ids, and without queries that no document answers; what was left out is noted."""
    ids = tuple(_id(row, found.corpus) for row in read_lines(found.corpus))
    known = set(ids)
    if len(known) < len(ids):
        raise EvaluationError(f"Bộ «{found.name}» có {len(ids) - len(known)} mã văn bản trùng nhau. Hãy sửa corpus.")
    present = {q: {d: g for d, g in gold.items() if d in known and g > 0} for q, gold in found.qrels.items()}
    qrels = {query: present[query] for query in found.queries if present.get(query)}
    if not qrels:
        raise EvaluationError(
            f"Bộ «{found.name}» không có truy vấn nào có văn bản đúng trong corpus. Hãy xem lại qrels."
        )
    queries = {query: found.queries[query] for query in qrels}
    return replace(found, document_ids=ids, queries=queries, qrels=qrels, notes=_notes(found, qrels))


def _notes(found: RetrievalSet, kept: Qrels) -> tuple[str, ...]:
    dropped = len(found.queries) - len(kept)
    lost = sum(g > 0 for q in kept for g in found.qrels[q].values()) - sum(map(len, kept.values()))
    notes = [f"{dropped} queries without a relevant document are left out"] if dropped else []
    notes += [f"{lost} relevant documents of the remaining queries are not in the corpus"] if lost else []
    return (*found.notes, *notes)


def sample_set(whole: RetrievalSet, size: int, seed: int, folder: Path) -> RetrievalSet:
    """At most MOST_SAMPLED queries, all documents relevant to them and others drawn at random, `size` in all.

    Written into `folder`, the documents in their old order.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret
    asked = set(draw.sample(sorted(whole.queries), min(MOST_SAMPLED, len(whole.queries))))
    qrels = {query: relevant for query, relevant in whole.qrels.items() if query in asked}
    gold = {document for relevant in qrels.values() for document in relevant}
    others = [document for document in whole.document_ids if document not in gold]
    drawn = draw.sample(others, max(0, min(size - len(gold), len(others))))
    kept = gold | set(drawn)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / "corpus.jsonl"
    with file.open("w", encoding="utf-8") as lines:
        for row in read_lines(whole.corpus):
            if _id(row, whole.corpus) in kept:
                lines.write(json.dumps(row, ensure_ascii=False) + "\n")
    ids = tuple(document for document in whole.document_ids if document in kept)
    note = (
        f"{len(asked)} of {len(whole.queries)} queries and {len(ids)} of {len(whole.document_ids)} documents: "
        f"all {len(gold)} relevant ones, the rest drawn, seed {seed}"
    )
    name = f"{whole.name}-sample{size}"
    queries = {query: text for query, text in whole.queries.items() if query in asked}
    notes = (*whole.notes, note)
    return replace(whole, name=name, corpus=file, document_ids=ids, queries=queries, qrels=qrels, notes=notes)


def read_documents(corpus: Path) -> Iterator[tuple[str, str]]:
    """`(id, title and text)` of each line: what the peers index of a document."""
    for row in read_lines(corpus):
        yield _id(row, corpus), f"{row.get('title') or ''}\n{row.get('text') or ''}".strip()


def read_lines(file: Path) -> Iterator[dict[str, Any]]:
    """The JSON objects of a `.jsonl` or `.jsonl.gz`. Raises EvaluationError naming the line."""
    number = 0
    try:
        with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as lines:
            for line in lines:
                number += 1
                if line.strip():
                    yield dict(json.loads(line))
    except (OSError, ValueError, TypeError, EOFError, zlib.error) as error:
        raise EvaluationError(f"Không đọc được «{file}» ở dòng {number} ({error}). Cần tệp jsonl UTF-8.") from error


def _id(row: Mapping[str, Any], file: Path) -> str:
    value = row.get("id", row.get("_id"))
    if value is None:
        raise EvaluationError(f'«{file}» có dòng không có "id" hay "_id". Cần dạng {{"id": …, "text": …}}.')
    return nfc(str(value))


def _read_qrels(folder: Path) -> Qrels:
    """Tab-separated query, document, score under a header line."""
    files = [file for name in ("qrels.tsv", "qrels/test.tsv") if (file := folder / name).exists()]
    if not files:
        raise EvaluationError(f"Bộ «{folder.name}» thiếu qrels.tsv (hoặc qrels/test.tsv). Hãy thêm tệp này.")
    qrels: dict[str, dict[str, int]] = {}
    for query, document, score in _rows(files[0]):
        qrels.setdefault(nfc(query), {})[nfc(document)] = score
    return qrels


def _rows(file: Path) -> Iterator[tuple[str, str, int]]:
    lines: Sequence[str] = file.read_text(encoding="utf-8").splitlines()
    for number, line in enumerate(lines[1:], start=2):
        try:
            query, document, score = line.split("\t")
            yield query, document, int(score)
        except ValueError as error:
            raise EvaluationError(f"«{file}» dòng {number}: cần «truy vấn⇥văn bản⇥điểm» ({error}).") from error
