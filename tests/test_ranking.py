"""Ranking: each feature by hand, the forest against LightGBM, damaged rankers, and any CrossEncoder instead."""

from __future__ import annotations

import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from assistant.answering.assistant import Assistant
from assistant.errors import EncoderError, SettingsError
from assistant.retrieval.encoder import load_encoder
from assistant.retrieval.features import Features, read_query
from assistant.retrieval.lexical import LexicalIndex, LexicalWriter
from assistant.retrieval.ranker import FILE, Forest, forest_json, read_forest
from assistant.settings import load_settings
from assistant.vietnamese.normal import fold
from assistant.wiring import build_index, open_assistant

ROOT = Path(__file__).resolve().parents[1]
OURS = ROOT / "index" / "encoder"
Values = dict[str, list[float]]


# --- features --------------------------------------------------------------------------------------------------


def index_of(folder: Path, *entries: str | tuple[str, str]) -> LexicalIndex:
    """An index of bodies, or of (title, body)."""
    folder.mkdir()
    writer = LexicalWriter(folder)
    for entry in entries:
        title, body = ("", entry) if isinstance(entry, str) else entry
        writer.add(title, (), body)
    writer.finish()
    return LexicalIndex(folder)


def features(
    index: LexicalIndex,
    query: str,
    *,
    rows: Sequence[int] | None = None,
    lexical: Sequence[float] | None = None,
    dense: Sequence[float] | None = None,
    documents: Sequence[int] | None = None,
) -> Values:
    """Every feature of some chunks (of all where none are told), each chunk a document of its own."""
    chosen = np.asarray(range(index.size) if rows is None else rows, np.int64)
    none = np.zeros(len(chosen))
    matrix = Features(index).matrix(
        read_query(query, index),
        chosen,
        none if lexical is None else np.asarray(lexical, np.float64),
        none if dense is None else np.asarray(dense, np.float64),
        chosen if documents is None else np.asarray(documents, np.int64),
    )
    return {name: values.tolist() for name, values in matrix.items()}


def idf(frequency: int, chunks: int) -> float:
    return math.log(1 + (chunks - frequency + 0.5) / (frequency + 0.5))


@pytest.fixture
def three(tmp_path: Path) -> LexicalIndex:
    return index_of(tmp_path / "three", ("cầu vàm", "cầu dài lắm"), "cầu rộng, dài", "chợ xa")


def test_coverage_is_the_share_of_the_weight_of_the_query(three: LexicalIndex) -> None:
    values = features(three, "cầu xa")
    cau, xa = idf(2, 3), idf(1, 3)
    assert values["body_covered"] == pytest.approx([cau / (cau + xa), cau / (cau + xa), xa / (cau + xa)])
    assert values["context_covered"] == pytest.approx([cau / (cau + xa), 0, 0])
    assert values["covered"] == values["covered_any_marks"] == values["body_covered"]


def test_a_term_in_the_title_and_another_in_the_body_cover_together(three: LexicalIndex) -> None:
    values = features(three, "vàm lắm")
    assert (values["body_covered"][0], values["context_covered"][0], values["covered"][0]) == (0.5, 0.5, 1)


def test_pairs_are_neighbours_in_the_order_of_the_query(three: LexicalIndex) -> None:
    values = features(three, "cầu dài lắm")
    cau_dai, dai_lam = idf(1, 3), idf(1, 3)
    assert values["body_pairs_covered"] == values["pairs_covered"] == [1, 0, 0]
    assert values["context_pairs_covered"] == [0, 0, 0]
    assert features(three, "dài cầu")["pairs_covered"] == [0, 0, 0]
    assert features(three, "cầu dài xa")["pairs_covered"] == pytest.approx(
        [cau_dai / (cau_dai + idf(0, 3)), 0, 0]  # no chunk has `dài xa`, which weighs most
    )
    assert dai_lam == cau_dai


