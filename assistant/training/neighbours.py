"""Words near in meaning, learned from running text: `python -m assistant.training.neighbours --data DIR --out DIR`.

Skip-gram vectors (Mikolov et al. 2013) of words and phrases as they are written, marks and all; kept is only which
folded phrase stands near which, with the cosine to be expected over the forms that each may stand for. Knows no
question and no index.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.errors import CancuError
from assistant.retrieval.neighbours import Phrase, save_neighbours
from assistant.training.pairs import training_texts
from assistant.training.phrases import join_phrases, sentences
from assistant.vietnamese.syllables import index_terms

# A phrase whose every syllable is written with a capital in so many of its places is a name: «Hà Nội» is near
# «Hải Phòng», and neither answers for the other.
_NAME = 0.8
# A form that is so small a share of what its folded phrase stands for is not looked at.
_RARE_FORM = 0.05
_BLOCK = 1024
# Cosines looked at for each form: the most similar ones.
_LOOKED_AT = 40


@dataclass(frozen=True, slots=True)
class SkipGram:
    """What a run depends on besides its text; only one thread gives the same table twice."""

    seed: int = 13
    threads: int = 2
    dimension: int = 128
    window: int = 5
    epochs: int = 3
    sample: float = 1e-4  # words that are a larger share of the text are skipped now and then
    rarest: int = 20  # a phrase that stands less often is not learned
    phrases: int = 20_000
    nearest: int = 10
    similar: float = 0.5


@dataclass(frozen=True, slots=True)
class Forms:
    """Written phrases («kinh_phí»), how often each stands, how often as a name, and its unit vector (n, d)."""

    words: Sequence[str]
    counts: NDArray[np.int64]
    named: NDArray[np.int64]
    vectors: NDArray[np.float32]


def learn(texts: Iterable[str], recipe: SkipGram) -> Forms:
    """The vectors of all phrases of the texts that are not too rare, the most frequent first."""
    from gensim.models import Word2Vec

    with tempfile.TemporaryDirectory() as folder:
        syllables, joined = Path(folder) / "syllables", Path(folder) / "phrases"
        with syllables.open("w", encoding="utf-8") as stream:
            stream.writelines(" ".join(sentence) + "\n" for sentence in sentences(texts))
        _say("âm tiết: xong")
        named = join_phrases(syllables, joined, rarest=recipe.rarest)
        _say("ghép từ: xong")
        model = Word2Vec(
            corpus_file=str(joined),
            sg=1,
            vector_size=recipe.dimension,
            window=recipe.window,
            min_count=recipe.rarest,
            sample=recipe.sample,
            epochs=recipe.epochs,
            workers=recipe.threads,
            seed=recipe.seed,
        )
    words: list[str] = model.wv.index_to_key
    counts = np.asarray([model.wv.get_vecattr(word, "count") for word in words], np.int64)
    vectors = np.asarray(model.wv.get_normed_vectors(), np.float32)
    return Forms(words, counts, np.asarray([named[word] for word in words], np.int64), vectors)


def neighbour_table(forms: Forms, recipe: SkipGram) -> dict[Phrase, list[tuple[Phrase, float]]]:
    """For each of the most frequent folded phrases those near it, best first.

    The similarity of two folded phrases is the cosine to be expected of what they stand for: over their written forms,
    by how often each is meant, names and forms too far apart counting nothing.
    """
    keys = [tuple(index_terms(word.replace("_", " "))) for word in forms.words]
    totals: Counter[Phrase] = Counter()
    for key, count in zip(keys, forms.counts.tolist(), strict=True):
        totals[key] += count
    kept = [key for key, _ in totals.most_common() if _is_phrase(key)][: recipe.phrases]
    table: dict[Phrase, dict[Phrase, float]] = {key: defaultdict(float) for key in kept}
    shares = forms.counts / np.asarray([totals[key] for key in keys])
    meant = (shares >= _RARE_FORM) & (forms.named < _NAME * forms.counts)
    rows = np.flatnonzero(meant & np.asarray([key in table for key in keys]))
    for one, other, cosine in _close(forms.vectors[rows], recipe.similar):
        a, b = rows[one], rows[other]
        if not _holds(keys[a], keys[b]) and not _holds(keys[b], keys[a]):
            table[keys[a]][keys[b]] += float(shares[a] * shares[b]) * cosine
    return {key: _best(near, recipe) for key, near in table.items()}


def _is_phrase(key: Phrase) -> bool:
    return all(term.isascii() and term.isalpha() for term in key) and sum(map(len, key)) > 1


def _holds(whole: Phrase, part: Phrase) -> bool:
    return f" {' '.join(part)} " in f" {' '.join(whole)} "


def _close(vectors: NDArray[np.float32], least: float) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows with a cosine of at least so much: for each row its nearest, a few dozen at most."""
    count = min(_LOOKED_AT, len(vectors) - 1)
    for start in range(0, len(vectors), _BLOCK):
        cosines = vectors[start : start + _BLOCK] @ vectors.T
        here = np.arange(len(cosines))
        cosines[here, start + here] = -1.0
        nearest = np.argpartition(-cosines, count - 1, axis=1)[:, :count] if count else np.zeros((len(here), 0), int)
        for row, places in enumerate(nearest):
            for place in places[cosines[row, places] >= least]:
                yield start + row, int(place), float(cosines[row, place])


def _best(near: Mapping[Phrase, float], recipe: SkipGram) -> list[tuple[Phrase, float]]:
    ordered = sorted(near.items(), key=lambda pair: (-pair[1], pair[0]))
    return [(key, min(1.0, cosine)) for key, cosine in ordered[: recipe.nearest] if cosine >= recipe.similar]


def make(data: Path, out: Path, recipe: SkipGram) -> None:
    """Writes `neighbours.npz` beside the encoder."""
    forms = learn(training_texts(data), recipe)
    _say(f"{len(forms.words)} từ và cụm từ: xong")
    save_neighbours(out, neighbour_table(forms, recipe))


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    default = SkipGram()
    parser = argparse.ArgumentParser(
        prog="python -m assistant.training.neighbours", description="Làm lại từ gần nghĩa."
    )
    parser.add_argument("--data", type=Path, required=True, help="thư mục dữ liệu huấn luyện")
    parser.add_argument("--out", type=Path, required=True, help="thư mục bộ mã hóa, nơi ghi bảng từ gần nghĩa")
    parser.add_argument("--seed", type=int, default=default.seed, help="hạt giống ngẫu nhiên")
    parser.add_argument("--threads", type=int, default=default.threads, help="số luồng; chỉ 1 cho đúng bảng cũ")
    options = parser.parse_args(arguments)
    try:
        make(options.data, options.out, SkipGram(seed=options.seed, threads=options.threads))
    except (CancuError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
