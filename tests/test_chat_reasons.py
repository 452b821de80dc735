"""The fold-out that says why an answer is what it is, the direct answer and the focus of a quotation, as HTML."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from assistant.answering.abstention import REASONS
from assistant.answering.assistant import Assistant
from assistant.answering.explanation import TRAITS, Candidate, Explanation
from assistant.chat import sources
from assistant.chat.copying import plain, with_grounds
from assistant.chat.escaping import escape, focused, shortened
from assistant.chat.library import show
from assistant.chat.pieces import focus_of, opening, pieces
from assistant.chat.reasons import HELD, MEASURED, WITHHELD, reasons_html, verdict
from assistant.chat.render import answer_html
from assistant.chat.service import Service
from assistant.types import Answer, Citation, Document

PARK = "Công viên rộng 220 hecta.\nKhu A rộng 15,47 hecta."
OTHER = "Quy mô của Khu A là 220ha."
CAUTION = "Lưu ý: các tài liệu nêu số khác nhau; hãy xem phạm vi của từng trích dẫn."
DOCUMENTS = {"park": Document("park", "Tin A", "a.md", PARK), "other": Document("other", "Tin B", "b.md", OTHER)}


def cite(number: int, document_id: str, quote: str, focus: str) -> Citation:
    text = DOCUMENTS[document_id].text
    start, at = text.index(quote), text.index(focus)
    place = (at, at + len(focus))
    title = DOCUMENTS[document_id].title
    return Citation(number, document_id, title, "p", None, (), start, start + len(quote), quote, focus=place)


FIRST, SECOND = cite(1, "park", "Khu A rộng 15,47 hecta.", "15,47 hecta"), cite(2, "other", OTHER, "220ha")
DIRECT = "15,47 hecta [1]; 220ha [2]"
CONFLICT = Answer(
    "Khu A rộng bao nhiêu?",
    f"{DIRECT}\n«{FIRST.quote}» [1]\n«{SECOND.quote}» [2]\n{CAUTION}",
    (FIRST, SECOND),
    confidence=0.9,
    direct=DIRECT,
)


def candidate(document_id: str, text: str, score: float = 0.9, **traits: float) -> Candidate:
    start = DOCUMENTS[document_id].text.index(text)
    title = DOCUMENTS[document_id].title
    return Candidate(document_id, title, start, start + len(text), text, score, False, traits)


EXPLANATION = Explanation(
    question="Khu A rộng bao nhiêu?",
    understood=None,
    asked="number",
    terms=("khu", "a", "rong"),
    numbers=(),
    names=("Khu A",),
    documents=(),
    candidates=(
        candidate("park", "Khu A rộng 15,47 hecta.", 1.25, own=1.0, fits=1.0, numbers=1.0, names=1.0),
        candidate("park", "Công viên rộng 220 hecta.", 0.5, own=1 / 3, fits=0.0, numbers=1.0, names=0.0),
    ),
    confidence=0.9,
    threshold=0.45,
    reason=None,
    weights={},
)
WITHHELD_ANSWER = Answer("?", "Tài liệu trong kho không nêu nội dung này.", abstained=True, reason="no_evidence")
UNSURE = replace(EXPLANATION, confidence=0.2, reason="no_evidence")


class Reader(HTMLParser):
    """The tags, and the text that a browser would show."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data


def in_focus(html: str) -> list[str]:
    return [Reader(found).text for found in re.findall(r'<b class="cc-focus">(.*?)</b>', html)]


# --- the direct answer ------------------------------------------------------------------------------------------------


def test_the_direct_answer_opens_in_bold_with_its_marks_and_the_caution_ends_as_a_note() -> None:
    html = answer_html(CONFLICT, 3)
    shown = Reader(html)
    (bold,) = re.findall(r'<p class="cc-direct"><strong>(.*?)</strong></p>', html)
    assert [tag for tag, _ in shown.tags[:4]] == ["article", "p", "strong", "a"]
    assert re.findall(r'href="(.*?)"', bold) == ["#can-cu-3-1", "#can-cu-3-2"]
    assert re.sub(r"Mở căn cứ | Tin [AB]", "", Reader(bold).text) == DIRECT.replace(" [", "\u00a0[")
    assert html.count("<blockquote>") == 2
    assert f'<p class="cc-note" role="note">{escape(CAUTION)}</p>' in html


