"""Words near in meaning: how they are learned from text, and the file that holds them, whole or damaged."""

from __future__ import annotations

import io
import json
import random
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from assistant.errors import EncoderError
from assistant.retrieval.neighbours import FILE, Neighbours, save_neighbours
from assistant.training.neighbours import Forms, SkipGram, learn, main, neighbour_table
from assistant.training.phrases import sentences

ENCODER = Path(__file__).parents[1] / "index" / "encoder"
SMALL = SkipGram(threads=1, dimension=24, epochs=6, sample=0, rarest=5)
MONEY, CHIPS = "cấp chi nộp vay nợ lãi".split(), "mạch vi nhớ đúc khắc nung".split()


def text(seed: int = 3) -> Iterator[str]:
    """Made-up sentences in which two pairs of words stand in the same surroundings, and names and «ban» in both."""
    rng = random.Random(seed)
    groups = ((MONEY, ["tiền", "kinh phí", "Gò Vấp", "bán"]), (CHIPS, ["chip", "bán dẫn", "bàn"]))
    for around, words in rng.choices(groups, k=5000):
        left, right = (" ".join(rng.choices(around, k=4)) for _ in "ab")
        yield f"Và {left} {rng.choice(words)} {right}."


# --- learning --------------------------------------------------------------------------------------------------


def test_sentences_are_syllables_of_one_spelling_with_names_apart() -> None:
    found = list(sentences(["Hoá chất ở Hà Nội. UBND tỉnh có 1.500 hóa đơn!\nÀ"]))
    assert found == [["hoá", "chất", "ở", "Hà", "Nội"], ["ubnd", "tỉnh", "có", "0", "hoá", "đơn"]]


@pytest.fixture(scope="module")
def forms() -> Forms:
    return learn(text(), SMALL)


def test_words_that_belong_together_are_one_phrase(forms: Forms) -> None:
    assert {"kinh_phí", "bán_dẫn", "gò_vấp", "tiền", "chip"} <= set(forms.words)
    assert not {"kinh", "phí", "dẫn", "cấp_chi"} & set(forms.words)


def test_words_in_the_same_surroundings_are_near_whatever_their_letters(forms: Forms) -> None:
    table = neighbour_table(forms, SMALL)
    assert table["tien",][0][0] == ("kinh", "phi")
    assert ("tien",) in dict(table["kinh", "phi"])
    assert ("ban", "dan") in dict(table["chip",])
    assert not {("chip",), ("ban", "dan")} & set(dict(table["kinh", "phi"]))


def test_a_name_is_near_nothing(forms: Forms) -> None:
    table = neighbour_table(forms, SMALL)
    assert table["go", "vap"] == []
    assert all(("go", "vap") not in dict(near) for near in table.values())


def vectors(*degrees: float) -> np.ndarray[Any, np.dtype[np.float32]]:
    angles = np.radians(degrees)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)


def forms_of(words: list[str], counts: list[int], angles: list[float], named: list[int] | None = None) -> Forms:
    return Forms(words, np.array(counts), np.array(named or [0] * len(words)), vectors(*angles))


def test_the_similarity_of_two_phrases_is_the_cosine_to_expect_of_what_they_stand_for() -> None:
    made = forms_of(["thư", "giấy", "thu"], [900, 500, 100], [0, 60, 120])  # «thu» is «thư» nine times of ten
    table = neighbour_table(made, SkipGram(similar=0.4, dimension=2))
    assert dict(table["giay",]) == pytest.approx({("thu",): 0.9 * 0.5 + 0.1 * 0.5})
    made = forms_of(["thư", "giấy", "thu"], [900, 500, 100], [0, 45, 150])
    table = neighbour_table(made, SkipGram(similar=0.4, dimension=2))
    assert dict(table["giay",]) == pytest.approx({("thu",): 0.9 * 0.5**0.5})  # the fall is far from paper


def test_a_short_form_stands_for_what_it_is_short_for() -> None:
    made = forms_of(["cntt", "công_nghệ_thông_tin", "tin_học"], [10, 30, 40], [0, 0, 60])
    table = neighbour_table(made, SkipGram(similar=0.4, dimension=2))
    assert list(table) == [("cong", "nghe", "thong", "tin"), ("tin", "hoc")]
    assert dict(table["tin", "hoc"]) == pytest.approx({("cong", "nghe", "thong", "tin"): 0.25 * 0.5 + 0.75 * 0.5})


