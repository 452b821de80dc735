"""Parses MIME files (mails, saved pages) in time that grows with their length; knows no mail and no page."""

from __future__ import annotations

import re
from email import message_from_bytes
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import EmailPolicy
from pathlib import Path
from typing import Any

from assistant.errors import ReadError

# What the standard library raises for messages that are none.
BROKEN = (MessageError, LookupError, ValueError, RecursionError, AttributeError, TypeError)
# The standard library takes the square of a head line's length to read it, for each part and again.
_LONGEST_LINE = 4_000
_MOST_PARTS = 1_000
_PART = re.compile(rb"^content-type:", re.IGNORECASE | re.MULTILINE)


class _Policy(EmailPolicy):
    def header_fetch_parse(self, name: str, value: str) -> Any:
        return super().header_fetch_parse(name, value[:_LONGEST_LINE])


def parsed(path: Path) -> EmailMessage:
    """The message. Raises ReadError where it has too many parts or none can be told."""
    data = path.read_bytes()
    if sum(1 for _ in _PART.finditer(data)) > _MOST_PARTS:
        raise ReadError("too_many_members", f"Thư có hơn {_MOST_PARTS} phần. Hãy lưu riêng các tệp đính kèm.")
    try:
        message = message_from_bytes(data, policy=_Policy())
    except BROKEN as error:
        raise damaged() from error
    if not isinstance(message, EmailMessage):
        raise ReadError("damaged", "Tệp không phải thư. Hãy lưu lại thư dưới dạng .eml.")
    return message


def damaged() -> ReadError:
    return ReadError("damaged", "Thư hoặc trang đã lưu bị hỏng. Hãy lưu lại từ chương trình gốc.")
