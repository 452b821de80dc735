"""Questions that ask several things are taken apart; what asks one thing stays whole, with marks or without."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.answering.parting import parts
from assistant.vietnamese.stripping import strip_marks

SEVERAL = [
    ("Giám đốc sở và chủ tịch xã là những ai?", ["Giám đốc sở là ai?", "chủ tịch xã là ai?"]),
    (
        "Chủ tịch xã và đoàn khảo sát nhận xét thế nào về cây cầu?",
        ["Chủ tịch xã nhận xét thế nào về cây cầu?", "đoàn khảo sát nhận xét thế nào về cây cầu?"],
    ),
    (
        "Mục tiêu trồng lúa của xã đến 2030 khác gì so với tầm nhìn 2045?",
        ["Mục tiêu trồng lúa của xã đến 2030", "Mục tiêu trồng lúa của xã đến 2045"],
    ),
    ("So sánh giá lúa hạng I với hạng II năm nay.", ["giá lúa hạng I", "giá lúa hạng II năm nay"]),
    (
        "Về cây cầu: xã chi bao nhiêu tiền, và đơn vị nào sẽ xây cầu thứ hai?",
        ["Về cây cầu: xã chi bao nhiêu tiền", "Về cây cầu: đơn vị nào sẽ xây cầu thứ hai?"],
    ),
    (
        "Nghị định 1/2020/NĐ-CP và Nghị định 2/2021/NĐ-CP có hiệu lực từ ngày nào?",
        ["Nghị định 1/2020/NĐ-CP có hiệu lực từ ngày nào?", "Nghị định 2/2021/NĐ-CP có hiệu lực từ ngày nào?"],
    ),
]
ONE = [
    "Khu nghiên cứu và phát triển rộng bao nhiêu?",
    "Xã hợp tác với huyện về những gì?",
    "Điểm năm 2023 so với năm 2022 tăng bao nhiêu?",
    "Nghị định 2/2021/NĐ-CP sửa đổi điều nào của Nghị định 1/2020/NĐ-CP?",
    "Ai chủ trì và ghi biên bản?",
]


@pytest.mark.parametrize(("question", "wanted"), SEVERAL)
def test_a_question_of_several_things_is_taken_apart(question: str, wanted: list[str]) -> None:
    assert [text for text, _ in parts(question)] == wanted


@pytest.mark.parametrize(("question", "wanted"), SEVERAL)
def test_it_is_taken_apart_without_its_marks_too(question: str, wanted: list[str]) -> None:
    assert [text for text, _ in parts(strip_marks(question))] == [strip_marks(text) for text in wanted]


@pytest.mark.parametrize("question", ONE)
def test_what_asks_one_thing_stays_whole(question: str) -> None:
    assert parts(question) == []


def test_a_part_without_a_subject_keeps_that_of_the_part_before() -> None:
    assert parts("Cây cầu do ai xây và được hưởng cơ chế ưu đãi gì?") == [
        ("Cây cầu do ai xây", None),
        ("Cây cầu do ai xây — được hưởng cơ chế ưu đãi gì?", "được hưởng cơ chế ưu đãi gì?"),
    ]


@given(
    st.text(max_size=400)
    | st.lists(st.sampled_from(["và", "so sánh", "khác nhau", "2020", "là ai", ",", ":", "gì"])).map(" ".join)
)
def test_any_text_is_taken_apart_or_not(text: str) -> None:
    assert all(part.strip() for part, _ in parts(text))
