"""Where to look: `g_` as types."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from keepsight.transformation.values import Compass


@dataclass(frozen=True, slots=True)
class XYCenter:
    """`g_xy_center`: `x_` and `y_` name the centre of the window."""


@dataclass(frozen=True, slots=True)
class Faces:
    """The face family. `every` is False for the largest face only."""

    every: bool
    fallback: Literal["north", "center", "auto"] = "north"


@dataclass(frozen=True, slots=True)
class Custom:
    """Stored custom coordinates; without any, the faces if `faces` is set, else the centre."""

    faces: Faces | None = None


@dataclass(frozen=True, slots=True)
class Area:
    """`aoi_<x>_<y>_<w>_<h>`: an area of interest, pixels or shares of the original."""

    x: int | Fraction
    y: int | Fraction
    width: int | Fraction
    height: int | Fraction


@dataclass(frozen=True, slots=True)
class Focal:
    """One word of an automatic gravity: an object, a category, or a built-in such as `faces`.

    `weight` is a share of full weight (`cat_30` is 0.3). `text` is the word as it was written, because a model may
    know a name that ends in `_avoid` or in digits.
    """

    name: str
    avoid: bool = False
    weight: Fraction = Fraction(1)
    text: str = ""


@dataclass(frozen=True, slots=True)
class Auto:
    """`g_auto[:algorithm][:focal…][:n][:thirds_0]`; the order of the words never matters."""

    algorithm: Literal["classic", "subject"] | None = None
    focals: tuple[Focal, ...] = ()
    area: Area | None = None
    custom: bool = True
    """False when `custom_no_override`, `aoi_…` or `none` is present."""
    faces: bool = True
    """False when `no_faces` or `none` is present."""
    aggressiveness: int | None = None
    thirds: bool = True


@dataclass(frozen=True, slots=True)
class Objects:
    """`g_a:b[:auto[:…]]`: the first name that is found wins; `fallback` if none is."""

    names: tuple[str, ...]
    fallback: Auto | None = None


Gravity = Compass | XYCenter | Faces | Custom | Auto | Objects
