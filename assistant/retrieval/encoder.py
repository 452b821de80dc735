"""Texts to unit vectors: our static encoder read with numpy, or any sentence-transformers model; knows no index."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_DTYPES = {"F16": "<f2", "F32": "<f4"}
_TENSORS = ("embedding.weight", "embeddings")
_BATCH = 1024


class Encoder(Protocol):
    """What the index needs of an encoder; `fingerprint` changes whenever its vectors may."""

    @property
    def dimension(self) -> int: ...

    @property
    def fingerprint(self) -> str: ...

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Unit rows, shape (len(texts), dimension); a text that the encoder knows nothing of has a zero row."""
        ...


class StaticEncoder:
    """The mean of piece vectors, from a sentence-transformers folder whose first module is a StaticEmbedding.

    The weights stay on disk (memory-mapped) and torch is never imported. Raises EncoderError, naming the file,
    where the folder can't be used.
    """

    def __init__(self, folder: Path) -> None:
        modules = _modules(folder)
        if not _is_static(modules):
            raise _unusable(folder / "modules.json", "phần đầu không phải là StaticEmbedding")
        inner = folder / modules[0]["path"]
        self._files = (inner / "model.safetensors", inner / "tokenizer.json")
        self._weights = _read_weights(self._files[0])
        self._tokenizer = _read_tokenizer(self._files[1], pieces=len(self._weights))

    @property
    def dimension(self) -> int:
        return int(self._weights.shape[1])

    @cached_property
    def fingerprint(self) -> str:
        return _fingerprint(self._files)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        rows = np.zeros((len(texts), self.dimension), np.float32)
        for start in range(0, len(texts), _BATCH):
            batch = list(texts[start : start + _BATCH])
            for place, encoding in enumerate(self._tokenizer.encode_batch_fast(batch, add_special_tokens=False), start):
                if encoding.ids:
                    rows[place] = self._weights[encoding.ids].astype(np.float32).mean(axis=0)
        return _unit(rows)


class SentenceTransformerEncoder:
    """Any model that `SentenceTransformer(name)` takes from this machine: a folder, or a name in the local cache.

    Nothing is downloaded. Raises EncoderError where the model can't be loaded.
    """

    def __init__(self, name: str) -> None:
        try:
            from sentence_transformers import SentenceTransformer

            self._folder = local_model(name)
            self._model: Any = SentenceTransformer(str(self._folder), local_files_only=True)
        except Exception as error:  # the library raises whatever its many loaders raise
            raise _unavailable(name, error) from error

    @cached_property
    def dimension(self) -> int:
        return int(self._model.get_embedding_dimension() or self._model.encode(["a"]).shape[1])

    @cached_property
    def fingerprint(self) -> str:
        return model_fingerprint(self._folder)

    def encode(self, texts: Sequence[str]) -> NDArray[np.float32]:
        if not texts:
            return np.zeros((0, self.dimension), np.float32)
        rows = self._model.encode(list(texts), convert_to_numpy=True, show_progress_bar=False)
        return _unit(np.asarray(rows, np.float32))


def load_encoder(folder: Path) -> Encoder:
    """The encoder of a folder: read by ourselves where it is static, else through sentence-transformers."""
    if not folder.is_dir() or ((folder / "config.json").exists() and not (folder / "modules.json").exists()):
        return SentenceTransformerEncoder(str(folder))
    return StaticEncoder(folder) if _is_static(_modules(folder)) else SentenceTransformerEncoder(str(folder))


def _is_static(modules: Sequence[dict[str, Any]]) -> bool:
    kinds = [str(module["type"]).rpartition(".")[2] for module in modules]
    return kinds[:1] == ["StaticEmbedding"] and set(kinds[1:]) <= {"Normalize"}


def _modules(folder: Path) -> list[dict[str, Any]]:
    file = folder / "modules.json"
    try:
        modules = json.loads(file.read_text(encoding="utf-8"))
        return [{"type": module["type"], "path": module["path"]} for module in modules]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise _unusable(file, str(error)) from error


def _read_weights(file: Path) -> NDArray[Any]:
    """The one table of a safetensors file: 8 bytes of header length, a JSON header, then the numbers."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            header = json.loads(stream.read(min(length, 1 << 20)))
        tensor = next(header[name] for name in _TENSORS if name in header)
        rows, columns = tensor["shape"]
        dtype = _DTYPES[tensor["dtype"]]
        offset = 8 + length + tensor["data_offsets"][0]
        return np.memmap(file, dtype=dtype, mode="r", offset=offset, shape=(rows, columns))
    except (OSError, ValueError, TypeError, KeyError, StopIteration) as error:
        raise _unusable(file, f"{type(error).__name__}: {error}") from error


def _read_tokenizer(file: Path, *, pieces: int) -> Tokenizer:
    from tokenizers import Tokenizer

    try:
        tokenizer = Tokenizer.from_str(file.read_text(encoding="utf-8"))
    except Exception as error:  # tokenizers raises bare Exception
        raise _unusable(file, str(error)) from error
    if tokenizer.get_vocab_size() > pieces:
        raise _unusable(file, f"có {tokenizer.get_vocab_size()} mảnh từ nhưng tệp trọng số chỉ có {pieces} hàng")
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def local_model(name: str) -> Path:
    """The folder of a model by folder or by name in the local cache; nothing is downloaded.

    Raises what huggingface_hub raises where there is none, for the caller to tell in its own words.
    """
    if Path(name).is_dir():
        return Path(name)
    from huggingface_hub import snapshot_download

    return Path(snapshot_download(name, local_files_only=True))


def model_fingerprint(folder: Path) -> str:
    """Of everything that a model's scores depend on."""
    return _fingerprint(_model_files(folder))


def _model_files(folder: Path) -> list[Path]:
    """What a model's vectors depend on: weights, tokenizer and configuration; exports to other formats aside."""
    files = [path for path in folder.rglob("*") if path.is_file() and not {"onnx", "openvino"} & set(path.parts)]
    weights = {path.suffix for path in files} & {".safetensors"} or {".bin"}
    return sorted(path for path in files if path.suffix in {".json", ".model", ".txt"} | weights)


def _fingerprint(files: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for file in files:
        with file.open("rb") as stream:
            digest.update(hashlib.file_digest(stream, "sha256").digest())
    return digest.hexdigest()[:16]


def _unit(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    unit: NDArray[np.float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0)
    return unit


def _unusable(file: Path, why: str) -> EncoderError:
    state = "không dùng được" if file.exists() else "không có"
    return EncoderError(
        f"Bộ mã hóa ở «{file.parent}»: tệp «{file.name}» {state} ({why}). "
        "Hãy lấy lại thư mục index/encoder, hoặc chạy: cancu init THƯ_MỤC_MỚI"
    )


def _unavailable(name: str, error: Exception) -> EncoderError:
    reason = str(error).strip().partition("\n")[0]
    return EncoderError(
        f"Không nạp được bộ mã hóa «{name}» trên máy này ({reason}). Cần một thư mục mô hình sentence-transformers "
        f"hoặc tên mô hình đã tải về. Hãy tải trước: hf download {name}, "
        "hoặc bỏ thiết lập encoder để dùng bộ mã hóa có sẵn."
    )
