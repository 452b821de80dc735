"""Legacy Vietnamese encodings: what is in one is converted, what is in Unicode comes back as it is."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from legacy_letters import ENCODERS, tcvn3, vni

from assistant.documents.plain import decode
from assistant.vietnamese.encodings import (
    convert,
    decode_legacy,
    detect,
    encoding_of_font,
    pages_to_unicode,
    to_unicode,
)
from assistant.vietnamese.normal import nfc
from assistant.vietnamese.orthography import is_syllable_with_marks

SENTENCES = """Uỷ ban nhân dân tỉnh giao Sở Khoa học và Công nghệ chủ trì, phối hợp với các sở, ngành liên quan.
Hồ sơ đề nghị hỗ trợ gồm đơn theo mẫu, bản thuyết minh nhiệm vụ và dự toán kinh phí chi tiết.
Trong thời hạn 15 ngày làm việc kể từ ngày nhận đủ hồ sơ hợp lệ, cơ quan tiếp nhận phải trả lời bằng văn bản.
Mức hỗ trợ tối đa bằng 50% tổng chi phí, nhưng không quá 300.000.000 đồng cho một doanh nghiệp mỗi năm.
Người đứng đầu đơn vị chịu trách nhiệm trước pháp luật về tính chính xác của số liệu báo cáo.
Những khoản đã chi sai mục đích bị thu hồi và nộp lại ngân sách nhà nước.
Kỹ sư, thợ lành nghề và sinh viên năm cuối được ưu tiên tham dự khoá bồi dưỡng ngắn hạn.
Việc nghiệm thu được tiến hành sau khi sản phẩm đã vận hành thử ổn định ít nhất ba tháng.
Mọi thắc mắc xin gửi về Văn phòng, điện thoại 0274.3822825, để được giải đáp kịp thời.
Quyết định này có hiệu lực kể từ ngày ký; những quy định trước đây trái với Quyết định này đều bãi bỏ.
Xã vùng sâu, vùng xa, nơi đi lại khó khăn, được cấp thêm thuỷ lợi phí và giống cây trồng thích hợp.
Đoàn kiểm tra liên ngành sẽ rà soát từng hộ, lập biên bản và kiến nghị biện pháp khắc phục."""


def error_rate(found: str, wanted: str) -> float:
    matched = sum(block.size for block in SequenceMatcher(None, found, wanted, autojunk=False).get_matching_blocks())
    return 1 - matched / max(len(found), len(wanted))


@pytest.fixture(scope="module")
def shipped(root: Path) -> list[str]:
    texts = [nfc(file.read_text(encoding="utf-8")) for file in sorted((root / "corpus").glob("*.md"))]
    assert len(texts) > 4
    return texts


# --- conversion ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ENCODERS)
def test_every_encoding_is_recognised_and_comes_back_letter_for_letter(encoding: str) -> None:
    legacy = ENCODERS[encoding](SENTENCES)
    assert legacy != SENTENCES
    assert detect(legacy) == encoding
    assert error_rate(to_unicode(legacy), SENTENCES) == 0


@pytest.mark.parametrize("encoding", ENCODERS)
def test_a_line_of_a_heading_is_enough(encoding: str) -> None:
    heading = "Cộng hoà xã hội chủ nghĩa Việt Nam"
    assert to_unicode(ENCODERS[encoding](heading)) == heading


@pytest.mark.parametrize("encoding", ENCODERS)
def test_bytes_are_recognised_too(encoding: str) -> None:
    data = ENCODERS[encoding](SENTENCES).encode("latin-1")
    assert decode_legacy(data) == SENTENCES
    assert decode(data) == SENTENCES


@pytest.mark.parametrize("encoding", ["tcvn3", "vni", "viscii"])
def test_the_shipped_corpus_comes_back_with_less_than_one_letter_in_two_hundred_wrong(
    encoding: str, shipped: list[str]
) -> None:
    wrong = total = 0
    for text in shipped:
        for wanted in (
            line for line in text.split("\n")[::7] if len(line) > 80 and all(c < "\u2000" or c.isalpha() for c in line)
        ):
            found = convert(ENCODERS[encoding](wanted), encoding)
            wrong += (
                sum(a != b for a, b in zip(found.lower(), wanted.lower(), strict=False))
                if len(found) == len(wanted)
                else len(wanted)
            )
            total += len(wanted)
    assert total > 5_000
    assert wrong <= 0.005 * total


def test_windows_punctuation_around_legacy_bytes_is_kept() -> None:
    data = (
        b"\x93"
        + tcvn3("Những quy định trước đây").encode("latin-1")
        + b"\x94 \x96 "
        + tcvn3("bãi bỏ").encode("latin-1")
    )
    assert decode(data) == "“Những quy định trước đây” – bãi bỏ"


def test_letters_that_a_pdf_font_swapped_are_read() -> None:
    swapped = tcvn3("Thông tư của Thủ tướng về quyền sử dụng đất của người dân").replace("\u00ad", "\u2212")
    assert "\u2212" in swapped
    assert to_unicode(swapped) == "Thông tư của Thủ tướng về quyền sử dụng đất của người dân"


def test_decomposed_unicode_is_composed() -> None:
    assert to_unicode(unicodedata.normalize("NFD", SENTENCES)) == SENTENCES


def test_capitals_of_tcvn3_are_told_by_the_plain_letters_beside_them() -> None:
    text = "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: 12/QĐ-UBND của Uỷ ban\nỦY BAN NHÂN DÂN"
    assert to_unicode(tcvn3(text)) == text


def test_small_letters_of_a_capital_font_stay_small_unless_the_font_is_known() -> None:
    stored = tcvn3("quyết định về việc thành lập tổ công tác")
    assert to_unicode(stored) == "quyết định về việc thành lập tổ công tác"
    assert encoding_of_font("ABCDEF+.VnTimeH") == ("tcvn3", True)
    assert convert(stored, "tcvn3", capitals=True) == "QUYẾT ĐỊNH VỀ VIỆC THÀNH LẬP TỔ CÔNG TÁC"
    assert encoding_of_font("VNI-Times") == ("vni", False)
    assert encoding_of_font("Times New Roman") is None


def test_signs_and_amounts_beside_legacy_words_stay() -> None:
    text = "Giá đất là 5.000 đ cho 10 × 5 m² tại nước ta"
    assert to_unicode(tcvn3(text)) == text


# --- mixed files -----------------------------------------------------------------------------------------------


def test_a_legacy_part_of_a_unicode_file_is_converted_alone() -> None:
    lines = SENTENCES.split("\n")
    mixed = "\n".join([*lines[:4], *map(tcvn3, lines[4:8]), *lines[8:]])
    assert detect(mixed) == "tcvn3"
    assert to_unicode(mixed) == SENTENCES


def test_two_legacy_parts_of_two_encodings_are_each_read_in_theirs() -> None:
    lines = SENTENCES.split("\n")
    assert to_unicode("\n".join([*map(vni, lines[:6]), *map(tcvn3, lines[6:])])) == SENTENCES


def test_a_unicode_word_inside_a_legacy_line_is_left() -> None:
    assert (
        to_unicode(tcvn3("Căn cứ Nghị định của Chính phủ về ") + "thực hiện")
        == "Căn cứ Nghị định của Chính phủ về thực hiện"
    )


def test_pages_are_judged_together_and_keep_their_lines() -> None:
    assert pages_to_unicode((tcvn3(SENTENCES), tcvn3("Số liệu\n\nHết"), "")) == (SENTENCES, "Số liệu\n\nHết", "")


def test_one_legacy_line_does_not_change_the_clean_lines_around_it() -> None:
    """Where one line is all that could be legacy, clean lines are what the others are."""
    clean = SENTENCES + "\n" + "Chú ý: phép (5»), là có."
    assert to_unicode(clean + "\n" + tcvn3("của") + "\n" + clean) == clean + "\n" + tcvn3("của") + "\n" + clean


# --- what is not legacy ----------------------------------------------------------------------------------------

FOREIGN = [
    "The committee approved a budget of €1,234.50 (± 3 %) for 10 × 5 µm filters; see § 5, § 6 and § 7.",
    "L'été dernier, où étaient passés les élèves français? Très déçus, ils ont préféré rester à côté de la forêt.",
    "Der Präsident erklärte, daß die Maßnahmen für größere Städte nötig wären; Übergänge müßten schön früh öffnen.",
    "El niño pequeño comió piña mañana; según señaló, la montaña está más allá del baño y también del jardín.",
    "A situação não é tão fácil; então, as eleições serão próximas à região de São João, onde há também você.",
    "Smörgåsbord på svenska: räksmörgås, köttbullar och ärtsoppa med pannkakor är läckert så här års.",
    "Filtr µm: 5 µm, 10 µm, 20 µm, 30 µm, 40 µm, 50 µm; Windows®, Office®, Azure®; 25 °C ± 0,5 °C; ½ và ¼.",
    "def f(x):\n    return {'a': x ** 2, \"b\": [1, 2]}  # chú thích: «có» là được\n",
    "| STT | Tên | Số lượng |\n|---|---|---|\n| 1 | Xã A | 15 |\n| 2 | Xã B | 7 |",
    "«An toàn» là có «ích», «Luật» và «Nghị định» © 2024 ® của Bộ; «Và» «ở» «úp»",
    "Jürgen Müller, François Hollande và José García đến Đà Nẵng cùng Łukasz; Señor Peña, Ångström, Øystein.",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_tables_and_code_come_back_unchanged(text: str) -> None:
    assert detect(text) is None
    assert to_unicode(text) == text


@pytest.mark.parametrize("text", FOREIGN)
def test_other_languages_inside_vietnamese_come_back_unchanged(text: str) -> None:
    whole = f"{SENTENCES}\n{text}\n{SENTENCES}"
    assert to_unicode(whole) == whole


def test_the_shipped_corpus_comes_back_unchanged_whole_and_line_by_line(shipped: list[str]) -> None:
    for text in shipped:
        assert detect(text) is None
        assert to_unicode(text) == text
        assert all(to_unicode(line) == line for line in text.split("\n"))


@given(st.data())
def test_pieces_of_the_shipped_corpus_come_back_unchanged(shipped: list[str], data: st.DataObject) -> None:
    text = data.draw(st.sampled_from(shipped))
    start = data.draw(st.integers(min_value=0, max_value=len(text) - 1))
    piece = nfc(text[start : start + data.draw(st.integers(min_value=1, max_value=3000))])
    assert to_unicode(piece) == piece


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=300))
def test_plain_letters_digits_and_signs_come_back_unchanged(text: str) -> None:
    assert to_unicode(text) == text


@given(st.text(max_size=300))
def test_any_text_keeps_its_lines(text: str) -> None:
    assert to_unicode(text).count("\n") == nfc(text).count("\n")


@given(st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    found = decode_legacy(data)
    assert found is None or isinstance(found, str)


# --- orthography -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "word", "nghiêng khuỷu quyền hòa hoà giữa gì Giêng uỷ ủy thuở quý quốc Đắk xoong ngoằn".split()
)
def test_syllables_are_known(word: str) -> None:
    assert is_syllable_with_marks(word) == (word != "Đắk")  # «k» ends no Vietnamese syllable


@pytest.mark.parametrize("word", "céng nghóa haò cáí ngỉ kả mảt ViÖt hoaø été señor daß çà aườ nghịêng".split())
def test_what_only_looks_alike_is_none(word: str) -> None:
    assert not is_syllable_with_marks(word)


def test_every_marked_word_of_the_shipped_corpus_but_short_forms_is_a_syllable(shipped: list[str]) -> None:
    import re

    words = [w for text in shipped for w in re.findall(r"[^\W\d_]+", text) if not w.isascii()]
    wrong = [w for w in words if not is_syllable_with_marks(w)]
    assert len(words) > 5_000
    assert all(w.isupper() for w in wrong)
    assert len(wrong) < 0.01 * len(words)
