"""Search terms: numbers of documents, days, figures and short forms in all their spellings, and hostile text."""

from __future__ import annotations

import time
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.retrieval.aliases import FILE, Aliases, Definitions, find_definitions
from assistant.retrieval.spelling import repair
from assistant.vietnamese.abbreviations import EXPANSIONS, PARTED, expand
from assistant.vietnamese.dates import date_terms
from assistant.vietnamese.keystrokes import CHAT, written_out
from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.numbers import document_number_terms, plain_number
from assistant.vietnamese.syllables import bigrams, extra_terms, index_terms, syllables

# --- numbers of documents --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "57-NQ/TW",
        "57/NQ-TW",
        "57–NQ/TW",
        "57 - NQ/TW",
        "57NQ/TW",
        "57-nq/tw",
        "57_NQ_TW",
        "Nghị quyết số 57-NQ/TW",
        "Nghị quyết số: 57/NQ–TW.",
        "nghi quyet so 057-nq/tw ngày 22/12",
    ],
)
def test_a_number_with_kind_and_issuer_has_the_same_keys_in_every_spelling(spelling: str) -> None:
    assert set(document_number_terms(spelling)) == {"57-nq", "57-nq-tw"}


@pytest.mark.parametrize(
    "spelling", ["nghị quyết 57", "Nghị quyết số 57", "NQ 57", "nq57", "NQ-57", "NGHỊ  QUYẾT SỐ 57 năm 2024"]
)
def test_a_number_after_the_name_of_its_kind_has_the_short_key(spelling: str) -> None:
    assert document_number_terms(spelling) == ["57-nq"]


@pytest.mark.parametrize("mark", ["NĐ-CP", "nđ-cp", "nd-cp", "NĐ–CP", "ND- CP", "NÐ-CP"])
def test_a_number_with_its_year_has_keys_with_and_without_it(mark: str) -> None:
    assert set(document_number_terms(f"số 13/2023/{mark}")) == {"13-nd", "13-2023-nd", "13-nd-cp", "13-2023-nd-cp"}


@pytest.mark.parametrize(
    ("asked", "written"),
    [
        ("nghị quyết 57", "Nghị quyết số 57-NQ/TW"),
        ("Nghị định 13/2023", "theo Nghị định số 13/2023/NĐ-CP"),
        ("nghị định 13 năm 2023", "Nghị định số 13/2023/NĐ-CP"),
        ("NĐ 13", "13/2023/NĐ-CP"),
        ("Luật 20/2023", "Luật Giao dịch điện tử số 20/2023/QH15"),
        ("20/2023/QH15", "Luật số 20/2023/QH15"),
        ("nghị quyết 98/2023/QH15", "Nghị quyết số 98/2023/QH15 của Quốc hội"),
        ("quyết định 749", "Quyết định số 749/QĐ-TTg"),
        ("chỉ thị 16", "16/CT-TTg"),
        ("thông tư 02/2024", "Thông tư 2/2024/TT-BKHCN"),
        ("kế hoạch 12-KH/TU", "Kế hoạch số 12-KH/TU"),
        ("thông tư liên tịch 85", "85/2016/TTLT-BTC-BCA"),
        ("cv 1234", "Công văn số 1234/CV-UBND"),
    ],
)
def test_what_says_less_about_a_number_has_a_part_of_its_keys(asked: str, written: str) -> None:
    assert document_number_terms(asked)
    assert set(document_number_terms(asked)) <= set(document_number_terms(written))
    assert set(document_number_terms(fold(asked))) <= set(document_number_terms(written))


@pytest.mark.parametrize(
    "text",
    [
        "Điều 57",
        "57 ha",
        "ngày 28/02/2023",
        "Quý 2/2024",
        "kế hoạch 5 năm",
        "báo cáo 6 tháng",
        "Báo cáo 2023",
        "quyết định 2 phương án",
        "kết luận 12 nội dung",
        "chương trình 100 ngày",
        "nghị quyết 57%",
        "Chỉ thị 28/02/2023",
        "luật 1,5",
        "57 tb và 12 kh",
        "1,57-NQ",
        "số 57",
        "hồ sơ 01-TB",
    ],
)
def test_other_numbers_are_no_documents(text: str) -> None:
    assert document_number_terms(text) == []


