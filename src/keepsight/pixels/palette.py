"""From full colour to the 256 colours of a GIF."""

from __future__ import annotations

from PIL import Image

_CLEAR = 255
"""Palette entry of transparent pixels."""


def indexed(image: Image.Image) -> Image.Image:
    """Reduce an L, RGB or RGBA image to a palette of up to 256 colours, median cut, not dithered.

    Pixels less than half opaque become transparent, the others opaque.
    """
    if image.mode != "RGBA":
        flat = image.convert("RGB").quantize(256, Image.Quantize.MEDIANCUT)
        flat.info = {}
        return flat
    flat = image.convert("RGB").quantize(_CLEAR, Image.Quantize.MEDIANCUT)
    clear = image.getchannel("A").point(lambda alpha: 255 if alpha < 128 else 0)
    flat.paste(_CLEAR, mask=clear)
    flat.info = {"transparency": _CLEAR}
    return flat
