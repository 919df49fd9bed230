"""From the pixel layouts that files use to the five that are resized: L, LA, RGB, RGBA and CMYK."""

from __future__ import annotations

from PIL import Image

_RESIZED = frozenset(("L", "LA", "RGB", "RGBA", "CMYK"))


def resizable(image: Image.Image) -> Image.Image:
    """Bring decoded pixels to L, LA, RGB, RGBA or CMYK, 8 bits a channel.

    Palettes are looked up, single bits and 16-bit greys spread over 0..255, key colours become alpha, and an alpha
    channel that is opaque throughout is dropped: every later step is then cheaper, and so is the answer. Raises
    ValueError for samples of 32 bits, whose range no header gives.
    """
    if image.mode.startswith("I;16"):
        # 65535 / 257 = 255; convert("L") alone would clip.
        return image.convert("I").point(lambda value: value * (1 / 257) + 0.5).convert("L")
    if image.mode in {"I", "F"}:
        raise ValueError("32-bit samples")
    if image.has_transparency_data:
        grey = image.mode in {"1", "L", "LA"}
        image = image.convert("LA" if grey else "RGBA")
        if image.getchannel("A").getextrema() == (255, 255):
            image = image.convert("L" if grey else "RGB")
    elif image.mode == "1":
        image = image.convert("L")
    elif image.mode not in _RESIZED:
        image = image.convert("RGB")
    return image