def test_two_documents_of_one_number_differ() -> None:
    assert not set(document_number_terms("Nghị quyết 57")) & set(document_number_terms("Nghị định 57/2023/NĐ-CP"))


# --- days and months -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "spelling",
    [
        "28/02/2023",
        "28/2/2023",
        "28-2-2023",
        "28.02.2023",
        "2023-02-28",
        "ngày 28/2/2023",
        "ngày 28 tháng 02 năm 2023",
        "Ngày 28 tháng 2, năm 2023",
        "ngay 28 thang 2/2023",
    ],
)
def test_a_day_has_one_key_and_that_of_its_month(spelling: str) -> None:
    assert set(date_terms(spelling)) == {"m2023-02", "d2023-02-28"}


@pytest.mark.parametrize(
    "spelling", ["tháng 2/2023", "tháng 02 năm 2023", "Tháng 02-2023", "ngày      tháng 2 năm 2023"]
)
def test_a_month_has_one_key(spelling: str) -> None:
    assert date_terms(spelling) == ["m2023-02"]


@pytest.mark.parametrize(
    "text", ["Quý 2/2024", "13/2023/NĐ-CP", "32/13/2023", "1.28.2.2023", "28/2", "tháng 13/2023", "năm 2023"]
)
def test_other_figures_are_no_dates(text: str) -> None:
    assert date_terms(text) == []


def test_an_impossible_day_leaves_its_month() -> None:
    assert date_terms("ngày 45 tháng 2 năm 2023") == ["m2023-02"]


# --- figures ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("07", "7"),
        ("0", "0"),
        ("000", "0"),
        ("1.000.000", "1000000"),
        ("1,000,000", "1000000"),
        ("6.000", "6000"),
        ("1.234,50", "1234,50"),
        ("15,47", "15,47"),
        ("0,7411", "0,7411"),
        ("00,5", "0,5"),
        ("1,234", "1,234"),
        ("2.3.1", "2.3.1"),
    ],
)
def test_a_figure_has_one_form(written: str, plain: str) -> None:
    assert plain_number(written) == plain
    assert index_terms(f"là {written} đó") == ["la", plain, "do"]


def test_a_decimal_is_not_its_whole_part() -> None:
    assert not set(search_terms("rộng 15 ha")) & {"15,47", "rong_15,47", "15,47_ha"}
    assert index_terms("rộng 15,47 ha") == ["rong", "15,47", "ha"]


# --- short forms -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("KH&CN", "khoa học và công nghệ"),
        ("KHCN", "khoa học, công nghệ"),
        ("UBND tỉnh", "Ủy ban nhân dân tỉnh"),
        ("HĐND", "hội đồng nhân dân"),
        ("ĐMST", "đổi mới sáng tạo"),
        ("CĐS", "chuyển đổi số"),
        ("SHTT", "sở hữu trí tuệ"),
        ("GCN QSDĐ", "giấy chứng nhận quyền sử dụng đất"),
        ("công ty TNHH", "công ty trách nhiệm hữu hạn"),
        ("VPHC", "vi phạm hành chính"),
        ("PCCC", "phòng cháy, chữa cháy"),
        ("CNH, HĐH", "công nghiệp hóa và hiện đại hóa"),
        ("Sở KH&ĐT", "Sở Kế hoạch và Đầu tư"),
    ],
)
def test_short_and_long_form_are_one_reading(short: str, long: str) -> None:
    assert index_terms(short) == index_terms(long) == index_terms(fold(short).upper())


def test_no_short_form_is_written_out_into_another() -> None:
    assert [long for long in [*EXPANSIONS.values(), *PARTED.values()] if expand(long) != list(long)] == []


