"""Where a layer lies on a picture, and how large the canvas is that holds both."""

from __future__ import annotations

import math
from dataclasses import dataclass
from fractions import Fraction

from keepsight.crop.box import Box, Size
from keepsight.crop.compass import SHARES, offset
from keepsight.errors import BadRequest
from keepsight.transformation.gravity import XYCenter
from keepsight.transformation.rounding import half_up
from keepsight.transformation.values import Compass, Length

MAX_TILES = 40_000
"""Copies of a tiled layer at most; a pattern of 20 pixels on a picture of 16 megapixels."""


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """Positions of the copies, and the canvas."""

    positions: tuple[tuple[int, int], ...]
    """Left and top of each copy, in pixels of the picture; a copy may reach outside or lie there."""
    canvas: tuple[int, int]
    """Width and height of what holds the picture and, unless it may not grow, every copy."""
    offset: tuple[int, int]
    """Left and top of the picture on the canvas, never negative."""

    def overflows(self, base: Size, layer: Size) -> bool:
        """Whether a copy reaches over an edge of the picture."""
        return any(
            x < 0 or y < 0 or x + layer.width > base.width or y + layer.height > base.height for x, y in self.positions
        )


def place_layer(  # noqa: PLR0913  # each is one parameter of the URL
    base: Size,
    layer: Size,
    spot: Box | Compass | XYCenter | None,
    x: Length,
    y: Length,
    *,
    no_overflow: bool = False,
    tiled: bool = False,
) -> LayerPlace:
    """Place a layer by the compass, on a box that was found, or with its centre on a point; None is the centre.

    Cloudinary: from the east and the south, `x` and `y` count backwards, into the picture; they move the layer from
    the middle of a box right and down, too. Shares are shares of the picture. A layer that reaches over an edge makes
    the canvas grow, unless `no_overflow` says that it is cut off.

    Decided: `tiled` covers the picture with copies of which one lies where a single one would, and never makes the
    canvas grow. Where the middle falls between two pixels, the left and upper one is taken.

    Raises BadRequest when the layer would be tiled more than MAX_TILES times.
    """
    across, down = pixels(x, base.width), pixels(y, base.height)
    match spot:
        case Box():
            left = math.floor(spot.horizontal.centre - Fraction(layer.width, 2)) + across
            top = math.floor(spot.vertical.centre - Fraction(layer.height, 2)) + down
        case XYCenter():
            left, top = across - layer.width // 2, down - layer.height // 2
        case _:
            x_share, y_share = SHARES[spot or Compass.CENTER]
            left = _start(base.width, layer.width, x_share, across)
            top = _start(base.height, layer.height, y_share, down)
    if tiled:
        return LayerPlace(_tiles(base, layer, left, top), (base.width, base.height), (0, 0))
    if no_overflow:
        return LayerPlace(((left, top),), (base.width, base.height), (0, 0))
    before = max(0, -left), max(0, -top)
    after = max(base.width, left + layer.width), max(base.height, top + layer.height)
    return LayerPlace(((left, top),), (before[0] + after[0], before[1] + after[1]), before)


def pixels(length: Length, whole: int) -> int:
    """`x_` or `y_` of a layer: whole pixels, or a share of the picture."""
    return half_up(offset(length, whole, Fraction(1)))


def _start(base: int, layer: int, share: Fraction, shift: int) -> int:
    """Unlike a window, a layer may be larger than the picture or leave it."""
    return math.floor((base - layer) * share) + (-shift if share == 1 else shift)


def _tiles(base: Size, layer: Size, left: int, top: int) -> tuple[tuple[int, int], ...]:
    columns = range(-(-left % layer.width), base.width, layer.width)
    rows = range(-(-top % layer.height), base.height, layer.height)
    if len(columns) * len(rows) > MAX_TILES:
        raise BadRequest(
            f"Invalid transformation: a layer of {layer.width}x{layer.height} pixels would be tiled "
            f"{len(columns) * len(rows)} times (expected at most {MAX_TILES})"
        )
    return tuple((x, y) for y in rows for x in columns)
