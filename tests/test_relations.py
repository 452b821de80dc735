"""What documents are and what they say of each other, read from texts of our own; states over small corpora."""

import json
from datetime import date
from pathlib import Path

import pytest

from assistant.cli import run
from assistant.documents.corpus import _document, _Found
from assistant.documents.draft import draft
from assistant.documents.extract import Extract, Layout
from assistant.documents.structure import find_sections
from assistant.documents.validity import (
    AMENDED,
    ENDED,
    IN_FORCE,
    NOT_YET,
    PARTLY,
    UNKNOWN,
    changes_of,
    number_key,
    state_of,
    states,
)
from assistant.retrieval.store import document_from_json, document_to_json
from assistant.types import Document, Relation
from assistant.wiring import build_index, open_assistant


def decree(number: str, day: str, body: str, *, kind: str = "NGHỊ ĐỊNH", subject: str = "Quy định về thả diều") -> str:
    return (
        f"CHÍNH PHỦ\nSố: {number}\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n"
        f"Hà Nội, ngày {day}\n{kind}\n{subject}\n"
        "Căn cứ Luật Gió số 12/2019/QH14 được sửa đổi bởi Luật số 9/2021/QH15;\n"
        "Căn cứ Luật Trời ngày 03 tháng 2 năm 2018; Nghị định số 5/2020/NĐ-CP ngày 4/3/2020 của Chính phủ;\n"
        f"Chính phủ ban hành Nghị định.\n{body}\nTM. CHÍNH PHỦ\nTHỦ TƯỚNG\nTrần Văn Diều\n"
    )


def read(identifier: str, text: str) -> Document:
    extract = Extract((text,), Layout.KEEP)
    return _document(identifier, _Found(draft(extract, collection=False, number=1), [f"{identifier}.txt"]))


OLD = decree(
    "38/2022/NĐ-CP",
    "12 tháng 6 năm 2022",
    "Điều 1. Phạm vi\nVề diều.\nĐiều 2. Hiệu lực\n1. Nghị định này có hiệu lực thi hành kể từ ngày 01 tháng 7 năm 2022.",
)
NEW = decree(
    "74/2024/NĐ-CP",
    "30 tháng 6 năm 2024",
    "Điều 1. Phạm vi\nVề diều.\nĐiều 2. Hiệu lực\n1. Nghị định này có hiệu lực từ ngày 01/7/2024.\n"
    "2. Nghị định số 38/2022/NĐ-CP ngày 12 tháng 6 năm 2022 của Chính phủ quy định về thả diều hết hiệu lực kể từ ngày "
    "Nghị định này có hiệu lực thi hành.",
)


def changed(text: str) -> list[tuple[str, str | None, bool]]:
    return [(r.kind, r.number, r.whole) for r in read("d", text).relations if r.kind != "based_on"]


def ending(sentence: str) -> list[tuple[str, str | None, bool]]:
    return changed(decree("1/2025/NĐ-CP", "01 tháng 01 năm 2025", f"Điều 1. Hiệu lực\n1. {sentence}"))


def labels(text: str, pages: tuple[int, ...] = ()) -> list[str]:
    return [s.label for s in find_sections("d", text, pages)]


# --- structure -------------------------------------------------------------------------------------------------


def test_the_path_to_a_point_is_told_by_its_headings() -> None:
    text = "Điều 5. Phí\n1. Miễn phí.\n2. Thu phí:\na) Ban ngày;\nb) Ban đêm;\nđ) Ngày lễ."
    document = Document(id="d", title="D", path="d", text=text, sections=find_sections("d", text))
    assert document.headings_at(text.index("Ban ngày")) == ("Điều 5 Phí", "Khoản 2", "Điểm a")
    assert document.headings_at(text.index("Ban đêm")) == ("Điều 5 Phí", "Khoản 2", "Điểm b")
    assert labels(text) == ["Điều 5", "Khoản 1", "Khoản 2", "Điểm a", "Điểm b"]  # đ does not go on from b


def test_points_may_stand_in_an_article_without_clauses() -> None:
    assert labels("Điều 1. Phí\nGồm:\na) Một;\nb) Hai;\nb1) Thêm;\nc) Ba.") == [
        "Điều 1", "Điểm a", "Điểm b", "Điểm b1", "Điểm c",
    ]  # fmt: skip


