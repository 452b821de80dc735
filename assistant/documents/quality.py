"""How much a page's text looks like language, and like Vietnamese: what choice of reader is made by; reads no file."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.syllables import is_syllable

# Enough of a page to judge it by.
_LOOKED_AT = 20_000
_WORD = re.compile(r"[^\W\d_]+")
# One small letter alone between words (`Thông t ư`), as splitting readers leave it; the words of one letter are none.
_STRAY = re.compile(
    r"(?<=[^\W\d_] )(?![aàạeéôơởổốủừuưyýỷỵoóòọồêếể])[a-zà-ỹđ](?= [^\W\d_])|(?<=[^\W\d_]{2} )[ươăâ](?= )"
)
_DAMAGE = re.compile("[\ufffd\ue000-\uf8ff\x00\x01\x03-\x08\x0e-\x1f]+")
_ENGLISH = frozenset("the of and to in is for that with on as by are be this from or at an".split())  # noqa: SIM905
# Letters with marks that Vietnamese has; those of old fonts (`Céng hßa x· héi`) mostly are others.
_VIETNAMESE = re.compile("[a-zà-ãè-êìíò-õùúýăđĩũơưạ-ỹ]+")
# A text of fewer words tells nothing about its language.
_FEW = 15


@dataclass(frozen=True, slots=True)
class Quality:
    """Shares of a page's words, runs of damaged letters among them."""

    letters: int
    words: int
    syllables: float
    english: float
    strays: float
    damage: float

    @property
    def score(self) -> float:
        """Higher is better; a faultless Vietnamese page has 1."""
        return self.syllables - self.strays - 2 * self.damage

    @property
    def doubtful(self) -> bool:
        """Whether another reader may do better."""
        return self.words < _FEW or self.damage > 0 or self.score < 0.88

    @property
    def no_language(self) -> bool:
        """Whether letters are there that make up no text, as fonts without a table of characters give."""
        return self.words >= _FEW and self.english < 0.05 and (self.score < 0.5 or self.damage > 0.2)


def quality(text: str) -> Quality:
    """The measure of one page."""
    text = nfc(text[:_LOOKED_AT])
    words = _WORD.findall(text)
    damage = _DAMAGE.findall(text)
    count = max(1, len(words) + len(damage))
    return Quality(
        letters=sum(map(len, words)),
        words=len(words) + len(damage),
        syllables=sum(map(_syllable, words)) / count,
        english=sum(word.lower() in _ENGLISH for word in words) / count,
        strays=len(_STRAY.findall(text)) / count,
        damage=len(damage) / count,
    )


@lru_cache(maxsize=65_536)
def _syllable(word: str) -> bool:
    return is_syllable(fold(word)) and _VIETNAMESE.fullmatch(word.lower()) is not None