def test_the_table_is_of_the_most_frequent_and_holds_the_nearest_best_first() -> None:
    made = forms_of(["an", "binh", "cong", "dan", "0"], [50, 40, 30, 20, 90], [0, 10, 30, 20, 5])
    table = neighbour_table(made, SkipGram(phrases=3, nearest=1, similar=0.9, dimension=2))
    assert {key: [other for other, _ in near] for key, near in table.items()} == {
        ("an",): [("binh",)],
        ("binh",): [("an",)],
        ("cong",): [("binh",)],
    }
    assert neighbour_table(made, SkipGram(phrases=3, nearest=9, similar=0.99))["cong",] == []  # cos 20° < 0.99


def test_a_phrase_is_not_near_its_own_part() -> None:
    made = forms_of(["kinh_phí", "kinh_phí_gốc", "phí"], [50, 40, 30], [0, 0, 0])
    assert all(near == [] for near in neighbour_table(made, SkipGram(dimension=2)).values())


def test_names_by_their_capitals() -> None:
    made = forms_of(["huế", "thuế"], [50, 50], [0, 0], named=[40, 39])  # 80 and 78 of a hundred
    assert neighbour_table(made, SkipGram(dimension=2)) == {("hue",): [], ("thue",): []}
    made = forms_of(["huế", "thuế"], [50, 50], [0, 0], named=[39, 39])
    assert dict(neighbour_table(made, SkipGram(dimension=2))["hue",]) == {("thue",): 1.0}


def test_the_command_writes_the_same_file_from_the_same_text_and_seed(tmp_path: Path) -> None:
    lines = [json.dumps({"title": "", "text": line}, ensure_ascii=False) for line in text()]
    for number, name in enumerate(("phapdien", "viwiki", "vlc_laws", "phapluat_8chude")):
        with zipped(tmp_path / f"{name}.jsonl.gz") as stream:
            stream.write("\n".join(lines[number::4]))
    for out, seed in (("a", "5"), ("b", "5"), ("c", "6")):
        call = ["--data", str(tmp_path), "--out", str(tmp_path / out), "--threads", "1", "--seed", seed]
        assert main(call) == 0
    first, again, other = ((tmp_path / out / FILE).read_bytes() for out in "abc")
    assert first == again != other
    assert {"tien", "kinh phi", "ban dan"} <= set(loaded(tmp_path / "a").phrases)


def zipped(file: Path) -> Any:
    import gzip

    return gzip.open(file, "wt", encoding="utf-8")


def test_the_command_names_the_file_that_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--data", str(tmp_path), "--out", str(tmp_path / "out")]) == 1
    assert "phapdien.jsonl.gz" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


# --- the file --------------------------------------------------------------------------------------------------

