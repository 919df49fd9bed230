"""The outline of letters."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

_RIMS = (0.1, 0.4, 0.7, 0.95)
"""What is added to the radius for the discs whose mean has a smooth rim; all reach equally far along the axes."""


def thicken(alpha: Image.Image, width: int) -> Image.Image:
    """Grow an L mask by a disc of radius `width`; the result is larger by `width` on every side.

    A greyscale dilation, so that smooth edges stay smooth.
    """
    padded = np.pad(np.asarray(alpha), width)
    total = np.zeros(padded.shape, np.uint16)
    for rim in _RIMS:
        total += _dilated(padded, width, width + rim)
    return Image.fromarray((total // len(_RIMS)).astype(np.uint8))


def _dilated(mask: NDArray[np.uint8], width: int, radius: float) -> NDArray[np.uint8]:
    """Row by row of the disc from its rim inwards: every row is the one before, a little wider.

    About 6 operations on the picture for each pixel of radius, whatever its letters are.
    """
    grown, row, reach = mask.copy(), mask.copy(), 0
    for down in range(width, -1, -1):
        half = int((radius**2 - down**2) ** 0.5)
        while reach < half:
            reach += 1
            np.maximum(row[:, reach:], mask[:, :-reach], out=row[:, reach:])
            np.maximum(row[:, :-reach], mask[:, reach:], out=row[:, :-reach])
        if down:
            np.maximum(grown[down:], row[:-down], out=grown[down:])
            np.maximum(grown[:-down], row[down:], out=grown[:-down])
        else:
            np.maximum(grown, row, out=grown)
    return grown
