"""Where a quotation stands in a text: by its words, or by a fingerprint of its letters; knows no question.

A fingerprint, `"<count>-<16 hex digits>"`, stands for a text that may not be copied: how many letters and digits the
quotation has when folded, four digits of a rolling hash of them, by which almost every other place is passed over at
once, and twelve of their SHA-256. It does not depend on how a program cuts sentences, lines or pages.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from assistant.vietnamese.normal import fold, nfc

if TYPE_CHECKING:
    import numpy
    from numpy.typing import NDArray

Place = tuple[int, int]
_FINGERPRINT = re.compile(r"([1-9][0-9]{0,6})-([0-9a-f]{4})([0-9a-f]{12})")
# Odd, so that it has an inverse modulo 2**64; the hash's upper bits are the well mixed ones.
_BASE = 0x9E3779B97F4A7C15
_UPPER = 48


def quote_places(text: str, quote: str) -> list[Place]:
    """Every place of the quotation, in order: exact ones, else those that differ from it in white space only."""
    quote = nfc(quote).strip()
    if exact := [(start, start + len(quote)) for start in _occurrences(text, quote)]:
        return exact
    offsets, squeezed, wanted = *_squeeze(text), "".join(quote.split())
    return [(offsets[at], offsets[at + len(wanted) - 1] + 1) for at in _occurrences(squeezed, wanted)]


def _occurrences(text: str, wanted: str) -> Iterator[int]:
    at = text.find(wanted)
    while at >= 0:
        yield at
        at = text.find(wanted, at + len(wanted))


@lru_cache(maxsize=8)
def _squeeze(text: str) -> tuple[tuple[int, ...], str]:
    offsets = tuple(i for i, character in enumerate(text) if not character.isspace())
    return offsets, "".join(text[i] for i in offsets)


@dataclass(frozen=True, slots=True)
class Letters:
    """A text's folded letters and digits; `offsets` says where each stands, `starts` at which of them a word begins.

    `sums[i]` is the rolling hash of the first i letters, `scales[i]` what brings the hash of those from i on to 0.
    """

    text: str
    offsets: NDArray[numpy.int64]
    starts: NDArray[numpy.int64]
    sums: NDArray[numpy.uint64]
    scales: NDArray[numpy.uint64]

    def hashes(self, starts: NDArray[numpy.int64], count: int) -> NDArray[numpy.uint64]:
        """The upper 16 bits of the rolling hash of the `count` letters from each start on."""
        import numpy

        window = (self.sums[starts + count] - self.sums[starts]) * self.scales[starts]
        return window >> numpy.uint64(_UPPER)


@lru_cache(maxsize=4)
def letters(text: str) -> Letters:
    """The letters of an NFC text."""
    import numpy

    folded = fold(text)
    wanted = numpy.fromiter(map(str.isalnum, folded), dtype=bool, count=len(folded))
    begins = wanted.copy()
    begins[1:] &= ~wanted[:-1]
    kept = "".join(filter(str.isalnum, folded))
    codes = numpy.frombuffer(kept.encode("utf-32-le"), dtype="<u4").astype(numpy.uint64)
    sums = numpy.concatenate([numpy.zeros(1, numpy.uint64), numpy.cumsum(codes * _powers(_BASE, len(codes)))])
    scales = _powers(pow(_BASE, -1, 2**64), len(codes))
    return Letters(kept, numpy.flatnonzero(wanted), numpy.flatnonzero(begins[wanted]), sums, scales)


def _powers(base: int, count: int) -> NDArray[numpy.uint64]:
    """base**0, base**1, …, modulo 2**64."""
    import numpy

    factors = numpy.full(count, base, dtype=numpy.uint64)
    factors[:1] = 1
    return numpy.cumprod(factors)


def fingerprint(quote: str) -> str:
    """What stands for the quotation; of one without a letter or digit it is empty."""
    import numpy

    found = letters(nfc(quote))
    if not found.text:
        return ""
    count = len(found.text)
    (rolling,) = found.hashes(numpy.zeros(1, dtype=numpy.int64), count).tolist()
    return f"{count}-{rolling:04x}{_sha(found.text)}"


def is_fingerprint(written: str) -> bool:
    return _FINGERPRINT.fullmatch(written) is not None


def fingerprint_places(text: str, written: str) -> list[Place]:
    """Every place of the text, beginning where a word does, whose letters have the fingerprint, in order."""
    match = _FINGERPRINT.fullmatch(written)
    if match is None:
        return []
    count, found = int(match[1]), letters(text)
    starts = found.starts[found.starts + count <= len(found.text)]
    likely = starts[found.hashes(starts, count) == int(match[2], 16)].tolist()
    exact = [start for start in likely if _sha(found.text[start : start + count]) == match[3]]
    return [(int(found.offsets[start]), int(found.offsets[start + count - 1]) + 1) for start in exact]


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:12]
