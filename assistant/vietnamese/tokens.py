"""Tokens counted by tiktoken with our own ranks (no network, no named encoding); knows no chunk and no model."""

from __future__ import annotations

import base64
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.errors import EncoderError

if TYPE_CHECKING:
    import tiktoken

PATTERN = (
    r"""'(?i:[sdmt]|ll|ve|re)|[^\r\n\p{L}\p{N}]?\p{L}[\p{L}\p{M}]*|\p{N}{1,3}"""
    r"""| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"""
)


@lru_cache(maxsize=4)
def load_encoding(ranks: Path) -> tiktoken.Encoding:
    """The encoding of a `.tiktoken` ranks file. Raises EncoderError where the file is missing or unusable."""
    import tiktoken

    # Not tiktoken's own loader: it keeps a copy in the temporary folder by path alone, and reads that ever after.
    try:
        lines = [line.split() for line in ranks.read_bytes().splitlines()]
        merges = {base64.b64decode(piece): int(rank) for piece, rank in lines}
        return tiktoken.Encoding("cancu-vi", pat_str=PATTERN, mergeable_ranks=merges, special_tokens={})
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"Không đọc được tệp thứ hạng token «{ranks.name}» ({error}). "
            "Hãy chép lại thư mục index/encoder từ một thư mục làm việc mới: cancu init DIR"
        ) from error


def count_tokens(encoding: tiktoken.Encoding, text: str) -> int:
    return len(encoding.encode_ordinary(text))
