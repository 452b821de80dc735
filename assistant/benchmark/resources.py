"""What a task costs: its time, its memory and that of the processes that it starts; knows no task."""

from __future__ import annotations

import resource
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# Seconds between two looks at the processes.
LOOK = 0.1


class TaskFailed(Exception):
    """A task's process ended without a result; the message says why."""


@dataclass(frozen=True, slots=True)
class Family:
    """A process and all that it started, from outside: seconds, MiB, and how many it started.

    A process's memory is the kernel's own peak of it (`VmHWM`), as it was at the last look. `child_mib` is the largest
    among those started; `together_mib` the largest sum of the peaks of processes that were there at the same time: no
    less than what they ever held at once. None where the system has no `/proc`.
    """

    seconds: float
    child_mib: float | None
    together_mib: float | None
    children: int


def run_watched(command: Sequence[str], environment: Mapping[str, str], *, log: Path, seconds: float) -> Family:
    """Runs a command to its end. Raises TaskFailed with the last line that it said, or the limit that it passed."""
    began = time.perf_counter()
    with log.open("wb") as said:
        process = subprocess.Popen(list(command), env=dict(environment), stdout=said, stderr=said)  # noqa: S603 - ours
        try:
            family = _watch(process, began, seconds)
        finally:
            if process.poll() is None:
                process.kill()
            process.wait()
    if process.returncode:
        last = log.read_text(encoding="utf-8", errors="replace").strip().rpartition("\n")[2]
        raise TaskFailed(f"exit status {process.returncode}: {last or 'it said nothing'}")
    return family


def _watch(process: subprocess.Popen[bytes], began: float, seconds: float) -> Family:
    peaks: dict[int, float] = {}
    together = 0.0
    while process.poll() is None:
        now = family_peaks(process.pid)
        together = max(together, sum(now.values()))
        peaks |= {pid: max(peak, peaks.get(pid, 0.0)) for pid, peak in now.items()}
        if time.perf_counter() - began > seconds:
            raise TaskFailed(f"stopped after {seconds:.0f} s")
        time.sleep(LOOK)
    taken = time.perf_counter() - began
    children = {pid: peak for pid, peak in peaks.items() if pid != process.pid}
    if not PROC.exists():
        return Family(taken, None, None, 0)
    return Family(taken, max(children.values(), default=0.0), together, len(children))


def family_peaks(pid: int) -> dict[int, float]:
    """Peak MiB of the process and of all that it started and that are there now, by process id."""
    told = {number: status for entry in _numbered() if (status := _status(number := int(entry.name)))}
    found, waiting = dict[int, float](), [pid]
    while waiting:
        one = waiting.pop()
        if one in told:
            found[one] = told[one][1]
        waiting += [child for child, (parent, _, _) in told.items() if parent == one and not _is_copy(told, child)]
    return found


def _is_copy(told: Mapping[int, tuple[int, float, bytes]], child: int) -> bool:
    """Whether it has not begun yet: up to its `exec` it is its parent, memory and command line."""
    parent = told[child][0]
    return parent in told and told[parent][2] == told[child][2]


def _numbered() -> list[Path]:
    return [entry for entry in PROC.iterdir() if entry.name.isdigit()] if PROC.exists() else []


def _status(pid: int) -> tuple[int, float, bytes] | None:
    """Parent, peak MiB and command line; None of one that has ended."""
    try:
        text = (PROC / str(pid) / "status").read_text(encoding="utf-8", errors="replace")
        command = (PROC / str(pid) / "cmdline").read_bytes()
    except OSError:
        return None
    fields = dict(line.split(":", 1) for line in text.splitlines() if ":" in line)
    if "VmHWM" not in fields:
        return None
    return int(fields["PPid"]), int(fields["VmHWM"].split()[0]) / 2**10, command


def cpu_seconds() -> float:
    """User and system time of this process and of its ended children."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(u.ru_utime + u.ru_stime for u in used)


def peak_mib() -> float:
    """Peak resident memory; Linux's `ru_maxrss` may be that of the process that started this one, so not that."""
    status = Path("/proc/self/status")
    if status.exists():
        lines = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines())
        return int(lines["VmHWM"].split()[0]) / 2**10
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (2**20 if sys.platform == "darwin" else 2**10)


def folder_mib(folder: Path) -> float:
    """What the files of a folder take, as they count their bytes."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 2**20
