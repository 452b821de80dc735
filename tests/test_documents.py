import ast
import gzip
import json
import os
import re
import time
import unicodedata
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant import documents
from assistant.documents.chunking import chunk_document
from assistant.documents.corpus import Corpus, Limits, read_corpus
from assistant.documents.extract import Extract, Layout
from assistant.documents.identity import content_digest
from assistant.documents.layout import compose
from assistant.documents.plain import decode, split_front_matter
from assistant.documents.structure import find_sections
from assistant.errors import CorpusError, ReadError
from assistant.types import Document
from assistant.vietnamese.normal import nfc
from assistant.vietnamese.sentences import sentence_spans

LAW = """NGHỊ ĐỊNH
Quy định về thử nghiệm
Chương I
QUY ĐỊNH CHUNG
Điều 1. Phạm vi điều chỉnh
1. Nghị định này quy định việc thử nghiệm.
2. Việc thử nghiệm bao gồm:
a) Đăng ký;
b) Đánh giá.
Điều 2. Đối tượng áp dụng
Cơ quan nhà nước và doanh nghiệp.
Chương II
TỔ CHỨC THỰC HIỆN
Điều 3a. Hiệu lực
Nghị định này có hiệu lực từ ngày ký."""


def words(text: str) -> int:
    return len(text.split())


def read(folder: Path, *, max_bytes: int = 10**8) -> Corpus:
    return read_corpus([folder], root=folder.parent, limits=Limits(max_bytes))


def document(text: str) -> Document:
    return Document(id="d", title="D", path="d.txt", text=text, sections=find_sections("d", text))


# --- reading ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_text_is_read_in_every_unicode_encoding(encoding: str) -> None:
    assert decode("Tỉnh Bình Dương có 15,47 hecta.".encode(encoding)) == "Tỉnh Bình Dương có 15,47 hecta."


def test_windows_1258_is_read_and_composed() -> None:
    decomposed_as_windows_writes = "Viê\u0323t Nam, ươ\u0301c mơ, đô\u0323ng lư\u0323c"
    assert decode(decomposed_as_windows_writes.encode("cp1258")) == "Việt Nam, ước mơ, động lực"


def test_decomposed_text_becomes_nfc() -> None:
    assert decode(unicodedata.normalize("NFD", "đổi mới sáng tạo").encode()) == "đổi mới sáng tạo"


def test_binary_rubbish_is_refused_with_its_code() -> None:
    with pytest.raises(ReadError) as caught:
        decode(bytes(range(1, 32)) * 50 + b"\xff\xfe\xfa")
    assert caught.value.code == "binary"


def test_an_id_that_a_text_gives_itself_goes_before_those_of_names_and_contents(tmp_path: Path) -> None:
    for name, text in {"a.txt": "Một.", "b.txt": "Hai.", "c.md": "---\nid: a\n---\nBa."}.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    (tmp_path / "corpus.jsonl").write_text('{"id": "b", "title": "", "text": "Bốn."}', encoding="utf-8")
    known = {content_digest("Một."): "b", content_digest("Hai."): "cu"}
    corpus = read_corpus([tmp_path], root=tmp_path, limits=Limits(2**20), known=known)
    ids = {d.text: d.id for d in corpus.documents}
    assert corpus.failures == ()
    assert (ids["Ba."], ids["Bốn."], ids["Hai."]) == ("a", "b", "cu")
    assert re.fullmatch("a-[0-9a-f]{8}", ids["Một."])


def test_front_matter_is_metadata_and_not_text() -> None:
    metadata, body = split_front_matter("---\nid: a\nissued: 2024-12-22\n---\n# Tên\nNội dung")
    assert metadata == {"id": "a", "issued": "2024-12-22"}
    assert body == "# Tên\nNội dung"


