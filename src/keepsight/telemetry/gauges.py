"""Gauges are read where the figure is, at the moment somebody asks for it."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Protocol

from prometheus_client import Gauge

from keepsight.telemetry.metrics import (
    BUILD,
    CPU_SECONDS,
    OPEN_FILES,
    PROCESSES,
    QUEUE_REFUSED,
    QUEUE_ROOM,
    QUEUE_RUNNING,
    QUEUE_WAITING,
    RESIDENT_BYTES,
    THREADS,
)

_PROC = Path("/proc/self")


@dataclass(frozen=True, slots=True)
class Load:
    """How full a queue is just now."""

    running: int
    """Jobs in work."""
    waiting: int
    """Jobs that wait for a thread."""
    room: int
    """Jobs, in work or waiting, beyond which more are refused."""


class Queue(Protocol):
    """Whatever has a bounded queue."""

    @property
    def name(self) -> str:
        """As the label `queue` says it."""

    @property
    def load(self) -> Load:
        """Read from any thread, without waiting."""


class Gauges:
    """What is read before the metrics are told.

    What belongs to this process is read often, and cheap; what all processes share may ask a database, and is read by
    the one that is asked for the metrics.
    """

    def __init__(self, version: str) -> None:
        """`version` is that of what runs."""
        self._own: list[Callable[[], None]] = [_Process()]
        self._shared: list[Callable[[], object]] = []
        python = ".".join(map(str, sys.version_info[:3]))
        self._shared.append(lambda: BUILD.labels(version, python).set(1))

    def follow(self, queue: Queue) -> None:
        """Tell how full this queue is."""
        running, waiting, room = (g.labels(queue.name) for g in (QUEUE_RUNNING, QUEUE_WAITING, QUEUE_ROOM))
        QUEUE_REFUSED.labels(queue.name)  # a counter that begins with 1 has no increase to see

        def read() -> None:
            load = queue.load
            running.set(load.running)
            waiting.set(load.waiting)
            room.set(load.room)

        self._own.append(read)

    def own(self, read: Callable[[], None]) -> None:
        """Have `read` set a gauge of this process, or hand counts on. On the event loop; it must not wait."""
        self._own.append(read)

    def shared(self, gauge: Gauge, read: Callable[[], float]) -> None:
        """Have a gauge that all processes share say what `read` gives. In a thread; what it raises leaves it out."""
        self._shared.append(lambda: gauge.set(read()))

    def states(self, gauge: Gauge, read: Callable[[], Mapping[str, float]]) -> None:
        """The same for a gauge with one label: its value by what `read` has as keys."""

        def each() -> None:
            for label, value in read().items():
                gauge.labels(label).set(value)

        self._shared.append(each)

    def ask(self, look: Callable[[], object]) -> None:
        """Have something look at what is shared and set gauges itself. In a thread."""
        self._shared.append(look)

    def read_own(self) -> None:
        """Read what belongs to this process. On the event loop."""
        for read in self._own:
            read()

    def read_shared(self) -> None:
        """Read what is shared. In a thread: it may wait."""
        for read in self._shared:
            with suppress(Exception):  # a database that is away is no reason to tell nothing at all
                read()


class _Process:
    """What this process costs."""

    def __init__(self) -> None:
        self._told = 0.0
        self._page = os.sysconf("SC_PAGE_SIZE")

    def __call__(self) -> None:
        used = process_time()
        CPU_SECONDS.inc(max(0.0, used - self._told))
        self._told = used
        PROCESSES.set(1)
        THREADS.set(threading.active_count())
        with suppress(OSError):  # no Linux
            RESIDENT_BYTES.set(int((_PROC / "statm").read_text().split()[1]) * self._page)
            OPEN_FILES.set(sum(1 for _ in (_PROC / "fd").iterdir()) - 1)  # without the one of this look
