"""Files that were made to do harm, or that came to it: each ends in text or in a reason, and the others are read."""

from __future__ import annotations

import gzip
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from threading import Thread

import pytest
from hostile import SEED, SEEDS, bombs, mutants, outcome_of, run, seeds

from assistant.documents.corpus import Corpus, read_corpus
from assistant.documents.draft import Draft, from_frame, to_frame
from assistant.documents.extract import Extract, Layout
from assistant.documents.limits import Limits
from assistant.documents.pool import AHEAD_EACH, FILES_EACH, Pool
from assistant.documents.readers import readers
from assistant.documents.reading import read_file
from assistant.errors import ReadError

MIB = 2**20
TIGHT = Limits(max_bytes=64 * MIB, seconds=3.0, memory_bytes=384 * MIB)
GOOD = "Bến đò Tân Hòa dài 45 mét, mỗi ngày có 12 chuyến."


def write(file: Path, data: bytes | str) -> Path:
    file.write_bytes(data.encode() if isinstance(data, str) else data)
    return file


def long_text(megabytes: int) -> str:
    line = "Bến đò dài 45 mét và mỗi ngày có 12 chuyến qua sông\n"
    return line * (megabytes * MIB // len(line.encode()))


def read(folder: Path, limits: Limits) -> Corpus:
    return read_corpus([folder], root=folder, limits=limits)


def codes(corpus: Corpus) -> dict[str, str]:
    return {failure.path: failure.code for failure in corpus.failures}


def children() -> set[int]:
    """The reading processes of this one."""
    found = set()
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            stat = (folder / "stat").read_text().rpartition(")")[2].split()
            if int(stat[1]) == os.getpid() and b"documents.worker" in (folder / "cmdline").read_bytes():
                found.add(int(folder.name))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


def awaited_child() -> int:
    end = time.monotonic() + 20
    while not (found := children()) and time.monotonic() < end:
        time.sleep(0.01)
    return found.pop()


# --- fuzz and bombs ----------------------------------------------------------------------------------------------


def test_every_reader_has_a_file_that_is_harmed(tmp_path: Path) -> None:
    taken = {type(reader) for _, reader in seeds(tmp_path).values()}
    assert taken == {type(reader) for reader in readers(TIGHT)}


def test_every_seed_is_read_as_it_is(tmp_path: Path) -> None:
    with Pool(TIGHT) as pool:
        files = [write(tmp_path / f"mau{ending}", data) for ending, (data, _) in seeds(tmp_path).items()]
        assert {file.name: outcome_of(frames) for file, frames in zip(files, pool.read_all(files), strict=True)} == {
            file.name: "text" for file in files
        }


def test_a_hundred_harmed_files_end_in_text_or_a_reason(tmp_path: Path) -> None:
    formats = len(seeds(tmp_path))
    counts = run(tmp_path, -(-100 // formats), SEED)
    assert sum(sum(found.values()) for found in counts.values()) >= 100
    assert sum(found["nothing"] + found["unexpected"] for found in counts.values()) == 0
    assert sum(found["text"] > 0 for found in counts.values()) > len(counts) // 2  # packed formats bear little
    assert sum(found["text"] for found in counts.values()) < 100


def test_a_file_without_any_document_is_told(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl.gz", gzip.compress(b"\n\n"))
    write(tmp_path / "tot.md", GOOD)
    assert codes(read(tmp_path, TIGHT)) == {"corpus.jsonl.gz": "empty"}


def test_the_same_seed_harms_in_the_same_way() -> None:
    data = SEEDS[".jsonl.gz"]()
    assert list(mutants(data, 20, "a")) == list(mutants(data, 20, "a"))
    assert list(mutants(data, 20, "a")) != list(mutants(data, 20, "b"))


def test_bombs_and_loops_end_within_their_limits_and_the_good_file_beside_them_is_read(tmp_path: Path) -> None:
    made = bombs()
    for name, data in made.items():
        write(tmp_path / name, data)
    write(tmp_path / "tot.md", GOOD)
    began = time.monotonic()
    collections = [tmp_path / name for name in made if ".jsonl" in name]  # inside folders only corpus.jsonl is one
    corpus = read_corpus([tmp_path, *collections], root=tmp_path, limits=TIGHT)
    assert time.monotonic() - began < len(made) * (TIGHT.seconds + 2)
    assert "tot" in {document.id for document in corpus.documents}
    assert {document.path for document in corpus.documents} | set(codes(corpus)) == {*made, "tot.md"}
    found = codes(corpus)
    assert found["nhieu-trang.pdf"] == "too_many_pages"
    assert found["phinh.jsonl.gz"] in ("too_much_memory", "too_large", "too_slow")
    assert "unexpected" not in found.values()
    assert all(failure.told[1] for failure in corpus.failures)
    assert max(len(document.text) for document in corpus.documents) < 64 * MIB


def test_an_entity_is_never_expanded(tmp_path: Path) -> None:
    for ending in (".html", ".docx", ".xlsx", ".pptx"):
        data = next(data for name, data in bombs().items() if name == f"thuc-the{ending}")
        for outcome in read_file(write(tmp_path / f"a{ending}", data), TIGHT):
            assert not isinstance(outcome, Draft) or outcome.text.count("ha ha ha") <= 20


def test_a_gigabyte_is_refused_unread_and_where_it_is_allowed_within_memory(tmp_path: Path) -> None:
    with write(tmp_path / "lon.txt", b"").open("r+b") as stream:
        stream.truncate(2**30)
    write(tmp_path / "tot.md", GOOD)
    began = time.monotonic()
    assert codes(read(tmp_path, TIGHT)) == {"lon.txt": "too_large"}
    assert time.monotonic() - began < 2
    allowed = Limits(max_bytes=2**31, seconds=20, memory_bytes=256 * MIB)
    assert codes(read(tmp_path, allowed)) == {"lon.txt": "too_much_memory"}


# --- limits of time and memory -----------------------------------------------------------------------------------


def test_a_file_that_takes_too_long_is_given_up_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", long_text(60))
    write(tmp_path / "b.txt", GOOD)
    began = time.monotonic()
    corpus = read(tmp_path, Limits(100 * MIB, seconds=0.1))
    assert time.monotonic() - began < 6
    assert codes(corpus) == {"a.txt": "too_slow"}
    assert [document.text for document in corpus.documents] == [GOOD]
    assert corpus.failures[0].told == (
        "Đọc quá 0.1 giây nên đã dừng.",
        "Hãy tách tệp ra, hoặc tăng thiết lập read_seconds.",
    )


def test_a_file_that_takes_too_much_memory_is_given_up_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.txt", long_text(15))
    write(tmp_path / "b.txt", GOOD)
    corpus = read(tmp_path, Limits(100 * MIB, memory_bytes=128 * MIB))
    assert codes(corpus) == {"a.txt": "too_much_memory"}
    assert [document.text for document in corpus.documents] == [GOOD]
    assert "read_memory_mib" in corpus.failures[0].reason


@pytest.mark.parametrize(
    ("ending", "code"),
    [(signal.SIGSEGV, "crashed"), (signal.SIGKILL, "too_much_memory"), (signal.SIGXCPU, "too_slow")],
)
def test_a_reading_process_that_dies_costs_its_file_alone(tmp_path: Path, ending: signal.Signals, code: str) -> None:
    files = [write(tmp_path / "a.txt", long_text(30)), write(tmp_path / "b.txt", GOOD)]

    def kill() -> None:
        pid = awaited_child()
        time.sleep(0.5)  # it is in the middle of the first file
        os.kill(pid, ending)

    killer = Thread(target=kill)
    killer.start()
    with Pool(Limits(100 * MIB, workers=1)) as pool:
        first, second = pool.read_all(files)
    killer.join()
    assert (outcome_of(first), outcome_of(second)) == (code, "text")
    assert pool.started == 2
    assert children() == set()


def test_a_caller_that_stops_leaves_no_process_and_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    write(tmp_path / "a.txt", long_text(60))
    began = time.monotonic()
    with Pool(Limits(100 * MIB)) as pool:
        pool.read_all([tmp_path / "a.txt"] * 5)
        awaited_child()
    assert time.monotonic() - began < 10
    assert children() == set()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


ORPHAN = """
import sys
from pathlib import Path
from assistant.documents.limits import Limits
from assistant.documents.pool import Pool
with Pool(Limits(10**8, workers=1)) as pool:
    frames = pool.read_all([Path(sys.argv[1])])
    print("reading", *(process._popen.pid for process in pool._alive) or "", flush=True)
    next(frames)
"""


def test_a_reading_process_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    file = write(tmp_path / "a.txt", long_text(60))
    with subprocess.Popen([sys.executable, "-c", ORPHAN, str(file)], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        found = _descendants(parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
    end = time.monotonic() + 10
    while any(Path(f"/proc/{pid}").exists() and _state(pid) != "Z" for pid in found) and time.monotonic() < end:
        time.sleep(0.05)
    assert [pid for pid in found if Path(f"/proc/{pid}").exists() and _state(pid) != "Z"] == []


def _state(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "Z"


def _descendants(parent: int) -> list[int]:
    end = time.monotonic() + 20
    while time.monotonic() < end:
        listed = Path(f"/proc/{parent}/task").glob("*/children")
        if found := [int(pid) for file in listed for pid in file.read_text().split()]:
            time.sleep(0.5)
            return found
        time.sleep(0.02)
    raise AssertionError("no reading process was started")


# --- the pool ----------------------------------------------------------------------------------------------------


def test_documents_come_in_the_order_of_files_however_many_processes_read(tmp_path: Path) -> None:
    pdf, collection = SEEDS[".pdf"](), SEEDS[".jsonl"]()
    for number in range(12):
        write(tmp_path / f"{number:02}.md", f"# Bến số {number}\n" + long_text(1)[: 3000 * (12 - number)])
        write(tmp_path / f"{number:02}x.pdf", pdf.replace(b"12 chuyen", b"%02d chuyen" % number))
    write(tmp_path / "05z.txt", b"\x00\x01\x02" * 99)
    (tmp_path / "corpus.jsonl").write_bytes(collection)
    alone = [[to_frame(outcome) for outcome in read_file(file, TIGHT)] for file in sorted(tmp_path.iterdir())]
    corpora = [read(tmp_path, Limits(64 * MIB, workers=workers)) for workers in (1, 2, 0)]
    assert corpora[0] == corpora[1] == corpora[2]
    assert len(corpora[0].documents) >= 12 + 5
    with Pool(TIGHT) as pool:
        assert list(pool.read_all(sorted(tmp_path.iterdir()))) == alone


def test_no_more_files_are_read_ahead_than_are_held(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{number:03}.txt", f"{GOOD} Bến số {number}.") for number in range(AHEAD_EACH + 9)]
    begun: list[Path] = []

    def taken() -> Iterator[Path]:
        for file in files:
            begun.append(file)
            yield file

    with Pool(Limits(MIB, workers=1)) as pool:
        found = pool.read_all(taken())
        assert begun == files[:AHEAD_EACH]
        first = next(found)
        assert begun == files[: AHEAD_EACH + 1]
        texts = [from_frame(frames[0]) for frames in (first, *found)]
    assert [text.text[-4:-1].split()[-1] for text in texts if isinstance(text, Draft)] == [
        str(number) for number in range(len(files))
    ]


def test_a_process_is_replaced_after_many_files_and_after_a_large_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.documents.pool.MEMORY_EACH", 60 * MIB)
    small = write(tmp_path / "a.txt", GOOD)
    with Pool(Limits(100 * MIB, workers=1)) as pool:
        assert all(outcome_of(frames) == "text" for frames in pool.read_all([small] * (FILES_EACH + 1)))
        assert pool.started == 2
        large = write(tmp_path / "b.txt", long_text(8))
        assert [outcome_of(frames) for frames in pool.read_all([large, small])] == ["text", "text"]
        assert pool.started == 3


def test_a_few_small_text_files_need_no_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(5):
        write(tmp_path / f"{number}.md", f"{GOOD} Bến số {number}.")
    monkeypatch.setattr("assistant.documents.gathering.Pool", None)
    assert len(read(tmp_path, TIGHT).documents) == 5
    write(tmp_path / "gia.txt", SEEDS[".pdf"]())
    with pytest.raises(TypeError):  # what only looks like text is never read in this process
        read(tmp_path, TIGHT)


def test_a_reading_process_knows_no_secret_and_imports_nothing_of_the_working_folder(tmp_path: Path) -> None:
    write(tmp_path / "yaml.py", "raise SystemExit('imported')")
    write(tmp_path / "a.pdf", SEEDS[".pdf"]())
    code = (
        "from pathlib import Path; from assistant.documents.limits import Limits; from assistant.documents.pool import Pool\n"
        "with Pool(Limits(10**8, workers=1)) as pool:\n"
        "    print(len(next(pool.read_all([Path('a.pdf')]))))\n"
        "    (process,) = pool._alive\n"
        "    print(Path(f'/proc/{process._popen.pid}/environ').read_bytes())\n"
    )
    program = str(Path(__file__).parents[1])
    env = os.environ | {"CANCU_LLM_API_KEY": "bi-mat", "HF_TOKEN": "bi-mat", "PYTHONPATH": program}
    done = subprocess.run(
        [sys.executable, "-P", "-c", code],
        cwd=tmp_path,
        env=env,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.startswith("1\n")
    assert "bi-mat" not in done.stdout and "PATH=" in done.stdout


def test_what_a_reading_process_says_is_checked() -> None:
    draft = next(iter([Draft("Chữ.", (0,), (("Điều 1", "", 0, 4, None),), {"title": "Chữ"}, counts={"tables": 1})]))
    assert from_frame(to_frame(draft)) == draft
    good = json.loads(to_frame(draft))
    for harm in (
        {"text": 5},
        {"sections": [["a", "b", 0, 99, None]]},
        {"sections": [["a", "b", 0, 2, 0]]},
        {"pages": 3},
    ):
        with pytest.raises((ValueError, TypeError)):
            from_frame(json.dumps(good | harm).encode())
    assert isinstance(from_frame(to_frame(ReadError("empty", "Trống."))), ReadError)


def test_what_readers_count_is_told(tmp_path: Path) -> None:
    from assistant.documents.draft import draft

    extract = Extract(("Một.", "Hai."), Layout.KEEP, metadata={"ocr_pages": "1 2"}, counts={"tables": 3})
    assert dict(draft(extract, collection=False, number=1).counts) == {"ocr_pages": 2, "tables": 3}
    write(tmp_path / "a.md", GOOD)
    assert dict(read(tmp_path, TIGHT).counts) == {"read": 1, "kept": 0, "failed": 0, "ocr_pages": 0, "tables": 0}


def test_every_reason_says_what_to_do() -> None:
    folder = Path(__file__).parents[1] / "assistant" / "documents"
    for name in ("reading.py", "gathering.py", "pool.py"):
        source = (folder / name).read_text(encoding="utf-8")
        for code, rest in re.findall(r'ReadError\(\s*"([a-z_]+)",(.*?)\)\n', source, re.DOTALL):
            assert "Hãy" in rest or "{wanted}" in rest, code


@pytest.fixture(autouse=True)
def no_process_is_left() -> Iterator[None]:
    yield
    assert children() == set()
