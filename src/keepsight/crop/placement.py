"""Where a layer lies on a picture."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from keepsight.crop.box import Box, Size
from keepsight.crop.compass import moved, offset
from keepsight.transformation.gravity import XYCenter
from keepsight.transformation.values import Compass, Length


@dataclass(frozen=True, slots=True)
class LayerPlace:
    """Positions of the copies on the picture, and the canvas that holds both."""

    positions: tuple[tuple[int, int], ...]
    canvas: tuple[int, int]
    offset: tuple[int, int]


def place_layer(
    base: Size,
    layer: Size,
    spot: Box | Compass | XYCenter | None,
    x: Length,
    y: Length,
    *,
    no_overflow: bool,
    tiled: bool,
) -> LayerPlace:
    """One copy at the spot."""
    compass = spot if isinstance(spot, Compass) else Compass.CENTER
    left, top = moved(compass, base, layer, offset(x, base.width, Fraction(1)), offset(y, base.height, Fraction(1)))
    if isinstance(spot, Box):
        left, top = (
            round(spot.left + (spot.width - layer.width) / 2),
            round(spot.top + (spot.height - layer.height) / 2),
        )
    return LayerPlace(((left, top),), (base.width, base.height), (0, 0))
