"""The operations of which a rendering is made, with every number already decided."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

from PIL import Image

from keepsight.pixels.turning import Box, Size
from keepsight.transformation.backgrounds import Background
from keepsight.transformation.effects import Effect
from keepsight.transformation.values import Border, Colour, Turn


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


@dataclass(frozen=True, slots=True)
class Tilted:
    """Rotate by any angle; the picture grows to hold the result, and what is new is transparent."""

    degrees: int
    """Clockwise, 1..359."""


@dataclass(frozen=True, slots=True)
class Altered:
    """Run an effect over the whole picture."""

    effect: Effect
    colour: Colour | None = None
    x: int | None = None
    """Pixels, as every length here."""
    y: int | None = None


@dataclass(frozen=True, slots=True)
class Within:
    """Run an effect inside boxes only."""

    effect: Effect
    boxes: tuple[tuple[int, int, int, int], ...]
    """Left, top, right, bottom in pixels, inside the picture."""


@dataclass(frozen=True, slots=True)
class Rounded:
    """Round the corners, and draw a border along them."""

    radii: tuple[int, int, int, int] | Literal["max"]
    border: Border | None = None


@dataclass(frozen=True, slots=True)
class Faded:
    """Multiply the alpha."""

    percent: int


@dataclass(frozen=True, slots=True)
class Filled:
    """Put a background under what is transparent."""

    background: Background


class Source(Protocol):
    """Pixels that can be asked for a box at a size: a file, or what was drawn already."""

    @property
    def size(self) -> Size:
        """Width and height in pixels, upright."""

    def cut(self, box: Box, size: Size) -> Image.Image:
        """Scale `box` to `size`: L, RGB or RGBA in sRGB, upright."""


@dataclass(frozen=True, slots=True, eq=False)
class Laid:
    """Lay another rendering over or under this one."""

    source: Source
    operations: tuple[Operation, ...]
    """What is done to the layer before."""
    positions: tuple[tuple[int, int], ...]
    """Left and top of the layer in pixels of the picture, once for each copy; it may reach outside."""
    canvas: Size
    """Size of the result."""
    offset: tuple[int, int] = (0, 0)
    """Left and top of the picture on the canvas."""
    under: bool = False
    cutter: bool = False
    blend: Effect | None = None
    x: int = 0
    """Of a displacement."""
    y: int = 0


Operation = Cut | Turn | Tilted | Altered | Within | Rounded | Faded | Filled | Laid
