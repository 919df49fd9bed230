"""One picture over another of its size, with or without a blend mode.

Formulas: W3C Compositing and Blending Level 1, sections 5.1 and 9.1: a blend mode changes the colour of the source
only where the backdrop is opaque, `Cs' = (1 - ab) Cs + ab B(Cb, Cs)`, and what comes out is laid over.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from PIL import Image, ImageChops

MODES: Mapping[str, Callable[[Image.Image, Image.Image], Image.Image]] = MappingProxyType(
    {
        "screen": ImageChops.screen,
        "multiply": ImageChops.multiply,
        "overlay": ImageChops.overlay,
    }
)
"""B(Cb, Cs) of RGB images, by the name that `e_` gives it."""


def over(backdrop: Image.Image, source: Image.Image, mode: str | None = None) -> Image.Image:
    """Lay `source` over `backdrop`; L, RGB or RGBA images of one size. The result is RGB or RGBA."""
    alpha = source.getchannel("A") if source.mode == "RGBA" else None
    below = backdrop.convert("RGB") if backdrop.mode == "L" else backdrop
    colours = source.convert("RGB")
    if mode is not None:
        mixed = MODES[mode](below.convert("RGB"), colours)
        colours = Image.composite(mixed, colours, below.getchannel("A")) if below.mode == "RGBA" else mixed
    if alpha is None:
        return colours
    if below.mode == "RGB":
        return Image.composite(colours, below, alpha)
    colours.putalpha(alpha)
    return Image.alpha_composite(below, colours)
