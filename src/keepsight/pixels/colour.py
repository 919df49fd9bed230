"""Into sRGB, by the embedded ICC profile where there is a usable one.

Runs on the small picture after the resize: 2 ms for 400x300 pixels against 125 ms for the 6 megapixels before it.
"""

from __future__ import annotations

from functools import lru_cache
from io import BytesIO

from PIL import Image, ImageChops, ImageCms

_SRGB = ImageCms.createProfile("sRGB")
_SAME = 3
"""Largest difference of any channel, 0..255, at which a profile is taken to be sRGB itself."""


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert L, LA, RGB, RGBA or CMYK to L, RGB or RGBA in sRGB; alpha is untouched.

    A profile that is broken or belongs to another kind of pixels is ignored. CMYK without a profile is taken as ink
    on perfect paper, as Pillow does.
    """
    alpha = image.getchannel("A") if image.mode in {"LA", "RGBA"} else None
    colours = image.convert(image.mode.removesuffix("A")) if alpha else image
    transform = _transform(profile, colours.mode) if profile else None
    if transform:
        grey = colours.mode == "L"
        colours = ImageCms.applyTransform(colours, transform) or colours
        if grey:
            colours = colours.convert("L")
    elif colours.mode == "CMYK":
        colours = colours.convert("RGB")
    if alpha:
        colours = colours.convert("RGB")
        colours.putalpha(alpha)
    colours.info = {}  # lcms leaves the profile of its output there
    return colours


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Conversion from the profile to sRGB, perceptual; None where it is impossible or would change nothing.

    Kept because a few profiles serve nearly all pictures and building one takes as long as using it. lcms transforms
    may be used from several threads at once.
    """
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        transform = ImageCms.buildTransform(source, _SRGB, mode, "RGB", ImageCms.Intent.PERCEPTUAL)
        probe = _probe(mode)
        result = ImageCms.applyTransform(probe, transform)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
    if result is None or mode == "CMYK":
        return transform
    differences = ImageChops.difference(result, probe.convert("RGB")).getextrema()
    unchanged = all(isinstance(most, tuple) and most[1] <= _SAME for most in differences)
    return None if unchanged else transform


def _probe(mode: str) -> Image.Image:
    """One row of pixels that spans the whole gamut of a mode: all greys, or eight steps of every channel."""
    if mode == "L":
        return Image.frombytes("L", (256, 1), bytes(range(256)))
    steps = (0, 36, 73, 109, 146, 182, 219, 255)
    colours = [(red, green, blue) for red in steps for green in steps for blue in steps]
    probe = Image.new("RGB", (len(colours), 1))
    probe.putdata(colours)
    return probe if mode == "RGB" else probe.convert(mode)
