"""Collections of so many text files from a given set of documents, the smaller within the larger; knows no index."""

from __future__ import annotations

import gzip
import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from assistant.errors import UsageError


@dataclass(frozen=True, slots=True)
class Collection:
    """So many files of `letters` characters in all, of which `whole` are documents as they were given."""

    files: int
    whole: int
    letters: int


class Growing:
    """Whole documents in a drawn order, and after them pairs: the first half of one, the second half of another."""

    def __init__(self, source: Path, seed: int) -> None:
        """Raises UsageError where there are no two documents."""
        self._texts = list(_texts(source))
        if len(self._texts) < 2:
            raise UsageError(f"«{source.name}» không có ít nhất hai văn bản. Hãy chọn thư mục khác bằng --shared.")
        rng = random.Random(seed)  # noqa: S311 - no secret
        rng.shuffle(self._texts)
        number = range(len(self._texts))
        self._pairs = [(a, b) for a in number for b in number if a != b]
        rng.shuffle(self._pairs)

    @property
    def given(self) -> int:
        """How many whole documents there are."""
        return len(self._texts)

    @property
    def most(self) -> int:
        """How many files it can make."""
        return len(self._texts) + len(self._pairs)

    def write(self, size: int, folder: Path) -> Collection:
        """The first `size` documents as `.txt` files; at most `most`."""
        folder.mkdir(parents=True)
        letters = 0
        for number in range(size):
            text = self.text(number)
            letters += len(text)
            (folder / f"{number:05d}.txt").write_text(text, encoding="utf-8")
        return Collection(size, min(size, len(self._texts)), letters)

    def text(self, number: int) -> str:
        """The document of that number."""
        if number < len(self._texts):
            return self._texts[number]
        first, second = self._pairs[number - len(self._texts)]
        return f"{_cut(self._texts[first])[0]}\n{_cut(self._texts[second])[1]}"


def _cut(text: str) -> Sequence[str]:
    """Both halves, parted at a line's end where there is one in the second half."""
    middle = len(text) // 2
    place = text.find("\n", middle)
    middle = place if place >= 0 else middle
    return text[:middle], text[middle:].lstrip("\n")


def _texts(source: Path) -> Iterator[str]:
    """The `text` of each line. Raises UsageError where the file is not there or is none of such lines."""
    try:
        with gzip.open(source, "rt", encoding="utf-8") as lines:
            for line in lines:
                yield str(json.loads(line)["text"])
    except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"Không đọc được «{source.name}» ({error}). Hãy chỉ đúng thư mục bằng --shared.") from error
