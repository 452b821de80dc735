"""Snapshots: nothing is lost when indexing is killed, nothing stays of what was removed, damage is named."""

from __future__ import annotations

import json
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from assistant.documents.structure import find_sections
from assistant.errors import IndexDamaged, IndexMismatch, IndexMissing, SnapshotError
from assistant.retrieval.indexing import Plan, build_snapshot
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import Store, verify
from assistant.types import Document, IndexReport
from assistant.wiring import build_index, open_assistant

SEED = 20
BRIDGE = "# Cầu Vàm\n\nCầu Vàm dài 120 mét, rộng 9 mét.\n"
SCHOOL = "# Trường Xuân Lộc\n\nTrường Xuân Lộc có 32 phòng học.\n"
MARKET = "# Chợ Bến Thượng\n\nChợ Bến Thượng có 78 sạp hàng, họp từ 5 giờ.\n"
PARK = "# Công viên Gò Mây\n\nCông viên Gò Mây rộng 4 hecta.\n"


@dataclass
class CountingEncoder:
    """Vectors made of a text's hash; `asked` holds every text it was given."""

    asked: list[str] = field(default_factory=list)
    fingerprint: str = "counting-1"
    dimension: int = 16

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        seeds = [int.from_bytes(sha256(text.encode()).digest()[:8], "big") for text in texts]
        rows = np.array([np.random.default_rng(seed).normal(size=self.dimension) for seed in seeds], dtype=np.float32)
        return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def document(identifier: str, text: str) -> Document:
    return Document(identifier, identifier, f"corpus/{identifier}.md", text, sections=find_sections(identifier, text))


def three() -> list[Document]:
    return [document("cau", BRIDGE), document("truong", SCHOOL), document("cho", MARKET)]


@dataclass
class Indexer:
    """One `index/` folder with a counting encoder."""

    folder: Path
    encoder: CountingEncoder = field(default_factory=CountingEncoder)
    chunk_tokens: int = 40
    ranks: str = ""

    @property
    def store(self) -> Store:
        return Store(self.folder)

    def index(self, documents: Sequence[Document]) -> IndexReport:
        self.encoder.asked.clear()
        plan = Plan(self.encoder, self.chunk_tokens, lambda text: len(text.split()), ranks=self.ranks)
        return build_snapshot(documents, [], store=self.store, plan=plan, sources=["corpus"])

    def snapshot(self) -> Snapshot:
        return Snapshot(self.store.current())

    def snapshot_names(self) -> set[str]:
        return {path.name for path in (self.folder / "snapshots").iterdir()}


@pytest.fixture
def indexer(tmp_path: Path) -> Indexer:
    return Indexer(tmp_path / "index")


def texts_of(snapshot: Snapshot) -> dict[str, str]:
    return {identifier: snapshot.document(identifier).text for identifier in snapshot.document_ids}


def use(snapshot: Snapshot) -> None:
    """Reads every part of a snapshot, as a search does."""
    for row in range(snapshot.manifest.chunks):
        chunk = snapshot.chunk(row)
        assert snapshot.document(chunk.span.document_id).text[chunk.span.start : chunk.span.end] == chunk.text
    assert snapshot.lexical.scores("mét phòng sạp hecta").max() > 0
    query = np.ones(snapshot.manifest.dimension, dtype=np.float32)
    assert len(snapshot.vectors.search(query, 100)) == snapshot.vectors.size == snapshot.manifest.chunks


# --- only what changed is embedded -----------------------------------------------------------------------------


def test_indexing_unchanged_documents_again_embeds_nothing(indexer: Indexer) -> None:
    first = indexer.index(three())
    assert (first.embedded, len(indexer.encoder.asked)) == (first.chunks, first.chunks)
    again = indexer.index(three())
    assert (again.embedded, indexer.encoder.asked) == (0, [])
    assert again.unchanged == ("cau", "truong", "cho")
    assert (again.added, again.changed, again.removed) == ((), (), ())
    assert again.fingerprints == first.fingerprints


