"""`python -m assistant.benchmark.reading`: how often answers hold the gold span of reading sets of others.

Every set's passages are indexed and its questions asked as the product does it; nothing is given that a user would not
give.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from assistant.benchmark.reading_sets import ReadingQuestion, ReadingSet, load_reading_set
from assistant.benchmark.scoring import RESAMPLES, SEED, Estimate, estimate, percentile
from assistant.benchmark.tables import NONE, interval, table
from assistant.errors import CancuError
from assistant.evaluation.judging import count_words, holds_any, stated
from assistant.types import Answer

SETS = ("vimqa", "uit_wiki_qa", "alqac2022")
SAMPLE = 300
REPORTS = Path("eval/reports")
_METHOD = (
    "- Each set's passages are indexed by the product, and its questions asked through `Assistant.ask` of all of them.",
    "- *Gold in answer*: the gold span stands in the answer's text, as whole words with its marks and figures; an",
    "  abstention holds nothing. *When answered*: the same over the answers given. *Passage quoted*: a citation is of",
    "  the passage that the question was written for. *Ceiling*: the gold stands in that passage at all, so that it",
    "  can be quoted. Of `vimqa` only such questions are asked: the others are answered by yes or no.",
    f"- In brackets 95 % bootstrap intervals ({RESAMPLES} resamples of the questions). Words are of the answers given.",
)


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer, as far as it is measured."""

    holds: bool
    abstained: bool
    quoted: bool
    words: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ReadingReport:
    """One set's figures; None for what is over the answers given, where there is none."""

    name: str
    documents: int
    questions: int
    whole: int
    holds: Estimate
    holds_given: Estimate | None
    abstained: Estimate
    quoted: Estimate
    ceiling: Estimate
    words: Estimate | None
    median_words: float | None
    p50_ms: float
    p95_ms: float
    index_seconds: float
    fingerprints: Mapping[str, str]


def measure(found: ReadingSet, folder: Path) -> ReadingReport:
    """Index the set's passages in the new folder and ask its questions."""
    from assistant.wiring import build_index, open_assistant
    from assistant.workspace import init_workspace

    init_workspace(folder)
    began = time.perf_counter()
    documents = build_index(folder, [found.corpus]).documents
    seconds = time.perf_counter() - began
    assistant = open_assistant(folder)
    assistant.ask(found.questions[0].text)  # what is loaded once is not the first question's time
    replies = {question.id: _timed(assistant.ask, question) for question in found.questions}
    return summary(found, replies, documents=documents, index_seconds=seconds, fingerprints=assistant.fingerprints)


def _timed(ask: Callable[[str], Answer], question: ReadingQuestion) -> Reply:
    began = time.perf_counter()
    answer = ask(question.text)
    return reply(question, answer, seconds=time.perf_counter() - began)


def reply(question: ReadingQuestion, answer: Answer, *, seconds: float) -> Reply:
    """What the answer was worth; an abstention holds and quotes nothing, whatever it mentions."""
    text = "" if answer.abstained else stated(answer)
    quoted = not answer.abstained and any(c.document_id in question.passages for c in answer.citations)
    return Reply(holds_any(text, question.answers), answer.abstained, quoted, count_words(text), seconds)


def summary(
    found: ReadingSet,
    replies: Mapping[str, Reply],
    *,
    documents: int,
    index_seconds: float,
    fingerprints: Mapping[str, str],
) -> ReadingReport:
    given = {key: reply for key, reply in replies.items() if not reply.abstained}
    milliseconds = [1000 * reply.seconds for reply in replies.values()]
    return ReadingReport(
        name=found.name,
        documents=documents,
        questions=len(replies),
        whole=found.whole,
        holds=_mean(replies, lambda reply: reply.holds),
        holds_given=_mean(given, lambda reply: reply.holds) if given else None,
        abstained=_mean(replies, lambda reply: reply.abstained),
        quoted=_mean(replies, lambda reply: reply.quoted),
        ceiling=estimate({question.id: float(question.in_passage) for question in found.questions}),
        words=_mean(given, lambda reply: reply.words) if given else None,
        median_words=percentile([reply.words for reply in given.values()], 50) if given else None,
        p50_ms=percentile(milliseconds, 50),
        p95_ms=percentile(milliseconds, 95),
        index_seconds=index_seconds,
        fingerprints=dict(fingerprints),
    )


def _mean(replies: Mapping[str, Reply], of: Callable[[Reply], float]) -> Estimate:
    return estimate({key: float(of(reply)) for key, reply in replies.items()})


