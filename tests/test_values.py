"""What is shown before the quotation: the figure, day, name or number asked for itself, and nothing where it is not sure.

All sentences are written for the tests.
"""

from __future__ import annotations

import pytest

from assistant.answering.abstention import _WITHOUT_DETAIL
from assistant.answering.evidence import units_of
from assistant.answering.extract import unit_focus
from assistant.answering.question import understand
from assistant.settings import Settings
from assistant.types import Chunk, Document, Hit, Section, Span


def value(question: str, text: str) -> str | None:
    """What answers by itself in the first unit of a page that is the text."""
    document = Document(
        id="d", path="trang.md", title="Trang thử", text=text, sections=(Section("1", "", Span("d", 0, len(text))),)
    )
    span = Span("d", 0, len(text))
    unit = units_of([Hit(Chunk("d#0", span, text), 1.0)], lambda _: document)[0]
    focus = unit_focus(unit, understand(question), lambda term: 1.0)
    return text[slice(*focus)] if focus else None


@pytest.mark.parametrize(
    ("question", "text", "expected"),
    [
        (
            "Huyện giao đơn vị nào lập hồ sơ bến thuyền?",
            "Trước cuộc họp với Sở Xây dựng, huyện đã giao Công ty Vàm Xanh lập hồ sơ bến thuyền.",
            "Công ty Vàm Xanh",
        ),
        (
            "Ai đã duyệt chợ đêm?",
            "Chợ đêm rộng 4 ha vừa được Hội đồng thành phố phê duyệt, theo ông Lê Văn Tám.",
            "Hội đồng thành phố",
        ),
        (
            "ai dc giao soan de an ben thuyen",
            "UBND huyện đã giao việc soạn đề án bến thuyền cho Công ty Vàm Xanh thực hiện.",
            "Công ty Vàm Xanh",
        ),
        (
            "Ai báo cáo về chợ đêm?",
            "Tại hội nghị, Thứ trưởng Bộ Chợ và Bến (C&B) Phan Mận báo cáo về chợ đêm.",
            "Phan Mận",
        ),
        (
            "Ai làm Chủ tịch hội chợ?",
            "Ông Trần Văn Ổi, Chủ tịch hội chợ, khen Bí thư Đoàn trẻ và bà Lý Thị Na, người bán hoa ở bến đã nhiều năm nay.",
            "Ông Trần Văn Ổi",
        ),
        ("Chợ xếp hạng bao nhiêu trong 63 chợ?", "Năm 2031 chợ ở hạng 7/63 chợ của vùng.", "hạng 7/63"),
        (
            "Chợ muốn có ít nhất bao nhiêu tổ chức?",
            "Đến năm 2045, ít nhất 20 tổ chức sẽ mở quầy.",
            "ít nhất 20 tổ chức",
        ),
        ("Phải bán ở chợ ít nhất bao nhiêu năm?", "Người bán có thời gian bán từ đủ 09 (chín) năm.", "09 (chín) năm"),
        (
            "Quỹ chợ chi tối đa bao nhiêu?",
            "Quỹ chợ chi không quá 100 lần mức lương cơ sở.",
            "không quá 100 lần mức lương cơ sở",
        ),
        ("Trong mấy ngày chợ phải trả lời?", "Chợ trả lời bằng 01 bản trong 02 ngày làm việc.", "02 ngày làm việc"),
        (
            "Đề án chợ thực hiện trong giai đoạn nào?",
            "Đề án chợ đêm, giai đoạn 2031-2040, tầm nhìn đến 2050; đến năm 2035 phải xong một nửa.",
            "giai đoạn 2031-2040, tầm nhìn đến 2050",
        ),
        (
            "Trực ngày lễ thì phí nhân mấy lần?",
            "Trực vào ngày nghỉ thì phí bằng 1,3 lần mức thường; trực vào ngày lễ thì phí bằng 1,8 lần mức thường.",
            "1,8 lần",
        ),
        (
            "Chợ áp dụng bộ tiêu chuẩn nào?",
            "Chợ áp dụng bộ tiêu chuẩn BEN 56.000 quản lý thuyền.",
            "bộ tiêu chuẩn BEN 56.000",
        ),
        ("Trường cao đẳng nào mở quầy?", "Năm nay Trường Cao đẳng Vàm Sông đã mở quầy.", "Trường Cao đẳng Vàm Sông"),
        # A name that may go on is not cut.
        ("Trường cao đẳng nào mở quầy?", "Năm nay Trường Cao đẳng Quốc tế miền Vàm mở quầy.", None),
        ("TCĐ là viết tắt của gì?", "Tổ chợ đêm (TCĐ) họp mỗi tháng.", "Tổ chợ đêm"),
        ("Ai áp dụng tiêu chuẩn của chợ?", "Chợ Bến hỗ trợ áp dụng Bộ tiêu chuẩn BEN 56.000 của chợ.", None),
        ("Cơ quan nào soạn quy chế chợ?", "Sở Chợ Bến soạn quy chế chợ.", None),
        ("Cơ quan nào lập quy chế chợ?", "Sở Chợ Bến lập quy chế chợ.", "Sở Chợ Bến"),
        # The clause of what is asked, not that in which the town is named.
        (
            "Chợ đêm của Vàm Sông xếp hạng mấy?",
            "Ba mục chính: Chợ sớm Vàm Sông xếp hạng thứ 7; Chợ trưa xếp hạng thứ 31 và Chợ đêm xếp hạng thứ 11.",
            "thứ 11",
        ),
        (
            "Phí đò ở đảo là bao nhiêu?",
            "Phí đò của người đi chợ: 300.000 đồng/ngày; trường hợp đi chợ tại đảo: 400.000 đồng/ngày.",
            "400.000 đồng/ngày",
        ),
        (
            "Kinh phí mua đò là bao nhiêu?",
            "Chợ đề nghị 1.260.000.000 đồng để mua 06 đò.",
            "1.260.000.000 đồng",
        ),
        ("Lương của người trông chợ là bao nhiêu?", "Người trông chợ nghỉ 30 ngày.", None),
        ("Chợ trưa hay chợ đêm xếp hạng cao hơn?", "Chợ trưa xếp hạng thứ 31 và chợ đêm xếp hạng thứ 11.", None),
        ("Chỉ số chợ tăng mấy bậc?", "Chỉ số chợ tăng 12 bậc so với năm 2030, vào Top 10 chợ.", "12 bậc"),
        ("Hội chợ ban hành mấy nghị quyết?", "Hội chợ có 03 Nghị quyết và 01 Quyết định.", "03 Nghị quyết"),
        ("Hội chợ họp ở đâu, ngày nào?", "Hội chợ họp tại TP.HCM vào sáng 10-8.", None),  # either is half of it
        ("Hội chợ họp ở đâu?", "Hội chợ họp tại TP.HCM vào sáng 10-8.", "TP.HCM"),
        (
            "Chợ đêm mở ở những tỉnh nào?",
            "Chợ đêm mở tại các tỉnh Đồng Nai, Bình Dương và Bà Rịa – Vũng Tàu.",
            None,
        ),
        ("Kênh nào chiếu ở chợ?", "Các kênh 33, 34, 35 chiếu ở chợ.", "kênh 33, 34, 35"),
        ("Phí trông hàng là bao nhiêu?", "Phí trông hàng ngày lễ bằng 1,3 lần mức thường.", None),
        (
            "Làm lại thẻ chợ mấy ngày có?",
            "Trẻ từ 6 tuổi được làm lại thẻ chợ trong 05 ngày làm việc.",
            "05 ngày làm việc",
        ),
        (
            "Hạn chót gửi phiếu chợ là bao giờ?",
            "Ai chưa gửi phiếu chợ quý I năm 2031 thì gửi chậm nhất là ngày 31 tháng 7 năm 2031.",
            "ngày 31 tháng 7 năm 2031",
        ),
        ("Phí mộ là bao nhiêu tiền?", "Phí mộ: 1.400.000 đồng/01 mộ/01 năm.", "1.400.000 đồng/01 mộ/01 năm"),
        ("Nghề bán cá có mã số gì?", "Nghề bán cá hạng III Mã số: V.09.06.02", "V.09.06.02"),
        (
            "Nghị quyết 5-NQ/TW do cơ quan nào ban hành?",
            "Ban chợ họp về Nghị quyết số 5-NQ/TW, ngày 2/3/2031 của Bộ Chợ Bến, do ông Lê Văn Tám chủ trì.",
            "Bộ Chợ Bến",
        ),
        ("Trưởng Ban Chợ là ai?", "Ông Lê Văn Tám, Bí thư xã, Trưởng Ban Chợ nói với Bộ Bến.", "Ông Lê Văn Tám"),
        ("Ai làm chủ tịch hội chợ?", "Giám đốc Sở Bến là Chủ tịch hội chợ.", "Giám đốc Sở Bến"),
        # Which of two is asked for, no figure.
        ("Diện tích 220 ha là của chợ hay của bến?", "Chợ rộng 15 ha nằm trong bến rộng 220 ha.", None),
    ],
)
def test_the_value_asked_for(question: str, text: str, expected: str | None) -> None:
    assert value(question, text) == expected


