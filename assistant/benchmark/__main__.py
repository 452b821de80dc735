"""`python -m assistant.benchmark`: measures every set that is there and writes the report; knows no engine."""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

from assistant.benchmark.engines import ENTRIES, Entry
from assistant.benchmark.madeup import write_made_up_set
from assistant.benchmark.report import BenchmarkReport, SetReport, report_set
from assistant.benchmark.runner import Options, Outcome, run_set
from assistant.benchmark.scoring import SEED
from assistant.benchmark.sets import RetrievalSet, find_sets, load_set, sample_set
from assistant.benchmark.tables import markdown
from assistant.errors import CancuError, UsageError

# Where a whole run is kept, and where any other.
REPORTS, RUNS = Path("eval/reports"), Path("eval/runs")
# Sets of more documents get a second row: a sample of so many, on which the slow peers can be measured too.
SAMPLED_ABOVE, SAMPLE = 2_000, 500
SAMPLED_ABOVE_FULL, SAMPLE_FULL = 5_000, 5_000
# Seconds that one task may take; the whole collection by MiniLM needs an hour and more.
SECONDS, SECONDS_FULL = 1800.0, 4 * 3600.0


class BrokenOff(Exception):
    """A set was broken off; `reports` holds what was measured of it."""

    def __init__(self, reports: list[SetReport]) -> None:
        super().__init__()
        self.reports = reports


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        report = _measure(options)
        written = _write(report, options.out or (REPORTS if _is_standard(options) else RUNS))
    except (CancuError, OSError) as error:
        print(error, file=sys.stderr)
        return 2 if isinstance(error, UsageError) else 1
    _say(f"Đã ghi {written[0]} và {written[1]}")
    return int(report.failed or not report.complete)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant.benchmark", description="Đo chất lượng và tốc độ tìm.")
    add = parser.add_argument
    add("--shared", type=Path, default=Path("../shared"), help="thư mục có benchmarks/ và training/")
    add("--training", type=Path, help="thư mục dữ liệu huấn luyện (mặc định: training trong --shared)")
    add("--sets", nargs="+", metavar="BỘ", help="tên bộ trong benchmarks/, hoặc thư mục dạng BEIR (mặc định: tất cả)")
    add("--engines", nargs="+", metavar="MÁY", help=f"chỉ đo: {', '.join(e.name for e in ENTRIES)}")
    add("--out", type=Path, help=f"thư mục sẽ chứa báo cáo (mặc định: {REPORTS}; khi chỉ đo một phần: {RUNS})")
    add("--set", dest="settings", action="append", default=[], metavar="TÊN=GIÁ_TRỊ", help="thiết lập của Căn Cứ")
    add("--seed", type=int, default=SEED, help="hạt giống ngẫu nhiên")
    add("--quick", action="store_true", help="chỉ đo một bộ nhỏ tự tạo, vài giây")
    add("--full", action="store_true", help="đo mọi máy trên mọi bộ, kể cả phần mất hàng giờ")
    return parser


def _measure(options: argparse.Namespace) -> BenchmarkReport:
    """The report of all sets; of those that were done where the run is broken off by Ctrl-C."""
    began, made, load = time.perf_counter(), datetime.now(UTC).isoformat(timespec="seconds"), os.getloadavg()[0]
    sets: list[SetReport] = []
    complete = True
    with tempfile.TemporaryDirectory(prefix="cancu-benchmark-") as folder:
        try:
            for found in _reports(options, Path(folder)):
                sets.append(found)
        except (KeyboardInterrupt, BrokenOff) as ended:
            complete = False
            sets += ended.reports if isinstance(ended, BrokenOff) else []
            _say("Đã dừng theo yêu cầu; phần đã đo vẫn được ghi.")
    machine = {
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(load, 2),
    }
    settings = {"seed": options.seed, "full": options.full, "quick": options.quick, "ours": _settings(options)}
    return BenchmarkReport(
        made, _command(options), complete, time.perf_counter() - began, settings, machine, tuple(sets)
    )


def _is_standard(options: argparse.Namespace) -> bool:
    """Whether the figures are those that are committed: every set, every engine, our defaults."""
    return options.seed == SEED and not (options.quick or options.sets or options.engines or options.settings)


