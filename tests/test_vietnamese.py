import base64
from itertools import pairwise
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from assistant.vietnamese.abbreviations import expand
from assistant.vietnamese.normal import fold, has_marks, nfc
from assistant.vietnamese.sentences import sentence_spans
from assistant.vietnamese.syllables import extra_terms, index_terms, syllable_spans, syllables
from assistant.vietnamese.tokens import count_tokens, load_encoding


def sentences(text: str) -> list[str]:
    return [text[a:b] for a, b in sentence_spans(text)]


def test_folding_takes_every_mark_away() -> None:
    assert fold("Đường Nguyễn Thị Thu Hà, ưỡn ẹo Ỹ") == "duong nguyen thi thu ha, uon eo y"


@given(st.text())
def test_folding_keeps_the_length_of_nfc_text_and_is_done_once(text: str) -> None:
    composed = nfc(text)
    assert len(fold(composed)) == len(composed)
    assert fold(fold(composed)) == fold(composed)


@given(st.text())
def test_syllable_spans_are_where_the_syllables_stand(text: str) -> None:
    composed = nfc(text)
    assert [fold(composed)[a:b] for a, b in syllable_spans(composed)] == syllables(composed)


def test_a_decimal_number_is_one_term() -> None:
    assert syllables("rộng 15,47 ha; 6.000 người.") == ["rong", "15,47", "ha", "6.000", "nguoi"]


def test_all_spellings_of_a_resolution_number_give_the_same_terms() -> None:
    spellings = "57-NQ/TW", "57/NQ-TW", "57–NQ/TW", "57/nq-tw"
    assert {tuple(index_terms(s)) for s in spellings} == {("57", "nq", "tw")}  # no authority of the sentence
    assert {tuple(extra_terms(s)) for s in spellings} == {("57-nq", "57-nq-tw")}


def test_short_and_long_form_are_the_same_terms() -> None:
    assert expand(syllables("Khu CNTT")) == expand(syllables("khu công nghệ thông tin"))
    assert expand(syllables("KH&CN")) == expand(syllables("khoa học và công nghệ")) == expand(syllables("KHCN"))
    assert expand(syllables("Bộ TT&TT")) == expand(syllables("Bộ Thông tin và Truyền thông"))


def test_marks_are_noticed() -> None:
    assert has_marks("rộng")
    assert not has_marks("rong bao nhieu")
    assert has_marks("đi")


def test_sentences_end_at_full_stops_but_not_in_numbers_or_abbreviations() -> None:
    text = "Chỉ số đạt 0,7411 điểm. Ở TP. HCM có GS.TS. Nguyễn Hà. Tăng 12 bậc!"
    assert sentences(text) == ["Chỉ số đạt 0,7411 điểm.", "Ở TP. HCM có GS.TS. Nguyễn Hà.", "Tăng 12 bậc!"]


def test_enumerators_do_not_end_sentences_and_line_breaks_do() -> None:
    assert sentences("1. Một số kết quả\na) Đơn vị; b) cá nhân.\n\nHết") == [
        "1. Một số kết quả",
        "a) Đơn vị; b) cá nhân.",
        "Hết",
    ]


@given(st.text(alphabet=st.sampled_from(list('aĐ.!? \n,;:1"”«»…-'))))
def test_sentences_are_in_order_apart_and_hold_all_but_white_space(text: str) -> None:
    spans = sentence_spans(text)
    assert all(a < b for a, b in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))
    assert "".join("".join(text[a:b].split()) for a, b in spans) == "".join(text.split())


def test_ranks_that_change_under_the_same_path_are_read_anew(tmp_path: Path) -> None:
    ranks = tmp_path / "ranks.tiktoken"
    letters = [base64.b64encode(bytes([i])).decode() + f" {i}" for i in range(256)]
    ranks.write_text("\n".join(letters), encoding="ascii")
    assert count_tokens(load_encoding(ranks), "ab") == 2
    ranks.write_text("\n".join([*letters, f"{base64.b64encode(b'ab').decode()} 256"]), encoding="ascii")
    load_encoding.cache_clear()
    assert count_tokens(load_encoding(ranks), "ab") == 1
