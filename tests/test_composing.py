"""What answers by itself in a sentence, and how the answer is put: the figure, day or name first, conflicts shown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.asked import Asked
from assistant.answering.compose import differing, wording
from assistant.answering.evidence import Passage
from assistant.answering.focus import find_focus
from assistant.answering.question import understand
from assistant.answering.values import plain_value
from assistant.types import Citation, Document, Span


def focus(text: str, question: str) -> str | None:
    found = find_focus(text, understand(question), lambda term: 1.0 + len(term) / 10)
    return text[found.start : found.end] if found else None


@pytest.mark.parametrize(
    ("question", "text", "wanted"),
    [
        ("Khu công nghệ rộng bao nhiêu hecta?", "Khu công nghệ có quy mô 15,47 hecta, lập năm 2023.", "15,47 hecta"),
        ("Tỉnh đạt bao nhiêu phần trăm?", "Năm 2024 tỉnh đạt 87,5% kế hoạch với 120 dự án.", "87,5%"),
        ("Tiền hỗ trợ là bao nhiêu?", "Trong 3 năm, mức hỗ trợ là 70.000 đồng/người.", "70.000 đồng/người"),
        (
            "Kinh tế số xếp hạng mấy?",
            "Thứ hạng năm 2023 ở 3 trụ cột:\n- Chính quyền số: hạng 7;\n- Kinh tế số: hạng 31;\n- Xã hội số: hạng 11.",
            "hạng 31",
        ),
        ("Có bao nhiêu tổ chức, doanh nghiệp?", "Thu hút ít nhất 20 tổ chức, doanh nghiệp lớn.", "ít nhất 20 tổ chức"),
        ("Nhiệm vụ chia làm mấy nhóm?", "Nhiệm vụ được chia thành tám nhóm.", "tám nhóm"),
        ("Dự án đang ở giai đoạn mấy?", "Dự án gồm 12 hạng mục đang ở giai đoạn 2.", "giai đoạn 2"),
        ("Họp ngày nào?", "Hội nghị họp ngày 10/8/2024 để bàn Nghị quyết 57-NQ/TW, ngày 22/12/2024.", "ngày 10/8/2024"),
        ("Nghị quyết 57 ban hành ngày nào?", "Nghị quyết số 57-NQ/TW, ngày 22/12/2024.", "ngày 22/12/2024"),
        ("Trung tâm lập năm nào?", "Trung tâm lập cuối năm 2019 tại Thủ Dầu Một.", "cuối năm 2019"),
        ("Ai chủ trì buổi họp?", "Buổi họp do ông Trần Văn Nam chủ trì tại hội trường.", "ông Trần Văn Nam"),
        ("Lê Thị Hoa giữ chức vụ gì?", "Bà Lê Thị Hoa, Giám đốc Sở Nội vụ, phát biểu.", "Giám đốc Sở Nội vụ"),
    ],
)
def test_the_piece_that_answers_is_found(question: str, text: str, wanted: str) -> None:
    assert focus(text, question) == wanted


@pytest.mark.parametrize(
    ("question", "text"),
    [
        ("Khu công nghệ rộng bao nhiêu?", "Khu công nghệ được lập theo Nghị quyết 57-NQ/TW năm 2023."),
        (
            "Phiên họp lần thứ 2 diễn ra ngày nào?",
            "Phiên họp lần thứ 2 bàn về Nghị quyết số 57-NQ/TW, ngày 22/12/2024.",
        ),
        ("Ai chủ trì buổi họp?", "Buổi họp diễn ra tại hội trường."),
        ("Lương vùng III là bao nhiêu?", "Vùng III 3.640.000 17.500"),
        ("Lương vùng III là bao nhiêu phần trăm?", "Lương vùng III là 17.500 đồng."),
        ("Ai duyệt đề án?", "Đề án Khu CNTT được duyệt."),
        ("Vì sao tỉnh làm việc này?", "Tỉnh dành 20 tỷ đồng trong năm 2024."),
    ],
)
def test_a_sentence_without_such_a_piece_gives_none(question: str, text: str) -> None:
    assert focus(text, question) is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("220 ha", "220ha", True),
        ("220 hecta", "220ha", True),
        ("hạng 7", "thứ 7", True),
        ("04 nghị quyết", "4 nghị quyết", True),
        ("15,47 ha", "15 ha", False),
        ("ông Võ Văn Nam", "Võ Văn Nam", True),
    ],
)
def test_values_are_told_apart_by_what_they_say(one: str, other: str, *, same: bool) -> None:
    assert (plain_value(one) == plain_value(other)) is same


def cited(number: int, document: str, quote: str, piece: str) -> Citation:
    start = 10 * number
    at = start + quote.index(piece)
    return Citation(
        number,
        document,
        document,
        f"{document}.md",
        None,
        (),
        start,
        start + len(quote),
        quote,
        None,
        (at, at + len(piece)),
    )


def test_the_value_comes_first_and_then_the_quotation() -> None:
    words = wording([cited(1, "a", "Khu rộng 15,47 ha.", "15,47 ha")])
    assert words.text == "15,47 ha [1]\n«Khu rộng 15,47 ha.» [1]"
    assert words.direct == "15,47 ha [1]"


def test_one_quotation_may_hold_the_values_of_several_parts() -> None:
    found = [cited(1, "a", "Chợ họp ở bến Vàm sáng 10-8.", "bến Vàm")]
    words = wording(found, (), [("a", (20, 27)), ("a", (28, 37)), ("b", (20, 27))])
    assert words.direct == "bến Vàm [1]; sáng 10-8 [1]"


def test_values_that_differ_are_all_told_and_notes_stand_last() -> None:
    found = [cited(1, "a", "Khu rộng 15,47 ha.", "15,47 ha"), cited(2, "b", "Khu rộng 220ha.", "220ha")]
    words = wording(found, ["Lưu ý: khác."])
    assert words.text.startswith("15,47 ha [1]; 220ha [2]\n")
    assert words.text.endswith("\nLưu ý: khác.")


def test_one_value_of_two_documents_is_told_once() -> None:
    found = [cited(1, "a", "Khu rộng 220 hecta.", "220 hecta"), cited(2, "b", "Khu rộng 220ha.", "220ha")]
    assert wording(found).text.startswith("220 hecta [1][2]\n")


def passage(name: str, text: str, piece: str) -> Passage:
    at = text.index(piece)
    return Passage(Document(name, name, f"{name}.md", text), Span(name, 0, len(text)), (at, at + len(piece)))


def test_a_difference_is_noted_between_documents_only_and_for_kinds_with_a_form() -> None:
    one, other = passage("a", "Khu rộng 15 ha.", "15 ha"), passage("b", "Khu rộng 220ha.", "220ha")
    note = differing(Asked.NUMBER, [one, other])
    assert note is not None
    assert "nêu số khác nhau" in note
    assert differing(Asked.OTHER, [one, other]) is None
    assert differing(Asked.NUMBER, [one, passage("b", "Khu rộng 15 hecta.", "15 hecta")]) is None
    assert differing(Asked.NUMBER, [one, passage("a", "Khu rộng 220ha.", "220ha")]) is None


@given(st.text(max_size=300), st.sampled_from(["bao nhiêu người?", "ngày nào?", "ai chủ trì?", "số hiệu văn bản nào?"]))
def test_any_text_is_looked_through(text: str, question: str) -> None:
    found = find_focus(text, understand(question), lambda term: 1.0)
    assert found is None or 0 <= found.start < found.end <= len(text)
