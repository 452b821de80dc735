"""The page of documents: pictures of PDF pages, quotations on them, search, filters, uploads, and a browser's view."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import unicodedata
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from drawn import picture as drawn_picture
from hostile import SEEDS

from assistant.chat.catalogue import UNKNOWN, Wanted, choices, found_html, list_html, matching
from assistant.chat.library import at_page, drawn, open_at, turned
from assistant.chat.pages import original_html
from assistant.chat.renewal import Progress, Renewal
from assistant.chat.service import Service, header_html
from assistant.chat.sources import View, checksum, document_html
from assistant.chat.uploading import progress_html, take_in
from assistant.documents import picture
from assistant.documents.children import command, environment
from assistant.documents.corpus import Limits
from assistant.documents.originals import changed_since, original
from assistant.documents.picture import MAX_HEIGHT, MAX_WIDTH, holds, locate, look, render_page
from assistant.documents.places import coverage, find
from assistant.documents.uploads import FOLDER, MOST_FILES, receive, safe_name
from assistant.documents.validity import State, state_of, states
from assistant.errors import ReadError, SettingsError
from assistant.settings import load_settings
from assistant.types import Chunk, Document, Failure, Hit, Relation, Span
from assistant.wiring import build_index, current_index, open_assistant, receive_uploads, seconds_to_index

TODAY = date(2026, 11, 22)
HEAD = "CÔNG BÁO/Số 12 + 13/Ngày 05-01-2026"
FIRST = ["Điều 1. Phạm vi điều chỉnh", "Quyết định này quy định việc chiếu sáng", "các tuyến đường của thành phố."]
SECOND = ["Điều 2. Kinh phí", "Kinh phí thay đèn đường là 37,5 tỷ đồng,", "lấy từ ngân sách thành phố năm 2026."]
QUOTE = "Kinh phí thay đèn đường là 37,5 tỷ đồng, lấy từ ngân sách thành phố năm 2026."
LINE = 24  # points between two lines of a test's page
TOP = 80  # points from a page's upper edge to the baseline of its first line


def make_pdf(file: Path, *pages: list[str], size: tuple[float, float] = (595, 842), lock: str = "") -> Path:
    """A PDF with these lines, 14 points high, a page each list."""
    import matplotlib
    from reportlab.lib.pdfencrypt import StandardEncryption
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("DejaVu", str(Path(matplotlib.get_data_path()) / "fonts/ttf/DejaVuSans.ttf")))
    canvas = Canvas(str(file), pagesize=size, encrypt=StandardEncryption(lock) if lock else None)
    for lines in pages:
        canvas.setFont("DejaVu", 14)
        for number, line in enumerate(lines):
            canvas.drawString(60, size[1] - TOP - LINE * number, line)
        canvas.showPage()
    canvas.save()
    return file


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_pdf(tmp_path_factory.mktemp("pdf") / "quyet-dinh.pdf", FIRST, SECOND)


def size_of(png: bytes) -> tuple[int, int]:
    from PIL import Image

    with Image.open(BytesIO(png)) as image:
        image.load()
        assert image.format == "PNG"
        return image.size


# --- a quotation in a page's characters -----------------------------------------------------------------------


def found(page: str, quote: str, before: str = "") -> str:
    return "".join(page[i] for i in find(page, quote, before=before))


def test_line_breaks_and_the_form_of_letters_do_not_matter() -> None:
    page = unicodedata.normalize("NFD", "Ủy ban nhân dân\r\ncấp huyện   quyết định.\r\nHết.")
    assert unicodedata.normalize("NFC", found(page, "nhân dân cấp huyện quyết định.")) == (
        "nhân dân\r\ncấp huyện   quyết định."
    )


def test_two_marks_of_a_letter_may_stand_in_either_order() -> None:
    dot_last = "Viê\u0323t Nam"  # ê and then the dot, as windows-1258 has it; NFD has the dot first
    assert found(f"Nước {dot_last} hôm nay", "Việt Nam") == dot_last


def test_a_hyphen_at_a_lines_end_does_not_part_the_quotation() -> None:
    assert found("khoa học\u0002\r\ncông nghệ và", "khoa học-công nghệ") == "khoa học\u0002\r\ncông nghệ"


def test_a_row_of_a_table_is_found_although_its_cells_are_parted_otherwise() -> None:
    page = "Vùng Mức lương\r\nVùng I 4.680.000 22.500\r\nVùng II 4.160.000 20.000"
    assert found(page, "Vùng II | 4.160.000 | 20.000") == "Vùng II 4.160.000 20.000"
    assert found("Vùng I | 22.500", "Vùng I 22.500") == "Vùng I | 22.500"


def test_of_two_places_alike_the_one_after_the_text_before_is_meant() -> None:
    page = "1. Mức chi là 5 triệu.\r\n2. Nghỉ phép.\r\n3. Mức chi là 5 triệu."
    at = page.rindex("Mức")
    assert find(page, "Mức chi là 5 triệu.", before="1. Mức chi là 5 triệu.\n2. Nghỉ phép.\n3. ")[0] == at
    assert find(page, "Mức chi là 5 triệu.", before="1. ")[0] == 3


def test_a_running_head_in_between_is_left_out() -> None:
    start, end = (
        "Kinh phí thực hiện do ngân sách trung ương bảo đảm",
        "và các nguồn huy động hợp pháp khác theo quy định.",
    )
    shown = found(f"{start}\r\n{HEAD}\r\n{end}", f"{start} {end}")
    assert HEAD not in shown and shown.startswith(start) and shown.endswith(end)


def test_of_a_quotation_over_two_pages_each_page_has_its_part() -> None:
    start, end = "Cơ quan chủ trì phối hợp với các bộ", "có liên quan để xây dựng kế hoạch hằng năm."
    assert found(f"Điều 3. Tổ chức\r\n{start}\r\n12", f"{start} {end}") == start
    assert found(f"{HEAD}\r\n{end}\r\nĐiều 4.", f"{start} {end}") == end


def test_what_does_not_stand_on_the_page_is_not_found() -> None:
    page = "Điều 1. Phạm vi điều chỉnh\r\n" * 40
    assert find(page, "Kinh phí thay đèn đường là 37,5 tỷ đồng.") == []
    assert find(page, " \n-") == find("", "chữ") == []


def test_a_hostile_page_and_quotation_take_no_time() -> None:
    began = time.perf_counter()
    assert find("a" * 50_000, "ab" * 20_000) == []
    assert len(find("a" * 50_000, "a" * 20_000)) == 20_000
    assert time.perf_counter() - began < 5


def test_the_share_of_words_that_a_page_still_has() -> None:
    assert coverage("Mức chi là năm triệu", "mức chi là sáu triệu") == 4 / 5
    assert coverage("", "chữ nào") is None and coverage("chữ nào", "…") is None


# --- a page as a picture ----------------------------------------------------------------------------------------


def test_a_page_is_drawn_at_most_1200_pixels_wide(plan: Path) -> None:
    width, height = size_of(render_page(plan, 2))
    assert MAX_WIDTH - 2 <= width <= MAX_WIDTH == 1200
    assert height == pytest.approx(width * 842 / 595, abs=2)


@pytest.mark.parametrize("size", [(14_000, 100), (100, 14_000), (3, 3)])
def test_pages_of_any_shape_stay_within_bounds(tmp_path: Path, size: tuple[float, float]) -> None:
    width, height = size_of(render_page(make_pdf(tmp_path / "p.pdf", ["x"], size=size), 1))
    assert 1 <= width <= MAX_WIDTH and 1 <= height <= MAX_HEIGHT


def test_a_quotation_over_two_lines_has_a_rectangle_on_each(plan: Path) -> None:
    lines = locate(plan, 2, QUOTE)
    assert len(lines) == 2
    for number, line in enumerate(lines, start=1):
        baseline = (TOP + LINE * number) / 842
        assert line.top < baseline < line.top + line.height, "the baseline runs through the rectangle"
        assert line.height < 1.6 * 14 / 842
        assert line.left == pytest.approx(60 / 595, abs=0.01)
    assert lines[0].top + lines[0].height <= lines[1].top + 0.002


def test_the_rectangle_covers_ink_and_nothing_of_the_line_before(plan: Path) -> None:
    from PIL import Image

    image = Image.open(BytesIO(render_page(plan, 2))).convert("L")
    (part,) = locate(plan, 2, "37,5 tỷ đồng")
    x, y = part.left * image.width, part.top * image.height
    box = image.crop((int(x), int(y), int(x + part.width * image.width), int(y + part.height * image.height)))
    assert box.getextrema()[0] < 100
    whole = locate(plan, 2, SECOND[1])[0]
    assert part.left > whole.left and part.width < whole.width / 2


def test_a_turned_page_has_its_rectangle_where_it_is_seen(tmp_path: Path) -> None:
    from pypdf import PdfWriter

    writer = PdfWriter(clone_from=make_pdf(tmp_path / "straight.pdf", SECOND))
    writer.pages[0].rotate(90)
    turned_page = tmp_path / "turned.pdf"
    writer.write(turned_page)
    width, height = size_of(render_page(turned_page, 1))
    assert width > height
    (heading,) = locate(turned_page, 1, SECOND[0])
    # Turned clockwise, what was TOP from the upper edge is TOP from the right one.
    assert heading.left < 1 - TOP / 842 < heading.left + heading.width
    assert heading.top == pytest.approx(60 / 595, abs=0.01)


def test_a_quotation_that_is_not_there_has_no_rectangle(plan: Path) -> None:
    assert locate(plan, 1, QUOTE) == []


def test_whether_the_file_still_says_what_was_read(plan: Path, tmp_path: Path) -> None:
    assert holds(plan, 2, "\n".join(SECOND)) is True
    assert holds(plan, 1, "Một bản khác hẳn, nói về nước sạch nông thôn vùng cao") is False
    assert holds(make_pdf(tmp_path / "empty.pdf", []), 1, "chữ nào") is None


def code_of(path: Path, page: int = 1, seconds: float = 20) -> str:
    with pytest.raises(ReadError) as caught:
        look(path, page, seconds=seconds)
    assert caught.value.message.endswith(".")
    return caught.value.code


def test_what_can_not_be_drawn_says_why(plan: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7\n" + b"\x00\xff" * 500)
    assert code_of(tmp_path / "none.pdf") == "missing"
    assert code_of(broken) == "damaged"
    assert code_of(plan, 3) == code_of(plan, 0) == "no_such_page"
    assert code_of(make_pdf(tmp_path / "locked.pdf", SECOND, lock="mật khẩu")) == "encrypted"


def endless_pdf(file: Path) -> Path:
    """A page that draws a form ten times, which draws another one ten times, and so on twelve deep."""
    forms = 12
    bodies = [b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[3 0 R]/Count 1>>"]
    bodies.append(b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]/Contents 4 0 R/Resources<</XObject<</F 5 0 R>>>>>>")
    draw = b"/F Do " * 10
    bodies.append(b"<</Length %d>>stream\n%s\nendstream" % (len(draw), draw))
    for number in range(forms):
        inner = draw if number < forms - 1 else b"0 0 600 800 re f"
        following = b"/Resources<</XObject<</F %d 0 R>>>>" % (6 + number) if number < forms - 1 else b""
        head = b"<</Type/XObject/Subtype/Form/BBox[0 0 600 800]%s/Length %d>>" % (following, len(inner))
        bodies.append(head + b"stream\n" + inner + b"\nendstream")
    out = b"%PDF-1.7\n"
    places = []
    for number, body in enumerate(bodies, start=1):
        places.append(len(out))
        out += b"%d 0 obj%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Root 1 0 R/Size %d>>\nstartxref\n%d\n%%%%EOF" % (
        len(bodies) + 1, table, len(bodies) + 1, len(out),
    )  # fmt: skip
    file.write_bytes(out)
    return file


def test_a_page_that_takes_for_ever_is_given_up(tmp_path: Path) -> None:
    began = time.monotonic()
    assert code_of(endless_pdf(tmp_path / "endless.pdf"), seconds=1.5) == "too_slow"
    assert time.monotonic() - began < 6


def test_a_picture_is_drawn_once_and_anew_when_the_file_changes(tmp_path: Path) -> None:
    file = make_pdf(tmp_path / "p.pdf", FIRST)
    before = look(file, 1)
    assert look(file, 1) is before
    make_pdf(file, SECOND, size=(595, 600))
    assert look(file, 1).png != before.png


def test_the_kept_pictures_stay_within_their_bound() -> None:
    kept = picture._Kept(1000)
    pictures = [picture.Picture(bytes(400), 1, 1, 1, "", ()) for _ in range(4)]
    for number, each in enumerate(pictures):
        kept.put(("p", 0, 0, number), each)
        assert kept.get(("p", 0, 0, 0)) is (pictures[0] if number < 4 else None)
    assert kept.get(("p", 0, 0, 3)) is pictures[3]
    assert [kept.get(("p", 0, 0, n)) for n in (1, 2)] == [None, None], "1000 bytes hold two of 400, the last used"
    kept.put(("p", 0, 0, 9), picture.Picture(bytes(2000), 1, 1, 1, "", ()))
    assert kept.get(("p", 0, 0, 9)) is None and kept._bytes == 0


# --- the file a document was read from ---------------------------------------------------------------------------


def test_the_original_is_found_also_where_its_copy_lies_and_never_outside(tmp_path: Path) -> None:
    root = tmp_path / "w"
    (root / "corpus").mkdir(parents=True)
    (root / "corpus" / "b.md").write_text("b")
    (tmp_path / "secret.md").write_text("s")
    document = Document("d", "D", "corpus/a.md", "b", also_at=("corpus/b.md",))
    assert original(document, root) == root / "corpus" / "b.md"
    assert original(replace(document, also_at=()), root) is None
    (root / "corpus" / "c.zip").write_bytes(b"PK")
    assert original(replace(document, path="corpus/c.zip!/d/e.md"), root) == root / "corpus" / "c.zip"
    (root / "corpus" / "a.md").symlink_to(tmp_path / "secret.md")
    assert original(replace(document, also_at=()), root) is None


def test_a_file_newer_than_the_index_is_told(tmp_path: Path) -> None:
    file = tmp_path / "a.md"
    file.write_text("a")
    os.utime(file, (1_700_000_000, 1_700_000_000))  # 2023-11-14T22:13:20Z
    assert changed_since(file, "2023-11-14T22:13:19+00:00") is None, "one second is what clocks may differ"
    assert changed_since(file, "2023-11-14T22:13:00+00:00") is not None
    assert changed_since(file, "") is None and changed_since(tmp_path / "none", "2023-11-14T22:13:00+00:00") is None


# --- files handed in -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("Quyết định 12.pdf", "Quyết định 12.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\Kế hoạch.PDF", "Kế hoạch.pdf"),
        (unicodedata.normalize("NFD", "Đề án.md"), "Đề án.md"),
        (".bashrc", "bashrc"),
        ("~$nháp.txt", "nháp.txt"),
        ("a\x00b\n<c>:d|e?.md", "a b c d e.md"),
        ("hóa\u202efdp.md", "hóa fdp.md"),
        ("README.md", "tep-README.md"),
        ("...", "van-ban"),
        ("", "van-ban"),
    ],
)
def test_a_name_becomes_one_that_harms_nothing(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_long_name_keeps_its_ending() -> None:
    name = safe_name("ế" * 300 + ".pdf")
    assert name.endswith("ế.pdf") and 170 <= len(name.encode()) <= 180


def handed(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.write_bytes(content)
    return file


def test_files_are_received_under_a_name_of_their_own(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    corpus.mkdir()
    file = handed(tmp_path, "Kế hoạch.md", b"# A\n\nm\xe1\xbb\x99t")
    for _ in range(2):
        assert not receive([file], corpus, Limits(1000)).refused
    names = sorted(p.name for p in (corpus / FOLDER).iterdir())
    assert names == ["Kế hoạch.md", "Kế hoạch_2.md"]
    assert (corpus / FOLDER / names[0]).read_bytes() == file.read_bytes()


def test_what_may_not_be_read_is_refused_and_not_kept(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    files = [
        handed(tmp_path, "to.md", b"x" * 1001),
        handed(tmp_path, "trong.md", b" \n"),
        handed(tmp_path, "chay.exe", b"MZ"),
        handed(tmp_path, "corpus.jsonl", b'{"id":"1","text":"a"}'),
        handed(tmp_path, "gia.pdf", b"khong phai"),
    ]
    link = tmp_path / "link.md"
    link.symlink_to("/etc/hostname")
    received = receive([*files, link], corpus, Limits(1000))
    assert [f.code for f in received.refused] == ["too_large", "empty", "format", "format", "damaged", "not_a_file"]
    assert received.saved == () and list((corpus / FOLDER).iterdir()) == []
    for failure in received.refused:
        assert failure.told[1], failure


def test_a_file_is_taken_by_what_it_is_under_the_name_that_it_gets(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    files = [handed(tmp_path, "to\u200b trinh.docx", SEEDS[".docx"]()), handed(tmp_path, "a.md\u200b", b"# A\n\nb")]
    received = receive(files, corpus, Limits(10**6))
    assert [path.name for _, path in received.saved] == ["to trinh.docx", "a.md"] and not received.refused
    assert {path.read_bytes() for _, path in received.saved} == {file.read_bytes() for file in files}


def test_too_many_files_and_a_folder_that_leads_out_are_refused(tmp_path: Path) -> None:
    file = handed(tmp_path, "a.md", b"a")
    with pytest.raises(ReadError, match=str(MOST_FILES)):
        receive([file] * (MOST_FILES + 1), tmp_path / "corpus", Limits(1000))
    (tmp_path / "corpus").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "corpus" / FOLDER).symlink_to(tmp_path / "out", target_is_directory=True)
    with pytest.raises(ReadError, match="liên kết"):
        receive([file], tmp_path / "corpus", Limits(1000))
    assert list((tmp_path / "out").iterdir()) == []


def test_uploads_are_refused_unless_a_setting_allows_them(new_workspace: Path, tmp_path: Path) -> None:
    file = handed(tmp_path, "a.md", b"# A\n\nb")
    assert load_settings(new_workspace).allow_upload is False
    with pytest.raises(SettingsError, match="allow_upload"):
        receive_uploads(new_workspace, [file])
    assert list((new_workspace / "corpus").iterdir()) == []
    assert len(receive_uploads(new_workspace, [file], allow_upload="true").saved) == 1


# --- the list --------------------------------------------------------------------------------------------------

DOCUMENTS = (
    Document("a", "Nghị định về chiếu sáng", "a.pdf", "x", kind="Nghị định", number="12/2026/NĐ-CP", issuer="Chính phủ",
             issued="2026-01-05", effective="2027-01-01"),
    Document("b", "Quyết định về cây xanh", "b.pdf", "y", kind="Quyết định", issued="2024-03-02", effective="2024-04-01"),
    Document("c", "Bài viết", "c.txt", "z"),
)  # fmt: skip


def on_the_day(document: Document) -> State:
    return state_of(document, {}, TODAY)


def chosen(**wish: str) -> list[str]:
    return [d.id for d in matching(DOCUMENTS, Wanted(**wish), on_the_day)]


def test_documents_are_found_by_words_without_marks_and_by_what_is_chosen() -> None:
    assert chosen(words="nghi dinh 12/2026") == chosen(issuer="Chính phủ") == chosen(year="2026") == ["a"]
    assert chosen(kind="Quyết định") == ["b"] and chosen(kind="Quyết định", year="2026") == []
    assert chosen(kind=UNKNOWN) == ["c"] and chosen(issuer=UNKNOWN) == ["b", "c"]
    assert chosen(state="Chưa có hiệu lực") == ["a"] and chosen(state="Còn hiệu lực") == ["b"]
    assert chosen() == ["a", "b", "c"]


def test_only_what_some_document_tells_can_be_chosen() -> None:
    assert choices(DOCUMENTS, on_the_day) == [
        ["Nghị định", "Quyết định", UNKNOWN],
        ["Chính phủ", UNKNOWN],
        ["2026", "2024", UNKNOWN],
        ["Chưa có hiệu lực", "Còn hiệu lực", UNKNOWN],
    ]
    assert choices(DOCUMENTS[2:], on_the_day) == [[], [], [], []]
    assert choices([replace(DOCUMENTS[2], effective="không rõ")], on_the_day)[3] == []


def test_a_document_that_another_one_replaces_is_shown_as_ended() -> None:
    old = replace(DOCUMENTS[1], number="3/2024/QĐ-UBND")
    new = Document("n", "Mới", "n.md", "m", kind="Quyết định", number="9/2026/QĐ-UBND", effective="2026-05-01",
                   relations=(Relation("replaces", "Quyết định số 3", 0, 1, "3/2024/QĐ-UBND"),))  # fmt: skip
    states_now = states([old, new], TODAY)
    wanted = Wanted(state="Hết hiệu lực")
    assert [d.id for d in matching([old, new], wanted, lambda d: states_now[d.id])] == ["b"]


def test_nothing_found_is_said() -> None:
    assert "Không có văn bản nào có tên" in list_html(DOCUMENTS, "trường học", lambda _: 1)
    assert "Không có văn bản nào như vậy." in list_html(DOCUMENTS, Wanted(year="1999"), lambda _: 1)


def hit(document: Document, text: str, start: int = 0) -> Hit:
    return Hit(Chunk(f"{document.id}#0", Span(document.id, start, start + len(text)), text, ("Điều 2",), 2), 1.0)


def test_passages_show_the_wanted_words_and_open_where_they_stand() -> None:
    text = "Dòng đầu. " * 40 + "Kinh phí <b>thay đèn</b> đường là 37,5 tỷ đồng." + " Dòng cuối." * 40
    known = {d.id: d for d in DOCUMENTS}
    html = found_html([hit(DOCUMENTS[0], text, 7)], "thay den duong", known.__getitem__)
    assert "<mark>thay</mark> <mark>đèn</mark>&lt;/b&gt; <mark>đường</mark>" in html.replace("&#47;", "/")
    assert f'data-start="7" data-end="{7 + len(text)}"' in html and "Điều 2 · trang 2" in html
    assert "… " in html and " …" in html and "<b>" not in html


def test_a_passage_is_shown_where_most_of_the_wanted_words_stand() -> None:
    text = (
        "# Trang tính: Bến đò\n"
        + "Tên bến: Bến chợ; Dài: 100\n" * 20
        + "Tên bến: Bến đò Sa Pa; Dài: 43\n"
        + "Hết. " * 60
    )
    html = found_html([hit(DOCUMENTS[0], text, 7)], "ben do sa pa", {DOCUMENTS[0].id: DOCUMENTS[0]}.__getitem__)
    assert "<mark>Bến</mark> <mark>đò</mark> <mark>Sa</mark> <mark>Pa</mark>; Dài&#58; 43" in html
    assert "# Trang" not in html and f'data-start="{7 + 2}" data-end="{7 + len(text)}"' in html


def test_a_word_inside_another_one_is_not_found() -> None:
    known = {DOCUMENTS[0].id: DOCUMENTS[0]}.__getitem__
    assert "Không thấy đoạn nào" in found_html([hit(DOCUMENTS[0], "Phương án chung")], "hương", known)
    assert "<mark>Hương</mark>" in found_html([hit(DOCUMENTS[0], "Phương án, Hương ước")], "huong", known)


def test_a_search_for_very_many_words_takes_no_time() -> None:
    began = time.perf_counter()
    known = {DOCUMENTS[0].id: DOCUMENTS[0]}.__getitem__
    assert "<mark>" in found_html([hit(DOCUMENTS[0], "a b " * 10_000)], "a b " * 50_000, known)
    assert time.perf_counter() - began < 5


def test_documents_called_the_same_are_told_apart_by_their_files() -> None:
    alike = [Document(name, "Bến đò", f"corpus/bang/{name}", "Bến đò\nHết") for name in ("cu.xls", "moi.xlsx")]
    assert "bang&#47;cu.xls" in list_html(alike, "", lambda _: 1).replace("/cu", "&#47;cu")
    assert "moi.xlsx" in document_html(alike[1], View("moi.xlsx"))


def test_passages_are_one_a_document_and_have_half_of_the_words() -> None:
    known = {d.id: d for d in DOCUMENTS}
    hits = [hit(DOCUMENTS[0], "thay đèn đường"), hit(DOCUMENTS[0], "thay đèn"), hit(DOCUMENTS[1], "thay đèn đường")]
    assert found_html(hits, "thay đèn", known.__getitem__).count("<li>") == 2
    assert "Không thấy đoạn nào" in found_html(hits, "cấp nước nông thôn", known.__getitem__)
    assert found_html(hits, "", known.__getitem__) == ""


# --- an open document --------------------------------------------------------------------------------------------

PAGES = ["Trang một.\n", "Đoạn trích bắt đầu ở đây ", "và hết ở trang ba."]
PAGED = Document("p", "Ba trang", "p.pdf", "".join(PAGES), pages=(0, len(PAGES[0]), len(PAGES[0] + PAGES[1])))


class Shelf:
    """As much of an assistant as the page of documents asks."""

    engine = None
    created = "2026-11-21T08:00:00+07:00"

    def __init__(self, *documents: Document) -> None:
        self._documents = documents

    def documents(self) -> list[Document]:
        return list(self._documents)

    def document(self, identifier: str) -> Document:
        return next(d for d in self._documents if d.id == identifier)


def service(*documents: Document, root: Path | None = None) -> Service:
    return Service(Shelf(*documents), root)  # type: ignore[arg-type]


def test_a_document_opens_at_the_page_of_the_quotation() -> None:
    start = PAGED.text.index("Đoạn")
    text, view, back, number, forward, _ = open_at(service(PAGED), "p", start, len(PAGED.text), (0, 0))
    assert view.page == 2 and "<mark>Đoạn trích bắt đầu ở đây</mark>" in text
    assert "Trang một" not in text and "Đoạn trích còn tiếp ở trang 3." in text
    assert back.visible and forward.visible and number.value == 2 and number.label == "Trang (1–3)"
    following = turned(service(PAGED), view, 1)
    assert "<mark>và hết ở trang ba.</mark>" in document_html(PAGED, following)
    assert turned(service(PAGED), following, 1).page == 3 and at_page(service(PAGED), view, -4).page == 1


def test_a_document_that_changed_meanwhile_opens_without_a_mark_and_says_so() -> None:
    start, end = 0, len("Trang một.")
    known, *_ = open_at(service(PAGED), "p", start, end, (0, 0), checksum("Trang một."))
    assert "<mark>Trang một.</mark>" in known and "đã thay đổi" not in known
    stale, *_ = open_at(service(PAGED), "p", start, end, (0, 0), checksum("Trang mốt."))
    assert "<mark>" not in stale and "đã thay đổi sau khi trả lời" in stale


def test_places_that_a_document_does_not_have_harm_nothing() -> None:
    text, view, *_ = open_at(service(PAGED), "p", 10**9, 10**9 + 5, (0, 0))
    assert view.page == 3 and "trang ba" in text
    text, view, *_ = open_at(service(DOCUMENTS[2]), "c", -5, 10**9, (0, 0))
    assert view.page == 0 and "<mark>z</mark>" in text


def test_a_very_long_page_is_shown_around_the_passage() -> None:
    text = "Dòng dài của trang.\n" * 6000 + "Đích."
    long = Document("l", "Dài", "l.pdf", text, pages=(0,))
    html = document_html(long, View("l", marked=(len(text) - 5, len(text)), page=1))
    assert "<mark>Đích.</mark>" in html and len(html) < 3 * 60_000 and "trên 120.005" in html


def test_a_page_without_text_says_so() -> None:
    empty = replace(PAGED, pages=(0, 0, len(PAGES[0])))
    assert "Trang này không có chữ." in document_html(empty, View("p", page=1))


def as_read(plan: Path, root: Path) -> tuple[Service, Document]:
    (root / "corpus").mkdir(parents=True, exist_ok=True)
    shutil.copy(plan, root / "corpus" / "q.pdf")
    first, second = "\n".join(FIRST) + "\n", f"{SECOND[0]}\n{QUOTE}"
    document = Document("q", "Quyết định", "corpus/q.pdf", first + second, pages=(0, len(first)))
    return service(document, root=root), document


def test_the_picture_has_the_quotation_framed(plan: Path, tmp_path: Path) -> None:
    serving, document = as_read(plan, tmp_path)
    start = document.text.index(QUOTE)
    html = drawn(serving, View("q", marked=(start, start + len(QUOTE)), page=2))
    assert html.count('class="cc-frame"') == 2 and "data:image/png;base64," in html
    assert "Trang 2/2 của tệp gốc. Đoạn trích được khoanh trên ảnh." in html and "cc-note" not in html
    assert 'class="cc-frame"' not in drawn(serving, View("q", page=1))


def test_a_picture_without_the_quotation_or_of_another_text_says_so(plan: Path, tmp_path: Path) -> None:
    serving, document = as_read(plan, tmp_path)
    view = View("q", marked=(document.text.index(QUOTE), len(document.text)), page=2)
    make_pdf(tmp_path / "corpus" / "q.pdf", ["Một"], ["Một bản khác hẳn, nói về nước sạch nông thôn"])
    html = drawn(serving, view)
    assert "Không xác định được chỗ của đoạn trích" in html and "tệp có thể đã bị thay" in html
    make_pdf(tmp_path / "corpus" / "q.pdf", ["Một"], [])
    assert "không có lớp chữ" in drawn(serving, view)
    make_pdf(tmp_path / "corpus" / "q.pdf", ["Một"])
    assert "Không hiện được ảnh trang 2" in drawn(serving, view)


def test_a_missing_or_changed_original_is_told(plan: Path, tmp_path: Path) -> None:
    serving, document = as_read(plan, tmp_path)
    file = tmp_path / "corpus" / "q.pdf"
    os.utime(file, (1_700_000_000, 1_700_000_000))
    assert original_html(document, serving) == ""
    os.utime(file)
    assert "đã được sửa lúc" in original_html(document, serving)
    file.unlink()
    assert "Không còn tệp gốc" in original_html(document, serving)
    assert drawn(serving, View("q", page=1)) == ""
    assert "Không còn tệp gốc" in open_at(serving, "q", 0, 0, (0, 0))[0]


# --- taking files in -----------------------------------------------------------------------------------------------


@pytest.fixture
def kept(new_workspace: Path) -> Path:
    """A workspace of one document, indexed, that allows uploads."""
    (new_workspace / "corpus" / "goc.md").write_text("# Cây xanh\n\nThành phố trồng 900 cây xanh.\n", encoding="utf-8")
    (new_workspace / "cancu.toml").write_text("allow_upload = true\n", encoding="utf-8")
    build_index(new_workspace)
    return new_workspace


def test_files_taken_in_are_answered_from_at_once_and_bad_ones_are_told_and_gone(kept: Path, tmp_path: Path) -> None:
    serving = Service(open_assistant(kept), kept)
    before = serving.now
    good = handed(tmp_path, "Đèn đường.md", f"# Đèn đường\n\n{QUOTE}\n".encode())
    same = handed(tmp_path, "Bản sao.md", (kept / "corpus" / "goc.md").read_bytes())
    bad = handed(tmp_path, "hong.pdf", b"%PDF-1.4 hong")
    steps = list(take_in(Renewal(serving, kept, {}), [good, same, bad, handed(tmp_path, "a.exe", b"MZ")]))
    assert [ended for _, ended in steps] == [False] * (len(steps) - 1) + [True]
    assert any("cc-bar" in said for said, _ in steps[:-1])
    said = steps[-1][0]
    assert "<strong>Đèn đường.md</strong>" in said and "trùng nội dung với «Cây xanh»" in said
    assert "<strong>hong.pdf</strong>" in said and "<strong>a.exe</strong>" in said
    assert serving.now is not before and not serving.is_as_begun
    assert "37,5 tỷ đồng" in serving.now.ask("Kinh phí thay đèn đường là bao nhiêu?").text
    assert sorted(p.name for p in (kept / "corpus" / FOLDER).iterdir()) == ["Bản sao.md", "Đèn đường.md"]
    assert before.document("goc").title == "Cây xanh", "what was begun with the old index can be ended with it"


def test_an_archive_whose_files_were_read_is_kept(kept: Path, tmp_path: Path) -> None:
    serving = Service(open_assistant(kept), kept)
    with zipfile.ZipFile(tmp_path / "hồ sơ.zip", "w") as archive:
        archive.writestr("Đèn đường.md", f"# Đèn đường\n\n{QUOTE}\n")
        archive.writestr("hong.pdf", b"%PDF-1.4 hong")
    with zipfile.ZipFile(tmp_path / "rỗng.zip", "w") as archive:
        archive.writestr("hong.pdf", b"%PDF-1.4 hong")
    files = [tmp_path / "hồ sơ.zip", tmp_path / "rỗng.zip"]
    *_, (said, ended) = take_in(Renewal(serving, kept, {}), files)
    assert ended and "<strong>hồ sơ.zip</strong>&#58; Đèn đường" in said
    partly = said.partition("chưa đọc được")[2].partition("Không nhận")[0]
    assert "<strong>hồ sơ.zip › hong.pdf</strong>&#58; Tệp PDF hỏng" in partly and "Hãy tải lại" in partly
    assert "<strong>rỗng.zip › hong.pdf</strong>" in said.partition("Không nhận")[2]
    assert [p.name for p in (kept / "corpus" / FOLDER).iterdir()] == ["hồ sơ.zip"]
    found = next(d for d in serving.documents if "!/" in d.path)
    assert "Không còn tệp gốc" not in original_html(found, serving)


def test_pages_that_stay_unread_are_told_with_what_to_do(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen.canvas import Canvas

    canvas = Canvas(str(tmp_path / "scan.pdf"))
    canvas.drawString(60, 700, "Thanh pho trong them 900 cay xanh trong nam nay.")
    canvas.showPage()
    canvas.drawImage(ImageReader(drawn_picture("Trang hai là ảnh")), 40, 500, width=510, height=150)
    canvas.save()
    monkeypatch.setenv("PATH", str(tmp_path))  # where no Tesseract is
    *_, (said, ended) = take_in(Renewal(Service(open_assistant(kept), kept), kept, {}), [tmp_path / "scan.pdf"])
    assert ended and "Không nhận" not in said and "<strong>scan.pdf</strong>&#58; Thanh pho" in said
    partly = said.partition("chưa đọc được")[2]
    assert "<strong>scan.pdf</strong>" in partly and "chưa có chữ của trang 2" in partly and "Hãy" in partly


def hanging(tmp_path: Path, *, stubborn: bool) -> tuple[list[str], Path]:
    """A program that starts another one and hangs, and where both write their numbers."""
    script, numbers = tmp_path / "treo.py", tmp_path / "numbers"
    ignoring = "signal.signal(signal.SIGTERM, signal.SIG_IGN)" if stubborn else ""
    script.write_text(
        f"""import os, pathlib, signal, subprocess, sys, time
{ignoring}
inner = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
pathlib.Path({str(numbers)!r}).write_text(f"{{os.getpid()}} {{inner.pid}}")
print('{{"stage": "read", "done": 1, "total": 3}}', flush=True)
time.sleep(600)
""",
        encoding="utf-8",
    )
    return [sys.executable, str(script)], numbers


def is_alive(number: int) -> bool:
    status = Path(f"/proc/{number}/stat")
    return status.exists() and status.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.parametrize("stubborn", [False, True])
def test_an_indexing_that_hangs_is_ended_with_all_it_started(kept: Path, tmp_path: Path, stubborn: bool) -> None:
    serving = Service(open_assistant(kept), kept)
    before = serving.now
    child, numbers = hanging(tmp_path, stubborn=stubborn)
    renewal = Renewal(serving, kept, {}, child=child, seconds=1.5)
    began = time.monotonic()
    steps = list(take_in(renewal, [handed(tmp_path, "a.md", b"# A\n\nb")]))
    assert any("Đang đọc tệp 1/3" in said for said, _ in steps)
    said, ended = steps[-1]
    assert ended and "Lập chỉ mục quá 2 giây nên đã dừng" in said and "đã được gỡ ra" in said and "Hãy" in said
    assert 1.5 <= time.monotonic() - began < 1.5 + 10 + 5
    assert not any(is_alive(int(number)) for number in numbers.read_text().split())
    assert serving.now is before and list((kept / "corpus" / FOLDER).iterdir()) == []
    *_, (said, _) = take_in(Renewal(serving, kept, {}), [handed(tmp_path, "a.md", b"# A\n\nb")])
    assert "<strong>a.md</strong>" in said, "another one may begin"


def test_an_indexing_ended_in_the_middle_leaves_nothing_behind(kept: Path, tmp_path: Path) -> None:
    serving = Service(open_assistant(kept), kept)
    for number in range(6):
        make_pdf(kept / "corpus" / f"{number}.pdf", *[[f"Trang {page} của tệp {number}"] for page in range(300)])
    before = current_index(kept)
    renewal = Renewal(serving, kept, {}, seconds=2.0)
    *_, (said, ended) = take_in(renewal, [handed(tmp_path, "a.md", b"# A\n\nb")])
    assert ended and "nên đã dừng" in said
    assert current_index(kept) == before
    assert not list((kept / "index").rglob("*.partial"))
    assert not list((kept / "index").glob("CURRENT.*"))


def test_the_time_for_indexing_grows_with_the_files_that_are_new(kept: Path, tmp_path: Path) -> None:
    time.sleep(0.3)
    build_index(kept)
    assert seconds_to_index(kept) == 600
    for number in range(3):
        handed(kept / "corpus", f"moi-{number}.md", b"# A\n\nb")
    assert seconds_to_index(kept) == 600 + 3 * 120
    assert seconds_to_index(kept, read_seconds=10) == 600 + 3 * 10


def test_an_index_made_in_another_terminal_is_taken_up_and_one_that_does_not_fit_is_told(kept: Path) -> None:
    serving = Service(open_assistant(kept), kept, reopen=partial(open_assistant, kept))
    before = serving.now
    serving.catch_up()
    assert serving.now is before and serving.is_as_begun
    handed(kept / "corpus", "moi.md", f"# Đèn đường\n\n{QUOTE}\n".encode())
    build_index(kept)
    serving.catch_up()
    taken = serving.now
    assert taken is not before and "37,5 tỷ đồng" in taken.ask("Kinh phí thay đèn đường là bao nhiêu?").text
    began = time.perf_counter()
    for _ in range(1000):
        serving.catch_up()
    assert time.perf_counter() - began < 1 and serving.now is taken
    build_index(kept, chunk_tokens=64)
    serving.catch_up()
    assert serving.now is taken and "chưa mở được" in header_html("Tên", serving)
    shutil.rmtree(kept / "index" / "snapshots")
    assert "37,5 tỷ đồng" in serving.now.ask("Kinh phí thay đèn đường là bao nhiêu?").text


def test_where_indexing_fails_the_files_are_taken_back_and_the_old_index_serves(kept: Path, tmp_path: Path) -> None:
    serving = Service(open_assistant(kept), kept)
    before = serving.now
    file = handed(tmp_path, "a.md", b"# A\n\nb")
    from assistant.retrieval.store import Store

    with Store(kept / "index").lock():
        *_, (said, ended) = take_in(Renewal(serving, kept, {}), [file])
    assert ended and "đang lập chỉ mục" in said
    assert serving.now is before and list((kept / "corpus" / FOLDER).iterdir()) == []
    (kept / "cancu.toml").write_text("allow_upload = false\n")
    *_, (said, ended) = take_in(Renewal(serving, kept, {}), [file])
    assert ended and "không nhận tệp tải lên" in said and serving.now is before


def test_one_renewal_at_a_time(kept: Path, tmp_path: Path) -> None:
    renewal = Renewal(Service(open_assistant(kept), kept), kept, {})
    file = handed(tmp_path, "a.md", b"# A\n\nb")
    assert renewal.begin([file])
    assert not renewal.begin([file])
    assert "Hãy chờ xong" in next(take_in(renewal, [file]))[0]
    *_, last = renewal.steps()
    assert last.ended and [name for name, _, _ in last.added] == ["a.md"]
    assert "Hãy chọn tệp" in next(take_in(renewal, []))[0]


def test_what_is_said_of_files_is_escaped() -> None:
    nasty = "<img src=x onerror=alert(1)>.md"
    said = progress_html(Progress(ended=True, added=((nasty, nasty, True),), refused=(Failure(nasty, "x", nasty),)))
    assert "<img" not in said and said.count("&lt;img") == 4
    assert "khởi động lại" in progress_html(Progress(ended=True, restart=True))


# --- in a browser --------------------------------------------------------------------------------------------------

ARGUMENTS = (
    "--no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync"
).split()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    chromium = shutil.which("chromium")
    if chromium is None:
        if os.environ.get("CI") == "true":
            pytest.fail("Chromium is missing: the page can't be tested")
        pytest.skip("needs Chromium (apt-get install chromium)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield opened
        opened.close()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def page_of(browser: Any, workspace: Path, **options: Any) -> Iterator[Any]:
    from assistant.chat.app import start

    app, url = start(open_assistant(workspace), port=free_port(), workspace=workspace)
    assert url.startswith("http://127.0.0.1:")
    context = browser.new_context(**({"viewport": {"width": 1280, "height": 800}} | options))
    context.set_default_timeout(15_000)
    page = context.new_page()
    page.goto(url)
    page.wait_for_function("document.documentElement.lang === 'vi'")
    page.wait_for_selector("#cau-hoi textarea")
    yield page
    context.close()
    app.close(verbose=False)


@pytest.fixture
def page(browser: Any, kept: Path, plan: Path) -> Iterator[Any]:
    """The chat over the kept workspace and a PDF."""
    shutil.copy(plan, kept / "corpus" / "quyet-dinh.pdf")
    build_index(kept)
    yield from page_of(browser, kept)


def test_one_click_on_a_citation_shows_it_in_text_and_picture(page: Any, kept: Path) -> None:
    page.locator("#cau-hoi textarea").fill("kinh phi thay den duong la bao nhieu?")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Mở trang 2").click()
    page.wait_for_selector("#anh-trang .cc-frame")
    assert page.locator("#van-ban mark").inner_text() in QUOTE
    assert "37,5 tỷ đồng" in page.locator("#van-ban mark").inner_text()
    image, frame = page.locator(".cc-sheet img").bounding_box(), page.locator(".cc-frame").first.bounding_box()
    # The quotation is the page's second line, TOP + LINE points from its upper edge of 842.
    assert frame["y"] - image["y"] < image["height"] * (TOP + LINE) / 842 < frame["y"] + frame["height"] - image["y"]
    assert page.locator("#so-trang input").input_value() == "2"
    page.get_by_role("button", name="Trang trước").click()
    page.wait_for_selector('#anh-trang img[alt^="Ảnh trang 1 "]')
    assert "Phạm vi điều chỉnh" in page.locator("#van-ban").inner_text()
    (kept / "corpus" / "quyet-dinh.pdf").unlink()
    page.get_by_role("button", name="Trang sau").click()
    page.wait_for_selector("#van-ban .cc-note")
    assert "Không còn tệp gốc «corpus/quyet-dinh.pdf»" in page.locator("#van-ban .cc-note").inner_text()
    assert page.locator("#anh-trang img").count() == 0


def test_an_index_made_in_another_terminal_is_answered_from_at_the_next_question(page: Any, kept: Path) -> None:
    handed(kept / "corpus", "via-he.md", "# Vỉa hè\n\nThành phố lát lại 18 km vỉa hè.\n".encode())
    subprocess.run([*command("assistant"), "index"], cwd=kept, env=environment(), check=True, capture_output=True)
    page.locator("#cau-hoi textarea").fill("Thành phố lát lại bao nhiêu km vỉa hè?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#hoi-thoai .cc-actions")
    assert "18 km" in page.locator("#hoi-thoai").inner_text()
    page.get_by_role("tab", name="Kho văn bản").click()
    page.locator("#danh-sach .cc-open", has_text="Vỉa hè").wait_for()
    page.reload()
    page.wait_for_selector("#cau-hoi textarea")
    page.locator(".cc-aside", has_text="Kho đang có 3 văn bản").wait_for()
    assert "Kho: 3 văn bản" in page.locator("header").inner_text()


def test_a_file_is_uploaded_through_the_page_and_answered_from(page: Any, tmp_path: Path) -> None:
    page.get_by_role("tab", name="Kho văn bản").click()
    page.locator("#them-van-ban button").first.click()
    page.locator("#tep-tai-len input[type=file]").set_input_files(
        [handed(tmp_path, "Vỉa hè.md", "# Vỉa hè\n\nThành phố lát lại 18 km vỉa hè.\n".encode())]
    )
    page.wait_for_selector("#tep-tai-len td.filename")
    page.locator("#dua-vao-kho").click()
    page.wait_for_selector("#tien-do-kho li")
    assert "Vỉa hè.md: Vỉa hè" in page.locator("#tien-do-kho").inner_text()
    page.wait_for_function("document.querySelectorAll('#danh-sach li').length === 3")
    assert "Kho: 3 văn bản" in page.locator("header").inner_text()
    page.locator("#loc input, #loc textarea").fill("lat lai via he")
    page.locator("#trong-noi-dung .cc-open").first.click()
    page.wait_for_selector("#van-ban mark")
    assert "18 km vỉa hè" in page.locator("#van-ban").inner_text()
    page.get_by_role("tab", name="Hỏi đáp").click()
    page.locator("#cau-hoi textarea").fill("Thành phố lát lại bao nhiêu km vỉa hè?")
    page.keyboard.press("Enter")
    page.wait_for_selector("#hoi-thoai .cc-actions")
    assert "18 km" in page.locator("#hoi-thoai").inner_text()


def test_a_document_at_the_end_of_a_long_list_opens_beside_it_by_keyboard(browser: Any, kept: Path) -> None:
    for number in range(40):
        (kept / "corpus" / f"z{number:02}.md").write_text(f"# Văn bản {number}\n\nNội dung số {number}.\n", "utf-8")
    build_index(kept)
    for page in page_of(browser, kept):
        page.get_by_role("tab", name="Kho văn bản").focus()
        page.keyboard.press("Enter")
        page.locator("#danh-sach .cc-open").last.focus()
        page.keyboard.press("Enter")
        page.wait_for_selector("#van-ban .cc-document")
        assert "Nội dung số 39." in page.locator("#van-ban").inner_text()
        assert page.evaluate("scrollY") > 1000
        box = page.locator("#van-ban").bounding_box()
        assert 0 <= box["y"] < 200


def test_turning_pages_fits_on_a_phone(browser: Any, kept: Path) -> None:
    make_pdf(kept / "corpus" / "ba.pdf", ["Trang một"], ["Trang hai"], ["Trang ba"])
    build_index(kept)
    for page in page_of(browser, kept, viewport={"width": 360, "height": 740}):
        page.get_by_role("button", name="Thêm thẻ").click()
        page.get_by_role("button", name="Kho văn bản").click()
        page.locator("#danh-sach .cc-open", has_text="Trang một").click()
        page.get_by_role("button", name="Trang sau").click()
        page.get_by_role("button", name="Trang trước").wait_for()
        boxes = [page.get_by_role("button", name=name).bounding_box() for name in ("Trang trước", "Trang sau")]
        boxes.append(page.locator("#so-trang input").bounding_box())
        assert all(box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)
        assert max(box["y"] + box["height"] for box in boxes) - min(box["y"] + box["height"] for box in boxes) < 3


def test_without_leave_nothing_can_be_uploaded(browser: Any, kept: Path) -> None:
    (kept / "cancu.toml").unlink()
    for page in page_of(browser, kept):
        page.get_by_role("tab", name="Kho văn bản").click()
        page.wait_for_selector("#danh-sach li")
        assert page.locator("#them-van-ban, #tep-tai-len").count() == 0


def test_an_index_made_of_other_files_takes_none_in_and_says_why(browser: Any, kept: Path, tmp_path: Path) -> None:
    build_index(kept, [handed(tmp_path, "khac.md", b"# Kh\xc3\xa1c\n\nM\xe1\xbb\x99t hai ba.")])
    for page in page_of(browser, kept):
        page.get_by_role("tab", name="Kho văn bản").click()
        page.locator("#them-van-ban button").first.click()
        page.wait_for_selector("#them-van-ban .cc-aside")
        assert "không phải thư mục corpus/" in page.locator("#them-van-ban").inner_text()
        assert page.locator("#tep-tai-len").count() == 0