def test_one_bad_file_does_not_stop_the_rest_and_is_listed_with_its_reason(tmp_path: Path) -> None:
    folder = tmp_path / "kho"
    folder.mkdir()
    (folder / "tot.md").write_text("# Tốt\nCó nội dung.", encoding="utf-8")
    (folder / "trong.txt").write_bytes(b"")
    (folder / "hong.pdf").write_bytes(b"%PDF-1.7 broken")
    (folder / "la.xyz").write_bytes(b"\x00\x01")
    (folder / "hop.mp4").write_bytes(b"\x00\x01")
    (folder / "hop.xyz").write_bytes(b"\x00\x00\x00\x20ftypisom")
    (folder / "dau.gif").write_bytes(b"GIF89a\x01\x00")
    (folder / "anh").mkdir()
    for leftover in ("Thumbs.db", "desktop.ini", ".DS_Store"):
        (folder / "anh" / leftover).write_bytes(b"\x00\x01")
    (folder / "sai.md").write_text("---\n: : [\n---\nx", encoding="utf-8")
    (folder / "README.md").write_text("not indexed", encoding="utf-8")
    corpus = read(folder)
    assert [d.id for d in corpus.documents] == ["tot"]
    assert {Path(f.path).name: f.code for f in corpus.failures} == {
        "dau.gif": "no_document",
        "hong.pdf": "damaged",
        "hop.mp4": "no_document",
        "hop.xyz": "no_document",
        "la.xyz": "format",
        "sai.md": "front_matter",
        "trong.txt": "empty",
    }
    reasons = {f.path.rpartition("/")[2]: f.reason for f in corpus.failures}
    assert reasons["dau.gif"].startswith("Tệp ảnh không phải văn bản. Hãy bỏ tệp khỏi kho")
    assert reasons["hop.mp4"] == reasons["hop.xyz"]
    assert reasons["hop.mp4"].startswith("Tệp âm thanh hoặc phim không phải văn bản. Hãy bỏ tệp khỏi kho")


def test_an_empty_folder_is_an_error_that_names_the_next_step(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="cancu index"):
        read_corpus([tmp_path], root=tmp_path, limits=Limits(100))


def test_a_file_above_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("chữ " * 100, encoding="utf-8")
    (tmp_path / "b.txt").write_text("chữ", encoding="utf-8")
    corpus = read(tmp_path, max_bytes=50)
    assert [f.code for f in corpus.failures] == ["too_large"]