def test_quoted_law_is_no_article_of_the_amending_law() -> None:
    text = (
        "Điều 1. Sửa đổi, bổ sung\n1. Sửa đổi Điều 5 như sau:\n“Điều 5. Phí\n1. Một.\n2. Hai.\nĐiều 6. Lệ phí\nBa.”.\n"
        '2. Sửa đổi Điều 9 như sau:\n"Điều 9. Tên\n1. Bốn."\nĐiều 2. Hiệu lực\nTừ ngày ký.'
    )
    assert labels(text) == ["Điều 1", "Khoản 1", "Khoản 2", "Điều 2"]


def test_quoted_law_without_marks_is_no_article_where_the_count_goes_on_without_it() -> None:
    text = "Điều 1. Sửa đổi\nĐiều 5. Phí\nMột.\nĐiều 7. Lệ phí\nHai.\nĐiều 2. Hiệu lực\nBa.\nĐiều 3. Thi hành\nBốn."
    assert labels(text) == ["Điều 1", "Điều 2", "Điều 3"]


def test_a_note_glued_to_a_number_is_no_part_of_it() -> None:
    text = "\n".join(f"Điều {n}. Tên\nChữ." for n in ("14", "1538", "1639", "16a", "17[40]", "1841"))
    assert labels(text) == ["Điều 14", "Điều 15", "Điều 16", "Điều 16a", "Điều 17", "Điều 18"]
    assert labels("Điều 163. Tên\nChữ.\nĐiều 164. Tên\nChữ.") == ["Điều 163", "Điều 164"]


def test_a_note_glued_to_a_title_or_a_clause_is_no_part_of_it() -> None:
    text = "Điều 1. Phạm vi điều chỉnh2\n1.3 Một.\n2. Hai.\n3.15 Ba.\nChương II5\nTỔ CHỨC THỰC HIỆN6\nĐiều 2. Tên\nChữ."
    sections = find_sections("d", text)
    assert [(s.label, s.title) for s in sections] == [
        ("Điều 1", "Phạm vi điều chỉnh"), ("Khoản 1", ""), ("Khoản 2", ""), ("Khoản 3", ""),
        ("Chương II", "TỔ CHỨC THỰC HIỆN"), ("Điều 2", "Tên"),
    ]  # fmt: skip


def test_notes_at_the_foot_of_a_page_are_no_articles() -> None:
    first = (
        "VĂN BẢN HỢP NHẤT\nĐiều 1. Một1\n1. Chữ.\n1 Điều này được sửa đổi, bổ sung theo quy định tại Điều 1 như sau:\n"
        "“Điều 2. Khác\n1. Khác.\n"
    )
    second = "2. Tiếp.\nĐiều 2. Hai\n1. Chữ.\n2. Vẫn khác.\nĐiều 3. Khác nữa\nKhác.”\n"
    third = "2. Thật.\nĐiều 3. Ba\nChữ."
    text = first + second + third
    pages = (0, len(first), len(first + second))
    assert labels(text, pages) == ["Điều 1", "Khoản 1", "Khoản 2", "Điều 2", "Khoản 1", "Khoản 2", "Điều 3"]
    starts = [text[s.span.start :].split("\n")[0] for s in find_sections("d", text, pages)]
    assert starts == ["Điều 1. Một1", "1. Chữ.", "2. Tiếp.", "Điều 2. Hai", "1. Chữ.", "2. Thật.", "Điều 3. Ba"]


def test_a_blank_form_holds_no_articles_and_an_attached_regulation_does() -> None:
    text = (
        "Điều 1. Ban hành\nChữ.\nĐiều 2. Hiệu lực\nChữ.\nBỘ TRƯỞNG\nTrần Văn Diều\n"
        "QUY CHẾ\nThả diều\n(Ban hành kèm theo Quyết định này)\nĐiều 1. Diều\nChữ.\nĐiều 2. Dây\nChữ.\n"
        "Phụ lục I\nHỢP ĐỒNG\nMẫu số 01\nĐiều 3: Giá …………\nĐiều 4: Ký …………\n"
    )
    assert labels(text) == [
        "Điều 1", "Điều 2", "Quy chế", "Điều 1", "Điều 2", "Phụ lục I", "Mẫu số 01",
    ]  # fmt: skip


