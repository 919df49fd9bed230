"""Pictures that come as strips of rows: a cut of a large one then needs hardly more memory than its answer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from math import ceil

from PIL import Image

from keepsight.pixels.modes import resizable
from keepsight.pixels.resample import (
    Window,
    averaged,
    averaging,
    in_decoded_pixels,
    resample,
    scaled,
    seen_by_kernel,
    within,
)
from keepsight.pixels.turning import Box, Size

LARGE = 8_000_000
"""Pixels, 32 MiB of them, from which memory counts more than a tenth of the time, and than that cuts share pixels."""
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
    one, by 1 or 2. Pictures with an alpha channel, and those in CMYK, are put together before they are cut. All rows
    are read, so that a damaged file is found out whatever is cut from it.
    """
    box = in_decoded_pixels(box, strips.extent, strips.size)
    if strips.mode not in ("L", "RGB"):
        return resample(resizable(whole(strips)), box, size)
    factors = averaging(box, size)
    if factors == (1, 1):
        answer = _cut(strips, box, size)
    else:
        window = seen_by_kernel(strips.size, box, size)
        answer = _cut(_averaged(strips, window, factors), averaged(box, window, factors), size)
    for _ in strips.rows:
        pass
    return answer


def _cut(strips: Strips, box: Box, size: Size) -> Image.Image:
    answer, rows = Image.new(strips.mode, size), _Rows(strips)
    step = (box[3] - box[1]) / size[1]
    for first in range(0, size[1], _BAND):
        end = min(size[1], first + _BAND)
        band = box[0], box[1] + first * step, box[2], min(box[3], box[1] + end * step)
        window = seen_by_kernel(strips.size, band, (size[0], end - first))
        part = scaled(rows.within(window), within(band, window), (size[0], end - first))
        answer.paste(part, (0, first))
    return answer


def _averaged(strips: Strips, window: Window, factors: tuple[int, int]) -> Strips:
    """A window of them with so many pixels made one of, across and down."""
    left, top, right, bottom = window
    rows = _Rows(strips)
    high = factors[1] * max(1, _BAND // factors[1])

    def reduced() -> Iterator[Image.Image]:
        for at in range(top, bottom, high):
            yield rows.within((left, at, right, min(bottom, at + high))).reduce(factors)

    size = ceil((right - left) / factors[0]), ceil((bottom - top) / factors[1])
    return Strips(strips.mode, size, size, reduced())


class _Rows:
    """Those rows that are looked at just now, from top to bottom."""

    def __init__(self, strips: Strips) -> None:
        self._strips = strips
        self._held: deque[tuple[int, Image.Image]] = deque()
        self._come = 0

    def within(self, window: Window) -> Image.Image:
        """A part of the picture; its top is not above that of the last one."""
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
