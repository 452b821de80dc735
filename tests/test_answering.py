"""How a question is understood and met: kinds, terms, lists, matches, what is quoted, what is refused, follow-ups.

Every corpus here is written in the test, so that each expected quotation can be read beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from assistant.answering.abstention import FEATURES, REASONS, assess, features
from assistant.answering.asked import Asked, proper_names
from assistant.answering.assistant import Assistant
from assistant.answering.cases import Weighing
from assistant.answering.evidence import Unit, document_numbers, provisions_of, units_of, without_documents
from assistant.answering.extract import _without_marks, choose, merged
from assistant.answering.fitting import fits
from assistant.answering.followups import asking_sentence, resolve
from assistant.answering.lists import lead_in, list_block
from assistant.answering.matching import Match, match, presence
from assistant.answering.missing import missing_numbers, missing_titles
from assistant.answering.parting import parts
from assistant.answering.question import Understanding, about, content_terms, understand, without_item_number
from assistant.answering.ranking import rank_units
from assistant.documents.structure import find_sections
from assistant.documents.validity import Change
from assistant.retrieval.search import Stage
from assistant.settings import Settings
from assistant.types import Answer, Chunk, Document, Hit, Section, Span, Turn
from assistant.vietnamese.sentences import sentence_spans
from assistant.wiring import build_index, open_assistant

# --- a question's words ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Khu công nghệ rộng bao nhiêu hecta?", Asked.NUMBER),
        ("khu cong nghe rong bao nhieu", Asked.NUMBER),
        ("Trụ cột kinh tế số đứng hạng mấy?", Asked.NUMBER),
        ("Tờ trình số mấy?", Asked.DOCUMENT),
        ("Nghị quyết ban hành khi nào?", Asked.DATE),
        ("Hợp tác được mở rộng trong giai đoạn nào?", Asked.DATE),
        ("Ai đã phê duyệt đề án?", Asked.PERSON),
        ("Chủ tịch UBND tỉnh Đồng Tháp là ai?", Asked.PERSON),
        ("Ai giữ chức vụ Chủ tịch UBND tỉnh Đồng Tháp?", Asked.PERSON),
        ("Nguyễn Khắc Lịch là ai?", Asked.OFFICE),
        ("Ông Nguyễn Khắc Lịch giữ chức vụ gì?", Asked.OFFICE),
        ("Mô hình gồm những lớp nào?", Asked.LIST),
        ("Năm nhóm nhiệm vụ là gì?", Asked.LIST),
        ("Vì sao tỉnh chọn hướng này?", Asked.REASON),
        ("Lập phòng thí nghiệm để làm gì?", Asked.REASON),
        ("Máy móc nhập từ nước nào?", Asked.OTHER),
        ("Ông Lê Văn Tám nói gì?", Asked.OTHER),
    ],
)
def test_the_kind_asked_for_is_told_by_the_words_of_asking(question: str, asked: Asked) -> None:
    assert understand(question).asked is asked


def test_terms_are_folded_written_out_and_without_the_words_of_asking() -> None:
    assert content_terms("Khu CNTT ở đâu?") == ("khu", "cong", "nghe", "thong", "tin")
    assert content_terms("dân số là bao nhiêu") == ("dan", "so")
    assert content_terms("TT&TT, GD&ĐT") == ("thong", "tin", "truyen", "thong", "giao", "duc", "dao", "tao")


def test_a_word_without_marks_is_dropped_only_where_no_other_word_looks_like_it() -> None:
    assert content_terms("tu van la gi") == ("tu", "van")  # «tư», not «từ»
    assert content_terms("tư vấn từ đâu là gì") == ("tu", "van")


def test_a_term_keeps_the_marks_of_its_writer_and_a_short_form_has_none() -> None:
    asked = understand("Khu CNTT rộng bao nhiêu?")
    assert dict(zip(asked.terms, asked.keys, strict=True)) == {
        "khu": "khu", "cong": None, "nghe": None, "thong": None, "tin": None, "rong": "ro\u0302ng\u0323",
    }  # fmt: skip
    assert set(understand("khu cntt rong bao nhieu").keys) == {None}


def test_what_is_said_around_a_question_is_no_matter_of_it() -> None:
    assert understand("Các tài liệu nói gì về bán dẫn?").terms == ("ban", "dan")
    assert understand("Cho tôi biết về bán dẫn").terms == ("ban", "dan")
    assert understand("BIIC là viết tắt của gì?").terms == ("biic",)
    assert understand("Ông Phan Tâm giữ chức vụ gì?").terms == ("phan", "tam")
    assert understand("Tiêu chuẩn chức danh kế toán?").terms == ("tieu", "chuan", "chuc", "danh", "ke", "toan")
    assert understand("So sánh").terms == ("so", "sanh")  # nothing else would be left


def test_proper_names_are_runs_of_capitalised_words() -> None:
    assert proper_names("Ông Bùi Hoàng Phương đến tỉnh Đồng Nai.") == [["Bùi", "Hoàng", "Phương"], ["Đồng", "Nai"]]
    assert proper_names("Theo Phiên thứ nhất") == []
    assert proper_names("Lê Văn Tám, Hà Nội") == [["Lê", "Văn", "Tám"], ["Hà", "Nội"]]
    assert proper_names("UBND HĐND KH") == []


def test_ordinals_are_numbers_that_say_which_one_in_figures_and_in_words() -> None:
    assert understand("Hội nghị lần thứ 5 bàn 3 việc gì?").ordinals == ("5",)
    assert understand("Điều 7 khoản 2 quy định gì?").ordinals == ("7", "2")
    assert understand("Nhóm thứ bảy là gì?").ordinals == ("7",)
    assert understand("nguon thu nam nay").ordinals == ()
    assert understand("Nhóm thứ bảy là gì?").as_written("7") == "thứ bảy"
    assert understand("Hội nghị lần thứ 5 ở đâu?").as_written("5") == "lần thứ 5"
    assert understand("Năm 2021 có gì?").as_written("2021") == "2021"


def test_the_focus_is_what_was_asked_just_now() -> None:
    asked = understand("Ông Phan Tâm là ai — Ông ấy nói gì về ngân sách?", focus="Ông ấy nói gì về ngân sách?")
    assert asked.asked is Asked.OTHER
    assert {"ngan", "sach"} <= asked.focus
    assert "tam" in asked.terms
    assert "tam" not in asked.focus
    assert understand("Ông Phan Tâm là ai — Còn bà Lê Thị Hoa?", focus="Còn bà Lê Thị Hoa?").asked is Asked.OFFICE


def test_what_is_counted_is_the_word_after_how_many() -> None:
    assert understand("Có bao nhiêu sinh viên?").counted == "sinh"
    assert understand("Chia làm mấy nhóm?").counted == "nhom"
    assert understand("Tỉnh xếp hạng bao nhiêu về kinh tế?").counted == ""
    assert understand("Nguồn thu đứng thứ mấy cả nước?").counted == ""


def test_a_document_and_its_provision_are_named_by_number() -> None:
    asked = understand("khoản 2 Điều 4 của Nghị định 38/2022/NĐ-CP quy định gì?")
    assert (asked.documents, asked.provision) == (("38/2022/NĐ-CP",), ("Điều 4", "Khoản 2"))
    assert understand("dieu 4 nghi dinh 38/2022/nd-cp").provision == ("Điều 4",)
    assert understand("Thông tư 27/2026/TT-BKHCN quy định gì?").provision == ("Điều 1",)
    assert understand("Thông tư 27/2026/TT-BKHCN có hiệu lực khi nào?").provision == ()
    assert understand("Theo Điều 4, mức lương vùng I là bao nhiêu?").provision == ()
    assert about(understand("Đối tượng của Nghị định 38/2022/NĐ-CP")) == {"doi", "tuong"}
    assert document_numbers("Nghị quyết 57-NQ/TW, ngày 3/2") == ()
    assert without_documents("Nghị định 38/2022/NĐ-CP nói gì?") == "Nghị định  nói gì?"


# --- lists -----------------------------------------------------------------------------------------------------

NESTED = """Tỉnh thực hiện các việc:

