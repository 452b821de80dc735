"""A corpus that changes: only what changed is read, what was deleted is gone, and whatever happens an index is there."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from assistant.chat.service import Service
from assistant.chat.talk import Talk
from assistant.documents.corpus import read_corpus
from assistant.documents.kept import Mark, NoCache, mark_of
from assistant.documents.limits import Limits
from assistant.documents.watching import changes, state_of
from assistant.errors import IndexDamaged, SnapshotError
from assistant.retrieval.readings import Readings
from assistant.retrieval.snapshot import Snapshot, open_current
from assistant.retrieval.store import Store
from assistant.types import IndexReport
from assistant.wiring import build_index, open_assistant

SEED = 20261122
LIMITS = Limits(10**8)
PROGRAM = str(Path(__file__).parents[1])
NAMES = {
    "tan-hoa": "Tân Hòa",
    "binh-loi": "Bình Lợi",
    "phu-my": "Phú Mỹ",
    "an-son": "An Sơn",
    "long-tan": "Long Tân",
}
QUESTION = "Bến đò Tân Hòa dài bao nhiêu mét?"


def ferry(name: str, metres: int) -> str:
    return f"# Bến đò {name}\n\nBến đò {name} dài {metres} mét, mỗi ngày có {metres // 3} chuyến.\n"


def write(folder: Path, names: dict[str, int]) -> None:
    for name, metres in names.items():
        (folder / f"{name}.md").write_text(ferry(NAMES.get(name, name), metres), encoding="utf-8")


def settle() -> None:
    """Until a change can't leave the same times behind."""
    time.sleep(0.25)


@pytest.fixture
def ferries(new_workspace: Path) -> Path:
    """Five documents, indexed."""
    write(new_workspace / "corpus", {"tan-hoa": 45, "binh-loi": 60, "phu-my": 75, "an-son": 90, "long-tan": 105})
    settle()
    build_index(new_workspace)
    return new_workspace


def ids(workspace: Path) -> set[str]:
    return set(Snapshot(Store(workspace / "index").current()).document_ids)


def files(report: IndexReport) -> tuple[int, int, int]:
    return report.files["read"], report.files["kept"], report.files["failed"]


def holding(workspace: Path, words: str) -> list[str]:
    forms = [words.encode(), words.encode("utf-16-le"), words.encode("ascii", "backslashreplace")]
    found = (
        path for path in workspace.rglob("*") if path.is_file() and not path.is_relative_to(workspace / "index/encoder")
    )
    return [path.name for path in found if any(form in path.read_bytes() for form in forms)]


_opened: list[str] = []
_listening = Event()


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "open" and _listening.is_set():
        _opened.append(str(arguments[0]))


sys.addaudithook(_hear)


