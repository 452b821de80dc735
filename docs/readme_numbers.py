"""Writes the README's numbers from the committed reports, so that none is typed by hand.

python docs/readme_numbers.py [--check]
"""

from __future__ import annotations

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
BASELINE = ROOT / "eval" / "reports" / "baseline.json"
SEARCH = ROOT / "eval" / "reports" / "search.json"
MEASURES = {
    "answer_accuracy": "answers complete and right, of the answerable",
    "answer_precision": "answers right, of those given",
    "list_completeness": "facts asked for that the answer holds",
    "evidence_recall": "pieces of evidence cited",
    "citation_exactness": "quotations that are copies",
    "citation_correctness": "quotations that are or hold the evidence",
    "abstention_precision": "abstentions that were right",
    "abstention_recall": "unanswerable questions abstained from",
    "Success@5": "evidence among the first five chunks",
    "nDCG@10": "ranking of chunks",
}


def numbers(baseline: dict) -> str:
    """The table between the markers of the answers' numbers."""
    parts = {part: baseline["scores"][part] for part in ("all", "split:test")}
    lines = [
        f"`cancu evaluate` over the shipped corpus: {baseline['n']} questions of our own, their gold written from the",
        "documents and checked by a second reader; 95 % bootstrap intervals; the test part is not tuned on:",
        "",
        "| measure | what | all | test part |",
        "|---|---|---|---|",
    ]
    for name, what in MEASURES.items():
        lines.append(f"| `{name}` | {what} | {cell(parts['all'][name])} | {cell(parts['split:test'][name])} |")
    lines += [
        "",
        "By kind, with settings and fingerprints: [eval/reports/baseline.md](eval/reports/baseline.md).",
        "What failed: [eval/LOG.md](eval/LOG.md).",
    ]
    return "\n".join(lines)


def cell(score: dict) -> str:
    return f"{score['value']:.2f} [{score['low']:.2f}, {score['high']:.2f}] n={score['n']}"


def search_numbers(report: dict) -> str:
    """The table between the markers of the search's numbers."""
    lines = [
        "`make bench` measures the search beside what one would pick instead, in the same run, on development sets of",
        "others (nDCG@10; ± is half of the 95 % bootstrap interval; *stripped*: typed without diacritics):",
        "",
        "| set | documents / queries | Căn Cứ | stripped | half stripped | best peer | best peer, stripped |",
        "|---|---|---|---|---|---|---|",
        *(search_row(found) for found in report["sets"]),
        "",
        "Every peer and measure, what each part adds, time, memory: [eval/reports/search.md](eval/reports/search.md).",
        "The encoder: its [model card](index/encoder/README.md).",
    ]
    return "\n".join(lines)


def search_row(found: dict) -> str:
    by_name = {line["name"]: line for line in found["lines"]}
    own = [ndcg(by_name["cancu"], form) for form in ("written", "stripped", "half")]
    best = {difference["form"]: by_name[difference["second"]] for difference in found["against_peers"]}
    peers = [f"{ndcg(best[form], form)} {best[form]['name']}" for form in ("written", "stripped")]
    counts = f"{found['documents']:,} / {found['queries']:,}"
    return f"| {' | '.join([found['name'], counts, *own, *peers])} |"


def ndcg(line: dict, form: str) -> str:
    score = line["scores"][form]["nDCG@10"]
    return f"{score['value']:.3f} ± {(score['high'] - score['low']) / 2:.3f}"


def renewed() -> str:
    text = README.read_text(encoding="utf-8")
    for name, file, table in (("numbers", BASELINE, numbers), ("search", SEARCH, search_numbers)):
        if file.exists():
            inner = table(json.loads(file.read_text(encoding="utf-8")))
            marked = re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
            text = marked.sub(lambda _, inner=inner: inner + "\n", text)
    return text


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(README.read_text(encoding="utf-8") != renewed())
    README.write_text(renewed(), encoding="utf-8")
