"""The nine fixed places, for a window in a picture and for a picture on a canvas alike."""

from __future__ import annotations

from fractions import Fraction

from keepsight.crop.box import Size
from keepsight.crop.line import place
from keepsight.transformation.values import Compass, Length

_START, _MIDDLE, _END = Fraction(0), Fraction(1, 2), Fraction(1)
SHARES = {
    Compass.NORTH_WEST: (_START, _START),
    Compass.NORTH: (_MIDDLE, _START),
    Compass.NORTH_EAST: (_END, _START),
    Compass.WEST: (_START, _MIDDLE),
    Compass.CENTER: (_MIDDLE, _MIDDLE),
    Compass.EAST: (_END, _MIDDLE),
    Compass.SOUTH_WEST: (_START, _END),
    Compass.SOUTH: (_MIDDLE, _END),
    Compass.SOUTH_EAST: (_END, _END),
}
"""Of the free room, how much lies before what is placed: across, and down."""


def moved(compass: Compass, outside: Size, inside: Size, across: Fraction, down: Fraction) -> tuple[int, int]:
    """x and y of `inside` at its place in `outside`, then moved `across` and `down`, and held inside.

    Cloudinary: offsets run into the picture, so from the east and the south they count backwards.
    """
    x_share, y_share = SHARES[compass]
    return (
        _start(outside.width, inside.width, x_share, across),
        _start(outside.height, inside.height, y_share, down),
    )


def leads_out(compass: Compass, outside: Size, inside: Size, across: Fraction, down: Fraction) -> bool:
    """Whether `inside`, moved so from its place, would leave `outside`, so that `moved` has to hold it."""
    for line, window, share, shift in zip(
        (outside.width, outside.height), (inside.width, inside.height), SHARES[compass], (across, down), strict=True
    ):
        start = (line - window) * share + (-shift if share == _END else shift)
        if shift and not -1 < start < line - window + 1:
            return True
    return False


def offset(length: Length | None, whole: int, unit: Fraction) -> Fraction:
    """`x_` or `y_` as a distance: pixels times `unit`, or a share of `whole`."""
    if length is None:
        return Fraction(0)
    return length * unit if isinstance(length, int) else length * whole


def _start(outside: int, inside: int, share: Fraction, shift: Fraction) -> int:
    return place(outside, inside, (outside - inside) * share + (-shift if share == _END else shift))
