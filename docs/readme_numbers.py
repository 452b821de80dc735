"""Writes the README's numbers from the committed baseline, so that none is typed by hand.

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
MARKED = re.compile(r"<!-- numbers -->.*?<!-- /numbers -->", re.DOTALL)
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
    """The table between the markers, markers included."""
    parts = {part: baseline["scores"][part] for part in ("all", "split:test")}
    lines = [
        "<!-- numbers -->",
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
        "Search on other people's development sets: the [encoder's model card](index/encoder/README.md).",
        "What failed: [eval/LOG.md](eval/LOG.md).",
        "<!-- /numbers -->",
    ]
    return "\n".join(lines)


def cell(score: dict) -> str:
    return f"{score['value']:.2f} [{score['low']:.2f}, {score['high']:.2f}] n={score['n']}"


def renewed() -> str:
    table = numbers(json.loads(BASELINE.read_text(encoding="utf-8")))
    return MARKED.sub(lambda _: table, README.read_text(encoding="utf-8"))


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(README.read_text(encoding="utf-8") != renewed())
    README.write_text(renewed(), encoding="utf-8")
