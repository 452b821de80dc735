"""The chat as pure functions, and as a person with a browser meets it."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from assistant.answering.explanation import Candidate, Explanation
from assistant.chat import sources
from assistant.chat.bulk_tab import column_choices
from assistant.chat.conversation import Exchange, converse, history, refusal, stop
from assistant.chat.copying import plain, with_grounds
from assistant.chat.escaping import escape
from assistant.chat.examples import example_questions
from assistant.chat.library import list_html
from assistant.chat.pieces import pieces
from assistant.chat.progress import Done, Tell, followed, steps
from assistant.chat.render import answer_html, copies_html, question_html, reply_html
from assistant.documents.validity import UNKNOWN, State
from assistant.errors import EngineError, UnknownDocument
from assistant.types import DIGEST_NOTE, Answer, Citation, Document, Section, Span, Turn

ROOT = Path(__file__).parent.parent

AREA = "Khu CNTT tập trung Bình Dương rộng 15,47 hecta."
STUDENTS = "Năm 2024, Bình Dương đào tạo gần 6.000 sinh viên."
LIST = "Các ngành gồm:\n\n- điện tử;\n- tự động hóa."
HOSTILE = (
    "Xem [1] và <script>alert(1)</script> **đậm** [x](http://a.b) ${1+1} {{value}} $$x$$ <img src=x onerror=alert(2)>."
)
PARK = f"Công viên công nghệ\n\nKhông gian\n\nCông viên rộng 220 hecta. {AREA} Thủ tướng đã phê duyệt.\n\nNhân lực\n\n{STUDENTS} {LIST}"
PLAN = f"Kế hoạch số 57\n\n{HOSTILE}\n\nTrang hai: hết."


def make_document(identifier: str, text: str, headings: Sequence[str] = (), **facts: Any) -> Document:
    starts = [text.index(f"\n{h}\n") + 1 for h in headings]
    ends = [*starts[1:], len(text)]
    sections = tuple(Section("", h, Span(identifier, a, b)) for h, a, b in zip(headings, starts, ends, strict=False))
    return Document(identifier, text.partition("\n")[0], f"{identifier}.md", text, sections=sections, **facts)


DOCUMENTS = (
    make_document("park", PARK, ["Không gian", "Nhân lực"], source=DIGEST_NOTE, issuer="Ủy ban nhân dân tỉnh"),
    make_document("plan", PLAN, pages=(0, PLAN.index("Trang hai")), number="57/KH", issued="2024-12-22"),
)
PARK_DOCUMENT, PLAN_DOCUMENT = DOCUMENTS


def cite(number: int, document: Document, quote: str) -> Citation:
    start = document.text.index(quote)
    page, headings = document.page_at(start), document.headings_at(start)
    return Citation(
        number,
        document.id,
        document.title,
        document.path,
        page,
        headings,
        start,
        start + len(quote),
        quote,
        document.source,
    )


def answer_of(question: str, *citations: Citation, lead: str = "", **more: Any) -> Answer:
    text = lead + "\n".join(f"«{c.quote}» [{c.number}]" for c in citations)
    return Answer(question, text, citations, **more)


def document(identifier: str) -> Document:
    for found in DOCUMENTS:
        if found.id == identifier:
            return found
    raise UnknownDocument(f"Không có văn bản «{identifier}».")


def explanation_of(answer: Answer) -> Explanation:
    """What was cited stood to choose, all of it alike."""
    traits = {"own": 0.93, "similar": 0.71, "fits": 1.0, "names": 0.0, "lacking": 0.12}
    cited = (*answer.citations, *answer.related)
    found = tuple(Candidate(c.document_id, c.title, c.start, c.end, c.quote, 1.2, True, traits) for c in cited)
    sure = 0.2 if answer.abstained else 0.9
    terms = tuple(answer.question.split())
    return Explanation(
        answer.question, None, "number", terms, (), ("Bình Dương",), (), found, sure, 0.45, answer.reason, {}
    )


class FakeAssistant:
    """Replies by question; `asked` holds what it was asked with which history; a held question waits for `go`.

    `explained` is as `asked`, of explanations; those of `unexplained` questions fail.
    """

    engine = None
    created = "2026-11-21T08:00:00+07:00"
    fingerprints: dict[str, str] = {}  # noqa: RUF012

    def __init__(self, replies: dict[str, Answer | Exception]) -> None:
        self.replies = replies
        self.asked: list[tuple[str, tuple[Turn, ...]]] = []
        self.held: dict[str, threading.Event] = {}
        self.explained: list[tuple[str, tuple[Turn, ...]]] = []
        self.unexplained: set[str] = set()

    def ask(self, question: str, *, history: Sequence[Turn] = (), id: str | None = None) -> Answer:
        *_, last = self.stream(question, history=history)
        return last

    def stream(self, question: str, *, history: Sequence[Turn] = ()) -> Iterator[Answer]:
        self.asked.append((question, tuple(history)))
        reply = self.replies[question]
        if isinstance(reply, Exception):
            raise reply
        yield Answer(question, reply.text[: len(reply.text) // 2], reply.citations)
        if question in self.held:
            assert self.held[question].wait(60)
        yield reply

    def explain(self, question: str, *, history: Sequence[Turn] = ()) -> Explanation:
        self.explained.append((question, tuple(history)))
        reply = self.replies[question]
        if question in self.unexplained or isinstance(reply, Exception):
            raise ValueError("secret of the explanation")
        return explanation_of(reply)

    def documents(self) -> Sequence[Document]:
        return DOCUMENTS

    def document(self, document_id: str) -> Document:
        return document(document_id)

    def chunk_count(self, document_id: str) -> int:
        return 3

    def state(self, document: Document) -> State:
        return State(UNKNOWN)


# --- the answer as text -------------------------------------------------------------------------------------------


def test_pieces_joined_again_are_the_answer() -> None:
    answer = answer_of(
        "?", cite(1, PARK_DOCUMENT, LIST), cite(2, PLAN_DOCUMENT, HOSTILE), lead="**220** hay **15,47**:\n"
    )
    assert "".join(p.text for p in pieces(answer)) == answer.text


def test_a_bracketed_number_in_a_quotation_stays_words_of_the_document() -> None:
    answer = answer_of("?", cite(1, PLAN_DOCUMENT, HOSTILE))
    assert [(p.kind, p.text) for p in pieces(answer)] == [("quote", f"«{HOSTILE}»"), ("own", " "), ("mark", "[1]")]


def test_a_bracketed_number_without_a_citation_is_no_mark() -> None:
    answer = answer_of("?", cite(1, PARK_DOCUMENT, AREA), lead="Điều [7] nói: ")
    assert [p.number for p in pieces(answer) if p.kind == "mark"] == [1]


def test_a_quotation_that_holds_quotation_marks_is_one_piece() -> None:
    text = "Tên là «Công viên» và «Khu». Hết."
    nested = Citation(1, "d", "d", "d", None, (), 0, len(text), text)
    assert [p.kind for p in pieces(answer_of("?", nested))] == ["quote", "own", "mark"]


def test_a_quotation_still_growing_is_a_quotation() -> None:
    growing = Answer("?", f"«{AREA[:20]}", (cite(1, PARK_DOCUMENT, AREA),))
    assert [p.kind for p in pieces(growing)] == ["quote"]


def test_the_plain_copy_has_no_marks_and_no_stars() -> None:
    answer = answer_of("?", cite(1, PARK_DOCUMENT, AREA), lead="**15,47 ha**\n")
    assert plain(answer) == f"15,47 ha\n«{AREA}»"


def test_the_copy_with_grounds_names_document_section_page_and_digest() -> None:
    answer = answer_of("?", cite(1, PARK_DOCUMENT, AREA), cite(2, PLAN_DOCUMENT, "Trang hai: hết."))
    assert with_grounds(answer) == (
        f"«{AREA}» (Nguồn: Công viên công nghệ, Không gian; bản tóm lược, không phải nguyên văn)\n"
        "«Trang hai: hết.» (Nguồn: Kế hoạch số 57, trang 2)"
    )


# --- the answer as HTML -------------------------------------------------------------------------------------------


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
        self.text += "\n" if tag == "br" else ""

    def handle_data(self, data: str) -> None:
        self.text += data


ATTACKS = [
    HOSTILE,
    "</article><script>alert(1)</script>",
    "<!-- <b>",
    "\n\n# tiêu đề\n\n- [x](javascript:alert(1))\n\n<iframe src=//a>",
    "`mã` ~~xóa~~ | bảng | _nghiêng_ \\( x \\)",
    '" onmouseover="alert(1)',
    "&lt;b&gt; &#91;",
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_whatever_is_quoted_or_asked_is_shown_letter_by_letter_and_nothing_of_it_is_markup(attack: str) -> None:
    hostile = Citation(1, attack, attack, "d", None, (attack,), 0, len(attack), attack, attack, (1, len(attack) - 1))
    answer = answer_of(attack, hostile, lead=f"{attack} [1]\n", understood=attack, direct=f"{attack} [1]")
    told = explanation_of(answer)
    own = Document(attack, attack, "d", attack, source=attack, number=attack)
    pages = [
        question_html(attack),
        answer_html(answer, 0),
        reply_html(Exchange(attack, answer, done=True, explanation=told), 0),
        reply_html(Exchange(attack, Answer(attack, attack, abstained=True, related=(hostile,)), done=True), 0),
        copies_html((Exchange(attack, answer, done=True),)),
        sources.panel_html(Exchange(attack, answer), 0, lambda _: own),
        sources.document_html(own, sources.View(attack)),
        sources.document_html(own, sources.view_of(attack, 0, len(attack), (1, len(attack) - 1))),
        list_html([own], "", lambda _: 1),
    ]
    for page in pages:
        shown = Reader(page)
        assert {tag for tag, _ in shown.tags} <= {
            *(
                "p",
                "strong",
                "em",
                "article",
                "span",
                "blockquote",
                "a",
                "button",
                "pre",
                "br",
                "ul",
                "li",
                "h2",
                "div",
            ),
            *("details", "summary", "mark", "b", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        }
        assert not [name for _, names in shown.tags for name in names if name.startswith("on")]
        assert not re.search(r"[*_`~$\\{}\n|]|\]\(|!\[", page), (
            "a reader of Markdown, formulas or templates finds its own"
        )
        letters = re.sub(r"\s", "", attack)
        assert letters in re.sub(r"\s", "", shown.text)


def test_escaping_keeps_every_letter() -> None:
    everything = "".join(map(chr, range(32, 127))) + "đậm «»"
    assert Reader(escape(everything)).text == everything


def test_a_quotation_stands_in_a_block_and_its_mark_leads_to_its_card() -> None:
    shown = Reader(answer_html(answer_of("?", cite(2, PARK_DOCUMENT, AREA), lead="Theo tài liệu:\n"), 4))
    assert [tag for tag, _ in shown.tags[:5]] == ["article", "p", "blockquote", "span", "a"]
    assert shown.tags[4][1]["href"] == "#can-cu-4-2"


def test_an_answer_an_abstention_and_a_failure_are_three_things() -> None:
    answered = reply_html(Exchange("?", answer_of("?", cite(1, PARK_DOCUMENT, AREA)), done=True), 0)
    abstained = reply_html(Exchange("?", Answer("?", "Không thấy.", abstained=True), done=True), 0)
    *_, failed = converse(FakeAssistant({"?": ValueError("secret")}), (), "?")  # type: ignore[arg-type]
    assert 'class="cc-answer"' in answered
    assert 'class="cc-abstention"' in abstained and "Tài liệu không nêu" in abstained
    assert 'class="cc-failure"' in reply_html(failed, 0) and "Không trả lời được do lỗi" in reply_html(failed, 0)


# --- the grounds --------------------------------------------------------------------------------------------------


def test_the_context_is_cut_between_words() -> None:
    text = "a" * 400 + " đầu " + "Q" + " cuối " + "b" * 400
    start = text.index("Q")
    assert sources.context(text, start, start + 1) == ("… đầu ", " cuối …")


def test_a_short_document_is_its_own_context() -> None:
    assert sources.context("trước Q sau", 6, 7) == ("trước ", " sau")


def marked(html: str) -> str:
    return "\n".join(Reader(m).text for m in re.findall(r"<mark>(.*?)</mark>", html))


def test_the_card_marks_exactly_the_quotation_in_its_place() -> None:
    html = sources.card_html(cite(1, PARK_DOCUMENT, LIST), 0, document, opened=True)
    shown = Reader(html).text
    assert marked(html) == LIST
    assert f"{STUDENTS} {LIST}" in shown
    assert "Mục «Nhân lực»" in shown and "bản tóm lược, không phải nguyên văn" in shown


def test_a_quotation_that_the_document_no_longer_holds_is_shown_without_a_place() -> None:
    moved = cite(1, PARK_DOCUMENT, AREA)
    other = Document("park", "x", "x", "Văn bản khác.")
    html = sources.card_html(moved, 0, lambda _: other, opened=True)
    assert marked(html) == AREA
    assert "Mở cả văn bản" not in html and "thay đổi" in Reader(html).text


def test_only_the_first_card_of_an_answer_is_open() -> None:
    answer = answer_of("?", cite(1, PARK_DOCUMENT, AREA), cite(2, PARK_DOCUMENT, STUDENTS))
    tags = Reader(sources.panel_html(Exchange("?", answer), 3, document)).tags
    assert [(a["id"], "open" in a) for tag, a in tags if tag == "details"] == [
        ("can-cu-3-1", True),
        ("can-cu-3-2", False),
    ]


def test_the_marks_of_a_markdown_heading_are_not_shown_but_stay_in_a_quotation() -> None:
    text = "# Tên\n\n## Mục\n\nCâu.\n"
    own = Document(
        "d",
        "Tên",
        "d.md",
        text,
        sections=(Section("", "Tên", Span("d", 0, len(text))), Section("", "Mục", Span("d", 7, len(text)))),
    )
    where = text.index("Câu.")
    said = Citation(1, "d", "Tên", "d.md", None, ("Mục",), where, where + 4, "Câu.")
    assert "#" not in Reader(sources.card_html(said, 0, lambda _: own, opened=True)).text
    assert "#" not in Reader(sources.document_html(own, sources.view_of("d", where, where + 4))).text
    assert "#" not in Reader(sources.document_html(own, sources.View("d"))).text
    assert marked(sources.document_html(own, sources.view_of("d", 7, 13))) == "## Mục"


def test_the_whole_document_shows_its_pages_and_the_marked_passage_over_several_lines() -> None:
    quote = "Kế hoạch số 57\n\n" + HOSTILE
    html = sources.document_html(PLAN_DOCUMENT, sources.view_of("plan", 0, len(quote)))
    assert marked(html) == f"Kế hoạch số 57\n{HOSTILE}"
    assert re.findall(r"Trang \d", Reader(html).text) == ["Trang 1", "Trang 2"]
    assert "57/KH · 22/12/2024" in Reader(html).text


def test_a_long_document_opens_at_the_part_that_holds_the_passage() -> None:
    text = "Mở đầu.\n" + "Dòng.\n" * 20_000 + "Đích." + "\nDòng." * 20_000
    start = text.index("Đích.")
    view = sources.view_of("d", start, start + 5)
    html = sources.document_html(Document("d", "Mở đầu.", "d", text), view)
    assert marked(html) == "Đích."
    assert view.start == start - 6000
    assert f"{sources.PART:,}".replace(",", ".") == "60.000" and "trên 240.013" in Reader(html).text


def test_the_list_finds_documents_without_marks() -> None:
    assert "Công viên" in Reader(list_html(DOCUMENTS, "cong vien uy ban", lambda _: 1)).text
    assert "Công viên" not in Reader(list_html(DOCUMENTS, "57/kh", lambda _: 1)).text


def test_example_questions_are_of_the_documents_that_are_there() -> None:
    shipped = Document("co-che-thuc-day-khcn-dmst-cds", "t", "p", "t")
    assert example_questions([shipped]) == ["Nghị quyết số 57-NQ/TW được ban hành ngày nào?"]
    assert example_questions([]) == []


# --- the conversation ---------------------------------------------------------------------------------------------


def test_the_history_holds_what_was_said_and_no_failure() -> None:
    said = Exchange("a", Answer("a", "A"), done=True)
    failed = Exchange("b", done=True)
    cut = Exchange("c", Answer("c", "C"), done=True, stopped=True)
    assert history((said, failed, cut)) == (Turn("a", "A"),)


def test_an_error_gives_a_code_that_stands_in_the_log_beside_the_cause(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        *_, last = converse(FakeAssistant({"?": ValueError("secret")}), (), "?")  # type: ignore[arg-type]
    assert last.incident is not None and last.done
    assert "secret" not in last.incident.message
    assert last.incident.code in caplog.text and "secret" in caplog.text


def test_an_error_of_ours_keeps_its_message() -> None:
    *_, last = converse(FakeAssistant({"?": EngineError("Máy chủ LLM không trả lời.")}), (), "?")  # type: ignore[arg-type]
    assert last.incident is not None and last.incident.message == "Máy chủ LLM không trả lời."


def test_a_whole_answer_is_explained_in_its_conversation() -> None:
    fake = FakeAssistant(ASKED)
    earlier = (Exchange("a", Answer("a", "A"), done=True),)
    *_, whole, last = converse(fake, earlier, "còn sinh viên")
    assert whole.done and whole.explanation is None
    assert last.explanation is not None and replace(last, explanation=None) == whole
    assert fake.explained == fake.asked == [("còn sinh viên", (Turn("a", "A"),))]
    assert "Vì sao có câu trả lời này?" in reply_html(last, 0) and "cc-why" not in reply_html(whole, 0)


def test_an_explanation_that_fails_leaves_the_answer_and_a_line_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    fake = FakeAssistant(ASKED)
    fake.unexplained.add("kế hoạch")
    with caplog.at_level(logging.ERROR):
        *_, last = converse(fake, (), "kế hoạch")
    assert last == Exchange("kế hoạch", ASKED["kế hoạch"], done=True)  # type: ignore[arg-type]
    assert "secret of the explanation" in caplog.text
    assert "cc-why" not in reply_html(last, 0)


def test_nothing_is_explained_where_answering_failed() -> None:
    fake = FakeAssistant(ASKED)
    *_, last = converse(fake, (), "hỏng")
    assert last.incident is not None and fake.explained == []


def test_stopping_ends_only_the_exchange_that_is_not_done() -> None:
    done, growing = Exchange("a", Answer("a", "A"), done=True), Exchange("b", Answer("b", "B nửa"))
    assert stop(growing) == Exchange("b", Answer("b", "B nửa"), done=True, stopped=True)
    assert stop(done) == done


def test_a_question_is_refused_when_blank_or_longer_than_4000_characters() -> None:
    assert refusal(" \n") == "Hãy nhập câu hỏi trước khi gửi."
    assert refusal("x" * 4000) is None
    assert "4.001 ký tự, nhiều nhất là 4.000" in (refusal("x" * 4001) or "")


def test_long_work_tells_its_steps_and_then_its_result() -> None:
    def work(tell: Tell) -> str:
        tell(1, 1)
        return "xong"

    assert list(steps(work, threading.Event())) == [(1, 1), Done("xong")]


def test_long_work_raises_what_it_raised() -> None:
    def work(_tell: Tell) -> str:
        raise EngineError("hỏng")

    with pytest.raises(EngineError, match="hỏng"):
        list(steps(work, threading.Event()))


def test_what_takes_long_is_left_when_stopped() -> None:
    never, stopped = threading.Event(), threading.Event()

    def items() -> Iterator[int]:
        yield 1
        never.wait(60)
        yield 2

    found = []
    for item in followed(items(), stopped):
        found.append(item)
        stopped.set()
    never.set()
    assert found == [1]


def test_long_work_is_interrupted_when_nobody_listens() -> None:
    ended, proceed = threading.Event(), threading.Event()

    def work(tell: Tell) -> None:
        try:
            tell(1, 2)
            assert proceed.wait(10)
            tell(2, 2)
        except KeyboardInterrupt:
            ended.set()
            raise

    listener = steps(work, threading.Event())
    next(listener)
    listener.close()  # type: ignore[attr-defined]
    proceed.set()
    assert ended.wait(10)


# --- in a browser -------------------------------------------------------------------------------------------------

CHROMIUM = shutil.which("chromium")
ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()
DONE = "#hoi-thoai .bot-row:has(.cc-actions, .cc-failure, .cc-stopped)"
Visit = Callable[..., "Visitor"]

CAUTION = "Lưu ý: các tài liệu nêu số khác nhau; hãy xem phạm vi của từng trích dẫn."
WIDE = "Công viên rộng 220 hecta."
DIRECT = "15,47 hecta [1]; 220 hecta [2]"


def in_focus(citation: Citation, focus: str) -> Citation:
    start = citation.start + citation.quote.index(focus)
    return replace(citation, focus=(start, start + len(focus)))


def conflict() -> Answer:
    first = in_focus(cite(1, PARK_DOCUMENT, AREA), "15,47 hecta")
    second = in_focus(cite(2, PARK_DOCUMENT, WIDE), "220 hecta")
    answer = answer_of("hai con số", first, second, lead=f"{DIRECT}\n", direct=DIRECT)
    return replace(answer, text=f"{answer.text}\n{CAUTION}")


ASKED = {
    "hai con số": conflict(),
    "khu rộng bao nhiêu": answer_of(
        "khu rộng bao nhiêu", cite(1, PARK_DOCUMENT, AREA), cite(2, PARK_DOCUMENT, LIST), lead="**15,47 ha**\n"
    ),
    "kế hoạch": answer_of("kế hoạch", cite(1, PLAN_DOCUMENT, HOSTILE)),
    "còn sinh viên": answer_of(
        "còn sinh viên", cite(1, PARK_DOCUMENT, STUDENTS), understood="Bình Dương còn sinh viên"
    ),
    "thủ đô": Answer("thủ đô", "Không có căn cứ.", abstained=True, related=(cite(1, PARK_DOCUMENT, STUDENTS),)),
    "hỏng": ValueError("secret stack trace"),
    "chậm": answer_of("chậm", cite(1, PARK_DOCUMENT, STUDENTS)),
}


class Visitor:
    """A person at the page."""

    def __init__(self, page: Any, url: str) -> None:
        self.page = page
        self.requests: list[str] = []
        page.on("request", lambda request: self.requests.append(request.url))
        page.goto(url)
        page.wait_for_function("document.documentElement.lang === 'vi'")
        page.wait_for_selector("#cau-hoi textarea")

    def send(self, question: str) -> None:
        self.page.get_by_role("textbox", name="Câu hỏi", exact=True).fill(question)
        self.page.keyboard.press("Enter")

    def ask(self, question: str) -> Any:
        """The reply, once it is whole."""
        before = self.page.locator(DONE).count()
        self.send(question)
        return self.reply(before)

    def reply(self, place: int) -> Any:
        self.page.wait_for_function(
            "([done, n]) => document.querySelectorAll(done).length > n", arg=[DONE, place], timeout=10_000
        )
        return self.page.locator("#hoi-thoai .bot-row").nth(place)

    @property
    def conversation(self) -> str:
        return str(self.page.locator("#hoi-thoai").inner_text())


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if CHROMIUM is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing: the page can't be tested")
        pytest.skip("needs Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def reached() -> list[str]:
    """The hosts other than this one that the server's process looks up or connects to from now on."""
    hosts: list[str] = []

    def watch(event: str, arguments: tuple[Any, ...]) -> None:
        if event == "socket.connect" and isinstance(arguments[1], tuple):
            hosts.append(str(arguments[1][0]))
        elif event == "socket.getaddrinfo" and arguments[0] is not None:
            hosts.append(str(arguments[0]))
        if hosts and hosts[-1] in ("127.0.0.1", "localhost", "::1"):
            hosts.pop()

    sys.addaudithook(watch)
    return hosts


