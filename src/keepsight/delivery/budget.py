"""Threads for work that would block the event loop, and who may wait for them.

A queue that fills for a moment and is worked off is good: the thumbnails of a page that nobody has opened yet. One
that stands only makes everybody wait, and lets no more work through. So the room depends on when the queue was last
empty, as in Controlled Delay (RFC 8289, section 3; for servers: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015):
`queue` places while it was empty lately, `standing` places for each thread when it has not been for `PATIENCE`.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from time import perf_counter
from typing import ParamSpec, TypeVar

import structlog

from keepsight.errors import Unavailable
from keepsight.telemetry.occupancy import Occupancy
from keepsight.telemetry.timing import Stopwatch
from keepsight.telemetry.typical import Typical

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 2.0
"""Seconds after which a queue that was never empty counts as one that stands."""
_LONGEST_RETRY = 60
_SAID_EVERY = 10.0
"""Seconds between two lines in the log about one budget that refuses."""

log = structlog.get_logger()


class Budget:
    """First come, first served, and no longer a queue than can be worked off in time. For one event loop."""

    def __init__(self, name: str, threads: int, queue: int, standing: int | None = None) -> None:
        """`standing` places for each thread stay when the queue has not been empty for a while; None: all do."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._name, self._threads = name, threads
        self._room = queue
        self._standing_room = queue if standing is None else min(queue, standing * threads)
        self._in_use = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._empty_at = self._said_at = -math.inf
        self._refused = 0
        self._typical = Typical()

    @property
    def state(self) -> Occupancy:
        """How full it is."""
        return Occupancy(
            self._name, self._threads, self._in_use, len(self._queue), self._refused, self._typical.seconds
        )

    async def run(self, watch: Stopwatch, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work` in a thread, once it is its turn.

        Raises Unavailable at once when there is no room, and as soon as the deadline of `watch` cannot be met.
        """
        await self._admitted(watch)
        began = perf_counter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: work(*args, **kwargs))
        finally:
            self._typical.note(perf_counter() - began)
            self._hand_on()

    def close(self) -> None:
        """Start no more; does not wait for the work in hand."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _admitted(self, watch: Stopwatch) -> None:
        if self._in_use < self._threads:
            self._in_use += 1
            return
        self._check_room(watch)
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        try:
            with watch.step("queue"):
                await asyncio.wait_for(turn, watch.remaining)
        except BaseException as error:
            if turn in self._queue:
                self._queue.remove(turn)
            elif not turn.cancelled():  # whoever waited is gone just now: the turn is the next one's
                self._hand_on()
            if isinstance(error, TimeoutError):
                raise self._refusal("The image was not begun in time: too many are waiting") from None
            raise

    def _check_room(self, watch: Stopwatch) -> None:
        now, waiting = perf_counter(), len(self._queue)
        if not waiting:
            self._empty_at = now
        stands = now - self._empty_at > PATIENCE
        if waiting >= (self._standing_room if stands else self._room):
            raise self._refusal("Too many images are waiting to be made")
        if self._wait + self._typical.seconds > watch.remaining:
            raise self._refusal("Too many images are waiting for this one to be made in time")

    @property
    def _wait(self) -> float:
        """Seconds that the next one to come has to wait, as far as can be told."""
        return (len(self._queue) + 1) * self._typical.seconds / self._threads

    def _refusal(self, message: str) -> Unavailable:
        self._refused += 1
        now = perf_counter()
        if now - self._said_at > _SAID_EVERY:
            self._said_at = now
            state = self.state
            log.warning("budget.full", budget=self._name, waiting=state.waiting, refused=state.refused)
        return Unavailable(message, retry_after=min(_LONGEST_RETRY, max(1, math.ceil(self._wait))))

    def _hand_on(self) -> None:
        """Give the place to who waits the longest."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(None)
                break
        else:
            self._in_use -= 1
        if not self._queue:
            self._empty_at = perf_counter()
