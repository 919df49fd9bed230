"""From the thread that asks to the one that works: the name of the request, its span, and how long it waited."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
from time import perf_counter
from typing import ParamSpec, TypeVar

from keepsight.telemetry.metrics import QUEUE_WAIT_SECONDS

P = ParamSpec("P")
T = TypeVar("T")


def carried(queue: str, work: Callable[P, T]) -> Callable[P, T]:
    """`work` as another thread is to do it, once; `queue` is the name of what it waits in, from now on."""
    context, asked = copy_context(), perf_counter()

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        QUEUE_WAIT_SECONDS.labels(queue).observe(perf_counter() - asked)
        return context.run(work, *args, **kwargs)

    return run
