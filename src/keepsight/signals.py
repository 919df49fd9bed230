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


def ignore_hangups() -> None:
    """Until `heard` is in place: a SIGHUP would end a process that is just starting."""
    if _HANGUP is not None:
        signal.signal(_HANGUP, signal.SIG_IGN)


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
    try:
        yield
    finally:
        if _HANGUP is not None:
            loop.remove_signal_handler(_HANGUP)
            ignore_hangups()
        for number, handler in before.items():
            if signal.getsignal(number) is ending:
                signal.signal(number, handler)


def is_terminal() -> bool:
    """Whether the process was started in a terminal that is still there."""
    try:
        return os.isatty(0)
    except OSError:
        return False
