"""Sizes and boxes, the nouns of every mode."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

from keepsight.crop.line import Span, outer

_STEPS_PER_PIXEL = 1 << 16


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

    @property
    def centre(self) -> tuple[float, float]:
        """x and y of the middle."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    @property
    def horizontal(self) -> Span:
        """Left to right, exactly."""
        return Span(Fraction(self.left), Fraction(self.right))

    @property
    def vertical(self) -> Span:
        """Top to bottom, exactly."""
        return Span(Fraction(self.top), Fraction(self.bottom))

    def grown(self, share: float) -> Box:
        """Moved outwards on each side by a share of the box's own width and height."""
        across, down = share * self.width, share * self.height
        return Box(self.left - across, self.top - down, self.right + across, self.bottom + down)

    def clip(self, picture: Size) -> Box:
        """Cut off what lies outside the picture and snap the edges to 1/65536 px.

        The snap keeps the noise of floats, `64.00000000000001`, from costing a whole pixel when edges are rounded
        outwards. Raises ValueError or OverflowError for an edge that is no finite number.
        """
        return Box(
            _snap(self.left, picture.width),
            _snap(self.top, picture.height),
            _snap(self.right, picture.width),
            _snap(self.bottom, picture.height),
        )

    def outer_size(self, picture: Size) -> Size:
        """Size of the whole pixels of the picture that cover the box."""
        left, right = outer(picture.width, self.horizontal)
        top, bottom = outer(picture.height, self.vertical)
        return Size(right - left, bottom - top)


def hull(boxes: Iterable[Box]) -> Box:
    """The smallest box around all of `boxes`, of which there is at least one."""
    edges = [(box.left, box.top, box.right, box.bottom) for box in boxes]
    lefts, tops, rights, bottoms = zip(*edges, strict=True)
    return Box(min(lefts), min(tops), max(rights), max(bottoms))


def _snap(edge: float, line: int) -> float:
    return min(max(round(edge * _STEPS_PER_PIXEL), 0), line * _STEPS_PER_PIXEL) / _STEPS_PER_PIXEL
