"""Boxes and the integer arithmetic that every mode shares."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """Integer width and height in pixels, both at least 1."""

    width: int
    height: int


@dataclass(frozen=True, slots=True)
class Box:
    """A real-valued rectangle in pixels of a picture, edges included; `left <= right`, `top <= bottom`."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width in pixels, never negative."""
        return max(0.0, self.right - self.left)

    @property
    def height(self) -> float:
        """Height in pixels, never negative."""
        return max(0.0, self.bottom - self.top)

    @property
    def area(self) -> float:
        """Area in square pixels, never negative."""
        return self.width * self.height
