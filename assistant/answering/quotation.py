"""Numbered quotations as an LLM is offered them, and the draft that it makes of them; knows no LLM."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from assistant.types import Span

# Marks with which a text could pass for a tag, a chat template's token or a reference number.
_MARKS = str.maketrans("<>[]", "‹›()")


@dataclass(frozen=True, slots=True)
class Quotation:
    """A candidate to quote: `document.text[span] == text`; the LLM names it by its number."""

    number: int
    span: Span
    text: str
    title: str
    headings: tuple[str, ...] = ()
    page: int | None = None

    @property
    def place(self) -> str:
        """Title and headings, each once, in one line, with the page where there is one."""
        page = () if self.page is None else (f"trang {self.page}",)
        return " › ".join((*dict.fromkeys((self.title, *self.headings)), *page))

    @property
    def shown(self) -> str:
        """The quotation as it stands in a prompt: in its own tag, which its text can't close or imitate."""
        place = neutral(self.place).replace('"', "'")
        return f'<trich_dan so="{self.number}" nguon="{place}">\n{neutral(self.text)}\n</trich_dan>'


@dataclass(frozen=True, slots=True)
class Statement:
    """A checked sentence of the LLM, without its references, and the numbers of the quotations it stands on."""

    text: str
    numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """What the LLM made: statements, or that the quotations do not tell; growing while not complete."""

    statements: tuple[Statement, ...] = ()
    abstained: bool = False
    complete: bool = True

    def __add__(self, later: Draft) -> Draft:
        """This draft continued, as LangChain joins the chunks of a stream."""
        return Draft(self.statements + later.statements, self.abstained or later.abstained, later.complete)

    @property
    def numbers(self) -> tuple[int, ...]:
        """The quotations stood on, in order of first use."""
        return tuple(dict.fromkeys(n for statement in self.statements for n in statement.numbers))


def neutral(text: str) -> str:
    """The text in one line per line, without blank lines, control characters or marks that imitate a prompt's own."""
    lines = (" ".join("".join(c if c.isprintable() else " " for c in line).split()) for line in text.splitlines())
    return "\n".join(filter(None, lines)).translate(_MARKS)


def fitting(
    quotations: Iterable[Quotation], size: Callable[[Sequence[Quotation]], int], *, tokens: int
) -> Sequence[Quotation]:
    """The quotations, best first, with which `size` stays within the tokens; one that is too large is passed over."""
    kept: list[Quotation] = []
    for quotation in quotations:
        if size([*kept, quotation]) <= tokens:
            kept.append(quotation)
    return kept
