"""Waits until the files under given paths have changed and are quiet again; knows nothing of what is done then.

Where `watchfiles` is installed (extra `watch`) the system tells of changes; elsewhere sizes and times are looked at.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from assistant.documents.corpus import files_under
from assistant.documents.kept import Mark, mark_of

# Seconds between two looks, where nothing tells of changes.
LOOK = 1.0
# Seconds for which nothing may change before the change counts as finished, and the longest that is waited for that.
QUIET, PATIENCE = 0.5, 30.0

State = dict[Path, Mark | None]


def state_of(paths: Sequence[Path]) -> State:
    """What the file system tells of every file that an indexing of these paths would look at."""
    return {file: _mark(file) for file in files_under(paths)}


def changes(paths: Sequence[Path], state: State, *, notify: bool | None = None) -> Iterator[State]:
    """The new state, each time it differs from the one before and is quiet; the first is compared with `state`.

    `notify` chooses between the system's word and looking; None takes what is there.
    """
    told = find_spec("watchfiles") is not None if notify is None else notify
    wait = _told_of(paths) if told else _sleep
    while True:
        now = state_of(paths)
        if now == state:
            wait()
            continue
        state = _quiet(paths, now)
        yield state


def _quiet(paths: Sequence[Path], state: State) -> State:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        time.sleep(QUIET)
        now = state_of(paths)
        if now == state:
            break
        state = now
    return state


def _told_of(paths: Sequence[Path]) -> Callable[[], None]:
    """Waits for the system's word; the word of what is no document of ours only leads to another look."""
    from watchfiles import watch

    roots = [path for path in paths if path.exists()]
    words = watch(*roots, watch_filter=None, debounce=200, step=50, rust_timeout=5000, yield_on_timeout=True)

    def wait() -> None:
        if next(words, None) is None:
            raise KeyboardInterrupt  # how the library tells that the user wants to stop

    return wait if roots else _sleep


def _sleep() -> None:
    time.sleep(LOOK)


def _mark(file: Path) -> Mark | None:
    try:
        return mark_of(file)
    except OSError:
        return None