def _command(options: argparse.Namespace) -> str:
    """What to type for the same figures; folders by name, as where they lie is this machine's."""
    if _is_standard(options):
        return "make bench" + ("-full" if options.full else "")
    parts = ["python -m assistant.benchmark", *(f"--{name}" for name in ("quick", "full") if getattr(options, name))]
    parts += ["--sets", *(Path(name).name for name in options.sets)] if options.sets else []
    parts += ["--engines", *options.engines] if options.engines else []
    return " ".join([*parts, *(f"--set {setting}" for setting in options.settings), f"--seed {options.seed}"])


def _reports(options: argparse.Namespace, folder: Path) -> Iterator[SetReport]:
    entries, training = _entries(options), options.training or options.shared / "training"
    for place in _places(options, folder):
        try:
            whole = load_set(place, training)
        except CancuError as error:
            _say(f"{place.name}: {error}")
            yield SetReport(place.name, fault=str(error))
            continue
        for found in _with_sample(whole, options, folder):
            yield _one(found, entries, options)


def _with_sample(whole: RetrievalSet, options: argparse.Namespace, folder: Path) -> Iterator[RetrievalSet]:
    yield whole
    above, size = (SAMPLED_ABOVE_FULL, SAMPLE_FULL) if options.full else (SAMPLED_ABOVE, SAMPLE)
    if len(whole.document_ids) > above:
        yield sample_set(whole, size, options.seed, folder / "sample" / whole.name)


def _one(found: RetrievalSet, entries: Sequence[Entry], options: argparse.Namespace) -> SetReport:
    """The indexes of a set are gone when it is done. Raises BrokenOff where that comes early."""
    seconds = SECONDS_FULL if options.full else SECONDS
    chosen = Options(options.seed, full=options.full, seconds=seconds, settings=_settings(options))
    outcomes: list[Outcome] = []
    _say(f"{found.name}: {len(found.document_ids)} văn bản, {len(found.queries)} truy vấn")
    with tempfile.TemporaryDirectory(prefix="cancu-benchmark-") as folder:
        try:
            for outcome in run_set(found, entries, chosen, Path(folder)):
                outcomes.append(outcome)
                _say(f"{found.name} · {outcome.entry.name}: {_told(outcome)}")
        except KeyboardInterrupt:
            raise BrokenOff([report_set(found, outcomes)] if outcomes else []) from None
    return report_set(found, outcomes)


def _told(outcome: Outcome) -> str:
    if outcome.built is None or outcome.searched is None:
        return outcome.fault
    return f"lập chỉ mục {outcome.built.seconds:.1f} s, đã tìm xong"


def _places(options: argparse.Namespace, folder: Path) -> list[Path]:
    """The folders to measure. Raises UsageError naming what is not there."""
    if options.quick:
        return [write_made_up_set(folder / "made-up", options.seed)]
    if not options.sets:
        return find_sets(options.shared / "benchmarks")
    known = {place.name: place for place in (options.shared / "benchmarks").glob("*") if place.is_dir()}
    places = [known.get(name, Path(name)) for name in options.sets]
    if unknown := [str(place) for place in places if not place.is_dir()]:
        raise UsageError(f"Không có bộ: {', '.join(unknown)}. Có: {', '.join(sorted(known))}, hoặc một thư mục.")
    return places


def _entries(options: argparse.Namespace) -> list[Entry]:
    names = {entry.name for entry in ENTRIES}
    if unknown := set(options.engines or ()) - names:
        raise UsageError(f"Không có máy tìm: {', '.join(sorted(unknown))}. Có: {', '.join(sorted(names))}.")
    return [entry for entry in ENTRIES if not options.engines or entry.name in options.engines]


def _settings(options: argparse.Namespace) -> dict[str, str]:
    pairs = [given.partition("=") for given in options.settings]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise UsageError(f"Thiết lập cần dạng tên=giá_trị: {', '.join(wrong)}.")
    return {name: value for name, _, value in pairs}


def _write(report: BenchmarkReport, out: Path) -> tuple[Path, Path]:
    """A run that was broken off never replaces a complete one, and the full run has a report of its own."""
    out.mkdir(parents=True, exist_ok=True)
    name = "search" + "-full" * report.settings["full"] + "-broken-off" * (not report.complete)
    files = out / f"{name}.json", out / f"{name}.md"
    files[0].write_text(json.dumps(report.to_json(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    files[1].write_text(markdown(report), encoding="utf-8")
    return files


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    for ending in (signal.SIGINT, signal.SIGTERM):  # both keep what was measured and remove what was temporary
        signal.signal(ending, signal.default_int_handler)
    sys.exit(main())
