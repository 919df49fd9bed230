"""One colour in place of another."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from keepsight.pixels.effects import lab
from keepsight.pixels.effects.channels import Floats, colour_map, coloured
from keepsight.transformation.values import Colour

_SEEN = 128
"""Longest side of the copy on which the most prominent colour is looked for."""
_STRONG = 20.0
"""Chroma from which a colour counts as one."""
_LIGHT_COUNTS = 0.5
"""Weight of lightness in likeness: the shadows of a thing are of its colour."""


def replace_color(image: Image.Image, to: Colour, tolerance: int, from_: Colour | None) -> Image.Image:
    """Turn `from_` and what lies within `tolerance` (0..100) of it in L*a*b* into `to`, with the shading kept.

    Without `from_` the strong colour that covers most; a picture without any strong colour stays as it is.
    """
    image = coloured(image)
    source = lab.to_lab(_row(from_))[0] if from_ else _prominent(image)
    if source is None:
        return image
    target = lab.to_lab(_row(to))[0]
    chroma = max(float(np.hypot(*source[1:])), 1.0)

    def replaced(colours: Floats) -> Floats:
        seen = lab.to_lab(colours)
        distance = np.sqrt(
            ((seen[:, 1:] - source[1:]) ** 2).sum(axis=1) + (_LIGHT_COUNTS * (seen[:, 0] - source[0])) ** 2
        )
        share = np.clip(1.5 - distance / max(tolerance, 0.5), 0, 0.5) * 2
        strength = np.clip(np.hypot(seen[:, 1], seen[:, 2]) / chroma, 0, 1.5)
        new = np.column_stack((seen[:, 0] + target[0] - source[0], strength[:, None] * target[1:])).astype(np.float32)
        result: Floats = colours + (lab.from_lab(new) - colours) * share[:, None]
        return result

    return colour_map(image, replaced)


def _row(colour: Colour) -> Floats:
    return np.array([[colour.red, colour.green, colour.blue]], dtype=np.float32) / 255


def _prominent(image: Image.Image) -> npt.NDArray[np.floating] | None:
    """L*a*b* of the strong colour that most pixels have, stronger ones counting more; None without any."""
    small = image.copy()
    small.thumbnail((_SEEN, _SEEN), Image.Resampling.BOX)
    pixels = np.asarray(small.convert("RGBA"), dtype=np.float32).reshape(-1, 4)
    seen = lab.to_lab(pixels[pixels[:, 3] >= 128, :3] / 255)
    chroma = np.hypot(seen[:, 1], seen[:, 2])
    seen, chroma = seen[chroma >= _STRONG], chroma[chroma >= _STRONG]
    if not len(seen):
        return None
    hue = np.arctan2(seen[:, 2], seen[:, 1])
    votes = np.bincount((hue / np.pi * 12).astype(int) % 24, weights=chroma, minlength=24)
    # A hue on the border of two bins votes for both.
    smooth = votes + (np.roll(votes, 1) + np.roll(votes, -1)) / 2
    winner = (smooth.argmax() + 0.5) / 12 * np.pi
    near = np.abs((hue - winner + np.pi) % (2 * np.pi) - np.pi) < np.pi / 8
    chosen = near if near.any() else np.ones_like(near)
    return np.average(seen[chosen], axis=0, weights=chroma[chosen]).astype(np.float32)
