"""What reading one file may take, until when, and how many files are read at once; knows no reader."""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Any

from assistant.errors import ReadError


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


@dataclass(frozen=True, slots=True)
class Deadline:
    """The moment after which reading a file, or a part of it, is given up."""

    at: float

    @classmethod
    def after(cls, seconds: float) -> Deadline:
        return cls(time.monotonic() + seconds)

    @property
    def left(self) -> float:
        """Seconds; less than nought when it is over."""
        return self.at - time.monotonic()

    @property
    def is_over(self) -> bool:
        return self.left < 0

    def check(self, reached: str) -> None:
        """Raises ReadError when it is over; `reached` is how far the reading came."""
        if self.is_over:
            wanted = "Hãy tách tệp ra, hoặc tăng thiết lập read_seconds."
            raise ReadError("too_slow", f"Đọc quá lâu, mới tới {reached}. {wanted}")