@pytest.mark.parametrize(
    ("text", "short", "long"),
    [
        (
            "Tỉnh đã thành lập Trung tâm Ươm tạo và Kết nối vùng (BIIC) năm 2021.",
            "BIIC",
            "Trung tâm Ươm tạo và Kết nối vùng",
        ),
        ("theo chỉ số hài lòng của người dân (SIPAS) đạt", "SIPAS", "chỉ số hài lòng của người dân"),
        ("việc khám bệnh, chữa bệnh (KBCB) ở xã", "KBCB", "khám bệnh, chữa bệnh"),
        ("nhờ Ủy ban nhân dân tỉnh (viết tắt là UBND tỉnh)", "UBND tỉnh", "Ủy ban nhân dân tỉnh"),
        ("Hợp tác xã Bến Lúa (sau đây gọi tắt là HTX Bến Lúa)", "HTX Bến Lúa", "Hợp tác xã Bến Lúa"),
        ("Trung tâm Hỗ trợ doanh nghiệp, gọi tắt là BSC, có", "BSC", "Trung tâm Hỗ trợ doanh nghiệp"),
        ("của công nghệ tài chính (Financial Technology - FT)", "FT", "công nghệ tài chính"),
        ("Trung tâm Giống lúa, viết tắt là TTGL, có", "TTGL", "Trung tâm Giống lúa"),
        ("các Chương trình hành động (CTr) của", "CTr", "Chương trình hành động"),
    ],
)
def test_a_definition_is_found_with_its_long_form(text: str, short: str, long: str) -> None:
    assert find_definitions(text) == [(short, long)]


@pytest.mark.parametrize(
    "text",
    [
        "Khu vực này (Bình Dương) rộng",
        "theo Nghị định (13/2023/NĐ-CP)",
        "cột (A) và (1)",
        "đã được làm xong (ABC)",
        "Luật này (sau đây gọi là Luật)",
        "(BIIC) là gì",
        "(XYZ",
    ],
)
def test_other_brackets_define_nothing(text: str) -> None:
    assert find_definitions(text) == []


def search_terms(text: str) -> list[str]:
    """`index_terms`, their bigrams and `extra_terms`, what the lexical index counts."""
    folded = fold(text)
    terms = index_terms(folded)
    return terms + bigrams(terms) + extra_terms(folded)


def collected(texts: list[str]) -> Aliases:
    found = Definitions()
    for text in texts:
        found.add(text)
    return found.aliases()


def test_a_query_gets_the_other_form_of_an_alias() -> None:
    aliases = collected(["Tỉnh có Trung tâm Ươm tạo Lúa (BIIC). Trung tâm Ươm tạo Lúa (BIIC) ở xã."])
    assert aliases.longs == {"biic": "trung tam uom tao lua"}
    assert dict(aliases.expand_query(["biic", "o", "tam"])) == dict.fromkeys(
        ["trung", "uom", "tao", "lua", "trung_tam", "tam_uom", "uom_tao", "tao_lua"], 0.5
    )
    assert aliases.expand_query(["trung", "tam", "uom", "tao", "lua"]) == [("biic", 1.0)]
    assert aliases.expand_query(["trung", "tam"]) == []


def test_a_short_form_of_several_meanings_needs_a_leading_one() -> None:
    one, other = "Viện Cây trồng Mới (XYZ).", "Quỹ Khởi nghiệp Làng (XYZ)."
    assert collected([one, other]).longs == {}
    assert collected([one, one, other]).longs == {"xyz": "vien cay trong moi"}
    assert collected([one, one, other, other]).longs == {}


@pytest.mark.parametrize("short", ["CNTT", "AI", "BAN", "XA"])
def test_words_of_the_language_and_known_short_forms_are_no_aliases(short: str) -> None:
    assert collected([f"Viện Cây trồng Mới ({short}). Viện Cây trồng Mới ({short})."]).longs == {}


def test_aliases_come_back_from_their_file(tmp_path: Path) -> None:
    Aliases({"biic": "trung tam lua"}).save(tmp_path)
    assert Aliases.load(tmp_path).longs == {"biic": "trung tam lua"}


