"""Work on a thread of its own, which the page follows and may stop; knows no work and no page."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from assistant.chat.conversation import thousands
from assistant.chat.escaping import escape

T = TypeVar("T")
Tell = Callable[[int, int], None]
# Seconds between two looks at whether to stop, and between two steps that are told.
_PAUSE = 0.1


@dataclass(frozen=True, slots=True)
class Done(Generic[T]):
    """What the work gave."""

    result: T


class _Ended:
    """Nothing more comes."""


class Stops:
    """Which browser sessions have work under way, and which of them want it stopped."""

    def __init__(self) -> None:
        self._flags: dict[str, threading.Event] = {}

    @contextmanager
    def running(self, session: str | None) -> Iterator[threading.Event]:
        """The flag that `stop` sets while the block runs."""
        flag = threading.Event()
        if session is not None:
            self._flags[session] = flag
        try:
            yield flag
        finally:
            if session is not None and self._flags.get(session) is flag:
                del self._flags[session]

    def stop(self, session: str | None) -> None:
        if session is not None and (flag := self._flags.get(session)):
            flag.set()


def followed(items: Iterator[T], stopped: threading.Event) -> Iterator[T]:
    """The items as they come; when stopped, or no longer listened to, no more, however long the next would take."""

    def work(told: queue.SimpleQueue[Any], left: threading.Event) -> None:
        for item in items:
            if left.is_set():
                return
            told.put(item)

    return _follow(work, stopped)


def steps(work: Callable[[Tell], T], stopped: threading.Event) -> Iterator[tuple[int, int] | Done[T]]:
    """`(done, total)` now and then, at last the result; raises what the work raises.

    When stopped, or no longer listened to, the work is interrupted (KeyboardInterrupt) at the next thing it tells.
    """

    def told_work(told: queue.SimpleQueue[Any], left: threading.Event) -> None:
        last = 0.0

        def tell(done: int, total: int) -> None:
            nonlocal last
            if left.is_set():
                raise KeyboardInterrupt
            if time.monotonic() - last >= _PAUSE:
                last = time.monotonic()
                told.put((done, total))

        told.put(Done(work(tell)))

    return _follow(told_work, stopped)


def _follow(work: Callable[[queue.SimpleQueue[Any], threading.Event], None], stopped: threading.Event) -> Iterator[Any]:
    told: queue.SimpleQueue[Any] = queue.SimpleQueue()
    left = threading.Event()
    threading.Thread(target=_run, args=(work, told, left), daemon=True).start()
    try:
        while not stopped.is_set():
            try:
                step = told.get(timeout=_PAUSE)
            except queue.Empty:
                continue
            if isinstance(step, _Ended):
                return
            if isinstance(step, BaseException):
                raise step
            yield step
    finally:
        left.set()


def _run(
    work: Callable[[queue.SimpleQueue[Any], threading.Event], None],
    told: queue.SimpleQueue[Any],
    left: threading.Event,
) -> None:
    try:
        work(told, left)
        told.put(_Ended())
    except BaseException as error:  # handed to the thread that listens
        told.put(error)


def bar_html(done: int, total: int, what: str) -> str:
    share = 100 * done // max(total, 1)
    return (
        f'<p role="status">{escape(what)} {thousands(done)}/{thousands(total)}</p>'
        f'<div class="cc-bar" aria-hidden="true"><div style="width:{share}%"></div></div>'
    )
