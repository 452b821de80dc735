"""Other wordings of a question: the tables of synonyms and of English, what they find and what they must leave alone."""

from __future__ import annotations

import re
import time
import unicodedata
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.vietnamese import glossary, synonyms
from assistant.vietnamese.english import MAX_CHARACTERS, gloss, looks_english
from assistant.vietnamese.glossary import load_glossary, read_entries, stem
from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.syllables import index_forms, index_terms, is_syllable, marked_key, syllables
from assistant.vietnamese.synonyms import MOST_ALTERNATIVES, MOST_FOUND, MOST_TERMS, find_synonyms, read_lines

SYNONYMS = synonyms.TABLE.read_text(encoding="utf-8")
ENGLISH = glossary.TABLE.read_text(encoding="utf-8")
LINES = list(read_lines(SYNONYMS))
ENTRIES = list(read_entries(ENGLISH))
# What stands in the Vietnamese of the tables and is no Vietnamese syllable.
FOREIGN = set(
    """
    anten app asean axit beton big blockchain bts bus cabin cafe camera campuchia carbon center cloud computer container
    coworking dak data deep drone dti fake flycam gdp grdp hack hacker hdi hecta high index internet iot kilomet km lab
    lak learning logistics logo machine marketing metro nano news oda online open osin oxi oxy par pci photo pii ppp
    robot sandbox server singapore sipas smartphone source startup stem vaccine vacxin video vneid vr web website ximang
    zero
    """.split()
)


def found(question: str) -> dict[str, list[str]]:
    """The phrases found in a question, folded, each with its other wordings; keys as a question's marks allow."""
    forms = index_forms(question)
    keys = [marked_key(form) if has_marks(question) else None for form, _ in forms]
    terms = [term for _, term in forms]
    return {" ".join(terms[s.start : s.end]): [" ".join(a) for a in s.alternatives] for s in find_synonyms(terms, keys)}


# --- the table of synonyms -------------------------------------------------------------------------------------


def test_the_table_has_hundreds_of_groups_in_composed_letters() -> None:
    assert len(LINES) >= 500
    assert unicodedata.normalize("NFC", SYNONYMS) == SYNONYMS
    lines = [line for line in SYNONYMS.splitlines() if not line.startswith("#")]
    assert all(line == " ".join(line.split()) for line in lines)


def test_everyday_wordings_are_thousands_in_composed_letters_with_both_sides() -> None:
    text = synonyms.WORDINGS.read_text(encoding="utf-8")
    assert unicodedata.normalize("NFC", text) == text
    lines = list(read_lines(text))
    assert len(lines) >= 9000
    for line in lines:
        for phrase in (*line.asked, *line.found):
            assert re.fullmatch(r"[\w ]+", phrase) and phrase == " ".join(phrase.split()), phrase
        if line.one_way:
            assert not set(line.asked) & set(line.found), line


def test_a_syllable_of_a_longer_word_is_no_word() -> None:
    assert "bi" not in found("bí thư tỉnh")
    assert "ne duoc" in found("tỉnh né được gì")


def test_everyday_words_lead_to_those_of_documents() -> None:
    assert "thu hut" in found("kéo về")["keo ve"]
    assert "khong duoi" in found("tối thiểu")["toi thieu"]


def test_a_line_is_a_group_or_goes_one_way() -> None:
    group, one_way = read_lines("# nhận xét\n\na b | c\nd | e > f | g")
    assert (group.asked, group.found, group.one_way) == (("a b", "c"), ("a b", "c"), False)
    assert (one_way.asked, one_way.found, one_way.one_way) == (("d", "e"), ("f", "g"), True)


def test_every_line_has_two_sides_or_two_parts_and_each_part_once() -> None:
    for line in LINES:
        parts = line.asked + line.found if line.one_way else line.asked
        assert len(parts) >= 2
        assert len(set(parts)) == len(parts), line
        assert not any(mark in part for part in parts for mark in "|>#"), line


def test_a_phrase_is_asked_on_one_line_only() -> None:
    asked = Counter(part for line in LINES for part in line.asked)
    assert [part for part, count in asked.items() if count > 1] == []


