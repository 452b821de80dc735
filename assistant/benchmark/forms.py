"""The forms in which a query is asked: as written, without diacritics, with half of its words without; knows no set."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping

from assistant.vietnamese.normal import has_marks, nfc
from assistant.vietnamese.stripping import strip_marks

FORMS = {"written": "as written", "stripped": "diacritics stripped", "half": "half of the words stripped"}
_WORD = re.compile(r"\S+")


def in_form(queries: Mapping[str, str], form: str, seed: int) -> dict[str, str]:
    """The queries in one of `FORMS`; a query's draw depends on the seed and its id alone."""
    if form == "written":
        return dict(queries)
    if form == "stripped":
        return {identifier: strip_marks(text) for identifier, text in queries.items()}
    return {i: half_stripped(text, random.Random(f"{seed} {i}")) for i, text in queries.items()}  # noqa: S311


def half_stripped(text: str, rng: random.Random) -> str:
    """Half (rounded up) of the words that carry marks lose them: what a hurried typist sends."""
    text = nfc(text)
    words = list(_WORD.finditer(text))
    marked = [place for place, word in enumerate(words) if has_marks(word.group())]
    chosen = set(rng.sample(marked, (len(marked) + 1) // 2))
    for place in sorted(chosen, reverse=True):
        word = words[place]
        text = text[: word.start()] + strip_marks(word.group()) + text[word.end() :]
    return text
