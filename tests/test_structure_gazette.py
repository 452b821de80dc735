"""The articles and the metadata of the gazette's PDFs, against lists made by hand (facts only, no text)."""

import json
from pathlib import Path

import pytest

from assistant.documents.corpus import Limits, read_corpus
from assistant.types import Document

DATA = Path(__file__).parent / "data"
ARTICLES: dict[str, list[list[object]]] = json.loads((DATA / "gazette_articles.json").read_text(encoding="utf-8"))
METADATA: dict[str, dict[str, object]] = json.loads((DATA / "gazette_metadata.json").read_text(encoding="utf-8"))
_FACTS = ("kind", "number", "issuer", "place", "issued", "signer", "effective", "expires")


@pytest.fixture(scope="module")
def gazette(shared: Path) -> dict[str, Document]:
    folder = shared / "corpus" / "gazette"
    corpus = read_corpus([folder], root=folder, limits=Limits(2**27))
    return {document.id: document for document in corpus.documents}


def test_every_article_of_the_gazette_is_found_and_nothing_else(gazette: dict[str, Document]) -> None:
    found = {
        identifier: [
            [s.label.removeprefix("Điều "), document.page_at(s.span.start)]
            for s in document.sections
            if s.label.startswith("Điều ")
        ]
        for identifier, document in gazette.items()
    }
    assert found == ARTICLES
    assert sum(map(len, ARTICLES.values())) == 12 + 10 + 5 + 3 + 4 + 11 + 3 + 3 + 24 + 5 + 4 + 14 + 15 + 16


def test_sections_of_the_gazette_nest_and_lie_inside_the_text(gazette: dict[str, Document]) -> None:
    for document in gazette.values():
        for section in document.sections:
            assert section.span.end <= len(document.text)
            if section.parent is not None:
                assert document.sections[section.parent].span.covers(section.span)


def test_what_each_document_of_the_gazette_is(gazette: dict[str, Document]) -> None:
    found = {i: {fact: getattr(document, fact) for fact in _FACTS} for i, document in gazette.items()}
    assert found == {i: {fact: row[fact] for fact in _FACTS} for i, row in METADATA.items()}


def test_what_each_document_of_the_gazette_says_of_others(gazette: dict[str, Document]) -> None:
    changes = {
        i: sorted([r.kind, r.number, r.whole] for r in document.relations if r.kind != "based_on")
        for i, document in gazette.items()
    }
    assert changes == {i: sorted(row["changes"]) for i, row in METADATA.items()}  # type: ignore[call-overload]
    grounds = {
        i: [r.number or r.date for r in document.relations if r.kind == "based_on"] for i, document in gazette.items()
    }
    assert grounds == {i: row["grounds"] for i, row in METADATA.items()}


def test_every_name_of_another_document_stands_where_it_is_said_to(gazette: dict[str, Document]) -> None:
    for document in gazette.values():
        assert document.relations
        assert all(document.text[r.start : r.end] == r.name for r in document.relations)


def test_a_consolidated_text_keeps_its_clauses_although_notes_stand_between(gazette: dict[str, Document]) -> None:
    """Article 15 has five clauses; a note on its page quotes another law's clauses 3 and 4 under its clause 2."""
    document = gazette["van-ban-hop-nhat-so-4804-vbhn-bldtbxh-42870"]
    place = next(i for i, s in enumerate(document.sections) if s.label == "Điều 15")
    clauses = [(s.label, document.page_at(s.span.start)) for s in document.sections if s.parent == place]
    assert clauses == [("Khoản 1", 14), ("Khoản 2", 14), ("Khoản 3", 15), ("Khoản 4", 15), ("Khoản 5", 15)]
