"""A fault that lasts is said once a minute, not once a request."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

import structlog

_EVERY = 60.0

log = structlog.get_logger()


class Sparing:
    """Lines of one event. Safe for threads."""

    def __init__(self, event: str, every: float = _EVERY) -> None:
        """`every` is in seconds."""
        self._event, self._every = event, every
        self._lock = Lock()
        self._said: float | None = None
        self._unsaid = 0

    def error(self, **about: Any) -> None:
        """Say it, with how often it was not said since; or count it."""
        now = time.monotonic()
        with self._lock:
            if self._said is not None and now - self._said < self._every:
                self._unsaid += 1
                return
            unsaid, self._unsaid, self._said = self._unsaid, 0, now
        log.error(self._event, **about, **({"unsaid": unsaid} if unsaid else {}))
