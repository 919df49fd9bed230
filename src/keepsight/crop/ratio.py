"""Windows of a wanted ratio, width over height."""

from __future__ import annotations

import math
from fractions import Fraction

from keepsight.crop.box import Size
from keepsight.transformation.rounding import half_up


def max_ratio(size: Size, ratio: Fraction) -> Size:
    """Largest window of `ratio` (above 0) inside `size`; the side that follows is rounded half up, at least 1 px."""
    if Fraction(size.width, size.height) >= ratio:
        return Size(max(1, half_up(size.height * ratio)), size.height)
    return Size(size.width, max(1, half_up(size.width / ratio)))


def min_ratio(width: Fraction | int, height: Fraction | int, ratio: Fraction) -> Size:
    """Smallest window of `ratio` (above 0) around `width` x `height` (above 0); rounded up, so that it never cuts."""
    across = max(Fraction(width), height * ratio)
    return Size(math.ceil(across), math.ceil(across / ratio))


def fit(size: Size, bounds: Size) -> Size:
    """Size of a picture of `size` scaled up or down to just fit into `bounds`; rounded half up, at least 1 px."""
    factor = min(Fraction(bounds.width, size.width), Fraction(bounds.height, size.height))
    return Size(max(1, half_up(size.width * factor)), max(1, half_up(size.height * factor)))
