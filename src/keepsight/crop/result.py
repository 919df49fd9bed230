"""The answer of the arithmetic."""

from __future__ import annotations

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


def covering(x: int, y: int, window: Size, delivered: Size) -> CropBox:
    """A window scaled to the whole canvas: no padding."""
    return CropBox(x, y, window.width, window.height, delivered, (0, 0, delivered.width, delivered.height))
