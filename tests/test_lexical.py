"""The lexical index: BM25 by hand, one reading for every spelling, and files that can't be trusted."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from assistant.errors import IndexDamaged
from assistant.retrieval.lexical import MAX_QUERY_TERMS, LexicalIndex, LexicalWriter, build_lexical_index
from assistant.retrieval.postings import CONTEXT, K1, B
from assistant.vietnamese.normal import fold

Entry = tuple[str, Sequence[str], str]
Build = Callable[..., LexicalIndex]
# Weights are stored in 16 bits.
HALF = 2**-10


@pytest.fixture
def build(tmp_path: Path) -> Build:
    """An index of bodies, or of (title, headings, body)."""

    def made(*entries: str | Entry) -> LexicalIndex:
        folder = tmp_path / f"index{len(list(tmp_path.iterdir()))}"
        folder.mkdir()
        writer = LexicalWriter(folder)
        for entry in entries:
            writer.add(*(("", (), entry) if isinstance(entry, str) else entry))
        writer.finish()
        return LexicalIndex(folder)

    return made


def scores(index: LexicalIndex, query: str) -> list[float]:
    return [float(score) for score in index.scores(query)]


def found(index: LexicalIndex, query: str) -> list[int]:
    """Chunks with a score above zero, best first."""
    values = index.scores(query)
    return [int(row) for row in np.argsort(-values, kind="stable") if values[row] > 0]


def only(index: LexicalIndex, term: str) -> list[float]:
    """The weights of one term alone in each chunk."""
    values = np.zeros(index.size, np.float32)
    index.postings.add_to(values, np.asarray([index.forward.term_ids[term]]), [1.0])
    return [float(value) for value in values]


# --- BM25 ------------------------------------------------------------------------------------------------------

# Syllables that count: 2 + CONTEXT * 2, 4, 2.
THREE: tuple[Entry, ...] = (("Cầu", ("Vàm",), "cầu dài"), ("", (), "cầu rộng, cầu dài"), ("", (), "chợ xa"))
LENGTHS = (2 + CONTEXT * 2, 4, 2)
NORM = [K1 * (1 - B + B * length / (sum(LENGTHS) / 3)) for length in LENGTHS]
IN_TWO, IN_ONE = math.log(1 + (3 - 2 + 0.5) / (2 + 0.5)), math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))


def test_a_term_has_its_bm25_weight_and_counts_more_in_title_and_headings(build: Build) -> None:
    index, often = build(*THREE), 1 + CONTEXT
    assert scores(index, "cầu") == pytest.approx(
        [IN_TWO * often / (often + NORM[0]), IN_TWO * 2 / (2 + NORM[1]), 0], rel=HALF
    )
    assert scores(index, "vàm") == pytest.approx([IN_ONE * CONTEXT / (CONTEXT + NORM[0]), 0, 0], rel=HALF)
    assert scores(index, "xa") == pytest.approx([0, 0, IN_ONE * 1 / (1 + NORM[2])], rel=HALF)


def test_neighbours_are_a_term_of_their_own(build: Build) -> None:
    index, often = build(*THREE), 1 + CONTEXT
    both = [
        IN_TWO * (often / (often + NORM[0]) + 1 / (1 + NORM[0]) + 1 / (1 + NORM[0])),
        IN_TWO * (2 / (2 + NORM[1]) + 1 / (1 + NORM[1]) + 1 / (1 + NORM[1])),
        0,
    ]
    assert scores(index, "cầu dài") == pytest.approx(both, rel=HALF)
    assert [index.frequency(term) for term in ("cau", "cau_dai", "dai_cau", "rong_cau", "cau_vam")] == [2, 2, 0, 1, 1]


def test_neighbours_of_two_chunks_or_of_title_and_body_are_none(build: Build) -> None:
    index = build(("Cầu", (), "dài"), ("", (), "rộng"), ("", (), "xa"))
    assert [index.frequency(term) for term in ("cau_dai", "dai_rong", "rong_xa")] == [0, 0, 0]
    assert index.frequency("dai")


def test_a_term_that_the_query_repeats_counts_once(build: Build) -> None:
    index = build(*THREE)
    assert scores(index, "cầu, cầu, cầu") == scores(index, "cầu")
    assert scores(index, "cầu dài, cầu dài")[1] == pytest.approx(scores(index, "cầu dài")[1])


def test_the_key_of_a_document_counts_once_however_often_it_stands(build: Build) -> None:
    index = build("57-NQ/TW, 57-NQ/TW", "nghị quyết 57")
    # 57 nq tw, twice; nghị quyết 57
    norm = [K1 * (1 - B + B * length / ((6 + 3) / 2)) for length in (6, 3)]
    in_two, in_one = math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5)
    assert only(index, "57-nq") == pytest.approx([in_two / (1 + norm[0]), in_two / (1 + norm[1])], rel=HALF)
    assert only(index, "57-nq-tw") == pytest.approx([in_one / (1 + norm[0]), 0], rel=HALF)


def test_a_named_document_is_found_by_its_key_where_no_word_of_its_name_stands(build: Build) -> None:
    index = build("theo 57-NQ/TW", "theo 57 hộ", "nghị quyết")
    values = scores(index, "nghị quyết 57")
    assert values[0] == pytest.approx(only(index, "57")[0] + only(index, "57-nq")[0])
    assert values[1] == pytest.approx(only(index, "57")[1])


def test_idf_is_that_of_lucene_and_an_unknown_term_is_as_rare_as_can_be(build: Build) -> None:
    index = build(*THREE)
    assert index.idf("cau") == pytest.approx(IN_TWO)
    assert index.idf("chua") == pytest.approx(math.log(1 + 3.5 / 0.5))
    assert index.idf("cau_chua") == index.idf("chua")


def test_what_stands_in_title_or_heading_outranks_the_same_words_in_the_body(build: Build) -> None:
    asked, other = "Thu gom rác", "Họp tổ dân"
    assert found(build((other, (), asked), (asked, (), other)), asked) == [1, 0]
    assert found(build((other, (other,), asked), (other, (asked,), other)), asked)[0] == 1


def test_more_chunks_than_one_block_keep_their_weights(build: Build) -> None:
    index = build(*(f"ô {number}" for number in range(5_000)))
    weight = math.log(1 + (5_000 - 1 + 0.5) / (1 + 0.5)) / (1 + K1)
    common = math.log(1 + 0.5 / 5_000.5) / (1 + K1)
    for row in (0, 2_047, 2_048, 4_999):
        values = scores(index, f"ô {row}")
        assert values[row] == pytest.approx(2 * weight + common, rel=2 * HALF)  # the number, and it with `ô`
        assert max(values[:row] + values[row + 1 :]) == pytest.approx(common, rel=0.1)


# --- spellings -------------------------------------------------------------------------------------------------

NUMBERED = (
    "Diện tích quy hoạch là 57 ha theo trung ương.",
    "Nghị quyết số 58-NQ/TW về đô thị.",
    "Nghị quyết số 57-NQ/TW về khoa học.",
    "Nghị định số 57/2023/NĐ-CP về đất đai.",
    "Nghị định số 58/2023/NĐ-CP về thủy lợi.",
    "Quyết định số 57/QĐ-TTg về cảng.",
)


@pytest.mark.parametrize(
    "spelling",
    [
        "57-NQ/TW",
        "57/NQ-TW",
        "57–NQ/TW",
        "57 - nq/tw",
        "57NQ/TW",
        "nghị quyết 57",
        "nghi quyet 57",
        "Nghị quyết số 57 năm 2024",
        "NQ57",
        "NQ 57",
    ],
)
def test_a_resolution_is_found_by_its_number_however_it_is_written(build: Build, spelling: str) -> None:
    assert found(build(*NUMBERED), spelling)[0] == 2
    assert found(build(*(fold(text) for text in NUMBERED)), spelling)[0] == 2
    assert only(build(spelling), "57-nq")[0] > 0


@pytest.mark.parametrize(
    "spelling",
    ["57/2023/NĐ-CP", "57/2023/nđ-cp", "57/2023/nd-cp", "57/2023/NĐ–CP", "nghị định 57/2023", "nghi dinh 57", "NĐ 57"],
)
def test_a_decree_is_found_by_its_number_however_it_is_written(build: Build, spelling: str) -> None:
    assert found(build(*NUMBERED), spelling)[0] == 3


def test_a_decimal_is_not_its_whole_part(build: Build) -> None:
    index = build("rộng 15,47 ha", "rộng 15 ha", "rộng 47 ha")
    assert found(index, "15,47") == [0]
    assert found(index, "15") == [1]
    assert found(index, "47") == [2]


def test_a_figure_and_a_day_are_found_in_each_of_their_spellings(build: Build) -> None:
    index = build("thu 1.000.000 đồng", "họp ngày 28/02/2023", "họp ngày 27/03/2022")
    assert found(index, "1000000") == found(index, "1,000,000") == [0]
    assert found(index, "28 tháng 2 năm 2023")[0] == found(index, "28-2-2023")[0] == found(index, "2023-02-28")[0] == 1


@pytest.mark.parametrize(
    ("short", "long"),
    [
        ("KH&CN", "khoa học và công nghệ"),
        ("KHCN", "khoa học, công nghệ"),
        ("UBND", "ủy ban nhân dân"),
        ("HĐND", "hội đồng nhân dân"),
        ("CNTT", "công nghệ thông tin"),
        ("ĐMST", "đổi mới sáng tạo"),
        ("SHTT", "sở hữu trí tuệ"),
        ("CĐS", "chuyển đổi số"),
        ("TP.HCM", "thành phố Hồ Chí Minh"),
    ],
)
def test_short_and_long_form_find_each_other_alike(build: Build, short: str, long: str) -> None:
    index = build(f"Về {short} của xã", f"Về {long} của xã", "Ruộng lúa bên sông")
    for query in (short, long, fold(short), fold(long)):
        first, second, other = scores(index, query)
        assert first == second > other == 0
    assert scores(index, short) == scores(index, long)


def test_a_short_form_that_a_document_defines_finds_its_long_form_for_half_its_weight(build: Build) -> None:
    index = build("Tỉnh có Trung tâm Ươm tạo Lúa (BIIC).", "BIIC mở cửa.", "Trung tâm Ươm tạo Lúa nhận hồ sơ.", "Chợ.")
    long, short = scores(index, "Trung tâm Ươm tạo Lúa"), scores(index, "BIIC")
    assert short[1] == long[1] > 0
    assert short[2] == pytest.approx(long[2] / 2)
    assert long[2] > 0
    assert short[3] == long[3] == 0


def test_nothing_is_added_where_no_document_defines_the_short_form(build: Build) -> None:
    index = build("Tỉnh có Trung tâm Ươm tạo Lúa.", "BIIC mở cửa.")
    assert found(index, "BIIC") == [1]
    assert found(index, "Trung tâm Ươm tạo Lúa") == [0]


@pytest.mark.parametrize(("one", "other"), [("hòa", "hoà"), ("thủy", "thuỷ"), ("khóa", "khoá"), ("lũy", "luỹ")])
def test_the_place_of_a_tone_makes_no_difference(build: Build, one: str, other: str) -> None:
    index = build(f"phường {one} an", f"phường {other} an")
    assert scores(index, one) == scores(index, other)
    assert scores(index, one)[0] == scores(index, one)[1] > 0


@pytest.mark.parametrize(
    "query",
    [
        "Nghị quyết số 57-NQ/TW về khoa học",
        "đất đai, thủy lợi và đô thị",
        "Diện tích quy hoạch của trung ương là 57 ha?",
        "Quyết định về cảng ngày 28 tháng 2 năm 2023",
    ],
)
def test_a_query_without_marks_has_the_scores_of_the_accented_one(build: Build, query: str) -> None:
    index = build(*NUMBERED)
    assert max(scores(index, query)) > 0
    assert scores(index, fold(query)) == scores(index, query) == scores(index, query.upper())


# --- little and much -------------------------------------------------------------------------------------------


def test_an_empty_index_knows_nothing(build: Build) -> None:
    index = build()
    assert (index.size, index.scores("cầu 57-NQ/TW").shape) == (0, (0,))
    assert not index.frequency("cau")
    assert math.isfinite(index.idf("cau"))


def test_a_chunk_without_words_has_no_score_and_shifts_no_other(build: Build) -> None:
    index = build("", "cầu", "?!", "chợ", "")
    assert index.size == 5
    assert found(index, "cầu") == [1]
    assert found(index, "chợ") == [3]
    assert scores(build("", "…"), "cầu") == [0, 0]


def test_one_chunk_alone_is_found(build: Build) -> None:
    assert scores(build("cầu"), "cầu") == pytest.approx([math.log(1 + 0.5 / 1.5) / (1 + K1)], rel=HALF)


def test_plain_texts_are_chunks_in_their_order(tmp_path: Path) -> None:
    build_lexical_index(iter(["chợ", "cầu"]), tmp_path)
    assert found(LexicalIndex(tmp_path), "cầu") == [1]


def test_a_query_of_nothing_has_no_terms(build: Build) -> None:
    index = build(*THREE)
    for query in ("", " ", "?!", "😀", "chưa thấy"):
        assert index.codes(query) == {}
        assert not index.scores(query).any()


def test_of_ten_thousand_terms_the_first_few_hundred_are_looked_up(build: Build) -> None:
    starts = "b ch d g h kh l m n nh ng ph t th tr v x s r qu".split()
    words = [f"{a}{b}{c}" for a in starts for b in "aeiou" for c in "chmnpt"]
    index = build(*(" ".join(words[start : start + 50]) for start in range(0, 600, 50)))
    query = " ".join(words * 17)
    assert len(set(words)) == 600 > MAX_QUERY_TERMS
    assert len(query.split()) > 10_000
    assert index.codes(query) == index.codes(" ".join(words[:MAX_QUERY_TERMS]))
    assert len(index.codes(words[-1])) == 1


# --- damage ----------------------------------------------------------------------------------------------------


def test_rows_that_no_chunk_has_are_named(build: Build, tmp_path: Path) -> None:
    build(*THREE)
    file = tmp_path / "index0" / "rows.npy"
    np.save(file, np.load(file) + 1_000)
    with pytest.raises(IndexDamaged, match=r"rows\.npy"):
        LexicalIndex(tmp_path / "index0").scores("cầu")


def test_forms_that_there_are_not_are_named(build: Build, tmp_path: Path) -> None:
    build(*THREE)
    file = tmp_path / "index0" / "body.ids"
    file.write_bytes((np.fromfile(file, np.int32) + 1_000).tobytes())
    forward = LexicalIndex(tmp_path / "index0").forward
    with pytest.raises(IndexDamaged, match=r"body\.ids"):
        forward.terms(forward.body, forward.body.gather(np.arange(3))[0])


@pytest.mark.parametrize("starts", [[0, 5, 2, 8], [0, 99, 99, 8], [-4, 2, 6, 8]])
def test_chunks_that_begin_nowhere_are_named(build: Build, tmp_path: Path, starts: list[int]) -> None:
    build(*THREE)
    np.save(tmp_path / "index0" / "body.starts.npy", np.asarray(starts))
    with pytest.raises(IndexDamaged, match=r"body\.starts\.npy"):
        LexicalIndex(tmp_path / "index0").forward.body.gather(np.arange(3))


@pytest.mark.parametrize("name", ["rows.npy", "weights.npy", "starts.npy", "codes.npy", "body.ids", "keys.starts.npy"])
def test_a_file_that_does_not_fit_the_others_is_refused(build: Build, tmp_path: Path, name: str) -> None:
    build(*THREE)
    file = tmp_path / "index0" / name
    if file.suffix == ".npy":
        np.save(file, np.load(file)[:-1])
    else:
        file.write_bytes(file.read_bytes()[:-4])
    with pytest.raises(ValueError):  # noqa: PT011 - the snapshot names the folder
        LexicalIndex(tmp_path / "index0")


@pytest.mark.parametrize("ids", [[-1], [10_000]])
def test_a_form_of_no_term_is_refused(build: Build, tmp_path: Path, ids: list[int]) -> None:
    build(*THREE)
    file = tmp_path / "index0" / "term_of_form.npy"
    np.save(file, np.asarray([*np.load(file)[:-1].tolist(), *ids], np.int32))
    with pytest.raises(ValueError, match="term_of_form"):
        LexicalIndex(tmp_path / "index0")