def test_a_changed_document_embeds_only_its_own_chunks(indexer: Indexer) -> None:
    indexer.index(three())
    longer = SCHOOL + "\n# Sân trường\n\nSân trường rộng 800 mét vuông.\n"
    report = indexer.index([document("cau", BRIDGE), document("truong", longer), document("cho", MARKET)])
    assert report.changed == ("truong",)
    assert report.unchanged == ("cau", "cho")
    own = indexer.snapshot().rows_of("truong")
    assert report.embedded == len(own) == len(indexer.encoder.asked) == 2
    assert all("Xuân Lộc" in text for text in indexer.encoder.asked[:1])
    assert not any("Bến Thượng" in text or "Cầu Vàm" in text for text in indexer.encoder.asked)


def test_vectors_that_were_taken_over_are_those_that_would_be_computed(indexer: Indexer) -> None:
    """The documents move to other rows, so a vector left at its old row would be another chunk's."""
    indexer.index(three())
    indexer.index([document("cong-vien", PARK), *reversed(three())])
    taken = indexer.snapshot()
    fresh = Indexer(indexer.folder.with_name("fresh"))
    fresh.index([document("cong-vien", PARK), *reversed(three())])
    assert np.array_equal(
        taken.vectors.rows(0, taken.vectors.size), fresh.snapshot().vectors.rows(0, taken.vectors.size)
    )


def test_vectors_taken_over_ten_times_are_bit_for_bit_those_of_the_first_time(indexer: Indexer) -> None:
    indexer.index(three())
    first = np.array(indexer.snapshot().vectors.rows(0, 3))
    for _ in range(10):
        assert indexer.index(three()).embedded == 0
    assert indexer.snapshot().vectors.rows(0, 3).tobytes() == first.tobytes()


def test_chunks_that_were_taken_over_are_those_that_would_be_cut(indexer: Indexer) -> None:
    parts = [document("phuong", "\n".join(text for text in (BRIDGE, SCHOOL, MARKET, PARK))), *three()]
    indexer.index(parts)
    cut = [indexer.snapshot().chunk(row) for row in range(indexer.snapshot().manifest.chunks)]
    indexer.index([document("cong-vien", PARK), *parts])
    taken = [indexer.snapshot().chunk(row + 1) for row in range(len(cut))]
    assert taken == cut
    assert [chunk.id for chunk in taken[:4]] == ["phuong#0", "phuong#1", "phuong#2", "phuong#3"]


def test_other_token_ranks_cut_everything_anew(indexer: Indexer) -> None:
    chunks = indexer.index(three()).chunks
    plan = Plan(indexer.encoder, indexer.chunk_tokens, lambda text: len(text.split()), ranks="others")
    assert build_snapshot(three(), [], store=indexer.store, plan=plan, sources=[]).embedded == chunks


def test_another_encoder_or_chunk_size_embeds_everything_anew(indexer: Indexer) -> None:
    chunks = indexer.index(three()).chunks
    indexer.encoder = CountingEncoder(fingerprint="counting-2")
    assert indexer.index(three()).embedded == chunks
    indexer.chunk_tokens = 50
    assert indexer.index(three()).embedded == chunks


def test_two_indexings_of_the_same_corpus_have_the_same_fingerprints(new_workspace: Path, tmp_path: Path) -> None:
    (new_workspace / "corpus" / "cau.md").write_text(BRIDGE, encoding="utf-8")
    (new_workspace / "corpus" / "cho.md").write_text(MARKET, encoding="utf-8")
    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(new_workspace, elsewhere, symlinks=True)
    first, second = build_index(new_workspace).fingerprints, build_index(elsewhere).fingerprints
    assert first == second
    assert {"corpus", "encoder", "index"} <= set(first)
    (elsewhere / "corpus" / "cho.md").write_text(MARKET.replace("78", "79"), encoding="utf-8")
    third = build_index(elsewhere).fingerprints
    assert (third["corpus"] != first["corpus"], third["index"] != first["index"]) == (True, True)
    assert third["encoder"] == first["encoder"]


