"""Reads web pages (HTML, MHTML): the article, without menus, scripts, forms and banners; fetches and runs nothing."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.documents.extract import CELL, Extract, Layout
from assistant.documents.identity import identify
from assistant.documents.markup import is_element, render, visible
from assistant.documents.mime import BROKEN, damaged, parsed
from assistant.documents.plain import decode
from assistant.documents.regions import with_what_is_missing
from assistant.errors import ReadError
from assistant.vietnamese.normal import nfc

if TYPE_CHECKING:
    from lxml.html import HtmlElement

MAX_CHARACTERS = 20_000_000
# Pages above this are not asked for their article, whose search takes more than linear time; all their text is read.
_MOST_FOR_ARTICLE = 1_000_000
# The article must hold so much of the page's prose and tables; else all that is visible is read. Menus are short lines;
# what else is short and stands with the article is looked for apart.
_ENOUGH = 0.8
_PROSE = 60
_ENDINGS = {".html", ".htm", ".xhtml"}
_MHTML_ENDINGS = {".mht", ".mhtml"}
_HTML_START = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+|(?><!--.*?-->)\s*+)*+<(?:!doctype\s+html|html)\b",
    re.IGNORECASE | re.DOTALL,
)
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{2,40})", re.IGNORECASE)
# A tag with its attributes up to one too many: libxml2 takes the square of their number. Nothing is read twice here.
_ATTRIBUTE = r"""[\s/]*+[^\s/>][^\s/>=]*+(?:\s*+=\s*+(?:"[^"]*+"|'[^']*+'|[^\s>]*+))?+"""
_TAG = re.compile(rf"<[A-Za-z][^\s/>]*+(?:{_ATTRIBUTE}){{0,2000}}+(?P<more>{_ATTRIBUTE})?+")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})")
_DATE_FIELDS = (
    "article:published_time",
    "dc.date.issued",
    "dcterms.issued",
    "datepublished",
    "dc.date",
    "dcterms.date",
)


@dataclass(frozen=True, slots=True)
class Page:
    """What a page says: its text, lines meant, and its title and day where they are sure."""

    text: str
    metadata: dict[str, str] = field(default_factory=dict)


class HtmlReader:
    """`.html`, `.htm`, `.xhtml`, `.mht`, `.mhtml`, and HTML under another ending."""

    def accepts(self, path: Path, head: bytes) -> bool:
        return path.suffix.lower() in _ENDINGS or _is_mhtml(path, head) or _HTML_START.match(head) is not None

    def read(self, path: Path) -> Iterator[Extract]:
        with path.open("rb") as file:
            head = file.read(4096)
        html = _from_mhtml(path) if _is_mhtml(path, head) else decode_html(path.read_bytes())
        page = article(html)
        yield Extract((page.text,), Layout.KEEP, metadata=page.metadata)


def _is_mhtml(path: Path, head: bytes) -> bool:
    return path.suffix.lower() in _MHTML_ENDINGS or (
        b"multipart/related" in head and b"MIME-Version" in head and path.suffix.lower() in {".doc", *_ENDINGS}
    )


def decode_html(data: bytes, declared: str | None = None) -> str:
    """A page's bytes by their mark, else as UTF-8 where they are, else as declared, else as they read best."""
    if data.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) or b"\x00" in data[:4096]:
        return decode(data)
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        found = _META_CHARSET.search(data[:4096])
        name = declared or (found.group(1).decode("ascii") if found else "")
    try:
        codec = codecs.lookup(name).name if name else ""
        # What says it is Latin-1 is cp1252 (WHATWG) or some Vietnamese encoding; its bytes tell.
        return data.decode(codec) if codec and codec not in ("utf-8", "iso8859-1", "cp1252", "ascii") else decode(data)
    except (LookupError, UnicodeDecodeError):
        return decode(data)


def _from_mhtml(path: Path) -> str:
    message = parsed(path)
    try:
        found = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
        data = found.get_payload(decode=True) if found else None
        charset = found.get_content_charset() if found else None
    except BROKEN as error:
        raise damaged() from error
    if not isinstance(data, bytes):
        raise ReadError("damaged", "Tệp MHTML không có trang nào. Hãy lưu lại trang web.")
    return decode_html(data, charset)


