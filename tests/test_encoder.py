"""The encoder: the same vectors as sentence-transformers without its weight, and errors that name the file."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import EncoderError
from assistant.retrieval.encoder import SentenceTransformerEncoder, StaticEncoder, load_encoder

ROOT = Path(__file__).resolve().parents[1]
OURS = ROOT / "index" / "encoder"
SENTENCES = [
    "Trường hợp nào được tạm hoãn gọi nhập ngũ trong thời bình?",
    "Khu công nghệ thông tin tập trung có diện tích 15,47 ha, tại phường Bình Dương.",
    "Nghị quyết số 57-NQ/TW\nvề đột phá phát triển khoa học, công nghệ — đổi mới sáng tạo",
    "truong hop nao duoc tam hoan goi nhap ngu",
    "Đắk Lắk; smartphone ChatGPT 2025! 中文",
]


@pytest.fixture(scope="module")
def ours() -> StaticEncoder:
    return StaticEncoder(OURS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A static encoder of two pieces: `xã` is (3, 4), `huyện` is (0, 2), anything else unknown."""
    return _static(tmp_path / "static", [[0.0, 0.0], [3.0, 4.0], [0.0, 2.0]])


def _static(folder: Path, weights: list[list[float]]) -> Path:
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder.mkdir()
    tokenizer = Tokenizer(models.WordLevel({"<unk>": 0, "xã": 1, "huyện": 2}, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    save_file({"embedding.weight": np.array(weights, np.float16)}, folder / "model.safetensors")
    kind = "sentence_transformers.sentence_transformer.modules.static_embedding.StaticEmbedding"
    (folder / "modules.json").write_text(json.dumps([{"idx": 0, "name": "0", "path": "", "type": kind}]))
    return folder


def test_vectors_are_those_of_sentence_transformers(ours: StaticEncoder) -> None:
    from sentence_transformers import SentenceTransformer

    theirs = SentenceTransformer(str(OURS), device="cpu", local_files_only=True).float().encode(SENTENCES)
    cosines = (theirs / np.linalg.norm(theirs, axis=1, keepdims=True) * ours.encode(SENTENCES)).sum(axis=1)
    assert cosines.min() >= 0.9999


def test_rows_have_length_one_and_the_dimension_that_is_told(ours: StaticEncoder) -> None:
    rows = ours.encode(SENTENCES)
    assert rows.dtype == np.float32
    assert rows.shape == (len(SENTENCES), ours.dimension)
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(len(SENTENCES)), abs=1e-5)


def test_a_question_without_marks_has_the_vector_of_the_accented_one(ours: StaticEncoder) -> None:
    accented, bare = ours.encode(["Đăng ký thường trú cần giấy tờ gì?", "dang ky thuong tru can giay to gi?"])
    assert float(accented @ bare) == pytest.approx(1.0, abs=1e-5)


def test_a_paraphrase_is_nearer_than_another_subject(ours: StaticEncoder) -> None:
    question, same, other = ours.encode(
        [
            "Lương tối thiểu của người làm công là bao nhiêu?",
            "Mức lương tối thiểu vùng áp dụng đối với người lao động làm việc theo hợp đồng lao động",
            "Điều kiện cấp giấy phép khai thác khoáng sản và thăm dò nước dưới đất",
        ]
    )
    assert float(question @ same) > float(question @ other) + 0.2


def test_texts_that_hold_no_letter_have_a_zero_row(ours: StaticEncoder) -> None:
    assert not ours.encode(["", " \n", "?!… —"]).any()


def test_a_row_is_the_mean_of_its_pieces_at_length_one(folder: Path) -> None:
    rows = StaticEncoder(folder).encode(["xã", "xã huyện", "tỉnh", ""])
    mean = np.array([3 / 2, (4 + 2) / 2])
    assert rows[0] == pytest.approx([3 / 5, 4 / 5])
    assert rows[1] == pytest.approx(mean / np.sqrt((mean**2).sum()))
    assert rows[2:].tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_more_texts_than_one_batch_keep_their_order(folder: Path) -> None:
    rows = StaticEncoder(folder).encode(["xã", "huyện"] * 1500)
    assert rows.shape == (3000, 2)
    assert rows[2998:] == pytest.approx(np.array([[3 / 5, 4 / 5], [0.0, 1.0]]))


def test_no_text_gives_no_row(folder: Path) -> None:
    assert StaticEncoder(folder).encode([]).shape == (0, 2)


def test_the_static_encoder_never_imports_torch() -> None:
    program = (
        "import sys; from pathlib import Path; from assistant.retrieval.encoder import load_encoder;"
        f"load_encoder(Path({str(OURS)!r})).encode(['xã']);"
        "print(sorted({'torch', 'sentence_transformers', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_the_fingerprint_changes_with_one_weight(folder: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(folder, tmp_path / "copy"))
    other = _static(tmp_path / "other", [[0.0, 0.0], [3.0, 4.0], [0.0, 2.5]])
    fingerprints = [StaticEncoder(f).fingerprint for f in (folder, copy, other)]
    assert fingerprints[0] == fingerprints[1] != fingerprints[2]
    assert all(len(f) == 16 and int(f, 16) >= 0 for f in fingerprints)


@pytest.mark.parametrize("name", ["modules.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "garbage"])
def test_a_damaged_file_is_named_in_the_error(folder: Path, name: str, damage: str) -> None:
    file = folder / name
    content = file.read_bytes()
    if damage == "missing":
        file.unlink()
    else:
        file.write_bytes({"empty": b"", "cut": content[:-3], "garbage": b"\xff" * 64}[damage])
    with pytest.raises(EncoderError, match=name.replace(".", r"\.")):
        load_encoder(folder)


def test_weights_with_fewer_rows_than_the_tokenizer_has_pieces_are_refused(tmp_path: Path) -> None:
    with pytest.raises(EncoderError, match="có 3 mảnh từ nhưng tệp trọng số chỉ có 2 hàng"):
        load_encoder(_static(tmp_path / "short", [[0.0, 0.0], [3.0, 4.0]]))


def test_our_own_folder_is_read_without_sentence_transformers(folder: Path) -> None:
    assert isinstance(load_encoder(OURS), StaticEncoder)
    assert isinstance(load_encoder(folder), StaticEncoder)


def test_any_sentence_transformers_model_plugs_in(tmp_path: Path) -> None:
    name = _tiny_transformer(tmp_path)
    encoder = load_encoder(name)
    rows = encoder.encode(["xã", "huyện xã", "xã"])
    assert isinstance(encoder, SentenceTransformerEncoder)
    assert rows.shape == (3, 8) == (3, encoder.dimension)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1) == pytest.approx(np.ones(3), abs=1e-5)
    assert rows[0] == pytest.approx(rows[2], abs=1e-5)
    assert float(rows[0] @ rows[1]) < 0.9999
    assert encoder.encode([]).shape == (0, 8)
    assert encoder.fingerprint == SentenceTransformerEncoder(str(name)).fingerprint


def _tiny_transformer(folder: Path) -> Path:
    """A BERT of one layer and eight dimensions with random weights, saved as sentence-transformers saves it."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling, Transformer
    from transformers import BertConfig, BertModel, BertTokenizerFast

    bert, vocabulary = folder / "bert", ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "xã", "huyện"]
    bert.mkdir()
    (bert / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(vocab=str(bert / "vocab.txt"), do_lower_case=False).save_pretrained(bert)
    torch.manual_seed(13)
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=32, **size)).save_pretrained(bert)
    transformer = Transformer(str(bert))
    model = SentenceTransformer(modules=[transformer, Pooling(8)], device="cpu")
    model.save_pretrained(str(folder / "model"))
    return folder / "model"


@pytest.mark.parametrize("name", ["khong-co/mo-hinh-nay", "không có thư mục này"])
def test_a_model_that_is_not_on_this_machine_says_what_to_do(name: str) -> None:
    with pytest.raises(EncoderError, match="hf download") as caught:
        load_encoder(Path(name))
    assert name in caught.value.message


def test_the_published_folder_stays_small_and_readable() -> None:
    files = [path for path in OURS.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < 20_000_000
    assert all(path.stat().st_mode & 0o044 == 0o044 for path in files)
    assert (OURS / "ranks.tiktoken").stat().st_size <= 400_000