def test_an_answer_of_quotations_alone_has_no_direct_answer() -> None:
    quoted = Answer("?", f"«{FIRST.quote}» [1]", (FIRST,))
    assert "cc-direct" not in answer_html(quoted, 0)
    elsewhere = replace(quoted, direct="15,47 hecta [1]")
    assert "cc-direct" not in answer_html(elsewhere, 0), "not the opening of the text"


def test_the_opening_and_the_rest_joined_are_the_text() -> None:
    direct, rest = opening(CONFLICT)
    assert "".join(p.text for p in direct) == DIRECT
    assert "".join(p.text for p in (*direct, *rest)) == CONFLICT.text == "".join(p.text for p in pieces(CONFLICT))


def test_stars_of_a_document_in_the_direct_answer_stay_letters() -> None:
    starred = Answer("?", f"**15** ha [1]\n«{FIRST.quote}» [1]", (FIRST,), direct="**15** ha [1]")
    assert "**15** ha" in Reader(answer_html(starred, 0)).text


def test_copies_hold_the_direct_answer_without_markup_or_stray_spaces() -> None:
    assert plain(CONFLICT) == f"15,47 hecta; 220ha\n«{FIRST.quote}»\n«{SECOND.quote}»\n{CAUTION}"
    grounds = with_grounds(CONFLICT).split("\n")
    assert grounds[0] == "15,47 hecta (Nguồn: Tin A); 220ha (Nguồn: Tin B)"
    assert grounds[-1] == CAUTION


# --- the focus --------------------------------------------------------------------------------------------------------


def test_the_focus_is_marked_in_the_answer_the_card_and_the_whole_document() -> None:
    assert in_focus(answer_html(CONFLICT, 0)) == ["15,47 hecta", "220ha"]
    card = sources.card_html(FIRST, 0, DOCUMENTS.__getitem__, opened=True)
    assert in_focus(card) == ["15,47 hecta"]
    assert '<mark>Khu A rộng <b class="cc-focus">15,47 hecta</b>.</mark>' in card
    (tag,) = [names for tag, names in Reader(card).tags if "data-document" in names]
    places = [int(tag[name] or "") for name in ("data-start", "data-end", "data-focus-start", "data-focus-end")]
    view = sources.view_of("park", places[0], places[1], (places[2], places[3]))
    assert in_focus(sources.document_html(DOCUMENTS["park"], view)) == ["15,47 hecta"]


def test_a_focus_over_two_lines_is_marked_in_both() -> None:
    view = sources.view_of("park", 0, len(PARK), (PARK.index("hecta"), PARK.index(" rộng 15")))
    assert in_focus(sources.document_html(DOCUMENTS["park"], view)) == ["hecta.", "Khu A"]


def test_a_focus_behind_blank_lines_of_a_quotation_is_marked_where_it_stands() -> None:
    text = "Gồm:\n\n- một;\n\n- hai 5 ha."
    at = text.index("5 ha")
    listed = Citation(1, "d", "T", "p", None, (), 100, 100 + len(text), text, focus=(100 + at, 104 + at))
    assert in_focus(answer_html(Answer("?", f"«{text}» [1]", (listed,)), 0)) == ["5 ha"]


@pytest.mark.parametrize("focus", [(-5, -1), (0, 3), (10**9, 10**9 + 4), (30, 20), (40, 40), (-(10**9), -1)])
def test_a_focus_outside_the_quotation_marks_nothing_and_breaks_nothing(focus: tuple[int, int]) -> None:
    wrong = replace(FIRST, focus=focus)
    answer = replace(CONFLICT, citations=(wrong, SECOND))
    assert focus_of(wrong) == (0, 0)
    assert in_focus(answer_html(answer, 0)) == ["220ha"]
    card = sources.card_html(wrong, 0, DOCUMENTS.__getitem__, opened=True)
    assert in_focus(card) == [] and FIRST.quote in Reader(card).text
    text = Reader(sources.document_html(DOCUMENTS["park"], sources.view_of("park", 26, 49, focus))).text
    assert "Công viên rộng 220 hecta." in text and FIRST.quote in text


def test_a_place_beyond_the_document_opens_its_last_part_unmarked(real: Assistant) -> None:
    document = real.documents()[0]
    beyond = sources.view_of(document.id, 10**9, 10**9 + 5, (10**9, 10**9 + 2))
    html, view, *_ = show(Service(real), beyond)
    assert view.start == 0 and document.text.split()[-1] in Reader(html).text and "<mark>" not in html


