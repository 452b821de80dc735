"""Words that a page break damaged: healed to search, to compare and to show; the text and every quotation stay."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.evidence import units_of
from assistant.chat.copying import plain
from assistant.chat.escaping import focused, mended
from assistant.chat.sources import View, card_html, document_html
from assistant.documents.chunking import chunk_document, search_text
from assistant.documents.draft import Draft, draft, from_frame, to_frame
from assistant.documents.extract import Extract, Layout
from assistant.retrieval.snapshot import Snapshot
from assistant.retrieval.store import document_from_json, document_to_json
from assistant.types import Answer, Citation, Document, Hit
from assistant.wiring import build_index, open_assistant
from tests.conftest import missing

WHOLE = "Phòng thí nghiệm trọng điểm có 12 máy. Phòng thí nghiệm mở cửa lúc 7 giờ."
DAMAGED = "Tỉnh đầu tư phòng thí thí nghiệm hóa sinh 45 tỷ đồng trong năm 2024."
TEXT = f"{WHOLE}\n{DAMAGED}"
AT = TEXT.index("thí thí")
HEALED = ((AT, AT + 7, "thí"),)
DOCUMENT = Document("d", "Kho máy", "d.md", TEXT, healed=HEALED)
START = TEXT.index(DAMAGED)
CITATION = Citation(1, "d", "Kho máy", "d.md", None, (), START, len(TEXT), DAMAGED)


def read(*pages: str, paged: bool = False) -> Draft:
    return draft(Extract(pages, Layout.KEEP, paged=paged), collection=False, number=1)


def visible(html: str) -> str:
    """The characters that are in the page, which are those that are copied."""
    return unescape(re.sub(r"<[^>]+>", "", html.replace("<br>", "\n")))


# --- found once --------------------------------------------------------------------------------------------------


def test_reading_finds_the_damaged_words_and_changes_no_letter() -> None:
    found = read(TEXT)
    assert found.text == TEXT
    assert found.healed == HEALED
    assert from_frame(to_frame(found)) == found


@pytest.mark.parametrize("healed", [[[5, 3, "a"]], [[0, 10**6, "a"]], [[0, 4, "a"], [3, 6, "b"]], [[0, 4]]])
def test_damaged_words_that_no_text_can_have_are_refused(healed: object) -> None:
    frame = json.loads(to_frame(read(TEXT)))
    with pytest.raises(ValueError, match=r"damaged word|not enough values"):
        from_frame(json.dumps(frame | {"healed": healed}).encode())


def test_the_index_keeps_them_and_documents_without_any_are_written_as_before() -> None:
    assert document_from_json(document_to_json(DOCUMENT)) == DOCUMENT
    bare = replace(DOCUMENT, healed=())
    assert "healed" not in document_to_json(bare)
    assert document_from_json(document_to_json(bare)) == bare


def test_only_words_that_stand_whole_in_the_piece_are_healed() -> None:
    assert DOCUMENT.healed_text(START, len(TEXT)) == DAMAGED.replace("thí thí", "thí")
    assert DOCUMENT.healed_text(0, AT + 3) == TEXT[: AT + 3]
    assert DOCUMENT.healed_text(AT + 4, len(TEXT)) == TEXT[AT + 4 :]
    assert DOCUMENT.healed_text(AT, AT + 7) == "thí"


# --- searched and compared ---------------------------------------------------------------------------------------


def test_what_is_embedded_has_the_healed_word_and_the_chunk_is_a_copy() -> None:
    (chunk,) = chunk_document(DOCUMENT, max_tokens=500, count=len)
    assert chunk.text == TEXT
    assert search_text(DOCUMENT, chunk) == f"Kho máy\n{TEXT.replace('thí thí', 'thí')}"


def test_a_sentence_is_compared_by_its_healed_words_and_quoted_as_it_stands() -> None:
    (chunk,) = chunk_document(DOCUMENT, max_tokens=500, count=len)
    *_, unit = units_of([Hit(chunk, 1.0)], lambda _: DOCUMENT)
    assert unit.text == DAMAGED
    assert " phong thi nghiem hoa sinh " in unit.joined
    assert " phong thi nghiem hoa sinh " in unit.neighbourhood
    assert " thi thi " not in unit.joined + unit.neighbourhood


def test_the_index_finds_the_expression_and_the_answer_quotes_the_source(new_workspace: Path) -> None:
    (new_workspace / "corpus" / "may.md").write_text(TEXT, encoding="utf-8")
    build_index(new_workspace)
    (folder,) = (new_workspace / "index" / "snapshots").iterdir()
    words = Snapshot(folder).lexical.forward
    terms = {number: term for term, number in words.term_ids.items()}
    read_as = " ".join(terms[number] for number in words.term_of_form[words.body.ids].tolist())
    assert read_as.count("thi nghiem") == 3
    assert "thi thi" not in read_as
    assistant = open_assistant(new_workspace)
    answer = assistant.ask("Tỉnh đầu tư phòng thí nghiệm hóa sinh bao nhiêu tiền?")
    (citation,) = answer.citations
    assert citation.quote == DAMAGED
    assert assistant.library.document("may").text[citation.start : citation.end] == citation.quote


# --- shown -------------------------------------------------------------------------------------------------------


def test_the_card_and_the_page_show_the_healed_word_and_say_what_the_source_has() -> None:
    mark = (
        '<span class="cc-healed" title="Nguyên văn trong tài liệu&#58; «thí thí»" data-healed="thí">'
        '<span class="cc-source">thí thí</span></span>'
    )
    card = card_html(CITATION, 0, lambda _: DOCUMENT, opened=True)
    page = document_html(DOCUMENT, View("d", marked=(START, len(TEXT))))
    for html in (card, page):
        assert html.count(mark) == html.count("cc-healed") == 1
        assert DAMAGED in visible(html)
    before = card_html(replace(CITATION, start=0, end=10, quote=TEXT[:10]), 0, lambda _: DOCUMENT, opened=True)
    assert before.count(mark) == 1  # beside the quotation too


def test_what_is_copied_is_exact() -> None:
    answer = Answer("?", f"«{DAMAGED}» [1]", (CITATION,))
    assert plain(answer) == f"«{DAMAGED}»"


def test_a_word_that_a_page_break_parts_is_healed_on_its_first_page_and_marked_on_the_next() -> None:
    text = "Ban quản lý hỗ trợ doa\nnh nghiệp."
    at = text.index("doa")
    document = Document("d", "Ban quản lý", "d.pdf", text, pages=(0, at + 4), healed=((at, at + 6, "doanh"),))
    first, second = (document_html(document, View("d", page=n)) for n in (1, 2))
    assert 'title="Nguyên văn trong tài liệu&#58; «doa» và phần tiếp theo sau chỗ ngắt" data-healed="doanh"' in first
    assert '<span class="cc-cut" title="Phần còn lại của từ «doanh», bị ngắt trong tài liệu gốc">nh</span>' in second
    assert "Ban quản lý hỗ trợ doa" in visible(first)
    assert "nh nghiệp." in visible(second)


@pytest.mark.parametrize("start", range(len(DAMAGED)))
def test_focus_and_healing_together_show_every_letter_once(start: int) -> None:
    for end in range(start, len(DAMAGED) + 1, 7):
        assert visible(focused(DAMAGED, start, end, healed=HEALED, at=START)) == DAMAGED


def test_nothing_of_a_document_becomes_markup_of_the_page() -> None:
    html = mended('a <b>"x" y', ((2, 8, '"><i>'),))
    assert "<b>" not in html and "<i>" not in html and html.count("<span") == 2


@pytest.fixture(scope="module")
def window() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        missing("Chromium")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as program:
        browser = program.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield browser.new_page()
        browser.close()


def test_a_browser_draws_the_healed_word_and_copies_the_source(window: Any, root: Path) -> None:
    css = (root / "assistant" / "chat" / "page.css").read_text(encoding="utf-8")
    healed = mended(DAMAGED, HEALED, START)
    exact = DAMAGED.replace("thí thí", "thí")
    window.set_content(f"<style>{css}</style><span id='a'>{healed}</span><br><span id='b'>{exact}</span>")
    wide, wanted, copied = window.evaluate(
        """() => {
            const range = document.createRange();
            range.selectNodeContents(document.getElementById("a"));
            getSelection().addRange(range);
            const width = id => document.getElementById(id).getBoundingClientRect().width;
            return [width("a"), width("b"), getSelection().toString()];
        }"""
    )
    assert wide == pytest.approx(wanted, abs=1)
    assert copied == DAMAGED
