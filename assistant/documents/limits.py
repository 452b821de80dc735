"""What reading one file may take, and how many files are read at once; knows no reader."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Limits:
    """What one file may take: bytes on disk, seconds until each of its documents, bytes of memory.

    `workers` is the number of files read at once, each in a process of its own; 0 means one for each core.
    """

    max_bytes: int
    seconds: float = 120.0
    memory_bytes: int = 2 * 1024**3
    workers: int = 0

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @property
    def of_results(self) -> str:
        """All that what is read of a file may depend on."""
        return repr({name: value for name, value in self.to_json().items() if name != "workers"})
