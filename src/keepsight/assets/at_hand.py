"""Finding originals without waiting for other servers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_alone: ContextVar[bool] = ContextVar("alone", default=False)


class WouldFetch(Exception):
    """Another server has to be asked, which may take long."""


@contextmanager
def at_hand() -> Iterator[None]:
    """No other server is asked in this block: where that would be needed, WouldFetch is raised."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


def ask_others() -> None:
    """Called before another server is asked. Raises WouldFetch in a block of `at_hand`."""
    if _alone.get():
        raise WouldFetch
