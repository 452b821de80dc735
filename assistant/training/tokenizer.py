"""The two tokenizers that we train: byte ranks for tiktoken, word-like pieces for the encoder; knows no vectors."""

from __future__ import annotations

import base64
import math
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.tokens import PATTERN

if TYPE_CHECKING:
    from tokenizers import Tokenizer
    from tokenizers.normalizers import Normalizer
    from tokenizers.pre_tokenizers import PreTokenizer

UNKNOWN = "<unk>"
SPACE = "\u2581"
# A pair of syllables is a word when it stands together this much more often than chance (natural logarithm).
_WORD_PMI = 2.5
_WORD_COUNT = 30
_SIGN = re.compile(r"[^\w\s]+|_+|\n+")


def train_ranks(texts: Iterable[str], size: int) -> dict[bytes, int]:
    """At most `size` byte pieces by rank, cut by the very pattern that tiktoken will cut by (byte-level BPE)."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(PATTERN), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=size, initial_alphabet=alphabet, special_tokens=[], show_progress=False)
    tokenizer.train_from_iterator(map(nfc, texts), trainer)
    bytes_of = _bytes_of_characters()
    return {bytes(bytes_of[c] for c in piece): rank for piece, rank in tokenizer.get_vocab().items()}


def _bytes_of_characters() -> dict[str, int]:
    """The inverse of GPT-2's table: printable Latin-1 bytes stand for themselves, the others from U+0100 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [b for b in range(256) if b not in printable]
    return {chr(b): b for b in printable} | {chr(256 + i): b for i, b in enumerate(others)}


def write_ranks(ranks: dict[bytes, int], path: Path) -> None:
    """The `.tiktoken` format: base64 of the piece, a space, its rank; in the order of the ranks."""
    ordered = sorted(ranks.items(), key=lambda item: item[1])
    path.write_text("".join(f"{base64.b64encode(piece).decode()} {rank}\n" for piece, rank in ordered))


def train_tokenizer(texts: Iterable[str], size: int) -> Tokenizer:
    """A Unigram tokenizer over folded text whose pieces are syllables, two-syllable words and, for the rest, letters.

    Text is folded inside the tokenizer, so a question without marks has the very vector of the accented one.
    """
    from tokenizers import Tokenizer, models

    tokenizer = Tokenizer(models.Unigram(_pieces(texts, size), unk_id=0, byte_fallback=False))
    tokenizer.normalizer, tokenizer.pre_tokenizer = _normalizer(), _pre_tokenizer()
    return tokenizer


def _normalizer() -> Normalizer:
    """Folding as `vietnamese.fold` does it; every run of other signs becomes one line break."""
    from tokenizers import Regex, normalizers

    return normalizers.Sequence(
        [
            normalizers.NFD(),
            normalizers.StripAccents(),
            normalizers.Lowercase(),
            normalizers.Replace(Regex("[đðɖ]"), "d"),
            normalizers.Replace(Regex(r"\s+"), " "),
            normalizers.Replace(Regex(r" ?(?:[^\p{L}\p{N} ] ?)+"), "\n"),
            normalizers.Strip(),
        ]
    )


def _pre_tokenizer() -> PreTokenizer:
    from tokenizers import Regex, pre_tokenizers

    return pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(r"\n+"), "removed"),
            pre_tokenizers.Metaspace(replacement=SPACE, prepend_scheme="always", split=False),
        ]
    )


def _pieces(texts: Iterable[str], size: int) -> list[tuple[str, float]]:
    """Pieces with their log probability: letters always, then the most frequent syllables and words."""
    singles, pairs = _count(texts)
    total = sum(singles.values())
    words = {SPACE + a: n for a, n in singles.items()}
    words |= {SPACE + a + SPACE + b: n for (a, b), n in pairs.items() if _is_word(n, singles[a], singles[b], total)}
    letters = sorted(Counter("".join(a for a, _ in singles.most_common(50_000))))
    fallback = [SPACE, *letters]
    kept = sorted(words.items(), key=lambda item: (-item[1], item[0]))[: size - 1 - len(fallback)]
    floor = math.log(1 / total) - 5.0
    return [(UNKNOWN, floor), *((c, floor) for c in fallback), *((w, math.log(n / total)) for w, n in kept)]


def _is_word(together: int, first: int, second: int, total: int) -> bool:
    return together >= _WORD_COUNT and math.log(together * total / (first * second)) >= _WORD_PMI


def _count(texts: Iterable[str]) -> tuple[Counter[str], Counter[tuple[str, str]]]:
    singles: Counter[str] = Counter()
    pairs: Counter[tuple[str, str]] = Counter()
    for run in _runs(texts):
        singles.update(run)
        pairs.update(pairwise(run))
    return singles, pairs


def _runs(texts: Iterable[str]) -> Iterator[list[str]]:
    """Syllables between two signs; digits part from letters nowhere but at a sign, as the tokenizer sees them."""
    for text in texts:
        for piece in _SIGN.split(fold(nfc(text))):
            run = piece.split()
            if run:
                yield run
