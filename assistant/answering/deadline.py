"""Items of a slow iterator within a time limit; knows nothing of what they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from queue import Empty, SimpleQueue
from threading import Event, Thread
from time import monotonic
from typing import TypeVar

T = TypeVar("T")


def within(seconds: float, start: Callable[[], Iterator[T]]) -> Iterator[T]:
    """The items of `start()` as they come, made in a thread of their own.

    Raises TimeoutError when they are not over in time, and whatever the iterator raises. When the reader stops early,
    the thread stops at its next item.
    """
    came: SimpleQueue[tuple[T] | Exception | None] = SimpleQueue()
    stopped = Event()
    Thread(target=_pump, args=(start, came, stopped), daemon=True).start()
    ends = monotonic() + seconds
    try:
        while (item := _next(came, ends)) is not None:
            if isinstance(item, Exception):
                raise item
            yield item[0]
    finally:
        stopped.set()


def _next(came: SimpleQueue[tuple[T] | Exception | None], ends: float) -> tuple[T] | Exception | None:
    try:
        return came.get(timeout=max(0.0, ends - monotonic()))
    except Empty:
        raise TimeoutError from None


def _pump(start: Callable[[], Iterator[T]], came: SimpleQueue[tuple[T] | Exception | None], stopped: Event) -> None:
    # Every exception of the thread has to be raised where the items are read.
    try:
        for item in start():
            if stopped.is_set():
                break
            came.put((item,))
        came.put(None)
    except Exception as error:
        came.put(error)
