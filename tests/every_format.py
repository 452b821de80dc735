"""A folder with a file of every format that is read and of every fault: `python tests/every_format.py FOLDER`.

Everything is made here from our own words. `GOOD` and `BAD` say what is to be found of it.
"""

from __future__ import annotations

import gzip
import io
import os
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

from drawn import lines, picture, register_font, ruled
from hostile import SEEDS, XML_BOMB, office_bomb, open_document, zip_of
from legacy_letters import tcvn3, viscii, vni
from old_office import compound, excel_97, word_97

PAGE = (595.0, 842.0)
# Where the link that leads out of the folder leads: beside it.
OUTSIDE = "ngoai-kho.txt"


@dataclass(frozen=True)
class Good:
    """A document at `path` that says how long the ferry of `place` is; `page` and `heading` are where.

    `row` is what is quoted where that is a row of a table.
    """

    path: str
    place: str
    metres: int
    page: int | None = None
    heading: str = ""
    row: str = ""

    @property
    def question(self) -> str:
        if self.row == PLAIN:
            return f"Bến đò {self.place} có chiều dài bao nhiêu?"  # the unit stands in the table's head alone
        return f"Bến đò {self.place} dài bao nhiêu mét?"

    @property
    def sentence(self) -> str:
        return f"Bến đò {self.place} dài {self.metres} mét."

    @property
    def quote(self) -> str:
        return self.row.format(place=self.place, metres=self.metres) if self.row else self.sentence

    @property
    def lines(self) -> tuple[str, ...]:
        return (
            f"Quy chế bến đò {self.place}",
            "Điều 1. Quy mô",
            self.sentence,
            "Điều 2. Giờ chạy",
            "Bến mở cửa từ 5 giờ đến 18 giờ.",
        )

    @property
    def rows(self) -> tuple[tuple[str | int, ...], ...]:
        """Of a table whose first rows speak of others."""
        others = ((f"Bến chợ {n}", 100 + n, 3) for n in range(2))
        return (
            ("Tên bến", "Chiều dài (mét)", "Số chuyến"),
            *others,
            (f"Bến đò {self.place}", self.metres, 12),
        )


