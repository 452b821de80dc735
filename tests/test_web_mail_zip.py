"""Web pages, mails and archives: what is read of them, under which path, and what is refused with which reason."""

from __future__ import annotations

import io
import socket
import stat
import struct
import tempfile
import threading
import time
import zipfile
import zlib
from collections.abc import Iterator
from email.message import EmailMessage
from importlib.util import find_spec
from pathlib import Path

import pytest

from assistant.documents import members
from assistant.documents.corpus import Corpus, Limits, read_corpus
from assistant.documents.extract import Extract
from assistant.documents.members import MAX_MEMBERS
from assistant.documents.web import article, decode_html
from assistant.errors import CorpusError, ReadError
from assistant.vietnamese.normal import nfc

ARTICLE = (
    "<article><h1>Quy chế làm việc</h1><h2>1. Phạm vi</h2>"
    "<p>Quy chế này quy định phạm vi làm việc của các cơ quan trong tỉnh và của <b>các đơn vị</b> trực thuộc."
    "<br>Dòng hai của đoạn có <a href='x'>liên kết</a>.</p>"
    "<ul><li>Một việc cần làm<ul><li>việc con</li></ul></li></ul>"
    "<table><tr><th>Tên</th><th>Số lượng</th></tr><tr><td>Xã A</td><td>12</td></tr>"
    "<tr><td colspan='2'>Ghi chú <p>chung</p></td></tr></table>"
    "<p>Quy chế này có hiệu lực kể từ ngày ký; thủ trưởng các cơ quan chịu trách nhiệm thi hành.</p></article>"
)
TEXT = """# Quy chế làm việc
## 1. Phạm vi
Quy chế này quy định phạm vi làm việc của các cơ quan trong tỉnh và của các đơn vị trực thuộc.
Dòng hai của đoạn có liên kết.
- Một việc cần làm
- việc con
Tên | Số lượng
Xã A | 12
Ghi chú chung
Quy chế này có hiệu lực kể từ ngày ký; thủ trưởng các cơ quan chịu trách nhiệm thi hành."""
AROUND = (
    "<nav><a>Trang chủ</a></nav><header><p>Cổng thông tin</p></header><script>document.write('chạy')</script>"
    "<style>p {{ color: red }}</style><form><input value='tìm'><button>Tìm kiếm</button></form>"
    "<div class='cookie-banner'>Trang này dùng cookie</div><div style='display: none'>ẩn</div>{}"
    "<aside>Tin khác</aside><footer>Bản quyền</footer>"
)

NEEDS_TRAFILATURA = pytest.mark.skipif(
    find_spec("lxml_html_clean") is None, reason="needs lxml_html_clean, without which trafilatura is not imported"
)


def page(body: str, head: str = "") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


def read(folder: Path, *, max_bytes: int = 10**7, seconds: float = 120.0) -> Corpus:
    return read_corpus([folder], root=folder, limits=Limits(max_bytes, seconds))


def one(folder: Path, name: str, data: bytes) -> str:
    (folder / name).write_bytes(data)
    (only,) = read(folder).documents
    return only.text


def failures(folder: Path, **limits: float) -> dict[str, str]:
    """Codes by path, beside one document that is always good."""
    (folder / "tot.txt").write_text("Có chữ.", encoding="utf-8")
    return {f.path: f.code for f in read(folder, **limits).failures}  # type: ignore[arg-type]


# --- web pages -------------------------------------------------------------------------------------------------


def test_of_a_page_the_article_is_read_and_nothing_around_it() -> None:
    assert article(page(AROUND.format(ARTICLE))).text == TEXT


def test_a_page_in_one_big_form_is_read() -> None:
    assert article(page(f"<form id='aspnetForm'>{ARTICLE}<input name='x'></form>")).text == TEXT


def test_a_page_too_short_for_an_article_is_read_whole() -> None:
    assert article(page("<p>Nghỉ lễ</p><p>ngày 2 tháng 9</p>")).text == "Nghỉ lễ\nngày 2 tháng 9"


