"""Running networks: a few at a time, first come first served, and no longer a queue than can be worked off."""

from __future__ import annotations

import math
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Lock
from time import perf_counter

from keepsight.errors import ModelError
from keepsight.setting_values import CORES
from keepsight.telemetry.carrying import carried
from keepsight.telemetry.gauges import Load
from keepsight.telemetry.metrics import QUEUE_REFUSED
from keepsight.telemetry.typical import Typical


class QueueFull(ModelError):
    """Nobody can look at the picture just now."""


class Inferences:
    """A pool of `workers` threads behind a queue of at most `waiting` jobs, worked off in their order.

    A network uses one thread a picture: as many pictures at once as there are cores beat many threads on one, and a
    queue in front keeps the slowest answer within twice the typical one.
    """

    name = "inference"
    """Of the queue, for the metrics."""

    def __init__(self, workers: int = CORES, waiting: int = 64) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="inference")
        self._workers, self._most = workers, workers + waiting
        self._jobs = 0
        self._typical = Typical()
        self._lock = Lock()

    @property
    def load(self) -> Load:
        """How full it is just now."""
        running = min(self._jobs, self._workers)
        return Load(running, self._jobs - running, self._most)

    @property
    def jobs(self) -> int:
        """How many are running or waiting."""
        with self._lock:
            return self._jobs

    def start(self, job: Callable[[], None], within: float = math.inf) -> None:
        """Have `job`, which raises nothing, run by the next free worker.

        Raises QueueFull when there is no place, or when so many wait that it would not be done `within` so many
        seconds, as far as can be told.
        """
        with self._lock:
            before = max(0, self._jobs - self._workers + 1)
            late = before > 0 and (before / self._workers + 1) * self._typical.seconds > within
            if late or self._jobs >= self._most:
                QUEUE_REFUSED.labels(self.name).inc()
                raise QueueFull(f"{self._jobs} pictures are being looked at or waiting for it")
            self._jobs += 1
        try:
            self._pool.submit(carried(self.name, self._run), job)
        except RuntimeError as error:  # closed
            self._done()
            raise QueueFull("the server is stopping") from error

    def close(self) -> None:
        """Take no more jobs and drop those that wait; does not wait for those that run."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _run(self, job: Callable[[], None]) -> None:
        began = perf_counter()
        try:
            job()
        finally:
            lasted = perf_counter() - began
            with self._lock:
                self._typical.note(lasted)
            self._done()

    def _done(self) -> None:
        with self._lock:
            self._jobs -= 1