NAMED = "Tên bến: Bến đò {place}; Chiều dài (mét): {metres}; Số chuyến: 12"
PLAIN = "Bến đò {place} | {metres} | 12"
ARTICLE, SHEET = "Điều 1 Quy mô", "Trang tính: Bến đò"
GOOD = (
    Good("van-ban/markdown.md", "An Bình", 31, heading=ARTICLE),
    Good("van-ban/chu.txt", "Bắc Sơn", 32, heading=ARTICLE),
    Good("van-ban/khong-duoi", "Cát Tiên", 33, heading=ARTICLE),
    Good("van-ban/tcvn3.txt", "Đông Hà", 34, heading=ARTICLE),
    Good("van-ban/vni.txt", "Gia Lộc", 35, heading=ARTICLE),
    Good("van-ban/viscii.txt", "Hải Hậu", 36, heading=ARTICLE),
    Good("van-ban/duoi-sai.txt", "Kim Động", 37, heading=ARTICLE),  # a Word file in truth
    Good("word/moi.docx", "Lạc Thủy", 38, heading=ARTICLE),
    Good("word/macro.docm", "Mai Châu", 39, heading=ARTICLE),
    Good("word/mau.dotx", "Nam Trực", 40, heading=ARTICLE),
    Good("word/cu.doc", "Phú Xuyên", 41, heading=ARTICLE),
    Good("word/giau.rtf", "Quỳnh Lưu", 42, heading=ARTICLE),
    Good("word/mo.odt", "Đầm Dơi", 68, heading=ARTICLE),
    Good("bang/mo.ods", "Gò Công", 69, heading=SHEET, row=NAMED),
    Good("bang/moi.xlsx", "Sa Pa", 43, heading=SHEET, row=NAMED),
    Good("bang/macro.xlsm", "Tam Đảo", 44, heading=SHEET, row=NAMED),
    Good("bang/cu.xls", "Uông Bí", 45, heading=SHEET, row=NAMED),
    Good("bang/phay.csv", "Vân Đồn", 46, row=NAMED),
    Good("bang/cham-phay.csv", "Xuân Lộc", 47, row=NAMED),
    Good("bang/tab.tsv", "Ý Yên", 48, row=NAMED),
    Good("trinh-chieu/moi.pptx", "Ba Vì", 49, page=2, heading="Quy mô bến"),
    Good("trinh-chieu/macro.pptm", "Chí Linh", 50, page=2, heading="Quy mô bến"),
    Good("trinh-chieu/chieu.ppsx", "Diễn Châu", 51, page=2, heading="Quy mô bến"),
    Good("pdf/cong-bao.pdf", "Giao Thủy", 52, page=3, heading="Điều 2 Quy mô"),
    Good("pdf/cong-bao.pdf", "Hòn Gai", 53, page=2, heading="Điều 1 Danh sách", row=PLAIN),
    Good("pdf/quet.pdf", "Sông Lam", 54, page=2),
    Good("anh/chup.png", "Kiến Thụy", 55, page=1),
    Good("anh/chup.jpg", "Long Biên", 56, page=1),
    Good("anh/hai-trang.tiff", "Mộc Châu", 57, page=2),
    Good("mang/trang.html", "Nghĩa Hưng", 58, heading=ARTICLE),
    Good("mang/luu.mht", "Phong Điền", 59, heading=ARTICLE),
    Good("thu/thu.eml", "Quế Võ", 60),
    Good("thu/thu.eml!/phụ lục.txt", "Sóc Sơn", 61, heading=ARTICLE),
    Good("nen/kho.zip!/thư mục/trong.txt", "Tiên Du", 62, heading=ARTICLE),
    Good("nen/kho.zip!/hai.zip!/trong-nua.docx", "Vụ Bản", 63, heading=ARTICLE),
    Good("nen/duong-dan.zip!/tot.txt", "Yên Mô", 64, heading=ARTICLE),
    Good("bo/corpus.jsonl", "Bình Lục", 65, heading=ARTICLE),
    Good("bo/nen/corpus.jsonl.gz", "Đan Phượng", 66, heading=ARTICLE),
    Good("pdf/mot-trang.pdf", "Hoa Lư", 67, page=1, heading=ARTICLE),
)
# What is at a second place too: the second path is told with the first.
TWICE = "word/moi.docx", "word/trung.docx"
# The code of what cannot be read, by path.
BAD = {
    "hong/trong.txt": "empty",
    "hong/trang-trang.docx": "empty",
    "hong/cut.pdf": "damaged",
    "hong/cut.docx": "damaged",
    "hong/cut.xlsx": "damaged",
    "hong/cut.zip": "damaged",
    "hong/cut.png": "damaged",
    "hong/corpus.jsonl.gz": "damaged",
    "hong/khong-phai.pdf": "damaged",
    "hong/khong-phai.docx": "damaged",
    "hong/la.xyz": "format",
    "hong/mo.odp": "format",
    "hong/cut.odt": "damaged",
    "hong/cu.ppt": "format",
    "khoa/khoa.pdf": "encrypted",
    "khoa/khoa.docx": "encrypted",
    "khoa/khoa.doc": "encrypted",
    "khoa/khoa.xls": "encrypted",
    "anh/trang.png": "no_text",
    "bom/phinh.docx": "zip_bomb",
    "bom/kho.zip!/phinh.txt": "bomb",
    "bom/thuc-the.docx": "entities",
    "nen/duong-dan.zip!/../../thoat.txt": "path",
    "nen/duong-dan.zip!//etc/thoat.txt": "path",
    "nen/duong-dan.zip!/lien-ket.txt": "link",
    "lien-ket-ra-ngoai.txt": "link",
    "hong/cam-doc.txt": "unreadable",  # not made as root, who may read everything
}


def bad() -> dict[str, str]:
    """`BAD` as this user finds it."""
    return {path: code for path, code in BAD.items() if code != "unreadable" or os.geteuid()}


def good(path: str) -> Good:
    return next(g for g in GOOD if g.path == path)