def test_the_same_content_under_two_names_is_one_document_with_both_paths(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt"):
        (tmp_path / name).write_text("Nội dung giống nhau.", encoding="utf-8")
    (only,) = read(tmp_path).documents
    assert (Path(only.path).name, [Path(p).name for p in only.also_at]) == ("a.txt", ["b.txt"])


def test_two_files_of_one_stem_get_ids_apart(tmp_path: Path) -> None:
    for name, text in (("a", "một"), ("b", "hai")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "Quyết định.txt").write_text(text, encoding="utf-8")
    first, second = (d.id for d in read(tmp_path).documents)
    assert first == "quyet-dinh"
    assert second.startswith("quyet-dinh-")


def test_a_beir_collection_gives_a_document_a_line_under_its_own_id(tmp_path: Path) -> None:
    rows = [{"id": "luật 1/điều 2", "title": "Điều 2", "text": "Văn bản một."}, {"_id": 7, "title": "", "text": "Hai."}]
    data = "\n".join(json.dumps(r) for r in rows).encode()
    (tmp_path / "corpus.jsonl.gz").write_bytes(gzip.compress(data))
    corpus = read(tmp_path)
    assert [(d.id, d.title, d.text) for d in corpus.documents] == [
        ("luật 1/điều 2", "Điều 2", "Văn bản một."),
        ("7", "Hai.", "Hai."),
    ]


def test_a_collection_in_a_folder_is_read_only_under_its_proper_name(tmp_path: Path) -> None:
    (tmp_path / "queries.jsonl").write_text('{"id": "q", "text": "hỏi"}', encoding="utf-8")
    (tmp_path / "a.txt").write_text("Chữ.", encoding="utf-8")
    assert [d.id for d in read(tmp_path).documents] == ["a"]


def collection(folder: Path, *lines: str) -> Corpus:
    file = folder / "corpus.jsonl"
    file.write_text("\n".join(lines), encoding="utf-8")
    return read_corpus([file], root=folder, limits=Limits(10**8))


def test_a_bad_line_of_a_collection_does_not_stop_the_others(tmp_path: Path) -> None:
    huge = "1" * 5000
    corpus = collection(
        tmp_path,
        '{"id": "a", "text": "Một."}',
        '{"id": "b", "text": " "}',
        '{"id": "a", "text": "Hai."}',
        "{",
        f'{{"id": {huge}, "text": "Ba."}}',
        '{"id": "", "text": "Bốn."}',
        '{"id": "x\\ty", "text": "Năm."}',
        '{"id": "z", "text": "Sáu."}',
    )
    assert [d.id for d in corpus.documents] == ["a", "z"]
    assert [f.code for f in corpus.failures] == ["empty", "duplicate_id", "json", "json", "json", "id"]


def test_half_a_character_in_an_id_or_title_becomes_the_replacement_mark(tmp_path: Path) -> None:
    (only,) = collection(tmp_path, '{"id": "a\\ud800", "title": "b\\udfff", "text": "Chữ."}').documents
    assert (only.id, only.title) == ("a\ufffd", "b\ufffd")


def test_a_file_name_that_is_not_utf8_is_read_and_shown(tmp_path: Path) -> None:
    with open(os.fsencode(tmp_path) + b"/b\xff.txt", "w", encoding="utf-8") as file:
        file.write("Có chữ.")
    (only,) = read(tmp_path).documents
    assert (only.id, Path(only.path).name) == ("b", "b\ufffd.txt")


def test_front_matter_scalars_are_kept_as_they_are_written() -> None:
    metadata, _ = split_front_matter("---\nid: 007\nissued: 2024-13-45\ntitle: 1.10\nissuer: ~\ntags: [a]\n---\nx")
    assert metadata == {"id": "007", "issued": "2024-13-45", "title": "1.10"}


def test_front_matter_without_a_line_takes_nothing_of_the_text() -> None:
    assert split_front_matter("---\n---\nMột\n---\nhai: ba") == ({}, "Một\n---\nhai: ba")


def test_front_matter_of_nested_brackets_without_end_is_refused() -> None:
    with pytest.raises(ReadError) as caught:
        split_front_matter("---\na: " + "[" * 20_000 + "\n---\nx")
    assert caught.value.code == "front_matter"


def test_utf8_with_a_damaged_byte_is_refused_and_not_read_as_another_encoding() -> None:
    with pytest.raises(ReadError) as caught:
        decode("Tỉnh Bình Dương có hạ tầng".encode()[:-1] + b"\xe1")
    assert caught.value.code == "encoding"


# --- layout ----------------------------------------------------------------------------------------------------


def test_running_heads_and_page_numbers_are_left_out_and_pages_kept() -> None:
    pages = tuple(
        f"{n} CÔNG BÁO/Số 5/Ngày 01-01-2026\nCâu thứ {w} trong trang.\n{n}"
        for n, w in ((2, "hai"), (3, "ba"), (4, "tư"))
    )
    text, starts = compose(Extract(pages, Layout.LINES, paged=True))
    assert text == "Câu thứ hai trong trang.\nCâu thứ ba trong trang.\nCâu thứ tư trong trang."
    assert [text[s : s + 11] for s in starts] == ["Câu thứ hai", "Câu thứ ba ", "Câu thứ tư "]


def test_a_sentence_cut_by_a_page_break_is_one_line_again() -> None:
    text, _ = compose(Extract(("cho các đơn vị, doanh\n\nnh nghiệp tham gia.\n\nĐoạn sau.",), Layout.LINES))
    assert text == "cho các đơn vị, doanh nh nghiệp tham gia.\n\nĐoạn sau."


def test_a_markdown_soft_break_is_folded_and_lists_and_headings_are_kept() -> None:
    text, _ = compose(Extract(("# Tên\nmột dòng\nhai dòng\n- mục\n- mục hai\n",), Layout.MARKDOWN))
    assert text == "# Tên\nmột dòng hai dòng\n- mục\n- mục hai"


@given(st.lists(st.text(alphabet=st.characters(codec="utf-8")), min_size=1, max_size=4), st.sampled_from(list(Layout)))
def test_the_letters_of_the_text_are_a_subsequence_of_the_readers(pages: list[str], layout: Layout) -> None:
    text, _ = compose(Extract(tuple(pages), layout, paged=True))
    source = iter(unicodedata.normalize("NFD", nfc("\n".join(pages))))
    letters = unicodedata.normalize("NFD", text)
    assert all(any(letter == other for other in source) for letter in letters if letter.isalnum())


def test_figures_of_a_table_at_a_pages_edge_are_no_page_numbers() -> None:
    pages = ("Doanh nghiệp năm\n2025\nSố lượng\n15\n7", "Bảng tiếp\n2024\nSố lượng\n37\n8")
    text, _ = compose(Extract(pages, Layout.LINES, paged=True))
    assert text.split() == "Doanh nghiệp năm 2025 Số lượng 15 Bảng tiếp 2024 Số lượng 37".split()


def test_headings_that_count_are_no_running_heads_but_a_head_with_the_page_number_is() -> None:
    bodies = ("Mở đầu.", "Tiếp theo.", "Sau nữa.", "Kết thúc.")
    pages = tuple(f"Báo cáo 2025, trang {n}/4\nPhụ lục {n}\n{body}" for n, body in enumerate(bodies, start=1))
    text, _ = compose(Extract(pages, Layout.LINES, paged=True))
    assert text.split() == " ".join(f"Phụ lục {n} {body}" for n, body in enumerate(bodies, start=1)).split()


def test_text_is_nfc_where_an_invisible_character_parted_a_letter_from_its_mark() -> None:
    assert compose(Extract(("Viê\u200b\u0323t",), Layout.LINES))[0] == "Việt"


# --- structure -------------------------------------------------------------------------------------------------


def test_law_structure_is_a_tree() -> None:
    sections = find_sections("d", LAW)
    shown = [(s.label, s.title, None if s.parent is None else sections[s.parent].label) for s in sections]
    assert shown == [
        ("Chương I", "QUY ĐỊNH CHUNG", None),
        ("Điều 1", "Phạm vi điều chỉnh", "Chương I"),
        ("Khoản 1", "", "Điều 1"),
        ("Khoản 2", "", "Điều 1"),
        ("Điểm a", "", "Khoản 2"),
        ("Điểm b", "", "Khoản 2"),
        ("Điều 2", "Đối tượng áp dụng", "Chương I"),
        ("Chương II", "TỔ CHỨC THỰC HIỆN", None),
        ("Điều 3a", "Hiệu lực", "Chương II"),
    ]
    assert LAW[sections[1].span.start : sections[1].span.end].rstrip().endswith("b) Đánh giá.")


def test_numbered_reports_are_a_tree() -> None:
    text = "1. Kết quả\n1.1. Cơ chế\nNội dung.\n1.2 Nguồn lực\nNội dung.\n2. Nhiệm vụ\n2.3.1. Nhân lực\nNội dung."
    sections = find_sections("d", text)
    assert [(s.label, None if s.parent is None else sections[s.parent].label) for s in sections] == [
        ("1", None),
        ("1.1", "1"),
        ("1.2", "1"),
        ("2", None),
        ("2.3.1", "2"),
    ]


def test_a_clause_number_without_end_is_text() -> None:
    assert [s.label for s in find_sections("d", "Điều 1. Tên\n" + "1" * 5000 + ". Nội dung")] == ["Điều 1"]


@pytest.mark.parametrize(
    ("line", "title"), [("# Tên ##", "Tên"), ("## Tên # giữa", "Tên # giữa"), ("# ###", "###"), ("#   Tên", "Tên")]
)
def test_closing_marks_of_a_markdown_heading_are_no_title(line: str, title: str) -> None:
    assert [s.title for s in find_sections("d", line)] == [title]


# --- chunks ----------------------------------------------------------------------------------------------------


def test_chunks_do_not_cross_an_article_and_carry_its_headings() -> None:
    chunks = chunk_document(document(LAW), max_tokens=40, count=words)
    articles = [c for c in chunks if "Điều 1" in c.text]
    assert len(articles) == 1
    assert "Điều 2" not in articles[0].text
    assert any(h == "Điều 1 Phạm vi điều chỉnh" for h in articles[0].headings)


def test_a_list_stays_with_its_lead_in() -> None:
    text = "Câu mở đầu rất bình thường.\n\nNhiệm vụ gồm:\n\n- một hai ba;\n- bốn năm sáu;\n- bảy tám chín.\n\nCâu cuối."
    chunks = chunk_document(document(text), max_tokens=8, count=words)
    assert "Nhiệm vụ gồm:\n\n- một hai ba;\n- bốn năm sáu;\n- bảy tám chín." in [c.text for c in chunks]


@given(
    st.lists(
        st.sampled_from(["Điều 1. Tên\n", "# Đầu\n", "- mục; ", "chữ ", "Câu này dài. ", "\n", "1. Khoản: ", "x" * 60])
    ),
    st.integers(min_value=3, max_value=30),
)
def test_chunks_are_exact_spans_that_hold_all_text(parts: list[str], max_tokens: int) -> None:
    text = "".join(parts)
    chunks = chunk_document(document(text), max_tokens=max_tokens, count=words)
    assert all(text[c.span.start : c.span.end] == c.text for c in chunks)
    assert "".join("".join(c.text.split()) for c in chunks) == "".join(text.split())


def test_every_chunk_of_every_development_document_is_an_exact_span(shared: Path) -> None:
    for folder, count in (("policy", 5), ("gazette", 14)):
        corpus = read_corpus([shared / "corpus" / folder], root=shared, limits=Limits(10**9))
        assert len(corpus.documents) == count
        assert corpus.failures == ()
        for d in corpus.documents:
            assert d.text == nfc(d.text)
            chunks = chunk_document(d, max_tokens=220, count=lambda text: len(text) // 4)
            assert all(d.text[c.span.start : c.span.end] == c.text for c in chunks)
            assert sum(len("".join(c.text.split())) for c in chunks) == len("".join(d.text.split()))
            articles = [s.span.start for s in d.sections if s.label.startswith("Điều ")]
            assert all(sum(c.span.start <= a < c.span.end for a in articles) <= 1 for c in chunks)


def test_page_break_damage_in_the_policy_documents_is_folded(shared: Path) -> None:
    corpus = read_corpus([shared / "corpus" / "policy"], root=shared, limits=Limits(10**9))
    damaged = next(d for d in corpus.documents if d.id.startswith("004"))
    assert "đơn vị, doanh nh nghiệp trên địa bàn" in damaged.text
    assert "phòng thí thí nghiệm trọng điểm" in damaged.text


@pytest.mark.parametrize("part", ["abcdefghij", "nhiệm vụ phát triển ", "Câu này ngắn. ", "A. ", "# a" + " " * 500])
def test_time_grows_with_the_length_of_a_line_and_not_with_its_square(part: str) -> None:
    """Half a million characters took minutes where each step looked at all that was left."""
    text = part * (500_000 // len(part))
    looked_at = 0

    def count(piece: str) -> int:
        nonlocal looked_at
        looked_at += len(piece)
        return len(piece) // 4

    began = time.process_time()
    assert sentence_spans(text)
    chunks = chunk_document(document(text), max_tokens=220, count=count)
    assert looked_at < 10 * len(text)
    assert time.process_time() - began < 5
    assert all(len(c.text) // 4 <= 220 * 1.25 for c in chunks)  # spaces between sentences are not counted
    assert "".join("".join(c.text.split()) for c in chunks) == "".join(text.split())


def test_pieces_of_a_sentence_that_grows_denser_stay_within_the_size() -> None:
    def count(piece: str) -> int:
        return piece.count("a") + 10 * piece.count("b")

    chunks = chunk_document(document("b" * 30 + "a" * 300), max_tokens=100, count=count)
    assert max(count(c.text) for c in chunks) <= 100
    assert "".join(c.text for c in chunks) == "b" * 30 + "a" * 300


def test_a_link_that_leads_out_of_the_folder_is_listed_and_not_read(tmp_path: Path) -> None:
    folder, outside = tmp_path / "kho", tmp_path / "ngoai"
    folder.mkdir()
    outside.mkdir()
    (outside / "mat.txt").write_text("Không được đọc.", encoding="utf-8")
    (folder / "a.txt").write_text("Được đọc.", encoding="utf-8")
    (folder / "b.txt").symlink_to(outside / "mat.txt")
    (folder / "c").symlink_to(outside, target_is_directory=True)
    corpus = read(folder)
    assert [d.id for d in corpus.documents] == ["a"]
    assert [(Path(f.path).name, f.code) for f in corpus.failures] == [("b.txt", "link"), ("c", "link")]


def test_a_comment_in_a_block_of_code_is_no_heading() -> None:
    sections = find_sections("d", "# Đầu\n```\n# chú thích\n```\n## Sau\nChữ.")
    assert [s.title for s in sections] == ["Đầu", "Sau"]


def test_headings_stand_from_the_outermost_and_end_with_their_section() -> None:
    d = document("# A\nmột\n## B\nhai\n# C\nba")
    assert [d.headings_at(d.text.index(word)) for word in ("một", "hai", "ba")] == [("A",), ("A", "B"), ("C",)]


def test_a_pdf_that_takes_too_long_is_given_up(tmp_path: Path) -> None:
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "a.pdf"))
    for _ in range(3):
        canvas.drawString(100, 700, "Some text on a page that is long enough")
        canvas.showPage()
    canvas.save()
    (tmp_path / "b.txt").write_text("Chữ.", encoding="utf-8")
    corpus = read_corpus([tmp_path], root=tmp_path, limits=Limits(10**8, seconds=-1.0))
    assert [f.code for f in corpus.failures] == ["too_slow"]


@pytest.mark.parametrize(
    ("head", "number", "issued"),
    [
        ("UBND TỈNH\nSố: 12/QĐ-UBND\nBình Dương, ngày 5 tháng 3 năm 2024\n", "12/QĐ-UBND", "2024-03-05"),
        (
            "Tự do - Hạnh phúc Số: 16/2021/TT-BKHCN Hà Nội, ngày 08 tháng 11 năm 2021\n",
            "16/2021/TT-BKHCN",
            "2021-11-08",
        ),
        ("Bộ đã có Tờ trình số 80/TTr-BTTTT trình Thủ tướng.\n", None, None),
        ("Số: 7/QĐ-UBND\nQuyết định này có hiệu lực kể từ ngày 15 tháng 3 năm 2025.\n", "7/QĐ-UBND", None),
    ],
)
def test_number_and_date_are_those_of_the_documents_own_head(
    tmp_path: Path, head: str, number: str | None, issued: str | None
) -> None:
    (tmp_path / "a.txt").write_text(head + "\nNội dung.", encoding="utf-8")
    (only,) = read(tmp_path).documents
    assert (only.number, only.issued) == (number, issued)


# --- what people are told ----------------------------------------------------------------------------------------


_WRITTEN = ast.Constant | ast.JoinedStr


def messages() -> list[tuple[str, str]]:
    """Every message of a ReadError in the readers that is written where it is raised, with its place."""
    found = []
    for file in sorted((Path(documents.__file__).parent).glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            told = node.args[1:2] if isinstance(node, ast.Call) and ast.unparse(node.func) == "ReadError" else []
            found += [(f"{file.name}:{m.lineno}", ast.unparse(m)) for m in told if isinstance(m, _WRITTEN)]
    return found


def test_every_reason_says_what_to_do_and_a_library_speaks_only_after_that() -> None:
    remedies = ("Hãy ", "{wanted}", "{_SIMPLER}", "{_ask(error)}", "{first.message}")
    told = messages()
    assert len(told) > 70
    for place, message in told:
        ends = [message.find(remedy) for remedy in remedies if remedy in message]
        assert ends, f"{place} says nothing that one can do"
        foreign = re.search(r"\{[^}]*(?<!_ask\()\berror\b(?!\.start)", message)
        assert foreign is None or foreign.start() > min(ends), f"{place} begins with what a library says"


def test_each_kind_of_limit_has_one_name() -> None:
    files = (Path(documents.__file__).parent).glob("*.py")
    nodes = (node for file in files for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))))
    names = (node.name for node in nodes if isinstance(node, ast.ClassDef))
    limits = sorted(name for name in names if name.endswith(("Limits", "Budget", "Deadline")))
    assert limits == ["Deadline", "Limits", "MemberBudget", "RowBudget"]


