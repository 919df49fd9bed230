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

    Nobody waits for longer than `within` seconds after it was asked; the question goes on, and no second one is asked
    meanwhile. An answer, or what the question raised, is given to all who come within `fresh` seconds.
    """

    def __init__(self, ask: Callable[[], T], *, within: float = 1.5, fresh: float = 1.0) -> None:
        self._ask, self._within, self._fresh = ask, within, fresh
        self._lock = threading.Lock()
        self._asking: threading.Event | None = None
        self._answer: Future[T] | None = None
        self._asked = self._answered = 0.0

    def begin(self) -> None:
        """Ask, if there is no fresh answer, and do not wait."""
        with self._lock:
            if not self._is_fresh:
                self._begun()

    def __call__(self) -> T:
        """The answer. Raises NoAnswer, and what the question raised. Blocks for at most `within` seconds."""
        with self._lock:
            if self._answer is not None and self._is_fresh:
                return self._answer.result()
            done = self._begun()
            left = self._asked + self._within - monotonic()
        if not done.wait(max(0.0, left)) or self._answer is None:
            raise NoAnswer(f"no answer within {self._within:g} s")
        return self._answer.result()

    @property
    def _is_fresh(self) -> bool:
        return self._answer is not None and monotonic() - self._answered < self._fresh

    def _begun(self) -> threading.Event:
        """What is set once the answer is there. Under the lock."""
        done = self._asking
        if done is None:
            done, self._asked = threading.Event(), monotonic()
            self._asking = done
            # A daemon: one that hangs does not keep the process from ending.
            threading.Thread(target=self._put, args=(done,), name="probe", daemon=True).start()
        return done

    def _put(self, done: threading.Event) -> None:
        answer: Future[T] = Future()
        try:
            answer.set_result(self._ask())
        except Exception as error:  # told to whoever wants to know
            answer.set_exception(error)
        with self._lock:
            self._answer, self._answered, self._asking = answer, monotonic(), None
        done.set()
