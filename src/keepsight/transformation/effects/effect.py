"""What `e_` asks for, as frozen values."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from enum import StrEnum

from keepsight.transformation.values import Colour, Length


class Kind(StrEnum):
    """What an effect needs, and what it does to the frame."""

    PIXELS = "pixels"
    """Changes pixels; the size stays."""
    RESHAPE = "reshape"
    """May change the size."""
    REGION = "region"
    """Works inside a box: x_, y_, w_ and h_, or what a gravity finds; without either on the whole picture."""
    FACES = "faces"
    """Works inside the boxes of the faces; without a face it changes nothing."""
    BLEND = "blend"
    """Says how a layer is laid on the picture; only in the component that applies a layer."""
    ANIMATION = "animation"
    """Says how an animation is played; changes no pixel."""


@dataclass(frozen=True, slots=True)
class Effect:
    """One effect with all its arguments, defaults filled in: `e_blur` equals `e_blur:100`."""

    name: str
    arguments: tuple[Hashable, ...] = ()
    """In the order of the declaration. None stands for a value that is decided when the pixels are seen."""
    warnings: tuple[str, ...] = field(default=(), compare=False, repr=False)
    """What was brought into its range or ignored, a sentence each; no part of what the effect is."""


@dataclass(frozen=True, slots=True)
class Arc:
    """`e_distort:arc:<degrees>`: bends the picture; above 0 like a frown, below like a smile."""

    degrees: float


@dataclass(frozen=True, slots=True)
class Quad:
    """`e_distort:<x1>:<y1>:…:<x4>:<y4>`: where the corners go, clockwise from the top left."""

    corners: tuple[Length, ...]
    """x1, y1, … y4: pixels, or shares of the width and of the height."""


@dataclass(frozen=True, slots=True)
class Stop:
    """One colour of a gradient, and where it lies."""

    colour: Colour
    position: float
    """0..100; 0 is where the picture is black and 100 where it is white."""
