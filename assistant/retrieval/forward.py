"""What each chunk says, as ids in reading order: context, body and keys; knows no scores.

A *form* is a syllable with its marks (or a short form's word written out, which has none); a *term* is what it is
without them. Forms are stored, terms are looked up through `term_of_form`. Files: `forms.json`, `terms.json`,
`term_of_form.npy`, and for each field the ids end to end (`context.ids`, …) and where each chunk begins.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from assistant.retrieval.files import damaged, load_array
from assistant.vietnamese.syllables import extra_terms, index_forms, marked_key

Ids = NDArray[np.int32]
FIELDS = ("context", "body", "keys")
_REMEMBERED = 1_000_000


@dataclass(frozen=True, slots=True)
class Field:
    """Ids of all chunks end to end; chunk i is `ids[starts[i]:starts[i + 1]]`."""

    name: str
    ids: Ids
    starts: NDArray[np.int64]

    def gather(self, rows: NDArray[np.int64]) -> tuple[Ids, NDArray[np.int64]]:
        """Ids of some chunks end to end, and how many each has. Raises IndexDamaged."""
        begins, ends = self.starts[rows], self.starts[rows + 1]
        if not ((begins >= 0) & (begins <= ends) & (ends <= len(self.ids))).all():
            raise damaged(f"lexical/{self.name}.starts.npy", "thứ tự sai")
        lengths = ends - begins
        places = np.repeat(begins - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())
        return np.asarray(self.ids[places]), lengths


class ForwardIndex:
    """Opened memory-mapped. Raises OSError, ValueError, KeyError where a file is damaged."""

    def __init__(self, folder: Path) -> None:
        forms, terms = (
            json.loads((folder / f"{name}.json").read_text(encoding="utf-8")) for name in ("forms", "terms")
        )
        self.form_ids: dict[str, int] = {form: i for i, form in enumerate(forms)}
        self.term_ids: dict[str, int] = {term: i for i, term in enumerate(terms)}
        self.term_of_form: Ids = load_array(folder / "term_of_form.npy", mapped=False)
        of_terms = (self.term_of_form >= 0) & (self.term_of_form < len(terms))
        if len(self.term_of_form) != len(forms) or not of_terms.all():
            raise ValueError("term_of_form.npy")
        self.context, self.body, self.keys = (_open(folder, name) for name in FIELDS)
        if not len(self.context.starts) == len(self.body.starts) == len(self.keys.starts):
            raise ValueError("starts.npy")

    @property
    def size(self) -> int:
        """How many chunks there are."""
        return len(self.body.starts) - 1

    def terms(self, field: Field, forms: Ids) -> Ids:
        """The term of each of some forms of a field. Raises IndexDamaged."""
        try:
            found: Ids = self.term_of_form[forms]
        except IndexError as error:
            raise damaged(f"lexical/{field.name}.ids", error) from error
        return found


class ForwardWriter:
    """Writes chunks in the order in which they are added."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._forms: dict[str, int] = {}
        self._seen: dict[str, int] = {}  # words as they stand in the text -> form
        self._terms: dict[str, int] = {}
        self._term_of_form = array("i")
        self._files = {name: (folder / f"{name}.ids").open("wb") for name in FIELDS}
        self._starts = {name: array("q", [0]) for name in FIELDS}
        self._context: tuple[str, bytes] = ("", b"")

    def add(self, title: str, headings: Sequence[str], body: str) -> None:
        context = "\n".join((title, *headings))
        if context != self._context[0]:  # neighbours share it
            self._context = (context, self._ids(context))
        self._append("context", self._context[1])
        self._append("body", self._ids(body))
        self._append("keys", array("i", map(self._key, extra_terms(f"{context}\n{body}"))).tobytes())

    def _append(self, field: str, ids: bytes) -> None:
        self._files[field].write(ids)
        self._starts[field].append(self._starts[field][-1] + len(ids) // 4)

    def _ids(self, text: str) -> bytes:
        seen = self._seen
        ids = array("i")
        for word, term in index_forms(text):
            number = seen.get(word)
            ids.append(self._new(word, term) if number is None else number)
        return ids.tobytes()

    def _new(self, word: str, term: str) -> int:
        form = marked_key(word)
        if form not in self._forms:
            self._forms[form] = len(self._forms)
            self._term_of_form.append(self._key(term))
        if len(self._seen) < _REMEMBERED:
            self._seen[word] = self._forms[form]
        return self._forms[form]

    def _key(self, term: str) -> int:
        return self._terms.setdefault(term, len(self._terms))

    def finish(self) -> None:
        for name in FIELDS:
            self._files[name].close()
            np.save(self._folder / f"{name}.starts.npy", np.asarray(self._starts[name], np.int64), allow_pickle=False)
        np.save(self._folder / "term_of_form.npy", np.asarray(self._term_of_form, np.int32), allow_pickle=False)
        for name, words in (("forms", self._forms), ("terms", self._terms)):
            (self._folder / f"{name}.json").write_text(json.dumps(list(words), ensure_ascii=False), encoding="utf-8")

    def close(self) -> None:
        for file in self._files.values():
            file.close()


def _open(folder: Path, name: str) -> Field:
    """The same memory maps as plain arrays, without the cost of np.memmap at every indexing."""
    starts: NDArray[np.int64] = np.asarray(load_array(folder / f"{name}.starts.npy"))
    file = folder / f"{name}.ids"
    size = file.stat().st_size // 4
    if len(starts) == 0 or int(starts[-1]) != size:
        raise ValueError(file.name)
    ids: Ids = np.asarray(np.memmap(file, dtype=np.int32, mode="r")) if size else np.zeros(0, np.int32)
    return Field(name, ids, starts)