def make(folder: Path) -> None:
    """Writes every file into the folder, and beside it what the link leads to."""
    for name, data in (*_good_files(), *_bad_files()):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
    (folder.parent / OUTSIDE).write_text("Không được đọc.", encoding="utf-8")
    (folder / "lien-ket-ra-ngoai.txt").symlink_to(folder.parent / OUTSIDE)
    if os.geteuid():
        forbidden = folder / "hong" / "cam-doc.txt"
        forbidden.write_text("Không được đọc.", encoding="utf-8")
        forbidden.chmod(0)


def _good_files() -> Iterator[tuple[str, bytes]]:
    def of(make: Callable[..., bytes], path: str) -> tuple[str, bytes]:
        return path, make(good(path).lines)

    path = "van-ban/markdown.md"
    yield path, SEEDS[".md"]([part for line in good(path).lines for part in (line, "")])
    yield of(SEEDS[".txt"], "van-ban/chu.txt")
    yield of(SEEDS[".txt"], "van-ban/khong-duoi")
    for name, coded in (("tcvn3", tcvn3), ("vni", vni), ("viscii", viscii)):
        path = f"van-ban/{name}.txt"
        yield path, coded("\n".join(good(path).lines)).encode("latin-1")
    yield of(SEEDS[".docx"], "van-ban/duoi-sai.txt")
    for path in TWICE:
        yield path, SEEDS[".docx"](good(TWICE[0]).lines)
    for path, kind in (("word/macro.docm", "docm"), ("word/mau.dotx", "dotx")):
        yield path, _as_kind(SEEDS[".docx"](good(path).lines), kind)
    yield of(word_97, "word/cu.doc")
    yield of(SEEDS[".rtf"], "word/giau.rtf")
    yield of(SEEDS[".odt"], "word/mo.odt")
    yield "bang/mo.ods", SEEDS[".ods"](good("bang/mo.ods").rows, "Bến đò")
    yield "bang/moi.xlsx", _book(good("bang/moi.xlsx").rows)
    yield "bang/macro.xlsm", _as_kind(_book(good("bang/macro.xlsm").rows), "xlsm")
    yield "bang/cu.xls", excel_97("Bến đò", good("bang/cu.xls").rows)
    for path, between in (("bang/phay.csv", ","), ("bang/cham-phay.csv", ";"), ("bang/tab.tsv", "\t")):
        yield path, SEEDS[".csv"](good(path).rows, between)
    for path, kind in (
        ("trinh-chieu/moi.pptx", ""),
        ("trinh-chieu/macro.pptm", "pptm"),
        ("trinh-chieu/chieu.ppsx", "ppsx"),
    ):
        yield path, _as_kind(_deck(good(path)), kind)
    yield "pdf/cong-bao.pdf", _gazette()
    yield "pdf/quet.pdf", _scan()
    yield "pdf/mot-trang.pdf", _pdf(lines(*good("pdf/mot-trang.pdf").lines))
    for path, kind in (("anh/chup.png", "PNG"), ("anh/chup.jpg", "JPEG")):
        yield path, _picture(kind, good(path))
    yield "anh/hai-trang.tiff", _picture("TIFF", good("anh/hai-trang.tiff"), first="Trang bìa của hồ sơ")
    yield of(SEEDS[".html"], "mang/trang.html")
    yield "mang/luu.mht", _saved_page(good("mang/luu.mht"))
    yield "thu/thu.eml", _mail()
    yield "nen/kho.zip", _archive()
    yield "nen/duong-dan.zip", _tricks()
    yield of(SEEDS[".jsonl"], "bo/corpus.jsonl")
    path = "bo/nen/corpus.jsonl.gz"
    yield path, gzip.compress(SEEDS[".jsonl"](good(path).lines, "n"), mtime=0)


