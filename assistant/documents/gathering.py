"""Files to what they gave, in the order of the files: known already, read here, or read in processes of their own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from assistant.documents.draft import Outcome, from_frame, to_frame
from assistant.documents.kept import Cache, Keys, Mark, mark_of
from assistant.documents.limits import Limits
from assistant.documents.plain import TextReader
from assistant.documents.pool import Pool
from assistant.documents.readers import check_size, reader_for
from assistant.documents.reading import changing, read_file, unreadable, vanished
from assistant.errors import ReadError

# So few text files of so few bytes in all are read in this process: starting another one takes longer.
_FEW, _LITTLE = 20, 2**16
# How often a file that changed while it was read is read again.
_AGAIN = 2
# What another run may not find again although neither file nor rules changed.
_PASSING = {"missing", "unreadable", "vanished", "changing", "crashed", "unexpected", "missing_extra"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """What one file gave, and whether that was known without reading it."""

    outcomes: Sequence[Outcome]
    kept: bool


@dataclass(frozen=True, slots=True)
class _Planned:
    """A file that can be read, as it was when it was looked at."""

    file: Path
    mark: Mark
    key: str


def gather(files: Sequence[Path], limits: Limits, cache: Cache) -> Iterator[tuple[Path, Gathered]]:
    """Each file with what it gave; the same content under names of one ending is read once."""
    keys = Keys(limits, cache)
    plans = [_plan(file, limits, keys) for file in files]
    wanted: dict[str, Path] = {}
    for plan in plans:
        if isinstance(plan, _Planned) and not cache.holds(plan.key):
            wanted.setdefault(plan.key, plan.file)
    often = Counter(plan.key for plan in plans if isinstance(plan, _Planned))
    with ExitStack() as stack:
        frames = _Frames(list(wanted.values()), limits, stack)
        shared: dict[str, list[bytes]] = {}
        for file, plan in zip(files, plans, strict=True):
            if isinstance(plan, ReadError):
                yield file, Gathered((plan,), kept=False)
            elif plan.key in shared:
                yield file, Gathered(_outcomes(shared[plan.key]), kept=True)
            else:
                found, kept = _found(plan, wanted, frames, keys, cache, limits)
                if often[plan.key] > 1:
                    shared[plan.key] = found
                yield file, Gathered(_outcomes(found), kept)


def _plan(file: Path, limits: Limits, keys: Keys) -> _Planned | ReadError:
    try:
        check_size(file, limits)
        mark = mark_of(file)
        return _Planned(file, mark, keys.of(file, mark))
    except ReadError as error:
        return error
    except FileNotFoundError:
        return vanished()
    except OSError as error:
        return unreadable(error)


def _found(
    plan: _Planned, wanted: dict[str, Path], frames: _Frames, keys: Keys, cache: Cache, limits: Limits
) -> tuple[list[bytes], bool]:
    """The frames of a file, and whether they were known."""
    known = None if plan.key in wanted else cache.frames(plan.key)
    if known is not None:
        return known, True
    found = frames.next() if plan.key in wanted else frames.of(plan.file)
    for _ in range(_AGAIN):
        if _is_as_it_was(plan) or _is_gone(found):
            break
        again = _plan(plan.file, limits, keys)
        if isinstance(again, ReadError):
            return [to_frame(vanished() if again.code == "missing" else again)], False
        plan, found = again, frames.of(again.file)
    else:
        if not _is_as_it_was(plan):
            return [to_frame(changing())], False
    if not any(_is_passing(frame) for frame in found):
        cache.keep(plan.key, found)
    return found, False


class _Frames:
    """What the wanted files give, in their order, from this process or others."""

    def __init__(self, wanted: Sequence[Path], limits: Limits, stack: ExitStack) -> None:
        self._limits, self._stack = limits, stack
        self._pool: Pool | None = None
        self._next = map(self._here, wanted) if _is_little(wanted, limits) else self._processes().read_all(wanted)

    def next(self) -> list[bytes]:
        return next(self._next)

    def of(self, file: Path) -> list[bytes]:
        """Reads one more file."""
        if _is_little([file], self._limits):
            return self._here(file)
        return next(self._processes().read_all([file]))

    def _here(self, file: Path) -> list[bytes]:
        return [to_frame(outcome) for outcome in read_file(file, self._limits)]

    def _processes(self) -> Pool:
        if self._pool is None:
            self._pool = self._stack.enter_context(Pool(self._limits))
        return self._pool


def _is_little(files: Sequence[Path], limits: Limits) -> bool:
    """Whether these are a handful of small text files, which nothing but our own code reads."""
    try:
        return (
            len(files) <= _FEW
            and all(file.suffix.lower() in (".md", ".txt") for file in files)
            and sum(file.stat().st_size for file in files) <= _LITTLE
            and all(_is_text(file, limits) for file in files)
        )
    except OSError:
        return False


def _is_text(file: Path, limits: Limits) -> bool:
    try:
        return isinstance(reader_for(file, limits), TextReader)
    except ReadError:  # refused before any reader sees it
        return True


def _outcomes(frames: Sequence[bytes]) -> list[Outcome]:
    return [from_frame(frame) for frame in frames]


def _is_as_it_was(plan: _Planned) -> bool:
    try:
        return mark_of(plan.file) == plan.mark
    except OSError:
        return False


def _is_gone(frames: Sequence[bytes]) -> bool:
    return bool(frames) and isinstance(last := from_frame(frames[-1]), ReadError) and last.code == "vanished"


def _is_passing(frame: bytes) -> bool:
    return frame.startswith(b'{"code"') and isinstance(e := from_frame(frame), ReadError) and e.code in _PASSING
