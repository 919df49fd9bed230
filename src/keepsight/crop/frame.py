"""Where the pixels of the current picture came from: coordinates through a chain of cuts and turns."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.crop.box import Box, Size
from keepsight.transformation.values import Turn


@dataclass(frozen=True, slots=True)
class Frame:
    """A picture somewhere in a chain, and the axis-aligned map from original pixels to its own.

    x' = xx * x + xy * y + x0 and y' = yx * x + yy * y + y0, where either xx and yy or xy and yx are 0.
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
        corners = [
            (self.xx * x + self.xy * y + self.x0, self.yx * x + self.yy * y + self.y0)
            for x, y in ((box.left, box.top), (box.right, box.bottom))
        ]
        (ax, ay), (bx, by) = corners
        return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

    def to_original(self, box: Box) -> Box:
        """A box of this picture in pixels of the original."""
        det = self.xx * self.yy - self.xy * self.yx
        corners = [
            (
                (self.yy * (x - self.x0) - self.xy * (y - self.y0)) / det,
                (self.xx * (y - self.y0) - self.yx * (x - self.x0)) / det,
            )
            for x, y in ((box.left, box.top), (box.right, box.bottom))
        ]
        (ax, ay), (bx, by) = corners
        return Box(min(ax, bx), min(ay, by), max(ax, bx), max(ay, by))

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


def _mirrored(row: tuple[float, float, float], length: int) -> tuple[float, float, float]:
    return -row[0], -row[1], length - row[2]
