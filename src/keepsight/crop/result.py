"""The answer of the arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

from keepsight.crop.box import Size


@dataclass(frozen=True, slots=True)
class CropBox:
    """Which pixels of the source are shown, and where they land on the delivered canvas."""

    x: int
    y: int
    width: int
    height: int
    """The window in source pixels, always inside the source, at least 1 x 1."""
    delivered: Size
    """The canvas."""
    content: tuple[int, int, int, int]
    """x, y, width, height on the canvas, always inside it, at least 1 x 1; what it leaves free is padding."""


def limited(box: CropBox, max_pixels: int) -> CropBox:
    """The same picture on the largest canvas of the same shape that has no more than so many pixels."""
    factor = math.sqrt(max_pixels / (box.delivered.width * box.delivered.height))
    width = max(1, min(math.floor(box.delivered.width * factor), max_pixels))
    height = max(1, min(math.floor(box.delivered.height * factor), max_pixels // width))
    left, top, across, down = box.content
    x, y = min(math.floor(left * factor), width - 1), min(math.floor(top * factor), height - 1)
    content = (x, y, min(max(1, round(across * factor)), width - x), min(max(1, round(down * factor)), height - y))
    return CropBox(box.x, box.y, box.width, box.height, Size(width, height), content)


def covering(x: int, y: int, window: Size, delivered: Size) -> CropBox:
    """A window scaled to the whole canvas: no padding."""
    return CropBox(x, y, window.width, window.height, delivered, (0, 0, delivered.width, delivered.height))
