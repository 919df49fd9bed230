"""A picture on a canvas, whatever surrounds it."""

from __future__ import annotations

from PIL import Image

from keepsight.pixels.backgrounds import automatic_colours, sheet
from keepsight.pixels.canvas import place
from keepsight.pixels.turning import Size
from keepsight.transformation.backgrounds import AutoBackground, Background
from keepsight.transformation.values import Colour


def mount(image: Image.Image, canvas: Size, offset: tuple[int, int], background: Background | None) -> Image.Image:
    """Lay an L, RGB or RGBA image on a canvas that holds all of it; the background shows around and through it.

    Without a background an opaque image gets a white surround, and any other a transparent one (see `canvas.place`).
    """
    if isinstance(background, AutoBackground) and background.colours == 1:
        (background,) = automatic_colours(image, background)
    if background is None or isinstance(background, Colour):
        return place(image, canvas, offset, background)
    if image.mode != "RGBA" and image.size == canvas:
        return image
    filled = sheet(image, canvas, background)
    if filled.mode == "RGBA":
        filled.alpha_composite(image.convert("RGBA"), offset)
    else:
        filled.paste(image, offset, image if image.mode == "RGBA" else None)
    return filled


def underlie(image: Image.Image, background: Background) -> Image.Image:
    """Put a background under an image of its own size; one without alpha comes back as it is."""
    return mount(image, image.size, (0, 0), background)
