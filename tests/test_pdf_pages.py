"""PDF pages and pictures of pages, drawn by the tests: choice of reader, tables, columns, OCR, healing, running heads."""

import io
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from drawn import Draw, lines, picture, register_font, ruled

from assistant.documents.columns import gutter_of
from assistant.documents.extract import Extract, Layout
from assistant.documents.healing import healed_view
from assistant.documents.images import ImageReader
from assistant.documents.layout import compose
from assistant.documents.limits import Deadline
from assistant.documents.ocr import INSTALL, Tesseract, open_tesseract, pictures, read_tsv
from assistant.documents.pages import open_pdf, plain_pages
from assistant.documents.pdf import PdfReader
from assistant.documents.quality import quality
from assistant.documents.tables import Ruling, grids_of
from assistant.errors import ReadError
from tests.conftest import missing

PAGE = (595.0, 842.0)
LAW = (
    "Điều 1. Phạm vi điều chỉnh của quy chế này là việc quản lý kho tài liệu",
    "của các cơ quan nhà nước ở trung ương và địa phương, gồm việc thu thập,",
    "chỉnh lý, bảo quản và sử dụng tài liệu theo quy định của pháp luật.",
)


@pytest.fixture(scope="session")
def font() -> str:
    """A font with every Vietnamese letter, known to reportlab."""
    return register_font()


@pytest.fixture
def pdf(tmp_path: Path, font: str) -> Callable[..., Path]:
    """Draws a file, a page for each function."""
    from reportlab.pdfgen.canvas import Canvas

    def make(*pages: Draw, name: str = "a.pdf", size: tuple[float, float] = PAGE) -> Path:
        canvas = Canvas(str(tmp_path / name), pagesize=size)
        for draw in pages:
            canvas.setFont(font, 11)
            draw(canvas)
            canvas.showPage()
        canvas.save()
        return tmp_path / name

    return make


def read(path: Path, **options: Any) -> Extract:
    (only,) = PdfReader(60, **options).read(path)
    assert isinstance(only, Extract)
    return only


def text_of(path: Path) -> str:
    return compose(read(path))[0]


def letters(text: str) -> list[str]:
    return sorted(filter(str.isalnum, text))


# --- how Vietnamese a page is ----------------------------------------------------------------------------------


def test_split_syllables_score_below_whole_ones() -> None:
    whole, split = quality("Thông tư này quy định việc thử nghiệm"), quality("Thông t ư này quy đ ịnh việc th ử nghiệm")
    assert whole.score == 1.0
    assert split.score < 0.8
    assert split.strays == pytest.approx(3 / 11)  # t, ư → one; đ; th is two letters, ử is a stray vowel of none


def test_letters_of_old_fonts_and_of_fonts_without_a_table_are_no_language() -> None:
    assert quality("Céng hßa x· héi chñ nghÜa ViÖt Nam §éc lËp - Tù do - H¹nh phóc " * 3).no_language
    assert quality(
        "\ue012\ue034\ue056 \ue011\ue022 qwrt zxcv bnmk lkjh gfds wqrt plkm njhb vgfc xdsz wert zxcd " * 2
    ).no_language
    assert not quality("Thông tư này quy định việc thử nghiệm sản phẩm và dịch vụ mới ở địa phương").no_language


def test_an_english_page_is_language() -> None:
    page = "The ministry shall report to the government on the results of the programme and on what is to be done next."
    assert not quality(page).no_language


# --- the better of two readers ---------------------------------------------------------------------------------


NARROW = ("Kê khai thuế tiêu thụ", "đặc biệt của hộ kinh doanh", "trên nền tảng thương mại", "điện tử và nền tảng số")


def narrow_pieces(canvas: Any) -> None:
    """A narrow column on a wide page, words in pieces: pdfium takes the writing for upright and breaks every piece."""
    for row, text in enumerate(NARROW * 3):
        x = 60.0
        for syllable in text.split():
            for piece in (syllable[:1], syllable[1:]):
                canvas.drawString(x, 700 - 11 * row, piece)
                x += canvas.stringWidth(piece, "Deja", 11) + 0.4
            x += 4
    canvas.drawString(540, 700, "(*)")


