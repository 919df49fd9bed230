"""Colours under and around a picture."""

from __future__ import annotations

import numpy as np
from PIL import Image

from keepsight.pixels.turning import Size
from keepsight.transformation.values import Colour

WHITE = Colour(255, 255, 255)
_NOTHING = Colour(255, 255, 255, 0)


def place(image: Image.Image, canvas: Size, offset: tuple[int, int], background: Colour | None) -> Image.Image:
    """Lay an L, RGB or RGBA image on a canvas that holds all of it; the background shows around and through it.

    Without a background an opaque image gets a white surround, as Cloudinary pads, and any other a transparent one,
    which becomes white in formats that have no alpha.
    """
    opaque = image.mode != "RGBA"
    if image.size == canvas and (background is None or opaque):
        return image
    colour = background or (WHITE if opaque else _NOTHING)
    if colour.alpha < 255:
        sheet = Image.new("RGBA", canvas, (colour.red, colour.green, colour.blue, colour.alpha))
        sheet.alpha_composite(image.convert("RGBA"), offset)
        return sheet
    if image.mode == "L" and colour.red == colour.green == colour.blue:
        sheet = Image.new("L", canvas, colour.red)
    else:
        sheet = Image.new("RGB", canvas, (colour.red, colour.green, colour.blue))
    sheet.paste(image, offset, None if opaque else image)
    return sheet


def underlay(image: Image.Image, colour: Colour) -> Image.Image:
    """Put a colour under an image of its own size; one without alpha comes back as it is."""
    return place(image, image.size, (0, 0), colour)


def border_colour(image: Image.Image) -> Colour:
    """The colour that prevails along the border of an image, transparency taken as white; opaque.

    The border is a fiftieth of the shorter side wide. Its pixels vote in 16 steps of each channel; the answer is the
    mean of those that voted for the winner.
    """
    width, height = image.size
    edge = max(1, min(width, height) // 50)
    strips = (
        (0, 0, width, edge),
        (0, height - edge, width, height),
        (0, 0, edge, height),
        (width - edge, 0, width, height),
    )
    pixels = np.concatenate(
        [np.asarray(underlay(image.crop(strip), WHITE).convert("RGB")).reshape(-1, 3) for strip in strips]
    )
    votes = (pixels >> 4).astype(np.int32) @ np.array((256, 16, 1), dtype=np.int32)
    winner = np.bincount(votes).argmax()
    red, green, blue = (round(float(channel)) for channel in pixels[votes == winner].mean(axis=0))
    return Colour(red, green, blue)
