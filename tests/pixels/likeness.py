"""Structural similarity, for pictures that two programs made."""

from __future__ import annotations

import numpy as np
from PIL import Image


def ssim(first: Image.Image, second: Image.Image) -> float:
    """Mean structural similarity of lightness (Wang et al. 2004) over windows of 7 x 7; 1 for equal."""
    assert first.size == second.size
    x, y = (np.asarray(each.convert("L"), dtype=np.float64) for each in (first, second))

    def mean(values):
        sums = np.cumsum(np.cumsum(np.pad(values, ((1, 0), (1, 0))), axis=0), axis=1)
        return (sums[7:, 7:] - sums[:-7, 7:] - sums[7:, :-7] + sums[:-7, :-7]) / 49

    mean_x, mean_y = mean(x), mean(y)
    var_x, var_y = mean(x * x) - mean_x**2, mean(y * y) - mean_y**2
    both = mean(x * y) - mean_x * mean_y
    c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
    likeness = ((2 * mean_x * mean_y + c1) * (2 * both + c2)) / ((mean_x**2 + mean_y**2 + c1) * (var_x + var_y + c2))
    return float(likeness.mean())
