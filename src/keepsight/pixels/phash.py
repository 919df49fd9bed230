"""A fingerprint of what a picture looks like: alike pictures differ in few bits, whatever their size and encoding."""

from __future__ import annotations

import numpy as np
from PIL import Image

_SIDE = 32
_KEPT = 8


def phash(image: Image.Image) -> str:
    """64 bits as 16 hexadecimal digits: the signs of the lowest 8 x 8 frequencies against their median.

    The classic perceptual hash; bits are not those of Cloudinary, whose weights are not published.
    """
    grey = np.asarray(image.convert("L").resize((_SIDE, _SIDE), Image.Resampling.LANCZOS), dtype=np.float64)
    low = _COSINES @ grey @ _COSINES.T
    bits = (low > np.median(low.ravel()[1:])).ravel()  # the mean brightness says nothing of the content
    return f"{int(''.join('1' if bit else '0' for bit in bits), 2):016x}"


def distance(one: str, other: str) -> int:
    """How many of the 64 bits differ; up to about 8 the pictures look alike."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def _cosines() -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """The first rows of the discrete cosine transform, type 2."""
    row, column = np.arange(_KEPT)[:, None], np.arange(_SIDE)[None, :]
    return np.asarray(np.cos(np.pi * row * (2 * column + 1) / (2 * _SIDE)))


_COSINES = _cosines()
