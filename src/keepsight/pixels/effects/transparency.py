"""Alpha: colours made transparent, thresholds, opacity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageChops

from keepsight.pixels.canvas import border_colour
from keepsight.pixels.effects.channels import as_bytes, opaque_part
from keepsight.pixels.effects.qualifiers import Qualifiers
from keepsight.transformation.values import Colour

_SOFT = 5.0
"""Percent of difference, past the tolerance, over which a pixel becomes opaque; never more than the tolerance."""


def make_transparent(image: Image.Image, qualifiers: Qualifiers, tolerance: int) -> Image.Image:
    """Make what is like the prevailing colour of the border, or like co_, transparent; 0..100."""
    away = difference(image, qualifiers.colour or border_colour(image))
    soft = max(min(_SOFT, tolerance), 1e-3)
    opaque = Image.fromarray(as_bytes((away - tolerance) / soft * 255))
    return faded(image, opaque)


def difference(image: Image.Image, colour: Colour) -> npt.NDArray[np.floating]:
    """The largest difference of any colour channel from a colour, in percent, for every pixel."""
    sheet = Image.new("RGB", image.size, (colour.red, colour.green, colour.blue))
    bands = ImageChops.difference(opaque_part(image).convert("RGB"), sheet).split()
    most = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    return np.asarray(most, dtype=np.float32) * (100 / 255)


def opacity_threshold(image: Image.Image, level: int) -> Image.Image:
    """Make alpha of at least `level` percent, 1..100, opaque and any other transparent."""
    if image.mode != "RGBA":
        return image
    decided = image.copy()
    decided.putalpha(image.getchannel("A").point([255 if value * 100 >= level * 255 else 0 for value in range(256)]))
    return decided


def opacity(image: Image.Image, level: int) -> Image.Image:
    """Scale alpha to `level` percent, 0..100; the answer has alpha unless the level is 100."""
    return image if level == 100 else faded(image, Image.new("L", image.size, (level * 255 + 50) // 100))


def faded(image: Image.Image, mask: Image.Image) -> Image.Image:
    """Multiply alpha by an L mask of the size of the image."""
    faded_image = image.convert("RGBA")
    faded_image.putalpha(ImageChops.multiply(faded_image.getchannel("A"), mask))
    return faded_image
