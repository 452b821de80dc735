"""The owner of `prompts/`: loads its `$variable` files and checks them; knows no model and no quotation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from assistant.answering.grounding import Fault
from assistant.errors import SettingsError

# Each file with the variables that it receives, all of which it must use.
VARIABLES: Mapping[str, frozenset[str]] = {
    "answer.txt": frozenset({"question", "quotations"}),
    "faults.txt": frozenset(),
    "retry.txt": frozenset({"fault"}),
    "structured.txt": frozenset({"question", "quotations"}),
    "system.txt": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts of the prompt files; `fingerprint` changes with any letter of any of them."""

    system: str
    answer: str
    structured: str
    retry: str
    faults: Mapping[Fault, str]
    fingerprint: str

    def request(self, question: str, quotations: str, *, structured: bool, fault: Fault | None = None) -> str:
        """What is asked, for a reply in JSON or in plain words; `fault` is what was wrong with the reply before."""
        asked = fill(self.structured if structured else self.answer, question=question, quotations=quotations)
        return asked if fault is None else f"{asked}\n\n{fill(self.retry, fault=self.faults[fault])}"


def load_prompts(folder: Path) -> Prompts:
    """The prompts of a workspace. Raises SettingsError, naming the file that is missing or uses other variables."""
    texts = {name: _read(folder / name) for name in sorted(VARIABLES)}
    for name, text in texts.items():
        _check(name, text)
    return Prompts(
        system=fill(texts["system.txt"]),
        answer=texts["answer.txt"],
        structured=texts["structured.txt"],
        retry=texts["retry.txt"],
        faults=_faults(texts["faults.txt"]),
        fingerprint=_fingerprint(texts),
    )


def fill(text: str, **values: str) -> str:
    """The prompt with its variables replaced, once: a `$` inside a value stays as it is."""
    return Template(text).substitute(values).strip()


def _read(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            f"Không đọc được lời nhắc prompts/{file.name} ({type(error).__name__}): cần một tệp văn bản UTF-8. "
            "Hãy lấy lại tệp mẫu: cancu init THƯ_MỤC_MỚI rồi chép thư mục prompts sang."
        ) from error


def _check(name: str, text: str) -> None:
    template, wanted = Template(text), VARIABLES[name]
    if not template.is_valid():
        raise SettingsError(f"Lời nhắc prompts/{name} có dấu $ không đi với tên biến. Hãy viết $$ cho một dấu $ thật.")
    found = frozenset(template.get_identifiers())
    if found != wanted:
        raise SettingsError(
            f"Lời nhắc prompts/{name} dùng {_names(found)}, cần đúng {_names(wanted)}. "
            "Hãy sửa tệp theo prompts/README.md."
        )


def _faults(text: str) -> Mapping[Fault, str]:
    """Lines of `name: what was wrong`, one for each fault."""
    pairs = [line.partition(":") for line in fill(text).splitlines() if line.strip()]
    told = {name.strip(): words.strip() for name, _, words in pairs}
    if len(pairs) != len(Fault) or told.keys() != set(Fault) or not all(told.values()):
        raise SettingsError(
            "Lời nhắc prompts/faults.txt cần đúng một dòng «mã: lời» cho mỗi mã: "
            f"{', '.join(Fault)}. Hãy sửa tệp theo prompts/README.md."
        )
    return {fault: told[fault] for fault in Fault}


def _names(variables: frozenset[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(variables)) or "không biến nào"


def _fingerprint(texts: Mapping[str, str]) -> str:
    return sha256("\0".join(f"{name}\0{text}" for name, text in sorted(texts.items())).encode()).hexdigest()[:16]
