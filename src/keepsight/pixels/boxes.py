"""The boxes of which HEIC, AVIF, JPEG 2000 and JPEG XL files are made (ISO/IEC 14496-12, section 4.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

_MOST_BOXES = 10_000
"""Boxes that are walked at one level; files have a few dozen."""


@dataclass(frozen=True, slots=True)
class Box:
    """Kind, and where in the file its content lies."""

    kind: bytes
    start: int
    end: int


def boxes(data: bytes, start: int = 0, end: int | None = None) -> Iterator[Box]:
    """The boxes between two offsets, up to the first damaged one; an end past the file is cut off."""
    end = len(data) if end is None else min(end, len(data))
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        size, kind = int.from_bytes(data[start : start + 4]), data[start + 4 : start + 8]
        header = 8
        if size == 1:
            size, header = int.from_bytes(data[start + 8 : start + 16]), 16
        elif size == 0:
            size = end - start
        if size < header:
            return
        yield Box(kind, start + header, min(start + size, end))
        start += size


def find(data: bytes, *path: bytes) -> Box | None:
    """The first box at a path of kinds, each inside the one before it."""
    start, end = 0, len(data)
    found = None
    for kind in path:
        found = next((box for box in boxes(data, start, end) if box.kind == kind), None)
        if found is None:
            return None
        start, end = found.start, found.end
    return found
