"""Which part of a box belongs to the thing in it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

LONGEST = 64
"""Cells along the longer side of a mask. A network tells them apart every 4 px of its input at the most."""


@dataclass(frozen=True, slots=True)
class Mask:
    """A grid of `width` x `height` equal cells over the region of a detection."""

    width: int
    height: int
    bits: bytes
    """A bit per cell, row by row from the top left, the first one highest; filled up to whole bytes."""

    @staticmethod
    def of(cells: NDArray[np.bool_]) -> Mask:
        """The mask with these cells, of shape (height, width)."""
        return Mask(cells.shape[1], cells.shape[0], np.packbits(cells).tobytes())

    def cells(self) -> NDArray[np.bool_]:
        """Shape (height, width); true where the thing is. Raises ValueError when the bits do not fit the sides."""
        bits = np.unpackbits(np.frombuffer(self.bits, np.uint8), count=self.width * self.height)
        return bits.reshape(self.height, self.width).astype(bool)

    @property
    def share(self) -> float:
        """Of the region that the thing fills, 0..1."""
        return float(self.cells().mean())