TABLE = "Phí thuê quầy như sau:\nKhu | Phí tháng (đồng) | Phí giờ (đồng)\nKhu I | 4.000.000 | 22.000\nKhu III | 3.000.000 | 17.000"


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Phí thuê quầy một giờ ở khu III là bao nhiêu?", "17.000"),
        ("Phí thuê quầy một tháng ở khu I là bao nhiêu?", "4.000.000"),
        ("Phí thuê quầy ở khu III là bao nhiêu?", None),  # of a month or of an hour
        ("Phí thuê quầy một giờ là bao nhiêu?", None),  # of which area
    ],
)
def test_the_cell_asked_for(question: str, expected: str | None) -> None:
    assert value(question, TABLE) == expected


def test_a_header_of_two_rows_names_the_columns_under_it() -> None:
    text = "STT | Quầy | Mức thu\n| | Phí | Thuế\n4 | Quầy cá | 8.367.000 | 2.337.000"
    document = Document(id="d", path="trang.md", title="Trang thử", text=text)
    row = units_of([Hit(Chunk("d#0", Span("d", 0, len(text)), text), 1.0)], lambda _: document)[-1]
    for question, expected in (
        ("Quầy cá thu phí bao nhiêu?", "8.367.000"),
        ("Quầy cá thu thuế bao nhiêu?", "2.337.000"),
    ):
        focus = unit_focus(row, understand(question), lambda term: 1.0)
        assert focus is not None
        assert text[slice(*focus)] == expected
    assert unit_focus(row, understand("Quầy cá thu bao nhiêu?"), lambda term: 1.0) is None


def test_a_row_of_something_else_gives_no_figure() -> None:
    text = "Phí như sau:\nĐối tượng | Phí\nNgười trông hàng cho chủ quầy cá đã nghỉ bán lâu | 2.000"
    assert value("Phí của chủ quầy cá là bao nhiêu?", text) is None


def test_a_missing_detail_is_refused_by_default() -> None:
    assert Settings().abstain_below > _WITHOUT_DETAIL
