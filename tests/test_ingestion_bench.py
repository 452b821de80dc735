from __future__ import annotations

import gzip
import json
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from assistant.benchmark.engines import INSTALL, entry
from assistant.benchmark.growing import Collection, Growing
from assistant.benchmark.ingesting import OURS, PEER, Ingest, Ingested, Stages
from assistant.benchmark.ingestion import main
from assistant.benchmark.ingestion_page import GOAL_MIB, meets_goal, ocr_cost, page, ratios
from assistant.benchmark.ingestion_runs import WAYS, Figures, Grown, Run, figures, run
from assistant.benchmark.resources import PROC, Family, TaskFailed, folder_mib, run_watched
from assistant.errors import UsageError
from tests.conftest import missing

LAW = (
    "Điều 1. Phạm vi điều chỉnh của quy chế này là việc quản lý kho tài liệu",
    "của các cơ quan nhà nước ở trung ương và địa phương, gồm việc thu thập,",
    "chỉnh lý, bảo quản và sử dụng tài liệu theo quy định của pháp luật.",
)
SCANNED = ("Biên bản bàn giao tài liệu kho số bảy", "Người giao và người nhận cùng ký tên")
HOLDS = "import time; held = b'x' * {mib} * 2**20; time.sleep(0.7)"


def texts(file: Path, number: int) -> Path:
    """Made-up documents; the lines of each say which it is."""
    file.parent.mkdir(parents=True, exist_ok=True)
    rows = [{"text": "\n".join(f"Văn bản {n} dòng {i} nói về kho lưu trữ." for i in range(8))} for n in range(number)]
    with gzip.open(file, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
    return file


@pytest.fixture(scope="module")
def made_up(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the development data lies: a PDF file of two pages of text, one of a picture of text, documents."""
    import matplotlib
    from PIL import Image, ImageDraw, ImageFont
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    folder = tmp_path_factory.mktemp("made-up")
    pdfs, face = folder / "corpus" / "gazette", f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    pdfs.mkdir(parents=True)
    pdfmetrics.registerFont(TTFont("Deja", face))
    written = Canvas(str(pdfs / "a.pdf"))
    for number in (1, 2):
        written.setFont("Deja", 11)
        for i, line in enumerate([f"Trang thứ {number} của quy chế", *LAW]):
            written.drawString(60, 780 - 16 * i, line)
        written.showPage()
    written.save()
    image = Image.new("RGB", (1700, 500), "white")
    for i, line in enumerate(SCANNED):
        ImageDraw.Draw(image).text((80, 80 + 120 * i), line, fill="black", font=ImageFont.truetype(face, 56))
    scanned = Canvas(str(pdfs / "b.pdf"))
    scanned.drawImage(ImageReader(image), 40, 500, width=510, height=150)
    scanned.save()
    texts(folder / "training" / "phapluat_8chude.jsonl.gz", 5)
    return folder


# --- memory and time -------------------------------------------------------------------------------------------


def test_the_memory_of_a_process_and_of_what_it_starts_is_seen(tmp_path: Path) -> None:
    if not PROC.exists():
        missing("/proc")
    child = HOLDS.format(mib=90)
    parent = f"import subprocess, sys; held = b'x' * 30 * 2**20; subprocess.run([sys.executable, '-c', {child!r}])"
    found = run_watched([sys.executable, "-c", parent], {}, log=tmp_path / "log", seconds=60)
    assert found.children == 1
    assert found.child_mib is not None and found.together_mib is not None
    assert 90 < found.child_mib < 150
    assert found.together_mib > found.child_mib + 30
    assert found.seconds > 0.7


def test_processes_one_after_the_other_do_not_add_up(tmp_path: Path) -> None:
    if not PROC.exists():
        missing("/proc")
    child = HOLDS.format(mib=90)
    parent = f"import subprocess, sys\nfor _ in 'ab': subprocess.run([sys.executable, '-c', {child!r}])"
    found = run_watched([sys.executable, "-c", parent], {}, log=tmp_path / "log", seconds=60)
    assert found.children == 2
    assert found.together_mib is not None and 90 < found.together_mib < 180


def test_a_process_that_fails_or_takes_too_long_is_told(tmp_path: Path) -> None:
    broken = "import sys; sys.stderr.buffer.write('trước\\nhỏng rồi\\n'.encode()); sys.exit(3)"
    with pytest.raises(TaskFailed, match="exit status 3: hỏng rồi"):
        run_watched([sys.executable, "-c", broken], {}, log=tmp_path / "log", seconds=60)
    began = time.monotonic()
    with pytest.raises(TaskFailed, match="stopped after 1 s"):
        run_watched([sys.executable, "-c", "import time; time.sleep(60)"], {}, log=tmp_path / "log", seconds=1)
    assert time.monotonic() - began < 10


def test_the_stages_follow_what_indexing_tells() -> None:
    stages = Stages()
    stages.begin("start")
    for told in (("read", 0, 2), ("read", 1, 2), ("read", 2, 2), ("embed", 2, 2), ("vectors", 0, 1), ("lexical", 0, 1)):
        stages.told(*told)
    assert list(stages.seconds()) == ["start", "read", "chunk and encode", "store"]


# --- collections -----------------------------------------------------------------------------------------------


def test_larger_collections_hold_the_smaller_ones_and_pairs_of_halves(tmp_path: Path) -> None:
    growing = Growing(texts(tmp_path / "t.gz", 5), seed=3)
    assert (growing.given, growing.most) == (5, 5 + 5 * 4)
    small, large = growing.write(4, tmp_path / "small"), growing.write(25, tmp_path / "large")
    assert (small.files, small.whole, large.files, large.whole) == (4, 4, 25, 5)
    read = {
        folder: [f.read_text(encoding="utf-8") for f in sorted((tmp_path / folder).iterdir())]
        for folder in ("small", "large")
    }
    assert read["large"][:4] == read["small"]
    assert len(set(read["large"])) == 25
    assert large.letters == sum(map(len, read["large"]))
    for pair in read["large"][5:]:
        rows = [line.split()[2:5:2] for line in pair.splitlines()]  # which document, which line
        first, second = rows[0][0], rows[-1][0]
        assert first != second
        cut = [document for document, _ in rows].index(second)
        assert rows == [[first, str(i)] for i in range(cut)] + [[second, str(i)] for i in range(cut, 8)]


def test_the_draw_is_the_seeds(tmp_path: Path) -> None:
    source = texts(tmp_path / "t.gz", 9)
    drawn = [[Growing(source, seed).text(n) for n in range(12)] for seed in (1, 1, 2)]
    assert drawn[0] == drawn[1] != drawn[2]


def test_documents_that_are_not_there_are_told(tmp_path: Path) -> None:
    (tmp_path / "t.gz").write_bytes(b"no gzip")
    for source in (tmp_path / "t.gz", tmp_path / "none.gz", texts(tmp_path / "one.gz", 1)):
        with pytest.raises(UsageError, match="--shared"):
            Growing(source, 1)


# --- figures ---------------------------------------------------------------------------------------------------


def one_run(seconds: float, own: float, together: float, read: float = 1.0, ocr_pages: int = 0) -> Run:
    counts = {"chunks": 7, "ocr_pages": ocr_pages}
    inner = Ingested(seconds, 2 * seconds, own, {"index": 1.5}, {"read": read}, counts, {"cancu": "1"})
    return Run(inner, Family(seconds, together / 2, together, 2))


def test_runs_become_a_median_and_the_highest_memory() -> None:
    found = figures("ours", "Ours", [one_run(4, 100, 90), one_run(2, 80, 120), one_run(3, 70, 60)])
    assert (found.n, found.seconds, found.cpu_seconds, found.runs) == (3, 3, 6, (4, 2, 3))
    # a process's own peak counts where the last look did not see it: max(100, 90), max(80, 120), max(70, 60)
    assert (found.own_mib, found.child_mib, found.together_mib) == (100, 60, 120)
    with pytest.raises(ValueError, match="ours"):
        figures("ours", "Ours", [])


def test_ratios_are_of_medians_and_ranges_of_runs_in_the_same_turn() -> None:
    ours = figures("ours", "Ours", [one_run(2, 100, 100, read=0.5), one_run(4, 100, 100, read=0.5)])
    peer = figures("langchain", "Peer", [one_run(30, 400, 400, read=2.0), one_run(20, 400, 400, read=2.0)])
    (found,) = ratios([ours, peer, Figures("ocr", "OCR", fault="no Tesseract")])
    assert (found.first, found.second, found.faster) == ("ours", "langchain", pytest.approx(25 / 3))
    assert (found.low, found.high) == (20 / 4, 30 / 2)
    assert (found.memory, found.reading) == (100 / 400, 2.0 / 0.5)


def test_ocr_costs_what_the_pages_take_beyond_the_rest() -> None:
    ours, ocr = figures("ours", "", [one_run(4, 1, 1)]), figures("ocr", "", [one_run(10, 1, 1, ocr_pages=3)])
    assert ocr_cost([ours, ocr]) == {"pages": 3, "seconds": 6, "seconds_a_page": 2, "cpu_seconds_a_page": 4}
    assert ocr_cost([ours]) == {}
    assert ocr_cost([ours, figures("ocr", "", [one_run(10, 1, 1)])]) == {}  # no page needed it


@pytest.mark.parametrize(
    ("sizes", "met"),
    [
        ([(1000, GOAL_MIB - 1)], True),
        ([(1000, GOAL_MIB)], False),
        ([(500, GOAL_MIB + 1), (1000, 10)], False),
        ([(1000, 10), (2000, GOAL_MIB + 1)], True),  # beyond the goal's size
        ([(500, 10)], None),
        ([], None),
    ],
)
def test_the_goal_is_under_a_gigabyte_and_a_half_at_a_thousand_files(
    sizes: Sequence[tuple[int, float]], met: bool | None
) -> None:
    grown = [Grown(Collection(n, n, n), figures("", "", [one_run(1, mib, mib)])) for n, mib in sizes]
    assert meets_goal(grown) is met
    assert pytest.approx(1.5e9) == GOAL_MIB * 2**20


# --- the whole -------------------------------------------------------------------------------------------------


def test_a_small_run_tells_speed_memory_and_size_and_no_text(
    made_up: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    if shutil.which("tesseract") is None:
        missing("Tesseract")
    scratch, out = tmp_path / "scratch", tmp_path / "out" / "ingestion"
    scratch.mkdir()
    settings = ["--sizes", "4", "8", "--repeats", "1", "--ways", "ours", "one", "ocr", "again", "--note", "Máy bận."]
    assert main(["--shared", str(made_up), "--scratch", str(scratch), "--out", str(out), *settings]) == 0
    assert list(scratch.iterdir()) == []
    report, told = json.loads(out.with_suffix(".json").read_bytes()), out.with_suffix(".md").read_text("utf-8")
    assert (report["files"], report["pages"], report["given"]) == (2, 3, 5)
    ours, one, ocr, again = report["ways"]
    assert [way["counts"]["documents"] for way in (ours, one, ocr, again)] == [1, 1, 2, 2]  # a picture gives none
    assert [way["counts"]["ocr_pages"] for way in (ours, one, ocr)] == [0, 0, 1]
    assert (again["counts"]["kept"], again["counts"]["read"], again["children"]) == (2, 0, 0)
    assert one["children"] == 1 <= ours["children"]
    assert all(way["together_mib"] >= way["own_mib"] > 20 and way["child_mib"] > 20 for way in (ours, one, ocr))
    assert list(ours["stages"]) == ["start", "read", "chunk and encode", "store"]
    assert sum(ours["stages"].values()) == pytest.approx(ours["seconds"], abs=0.1)
    assert report["ocr"]["pages"] == 1
    assert {(r["first"], r["second"]) for r in report["ratios"]} == {("ours", "one"), ("again", "ocr")}
    assert [(one["collection"]["files"], one["collection"]["whole"]) for one in report["growth"]] == [(4, 4), (8, 5)]
    assert [one["figures"]["counts"]["documents"] for one in report["growth"]] == [4, 8]
    assert all(one["figures"]["disk_mib"]["index"] > 0 for one in report["growth"])
    assert report["meets_goal"] is None
    assert "Note: Máy bận." in told
    assert (
        "`python -m assistant.benchmark.ingestion --sizes 4 8 --ways ours one ocr again --repeats 1 --seed 20`" in told
    )
    assert all(word not in told + json.dumps(report, ensure_ascii=False) for word in ("quy chế", "dòng", str(tmp_path)))
    assert "Đã ghi" in capsys.readouterr().err


def test_the_tutorial_reads_the_same_pages(made_up: Path, tmp_path: Path) -> None:
    """Where it is not installed, the report says what to type."""
    way = next(way for way in WAYS if way.program == PEER)
    if entry("langchain-minilm").missing:
        assert INSTALL in way.missing
        return
    source = tmp_path / "pdfs"
    source.mkdir()
    shutil.copyfile(made_up / "corpus" / "gazette" / "a.pdf", source / "a.pdf")
    found = run(Ingest(PEER, str(source), str(tmp_path / "index")), tmp_path / "task", ocr=False).inner
    assert (found.counts["documents"], found.counts["pages"], found.counts["chunks"]) == (1, 2, 2)
    assert list(found.stages) == ["start", "read", "chunk", "encode and store"]
    assert found.disk_mib["index"] == folder_mib(tmp_path / "index") > 0
    assert "langchain-community" in found.facts


def test_an_ingestion_that_fails_is_told_with_its_reason(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(TaskFailed, match="Không có văn bản nào"):
        run(Ingest(OURS, str(tmp_path / "empty"), str(tmp_path / "w")), tmp_path / "task", ocr=False)


def test_a_way_that_failed_is_a_line_of_its_own() -> None:
    record = {"made": "2026-01-01", "command": "c", "seconds": 1.0, "seed": 1, "repeats": 1, "note": "", "files": 1}
    machine = {"cores": 1, "system": "s", "python": "3", "load": 0, "load_at_end": 0, "tesseract": ""}
    told = page(record | {"machine": machine, "pages": 3}, [Figures("ours", "Ours", fault="exit status 1: x")], [])
    assert "- Ours: exit status 1: x" in told
    assert "| Ours | 0 | – |" in told


def test_wrong_use_is_told(made_up: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ["--out", str(tmp_path / "ingestion")]
    assert main(["--shared", str(tmp_path), *out]) == 2
    assert "--shared" in capsys.readouterr().err
    assert main(["--shared", str(made_up), "--sizes", "26", *out]) == 2
    assert "từ 1 đến 25" in capsys.readouterr().err
    assert main(["--shared", str(made_up), "--repeats", "0", *out]) == 2
    assert not list(tmp_path.iterdir())
