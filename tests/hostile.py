"""Small files of every format that the program reads, and ways to harm them: `python tests/hostile.py --each 2000`.

Everything is made here from our own words; the same seed gives the same files.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import random
import sys
import tempfile
import time
import zipfile
import zlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path

from assistant.documents.draft import Draft, from_frame
from assistant.documents.extract import Reader
from assistant.documents.limits import Limits
from assistant.documents.pool import Pool
from assistant.documents.readers import readers

SEED = 20261122
LINES = (
    "QUYẾT ĐỊNH",
    "Về việc giao bến đò cho xã Tân Hòa quản lý",
    "Điều 1. Giao bến đò",
    "1. Bến đò dài 45 mét, chở tối đa 30 hành khách mỗi chuyến.",
    "2. Mỗi ngày có 12 chuyến từ 5 giờ đến 18 giờ.",
    "Điều 2. Hiệu lực",
    "Quyết định này có hiệu lực từ ngày ký.",
)
ROWS = (("Bến", "Chuyến mỗi ngày"), ("Tân Hòa", 12), ("Bình Lợi", 9))
FUZZ = Limits(max_bytes=64 * 2**20, seconds=10.0, memory_bytes=1024 * 2**20)


def _markdown(lines: Sequence[str] = LINES) -> bytes:
    front = "---\nid: ben-do\ntitle: Bến đò\nissued: 2024-05-01\n---\n"
    return f"{front}# {_text_of(lines)}\n\n| a | b |\n|---|---|\n| 1 | 2 |\n".encode()


def _text_of(lines: Sequence[str]) -> str:
    return "\n".join(lines)


def _text(lines: Sequence[str] = LINES) -> bytes:
    return _text_of(lines).encode()


def _jsonl(lines: Sequence[str] = LINES, prefix: str = "d") -> bytes:
    rows = [{"id": f"{prefix}{n}", "title": f"Văn bản {n}", "text": _text_of(lines)} for n in range(5)]
    return "\n".join(json.dumps(row, ensure_ascii=False) for row in rows).encode()


def _jsonl_gz() -> bytes:
    return gzip.compress(_jsonl(), mtime=0)


def _pdf() -> bytes:
    from reportlab.pdfgen.canvas import Canvas

    stream = io.BytesIO()
    canvas = Canvas(stream, invariant=True)
    for page in range(3):
        words = ("mot", "hai", "ba")[page]
        for number, line in enumerate(
            (f"Ben do {words} dai 45 met, cho khach.", f"Moi ngay ben {words} co 12 chuyen.")
        ):
            canvas.drawString(72, 700 - 20 * number, line)
        canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _docx(lines: Sequence[str] = LINES, *, table: bool = True) -> bytes:
    import docx

    document = docx.Document()
    for line in lines:
        document.add_paragraph(line)
    for row in document.add_table(rows=2, cols=2).rows if table else ():
        for cell in row.cells:
            cell.text = "12 chuyến"
    return _saved(document.save)


def _pptx(lines: Sequence[str] = LINES) -> bytes:
    import pptx

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[1])
    slide.shapes.title.text, slide.placeholders[1].text = lines[1], _text_of(lines)
    return _saved(deck.save)


def _xlsx(rows: Sequence[Sequence[str | int]] = ROWS, sheet: str = "Sheet") -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    book.active.title = sheet
    for row in rows:
        book.active.append(row)
    return _saved(book.save)


def _html(lines: Sequence[str] = LINES) -> bytes:
    body = "".join(f"<p>{line}</p>" for line in lines)
    table = "<table><tr><th>Bến</th><th>Chuyến</th></tr><tr><td>Tân Hòa</td><td>12</td></tr></table>"
    return f"<!DOCTYPE html><html><head><title>Bến đò</title></head><body><h1>Bến đò</h1>{body}{table}</body></html>".encode()


def _rtf(lines: Sequence[str] = LINES) -> bytes:
    letters = (c if ord(c) < 128 else f"\\u{ord(c)}?" for c in _text_of(lines).replace("\n", "\\par\n"))
    return ("{\\rtf1\\ansi\\ansicpg1258{\\fonttbl{\\f0 Arial;}}\n" + "".join(letters) + "}").encode("ascii")


def _csv(rows: Sequence[Sequence[str | int]] = ROWS, between: str = ",") -> bytes:
    return "".join(f"{between.join(map(str, row))}\n" for row in rows).encode()


def _mail(lines: Sequence[str] = LINES) -> bytes:
    head = "From: a@example.com\r\nSubject: =?utf-8?q?B=E1=BA=BFn_=C4=91=C3=B2?=\r\nMIME-Version: 1.0\r\n"
    head += "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n"
    return f"{head}\r\n{_text_of(lines)}\r\n".encode()


def _odt(lines: Sequence[str] = LINES) -> bytes:
    return open_document("text", "".join(f"<text:p>{line}</text:p>" for line in lines))


def _ods(rows: Sequence[Sequence[str | int]] = ROWS, sheet: str = "Sheet") -> bytes:
    def cell(value: str | int) -> str:
        number = f' office:value-type="float" office:value="{value}"' if isinstance(value, int) else ""
        return f"<table:table-cell{number}><text:p>{value}</text:p></table:table-cell>"

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    return open_document("spreadsheet", f'<table:table table:name="{sheet}">{body}</table:table>')


def open_document(kind: str, body: str, styles: str = "", *, common: str = "", manifest: str = "<manifest/>") -> bytes:
    """An OpenDocument file; `styles` are its automatic ones, `common` what stands in `styles.xml`."""
    stream = io.BytesIO()
    urn = "urn:oasis:names:tc:opendocument:xmlns:"
    spaces = {name: f"{name}:1.0" for name in ("office", "text", "table", "style")}
    spaces |= {"draw": "drawing:1.0", "number": "datastyle:1.0", "fo": "xsl-fo-compatible:1.0"}
    names = " ".join(f'xmlns:{name}="{urn}{space}"' for name, space in spaces.items())
    content = (
        f"<office:document-content {names}><office:automatic-styles>{styles}</office:automatic-styles>"
        f"<office:body><office:{kind}>{body}</office:{kind}></office:body></office:document-content>"
    )
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("mimetype", f"application/vnd.oasis.opendocument.{kind}")
        archive.writestr("content.xml", f'<?xml version="1.0" encoding="UTF-8"?>{content}')
        if common:
            archive.writestr("styles.xml", f"<office:document-styles {names}>{common}</office:document-styles>")
        archive.writestr("META-INF/manifest.xml", manifest)
    return stream.getvalue()


def _zip() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("thu-muc/mau.txt", _text())
        archive.writestr("mau.html", _html())
    return stream.getvalue()


def _picture(kind: str) -> bytes:
    from PIL import Image, ImageDraw

    picture = Image.new("L", (500, 120), 255)
    draw = ImageDraw.Draw(picture)
    for number, line in enumerate(("Ben do dai 45 met", "Moi ngay co 12 chuyen")):
        draw.text((10, 10 + 40 * number), line, fill=0, font_size=28)
    return _saved(lambda stream: picture.save(stream, kind))


def _saved(save: Callable[[io.BytesIO], object]) -> bytes:
    stream = io.BytesIO()
    save(stream)
    return stream.getvalue()


SEEDS: dict[str, Callable[..., bytes]] = {
    ".md": _markdown,
    ".txt": _text,
    ".jsonl": _jsonl,
    ".jsonl.gz": _jsonl_gz,
    ".pdf": _pdf,
    ".docx": _docx,
    ".pptx": _pptx,
    ".xlsx": _xlsx,
    ".html": _html,
    ".rtf": _rtf,
    ".csv": _csv,
    ".eml": _mail,
    ".odt": _odt,
    ".ods": _ods,
    ".zip": _zip,
    ".png": lambda: _picture("PNG"),
    ".jpg": lambda: _picture("JPEG"),
    ".tiff": lambda: _picture("TIFF"),
}


def seeds(folder: Path) -> dict[str, tuple[bytes, Reader]]:
    """The seeds that a reader takes, by ending, with that reader."""
    found = {}
    for ending, make in SEEDS.items():
        data = make()
        file = folder / f"mau{ending}"
        file.write_bytes(data)
        for reader in readers(FUZZ):
            if reader.accepts(file, data[:4096]):
                found[ending] = data, reader
                break
        file.unlink()
    return found


# --- harm --------------------------------------------------------------------------------------------------------


def mutants(data: bytes, number: int, seed: str) -> Iterator[bytes]:
    """Harmed copies; of packed formats half are harmed inside, so that not only the unpacking is tried."""
    for i in range(number):
        rng = random.Random(f"{seed} {i}")
        inner = _inside(data, rng) if rng.random() < 0.5 else None
        yield inner if inner is not None else harmed(data, rng)


def harmed(data: bytes, rng: random.Random) -> bytes:
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        data = rng.choice((_flip, _cut, _repeat, _end, _noise, _number, _nest))(data, rng)
    return data


def _place(data: bytes, rng: random.Random) -> tuple[int, int]:
    start = rng.randrange(len(data) + 1)
    return start, min(len(data), start + int(2 ** rng.uniform(0, 10)))


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    a, b = _place(data, rng)
    return data[:a] + data[b:]


def _repeat(data: bytes, rng: random.Random) -> bytes:
    a, b = _place(data, rng)
    return data[:b] + data[a:b] * rng.choice((1, 2, 50)) + data[b:]


def _end(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randrange(len(data) + 1)]


def _noise(data: bytes, rng: random.Random) -> bytes:
    a, b = _place(data, rng)
    return data[:a] + rng.randbytes(b - a) + data[b:]


def _number(data: bytes, rng: random.Random) -> bytes:
    a, _ = _place(data, rng)
    odd = (
        b"\xff\xff\xff\xff",
        b"\x00\x00\x00\x80",
        b"99999999999",
        b"-1",
        b"\x00" * 64,
        b"1e999",
        "đ\u0301".encode() * 40,
    )
    return data[:a] + rng.choice(odd) + data[a:]


def _nest(data: bytes, rng: random.Random) -> bytes:
    a, _ = _place(data, rng)
    return data[:a] + rng.choice((b"[", b"{", b"<<", b"<div>", b"{\\b", b"(")) * rng.choice((10, 3000)) + data[a:]


def _inside(data: bytes, rng: random.Random) -> bytes | None:
    if data[:2] == b"PK":
        return _inside_zip(data, rng)
    if data[:2] == b"\x1f\x8b":
        return gzip.compress(harmed(gzip.decompress(data), rng), mtime=0)
    return None


def _inside_zip(data: bytes, rng: random.Random) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = rng.choice(names)
        for name in names:
            new.writestr(name, harmed(old.read(name), rng) if name == chosen else old.read(name))
    return stream.getvalue()


# --- bombs and loops ---------------------------------------------------------------------------------------------

_LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
XML_BOMB = f'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "ha ha ha">{_LAUGHS}]>'


def pdf_of(objects: Sequence[bytes]) -> bytes:
    """A PDF of these objects, the first of which is its catalog."""
    out, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(objects, start=1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    rows = b"".join(b"%010d 00000 n \n" % place for place in places)
    out += b"xref\n0 %d\n0000000000 65535 f \n%s" % (len(objects) + 1, rows)
    return bytes(out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start))


def _stream(data: bytes, entries: bytes = b"") -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), entries, data)


_CATALOG = b"<< /Type /Catalog /Pages 2 0 R >>"


def many_pages(number: int) -> bytes:
    kids = b" ".join(b"%d 0 R" % (3 + i) for i in range(number))
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] >>"
    return pdf_of([_CATALOG, b"<< /Type /Pages /Count %d /Kids [%s] >>" % (number, kids), *[page] * number])


def page_tree_loop() -> bytes:
    return pdf_of(
        [
            _CATALOG,
            b"<< /Type /Pages /Count 4 /Kids [2 0 R 3 0 R] >>",
            b"<< /Type /Pages /Parent 2 0 R /Count 2 /Kids [2 0 R] >>",
        ]
    )


def form_loop() -> bytes:
    """A page that draws a form which draws itself, a hundred times over."""
    draw = b"/F Do " * 100
    resources = b"/Resources << /XObject << /F 5 0 R >> >>"
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R %s >>" % resources
    form = _stream(draw, b"/Type /XObject /Subtype /Form /BBox [0 0 9 9] " + resources)
    return pdf_of([_CATALOG, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page, _stream(draw), form])


def prev_loop() -> bytes:
    whole = pdf_of([_CATALOG, b"<< /Type /Pages /Count 0 /Kids [] >>"])
    start = whole.index(b"xref")
    return whole.replace(b"/Root 1 0 R", b"/Root 1 0 R /Prev %d" % start)


def pdf_bomb() -> bytes:
    packed = zlib.compress(b"BT (ha) Tj ET\n" * 20_000_000, 9)
    page = b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R >>"
    return pdf_of(
        [_CATALOG, b"<< /Type /Pages /Count 1 /Kids [3 0 R] >>", page, _stream(packed, b"/Filter /FlateDecode")]
    )


def zip_of(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return stream.getvalue()


def office_bomb(make: Callable[[], bytes], member: str, data: bytes) -> bytes:
    """A good office file in which one member is replaced."""
    with zipfile.ZipFile(io.BytesIO(make())) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    return zip_of(members | {member: data})


def gzip_bomb() -> bytes:
    stream = io.BytesIO()
    with gzip.GzipFile(fileobj=stream, mode="wb", mtime=0) as packed:
        packed.write(b'{"id": "a", "text": "')
        for _ in range(512):
            packed.write(b"a" * 2**20)
    return stream.getvalue()


@cache
def bombs() -> dict[str, bytes]:
    """Files that are small on disk, by name."""
    xml = f"{XML_BOMB}<w:document xmlns:w='urn:w'>&l11;</w:document>".encode()
    laughs = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 12))
    return {
        "nhieu-trang.pdf": many_pages(10_000),
        "cay-trang-vong.pdf": page_tree_loop(),
        "mau-ve-vong.pdf": form_loop(),
        "bang-vong.pdf": prev_loop(),
        "nen-phinh.pdf": pdf_bomb(),
        "thuc-the.docx": office_bomb(_docx, "word/document.xml", xml),
        "phinh.docx": office_bomb(_docx, "word/document.xml", b"<a>" + b" " * 200_000_000),
        "thuc-the.xlsx": office_bomb(_xlsx, "xl/worksheets/sheet1.xml", xml),
        "thuc-the.pptx": office_bomb(_pptx, "ppt/slides/slide1.xml", xml),
        "thuc-the.html": f"{XML_BOMB}<html><body>&l11;</body></html>".encode(),
        "sau.html": b"<div>" * 200_000,
        "sau.rtf": b"{\\rtf1" + b"{" * 200_000,
        "bi-danh.md": f"---\na0: &a0 ha\n{laughs}---\nBến đò.".encode(),
        "sau.md": b"---\na: " + b"[" * 100_000 + b"\n---\n",
        "sau.jsonl": b'{"id": "a", "text": ' + b"[" * 100_000,
        "phinh.jsonl.gz": gzip_bomb(),
        "dau.txt": b"e" + "\u0301".encode() * 2_000_000,
        "dong-dai.txt": b"a" * 20_000_000,
        "dong-trang.txt": b" \n" * 5_000_000,
    }


# --- the run -----------------------------------------------------------------------------------------------------


def outcome_of(frames: Sequence[bytes]) -> str:
    """`text`, or the code of the reason; of a file with several documents the best."""
    outcomes = [from_frame(frame) for frame in frames]
    texts = [outcome for outcome in outcomes if isinstance(outcome, Draft)]
    if texts:
        assert all(draft.text.strip() for draft in texts)
        return "text"
    errors = [outcome for outcome in outcomes if not isinstance(outcome, Draft)]
    assert all((error.code and error.message.endswith(".")) or ":" in error.message for error in errors)
    return errors[-1].code if errors else "nothing"


def run(folder: Path, each: int, seed: int) -> dict[str, Counter[str]]:
    """Reads `each` harmed files of every format in processes; counts of outcomes by ending."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with Pool(FUZZ) as pool:
        for ending, (data, _) in seeds(folder).items():
            files = []
            for number, mutant in enumerate(mutants(data, each, f"{seed} {ending}")):
                files.append(folder / f"{number}{ending}")
                files[-1].write_bytes(mutant)
            counts[ending].update(map(outcome_of, pool.read_all(files)))
            for file in files:
                file.unlink()
    return counts


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--each", type=int, default=2000, help="harmed files of each format")
    parser.add_argument("--seed", type=int, default=SEED)
    given = parser.parse_args()
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        counts = run(Path(folder), given.each, given.seed)
    for ending, found in counts.items():
        told = ", ".join(f"{code} {number}" for code, number in found.most_common())
        print(f"{ending:10} {sum(found.values()):5}  {told}")
    faults = sum(found["nothing"] + found["unexpected"] for found in counts.values())
    total = sum(sum(found.values()) for found in counts.values())
    print(f"{total} files, {faults} without a reason of ours, {time.perf_counter() - began:.0f} s, seed {given.seed}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
