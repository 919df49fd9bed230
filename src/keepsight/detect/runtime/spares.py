"""Copies of something that only one thread may use at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import Empty, LifoQueue
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Spares(Generic[T]):
    """Lends out copies and takes them back; makes one more when all are out.

    There are never more copies than threads were busy at once, and none dies with its thread.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        self._idle: LifoQueue[T] = LifoQueue()
        self._making = Lock()

    @contextmanager
    def borrow(self) -> Iterator[T]:
        """A copy for the time of the `with` block. One whose block raised is dropped: its state is unknown."""
        try:
            copy = self._idle.get_nowait()
        except Empty:
            with self._making:
                copy = self._make()
        yield copy
        self._idle.put(copy)
