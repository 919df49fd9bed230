"""From full colour to at most 256 colours."""

from __future__ import annotations

import imagequant
import numpy as np
from numpy.typing import NDArray
from PIL import Image

_DITHERING = 0.5
"""0..1. It hides bands in skies; the whole of it costs 3 % of bytes and brings nothing that can be measured."""
_CLEAR = 128
"""Alpha below which a pixel of a GIF is clear."""


def quantised(image: Image.Image, quality: int = 100, *, dithering: bool = True, colours: int = 256) -> Image.Image:
    """Reduce an L, RGB or RGBA image to a palette of up to 256 colours with alpha.

    `quality` 1..100 is libimagequant's: fewer colours are taken where they reach it. Against median cut, 400x300
    photographs come 3 dB nearer in 7 % fewer bytes and a sixth more time.
    """
    raw, palette = imagequant.quantize_raw_rgba_bytes(
        image.convert("RGBA").tobytes(),
        *image.size,
        dithering_level=_DITHERING if dithering else 0.0,
        max_colors=colours,
        max_quality=quality,
    )
    used = 4 * (max(raw) + 1)  # the binding always gives 256 entries, the unused ones clear
    return _indexed(bytes(raw), image.size, bytes(palette[:used]))


def exact(image: Image.Image) -> Image.Image | None:
    """The same pixels as an image with a palette; None where there are more than 256 colours."""
    if image.mode == "L" or image.getcolors(256) is None:
        return None
    image = image.convert("RGBA")
    found = np.array([colour for _, colour in image.getcolors(256) or ()], np.uint8)
    colours = np.sort(found.view(np.uint32)[:, 0])
    pixels = np.asarray(image).view(np.uint32)[..., 0]
    # Row by row: where a pixel stands among the colours takes eight bytes for a moment.
    indices = b"".join(np.searchsorted(colours, row).astype(np.uint8).tobytes() for row in pixels)
    return _indexed(indices, image.size, colours.tobytes())


def for_gif(image: Image.Image, quality: int = 100, *, dithering: bool = True) -> Image.Image:
    """Reduce an L, RGB or RGBA image to the palette of a GIF, where a pixel is clear or opaque.

    Pixels less than half opaque become clear, the others opaque. `info["transparency"]` is the clear entry, which an
    RGBA image always gets: readers clear a frame to it.
    """
    if image.mode == "RGBA":
        opaque = image.getchannel("A").point(lambda alpha: 255 if alpha >= _CLEAR else 0)
        shown = Image.new("RGBA", image.size, (0, 0, 0, 0))
        shown.paste(image.convert("RGB"), mask=opaque)
        image = shown
    flat = exact(image) or quantised(image, quality, dithering=dithering)
    entries = _entries(flat)
    flat.info = {}
    if image.mode == "RGBA":
        if len(entries) == 256 and entries[:, 3].min() >= _CLEAR:
            flat = quantised(image, quality, dithering=dithering, colours=255)
            entries = _entries(flat)
        if not len(entries) or entries[:, 3].min() >= _CLEAR:
            entries = np.append(entries, np.zeros((1, 4), np.uint8), axis=0)
        flat.info = {"transparency": int(entries[:, 3].argmin())}
    flat.putpalette(entries[:, :3].tobytes(), "RGB")
    return flat


def _entries(flat: Image.Image) -> NDArray[np.uint8]:
    """The palette, a row of RGBA for each colour."""
    return np.frombuffer(bytes(flat.getpalette("RGBA") or ()), np.uint8).reshape(-1, 4)


def _indexed(indices: bytes, size: tuple[int, int], palette: bytes) -> Image.Image:
    flat = Image.frombytes("P", size, indices)
    colours = np.frombuffer(palette, np.uint8).reshape(-1, 4)
    if (colours[:, 3] == 255).all():
        flat.putpalette(colours[:, :3].tobytes(), "RGB")
    else:
        flat.putpalette(palette, "RGBA")
    flat.info = {}
    return flat
