"""The address of an LLM server and an HTTP client that bounds what it sends; knows nothing of prompts and replies."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Protocol
from urllib.parse import urlsplit

from assistant.errors import SettingsError

if TYPE_CHECKING:
    from openai import DefaultHttpxClient


class ReplyTooLong(Exception):
    """The server sends more, or for longer, than it may."""


class _Response(Protocol):
    iter_bytes: Callable[..., Iterator[bytes]]


def check_server(base_url: str, model: str) -> None:
    """Raises SettingsError for an address that can't be used, and where no model is named."""
    if not _is_plain_address(base_url):
        raise SettingsError(
            f"llm_base_url «{base_url.rpartition('@')[2]}» không dùng được: cần địa chỉ http:// hoặc https:// "
            "không kèm mật khẩu, ví dụ http://127.0.0.1:8000/v1. Khóa thì đặt ở CANCU_LLM_API_KEY."
        )
    if not model:
        raise SettingsError(
            "Có llm_base_url mà thiếu llm_model. Hãy đặt CANCU_LLM_MODEL bằng tên mô hình trên máy chủ."
        )


def bounded_client(*, most_bytes: int, seconds: float) -> DefaultHttpxClient:
    """OpenAI's usual client, of which reading a longer or slower reply raises ReplyTooLong.

    A read's own timeout says nothing of a reply that drips, and what counts letters never sees a line without an end.
    Bytes count as they are unpacked; everything that reads a response goes through `iter_bytes`.
    """
    from openai import DefaultHttpxClient

    def bound(response: _Response) -> None:
        whole, ends = response.iter_bytes, monotonic() + seconds

        def iter_bytes(chunk_size: int | None = None) -> Iterator[bytes]:
            left = most_bytes
            for piece in whole(chunk_size):
                left -= len(piece)
                if left < 0 or monotonic() > ends:
                    raise ReplyTooLong
                yield piece

        response.iter_bytes = iter_bytes

    return DefaultHttpxClient(event_hooks={"response": [bound]})


def _is_plain_address(base_url: str) -> bool:
    try:
        url = urlsplit(base_url)
        return url.scheme in ("http", "https") and bool(url.hostname) and "@" not in url.netloc and url.port != 0
    except ValueError:
        return False
