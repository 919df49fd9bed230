"""Pictures that come as strips of rows: a cut of a large one then needs hardly more memory than its answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from PIL import Image

from keepsight.pixels.lanczos import lanczos
from keepsight.pixels.modes import resizable
from keepsight.pixels.resample import in_decoded_pixels, is_averaged, is_copied, resample, seen_by_kernel
from keepsight.pixels.turning import Box, Size

_BAND = 64
"""Rows of a cut that are made at once."""


@dataclass(frozen=True, slots=True, eq=False)
class Strips:
    """One picture as it is stored, from top to bottom."""

    mode: str
    """L, LA, RGB, RGBA or CMYK."""
    size: Size
    """Of the whole, in the pixels that come."""
    extent: tuple[float, float]
    """Width and height in source pixels that they cover."""
    rows: Iterator[Image.Image]
    """As wide as the whole; one under the other they are it. Their decoder may raise while they come."""


Use = Callable[[Strips], Image.Image]
"""What is made of a picture while it comes."""


def whole(strips: Strips) -> Image.Image:
    """All of it."""
    image, top = Image.new(strips.mode, strips.size), 0
    for strip in strips.rows:
        image.paste(strip, (0, top))
        top += strip.height
    return image


def cut(strips: Strips, box: Box, size: Size) -> Image.Image:
    """What `resample` makes of the whole, `box` being in source pixels, from a few rows at a time.

    Weights are rounded for a few rows where they are rounded for the whole otherwise: one value in hundreds is another
    one, by 1 or 2. Pictures with an alpha channel, and those that `resample` would average first, are put together
    before they are cut. All rows are read, so that a damaged file is found out whatever is cut from it.
    """
    box = in_decoded_pixels(box, strips.extent, strips.size)
    if strips.mode not in ("L", "RGB") or is_averaged(box, size):
        return resample(resizable(whole(strips)), box, size)
    answer, rows = Image.new(strips.mode, size), _Rows(strips)
    for top in range(0, size[1], _BAND):
        answer.paste(rows.band(box, size, top, min(size[1], top + _BAND)), (0, top))
    rows.read_to_the_end()
    return answer


class _Rows:
    """Those rows that the kernel sees just now."""

    def __init__(self, strips: Strips) -> None:
        self._strips = strips
        self._held: deque[tuple[int, Image.Image]] = deque()
        self._come = 0

    def band(self, box: Box, size: Size, top: int, bottom: int) -> Image.Image:
        """Rows from `top` to `bottom` of what becomes of a box."""
        step = (box[3] - box[1]) / size[1]
        band = box[0], box[1] + top * step, box[2], min(box[3], box[1] + bottom * step)
        size = size[0], bottom - top
        window = seen_by_kernel(self._strips.size, band, size)
        part = self._within(window)
        left, upper = window[:2]
        inside = band[0] - left, band[1] - upper, band[2] - left, min(part.height, band[3] - upper)
        return part.crop(inside) if is_copied(band, size) else lanczos(part, inside, size)

    def read_to_the_end(self) -> None:
        """Have the rest decoded, too."""
        for _ in self._strips.rows:
            pass

    def _within(self, window: tuple[int, int, int, int]) -> Image.Image:
        left, top, right, bottom = window
        while self._held and self._held[0][0] + self._held[0][1].height <= top:
            self._held.popleft()
        while self._come < bottom:
            strip = next(self._strips.rows)
            if self._come + strip.height > top:
                self._held.append((self._come, strip))
            self._come += strip.height
        part = Image.new(self._strips.mode, (right - left, bottom - top))
        for at, strip in self._held:
            part.paste(strip, (-left, at - top))
        return part
