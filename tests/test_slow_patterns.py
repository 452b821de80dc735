"""Texts made to slow patterns down: each takes time that grows with its length, not with its square."""

from __future__ import annotations

import gc
import time
from pathlib import Path

import pytest

from assistant.answering.figures import _AFTER_ROW, _NEAR
from assistant.answering.framing import without_framing
from assistant.answering.values import _DOCUMENT_NUMBER
from assistant.documents.corpus import read_corpus
from assistant.documents.draft import Draft, draft
from assistant.documents.extract import Extract, Layout
from assistant.documents.limits import Limits
from assistant.documents.mentions import mentions
from assistant.documents.reading import read_file
from assistant.documents.web import HtmlReader
from assistant.vietnamese.sentences import sentence_spans

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
    "numbered, replaced": "thay thế Nghị định số 1/2020/NĐ-CP " * (2 * SIZE // 35),
    "since many": HEAD + "Điều 2. Sửa đổi" + " ngày Nghị định số 1/2020/NĐ-CP" * (2 * SIZE // 31),
    "spaces in a bracket": "QUY ĐỊNH\n(" + " " * SIZE + "x\nĐiều 1. Thử",
    "a word of a legacy font": "VµViÖn nghiªn cøu ®iÒu tra\n" * 9 + "a" * SIZE,
}
# What people repeat by mistake and machines on purpose.
REPEATED = (
    " ", "1", "1.", "1. ", "1.1 a\n", "1.1.1.", ".", ",", ", ", "a, ", '"', "“", "”", "“”", "'", "(", "a)", "a) ", "a) b\n",
    "Điều 1. ", "Điều 1. A\n", "Điều 1\n", "“Điều 1. A\n", "Điều 1. A\n1. B\na) C\n", "1. A\n1.1. B\n1.1.1. C\n", "I. A\n",
    "Chương I\n", "Phụ lục I\n", "Mẫu số 1\n", "khoản 1 Điều 1 ", "Luật ", "Căn cứ Luật A; ", "thay thế Luật số 1/QH ",
    "Số: 1/QĐ-A ", "A B\n", "a\n", "\n", "-\n", "# a\n", "| a ", "a | b\n", "…", "_", "x\u0302", "\u202f", "ngày 1/1/2020 ",
)  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_composed_in_time(name: str) -> None:
    began = time.monotonic()
    found = draft(Extract((TEXTS[name],), Layout.KEEP), collection=False, number=1)
    assert time.monotonic() - began < 3 and found.text


def test_dots_are_parted_into_sentences_in_time() -> None:
    began = time.monotonic()
    assert sentence_spans("." * SIZE + "x") == [(0, SIZE + 1)]
    assert sentence_spans("Hết..." + ".”" * SIZE + "x. Rồi") == [(0, 6 + 2 * SIZE + 2), (2 * SIZE + 9, 2 * SIZE + 12)]
    assert time.monotonic() - began < 1


@pytest.mark.parametrize("layout", Layout)
def test_no_repeated_words_take_time_that_grows_faster_than_their_length(layout: Layout) -> None:
    def seconds(text: str) -> float:
        gc.collect()  # what other tests left is not collected in this one's time
        began = time.process_time()
        draft(Extract((HEAD + text + "x",), layout), collection=False, number=1)
        return time.process_time() - began

    for words in REPEATED:
        long = seconds(words * (40_000 // len(words)))
        assert long < 0.5 or long < 4**1.3 * seconds(words * (10_000 // len(words))), words


def test_small_texts_made_to_be_slow_are_read_in_this_process_within_the_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("assistant.documents.gathering.Pool", None)
    limits = Limits(10**8, seconds=5.0)
    for words in (
        "1.1.1.1. ",
        "Điều 1. A\n1. B\na) C\n",
        "“Điều 1",
        " ",
        "thay thế Luật số 1/QH ngày ",
        "[" * 9 + "a: ",
    ):
        for name in ("a.txt", "a.md"):
            text = "---\na: " + words * (60_000 // len(words.encode())) + "\n---\nBến đò dài 45 mét."
            (tmp_path / name).write_text(text, encoding="utf-8")
        began = time.monotonic()
        (failures,) = {read_corpus([tmp_path / name], root=tmp_path, limits=limits).failures for name in ("a.txt",)}
        assert time.monotonic() - began < limits.seconds and not failures, words
        outcomes = list(read_file(tmp_path / "a.md", limits))
        assert time.monotonic() - began < 2 * limits.seconds and len(outcomes) == 1, words


def test_a_larger_text_is_read_where_it_can_be_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("assistant.documents.gathering.Pool", None)
    (tmp_path / "a.txt").write_text("a b\n" * (2**16 // 4), encoding="utf-8")
    assert read_corpus([tmp_path], root=tmp_path, limits=Limits(10**8)).documents
    (tmp_path / "b.txt").write_text("c", encoding="utf-8")
    with pytest.raises(TypeError):  # more bytes in all than are read in this process
        read_corpus([tmp_path], root=tmp_path, limits=Limits(10**8))


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
