"""Kind, subject and title of official documents as their heads tell them, in every wording that heads come in."""

import pytest

from assistant.documents.identity import identify
from assistant.documents.letterhead import issuer, kind_and_subject
from assistant.documents.mentions import mentions
from assistant.documents.quoted import lines_of
from assistant.documents.relations import read_terms
from assistant.documents.structure import find_sections

TO = "Kính gửi: Các trạm đò.\nSở Đò giang đề nghị các trạm kiểm tra phao."


def letter(about: str, *, number: str = "Số: 71/SĐG-QLB", to: str = TO) -> str:
    return f"UBND TỈNH SÔNG HẠ\nSỞ ĐÒ GIANG\n{number}\n{about}\n{to}"


def told(text: str) -> tuple[str | None, str | None]:
    about = identify(text, {}, find_sections("d", text), "")
    return about["kind"], about["title"]


def under(subject: str) -> str | None:
    found = kind_and_subject(f"SỞ ĐÒ GIANG\nSố: 8/TB-SĐG\nTHÔNG BÁO\n{subject}")
    assert found and found[0] == "Thông báo"
    start, end = found[2] or (0, 0)
    assert end - start >= len(found[1])
    return found[1]


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ("V/v kiểm tra phao cứu sinh\nSông Hạ, ngày 3 tháng 5 năm 2026", "V/v kiểm tra phao cứu sinh"),
        ("Sông Hạ, ngày 3 tháng 5 năm 2026\nVề việc kiểm tra phao\ncứu sinh", "Về việc kiểm tra phao cứu sinh"),
        ("V/v kiểm tra phao Sông Hạ, ngày 3 tháng 5 năm 2026\ncứu sinh", "V/v kiểm tra phao cứu sinh"),
        ("V/v kiểm tra phao,\nSông Hạ, ngày 3 tháng 5 năm 2026\náo cứu sinh", "V/v kiểm tra phao, áo cứu sinh"),
    ],
)
def test_a_letter_is_called_by_what_it_is_about(about: str, subject: str) -> None:
    assert told(letter(about)) == ("Công văn", f"Công văn 71/SĐG-QLB {subject}")


def test_the_subject_may_stand_on_the_line_of_the_number_or_of_those_it_goes_to() -> None:
    text = letter("Sông Hạ, ngày 3 tháng 5 năm 2026", number="Số: 71/SĐG-QLB V/v kiểm tra phao")
    assert told(text) == ("Công văn", "Công văn 71/SĐG-QLB V/v kiểm tra phao")
    text = letter("V/v kiểm tra phao Kính gửi: Các trạm đò.", to="Đề nghị kiểm tra.")
    assert told(text) == ("Công văn", "Công văn 71/SĐG-QLB V/v kiểm tra phao")


@pytest.mark.parametrize(
    "text",
    [
        letter("V/v kiểm tra phao", number="Sở Đò giang"),  # no number
        letter("Sông Hạ", to=f"{TO}\nVề việc này, Sở trả lời như sau."),  # in the body
        letter("BIÊN BẢN KIỂM TRA\nVề việc phao cứu sinh"),  # a kind that we do not know
        letter("V/v kiểm tra phao", number="Số: 71/QĐ-SĐG"),  # a decision whose kind was not read
    ],
)
def test_what_is_no_letter_is_not_called_one(text: str) -> None:
    assert told(text)[0] is None


@pytest.mark.parametrize("kind", ["Giấy mời", "Công văn", "Biên bản", "Hợp đồng", "Phương án", "Giấy ủy quyền"])
def test_more_kinds_are_known_by_their_line(kind: str) -> None:
    for name in {kind.upper(), kind.upper().replace("ỦY", "UỶ")}:
        assert told(f"SỞ ĐÒ GIANG\nSố: 5/XX-SĐG\n{name}\nThuê phà Bến Trăng") == (
            kind, f"{kind} 5/XX-SĐG Thuê phà Bến Trăng",
        )  # fmt: skip


@pytest.mark.parametrize(
    "body",
    [
        "\nSở Đò giang thông báo lịch phà",
        "Bến Trăng có 4 phà, bến Sậy có 2 phà.",
        "Sở Đò giang thông báo như sau:",
        "1. Phà lớn",
        "II. LỊCH PHÀ",
        "Phần thứ nhất",
        "Ngày 04 tháng 9 năm 2026, đồng chí A đã họp",
        "Thực hiện Kế hoạch số 5/KH-SĐG",
        "Để bảo đảm an toàn",
        "Nhằm giảm ùn tắc",
        "Căn cứ Luật Đò giang",
    ],
)
def test_the_subject_ends_where_the_body_begins(body: str) -> None:
    assert under(f"Lịch phà qua sông Hạ\nmùa nước lớn\n{body}") == "Lịch phà qua sông Hạ mùa nước lớn"


def test_what_begins_a_body_may_begin_a_subject() -> None:
    assert under("Thực hiện Kế hoạch phà\nmùa nước lớn") == "Thực hiện Kế hoạch phà mùa nước lớn"
    assert under("Quản lý bến\nphà và đò ngang.\nBến Trăng") == "Quản lý bến phà và đò ngang."
    assert under("Sở thông báo như sau:\nBến Trăng") == ""


def test_a_head_in_capitals_has_its_number_and_its_issuer() -> None:
    text = "ỦY BAN NHÂN DÂN XÃ BẾN TRĂNG\nSỐ: 31/BC-UBND\nBến Trăng, ngày 12 tháng 6 năm 2003\nBÁO CÁO\nTình hình phà"
    about = identify(text, {}, (), "")
    assert (about["number"], about["issued"]) == ("31/BC-UBND", "2003-06-12")
    assert about["issuer"] == "ỦY BAN NHÂN DÂN XÃ BẾN TRĂNG"
    assert issuer("BAN CHỈ ĐẠO CHUYỂN ĐỔI\nSỐ QUỐC GIA\nSố: 3/KH-BCĐ") == "BAN CHỈ ĐẠO CHUYỂN ĐỔI SỐ QUỐC GIA"


def test_a_letter_about_a_change_makes_none() -> None:
    subject = "sửa đổi, bổ sung Quyết định số 45/2024/QĐ-UBND ngày 15 tháng 8 năm 2024"
    for head, kinds in ((f"V/v {subject}", set()), (f"QUYẾT ĐỊNH\n{subject.capitalize()}", {"amends"})):
        text = letter(head.replace("qđ-ubnd", "QĐ-UBND").replace("quyết định số", "Quyết định số"))
        lines, sections = lines_of(text), find_sections("d", text)
        found = read_terms(text, lines, sections, identify(text, {}, sections, "")).relations
        assert {r.kind for r in found if r.kind != "based_on"} == kinds
        assert len(list(mentions(text))) == 1
