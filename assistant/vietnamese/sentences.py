"""Sentences with their places; a line break always ends one (layout breaks are folded before); knows no document."""

from __future__ import annotations

import re

# A full stop after these ends no sentence.
_ABBREVIATIONS = {
    "tp",
    "tx",
    "tt",
    "q",
    "p",
    "gs",
    "pgs",
    "ts",
    "ths",
    "th.s",
    "bs",
    "ks",
    "cn",
    "ths.bs",
    "tr",
    "st",
    "no",
}
_ABBREVIATIONS |= {"mr", "mrs", "dr", "vs", "đ/c", "nxb", "ubnd", "kts", "ncs", "v.v"}
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]]*+(?=\s)|\n+")
_OPENING = "\"'“‘«(["
_BLANK = re.compile("[ \t\u00a0]*")
# Characters before a full stop that are looked at; the words that matter there are short.
_NEAR = 40


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences of `text`, without surrounding white space, in order and without overlap."""
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        if _ends_sentence(text, start, match):
            _append(spans, text, start, match.end())
            start = match.end()
    _append(spans, text, start, len(text))
    return spans


def _ends_sentence(text: str, start: int, match: re.Match[str]) -> bool:
    mark = match.group()
    if mark[0] == "\n":
        return True
    after = _BLANK.match(text, match.end()).end()  # type: ignore[union-attr]
    following = text[after : after + 2].lstrip(_OPENING)
    if following and not (following[0].isupper() or following[0].isdigit() or following[0] in "-–+•*\n"):
        return False
    if mark != ".":
        return True
    near = max(start, match.start() - _NEAR)
    head = text[near : match.start()].strip()
    word = head.rsplit(None, 1)[-1].lstrip(_OPENING) if head else ""
    alone = near == start and word == head
    enumerator = alone and (word.replace(".", "").isdigit() or len(word) == 1 or set(word) <= set("IVX"))
    initial = len(word) == 1 and word.isupper()
    return not (
        enumerator or initial or word.lower() in _ABBREVIATIONS or word.lower().rpartition(".")[2] in _ABBREVIATIONS
    )


def _append(spans: list[tuple[int, int]], text: str, start: int, end: int) -> None:
    piece = text[start:end]
    stripped = piece.strip()
    if stripped:
        begin = start + len(piece) - len(piece.lstrip())
        spans.append((begin, begin + len(stripped)))