def test_damaged_vectors_of_the_current_snapshot_are_computed_anew_and_never_taken_over(indexer: Indexer) -> None:
    """A flip after the head of a file over 1 MiB is not seen on opening: 80 chunks × 8,192 numbers × 2 bytes."""
    indexer.encoder = CountingEncoder(dimension=8192)
    many = [document(f"cau-{number}", BRIDGE.replace("120", str(120 + number))) for number in range(80)]
    assert indexer.index(many).chunks == 80
    before = np.array(indexer.snapshot().vectors.rows(0, 80))
    file = indexer.store.current() / "vectors.npy"
    damaged = bytearray(file.read_bytes())
    damaged[2**18 + 1000] ^= 0x55
    file.write_bytes(damaged)
    assert not np.array_equal(indexer.snapshot().vectors.rows(0, 80), before)
    with pytest.raises(IndexDamaged, match=r"vectors\.npy.*cancu index"):
        verify(indexer.store.current())
    assert indexer.index(many).embedded == 80
    assert np.array_equal(indexer.snapshot().vectors.rows(0, 80), before)
    verify(indexer.store.current())


def test_a_folder_that_cannot_be_written_is_an_error_of_ours(indexer: Indexer) -> None:
    indexer.folder.mkdir()
    (indexer.folder / "snapshots").write_text("a file where the folder should be", encoding="utf-8")
    with pytest.raises(SnapshotError, match="Không ghi được"):
        indexer.index(three())


# --- what is removed is gone -----------------------------------------------------------------------------------


def test_nothing_of_a_removed_document_stays_in_the_snapshot(indexer: Indexer) -> None:
    indexer.index(three())
    words = ["Bến Thượng", "sạp", "sap", "thuong", '"cho"']
    held = {word for word in words if _files_holding(indexer.store.current(), word)}
    assert held == set(words)
    report = indexer.index(three()[:2])
    assert report.removed == ("cho",)
    assert {word: _files_holding(indexer.store.current(), word) for word in words} == {word: [] for word in words}
    assert set(texts_of(indexer.snapshot())) == {"cau", "truong"}


def _files_holding(folder: Path, word: str) -> list[str]:
    forms = [word.encode(), word.encode("utf-16-le"), word.encode("ascii", "backslashreplace")]
    files = [path for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if any(form in path.read_bytes() for form in forms)]


def test_only_the_current_snapshot_is_kept(indexer: Indexer) -> None:
    for number in range(4):
        indexer.index([document("cau", BRIDGE.replace("120", f"{120 + number}"))])
        assert indexer.snapshot_names() == {indexer.store.current().name}
    assert "123 mét" in indexer.snapshot().document("cau").text


def test_an_opened_assistant_that_nobody_asked_yet_answers_after_two_more_indexings(new_workspace: Path) -> None:
    (new_workspace / "corpus" / "cau.md").write_text(BRIDGE, encoding="utf-8")
    build_index(new_workspace)
    opened = open_assistant(new_workspace)
    for length in ("121", "122"):
        (new_workspace / "corpus" / "cau.md").write_text(BRIDGE.replace("120", length), encoding="utf-8")
        build_index(new_workspace)
    assert "120 mét" in opened.search("cầu Vàm dài bao nhiêu mét")[0].chunk.text


def test_what_killed_runs_left_is_cleared_by_the_next(indexer: Indexer) -> None:
    indexer.index(three())
    left = indexer.folder / "snapshots" / "0123456789ab.partial"
    left.mkdir()
    (left / "documents.jsonl").write_text("{", encoding="utf-8")
    (indexer.folder / "CURRENT.0a1b2c3d").write_text("0123456789ab\n", encoding="utf-8")
    indexer.index(three())
    assert not left.exists()
    assert sorted(path.name for path in indexer.folder.iterdir()) == [".lock", "CURRENT", "snapshots"]


