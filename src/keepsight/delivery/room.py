"""Room for large originals: how much of them may be in memory at once, whoever asks."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from keepsight.memory import trim_memory
from keepsight.pixels.decode import reduction_of
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header

_SMALL = 1 / 8
"""Of the room; what takes less is let in at once."""
_PIXEL = 4
"""Bytes of a pixel in memory."""


class Room:
    """Who takes much waits until it is there, first come first served; who takes more than all waits for all of it."""

    def __init__(self, size: int) -> None:
        """`size` in bytes."""
        self._size = self._free = size
        self._waiting: deque[object] = deque()
        self._changed = Condition()

    @property
    def waiting(self) -> int:
        """How many wait for it."""
        with self._changed:
            return len(self._waiting)

    @contextmanager
    def taken(self, amount: float) -> Iterator[None]:
        """Hold `amount` bytes of it for the time of the `with` block."""
        if amount < _SMALL * self._size:
            yield
            return
        wanted, ticket = min(int(amount), self._size), object()
        with self._changed:
            self._waiting.append(ticket)
            self._changed.wait_for(lambda: self._waiting[0] is ticket and self._free >= wanted)
            self._waiting.popleft()
            self._free -= wanted
            self._changed.notify_all()
        try:
            yield
        finally:
            trim_memory()
            with self._changed:
                self._free += wanted
                self._changed.notify_all()


def decoded_bytes(header: Header, scale: float) -> float:
    """What an original takes in memory, roughly, while it is decoded at `scale`: its pixels, and those of a decoder
    that has no way to hand them on row by row.
    """
    pixels = header.width * header.height
    reduced = pixels / (reduction_of(header, scale) or 1) ** 2
    streamed = header.format in (Format.JPEG, Format.PNG, Format.SVG)
    return _PIXEL * (reduced if streamed else reduced + pixels)