def test_a_table_in_a_figure_and_a_long_page_of_tables_lose_nothing() -> None:
    rows = "".join(f"<tr><td>Xã số {n}</td><td>{n * 7}</td></tr>" for n in range(300))
    text = article(page(f"<p>Mở đầu.</p><figure><table>{rows}</table></figure>")).text
    assert text.split("\n")[1:] == [f"Xã số {n} | {n * 7}" for n in range(300)]


def test_a_table_that_sets_out_the_page_is_no_row() -> None:
    long = "Nội dung của trang. " * 40
    text = article(page(f"<table><tr><td><p>{long}</p><p>Đoạn hai.</p></td><td>Cột bên</td></tr></table>")).text
    assert text == f"{long.strip()}\nĐoạn hai.\nCột bên"


@NEEDS_TRAFILATURA
def test_a_menu_of_plain_boxes_is_left_out_where_trafilatura_finds_the_article() -> None:
    menu = "<div class='m'>" + "".join(f"<div><a href='/{n}'>Mục {n}</a></div>" for n in range(30)) + "</div>"
    long = "".join(
        f"<p>Đoạn thứ {n} của bài nói về việc phát triển khu công nghệ thông tin tập trung của tỉnh.</p>"
        for n in range(12)
    )
    text = article(page(f"{menu}<div class='content'><h1>Bài</h1>{long}</div>")).text
    assert "Mục 7" not in text
    assert text.count("Đoạn thứ") == 12


LONG = "".join(
    f"<p>Đoạn {n} kể rằng bộ phận một cửa của xã đã nhận thêm nhiều hồ sơ của người dân và doanh nghiệp.</p>"
    for n in range(6)
)
LINKS = "".join(f"<li><a href='/{n}'>Chuyên mục số {n}</a></li>" for n in range(8))


@NEEDS_TRAFILATURA
def test_short_lists_headings_and_lines_that_stand_with_the_article_are_kept() -> None:
    body = (
        f"<div id='top'><ul>{LINKS}</ul></div><h1>Xã Bình An mở cửa thứ Bảy</h1><div class='bai'><p>Thứ Hai, 06/7/2026</p>"
        f"{LONG}<h3>Giờ mở cửa</h3><ul><li><div>Sáng: 7 giờ đến 11 giờ</div></li><li>Chiều: 13 giờ đến 17 giờ</li></ul>"
        "<table><tr><td>Quầy</td><td>Việc</td></tr><tr><td>1</td><td>Đất đai</td></tr></table>"
        f"<div class='khac'><ul>{LINKS}</ul></div></div><div id='ben'><h3>Tin bên</h3><ul>{LINKS}</ul><p>Lượt xem: 9</p></div>"
    )
    lines = article(page(body)).text.split("\n")
    assert lines[:2] == ["# Xã Bình An mở cửa thứ Bảy", "Thứ Hai, 06/7/2026"]
    assert lines[-5:] == [
        "### Giờ mở cửa",
        "- Sáng: 7 giờ đến 11 giờ",
        "- Chiều: 13 giờ đến 17 giờ",
        "Quầy | Việc",
        "1 | Đất đai",
    ]
    assert len(lines) == 2 + 6 + 5


@NEEDS_TRAFILATURA
def test_a_list_whose_items_hold_links_among_other_words_is_no_menu() -> None:
    items = "".join(f"<li>Mẫu đơn số {n} nộp tại quầy, <a href='/{n}'>tải về</a></li>" for n in range(4))
    text = article(page(f"<div><ul>{LINKS}</ul></div><div class='bai'>{LONG}<ul>{items}</ul></div>")).text
    assert [line for line in text.split("\n") if line.startswith("- ")] == [
        f"- Mẫu đơn số {n} nộp tại quầy, tải về" for n in range(4)
    ]


def test_title_and_day_are_taken_where_they_are_sure() -> None:
    head = "<title>Quy chế làm việc - Cổng thông tin</title><meta property='article:published_time' content='2024-05-06T07:00:00+07:00'>"
    assert article(page(ARTICLE, head)).metadata == {"title": "Quy chế làm việc", "issued": "2024-05-06"}
    two_days = head + "<meta name='dc.date' content='2024-05-07'><meta name='dc.date.issued' content='2024-13-45'>"
    assert article(page(ARTICLE, two_days)).metadata == {"title": "Quy chế làm việc"}