def test_bm25_by_field_counts_saturating_and_by_length(three: LexicalIndex) -> None:
    values = features(three, "cầu dài")
    norm = 0.25 + 0.75 * 3 / ((3 + 3 + 2) / 3)
    assert values["body_bm25"] == pytest.approx([1 / (1 + norm), 1 / (1 + norm), 0])
    assert values["body_pair_bm25"] == pytest.approx([1 / (1 + norm), 0, 0])
    norm = 0.25 + 0.75 * 2 / 1  # on average there is less than one syllable of context: as if it were one
    assert values["context_bm25"] == pytest.approx([0.5 * 1 / (1 + norm), 0, 0])
    assert values["context_pair_bm25"] == [0, 0, 0]


def test_lengths_shares_and_the_first_hit_are_those_of_the_chunk(three: LexicalIndex) -> None:
    values = features(three, "dài")
    assert values["body_length"] == pytest.approx([math.log(1 + 3), math.log(1 + 3), math.log(1 + 2)])
    assert values["context_length"] == pytest.approx([math.log(1 + 2), 0, 0])
    assert values["body_share"] == pytest.approx([1 / 3, 1 / 3, 0])
    assert values["first_hit"] == [1, 2, 300]


@pytest.mark.parametrize(
    ("body", "run"),
    [
        ("một hai ba bốn", 3 / 3),
        ("một hai ba khác bốn", 2 / 3),
        ("một hai khác ba bốn", 1 / 3),
        ("một khác hai khác ba", 0),
        ("bốn ba hai một", 0),
        ("ba bốn một hai", 1 / 3),
    ],
)
def test_a_run_is_the_most_pairs_that_follow_each_other(tmp_path: Path, body: str, run: float) -> None:
    index = index_of(tmp_path / "i", body, "một hai ba bốn khác")
    assert features(index, "một hai ba bốn")["body_run"] == pytest.approx([run, 1])


def test_a_run_does_not_go_on_in_the_next_chunk(tmp_path: Path) -> None:
    index = index_of(tmp_path / "i", "một hai", "ba bốn", "hai ba")
    assert features(index, "một hai ba bốn")["body_run"] == pytest.approx([1 / 3, 1 / 3, 1 / 3])


@pytest.mark.parametrize(
    ("between", "near", "wide"), [(0, 1, 1), (14, 1, 1), (15, 0.5, 1), (46, 0.5, 1), (47, 0.5, 0.5)]
)
def test_a_window_is_two_blocks_side_by_side(tmp_path: Path, between: int, near: float, wide: float) -> None:
    index = index_of(tmp_path / "i", "cầu" + " là" * between + " dài", "cầu", "dài", "xa")
    values = features(index, "cầu dài", rows=[0])
    assert (values["window_16"], values["window_48"]) == ([near], [wide])


def test_a_window_of_pairs_holds_pairs(tmp_path: Path) -> None:
    index = index_of(tmp_path / "i", "một hai" + " là" * 20 + " ba bốn", "một hai ba bốn")
    one, other = idf(2, 2), idf(1, 2)  # `một hai` and `ba bốn` are in both, `hai ba` in one
    values = features(index, "một hai ba bốn")
    assert values["pair_window_16"] == pytest.approx([one / (2 * one + other), 1])
    assert values["pair_window_48"] == pytest.approx([2 * one / (2 * one + other), 1])


def test_the_rarest_terms_are_looked_at_first(tmp_path: Path) -> None:
    index = index_of(tmp_path / "i", "xã cầu chợ", "xã cầu", "xã", "đò")
    values = features(index, "xã cầu chợ")
    assert values["rarest_1"] == [1, 0, 0, 0]
    assert values["rarest_2"] == [1, 0.5, 0, 0]
    assert values["rarest_3"] == values["rarest_5"] == pytest.approx([1, 2 / 3, 1 / 3, 0])
    assert values["rarest_missed"] == pytest.approx([0, idf(1, 4), idf(1, 4), idf(1, 4)])
    assert values["rarest_pairs_1"] == [1, 0, 0, 0]  # `cầu chợ` is rarer than `xã cầu`
    assert values["rarest_pairs_3"] == [1, 0.5, 0, 0]


