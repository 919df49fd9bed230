"""One axis of a picture: exact fractions in, whole pixels out, rounded once.

Every rule of this package works on one axis and is applied to both, so that turning a picture on its side turns its
crop, and mirroring the one mirrors the other.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from keepsight.transformation.rounding import half_up


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of a line in pixels, `low <= high`."""

    low: Fraction
    high: Fraction

    @property
    def length(self) -> Fraction:
        """Pixels from low to high."""
        return self.high - self.low

    @property
    def centre(self) -> Fraction:
        """The middle."""
        return (self.low + self.high) / 2

    def scaled(self, factor: Fraction, line: int) -> Span:
        """Stretch about the centre by `factor` and cut off what leaves the line `0..line`."""
        reach = self.length / 2 * factor
        return Span(max(Fraction(0), self.centre - reach), min(Fraction(line), self.centre + reach))


def outer(line: int, span: Span) -> tuple[int, int]:
    """Start and end of the whole pixels that cover `span`: at least one, all inside `0..line`."""
    start = min(max(0, math.floor(span.low)), line - 1)
    end = max(min(line, math.ceil(span.high)), start + 1)
    return start, end


def place(line: int, window: int, wanted: Fraction) -> int:
    """Start, in `0..line - window`, of the window nearest to the start `wanted`; ties go towards the centre.

    Only this rounding commutes with mirroring. Where the exact centre falls between two pixels no integer is fair and
    the lower one is taken.
    """
    free = line - window
    start = min(max(wanted, Fraction(0)), Fraction(free))
    below = math.floor(start)
    if start - below == Fraction(1, 2):
        return below + 1 if start < Fraction(free, 2) else below
    return half_up(start)


def keep(line: int, window: int, span: Span) -> tuple[int, int] | None:
    """First and last start, in `0..line - window`, of the windows that show all of `span`; None if none can."""
    first = max(0, math.ceil(span.high) - window)
    last = min(line - window, math.floor(span.low))
    return (first, last) if first <= last else None