def test_an_official_document_on_a_page_keeps_its_own_title_and_day(tmp_path: Path) -> None:
    body = (
        "<p>Số: 12/QĐ-UBND</p><p>Bình Dương, ngày 5 tháng 3 năm 2024</p><p>QUYẾT ĐỊNH</p>"
        "<p>Về việc thành lập tổ công tác</p><p>Điều 1. Thành lập tổ.</p>"
    )
    head = "<title>Văn bản - Cổng</title><meta name='dc.date' content='2025-01-01'>"
    (tmp_path / "a.html").write_text(page(body, head), encoding="utf-8")
    (only,) = read(tmp_path).documents
    assert (only.number, only.issued) == ("12/QĐ-UBND", "2024-03-05")
    assert only.title == "Quyết định 12/QĐ-UBND Về việc thành lập tổ công tác"


@pytest.mark.parametrize(
    ("encoding", "head"),
    [
        ("utf-8", ""),
        ("utf-8", "<meta charset='windows-1252'>"),
        ("utf-8-sig", "<meta charset='iso-8859-1'>"),
        ("utf-16", ""),
        ("utf-16-le", "<meta charset='utf-16'>"),
    ],
)
def test_the_bytes_tell_the_encoding_before_the_page_does(encoding: str, head: str) -> None:
    assert article(decode_html(page("<p>Độc lập, tự do</p>", head).encode(encoding))).text == "Độc lập, tự do"


@pytest.mark.parametrize("head", ["<meta charset='windows-1258'>", ""])
def test_a_page_in_windows_1258_is_read(head: str) -> None:
    written = page("<p>Viê\u0323t Nam đô\u0323c lâ\u0323p, tư\u0323 do, ha\u0323nh phu\u0301c</p>", head).encode(
        "cp1258"
    )
    assert nfc(article(decode_html(written)).text) == "Việt Nam độc lập, tự do, hạnh phúc"


def test_a_page_typed_in_a_legacy_font_is_read_as_unicode(tmp_path: Path) -> None:
    head = "<meta charset='iso-8859-1'><title>C¨n cø NghÞ ®Þnh</title>"
    data = page("<p>Céng hoµ x· héi chñ nghÜa ViÖt Nam</p><p>§éc lËp - Tù do - H¹nh phóc</p>", head).encode("latin-1")
    (tmp_path / "a.htm").write_bytes(data)
    (only,) = read(tmp_path).documents
    assert only.text == "Cộng hoà xã hội chủ nghĩa Việt Nam\nĐộc lập - Tự do - Hạnh phúc"
    assert only.title == "Căn cứ Nghị định"


def test_a_page_under_another_ending_is_a_page_and_markdown_with_tags_is_not(tmp_path: Path) -> None:
    (tmp_path / "a.doc").write_text("<html><body><p>Lưu từ Word.</p></body></html>", encoding="utf-8")
    (tmp_path / "b.md").write_text("# Tên\n<p>giữ nguyên</p>", encoding="utf-8")
    assert [d.text for d in read(tmp_path).documents] == ["Lưu từ Word.", "# Tên\n<p>giữ nguyên</p>"]


def test_a_saved_page_with_its_pictures_is_read(tmp_path: Path) -> None:
    boundary = "\r\n--moc\r\n"
    data = (
        "From: <Saved by browser>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/related; type="text/html"; boundary="moc"\r\n'
        f"{boundary}Content-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{page(ARTICLE)}"
        f"{boundary}Content-Type: image/png\r\nContent-Transfer-Encoding: base64\r\n\r\niVBORw0KGgo=\r\n--moc--\r\n"
    )
    assert one(tmp_path, "a.mhtml", data.encode()) == TEXT


