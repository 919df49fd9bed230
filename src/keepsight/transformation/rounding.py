"""Rounding, one way everywhere: sizes in URLs, windows of crops, places of layers."""

from __future__ import annotations

import math
from fractions import Fraction

_HALF = Fraction(1, 2)


def half_up(value: Fraction) -> int:
    """The nearest whole number, the upper one of two: 2.5 is 3, -2.5 is -2."""
    return math.floor(value + _HALF)
