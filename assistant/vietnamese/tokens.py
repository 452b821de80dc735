"""Tokens counted by tiktoken with our own ranks (no network, no named encoding); knows no chunk and no model."""

from __future__ import annotations

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
    from tiktoken.load import load_tiktoken_bpe

    try:
        merges = load_tiktoken_bpe(str(ranks))
        return tiktoken.Encoding("cancu-vi", pat_str=PATTERN, mergeable_ranks=merges, special_tokens={})
    except (OSError, ValueError) as error:
        raise EncoderError(
            f"Không đọc được tệp thứ hạng token «{ranks.name}» ({error}). Hãy chạy: cancu init hoặc lấy lại thư mục index/encoder."
        ) from error


def count_tokens(encoding: tiktoken.Encoding, text: str) -> int:
    return len(encoding.encode_ordinary(text))