def test_a_page_of_pieces_reads_as_whole_words(pdf: Callable[..., Path]) -> None:
    path = pdf(narrow_pieces)
    assert "Kê" not in plain_pages(path, Deadline.after(60))[0]
    text = " ".join(text_of(path).split())
    assert text.removesuffix(" (*)") == " ".join(NARROW * 3)


def test_the_second_reader_is_asked_only_for_doubtful_pages(
    pdf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    from assistant.documents.pages import PdfFile

    asked: list[int] = []
    monkeypatch.setattr(PdfFile, "second", lambda self, number: asked.append(number) or "")
    odd = lines("zxcvb qwrtp lkjhg", "mnbvc sdfgh wrtyp", *["xzw qkj vbn"] * 6)
    path = pdf(lines(*LAW), odd, lines(*LAW))
    list(PdfReader(60).read(path))
    assert asked == [1]


def test_a_file_that_pdfium_refuses_is_left_to_the_second_reader_or_is_damaged(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\n" + b"\x00" * 100)
    with pytest.raises(ReadError) as caught:
        list(PdfReader(60).read(tmp_path / "a.pdf"))
    assert caught.value.code == "damaged"


# --- tables ----------------------------------------------------------------------------------------------------

CELLS = (
    ("STT", "Tên thiết bị", "Đơn vị", "Số lượng"),
    ("1", "Máy vi tính\nđể bàn", "Bộ", "01"),
    ("2", "Máy chiếu", "", "02"),
)
XS = (60.0, 110.0, 260.0, 330.0, 400.0)
YS = (700.0, 670.0, 630.0, 600.0)
table = ruled(CELLS, XS, YS)


def test_a_ruled_table_is_rows_of_cells_with_its_head_between_the_text_around_it(pdf: Callable[..., Path]) -> None:
    def page(canvas: Any) -> None:
        lines("Danh mục thiết bị của phòng học như sau:", top=730)(canvas)
        table(canvas)
        lines("Phòng học có trách nhiệm giữ gìn thiết bị.", top=560)(canvas)

    path = pdf(page)
    assert text_of(path) == (
        "Danh mục thiết bị của phòng học như sau:\n"
        "STT | Tên thiết bị | Đơn vị | Số lượng\n"
        "1 | Máy vi tính để bàn | Bộ | 01\n"
        "2 | Máy chiếu | | 02\n"
        "Phòng học có trách nhiệm giữ gìn thiết bị."
    )
    assert letters(text_of(path)) == letters(plain_pages(path, Deadline.after(60))[0])


def test_a_cell_over_two_rows_stands_in_the_first(pdf: Callable[..., Path]) -> None:
    def page(canvas: Any) -> None:
        for y, begin in ((700, 60), (670, 60), (640, 160), (610, 60)):
            canvas.line(begin, y, 300, y)
        for x in (60, 160, 300):
            canvas.line(x, 610, x, 700)
        for x, y, text in ((64, 685, "Nhóm"), (164, 685, "Việc"), (64, 655, "Nhóm một"), (164, 655, "Soạn thảo"), (164, 625, "Thẩm định")):  # fmt: skip
            canvas.drawString(x, y, text)

    assert text_of(pdf(page)) == "Nhóm | Việc\nNhóm một | Soạn thảo\n| Thẩm định"


def test_long_cells_keep_their_items_on_lines_of_their_own(pdf: Callable[..., Path]) -> None:
    item = "Bên nhận bố trí chỗ ở miễn phí cho người học trong thời gian học"

    def page(canvas: Any) -> None:
        for y in (760, 730, 500):
            canvas.line(60, y, 540, y)
        for x in (60, 120, 540):
            canvas.line(x, 500, x, 760)
        lines("STT", x=64, top=740)(canvas)
        lines("Nội dung", x=124, top=740)(canvas)
        lines("1", x=64, top=715)(canvas)
        lines(*(part for n in range(7) for part in (f"- {item}", f"thứ {n}.")), x=124, top=715, step=14)(canvas)

    expected = "STT | Nội dung\n1 | " + "\n".join(f"- {item} thứ {n}." for n in range(7))
    assert text_of(pdf(page)) == expected


def test_a_frame_around_text_is_no_table(pdf: Callable[..., Path]) -> None:
    def page(canvas: Any) -> None:
        canvas.rect(50, 650, 480, 160)
        lines(*LAW)(canvas)

    assert text_of(pdf(page)) == " ".join(LAW)


def test_the_head_of_a_table_on_every_page_is_no_running_head(pdf: Callable[..., Path]) -> None:
    path = pdf(*[table] * 4)
    assert text_of(path).count("STT | Tên thiết bị | Đơn vị | Số lượng") == 4


def test_lines_without_number_make_no_table_in_no_time() -> None:
    crossing = [Ruling(upright, float(5 * i), 0.0, 3000.0) for upright in (True, False) for i in range(300)]
    began = time.process_time()
    assert grids_of(crossing) == []
    assert time.process_time() - began < 2


# --- columns ---------------------------------------------------------------------------------------------------

LEFT = [f"Cột trái dòng thứ {n} nói về kho tài liệu" for n in range(12)]
RIGHT = [f"cột phải dòng thứ {n} nói về việc bảo quản" for n in range(12)]


def columns(canvas: Any) -> None:
    """Title, then both columns line by line, as some writers store them."""
    canvas.drawString(60, 800, "BẢN TIN LƯU TRỮ CỦA CƠ QUAN VÀ CỦA CÁC ĐƠN VỊ TRỰC THUỘC NĂM NAY")
    for i, (left, right) in enumerate(zip(LEFT, RIGHT, strict=True)):
        canvas.drawString(50, 760 - 16 * i, left)
        canvas.drawString(310, 760 - 16 * i, right)


def test_two_columns_are_read_one_after_the_other(pdf: Callable[..., Path]) -> None:
    path = pdf(columns)
    (page,) = read(path).pages
    found = [line.strip() for line in page.splitlines() if line.strip()]
    assert found[1:] == LEFT + RIGHT
    assert letters(page) == letters(plain_pages(path, Deadline.after(60))[0])


def test_one_column_has_no_gap_in_its_middle(pdf: Callable[..., Path]) -> None:
    from assistant.documents.columns import boxes_of

    with open_pdf(pdf(lines(*LAW * 8))) as file, file._open(0) as (_, text_page):
        assert gutter_of(boxes_of(text_page)) is None


# --- pictures of text ------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def tesseract() -> Tesseract:
    try:
        return open_tesseract(60)
    except ReadError:
        missing("Tesseract with vie")
        raise


SCANNED = ("Quyết định về việc ban hành quy chế", "quản lý kho tài liệu của cơ quan", "trong năm 2024 và các năm sau.")


def scan(canvas: Any) -> None:
    from reportlab.lib.utils import ImageReader as Drawn

    canvas.drawImage(Drawn(picture(*SCANNED)), 40, 500, width=510, height=150)


@pytest.mark.usefixtures("tesseract")
def test_a_mixed_file_is_read_by_ocr_only_where_it_has_no_letters(pdf: Callable[..., Path]) -> None:
    found = read(pdf(lines(*LAW), scan))
    assert found.metadata["ocr_pages"] == "2"
    assert 0.7 < float(found.metadata["ocr_confidence"]) <= 1
    text, starts = compose(found)
    assert text[starts[1] :].split() == " ".join(SCANNED).split()


@pytest.mark.usefixtures("tesseract")
def test_a_picture_file_is_read_and_a_blank_one_is_refused(tmp_path: Path) -> None:
    for ending in ("png", "jpg", "tiff"):
        picture(*SCANNED).save(tmp_path / f"a.{ending}")
        path = tmp_path / f"a.{ending}"
        assert ImageReader(60).accepts(path, path.read_bytes()[:4096])
    (only,) = ImageReader(60).read(tmp_path / "a.png")
    assert isinstance(only, Extract)
    assert only.pages[0].split() == " ".join(SCANNED).split()
    picture().save(tmp_path / "b.png")
    with pytest.raises(ReadError) as caught:
        list(ImageReader(60).read(tmp_path / "b.png"))
    assert caught.value.code == "no_text"


def tiff(path: Path, pages: int) -> bytes:
    """A file of so many unpacked pages with the same words, whose picture data come in the order of the pages."""
    first, *more = [picture(*SCANNED).convert("L") for _ in range(pages)]
    first.save(path, "TIFF", save_all=True, append_images=more, compression="tiff_deflate")
    return path.read_bytes()


def strips(path: Path) -> list[tuple[int, int]]:
    """Where the picture data of each frame begin, and how long they are."""
    from PIL import Image, ImageSequence

    with Image.open(path) as image:
        return [(frame.tag_v2[273][0], sum(frame.tag_v2[279])) for frame in ImageSequence.Iterator(image)]


@pytest.mark.usefixtures("tesseract")
def test_a_damaged_frame_leaves_the_others_and_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    data = bytearray(tiff(path, 3))
    begin, length = strips(path)[1]
    data[begin : begin + length] = b"\xff" * length
    path.write_bytes(data)
    document, error = ImageReader(60).read(path)
    assert isinstance(document, Extract) and isinstance(error, ReadError)
    words = " ".join(SCANNED).split()
    assert [page.split() for page in document.pages] == [words, [], words]
    assert document.metadata["ocr_pages"] == "1 3"
    assert error.code == "damaged" and "chưa có chữ của trang 2." in error.message


@pytest.mark.usefixtures("tesseract")
def test_frames_after_a_broken_chain_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.tiff"
    data = tiff(path, 2)
    path.write_bytes(data[: strips(path)[1][0]])  # the second frame's picture is cut off
    document, error = ImageReader(60).read(path)
    assert isinstance(document, Extract) and isinstance(error, ReadError)
    assert document.pages[0].split() == " ".join(SCANNED).split()
    assert error.code == "damaged" and "trang 2." in error.message


def test_a_picture_keeps_to_the_seconds_of_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tiff(tmp_path / "a.tiff", 12)
    program(tmp_path / "bin", monkeypatch, "exec sleep 30")
    began = time.monotonic()
    with pytest.raises(ReadError) as caught:
        list(ImageReader(2.0).read(tmp_path / "a.tiff"))
    assert time.monotonic() - began < 2.0 and caught.value.code == "ocr_slow"  # each page has a fifth of it
    with pytest.raises(ReadError) as caught:
        list(ImageReader(-1.0).read(tmp_path / "a.tiff"))
    assert caught.value.code == "ocr_time"


def program(folder: Path, monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    """Puts a `tesseract` of our own first on the path."""
    folder.mkdir(exist_ok=True)
    (folder / "tesseract").write_text(f'#!/bin/sh\nif [ "$1" = --list-langs ]; then echo vie; exit 0; fi\n{body}\n')
    (folder / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_pages_that_ocr_does_not_come_to_in_time_are_named() -> None:
    class Scan:
        def picture(self, number: int) -> bytes:
            return b"%d" % number

    failed: dict[int, ReadError] = {}
    scan: Any = Scan()
    assert list(pictures(scan.picture, [3, 4], failed, Deadline.after(60))) == [(3, b"3"), (4, b"4")] and not failed
    assert list(pictures(scan.picture, [3, 4], failed, Deadline.after(-1))) == []
    assert {number: error.code for number, error in failed.items()} == {3: "ocr_time", 4: "ocr_time"}


def test_a_page_whose_ocr_takes_too_long_leaves_the_others_and_is_named(
    pdf: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = pdf(lines(*LAW), scan)
    program(tmp_path / "bin", monkeypatch, "exec sleep 30")
    began = time.monotonic()
    document, error = PdfReader(60, ocr_seconds=0.5).read(path)
    assert time.monotonic() - began < 10
    assert isinstance(document, Extract)
    assert compose(document)[0] == " ".join(LAW)
    assert isinstance(error, ReadError)
    assert error.code == "ocr_slow"
    assert "Hãy" in error.message
    assert "trang 2." in error.message


def test_a_crash_of_tesseract_is_an_error_with_its_last_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path / "bin", monkeypatch, "echo hỏng rồi >&2; exit 3")
    with pytest.raises(ReadError, match="hỏng rồi") as caught:
        open_tesseract(5).read(b"")
    assert caught.value.code == "ocr_failed"


def test_tesseract_runs_on_one_thread_and_sees_nothing_else_of_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(tmp_path / "bin", monkeypatch, f"env > {tmp_path}/env; head -c 0")
    monkeypatch.setenv("CANCU_LLM_API_KEY", "bí mật")
    open_tesseract(5).read(b"")
    seen = (tmp_path / "env").read_text()
    assert "OMP_THREAD_LIMIT=1" in seen
    assert "CANCU" not in seen


@pytest.mark.parametrize("languages", ["", "eng"])
def test_a_scan_without_tesseract_or_vietnamese_names_what_to_install(
    pdf: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, languages: str
) -> None:
    path = pdf(scan)
    folder = tmp_path / "bin"
    folder.mkdir()
    if languages:
        (folder / "tesseract").write_text(f"#!/bin/sh\necho {languages}\n")
        (folder / "tesseract").chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))
    with pytest.raises(ReadError) as caught:
        list(PdfReader(60).read(path))
    assert caught.value.code == "ocr_missing"
    assert INSTALL in caught.value.message


def test_a_blank_page_asks_for_no_ocr(pdf: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    document, *errors = PdfReader(60).read(pdf(lines(*LAW), lambda canvas: canvas.line(50, 800, 500, 800)))
    assert isinstance(document, Extract)
    assert errors == []


def test_words_of_the_table_are_lines_and_paragraphs_and_noise_is_no_text() -> None:
    def row(paragraph: int, line: int, word: int, confidence: float, text: str) -> str:
        return f"5\t1\t1\t{paragraph}\t{line}\t{word}\t0\t0\t9\t9\t{confidence}\t{text}"

    rows = [
        "level\tpage_num",
        row(1, 1, 1, 90, "Kho"),
        row(1, 1, 2, 80, "mở"),
        row(1, 2, 1, 70, "cửa"),
        row(2, 1, 1, 90, "Hết"),
    ]
    found = read_tsv("\n".join(rows))
    assert found.text == "Kho mở\ncửa\n\nHết"
    assert found.confidence == pytest.approx((3 * 90 + 2 * 80 + 3 * 70 + 3 * 90) / 11)
    assert read_tsv("\n".join([rows[0], row(1, 1, 1, 12, "~x")])).text == ""


def test_a_picture_that_would_unpack_to_too_much_is_refused(tmp_path: Path) -> None:
    from PIL import Image

    Image.new("1", (12_000, 12_000)).save(tmp_path / "a.png")
    if shutil.which("tesseract") is None:
        missing("Tesseract with vie")
    with pytest.raises(ReadError) as caught:
        list(ImageReader(60).read(tmp_path / "a.png"))
    assert caught.value.code == "too_large"


def test_a_damaged_picture_is_refused(tmp_path: Path) -> None:
    out = io.BytesIO()
    picture(*SCANNED).save(out, "PNG")
    (tmp_path / "a.png").write_bytes(out.getvalue()[:2000])
    if shutil.which("tesseract") is None:
        missing("Tesseract with vie")
    with pytest.raises(ReadError) as caught:
        list(ImageReader(60).read(tmp_path / "a.png"))
    assert caught.value.code == "damaged"


# --- the measure -----------------------------------------------------------------------------------------------


def test_the_measure_tells_letters_rows_and_joined_lines_of_both_ways(pdf: Callable[..., Path]) -> None:
    from assistant.benchmark.extraction import measure

    before, after = measure(pdf(lines(*LAW), table))
    assert before.letters == after.letters
    assert before.right == after.right == after.reference
    assert (before.rows, after.rows) == (0, 3)
    assert after.raw_lines == len(LAW) + 3
    assert after.lines == 1 + 3


# --- lines and running heads -----------------------------------------------------------------------------------


def composed(*pages: str) -> str:
    return compose(Extract(pages, Layout.LINES, paged=True))[0]


def test_a_number_cut_at_its_hyphen_is_whole_again_and_a_dash_stays_one() -> None:
    assert (
        composed("theo Nghị định số 12/2024/NĐ-\nCP của Chính phủ.") == "theo Nghị định số 12/2024/NĐ-CP của Chính phủ."
    )
    assert composed("trong giai đoạn 2021 -\nđến nay.") == "trong giai đoạn 2021 - đến nay."


def test_a_page_number_beside_a_running_head_of_the_next_page_counts() -> None:
    pages = [f"CÔNG BÁO/Số 8/Ngày 01-02-2024 {n}\nCâu thứ {w}." for n, w in ((5, "năm"), (6, "sáu"), (8, "tám"))]
    pages.insert(2, "CÔNG BÁO/Số 8/Ngày 01-02-2024\n7\nCâu thứ bảy.")
    assert composed(*pages) == "Câu thứ năm.\nCâu thứ sáu.\nCâu thứ bảy.\nCâu thứ tám."


def test_forms_and_signature_blocks_keep_their_lines() -> None:
    form = "Họ và tên người làm đơn: ..................\nđịa chỉ nơi ở hiện nay: ……………\nsố điện thoại: _________\nngười làm đơn"
    assert composed(form) == form
    signed = "TM. ỦY BAN NHÂN DÂN\nKT. CHỦ TỊCH\n(Ký, ghi rõ họ tên)\nnguyễn văn a\nNơi nhận:\n- Như trên;\n- Lưu: VT."
    assert composed(signed) == signed


def test_a_line_that_ends_in_a_word_that_leads_on_is_joined_to_a_name() -> None:
    wide = ["Dòng này dài bằng bề rộng của trang giấy để phép đo tìm ra bề rộng của trang ấy"] * 9
    text = composed(
        "\n".join([*wide, "Chi phí được thực hiện theo quy định tại Thông tư số", "18/2026/TT-BTC của Bộ Tài chính."])
    )
    assert text.endswith("theo quy định tại Thông tư số 18/2026/TT-BTC của Bộ Tài chính.")


# --- healing ---------------------------------------------------------------------------------------------------


def healed(text: str, pages: tuple[int, ...] = ()) -> str:
    for start, end, replacement in reversed(healed_view(text, pages)):
        text = text[:start] + replacement + text[end:]
    return text


def test_a_doubled_word_is_healed_where_the_text_has_the_whole_expression() -> None:
    text = "Xây dựng phòng thí nghiệm. Đầu tư phòng thí thí nghiệm trọng điểm."
    assert healed_view(text, ()) == [(text.index("thí thí"), text.index("thí thí") + 7, "thí")]
    assert healed(text) == "Xây dựng phòng thí nghiệm. Đầu tư phòng thí nghiệm trọng điểm."


def test_an_end_said_again_is_healed() -> None:
    assert healed("Hỗ trợ doanh nghiệp. Các doanh nh nghiệp trên địa bàn") == (
        "Hỗ trợ doanh nghiệp. Các doanh nghiệp trên địa bàn"
    )


def test_a_word_in_two_pieces_is_healed_at_a_pages_start_only() -> None:
    text = "Hỗ trợ nghiệp vụ. Người học ngh\niệp vụ"
    start = text.index("iệp vụ", 20)
    assert healed(text, (0, start)) == "Hỗ trợ nghiệp vụ. Người học nghiệp vụ"
    assert healed_view(text, (0,)) == []


def test_words_that_are_said_twice_on_purpose_and_unknown_expressions_stay() -> None:
    assert healed_view("Luôn luôn đúng. Việc luôn luôn đúng và xanh xanh mãi.", ()) == []
    assert healed_view("Đầu tư phòng thí thí nghiệm.", ()) == []


def test_the_policy_documents_damage_is_seen(shared: Path) -> None:
    (path,) = (shared / "corpus" / "policy").glob("004*.txt")
    text, pages = compose(Extract((path.read_text(encoding="utf-8"),), Layout.LINES))
    found = {text[start:end]: new for start, end, new in healed_view(text, pages)}
    assert found == {"doanh nh": "doanh", "thí thí": "thí"}