def test_a_saved_page_without_a_page_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.mht").write_bytes(b"MIME-Version: 1.0\r\nContent-Type: text/plain\r\n\r\nx")
    assert failures(tmp_path) == {"a.mht": "damaged"}


def test_nothing_is_fetched(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.3)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        reached: list[object] = []

        def listen() -> None:
            try:
                reached.append(server.accept())
            except TimeoutError:
                return

        thread = threading.Thread(target=listen)
        thread.start()
        head = f"<base href='{address}'><link rel=stylesheet href='/a.css'><script src='{address}/a.js'></script>"
        body = f"<img src='{address}/a.png'><iframe src='{address}'></iframe><xi:include href='{address}'/>{ARTICLE}"
        doctype = f"<!DOCTYPE html SYSTEM '{address}/a.dtd' [<!ENTITY x SYSTEM '{address}/x'>]>"
        assert TEXT in one(tmp_path, "a.html", (doctype + page(body, head)[15:]).encode())
        thread.join()
    assert reached == []


def test_entities_are_not_expanded(tmp_path: Path) -> None:
    laughs = "".join(f"<!ENTITY l{n} '{f'&l{n - 1};' * 10}'>" for n in range(1, 12))
    doctype = f"<!DOCTYPE html [<!ENTITY l0 'ha'>{laughs}]>"
    assert one(tmp_path, "a.html", f"{doctype}<html><body><p>Chữ &l11;</p></body></html>".encode()).endswith(
        "Chữ &l11;"
    )


@pytest.mark.parametrize(
    "body",
    [
        "<div class='sidebar'><form>" * 20_000 + "Sâu.",
        "<p " + " ".join(f"a{n}='<>'" for n in range(100_000)) + ">Chữ.</p>",
        "<p " + " ".join(f"a{n}" for n in range(100_000)) + ">Chữ.</p>",
    ],
)
def test_a_page_made_to_take_long_is_refused_soon(body: str) -> None:
    began = time.process_time()
    with pytest.raises(ReadError) as caught:
        article(page(f"<p>Đầu.</p>{body}"))
    assert caught.value.code == "too_complex"
    assert time.process_time() - began < 3


def test_rows_and_boxes_in_great_number_are_read_in_time() -> None:
    began = time.process_time()
    rows = "<tr><td>Xã</td><td>2</td></tr>" * 20_000
    text = article(page(f"<div role='navigation'>x</div><table>{rows}</table>" + "<form>a</form>" * 5_000)).text
    assert text.count("Xã | 2") == 20_000
    assert time.process_time() - began < 15


def test_a_page_without_words_is_empty_and_one_of_rubbish_refused(tmp_path: Path) -> None:
    (tmp_path / "a.html").write_text(page("<script>1</script>"), encoding="utf-8")
    (tmp_path / "b.html").write_bytes(b"<!-- -->")
    found = failures(tmp_path)
    assert found["a.html"] == "empty"
    assert found["b.html"] in ("empty", "damaged")


# --- mails -----------------------------------------------------------------------------------------------------


def mail(text: str = "Kính gửi anh chị,\nHọp lúc 9 giờ.", subject: str = "Giấy mời họp") -> EmailMessage:
    message = EmailMessage()
    message["From"] = "Nguyễn Văn A <a@vidu.vn>"
    message["To"] = "Trần Thị B <b@vidu.vn>, c@vidu.vn"
    message["Date"] = "Tue, 05 Mar 2024 08:30:00 +0700"
    message["Subject"] = subject
    message["Message-ID"] = "<1@vidu.vn>"
    message.set_content(text)
    return message


HEAD = (
    "From: Nguyễn Văn A <a@vidu.vn>\nTo: Trần Thị B <b@vidu.vn>, c@vidu.vn\n"
    "Date: Tue, 05 Mar 2024 08:30:00 +0700\nSubject: Giấy mời họp"
)


