"""One file to drafts, in the process that calls it: every way in which a reader fails becomes a ReadError."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

from assistant.documents.beir import BeirReader
from assistant.documents.draft import Draft, Outcome, draft
from assistant.documents.extract import Extract
from assistant.documents.limits import Limits
from assistant.documents.members import unexpected
from assistant.documents.readers import reader_for
from assistant.errors import CancuError, ReadError


def read_file(file: Path, limits: Limits) -> Iterator[Outcome]:
    """What the file gives, a ReadError in the place of what is bad; raises nothing that a file can cause."""
    try:
        reader = reader_for(file, limits)
        collection = isinstance(reader, BeirReader)
        number = 0
        for number, extract in enumerate(reader.read(file), start=1):
            yield _outcome(extract, collection=collection, number=number)
        if not number:
            raise ReadError("empty", "Tệp không có văn bản nào. Hãy bỏ tệp này khỏi kho hoặc chép lại bản có nội dung.")
    except ReadError as error:
        yield error
    except MemoryError:
        yield too_much_memory(limits)
    except FileNotFoundError:
        yield vanished()
    except OSError as error:
        yield unreadable(error)
    except CancuError as error:  # an optional part that is not installed says how to install it
        yield ReadError(error.code, error.message)
    except Exception as error:  # libraries break on hostile files in ways that nobody can list
        yield unexpected(error)


def _outcome(extract: Extract | ReadError, *, collection: bool, number: int) -> Draft | ReadError:
    if isinstance(extract, ReadError):
        return extract
    try:
        return draft(extract, collection=collection, number=number)
    except ReadError as error:
        return error


def unreadable(error: OSError) -> ReadError:
    return ReadError("unreadable", f"Không mở được tệp. Hãy kiểm tra quyền đọc (chi tiết: {error.strerror or error}).")


def vanished() -> ReadError:
    return ReadError("vanished", "Tệp bị xóa hoặc đổi tên trong khi đọc. Hãy chạy lại: cancu index")


def changing() -> ReadError:
    return ReadError("changing", "Tệp còn thay đổi trong khi đọc. Hãy chờ tệp được ghi xong rồi chạy lại: cancu index")


def too_slow(limits: Limits) -> ReadError:
    wanted = "Hãy tách tệp ra, hoặc tăng thiết lập read_seconds."
    return ReadError("too_slow", f"Đọc quá {limits.seconds:g} giây nên đã dừng. {wanted}")


def too_much_memory(limits: Limits) -> ReadError:
    wanted = "Hãy tách tệp ra, hoặc tăng thiết lập read_memory_mib."
    most = limits.memory_bytes // 2**20
    return ReadError("too_much_memory", f"Đọc tệp này cần hơn {most} MiB bộ nhớ nên đã dừng. {wanted}")


def crashed(exit_status: int | None) -> ReadError:
    how = str(exit_status) if exit_status is None or exit_status >= 0 else signal.Signals(-exit_status).name
    return ReadError(
        "crashed", f"Trình đọc dừng đột ngột. Hãy lưu lại tệp bằng phần mềm khác hoặc xuất ra PDF (mã lỗi: {how})."
    )
