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
ORIGINALS = ROOT / "eval" / "reports" / "baseline-originals.json"
SEARCH = ROOT / "eval" / "reports" / "search.json"
READING = ROOT / "eval" / "reports" / "reading.json"
INGESTION = ROOT / "eval" / "reports" / "ingestion.json"
MEASURES = {
    "answer_accuracy": "answers complete and right, of the answerable",
    "answer_precision": "answers right, of those given",
    "list_completeness": "facts asked for that the answer holds",
    "evidence_recall": "pieces of evidence cited",
    "citation_exactness": "quotations that are copies",
    "citation_correctness": "quotations that are or hold the evidence",
    "abstention_precision": "abstentions that were right",
    "abstention_recall": "unanswerable questions abstained from",
    "false_answers": "unanswerable questions answered all the same",
    "false_refusals": "answerable questions abstained from",
    "stripped_accuracy": "`answer_accuracy` of the questions typed without diacritics",
    "stripped_difference": "the same less `answer_accuracy`, paired",
    "median_words": "words of an answer, median, lists apart",
    "median_words_list": "words of an answer that lists, median",
    "AURC": "area under risk and coverage of the answers given: lower sorts better",
    "Success@5": "evidence among the first five chunks",
    "nDCG@10": "ranking of chunks",
}


def numbers(baseline: dict) -> str:
    """The table between the markers of the answers' numbers."""
    lines = [
        f"`cancu evaluate` over the shipped corpus: {baseline['n']} questions of our own, their gold written from the",
        "documents and checked by a second reader; 95 % bootstrap intervals; the test part is not tuned on:",
        "",
        *answer_rows(baseline),
        "",
        "By kind, with settings and fingerprints: [eval/reports/baseline.md](eval/reports/baseline.md).",
        "What failed: [eval/LOG.md](eval/LOG.md).",
    ]
    return "\n".join(lines)


def originals_numbers(baseline: dict) -> str:
    """The same for the original documents, whose text is not in the repository."""
    lines = [
        f"The same over original documents as they were published: {baseline['n']} questions, their evidence kept as",
        "fingerprints of its letters; measured where the documents are (`make eval SHARED=DIR`):",
        "",
        *answer_rows(baseline),
        "",
        "By kind and difficulty: [eval/reports/baseline-originals.md](eval/reports/baseline-originals.md).",
    ]
    return "\n".join(lines)


def answer_rows(baseline: dict) -> list[str]:
    """One row a measure; those that the baseline has no value of are left out."""
    parts = [baseline["scores"][part] for part in ("all", "split:test") if part in baseline["scores"]]
    measured = [name for name in MEASURES if parts[0].get(name, {}).get("value") is not None]
    rows = [f"| `{name}` | {MEASURES[name]} | {' | '.join(cell(part[name]) for part in parts)} |" for name in measured]
    head = ["measure", "what", "all", "test part"][: 2 + len(parts)]
    return [f"| {' | '.join(head)} |", "|---" * len(head) + "|", *rows]


def cell(score: dict) -> str:
    if score["value"] is None:
        return "–"
    places = 2 if abs(score["high"]) < 10 else 0
    value, low, high = (f"{score[end]:.{places}f}" for end in ("value", "low", "high"))
    return f"{value} [{low}, {high}] n={score['n']}"


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


def reading_numbers(report: dict) -> str:
    """The table between the markers of the reading sets' numbers."""
    lines = [
        "`make bench-reading` asks questions of others over their own passages: whether the gold span stands in the",
        "answer's text, over all questions asked and over the answers given:",
        "",
        "| set | passages / questions | gold in answer | when answered | abstained | words, median | ms, median |",
        "|---|---|---|---|---|---|---|",
        *(reading_row(found) for found in report["sets"]),
        "",
        "How it is measured: [eval/reports/reading.md](eval/reports/reading.md).",
    ]
    return "\n".join(lines)


def reading_row(found: dict) -> str:
    shares = [share(found[name]) for name in ("holds", "holds_given", "abstained")]
    words = "–" if found["median_words"] is None else f"{found['median_words']:.0f}"
    counts, milliseconds = f"{found['documents']:,} / {found['questions']:,}", f"{found['p50_ms']:.0f}"
    return f"| {' | '.join([found['name'], counts, *shares, words, milliseconds])} |"


def ingestion_numbers(report: dict) -> str:
    """The table between the markers of the ingestion's numbers."""
    faster = {ratio["first"]: ratio for ratio in report["ratios"] if ratio["second"] == "langchain"}
    grown = report["growth"][-1]
    lines = [
        f"`make bench-ingestion` takes {report['files']} gazette PDFs ({report['pages']} pages) in, from files to an",
        "index on disk, beside LangChain's tutorial (PyPDFLoader, splitter, MiniLM, FAISS), on",
        f"{report['machine']['cores']} cores:",
        "",
        "| way | pages/s | times faster | MiB, peak |",
        "|---|---|---|---|",
        *(ingestion_row(way, faster.get(way["name"]), report["pages"]) for way in report["ways"]),
        "",
        f"{grown['collection']['files']:,} files ({grown['figures']['counts']['chunks']:,} chunks) take",
        f"{grown['figures']['together_mib']:,.0f} MiB at most: [eval/reports/ingestion.md](eval/reports/ingestion.md).",
    ]
    return "\n".join(lines)


def ingestion_row(way: dict, ratio: dict | None, pages: int) -> str:
    times = f"{ratio['faster']:.1f} ({ratio['low']:.1f}–{ratio['high']:.1f})" if ratio else "–"
    return f"| {way['label']} | {pages / way['seconds']:.1f} | {times} | {way['together_mib']:,.0f} |"


def share(found: dict | None) -> str:
    return f"{found['value']:.2f} [{found['low']:.2f}, {found['high']:.2f}]" if found else "–"


BLOCKS = (
    ("numbers", BASELINE, numbers),
    ("originals", ORIGINALS, originals_numbers),
    ("search", SEARCH, search_numbers),
    ("reading", READING, reading_numbers),
    ("ingestion", INGESTION, ingestion_numbers),
)


def renewed() -> str:
    text = README.read_text(encoding="utf-8")
    for name, file, table in BLOCKS:
        if file.exists():
            inner = table(json.loads(file.read_text(encoding="utf-8")))
            marked = re.compile(f"(?<=<!-- {name} -->\n).*?(?=<!-- /{name} -->)", re.DOTALL)
            text = marked.sub(lambda _, inner=inner: inner + "\n", text)
    return text


if __name__ == "__main__":
    if "--check" in sys.argv:
        sys.exit(README.read_text(encoding="utf-8") != renewed())
    README.write_text(renewed(), encoding="utf-8")