def test_a_reference_at_a_lines_start_is_no_heading() -> None:
    text = (
        "Điều 1. Tên\nTheo quy định tại\nPhụ lục II\nvà tại\nĐiều 7.\nĐiều 2. Tên\nTheo\nChương II của Nghị định này."
    )
    assert labels(text) == ["Điều 1", "Điều 2"]


def test_items_of_a_report_are_sections_that_end_where_their_list_does() -> None:
    text = "I. KẾT QUẢ\n1. Chung\na) Một:\n- hai;\n+ ba;\n- bốn.\nĐoạn sau.\nb) Năm.\n1.1. Riêng\nChữ."
    sections = find_sections("d", text)
    shown = [(s.label, None if s.parent is None else sections[s.parent].label) for s in sections]
    assert shown == [
        ("I", None), ("1", "I"), ("a)", "1"), ("–", "a)"), ("+", "–"), ("–", "a)"), ("b)", "1"), ("1.1", "1"),
    ]  # fmt: skip
    assert text[sections[5].span.start : sections[5].span.end] == "- bốn.\n"
    document = Document(id="d", title="D", path="d", text=text, sections=sections)
    assert document.headings_at(text.index("ba;")) == ("I KẾT QUẢ", "1 Chung", "a)")


def test_a_text_of_nothing_but_headings_is_read_in_time() -> None:
    for line in ("Phụ lục 1\n", "1. Một\n", "Điều 1. Một\n", "“Điều 1. Một\n", "Mẫu số 1\n", "Điều 999999\n"):
        assert find_sections("d", "Điều 1. A\n" + line * 20_000)


# --- what a document is ----------------------------------------------------------------------------------------


def test_the_head_tells_what_a_document_is() -> None:
    d = read("old", OLD)
    assert (d.kind, d.number, d.issuer, d.place, d.issued) == (
        "Nghị định", "38/2022/NĐ-CP", "Chính phủ", "Hà Nội", "2022-06-12",
    )  # fmt: skip
    assert (d.signer, d.subject, d.effective) == ("Trần Văn Diều", "Quy định về thả diều", "2022-07-01")
    assert d.title == "Nghị định 38/2022/NĐ-CP Quy định về thả diều"


def test_an_issuer_over_two_lines_is_told_apart_from_the_body_above_it() -> None:
    head = "Số: 5/QĐ-UBND\nQUYẾT ĐỊNH\nVề diều\n"
    assert read("d", f"ỦY BAN NHÂN DÂN\nTỈNH BÌNH DƯƠNG\n{head}").issuer == "ỦY BAN NHÂN DÂN TỈNH BÌNH DƯƠNG"
    below = read("d", f"BỘ Y TẾ\nCỤC QUẢN LÝ DƯỢC\n{head}Theo đề nghị của Cục Quản lý Dược;\n")
    assert below.issuer == "Cục Quản lý Dược"


def test_what_is_no_official_document_has_no_issuer_or_number() -> None:
    d = read("d", "Tin tức\nHôm nay trời có gió. Hà Nội, ngày 1 tháng 2 năm 2024\n")
    assert (d.number, d.issuer, d.place, d.issued, d.signer, d.relations) == (None, None, None, None, None, ())


def test_grounds_are_each_the_first_document_named_with_number_or_day() -> None:
    grounds = [(r.number, r.date) for r in read("d", OLD).relations if r.kind == "based_on"]
    assert grounds == [("12/2019/QH14", None), (None, "2018-02-03"), ("5/2020/NĐ-CP", "2020-03-04")]