@pytest.fixture
def visit(browser: Any, reached: list[str]) -> Iterator[Visit]:
    """Opens pages, each in a browser session of its own; at the end, neither page nor server has asked another host."""
    visitors: list[tuple[Visitor, str]] = []

    def open_page(url: str, **options: Any) -> Visitor:
        context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
        context.set_default_timeout(10_000)
        visitors.append((Visitor(context.new_page(), url), url))
        return visitors[-1][0]

    yield open_page
    for visitor, url in visitors:
        outside = [request for request in visitor.requests if not request.startswith((url, "data:", "blob:"))]
        assert outside == []
        assert visitor.requests
        visitor.page.context.close()
    assert reached == []


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def fake() -> FakeAssistant:
    return FakeAssistant(ASKED)


@pytest.fixture(scope="module")
def fake_url(fake: FakeAssistant, reached: list[str]) -> Iterator[str]:
    from assistant.chat.app import start

    app, url = start(fake, port=free_port())  # type: ignore[arg-type]
    yield url
    app.close(verbose=False)


@pytest.fixture(scope="module")
def url(real: Any, workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The page over the shipped documents; evaluations are written to a copy of the workspace."""
    from assistant.chat.app import start

    own = shutil.copytree(workspace, tmp_path_factory.mktemp("chat") / "workspace", symlinks=True)
    app, address = start(real, port=free_port(), workspace=own)
    yield address
    app.close(verbose=False)


def test_an_official_asks_without_marks_reads_the_figure_and_sees_it_in_its_place(visit: Visit, url: str) -> None:
    official = visit(url)
    reply = official.ask("khu cntt tap trung binh duong rong bao nhieu hecta")
    assert "15,47" in reply.locator(".cc-quote").first.inner_text()
    assert reply.locator("a.cc-ref").first.inner_text().endswith("làm việc với Bình Dương về công nghiệp công nghệ số")
    card = official.page.locator("#can-cu details[open]")
    quoted = reply.locator(".cc-quote").first.inner_text().strip("«»")
    assert card.count() == 1
    assert card.locator("mark").inner_text() == quoted
    passage = card.locator(".cc-passage").inner_text()
    assert quoted in passage and len(passage) > len(quoted) + 100
    assert "Không gian cho các khu công nghệ thông tin tập trung" in card.locator("summary").inner_text()
    assert "bản tóm lược, không phải nguyên văn" in card.inner_text()


def test_a_follow_up_leans_on_the_conversation_and_shows_how_it_was_understood(visit: Visit, url: str) -> None:
    official = visit(url)
    official.ask("Nghị quyết số 57-NQ/TW được ban hành ngày nào?")
    reply = official.ask("Do ai ban hành?")
    understood = reply.locator(".cc-understood em").inner_text()
    assert "57" in understood
    assert "Bộ Chính trị" in reply.inner_text()
    reply.get_by_role("button", name="Sửa lại").click()
    box = official.page.get_by_role("textbox", name="Câu hỏi", exact=True)
    official.page.wait_for_function("document.querySelector('#cau-hoi textarea').value !== ''")
    assert box.input_value() == understood


def test_what_the_documents_do_not_tell_is_calmly_not_told(visit: Visit, url: str) -> None:
    official = visit(url)
    reply = official.ask("Giá vé xe buýt ở Đà Lạt là bao nhiêu?")
    assert reply.locator(".cc-abstention").count() == 1
    assert reply.locator(".cc-outcome").inner_text() == "Tài liệu không nêu"
    assert reply.locator(".cc-answer, .cc-failure, a.cc-ref").count() == 0


def test_every_example_question_is_answered(visit: Visit, url: str) -> None:
    told = ("15,47 hecta", "22/12/2024", "Bà Rịa – Vũng Tàu", "công nghệ sinh học")
    for place, fact in enumerate(told):
        official = visit(url)
        assert official.page.locator("#hoi-thoai button.example").count() == len(told)
        official.page.locator("#hoi-thoai button.example").nth(place).click()
        quotation = official.reply(0).locator("blockquote").first
        assert fact in quotation.inner_text() and quotation.locator("a.cc-ref").count() == 1


def test_two_people_at_once_see_only_their_own_conversation(visit: Visit, fake: FakeAssistant, fake_url: str) -> None:
    slow = fake.held["chậm"] = threading.Event()
    first, second = visit(fake_url), visit(fake_url)
    first.send("chậm")
    first.page.wait_for_selector("#hoi-thoai .cc-answer")
    assert "15,47" in second.ask("khu rộng bao nhiêu").inner_text()
    assert first.page.locator(DONE).count() == 0, "the first was still being answered"
    assert "chậm" not in second.conversation and "15,47" not in first.conversation
    slow.set()
    first.reply(0)
    second.ask("còn sinh viên")
    assert fake.asked[-1] == ("còn sinh viên", (Turn("khu rộng bao nhiêu", ASKED["khu rộng bao nhiêu"].text),))  # type: ignore[union-attr]
    third = visit(fake_url)
    assert "15,47" not in third.conversation


def test_the_answer_grows_before_it_is_whole(visit: Visit, fake: FakeAssistant, fake_url: str) -> None:
    go = fake.held["chậm"] = threading.Event()
    official = visit(fake_url)
    official.send("chậm")
    official.page.wait_for_selector("#hoi-thoai .cc-answer .cc-quote")
    grown = official.page.locator(".cc-quote").inner_text()
    assert 0 < len(grown) < len(STUDENTS)
    assert official.page.locator(".cc-actions").count() == 0
    go.set()
    assert official.reply(0).locator(".cc-quote").inner_text() == f"«{STUDENTS}»"


def test_mark_and_card_open_the_same_by_mouse_and_by_keyboard(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    reply = official.ask("khu rộng bao nhiêu")
    second = official.page.locator("#can-cu-0-2")
    reply.locator("a.cc-ref").nth(1).click()
    assert second.evaluate("card => card.open")
    by_mouse = second.inner_text()
    official.page.locator("#can-cu-0-1 summary").click()
    reply.locator("a.cc-ref").nth(0).focus()
    for _ in range(2):  # past what opens the first one's document
        official.page.keyboard.press("Tab")
    official.page.keyboard.press("Enter")
    assert second.evaluate("card => card.open") and second.inner_text() == by_mouse
    assert official.page.evaluate("document.activeElement.closest('details').id") == "can-cu-0-2"
    official.page.keyboard.press("Enter")
    assert not second.evaluate("card => card.open")
    official.page.keyboard.press("Enter")
    assert second.locator("mark").inner_text() == LIST


def test_a_mark_of_an_earlier_answer_opens_the_card_of_that_answer(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    earlier = official.ask("khu rộng bao nhiêu")
    official.ask("kế hoạch")
    assert official.page.locator("#can-cu-1-1 mark").inner_text() == HOSTILE
    earlier.locator("a.cc-ref").nth(1).click()
    official.page.wait_for_selector("#can-cu-0-2[open]")
    assert official.page.locator("#can-cu details[open] mark").inner_text() == LIST


def test_the_whole_document_opens_at_the_quotation(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    official.ask("khu rộng bao nhiêu")
    official.page.get_by_role("button", name="Mở cả văn bản").first.click()
    official.page.wait_for_selector("#van-ban mark")
    assert official.page.locator("#van-ban mark").inner_text() == AREA
    assert "Thủ tướng đã phê duyệt." in official.page.locator("#van-ban").inner_text()
    assert official.page.locator("#van-ban mark").is_visible()


def test_the_library_is_filtered_without_marks_and_opens_a_document(visit: Visit, url: str) -> None:
    official = visit(url)
    official.page.get_by_role("tab", name="Kho văn bản").click()
    assert official.page.locator("#danh-sach li").count() == 5
    official.page.locator("#loc textarea, #loc input").fill("thanh pho thong minh")
    official.page.wait_for_function("document.querySelectorAll('#danh-sach li').length === 1")
    official.page.locator("#danh-sach .cc-open").click()
    official.page.wait_for_selector("#van-ban .cc-document")
    assert "kinh tế tri thức" in official.page.locator("#van-ban").inner_text()


def test_hostile_text_of_a_document_does_nothing_and_is_shown_as_it_is(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    alarms: list[str] = []
    official.page.on("dialog", lambda dialog: (alarms.append(dialog.message), dialog.dismiss()))
    reply = official.ask("kế hoạch")
    reply.locator("summary").click()
    assert HOSTILE[:100] in (reply.locator(".cc-why td").first.text_content() or "")
    official.page.get_by_role("button", name="Mở cả văn bản").click()
    official.page.wait_for_selector("#van-ban mark")
    assert alarms == []
    assert reply.locator(".cc-quote").text_content() == f"«{HOSTILE}»"
    assert reply.locator("a").count() == 1 + 1 + 1, "two marks, and the link that opens the grounds on a phone"
    assert official.page.locator("#can-cu mark").text_content() == HOSTILE
    assert official.page.locator("#van-ban mark").text_content() == HOSTILE


def test_a_failure_shows_what_to_do_and_neither_trace_nor_english(
    visit: Visit, fake: FakeAssistant, fake_url: str
) -> None:
    official = visit(fake_url)
    reply = official.ask("hỏng")
    assert "Không trả lời được do lỗi" in reply.inner_text()
    code = reply.locator("strong").inner_text()
    assert re.fullmatch("[0-9a-f]{6}", code)
    for word in ("secret", "ValueError", "Traceback", "Error"):
        assert word not in official.page.locator("body").inner_text()
    times = len(fake.asked)
    reply.get_by_role("button", name="Gửi lại câu hỏi").click()
    official.page.wait_for_function("code => !document.body.innerText.includes(code)", arg=code)
    official.page.wait_for_selector("#hoi-thoai .cc-failure")
    assert fake.asked[times:] == [("hỏng", ())]
    assert official.page.locator("#hoi-thoai .user-row").count() == 1
    assert "15,47" in official.ask("khu rộng bao nhiêu").inner_text(), "the page goes on after a failure"


def test_three_outcomes_look_different(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    looks = set()
    for question in ("khu rộng bao nhiêu", "thủ đô", "hỏng"):
        article = official.ask(question).locator("article")
        looks.add(
            article.evaluate("a => [getComputedStyle(a).backgroundColor, getComputedStyle(a).borderLeftStyle].join()")
        )
    assert len(looks) == 3


def test_a_question_too_long_is_refused_and_kept(visit: Visit, fake: FakeAssistant, fake_url: str) -> None:
    official, times = visit(fake_url), len(fake.asked)
    official.send("x" * 4001)
    notice = official.page.locator("#luu-y .cc-notice")
    notice.wait_for()
    assert "4.001 ký tự" in notice.inner_text()
    assert len(official.page.get_by_role("textbox", name="Câu hỏi", exact=True).input_value()) == 4001
    assert len(fake.asked) == times
    official.ask("khu rộng bao nhiêu")
    assert notice.count() == 0


def test_copying_gives_plain_text_with_and_without_grounds(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url, permissions=["clipboard-read", "clipboard-write"])
    reply = official.ask("khu rộng bao nhiêu")
    answer = ASKED["khu rộng bao nhiêu"]
    assert isinstance(answer, Answer)
    for name, wanted in (("Sao chép", plain(answer)), ("Sao chép kèm căn cứ", with_grounds(answer))):
        reply.get_by_role("button", name=name, exact=True).click()
        official.page.wait_for_function(
            "[...document.querySelectorAll('button')].some(b => b.innerText === 'Đã sao chép')"
        )
        assert official.page.evaluate("navigator.clipboard.readText()") == wanted
        official.page.wait_for_function(
            "![...document.querySelectorAll('button')].some(b => b.innerText === 'Đã sao chép')"
        )


def test_the_direct_answer_stands_first_bold_and_larger_than_the_quotations(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url, permissions=["clipboard-read", "clipboard-write"])
    reply = official.ask("hai con số")
    direct = reply.locator("article > :first-child")
    assert direct.get_attribute("class") == "cc-direct"
    look = "e => [parseFloat(getComputedStyle(e).fontSize), parseInt(getComputedStyle(e).fontWeight)]"
    (size, weight), (quoted, _) = (
        e.evaluate(look) for e in (direct.locator("strong"), reply.locator(".cc-quote").first)
    )
    assert size > quoted and weight >= 700
    assert reply.locator(".cc-note").inner_text() == CAUTION
    direct.locator("a.cc-ref").nth(1).click()
    assert official.page.locator("#can-cu-0-2").evaluate("card => card.open")
    reply.get_by_role("button", name="Sao chép", exact=True).click()
    official.page.wait_for_selector("button:text-is('Đã sao chép')")
    copied = official.page.evaluate("navigator.clipboard.readText()")
    assert copied == f"15,47 hecta; 220 hecta\n«{AREA}»\n«{WIDE}»\n{CAUTION}"


def test_the_figure_is_marked_in_the_answer_its_card_and_the_whole_document(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    reply = official.ask("hai con số")
    assert reply.locator(".cc-quote .cc-focus").all_inner_texts() == ["15,47 hecta", "220 hecta"]
    assert official.page.locator("#can-cu mark .cc-focus").all_text_contents() == ["15,47 hecta", "220 hecta"]
    card = official.page.locator("#can-cu-0-1")
    grounds = "e => getComputedStyle(e).backgroundColor"
    assert card.locator("mark").evaluate(grounds) != card.locator(".cc-focus").evaluate(grounds)
    card.get_by_role("button", name="Mở cả văn bản").click()
    official.page.wait_for_selector("#van-ban mark .cc-focus")
    assert official.page.locator("#van-ban mark").inner_text() == AREA
    assert official.page.locator("#van-ban .cc-focus").inner_text() == "15,47 hecta"


def test_why_is_folded_out_by_keyboard_and_leads_to_the_grounds(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    why = official.ask("hai con số").locator("details.cc-why")
    assert not why.locator("table").is_visible(), "closed until it is wanted"
    why.locator("summary").focus()
    official.page.keyboard.press("Enter")
    assert why.locator("table").is_visible()
    assert "Độ tin cậy 0,90, đạt ngưỡng 0,45." in why.inner_text()
    assert official.page.get_by_role("table", name="2 câu gần nhất với câu hỏi").get_by_role("row").count() == 1 + 2
    assert official.page.get_by_role("columnheader").all_inner_texts() == ["Câu đã xét", "Điểm"]
    why.locator("a.cc-ref").nth(1).click()
    assert official.page.locator("#can-cu-0-2").evaluate("card => card.open")
    official.ask("thủ đô")
    assert why.locator("table").is_visible(), "a later answer does not fold it in"
    abstention = official.page.locator(".cc-abstention details.cc-why")
    abstention.locator("summary").click()
    assert "Độ tin cậy 0,20, thấp hơn ngưỡng 0,45." in abstention.inner_text()


def test_an_answer_without_an_explanation_has_no_fold_out(visit: Visit, fake: FakeAssistant, fake_url: str) -> None:
    fake.unexplained.add("còn sinh viên")
    try:
        reply = visit(fake_url).ask("còn sinh viên")
    finally:
        fake.unexplained.clear()
    assert reply.locator(".cc-actions").count() == 1 and reply.locator(".cc-why").count() == 0


def test_a_new_conversation_forgets_the_old_one(visit: Visit, fake: FakeAssistant, fake_url: str) -> None:
    official = visit(fake_url)
    official.ask("khu rộng bao nhiêu")
    official.page.get_by_role("button", name="Cuộc hỏi đáp mới").click()
    official.page.wait_for_selector("#hoi-thoai .cc-welcome")
    assert official.page.locator("#can-cu details").count() == 0
    official.ask("còn sinh viên")
    assert fake.asked[-1] == ("còn sinh viên", ())


def test_an_answer_can_be_stopped_where_an_engine_takes_its_time(visit: Visit) -> None:
    from assistant.chat.app import start

    slow = FakeAssistant(ASKED)
    slow.engine = object()  # type: ignore[assignment]
    slow.held["chậm"] = threading.Event()
    app, address = start(slow, port=free_port())  # type: ignore[arg-type]
    try:
        official = visit(address)
        official.send("chậm")
        official.page.wait_for_selector("#hoi-thoai .cc-quote")
        official.page.get_by_role("button", name="Dừng").click()
        assert "Đã dừng" in official.reply(0).inner_text()
        slow.held["chậm"].set()
        assert "15,47" in official.ask("khu rộng bao nhiêu").inner_text()
        assert slow.asked[-1] == ("khu rộng bao nhiêu", ()), "half an answer is no part of the conversation"
    finally:
        slow.held["chậm"].set()
        app.close(verbose=False)


def test_too_many_at_once_are_told_so_and_keep_their_question(visit: Visit) -> None:
    from assistant.chat.app import start

    slow = FakeAssistant(ASKED)
    go = slow.held["chậm"] = threading.Event()
    app, address = start(slow, port=free_port(), at_once=1, waiting=1)  # type: ignore[arg-type]
    try:
        answered, queued, refused = (visit(address) for _ in range(3))
        answered.send("chậm")
        answered.page.wait_for_selector("#hoi-thoai .cc-quote")
        queued.send("chậm")
        queued.page.wait_for_timeout(500)
        refused.send("khu rộng bao nhiêu")
        refused.page.wait_for_selector(".toast-body")
        assert "Đang có quá nhiều người dùng cùng lúc" in refused.page.locator(".toast-body").inner_text()
        seen = "\n".join(visitor.page.locator("body").inner_text() for visitor in (queued, refused))
        assert not ENGLISH.search(seen)
        assert refused.page.locator("#cau-hoi textarea").input_value() == "khu rộng bao nhiêu"
        go.set()
        assert STUDENTS in queued.reply(0).inner_text()
        assert "15,47" in refused.ask("khu rộng bao nhiêu").inner_text()
    finally:
        go.set()
        app.close(verbose=False)


def test_a_file_of_questions_is_answered_and_handed_back(visit: Visit, url: str, tmp_path: Path) -> None:
    source = tmp_path / "cau-hoi.csv"
    source.write_text(
        "stt,Câu hỏi\n1,Nghị quyết số 57-NQ/TW được ban hành ngày nào?\n2,Giá vàng hôm nay?\n", encoding="utf-8"
    )
    official = visit(url)
    official.page.get_by_role("tab", name="Hỏi hàng loạt").click()
    official.page.locator("#tep-cau-hoi input[type=file]").set_input_files(str(source))
    official.page.wait_for_selector("#cot-cau-hoi input")
    assert official.page.locator("#cot-cau-hoi input").input_value() == "B · Câu hỏi"
    official.page.get_by_role("button", name="Trả lời tất cả").click()
    official.page.wait_for_selector("#tai-ket-qua")
    assert "2 trên 2 dòng, trong đó 1 dòng không đủ căn cứ" in official.page.locator("#tien-do").inner_text()
    assert "22/12/2024" in official.page.locator("#dong-dau").inner_text()
    with official.page.expect_download() as download:
        official.page.locator("#tai-ket-qua").click()
    written = Path(download.value.path()).read_text(encoding="utf-8-sig")
    assert download.value.suggested_filename == "cau-hoi-tra-loi.csv"
    assert written.startswith("stt,Câu hỏi,answer,abstained") and "22/12/2024" in written


def test_columns_are_named_by_letter_where_their_heading_does_not_tell() -> None:
    assert column_choices(["stt", "Câu hỏi", "Câu hỏi", ""]) == [
        ("A · stt", "stt"),
        ("B · Câu hỏi", "B"),
        ("C · Câu hỏi", "C"),
        ("D", "D"),
    ]


def test_answering_a_file_can_be_stopped(visit: Visit, fake: FakeAssistant, fake_url: str, tmp_path: Path) -> None:
    source = tmp_path / "nhieu.csv"
    source.write_text("Câu hỏi\nkhu rộng bao nhiêu\nchậm\nkế hoạch\n", encoding="utf-8")
    fake.held["chậm"] = threading.Event()
    official = visit(fake_url)
    official.page.get_by_role("tab", name="Hỏi hàng loạt").click()
    official.page.locator("#tep-cau-hoi input[type=file]").set_input_files(source)
    official.page.get_by_role("button", name="Trả lời tất cả").click()
    official.page.get_by_role("button", name="Dừng").click()
    official.page.wait_for_selector("#tien-do .cc-notice")
    assert "Đã dừng" in official.page.locator("#tien-do").inner_text()
    fake.held["chậm"].set()
    assert not official.page.locator("#tai-ket-qua").is_visible()
    official.page.get_by_role("button", name="Trả lời tất cả").click()
    official.page.wait_for_selector("#tai-ket-qua")
    assert "3 trên 3 dòng" in official.page.locator("#tien-do").inner_text()


def test_a_broken_file_of_questions_says_why(visit: Visit, url: str, tmp_path: Path) -> None:
    source = tmp_path / "trong.csv"
    source.write_text("Câu hỏi\n", encoding="utf-8")
    official = visit(url)
    official.page.get_by_role("tab", name="Hỏi hàng loạt").click()
    official.page.locator("#tep-cau-hoi input[type=file]").set_input_files(str(source))
    official.page.wait_for_selector("#tien-do .cc-notice")
    assert "«trong.csv» không có dòng câu hỏi nào" in official.page.locator("#tien-do").inner_text()
    assert official.page.locator("#tra-loi-tat-ca").is_disabled()


def test_the_evaluation_shows_its_measures(visit: Visit, url: str) -> None:
    official = visit(url)
    official.page.get_by_role("tab", name="Đánh giá").click()
    official.page.get_by_role("button", name="Chạy đánh giá").click()
    official.page.wait_for_selector("#ket-qua-danh-gia table", timeout=120_000)
    assert re.search(r"\d+ câu hỏi", official.page.locator("#ket-qua-danh-gia").inner_text())
    assert official.page.locator("#ket-qua-danh-gia tbody tr").count() >= 3


PHONE = {"viewport": {"width": 360, "height": 740}, "has_touch": True}
OVERFLOWING = """() => [...document.querySelectorAll('body *')].filter(e => {
  const box = e.getBoundingClientRect(), style = getComputedStyle(e);
  if (!box.width || style.visibility === 'hidden' || e.closest('.cc-sr, #thong-bao, .cc-table, .visually-hidden, svg')) return false;
  return box.right > innerWidth + 0.5 || box.left < -0.5;
}).map(e => e.outerHTML.slice(0, 120))"""


def test_nothing_overflows_on_a_phone_and_the_grounds_are_a_drawer(visit: Visit, url: str) -> None:
    official = visit(url, **PHONE)
    page = official.page
    assert page.evaluate(OVERFLOWING) == []
    reply = official.ask("khu cntt tap trung binh duong rong bao nhieu hecta")
    official.ask("Giá vé xe buýt ở Đà Lạt là bao nhiêu?")
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert not page.locator("#can-cu").is_visible()
    for summary in page.locator(".cc-why summary").all():
        summary.click()
    assert page.locator(".cc-why table").count() == 2
    assert page.evaluate(OVERFLOWING) == []
    assert page.evaluate(SQUEEZED) == []
    reply.locator("a.cc-ref").first.click()
    page.wait_for_selector("#can-cu details[open] mark")
    assert page.locator("#can-cu details[open] mark").is_visible()
    assert page.evaluate(OVERFLOWING) == []
    page.keyboard.press("Escape")
    assert not page.locator("#can-cu").is_visible()
    assert page.evaluate("document.activeElement.className").startswith("cc-ref"), "the focus is where it was"
    for name in ("Hỏi hàng loạt", "Kho văn bản", "Đánh giá"):
        tab = page.get_by_role("tab", name=name)
        if not tab.count():
            page.get_by_role("button", name="Thêm thẻ").click()
            tab = page.locator(".overflow-dropdown button", has_text=name)
        tab.click()
        assert page.evaluate(OVERFLOWING) == [], name


# Tables that must be pushed sideways to be read.
SQUEEZED = """() => [...document.querySelectorAll('.cc-why .cc-table')].filter(e => e.scrollWidth > e.clientWidth + 1)
  .map(e => [e.scrollWidth, e.clientWidth])"""
SMALL = """() => { const found = new Set(); const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) { const e = n.parentElement;
    if (n.data.trim() && e.checkVisibility() && !e.closest('script, style') && parseFloat(getComputedStyle(e).fontSize) < 16)
      found.add(n.data.trim()); }
  return [...found]; }"""


def test_no_word_is_smaller_than_16_pixels(visit: Visit, url: str) -> None:
    official = visit(url)
    official.ask("khu cntt tap trung binh duong rong bao nhieu hecta").locator(".cc-why summary").click()
    assert official.page.evaluate(SMALL) == []
    for name in ("Hỏi hàng loạt", "Kho văn bản", "Đánh giá"):
        official.page.get_by_role("tab", name=name).click()
        assert official.page.evaluate(SMALL) == []


# WCAG 2: relative luminance of text over what lies behind it, opacity counted in.
PALE = """() => {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
  const rgba = (css) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = css; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255]; };
  const over = (top, below) => [0, 1, 2].map((i) => top[i] * top[3] + below[i] * (1 - top[3])).concat(1);
  const ground = (e) => { const mine = rgba(getComputedStyle(e).backgroundColor);
    return mine[3] === 1 || !e.parentElement ? over(mine, [255, 255, 255, 1]) : over(mine, ground(e.parentElement)); };
  const light = (c) => { const [r, g, b] = c.map((v) => v / 255 <= .04045 ? v / 255 / 12.92 : ((v / 255 + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b; };
  const opacity = (e) => e ? getComputedStyle(e).opacity * opacity(e.parentElement) : 1;
  const found = []; const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) { const e = n.parentElement;
    if (!n.data.trim() || !e.checkVisibility() || e.closest('script, style, .cc-sr, [disabled]')) continue;
    const below = ground(e), ink = rgba(getComputedStyle(e).color); ink[3] *= opacity(e);
    const [a, b] = [light(over(ink, below)), light(below)].sort((x, y) => y - x);
    const ratio = (a + .05) / (b + .05);
    if (ratio < 4.5) found.push([n.data.trim().slice(0, 40), ratio.toFixed(2)]); }
  return found; }"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_ground(visit: Visit, fake_url: str, scheme: str, tmp_path: Path) -> None:
    questions = tmp_path / "hỏi.csv"
    questions.write_text("Câu hỏi\nkhu rộng bao nhiêu\nhỏng\n", encoding="utf-8")
    official = visit(fake_url, color_scheme=scheme)
    assert official.page.evaluate(PALE) == []
    for question in ("khu rộng bao nhiêu", "hai con số", "còn sinh viên", "thủ đô", "hỏng"):
        reply = official.ask(question)
        if question != "hỏng":
            reply.locator(".cc-why summary").click()
        assert official.page.evaluate(PALE) == [], question
    official.page.locator("#hoi-thoai a.cc-ref").nth(1).click()
    official.page.wait_for_selector("#can-cu-0-2[open] mark")
    assert official.page.evaluate(PALE) == []
    official.page.get_by_role("button", name="Mở cả văn bản").and_(official.page.locator(":visible")).first.click()
    official.page.wait_for_selector("#van-ban mark")
    assert official.page.evaluate(PALE) == []
    official.page.get_by_role("tab", name="Hỏi hàng loạt").click()
    official.page.locator("#tep-cau-hoi input[type=file]").set_input_files(questions)
    official.page.wait_for_selector("#cot-cau-hoi input")
    assert official.page.evaluate(PALE) == []
    official.page.get_by_role("button", name="Trả lời tất cả").click()
    official.page.wait_for_selector("#tai-ket-qua")
    assert official.page.evaluate(PALE) == []
    ground = official.page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", ground)[:3])) < 3 * 128) == (scheme == "dark")


def test_bold_and_regular_vietnamese_come_from_one_font_with_all_its_letters(visit: Visit, url: str) -> None:
    page = visit(url).page
    page.evaluate("""() => { for (const weight of [300, 400, 500, 600, 700, 900]) document.querySelector('.cc-head').insertAdjacentHTML(
      'beforeend', `<p class="cc-weight" style="font-weight:${weight}">Ạặ Ằẵ Ệễ Ốỗ Ợỡ Ựữ Ỵỹ đĐ «15,47 hecta»</p>`); }""")
    page.evaluate("document.fonts.ready")
    page.wait_for_timeout(300)
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    root = devtools.send("DOM.getDocument")["root"]["nodeId"]
    nodes = devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": ".cc-weight"})["nodeIds"]
    used = [devtools.send("CSS.getPlatformFontsForNode", {"nodeId": node})["fonts"] for node in nodes]
    assert [[font["familyName"] for font in fonts] for fonts in used] == [["Source Sans 3"]] * 6, (
        "what the file calls itself"
    )
    assert all(font["isCustomFont"] for fonts in used for font in fonts), "carried by the server, not by this machine"


ENGLISH = re.compile(
    r"\b(the|click|drop|file|select|message|clear|submit|loading|error|tabs|chatbot|upload|here|or|your|scroll|bottom|"
    r"copy|share|settings|api|built|queue|close|remove|download|dropdown|options|textbox)\b",
    re.IGNORECASE,
)
SEEN_OR_HEARD = """() => { const words = [document.title];
  for (const e of document.querySelectorAll('body *')) {
    if (e.closest('script, style')) continue;
    for (const name of ['aria-label', 'title', 'placeholder', 'alt']) if (e.getAttribute(name)) words.push(e.getAttribute(name)); }
  return words.concat(document.body.innerText.split('\\n')); }"""


def test_nothing_seen_or_heard_is_english(visit: Visit, url: str) -> None:
    official = visit(url, viewport={"width": 360, "height": 500})
    assert official.page.evaluate("document.documentElement.lang") == "vi"
    for question in ("Nghị quyết số 57-NQ/TW được ban hành ngày nào?", "Giá vé xe buýt ở Đà Lạt là bao nhiêu?"):
        official.ask(question).locator(".cc-why summary").click()
    official.page.locator("#hoi-thoai [role=log]").evaluate("log => log.scrollTo(0, 0)")
    official.page.wait_for_selector(".scroll-down-button-container button")
    wide = visit(url)
    wide.page.get_by_role("tab", name="Hỏi hàng loạt").click()
    wide.page.wait_for_selector("#tep-cau-hoi")
    for visitor in (official, wide):
        words = visitor.page.evaluate(SEEN_OR_HEARD)
        assert [word for word in words if ENGLISH.search(word)] == []


def test_the_log_and_its_messages_are_named_for_a_screen_reader(visit: Visit, fake_url: str) -> None:
    official = visit(fake_url)
    official.ask("khu rộng bao nhiêu")
    assert official.page.get_by_role("log", name="Cuộc hỏi đáp").count() == 1
    labels = official.page.locator("#hoi-thoai [data-testid=bot], #hoi-thoai [data-testid=user]").evaluate_all(
        "found => found.map(e => e.getAttribute('aria-label'))"
    )
    assert labels == ["Câu hỏi của Bạn", "Câu trả lời"]


def test_the_header_tells_how_many_documents_and_since_when(visit: Visit, fake_url: str) -> None:
    assert "Kho: 2 văn bản · cập nhật 21/11/2026" in visit(fake_url).page.locator("header").inner_text()


def test_a_taken_port_is_told_with_the_next_command() -> None:
    from assistant.chat.app import start
    from assistant.errors import CancuError

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(CancuError, match=f"cancu chat --port {port + 1}"):
            start(FakeAssistant({}), port=port)  # type: ignore[arg-type]


def test_the_command_serves_the_page_and_tells_its_address_in_vietnamese(visit: Visit, workspace: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "assistant", "chat", "--port", str(port), "--workspace", str(workspace)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, encoding="utf-8") as server:
        assert server.stdout is not None
        try:
            said = server.stdout.readline()
            assert said == f"Mở trình duyệt tại http://127.0.0.1:{port}/ · dừng bằng Ctrl+C\n"
            assert "Kho: 5 văn bản" in visit(f"http://127.0.0.1:{port}/").page.locator("header").inner_text()
        finally:
            server.send_signal(signal.SIGINT)
        assert server.communicate(timeout=30)[0] == "Đã dừng.\n"
        assert server.returncode == 0


def test_an_answer_given_in_the_place_of_the_language_model_says_so() -> None:
    from assistant.chat.render import answer_html

    given = Answer("hỏi", "Chữ.", engine="extractive", reason="llm_unavailable")
    assert "Mô hình ngôn ngữ không trả lời được" in answer_html(given, 0)
    assert "Mô hình ngôn ngữ" not in answer_html(replace(given, reason=None), 0)


def test_a_question_to_be_put_otherwise_is_not_called_untold_by_the_documents() -> None:
    from assistant.chat.render import abstention_html

    opinion = Answer("hỏi", "Trợ lý không nêu ý kiến.", abstained=True, reason="opinion")
    assert "Chưa trả lời được" in abstention_html(opinion, 0)
    assert "Tài liệu không nêu" in abstention_html(replace(opinion, reason="no_evidence"), 0)