@pytest.mark.parametrize(
    ("query", "covered"),
    [
        ("bán", [1, 0, 1, 1]),  # its own marks or none
        ("BÁN", [1, 0, 1, 1]),
        ("ban", [1, 1, 1, 1]),  # a query without marks: any
        ("bàn", [0, 1, 1, 0]),
        ("bàn bán", [1, 1, 1, 1]),
    ],
)
def test_marks_that_a_query_writes_are_matched_by_the_same_or_none(
    tmp_path: Path, query: str, covered: list[float]
) -> None:
    values = features(index_of(tmp_path / "i", "bán", "bàn", "ban", "Bán"), query)
    assert values["covered"] == values["body_covered"] == covered
    assert values["covered_any_marks"] == [1, 1, 1, 1]


def test_other_marks_are_no_hits_of_windows_shares_and_rarest(tmp_path: Path) -> None:
    values = features(index_of(tmp_path / "i", "bán", "bàn"), "bán")
    for name in ("body_share", "window_16", "window_48", "rarest_1", "rarest_5"):
        assert values[name] == [1, 0], name
    assert values["rarest_missed"] == pytest.approx([0, idf(2, 2)])


def test_a_tone_may_stand_on_either_vowel_and_a_short_form_fits_any_marks(tmp_path: Path) -> None:
    index = index_of(tmp_path / "i", "hòa", "hoà", "hoa", "hóa", "UBND", "ủy ban nhân dân")
    assert features(index, "hoà")["covered"][:4] == features(index, "hòa")["covered"][:4] == [1, 1, 1, 0]
    assert features(index, "uỷ ban nhân dân")["covered"][4:] == [1, 1]
    assert features(index, "UBND")["covered"][4:] == [1, 1]


def test_keys_are_the_share_of_the_named_documents_and_days_that_a_chunk_names(tmp_path: Path) -> None:
    index = index_of(tmp_path / "i", "57-NQ/TW", "nghị quyết 57", "nghị quyết 58", ("Nghị quyết 57-NQ/TW", "mở đầu"))
    assert features(index, "57/NQ–TW")["keys"] == [1, 0.5, 0, 1]
    assert features(index, "nghị quyết 57")["keys"] == [1, 1, 0, 1]
    assert features(index, "khoa học")["keys"] == [0, 0, 0, 0]


def test_scores_are_told_as_they_are_and_relative_to_the_best(three: LexicalIndex) -> None:
    values = features(three, "cầu xa", lexical=[1, 4, 2], dense=[-0.1, 0.2, 0.4])
    assert values["lexical"] == [0.25, 1, 0.5]
    assert values["lexical_part"] == pytest.approx([x / (idf(2, 3) + idf(1, 3) + idf(0, 3)) for x in (1, 4, 2)])
    assert values["dense"] == pytest.approx([-0.25, 0.5, 1])
    assert values["dense_part"] == [-0.1, 0.2, 0.4]
    assert values["fused"] == pytest.approx([0.7 * 0.25, 0.7 + 0.3 * 0.5, 0.7 * 0.5 + 0.3])


def test_scores_of_nothing_divide_by_one(three: LexicalIndex) -> None:
    values = features(three, "zzz", dense=[-0.5, -0.25, 0])
    assert values["lexical"] == values["lexical_part"] == [0, 0, 0]
    assert values["dense"] == [-0.5, -0.25, 0]


def test_the_query_tells_its_length_its_weight_and_what_is_unknown_of_it(three: LexicalIndex) -> None:
    values = features(three, "cầu xa zzz")
    assert values["query_terms"] == [3, 3, 3]
    assert values["query_weight"] == pytest.approx([(idf(2, 3) + idf(1, 3)) / 2] * 3)
    assert values["query_unknown"] == pytest.approx([1 / 3] * 3)