def test_a_mail_is_its_head_and_its_text(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(mail().as_bytes())
    (only,) = read(tmp_path).documents
    assert only.text == f"{HEAD}\n\nKính gửi anh chị,\nHọp lúc 9 giờ."
    assert (only.id, only.title, only.issued, only.path) == ("a", "Giấy mời họp", "2024-03-05", "a.eml")


def test_plain_text_is_preferred_and_html_read_where_there_is_none(tmp_path: Path) -> None:
    both, only_html = mail(), mail()
    both.add_alternative(page("<p>bản HTML</p>"), subtype="html")
    only_html.clear_content()
    only_html.set_content(
        page("<p>Họp lúc <b>9 giờ</b>.</p><table><tr><td>A</td><td>1</td></tr></table>"), subtype="html"
    )
    (tmp_path / "a.eml").write_bytes(both.as_bytes())
    (tmp_path / "b.eml").write_bytes(only_html.as_bytes())
    first, second = (d.text for d in read(tmp_path).documents)
    assert "bản HTML" not in first and "Họp lúc 9 giờ." in first
    assert second == f"{HEAD}\n\nHọp lúc 9 giờ.\nA | 1"


def test_attachments_are_documents_of_their_own_and_what_cannot_be_read_is_named(tmp_path: Path) -> None:
    message = mail()
    message.add_attachment("Nội dung kèm theo.".encode(), maintype="text", subtype="plain", filename="phụ lục.txt")
    message.add_attachment(b"\x00\x01", maintype="application", subtype="octet-stream", filename="la.xyz")
    message.add_attachment(b"%PDF-1.7 hong", maintype="application", subtype="pdf", filename="../../hỏng.pdf")
    message.add_attachment(mail("Thư bên trong.", "Thư cũ"))
    message.add_attachment(
        zipped({"trong/b.txt": "Trong tệp nén.".encode()}), maintype="application", subtype="zip", filename="n.zip"
    )
    message.add_attachment(b"\x89PNG", maintype="image", subtype="png", cid="<anh>", disposition="inline")
    (tmp_path / "a.eml").write_bytes(message.as_bytes())
    corpus = read(tmp_path)
    assert [d.path for d in corpus.documents] == [
        "a.eml", "a.eml!/phụ lục.txt", "a.eml!/dinh-kem-5.eml", "a.eml!/n.zip!/trong/b.txt",
    ]  # fmt: skip
    assert [d.id for d in corpus.documents] == ["a", "phu-luc", "dinh-kem-5", "b"]
    assert corpus.documents[1].text == "Nội dung kèm theo."
    assert corpus.documents[2].title == "Thư cũ"
    assert {f.path: f.code for f in corpus.failures} == {"a.eml!/la.xyz": "format", "a.eml!/hỏng.pdf": "damaged"}


def test_a_mail_in_a_legacy_encoding_and_with_a_wrong_charset_is_read(tmp_path: Path) -> None:
    head = b"From: a@vidu.vn\nSubject: =?utf-8?B?VGjGsCBt4budaQ==?=\nMIME-Version: 1.0\nContent-Type: text/plain; charset=xyz\n\n"
    data = head + "Céng hoµ x· héi chñ nghÜa ViÖt Nam".encode("latin-1")
    assert one(tmp_path, "a.eml", data) == "From: a@vidu.vn\nSubject: Thư mời\n\nCộng hoà xã hội chủ nghĩa Việt Nam"


def test_a_mail_without_a_date_or_with_a_wrong_one_says_none(tmp_path: Path) -> None:
    message = mail()
    del message["Date"]
    (tmp_path / "a.eml").write_bytes(message.as_bytes().replace(b"Subject", b"Date: hom qua\nSubject", 1))
    (only,) = read(tmp_path).documents
    assert only.issued is None


def test_what_is_no_mail_or_nests_without_end_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.eml").write_bytes(b"khong phai thu")
    parts = b"".join(b'Content-Type: multipart/mixed; boundary="%d"\n\n--%d\n' % (n, n) for n in range(3_000))
    (tmp_path / "b.eml").write_bytes(b"From: a@b.vn\nMIME-Version: 1.0\n" + parts)
    many = mail()
    for _ in range(250):
        many.add_attachment(b"x", maintype="text", subtype="plain", filename="a.txt")
    (tmp_path / "c.eml").write_bytes(many.as_bytes())
    found = failures(tmp_path)
    assert found["a.eml"] == "damaged"
    assert found["c.eml"] == "too_many_members"
    assert found["b.eml"] == "too_many_members"


@pytest.mark.parametrize(
    "line",
    [
        b"To: " + b"a@vidu.vn," * 20_000,
        b"X-A: " + b"=?utf-8?q?a?= " * 20_000,
        b"Content-Type: text/plain;" + b" a=b;" * 20_000,
        b"Content-Disposition: inline;" + b" filename*0=b;" * 20_000,
    ],
)
def test_a_head_line_made_to_take_long_is_read_soon(tmp_path: Path, line: bytes) -> None:
    began = time.process_time()
    (tmp_path / "a.eml").write_bytes(line + b"\nSubject: x\n\nChu.")
    assert "Subject: x" in read(tmp_path).documents[0].text
    assert time.process_time() - began < 3


def test_text_with_lines_like_a_mails_head_stays_text(tmp_path: Path) -> None:
    assert one(tmp_path, "a.txt", b"From: a\nTo: b\nMIME-Version: 1.0\nReceived: x\n\nChu.").startswith("From: a")


# --- archives --------------------------------------------------------------------------------------------------


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def with_names(raw: dict[bytes, bytes]) -> bytes:
    """An archive whose names are these bytes, without the mark of UTF-8."""
    stand_ins = {f"{n:0{len(name)}d}": (name, content) for n, (name, content) in enumerate(raw.items())}
    data = zipped({stand_in: content for stand_in, (_, content) in stand_ins.items()})
    for stand_in, (name, _) in stand_ins.items():
        data = data.replace(stand_in.encode(), name)
    return data


def test_each_member_is_a_document_under_the_archives_path(tmp_path: Path) -> None:
    data = zipped(
        {
            "thư mục/Quyết định.txt": "Một.".encode(),
            "b/Quyết định.txt": b"Hai.",
            "trang.html": page("<p>Ba.</p>").encode(),
            "__MACOSX/._x": b"x",
            ".ẩn": b"x",
            "README.txt": b"x",
            "anh/Thumbs.db": b"\xd0\xcf\x11\xe0 x",
            "Desktop.ini": b"[x]",
            "la.xyz": b"\x00\x01",
            "trong.txt": b"",
        }
    )
    (tmp_path / "kho.zip").write_bytes(data)
    corpus = read(tmp_path)
    assert [(d.path, d.text) for d in corpus.documents] == [
        ("kho.zip!/thư mục/Quyết định.txt", "Một."),
        ("kho.zip!/b/Quyết định.txt", "Hai."),
        ("kho.zip!/trang.html", "Ba."),
    ]
    first, second, third = (d.id for d in corpus.documents)
    assert (first, third) == ("quyet-dinh", "trang")
    assert second.startswith("quyet-dinh-")
    assert {f.path: f.code for f in corpus.failures} == {"kho.zip!/la.xyz": "format", "kho.zip!/trong.txt": "empty"}


def test_an_archive_that_holds_a_pdf_as_it_is_is_no_pdf(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"a.md": b"# A\n\nMot", "b.pdf": b"%PDF-1.4 hong"}, zipfile.ZIP_STORED))
    corpus = read(tmp_path)
    assert [d.path for d in corpus.documents] == ["a.zip!/a.md"]
    assert [f.path for f in corpus.failures] == ["a.zip!/b.pdf"]


