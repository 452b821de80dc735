"""Texts made to slow patterns down: each takes time that grows with its length, not with its square."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from assistant.answering.framing import without_framing
from assistant.answering.figures import _AFTER_ROW, _NEAR
from assistant.answering.values import _DOCUMENT_NUMBER
from assistant.documents.draft import Draft, draft
from assistant.documents.extract import Extract, Layout
from assistant.documents.mentions import mentions
from assistant.documents.web import HtmlReader

SIZE = 60_000
HEAD = "NGHỊ ĐỊNH\nVề việc thử\nĐiều 1. Thử\n"
# Each took between four seconds and for ever.
TEXTS = {
    "cells without an end": " | " * (SIZE // 3) + "\nx",
    "lines of dashes": HEAD + "-\n" * (SIZE // 2),
    "dots": HEAD + "Điều 2. " + "." * SIZE + "x",
    "spaces after a verb": "NGHỊ ĐỊNH\nSửa đổi x\nĐiều 1. Sửa đổi" + " " * SIZE + "x Luật số 1/QH\n",
    "spaces in a term": HEAD + ("Luật này có hiệu lực" + " " * 3000 + "x\n") * (SIZE // 3000),
    "parts": HEAD + "1. " + "khoản " * (SIZE // 6) + ". x Bãi bỏ Luật số 1/QH",
    "replaced": HEAD + "1. " + "Thay thế Luật " * (SIZE // 14),
}


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_composed_in_time(name: str) -> None:
    began = time.monotonic()
    found = draft(Extract((TEXTS[name],), Layout.KEEP), collection=False, number=1)
    assert time.monotonic() - began < 3 and found.text


def test_tables_are_counted_as_runs_of_two_rows_or_more() -> None:
    def tables(text: str) -> int:
        found = draft(Extract((text,), Layout.KEEP), collection=False, number=1)
        assert isinstance(found, Draft)
        return found.counts.get("tables", 0)

    assert tables("a | b\nc | d\n\ne | f\ng\nh | i\nj | k") == 2
    assert tables("a | b\nc") == tables("a|b\nc|d") == 0


def test_comments_before_a_page_are_told_in_time() -> None:
    began = time.monotonic()
    assert not HtmlReader().accepts(Path("a.md"), b"<!---->" * 500 + b"x")
    assert HtmlReader().accepts(Path("a"), b"<!-- a --> <!-- b -->\n<html>")
    assert time.monotonic() - began < 1


def test_questions_are_read_in_time() -> None:
    began = time.monotonic()
    assert without_framing("Tôi " + "cần phải " * 400 + "ăn gì?")
    assert without_framing("Nhà máy xây xong. Số" + " đó" * 2000)
    assert not _AFTER_ROW.search(("1" * SIZE)[-_NEAR:])
    assert not list(_DOCUMENT_NUMBER.finditer("AB " * (SIZE // 3)))
    assert not list(mentions("Luật " * 40 + " " * SIZE)) and len(list(mentions("Luật 1/QH của" + " " * SIZE))) == 1
    assert time.monotonic() - began < 3
    assert without_framing("Tôi cần phải viết báo cáo, doanh thu năm 2024 là bao nhiêu?").startswith("doanh thu")
