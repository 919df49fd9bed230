"""Colours: grey, sepia, saturation, hue, mixtures."""

from __future__ import annotations

import numpy as np
from PIL import Image

from keepsight.pixels.effects import hsx
from keepsight.pixels.effects.channels import (
    LUMA,
    Floats,
    as_bytes,
    by_bands,
    colour_map,
    coloured,
    lightness,
    matrix,
    mixed,
    opaque_part,
    with_alpha_of,
)
from keepsight.pixels.effects.qualifiers import Qualifiers
from keepsight.transformation.values import Colour

_GREY = Colour(128, 128, 128)
_SEPIA = ((0.393, 0.769, 0.189), (0.349, 0.686, 0.168), (0.272, 0.534, 0.131))
"""The matrix of the W3C's Filter Effects (sepia at full amount)."""


def grayscale(image: Image.Image) -> Image.Image:
    """Lightness alone: L, or RGBA with equal channels where there is alpha."""
    return with_alpha_of(lightness(image), image)


def blackwhite(image: Image.Image, threshold: int) -> Image.Image:
    """White where lightness is at least threshold percent, else black; 0 all white, 100 all black."""
    edge = 256 if threshold == 100 else threshold * 2.55
    return with_alpha_of(lightness(image).point([255 if value >= edge else 0 for value in range(256)]), image)


def sepia(image: Image.Image, level: int) -> Image.Image:
    """Mix in the brown of an old print; 1..100."""
    return mixed(coloured(image), matrix(image, _SEPIA), level / 100)


def saturation(image: Image.Image, level: int) -> Image.Image:
    """Scale the distance from grey by 1 + level / 100; -100..100."""
    if image.mode == "L":
        return image
    return Image.blend(grayscale(image).convert(image.mode), image, 1 + level / 100)


def vibrance(image: Image.Image, strength: int) -> Image.Image:
    """Scale the distance from grey, pale colours by up to 1 + strength / 100, pure ones not at all; -100..100."""
    if image.mode == "L" or not strength:
        return image

    def livelier(colours: Floats) -> Floats:
        grey = colours @ LUMA
        pale = 1 - np.ptp(colours, axis=1)
        result: Floats = grey[:, None] + (colours - grey[:, None]) * (1 + strength / 100 * pale)[:, None]
        return result

    return colour_map(image, livelier)


def hue(image: Image.Image, level: int) -> Image.Image:
    """Turn the hue of HSL by level / 100 of a half circle, as ImageMagick's `-modulate` does; -100..100."""
    if image.mode == "L" or not level:
        return image
    return colour_map(image, lambda colours: hsx.turned(colours, level * 3 / 100))


def colorize(image: Image.Image, qualifiers: Qualifiers, level: int) -> Image.Image:
    """Lay a colour over the picture; grey unless co_ names one; 0..100."""
    colour = qualifiers.colour or _GREY
    sheet = Image.new("RGB", image.size, (colour.red, colour.green, colour.blue))
    share = level / 100 * colour.alpha / 255
    return with_alpha_of(Image.blend(coloured(opaque_part(image)), sheet, share), image)


def recolor(image: Image.Image, values: tuple[float, ...]) -> Image.Image:
    """Mix channels by the rows of a 3 x 3 matrix, or of a 4 x 4 one over red, green, blue and alpha."""
    if len(values) == 9:
        return matrix(image, np.array(values).reshape(3, 3))
    rows = np.array(values, dtype=np.float32).reshape(4, 4)

    def recoloured(band: Image.Image, _: int) -> Image.Image:
        return Image.fromarray(as_bytes(np.asarray(band, dtype=np.float32) @ rows.T))

    return by_bands(image.convert("RGBA"), recoloured)
