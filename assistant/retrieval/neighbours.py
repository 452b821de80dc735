"""Words near in meaning, «tiền» and «kinh phí», read from the encoder's folder; knows no index and no ranking.

`neighbours.npz` holds folded phrases and, for each, the phrases that stand in the same surroundings. It is made by
`python -m assistant.training.neighbours`; reading it takes numpy alone and a few milliseconds.
"""

from __future__ import annotations

import hashlib
import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from assistant.errors import EncoderError

FILE = "neighbours.npz"
FORMAT = 1
Phrase = tuple[str, ...]
# Bytes of the file, and of its arrays unpacked.
_LARGEST = 16 * 2**20
# Similarities are stored in steps of 1/255.
_ONE = 255
_BROKEN = (zipfile.BadZipFile, zlib.error)


@dataclass(frozen=True, slots=True)
class Neighbours:
    """`n` phrases in a row; those near phrase i are `others[first[i]:first[i + 1]]`, the nearest first."""

    phrases: tuple[str, ...]  # folded terms between single blanks
    rows: Mapping[str, int]  # the place of each phrase
    first: NDArray[np.uint32]  # (n + 1,)
    others: NDArray[np.uint16]
    similarity: NDArray[np.uint8]
    longest: int  # terms of the longest phrase
    fingerprint: str

    @classmethod
    def load(cls, folder: Path) -> Neighbours | None:
        """The table beside an encoder, or None where there is none. Raises EncoderError for a damaged one."""
        file = folder / FILE
        if not file.exists():
            return None
        try:
            if file.stat().st_size > _LARGEST:
                raise ValueError(f"{file.stat().st_size} byte")
            raw = file.read_bytes()
            return cls(**_checked(_arrays(raw)), fingerprint=hashlib.sha256(raw).hexdigest()[:16])
        except (OSError, ValueError, LookupError, EOFError, MemoryError, RuntimeError, *_BROKEN) as error:
            raise _unusable(error) from error

    def near(self, phrase: Phrase) -> tuple[tuple[Phrase, float], ...]:
        """Phrases near to one of folded terms with their similarities (0..1), best first; none for an unknown one."""
        row = self.rows.get(" ".join(phrase))
        if row is None:
            return ()
        part = slice(self.first[row], self.first[row + 1])
        found = zip(self.others[part].tolist(), self.similarity[part].tolist(), strict=True)
        return tuple((tuple(self.phrases[place].split(" ")), step / _ONE) for place, step in found)


def save_neighbours(folder: Path, table: Mapping[Phrase, Sequence[tuple[Phrase, float]]]) -> None:
    """Writes the table as `Neighbours.load` reads it: every phrase named in it must be one of its own."""
    phrases = [" ".join(phrase) for phrase in table]
    rows = {phrase: place for place, phrase in enumerate(phrases)}
    found = [pair for near in table.values() for pair in near]
    arrays: dict[str, NDArray[Any]] = {
        "format": np.asarray([FORMAT], np.uint8),
        "phrases": np.frombuffer("\n".join(phrases).encode("ascii"), np.uint8),
        "first": np.cumsum([0, *map(len, table.values())], dtype=np.uint32),
        "others": np.asarray([rows[" ".join(phrase)] for phrase, _ in found], np.uint16),
        "similarity": np.asarray([round(_ONE * similarity) for _, similarity in found], np.uint8),
    }
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(folder / FILE, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, array in arrays.items():  # a fixed date in each entry: the same table gives the same bytes
            stream = io.BytesIO()
            np.lib.format.write_array(stream, array, allow_pickle=False)
            entry = zipfile.ZipInfo(f"{name}.npy")
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, stream.getvalue())


def _arrays(raw: bytes) -> dict[str, NDArray[Any]]:
    """The arrays of the file, each checked against its sum by the reader of the archive."""
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > _LARGEST:
        raise ValueError(f"{unpacked} byte")
    with np.load(io.BytesIO(raw), allow_pickle=False) as arrays:
        return {name: arrays[name] for name in ("format", "phrases", "first", "others", "similarity")}


def _checked(arrays: Mapping[str, NDArray[Any]]) -> dict[str, Any]:
    if arrays["format"].tolist() != [FORMAT]:
        raise ValueError(f"format {arrays['format'].tolist()}")
    text = _text(arrays["phrases"])
    phrases = text.split("\n") if text else []
    rows = {phrase: place for place, phrase in enumerate(phrases)}
    if len(rows) < len(phrases) or any(not all(phrase.split(" ")) for phrase in phrases):
        raise ValueError("phrases")
    first, others, similarity = (
        _line(arrays, name, kind) for name, kind in (("first", "u4"), ("others", "u2"), ("similarity", "u1"))
    )
    ends = first.astype(np.int64)
    if len(ends) != len(phrases) + 1 or ends[0] != 0 or ends[-1] != len(others) or (np.diff(ends) < 0).any():
        raise ValueError("first")
    if len(similarity) != len(others) or (others >= len(phrases)).any():
        raise ValueError("others")
    longest = max((phrase.count(" ") + 1 for phrase in phrases), default=0)
    found = {"phrases": tuple(phrases), "rows": rows, "longest": longest}
    return found | {"first": first, "others": others, "similarity": similarity}


def _text(array: NDArray[Any]) -> str:
    if array.dtype != np.uint8 or array.ndim != 1:
        raise ValueError("phrases")
    return array.tobytes().decode("ascii")


def _line(arrays: Mapping[str, NDArray[Any]], name: str, kind: str) -> NDArray[Any]:
    array = arrays[name]
    if array.ndim != 1 or array.dtype.str.lstrip("<|") != kind:
        raise ValueError(f"{name} {array.dtype.str} {array.shape}")
    return array


def _unusable(why: object) -> EncoderError:
    return EncoderError(
        f"Tệp từ gần nghĩa «{FILE}» không dùng được ({why}). Hãy lấy lại thư mục index/encoder, "
        "hoặc xóa tệp này để tìm theo đúng từ của câu hỏi."
    )