# --- killed while indexing -------------------------------------------------------------------------------------

# Forks a child for each line "event seconds" on standard input. The child indexes `old`'s successor and kills itself
# before the given file-system event under index/, or is killed after the seconds; "-1 0" lets it finish.
INDEX_AND_DIE = """
import os, signal, sys, time
from pathlib import Path
from assistant.wiring import build_index, open_assistant
import faiss, bm25s, safetensors, tokenizers, tiktoken, assistant.retrieval.encoder

WATCHED = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "shutil.rmtree")

def child(workspace, fatal):
    seen = 0
    index = str(Path(workspace) / "index") + os.sep
    def watch(event, arguments):
        nonlocal seen
        paths = [str(a) for a in arguments[:2] if isinstance(a, (str, os.PathLike))]
        if event in WATCHED and any(path.startswith(index) for path in paths):
            if event == "open" and not (arguments[2] or 0) & (os.O_WRONLY | os.O_RDWR):
                return
            if seen == fatal:
                os.kill(os.getpid(), signal.SIGKILL)
            seen += 1
    sys.addaudithook(watch)
    build_index(workspace)
    print(seen, flush=True)
    os._exit(0)

print("ready", flush=True)
for line in sys.stdin:
    workspace, event, seconds = line.rstrip("\\n").split("\\t")
    pid = os.fork()
    if pid == 0:
        child(workspace, int(event))
    if float(seconds):
        time.sleep(float(seconds))
        os.kill(pid, signal.SIGKILL)
    _, status = os.waitpid(pid, 0)
    print("killed" if os.WIFSIGNALED(status) else f"exit {os.WEXITSTATUS(status)}", flush=True)
"""


