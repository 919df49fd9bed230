"""Lanczos with the processor's vector instructions.

By the crate fast_image_resize: 750x500 pixels to 400x300 take 0.85 ms instead of Pillow's 4.9, a quarter of a whole
miss, and come as near to the exact sum (57.05 dB against 57.04). Where it has no wheel Pillow does the same work.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import nextafter
from types import MappingProxyType

from PIL import Image

from keepsight.pixels.turning import Box, Size

try:
    from cykooz_resizer import CropBox, FilterType, ImageData, PixelType, ResizeAlg, ResizeOptions, Resizer
except ImportError:
    _LAYOUTS: Mapping[str, tuple[object, str]] = MappingProxyType({})
else:
    _LAYOUTS = MappingProxyType(
        {
            "L": (PixelType.U8, "L"),
            "LA": (PixelType.U8x2, "LA"),
            "RGB": (PixelType.U8x4, "RGBX"),
            "RGBA": (PixelType.U8x4, "RGBA"),
            "CMYK": (PixelType.U8x4, "CMYK"),
        }
    )
    """Of each mode: how the crate and how Pillow name the layout. Three bytes a pixel would have to be packed."""


def lanczos(image: Image.Image, box: Box, size: Size) -> Image.Image:
    """Scale `box` of an L, LA, RGB, RGBA or CMYK image, within which it lies, to `size`.

    Colour is weighted by alpha. Pixels around the box have their part in its edges.
    """
    if image.mode not in _LAYOUTS:
        return image.resize(size, Image.Resampling.LANCZOS, box=box)
    pixels, raw = _LAYOUTS[image.mode]
    left, top, right, bottom = box
    options = ResizeOptions(
        resize_alg=ResizeAlg.convolution(FilterType.lanczos3),
        crop_box=CropBox(left, top, _length(left, right, image.width), _length(top, bottom, image.height)),
        use_alpha=image.mode in {"LA", "RGBA"},
    )
    # Copied in and out, some tenths of a millisecond: what Pillow's memory looks like is its own affair.
    source = ImageData(*image.size, pixels, image.tobytes("raw", raw))
    result = ImageData(*size, pixels)
    Resizer().resize(source, result, options)
    return Image.frombytes(image.mode, size, result.get_buffer(), "raw", raw)


def _length(start: float, end: float, limit: int) -> float:
    """From start to end, such that their sum, as it is rounded, does not reach past the limit."""
    length = end - start
    while start + length > limit:
        length = nextafter(length, 0)
    return length
