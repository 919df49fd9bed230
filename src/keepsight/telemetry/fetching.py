"""What other servers were asked for: timed, traced, and counted by what came of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from time import perf_counter
from typing import ParamSpec, Protocol, TypeVar

from keepsight.errors import FetchError, FetchInterrupted, FetchMissing, FetchRefused
from keepsight.telemetry.metrics import FETCH_SECONDS, FETCHED_BYTES, FETCHES
from keepsight.telemetry.timing import timed

_OUTCOMES = {FetchMissing: "missing", FetchRefused: "refused", FetchInterrupted: "interrupted"}


class Fetched(Protocol):
    """What a fetch brings."""

    @property
    def body(self) -> bytes | None:
        """None: it is still the version that was known."""


P = ParamSpec("P")
R = TypeVar("R", bound=Fetched)


def fetching(read: Callable[P, R]) -> Callable[P, R]:
    """Observe a function that fetches."""

    @wraps(read)
    def observed(*args: P.args, **kwargs: P.kwargs) -> R:
        began, outcome = perf_counter(), "failed"
        try:
            with timed("fetch"):
                reply = read(*args, **kwargs)
            outcome = "unchanged" if reply.body is None else "fetched"
            FETCHED_BYTES.inc(len(reply.body or b""))
            return reply
        except FetchError as error:
            outcome = _OUTCOMES.get(type(error), outcome)
            raise
        finally:
            FETCHES.labels(outcome).inc()
            FETCH_SECONDS.labels(outcome).observe(perf_counter() - began)

    return observed
