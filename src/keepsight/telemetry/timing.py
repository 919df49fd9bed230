"""Durations of the steps of one request: for `Server-Timing`, for the metrics, and as spans."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from keepsight.errors import Unavailable
from keepsight.telemetry.metrics import STEP_SECONDS
from keepsight.telemetry.spans import span


class Stopwatch:
    """Measures named steps of one request and watches its deadline. For one thread at a time."""

    def __init__(self, deadline: float) -> None:
        """`deadline` is in seconds from now."""
        self._start = time.perf_counter()
        self._deadline = deadline
        self._steps: dict[str, float] = {}
        self._inner = 0.0

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Time a step; what runs inside another step counts for the inner one only. Checks the deadline first."""
        self.check()
        began, outer, before = time.perf_counter(), self._inner, _here.watch
        self._inner, _here.watch = 0.0, self
        try:
            with span(name):
                yield
        finally:
            lasted = time.perf_counter() - began
            alone = lasted - self._inner
            self._steps[name] = self._steps.get(name, 0.0) + alone
            self._inner, _here.watch = outer + lasted, before
            STEP_SECONDS.labels(name).observe(alone)

    def add(self, name: str, seconds: float) -> None:
        """Count a wait on the event loop, which is at many requests at once and so in a step of none."""
        self._steps[name] = self._steps.get(name, 0.0) + seconds
        STEP_SECONDS.labels(name).observe(seconds)

    def check(self) -> None:
        """Raises Unavailable when the deadline has passed."""
        if time.perf_counter() - self._start > self._deadline:
            raise Unavailable(f"The image took longer than {self._deadline:g} s to make", retry_after=5)

    @property
    def remaining(self) -> float:
        """Seconds until the deadline; 0 once it has passed."""
        return max(0.0, self._deadline - (time.perf_counter() - self._start))

    @property
    def durations(self) -> dict[str, float]:
        """Seconds by step, in the order in which they began to count, and `total` up to now."""
        return {**self._steps, "total": time.perf_counter() - self._start}

    def header(self) -> str:
        """The value of `Server-Timing`, durations in milliseconds."""
        return ", ".join(f"{name};dur={seconds * 1000:.1f}" for name, seconds in self.durations.items())


class _Here(threading.local):
    """The watch whose step this thread is in."""

    watch: Stopwatch | None = None


_here = _Here()


def timed(name: str) -> AbstractContextManager[object]:
    """A step of whichever request this thread is at, for rooms that know of none; outside of one, a span only.

    Raises Unavailable when the deadline of the request has passed.
    """
    return span(name) if _here.watch is None else _here.watch.step(name)