def test_a_member_that_breaks_its_reader_does_not_end_the_archive() -> None:
    class Broken:
        def accepts(self, path: Path, head: bytes) -> bool:
            return True

        def read(self, path: Path) -> Iterator[Extract]:
            raise ZeroDivisionError

    inside = members.Members(Limits(10**6, 60.0), lambda _: Broken()).open()
    found = [outcome for name in ("a.x", "b.x") for outcome in inside.read(name, io.BytesIO(b"x"))]
    assert [(o.code, o.member) for o in found if isinstance(o, ReadError)] == [
        ("unexpected", "a.x"),
        ("unexpected", "b.x"),
    ]


def test_the_same_member_twice_is_one_document_with_both_paths(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Giống nhau.", encoding="utf-8")
    (tmp_path / "b.zip").write_bytes(zipped({"c.txt": "Giống nhau.".encode()}))
    (only,) = read(tmp_path).documents
    assert (only.path, only.also_at) == ("a.txt", ("b.zip!/c.txt",))


@pytest.mark.parametrize(
    "name",
    ["/etc/a.txt", "../a.txt", "a/../../b.txt", "C:/a.txt", "c:a.txt", "\\\\may\\a.txt", "..\\a.txt", "a\nb.txt"],
)
def test_a_path_that_leads_out_is_refused_and_the_others_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({name: b"Khong doc.", "b.txt": "Đọc.".encode()}))
    corpus = read(tmp_path)
    assert [d.path for d in corpus.documents] == ["a.zip!/b.txt"]
    assert [f.code for f in corpus.failures] == ["path"]
    assert "\n" not in corpus.failures[0].path


