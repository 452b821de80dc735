"""What a workbook holds and its document lacks: formulas never calculated, hidden sheets; knows no row, no reader."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from assistant.documents.cell_text import shown
from assistant.documents.limits import Deadline
from assistant.errors import ReadError

_BLOCK = 1024**2
# A cell (its text up to 32,767 characters, its formula up to 8,192) is no longer than this, whatever it escapes.
_LONGEST = 2**18
_END = re.compile(rb"</(?:\w{1,20}:)?c\s*>")
# A formula with no value behind it. An empty value of type `str` is the empty text that was calculated.
_UNCALCULATED = re.compile(
    rb"""<(?:\w{1,20}:)?c(?P<of>\s[^<>]{0,400}+)?>\s*+
    <(?:\w{1,20}:)?f(?:\s[^<>]{0,600}+)?(?:(?<=/)>|(?<!/)>[^<]*+</(?:\w{1,20}:)?f\s*>)\s*+
    (?P<empty><(?:\w{1,20}:)?v\s*(?:/>|>\s*</(?:\w{1,20}:)?v\s*>)\s*+)?
    </(?:\w{1,20}:)?c\s*>""",
    re.VERBOSE,
)
_TEXT_TYPE = re.compile(rb"""\st=["']str["']""")
_FILLED = re.compile(rb"<(?:\w{1,20}:)?(?:v|is|f)[\s>]")
_MOST_NAMED = 5


@dataclass(slots=True)
class Gaps:
    """Formulas without a value by the sheet, and the hidden sheets that hold something."""

    formulas: dict[str, int] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)

    def errors(self) -> Iterator[ReadError]:
        """What people are told of it, beside the document that was read."""
        formulas = {name: count for name, count in self.formulas.items() if count}
        if formulas:
            where = _listed([f"«{shown(name)}» {count} ô" for name, count in formulas.items()])
            yield ReadError(
                "no_values",
                f"{sum(formulas.values())} ô công thức chưa có giá trị nên không có trong kho (trang tính {where}). "
                "Hãy mở bằng Excel rồi lưu lại.",
            )
        if self.hidden:
            where = _listed([f"«{shown(name)}»" for name in self.hidden])
            yield ReadError(
                "hidden_sheets",
                f"{len(self.hidden)} trang tính bị ẩn nên không đưa vào kho ({where}). "
                "Hãy bỏ ẩn rồi lưu lại nếu cần tra cứu các trang ấy.",
            )


def _listed(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" và {more} trang khác" if more > 0 else "")


def uncalculated(sheet: IO[bytes], deadline: Deadline) -> int:
    """How many formulas of a sheet's XML have no value: no program has calculated them since they were written."""
    found, tail = 0, b""
    while block := sheet.read(_BLOCK):
        deadline.check("công thức của một trang tính")
        data = tail + block
        found += sum(map(_lacks_value, _UNCALCULATED.finditer(data)))
        last = max((end.end() for end in _END.finditer(data)), default=0)
        tail = data[max(last, len(data) - _LONGEST) :]
    return found


def _lacks_value(cell: re.Match[bytes]) -> bool:
    return cell["empty"] is None or _TEXT_TYPE.search(cell["of"] or b"") is None


def holds_something(sheet: IO[bytes]) -> bool:
    """Whether a cell of a sheet's XML has a value or a formula."""
    tail = b""
    while block := sheet.read(_BLOCK):
        if _FILLED.search(tail + block):
            return True
        tail = block[-64:]
    return False