@pytest.mark.parametrize(
    ("sentence", "effective", "expires"),
    [
        ("Nghị định này có hiệu lực từ ngày 15/9/2025.", "2025-09-15", None),
        ("Nghị định này có hiệu lực kể từ ngày ký ban hành.", "2025-01-01", None),
        ("Nghị định này có hiệu lực sau 45 ngày, kể từ ngày ký.", "2025-02-15", None),
        ("Nghị định này có hiệu lực từ ngày 01 tháng 5 năm 2025 đến hết ngày 30 tháng 6 năm 2025.", "2025-05-01", "2025-06-30"),
        ("Nghị định này hết hiệu lực kể từ ngày 01 tháng 3 năm 2026.", None, "2026-02-28"),
        ("Nghị định này có hiệu lực từ kế hoạch năm 2025.", None, None),
        ("Nghị định này có hiệu lực từ ngày 31 tháng 02 năm 2025.", None, None),
        ("Thời hạn tính từ ngày Nghị định này có hiệu lực.", None, None),
    ],
)  # fmt: skip
def test_days_in_force_are_those_that_the_text_states(
    sentence: str, effective: str | None, expires: str | None
) -> None:
    d = read("d", decree("1/2025/NĐ-CP", "01 tháng 01 năm 2025", f"Điều 1. Hiệu lực\n1. {sentence}"))
    assert (d.effective, d.expires) == (effective, expires)


@pytest.mark.parametrize(
    ("sentence", "expected"),
    [
        ("Nghị định này thay thế Nghị định số 8/2019/NĐ-CP ngày 1/2/2019 của Chính phủ.", [("replaces", "8/2019/NĐ-CP", True)]),
        ("Bãi bỏ Thông tư số 3/2018/TT-BTC và Thông tư số 4/2018/TT-BTC.",
         [("repeals", "3/2018/TT-BTC", True), ("repeals", "4/2018/TT-BTC", True)]),
        ("Bãi bỏ khoản 2 Điều 26 Nghị định số 60/2021/NĐ-CP.", [("repeals", "60/2021/NĐ-CP", False)]),
        ("Nghị định số 9/2010/NĐ-CP hết hiệu lực từ ngày Nghị định này có hiệu lực, trừ Điều 3.", [("replaces", "9/2010/NĐ-CP", False)]),
        ("Các văn bản sau hết hiệu lực:\na) Thông tư số 3/2018/TT-BTC;\nb) Quyết định số 7/QĐ-BTC.",
         [("replaces", "3/2018/TT-BTC", True), ("replaces", "7/QĐ-BTC", True)]),
        ("Trường hợp Nghị định số 9/2010/NĐ-CP hết hiệu lực thì áp dụng văn bản mới.", []),
        ("Khi văn bản dẫn chiếu được sửa đổi, bổ sung hoặc thay thế Nghị định số 9/2010/NĐ-CP thì theo văn bản mới.", []),
        ("Thực hiện theo Nghị định số 9/2010/NĐ-CP.", []),
        ("Bổ sung kinh phí cho chương trình theo Quyết định số 9/QĐ-TTg.", []),
        ("Sửa đổi, bổ sung một số điều của Thông tư số 6/2020/TT-BTC như sau:", [("amends", "6/2020/TT-BTC", False)]),
        ("Thay thế Mẫu số 01 ban hành kèm theo Thông tư số 6/2020/TT-BTC.", [("replaces", "6/2020/TT-BTC", False)]),
    ],
)  # fmt: skip
def test_what_a_document_does_to_others(sentence: str, expected: list[tuple[str, str, bool]]) -> None:
    assert ending(sentence) == expected


def test_what_is_quoted_does_nothing_to_others() -> None:
    body = "Điều 1. Sửa đổi Điều 9 như sau:\n“Điều 9. Hiệu lực\n1. Nghị định số 8/2019/NĐ-CP hết hiệu lực.”\nĐiều 2. Hiệu lực\nTừ nay."
    assert changed(decree("1/2025/NĐ-CP", "01 tháng 01 năm 2025", body)) == []


def test_the_subject_tells_what_is_amended_or_extended() -> None:
    subject = "Sửa đổi, bổ sung một số điều của Nghị định số 38/2022/NĐ-CP ngày 12 tháng 6 năm 2022 về thả diều"
    text = decree("2/2025/NĐ-CP", "01 tháng 01 năm 2025", "Điều 1. Hiệu lực\nTừ nay.", subject=subject)
    assert changed(text) == [("amends", "38/2022/NĐ-CP", False)]
    longer = text.replace("Sửa đổi, bổ sung một số điều", "Về việc kéo dài thời hạn áp dụng")
    assert changed(longer) == [("extends", "38/2022/NĐ-CP", False)]


