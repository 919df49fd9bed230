"""Where the pixels of the current picture came from: coordinates through a chain of cuts and turns."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from keepsight.crop.box import Box, Size
from keepsight.transformation.values import Turn


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture somewhere in a chain, and the affine map from original pixels to its own.

    x' = xx * x + xy * y + x0 and y' = yx * x + yy * y + y0. Boxes are mapped to the boxes around what they become.
    """

    size: Size
    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0

    def to_current(self, box: Box) -> Box:
        """A box of the original in pixels of this picture; it may reach outside."""
        return _around(
            (self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0) for x, y in _corners(box)
        )

    def to_original(self, box: Box) -> Box:
        """A box of this picture in pixels of the original."""
        det = self.xx * self.yy - self.xy * self.yx
        return _around(
            (
                (self.yy * (x - self.x0) - self.xy * (y - self.y0)) / det,
                (self.xx * (y - self.y0) - self.yx * (x - self.x0)) / det,
            )
            for x, y in _corners(box)
        )

    def cut(self, window: Box, content: Box, size: Size) -> Frame:
        """After a cut: `window` of this picture fills `content` of the new one, which measures `size`."""
        sx, sy = content.width / window.width, content.height / window.height
        return Frame(
            size,
            xx=sx * self.xx,
            xy=sx * self.xy,
            x0=sx * (self.x0 - window.left) + content.left,
            yx=sy * self.yx,
            yy=sy * self.yy,
            y0=sy * (self.y0 - window.top) + content.top,
        )

    def turn(self, turn: Turn) -> Frame:
        """After a quarter turn, clockwise, or a mirror image."""
        w, h = self.size.width, self.size.height
        across = (self.xx, self.xy, self.x0)
        down = (self.yx, self.yy, self.y0)
        match turn:
            case Turn.HFLIP:
                return Frame(self.size, *_mirrored(across, w), *down)
            case Turn.VFLIP:
                return Frame(self.size, *across, *_mirrored(down, h))
            case Turn.ROTATE_180:
                return Frame(self.size, *_mirrored(across, w), *_mirrored(down, h))
            case Turn.ROTATE_90:
                return Frame(Size(h, w), *_mirrored(down, h), *across)
            case Turn.ROTATE_270:
                return Frame(Size(h, w), *down, *_mirrored(across, w))

    def tilt(self, degrees: float, size: Size) -> Frame:
        """After a rotation about the middle, clockwise, into a picture of `size` around the result."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        # Scaled down first where the picture was too large to be turned as it was.
        across = abs(self.size.width * cos) + abs(self.size.height * sin)
        scale = size.width / across
        cos, sin = cos * scale, sin * scale
        cx, cy = self.size.width / 2, self.size.height / 2
        x0, y0 = self.x0 - cx, self.y0 - cy
        return Frame(
            size,
            xx=cos * self.xx - sin * self.yx,
            xy=cos * self.xy - sin * self.yy,
            x0=cos * x0 - sin * y0 + size.width / 2,
            yx=sin * self.xx + cos * self.yx,
            yy=sin * self.xy + cos * self.yy,
            y0=sin * x0 + cos * y0 + size.height / 2,
        )


def _corners(box: Box) -> tuple[tuple[float, float], ...]:
    return (box.left, box.top), (box.right, box.top), (box.left, box.bottom), (box.right, box.bottom)


def _around(points: Iterable[tuple[float, float]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _mirrored(row: tuple[float, float, float], length: int) -> tuple[float, float, float]:
    return -row[0], -row[1], length - row[2]