class opened:  # noqa: N801 - read like a verb
    """The files of a folder that this process opens inside the block."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __enter__(self) -> opened:
        _opened.clear()
        _listening.set()
        return self

    def __exit__(self, *raised: object) -> None:
        _listening.clear()
        self.names = {Path(name).name for name in _opened if name.startswith(f"{self._folder}{os.sep}")}


# --- only what changed -------------------------------------------------------------------------------------------


def test_what_is_unchanged_is_not_even_opened(ferries: Path) -> None:
    with opened(ferries / "corpus") as first:
        assert files(build_index(ferries)) == (0, 5, 0)
    assert first.names == set()
    write(ferries / "corpus", {"tan-hoa": 48})
    with opened(ferries / "corpus") as second:
        assert files(build_index(ferries)) == (1, 4, 0)
    assert second.names == {"tan-hoa.md"}


def test_adding_editing_renaming_and_deleting_touch_only_their_own_files(ferries: Path) -> None:
    corpus = ferries / "corpus"
    write(corpus, {"binh-loi": 61, "moi": 33})
    (corpus / "phu-my.md").rename(corpus / "phu-my-moi.md")
    (corpus / "an-son.md").unlink()
    report = build_index(ferries)
    assert files(report) == (2, 3, 0)
    assert (report.added, report.changed) == (("moi",), ("binh-loi", "phu-my"))  # a new name leaves the id
    assert (set(report.unchanged), set(report.removed)) == ({"tan-hoa", "long-tan"}, {"an-son"})
    assert "61 mét" in open_assistant(ferries).ask("Bến đò Bình Lợi dài bao nhiêu mét?").text


def test_times_that_lie_do_not_hide_an_edit(ferries: Path) -> None:
    file = ferries / "corpus" / "tan-hoa.md"
    before = file.stat()
    file.write_text(ferry("Tân Hòa", 46), encoding="utf-8")
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (before.st_size, before.st_mtime_ns)
    assert files(build_index(ferries)) == (1, 4, 0)
    assert not holding(ferries / "index", "dài 45 mét")


def test_a_file_touched_without_a_change_is_hashed_and_not_read(ferries: Path) -> None:
    (ferries / "corpus" / "tan-hoa.md").touch()
    report = build_index(ferries)
    assert (files(report), report.embedded) == ((0, 5, 0), 0)


def test_a_mark_of_this_very_moment_is_not_trusted() -> None:
    now = 1_000_000_123_456_789
    assert not Mark(1, now, now, 1).is_settled(now + 1_000_000)
    assert Mark(1, now, now, 1).is_settled(now + 300_000_000)
    assert not Mark(1, 10**15, 10**15, 1).is_settled(10**15 + 2_000_000_000)  # a file system of whole seconds


def test_the_same_content_under_two_names_is_read_once_and_both_are_shown(ferries: Path) -> None:
    shutil.copyfile(ferries / "corpus" / "tan-hoa.md", ferries / "corpus" / "z-ban-sao.md")
    report = build_index(ferries)
    assert files(report) == (0, 6, 0)
    assert (report.documents, report.changed) == (5, ("tan-hoa",))
    shown = Snapshot(Store(ferries / "index").current()).document("tan-hoa")
    assert (shown.path, shown.also_at) == ("corpus/tan-hoa.md", ("corpus/z-ban-sao.md",))


def test_a_copy_that_comes_first_takes_nobodys_id(ferries: Path) -> None:
    corpus = ferries / "corpus"
    shutil.copyfile(corpus / "tan-hoa.md", corpus / "ban sao.md")
    report = build_index(ferries)
    assert (report.added, report.changed, report.removed) == ((), ("tan-hoa",), ())
    shown = Snapshot(Store(ferries / "index").current()).document("tan-hoa")
    assert (shown.path, shown.also_at) == ("corpus/tan-hoa.md", ("corpus/ban sao.md",))
    (corpus / "tan-hoa.md").unlink()
    report = build_index(ferries)
    assert (report.added, report.changed, report.removed) == ((), ("tan-hoa",), ())
    write(corpus, {"tan-hoa": 71})  # another text under the old name: citations of the first one still find it
    (new,) = build_index(ferries).added
    assert re.fullmatch("tan-hoa-[0-9a-f]{8}", new)
    snapshot = Snapshot(Store(ferries / "index").current())
    assert ("45 mét" in snapshot.document("tan-hoa").text, "71 mét" in snapshot.document(new).text) == (True, True)


def test_an_index_of_before_ids_were_kept_is_taken_over(ferries: Path) -> None:
    store = Store(ferries / "index")
    manifest = json.loads((store.current() / "manifest.json").read_text(encoding="utf-8"))
    del manifest["files"]["contents.npy"]
    (store.current() / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    (store.current() / "contents.npy").unlink()
    (ferries / "corpus" / "phu-my.md").rename(ferries / "corpus" / "phu-my-moi.md")
    report = build_index(ferries)
    assert (report.added, report.removed, len(report.unchanged)) == (("phu-my-moi",), ("phu-my",), 4)


def test_other_settings_or_a_fresh_start_read_everything(ferries: Path) -> None:
    assert files(build_index(ferries, read_seconds=77)) == (5, 0, 0)
    assert files(build_index(ferries, read_seconds=77)) == (0, 5, 0)
    assert files(build_index(ferries, read_seconds=77, read_workers=1)) == (0, 5, 0)
    assert files(build_index(ferries, read_seconds=77, afresh=True)) == (5, 0, 0)


def test_a_file_that_failed_is_known_too_and_still_told(ferries: Path) -> None:
    (ferries / "corpus" / "hong.pdf").write_bytes(b"%PDF-1.7 broken")
    assert files(build_index(ferries)) == (1, 5, 1)
    again = build_index(ferries)
    assert files(again) == (0, 6, 1)
    assert [failure.code for failure in again.failed] == ["damaged"]


def test_a_harmed_cache_is_read_around(ferries: Path) -> None:
    frames = sorted((ferries / "index" / "cache").glob("*.frames"))
    assert len(frames) == 5
    frames[0].write_bytes(frames[0].read_bytes()[:-9])
    frames[1].write_bytes(b"")
    assert files(build_index(ferries)) == (2, 3, 0)
    (ferries / "index" / "cache" / "files.json").write_text("[[", encoding="utf-8")
    assert files(build_index(ferries)) == (0, 5, 0)


def test_documents_that_were_kept_are_those_that_would_be_read(ferries: Path) -> None:
    cache = Readings(ferries / "index" / "cache")
    kept = read_corpus([ferries / "corpus"], root=ferries, limits=LIMITS, cache=cache)
    build_index(ferries)
    read = read_corpus([ferries / "corpus"], root=ferries, limits=LIMITS)
    assert kept.documents == read.documents
    assert read.documents[0].title == "Bến đò An Sơn"


# --- what was deleted is gone ------------------------------------------------------------------------------------


def test_not_a_byte_of_a_deleted_document_or_sentence_is_left(ferries: Path) -> None:
    secret, other = "mật khẩu kho bạc", "bí danh ông Sáu"
    (ferries / "corpus" / "mat.md").write_text(f"# Mật\n\nCó {secret} ở đây.\n", encoding="utf-8")
    (ferries / "corpus" / "sua.md").write_text(f"# Sửa\n\nCó {other} ở đây.\n", encoding="utf-8")
    build_index(ferries)
    assert {"documents.jsonl"} < set(holding(ferries / "index", secret))
    assert holding(ferries / "index", other)
    (ferries / "corpus" / "mat.md").unlink()
    (ferries / "corpus" / "sua.md").write_text("# Sửa\n\nKhông còn gì.\n", encoding="utf-8")
    build_index(ferries)
    assert holding(ferries, secret) == holding(ferries, other) == holding(ferries, "mat.md") == []
    assert len(list((ferries / "index" / "snapshots").iterdir())) == 1


# --- readers of the old snapshot ---------------------------------------------------------------------------------


def test_questions_are_answered_through_twenty_indexings(ferries: Path) -> None:
    held = open_assistant(ferries)
    faults: list[BaseException] = []
    asked, done = 0, Event()

    def ask() -> None:
        nonlocal asked
        while not done.is_set():
            try:
                assert "45 mét" in held.ask(QUESTION).text
                assert "mét" in open_assistant(ferries).ask(QUESTION).text
                asked += 1
            except BaseException as fault:
                faults.append(fault)
                return

    thread = Thread(target=ask)
    thread.start()
    for number in range(20):
        write(ferries / "corpus", {"tan-hoa": 46 + number, f"moi-{number}": 10 + number})
        build_index(ferries)
    done.set()
    thread.join()
    assert faults == []
    assert asked >= 5
    assert len(list((ferries / "index" / "snapshots").iterdir())) == 1


def test_the_chat_answers_from_the_newest_index_through_twenty_indexings(ferries: Path) -> None:
    serving = Service(open_assistant(ferries), ferries, reopen=partial(open_assistant, ferries))
    talk, faults, done, asked = Talk(serving), list[str](), Event(), 0

    def answer() -> str:
        conversation = list(talk.ask(QUESTION, (), None))[-1][1]
        exchange = conversation[-1]
        return exchange.answer.text if exchange.answer else f"incident: {exchange.incident}"

    def keep_asking() -> None:
        nonlocal asked
        while not done.is_set():
            text = answer()
            asked += 1
            if "mét" not in text:
                faults.append(text)

    threads = [Thread(target=keep_asking)]
    for thread in threads:
        thread.start()
    for number in range(20):
        write(ferries / "corpus", {"tan-hoa": 46 + number, f"moi-{number}": 10 + number})
        build_index(ferries)
        wanted, until = f"{46 + number} mét", time.monotonic() + 10
        while wanted not in (text := answer()) and time.monotonic() < until:
            time.sleep(0.02)  # another thread is just opening it
        assert wanted in text
    done.set()
    for thread in threads:
        thread.join()
    assert faults == [] and asked >= 20
    assert len(serving.documents) == 25


def test_a_snapshot_that_is_taken_away_while_it_is_opened_gives_way_to_the_newer_one(
    ferries: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, old = Store(ferries / "index"), Snapshot.open_all

    def indexed_meanwhile(self: Snapshot) -> None:
        monkeypatch.setattr(Snapshot, "open_all", old)
        write(ferries / "corpus", {"them": 12})
        build_index(ferries)
        self.open_all()

    monkeypatch.setattr(Snapshot, "open_all", indexed_meanwhile)
    assert "them" in open_current(store).document_ids
    shutil.rmtree(store.current() / "lexical")
    with pytest.raises(IndexDamaged):
        open_current(store)


# --- killed ------------------------------------------------------------------------------------------------------


def cancu(*arguments: str, cwd: Path, **more: Any) -> subprocess.Popen[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith("CANCU_")} | {"PYTHONPATH": PROGRAM}
    command = [sys.executable, "-m", "assistant", *arguments]
    return subprocess.Popen(
        command, cwd=cwd, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, **more
    )


def pdf(file: Path, words: Sequence[str]) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(file), invariant=True)
    for word in words:
        canvas.drawString(72, 700, f"Ben do {word} dai 45 met, moi ngay co 12 chuyen qua song.")
        canvas.showPage()
    canvas.save()


def test_an_indexing_killed_at_any_moment_leaves_the_old_or_the_new_index(ferries: Path) -> None:
    """Five moments here; `make kill-runs` takes fifty. The files are read in processes of their own."""
    rng = random.Random(SEED)
    for number in range(25):
        pdf(ferries / "corpus" / f"p{number:02}.pdf", [f"so {number} {word}" for word in ("mot", "hai", "ba")])
    states = [ids(ferries)]
    began = time.perf_counter()
    process = cancu("index", cwd=ferries)
    process.communicate(timeout=120)
    whole = time.perf_counter() - began
    states.append(ids(ferries))
    assert len(states[1]) == 30
    killed = 0
    for run in range(int(os.environ.get("KILL_RUNS", "5"))):
        added = f"them-{run}"
        pdf(ferries / "corpus" / f"{added}.pdf", [f"them {run}", "hai", "ba"])
        old = ids(ferries)
        process = cancu("index", cwd=ferries)
        time.sleep(rng.uniform(0.1, 1.0) * whole)
        process.kill()
        killed += process.wait() == -signal.SIGKILL
        process.communicate()
        assert ids(ferries) in (old, old | {added})
        assert "45 mét" in open_assistant(ferries).ask(QUESTION).text
        assert build_index(ferries).failed == ()
        assert ids(ferries) == old | {added}
        assert not [path for path in (ferries / "index").rglob("*") if path.suffix == ".partial"]
    assert killed >= 1


# --- the disk, and files that do not hold still ------------------------------------------------------------------


@pytest.mark.parametrize("most", [2_000, 15_000])
def test_a_full_disk_is_told_and_costs_nothing(ferries: Path, most: int) -> None:
    before = ids(ferries)
    for number in range(40):
        write(ferries / "corpus", {f"moi-{number}": 20 + number})

    def small_disk() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))

    process = cancu("index", cwd=ferries, preexec_fn=small_disk)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, "")
    assert "Lỗi [index]" in err and "Chỉ mục cũ vẫn dùng được" in err
    assert ids(ferries) == before
    assert "45 mét" in open_assistant(ferries).ask(QUESTION).text
    assert not [path.name for path in (ferries / "index").rglob("*.partial")]
    assert build_index(ferries).documents == 45


def test_a_file_without_permission_is_told_and_the_rest_is_read() -> None:
    """As another user where this one may read everything."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        write(folder, {"a": 10, "b": 20})
        (folder / "a.md").chmod(0o000)
        if root:
            os.seteuid(65534)
        try:
            corpus = read_corpus([folder], root=folder, limits=LIMITS)
        finally:
            if root:
                os.seteuid(0)
    assert [(failure.path, failure.code) for failure in corpus.failures] == [("a.md", "unreadable")]
    assert corpus.failures[0].told[1] == "Hãy kiểm tra quyền đọc (chi tiết: Permission denied)."
    assert [document.id for document in corpus.documents] == ["b"]


