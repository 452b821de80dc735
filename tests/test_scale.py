"""Large indexes: how vectors are kept and found, what opening sees of damage, and that nothing is held that need not be."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.benchmark import million
from assistant.benchmark.invented import ARTICLES, MadeUpDocuments, queries_of
from assistant.errors import IndexDamaged
from assistant.retrieval.codes import Choice, kind_for
from assistant.retrieval.files import is_whole, looks_whole, marks
from assistant.retrieval.indexing import Plan, build_snapshot
from assistant.retrieval.search import Searcher
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import Store, document_from_json, document_to_json
from assistant.retrieval.vectors import ROWS, VectorIndex, VectorWriter, code_vectors
from assistant.settings import Settings
from assistant.training import ranker as ranker_training
from assistant.types import Document
from assistant.vietnamese.normal import fold

SEED = 20
Rows = NDArray[np.float32]


# --- vectors ---------------------------------------------------------------------------------------------------


def unit(rows: Rows) -> Rows:
    lengths: Rows = np.linalg.norm(rows, axis=1, keepdims=True)
    return (rows / lengths).astype(np.float32)


def clustered(size: int, dimension: int) -> Rows:
    """Unit vectors around 40 centres, as chunks lie around what they are about."""
    rng = np.random.default_rng(SEED)
    centres = rng.normal(size=(40, dimension))
    return unit(centres[rng.integers(40, size=size)] + rng.normal(size=(size, dimension)))


def written(folder: Path, rows: Rows, kind: Choice, *, at_once: int = 700) -> VectorIndex:
    writer = VectorWriter(folder / ROWS, rows.shape[1])
    for start in range(0, len(rows), at_once):
        writer.add(rows[start : start + at_once])
    writer.close()
    code_vectors(folder, kind_for(kind, len(rows)))
    return VectorIndex(folder)


def recall_at_10(index: VectorIndex, rows: Rows, queries: Rows) -> float:
    nearest = np.argsort(-queries @ rows.T, axis=1)[:, :10]
    found = [set(index.search(query, 10)) for query in queries]
    return float(np.mean([len(own & set(best.tolist())) / 10 for own, best in zip(found, nearest, strict=True)]))


@pytest.mark.parametrize(("kind", "least"), [("flat", 0.995), ("ivf", 0.98)])
def test_the_ten_nearest_by_codes_are_those_by_float32(tmp_path: Path, kind: Choice, least: float) -> None:
    rows = clustered(6_000, 64)
    queries = unit(rows[::60] + np.random.default_rng(SEED + 1).normal(scale=0.05, size=(100, 64)).astype(np.float32))
    assert recall_at_10(written(tmp_path, rows, kind), rows, queries) >= least


def test_the_score_is_the_cosine_whatever_the_codes_rounded(tmp_path: Path) -> None:
    """3-4-5 triangles: (1, 0)·(.8, .6) = .8, (.6, .8)·(.8, .6) = .48 + .48 = .96, (0, 1)·(.8, .6) = .6."""
    index = written(tmp_path, np.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], np.float32), "flat")
    query = np.array([0.8, 0.6], np.float32)
    assert index.search(query, 3) == pytest.approx({1: 0.96, 0: 0.8, 2: 0.6}, abs=1e-3)
    assert list(index.search(query, 3)) == [1, 0, 2]
    assert index.similarities(query, [3, 1]) == pytest.approx([-0.8, 0.96], abs=1e-3)
    assert index.similarities(query, []).shape == (0,)


def test_equal_vectors_come_in_the_order_of_their_rows(tmp_path: Path) -> None:
    same = np.tile(np.array([[0.6, 0.8]], np.float32), (300, 1))
    assert list(written(tmp_path, same, "flat").search(same[0], 5)) == [0, 1, 2, 3, 4]


def test_rows_that_are_read_and_written_again_stay_the_same_bytes(tmp_path: Path) -> None:
    first = np.array(written(tmp_path, clustered(1_000, 16), "flat").rows(0, 1_000))
    again = tmp_path / "again"
    again.mkdir()
    assert written(again, first, "flat", at_once=33).rows(0, 1_000).tobytes() == first.tobytes()
    assert first.dtype == np.float16


def test_flat_up_to_200000_chunks_and_an_inverted_file_above_unless_one_is_chosen() -> None:
    assert [kind_for("auto", n) for n in (0, 200_000, 200_001)] == ["flat", "flat", "ivf"]
    assert (kind_for("flat", 10**6), kind_for("ivf", 10)) == ("flat", "ivf")


@pytest.mark.parametrize("size", [1, 60, 500])
def test_an_inverted_file_of_a_few_chunks_finds_them_all(tmp_path: Path, size: int) -> None:
    rows = clustered(size, 8)
    assert recall_at_10(written(tmp_path, rows, "ivf"), rows, rows[:1]) >= min(size, 10) / 10


# --- what opening sees -----------------------------------------------------------------------------------------


def _flip(place: int) -> Callable[[bytearray], None]:
    def harm(content: bytearray) -> None:
        content[place] ^= 1

    return harm


def _blank_half(content: bytearray) -> None:
    content[len(content) // 2 :] = bytes(len(content) - len(content) // 2)


def _cut_last(content: bytearray) -> None:
    del content[-1]


@pytest.mark.parametrize("harm", [_flip(0), _flip(2**18 - 1), _flip(-1), _blank_half, _cut_last])
def test_opening_sees_a_large_file_cut_blanked_or_harmed_at_its_ends(
    tmp_path: Path, harm: Callable[[bytearray], None]
) -> None:
    file = tmp_path / "large.npy"
    content = bytearray(random.Random(SEED).randbytes(3 * 2**20))
    file.write_bytes(content)
    mark = marks(tmp_path)["large.npy"]
    assert looks_whole(file, mark)
    harm(content)
    file.write_bytes(content)
    assert not looks_whole(file, mark)


def test_one_byte_between_the_blocks_of_a_large_file_is_seen_by_reading_all(tmp_path: Path) -> None:
    file = tmp_path / "large.npy"
    content = bytearray(3 * 2**20)
    file.write_bytes(content)
    mark = marks(tmp_path)["large.npy"]
    assert is_whole(file, mark)
    _flip(2**18 + 1)(content)
    file.write_bytes(content)
    assert (looks_whole(file, mark), is_whole(file, mark)) == (True, False)


# --- a snapshot ------------------------------------------------------------------------------------------------


class WordEncoder:
    """Texts of the same words lie near each other; `most` is the largest batch it was given."""

    fingerprint = "words-1"
    dimension = 32
    most = 0

    def encode(self, texts: Sequence[str]) -> Rows:
        self.most = max(self.most, len(texts))
        return unit(np.array([self._sum(text) for text in texts], np.float32))

    def _sum(self, text: str) -> Rows:
        places = [sum(word.encode()) % self.dimension for word in fold(text).split()]
        return np.bincount(places, minlength=self.dimension).astype(np.float32)


class OnceThrough(Sequence[Document]):
    """Documents that are made as they are asked for, in order, and only once."""

    def __init__(self, documents: MadeUpDocuments) -> None:
        self._documents = documents
        self.given = 0

    def __len__(self) -> int:
        return len(self._documents)

    def __getitem__(self, number: object) -> Document:  # type: ignore[override]
        raise AssertionError("documents are gone through, not looked up")

    def __iter__(self) -> Iterator[Document]:
        assert self.given == 0
        for document in self._documents:
            self.given += 1
            yield document


def build(
    folder: Path, documents: Sequence[Document], vectors: Choice = "auto", encoder: WordEncoder | None = None
) -> Path:
    """The folder of a new snapshot."""
    plan = Plan(encoder or WordEncoder(), 220, lambda text: len(text.split()), vectors)
    build_snapshot(documents, [], store=Store(folder), plan=plan, sources=["made-up"])
    return Store(folder).current()


def test_documents_are_gone_through_once_and_embedded_in_batches(tmp_path: Path) -> None:
    documents, encoder = OnceThrough(MadeUpDocuments(300, SEED)), WordEncoder()
    snapshot = Snapshot(build(tmp_path, documents, encoder=encoder))
    assert snapshot.manifest.chunks == 300 * ARTICLES == 1200
    assert (documents.given, len(snapshot.document_ids)) == (300, 300)
    assert 1024 <= encoder.most < 1024 + ARTICLES


def test_the_manifest_does_not_grow_with_the_corpus(tmp_path: Path) -> None:
    sizes = [(build(tmp_path / str(n), MadeUpDocuments(n, SEED)) / "manifest.json").stat().st_size for n in (3, 60)]
    assert sizes[1] - sizes[0] < 100  # digits of sizes, not ids


def test_every_chunk_is_found_again_where_it_stands(tmp_path: Path) -> None:
    documents = MadeUpDocuments(50, SEED)
    snapshot = Snapshot(build(tmp_path, documents, "ivf"))
    assert snapshot.manifest.vectors == "ivf"
    for number, document in enumerate(documents):
        rows = snapshot.rows_of(document.id)
        assert (rows.start, rows.stop) == (4 * number, 4 * number + 4)
        assert snapshot.document(document.id) == document
        chunks = [snapshot.chunk(row) for row in rows]
        assert [chunk.headings[-1].split()[1].rstrip(".") for chunk in chunks] == ["1", "2", "3", "4"]
        assert chunks == snapshot.chunks_of(document)


def test_a_section_inside_a_later_one_is_damage_and_no_endless_loop() -> None:
    line = document_to_json(MadeUpDocuments(1, SEED)[0])
    values = json.loads(line)
    assert document_from_json(line).id == "d0"
    values["sections"][1][4] = 1
    with pytest.raises(ValueError, match="section"):
        document_from_json(json.dumps(values))


# --- damage that opening can't see -----------------------------------------------------------------------------


def _unseen(folder: Path, file: str, content: bytes) -> None:
    """Writes a file of a snapshot as though opening looked at none of its harmed bytes."""
    (folder / file).write_bytes(content)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"][file] = asdict(marks(folder)[file])
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")


def _harmed(content: bytes, rng: random.Random, *, after: int) -> bytes:
    """One bit turned, or 64 bytes blanked or drawn anew."""
    place = rng.randrange(min(after, len(content) - 1), len(content))
    length = min(64, len(content) - place)
    inside = rng.choice([bytes([content[place] ^ 1 << rng.randrange(8)]), bytes(length), rng.randbytes(length)])
    return content[:place] + inside + content[place + len(inside) :]


def _answers(folder: Path) -> bool:
    """Whether the snapshot answers; False where it says that it is damaged. Anything else is raised."""
    try:
        snapshot = Snapshot(folder)
        searcher = Searcher(snapshot, WordEncoder(), dense_weight=0.3, candidates=100)
        for hit in searcher.search(queries_of(MadeUpDocuments(40, SEED), 1)[0], 100):
            document = snapshot.document(hit.chunk.span.document_id)
            assert document.text[hit.chunk.span.start : hit.chunk.span.end] == hit.chunk.text
        return True
    except IndexDamaged:
        return False


def _ends_of(folder: Path, file: str, times: int) -> set[bool]:
    """How a snapshot ends up with a file harmed in several ways, one at a time."""
    whole, rng = (folder / file).read_bytes(), random.Random(SEED)
    ends = set()
    for _ in range(times if whole else 0):
        _unseen(folder, file, _harmed(whole, rng, after=_SEEN.get(Path(file).suffix, 0)))
        ends.add(_answers(folder))
    _unseen(folder, file, whole)
    return ends


# The head of these, which tells how the rest is read, is always seen.
_SEEN = {".npy": 128, ".faiss": 256}


def test_damage_that_opening_cannot_see_is_named_or_does_no_harm(tmp_path: Path) -> None:
    folder = build(tmp_path, MadeUpDocuments(40, SEED))
    ends = {file: _ends_of(folder, file, 5) for file in sorted(marks(folder)) if file != "manifest.json"}
    assert _answers(folder)
    assert ends["vectors.npy"] == ends["codes.faiss"] == {True}
    assert False in ends["documents.npy"]
    assert False in ends["chunks.npy"] | ends["documents.jsonl"]


def test_damage_inside_an_inverted_file_does_no_harm(tmp_path: Path) -> None:
    """160 chunks in 3 lists; places that no chunk has are left out of what is found."""
    folder = build(tmp_path, MadeUpDocuments(40, SEED), "ivf")
    size = (folder / "codes.faiss").stat().st_size
    assert size > 160 * (32 + 8)  # a byte a number, and 8 for the place
    assert True in _ends_of(folder, "codes.faiss", 12)


# --- the large run ---------------------------------------------------------------------------------------------


def test_made_up_text_is_the_same_for_a_seed_and_another_for_another() -> None:
    first, again, other = (MadeUpDocuments(5, seed) for seed in (1, 1, 2))
    assert list(first) == list(again)
    assert first[3] == list(first)[3]
    assert first[3].text != other[3].text
    assert [section.label for section in first[0].sections] == ["Điều 1", "Điều 2", "Điều 3", "Điều 4"]


def test_every_second_query_has_no_marks() -> None:
    queries = queries_of(MadeUpDocuments(40, SEED), 4)
    assert [query == fold(query) for query in queries] == [False, True, False, True]
    assert all(len(query.split()) == 12 for query in queries)


def test_the_large_run_in_small_tells_time_memory_and_recall(root: Path, tmp_path: Path) -> None:
    out = tmp_path / "reports" / "million.json"
    arguments = ["--chunks", "400", "--queries", "10", "--vectors", "ivf", "--encoder", str(root / "index" / "encoder")]
    assert million.main([*arguments, "--scratch", str(tmp_path), "--out", str(out)]) == 0
    figures = json.loads(out.read_text(encoding="utf-8"))
    assert (figures["documents"], figures["chunks"], figures["vectors"]) == (100, 400, "ivf")
    assert set(figures["stage_seconds"]) == {"embed", "of embed: encoder", "vectors", "lexical"}
    assert 0 < figures["stage_seconds"]["of embed: encoder"] <= figures["stage_seconds"]["embed"]
    assert 20 < figures["build_peak_mib"] < 2000
    assert 0 < figures["query_ms"]["fused"]["p50"] <= figures["query_ms"]["fused"]["p95"]
    assert figures["mib_on_disk"]["vectors.npy"] == pytest.approx(400 * 256 * 2 / 2**20, abs=0.1)
    assert 0.5 < figures["vectors_recall_at_10"] <= 1
    assert f"| query_ms: fused: p50 | {figures['query_ms']['fused']['p50']} |" in out.with_suffix(".md").read_text(
        "utf-8"
    )
    assert [path for path in tmp_path.iterdir() if path.name.startswith("cancu-million")] == []


def test_the_million_and_the_training_use_the_defaults_of_the_settings() -> None:
    fields = Settings.model_fields
    assert million.CHUNK_TOKENS == ranker_training.CHUNK_TOKENS == fields["chunk_tokens"].default
    assert million.DENSE_WEIGHT == ranker_training.DENSE_WEIGHT == fields["dense_weight"].default
    assert million.CANDIDATES == ranker_training.CANDIDATES == fields["candidates"].default
