"""Threads for work that would block the event loop, and who may wait for them.

A queue that fills for a moment and is worked off is good: the thumbnails of a page that nobody has opened yet. One
that stands only makes everybody wait, and lets no more work through. So the room depends on when the queue was last
empty, as in Controlled Delay (RFC 8289, section 3; for servers: B. Maurer, "Fail at Scale", ACM Queue 13(8), 2015):
`queue` places while it was empty lately, `standing` places for each thread when it has not been for `PATIENCE`.
Once it stood, being empty for a moment is not enough: for some seconds it is kept short (Controlled Delay, too,
goes on where it left off when a queue comes back soon), else every such moment lets in a new burst. And where work
is slow, no more than those wait than can be done in `wait` seconds, as far as can be told.
"""

from __future__ import annotations

import asyncio
import math
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import ParamSpec, TypeVar

import structlog

from keepsight.errors import Unavailable
from keepsight.telemetry.carrying import carried
from keepsight.telemetry.gauges import Load
from keepsight.telemetry.metrics import QUEUE_REFUSED
from keepsight.telemetry.timing import Stopwatch
from keepsight.telemetry.typical import Typical

P = ParamSpec("P")
T = TypeVar("T")

PATIENCE = 2.0
"""Seconds after which a queue that was never empty counts as one that stands."""
AFTERWARDS = 5.0
"""Seconds for which a queue that stood and sent somebody away counts as one that stands, from the last of them on."""
_LONGEST_RETRY = 60
_SAID_EVERY = 10.0
"""Seconds between two lines in the log about one budget that refuses."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Room:
    """For how many there is room to wait."""

    queue: int
    """At most, for a moment."""
    standing: int
    """For each thread, at any time."""
    wait: float = math.inf
    """Seconds, for more than `standing`."""


class Budget:
    """First come, first served, and no longer a queue than can be worked off in time. For one event loop."""

    def __init__(self, name: str, threads: int, room: Room, what: str = "image", done: str = "made") -> None:
        """`what` waits here, to be `done`, in the words of those who are sent away; `name` is that of the metrics."""
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self.name, self._threads = name, threads
        self._what, self._done = what, done
        self._refused = QUEUE_REFUSED.labels(name)  # there may be thousands a second: not looked up for each
        self._room, self._standing_room = room, min(room.queue, room.standing * threads)
        self._in_use = self._expected = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._empty_at = self._stood_at = self._said_at = -math.inf
        self.refused = 0
        """How much was sent away since the start of the process."""
        self._typical = Typical()

    @property
    def load(self) -> Load:
        """How full it is."""
        return Load(self._in_use, self._waiting, self._threads + self._room.queue)

    async def run(self, watch: Stopwatch, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work` in a thread, once it is its turn.

        Raises Unavailable at once when there is no room, and as soon as the deadline of `watch` cannot be met.
        """
        self.check(watch.remaining)
        return await self.run_expected(watch, work, *args, **kwargs)

    async def run_expected(self, watch: Stopwatch, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for work that was let in by `expect`. Raises Unavailable when its time is over."""
        carrying = carried(self.name, lambda: work(*args, **kwargs))
        await self._turn(watch)
        began = perf_counter()
        try:
            return await asyncio.get_running_loop().run_in_executor(self._pool, carrying)
        finally:
            self._typical.note(perf_counter() - began)
            self._hand_on()

    def expect(self, remaining: float) -> None:
        """Let work in that is to come; until it does, or is given up, `forget` takes it out of account again.

        Raises Unavailable as `check` does.
        """
        self.check(remaining)
        self._expected += 1

    def forget(self) -> None:
        """See `expect`."""
        self._expected -= 1

    @property
    def busy(self) -> bool:
        """Whether more work has to wait."""
        return self._in_use + self._expected >= self._threads

    def check(self, remaining: float) -> None:
        """Raises Unavailable when there is no room for work that has to be done in so many seconds."""
        if not self.busy:
            return
        now, waiting = perf_counter(), self._waiting
        if not waiting:
            self._empty_at = now
        stands = now - self._empty_at > PATIENCE or now - self._stood_at < AFTERWARDS
        long = waiting >= self._standing_room and (stands or self._wait > self._room.wait)
        if long and stands:
            self._stood_at = now
        if long or waiting >= self._room.queue:
            raise self._refusal(f"Too many {self._what}s are waiting to be {self._done}")
        if self._wait + self._typical.seconds > remaining:
            raise self._refusal(f"Too many {self._what}s are waiting for this one to be {self._done} in time")

    def close(self) -> None:
        """Start no more; does not wait for the work in hand."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    async def _turn(self, watch: Stopwatch) -> None:
        if self._in_use < self._threads:
            self._in_use += 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        began = perf_counter()
        try:
            await asyncio.wait_for(turn, watch.remaining)
        except BaseException as error:
            if turn in self._queue:
                self._queue.remove(turn)
            elif not turn.cancelled():  # whoever waited is gone just now: the turn is the next one's
                self._hand_on()
            if isinstance(error, TimeoutError):
                raise self._refusal(f"The {self._what} was not begun in time: too many are waiting") from None
            raise
        finally:
            watch.add("queue", perf_counter() - began)

    @property
    def _waiting(self) -> int:
        return max(0, self._in_use + len(self._queue) + self._expected - self._threads)

    @property
    def _wait(self) -> float:
        """Seconds that the next one to come has to wait, as far as can be told."""
        return (self._waiting + 1) * self._typical.seconds / self._threads

    def _refusal(self, message: str) -> Unavailable:
        self.refused += 1
        self._refused.inc()
        now = perf_counter()
        if now - self._said_at > _SAID_EVERY:
            self._said_at = now
            log.warning("budget.full", budget=self.name, waiting=self._waiting, refused=self.refused)
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
        if not self._waiting:
            self._empty_at = perf_counter()