def test_a_chunk_is_told_how_many_candidates_are_of_its_document(three: LexicalIndex) -> None:
    values = features(three, "cầu", lexical=[4, 2, 1], documents=[5, 5, 6])
    assert values["document_candidates"] == pytest.approx([math.log(3), math.log(3), math.log(2)])


def test_candidates_in_another_order_have_the_same_features(three: LexicalIndex) -> None:
    scores = {"lexical": [4, 2, 1], "dense": [0.1, 0.3, 0.2]}
    turned = {name: values[::-1] for name, values in scores.items()}
    first = features(three, "cầu dài lắm", rows=[0, 1, 2], **scores)
    other = features(three, "cầu dài lắm", rows=[2, 1, 0], **turned)
    assert {name: values[::-1] for name, values in other.items()} == first


@given(st.text() | st.lists(st.sampled_from(["cầu ", "dài ", "57-NQ/TW ", "28/2/2023 ", "zz ", ". "])).map("".join))
@example("cầu " * 1_000)
@example(" ".join(f"từ{i}" for i in range(500)))
def test_any_query_has_finite_features(some: LexicalIndex, query: str) -> None:
    values = features(some, query, lexical=[3, 2, 1, 0])
    assert list(values) == list(Features(some).names())
    assert all(len(column) == 4 and all(map(math.isfinite, column)) for column in values.values())


@pytest.fixture(scope="module")
def some(tmp_path_factory: pytest.TempPathFactory) -> LexicalIndex:
    folder = tmp_path_factory.mktemp("some") / "index"
    return index_of(folder, ("57-NQ/TW", "cầu dài"), "", "ngày 28/2/2023", " ".join(f"từ{i}" for i in range(300)))


def test_an_index_of_nothing_has_features_of_nothing(tmp_path: Path) -> None:
    assert set(map(tuple, features(index_of(tmp_path / "empty"), "cầu").values())) == {()}
    alone = features(index_of(tmp_path / "blank", ""), "cầu dài 57-NQ/TW")
    assert (alone["covered"], alone["body_bm25"], alone["first_hit"], alone["query_unknown"]) == ([0], [0], [300], [1])


# --- the forest ------------------------------------------------------------------------------------------------


def forest_of(folder: Path, text: str) -> Forest:
    folder.mkdir(exist_ok=True)
    (folder / FILE).write_text(text, encoding="utf-8")
    found = read_forest(folder)
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("objective", "depth", "leaves"), [("lambdarank", 3, 8), ("lambdarank", 6, 15), ("regression", 8, 200)]
)
def test_the_forest_scores_as_lightgbm_does(tmp_path: Path, objective: str, depth: int, leaves: int) -> None:
    import lightgbm

    draw = np.random.default_rng(5)
    seen = np.round(draw.normal(size=(600, 5)), 1)  # few distinct values, so that thresholds are met exactly
    wanted = np.clip(np.round(seen[:, 0] + seen[:, 1] * seen[:, 2]), 0, 3).astype(int)
    options = {"objective": objective, "max_depth": depth, "num_leaves": leaves, "min_data_in_leaf": 2, "verbose": -1}
    data = lightgbm.Dataset(seen, wanted, group=[20] * 30)
    model = lightgbm.train(options | {"num_threads": 1}, data, num_boost_round=20)
    names = ("a", "b", "c", "d", "e")
    forest = forest_of(tmp_path, forest_json(model.dump_model()["tree_info"], names, depth, {}, "e"))
    asked = np.concatenate([seen, np.round(draw.normal(size=(400, 5)) * 3, 1), np.zeros((1, 5))])
    scores = forest.scores(dict(zip(names, asked.T, strict=True)))
    assert len(set(scores.round(9))) > 50
    assert scores == pytest.approx(model.predict(asked), abs=1e-12)


