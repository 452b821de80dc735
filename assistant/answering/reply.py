"""An LLM's reply, as it arrives, into checked statements; knows no server and no prompt."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from assistant.answering.grounding import is_grounded
from assistant.answering.quotation import Draft, Quotation, Statement
from assistant.vietnamese.normal import fold, nfc
from assistant.vietnamese.sentences import sentence_spans

NOTHING = "KHÔNG CÓ"
SENTENCE_LIMIT = 600

_REFERENCE = re.compile(r"\[\s*\d{1,4}(?:\s*[,;]\s*\d{1,4})*\s*\]")
# References behind the sentence's stop, or on a line of their own.
_LATE_REFERENCES = re.compile(rf"(?:([.!?…]+[\"”»)]*)\s*|\s*\n\s*)((?:{_REFERENCE.pattern}[ \t]*)+)[.;,]?")
# A text that ends within, or just after, what may become a reference or its link.
_OPEN_REFERENCE = re.compile(r"(?:\[[^\[\]\n]*|\]\s*|\]\([^()\s]*)$")
_BULLET = re.compile(r"^\s*(?:[-*•+–#]+|\d{1,2}[.)])\s+")
_NUMBERED_LINK = re.compile(rf"({_REFERENCE.pattern})\([^()\s]*\)")
_LINK = re.compile(r"!?\[([^\[\]]*)\]\([^()\s]*\)")
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|<!--.*?-->")
_ADDRESS = re.compile(r"(?:https?://|www\.|mailto:)\S+", re.IGNORECASE)
_EMPHASIS = re.compile(r"[*_`#|~]+")
_BOUNDARY = re.compile(r"[.!?…\]】\s]")


def read_reply(
    chunks: Iterable[str], quotations: Sequence[Quotation], *, question: str = "", characters: int
) -> Iterator[Draft]:
    """The reply's checked statements, each as a draft to be added, then the draft that completes them.

    Reading ends after so many characters. A reply of which nothing is left gives an empty, complete draft.
    """
    offered = {quotation.number: quotation for quotation in quotations}
    kept = False
    for sentence in _sentences(chunks, characters):
        text = clean(sentence)
        if not kept and _says_nothing(text):
            yield Draft(abstained=True)
            return
        if statement := _statement(text, offered, question):
            kept = True
            yield Draft((statement,), complete=False)
    yield Draft()


def clean(text: str) -> str:
    """One line of plain NFC text: no control characters, links, tags, emphasis or bullets."""
    text = nfc(text)
    for pattern, kept in ((_LINK, r"\1"), (_TAG, ""), (_ADDRESS, ""), (_BULLET, ""), (_EMPHASIS, "")):
        text = pattern.sub(kept, text)
    visible = (c if not unicodedata.category(c).startswith("C") else " " if c.isspace() else "" for c in text)
    return " ".join("".join(visible).split())


def _sentences(chunks: Iterable[str], characters: int) -> Iterator[str]:
    """Sentences with their references, each as soon as the next one has begun; a model's thoughts are left out.

    What is held when the characters run out is half a sentence at best, so it goes.
    """
    held = ""
    for chunk in chunks:
        characters -= len(chunk)
        if characters < 0:
            return
        held += chunk.replace("【", "[").replace("】", "]")
        if _BOUNDARY.search(chunk):
            *finished, held = _split(_without_thoughts(held))
            yield from finished
    yield from _split(_without_thoughts(held), ended=True)


def _without_thoughts(text: str) -> str:
    return text.rpartition("</think>")[2] if text.lstrip().startswith("<think>") and "</think>" in text else text


def _split(text: str, *, ended: bool = False) -> list[str]:
    """The text cut at its sentences' ends; the last piece may still grow, unless the text has ended."""
    if not ended and _OPEN_REFERENCE.search(text):
        return [text]
    if text.lstrip().startswith("<think>"):
        return [] if ended else [text]
    text = _LATE_REFERENCES.sub(lambda m: f" {m[2].strip()}{m[1] or '.'} ", _NUMBERED_LINK.sub(r"\1", text))
    cuts = [start for start, _ in sentence_spans(text)][1:]
    return [text[a:b] for a, b in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def _says_nothing(text: str) -> bool:
    bare = text.strip(' .!"“”«»()')
    return bare.startswith(NOTHING) or bare.endswith(NOTHING) or fold(bare) == fold(NOTHING)


def _statement(text: str, offered: dict[int, Quotation], question: str) -> Statement | None:
    """The sentence with its numbers, if it has any, all were offered, and it stands on them."""
    numbers = tuple(dict.fromkeys(int(n) for group in _REFERENCE.findall(text) for n in re.findall(r"\d+", group)))
    sentence = _tidy(_REFERENCE.sub("", text))
    if not numbers or not offered.keys() >= set(numbers) or not 0 < len(sentence) <= SENTENCE_LIMIT:
        return None
    if any(mark in sentence for mark in "<>[]{}"):
        return None
    grounded = is_grounded(sentence, [offered[n] for n in numbers], question=question)
    return Statement(sentence, numbers) if grounded else None


def _tidy(text: str) -> str:
    """The sentence after its references are taken out: no space before a mark, one mark at the end."""
    text = re.sub(r"\s+(?=[.,;:!?…)])", "", " ".join(text.split())).strip()
    text = re.sub(r"([.!?…])[.;,]+$", r"\1", text).rstrip(" ,;:-–")
    return text if not text or text[-1] in ".!?…" else f"{text}."
