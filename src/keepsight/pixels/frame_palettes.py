"""The colours of animated GIFs: those of one frame serve the next ones as long as they suit them."""

from __future__ import annotations

from PIL import Image, ImageChops, ImageStat

from keepsight.pixels.palette import exact, for_gif

_WORSE = 1.25
"""How much further off than in the frame that it was made for a palette may be, and this is added to it:"""
_UNSEEN = 0.5
"""Levels of 0..255. Choosing colours takes 85 ms for 400x300 pixels, looking them up half a millisecond."""


class FramePalettes:
    """Reduces the frames of one animation, in their order. Nothing is dithered, which would shimmer."""

    def __init__(self, quality: int) -> None:
        """`quality` 1..100 is that of `quantised`."""
        self._quality = quality
        self._palette: Image.Image | None = None
        self._bound = 0.0

    def __call__(self, image: Image.Image) -> Image.Image:
        """An L, RGB or RGBA image in up to 256 colours, one of them clear; see `for_gif`."""
        image = image.convert("RGBA")
        if exact(image) is not None:
            return for_gif(image)
        if self._palette is not None:
            flat = self._looked_up(image, self._palette)
            if _distance(image, flat) <= self._bound:
                return flat
        flat = for_gif(image, self._quality, dithering=False)
        self._palette, self._bound = flat, _WORSE * _distance(image, flat) + _UNSEEN
        return flat

    def _looked_up(self, image: Image.Image, palette: Image.Image) -> Image.Image:
        flat = image.convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
        clear = int(palette.info["transparency"])
        flat.paste(clear, mask=image.getchannel("A").point(lambda alpha: 255 if alpha < 128 else 0))
        flat.info = {"transparency": clear}
        return flat


def _distance(image: Image.Image, flat: Image.Image) -> float:
    """Mean difference of the channels where the image is opaque, 0..255."""
    mask = image.getchannel("A").point(lambda alpha: 255 if alpha >= 128 else 0)
    if mask.getbbox() is None:
        return 0.0
    shown = flat.copy()
    shown.info = {}
    difference = ImageChops.difference(image.convert("RGB"), shown.convert("RGB"))
    return sum(ImageStat.Stat(difference, mask).mean) / 3
