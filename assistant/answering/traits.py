"""What tells an answering sentence from others that share the question's words: numbers for a learned model.

Each trait is of one candidate beside all of the same question; knows no model.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from assistant.answering.asked import TYPED, Asked
from assistant.answering.fitting import REASON, fits
from assistant.answering.focus import find_focus
from assistant.answering.lists import ITEM
from assistant.answering.matching import POINTS_BACK, Match, Weight, presence
from assistant.answering.question import Understanding, content_terms
from assistant.types import Document

Traits = Mapping[str, NDArray[np.float64]]
_DEFINES = re.compile(r"\b(?:là|gồm|bao gồm|được hiểu)\b")
# New words from which on more of them count no more.
_MOST_NEW = 40.0


def traits(matches: Sequence[Match], question: Understanding, weight: Weight) -> Traits:
    """Trait name -> its value for each of `matches`, shape (n,)."""
    rows = [_of_one(m, question, weight) for m in matches]
    names = list(rows[0]) if rows else []
    table = {name: np.array([row[name] for row in rows], np.float64) for name in names}
    for name in ("own", "around", "similar", "pairs", "score"):
        best = table[name].max(initial=0.0)
        table[f"{name}_part"] = table[name] / best if best > 0 else table[name]
    kinds = {Asked.NUMBER, Asked.DATE, Asked.PERSON, Asked.LIST, Asked.REASON, Asked.OTHER}
    for kind in sorted(kinds, key=lambda k: k.value):
        table[f"asks_{kind.value}"] = np.full(len(rows), float(question.asked is kind))
    table["asks_typed"] = np.full(len(rows), float(question.asked in TYPED))
    table["question_terms"] = np.full(len(rows), float(len(question.terms)))
    return table


def _of_one(m: Match, question: Understanding, weight: Weight) -> dict[str, float]:
    unit, told = m.unit, m.unit.told
    weights = {term: weight(term) for term in question.terms}
    heavy = sorted(weights, key=lambda t: -weights[t])
    keys = dict(zip(question.terms, question.keys, strict=True))
    here = {t: presence(t, keys[t], unit.words) for t in heavy}
    new = [t for t in content_terms(told[:2000]) if t not in weights]
    focus = find_focus(told, question, weight) if question.asked in TYPED and not unit.provision else None
    return {
        "score": m.score,
        "own": m.own,
        "pairs": m.pairs,
        "around": m.around,
        "literal": m.literal,
        "lacking": m.lacking,
        "numbers": float(m.numbers),
        "fits": float(m.fits),
        "fits_itself": float(fits(question, unit.text)),
        "deputy": float(m.deputy),
        "similar": m.similar,
        "foreign": float(m.foreign),
        "names": m.names,
        "hit": unit.hit_score,
        "rarest_1": float(np.mean([here[t] for t in heavy[:1]])) if heavy else 0.0,
        "rarest_2": float(np.mean([here[t] for t in heavy[:2]])) if heavy else 0.0,
        "rarest_3": float(np.mean([here[t] for t in heavy[:3]])) if heavy else 0.0,
        "head": float(np.mean([t in unit.words.terms for t in question.head])) if question.head else 1.0,
        "head_near": float(np.mean([_near(t, m) for t in question.head])) if question.head else 1.0,
        "run": _run(question.terms, unit.terms),
        "new": min(float(len(new)), _MOST_NEW),
        "share_asked": 1.0 - len(new) / max(1, len(new) + len(set(weights) & set(unit.terms))),
        "length": float(np.log1p(len(unit.terms))),
        "told_length": float(np.log1p(len(told))),
        "item": float(bool(ITEM.match(unit.text))),
        "leads": float(unit.text.endswith(":")),
        "titled": float(_is_title(unit.document, unit.start, unit.text)),
        "asking": float(unit.text.rstrip().endswith("?")),
        "reason": float(bool(REASON.search(unit.text))),
        "back": float(bool(POINTS_BACK.match(unit.text.lstrip("-–+ ")))),
        "defines": float(bool(_DEFINES.search(unit.text))),
        "focus": focus.worth if focus else 0.0,
        "holds_focus": float(focus is not None),
        "provision": float(unit.provision),
        "commas": float(min(unit.text.count(",") + unit.text.count(";"), 10)),
    }


def _near(term: str, m: Match) -> bool:
    return term in m.unit.words.terms or term in m.unit.context.terms


def _run(asked: Sequence[str], terms: Sequence[str]) -> float:
    """The longest stretch of the question's terms that stands in the unit in the same order, as a share."""
    places: dict[str, list[int]] = {}
    for i, term in enumerate(terms):
        places.setdefault(term, []).append(i)
    best = 0
    ends: dict[int, int] = {}
    for term in asked:
        now = {i: ends.get(i - 1, 0) + 1 for i in places.get(term, ())}
        best = max([best, *now.values()])
        ends = now
    return best / max(1, len(asked))


def _is_title(document: Document, start: int, text: str) -> bool:
    return start < 400 and " ".join(text.split())[:60] in " ".join(document.title.split())
