"""Decoding an original, no larger than it will be needed."""

from __future__ import annotations

from dataclasses import dataclass

from PIL import Image

from keepsight.pixels.formats import ACCEPTED, Format
from keepsight.pixels.modes import resizable
from keepsight.pixels.opening import foreign_bytes, format_of, open_image


@dataclass(frozen=True, slots=True)
class Decoded:
    """The first frame of an original in memory, as it is stored: not yet upright, not yet sRGB."""

    image: Image.Image
    """L, LA, RGB, RGBA or CMYK; without metadata."""
    reduction: int
    """Source pixels per decoded pixel along a side: 1, 2, 4 or 8. Decoded pixel i covers source i*r .. (i+1)*r; the
    last one of a side may reach past the source."""
    profile: bytes | None
    """The embedded ICC profile."""


def decode(data: bytes, scale: float) -> Decoded:
    """Decode at `scale` decoded pixels per source pixel or the next larger that the format offers.

    A JPEG is reduced by 2, 4 or 8 while it is decoded (3000x2000 to 400 wide: a fifth of the time of decoding it in
    full); every other format comes in full. Raises BadImage when the data are damaged or cut short.
    """
    with foreign_bytes(f"damaged or cut short; expected {ACCEPTED}"):
        image = open_image(data)
        reduction = 1
        if format_of(image) is Format.JPEG:
            width, height = image.size
            reduction = next((r for r in (8, 4, 2) if r * scale <= 1 and r <= min(width, height)), 1)
            # For this size `draft` finds exactly `reduction`; called with 1 it changes nothing.
            image.draft(None, (width // reduction, height // reduction))
        image.load()
        profile = image.info.get("icc_profile")
        pixels = resizable(image)
        pixels.info = {}
    return Decoded(pixels, reduction, profile if isinstance(profile, bytes) else None)