def test_metadata_survives_the_index_and_an_older_index_is_readable() -> None:
    d = read("new", NEW)
    line = document_to_json(d)
    assert document_from_json(line) == d
    older = json.loads(line)
    for name in ("relations", "place", "signer", "subject", "expires"):
        del older[name]
    again = document_from_json(json.dumps(older))
    assert (again.text, again.relations, again.signer) == (d.text, (), None)


# --- states ----------------------------------------------------------------------------------------------------


def small(number: str, effective: str | None, *changes: tuple[str, str, bool], expires: str | None = None) -> Document:
    relations = tuple(Relation(kind, f"Nghị định số {n}", 0, 1, n, None, whole) for kind, n, whole in changes)
    return Document(
        id=number, title=number, path=number, text="x", kind="Nghị định", number=number, effective=effective,
        expires=expires, relations=relations,
    )  # fmt: skip


def test_a_replaced_document_ends_on_the_day_the_other_begins() -> None:
    corpus = [read("old", OLD), read("new", NEW)]
    before, after = (states(corpus, date(2024, m, d)) for m, d in ((6, 30), (7, 1)))
    assert (before["old"].name, before["new"].name) == (IN_FORCE, NOT_YET)
    assert (after["old"].name, after["old"].by) == (ENDED, ("new",))
    assert after["old"].note == "được thay thế bởi Nghị định số 74/2024/NĐ-CP từ ngày 01/07/2024"
    assert after["new"].name == IN_FORCE


def test_states_of_every_kind() -> None:
    corpus = [
        small("1/2020/NĐ-CP", "2020-01-01"),
        small("2/2020/NĐ-CP", "2020-01-01"),
        small("3/2020/NĐ-CP", "2020-01-01", expires="2021-12-31"),
        small("4/2020/NĐ-CP", None),
        small("5/2020/NĐ-CP", "2030-01-01"),
        small("6/2020/NĐ-CP", "2020-01-01"),
        small("7/2020/NĐ-CP", "không phải ngày"),
        small("8/2020/NĐ-CP", "2020-01-01"),
        small("9/2022/NĐ-CP", "2022-01-01", ("amends", "1/2020/NĐ-CP", False), ("repeals", "2/2020/nđ-cp", True),
              ("repeals", "6/2020/NĐ-CP", False)),
        small("10/2022/NĐ-CP", None, ("replaces", "8/2020/NĐ-CP", True)),
    ]  # fmt: skip
    found = {identifier: state.name for identifier, state in states(corpus, date(2022, 1, 1)).items()}
    assert list(found.values()) == [
        AMENDED, ENDED, ENDED, UNKNOWN, NOT_YET, PARTLY, UNKNOWN, UNKNOWN, IN_FORCE, UNKNOWN,
    ]  # fmt: skip
    earlier = states(corpus, date(2021, 12, 31))
    assert [earlier[f"{n}/2020/NĐ-CP"].name for n in (1, 2, 3, 6)] == [IN_FORCE] * 4


def test_an_expired_document_whose_term_another_extends_is_unknown() -> None:
    corpus = [small("1/2020/NĐ-CP", "2020-01-01", expires="2021-12-31"), small("2/2021/NQ-CP", "2021-06-01", ("extends", "1/2020/NĐ-CP", False))]  # fmt: skip
    state = states(corpus, date(2022, 6, 1))["1/2020/NĐ-CP"]
    assert (state.name, state.by) == (UNKNOWN, ("2/2021/NQ-CP",))


def test_a_consolidated_text_stands_and_falls_with_its_base() -> None:
    base = ("consolidated_from", "1/2020/NĐ-CP", True)
    text = small("5/VBHN-BTC", "2020-01-01", base, ("consolidated_from", "2/2021/NĐ-CP", True))
    amending = small("2/2021/NĐ-CP", "2021-01-01", ("amends", "1/2020/NĐ-CP", False))
    ender = small("3/2023/NĐ-CP", "2023-01-01", ("replaces", "1/2020/NĐ-CP", True))
    assert states([text, amending, ender], date(2022, 1, 1))["5/VBHN-BTC"].name == IN_FORCE
    assert states([text, amending, ender], date(2023, 1, 1))["5/VBHN-BTC"].name == ENDED


