"""The model card of the encoder folder, in Vietnamese; knows how the weights were made, not how to make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from assistant.training.encoder import Recipe
from assistant.training.measure import Line

_KINDS = {
    "heading": "tên điều luật hoặc tên bài → đoạn văn của nó",
    "sentence": "một câu (hoặc một mẩu của câu) → đoạn văn đã bỏ câu đó",
    "zalo2021": "câu hỏi pháp luật thật (phần huấn luyện của Zalo AI 2021) → điều luật",
    "vicov19qa": "câu hỏi sức khỏe thật → câu trả lời",
    "zalo2019": "câu hỏi thật → đoạn văn trả lời",
}

_CARD = """---
language: vi
license: apache-2.0
library_name: sentence-transformers
pipeline_tag: sentence-similarity
tags: [sentence-transformers, static-embedding, feature-extraction]
---

# Bộ mã hóa tĩnh của Căn Cứ

Biến câu hỏi và đoạn văn tiếng Việt thành véc-tơ {dimension} chiều để tìm đoạn văn trả lời. Mỗi véc-tơ là trung bình
các véc-tơ của {pieces} mảnh từ (âm tiết không dấu và từ hai âm tiết), chuẩn hóa về độ dài 1. Không cần GPU, không cần
mạng; chương trình đọc thẳng bằng numpy, không nạp torch. Bộ mã hóa bỏ dấu trước khi tính, nên câu gõ không dấu
có đúng véc-tơ của câu có dấu.

```python
from sentence_transformers import SentenceTransformer
model = SentenceTransformer("index/encoder")
```

Dùng cùng BM25, không dùng thay BM25: một mình nó tìm kém BM25 (xem số đo).

## Dữ liệu huấn luyện

| cặp | số lượng |
|---|---|
{pairs}

Câu hỏi thật được học {question_weight} lần so với cặp tự tạo.

| nguồn | giấy phép như đã thấy |
|---|---|
| Pháp điển và văn bản pháp luật mới (51.295 điều), 110 luật trọn vẹn, 410 văn bản dạng PDF | văn bản Nhà nước |
| Wikipedia tiếng Việt (7.567 bài, 2017) | CC BY-SA |
| Zalo AI 2021, phần huấn luyện | điều khoản cuộc thi |
| ViCoV19QA | dùng cho nghiên cứu |
| Zalo AI 2019 | không nêu |

Không dùng báo chí. Không câu hỏi nào của các bộ đánh giá có trong dữ liệu huấn luyện (so theo từng chữ cái; chương
trình dừng nếu có); phần kiểm tra của Zalo AI 2021 không được học. Điều luật của `zalo2021` và một phần luật của
`alqac` thì có trong dữ liệu, như mọi văn bản mà bộ tìm kiếm được đọc trước.

## Cách làm

`EmbeddingBag` trung bình, khởi tạo ngẫu nhiên, multiple negatives ranking loss (hệ số {scale:g}), lô {batch} cặp xáo
theo khối {block} cặp liền nhau, không có bản trùng trong một lô, Adam, tốc độ học {rate}, {epochs} lượt,
hạt giống {seed}. Trọng số lưu float16. Phiên bản: torch {torch}, sentence-transformers {sentence_transformers},
tokenizers {tokenizers}.

```
{command}
```

`ranks.tiktoken` là {ranks} mảnh byte (BPE) cho tiktoken, học trên cùng các văn bản ấy, chỉ để đếm token khi cắt đoạn.

## Số đo

Mỗi văn bản là một mục; hợp nhất có trọng số {dense_weight} cho bộ mã hóa, BM25 trên âm tiết và cặp âm tiết không dấu.

| bộ | cách tìm | số câu hỏi | nDCG@10 | R@10 |
|---|---|---|---|---|
{numbers}

## Giới hạn

Chỉ cộng các từ, không biết thứ tự từ hay phủ định; từ hiếm và tên riêng lạ chỉ còn là chữ cái; phần lớn dữ liệu
là văn bản pháp luật và bách khoa. Điểm giống nhau không phải là xác suất đúng.

Giấy phép của trọng số: Apache-2.0.
"""


def model_card(
    recipe: Recipe,
    *,
    kinds: Counter[str],
    question_weight: int,
    pieces: int,
    ranks: int,
    command: str,
    lines: Sequence[Line],
    dense_weight: float,
) -> str:
    """The README.md of the folder."""
    values: Mapping[str, object] = {
        **{name: getattr(recipe, name) for name in recipe.__slots__},
        **{name.replace("-", "_"): version(name) for name in ("torch", "sentence-transformers", "tokenizers")},
        "pairs": "\n".join(f"| {text} | {_number(kinds[kind])} |" for kind, text in _KINDS.items() if kinds[kind]),
        "numbers": "\n".join(map(_row, lines)) or "| chưa đo | | | | |",
        "question_weight": question_weight,
        "pieces": _number(pieces),
        "ranks": _number(ranks),
        "command": command,
        "dense_weight": f"{dense_weight:g}".replace(".", ","),
        "rate": f"{recipe.learning_rate:g}".replace(".", ","),
    }
    return _CARD.format_map(values)


def _row(line: Line) -> str:
    return f"| {line.name} | {line.ranker} | {line.n} | {_decimal(line.ndcg)} | {_decimal(line.recall)} |"


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _decimal(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")
