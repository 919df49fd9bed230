"""Rectangles in pixels: areas, unions, overlaps.

On purpose not those of `keepsight.crop`: a measure that shares code with what it measures shares its mistakes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height in whole pixels."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in pixels of a photo, real-valued, origin at the top left."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """In pixels, never negative."""
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        """In pixels, never negative."""
        return max(0.0, self.bottom - self.top)

    @property
    def area(self) -> float:
        """In square pixels, never negative."""
        return self.width * self.height

    @property
    def centre(self) -> tuple[float, float]:
        """x and y of the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def meet(self, other: Box) -> Box:
        """What both cover; of area 0 where they do not touch."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def clip(self, size: Size) -> Box:
        """The part inside a photo of that size."""
        left, right = (min(max(x, 0.0), size.width) for x in (self.left, self.right))
        top, bottom = (min(max(y, 0.0), size.height) for y in (self.top, self.bottom))
        return Box(left, top, right, bottom)

    def grown(self, share: float) -> Box:
        """Moved outwards on each side by a share of the box's own width and height."""
        across, down = share * self.width, share * self.height
        return Box(self.left - across, self.top - down, self.right + across, self.bottom + down)

    def mirrored(self, width: int) -> Box:
        """Where the box lies after a photo of that width is mirrored left to right."""
        return Box(width - self.right, self.top, width - self.left, self.bottom)


def window_at(x: float, y: float, size: Size) -> Box:
    """A window by its top left corner and its size."""
    return Box(x, y, x + size.width, y + size.height)


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of at least one."""
    edges = [(b.left, b.top, b.right, b.bottom) for b in boxes]
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def union_area(boxes: Iterable[Box], within: Box) -> float:
    """Area of `within` that at least one box covers, in square pixels; exact, overlaps count once."""
    parts = [part for box in boxes if (part := box.meet(within)).area > 0]
    if len(parts) <= 1:
        return sum(part.area for part in parts)
    xs = sorted({x for part in parts for x in (part.left, part.right)})
    ys = sorted({y for part in parts for y in (part.top, part.bottom)})
    covered = np.zeros((len(ys) - 1, len(xs) - 1), dtype=np.bool_)
    for part in parts:
        rows = slice(ys.index(part.top), ys.index(part.bottom))
        covered[rows, xs.index(part.left) : xs.index(part.right)] = True
    return float(np.diff(ys) @ covered @ np.diff(xs))


def intersection_over_union(a: Box, b: Box) -> float:
    """0 where they do not touch, 1 for the same box."""
    both = a.meet(b).area
    return both / (a.area + b.area - both) if both else 0.0
