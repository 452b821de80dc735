"""Reads office files from before 2007 and Rich Text: .doc by antiword or catdoc, .rtf by striprtf, .xls by xlrd.

Other programs run without a shell, with a time limit, a memory limit and a bound on what they may write.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from assistant.documents.cell_text import is_figure, shown
from assistant.documents.containers import damaged, encrypted, is_encrypted_doc, kind_of
from assistant.documents.extract import Extract, Layout, row_of
from assistant.documents.limits import Deadline
from assistant.documents.rows import MAX_COLUMNS, Cell, Grid, Merge, Row, RowBudget
from assistant.documents.sheet_gaps import Gaps
from assistant.documents.spreadsheet import extract
from assistant.errors import ReadError
from assistant.vietnamese.normal import nfc

MAX_OUTPUT = 64 * 1024**2
MAX_MEMORY = 2 * 1024**3
_KINDS = ("doc", "xls", "ppt", "rtf", "encrypted")
# -w 0: a paragraph a line; catdoc writes its notes of failure to the text, so its exit status alone tells nothing.
_WORD_PROGRAMS = (("antiword", "-m", "UTF-8.txt", "-w", "0"), ("catdoc", "-d", "utf-8", "-w"))
# Isolated: no site of the user, no folder of the workspace on the path. Bytes that no encoding has are an error.
_RTF_PROGRAM = """
import sys
from striprtf.striprtf import rtf_to_text
text = rtf_to_text(sys.stdin.buffer.read().decode("latin-1"), errors="strict")
sys.stdout.buffer.write(text.encode("utf-16", "surrogatepass").decode("utf-16", "replace").encode("utf-8"))
"""
_RTF_UNDECODED = b"UnicodeDecodeError"
_RTF_TOKEN = re.compile(
    rb"\\bin(\d{1,9}) ?|\\([a-z]{1,32})(-?\d{1,10})? ?|\\'[0-9a-fA-F]{2}|\\.|[{}]|[^\\{}]+", re.DOTALL
)
_CHECK_EVERY = 10_000
_PICTURE = re.compile(r"\[pic\]")


class LegacyReader:
    """Chosen by content alone: what only is called .doc is something else. Gives up after `seconds`."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def accepts(self, path: Path, head: bytes) -> bool:
        return kind_of(path, head) in _KINDS

    def read(self, path: Path) -> Iterator[Extract | ReadError]:
        with path.open("rb") as file:
            kind = kind_of(path, file.read(4096))
        deadline = Deadline.after(self._seconds)
        if kind == "encrypted" or (kind == "doc" and is_encrypted_doc(path)):
            raise encrypted()
        if kind == "ppt":
            raise ReadError("format", "Chưa đọc được .ppt. Hãy mở bằng PowerPoint rồi lưu thành .pptx.")
        if kind == "xls":
            gaps = Gaps()
            yield extract(_sheets(path, deadline, gaps))
            yield from gaps.errors()
        elif kind == "rtf":
            yield Extract((_rtf(path, deadline),), Layout.KEEP)
        else:
            yield Extract((_doc(path, deadline),), Layout.KEEP)


# --- Word ---


def _doc(path: Path, deadline: Deadline) -> str:
    programs = [(found, *options) for name, *options in _WORD_PROGRAMS if (found := shutil.which(name))]
    if not programs:
        raise ReadError(
            "missing_program",
            "Cần chương trình antiword hoặc catdoc để đọc .doc. Hãy cài (Debian, Ubuntu: apt install antiword catdoc), "
            "hoặc mở bằng Word rồi lưu thành .docx.",
        )
    for program in programs:
        status, output, _ = _run([*program, str(path.absolute())], b"", deadline)
        text = _doc_lines(output.decode("utf-8", errors="replace"))
        if status == 0 and any(map(str.isalpha, text)):
            return text
    raise damaged("doc")


def _doc_lines(text: str) -> str:
    """Rows of tables as `a | b`, as in other formats; pictures leave no mark."""
    return "\n".join(_row(line) if line.startswith("|") else line for line in _PICTURE.sub("", text).split("\n"))


def _row(line: str) -> str:
    return row_of(cell.strip() for cell in line.strip().strip("|").split("|"))


# --- Rich Text ---


def _rtf(path: Path, deadline: Deadline) -> str:
    """In a process of its own, as striprtf's patterns take time without bound on hostile text."""
    status, output, errors = _run(
        [sys.executable, "-I", "-c", _RTF_PROGRAM], _shown_rtf(path.read_bytes(), deadline), deadline
    )
    if status != 0 and _RTF_UNDECODED in errors:
        raise ReadError("encoding", "Tệp .rtf có ký tự ngoài bảng mã đã khai. Hãy mở bằng Word rồi lưu thành .docx.")
    if status != 0 and b"ModuleNotFoundError" in errors:
        raise ReadError("missing_package", "Cần gói striprtf để đọc .rtf. Hãy chạy: pip install striprtf")
    if status != 0:
        raise damaged("rtf")
    lines = nfc(output.decode("utf-8")).split("\n")
    return "\n".join(_rtf_row(line) if "|" in line else line for line in lines)


def _rtf_row(line: str) -> str:
    return row_of(cell.strip(" \t") for cell in line.strip().rstrip("|").split("|"))