@pytest.mark.parametrize("content", [b"{", b"[]", b'{"a": 1}', b'{"": "b"}', b'{"a": " "}', b"\xff", b"[" * 100_000])
def test_a_damaged_file_of_aliases_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(ValueError):  # noqa: PT011 - json's own, and ours
        Aliases.load(tmp_path)


def test_what_a_query_gets_is_bounded() -> None:
    aliases = Aliases({f"zz{i}": " ".join(f"w{i}x{j}" for j in range(9)) for i in range(50)})
    assert len(aliases.expand_query([f"zz{i}" for i in range(50)])) == 32


# --- the interface ---------------------------------------------------------------------------------------------


def test_numbers_and_documents_have_one_form_in_the_terms() -> None:
    text = "Phạt 02 năm theo NĐ 13/2023/NĐ-CP ngày 17/4/2023"
    assert index_terms(text)[:4] == ["phat", "2", "nam", "theo"]
    assert set(extra_terms(text)) >= {"13-nd", "d2023-04-17"}


def test_what_is_typed_in_decomposed_letters_gives_the_same_terms() -> None:
    import unicodedata

    text = "Nghị quyết của Đảng ủy"
    assert search_terms(nfc(unicodedata.normalize("NFD", text))) == search_terms(text)


# --- what was typed --------------------------------------------------------------------------------------------

COUNTS = Counter(
    term
    for sentence in (
        "người dân xin giấy phép xây dựng nhà ở",
        "quyết định của ủy ban về giấy phép",
        "nghị quyết về nhà ở",
    )
    for term in search_terms(sentence)
    for _ in range(5)
)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("giấy phpé xây dựng", "giấy phep xây dựng"),  # swapped
        ("giấy phhép xây dựng", "giấy phep xây dựng"),  # doubled
        ("xin giấy phé xây dựng", "xin giấy phep xây dựng"),  # missing, a syllable that nobody wrote
        ("xin giấy php xây dựng", "xin giấy phep xây dựng"),  # missing, no syllable left
        ("xin giáy phwp xây dựng", "xin giáy phep xây dựng"),  # the key beside
        ("giấy ph ép xây dựng", "giấy phep xây dựng"),  # parted
        ("giấyphép xây dựng", "giay phep xây dựng"),  # joined
        ("giấyphépxâydựng", "giay phep xay dung"),
        ("Nghij quyeets veef nhaf owr", "Nghi quyet ve nha o"),  # Telex keys
        ("giaays phép", "giay phép"),
        ("Nghi5 quye6t1 ve62 nha2", "Nghi quyet ve nha"),  # VNI keys
        ("giấy phe1p xây dựng", "giấy phep xây dựng"),
        ("nhà ở ntn", "nhà ở như thế nào"),
        ("nha o ntn", "nha o nhu the nao"),
    ],
)
def test_what_was_typed_becomes_what_was_meant(typed: str, meant: str) -> None:
    assert fold(repair(typed, COUNTS.__getitem__)) == fold(meant)
    assert repair(meant, COUNTS.__getitem__) == meant


@pytest.mark.parametrize(
    "text",
    [
        "Xã Lạc Thuỷ vay vốn thế nào?",  # syllables that the index does not know
        "UBND TP.HCM, WHO và F0",
        "mã A1, H5N1, CO2, 3G, U23, nghi5",
        "vitamin k, bệnh K, k = 5",
        "ĐC, BN, chinhphu.vn, a@ko.vn",
        "vitamin b o nha",
    ],
)
def test_what_can_be_meant_as_it_stands_stays(text: str) -> None:
    assert repair(text, COUNTS.__getitem__) == text


def test_short_forms_of_chats_are_written_out_with_the_marks_of_the_text() -> None:
    assert written_out("nhà này có đc bán k?") == "nhà này có được bán k?"
    assert written_out("xây có được k?") == "xây có được không?"
    assert written_out("ko can giay to, k can") == "khong can giay to, khong can"


def test_an_index_that_only_tells_whether_it_knows_a_term_repairs_too() -> None:
    assert repair("giấy phpé xây dựng", COUNTS.__contains__) == "giấy phep xây dựng"