def test_no_two_one_way_lines_contradict_each_other() -> None:
    ways = {(a, b) for line in LINES if line.one_way for a in line.asked for b in line.found}
    assert [way for way in ways if way[::-1] in ways] == []


def test_a_phrase_stands_as_the_terms_of_a_question_do() -> None:
    """Else it could never be found: no short form that is written out, no mark that parts it, no `và` that is dropped."""
    parts = {part for line in LINES for part in line.asked + line.found}
    assert [part for part in parts if not index_terms(part) == syllables(part) == fold(part).split()] == []


def test_every_word_is_vietnamese_or_known_to_be_foreign() -> None:
    parts = [part for line in LINES for part in line.asked + line.found]
    parts += [entry.text.replace("<year>", "").replace("<n>", "") for _, entry in ENTRIES]
    words = {word for part in parts for word in syllables(part) if not word[0].isdigit()}
    assert {word for word in words if not is_syllable(word) and not re.fullmatch("[ivx]+", word)} == FOREIGN


@pytest.mark.parametrize(
    "notions",
    [
        "nghị quyết | nghị định | thông tư | quyết định | chỉ thị",
        "xếp hạng | điểm số",
        "trình | phê duyệt | thẩm định",
        "chủ tịch | phó chủ tịch",
        "bộ trưởng | thứ trưởng",
        "tỉnh | thành phố | huyện | xã",
        "bộ khoa học công nghệ | sở khoa học công nghệ",
        "khiếu nại | tố cáo | khởi kiện",
        "thanh tra | kiểm tra | kiểm toán",
        "phân cấp | phân quyền | ủy quyền",
        "cấp lại | cấp đổi | gia hạn",
        "xuất khẩu | nhập khẩu",
        "doanh thu | lợi nhuận",
        "mục tiêu | chỉ tiêu | nhiệm vụ",
        "trợ cấp | phụ cấp | tiền lương",
        "công chức | viên chức",
        "sáng chế | nhãn hiệu | quyền tác giả",
        "đình chỉ | thu hồi",
        "tăng | giảm",
    ],
)
def test_notions_that_law_parts_are_never_each_others_wording(notions: str) -> None:
    for first, second in combinations(notions.split(" | "), 2):
        assert not any(first in line.asked and second in line.found for line in LINES), (first, second)
        assert not any(second in line.asked and first in line.found for line in LINES), (second, first)


# --- what is found ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("question", "phrase", "wording"),
    [
        ("Tiền chi cho nghiên cứu là bao nhiêu?", "tien chi cho nghien cuu", "ngan sach chi khoa hoc cong nghe"),
        ("Tỉnh đứng thứ mấy cả nước?", "dung thu may", "xep hang"),
        ("Ai phụ trách chuyển đổi số?", "ai phu trach", "co quan chu tri"),
        ("Sếp của sở là ai?", "sep", "lanh dao"),
        ("Ông trùm ngành này là ai?", "ong trum", "nguoi dung dau"),
        ("Xin lại giấy phép ở đâu?", "xin lai giay phep", "cap lai giay phep"),
        ("Ai lập ra quỹ?", "lap ra", "thanh lap"),
        ("Nhà nước rót vốn thế nào?", "rot von", "dau tu"),
        ("Tỉnh gỡ khó ra sao?", "go kho", "thao go vuong mac"),
        ("Máy móc nhập về", "may moc", "thiet bi"),
        ("Nhà máy làm chip", "lam chip", "cong nghiep ban dan"),
        ("Khu đó rộng bao nhiêu?", "rong bao nhieu", "dien tich"),
        ("Khi nào áp dụng?", "khi nao ap dung", "hieu luc thi hanh"),
        ("Đóng thuế bao nhiêu?", "dong thue bao nhieu", "thue suat"),
        ("Chích ngừa cho trẻ", "chich ngua", "tiem chung"),
        ("Nhà băng cho vay", "nha bang", "ngan hang"),
        ("Tại sao chậm?", "tai sao", "nguyen nhan"),
        ("Được cái gì?", "duoc cai gi", "loi ich"),
        ("Kĩ năng số", "ki nang", "ky nang"),
    ],
)
def test_what_people_say_is_found_with_what_documents_say(question: str, phrase: str, wording: str) -> None:
    assert wording in found(question)[phrase]


