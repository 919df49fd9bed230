"""Threads for work that would block the event loop, with room for a queue of known length before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from keepsight.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")


class Workers:
    """First come, first served. For one event loop."""

    def __init__(self, threads: int, queue: int, name: str) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._room = threads + queue
        self._here = 0

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work` in a thread. Raises Unavailable when the queue is full."""
        if self._here >= self._room:
            raise Unavailable("Too many images are waiting to be made", retry_after=1)
        self._here += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))
        finally:
            self._here -= 1

    def close(self) -> None:
        """Let the work in hand end; start no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)
