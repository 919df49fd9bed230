"""Threads for work that would block the event loop, with room for a queue of known length before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from keepsight.errors import Unavailable
from keepsight.telemetry.carrying import carried
from keepsight.telemetry.gauges import Load
from keepsight.telemetry.metrics import QUEUE_REFUSED

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """First come, first served. For one event loop."""

    def __init__(self, threads: int, queue: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.name = name
        self._threads, self._room = threads, threads + queue
        self._here = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work` in a thread. Raises Unavailable when the queue is full."""
        if self._here >= self._room:
            QUEUE_REFUSED.labels(self.name).inc()
            raise Unavailable("Too many images are waiting to be made", retry_after=1)
        self._here += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(
                self._pool, carried(self.name, lambda: work(*args, **kwargs))
            )
        finally:
            self._here -= 1

    @property
    def load(self) -> Load:
        """How full it is just now."""
        running = min(self._here, self._threads)
        return Load(running, self._here - running, self._room)

    def close(self) -> None:
        """Let the work in hand end; start no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
