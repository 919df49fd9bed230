"""What people have said of a picture: where it matters, and where its faces are.

Today a file beside the original says it (`sidecar.py`); whatever else learns to, answers with the same type.
"""

from __future__ import annotations

from dataclasses import dataclass

Rectangle = tuple[float, float, float, float]
"""x, y, width, height in pixels of the upright original; sides at least 0, and it may reach outside."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """Stored coordinates of one original. Its repr is part of the key of what is derived with them."""

    custom: tuple[Rectangle, ...] = ()
    """What `g_custom` shows, and what overrides automatic gravity: the largest one."""
    faces: tuple[Rectangle, ...] = ()
    """In place of what a detector would find; empty: ask the detector."""
    faults: tuple[str, ...] = ()
    """Why nothing could be read, each by name; the rest is empty then."""


NONE = Coordinates()
"""Nothing stored."""