def _bad_files() -> Iterator[tuple[str, bytes]]:
    text = SEEDS[".txt"]()
    yield "hong/trong.txt", b""
    yield "hong/trang-trang.docx", SEEDS[".docx"](("",), table=False)
    yield "hong/cut.pdf", b"%PDF-1.7\n" + bytes(100)
    for ending in ("docx", "xlsx", "odt", "zip"):
        data = SEEDS[f".{ending}"]()
        yield f"hong/cut.{ending}", data[: len(data) // 2]
    yield "hong/cut.png", _picture("PNG", GOOD[0])[:800]
    yield "hong/corpus.jsonl.gz", SEEDS[".jsonl.gz"]()[:60]
    yield "hong/khong-phai.pdf", text
    yield "hong/khong-phai.docx", text
    yield "hong/la.xyz", b"\0\1\2 la"
    yield "hong/mo.odp", open_document("presentation", "")
    yield "hong/cu.ppt", compound({"PowerPoint Document": b"x"})
    yield "khoa/khoa.pdf", _locked_pdf()
    yield "khoa/khoa.docx", compound({"EncryptionInfo": b"x", "EncryptedPackage": b"y"})
    yield "khoa/khoa.doc", word_97(["Chữ"], is_encrypted=True)
    yield "khoa/khoa.xls", excel_97("S", [["a"]], is_encrypted=True)
    yield "anh/trang.png", _saved_picture("PNG", [picture()])
    yield "bom/phinh.docx", office_bomb(SEEDS[".docx"], "word/document.xml", b"<a>" + b" " * 30_000_000)
    yield "bom/thuc-the.docx", office_bomb(SEEDS[".docx"], "word/document.xml", f"{XML_BOMB}<a>&l11;</a>".encode())
    yield "bom/kho.zip", zip_of({"phinh.txt": b"0" * 5_000_000})


# --- single formats ----------------------------------------------------------------------------------------------

_KINDS = {
    "docm": ("openxmlformats-officedocument.wordprocessingml.document.main", "ms-word.document.macroEnabled.main"),
    "dotx": ("wordprocessingml.document.main", "wordprocessingml.template.main"),
    "xlsm": ("openxmlformats-officedocument.spreadsheetml.sheet.main", "ms-excel.sheet.macroEnabled.main"),
    "pptm": (
        "openxmlformats-officedocument.presentationml.presentation.main",
        "ms-powerpoint.presentation.macroEnabled.main",
    ),
    "ppsx": ("presentationml.presentation.main", "presentationml.slideshow.main"),
}


def _as_kind(data: bytes, kind: str) -> bytes:
    """The office file as a template, a show or a file with macros says what it is; itself where no kind is named."""
    if not kind:
        return data
    old, new = (part.encode() for part in _KINDS[kind])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    types = members["[Content_Types].xml"]
    if old not in types:
        raise ValueError(f"no {old!r} to become a {kind}")
    return zip_of(members | {"[Content_Types].xml": types.replace(old, new)})


def _book(rows: Sequence[Sequence[str | int]]) -> bytes:
    return SEEDS[".xlsx"](rows, "Bến đò")


def _deck(of: Good) -> bytes:
    import pptx

    deck = pptx.Presentation()
    for title, body in (
        ("Giới thiệu", "Quy chế mới của các bến."),
        ("Quy mô bến", of.sentence),
        ("Hết", "Xin cảm ơn."),
    ):
        slide = deck.slides.add_slide(deck.slide_layouts[1])
        slide.shapes.title.text, slide.placeholders[1].text = title, body
    stream = io.BytesIO()
    deck.save(stream)
    return stream.getvalue()


def _pdf(*pages: Callable[..., None]) -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    stream, font = io.BytesIO(), register_font()
    canvas = Canvas(stream, pagesize=PAGE, invariant=True)
    for draw in pages:
        canvas.setFont(font, 11)
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _gazette() -> bytes:
    """Four pages with the running head of the gazette; a ruled table on the second."""
    text, row = (g for g in GOOD if g.path == "pdf/cong-bao.pdf")
    cells = tuple(tuple(map(str, cells)) for cells in row.rows)
    table = ruled(cells, (60, 260, 400, 500), tuple(700 - 26 * i for i in range(len(cells) + 1)))
    bodies = (
        lines(
            "QUYẾT ĐỊNH", "Về việc giao các bến đò cho xã quản lý", "Điều 1. Danh sách", "Danh sách các bến như sau."
        ),
        table,
        lines("Điều 2. Quy mô", text.sentence, "Điều 3. Giờ chạy", "Bến mở cửa từ 5 giờ đến 18 giờ.", top=740),
        lines("Điều 4. Hiệu lực", "Quyết định này có hiệu lực từ ngày ký.", top=740),
    )

    def numbered(number: int, body: Callable[..., None]) -> Callable[..., None]:
        def draw(canvas: object) -> None:
            lines(f"{number} CÔNG BÁO/Số 12 + 13/Ngày 05-3-2024", top=800)(canvas)
            body(canvas)

        return draw

    return _pdf(*(numbered(number, body) for number, body in enumerate(bodies, start=2)))


def _scan() -> bytes:
    """Two pages that are pictures."""
    from reportlab.lib.utils import ImageReader

    def scanned(*texts: str) -> Callable[..., None]:
        drawn = ImageReader(picture(*texts))
        return lambda canvas: canvas.drawImage(drawn, 40, 500, width=510, height=150)

    return _pdf(
        scanned("Biên bản kiểm tra các bến"), scanned("Kết quả kiểm tra như sau.", good("pdf/quet.pdf").sentence)
    )


def _locked_pdf() -> bytes:
    import pypdf

    writer = pypdf.PdfWriter(io.BytesIO(SEEDS[".pdf"]()))
    writer.encrypt("mật khẩu", algorithm="RC4-128")
    stream = io.BytesIO()
    writer.write(stream)
    return stream.getvalue()


def _picture(kind: str, of: Good, first: str = "") -> bytes:
    pages = [picture("Kết quả kiểm tra bến như sau.", of.sentence)]
    return _saved_picture(kind, [picture(first), *pages] if first else pages)


def _saved_picture(kind: str, pages: Sequence[object]) -> bytes:
    stream = io.BytesIO()
    head, *more = pages
    head.save(stream, kind, **({"save_all": True, "append_images": more} if more else {}))  # type: ignore[attr-defined]
    return stream.getvalue()


def _saved_page(of: Good) -> bytes:
    message = EmailMessage()
    message["Subject"] = "Trang đã lưu"
    message["MIME-Version"] = "1.0"
    message.set_content(SEEDS[".html"](of.lines).decode(), subtype="html")
    message.make_related()
    return message.as_bytes()


def _mail() -> bytes:
    message = EmailMessage()
    message["From"], message["To"] = "Nguyễn Văn A <a@vidu.vn>", "Trần Thị B <b@vidu.vn>"
    message["Subject"] = "Báo cáo bến"
    message.set_content(f"Kính gửi anh chị,\n\n{good('thu/thu.eml').sentence}\n")
    inside = SEEDS[".txt"](good("thu/thu.eml!/phụ lục.txt").lines)
    message.add_attachment(inside, maintype="text", subtype="plain", filename="phụ lục.txt")
    return message.as_bytes()


def _archive() -> bytes:
    inner = zip_of({"trong-nua.docx": SEEDS[".docx"](good("nen/kho.zip!/hai.zip!/trong-nua.docx").lines)})
    text = SEEDS[".txt"](good("nen/kho.zip!/thư mục/trong.txt").lines)
    return zip_of({"thư mục/trong.txt": text, "hai.zip": inner})


def _tricks() -> bytes:
    """Members that lead out of the archive beside one that is good."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("../../thoat.txt", "Không được đọc.")
        archive.writestr("/etc/thoat.txt", "Không được đọc.")
        link = zipfile.ZipInfo("lien-ket.txt")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc/passwd")
        archive.writestr("tot.txt", SEEDS[".txt"](good("nen/duong-dan.zip!/tot.txt").lines))
    return stream.getvalue()


def main() -> int:
    if len(sys.argv) != 2:
        print("python tests/every_format.py FOLDER", file=sys.stderr)
        return 2
    folder = Path(sys.argv[1])
    if folder.exists() and any(folder.iterdir()):
        print(f"{folder} is not empty", file=sys.stderr)
        return 1
    folder.mkdir(parents=True, exist_ok=True)
    make(folder)
    print(f"{len({g.path for g in GOOD})} documents that are read, {len(bad())} that are refused: cancu index {folder}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