@dataclass
class Killer:
    """Indexes in children of a process of its own, and kills them."""

    process: subprocess.Popen[str]

    def index(self, workspace: Path, *, event: int = -1, seconds: float = 0.0) -> list[str]:
        """What the child printed, and how it ended."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{workspace}\t{event}\t{seconds}\n")
        self.process.stdin.flush()
        lines = []
        while not lines or lines[-1].split()[0] not in ("killed", "exit"):
            lines.append(self.process.stdout.readline().strip() or "exit: the indexing process is gone")
        return lines


@pytest.fixture(scope="module")
def killer() -> Iterator[Killer]:
    command = [sys.executable, "-c", INDEX_AND_DIE]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == "ready"
        yield Killer(process)
        assert process.stdin is not None
        process.stdin.close()
        process.wait(timeout=30)


@pytest.fixture
def changed_workspace(new_workspace: Path) -> Path:
    """An index of three documents, over a corpus in which one is changed, one new and one gone since."""
    corpus = new_workspace / "corpus"
    for name, text in (("cau", BRIDGE), ("truong", SCHOOL), ("cho", MARKET)):
        (corpus / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(new_workspace)
    (corpus / "cau.md").write_text(BRIDGE.replace("120", "125"), encoding="utf-8")
    (corpus / "cong-vien.md").write_text(PARK, encoding="utf-8")
    (corpus / "cho.md").unlink()
    return new_workspace


def copy_of(workspace: Path, name: str) -> Path:
    shutil.copytree(workspace, workspace.with_name(name), symlinks=True)
    return workspace.with_name(name)


def state_of(workspace: Path) -> str:
    """`old` or `new`: which of the two corpora the index holds, whole."""
    snapshot = Snapshot(Store(workspace / "index").current())
    use(snapshot)
    held = {identifier: text.split("\n", 2)[2].strip() for identifier, text in texts_of(snapshot).items()}
    bridge, school, market, park = (text.split("\n", 2)[2].strip() for text in (BRIDGE, SCHOOL, MARKET, PARK))
    if held == {"cau": bridge, "truong": school, "cho": market}:
        return "old"
    assert held == {"cau": bridge.replace("120", "125"), "truong": school, "cong-vien": park}
    return "new"


def test_indexing_killed_before_any_step_leaves_the_old_or_the_new_index(
    changed_workspace: Path, killer: Killer
) -> None:
    """Before every file that is opened for writing, moved or removed under `index/`, not at a few moments only."""
    counted = killer.index(copy_of(changed_workspace, "counted"))
    assert counted[-1] == "exit 0"
    steps = int(counted[0])
    assert steps > 10
    states = []
    for step in range(steps):
        workspace = copy_of(changed_workspace, f"step-{step}")
        assert killer.index(workspace, event=step) == ["killed"]
        states.append(state_of(workspace))
    assert states == sorted(states, reverse=True)
    assert (states[0], states[-1]) == ("old", "new")


def seconds_to_index(killer: Killer, workspace: Path) -> float:
    began = time.perf_counter()
    assert killer.index(workspace)[-1] == "exit 0"
    return time.perf_counter() - began


def test_indexing_killed_at_random_moments_leaves_a_usable_index(changed_workspace: Path, killer: Killer) -> None:
    rng = random.Random(SEED)
    whole = seconds_to_index(killer, copy_of(changed_workspace, "timed"))
    ends = []
    for number in range(6):
        workspace = copy_of(changed_workspace, f"moment-{number}")
        ends.append(killer.index(workspace, seconds=rng.uniform(0.1, 0.9) * whole)[-1])
        assert state_of(workspace) in ("old", "new")
        whole = min(whole, seconds_to_index(killer, workspace))
        assert state_of(workspace) == "new"
        assert not list((workspace / "index").rglob("*.partial"))
    assert "killed" in ends


def test_an_index_whose_indexing_was_killed_answers(changed_workspace: Path, killer: Killer) -> None:
    assert killer.index(changed_workspace, event=3) == ["killed"]
    answer = open_assistant(changed_workspace).ask("Chợ Bến Thượng có bao nhiêu sạp hàng?")
    assert "78 sạp hàng" in answer.text


# --- one writer ------------------------------------------------------------------------------------------------

HOLD_LOCK = """
import sys
from pathlib import Path
from assistant.retrieval.store import Store
with Store(Path(sys.argv[1])).lock():
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_indexing_process_is_refused_while_one_is_at_work(indexer: Indexer) -> None:
    indexer.index(three())
    command = [sys.executable, "-c", HOLD_LOCK, str(indexer.folder)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline().strip() == "held"
        with pytest.raises(SnapshotError, match=r"tiến trình khác đang lập chỉ mục.*chạy lại"):
            indexer.index(three()[:1])
        assert set(texts_of(indexer.snapshot())) == {"cau", "truong", "cho"}
        holder.send_signal(signal.SIGKILL)
    assert indexer.index(three()[:1]).documents == 1


# --- damage ----------------------------------------------------------------------------------------------------

FILES = (
    "documents.jsonl",
    "documents.npy",
    "ids.json",
    "changes.json",
    "digests.npy",
    "contents.npy",
    "chunks.npy",
    "vectors.npy",
    "codes.faiss",
    "manifest.json",
)


def _cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])


def _blank(file: Path) -> None:
    """What a power cut can leave: the right size and no content."""
    file.write_bytes(bytes(file.stat().st_size))


def _lexical_files(indexer: Indexer) -> list[str]:
    folder = indexer.store.current()
    return [path.relative_to(folder).as_posix() for path in sorted((folder / "lexical").iterdir())]


def _all_files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def _flip_first(file: Path) -> None:
    _flip(file, 0)