LEAF = {"leaf_value": 0.5}
SPLIT = {
    "split_feature": 1,
    "threshold": 2.0,
    "left_child": {"leaf_value": 1.0},
    "right_child": {
        "split_feature": 0,
        "threshold": -1.0,
        "left_child": {"leaf_value": 10.0},
        "right_child": {"leaf_value": 100.0},
    },
}


def test_a_tree_goes_left_up_to_the_threshold_and_a_leaf_may_stand_anywhere(tmp_path: Path) -> None:
    text = forest_json([{"tree_structure": SPLIT}, {"tree_structure": LEAF}], ("x", "y"), 2, {}, "e")
    values = {"x": np.array([0.0, -1.0, -0.5]), "y": np.array([2.0, 2.5, 2.5]), "unused": np.zeros(3)}
    assert forest_of(tmp_path, text).scores(values).tolist() == [1.5, 10.5, 100.5]
    assert forest_of(tmp_path, text).scores({name: v[:0] for name, v in values.items()}).tolist() == []


def test_the_trees_correct_the_fused_score(tmp_path: Path) -> None:
    values = {"x": np.array([0.0, -1.0, -0.5]), "y": np.array([2.0, 2.5, 2.5]), "fused": np.array([0.5, 0.0, 1.0])}
    led = forest_of(tmp_path, forest_json([{"tree_structure": SPLIT}], ("x", "y"), 2, {"fused": 8.0, "y": 0.5}, "e"))
    assert led.scores(values).tolist() == [1 + 8 * 0.5 + 0.5 * 2.0, 10 + 0.5 * 2.5, 100 + 8 + 0.5 * 2.5]


def test_no_tree_may_be_deeper_than_is_told() -> None:
    with pytest.raises(KeyError):
        forest_json([{"tree_structure": SPLIT}], ("x", "y"), 1, {}, "e")


def test_the_fingerprint_changes_with_the_file(tmp_path: Path) -> None:
    one = forest_json([{"tree_structure": LEAF}], ("x",), 1, {}, "e")
    other = forest_json([{"tree_structure": {"leaf_value": 0.25}}], ("x",), 1, {}, "e")
    prints = [forest_of(tmp_path / name, text).fingerprint for name, text in (("a", one), ("b", one), ("c", other))]
    assert prints[0] == prints[1] != prints[2]


def test_there_need_be_no_ranker(tmp_path: Path) -> None:
    assert read_forest(tmp_path) is None


GOOD: dict[str, Any] = {
    "format": 1,
    "features": ["lexical", "dense"],
    "lead": {"dense": 0.0},
    "encoder": "e",
    "split": [[0, 1, 1]],
    "threshold": [[0.5, 0.5, 0.5]],
    "leaves": [[1.0, 2.0, 3.0, 4.0]],
}
BAD = [
    *({name: value} for name in GOOD for value in (None, {}, [], [[]], 10**400) if (name, value) != ("lead", {})),
    {"lead": {"dense": math.nan}},
    {"lead": {"dense": "x"}},
    *({name: "x"} for name in GOOD if name != "encoder"),
    {"format": 2},
    {"features": ["lexical"]},
    {"features": ["lexical", 7]},
    {"encoder": 7},
    {"lead": {"dense": math.inf}},
    {"lead": 3.0},
    {"split": [[0, 1, 2]]},
    {"split": [[0, 1, -1]]},
    {"split": [[0, 1, 0.5]]},
    {"split": [[0, 1]]},
    {"split": [[0, 1, 1], [0]]},
    {"split": [0, 1, 1]},
    {"split": [["a", "b", "c"]]},
    {"threshold": [[0.5, 0.5, math.nan]]},
    {"threshold": [[0.5, 0.5, math.inf]]},
    {"threshold": [[0.5, 0.5]]},
    {"leaves": [[1.0, 2.0, 3.0, math.nan]]},
    {"leaves": [[1.0, 2.0, 3.0]]},
    {"leaves": [[1.0]]},
    {"leaves": [[1.0, 2.0, 3.0, 4.0]] * 2},
    {"split": [[]], "threshold": [[]], "leaves": [[1.0]]},
    {"split": [], "threshold": [], "leaves": []},
]


