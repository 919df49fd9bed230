"""Lanczos with the processor's vector instructions.

By the crate fast_image_resize: 750x500 pixels to 400x300 take 0.65 ms instead of 4.9, a fifth of a whole miss,
and come as near to the exact sum (57.05 dB against 57.04). Where it has no wheel Pillow does the same work.
"""

from __future__ import annotations

from math import nextafter

import PIL
from PIL import Image

from keepsight.pixels.turning import Box, Size

_KNOWN = frozenset({"11", "12", "13"})
"""Releases of Pillow whose pixels the crate is tested to find: it works on them in place, as handing them over in
copies takes longer than to scale them."""

_modes: frozenset[str] = frozenset()
try:
    from cykooz_resizer import CropBox, FilterType, ResizeAlg, ResizeOptions, Resizer
except ImportError:
    pass
else:
    if PIL.__version__.partition(".")[0] in _KNOWN:
        _modes = frozenset({"L", "RGB", "RGBA", "CMYK"})


def lanczos(image: Image.Image, box: Box, size: Size) -> Image.Image:
    """Scale `box` of an L, LA, RGB, RGBA or CMYK image, within which it lies, to `size`.

    Colour is weighted by alpha. Pixels around the box have their part in its edges.
    """
    if image.mode not in _modes:
        return image.resize(size, Image.Resampling.LANCZOS, box=box)
    left, top, right, bottom = box
    options = ResizeOptions(
        resize_alg=ResizeAlg.convolution(FilterType.lanczos3),
        crop_box=CropBox(left, top, _length(left, right, image.width), _length(top, bottom, image.height)),
    )
    result = Image.new(image.mode, size)
    Resizer().resize_pil(image, result, options)
    return result


def _length(start: float, end: float, limit: int) -> float:
    """From start to end, such that their sum, as it is rounded, does not reach past the limit."""
    length = end - start
    while start + length > limit:
        length = nextafter(length, 0)
    return length
