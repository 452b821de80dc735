"""Finds a quotation in a page's raw characters, however lines break and in whatever form; knows no file."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

# Letters that a part of a quotation must have to be looked for by itself.
_PIECE = 24
# Of a quotation that is on the page whole, this share of letters must be found.
_ENOUGH = 0.9
# A quotation may run over to the next page from within this many letters of a page's end (its foot), and in from so
# many after its start (its head).
_EDGE = 200
_HYPHENS = "-\u2010\u2011\u00ad\ufffe\u0002"
# What a row of a table is written with between its cells; on the page a line is drawn there, or nothing.
_BETWEEN_CELLS = "|"
_WORD = re.compile(r"\w{2,}")


def find(page: str, quote: str, *, before: str = "") -> list[int]:
    """The places in `page` of the characters of `quote`, in order; none where it does not stand there.

    `before` is what stands on the page before the quotation, as the document has it.
    """
    letters, places = _letters(page)
    wanted, near = _letters(quote)[0], len(_letters(before)[0])
    if not wanted:
        return []
    whole = _nearest(letters, wanted, near)
    spans = [(whole, whole + len(wanted))] if whole >= 0 else _pieces(letters, wanted)
    return [place for start, end in spans for place in _with_spaces(page, places[start:end])]


def coverage(page: str, text: str) -> float | None:
    """The share of the text's different words that stand on the page; None where one of both has no words."""
    there, wanted = (set(_WORD.findall(unicodedata.normalize("NFC", t).lower())) for t in (page, text))
    return len(wanted & there) / len(wanted) if wanted and there else None


def _letters(text: str) -> tuple[str, list[int]]:
    """The text in NFD without what may differ between a page and its text, and where each letter of it came from."""
    letters: list[str] = []
    places: list[int] = []
    for start, cluster in _clusters(text):
        for letter in unicodedata.normalize("NFD", cluster):
            if not _is_layout(letter):
                letters.append(letter)
                places.append(start)
    return "".join(letters), places


def _is_layout(letter: str) -> bool:
    """Whether it may differ between a page and its text: spaces, hyphens, cells' borders, unseen, not in BMP."""
    unseen = unicodedata.category(letter) in ("Cc", "Cf", "Cn", "Co", "Cs")
    return unseen or letter.isspace() or letter in _HYPHENS + _BETWEEN_CELLS or letter > "\uffff"


def _clusters(text: str) -> list[tuple[int, str]]:
    """Each character with the marks after it, of which two may stand in either order."""
    found: list[tuple[int, str]] = []
    for place, character in enumerate(text):
        if found and unicodedata.combining(character):
            found[-1] = (found[-1][0], found[-1][1] + character)
        else:
            found.append((place, character))
    return found


def _nearest(letters: str, wanted: str, near: int) -> int:
    """The start of the occurrence nearest to where it should be, -1 where there is none."""
    after, before = letters.find(wanted, near), letters.rfind(wanted, 0, near + len(wanted))
    found = [at for at in (after, before) if at >= 0]
    return min(found, key=lambda at: abs(at - near), default=-1)


def _pieces(letters: str, wanted: str) -> list[tuple[int, int]]:
    """The spans of a quotation that something stands within, or of which only the start or the end is here."""
    spans: list[tuple[int, int]] = []
    done = at = missing = 0
    while done < len(wanted) and missing <= (1 - _ENOUGH) * len(wanted):
        length = _longest(letters, wanted[done:], at)
        if length < min(_PIECE, len(wanted) - done):
            done, missing = done + 1, missing + 1
            continue
        start = letters.find(wanted[done : done + length], at)
        spans.append((start, start + length))
        done, at = done + length, start + length
    if missing <= (1 - _ENOUGH) * len(wanted):
        return spans
    over = _over_the_end(letters, wanted) or _over_the_start(letters, wanted)
    return [over] if over else []


def _over_the_end(letters: str, wanted: str) -> tuple[int, int] | None:
    length = _longest(letters, wanted, 0)
    start = letters.rfind(wanted[:length]) if length >= _PIECE else -1
    return (start, start + length) if start >= 0 and len(letters) - start - length <= _EDGE else None


def _over_the_start(letters: str, wanted: str) -> tuple[int, int] | None:
    mirrored = letters[::-1]
    found = _over_the_end(mirrored, wanted[::-1])
    return (len(letters) - found[1], len(letters) - found[0]) if found else None


def _longest(letters: str, wanted: str, at: int) -> int:
    """How many of the first wanted letters stand together somewhere after `at`."""
    low, high = 0, len(wanted)
    if high > _PIECE and letters.find(wanted[:_PIECE], at) < 0:
        return 0  # too little to be of use, told quickly
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if letters.find(wanted[:middle], at) >= 0 else (low, middle - 1)
    return low


def _with_spaces(page: str, places: Sequence[int]) -> list[int]:
    """Every place from the first to the last, each mark's too."""
    if not places:
        return []
    end = places[-1] + 1
    while end < len(page) and unicodedata.combining(page[end]):
        end += 1
    return list(range(places[0], end))