def test_states_ask_only_for_changes_under_the_documents_numbers() -> None:
    (key, change), *_ = changes_of(read("new", NEW))
    assert key == number_key("38/2022/NĐ-CP")
    assert state_of(read("old", OLD), {key: [change]}, date(2025, 1, 1)).name == ENDED
    assert state_of(read("old", OLD), {}, date(2025, 1, 1)).name == IN_FORCE


# --- shown -----------------------------------------------------------------------------------------------------


@pytest.fixture
def kites(new_workspace: Path) -> Path:
    """A workspace with the decree and the one that ends it on 1 July 2024."""
    old = OLD.replace("Về diều.", "Diều được thả cách cột điện ít nhất 47 mét.")
    for name, text in (("old", old), ("new", NEW)):
        (new_workspace / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    build_index(new_workspace)
    return new_workspace


def test_an_answer_that_cites_an_ended_document_says_so(kites: Path) -> None:
    asked = "Diều được thả cách cột điện ít nhất bao nhiêu mét?"
    note = "Lưu ý: văn bản Nghị định số 38/2022/NĐ-CP đã được thay thế bởi Nghị định số 74/2024/NĐ-CP"
    after = open_assistant(kites, as_of="2024-07-01").ask(asked)
    assert after.text.count(note) == 1
    assert [(c["document_id"], c["state"]) for c in after.to_json()["citations"]] == [("old", ENDED)]
    before = open_assistant(kites, as_of="2024-06-30").ask(asked)
    assert "thay thế" not in before.text
    assert [(c.document_id, c.state, c.state_note) for c in before.citations] == [("old", IN_FORCE, None)]


def rows_of(kites: Path, capsys: pytest.CaptureFixture[str], *options: str) -> list[tuple[str, str]]:
    capsys.readouterr()
    assert run(["documents", "--json", "--workspace", str(kites), "--as-of", "2024-12-31", *options]) == 0
    return [(row["id"], row["state"]) for row in json.loads(capsys.readouterr().out)]


def test_documents_are_listed_by_kind_issuer_state_and_day(kites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old, new = ("old", ENDED), ("new", IN_FORCE)
    assert rows_of(kites, capsys) == [new, old]
    assert rows_of(kites, capsys, "--state", "con hieu luc") == [new]
    assert rows_of(kites, capsys, "--kind", "nghị định", "--issuer", "chính phủ") == [new, old]
    assert rows_of(kites, capsys, "--kind", "thông tư") == []
    assert rows_of(kites, capsys, "--from", "2024-06-30") == [new]
    assert rows_of(kites, capsys, "--to", "2024-06-29") == [old]
    assert run(["documents", "--workspace", str(kites), "--from", "hôm qua"]) == 2
    assert "--from cần một ngày" in capsys.readouterr().err
    assert run(["documents", "--workspace", str(kites), "--as-of", "2024-13-01"]) == 2
    assert "cần một ngày dạng" in capsys.readouterr().err


def test_show_gives_the_tree_and_what_the_document_is(kites: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["show", "new", "--json", "--workspace", str(kites), "--as-of", "2024-12-31"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert (shown["kind"], shown["number"], shown["effective"]) == ("Nghị định", "74/2024/NĐ-CP", "2024-07-01")
    assert (shown["signer"], shown["place"], shown["state"]) == ("Trần Văn Diều", "Hà Nội", IN_FORCE)
    assert [s["label"] for s in shown["sections"]] == ["Điều 1", "Điều 2", "Khoản 1", "Khoản 2"]
    ended = [r for r in shown["relations"] if r["kind"] == "replaces"]
    assert [(r["number"], r["date"]) for r in ended] == [("38/2022/NĐ-CP", "2022-06-12")]
    assert NEW[ended[0]["start"] : ended[0]["end"]].replace("\n", " ") == ended[0]["name"]