def test_a_group_goes_both_ways_and_a_one_way_line_one() -> None:
    assert "doanh nghiep" in found("Công ty")["cong ty"]
    assert "cong ty" in found("Doanh nghiệp")["doanh nghiep"]
    assert "lanh dao" in found("Sếp")["sep"]
    assert "sep" not in found("Lãnh đạo")["lanh dao"]


def test_a_question_without_marks_finds_what_the_marked_one_finds() -> None:
    question = "Ai phụ trách và tiền lấy từ đâu?"
    assert found(fold(question)) == found(question) != {}


def test_a_syllable_alone_counts_only_with_its_marks() -> None:
    assert "sep" in found("sếp ở đây")
    assert found("sep o day") == {}
    assert found("camera")["camera"][:2] == ["may quay", "may ghi hinh"]  # no Vietnamese syllable, so nothing else


@pytest.mark.parametrize("question", ["cố phần", "tiến công là đây", "sẹp", "nhá nước trả nó nan", "tại sào"])
def test_other_marks_are_another_word(question: str) -> None:
    assert found(question) == {}


def test_a_bare_syllable_passes_where_its_neighbour_is_marked_as_in_the_table() -> None:
    assert "ai phu trach" in found("Ai phu trách việc đó")  # a slip, or a word that was repaired
    assert found("ngan hang Tân Xuân") == {}  # nothing of it agrees
    assert "ngan hang" in found("ngan hàng Tân Xuân")


def test_where_the_tone_is_written_makes_no_difference() -> None:
    assert found("số hoá toàn diện") == found("số hóa toàn diện") != {}


def test_the_longest_phrase_is_taken_and_what_stands_inside_it_left_out() -> None:
    terms = index_terms("tiền chi cho nghiên cứu")
    (only,) = find_synonyms(terms)
    assert (only.start, only.end) == (0, 5)
    assert "nghien cuu" in {" ".join(terms[3:5])} & {" ".join(index_terms(p)) for line in LINES for p in line.asked}


def test_phrases_that_only_overlap_are_both_kept_longest_first() -> None:
    terms = index_terms("hết bao nhiêu tiền lương")
    spans = [(s.start, s.end) for s in find_synonyms(terms)]
    assert spans == [(0, 4), (3, 5)]  # «hết bao nhiêu tiền», «tiền lương»


def test_what_the_question_says_there_itself_is_no_other_wording() -> None:
    assert "bo khoa hoc cong nghe" in found("Bộ khoa học làm gì")["bo khoa hoc"]
    assert "bo khoa hoc" not in found("Bộ Khoa học và Công nghệ làm gì")


def test_short_forms_count_as_written_out() -> None:
    assert "khu cong nghe so tap trung" in found("Khu CNTT tập trung")["khu cong nghe thong tin tap trung"]


# --- hostile questions -----------------------------------------------------------------------------------------

ASKED = sorted({word for line in LINES for part in line.asked for word in fold(part).split()})


@settings(deadline=None)
@given(st.lists(st.sampled_from(ASKED) | st.text(max_size=5), max_size=80), st.booleans())
def test_whatever_is_asked_the_spans_stand_in_it_and_none_within_another(terms: list[str], marked: bool) -> None:
    kept = find_synonyms(terms, terms if marked else ())
    assert len(kept) <= MOST_FOUND
    assert [k.end - k.start for k in kept] == sorted((k.end - k.start for k in kept), reverse=True)
    for one in kept:
        assert 0 <= one.start < one.end <= len(terms)
        assert 1 <= len(one.alternatives) <= MOST_ALTERNATIVES
        assert len(set(one.alternatives)) == len(one.alternatives)
        assert tuple(terms[one.start : one.end]) not in one.alternatives
    assert not any(a is not b and b.start <= a.start and a.end <= b.end for a in kept for b in kept)


