"""What lies around a padded picture: one colour, colours found in it, or a blurred copy of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image

from keepsight.pixels.canvas import WHITE, border_colour, underlay
from keepsight.pixels.effects.blur import SIGMA, gaussian
from keepsight.pixels.turning import Size
from keepsight.transformation.backgrounds import AutoBackground, Background, BlurredBackground
from keepsight.transformation.values import Colour

_SEEN = 128
"""Longest side of the copy on which colours are counted."""
_BLURRED = 256
"""Longest side at which a background is blurred; a larger one holds no more detail at any intensity that hides."""
_ALIKE = 80
"""Distance, over three channels of 0..255, below which two colours of a gradient are one."""


def sheet(image: Image.Image, size: Size, background: Background) -> Image.Image:
    """A canvas of this size to lay an L, RGB or RGBA image on; RGB, or RGBA where a colour is translucent.

    Transparency of the image is taken as white where its colours are looked at.
    """
    match background:
        case Colour(alpha=255):
            return Image.new("RGB", size, (background.red, background.green, background.blue))
        case Colour(red, green, blue, alpha):
            return Image.new("RGBA", size, (red, green, blue, alpha))
        case BlurredBackground():
            return _blurred(_opaque(image), size, background)
        case AutoBackground():
            found = automatic_colours(image, background)
            if any(colour.alpha < 255 for colour in found):
                return _gradient(found, size, background.direction)
            return _gradient(found, size, background.direction).convert("RGB")


def automatic_colours(image: Image.Image, background: AutoBackground) -> tuple[Colour, ...]:
    """The one, two or four colours that an automatic background takes from an image, the most frequent first."""
    if background.colours == 1 and background.pixels == "border":
        found = [border_colour(image)]
    else:
        found = _frequent(_pixels(image, background.pixels), background.colours)
    if background.contrast:
        return tuple(_opposite(colour, background.palette) for colour in found)
    if background.palette:
        return _nearest(found, background.palette)
    return tuple(found)


def _opaque(image: Image.Image) -> Image.Image:
    return underlay(image, WHITE).convert("RGB")


def _pixels(image: Image.Image, which: str) -> npt.NDArray[np.floating]:
    """All pixels of a small copy, or the outermost fiftieth of them, at least one deep; an (n, 3) array."""
    small = image.copy()
    small.thumbnail((_SEEN, _SEEN), Image.Resampling.BOX)
    pixels = np.asarray(_opaque(small), dtype=np.float32)
    if which == "border":
        deep = max(1, min(small.size) // 50)
        inside = np.zeros(pixels.shape[:2], dtype=bool)
        inside[deep:-deep, deep:-deep] = True
        return pixels[~inside]
    return pixels.reshape(-1, 3)


def _frequent(pixels: npt.NDArray[np.floating], count: int) -> list[Colour]:
    """The most frequent colours, unlike one another; the last is repeated where there are too few."""
    votes = (pixels.astype(np.int32) >> 4) @ np.array((256, 16, 1), dtype=np.int32)
    totals = np.bincount(votes, minlength=4096)
    found: list[npt.NDArray[np.floating]] = []
    for vote in np.argsort(totals, kind="stable")[::-1]:
        if not totals[vote] or len(found) == count:
            break
        mean = pixels[votes == vote].mean(axis=0)
        if all(np.linalg.norm(mean - other) >= _ALIKE for other in found):
            found.append(mean)
    colours = [Colour(*(round(float(value)) for value in each)) for each in found]
    return colours + colours[-1:] * (count - len(colours))


def _nearest(found: Sequence[Colour], palette: tuple[Colour, ...]) -> tuple[Colour, ...]:
    """For each colour the nearest of the palette, each used once as long as there are any left."""
    left, chosen = list(palette), []
    for colour in found:
        pick = min(left or palette, key=lambda each: _distance(each, colour))
        chosen.append(pick)
        if pick in left:
            left.remove(pick)
    return tuple(chosen)


def _opposite(colour: Colour, palette: tuple[Colour, ...]) -> Colour:
    """The colour of the palette furthest away; without one the negative, or black or white to a middle tone."""
    negative = Colour(255 - colour.red, 255 - colour.green, 255 - colour.blue)
    choices = palette or (negative, Colour(0, 0, 0), WHITE)
    if not palette and _distance(negative, colour) >= 2 * 128:
        return negative
    return max(choices, key=lambda each: _distance(each, colour))


def _distance(one: Colour, other: Colour) -> float:
    result: float = ((one.red - other.red) ** 2 + (one.green - other.green) ** 2 + (one.blue - other.blue) ** 2) ** 0.5
    return result


def _gradient(colours: Sequence[Colour], size: Size, direction: str) -> Image.Image:
    """One colour everywhere, two from side to side, or four from the corners."""
    values = [np.array((c.red, c.green, c.blue, c.alpha), dtype=np.float32) for c in colours]
    if len(values) == 1:
        return Image.new("RGBA", size, tuple(int(value) for value in values[0]))
    x = np.linspace(0, 1, size[0], dtype=np.float32)[None, :, None]
    y = np.linspace(0, 1, size[1], dtype=np.float32)[:, None, None]
    if len(values) == 4:
        first, second, third, fourth = values
        mixed = (first * (1 - x) + second * x) * (1 - y) + (fourth * (1 - x) + third * x) * y
    else:
        way = {"horizontal": x + 0 * y, "vertical": y + 0 * x, "diagonal_desc": (x + y) / 2}.get(
            direction, (x + 1 - y) / 2
        )
        mixed = values[0] * (1 - way) + values[1] * way
    return Image.fromarray(np.rint(mixed).astype(np.uint8))


def _blurred(image: Image.Image, size: Size, background: BlurredBackground) -> Image.Image:
    """The middle of the picture, covering the canvas, blurred at a small size and made brighter or darker."""
    scale = max(size[0] / image.width, size[1] / image.height)
    window = (size[0] / scale, size[1] / scale)
    left, top = (image.width - window[0]) / 2, (image.height - window[1]) / 2
    sigma = background.intensity * SIGMA
    shrink = min(1.0, _BLURRED / max(size)) if sigma >= 2 * max(size) / _BLURRED else 1.0
    small = (max(1, round(size[0] * shrink)), max(1, round(size[1] * shrink)))
    box = (max(0.0, left), max(0.0, top), min(image.width, left + window[0]), min(image.height, top + window[1]))
    covered = image.resize(small, Image.Resampling.BILINEAR, box=box, reducing_gap=2.0)
    soft = gaussian(covered, sigma * shrink).resize(size, Image.Resampling.BICUBIC)
    if not background.brightness:
        return soft
    # Down to -100 every channel is scaled; further down black stays black.
    factor = max(0.0, 1 + background.brightness / 100)
    return soft.point([min(255, round(value * factor)) for value in range(256)] * 3)