@pytest.mark.parametrize(
    "piece", ["quyeets ", "nghi5quye6t1 ", "zqx", "b c d ", "ko k ", "quyetdinh", "a1b", "ngh ", "w"]
)
def test_repairing_a_long_text_takes_little_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    repair(text, COUNTS.__getitem__)
    assert time.process_time() - began < 3


@given(st.text())
def test_any_text_can_be_repaired(text: str) -> None:
    assert isinstance(repair(text, COUNTS.__getitem__), str)


# --- hostile text ----------------------------------------------------------------------------------------------

_PIECES = ["57", "-", "/", "–", " ", "nq", "tw", "nghị quyết ", "số ", "tháng ", "năm ", "2023", "qh15", ".", ",", "%"]
_RUNS = ["(", "1.1.1.1", "57-57-57", "a", "57", "1 ", "57-nq/tw", "nghị quyết số ", "tháng 2/", "1/1/2020"]
_RUNS += [
    "20/2023/qh15",
    "so ",
    "   ",
    "1,000,",
    "😀",
    "\u0301\u0323",
    "a\u0301\u0323\u0316",
    "\ud800",
    "中",
    "ﷺ",
    "\x00",
]


@given(st.text() | st.lists(st.sampled_from(_PIECES)).map("".join))
@example("\ud800 a\u0301\u0323 ½ ² ٣ 中 😀 \x00")
def test_any_text_has_terms_and_none_holds_white_space(text: str) -> None:
    terms = search_terms(nfc(text))
    assert all(term and not any(map(str.isspace, term)) for term in terms)
    assert search_terms(nfc(nfc(text))) == terms


@given(st.text())
def test_folding_a_long_text_is_folding_each_of_its_letters(text: str) -> None:
    assert fold(text + " đ" * 100) == "".join(map(fold, text)) + " d" * 100


@pytest.mark.parametrize("piece", _RUNS)
def test_a_long_run_takes_little_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    search_terms(text)
    assert time.process_time() - began < 3


@pytest.mark.parametrize(
    "piece", ["(", "(A", "(AB)", "và (VVVV) ", "v v (VV) ", "gọi tắt là ", "(a - ", ", gọi tắt là AB", "a, "]
)
def test_looking_for_definitions_takes_little_time(piece: str) -> None:
    text = piece * (100_000 // len(piece))
    began = time.process_time()
    collected([text])
    assert time.process_time() - began < 3


def test_marks_beyond_thirty_in_a_row_are_dropped_and_no_letter_is() -> None:
    crowded = "h" + "\u0316\u0323" * 1000 + "oà và " + "ế" * 500
    assert nfc(crowded).count("\u0316") + nfc(crowded).count("\u0323") + (nfc(crowded)[0] == "ḥ") == 30
    assert nfc(crowded).endswith("oà và " + "ế" * 500)
    assert nfc(nfc(crowded)) == nfc(crowded)
    assert syllables(nfc("hoà")) == ["hoa"]


def test_the_table_of_chats_has_one_meaning_a_line_and_no_word_of_the_language() -> None:
    lines = [line for line in CHAT.read_text(encoding="utf-8").splitlines() if not line.startswith("#")]
    shorts = [line.split(" = ")[0] for line in lines]
    assert len(lines) >= 400
    assert len(set(shorts)) == len(shorts)
    assert all(line.count(" = ") == 1 and line == nfc(line).lower() for line in lines)
    assert not {"nhiêu", "vô", "gi", "thì", "sao", "hecta"} & set(shorts)


def test_longer_short_forms_come_before_those_inside_them() -> None:
    assert written_out("gđ 2 khởi công hồi nào") == "giai đoạn 2 khởi công khi nào"
    assert written_out("bỏ nhiêu tiền") == "bỏ bao nhiêu tiền"
    assert written_out("bao nhiêu tiền") == "bao nhiêu tiền"
    assert written_out("NQ/TW của BN") == "NQ/TW của BN"  # capitals are left alone