- đào tạo về:
  - quản lý;
  - kinh tế.
- xã hội hóa đào tạo;
- hợp tác công tư.

Đoạn sau không thuộc danh sách."""
CLAUSES = """1. Hồ sơ gồm:
a) đơn đề nghị;
b) bản sao giấy tờ.
2. Thời hạn giải quyết là 5 ngày.
3. Lệ phí không thu."""


def after(text: str, words: str) -> int:
    return text.index(words) + len(words)


def test_an_item_has_the_lead_in_of_its_list() -> None:
    lead = lead_in(NESTED, NESTED.index("- xã hội"))
    assert lead is not None and NESTED[slice(*lead)] == "- đào tạo về:"
    plain = "Có hai việc:\n\n- một việc;\n- hai việc."
    assert lead_in(plain, plain.index("- hai")) == (0, len("Có hai việc:"))


def test_a_line_that_is_no_item_or_has_no_colon_above_has_no_lead_in() -> None:
    assert lead_in(NESTED, NESTED.index("Đoạn sau")) is None
    assert lead_in("Mở đầu.\n- một;\n- hai.", len("Mở đầu.\n")) is None


def test_a_list_ends_with_its_last_item() -> None:
    assert list_block(NESTED, after(NESTED, "các việc:")) == after(NESTED, "hợp tác công tư.")
    assert list_block("Không có gì:\nĐoạn văn.", len("Không có gì:")) == len("Không có gì:")


def test_the_list_of_an_item_ends_before_its_next_sister() -> None:
    assert list_block(NESTED, after(NESTED, "đào tạo về:")) == after(NESTED, "kinh tế.")


def test_points_of_a_clause_end_before_the_next_clause() -> None:
    assert list_block(CLAUSES, after(CLAUSES, "Hồ sơ gồm:")) == after(CLAUSES, "bản sao giấy tờ.")


# --- matching, worked out by hand ------------------------------------------------------------------------------


def page(text: str, *, name: str = "a", title: str = "Tài liệu", number: str | None = None) -> Document:
    return Document(name, title, f"{name}.txt", text, number=number)


def unit(document: Document, words: str, *, hit_score: float = 1.0) -> Unit:
    start = document.text.index(words)
    return Unit(document, start, start + len(words), hit_score, Span(document.id, 0, len(document.text)))


def met(document: Document, words: str, question: Understanding, weight: Callable[[str], float] = len) -> Match:
    return match(unit(document, words), question, {t: float(weight(t)) for t in question.terms}, 0.5)


def test_shares_are_of_the_weight_of_the_questions_terms() -> None:
    document = page("Cầu Vàm dài 120 mét. Cầu nằm ở xã Tân Phú.")
    question = understand("Cầu Vàm màu gì?")
    assert question.terms == ("cau", "vam", "mau")
    weights = {"cau": 1.0, "vam": 2.0, "mau": 3.0}
    whole = met(document, "Cầu Vàm dài 120 mét.", question, weights.__getitem__)
    assert whole.own == pytest.approx((1 + 2) / 6)
    assert whole.pairs == pytest.approx(3 / 8)  # cau_vam 1 + 2, vam_mau 2 + 3
    assert whole.around == pytest.approx(3 / 6)
    assert whole.lacking == pytest.approx(3 / 3)
    second = met(document, "Cầu nằm ở xã Tân Phú.", question, weights.__getitem__)
    assert second.own == pytest.approx((1 + 0.8 * 2) / 6)  # the name `Cầu Vàm` carries on
    assert second.around == pytest.approx(3 / 6)  # the sentence before holds `Vàm`


def test_a_score_is_the_sum_of_its_parts() -> None:
    document = page("Cầu Vàm dài 120 mét.")
    found = met(document, document.text, understand("Cầu Vàm dài bao nhiêu mét?"))
    assert (found.own, found.around, found.fits, found.numbers, found.names) == (1, 1, True, True, 1)
    assert found.pairs == pytest.approx((6 + 6) / 18)  # cau_vam and vam_dai; 120 parts dai_met
    assert found.score == pytest.approx(0.37 + 0.19 * 2 / 3 + 0.42 + 0.19 + 0.19 * 1 + 0.18 * 0.5)
    assert replace(found, deputy=True).score == pytest.approx(found.score - 0.6)
    assert replace(found, numbers=False, names=0.5).score == pytest.approx(found.score - 0.22 - 0.21 * 0.5)
    assert replace(found, head=0.5).score == pytest.approx(found.score - 0.12 * 0.5)
    assert replace(found, meant=0.5).score == pytest.approx(found.score - 0.1 * 0.5)
    assert features([found]) == [float(getattr(found, name)) for name in FEATURES]


def test_a_word_with_other_marks_counts_a_quarter_and_a_short_form_counts_whole() -> None:
    words = unit(page("Thủ đô và KHCN."), "Thủ đô và KHCN.").words
    assert presence("thu", "thu", words) == pytest.approx(0.75)  # the question's word has no mark
    assert presence("thu", "thu\u0323", words) == pytest.approx(0.25)
    assert presence("do", "đo\u0302", words) == 1.0
    assert presence("khoa", "khoa", words) == 1.0
    assert presence("cau", None, words) == 0.0


def test_years_ordinals_and_document_numbers_must_stand_near() -> None:
    document = page("Hội nghị lần thứ 4 họp năm 2023. So với năm 2022, số đại biểu tăng 10 người.")
    first = unit(document, "Hội nghị lần thứ 4 họp năm 2023.")
    second = unit(document, "So với năm 2022, số đại biểu tăng 10 người.")
    assert missing_numbers(first, understand("Hội nghị lần thứ 5 năm 2023 ở đâu?")) == ["5"]
    assert missing_numbers(first, understand("Hội nghị lần thứ tư ở đâu?")) == []
    assert missing_numbers(first, understand("Hội nghị lần thứ bảy ở đâu?")) == ["7"]
    assert missing_numbers(second, understand("Năm 2022 có bao nhiêu đại biểu?")) == ["2022"]
    assert missing_numbers(second, understand("So với năm 2022 tăng bao nhiêu?")) == []
    assert missing_numbers(first, understand("Nghị định 99/2025/NĐ-CP nói gì?")) == ["99/2025/NĐ-CP"]


def test_another_office_than_the_one_asked_for_is_missing() -> None:
    document = page("Ông Lê Văn Tám, Thứ trưởng Bộ Y tế, dự họp.")
    assert missing_titles(unit(document, document.text), understand("Bộ trưởng Bộ Y tế là ai?")) == ["Bộ trưởng"]
    assert missing_titles(unit(document, document.text), understand("Thứ trưởng Bộ Y tế là ai?")) == []


def test_the_deputy_is_not_the_holder() -> None:
    document = page("Ông Lê Văn Tám, Phó Chủ tịch tỉnh, dự họp.")
    assert met(document, document.text, understand("Chủ tịch tỉnh là ai?")).deputy
    assert not met(document, document.text, understand("Phó Chủ tịch tỉnh là ai?")).deputy


@pytest.mark.parametrize(
    ("question", "fitting", "unfit"),
    [
        ("Có bao nhiêu xã?", "Huyện có 12 xã.", "Giai đoạn 2 của Nghị quyết 57-NQ/TW làm ở xã."),
        ("Có bao nhiêu xã?", "Huyện có hai xã.", "Nhóm thứ hai nói về một xã ngày 10/02 năm 2023."),
        ("Có bao nhiêu xã?", "1. Có 3 xã.", "1. Về các xã."),
        ("Giai đoạn mấy của dự án?", "Giai đoạn 2 đã khởi công.", "Dự án đã khởi công."),
        ("Ban hành khi nào?", "Ban hành ngày 22/12/2024.", "Nghị định 38/2022/NĐ-CP được ban hành."),
        ("Ai ký?", "Ông Phan Tâm ký.", "Văn bản đã ký."),
        ("Lê Văn Tám là ai?", "Ông Lê Văn Tám, Giám đốc Sở Y tế, dự họp.", "Ông Lê Văn Tám dự họp."),
        ("Gồm những gì?", "Các mục sau:", "Chỉ một mục."),
        ("Vì sao?", "Vì thiếu vốn.", "Dự án chậm."),
        ("Techmart là gì?", "Techmart (chợ công nghệ) là nơi mua bán.", "Tỉnh dự Techmart vùng."),
        ("DTI là gì?", "Chỉ số chuyển đổi số (Chỉ số DTI) đạt 0,7.", "DTI tăng 12 bậc."),
        ("Mô hình Ba nhà là gì?", "Mô hình “Ba nhà” gồm ba bên.", "Tỉnh đẩy mạnh mô hình “Ba nhà”."),
    ],
)
def test_a_sentence_fits_that_holds_the_kind_of_thing(question: str, fitting: str, unfit: str) -> None:
    assert fits(understand(question), fitting)
    assert not fits(understand(question), unfit)


def test_a_figure_of_something_else_is_no_count() -> None:
    document = page("Chỉ số đạt 0,7 điểm. Tỉnh có 900 sinh viên. Vốn là 30 tỷ đồng.")
    assert not met(document, "Chỉ số đạt 0,7 điểm.", understand("Có bao nhiêu sinh viên?")).fits
    assert met(document, "Tỉnh có 900 sinh viên.", understand("Có bao nhiêu sinh viên?")).fits
    assert not met(document, "Tỉnh có 900 sinh viên.", understand("Vốn là bao nhiêu tiền?")).fits
    assert met(document, "Vốn là 30 tỷ đồng.", understand("Vốn là bao nhiêu tiền?")).fits


def test_what_names_the_document_is_answered_by_the_document() -> None:
    law = page("Nghị định này có hiệu lực từ ngày 01/7/2022.", title="Nghị định 38/2022/NĐ-CP", number="38/2022/NĐ-CP")
    other = replace(law, number="12/2020/NĐ-CP", title="Nghị định 12/2020/NĐ-CP")
    question = understand("Nghị định 38/2022/NĐ-CP có hiệu lực từ ngày nào?")
    here, there = met(law, law.text, question), met(other, other.text, question)
    assert (here.own, here.numbers) == (1.0, True)
    assert there.own < 1 and not there.numbers
    mentions = page("Nghị định số 90/2019/NĐ-CP hết hiệu lực.", title=law.title, number=law.number)
    assert met(mentions, mentions.text, question).foreign
    assert not here.foreign


# --- sentences as evidence -------------------------------------------------------------------------------------


def hit(document: Document, *, score: float = 1.0) -> Hit:
    return Hit(Chunk(document.id, Span(document.id, 0, len(document.text)), document.text), score)


def test_headings_and_blanks_of_forms_are_no_evidence_but_a_heading_that_is_a_sentence_is() -> None:
    text = "Mức phí\nPhí là 5 đồng.\nHọ tên:.........\nĐiều 2. Có hiệu lực từ ngày 1/3."
    two = text.index("Điều 2")
    sections = (
        Section("", "Mức phí", Span("a", 0, two)),
        Section("Điều 2", "Có hiệu lực từ ngày 1/3", Span("a", two, len(text))),
    )
    document = replace(page(text), sections=sections)
    found = [u.text for u in units_of([hit(document)], lambda _: document)]
    assert found == ["Phí là 5 đồng.", "Có hiệu lực từ ngày 1/3."]


def test_a_lead_in_leads_to_its_table_as_far_as_its_section() -> None:
    text = "1. Mức lương như sau:\nVùng I 4.680.000\nVùng II 4.160.000\n2. Điều khác."
    second = text.index("2. Điều")
    document = replace(page(text), sections=(Section("Khoản 1", "", Span("a", 0, second)),))
    assert unit(document, "1. Mức lương như sau:").told == text[: second - 1]
    assert unit(page(text), "1. Mức lương như sau:").told == "1. Mức lương như sau:"


LAW = """Điều 1. Phạm vi
Nghị định này nói về phí.
Điều 2. Mức phí
1. Phí thường là 5 đồng.
2. Phí gấp là 9 đồng."""


def law(number: str = "7/2020/NĐ-CP", name: str = "luat") -> Document:
    two, end = LAW.index("Điều 2"), len(LAW)
    first, second = LAW.index("1. Phí"), LAW.index("2. Phí")
    sections = (
        Section("Điều 1", "Phạm vi", Span(name, 0, two)),
        Section("Điều 2", "Mức phí", Span(name, two, end)),
        Section("Khoản 1", "", Span(name, first, second), 1),
        Section("Khoản 2", "", Span(name, second, end), 1),
    )
    return replace(page(LAW, name=name, title=f"Nghị định {number}", number=number), sections=sections)


def test_a_provision_is_found_by_its_labels() -> None:
    assert [u.text for u in provisions_of(law(), ["Điều 1"])] == ["Điều 1. Phạm vi\nNghị định này nói về phí."]
    assert [u.text for u in provisions_of(law(), ["Điều 2", "Khoản 2"])] == ["2. Phí gấp là 9 đồng."]
    assert provisions_of(law(), ["Điều 1", "Khoản 2"]) == []
    assert provisions_of(law(), ["Điều 9"]) == []


# --- what is quoted --------------------------------------------------------------------------------------------


@dataclass
class SmallLibrary:
    """Documents that are each one chunk; every search finds all of them, `replies` their scores."""

    documents: Sequence[Document]
    replies: Sequence[float] = (1.0, 0.9, 0.8, 0.7)
    asked: list[str] = field(default_factory=list)

    def search(self, query: str, top_k: int) -> list[Hit]:
        self.asked.append(query)
        return [hit(d, score=s) for d, s in zip(self.documents, self.replies, strict=False)][:top_k]

    def document(self, identifier: str) -> Document:
        return next(d for d in self.documents if d.id == identifier)

    def weight(self, term: str) -> float:
        return 1.0

    def repair(self, text: str) -> str:
        return text

    def search_documents(self, query: str, top_k: int, stage: Stage = "reranked") -> list[tuple[str, float]]:
        return [(h.chunk.span.document_id, h.score) for h in self.search(query, top_k)]

    def document_ids(self) -> Sequence[str]:
        return [d.id for d in self.documents]

    def chunk_count(self, identifier: str) -> int:
        return 1

    def changes(self, document: Document) -> Sequence[Change]:
        return []

    def similarities(self, question: str, texts: Sequence[str]) -> Sequence[float]:
        return [0.5] * len(texts)


def ranked(question: str, *documents: Document) -> tuple[list[Match], Understanding]:
    library = SmallLibrary(documents)
    asked = understand(question)
    return rank_units(library.search(question, 8), asked, library), asked


def quotes(question: str, *documents: Document) -> list[str]:
    return [p.document.text[p.span.start : p.span.end] for p in choose(*ranked(question, *documents), lambda term: 1.0)]


def test_documents_that_disagree_are_both_quoted() -> None:
    one = page("Khu rộng 15 hecta. Khu có 3 cổng.", name="mot")
    two = page("Khu rộng 220 hecta. Khu có cây.", name="hai")
    assert quotes("Khu rộng bao nhiêu hecta?", one, two) == ["Khu rộng 15 hecta.", "Khu rộng 220 hecta."]


def test_one_person_under_two_offices_is_quoted_twice() -> None:
    one = page("Ông Lê Văn Tám, Cục trưởng Cục A, đến dự. Ông Lê Văn Tám phát biểu.", name="mot")
    two = page("Ông Lê Văn Tám hứa giúp. Ông Lê Văn Tám, Giám đốc Sở B, có mặt.", name="hai")
    assert quotes("Lê Văn Tám là ai?", one, two) == [
        "Ông Lê Văn Tám, Cục trưởng Cục A, đến dự.",
        "Ông Lê Văn Tám, Giám đốc Sở B, có mặt.",
    ]


def test_a_second_document_without_the_figure_is_not_quoted() -> None:
    one = page("Khu rộng 15 hecta.", name="mot")
    two = page("Nhóm thứ hai chuyển sang mô hình Khu rộng.", name="hai")
    assert quotes("Khu rộng bao nhiêu hecta?", one, two) == ["Khu rộng 15 hecta."]


def test_several_documents_are_quoted_where_they_are_asked_for() -> None:
    one = page("Tỉnh phát triển bán dẫn vì tương lai.", name="mot")
    two = page("Bán dẫn có cơ chế riêng trong dự thảo luật mới.", name="hai")
    assert len(quotes("Các tài liệu nói gì về bán dẫn?", one, two)) == 2


def test_a_list_that_is_asked_for_is_quoted_whole_with_its_lead_in() -> None:
    text = "Mở đầu về chợ.\n\nChợ bán các mặt hàng:\n\n- gạo;\n- muối;\n- vải."
    assert quotes("Chợ bán những mặt hàng nào?", page(text)) == ["Chợ bán các mặt hàng:\n\n- gạo;\n- muối;\n- vải."]


def test_an_item_of_a_long_list_is_quoted_with_its_lead_in_only() -> None:
    items = "\n".join(f"- việc thứ {n} là {'rất ' * 20}cần thiết;" for n in range(1, 10))
    text = f"Tỉnh làm các việc sau:\n{items}\n- xây cầu Vàm dài 120 mét."
    assert quotes("Cầu Vàm dài bao nhiêu mét?", page(text)) == [
        "Tỉnh làm các việc sau:",
        "xây cầu Vàm dài 120 mét.",
    ]


@pytest.mark.parametrize(
    ("written", "quoted"),
    [
        ("Phí qua cầu Vàm là 9 nghìn đồng.”", "Phí qua cầu Vàm là 9 nghìn đồng."),
        ("Phí qua cầu Vàm là 9 nghìn đồng”.", "Phí qua cầu Vàm là 9 nghìn đồng"),
        ("“2. Phí qua cầu Vàm là 9 nghìn đồng.", "2. Phí qua cầu Vàm là 9 nghìn đồng."),
        ("Phí qua “cầu Vàm” là 9 nghìn đồng.”", "Phí qua “cầu Vàm” là 9 nghìn đồng.”"),
        ("Phí qua cầu Vàm “lớn” là 9 nghìn đồng.", "Phí qua cầu Vàm “lớn” là 9 nghìn đồng."),
        ("Phí qua cầu Vàm là 9 nghìn đồng, gọi là «phí cầu».", "Phí qua cầu Vàm là 9 nghìn đồng, gọi là «phí cầu»."),
    ],
)
def test_a_lone_quotation_mark_at_an_end_of_a_sentence_is_not_quoted(written: str, quoted: str) -> None:
    document = page(f"Mở đầu về phà.\n\n{written}\n\nKết thúc.")
    at = document.text.index(written)
    cut = _without_marks(document, Span(document.id, at, at + len(written)))
    assert document.text[cut.start : cut.end] == quoted


def test_points_told_one_by_one_follow_the_sentence_that_counts_them() -> None:
    text = (
        "Bộ đề xuất ba nhóm giải pháp phát triển chợ.\n"
        "Thứ nhất, sửa đường. Đường hẹp.\nĐoạn xen giữa.\nThứ hai, thêm kho.\nThứ ba, giảm phí.\nKết thúc."
    )
    assert quotes("Ba nhóm giải pháp phát triển chợ là gì?", page(text)) == [
        "Bộ đề xuất ba nhóm giải pháp phát triển chợ.",
        "Thứ nhất, sửa đường.",
        "Thứ hai, thêm kho.",
        "Thứ ba, giảm phí.",
    ]


def test_a_definition_leaves_other_sentences_out() -> None:
    text = "Tỉnh dự Techmart năm nay. Techmart là chợ công nghệ. Tỉnh thích Techmart."
    assert quotes("Techmart là gì?", page(text)) == ["Techmart là chợ công nghệ."]


def test_an_article_asked_for_by_number_is_quoted_whole() -> None:
    other = law("8/2021/NĐ-CP", "khac")
    assert quotes("Điều 2 Nghị định 7/2020/NĐ-CP quy định gì?", law(), other) == [LAW[LAW.index("Điều 2") :]]
    assert quotes("khoản 1 Điều 2 Nghị định 7/2020/NĐ-CP", other, law()) == ["1. Phí thường là 5 đồng."]
    assert quotes("Nghị định 7/2020/NĐ-CP quy định gì?", law()) == ["Điều 1. Phạm vi\nNghị định này nói về phí."]


def test_a_document_that_is_named_is_searched_without_its_number() -> None:
    library = SmallLibrary([law()])
    asked = understand("Phí gấp theo Nghị định 7/2020/NĐ-CP là bao nhiêu?")
    best = rank_units(library.search(asked.text, 8), asked, library)[0]
    assert library.asked[-1] == "Phí gấp theo Nghị định  là bao nhiêu?"
    assert best.unit.text == "2. Phí gấp là 9 đồng."


def test_a_passage_inside_another_is_not_quoted_twice() -> None:
    passages = choose(*ranked("Khu rộng bao nhiêu hecta?", page("Khu rộng 15 hecta.")), lambda term: 1.0)
    (whole,) = passages
    inner = replace(whole, span=replace(whole.span, end=whole.span.end - 4))
    assert merged([inner, whole, inner]) == [whole]


# --- what is refused -------------------------------------------------------------------------------------------


def refusal(question: str, *documents: Document) -> tuple[str | None, str | None]:
    found = assess(*ranked(question, *documents), threshold=Settings().abstain_below)
    return found.reason, found.sentence


BRIDGE = page("Cầu Vàm dài 120 mét. Cầu Vàm khánh thành năm 2021. Ông Lê Văn Tám, Thứ trưởng Bộ Y tế, dự lễ.")


def test_what_is_told_is_not_refused() -> None:
    assert refusal("Cầu Vàm dài bao nhiêu mét?", BRIDGE) == (None, None)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Giá vàng hôm nay thế nào?", "no_evidence"),
        ("😀?", "unclear_question"),
        ("Xin chào bạn", "unclear_question"),
        ("Bạn nghĩ gì về cầu Vàm?", "opinion"),
        ("Theo bạn cầu Vàm có đẹp không?", "opinion"),
    ],
)
def test_a_refusal_says_why(question: str, reason: str) -> None:
    assert refusal(question, BRIDGE) == (reason, REASONS[reason])


@pytest.mark.parametrize(
    ("question", "detail"),
    [
        ("Cầu Vàm khánh thành năm 2019 dài bao nhiêu mét?", "2019"),
        ("Cầu Vàm ở Đồng Nai dài bao nhiêu mét?", "Đồng Nai"),
        ("Cầu Vàm thứ hai dài bao nhiêu mét?", "thứ hai"),
        ("Bộ trưởng Bộ Y tế dự lễ là ai?", "Bộ trưởng"),
    ],
)
def test_a_refusal_names_the_detail_that_is_missing(question: str, detail: str) -> None:
    reason, sentence = refusal(question, BRIDGE)
    assert (reason, sentence) == ("missing_detail", REASONS["missing_detail"].format(detail=detail))


def test_a_figure_that_is_not_there_makes_the_evidence_thin() -> None:
    reason, _ = refusal("Cầu Vàm rộng bao nhiêu mét?", page("Cầu Vàm khánh thành. Cầu Vàm đẹp."))
    assert reason == "thin_evidence"


def test_why_something_is_so_is_not_told_by_who_does_not_say_that_it_is() -> None:
    document = page("Tỉnh xây cầu Vàm để nối hai bờ.")
    assert refusal("Vì sao tỉnh xây cầu Vàm?", document) == (None, None)
    assert refusal("Vì sao tỉnh phá cầu Vàm?", document)[0] is not None


def test_an_article_of_no_document_is_asked_back_and_one_that_does_not_exist_is_named() -> None:
    reason, sentence = refusal("Điều 2 quy định gì?", law(), law("8/2021/NĐ-CP", "khac"))
    assert reason == "which_document"
    assert sentence is not None and "Điều 2" in sentence and "7/2020/NĐ-CP" in sentence and "8/2021/NĐ-CP" in sentence
    assert refusal("Điều 2 quy định gì?", law())[0] != "which_document"
    assert "(khoản 9 Điều 2)" in (refusal("khoản 9 Điều 2 Nghị định 7/2020/NĐ-CP", law())[1] or "")
    assert "(99/2025/NĐ-CP)" in (refusal("Điều 2 Nghị định 99/2025/NĐ-CP quy định gì?", law())[1] or "")


# --- follow-ups and double questions ---------------------------------------------------------------------------


def follow(earlier: str, question: str) -> str | None:
    return resolve(question, [Turn(earlier, "…")])


@pytest.mark.parametrize(
    ("earlier", "question", "resolved"),
    [
        ("Mục tiêu đến năm 2030 là gì?", "Thế còn đến năm 2045?", "Mục tiêu đến năm 2045 là gì?"),
        ("Chỉ số DTI năm 2023 là bao nhiêu?", "Còn chỉ số năm 2022?", "Chỉ số DTI năm 2022 là bao nhiêu?"),
        ("Nhóm thứ ba gồm những gì?", "Còn nhóm thứ tư?", "Nhóm thứ tư gồm những gì?"),
        ("Lương vùng I là bao nhiêu?", "Còn vùng II?", "Lương vùng II là bao nhiêu?"),
        ("Điều 3 Nghị định 7/2020/NĐ-CP nói gì?", "Còn Điều 4?", "Điều 4 Nghị định 7/2020/NĐ-CP nói gì?"),
        ("Tờ trình số 80 về việc gì?", "ai ký?", "Tờ trình số 80 về việc gì — ai ký?"),
        ("Chính quyền số xếp hạng mấy?", "Kinh tế số thì sao?", "Chính quyền số xếp hạng mấy — Kinh tế số?"),
    ],
)
def test_a_follow_up_is_asked_of_what_was_asked_before(earlier: str, question: str, resolved: str) -> None:
    assert follow(earlier, question) == resolved


def test_a_question_that_stands_by_itself_is_left_alone() -> None:
    assert follow("Ông Phan Tâm là ai?", "Chỉ số chuyển đổi số của tỉnh năm 2023 là bao nhiêu?") is None
    assert resolve("ai ký?", []) is None
    assert resolve("ai ký?", [Turn("  ", "")]) is None


def test_the_last_question_with_something_to_ask_is_followed() -> None:
    assert resolve("ai ký?", [Turn("Tờ trình nào?", "…"), Turn(" ", "…")]) == "Tờ trình nào — ai ký?"


def test_a_question_of_two_things_has_two_parts() -> None:
    assert parts("Chợ rộng bao nhiêu và ai quản lý chợ hạng nhất?") == [
        ("Chợ rộng bao nhiêu", None),
        ("ai quản lý chợ hạng nhất?", None),
    ]
    assert parts("Tờ trình số mấy, ký ngày nào?") == [
        ("Tờ trình số mấy", None),
        ("Tờ trình số mấy — ký ngày nào?", "ký ngày nào?"),
    ]
    assert parts("Mục tiêu năm 2040 và năm 2045 là gì?") == [
        ("Mục tiêu năm 2040 là gì?", None),
        ("Mục tiêu năm 2045 là gì?", None),
    ]


def test_a_question_of_one_thing_has_no_parts() -> None:
    assert parts("Khoa học và công nghệ là gì?") == []
    assert parts("Chợ bán gạo, muối và gì?") == []


def test_only_a_text_of_several_sentences_has_a_sentence_that_asks() -> None:
    assert asking_sentence("Tôi là cán bộ xã. Chợ rộng bao nhiêu?") == "Chợ rộng bao nhiêu?"
    assert asking_sentence("Chợ rộng bao nhiêu?") is None
    assert asking_sentence("Tôi là cán bộ. Xin cảm ơn.") is None


def test_sentences_end_at_full_stops_and_not_after_short_forms() -> None:
    text = "Ông ở TP. Thủ Đức. Phí là 1.500 đồng! (Số liệu năm 2020.) Hết"
    assert [text[a:b] for a, b in sentence_spans(text)] == [
        "Ông ở TP. Thủ Đức.",
        "Phí là 1.500 đồng!",
        "(Số liệu năm 2020.)",
        "Hết",
    ]


# --- the whole way, over a small corpus ------------------------------------------------------------------------

MARKET = """# Chợ Vàm

