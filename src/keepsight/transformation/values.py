"""The small typed values that parameters parse into."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from typing import Literal

Length = int | Fraction
"""A size or offset: `int` is pixels (`w_300`), `Fraction` a share of the incoming picture (`w_0.5`, `w_1.0`).

The dot decides: `w_1` is one pixel, `w_1.0` the whole width.
"""


class Mode(StrEnum):
    """Resize modes, `c_`."""

    SCALE = "scale"
    FIT = "fit"
    LIMIT = "limit"
    MFIT = "mfit"
    FILL = "fill"
    LFILL = "lfill"
    FILL_PAD = "fill_pad"
    PAD = "pad"
    LPAD = "lpad"
    MPAD = "mpad"
    CROP = "crop"
    THUMB = "thumb"
    AUTO = "auto"
    AUTO_PAD = "auto_pad"


class Compass(StrEnum):
    """The nine fixed places of a window or of a padded picture."""

    NORTH_WEST = "north_west"
    NORTH = "north"
    NORTH_EAST = "north_east"
    WEST = "west"
    CENTER = "center"
    EAST = "east"
    SOUTH_WEST = "south_west"
    SOUTH = "south"
    SOUTH_EAST = "south_east"


@dataclass(frozen=True, slots=True)
class Colour:
    """An sRGB colour; every channel 0..255, `alpha` 255 is opaque."""

    red: int
    green: int
    blue: int
    alpha: int = 255


@dataclass(frozen=True, slots=True)
class Border:
    """`bo_`: a solid line around a picture."""

    width: int
    """Pixels."""
    colour: Colour


class Turn(StrEnum):
    """Quarter turns, clockwise, and mirror images."""

    ROTATE_90 = "rotate_90"
    ROTATE_180 = "rotate_180"
    ROTATE_270 = "rotate_270"
    HFLIP = "hflip"
    VFLIP = "vflip"


Level = Literal["best", "good", "eco", "low"]
"""Levels of automatic quality, the best first."""

Chroma = Literal["420", "444"]
"""Colour at half the resolution of brightness along each side, or at all of it."""


@dataclass(frozen=True, slots=True)
class Quality:
    """`q_`: a number 1..100, or a level of automatic quality, with an optional chroma subsampling."""

    value: int | None = None
    level: Level | None = None
    chroma: Chroma | None = None
    sensitive: bool = False
    """With a level: a little nearer to the original."""
