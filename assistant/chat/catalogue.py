"""Which documents a reader wants to see: by words, kind, issuer, year and state, as escaped HTML; knows no Gradio."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice

from assistant.chat.conversation import thousands
from assistant.chat.escaping import escape
from assistant.chat.sources import facts_html, file_of, unhashed
from assistant.documents.scope import Scope
from assistant.documents.validity import UNKNOWN as NOT_KNOWN
from assistant.documents.validity import State, state_of
from assistant.sheets import place_shown
from assistant.types import Document, Hit
from assistant.vietnamese.normal import fold, nfc

# Documents listed at a time; the filter finds the others.
_LISTED = 100
# Documents in whose text words are shown, and characters of the passage on either side of where most of them stand.
_FOUND = 10
_AROUND = 110
# Words looked for, and places of them in a passage that are compared.
_WORDS, _PLACES = 32, 200
# The choice of documents that do not tell.
UNKNOWN = "Không rõ"

StateOf = Callable[[Document], State]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader chose; empty where anything will do."""

    words: str = ""
    kind: str = ""
    issuer: str = ""
    year: str = ""
    state: str = ""

    @property
    def scope(self) -> Scope:
        """The documents of the chosen kind, issuer, year and state, whatever they are called."""
        if self.year == UNKNOWN:
            return Scope(self.kind, self.issuer, self.state, undated=True)
        return Scope(self.kind, self.issuer, self.state, self.year, self.year)


def facts(document: Document) -> tuple[str | None, str | None, str | None]:
    """Kind, issuer and year, None where the document does not tell."""
    year = (document.issued or "")[:4]
    return document.kind, document.issuer, year if year.isdigit() else None


def own_state(document: Document) -> State:
    """Whether the document is in force today, as far as it tells itself; what others do to it the index knows."""
    return state_of(document, {}, date.today())


def state_shown(state: State) -> str | None:
    """As a choice; None where it is not known."""
    return None if state.name == NOT_KNOWN else state.name[:1].upper() + state.name[1:]


def offered(values: Sequence[str]) -> list[str | int | float | tuple[str, str | int | float]]:
    """The choices of a box, of which the first is all."""
    return [("Tất cả", ""), *((value, value) for value in values)]


def choices(documents: Iterable[Document], state: StateOf) -> list[list[str]]:
    """What can be chosen of kind, issuer, year (latest first) and state; nothing where no document tells."""
    told: list[dict[str | None, None]] = [{}, {}, {}, {}]
    for document in documents:
        for values, value in zip(told, (*facts(document), state_shown(state(document))), strict=True):
            values[value] = None
    return [_sorted(values, latest_first=place == 2) for place, values in enumerate(told)]


def _sorted(values: Iterable[str | None], *, latest_first: bool) -> list[str]:
    known = sorted((v for v in values if v), key=fold, reverse=latest_first)
    return known + ([UNKNOWN] if known and None in values else [])


def matching(documents: Sequence[Document], wanted: Wanted, state: StateOf) -> list[Document]:
    """Those allowed in whose title, number and issuer every wanted word stands, marks or none, in corpus order."""
    words = fold(nfc(wanted.words)).split()
    meant = wanted.scope.of(documents, map(state, documents)) if wanted.scope else documents
    return [d for d in meant if all(w in _named(d) for w in words)]


def _named(document: Document) -> str:
    return fold(" ".join(filter(None, (document.title, document.number, document.issuer))))


def list_html(
    documents: Sequence[Document],
    wanted: str | Wanted,
    chunks: Callable[[str], int | None],
    state: StateOf = own_state,
) -> str:
    """The documents in which every wanted word stands, marks or none, in corpus order."""
    wish = Wanted(wanted) if isinstance(wanted, str) else wanted
    found = matching(documents, wish, state)
    items = "".join(_item(d, chunks(d.id)) for d in found[:_LISTED])
    rest = len(found) - _LISTED
    more = f'<p class="cc-aside">Còn {thousands(rest)} văn bản nữa; hãy lọc hẹp hơn.</p>' if rest > 0 else ""
    named = " có tên, số hiệu hoặc cơ quan ban hành như vậy" if wish.words.strip() else ""
    count = f"{thousands(len(found))} văn bản{named}" if found else f"Không có văn bản nào{named or ' như vậy'}."
    return f'<p class="cc-aside" role="status">{count}</p><ul class="cc-documents">{items}</ul>{more}'


