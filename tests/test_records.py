"""What is known of a document answers when it is asked for, quoted; what is in force comes first. Our own texts."""

from __future__ import annotations

from pathlib import Path

import pytest

from assistant.answering.assistant import Assistant
from assistant.answering.particulars import Particular, particular_of
from assistant.types import Answer
from assistant.wiring import build_index, open_assistant

TODAY = "2026-11-01"


def decision(number: str, day: str, body: str, *, kind: str = "QUYẾT ĐỊNH", subject: str, organ: str) -> str:
    return (
        f"{organ}\nCỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\nSố: {number}\n"
        f"Hà Trung, {day}\n{kind}\n{subject}\nCăn cứ Luật Gió ngày 03 tháng 2 năm 2018;\n{body}\n"
    )


UBND, CP = "ỦY BAN NHÂN DÂN\nTỈNH HÀ TRUNG", "CHÍNH PHỦ"
OLD = decision(
    "45/2024/QĐ-UBND",
    "ngày 15 tháng 8 năm 2024",
    "Điều 1. Mức chi\n1. Phụ cấp thả diều trả cho người thả: 200.000 đồng/ngày.\n"
    "Điều 2. Hiệu lực\nQuyết định này có hiệu lực thi hành kể từ ngày 25 tháng 8 năm 2024.",
    subject="Quy định chế độ thả diều tỉnh Hà Trung",
    organ=UBND,
)
NEW = decision(
    "12/2026/QĐ-UBND",
    "ngày 10 tháng 3 năm 2026",
    "Điều 1. Mức chi\n1. Phụ cấp thả diều trả cho người thả: 300.000 đồng/ngày.\n"
    "Điều 2. Hiệu lực\n1. Quyết định này có hiệu lực thi hành kể từ ngày 20 tháng 3 năm 2026.\n"
    "2. Quyết định này thay thế Quyết định số 45/2024/QĐ-UBND ngày 15 tháng 8 năm 2024 của Ủy ban nhân dân tỉnh.",
    subject="Quy định chế độ thả diều tỉnh Hà Trung",
    organ=UBND,
)
BASE = decision(
    "301/2024/NĐ-CP",
    "ngày 18 tháng 11 năm 2024",
    "Điều 1. Phạm vi\nVề hộp thư công vụ.\nĐiều 2. Cấp hộp thư\n"
    "1. Thời hạn cấp mới hộp thư công vụ là 05 ngày làm việc.\n2. Nghiêm cấm:\na) Gửi thư mật;\nb) Gửi thư rác.\n"
    "Điều 3. Hiệu lực\nNghị định này có hiệu lực thi hành từ ngày 01 tháng 01 năm 2025.",
    kind="NGHỊ ĐỊNH",
    subject="Quy định về hộp thư công vụ",
    organ=CP,
)
AMENDING = decision(
    "115/2026/NĐ-CP",
    "ngày 20 tháng 4 năm 2026",
    "Điều 1. Sửa đổi, bổ sung một số điều của Nghị định số 301/2024/NĐ-CP\n"
    "1. Sửa đổi khoản 1 Điều 2 như sau:\n“1. Thời hạn cấp mới hộp thư công vụ là 02 ngày làm việc.”\n"
    "2. Bổ sung điểm c vào sau điểm b khoản 2 Điều 2 như sau:\n“c) Chuyển thư sang hộp thư riêng.”\n"
    "Điều 2. Hiệu lực\nNghị định này có hiệu lực thi hành từ ngày 01 tháng 6 năm 2026.",
    kind="NGHỊ ĐỊNH",
    subject="Sửa đổi, bổ sung một số điều của Nghị định số 301/2024/NĐ-CP ngày 18 tháng 11 năm 2024 của Chính phủ",
    organ=CP,
)
RULES = decision(
    "88/QĐ-SKHCN",
    "ngày 05 tháng 01 năm 2026",
    "Điều 1. Ban hành Quy chế giữ dây diều an toàn.\nĐiều 2. Quyết định này có hiệu lực kể từ ngày ký.",
    subject="Ban hành Quy chế giữ dây diều an toàn trong mùa gió",
    organ="SỞ KHOA HỌC VÀ CÔNG NGHỆ",
)
LASTING = decision(
    "7/2026/QĐ-UBND",
    "ngày 02 tháng 2 năm 2026",
    "Điều 1. Phạm vi\nVề đèn trời.\n"
    "Điều 2. Quyết định này có hiệu lực từ ngày 10 tháng 2 năm 2026 đến hết ngày 30 tháng 9 năm 2026.",
    subject="Quy định tạm thời về đèn trời",
    organ=UBND,
)