@settings(deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_glossed_and_judged(text: str) -> None:
    looks_english(text)
    assert gloss(text) == gloss(text)
    assert len(gloss(text)) <= 60 * (len(text) + 1)


@pytest.mark.parametrize(
    "piece", ["how many what ", "cơ quan chủ trì ", "a" * 50, "_", '"', "1", "1,", "May 1 ", "-a", "«"]
)
def test_a_hostile_text_takes_no_longer_than_a_long_one(piece: str) -> None:
    text = piece * (2_000_000 // len(piece))
    load_glossary()
    begun = time.process_time()
    looks_english(text)
    assert len(gloss(text)) < 20 * MAX_CHARACTERS
    find_synonyms(["co", "quan", "chu", "tri"] * 100_000)
    assert time.process_time() - begun < 2.0
    assert MOST_TERMS < 1000


def test_the_tables_are_read_once_and_fast() -> None:
    text = "\n".join(table.read_text(encoding="utf-8") for table in (synonyms.TABLE, synonyms.WORDINGS, glossary.TABLE))

    def seconds() -> float:
        synonyms._table.cache_clear()
        load_glossary.cache_clear()
        begun = time.process_time()
        synonyms._table()
        load_glossary()
        return time.process_time() - begun

    def splitting() -> float:
        begun = time.process_time()
        assert len([[fold(word) for word in line.split()] for line in text.split("\n")]) > 1000
        return time.process_time() - begun

    assert min(seconds() for _ in range(5)) < 10 * min(splitting() for _ in range(5))
    assert load_glossary() is load_glossary()


# --- the table of English --------------------------------------------------------------------------------------


def test_the_glossary_has_hundreds_of_entries_each_once() -> None:
    keys = [english for english, _ in ENTRIES]
    assert len(keys) >= 900
    assert [key for key, count in Counter(keys).items() if count > 1] == []
    assert unicodedata.normalize("NFC", ENGLISH) == ENGLISH
    assert all(" =" in line and line == line.strip() for line in ENGLISH.splitlines() if line and line[0] != "#")


def test_english_phrases_are_plain_letters_without_articles() -> None:
    for english, entry in ENTRIES:
        assert english.isascii()
        assert english == english.lower() or english.replace("&", "").isalpha(), english
        assert not {"the", "a"} & set(english.split()), english
        assert ("<year>" in english) == ("<year>" in entry.text), english
        assert ("<n>" in english) == ("<n>" in entry.text), english
        assert not set("…~<|=") & set(entry.text.replace("<year>", "").replace("<n>", "")), english


def test_phrases_that_only_the_ending_parts_are_found_by_the_word_itself() -> None:
    assert gloss("plans") == "kế hoạch"
    assert gloss("planning") == "quy hoạch"
    assert gloss("Securities") == "chứng khoán"


@pytest.mark.parametrize(
    ("words", "stems"),
    [
        ("policy policies", {"policy"}),
        ("invest invests invested investing", {"invest"}),
        ("approve approves approved approving", {"approv"}),
        ("plan plans planned planning", {"plan"}),
        ("tax taxes taxed", {"tax"}),
        ("process processes processed", {"proces"}),
        ("Vietnam Vietnam's", {"Vietnam"}),
        ("status", {"status"}),
        ("need", {"need"}),
    ],
)
def test_all_forms_of_a_word_have_one_stem(words: str, stems: set[str]) -> None:
    assert set(map(stem, words.split())) == stems


@pytest.mark.parametrize(
    "question",
    [
        "What is the area of the concentrated information technology zone in Binh Duong?",
        "How many patents did Binh Duong register in 2023?",
        "who is the vice minister of science and technology",
        "Who is Nguyễn Khắc Lịch?",
        "Where is Thủ Dầu Một?",
        "list the targets of resolution 57",
        "Tell me about AI in Vietnam",
        "Can foreigners buy houses in Vietnam?",
        "WHAT IS THE TAX RATE FOR SMALL ENTERPRISES",
        'What is the goal of "Chuyển đổi số của tỉnh"?',
        "smart city ranking",
        "budget for research and development by 2030",
        "the 13th National Congress",
        "Where is La Gi town?",
        "What is the boiling point of tungsten?",
        "is there any support for startups in high-tech agriculture?",
    ],
)
def test_english_is_known(question: str) -> None:
    assert looks_english(question)


@pytest.mark.parametrize(
    "question",
    [
        "",
        "2030?",
        "khu cong nghe thong tin tap trung rong bao nhieu ha",
        "ban do so la gi",
        "ban do so",
        "an toan thong tin",
        "the thao",
        "hang hoa",
        "do thi thong minh",
        "an toan internet",
        "ban do online",
        "Smart city là gì?",
        "smart city la gi",
        "Internet of Things la gi",
        "The Business Times viết gì về Bình Dương?",
        "WHO khuyen nghi dieu gi",
        "WHO khuyến cáo mức nào",
        "chuong trinh smart city Binh Duong",
        "Đề án Smart City",
        "Techmart la gi",
        "GDP Binh Duong 2025",
        "deadline nop ho so",
        "ung dung blockchain trong logistics",
        "AI và Big Data dùng vào việc gì",
        "chir tieeu cuar tinhr ddeens nawm 2030",
        "«What is AI» nghĩa là gì",
        "nghi quyet 57-NQ/TW",
        "' OR 1=1 --",
        "x' or '1'='1",
        "not",
    ],
)
def test_vietnamese_is_not_taken_for_english(question: str) -> None:
    assert not looks_english(question)


@pytest.mark.parametrize(
    ("question", "vietnamese"),
    [
        (
            "What is the area of the concentrated information technology zone in Binh Duong?",
            "khu công nghệ thông tin tập trung ở Bình Dương có diện tích bao nhiêu?",
        ),
        (
            "How many patents did Binh Duong province register in 2023?",
            "tỉnh Bình Dương đăng ký năm 2023 bao nhiêu bằng sáng chế?",
        ),
        (
            "What are the main tasks and solutions of Resolution No. 57-NQ/TW by 2030?",
            "nhiệm vụ giải pháp chính của nghị quyết số 57-NQ/TW đến năm 2030 gồm những gì?",
        ),
        ("Who is Nguyễn Khắc Lịch?", "Nguyễn Khắc Lịch là ai?"),
        ("Which province ranked first?", "tỉnh nào đứng đầu?"),
        ("What does PII stand for?", "PII viết tắt của gì?"),
        ("new national strategy", "chiến lược quốc gia mới"),
        ("the budget of Long An and an agency", "ngân sách của Long An và cơ quan"),
        ("1,000 workers and 2.5 million people", "1.000 người lao động và 2,5 triệu người dân"),
        ("Industry 4.0", "công nghiệp 4.0"),
        ("issued on 1 July 2023", "ban hành ngày 1 tháng 7 năm 2023"),
        ("issued on December 22nd, 2024", "ban hành ngày 22 tháng 12 năm 2024"),
        ("in May 2024", "tháng 5 năm 2024"),
        ("Foxconn's factories", "Foxconn nhà máy"),
        ("IT engineers", "kỹ sư công nghệ thông tin"),
        ("WHO", "Tổ chức Y tế Thế giới"),
        ("Who?", "ai?"),
        ("high-tech park", "khu công nghệ cao"),
        ("the people’s committee", "ủy ban nhân dân"),
        ("R&D", "nghiên cứu và phát triển"),
        ("Vice Minister", "Thứ trưởng"),
        ("ranked 9th", "xếp hạng thứ 9"),
        ("Decree 13/2023/ND-CP", "nghị định 13/2023/ND-CP"),
    ],
)
def test_a_question_in_rough_vietnamese(question: str, vietnamese: str) -> None:
    assert gloss(question) == nfc(vietnamese)


def test_what_the_table_does_not_know_is_kept() -> None:
    assert gloss("Zyxwv Qrstu") == "Zyxwv Qrstu"
    assert gloss("") == ""