def page(record: Mapping[str, Any], reports: Sequence[ReadingReport]) -> str:
    """The report in Markdown."""
    made = f"Made {record['made'][:10]} by `{record['command']}` in {record['seconds'] / 60:.1f} minutes; "
    machine = "{cores} cores, {system}, Python {python}, load {load} at the start.".format(**record["machine"])
    lines = ["# Reading benchmark", "", made + machine, f"Seed {record['seed']}.", "", *_METHOD, ""]
    head = ["set", "passages", "questions", "gold in answer", "when answered", "abstained", "passage quoted", "ceiling"]
    lines += table([*head, "words, mean", "words, median", "p50 ms", "p95 ms"], map(_row, reports))
    lines += ["", *(f"- `{name}` was not measured: {fault}" for name, fault in record["faults"].items())]
    prints = sorted({(name, value) for report in reports for name, value in report.fingerprints.items()})
    same = [f"{name} `{value}`" for name, value in prints if [n for n, _ in prints].count(name) == 1]
    return "\n".join([*lines, f"- fingerprints: {', '.join(same) or NONE}"]) + "\n"


def _row(found: ReadingReport) -> list[str]:
    asked = f"{found.questions:,}" + (f" of {found.whole:,}" if found.questions < found.whole else "")
    shares = (found.holds, found.holds_given, found.abstained, found.quoted, found.ceiling)
    words = f"{found.words.value:.0f} [{found.words.low:.0f}, {found.words.high:.0f}]" if found.words else NONE
    median = f"{found.median_words:.0f}" if found.median_words is not None else NONE
    times = [f"{found.p50_ms:.0f}", f"{found.p95_ms:.0f}"]
    return [f"`{found.name}`", f"{found.documents:,}", asked, *map(interval, shares), words, median, *times]


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    began, record = time.perf_counter(), _record(options)
    reports = list[ReadingReport]()
    for name, outcome in _outcomes(options):
        if isinstance(outcome, ReadingReport):
            reports.append(outcome)
            _say(f"{name}: {interval(outcome.holds)}, p50 {outcome.p50_ms:.0f} ms")
        else:
            record["faults"][name] = outcome
            _say(f"{name}: {outcome}")
    record["seconds"] = round(time.perf_counter() - began, 1)
    try:
        _write(options.out, record | {"sets": [_rounded(asdict(report)) for report in reports]}, page(record, reports))
    except OSError as error:
        _say(f"Không ghi được báo cáo vào «{options.out}» ({error}). Hãy kiểm tra quyền ghi.")
        return 1
    return int(bool(record["faults"]))


def _record(options: argparse.Namespace) -> dict[str, Any]:
    """What was run, and on what."""
    machine: dict[str, Any] = {"cores": os.cpu_count(), "system": f"{platform.system()} {platform.machine()}"}
    machine |= {"python": platform.python_version(), "load": round(os.getloadavg()[0], 2)}
    made = datetime.now(UTC).isoformat(timespec="seconds")
    record: dict[str, Any] = {"made": made, "command": _command(options), "seed": options.seed}
    return record | {"sample": options.sample, "machine": machine, "faults": {}}


def _outcomes(options: argparse.Namespace) -> Iterator[tuple[str, ReadingReport | str]]:
    """Each set's report, or why there is none."""
    with tempfile.TemporaryDirectory(prefix="cancu-reading-") as folder:
        for name in options.sets:
            try:
                found = load_reading_set(options.shared / "benchmarks" / name, sample=options.sample, seed=options.seed)
                yield name, measure(found, Path(folder) / name)
            except CancuError as error:
                yield name, error.message


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m assistant.benchmark.reading", description="Đo trên bộ đọc hiểu.")
    parser.add_argument("--shared", type=Path, default=Path("../shared"), help="thư mục có benchmarks/")
    parser.add_argument("--sets", nargs="+", default=list(SETS), metavar="BỘ", help=f"mặc định: {' '.join(SETS)}")
    parser.add_argument("--sample", type=int, default=SAMPLE, help="số câu hỏi mỗi bộ, nhiều nhất")
    parser.add_argument("--seed", type=int, default=SEED, help="hạt giống ngẫu nhiên")
    parser.add_argument("--out", type=Path, default=REPORTS, help="thư mục sẽ chứa reading.json và reading.md")
    return parser


def _command(options: argparse.Namespace) -> str:
    """What to type for the same figures."""
    if (tuple(options.sets), options.sample, options.seed) == (SETS, SAMPLE, SEED):
        return "make bench-reading"
    told = f"--sets {' '.join(options.sets)} --sample {options.sample} --seed {options.seed}"
    return f"python -m assistant.benchmark.reading {told}"


def _rounded(value: Any) -> Any:
    if isinstance(value, float):
        return round(value, 4)
    return {key: _rounded(inner) for key, inner in value.items()} if isinstance(value, dict) else value


def _write(out: Path, record: Mapping[str, Any], markdown: str) -> None:
    out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(record, ensure_ascii=False, indent=1) + "\n"
    (out / "reading.json").write_text(text, encoding="utf-8")
    (out / "reading.md").write_text(markdown, encoding="utf-8")
    _say(f"Đã ghi {out / 'reading.json'} và {out / 'reading.md'}")


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