@pytest.mark.parametrize(("mode", "told"), [(0o000, "kin"), (0o444, "kin/a.md")])
def test_a_closed_folder_is_told_and_the_rest_is_read(mode: int, told: str) -> None:
    """As another user where this one may open everything."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "kin").mkdir()
        (folder / "vòng").symlink_to(folder / "vòng")
        write(folder, {"b": 20})
        write(folder / "kin", {"a": 10})
        (folder / "kin").chmod(mode)
        if root:
            os.seteuid(65534)
        try:
            corpus = read_corpus([folder], root=folder, limits=LIMITS)
        finally:
            if root:
                os.seteuid(0)
    failed = {failure.path: failure for failure in corpus.failures}
    assert failed[told].code == "unreadable" and failed[told].told[1].startswith("Hãy kiểm tra quyền đọc")
    assert [document.id for document in corpus.documents] == ["b"]


class Refusing:
    """Refuses what is done in a folder: the operation of that number, or from there on all that need room."""

    def __init__(self, folder: Path, number: int, reason: int, *, on: bool) -> None:
        self._folder, self._number, self._reason, self._on = str(folder), number, reason, on
        self.seen, self.refused = 0, ""

    def hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if not (event in _CHANGING or (event == "open" and _is_writing(arguments))):
            return
        if not os.fspath(arguments[0] if isinstance(arguments[0], (str, Path)) else "").startswith(self._folder):
            return
        self.seen += 1
        if self.seen == self._number or (self._on and self.seen > self._number and event not in _REMOVING):
            self.refused = self.refused or event
            raise OSError(self._reason, os.strerror(self._reason), str(arguments[0]))


_REMOVING = {"os.remove", "os.rmdir"}
_CHANGING = {"os.rename", "os.mkdir"} | _REMOVING
_refusing: list[Refusing] = []


def _is_writing(arguments: tuple[Any, ...]) -> bool:
    _, mode, flags = arguments
    return set(mode or "") & set("wxa+") != set() or bool((flags or 0) & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))


def _refuse(event: str, arguments: tuple[Any, ...]) -> None:
    for refusing in _refusing:
        refusing.hear(event, arguments)


sys.addaudithook(_refuse)


@pytest.mark.parametrize(
    ("reason", "told", "on"), [(errno.ENOSPC, "ổ đĩa đầy", True), (errno.EACCES, "không có quyền ghi", False)]
)
def test_whatever_write_fails_what_is_said_is_true_and_nothing_is_lost(
    ferries: Path, reason: int, told: str, on: bool
) -> None:
    """Every opening for writing, renaming and removing in `index/` fails once: what follows it may fail with it."""
    store = Store(ferries / "index")
    metres, outcomes, left, why = 45, [], False, ""
    for number in range(1, 500):
        old, metres = metres, metres + 1
        name = store.current_name()
        write(ferries / "corpus", {"tan-hoa": metres})
        refusing = Refusing(ferries / "index", number, reason, on=on)
        _refusing.append(refusing)
        try:
            note: str | None = build_index(ferries).note
        except SnapshotError as error:
            note, why = None, error.message
        finally:
            _refusing.clear()
        assert (note is None) == (store.current_name() == name)
        assert note is not None or (told in why and "Chỉ mục cũ vẫn dùng được. Hãy" in why)
        shown = open_current(store).document("tan-hoa").text
        assert f"dài {old if note is None else metres} mét" in shown
        if note:
            assert "Chỉ mục mới đã dùng được" in note and told in note and "Hãy" in note
        metres = old if note is None else metres
        left = refusing.refused in _REMOVING or (left and note is None)
        if not left:  # what could not be removed stays until the next new index
            assert not [*(ferries / "index").rglob("*.partial"), *(ferries / "index").glob("CURRENT.*")]
            assert len(list((ferries / "index" / "snapshots").iterdir())) == 1
        outcomes.append("lost" if note is None else "noted" if note else "done")
        if not refusing.refused:
            break
    assert outcomes[-1] == "done" and {"lost", "noted"} <= set(outcomes) and len(outcomes) > 15
    assert files(build_index(ferries)) == (0, 5, 0)
    assert len(list((ferries / "index" / "snapshots").iterdir())) == 1
    assert not holding(ferries / "index" / "cache", f"dài {metres - 1} mét")


def test_whatever_flush_to_the_disk_fails_the_old_index_stays(ferries: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    flush, left = os.fsync, 0

    def failing(descriptor: int) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            raise OSError(errno.EIO, "I/O error")
        flush(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    store, lost = Store(ferries / "index"), 0
    for number in range(1, 100):
        left, name = number, store.current_name()
        write(ferries / "corpus", {"tan-hoa": 45 + number})
        try:
            build_index(ferries)
            break
        except SnapshotError as error:
            lost += 1
            why = error.message
            assert "ổ đĩa lỗi đọc hoặc ghi" in why and "Chỉ mục cũ vẫn dùng được" in why
            assert store.current_name() == name and "dài 45 mét" in open_current(store).document("tan-hoa").text
            assert not [*(ferries / "index").rglob("*.partial"), *(ferries / "index").glob("CURRENT.*")]
            assert len(list((ferries / "index" / "snapshots").iterdir())) == 1
    assert lost > 10


def test_where_there_was_no_index_none_is_promised(new_workspace: Path) -> None:
    write(new_workspace / "corpus", {"tan-hoa": 45})
    (new_workspace / "index" / "snapshots").write_text("", encoding="utf-8")
    with pytest.raises(SnapshotError, match="Chưa có chỉ mục nào dùng được"):
        build_index(new_workspace)


class Meanwhile(NoCache):
    """Does something to the files between the moment they are looked at and the moment they are read."""

    def __init__(self, deed: Any) -> None:
        self._deed = deed

    def holds(self, key: str) -> bool:
        self._deed()
        return False


def test_a_file_that_vanishes_before_it_is_read_is_told_and_the_rest_is_read(tmp_path: Path) -> None:
    write(tmp_path, {"a": 10, "b": 20})
    gone = Meanwhile(lambda: (tmp_path / "a.md").unlink(missing_ok=True))
    corpus = read_corpus([tmp_path], root=tmp_path, limits=LIMITS, cache=gone)
    assert [(failure.path, failure.code) for failure in corpus.failures] == [("a.md", "vanished")]
    assert [document.id for document in corpus.documents] == ["b"]


def test_a_file_that_changed_before_it_was_read_is_read_again(tmp_path: Path) -> None:
    write(tmp_path, {"a": 10})
    corpus = read_corpus([tmp_path], root=tmp_path, limits=LIMITS, cache=Meanwhile(lambda: write(tmp_path, {"a": 99})))
    assert "dài 99 mét" in corpus.documents[0].text


def test_a_file_that_never_stops_growing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from assistant.documents import gathering

    write(tmp_path, {"a": 10, "b": 20})
    real = gathering.read_file

    def growing(file: Path, limits: Limits) -> Iterator[object]:
        yield from real(file, limits)
        if file.name == "a.md":
            with file.open("a") as stream:
                stream.write("Thêm một dòng.\n")

    monkeypatch.setattr(gathering, "read_file", growing)
    corpus = read_corpus([tmp_path], root=tmp_path, limits=LIMITS)
    assert [(failure.path, failure.code) for failure in corpus.failures] == [("a.md", "changing")]
    assert [document.id for document in corpus.documents] == ["b"]


def test_a_cache_that_cannot_be_written_is_an_error_of_ours(ferries: Path) -> None:
    shutil.rmtree(ferries / "index" / "cache")
    (ferries / "index" / "cache").write_text("", encoding="utf-8")
    with pytest.raises(SnapshotError, match="Chỉ mục cũ vẫn dùng được"):
        build_index(ferries)
    assert len(ids(ferries)) == 5


# --- watching ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("notify", [False, True])
def test_a_burst_of_changes_is_one_change(tmp_path: Path, notify: bool) -> None:
    if notify:
        pytest.importorskip("watchfiles")
    write(tmp_path, {"a": 10})
    found = changes([tmp_path], state_of([tmp_path]), notify=notify)

    def burst() -> None:
        time.sleep(0.3)
        for number in range(10):
            write(tmp_path, {f"n{number}": number})
            time.sleep(0.1)

    thread = Thread(target=burst)
    thread.start()
    state = next(found)
    thread.join()
    assert {file.name for file in state} == {"a.md", *(f"n{number}.md" for number in range(10))}
    assert state == state_of([tmp_path])


def test_what_the_index_itself_writes_is_no_change(ferries: Path) -> None:
    before = state_of([ferries])
    assert any(file.name == "tan-hoa.md" for file in before)
    build_index(ferries, afresh=True)
    assert state_of([ferries]) == before


def test_watching_indexes_after_each_change_until_it_is_stopped(ferries: Path) -> None:
    process = cancu("index", "--watch", cwd=ferries)
    assert process.stdout is not None
    assert process.stderr is not None
    assert "Đang theo dõi" in process.stderr.readline()
    assert process.stdout.readline().startswith("Chỉ mục có 5 văn bản")
    for number, name in enumerate(("mot", "hai")):
        write(ferries / "corpus", {name: 30 + number})
        told = next(line for line in process.stdout if line.startswith("Chỉ mục có"))
        assert told.startswith(f"Chỉ mục có {6 + number} văn bản")
        assert name in ids(ferries)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 0
    assert "Đã dừng theo dõi." in err


# --- telling -----------------------------------------------------------------------------------------------------


def test_the_command_ends_with_what_was_done_and_what_to_do(ferries: Path) -> None:
    (ferries / "corpus" / "hong.pdf").write_bytes(b"%PDF-1.7 broken")
    (ferries / "corpus" / "an-son.md").unlink()
    write(ferries / "corpus", {"moi": 30})
    out, _ = cancu("index", cwd=ferries).communicate(timeout=60)
    told = {" ".join(line.split()) for line in out.splitlines()}
    assert {
        "Tệp đã đọc 2",
        "Tệp không đổi, không phải đọc lại 4",
        "Tệp có lỗi 1",
        "Văn bản đã bỏ khỏi chỉ mục 1",
        "Trang nhận dạng chữ (OCR) 0",
        "Bảng trong văn bản và trang tính (từ hai dòng, hai cột) 0",
    } <= told
    assert "bỏ 1, lỗi 1 tệp (" in out
    (failure,) = (line for line in told if line.startswith("! corpus/hong.pdf [damaged]:"))
    assert failure.endswith("Hãy tải lại hoặc xuất lại tệp.")
    report = json.loads(cancu("index", "--json", cwd=ferries).communicate(timeout=60)[0])
    assert report["files"] == {"read": 0, "kept": 6, "failed": 1, "ocr_pages": 0, "tables": 0}
    assert report["failed"][0]["remedy"] == "Hãy tải lại hoặc xuất lại tệp."


def test_the_mark_of_a_file_knows_its_content_from_another(tmp_path: Path) -> None:
    write(tmp_path, {"a": 10})
    first = mark_of(tmp_path / "a.md")
    (tmp_path / "b.md").write_bytes((tmp_path / "a.md").read_bytes())
    os.replace(tmp_path / "b.md", tmp_path / "a.md")
    assert mark_of(tmp_path / "a.md") != first