@pytest.mark.parametrize(
    ("start", "end", "wanted"), [(0, 1, ["<"]), (3, 99, ["*&"]), (-4, 2, ["<b"]), (2, 2, []), (9, 12, [])]
)
def test_what_is_in_focus_is_escaped_as_everything(start: int, end: int, wanted: list[str]) -> None:
    html = focused("<b>*&", start, end)
    assert in_focus(html) == wanted
    assert Reader(html).text == "<b>*&"


# --- why ------------------------------------------------------------------------------------------------------------


def test_the_fold_out_is_closed_and_lists_the_sentences_with_scores_traits_and_marks() -> None:
    html = reasons_html(EXPLANATION, CONFLICT, 2)
    shown = Reader(html)
    assert shown.tags[0] == ("details", {"class": "cc-why", "id": "vi-sao-2"})
    assert "Vì sao có câu trả lời này?" in html
    rows = re.findall(r"<tr><td>.*?</tr>", html)
    assert len(rows) == 2
    first, second = (Reader(row).text for row in rows)
    assert first.startswith("1. Khu A rộng 15,47 hecta. Đã trích. Mở căn cứ [1]Tin A") and first.endswith("1,25")
    assert re.findall(r'href="(.*?)"', rows[0]) == ["#can-cu-2-1"]
    assert second.endswith("Tin Akhớp từ 0,33 · khác loại · tên riêng 0,000,50"), "no number is asked for"
    assert "Hiểu câu hỏi: Khu A rộng bao nhiêu?" in shown.text and "Điều được hỏi: một con số" in shown.text
    assert "Chi tiết phải có: Khu A" in shown.text


def test_no_more_than_ten_sentences_are_told() -> None:
    many = replace(EXPLANATION, candidates=EXPLANATION.candidates * 10)
    assert reasons_html(many, CONFLICT, 0).count("<tr><td>") == 10


def test_the_table_has_headings_and_a_name_for_a_screen_reader() -> None:
    tags = Reader(reasons_html(EXPLANATION, CONFLICT, 0)).tags
    assert [names.get("scope") for tag, names in tags if tag == "th"] == ["col"] * 2
    assert "caption" in [tag for tag, _ in tags]


def said(explanation: Explanation, answer: Answer) -> str:
    return Reader(verdict(explanation, answer)).text


def test_the_verdict_sets_the_confidence_against_the_threshold() -> None:
    assert said(EXPLANATION, CONFLICT).endswith("Độ tin cậy 0,90, đạt ngưỡng 0,45.")
    assert said(UNSURE, WITHHELD_ANSWER) == (
        "Không trả lời, vì không câu nào trong kho đủ gần với câu hỏi. Độ tin cậy 0,20, thấp hơn ngưỡng 0,45."
    )
    near = replace(UNSURE, confidence=0.4496)
    assert said(near, WITHHELD_ANSWER).endswith("Độ tin cậy 0,4496, thấp hơn ngưỡng 0,4500."), "0,45 is not below 0,45"


def test_the_verdict_tells_the_language_model_from_its_stand_in_and_from_quotations() -> None:
    kinds = {
        said(EXPLANATION, replace(CONFLICT, engine=engine, reason=reason))
        for engine, reason in (("extractive", None), ("extractive", "llm_unavailable"), ("generative", None))
    }
    assert len(kinds) == 3
    refused = replace(WITHHELD_ANSWER, reason="llm_no_evidence", engine="generative")
    assert "mô hình ngôn ngữ đọc các câu dưới đây mà không thấy" in said(EXPLANATION, refused)


def test_every_trait_has_its_words_short_or_long() -> None:
    assert MEASURED.keys() | HELD.keys() <= TRAITS.keys(), "words for what is measured no more"
    everything = replace(EXPLANATION.candidates[0], traits=dict.fromkeys(TRAITS, 1.0))
    told = Reader(reasons_html(replace(EXPLANATION, numbers=("5",), candidates=(everything,)), CONFLICT, 0)).text
    words = [MEASURED.get(name) or HELD.get(name, (TRAITS[name],))[0] for name in TRAITS]
    assert [word for word in words if word not in told] == [] and told.count(" · ") == len(TRAITS) - 1


def test_every_reason_to_withhold_has_its_words() -> None:
    assert WITHHELD.keys() == REASONS.keys() | {"llm_no_evidence"}


