"""Reads mails (EML): the lines of their head, their text, and attachments as documents of their own; sends nothing."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from email.message import EmailMessage
from email.utils import parsedate_to_datetime
from pathlib import Path, PurePosixPath

from assistant.documents.extract import Extract, Layout
from assistant.documents.members import Inside, Members
from assistant.documents.mime import BROKEN, damaged, parsed
from assistant.documents.plain import decode
from assistant.documents.web import article, decode_html
from assistant.errors import ReadError
from assistant.vietnamese.normal import nfc

# Parts of one mail that are looked at, attachments included.
MAX_PARTS = 200
_HEADS = ("From", "To", "Cc", "Date", "Subject")
_HEAD_LENGTH = 2_000
_HEAD_LINE = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{1,60}:[^\n]*\n(?:[ \t][^\n]*\n)*)+")
_MAIL_ONLY = re.compile(rb"^(?:Message-ID|Received|Return-Path|MIME-Version|X-Mailer):", re.IGNORECASE | re.MULTILINE)
_TEXT_ENDINGS = {".md", ".markdown", ".txt", ".text", ".mht", ".mhtml", ".html", ".htm"}
# Proofs of who sent the mail, which hold no text.
_PROOFS = {"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"}
_EXTENSIONS = {"message/rfc822": ".eml", "text/html": ".html", "text/plain": ".txt"}
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class MailReader:
    """`.eml`, and files without a telling ending that begin with a mail's head."""

    def __init__(self, members: Members) -> None:
        self._members = members

    def accepts(self, path: Path, head: bytes) -> bool:
        suffix = path.suffix.lower()
        if suffix == ".eml":
            return True
        found = None if suffix in _TEXT_ENDINGS else _HEAD_LINE.match(head.replace(b"\r\n", b"\n"))
        return found is not None and len(set(_MAIL_ONLY.findall(found.group()))) > 1

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        return self.read_inside(path, self._members.open())

    def read_inside(self, path: Path, inside: Inside) -> Iterator[Extract | ReadError]:
        mail = parsed(path)
        try:
            parts = list(_leaves(mail))
            head, metadata = _head(mail), _metadata(mail)
            body = _body(parts)
            attached = [(_name(part, n), part) for n, part in enumerate(parts, start=1) if _is_attachment(part)]
        except BROKEN as error:
            raise damaged() from error
        if not head:
            raise ReadError("damaged", "Tệp không có phần đầu thư (From, To, Subject). Hãy lưu lại thư dưới dạng .eml.")
        yield Extract((f"{head}\n\n{body}",), Layout.KEEP, metadata=metadata)
        for name, part in attached:
            try:
                data = _content(part)
            except BROKEN:
                yield ReadError("damaged", damaged().message, member=name)
                continue
            yield from inside.read(name, io.BytesIO(data))


def _leaves(mail: EmailMessage) -> Iterator[EmailMessage]:
    """Parts that hold something, in order; a mail inside the mail is one part."""
    left = [mail]
    for _ in range(MAX_PARTS):
        if not left:
            return
        part = left.pop()
        if part.get_content_maintype() == "multipart":
            left.extend(p for p in reversed(list(part.iter_parts())) if isinstance(p, EmailMessage))
        else:
            yield part
    if left:
        raise ReadError("too_many_members", f"Thư có hơn {MAX_PARTS} phần. Hãy lưu riêng các tệp đính kèm.")


def _head(mail: EmailMessage) -> str:
    return "\n".join(f"{name}: {value}" for name in _HEADS if (value := _field(mail, name)))


def _field(mail: EmailMessage, name: str) -> str:
    """The head's line as people read it; a line that says nothing readable is left out."""
    value = mail.get(name)
    text = "" if value is None else str(value)
    if any("\udc80" <= character <= "\udcff" for character in text):  # bytes that no head may have
        text = decode(text.encode("utf-8", "surrogateescape"))
    return " ".join(nfc(text).split())[:_HEAD_LENGTH]


def _metadata(mail: EmailMessage) -> dict[str, str]:
    metadata = {"title": subject} if (subject := _field(mail, "Subject")) else {}
    try:
        return metadata | {"issued": parsedate_to_datetime(_field(mail, "Date")).date().isoformat()}
    except ValueError:  # no date, or none that can be: then none is said
        return metadata


def _body(parts: list[EmailMessage]) -> str:
    """The parts meant to be read, as plain text where the mail has it, else from HTML."""
    texts = [part for part in parts if not _is_attachment(part) and part.get_content_maintype() == "text"]
    plain = [_text(part) for part in texts if part.get_content_type() == "text/plain"]
    if any(text.strip() for text in plain):
        return "\n\n".join(plain)
    html = (_bytes(part) for part in texts if part.get_content_type() == "text/html")
    charset = next((part.get_content_charset() for part in texts if part.get_content_type() == "text/html"), None)
    return "\n\n".join(article(decode_html(data, charset)).text for data in html)


def _text(part: EmailMessage) -> str:
    data, charset = _bytes(part), part.get_content_charset()
    try:
        return decode(data) if not charset or charset in ("us-ascii", "utf-8") else data.decode(charset)
    except (LookupError, UnicodeDecodeError):  # an encoding that is unknown or not what it says
        return decode(data)


def _bytes(part: EmailMessage) -> bytes:
    data = part.get_payload(decode=True)
    return data if isinstance(data, bytes) else b""


def _is_attachment(part: EmailMessage) -> bool:
    """Whether the part is a file; pictures shown inside the text and signatures are none."""
    kind = part.get_content_type()
    if kind in _PROOFS or (part.get_content_maintype() == "image" and part.get("Content-ID")):
        return False
    named = part.get_filename() is not None
    return part.get_content_disposition() == "attachment" or named or part.get_content_maintype() not in ("text",)


def _content(part: EmailMessage) -> bytes:
    """The attached file, or the attached mail as a file."""
    if part.get_content_type() != "message/rfc822":
        return _bytes(part)
    payload = part.get_payload()
    first = payload[0] if isinstance(payload, list) and payload else None
    return first.as_bytes() if isinstance(first, EmailMessage) else b""


def _name(part: EmailMessage, number: int) -> str:
    """The attachment's own name without any folder, else one that counts."""
    given = nfc(_UNSAFE.sub("", part.get_filename() or "")).replace("\\", "/")
    name = PurePosixPath(given).name.strip()
    ending = _EXTENSIONS.get(part.get_content_type(), "")
    return name[-150:] if name.strip(". ") else f"dinh-kem-{number}{ending}"