def _outline(text: str) -> list[str]:
    found = document(text)
    shown = [s for s in found.sections if s.title]
    return [" › ".join(found.headings_at(s.span.start, points=False)) for s in shown]


def test_numbered_lines_lie_beneath_marked_headings() -> None:
    text = (
        "1. Lời dẫn\n# Bến phà\n## 1. Phà\nHai loại.\nI. PHÀ LỚN\n1. Phà máy\n1.1. Phà hơi nước\n2. Phà kéo\n"
        "## 2. Đò\nĐò ngang.\n# Cầu\n1. Cầu treo"
    )
    assert _outline(text) == [
        "1 Lời dẫn",
        "Bến phà",
        "Bến phà › 1 Phà",
        "Bến phà › 1 Phà › I PHÀ LỚN",
        "Bến phà › 1 Phà › I PHÀ LỚN › 1 Phà máy",
        "Bến phà › 1 Phà › I PHÀ LỚN › 1 Phà máy › 1.1 Phà hơi nước",
        "Bến phà › 1 Phà › I PHÀ LỚN › 2 Phà kéo",
        "Bến phà › 2 Đò",
        "Cầu",
        "Cầu › 1 Cầu treo",
    ]
    deep = "# Bến\n1.1.1.1.1.1.1.1.1.1.1.1. Sâu\na) Mục\n## Sau\nChữ."
    assert _outline(deep)[-1] == "Bến › Sau"
