"""Masks of a segmentation network, from its prototypes to the box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from keepsight.detect.detector import Region
from keepsight.detect.mask import LONGEST, Mask
from keepsight.detect.runtime.head import Floats
from keepsight.detect.runtime.letterbox import Letterbox


def mask_of(coefficients: Sequence[float], prototypes: Floats, region: Region, letterbox: Letterbox) -> Mask:
    """The mask of one thing over its `region` of the picture.

    A mask is the sum of the `prototypes`, (masks, height, width) over the whole input, each times its coefficient;
    above 0 the thing is (the sigmoid above a half, as Ultralytics has it). It is read at the centre of every cell,
    between the four nearest values.
    """
    _, rows, columns = prototypes.shape
    across, down = columns / letterbox.input_width, rows / letterbox.input_height
    left, width = (letterbox.left + region.x * letterbox.width) * across, region.width * letterbox.width * across
    top, height = (letterbox.top + region.y * letterbox.height) * down, region.height * letterbox.height * down
    scale = min(1.0, LONGEST / max(width, height))
    x, right = _between(left, width, max(1, round(width * scale)), columns)
    y, lower = _between(top, height, max(1, round(height * scale)), rows)
    x0, y0 = int(x[0]), int(y[0])
    window = prototypes[:, y0 : int(y[-1]) + 2, x0 : int(x[-1]) + 2]
    values = np.tensordot(np.asarray(coefficients, np.float32), window, axes=1)
    values = np.pad(values, ((0, 1), (0, 1)), mode="edge")  # where the last column or row is the network's own last
    x, y = x - x0, y - y0
    upper_row = values[y][:, x] * (1 - right) + values[y][:, x + 1] * right
    lower_row = values[y + 1][:, x] * (1 - right) + values[y + 1][:, x + 1] * right
    return Mask.of(upper_row * (1 - lower[:, np.newaxis]) + lower_row * lower[:, np.newaxis] > 0)


def _between(start: float, length: float, cells: int, limit: int) -> tuple[np.ndarray, np.ndarray]:
    """For the centre of each cell the value before it, and how far it is to the next one, 0..1."""
    centres = np.clip(start + (np.arange(cells) + 0.5) * length / cells - 0.5, 0, limit - 1)
    before = centres.astype(np.intp)
    return before, (centres - before).astype(np.float32)
