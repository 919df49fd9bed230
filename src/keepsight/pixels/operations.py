"""The operations of which a rendering is made, with every number already decided."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.pixels.turning import Box, Size
from keepsight.transformation.values import Background, Turn


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut a box out, scale it to a size, and lay it on a canvas."""

    box: Box
    """In pixels of the incoming upright picture, fractions allowed; what lies outside the picture is clipped off."""
    size: Size
    """Width and height, each at least 1, to which the box is scaled."""
    canvas: Size | None = None
    """Final width and height, each at least that of `size`; None: exactly `size`."""
    offset: tuple[int, int] = (0, 0)
    """Left and top of the scaled picture on the canvas; it lies on it wholly."""
    background: Background | None = None
    """Under the picture and around it. None: white around an opaque picture, transparent around any other."""


Operation = Cut | Turn
