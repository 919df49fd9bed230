"""How alike a picture and its lossy copy look, as a number that means the same for every format.

The scale is that of SSIMULACRA 2: 100 is no difference, 90 cannot be told apart when flickering, 70 is hard to notice
side by side, 50 is medium quality. SSIMULACRA 2 itself takes 0.16 s for 400x300 pixels in Python; this follows it
with four terms, which a search over forty found to be enough: structural similarity (Wang et al., 2004) of the
brightness at its worst places, and of brightness and the red difference at a quarter of the size, where blocks and
lost colour show, and detail that was not there before. Fitted on 48 photographs at five or six qualities of JPEG,
WebP, AVIF and JPEG XL; docs/quality.md says how well it does.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Plane = NDArray[np.float32]

_RADIUS = 2
_SIDE = 2 * _RADIUS + 1
"""Of the window, in pixels."""
SMALLEST = 4 * _SIDE
"""Pixels of a side of the smallest picture whose quarter holds a window."""
_NOISE = np.float32(58.5)
"""C2 of SSIM, (0.03 * 255)^2: differences below it are not seen."""
_DETAIL = np.float32(10)
"""Levels of detail below which more of it is hardly seen."""
_POWER = 1.5


@dataclass(frozen=True, slots=True)
class Differences:
    """What the terms measure, each 0 for no difference; here are their weights."""

    worst: float = 301.4
    """Of the brightness, every pixel to the fourth power."""
    added: float = 140.8
    """Detail that the original has not, likewise."""
    coarse: float = 12569.4
    """Of the brightness at a quarter of the size, the mean."""
    red: float = 1658.4
    """Of the red difference at a quarter of the size, the root of the mean square."""


_WEIGHTS = np.array(astuple(Differences()))


def likeness(original: Image.Image, copy: Image.Image) -> float:
    """100 and less, for two opaque images of the same size, both of at least SMALLEST pixels a side."""
    differences = np.array(astuple(measure(original, copy)))
    return 100 - float((_WEIGHTS @ differences) ** (1 / _POWER))


def measure(original: Image.Image, copy: Image.Image) -> Differences:
    """The terms one by one."""
    a, b = (np.asarray(each.convert("YCbCr"), dtype=np.float32) for each in (original, copy))
    whole_a, whole_b = a[..., 0], b[..., 0]
    error = _error(whole_a, whole_b)
    added = np.maximum((1 + _detail(whole_b) / _DETAIL) / (1 + _detail(whole_a) / _DETAIL) - 1, 0)
    quarter_a, quarter_b = _quartered(a), _quartered(b)
    coarse = _error(quarter_a[..., 0], quarter_b[..., 0])
    red = _error(quarter_a[..., 2], quarter_b[..., 2])
    return Differences(
        worst=float(np.mean(np.square(np.square(error))) ** 0.25),
        added=float(np.mean(np.square(np.square(added))) ** 0.25),
        coarse=float(np.mean(coarse)),
        red=float(np.mean(np.square(red)) ** 0.5),
    )


def _quartered(planes: Plane) -> Plane:
    height, width = planes.shape[0] // 4 * 4, planes.shape[1] // 4 * 4
    blocks = planes[:height, :width].reshape(height // 4, 4, width // 4, 4, 3)
    means: Plane = blocks.mean(axis=(1, 3))
    return means


def _error(a: Plane, b: Plane) -> Plane:
    """One minus the structural similarity around every pixel, 0 and more.

    The term for brightness is the square of the difference, as in SSIMULACRA 2: values are already perceptual here.
    """
    mean_a, mean_b = _mean(a), _mean(b)
    spread = _mean(a * a) - mean_a**2 + _mean(b * b) - mean_b**2
    shared = _mean(a * b) - mean_a * mean_b
    similarity = (1 - ((mean_a - mean_b) / 255) ** 2) * (2 * shared + _NOISE) / (spread + _NOISE)
    error: Plane = np.maximum(0, 1 - similarity)
    return error


def _detail(plane: Plane) -> Plane:
    """How far every pixel is from the mean of its window, for those whose window is whole."""
    detail: Plane = np.abs(plane[_RADIUS:-_RADIUS, _RADIUS:-_RADIUS] - _mean(plane))
    return detail


def _mean(plane: Plane) -> Plane:
    """The mean of every whole window."""
    height, width = plane.shape[0] - _SIDE + 1, plane.shape[1] - _SIDE + 1
    rows = sum((plane[at : at + height] for at in range(1, _SIDE)), start=plane[:height])
    total: Plane = sum((rows[:, at : at + width] for at in range(1, _SIDE)), start=rows[:, :width])
    means: Plane = total / np.float32(_SIDE * _SIDE)
    return means