def _item(document: Document, chunks: int | None) -> str:
    size = [escape(file_of(document))]
    size += [f"{len(document.pages)} trang"] if document.pages else []
    size += [f"{chunks} đoạn"] if chunks is not None else []
    return (
        f'<li><button type="button" class="cc-link cc-open" data-document="{escape(document.id)}" '
        f'data-start="0" data-end="0">'
        f'{escape(document.title)}</button>{facts_html(document)}<p class="cc-aside">{" · ".join(size)}</p></li>'
    )


def found_html(hits: Iterable[Hit], wanted: str, document: Callable[[str], Document]) -> str:
    """The best passage of each document that has at least half of the wanted words."""
    words = fold(nfc(wanted)).split()[:_WORDS]
    found: dict[str, str] = {}
    for hit in hits if words else ():
        of = document(hit.chunk.span.document_id)
        if of.id not in found and len(found) < _FOUND and _tells(hit, of, words):
            found[of.id] = _passage(hit, of, words)
    if not words:
        return ""
    nothing = "" if found else '<p class="cc-aside">Không thấy đoạn nào có các từ này.</p>'
    return f'<h2>Trong nội dung</h2><ul class="cc-documents">{"".join(found.values())}</ul>{nothing}'


def _tells(hit: Hit, document: Document, words: Sequence[str]) -> bool:
    said = fold(" ".join((document.title, *hit.chunk.headings, hit.chunk.text)))
    return 2 * sum(any(True for _ in _starts(said, w)) for w in words) >= len(words)


def _passage(hit: Hit, document: Document, words: Sequence[str]) -> str:
    span = hit.chunk.span
    page = place_shown(hit.chunk.page, document.cells_at(span.start, span.end))
    parts = (*hit.chunk.headings[-1:], page, file_of(document))
    where = " · ".join(part for part in parts if part and part != document.title)
    start = span.start + len(hit.chunk.text) - len(unhashed(hit.chunk.text))
    return (
        f'<li><button type="button" class="cc-link cc-open" data-document="{escape(document.id)}" '
        f'data-start="{start}" data-end="{span.end}">{escape(document.title)}</button>'
        f'<p class="cc-aside">{escape(where)}</p><p>{_marked(hit.chunk.text, words)}</p></li>'
    )


def _marked(text: str, words: Sequence[str]) -> str:
    """The passage around the place where most of the wanted words stand together, every wanted word marked."""
    line = " ".join(unhashed(text).split())
    first = _densest(fold(line), words)
    start, end = max(0, first - _AROUND), min(len(line), first + _AROUND)
    while 0 < start < first and not line[start - 1].isspace():
        start += 1
    while first < end < len(line) and not line[end].isspace():
        end -= 1
    inside = "".join(f"<mark>{escape(t)}</mark>" if m else escape(t) for t, m in _parts(line[start:end], words))
    return f"{'… ' if start else ''}{inside}{' …' if end < len(line) else ''}"


def _densest(folded: str, words: Sequence[str]) -> int:
    """Where the most different words stand within the length of a passage's half; the first of such places."""
    places = sorted((at, w) for w in set(words) for at in islice(_starts(folded, w), _PLACES))[:_PLACES]
    near = {at: len({w for other, w in places if at <= other < at + _AROUND - len(w)}) for at, _ in places}
    return max(near, key=lambda at: (near[at], -at), default=0)


def _parts(line: str, words: Sequence[str]) -> list[tuple[str, bool]]:
    """The line in parts, with whether they are a wanted word."""
    folded, wanted = fold(line), sorted(set(words), key=len, reverse=True)
    parts: list[tuple[str, bool]] = []
    at = begun = 0
    while at < len(line):
        word = next((w for w in wanted if folded.startswith(w, at) and _starts_word(folded, at)), None)
        if word is None:
            at += 1
            continue
        parts += [(line[begun:at], False), (line[at : at + len(word)], True)]
        at = begun = at + len(word)
    return [*parts, (line[begun:], False)]


def _starts(folded: str, word: str) -> Iterator[int]:
    """The places at which a word begins so."""
    at = folded.find(word)
    while at >= 0:
        if _starts_word(folded, at):
            yield at
        at = folded.find(word, at + 1)


def _starts_word(text: str, at: int) -> bool:
    return at == 0 or not text[at - 1].isalnum()
