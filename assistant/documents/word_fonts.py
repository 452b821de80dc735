"""Runs of a Word file in a font of before Unicode (.VnTime, VNI-Times) as Unicode, in place; makes no text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from assistant.documents.word_styles import Styles
from assistant.documents.word_tree import W, flag, value
from assistant.vietnamese.encodings import convert, encoding_of_font, reads_as

if TYPE_CHECKING:
    from lxml.etree import _Element

# What stands between two runs, or in one, and is not seen.
_UNSEEN = {
    W + name for name in ("rPr", "proofErr", "bookmarkStart", "bookmarkEnd", "lastRenderedPageBreak", "noProof")
}  # fmt: skip
Font = tuple[str, bool]


def to_unicode(root: _Element, styles: Styles) -> None:
    """Converts what is in a legacy font, as such a font's name tells, and nothing else.

    Text that was typed anew in Unicode often keeps the font's name: what reads as Vietnamese as it stands, and not as
    the font's encoding has it, is left. Where both do, the other runs in such fonts decide.
    """
    named = [*root.iter(W + "rFonts"), *(() if styles.root is None else styles.root.iter(W + "rFonts"))]
    if not any(encoding_of_font(_name(fonts) or "") for fonts in named):
        return
    groups = list(_groups(root, styles))
    verdicts = [reads_as("".join(text.text or "" for text in texts), font[0]) for font, texts in groups]
    by_font = verdicts.count(True) >= verdicts.count(False)
    for (font, texts), verdict in zip(groups, verdicts, strict=True):
        if verdict or (verdict is None and by_font):
            texts[0].text = convert("".join(text.text or "" for text in texts), font[0], capitals=font[1])
            for text in texts[1:]:
                text.text = ""


def _groups(root: _Element, styles: Styles) -> Iterator[tuple[Font, list[_Element]]]:
    """The texts in a legacy font that follow each other directly: a letter may be parted between two runs."""
    group: list[_Element] = []
    known: tuple[Font, bool | None] | None = None
    for text in root.iter(W + "t"):
        run = text.getparent()
        font = None if run is None else _font(run, styles)
        if run is None or font is None:
            continue
        key = font, flag(run.find(W + "rPr"), "vanish")
        if known == key and _follows(group[-1], text):
            group.append(text)
            continue
        if known:
            yield known[0], group
        group, known = [text], key
    if known:
        yield known[0], group


def _follows(before: _Element, text: _Element) -> bool:
    """Whether nothing is seen between two texts, of one run or of neighbours."""
    first, second = before.getparent(), text.getparent()
    if first is None or second is None or first.getparent() is not second.getparent():
        return False
    if first is second:
        return _unseen(before.itersiblings(), text)
    ends = _unseen(before.itersiblings(), None) and _unseen(text.itersiblings(preceding=True), None)
    return ends and _unseen(first.itersiblings(), second)


def _unseen(siblings: Iterable[_Element], until: _Element | None) -> bool:
    for sibling in siblings:
        if sibling is until:
            return True
        if sibling.tag not in _UNSEEN:
            return False
    return until is None


def _font(run: _Element, styles: Styles) -> Font | None:
    """What the run's font encodes, where its name tells: its own, its style's, its paragraph's, the document's."""
    own = run.find(W + "rPr")
    paragraph = next(run.iterancestors(W + "p"), None)
    properties = [own, *(style.find(W + "rPr") for style in styles.chain(value(own, "rStyle")))]
    properties += [] if paragraph is None else [style.find(W + "rPr") for style in styles.of(paragraph)]
    if styles.root is not None:
        properties.append(styles.root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr"))
    names = (_name(p.find(W + "rFonts")) for p in properties if p is not None)
    return encoding_of_font(next((name for name in names if name is not None), ""))


def _name(fonts: _Element | None) -> str | None:
    """The font of letters beyond ASCII, which legacy letters are; "" for one of the theme; None where none is given."""
    if fonts is None:
        return None
    if fonts.get(W + "hAnsiTheme"):
        return ""
    return fonts.get(W + "hAnsi") or ("" if fonts.get(W + "asciiTheme") else fonts.get(W + "ascii"))
