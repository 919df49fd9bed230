"""The other parameters of a component that an effect listens to."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.effected import Content
from keepsight.transformation.values import Colour


@dataclass(frozen=True, slots=True)
class Qualifiers:
    """All in pixels of the picture that the effect is applied to; None is not given."""

    colour: Colour | None = None
    x: int | None = None
    y: int | None = None
    padded: Content | None = None
    """Where the picture lies on a canvas that it was padded onto; for `gradient_fade:symmetric_pad`."""
