"""Colour and alpha apart and together again, and functions from colour to colour over whole pictures."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

Floats = npt.NDArray[np.floating]
Bytes = npt.NDArray[np.uint8]

LUMA = np.array((0.299, 0.587, 0.114), dtype=np.float32)
"""Weights of red, green and blue in lightness, as Pillow's `convert("L")` has them (ITU-R BT.601)."""

_BAND = 4_000_000
"""Pixels of a strip."""

_GRID = 33
"""Points along a side of a colour table; between them it is interpolated. A fifth of the time that numpy takes over
a million pixels, and exact for what is linear."""


def opaque_part(image: Image.Image) -> Image.Image:
    """The colours alone: L or RGB."""
    return image.convert("RGB") if image.mode == "RGBA" else image


def with_alpha_of(colours: Image.Image, image: Image.Image) -> Image.Image:
    """Put the alpha of an image back on its changed colours; an image without alpha gives the colours alone."""
    if image.mode != "RGBA":
        return colours
    colours = colours.convert("RGB")
    colours.putalpha(image.getchannel("A"))
    return colours


def coloured(image: Image.Image) -> Image.Image:
    """RGB or RGBA: what a picture must be before it can show colour."""
    return image.convert("RGB") if image.mode == "L" else image


def curve(image: Image.Image, values: npt.NDArray[np.floating] | Sequence[float]) -> Image.Image:
    """Map every colour channel by 256 values, 0..255; alpha stays."""
    table = as_bytes(np.asarray(values, dtype=np.float32)).tolist()
    return with_alpha_of(opaque_part(image).point(table * len(opaque_part(image).getbands())), image)


def colour_map(image: Image.Image, function: Callable[[Floats], Floats]) -> Image.Image:
    """Map every colour by a function of an (n, 3) array of red, green and blue, 0..1; alpha stays.

    The function is sampled on a grid, so it should have no jumps.
    """
    table = ImageFilter.Color3DLUT(_GRID, np.ascontiguousarray(function(_grid()), dtype=np.float32).ravel())
    return coloured(image).filter(table)


def matrix(image: Image.Image, rows: npt.NDArray[np.floating] | Sequence[Sequence[float]]) -> Image.Image:
    """Mix the colour channels by a 3 x 3 matrix; alpha stays."""
    flat = tuple(float(value) for row in rows for value in (*row, 0.0))
    return with_alpha_of(coloured(opaque_part(image)).convert("RGB", flat), image)


def lightness(image: Image.Image) -> Image.Image:
    """The lightness of the colours, as L; alpha is dropped."""
    return opaque_part(image).convert("L")


def mixed(image: Image.Image, other: Image.Image, share: float) -> Image.Image:
    """`other` over `image` at 0..1 of its strength. Both have one size; a grey one takes on the mode of the other."""
    if image.mode != other.mode:
        both = "RGBA" if "RGBA" in {image.mode, other.mode} else "RGB"
        image, other = image.convert(both), other.convert(both)
    return Image.blend(image, other, share)


def by_bands(image: Image.Image, function: Callable[[Image.Image, int], Image.Image]) -> Image.Image:
    """Apply a function to strips of whole rows, each with the number of its first row, and join what comes out.

    Numbers with a decimal point take 16 times the memory of pixels; so a large picture never is in them as a whole.
    """
    rows = max(1, _BAND // image.width)
    if rows >= image.height:
        return function(image, 0)
    bands = [
        function(image.crop((0, top, image.width, min(top + rows, image.height))), top)
        for top in range(0, image.height, rows)
    ]
    joined = Image.new(bands[0].mode, image.size)
    for at, band in enumerate(bands):
        joined.paste(band, (0, at * rows))
    return joined


def as_bytes(values: npt.NDArray[np.floating]) -> Bytes:
    """Round and clip to 0..255."""
    result: Bytes = np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return result


def _grid() -> Floats:
    """All colours of the table, red fastest, as Pillow wants them."""
    steps = np.linspace(0, 1, _GRID, dtype=np.float32)
    blue, green, red = np.meshgrid(steps, steps, steps, indexing="ij")
    return np.stack((red, green, blue), axis=-1).reshape(-1, 3)