@pytest.fixture(scope="module")
def kites(bare_workspace: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("records")
    (folder / "corpus").mkdir()
    (folder / "prompts").symlink_to(bare_workspace / "prompts", target_is_directory=True)
    (folder / "index").mkdir()
    (folder / "index" / "encoder").symlink_to(bare_workspace / "index" / "encoder", target_is_directory=True)
    texts = {"old": OLD, "new": NEW, "base": BASE, "amending": AMENDING, "rules": RULES, "lasting": LASTING}
    for name, text in texts.items():
        (folder / "corpus" / f"{name}.txt").write_text(text, encoding="utf-8")
    build_index(folder)
    return folder


@pytest.fixture(scope="module")
def library(kites: Path) -> Assistant:
    return open_assistant(kites, as_of=TODAY)


def cited(answer: Answer) -> list[tuple[str, str]]:
    return [(c.document_id, c.quote) for c in answer.citations]


@pytest.mark.parametrize(
    ("question", "direct"),
    [
        ("Quyết định 12/2026/QĐ-UBND ban hành ngày nào?", "ngày 10 tháng 3 năm 2026 [1]"),
        ("qd 12/2026/qd-ubnd ban hanh ngay nao", "ngày 10 tháng 3 năm 2026 [1]"),
        ("QĐ 12/2026 ký khi nào?", "ngày 10 tháng 3 năm 2026 [1]"),
        ("Quyết định số 45/2024/QĐ-UBND có hiệu lực từ ngày nào?", "ngày 25 tháng 8 năm 2024 [1]"),
        ("QĐ 45/2024/QĐ-UBND hết hiệu lực từ ngày nào?", "ngày 20 tháng 3 năm 2026 [2]"),
        ("khi nao qd 45 het hieu luc", "ngày 20 tháng 3 năm 2026 [2]"),
        ("Quyết định 7/2026/QĐ-UBND hết hiệu lực khi nào?", "ngày 30 tháng 9 năm 2026 [1]"),
        ("NĐ 301 do cơ quan nào ban hành?", "CHÍNH PHỦ [1]"),
        ("Cơ quan nào ban hành Quyết định 45/2024/QĐ-UBND?", "ỦY BAN NHÂN DÂN TỈNH HÀ TRUNG [1]"),
        ("Văn bản nào thay thế QĐ 45/2024/QĐ-UBND?", "12/2026/QĐ-UBND [1]"),
        ("qd 45 bi thay the boi van ban nao", "12/2026/QĐ-UBND [1]"),
        ("NĐ 301 được sửa đổi bởi văn bản nào?", "115/2026/NĐ-CP [1]"),
        ("Nghị định nào sửa đổi, bổ sung Nghị định 301/2024/NĐ-CP?", "115/2026/NĐ-CP [1]"),
        ("NĐ 115/2026 sửa đổi văn bản nào?", "Nghị định số 301/2024/NĐ-CP [1]"),
        ("quyet dinh 12/2026/qd-ubnd thay the cho quyet dinh nao", "Quyết định số 45/2024/QĐ-UBND [1]"),
        ("Quy chế giữ dây diều an toàn trong mùa gió có hiệu lực từ ngày nào?", "ngày 05 tháng 01 năm 2026 [2]"),
    ],
)
def test_what_is_known_of_a_document_answers_with_the_words_that_say_it(
    library: Assistant, question: str, direct: str
) -> None:
    answer = library.ask(question)
    assert (answer.direct, answer.confidence) == (direct, 0.95)
    assert all(library.document(c.document_id).text[c.start : c.end] == c.quote for c in answer.citations)


def test_an_end_is_quoted_from_the_document_that_ends_it(library: Assistant) -> None:
    answer = library.ask("QĐ 45/2024/QĐ-UBND hết hiệu lực từ ngày nào?")
    assert [identifier for identifier, _ in cited(answer)] == ["new", "new"]
    assert "thay thế Quyết định số 45/2024/QĐ-UBND" in answer.citations[0].quote
    assert answer.text.endswith(
        "Theo các văn bản trong kho: Quyết định số 45/2024/QĐ-UBND hết hiệu lực "
        "(được thay thế bởi Quyết định số 12/2026/QĐ-UBND từ ngày 20/03/2026)."
    )


@pytest.mark.parametrize(
    ("question", "documents", "told"),
    [
        ("QĐ 45 còn hiệu lực không?", ["new", "new"], "45/2024/QĐ-UBND hết hiệu lực (được thay thế bởi"),
        (
            "nd 301 con hieu luc khong",
            ["base", "amending", "amending"],
            "301/2024/NĐ-CP còn hiệu lực, được sửa đổi bởi",
        ),
        ("Quyết định 12/2026/QĐ-UBND hết hiệu lực từ ngày nào?", ["new"], "12/2026/QĐ-UBND còn hiệu lực."),
        ("Quyết định 7/2026/QĐ-UBND còn hiệu lực không?", ["lasting"], "hết hiệu lực (theo thời hạn của văn bản"),
    ],
)
def test_whether_it_is_in_force_is_said_beside_the_sentences(
    library: Assistant, question: str, documents: list[str], told: str
) -> None:
    answer = library.ask(question)
    assert [identifier for identifier, _ in cited(answer)] == documents
    assert answer.direct == "" and told in answer.text.rpartition("\n")[2] and "Lưu ý" not in answer.text


def test_the_day_that_is_asked_for_decides(kites: Path) -> None:
    before = open_assistant(kites, as_of="2026-03-19").ask("QĐ 45 còn hiệu lực không?")
    assert cited(before) == [("old", "Quyết định này có hiệu lực thi hành kể từ ngày 25 tháng 8 năm 2024.")]
    assert before.text.endswith("Quyết định số 45/2024/QĐ-UBND còn hiệu lực.")


def test_what_nothing_replaces_is_not_answered_with_what_it_replaces(library: Assistant) -> None:
    answer = library.ask("Văn bản nào thay thế Quyết định 12/2026/QĐ-UBND?")
    assert answer.abstained and "45/2024" not in answer.text


@pytest.mark.parametrize(
    ("question", "particular"),
    [
        ("Nghị định 301/2024/NĐ-CP được ban hành ngày nào?", Particular.ISSUED),
        ("NĐ 301 có hiệu lực bao giờ?", Particular.EFFECTIVE),
        ("NĐ 301 có hiệu lực đến ngày nào?", Particular.ENDED),
        ("Thông tư 06/2025/TT-BNV đã hết hiệu lực chưa?", Particular.STATE),
        ("Thông tư 06/2025/TT-BNV bị văn bản nào bãi bỏ?", Particular.CHANGED),
        ("Thông tư 06/2025/TT-BNV bãi bỏ những văn bản nào?", Particular.CHANGES),
        ("QĐ 45/2024 do cơ quan nào ban hành — văn bản này hết hiệu lực khi nào?", Particular.ENDED),
        ("NĐ 115/2026 sửa đổi NĐ 301/2024 từ ngày nào?", None),  # two documents
        ("Ai ký ban hành Quyết định 88/QĐ-SKHCN?", None),
        ("QĐ 45/2024 ban hành ngày nào và có hiệu lực từ ngày nào?", None),  # two things, which are taken apart
        ("Phụ cấp thả diều là bao nhiêu?", None),
        ("Luật có hiệu lực từ ngày nào?", None),  # no document
    ],
)
def test_the_particular_asked_for_is_told_by_the_words(question: str, particular: Particular | None) -> None:
    wanted = particular_of(question)
    assert (wanted.particular if wanted else None) is particular


def test_what_is_asked_of_more_than_the_document_is_no_particular_of_it(library: Assistant) -> None:
    answer = library.ask("Phụ cấp đèn trời theo Quyết định 45/2024/QĐ-UBND ban hành ngày nào?")
    assert answer.confidence != 0.95


def test_a_superseded_value_comes_last_and_is_no_disagreement(library: Assistant) -> None:
    answer = library.ask("Phụ cấp thả diều trả cho người thả là bao nhiêu?")
    assert answer.direct.startswith("300.000 đồng/ngày [1]") and answer.citations[0].document_id == "new"
    assert "nêu số khác nhau" not in answer.text
    assert all(c.state_note is None or "thay thế bởi" in answer.text for c in answer.citations)


def test_an_amended_sentence_gives_way_to_the_one_that_amends_it(library: Assistant) -> None:
    answer = library.ask("Thời hạn cấp mới hộp thư công vụ là bao lâu?")
    assert answer.direct.startswith("02 ngày làm việc [1]") and answer.citations[0].document_id == "amending"


def test_before_it_is_in_force_the_new_value_comes_last_with_a_note(kites: Path) -> None:
    answer = open_assistant(kites, as_of="2026-03-19").ask("Phụ cấp thả diều trả cho người thả là bao nhiêu?")
    assert answer.direct.startswith("200.000 đồng/ngày [1]") and answer.citations[0].document_id == "old"
    if len(answer.citations) > 1:
        assert "chưa có hiệu lực (có hiệu lực từ ngày 20/03/2026)" in answer.text


def test_an_amended_document_that_is_cited_has_its_note(library: Assistant) -> None:
    answer = library.ask("Điểm b khoản 2 Điều 2 Nghị định 301/2024/NĐ-CP quy định gì?")
    assert [identifier for identifier, _ in cited(answer)] == ["base"]
    note = "Lưu ý: văn bản Nghị định số 301/2024/NĐ-CP đã có thay đổi (được sửa đổi bởi Nghị định số 115/2026/NĐ-CP"
    assert answer.text.count(note) == 1


@pytest.mark.parametrize("named", ["Nghị định 301/2024/NĐ-CP", "NĐ 301"])
def test_a_point_that_an_amending_document_adds_is_found_there(library: Assistant, named: str) -> None:
    answer = library.ask(f"Điểm c khoản 2 Điều 2 {named} quy định gì?")
    assert cited(answer) == [
        (
            "amending",
            "2. Bổ sung điểm c vào sau điểm b khoản 2 Điều 2 như sau:\n“c) Chuyển thư sang hộp thư riêng.”",
        )
    ]


def test_a_clause_that_was_amended_is_quoted_as_amended_first(library: Assistant) -> None:
    answer = library.ask("Khoản 1 Điều 2 Nghị định 301/2024/NĐ-CP quy định gì?")
    assert [identifier for identifier, _ in cited(answer)] == ["amending", "base"]


def test_a_point_that_nobody_added_is_refused(library: Assistant) -> None:
    assert library.ask("Điểm k khoản 2 Điều 2 Nghị định 301/2024/NĐ-CP quy định gì?").abstained