def article(html: str) -> Page:
    """The page's article, else all its visible text. Raises ReadError where the page is no page."""
    root = _tree(html)
    title, day = _title(root), _day(root)
    own = visible(root)
    everything = render(own)
    found = _extracted(own) if len(html) <= _MOST_FOR_ARTICLE else ""
    text = _whole(own, found) if found and _prose(found) >= _ENOUGH * _prose(everything) else everything
    return Page(text, _metadata(text, title, day))


def _whole(page: HtmlElement, found: str) -> str:
    """What was found of the page, with the lists, headings and rows that stand with it and that it lacks."""
    more = with_what_is_missing(page, found.split("\n"))
    text = found if more is None else "\n".join(more)
    return text if _prose(text) >= _ENOUGH * _prose(found) else found


def _tree(html: str) -> HtmlElement:
    from lxml import etree
    from lxml.html import HTMLParser, document_fromstring

    if len(html) > MAX_CHARACTERS:
        raise ReadError("too_large", f"Trang web dài hơn {MAX_CHARACTERS // 10**6} triệu ký tự. Hãy tách trang ra.")
    cleaned = re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]", "", html)
    cleaned = re.sub(r"\A\s*<\?xml[^>]*\?>", "", cleaned)  # lxml takes no text that names its encoding
    if any(tag["more"] for tag in _TAG.finditer(cleaned)):
        raise ReadError("too_complex", "Trang web có thẻ mang quá nhiều thuộc tính. Hãy lưu lại trang dạng PDF.")
    try:
        parser = HTMLParser(no_network=True, huge_tree=False, remove_comments=True, remove_pis=True)
        root = document_fromstring(cleaned, parser=parser)
    except (etree.LxmlError, ValueError) as error:
        raise ReadError("damaged", "Trang web hỏng hoặc trống. Hãy lưu lại trang.") from error
    if any("depth" in error.message for error in parser.error_log):  # what lies deeper has been left out
        raise ReadError("too_complex", "Trang web có thẻ lồng nhau quá sâu. Hãy lưu lại trang dạng PDF.")
    return root


def _extracted(tree: HtmlElement) -> str:
    """The article as trafilatura finds it; nothing where it finds none or is not installed."""
    try:
        import trafilatura
    except ImportError:  # it, or a part of it that other releases have apart: all visible text is read
        return ""
    from lxml.etree import LxmlError

    try:
        found = trafilatura.bare_extraction(
            deepcopy(tree), fast=True, include_comments=False, include_tables=True, deduplicate=False
        )
    except (LxmlError, ValueError, TypeError, AttributeError, RecursionError):  # a page that it was not made for
        return ""
    body = getattr(found, "body", None)
    return render(body) if is_element(body) else ""


def _prose(text: str) -> int:
    """Letters on long lines and in rows of tables."""
    return sum(sum(map(str.isalnum, line)) for line in text.split("\n") if len(line) >= _PROSE or CELL in line)


def _metadata(text: str, title: str, day: str) -> dict[str, str]:
    """Title and day, where the text is no official document, whose own head tells both better."""
    told = identify(text, {}, (), "")
    if told["kind"] or told["number"]:
        return {}
    return {key: value for key, value in (("title", title), ("issued", day)) if value}


def _title(root: HtmlElement) -> str:
    """The page's only main heading where its title begins with it (the rest is the site's name), else its title."""
    heads = [_line(head.text_content()) for head in root.iter("h1")]
    named = [_line(meta.get("content", "")) for meta in root.iter("meta") if meta.get("property") == "og:title"]
    titles = [_line(element.text_content()) for element in root.iter("title")]
    whole = next((title for title in (*named, *titles) if title), "")
    return heads[0] if len(heads) == 1 and heads[0] and whole.startswith(heads[0]) else whole


def _line(text: str) -> str:
    return " ".join(nfc(text).split())[:300]


def _day(root: HtmlElement) -> str:
    """The day that the page's own metadata says it was published; nothing where two disagree."""
    days = {
        match.group()
        for meta in root.iter("meta")
        if (meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower() in _DATE_FIELDS
        and (match := _DAY.match(meta.get("content", "").strip()))
        and 1 <= int(match[2]) <= 12
        and 1 <= int(match[3]) <= 31
    }
    return days.pop() if len(days) == 1 else ""
