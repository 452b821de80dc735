"""The model card of the encoder folder, in Vietnamese; knows how the weights were made, not how to make them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from importlib.metadata import version

from assistant.training import drawing
from assistant.training.encoder import Recipe
from assistant.training.measure import Line

_KINDS = {
    "phapdien": "đoạn văn của Pháp điển và văn bản pháp luật mới",
    "vlc_laws": "đoạn văn của 110 luật trọn vẹn",
    "phapluat_8chude": "đoạn văn của 410 văn bản pháp luật dạng PDF",
    "viwiki": "đoạn văn của Wikipedia tiếng Việt",
    "zalo2021": "câu hỏi pháp luật thật (phần huấn luyện của Zalo AI 2021) và điều luật trả lời",
    "vicov19qa": "câu hỏi sức khỏe thật và câu trả lời",
    "zalo2019": "câu hỏi thật và đoạn văn trả lời",
}

# Measured while the recipe was chosen, on runs of 434 steps without the held-out questions: eval/LOG.md.
_Point = tuple[int, int, float, float, float, float, float, float]
_CURVE_BM25 = 0.675
_CURVES: Sequence[_Point] = (
    (128, 32_000, 0.583, 0.562, 0.605, 0.684, 0.662, 0.704),
    (256, 32_000, 0.604, 0.582, 0.626, 0.685, 0.663, 0.707),
    (512, 32_000, 0.613, 0.592, 0.636, 0.685, 0.664, 0.707),
    (256, 24_000, 0.598, 0.577, 0.619, 0.688, 0.667, 0.709),
    (256, 16_000, 0.603, 0.583, 0.624, 0.687, 0.665, 0.708),
    (256, 8_000, 0.601, 0.579, 0.623, 0.688, 0.666, 0.709),
)

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

| thứ | số lượng |
|---|---|
{pairs}

Mỗi lô {batch} cặp được rút mới: {questions} là câu hỏi thật; còn lại là đoạn văn, được hỏi bằng tên điều
({by_heading}, trong đó {framed} có lời hỏi quanh tên) hoặc bằng một câu của chính nó (nửa số lần chỉ một mẩu câu), và
câu ấy bị rút khỏi đoạn văn. Mỗi câu hỏi pháp luật kéo theo {negatives} đoạn sai khó: đoạn luật mà BM25 của chương trình
tìm thấy cho câu ấy nhưng không thuộc điều luật đúng hay bản trùng của nó.

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

`EmbeddingBag` trung bình, khởi tạo ngẫu nhiên, multiple negatives ranking loss (hệ số {scale:g}), {steps} lô, không có
bản trùng trong một lô, Adam, tốc độ học {rate}, hạt giống {seed}. Trọng số lưu float16. Phiên bản: torch {torch},
sentence-transformers {sentence_transformers}, tokenizers {tokenizers}.

```
{command}
```

`ranks.tiktoken` là {ranks} mảnh byte (BPE) cho tiktoken, học trên cùng các văn bản ấy, chỉ để đếm token khi cắt đoạn.

## Số đo

Mỗi văn bản cắt thành đoạn khoảng 900 chữ cái dưới tên của nó, xếp theo đoạn khớp nhất; hợp nhất có trọng số
{dense_weight} cho bộ mã hóa; trong ngoặc vuông là khoảng tin cậy 95 % (bootstrap theo câu hỏi).

| bộ | cách tìm | số câu hỏi | nDCG@10 | R@10 |
|---|---|---|---|---|
{numbers}

### Số chiều và số mảnh từ

nDCG@10 trung bình của năm bộ: alqac2024, 179 câu hỏi huấn luyện của zalo2021 được giữ lại, vicov19qa, faq_congan và
uit_wiki_qa (2.300 câu hỏi), đo ngày 22-11-2026 với 434 lô, không học các câu được giữ lại; trong ngoặc vuông là khoảng
tin cậy 95 % (bootstrap theo câu hỏi trong từng bộ). BM25 một mình: {curve_bm25}.

| số chiều | số mảnh từ | bộ mã hóa | hợp nhất |
|---|---|---|---|
{curves}

## Giới hạn

Chỉ cộng các từ, không biết thứ tự từ hay phủ định; từ hiếm và tên riêng lạ chỉ còn là chữ cái; phần lớn dữ liệu
là văn bản pháp luật và bách khoa. Điểm giống nhau không phải là xác suất đúng.

Giấy phép của trọng số: Apache-2.0.
"""


def model_card(
    recipe: Recipe,
    *,
    kinds: Counter[str],
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
        "questions": _percent(drawing.QUESTIONS),
        "by_heading": _percent(drawing.BY_HEADING),
        "framed": _percent(drawing.FRAMED),
        "negatives": drawing.NEGATIVES,
        "numbers": "\n".join(map(_row, lines)) or "| chưa đo | | | | |",
        "curve_bm25": _decimal(_CURVE_BM25),
        "curves": "\n".join(map(_curve_row, _CURVES)),
        "pieces": _number(pieces),
        "ranks": _number(ranks),
        "command": command,
        "dense_weight": f"{dense_weight:g}".replace(".", ","),
        "rate": f"{recipe.learning_rate:g}".replace(".", ","),
    }
    return _CARD.format_map(values)


def _row(line: Line) -> str:
    interval = _interval(line.ndcg, line.low, line.high)
    return f"| {line.name} | {line.ranker} | {line.n} | {interval} | {_decimal(line.recall)} |"


def _curve_row(point: _Point) -> str:
    dimension, pieces, *values = point
    return f"| {dimension} | {_number(pieces)} | {_interval(*values[:3])} | {_interval(*values[3:])} |"


def _interval(mean: float, low: float, high: float) -> str:
    return f"{_decimal(mean)} [{_decimal(low)}–{_decimal(high)}]"


def _percent(share: float) -> str:
    return f"{share:.0%}".replace("%", " %")


def _number(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _decimal(value: float) -> str:
    return f"{value:.3f}".replace(".", ",")
