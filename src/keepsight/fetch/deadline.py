"""An end for a whole exchange, where the HTTP client only knows ends for single reads.

A server that sends a byte of its headers now and then would hold a thread for days.
"""

from __future__ import annotations

import socket
from collections.abc import Mapping
from contextlib import suppress
from threading import Timer
from time import monotonic
from typing import Any, Self

CONNECTED = frozenset({"connection.connect_tcp.complete", "connection.start_tls.complete"})


class Deadline:
    """Shuts the connection down when the time is over. A context manager for one exchange."""

    def __init__(self, seconds: float) -> None:
        self._end = monotonic() + seconds
        self._timer = Timer(seconds, self._shut)
        self._timer.daemon = True
        self._socket: socket.socket | None = None

    @property
    def passed(self) -> bool:
        """Whether the time is over."""
        return monotonic() >= self._end

    def watch(self, event: str, info: Mapping[str, Any]) -> None:
        """Take note of the connection; httpx calls it as the extension `trace` of a request."""
        if event in CONNECTED:
            self._socket = info["return_value"].get_extra_info("socket")
            if self.passed:
                self._shut()

    def _shut(self) -> None:
        # Not closed: another thread reads from it, and its number could be given to a new connection meanwhile.
        with suppress(OSError):  # closed since
            if self._socket is not None:
                self._socket.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