Chợ Vàm rộng 3 hecta. Chợ Vàm do ông Lê Văn Tám, Trưởng ban quản lý, điều hành từ năm 2021.

Chợ Vàm bán các mặt hàng:

- gạo;
- muối;
- vải Mai Chau Silk.

Nhà thầu Green Valley Partners xây chợ Vàm năm 2019.
"""
REPORT = "# Báo cáo chợ Vàm\n\nChợ Vàm rộng 4 hecta theo số đo mới. Chợ Vàm họp vào sáng thứ bảy.\n"


@pytest.fixture(scope="module")
def market(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    folder = tmp_path_factory.mktemp("cho")
    (folder / "corpus").mkdir()
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to((bare_workspace / "index" / "encoder").resolve())
    (folder / "corpus" / "cho-vam.md").write_text(MARKET, encoding="utf-8")
    (folder / "corpus" / "bao-cao.md").write_text(REPORT, encoding="utf-8")
    build_index(folder)
    return open_assistant(folder)


def quoted(answer: Answer) -> set[str]:
    assert not answer.abstained, answer.reason
    return {citation.quote for citation in answer.citations}


def test_two_documents_that_disagree_are_told_together(market: Assistant) -> None:
    assert quoted(market.ask("Chợ Vàm rộng bao nhiêu hecta?")) == {
        "Chợ Vàm rộng 3 hecta.",
        "Chợ Vàm rộng 4 hecta theo số đo mới.",
    }
    assert quoted(market.ask("cho vam rong bao nhieu hecta")) == quoted(market.ask("Chợ Vàm rộng bao nhiêu hecta?"))


def test_an_english_name_is_found_in_a_vietnamese_question(market: Assistant) -> None:
    answer = market.ask("Green Valley Partners xây chợ Vàm năm nào?")
    assert "Nhà thầu Green Valley Partners xây chợ Vàm năm 2019." in quoted(answer)
    assert market.ask("Golden River Partners xây chợ Vàm năm nào?").abstained


def test_both_parts_of_a_double_question_are_answered(market: Assistant) -> None:
    answer = market.ask("Chợ Vàm bán những mặt hàng nào và ai điều hành chợ Vàm?")
    texts = quoted(answer)
    assert "Chợ Vàm bán các mặt hàng:\n\n- gạo;\n- muối;\n- vải Mai Chau Silk." in texts
    assert any("Lê Văn Tám" in text for text in texts)


def test_a_part_that_is_not_told_is_not_made_up(market: Assistant) -> None:
    answer = market.ask("Chợ Vàm có bao nhiêu nhân viên và trả lương bao nhiêu tiền?")
    assert (answer.abstained, answer.citations) == (True, ())


def test_a_follow_up_is_answered_with_what_it_was_understood_as(market: Assistant) -> None:
    answer = market.ask("Ai điều hành?", history=[Turn("Chợ Vàm rộng bao nhiêu hecta?", "…")])
    assert answer.understood == "Chợ Vàm rộng bao nhiêu hecta — Ai điều hành?"
    assert any("Lê Văn Tám" in text for text in quoted(answer))


@pytest.mark.parametrize("question", ["?", "😀😀", "a" * 5000, "chợ " * 1250, "\u200b", "«»[1]"])
def test_odd_input_gets_an_answer_of_some_kind(market: Assistant, question: str) -> None:
    answer = market.ask(question)
    assert answer.text
    assert answer.abstained or answer.citations


def test_an_item_that_ends_in_a_colon_does_not_lead_to_the_items_beside_it() -> None:
    text = (
        "1. Hạ tầng\n+ Xây dựng khu công nghệ theo mô hình mới:\n\n+ Tổ chức 12 phòng thí nghiệm.\n\n+ Mở 3 trung tâm."
    )
    source = page(text)
    source = replace(source, sections=find_sections(source.id, text))
    lead = "+ Xây dựng khu công nghệ theo mô hình mới:"
    assert unit(source, lead).told == lead


@pytest.mark.parametrize("prefix", ["3. ", "Câu 3: ", "câu hỏi 12. ", "a) ", ""])
def test_the_number_of_a_question_in_a_list_is_no_part_of_it(prefix: str) -> None:
    assert without_item_number(f"{prefix}Khu rộng bao nhiêu hecta?") == "Khu rộng bao nhiêu hecta?"
    assert without_item_number("15,47 hecta là khu nào?") == "15,47 hecta là khu nào?"


def test_an_english_question_is_read_in_rough_vietnamese_which_is_shown() -> None:
    library = SmallLibrary([page("Doanh nghiệp của tỉnh có 20 bằng sáng chế năm 2023.")])
    case = Weighing(library, 8, 0.0).case("How many patents did enterprises of the province have in 2023?", ())
    assert case.understood is not None
    assert {"bang", "sang", "che", "2023"} <= set(case.asked.terms)
    assert case.ranked[0].unit.text == "Doanh nghiệp của tỉnh có 20 bằng sáng chế năm 2023."


def test_an_english_question_without_an_answer_is_asked_for_in_vietnamese() -> None:
    library = SmallLibrary([page("Cầu Vàm bắc qua sông.")])
    case = Weighing(library, 8, 0.45).case("What is the price of rice in 2023?", ())
    assert case.assessment.reason == "not_vietnamese"
