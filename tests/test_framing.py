"""What people say around a question, what stands before a sentence and carries on, who signed, where, and parts untold.

Every corpus here is written in the test.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answering.asked import Asked
from assistant.answering.assistant import Assistant
from assistant.answering.framing import without_framing
from assistant.answering.question import understand
from assistant.answering.values import fresh_values
from assistant.documents.signatures import signature
from assistant.types import Document
from assistant.wiring import build_index, open_assistant


@pytest.mark.parametrize(
    ("said", "asked"),
    [
        ("Tôi cần đưa vào báo cáo: xã có bao nhiêu hộ?", "xã có bao nhiêu hộ?"),
        ("Em đang soạn bài phát biểu về cầu Vàm dài bao nhiêu mét?", "cầu Vàm dài bao nhiêu mét?"),
        ("Đại biểu có thể chất vấn: vì sao cầu Vàm xây chậm?", "vì sao cầu Vàm xây chậm?"),
        ("đề nghị tổng hợp giúp các khoản phí", "các khoản phí"),
        (
            "Tôi cần ghi vào báo cáo số hộ nghèo của xã Tân Phú. Con số đó là bao nhiêu?",
            "số hộ nghèo của xã Tân Phú Con số đó là bao nhiêu?",
        ),
    ],
)
def test_what_the_asker_says_of_himself_is_left_out(said: str, asked: str) -> None:
    assert without_framing(said) == asked


@pytest.mark.parametrize(
    "question",
    [
        "Ba trụ cột năm 2023 của Bình Dương: trụ cột nào tốt nhất?",  # what stands before the colon is the matter
        "Công ty tôi muốn vào Khu công nghiệp Việt Hương: ngành nào được ưu tiên?",
        "Tôi cần làm gì?",  # nothing would be left
        "Ai ký?",
    ],
)
def test_what_tells_the_matter_stays(question: str) -> None:
    assert without_framing(question) == question


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("Phiên họp diễn ra hôm nào?", Asked.DATE),
        ("Danh mục ở phụ lục nào?", Asked.OTHER),
        ("tập đoàn nào làm nhà máy chip", Asked.OTHER),
        ("Bộ có ủng hộ mấy tỉnh lập khu không?", Asked.OTHER),
        ("Mấy khu nhà máy cũ đổi sang kiểu gì?", Asked.OTHER),
        ("Xã có mấy trường?", Asked.NUMBER),
        ("Lễ hội tổ chức ở đâu?", Asked.PLACE),
        ("Nhà máy đặt ở huyện nào?", Asked.PLACE),
        ("Điểm được dẫn theo cơ quan nào?", Asked.OTHER),
        ("Căn cứ vào đâu mà xã thu phí?", Asked.REASON),
        ("Vị nào ký?", Asked.PERSON),
    ],
)
def test_kinds_that_look_like_others(question: str, asked: Asked) -> None:
    assert understand(question).asked is asked


# --- values --------------------------------------------------------------------------------------------------


def values(text: str, question: str) -> list[str]:
    return [text[a:b] for a, b, _ in fresh_values(text, understand(question))]


def test_who_heads_a_body_is_a_person_and_not_another_body() -> None:
    text = "Ông Trần Văn Nam, Trưởng Ban Quản lý, báo cáo Sở Xây dựng."
    assert values(text, "Ai đứng đầu Ban Quản lý?") == ["Ông Trần Văn Nam"]
    assert "Sở Xây dựng" in values(text, "Ai nhận báo cáo?")


def test_places_are_no_people() -> None:
    text = "Tại tỉnh Đồng Nai, Thứ trưởng Bộ KH&CN Bùi Văn Hoàng làm việc."
    assert values(text, "Ai làm việc?") == ["Bùi Văn Hoàng"]
    assert values(text, "Thứ trưởng làm việc ở đâu?") == ["tỉnh Đồng Nai"]


def test_what_the_question_names_itself_is_no_answer() -> None:
    assert values("Sở Xây dựng họp.", "Ai ở Sở Xây dựng họp?") == []


def test_the_number_of_an_item_is_no_figure() -> None:
    assert values("1. Mức chi 20 triệu đồng.", "Mức chi là bao nhiêu?") == ["20 triệu đồng"]


def test_a_year_is_no_rank() -> None:
    assert values("Năm 2022 xã đứng thứ 3.", "Xã đứng thứ mấy?") == ["đứng thứ 3"]


# --- signatures ----------------------------------------------------------------------------------------------

DECREE = (
    "CHÍNH PHỦ\nSố: 7/2020/NĐ-CP\nNGHỊ ĐỊNH\nVề phí qua cầu\nĐiều 1. Phạm vi\nNghị định này nói về phí qua cầu Vàm.\n"
    "Điều 2. Mức phí\nPhí thường là 5 đồng.\nNơi nhận:\n- Ban Bí thư;\nTM. CHÍNH PHỦ\nKT. THỦ TƯỚNG\nPHÓ THỦ TƯỚNG\n"
    "(Đã ký)\nLê Thị Sao Mai\nPhụ lục\nBẢNG PHÍ\nCầu Vàm\n"
)


def test_a_signature_reaches_from_the_capacity_to_the_name() -> None:
    span = signature(Document(id="a", title="Nghị định", text=DECREE, path="a.txt"))
    assert span is not None
    assert DECREE[span.start : span.end].splitlines() == [
        "TM. CHÍNH PHỦ",
        "KT. THỦ TƯỚNG",
        "PHÓ THỦ TƯỚNG",
        "(Đã ký)",
        "Lê Thị Sao Mai",
    ]


@pytest.mark.parametrize(
    "text", ["", "ỦY BAN NHÂN DÂN\nTân Phú Đông\n", "Chủ tịch\nLê Thị Sao Mai", "BẢNG PHÍ\nCầu Vàm Cũ"]
)
def test_capitals_over_a_name_without_an_office_are_no_signature(text: str) -> None:
    assert signature(Document(id="a", title="", text=text, path="a.txt")) is None


# --- answers over a small corpus -------------------------------------------------------------------------------

NEWS = """Tỉnh họp về cầu Vàm

