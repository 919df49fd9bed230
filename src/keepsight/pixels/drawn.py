"""Pixels that exist already, as a source like a file."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from keepsight.pixels.resample import clip, resample
from keepsight.pixels.turning import Box, Size


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """An L, RGB or RGBA image in sRGB, upright."""

    image: Image.Image

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.image.size

    def cut(self, box: Box, size: Size) -> Image.Image:
        """Scale `box`, clipped to the image, to `size`."""
        return resample(self.image, clip(box, self.size), size)