TABLE = {
    ("tien",): [(("kinh", "phi"), 0.8), (("no",), 0.6)],
    ("kinh", "phi"): [(("tien",), 0.8)],
    ("no",): [],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    save_neighbours(tmp_path, TABLE)
    return tmp_path


def loaded(folder: Path) -> Neighbours:
    found = Neighbours.load(folder)
    assert found is not None
    return found


def test_what_is_written_is_read_best_first_and_the_unknown_is_near_nothing(folder: Path) -> None:
    found = loaded(folder)
    assert found.near(("tien",)) == ((("kinh", "phi"), 204 / 255), (("no",), 153 / 255))
    assert found.near(("kinh", "phi")) == ((("tien",), 204 / 255),)
    assert found.near(("no",)) == found.near(("kinh",)) == found.near(()) == found.near(("phi", "kinh")) == ()
    assert found.longest == 2


def test_the_fingerprint_is_of_the_content(folder: Path, tmp_path: Path) -> None:
    save_neighbours(tmp_path / "same", TABLE)
    save_neighbours(tmp_path / "other", TABLE | {("no",): [(("tien",), 0.6)]})
    assert loaded(folder).fingerprint == loaded(tmp_path / "same").fingerprint
    assert loaded(folder).fingerprint != loaded(tmp_path / "other").fingerprint


def test_a_folder_without_the_file_has_none(tmp_path: Path) -> None:
    assert Neighbours.load(tmp_path) is None


def test_a_table_of_nothing_is_read(tmp_path: Path) -> None:
    save_neighbours(tmp_path, {})
    assert loaded(tmp_path).near(("tien",)) == ()


def rewritten(folder: Path, name: str, array: Any) -> None:
    """The file with one array put in another's place; left out where it is None."""
    with np.load(folder / FILE) as arrays:
        values = {key: arrays[key] for key in arrays.files}
    values.pop(name)
    np.savez(folder / FILE, **(values if array is None else values | {name: array}))


@pytest.mark.parametrize("name", ["format", "phrases", "first", "others", "similarity"])
def test_a_table_without_a_part_is_named(folder: Path, name: str) -> None:
    rewritten(folder, name, None)
    with pytest.raises(EncoderError, match=rf"neighbours\.npz.*{name}"):
        Neighbours.load(folder)


BAD = {
    "another format": ("format", np.array([2], np.uint8)),
    "a phrase twice": ("phrases", np.frombuffer(b"no\nno\nno", np.uint8)),
    "a phrase too few": ("phrases", np.frombuffer(b"tien\nno", np.uint8)),
    "an empty term": ("phrases", np.frombuffer(b"tien\nkinh  phi\nno", np.uint8)),
    "letters beyond ASCII": ("phrases", np.frombuffer("tiền\nkinh phi\nno".encode(), np.uint8)),
    "phrases as numbers": ("phrases", np.arange(3)),
    "falling ends": ("first", np.array([0, 3, 2, 3], np.uint32)),
    "a wrong beginning": ("first", np.array([1, 2, 3, 3], np.uint32)),
    "ends beyond all": ("first", np.array([0, 2, 3, 9], np.uint32)),
    "no end at all": ("first", np.array([], np.uint32)),
    "ends of another kind": ("first", np.array([0, 2, 3, 3], np.float64)),
    "an unknown phrase": ("others", np.array([1, 2, 3], np.uint16)),
    "a square of phrases": ("others", np.array([[1, 2, 0]], np.uint16)),
    "a similarity too few": ("similarity", np.array([9, 9], np.uint8)),
    "similarities above 1": ("similarity", np.array([900, 9, 9], np.uint16)),
    "objects": ("similarity", np.array([{}, {}, {}], object)),
}


@pytest.mark.parametrize("what", BAD)
def test_a_table_with_a_wrong_part_is_named(folder: Path, what: str) -> None:
    rewritten(folder, *BAD[what])
    with pytest.raises(EncoderError, match=r"«neighbours\.npz» không dùng được .*Hãy lấy lại thư mục index/encoder"):
        Neighbours.load(folder)


@pytest.mark.parametrize("content", [b"", b"PK", b"PK\x03\x04" + b"\0" * 99, b"[]", b"\x93NUMPY\x01\x00"])
def test_a_file_that_is_no_table_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(EncoderError, match=r"neighbours\.npz"):
        Neighbours.load(tmp_path)


def test_a_table_cut_short_or_with_a_flipped_bit_is_refused_or_reads_as_it_was(folder: Path) -> None:
    raw = (folder / FILE).read_bytes()
    whole = {phrase: loaded(folder).near(phrase) for phrase in TABLE}
    refused = 0
    for place in range(len(raw)):
        (folder / FILE).write_bytes(raw[:place] + bytes([raw[place] ^ 4]) + raw[place + 1 :])
        try:
            assert {phrase: loaded(folder).near(phrase) for phrase in TABLE} == whole
        except EncoderError:
            refused += 1
    assert refused > len(raw) / 2
    for size in range(len(raw)):
        (folder / FILE).write_bytes(raw[:size])
        with pytest.raises(EncoderError):
            Neighbours.load(folder)


def test_a_folder_in_its_place_and_a_file_of_any_size_packed_or_not_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a" / FILE).mkdir(parents=True)
    for name in ("b", "c", "d"):
        (tmp_path / name).mkdir()
    with (tmp_path / "b" / FILE).open("wb") as stream:
        stream.truncate(2**27)
    with zipfile.ZipFile(tmp_path / "c" / FILE, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("phrases.npy", bytes(2**25))
    with zipfile.ZipFile(tmp_path / "d" / FILE, "w") as archive:  # a header that promises a petabyte
        stream_of = io.BytesIO()
        np.lib.format.write_array_header_1_0(stream_of, {"descr": "|u1", "fortran_order": False, "shape": (2**50,)})
        archive.writestr("format.npy", stream_of.getvalue())
    for name in "abcd":
        with pytest.raises(EncoderError, match=r"neighbours\.npz"):
            Neighbours.load(tmp_path / name)


# --- the shipped table -----------------------------------------------------------------------------------------


def test_the_shipped_table_is_small_loads_at_once_and_knows_words_for_money() -> None:
    assert (ENCODER / FILE).stat().st_size < 4 * 2**20
    started = time.process_time()
    found = loaded(ENCODER)
    assert time.process_time() - started < 0.25  # 0.02 on an idle core
    assert len(found.phrases) == SkipGram().phrases
    assert found.similarity.min() >= 127 and np.diff(found.first).max() <= SkipGram().nearest
    near = {" ".join(phrase) for phrase, _ in found.near(("kinh", "phi"))}
    assert near & {"chi phi", "ngan sach", "nguon kinh phi", "von", "tien"}