@pytest.mark.parametrize("reason", ["opinion", "unclear_question"])
def test_a_question_that_asks_no_document_is_not_explained_by_sentences(reason: str) -> None:
    html = reasons_html(replace(UNSURE, reason=reason), replace(WITHHELD_ANSWER, reason=reason), 0)
    assert "<table>" not in html and "Độ tin cậy" not in html


def test_several_things_asked_are_told_one_by_one() -> None:
    parts = (
        EXPLANATION,
        replace(
            EXPLANATION, question="Mở năm nào?", asked="date", candidates=EXPLANATION.candidates[1:], confidence=0.6
        ),
    )
    html = reasons_html(replace(EXPLANATION, parts=parts), CONFLICT, 0)
    text = Reader(html).text
    assert html.count("<table>") == 2 and html.count("<tr><td>") == 2 + 1
    assert "Phần 1: khu, a, rong. Điều được hỏi: một con số. Độ tin cậy 0,90, đạt ngưỡng 0,45." in text
    assert "Phần 2: Mở năm nào? Điều được hỏi: thời gian. Độ tin cậy 0,60, đạt ngưỡng 0,45." in text
    assert text.count("Điều được hỏi") == 2 and text.count("Hiểu câu hỏi") == 1


ATTACK = (
    "</details><script>alert(1)</script> **đậm** [x](javascript:1) ${1} {{v}} | _n_ <img src=x onerror=alert(2)> [1]"
)


def test_hostile_words_of_documents_and_questions_stay_words() -> None:
    hostile = replace(
        EXPLANATION,
        question=ATTACK,
        understood=ATTACK,
        terms=(ATTACK,),
        names=(ATTACK,),
        documents=(ATTACK,),
        numbers=(ATTACK,),
        candidates=(replace(EXPLANATION.candidates[0], text=ATTACK, title=ATTACK, document_id=ATTACK),),
    )
    for told in (hostile, replace(hostile, parts=(hostile,))):
        html = reasons_html(told, CONFLICT, 0)
        shown = Reader(html)
        assert {tag for tag, _ in shown.tags} <= set(
            "details summary p strong ul li div table caption thead tbody tr th td span br".split()
        )
        assert not [name for _, names in shown.tags for name in names if name.startswith("on")]
        assert not re.search(r"[*_`~$\\{}\n|]|\]\(|!\[", html)
        assert shown.text.count("<script>alert(1)</script>") >= 4


def test_a_sentence_of_a_million_letters_is_cut() -> None:
    long = replace(EXPLANATION.candidates[0], text="chữ " * 250_000, title="x" * 1_000_000)
    endless = replace(EXPLANATION, question="q" * 4000, terms=("từ",) * 4000, candidates=(long,) * 10)
    assert len(reasons_html(endless, CONFLICT, 0)) < 10 * 1200 + 3000


@pytest.mark.parametrize(
    ("text", "wanted"),
    [("một hai", "một hai"), ("một hai ba", "một hai …"), ("m" * 9, "m" * 8 + " …"), (" \n" * 90 + "một", " …")],
)
def test_a_text_is_cut_between_words(text: str, wanted: str) -> None:
    assert shortened(text, 8) == wanted


# --- over the shipped documents -------------------------------------------------------------------------------------


def explained(real: Assistant, question: str) -> tuple[Answer, Any]:
    return real.ask(question), real.explain(question)


def test_the_shipped_conflict_is_told_first_with_both_figures_in_focus(real: Assistant) -> None:
    answer, explanation = explained(real, "Khu CNTT tập trung Bình Dương rộng bao nhiêu hecta?")
    html = answer_html(answer, 0, why=reasons_html(explanation, answer, 0))
    (direct,) = re.findall(r'<p class="cc-direct">(.*?)</p>', html)
    assert "15,47 hecta" in Reader(direct).text and "220" in Reader(direct).text
    assert {"15,47 hecta", "220ha"} <= set(in_focus(html))
    assert 'class="cc-note" role="note"' in html
    assert 1 <= html.count("<tr><td>") <= 10 and "Có trả lời" in html


def test_a_shipped_abstention_says_why(real: Assistant) -> None:
    answer, explanation = explained(real, "Giá vé xe buýt ở Đà Lạt là bao nhiêu?")
    assert answer.abstained
    assert "thấp hơn ngưỡng 0,33" in Reader(reasons_html(explanation, answer, 0)).text
