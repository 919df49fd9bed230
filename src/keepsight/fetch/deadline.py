"""An end for a whole exchange, where the HTTP client only knows ends for single reads.

A server that sends a byte of its headers now and then would hold a thread for days.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Lock, Timer
from time import monotonic
from typing import Any, Self

CONNECTED = "connection.connect_tcp.complete"


class Deadline:
    """Shuts the connection down when the time is over. A context manager for one exchange."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._timer = Timer(seconds, self._shut)
        self._timer.daemon = True
        self._lock = Lock()
        self._socket: socket.socket | None = None

    @property
    def left(self) -> float:
        """Seconds until the end, 0 after it."""
        return max(0.0, self._end - monotonic())

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return self.left == 0

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection; httpx calls it as the extension `trace` of a request."""
        if event == CONNECTED:
            # A duplicate: encryption takes the descriptor out of the socket before its handshake, which is as good a
            # place for dawdling as any.
            duplicate = info["return_value"].get_extra_info("socket").dup()
            with self._lock:
                self._forget()
                self._socket = duplicate
            if self.passed:
                self._shut()

    def _shut(self) -> None:
        with self._lock, suppress(OSError):  # the other side was quicker
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    def _forget(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        with self._lock:
            self._forget()