def _shown_rtf(data: bytes, deadline: Deadline) -> bytes:
    """The file without pictures' bytes and without hidden (`v`) and deleted (`deleted`) text, which striprtf shows."""
    kept: list[bytes] = []
    hidden = [False]
    at = 0
    while match := _RTF_TOKEN.match(data, at):
        at = match.end()
        if len(kept) % _CHECK_EVERY == 0:
            deadline.check("giữa tệp")
        token, word = match.group(), match.group(2)
        if match.group(1):
            at += int(match.group(1))
        elif token == b"{":
            hidden.append(hidden[-1])
            kept.append(token)
        elif token == b"}":
            if len(hidden) > 1:
                hidden.pop()
            kept.append(token)
        elif word in (b"v", b"deleted"):
            hidden[-1] = match.group(3) != b"0"
        elif word == b"plain":
            hidden[-1] = False
        elif not hidden[-1] or word not in (None, b"u", b"par", b"cell", b"row", b"tab", b"line"):
            kept.append(token)  # of hidden text the fonts, which may go on after it
    return b"".join(kept)


# --- running another program ---


def _run(command: Sequence[str], given: bytes, deadline: Deadline) -> tuple[int, bytes, bytes]:
    """Exit status, output and errors of a program that may not outlive the deadline nor write without end."""
    places = {key: os.environ[key] for key in ("PATH", "SYSTEMROOT", "ANTIWORDHOME") if key in os.environ}
    process = subprocess.Popen(  # noqa: S603
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=places | {"LC_ALL": "C.UTF-8"},
    )
    _limit_memory(process.pid)
    timer = threading.Timer(max(0.1, deadline.left), process.kill)
    feeder = threading.Thread(target=_feed, args=(process, given), daemon=True)
    errors = io.BytesIO()
    drain = threading.Thread(target=_drain, args=(process, errors), daemon=True)
    with process:
        for thread in (timer, feeder, drain):
            thread.start()
        try:
            output = process.stdout.read(MAX_OUTPUT + 1) if process.stdout else b""
            if len(output) > MAX_OUTPUT:
                raise ReadError("too_large", f"Tệp cho ra hơn {MAX_OUTPUT // 1024**2} MiB chữ. Hãy chia nhỏ tệp.")
            process.wait()
        finally:
            timer.cancel()
            process.kill()
            for thread in (feeder, drain):
                thread.join(timeout=5)
    deadline.check("giữa tệp")
    return process.returncode, output, errors.getvalue()


def _feed(process: subprocess.Popen[bytes], given: bytes) -> None:
    if process.stdin:
        try:
            process.stdin.write(given)
            process.stdin.close()
        except BrokenPipeError:
            return  # its exit status tells why it stopped reading


def _drain(process: subprocess.Popen[bytes], errors: io.BytesIO) -> None:
    while process.stderr and (block := process.stderr.read(64 * 1024)):
        if errors.tell() < 1024**2:
            errors.write(block)


def _limit_memory(pid: int) -> None:
    if sys.platform == "linux":
        import resource

        resource.prlimit(pid, resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


# --- Excel ---


def _sheets(path: Path, deadline: Deadline, gaps: Gaps) -> Iterator[tuple[str, Grid]]:
    try:
        import xlrd
    except ModuleNotFoundError as error:
        raise ReadError("missing_package", "Cần gói xlrd để đọc .xls. Hãy chạy: pip install xlrd") from error
    try:
        with xlrd.open_workbook(str(path), formatting_info=True, on_demand=True, logfile=io.StringIO()) as book:
            budget = RowBudget()
            for number in range(book.nsheets):
                deadline.check(f"trang tính {number + 1}")
                sheet = book.sheet_by_index(number)
                if not sheet.visibility:
                    yield sheet.name, Grid(dict(_filled(book, sheet, deadline, budget)), _merges(sheet))
                elif sheet.nrows:
                    gaps.hidden.append(sheet.name)
                book.unload_sheet(number)
    except ReadError:
        raise
    except Exception as error:  # xlrd raises any kind at a damaged file
        raise (encrypted() if "encrypt" in str(error).lower() else damaged("xls")) from error


def _filled(book: Any, sheet: Any, deadline: Deadline, budget: RowBudget) -> Iterator[tuple[int, Row]]:
    for number in range(sheet.nrows):
        deadline.check(f"dòng {number + 1} của trang tính «{sheet.name}»")
        row = {
            column: cell
            for column in range(min(sheet.ncols, MAX_COLUMNS))
            if (cell := _cell(book, sheet.cell(number, column))) is not None
        }
        if row:
            budget.spend(len(row))
            yield number, row


def _cell(book: Any, found: Any) -> Cell | None:
    import xlrd

    value: object = found.value
    if found.ctype in (xlrd.XL_CELL_EMPTY, xlrd.XL_CELL_BLANK):
        return None
    if found.ctype == xlrd.XL_CELL_DATE:
        value = _moment(found.value, book.datemode)
    elif found.ctype == xlrd.XL_CELL_BOOLEAN:
        value = bool(found.value)
    elif found.ctype == xlrd.XL_CELL_ERROR:
        value = xlrd.error_text_from_code.get(found.value, "#?")
    style = book.xf_list[found.xf_index] if found.xf_index is not None else None
    form = None if style is None else book.format_map.get(style.format_key)
    text = shown(value, form.format_str if form is not None else None)
    bold = style is not None and bool(book.font_list[style.font_index].bold)
    return Cell(text, is_figure(value), bold) if text else None


def _moment(value: float, mode: int) -> object:
    """A date, or a time where the number has no day; the number itself where no calendar has it."""
    import xlrd

    try:
        moment = xlrd.xldate_as_datetime(value, mode)
    except (ValueError, OverflowError):
        return value
    return moment.time() if 0 <= value < 1 else moment


def _merges(sheet: Any) -> dict[int, list[Merge]]:
    found: dict[int, list[Merge]] = {}
    for top, bottom, left, right in sheet.merged_cells:
        found.setdefault(top, []).append(Merge(top, left, bottom - 1, right - 1))
    return found