def test_a_zero_in_a_name_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(with_names({b"a\x00.txt": b"x", b"b.txt": b"Doc."}))
    corpus = read(tmp_path)
    assert [d.path for d in corpus.documents] == ["a.zip!/b.txt"]
    assert [f.code for f in corpus.failures] == ["path"]


def test_links_devices_duplicates_and_locked_members_are_refused(tmp_path: Path) -> None:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        for name, kind in (("link.txt", stat.S_IFLNK), ("ong.txt", stat.S_IFIFO)):
            info = zipfile.ZipInfo(name)
            info.external_attr = (kind | 0o777) << 16
            archive.writestr(info, "/etc/passwd")
        archive.writestr("a.txt", "Một.")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr("a.txt", "Hai.")
        archive.writestr("khoa.txt", "Ba.")
        archive.writestr("nen.txt", "Bốn.", zipfile.ZIP_LZMA)
    raw = bytearray(data.getvalue())
    locked = raw.rindex(b"khoa.txt") - 46  # its entry in the central directory
    raw[locked + 8] |= 1
    (tmp_path / "a.zip").write_bytes(raw)
    corpus = read(tmp_path)
    assert [d.text for d in corpus.documents] == ["Một."]
    assert {f.path.split("!/")[1]: f.code for f in corpus.failures} == {
        "link.txt": "link", "ong.txt": "link", "a.txt": "duplicate_name", "khoa.txt": "encrypted", "nen.txt": "compression",
    }  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "cp1258", "tcvn3"])
def test_names_in_old_encodings_are_read(tmp_path: Path, encoding: str) -> None:
    names = {
        "utf-8": "Quyết định số 5.txt".encode(),
        "cp1258": "Quyê\u0301t đi\u0323nh sô\u0301 5.txt".encode("cp1258"),
        "tcvn3": "QuyÕt ®Þnh sè 5.txt".encode("latin-1"),
    }
    (tmp_path / "a.zip").write_bytes(with_names({names[encoding]: b"Chu."}))
    (only,) = read(tmp_path).documents
    assert (only.path, only.id) == ("a.zip!/Quyết định số 5.txt", "quyet-dinh-so-5")


def test_an_archive_in_an_archive_is_read_and_one_in_that_is_not(tmp_path: Path) -> None:
    third = zipped({"c.txt": b"Ba."})
    second = zipped({"b.txt": b"Hai.", "ba.zip": third})
    (tmp_path / "mot.zip").write_bytes(zipped({"a.txt": b"Mot.", "hai.zip": second}))
    corpus = read(tmp_path)
    assert [d.path for d in corpus.documents] == ["mot.zip!/a.txt", "mot.zip!/hai.zip!/b.txt"]
    assert [(f.path, f.code) for f in corpus.failures] == [("mot.zip!/hai.zip!/ba.zip", "nested")]


