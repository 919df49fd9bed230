"""Fitting a picture of any size into the input of a network, and its boxes back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.detect.detector import Region

GREY = 114
"""What Ultralytics networks were trained to see as padding."""


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The picture inside a network's input, all in input px."""

    width: int
    height: int
    """Size of the resized picture."""
    left: int
    top: int
    """Padding before it."""
    input_width: int
    input_height: int

    @staticmethod
    def fit(size: tuple[int, int], long_side: int, stride: int) -> Letterbox:
        """The smallest input, sides multiples of `stride`, for a picture of `size` scaled to `long_side`.

        Rectangular: a wide picture gets a wide input, which costs in proportion to its area. Aspect ratio is kept.
        """
        scale = long_side / max(size)
        width, height = (-(-max(1, round(side * scale)) // stride) * stride for side in size)
        return _centred(size, scale, width, height)

    @staticmethod
    def within(size: tuple[int, int], input_size: tuple[int, int]) -> Letterbox:
        """The whole of an input that has one size only, for a picture of `size`."""
        scale = min(input_size[0] / size[0], input_size[1] / size[1])
        return _centred(size, scale, *input_size)

    @staticmethod
    def stretch(input_size: tuple[int, int]) -> Letterbox:
        """The whole of an input that has one size only, width and height in px, whatever ratio the picture has."""
        return Letterbox(*input_size, 0, 0, *input_size)

    def apply(self, image: Image.Image) -> NDArray[np.uint8]:
        """The input as an array of shape (input_height, input_width, 3), RGB, 0..255."""
        canvas = np.full((self.input_height, self.input_width, 3), GREY, dtype=np.uint8)
        canvas[self._inside] = np.asarray(self._resized(image))
        return canvas

    def batch(self, image: Image.Image, memory: NDArray[np.float32] | None = None) -> NDArray[np.float32]:
        """The input as a network takes it: (1, 3, input_height, input_width), RGB, 0..1.

        It is written to `memory`, a row of values, if there are enough of them.
        """
        share, size = np.float32(1 / 255), 3 * self.input_height * self.input_width
        memory = np.empty(size, np.float32) if memory is None or memory.size < size else memory
        batch = memory[:size].reshape(1, 3, self.input_height, self.input_width)
        batch.fill(GREY * share)
        for plane, band in zip(batch[0], self._resized(image).split(), strict=True):
            np.multiply(np.asarray(band), share, out=plane[self._inside])  # each as it lies in memory
        return batch

    @property
    def _inside(self) -> tuple[slice, slice]:
        """Where the picture lies in the input: rows and columns."""
        return slice(self.top, self.top + self.height), slice(self.left, self.left + self.width)

    def _resized(self, image: Image.Image) -> Image.Image:
        size = self.width, self.height
        return image.convert("RGB").resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)

    def region(self, x0: float, y0: float, x1: float, y1: float) -> Region | None:
        """A box of the input as a region of the picture, clipped to it; None when nothing of it is inside."""
        left = _clip((x0 - self.left) / self.width)
        right = _clip((x1 - self.left) / self.width)
        top = _clip((y0 - self.top) / self.height)
        bottom = _clip((y1 - self.top) / self.height)
        if right <= left or bottom <= top:
            return None
        return Region(left, top, min(right - left, 1 - left), min(bottom - top, 1 - top))


def _centred(size: tuple[int, int], scale: float, input_width: int, input_height: int) -> Letterbox:
    width, height = (max(1, round(side * scale)) for side in size)
    left, top = (input_width - width) // 2, (input_height - height) // 2
    return Letterbox(width, height, left, top, input_width, input_height)


def _clip(share: float) -> float:
    return min(1.0, max(0.0, share))
