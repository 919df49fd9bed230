"""Effects that change the frame along its sides: trim, outline, shadow."""

from __future__ import annotations

from collections import Counter
from math import ceil

import numpy as np
from PIL import Image

from keepsight.pixels.effected import Effected, in_place
from keepsight.pixels.effects.blur import SIGMA, gaussian
from keepsight.pixels.effects.morphology import dilate, disk, erode
from keepsight.pixels.effects.qualifiers import Qualifiers
from keepsight.pixels.effects.transparency import difference
from keepsight.pixels.effects.warp import check_size
from keepsight.transformation.values import Colour

_REACH = 3
"""Standard deviations past which a blur is not seen."""
_BLACK = Colour(0, 0, 0)
_GREY = Colour(128, 128, 128)
_OFFSET = 10
"""Pixels right and down that a shadow falls unless x_ and y_ say otherwise [our choice]."""
_SHADOW_SIGMA = 1 / 5
"""Standard deviation of the blur of a shadow in pixels for each unit of strength [our choice]."""


def trim(image: Image.Image, tolerance: int, colour: Colour | None) -> Effected:
    """Cut off rows and columns that hold nothing but transparency and a colour; 0..100 percent of difference.

    The colour is that of most corners, the top left one deciding a draw. A picture of nothing else stays as it is.
    """
    kept = difference(image, colour or _corner_colour(image)) > tolerance
    if image.mode == "RGBA":
        kept &= np.asarray(image.getchannel("A"), dtype=np.float32) * (100 / 255) > tolerance
    rows, columns = np.flatnonzero(kept.any(axis=1)), np.flatnonzero(kept.any(axis=0))
    if not len(rows):
        return in_place(image)
    left, top, right, bottom = int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
    return Effected(image.crop((left, top, right, bottom)), (-left, -top, image.width, image.height))


def outline(image: Image.Image, qualifiers: Qualifiers, mode: str | None, width: int, soft: int) -> Effected:
    """Draw a line along the edge of what is opaque, `width` 1..100 pixels; `soft` 0..2000 as for a blur.

    The canvas grows only where a line outside the edge would not fit on it.
    """
    colour, sigma = qualifiers.colour or _BLACK, soft * SIGMA
    around = width + ceil(_REACH * sigma)
    full, (left, top) = _grown(image.convert("RGBA"), (around,) * 4), (around, around)
    alpha = full.getchannel("A")
    plane = np.asarray(alpha)
    if mode in {None, "outer", "fill"}:
        line = gaussian(Image.fromarray(dilate(plane, disk(width))), sigma)
        drawn = _painted(line, colour)
        if mode != "fill":
            drawn.alpha_composite(full)
    else:
        drawn = full.copy()
    if mode in {"inner_fill", "fill"}:
        drawn.alpha_composite(_painted(alpha, colour))
    elif mode in {None, "inner"}:
        core = gaussian(Image.fromarray(erode(plane, disk(width))), sigma)
        line = Image.fromarray(plane - np.minimum(plane, np.asarray(core)))
        drawn.alpha_composite(_painted(line, colour))
    # Only as much of the room around as was drawn on.
    box = drawn.getchannel("A").getbbox() or (left, top, left + image.width, top + image.height)
    box = (min(box[0], left), min(box[1], top), max(box[2], left + image.width), max(box[3], top + image.height))
    return Effected(drawn.crop(box), (left - box[0], top - box[1], image.width, image.height))


def shadow(image: Image.Image, qualifiers: Qualifiers, strength: int) -> Effected:
    """Lay a blurred copy of the shape in one colour under the picture, moved by x and y; strength 0..100."""
    colour, sigma = qualifiers.colour or _GREY, strength * _SHADOW_SIGMA
    x = _OFFSET if qualifiers.x is None else qualifiers.x
    y = _OFFSET if qualifiers.y is None else qualifiers.y
    reach = ceil(_REACH * sigma)
    left, top, right, bottom = (max(0, reach + way) for way in (-x, -y, x, y))
    full = _grown(image.convert("RGBA"), (left, top, right, bottom))
    shape = Image.new("L", full.size)
    shape.paste(full.getchannel("A").crop((left, top, left + image.width, top + image.height)), (left + x, top + y))
    cast = _painted(gaussian(shape, sigma), colour)
    cast.alpha_composite(full)
    return Effected(cast, (left, top, image.width, image.height))


def _corner_colour(image: Image.Image) -> Colour:
    width, height = image.width - 1, image.height - 1
    pixels = image.convert("RGB")
    corners = [pixels.getpixel(at) for at in ((0, 0), (width, 0), (0, height), (width, height))]
    ((red, green, blue), _), *_ = Counter(corners).most_common(1)  # type: ignore[misc]  # an RGB pixel is three ints
    return Colour(red, green, blue)


def _grown(image: Image.Image, by: tuple[int, int, int, int]) -> Image.Image:
    """An RGBA image on a transparent canvas that reaches this far past its left, top, right and bottom.

    Raises BadRequest when that is too large.
    """
    left, top, right, bottom = by
    check_size((image.width + left + right, image.height + top + bottom))
    return image.crop((-left, -top, image.width + right, image.height + bottom))


def _painted(mask: Image.Image, colour: Colour) -> Image.Image:
    """One colour, as opaque as an L mask."""
    sheet = Image.new("RGB", mask.size, (colour.red, colour.green, colour.blue)).convert("RGBA")
    sheet.putalpha(mask if colour.alpha == 255 else mask.point([v * colour.alpha // 255 for v in range(256)]))
    return sheet