def test_a_bomb_that_tells_its_size_is_not_opened(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"bom.txt": b"0" * 5_000_000, "to.txt": bytes(range(256)) * 50_000}))
    found = failures(tmp_path, max_bytes=6_000_000)
    assert found == {"a.zip!/bom.txt": "bomb", "a.zip!/to.txt": "too_large"}


@pytest.mark.parametrize("told", [10, 2_000_000])
def test_a_bomb_that_lies_about_its_size_is_counted(tmp_path: Path, told: int) -> None:
    """zipfile itself reads no more than what the archive says; the checksum then tells the rest."""
    data = bytearray(zipped({"bom.txt": b"0" * 50_000_000}))
    for signature, place in ((b"PK\x01\x02", 24), (b"PK\x03\x04", 22)):
        at = data.rindex(signature) + place
        data[at : at + 4] = struct.pack("<I", told)
    (tmp_path / "a.zip").write_bytes(data)
    began = time.process_time()
    assert failures(tmp_path) == {"a.zip!/bom.txt": "damaged"}
    assert time.process_time() - began < 3


def test_what_unpacks_to_too_much_is_given_up_while_it_is_read() -> None:
    from assistant.documents.archive import _Unpacked

    packed = zlib.compress(b"0" * 10_000_000)
    stream = _Unpacked(io.BytesIO(b"0" * 10_000_000), len(packed))
    with pytest.raises(ReadError) as caught:
        list(iter(lambda: stream.read(65_536), b""))
    assert caught.value.code == "bomb"


def test_all_members_together_have_a_limit(tmp_path: Path) -> None:
    noise = bytes(range(256)) * 4_000  # about a megabyte, stored
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.xyz": noise for n in range(12)}, zipfile.ZIP_STORED)[:])
    assert failures(tmp_path, max_bytes=10**8)["a.zip!/0.xyz"] == "format"
    inner = zipped({f"{n}.xyz": noise for n in range(3)}, zipfile.ZIP_DEFLATED)
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.zip": inner for n in range(5)}))
    found = failures(tmp_path, max_bytes=1_100_000)
    assert "too_large" in found.values()
    assert [code for path, code in found.items() if path == "a.zip"] == ["too_large"]


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.txt": b"x" for n in range(MAX_MEMBERS + 1)}, zipfile.ZIP_STORED))
    (tmp_path / "b.zip").write_bytes(b"PK\x03\x04" + b"PK\x01\x02" * (10 * MAX_MEMBERS + 1))
    assert failures(tmp_path) == {"a.zip": "too_many_members", "b.zip": "too_many_members"}


def test_reading_ends_when_its_time_is_over(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({f"{n}.txt": b"x" for n in range(3)}))
    assert failures(tmp_path, seconds=-1.0) == {"a.zip": "too_slow"}


def test_damaged_archives_are_refused_member_by_member_where_they_can_be(tmp_path: Path) -> None:
    data = bytearray(zipped({"a.txt": "Một hai ba bốn năm.".encode() * 20, "b.txt": "Tốt.".encode()}))
    data[50] ^= 0xFF
    (tmp_path / "a.zip").write_bytes(data)
    (tmp_path / "b.zip").write_bytes(zipped({"a.txt": b"x"})[:-10])
    corpus = read(tmp_path)
    assert [d.path for d in corpus.documents] == ["a.zip!/b.txt"]
    assert {f.path: f.code for f in corpus.failures} == {"a.zip!/a.txt": "damaged", "b.zip": "damaged"}


def test_nothing_is_left_behind_and_nothing_is_written_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    private, folder = tmp_path / "tam", tmp_path / "kho"
    private.mkdir()
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(private))
    (folder / "a.zip").write_bytes(zipped({"sâu/a.txt": "Chữ.".encode(), "b.xyz": b"\x00", "../c.txt": b"x"}))
    read(folder)
    assert list(private.iterdir()) == []
    assert [p.name for p in folder.iterdir()] == ["a.zip"]


def test_a_collection_inside_an_archive_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(zipped({"corpus.jsonl": b'{"id": "a", "text": "x"}'}))
    with pytest.raises(CorpusError, match="JSONL"):
        read(tmp_path)