def test_what_the_damage_is_done_to_is_a_ranker(tmp_path: Path) -> None:
    values = {"lexical": np.array([0.0, 0.0, 1.0, 1.0]), "dense": np.array([0.0, 1.0, 0.0, 1.0])}
    assert forest_of(tmp_path, json.dumps(GOOD)).scores(values).tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize("change", BAD, ids=lambda change: str(change)[:40])
def test_a_ranker_with_a_wrong_field_is_named(tmp_path: Path, change: dict[str, Any]) -> None:
    (tmp_path / FILE).write_text(json.dumps(GOOD | change), encoding="utf-8")
    with pytest.raises(EncoderError, match=r"«ranker\.json» không dùng được .*Hãy lấy lại"):
        read_forest(tmp_path)


@pytest.mark.parametrize("name", GOOD)
def test_a_ranker_without_a_field_is_named(tmp_path: Path, name: str) -> None:
    (tmp_path / FILE).write_text(json.dumps({k: v for k, v in GOOD.items() if k != name}), encoding="utf-8")
    with pytest.raises(EncoderError, match=r"ranker\.json.*" + name):
        read_forest(tmp_path)


@pytest.mark.parametrize(
    "content",
    [b"", json.dumps(GOOD).encode()[:-30], b"[]", b"3", b"null", b"\xff\xfe", b"[" * 100_000, b'{"format": 1'],
    ids=["empty", "truncated", "list", "number", "null", "bytes", "deep", "open"],
)
def test_a_file_that_is_no_ranker_is_named(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(EncoderError, match=r"ranker\.json"):
        read_forest(tmp_path)


def test_a_folder_in_its_place_and_a_file_of_any_size_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a" / FILE).mkdir(parents=True)
    (tmp_path / "b").mkdir()
    with (tmp_path / "b" / FILE).open("wb") as stream:
        stream.truncate(2**27)
    for folder in ("a", "b"):
        with pytest.raises(EncoderError, match=r"ranker\.json"):
            read_forest(tmp_path / folder)


# --- in a workspace --------------------------------------------------------------------------------------------

TEXTS = {
    "ngan": "# Cầu Vàm\n\nCầu Vàm dài 120 mét.\n",
    "vua": "# Chợ Bến\n\nChợ Bến có cầu sắt dài, do xã dựng năm ngoái.\n",
    "dai": "# Xã Lộc\n\nXã Lộc có trường học, có chợ và có cầu gỗ rất dài bắc ngang con kênh nhỏ ở cuối xã.\n",
}
QUERY = "cầu Vàm dài mấy mét"


@pytest.fixture
def own(new_workspace: Path) -> Path:
    """A workspace with an index and an encoder folder of its own, which holds no ranker."""
    folder = new_workspace / "index" / "encoder"
    folder.unlink()
    shutil.copytree(OURS, folder, ignore=shutil.ignore_patterns(FILE), copy_function=_linked)
    for name, text in TEXTS.items():
        (new_workspace / "corpus" / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(new_workspace)
    return new_workspace


def _linked(source: str, target: str) -> None:
    Path(target).symlink_to(source)


def longest_first(encoder: str) -> str:
    """A ranker that likes long chunks: more than 10 syllables, more than 20."""
    trees = [
        {
            "split_feature": 0,
            "threshold": math.log(n),
            "left_child": {"leaf_value": 0},
            "right_child": {"leaf_value": 1},
        }
        for n in (11, 21)
    ]
    return forest_json([{"tree_structure": tree} for tree in trees], ("body_length",), 1, {}, encoder)


def order(assistant: Assistant) -> list[str]:
    return [hit.chunk.span.document_id for hit in assistant.search(QUERY)]


def test_the_ranker_beside_the_encoder_orders_what_was_found(own: Path) -> None:
    assert order(open_assistant(own))[0] == "ngan"
    (own / "index" / "encoder" / FILE).write_text(longest_first(load_encoder(OURS).fingerprint))
    ranked = open_assistant(own)
    assert order(ranked) == ["dai", "vua", "ngan"]
    assert [hit.parts["reranked"] for hit in ranked.search(QUERY)] == [2, 1, 0]
    assert ranked.fingerprints["reranker"] == read_forest(own / "index" / "encoder").fingerprint  # type: ignore[union-attr]
    assert ranked.search_documents(QUERY, stage="fused")[0][0] == "ngan"


def test_a_ranker_is_not_used_where_the_settings_say_so_or_beside_another_encoder(own: Path) -> None:
    file = own / "index" / "encoder" / FILE
    file.write_text(longest_first(load_encoder(OURS).fingerprint))
    unranked = open_assistant(own, reranker="none")
    file.write_text(longest_first("of another encoder"))
    for assistant in (unranked, open_assistant(own)):
        assert order(assistant)[0] == "ngan"
        assert "reranker" not in assistant.fingerprints
        assert all("reranked" not in hit.parts for hit in assistant.search(QUERY))


def test_a_damaged_ranker_or_one_of_unknown_features_is_an_error_with_a_way_out(own: Path) -> None:
    file = own / "index" / "encoder" / FILE
    for text in ("{", longest_first(load_encoder(OURS).fingerprint).replace("body_length", "body_lenght")):
        file.write_text(text)
        with pytest.raises(EncoderError, match=r"ranker\.json.*reranker = \"none\""):
            open_assistant(own)
        assert order(open_assistant(own, reranker="none"))[0] == "ngan"


def test_a_missing_model_says_what_to_do(own: Path) -> None:
    for name in ("khong-co/mo-hinh-nay", "không có thư mục này", str(own / "corpus")):
        with pytest.raises(EncoderError, match=r"bộ xếp hạng .*hf download .*bỏ thiết lập reranker") as caught:
            open_assistant(own, reranker=name)
        assert name in caught.value.message
        assert "thiết lập encoder" not in caught.value.message


# --- any CrossEncoder ------------------------------------------------------------------------------------------

WORDS = ("cầu", "chợ", "xã", "đò", "mét", "dài")


def tiny(folder: Path, labels: int = 1) -> Path:
    """A BERT of one layer and eight dimensions with random weights that reads pairs."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    folder.mkdir()
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *WORDS]
    (folder / "vocab.txt").write_text("\n".join(vocabulary), encoding="utf-8")
    BertTokenizerFast(vocab=str(folder / "vocab.txt"), do_lower_case=False).save_pretrained(folder)
    torch.manual_seed(13)
    size = {"hidden_size": 8, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    places = {"max_position_embeddings": 48, "initializer_range": 0.5}
    config = BertConfig(vocab_size=len(vocabulary), num_labels=labels, **places, **size)
    BertForSequenceClassification(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def many(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an index over forty documents of one chunk each."""
    folder = tmp_path_factory.mktemp("many") / "w"
    (folder / "corpus").mkdir(parents=True)
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to(OURS, target_is_directory=True)
    shutil.copytree(bare_workspace / "prompts", folder / "prompts")
    for number in range(40):
        words = [WORDS[(number // 6**place) % 6] for place in range(3)]
        (folder / "corpus" / f"{number:02}.md").write_text(f"# cầu\n\ncầu {' '.join(words)}\n", encoding="utf-8")
    build_index(folder)
    return folder


@pytest.mark.parametrize("labels", [1, 2])
def test_any_cross_encoder_orders_the_first_thirty(many: Path, tmp_path: Path, labels: int) -> None:
    from sentence_transformers import CrossEncoder

    model = tiny(tmp_path / "model", labels)
    plain, ranked = open_assistant(many, reranker="none"), open_assistant(many, reranker=str(model))
    before, after = (each.search("cầu dài mấy mét", top_k=40) for each in (plain, ranked))
    pairs = [("cầu dài mấy mét", hit.chunk.text) for hit in before]
    scores = CrossEncoder(str(model), local_files_only=True).predict(pairs[:30], show_progress_bar=False)
    told = (scores if labels == 1 else scores[:, -1]).astype(float)
    assert len(before) == 40
    assert len(set(told.round(4))) > 10
    assert [hit.parts["reranked"] for hit in after[:30]] == pytest.approx(sorted(told, reverse=True), abs=1e-5)
    known = {hit.chunk.id: score for hit, score in zip(before, told, strict=False)}
    assert [known[hit.chunk.id] for hit in after[:30]] == pytest.approx(sorted(told, reverse=True), abs=1e-5)
    assert [hit.chunk.id for hit in after[30:]] == [hit.chunk.id for hit in before[30:]]
    assert [hit.score for hit in after] == sorted((hit.score for hit in after), reverse=True)


def test_an_encoder_is_no_cross_encoder(many: Path, tmp_path: Path) -> None:
    from transformers import BertForSequenceClassification

    model = tiny(tmp_path / "model")
    BertForSequenceClassification.from_pretrained(model).bert.save_pretrained(model)
    with pytest.raises(EncoderError, match="BertModel không có phần chấm điểm"):
        open_assistant(many, reranker=str(model))


@pytest.mark.timeout(120)
def test_a_cross_encoder_takes_any_query_and_its_files_are_in_the_fingerprint(many: Path, tmp_path: Path) -> None:
    ranked = open_assistant(many, reranker=str(tiny(tmp_path / "model")))
    other = open_assistant(many, reranker=str(tiny(tmp_path / "other", 2)))
    for query in ("cầu " * 25_000, "cầu\x00 \ud800 mét", "cầu" + "\u0301" * 20_000, "😀 cầu"):
        assert ranked.search(query, top_k=5)
    assert ranked.search("?!") == []
    assert ranked.fingerprints["reranker"] != other.fingerprints["reranker"]


# --- settings --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("value", ["hnsw", "", "FLAT", 3])
def test_vectors_are_searched_in_one_of_three_ways(tmp_path: Path, value: object) -> None:
    with pytest.raises(SettingsError, match=r"vectors = .*cần một trong: 'auto', 'flat' hoặc 'ivf'"):
        load_settings(tmp_path, vectors=value)
    assert [load_settings(tmp_path, vectors=kind).vectors for kind in ("auto", "flat", "ivf")] == [
        "auto",
        "flat",
        "ivf",
    ]


# --- the shipped ranker ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("one", "other"), [("bàn đọc", "bạn đọc"), ("dân số", "dẫn sổ"), ("bảo vệ rừng", "báo về rung")]
)
def test_where_the_query_has_marks_the_same_marks_lead(new_workspace: Path, one: str, other: str) -> None:
    for name, words in (("a", one), ("b", other)):
        text = f"# Nội quy\n\nNgười phụ trách {words} ghi tên vào phòng lớn.\n"
        (new_workspace / "corpus" / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(new_workspace)
    assistant = open_assistant(new_workspace)
    assert assistant.search(f"Ai phụ trách {one}?")[0].chunk.span.document_id == "a"
    assert assistant.search(f"Ai phụ trách {other}?")[0].chunk.span.document_id == "b"


def test_the_shipped_ranker_is_of_the_shipped_encoder_and_lets_marks_be_left_out(new_workspace: Path) -> None:
    for name, text in TEXTS.items():
        (new_workspace / "corpus" / f"{name}.md").write_text(text, encoding="utf-8")
    build_index(new_workspace)
    assistant = open_assistant(new_workspace)
    assert assistant.fingerprints["reranker"] == read_forest(OURS).fingerprint  # type: ignore[union-attr]
    assert order(assistant)[0] == assistant.search(fold(QUERY))[0].chunk.span.document_id == "ngan"
