"""Documents and queries of made-up words in Vietnamese spelling, seeded, each made when it is asked for; no meaning."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import overload

import numpy as np
from numpy.typing import NDArray

from assistant.documents.structure import find_sections
from assistant.types import Document
from assistant.vietnamese.normal import fold, nfc

# Articles of a document; each is one chunk, as no chunk crosses an article.
ARTICLES = 4
_ONSETS = "b c ch d đ g gh h kh l m n ng nh ph qu r s t th tr v x"
# The tone stands where the asterisk is.
_RIMES = (
    "a* a*n a*ng a*nh a*o a*y ă*n â*m â*n â*y e* e*m e*n e*o ê* ê*nh i* i*ch iê*n iê*u i*n i*nh o* o*a oa*n o*n o*ng "
    "ô* ô*i ô*n ô*ng ơ* ơ*i ơ*n u* u*a uâ*n uô*c uô*n uy* uyê*n ư* ư*a ươ*ng ươ*i ươ*c"
)
_TONES = ("", "\u0300", "\u0301", "\u0309", "\u0303", "\u0323")  # as combining marks
_WORDS, _TOPICS, _TOPIC_WORDS = 30_000, 1_000, 200
_BODY, _TITLE = 50, 6  # words of an article and of a title; a word is one or two syllables
_TOPICAL = 0.4  # share of an article's words that its document's topic has


Numbers = NDArray[np.int64]


class MadeUpDocuments(Sequence[Document]):
    """So many documents; word n is about 1/n as frequent as the first, and every document has a topic with words."""

    def __init__(self, size: int, seed: int) -> None:
        self._size, self._seed = size, seed
        rng = np.random.default_rng(seed)
        syllables = _syllables()
        first, second = rng.integers(len(syllables), size=(2, _WORDS))
        alone = rng.random(_WORDS) < 0.4
        self._words = np.array(
            [
                syllables[a] if one else f"{syllables[a]} {syllables[b]}"
                for a, b, one in zip(first, second, alone, strict=True)
            ]
        )
        self._topics = rng.integers(_WORDS, size=(_TOPICS, _TOPIC_WORDS))

    @cached_property
    def _shares(self) -> NDArray[np.float64]:
        shares = 1 / np.arange(1, _WORDS + 1)
        return np.cumsum(shares / shares.sum())

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, number: int) -> Document: ...
    @overload
    def __getitem__(self, number: slice) -> list[Document]: ...
    def __getitem__(self, number: int | slice) -> Document | list[Document]:
        if isinstance(number, slice):
            return [self[i] for i in range(*number.indices(self._size))]
        if not 0 <= number < self._size:
            raise IndexError(number)
        return self._document(number)

    def __iter__(self) -> Iterator[Document]:
        return map(self._document, range(self._size))

    def _document(self, number: int) -> Document:
        rng = np.random.default_rng((self._seed, number))
        topic = self._topics[rng.integers(_TOPICS)]
        articles = [
            f"Điều {i}. {self._said(rng, topic, _TITLE)}\n{self._said(rng, topic, _BODY)}."
            for i in range(1, ARTICLES + 1)
        ]
        identifier, text = f"d{number}", "\n".join(articles)
        title = f"Quy định {self._said(rng, topic, _TITLE)}"
        return Document(identifier, title, "corpus.jsonl", text, sections=find_sections(identifier, text))

    def _said(self, rng: np.random.Generator, topic: Numbers, words: int) -> str:
        common = np.searchsorted(self._shares[:-1], rng.random(words))
        own = topic[rng.integers(_TOPIC_WORDS, size=words)]
        return " ".join(self._words[np.where(rng.random(words) < _TOPICAL, own, common)])


def queries_of(documents: MadeUpDocuments, number: int) -> list[str]:
    """Some twelve syllables of as many documents, in their order; every second query without diacritics."""
    step = max(1, len(documents) // number)
    texts = (documents[i].text.split()[20:32] for i in itertools.islice(range(0, len(documents), step), number))
    return [fold(" ".join(words)) if i % 2 else " ".join(words) for i, words in enumerate(texts)]


def _syllables() -> list[str]:
    parts = itertools.product(_ONSETS.split(), _RIMES.split(), _TONES)
    return [nfc(onset + rime.replace("*", tone)) for onset, rime, tone in parts]
