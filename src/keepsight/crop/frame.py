"""Where the pixels of the current picture came from: coordinates through a chain of cuts and turns."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from keepsight.crop.box import Box, Size
from keepsight.transformation.values import Turn


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture somewhere in a chain, and the affine map from original pixels to its own.

    x' = xx * x + xy * y + x0 and y' = yx * x + yy * y + y0. Boxes are mapped to the boxes around what they become.
    Behind a bend the map begins at the picture that was bent.
    """

    size: Size
    xx: float = 1.0
    xy: float = 0.0
    x0: float = 0.0
    yx: float = 0.0
    yy: float = 1.0
    y0: float = 0.0
    bent: Bent | None = None

    def to_current(self, box: Box) -> Box:
        """A box of the original in pixels of this picture; it may reach outside."""
        if self == Frame(self.size):
            return box
        if self.bent is not None:
            box = self.bent.forward(box)
        return _around(
            (self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0) for x, y in _corners(box)
        )

    def to_original(self, box: Box) -> Box:
        """A box of this picture in pixels of the original; through a bend, about where it was."""
        det = self.xx * self.yy - self.xy * self.yx
        before = _around(
            (
                (self.yy * (x - self.x0) - self.xy * (y - self.y0)) / det,
                (self.xx * (y - self.y0) - self.yx * (x - self.x0)) / det,
            )
            for x, y in _corners(box)
        )
        return before if self.bent is None else self.bent.back(before)

    def bend(self, moved: Callable[[float, float], tuple[float, float]], size: Size) -> Frame:
        """After a change of shape that takes each point of this picture to the one that `moved` says."""
        return Frame(size, bent=Bent(self, moved, size))

    def cut(self, window: Box, content: Box, size: Size) -> Frame:
        """After a cut: `window` of this picture fills `content` of the new one, which measures `size`."""
        sx, sy = content.width / window.width, content.height / window.height
        return replace(
            self,
            size=size,
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
                return self._with(self.size, _mirrored(across, w), down)
            case Turn.VFLIP:
                return self._with(self.size, across, _mirrored(down, h))
            case Turn.ROTATE_180:
                return self._with(self.size, _mirrored(across, w), _mirrored(down, h))
            case Turn.ROTATE_90:
                return self._with(Size(h, w), _mirrored(down, h), across)
            case Turn.ROTATE_270:
                return self._with(Size(h, w), down, _mirrored(across, w))

    def tilt(self, degrees: float, size: Size) -> Frame:
        """After a rotation about the middle, clockwise, into a picture of `size` around the result."""
        cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
        # Scaled down first where the picture was too large to be turned as it was.
        across = abs(self.size.width * cos) + abs(self.size.height * sin)
        scale = size.width / across
        cos, sin = cos * scale, sin * scale
        cx, cy = self.size.width / 2, self.size.height / 2
        x0, y0 = self.x0 - cx, self.y0 - cy
        return replace(
            self,
            size=size,
            xx=cos * self.xx - sin * self.yx,
            xy=cos * self.xy - sin * self.yy,
            x0=cos * x0 - sin * y0 + size.width / 2,
            yx=sin * self.xx + cos * self.yx,
            yy=sin * self.xy + cos * self.yy,
            y0=sin * x0 + cos * y0 + size.height / 2,
        )

    def _with(self, size: Size, across: tuple[float, float, float], down: tuple[float, float, float]) -> Frame:
        (xx, xy, x0), (yx, yy, y0) = across, down
        return replace(self, size=size, xx=xx, xy=xy, x0=x0, yx=yx, yy=yy, y0=y0)


@dataclass(frozen=True, slots=True)
class Bent:
    """A picture whose points went somewhere that no affine map tells: skewed, distorted, or along an arc."""

    before: Frame
    moved: Callable[[float, float], tuple[float, float]]
    """Where a point of the picture before lies in the one after."""
    size: Size
    """Of the one after."""

    def forward(self, box: Box) -> Box:
        """The box around what becomes of a box of the original, as far as the picture before showed it."""
        shown = self.before.to_current(box).clip(self.before.size)
        return _around(self.moved(x, y) for x, y in _rim(shown)) if shown.area > 0 else Box(0, 0, 0, 0)

    def back(self, box: Box) -> Box:
        """About where a box of the picture after was in the original: as if it had only been scaled."""
        across, down = self.before.size.width / self.size.width, self.before.size.height / self.size.height
        scaled = Box(box.left * across, box.top * down, box.right * across, box.bottom * down)
        return self.before.to_original(scaled)


def _rim(box: Box, steps: int = 16) -> Iterator[tuple[float, float]]:
    """Points all along the edges: what is bent bulges between its corners."""
    for at in range(steps + 1):
        x, y = box.left + box.width * at / steps, box.top + box.height * at / steps
        yield from ((x, box.top), (x, box.bottom), (box.left, y), (box.right, y))


def _corners(box: Box) -> tuple[tuple[float, float], ...]:
    return (box.left, box.top), (box.right, box.top), (box.left, box.bottom), (box.right, box.bottom)


def _around(points: Iterable[tuple[float, float]]) -> Box:
    xs, ys = zip(*points, strict=True)
    return Box(min(xs), min(ys), max(xs), max(ys))


def _mirrored(row: tuple[float, float, float], length: int) -> tuple[float, float, float]:
    return -row[0], -row[1], length - row[2]
