"""Blur, its opposites, and mosaics."""

from __future__ import annotations

from math import ceil

from PIL import Image, ImageFilter

from keepsight.pixels.effects.channels import with_alpha_of

SIGMA = 1 / 20
"""Standard deviation in pixels for each unit of strength; 100 is 5 pixels. Cloudinary gives no figure."""

Box = tuple[int, int, int, int]
"""Left, top, right, bottom in pixels."""

_FINE = 1.0
_WIDE = 2.5
_GRAIN = 3
"""Differences up to this, 0..255, are grain and not sharpened by an unsharp mask."""


def blur(image: Image.Image, strength: int) -> Image.Image:
    """Gaussian blur of colour and alpha, 1..2000; what lies past the edge is like the edge."""
    return gaussian(image, strength * SIGMA)


def gaussian(image: Image.Image, sigma: float) -> Image.Image:
    """Gaussian blur by a standard deviation in pixels; colour is weighted by alpha.

    Pillow's three box filters: their time does not depend on sigma, and they come within SSIM 0.99 of libvips.
    """
    if image.mode != "RGBA":
        return image.filter(ImageFilter.GaussianBlur(sigma))
    return image.convert("RGBa").filter(ImageFilter.GaussianBlur(sigma)).convert("RGBA")


def sharpen(image: Image.Image, strength: int) -> Image.Image:
    """Add strength percent of what a blur by a pixel takes away; 1..2000. Alpha stays."""
    return with_alpha_of(Image.blend(gaussian(image, _FINE), image, 1 + strength / 100), image)


def unsharp_mask(image: Image.Image, strength: int) -> Image.Image:
    """Add strength percent of what a blur by 2.5 pixels takes away, where that is more than grain; 1..2000."""
    if image.mode != "RGBA":
        return image.filter(ImageFilter.UnsharpMask(_WIDE, strength, _GRAIN))
    # Under transparency lies the colour of the surroundings, so that edges of alpha are not sharpened.
    under = gaussian(image, _WIDE)
    flat = Image.alpha_composite(under, image).convert("RGB")
    return with_alpha_of(flat.filter(ImageFilter.UnsharpMask(_WIDE, strength, _GRAIN)), image)


def pixelate(image: Image.Image, square: int | None) -> Image.Image:
    """Mean of every square, 1..200 pixels wide, counted from the top left; colour is weighted by alpha.

    Without a width a fortieth of the geometric mean of the sides.
    """
    size = square or max(2, min(200, round((image.width * image.height) ** 0.5 / 40)))
    weighted = image.convert("RGBa") if image.mode == "RGBA" else image
    small = weighted.reduce(size)
    if image.mode == "RGBA":
        small = small.convert("RGBA")
    large = small.resize((small.width * size, small.height * size), Image.Resampling.NEAREST)
    return large.crop((0, 0, *image.size))


def blurred_box(image: Image.Image, box: Box, strength: int) -> Image.Image:
    """The pixels of a box of the image, blurred together with what surrounds it."""
    left, top, right, bottom = box
    reach = ceil(3 * strength * SIGMA)
    x, y = max(0, left - reach), max(0, top - reach)
    wider = image.crop((x, y, min(image.width, right + reach), min(image.height, bottom + reach)))
    return blur(wider, strength).crop((left - x, top - y, right - x, bottom - y))


def pixelated_box(image: Image.Image, box: Box, square: int | None) -> Image.Image:
    """The pixels of a box of the image as a mosaic; without a width of squares, six along its shorter side."""
    inside = image.crop(box)
    return pixelate(inside, square or max(2, min(200, -(-min(inside.size) // 6))))
