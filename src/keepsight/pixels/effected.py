"""What the steps between decode and encode hand on: the picture, and where the old one lies in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PIL import Image

Content = tuple[float, float, float, float]
"""Left, top, width and height in pixels of the new picture."""


@dataclass(frozen=True, slots=True)
class Effected:
    """A picture after a step that may have changed its frame."""

    image: Image.Image
    """L, RGB or RGBA in sRGB."""
    content: Content
    """Where the whole old picture lies in the new one; it may reach past its edges, as after a trim. Points of the
    old picture move with it. Where a picture is skewed or bent, the box around it."""
    moved: Callable[[float, float], tuple[float, float]] | None = None
    """Where a point of the old picture lies in the new one, if it is skewed or bent."""


def in_place(image: Image.Image) -> Effected:
    """A picture that kept its frame."""
    return Effected(image, (0.0, 0.0, float(image.width), float(image.height)))
