"""How a module of this program is run in a process of its own, which hostile files may break; knows no module."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

_PROGRAM = Path(__file__).parents[2]


def command(module: str) -> list[str]:
    """What starts the module; nothing of the current folder is imported."""
    return [sys.executable, "-P", "-m", module]


def environment(own: Mapping[str, str] | None = None, *, trusted: bool = True) -> dict[str, str]:
    """This process's variables and the child's own, with this very program first among what can be imported.

    A child that reads what others wrote is not trusted: our settings and their keys stay out.
    """
    kept = {n: v for n, v in os.environ.items() if trusted or not n.startswith(("CANCU_", "PYTEST_"))}
    others = filter(os.path.isabs, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    return kept | {"PYTHONPATH": os.pathsep.join([str(_PROGRAM), *others])} | dict(own or {})
