"""A question to something that may not answer, with an end in time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future
from time import monotonic
from typing import Generic, TypeVar

T = TypeVar("T")


class NoAnswer(Exception):
    """It did not answer in time."""


class Probe(Generic[T]):
    """Asks in a thread of its own, one question at a time however many want to know. Safe for threads.

    Who waits gives up after `within` seconds; the question goes on, and no second one is asked meanwhile. An answer,
    or what the question raised, is given to all who come within `fresh` seconds.
    """

    def __init__(self, ask: Callable[[], T], *, within: float = 2.0, fresh: float = 1.0) -> None:
        self._ask, self._within, self._fresh = ask, within, fresh
        self._lock = threading.Lock()
        self._asking: threading.Event | None = None
        self._answer: Future[T] | None = None
        self._answered = 0.0

    def __call__(self) -> T:
        """The answer. Raises NoAnswer, and what the question raised. Blocks for at most `within` seconds."""
        with self._lock:
            if self._answer is not None and monotonic() - self._answered < self._fresh:
                return self._answer.result()
            done = self._asking
            if done is None:
                done = self._asking = threading.Event()
                # A daemon: one that hangs does not keep the process from ending.
                threading.Thread(target=self._put, args=(done,), name="probe", daemon=True).start()
        if not done.wait(self._within) or self._answer is None:
            raise NoAnswer(f"no answer within {self._within:g} s")
        return self._answer.result()

    def _put(self, done: threading.Event) -> None:
        answer: Future[T] = Future()
        try:
            answer.set_result(self._ask())
        except Exception as error:  # told to whoever wants to know
            answer.set_exception(error)
        with self._lock:
            self._answer, self._answered, self._asking = answer, monotonic(), None
        done.set()
