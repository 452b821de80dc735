"""How a module of this program is run in a process of its own, which hostile files may break; knows no module."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

# What a child needs that is not trusted: programs, libraries, languages, and how Python was started.
_NEEDED = {
    "PATH", "HOME", "USER", "TMPDIR", "TZ", "LANG", "LANGUAGE", "SYSTEMROOT", "VIRTUAL_ENV", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "TESSDATA_PREFIX", "ANTIWORDHOME", "XDG_CACHE_HOME",
}  # fmt: skip
_NEEDED_OF = ("LC_", "PYTHON", "COVERAGE_")
_PROGRAM = Path(__file__).parents[2]


def command(module: str) -> list[str]:
    """What starts the module; nothing of the current folder is imported."""
    return [sys.executable, "-P", "-m", module]


def environment(own: Mapping[str, str] | None = None, *, trusted: bool = True) -> dict[str, str]:
    """This process's variables and the child's own, with this very program first among what can be imported.

    A child that reads what others wrote is not trusted: it gets what Python and the readers need, and no key of anyone.
    """
    kept = {n: v for n, v in os.environ.items() if trusted or n in _NEEDED or n.startswith(_NEEDED_OF)}
    others = filter(os.path.isabs, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return kept | {"PYTHONPATH": os.pathsep.join([str(_PROGRAM), *others])} | dict(own or {})
