"""A tiny made-up set, seeded, for trying the benchmark in seconds; its law, its places and its people do not exist."""

from __future__ import annotations

import itertools
import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

_PLACES = ("xã Suối Tre", "phường Bến Đò", "huyện Đồng Sậy", "thị trấn Gò Bưởi", "xã Khe Mận", "phường Cầu Ván")
_OFFICES = ("Tổ tiếp nhận hồ sơ", "Ban quản lý chợ", "Trạm khuyến nông", "Đội cấp nước", "Quầy hỏi đáp số")
_WORK = (
    ("cấp lại sổ tưới tiêu", "bị mất sổ tưới tiêu thì làm lại ở đâu"),
    ("đăng ký sạp rau lưu động", "muốn bán rau trên xe đẩy thì đăng ký thế nào"),
    ("mượn máy gặt dùng chung", "hỏi mượn máy gặt của cộng đồng"),
    ("thẩm tra bản vẽ giếng khoan", "ai xem xét bản vẽ giếng khoan"),
)
_DAYS = ("thứ Hai", "thứ Ba", "thứ Tư", "thứ Năm", "thứ Sáu")


def write_made_up_set(folder: Path, seed: int) -> Path:
    """A BEIR-style folder of 120 documents and 24 queries."""
    rng = random.Random(seed)  # noqa: S311 - no secret
    cases = [(p, o, w, q) for p, o, (w, q) in itertools.product(_PLACES, _OFFICES, _WORK)]
    documents = [_document(number, case, rng) for number, case in enumerate(cases)]
    asked = rng.sample(range(len(cases)), 24)
    folder.mkdir(parents=True, exist_ok=True)
    _write(folder / "corpus.jsonl", documents)
    _write(folder / "queries.jsonl", [{"id": f"q{n}", "text": _query(cases[n])} for n in asked])
    lines = ["query-id\tcorpus-id\tscore", *(f"q{n}\td{n}\t1" for n in asked)]
    (folder / "qrels.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder


def _document(number: int, case: tuple[str, str, str, str], rng: random.Random) -> dict[str, str]:
    place, office, work, _ = case
    text = (
        f"{office} của {place} nhận yêu cầu {work} vào {rng.choice(_DAYS)} hằng tuần. "
        f"Người dân nộp {rng.randint(1, 4)} bản chụp giấy tờ và chờ {rng.randint(2, 20)} ngày làm việc."
    )
    return {"id": f"d{number}", "title": f"{office} {place}: {work}", "text": text}


def _query(case: tuple[str, str, str, str]) -> str:
    place, office, _, question = case
    return f"Ở {place}, {question}, có phải {office} không?"


def _write(file: Path, rows: Sequence[dict[str, Any]]) -> None:
    file.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
