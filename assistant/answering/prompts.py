"""The owner of `prompts/`: loads its `$variable` files and checks them; knows no model and no quotation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from string import Template

from assistant.errors import SettingsError

# Each file with the variables that it receives, all of which it must use.
VARIABLES: Mapping[str, frozenset[str]] = {
    "answer.txt": frozenset({"question", "quotations"}),
    "retry.txt": frozenset({"question", "quotations"}),
    "system.txt": frozenset(),
}


@dataclass(frozen=True, slots=True)
class Prompts:
    """The texts of the prompt files; `fingerprint` changes with any letter of any of them."""

    system: str
    answer: str
    retry: str
    fingerprint: str


def load_prompts(folder: Path) -> Prompts:
    """The prompts of a workspace. Raises SettingsError, naming the file that is missing or uses other variables."""
    texts = {name: _read(folder / name) for name in sorted(VARIABLES)}
    for name, text in texts.items():
        _check(name, text)
    return Prompts(texts["system.txt"], texts["answer.txt"], texts["retry.txt"], _fingerprint(texts))


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


def _names(variables: frozenset[str]) -> str:
    return ", ".join(f"${name}" for name in sorted(variables)) or "không biến nào"


def _fingerprint(texts: Mapping[str, str]) -> str:
    return sha256("\0".join(f"{name}\0{text}" for name, text in sorted(texts.items())).encode()).hexdigest()[:16]
