"""Rounded corners, and a border that follows them."""

from __future__ import annotations

from typing import Literal

import numpy as np
from PIL import Image

from keepsight.pixels.effected import Effected
from keepsight.pixels.effects.channels import Bytes
from keepsight.pixels.effects.transparency import faded
from keepsight.pixels.effects.warp import check_size
from keepsight.transformation.values import Colour

Radii = tuple[int, int, int, int]
"""Pixels: top left, top right, bottom right, bottom left."""


def corners(
    image: Image.Image, radii: Radii | Literal["max"] = (0, 0, 0, 0), border: tuple[int, Colour] | None = None
) -> Effected:
    """Round the corners of an L, RGB or RGBA image, `max` into an ellipse, and lay a border around it.

    The border adds its width, in pixels, to every side and is rounded with the picture. Radii that do not fit along a
    side are scaled down together, as CSS does. The answer has alpha if a corner is round or the border translucent.
    Raises BadRequest when the border makes the picture too large.
    """
    width, colour = border or (0, Colour(0, 0, 0, 0))
    bends = _bends(image.size, radii)
    round_ = any(across and down for across, down in bends)
    inner = _mask(image.size, bends) if round_ else None
    if width:
        size = (image.width + 2 * width, image.height + 2 * width)
        check_size(size)
        sheet = _sheet(image, size, colour)
        sheet.paste(image.convert(sheet.mode), (width, width), inner)
        bends = tuple((x + width, y + width) if x and y else (0, 0) for x, y in bends)
    else:
        sheet = image
    if round_:
        sheet = faded(sheet, _mask(sheet.size, bends))
    return Effected(sheet, (width, width, image.width, image.height))


def _bends(size: tuple[int, int], radii: Radii | Literal["max"]) -> tuple[tuple[float, float], ...]:
    """Horizontal and vertical radius of each corner, clockwise from the top left."""
    width, height = size
    if radii == "max":
        return ((width / 2, height / 2),) * 4
    sides = (
        (width, radii[0] + radii[1]),
        (height, radii[1] + radii[2]),
        (width, radii[2] + radii[3]),
        (height, radii[3] + radii[0]),
    )
    fit = min((length / total for length, total in sides if total > length), default=1.0)
    return tuple((radius * fit, radius * fit) for radius in radii)


def _sheet(image: Image.Image, size: tuple[int, int], colour: Colour) -> Image.Image:
    """One colour, in a mode that holds both it and the image."""
    if image.mode == "RGBA" or colour.alpha < 255:
        return Image.new("RGBA", size, (colour.red, colour.green, colour.blue, colour.alpha))
    if image.mode == "L" and colour.red == colour.green == colour.blue:
        return Image.new("L", size, colour.red)
    return Image.new("RGB", size, (colour.red, colour.green, colour.blue))


def _mask(size: tuple[int, int], bends: tuple[tuple[float, float], ...]) -> Image.Image:
    """How much of each pixel lies inside the rounded frame."""
    mask = Image.new("L", size, 255)
    for at, (across, down) in enumerate(bends):
        if not across or not down:
            continue
        quarter = Image.fromarray(_quarter(across, down))
        right, bottom = at in {1, 2}, at in {2, 3}
        if right:
            quarter = quarter.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
        if bottom:
            quarter = quarter.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
        place = (size[0] - quarter.width if right else 0, size[1] - quarter.height if bottom else 0)
        mask.paste(quarter, place)
    return mask


def _quarter(across: float, down: float) -> Bytes:
    """Coverage 0..255 of a top left quarter of an ellipse with these radii.

    By the distance from the rim to first order, which for one pixel's width is what supersampling converges to.
    """
    x = (np.arange(max(1, round(across))) + 0.5 - across) / across
    y = (np.arange(max(1, round(down))) + 0.5 - down) / down
    level = x[None, :] ** 2 + y[:, None] ** 2 - 1
    slope = 2 * np.hypot(x[None, :] / across, y[:, None] / down)
    distance = level / np.maximum(slope, 1e-9)
    result: Bytes = (np.clip(0.5 - distance, 0, 1) * 255 + 0.5).astype(np.uint8)
    return result
