"""The name of the thing of which a question asks which one: `bộ tiêu chuẩn nào`, `WTC viết tắt của gì`; ranks none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import dropwhile

from assistant.answering.asked import CAPITAL, Value, folded_words
from assistant.answering.question import Understanding
from assistant.vietnamese.normal import fold

# The words before `nào` of which the last say what kind of thing is asked for.
_WHICH = re.compile(r"((?:[a-z]+ ){1,5})nao\b")
# What is rarely called by a name, and words that only stand before a name.
_GENERIC = "linh vuc noi dung nganh viec cach muc dieu kien nhom loai hinh thuc giai phap nhu the"
_NAMELESS = frozenset(_GENERIC.split())
_PIECE = rf"(?:{CAPITAL}[\w.&/]*|\d[\d.:,/]*[\w]*|[“\"«][^”\"»\n]{{2,80}}[”\"»])"
_NAME = re.compile(rf"(?: [^\W\d_]+){{0,2}}? ({_PIECE}(?:,? (?:(?:và|&|[-–]) )?{_PIECE}){{0,12}})")
# … before it.
_JOINING = "ap su dung thuoc theo la dat duoc o tai vao cua do co ho tro dau tu lap boi den gom ten"
_NOT_NAMED = frozenset(_JOINING.split())
# A capitalised word before any other word may be cut short: `Quốc` of `Quốc tế`.
WHOLE = re.compile(
    r" ?(?:$|[^\w\s]|\n)| (?:là|đã|được|để|của|tại|ở|trong|về|với|có|nhằm|cho|các|những|do|từ|theo|đến|khi|sẽ|đang"
    r"|này|như|trên|vào|làm|thuộc|quản lý|áp dụng|đặt|gồm|thì|mà|sang|thành|bằng|qua|trước|sau|cùng|lên|tới|hay|hoặc)\b"
)
_SHOUTED = re.compile(rf"(?:{CAPITAL}{CAPITAL}[\w.&/]*|\d[\d.:,/]*\w*|[”\"»])$")
_ABBREVIATED = re.compile(r"\bviet tat\b|\bten (?:day du|goi)\b")
_SHORT_FORM = re.compile(rf"\(({CAPITAL}[\w&]*(?:{CAPITAL}|\d)[\w&]*)\)")
_WORD = re.compile(r"[^\W\d_]+")


def things(text: str, question: Understanding) -> Iterator[Value]:
    """Names that follow the noun asked about, and what a short form in brackets stands for."""
    asked = folded_words(question.text)
    if _ABBREVIATED.search(asked):
        yield from _written_out(text, question)
    found = _WHICH.search(asked)
    if found is None:
        return
    folded, nouns = fold(text), list(dropwhile(_NOT_NAMED.__contains__, found[1].split()))
    for first in range(len(nouns)):
        noun = nouns[first:]
        if _NAMELESS.issuperset(noun):
            return
        found_any = False
        for place in re.finditer(rf"\b{' '.join(noun)}\b", folded):
            if name := _NAME.match(text, place.end()):
                found_any = True
                end = place.end() + len(name.group().rstrip(" ,.:;/"))
                if _SHOUTED.search(text[:end]) or WHOLE.match(text, end):
                    yield place.start(), end, 0.2 * len(noun)
        if found_any:
            return


def _written_out(text: str, question: Understanding) -> Iterator[Value]:
    """`Ủy ban nhân dân (UBND)`: the words before the brackets whose first letters the short form has."""
    for found in _SHORT_FORM.finditer(text):
        letters = [letter for letter in fold(found[1]) if letter.isalpha()]
        words = list(_WORD.finditer(text, max(0, found.start() - 150), found.start()))[-len(letters) :]
        if fold(found[1]) in fold(question.text) and [fold(word.group())[0] for word in words] == letters:
            yield words[0].start(), words[-1].end(), 1.0
