"""What was wrong with a reply of which nothing could be kept; knows no prompt and no server."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.answering.grounding import Fault, find_fault
from assistant.answering.quotation import Quotation
from assistant.answering.reply import clean
from assistant.vietnamese.sentences import sentence_spans

# Sentences that are looked at.
_MOST = 20

_REFERENCE = re.compile(r"\[[\d\s,;]*\d[\d\s,;]*\]")


def find_complaint(reply: str, quotations: Sequence[Quotation], *, question: str = "") -> Fault:
    """The fault to tell the model of: its references first, then the first sentence that they do not bear out."""
    said = reply.replace("【", "[").replace("】", "]").rpartition("</think>")[2]
    text = _REFERENCE.sub("", said)
    if said.lstrip().startswith("<think>") or not re.search(r"\w", text):
        return Fault.EMPTY
    offered = {str(quotation.number): quotation for quotation in quotations}
    numbers = {number for group in _REFERENCE.findall(said) for number in re.findall(r"\d+", group)}
    if not numbers:
        return Fault.NO_REFERENCE
    if not numbers <= offered.keys():
        return Fault.UNKNOWN_NUMBER
    sources = [offered[number] for number in sorted(numbers)]
    sentences = (clean(text[start:end]) for start, end in sentence_spans(text)[:_MOST])
    faults = (find_fault(sentence, sources, question=question) for sentence in sentences if sentence)
    return next(filter(None, faults), Fault.UNSUPPORTED)
