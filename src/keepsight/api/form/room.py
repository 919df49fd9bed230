"""How much of the bodies of requests a process holds at once: those that arrive, and those that are in work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from keepsight.errors import Unavailable
from keepsight.telemetry.metrics import QUEUE_REFUSED

_RETRY_AFTER = 2
"""Seconds: about how long an upload takes."""


class Claim:
    """What one request holds; it grows as its body arrives."""

    def __init__(self, room: Room, most: int) -> None:
        self._room, self._most = room, most
        self.bytes = 0

    def grow(self, count: int) -> None:
        """So many bytes more arrived. Raises Unavailable when there is no room for them."""
        count = min(count, self._most - self.bytes)  # what is over the limit of a body is not kept
        self._room.check(count)
        self._room.bytes += count
        self.bytes += count


class Room:
    """Bytes and bodies that are held. Used on the event loop only."""

    def __init__(self, max_bytes: int, max_bodies: int) -> None:
        self._max_bytes, self._max_bodies = max_bytes, max_bodies
        self.bytes = 0
        self.bodies = 0

    @contextmanager
    def claim(self, most: int, stated: int = 0) -> Iterator[Claim]:
        """Room for one body, which keeps at most `most` bytes, until the request is over.

        `stated` is what `Content-Length` says: who has to be refused hears it before sending anything. It is not set
        aside, since a client that states much and sends nothing would keep others out. Raises Unavailable.
        """
        if self.bodies >= self._max_bodies:
            raise _refusal(f"{self.bodies} bodies are in work already")
        self.check(min(stated, most))
        self.bodies += 1
        claim = Claim(self, most)
        try:
            yield claim
        finally:
            self.bodies -= 1
            self.bytes -= claim.bytes

    def check(self, count: int) -> None:
        """Return if there is room for so many bytes. Raises Unavailable."""
        if count and self.bytes + count > self._max_bytes:
            raise _refusal(f"{self.bytes} bytes of bodies are in work already (expected at most {self._max_bytes})")


def _refusal(held: str) -> Unavailable:
    QUEUE_REFUSED.labels("body").inc()
    return Unavailable(f"{held}; try again in a moment", _RETRY_AFTER)
