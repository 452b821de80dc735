"""What a document is called: its id, title, number and date as its text tells; knows no file format."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from pathlib import PurePath

from assistant.documents.letterhead import HEAD, KINDS, LETTER, NUMBER, issuer, kind_and_subject, place_and_day
from assistant.documents.signatures import signer
from assistant.types import Section
from assistant.vietnamese.normal import fold, nfc

# A consolidated text has its number under its last article.
_CONSOLIDATED = re.compile(r"^[^\w\n]*Số:?\s*(\d+/VBHN-[A-ZĐƯ]+)\s*$", re.MULTILINE)
_CONSOLIDATED_KIND = KINDS[0]
# Characters around a consolidated text's number among which its day stands.
_NEAR = 300
_TITLE = 250


def slug(name: str) -> str:
    """ASCII id of a file name's stem."""
    return re.sub(r"[^a-z0-9_]+", "-", fold(nfc(PurePath(name).stem))).strip("-") or "van-ban"


def content_digest(text: str) -> bytes:
    """By which a document's text is known again, whatever its file is called."""
    return hashlib.sha256(text.encode()).digest()


def identify(
    text: str, metadata: Mapping[str, str], sections: tuple[Section, ...], path: str, *, is_sheet: bool = False
) -> dict[str, str | None]:
    """What it is: front matter first, then the head and the signature of the text; what is unknown stays None.

    A spreadsheet's first lines are a sheet's name and the names of columns: it is called as its file.
    """
    head = text[:HEAD]
    named = kind_and_subject(text)
    if is_sheet and named and named[0] == LETTER:
        named = None  # a register of letters
    kind, subject = (named[0], named[1]) if named else (None, None)
    number = NUMBER.search(head)
    place, day = place_and_day(head)
    if number is None and kind and (number := _CONSOLIDATED.search(text)):
        kind = _CONSOLIDATED_KIND
        place, day = place_and_day(text[max(0, number.start() - _NEAR) : number.end() + _NEAR])
    found = {
        "kind": kind,
        "number": re.sub(r"\s", "", number.group(1)).replace("–", "-") if number else None,
        "issued": day if number else None,
        "place": place if number else None,
        "issuer": issuer(text) if number else None,
        "signer": signer(text) if number else None,
        "subject": subject or None,
    }
    found |= {
        key: metadata[key]
        for key in ("kind", "number", "issuer", "author", "issued", "effective", "source")
        if metadata.get(key)
    }
    if is_sheet:
        called = PurePath(path).stem
    else:
        called = _official_title(found["number"], kind, subject or "") if kind else _first_title(text, sections, path)
    return found | {"title": metadata.get("title") or called}


def _official_title(number: str | None, kind: str, subject: str) -> str:
    title = " ".join(part for part in (kind, number, subject) if part)
    return title if len(title) <= _TITLE else title[:_TITLE].rsplit(" ", 1)[0] + "…"


def _first_title(text: str, sections: tuple[Section, ...], path: str) -> str:
    """The heading that opens the text, else the first line, else the file name."""
    first = next((line.strip() for line in text.split("\n") if line.strip()), "")
    if sections and sections[0].title and text[: sections[0].span.start].strip() == "":
        return sections[0].heading
    line = first.lstrip("#").strip()
    if not line:
        return PurePath(path).stem
    return line if len(line) <= _TITLE else line[:_TITLE].rsplit(" ", 1)[0] + "…"