Tầm nhìn đến năm 2045, tỉnh Sao Mai muốn thành trung tâm vận tải. Tỉnh mở thêm ba bến cảng.
Thu hút ít nhất 20 hãng tàu lớn đến đặt trụ sở.

Phó Chủ tịch Lê Văn Tám cho biết cầu Vàm sắp xong. Đồng thời, cần kiểm tra định kỳ các trụ cầu để bảo đảm an toàn.

Ban Quản lý cầu khuyến nghị đơn vị thi công phải có đủ máy, đủ thợ, đủ vật tư. Đồng thời, đơn vị cần báo cáo hằng tuần.
Xã Tân Phú có 40 hộ làm nghề chài lưới.
"""


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    place: Path = tmp_path_factory.mktemp("framing")
    (place / "corpus").mkdir()
    (place / "corpus" / "tin.md").write_text(NEWS, encoding="utf-8")
    (place / "corpus" / "nghi-dinh.txt").write_text(DECREE, encoding="utf-8")
    root = Path(__file__).parents[1]
    (place / "index").mkdir()
    (place / "index" / "encoder").symlink_to(root / "index" / "encoder")
    build_index(place, [place / "corpus"])
    return open_assistant(place)


def test_who_signed_a_document_is_told_by_its_signature(assistant: Assistant) -> None:
    answer = assistant.ask("Ai ký Nghị định 7/2020/NĐ-CP?")
    assert answer.direct == "Lê Thị Sao Mai [1]"
    assert answer.citations[0].quote.startswith("TM. CHÍNH PHỦ")


@pytest.mark.parametrize("question", ["Ai ký Nghị định 8/2021/NĐ-CP?", "Ai ký tờ trình 80?"])
def test_who_signed_what_is_not_there_is_not_told(assistant: Assistant, question: str) -> None:
    assert assistant.ask(question).abstained


def test_a_year_carries_on_over_the_sentences_that_follow(assistant: Assistant) -> None:
    answer = assistant.ask("Đến năm 2045 tỉnh Sao Mai muốn thu hút ít nhất bao nhiêu hãng tàu?")
    assert answer.direct == "ít nhất 20 hãng tàu [1]"


def test_who_speaks_carries_on_too(assistant: Assistant) -> None:
    answer = assistant.ask("Ông Lê Văn Tám cho rằng cần kiểm tra gì để bảo đảm an toàn?")
    assert "kiểm tra định kỳ các trụ cầu" in answer.citations[0].quote


def test_a_list_goes_on_in_the_sentence_after_it(assistant: Assistant) -> None:
    answer = assistant.ask("Ban Quản lý cầu khuyến nghị những gì với đơn vị thi công?")
    assert answer.citations[0].quote.endswith("báo cáo hằng tuần.")


def test_a_part_that_is_not_told_is_named(assistant: Assistant) -> None:
    answer = assistant.ask("Xã Tân Phú có bao nhiêu hộ làm nghề chài lưới và giám đốc sở thủy sản là ai?")
    assert not answer.abstained
    assert [c.quote for c in answer.citations] == ["Xã Tân Phú có 40 hộ làm nghề chài lưới."]
    assert "Lưu ý: tài liệu trong kho không nêu rõ phần «giám đốc sở thủy sản là ai»." in answer.text


def test_everyday_words_find_the_words_of_documents(assistant: Assistant) -> None:
    answer = assistant.ask("Tới 2045 tỉnh Sao Mai tính kéo về tối thiểu bao nhiêu hãng tàu?")
    assert answer.direct == "ít nhất 20 hãng tàu [1]"


def test_a_row_of_a_table_is_quoted_under_its_header(tmp_path: Path) -> None:
    (tmp_path / "corpus").mkdir()
    table = "Phí qua cầu Vàm\n\nLoại xe | Phí ngày (đồng) | Phí đêm (đồng)\nXe máy | 5.000 | 7.000\nXe tải | 40.000 | 60.000\n"
    (tmp_path / "corpus" / "phi.txt").write_text(table, encoding="utf-8")
    (tmp_path / "index").mkdir()
    (tmp_path / "index" / "encoder").symlink_to(Path(__file__).parents[1] / "index" / "encoder")
    build_index(tmp_path, [tmp_path / "corpus"])
    answer = open_assistant(tmp_path).ask("Phí qua cầu Vàm của xe tải là bao nhiêu?")
    assert [c.quote for c in answer.citations] == [
        "Loại xe | Phí ngày (đồng) | Phí đêm (đồng)",
        "Xe tải | 40.000 | 60.000",
    ]
