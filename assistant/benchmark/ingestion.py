"""`python -m assistant.benchmark.ingestion`: time and memory of taking documents in, beside LangChain's tutorial, and
as the corpus grows; knows no quality."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.benchmark.growing import Growing
from assistant.benchmark.ingestion_page import meets_goal, ocr_cost, page, ratios
from assistant.benchmark.ingestion_runs import WAYS, Figures, Grown, measure_growth, measure_ways
from assistant.documents.limits import Deadline
from assistant.documents.pages import plain_pages
from assistant.errors import CancuError, UsageError

SIZES, REPEATS, SEED = (250, 500, 1000), 3, 20
# Where a whole run is kept, and where any other; `.json` and `.md` are put behind it.
REPORT, RUN = Path("eval/reports/ingestion"), Path("eval/runs/ingestion")
_SECONDS = 600.0  # for counting the pages of a file
_NAMES = tuple(way.name for way in WAYS)
_PDFS, _TEXTS = Path("corpus/gazette"), Path("training/phapluat_8chude.jsonl.gz")


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        record, ways, grown = _measure(options)
        out = options.out or (REPORT if _is_standard(options) else RUN)
        _write(out, record | _told(ways, grown), page(record, ways, grown))
    except (CancuError, OSError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    ours = [way for way in ways if way.name != "langchain"] + [one.figures for one in grown]
    return int(any(one.fault for one in ours) or meets_goal(grown) is False)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m assistant.benchmark.ingestion", description="Đo tốc độ và bộ nhớ khi nhận văn bản."
    )
    add = parser.add_argument
    add("--shared", type=Path, default=Path("../shared"), help="thư mục có corpus/ và training/")
    add("--sizes", nargs="*", type=int, default=list(SIZES), metavar="SỐ", help="số tệp của từng kho lớn dần")
    add("--pdfs", type=int, default=None, metavar="SỐ", help="chỉ đo chừng ấy tệp PDF đầu; 0 là bỏ phần này")
    add("--ways", nargs="+", choices=_NAMES, default=list(_NAMES), metavar="CÁCH", help=f"chỉ đo: {', '.join(_NAMES)}")
    add("--repeats", type=int, default=REPEATS, help="số lần đo mỗi cách, nhiều nhất")
    add("--seed", type=int, default=SEED, help="hạt giống ngẫu nhiên")
    add("--note", default="", help="một câu ghi vào báo cáo")
    add("--scratch", type=Path, help="nơi đặt tệp tạm trong lúc đo")
    add("--out", type=Path, help=f"báo cáo, không đuôi (mặc định: {REPORT}; khi chỉ đo một phần: {RUN})")
    return parser


def _is_standard(options: argparse.Namespace) -> bool:
    whole = options.pdfs is None and set(options.ways) == set(_NAMES)
    return whole and (tuple(options.sizes), options.repeats, options.seed) == (SIZES, REPEATS, SEED)


def _measure(options: argparse.Namespace) -> tuple[dict[str, Any], list[Figures], list[Grown]]:
    """What was run, and what it gave. Raises UsageError."""
    if options.repeats < 1 or (options.pdfs or 0) < 0:
        raise UsageError("--repeats cần từ 1, --pdfs cần từ 0 trở lên.")
    pdfs = _pdfs(options.shared / _PDFS, options.pdfs)
    growing = Growing(options.shared / _TEXTS, options.seed) if options.sizes else None
    if growing and (wrong := [size for size in options.sizes if not 0 < size <= growing.most]):
        raise UsageError(f"Không lập được {wrong[0]} tệp; cần từ 1 đến {growing.most}. Hãy sửa --sizes.")
    began = time.perf_counter()
    given = growing.given if growing else 0
    record = _record(options) | {"files": len(pdfs), "pages": _pages(pdfs), "given": given}
    with tempfile.TemporaryDirectory(prefix="cancu-ingestion-", dir=options.scratch) as scratch:
        folder = Path(scratch)
        ways = _ways(pdfs, options, folder) if pdfs else []
        grown = list(measure_growth(growing, options.sizes, options.repeats, folder, _say)) if growing else []
    record["machine"]["load_at_end"] = round(os.getloadavg()[0], 2)
    record["seconds"] = round(time.perf_counter() - began, 1)
    return record, ways, grown


def _pdfs(folder: Path, most: int | None) -> list[Path]:
    found = sorted(folder.glob("*.pdf"))
    if not found and most != 0:
        raise UsageError(f"Không có tệp PDF nào ở «{folder.name}». Hãy chỉ đúng thư mục bằng --shared, hoặc --pdfs 0.")
    return found[:most]


def _ways(pdfs: Sequence[Path], options: argparse.Namespace, folder: Path) -> list[Figures]:
    """Of copies of the files."""
    source = folder / "pdfs"
    source.mkdir()
    for file in pdfs:
        shutil.copyfile(file, source / file.name)
    ways = [way for way in WAYS if way.name in options.ways]
    return measure_ways(ways, source, options.repeats, folder, _say)


def _pages(pdfs: Sequence[Path]) -> int:
    """Of all the files, also those that have no text. Raises ReadError."""
    return sum(len(plain_pages(file, Deadline.after(_SECONDS))) for file in pdfs)


def _record(options: argparse.Namespace) -> dict[str, Any]:
    """What was run, and on what."""
    machine: dict[str, Any] = {"cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"}
    machine |= {"python": platform.python_version(), "load": round(os.getloadavg()[0], 2), "tesseract": _tesseract()}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    chosen = {"seed": options.seed, "repeats": options.repeats, "sizes": options.sizes, "note": options.note}
    return {"made": made, "command": _command(options), **chosen, "machine": machine}


def _tesseract() -> str:
    """Its version; empty where it is not installed."""
    program = shutil.which("tesseract")
    if program is None:
        return ""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=30, check=False)  # noqa: S603
    return (told.stdout + told.stderr).strip().partition("\n")[0]


def _command(options: argparse.Namespace) -> str:
    """What to type for the same figures; folders are left out, as where they lie is this machine's."""
    if _is_standard(options):
        return "make bench-ingestion"
    pdfs = f" --pdfs {options.pdfs}" if options.pdfs is not None else ""
    pdfs += f" --ways {' '.join(options.ways)}" if set(options.ways) != set(_NAMES) else ""
    told = f"--sizes {' '.join(map(str, options.sizes))}{pdfs} --repeats {options.repeats} --seed {options.seed}"
    return f"python -m assistant.benchmark.ingestion {told}"


def _told(ways: Sequence[Figures], grown: Sequence[Grown]) -> dict[str, Any]:
    compared = {"ratios": [asdict(ratio) for ratio in ratios(ways)], "ocr": ocr_cost(ways)}
    found = {"ways": [asdict(way) for way in ways], **compared, "growth": [asdict(one) for one in grown]}
    rounded: dict[str, Any] = _rounded(found | {"meets_goal": meets_goal(grown)})
    return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, Mapping):
        return {key: _rounded(inner) for key, inner in value.items()}
    return [_rounded(inner) for inner in value] if isinstance(value, list | tuple) else value


def _write(out: Path, record: Mapping[str, Any], markdown: str) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    files = out.with_name(f"{out.name}.json"), out.with_name(f"{out.name}.md")
    files[0].write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    files[1].write_text(markdown, encoding="utf-8")
    _say(f"Đã ghi {files[0]} và {files[1]}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # removes what was temporary
    sys.exit(main())
