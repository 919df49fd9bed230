"""What signals do to a running server: SIGTERM and SIGINT end it, SIGHUP has it read its settings again."""

from __future__ import annotations

import asyncio
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

_HANGUP = getattr(signal, "SIGHUP", None)
"""None on Windows."""


_came = threading.Event()
"""Set by a SIGHUP that another thread took while they are held: threads of libraries do not hold it."""


def hold_hangups() -> None:
    """Keep a SIGHUP waiting until `heard` is in place: it would end a process that is just starting.

    Processes that are started meanwhile inherit this, so that none of them misses one.
    """
    if _HANGUP is not None:
        if not callable(signal.getsignal(_HANGUP)):
            signal.signal(_HANGUP, lambda *_: _came.set())
        signal.pthread_sigmask(signal.SIG_BLOCK, {_HANGUP})


def let_hangups_through() -> None:
    """The handler of SIGHUP is called now if one waits, and at once from here on."""
    if _HANGUP is not None:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {_HANGUP})
        if _came.is_set():
            _came.clear()
            signal.raise_signal(_HANGUP)


@contextmanager
def heard(stop: Callable[[], None], reload: Callable[[], None]) -> Iterator[None]:
    """In this block signals are heard: `stop` runs before the server itself ends, `reload` on the event loop.

    Called within the running loop. A terminal that goes away sends SIGHUP, too, and then means an end.
    """
    if threading.current_thread() is not threading.main_thread():  # a test, or somebody else's server
        yield
        return
    loop, terminal = asyncio.get_running_loop(), is_terminal()

    def hangup() -> None:
        if terminal and not is_terminal():
            signal.raise_signal(signal.SIGTERM)
        else:
            reload()

    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def ending(number: int, frame: FrameType | None) -> None:
        stop()
        then = before[signal.Signals(number)]
        if callable(then):
            then(number, frame)

    for number in before:
        signal.signal(number, ending)
    if _HANGUP is not None:
        loop.add_signal_handler(_HANGUP, hangup)
        let_hangups_through()
    try:
        yield
    finally:
        if _HANGUP is not None:
            loop.remove_signal_handler(_HANGUP)
            hold_hangups()
        for number, handler in before.items():
            if signal.getsignal(number) is ending:
                signal.signal(number, handler)


def is_terminal() -> bool:
    """Whether the process was started in a terminal that is still there."""
    try:
        return os.isatty(0)
    except OSError:
        return False