def _flip_middle(file: Path) -> None:
    _flip(file, file.stat().st_size // 2)


def _flip(file: Path, place: int) -> None:
    content = bytearray(file.read_bytes())
    content[place] ^= 0xFF
    file.write_bytes(content)


@pytest.mark.parametrize("harm", [_cut, _blank, _flip_first, _flip_middle, Path.unlink])
def test_a_damaged_file_is_named_with_the_way_out(indexer: Indexer, harm: Callable[[Path], None]) -> None:
    numbered = document("lich", "# Lịch họp\n\nHọp ngày 5/6/2025 theo Kế hoạch số 12/KH-XVT.\n")
    indexer.index([*three(), numbered])  # so that no file is empty
    lexical = _lexical_files(indexer)
    assert len(lexical) > 3
    assert {*FILES, *lexical} == _all_files(indexer.store.current())
    for name in {*FILES, *lexical}:
        copy = Indexer(indexer.folder.with_name(f"harmed-{name.replace('/', '-')}"))
        shutil.copytree(indexer.folder, copy.folder)
        harm(copy.store.current() / name)
        with pytest.raises(IndexDamaged, match="cancu index") as raised:
            use(copy.snapshot())
        assert name.split("/")[0] in raised.value.message, name


def test_an_index_of_an_older_program_is_told_apart_from_a_damaged_one(indexer: Indexer) -> None:
    indexer.index(three())
    file = indexer.store.current() / "manifest.json"
    manifest = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps(manifest | {"format": 1}), encoding="utf-8")
    with pytest.raises(IndexMismatch, match=r"định dạng 1, cần 2.*cancu index"):
        indexer.snapshot()
    assert indexer.index(three()).embedded == 3
    use(indexer.snapshot())


def test_a_damaged_index_is_built_anew_by_the_next_indexing(indexer: Indexer) -> None:
    chunks = indexer.index(three()).chunks
    _cut(indexer.store.current() / "documents.jsonl")
    assert indexer.index(three()).embedded == chunks
    use(indexer.snapshot())


@pytest.mark.parametrize("pointer", [b"", b"gone-away\n", b"\0" * 13, b"\xff\xfe\n", b"../encoder\n", b".\n"])
def test_a_pointer_to_no_snapshot_is_damage(indexer: Indexer, pointer: bytes) -> None:
    indexer.index(three())
    (indexer.folder / "CURRENT").write_bytes(pointer)
    with pytest.raises(IndexDamaged, match=r"CURRENT.*cancu index"):
        indexer.store.current()
    assert indexer.index(three()).documents == 3
    use(indexer.snapshot())


def test_no_index_is_told_apart_from_a_damaged_one(indexer: Indexer) -> None:
    with pytest.raises(IndexMissing, match="cancu index"):
        indexer.store.current()


def test_an_index_of_another_encoder_or_chunk_size_is_refused(new_workspace: Path) -> None:
    (new_workspace / "corpus" / "cau.md").write_text(BRIDGE, encoding="utf-8")
    build_index(new_workspace)
    with pytest.raises(IndexMismatch, match=r"cắt đoạn.*cancu index"):
        open_assistant(new_workspace, chunk_tokens=100)
    made = open_assistant(new_workspace)
    ranks = sha256((new_workspace / "index" / "encoder" / "ranks.tiktoken").read_bytes()).hexdigest()[:16]
    other = Indexer(new_workspace / "index", CountingEncoder(), chunk_tokens=220, ranks=ranks)
    other.index(made.documents())
    with pytest.raises(IndexMismatch, match=r"encoder.*cancu index") as raised:
        open_assistant(new_workspace)
    assert raised.value.code == "index_mismatch"
    build_index(new_workspace)
    assert open_assistant(new_workspace).fingerprints == made.fingerprints


def test_a_snapshot_holds_no_pickle(indexer: Indexer) -> None:
    indexer.index(three())
    files = [path for path in indexer.store.current().rglob("*") if path.is_file()]
    assert {path.suffix for path in files} <= {".npy", ".json", ".jsonl", ".faiss", ".ids"}
    arrays = [np.load(path, allow_pickle=False) for path in files if path.suffix == ".npy"]
    assert len(arrays) >= 3
    assert all(array.dtype != object for array in arrays)
