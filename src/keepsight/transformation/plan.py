"""What a transformation string means: frozen steps, in the order in which they run."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from keepsight.transformation.gravity import Gravity
from keepsight.transformation.values import Background, Length, Mode


@dataclass(frozen=True, slots=True)
class Resize:
    """One resize or crop. Sizes already carry the device pixel ratio; what is None was not asked for."""

    mode: Mode
    width: Length | None = None
    height: Length | None = None
    ratio: Fraction | None = None
    """Wanted width over height; ignored when both sides are given."""
    gravity: Gravity | None = None
    x: Length | None = None
    y: Length | None = None
    zoom: Fraction = Fraction(1)
    """Divisor of the detected box: above 1 closer, below 1 wider."""
    background: Background | None = None
