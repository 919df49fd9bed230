"""Fading out towards the edges."""

from __future__ import annotations

import numpy as np
from PIL import Image, ImageChops

from keepsight.pixels.effected import Content
from keepsight.pixels.effects.channels import Floats, as_bytes
from keepsight.pixels.effects.qualifiers import Qualifiers
from keepsight.pixels.effects.transparency import faded

_EVEN = 20
"""The strength at which opacity falls evenly; above it is a higher power of the way, at 100 the fifth."""
_PADDED_SHARE = 0.2
"""Share of the picture that fades into its padding where x_ and y_ do not say."""


def gradient_fade(image: Image.Image, qualifiers: Qualifiers, type_: str | None, strength: int) -> Image.Image:
    """Fade alpha out towards edges: x and y from the left and top, below 0 from the right and bottom; 0..100.

    `symmetric` fades the opposite edges as well. `symmetric_pad` fades the picture into the padding around it, which
    `qualifiers.padded` tells apart; without padding it is the same as `symmetric`.
    """
    if type_ == "symmetric_pad" and qualifiers.padded and _has_padding(image, qualifiers.padded):
        return _into_padding(image, qualifiers, strength)
    x, y = qualifiers.x, qualifiers.y
    if x is None and y is None:
        y = image.height // 2
    both = type_ is not None
    return faded(image, _mask(image.size, (x or 0, y or 0), (both, both), strength))


def _has_padding(image: Image.Image, padded: Content) -> bool:
    left, top, width, height = padded
    return left >= 1 or top >= 1 or left + width <= image.width - 1 or top + height <= image.height - 1


def _mask(size: tuple[int, int], reach: tuple[int, int], both: tuple[bool, bool], strength: int) -> Image.Image:
    sides = (_way_in(length, far, each) for length, far, each in zip(size, reach, both, strict=True))
    across, down = (as_bytes(255 * way ** (strength / _EVEN)) for way in sides)
    rows, columns = Image.fromarray(across[None, :]), Image.fromarray(down[:, None])
    return ImageChops.multiply(rows.resize(size), columns.resize(size))


def _way_in(length: int, reach: int, both: bool) -> Floats:
    """0 at the edge to 1 at `reach` pixels from it and on, for every pixel of a side."""
    if not reach:
        return np.ones(length, dtype=np.float32)
    way = np.clip((np.arange(length, dtype=np.float32) + 0.5) / abs(reach), 0, 1)
    if reach < 0:
        way = way[::-1]
    return np.minimum(way, way[::-1]) if both else way


def _into_padding(image: Image.Image, qualifiers: Qualifiers, strength: int) -> Image.Image:
    assert qualifiers.padded  # noqa: S101  # the caller looked
    left, top, width, height = (round(value) for value in qualifiers.padded)
    left, top = max(0, left), max(0, top)
    right, bottom = min(image.width, left + width), min(image.height, top + height)
    if right <= left or bottom <= top:
        return image
    picture = image.crop((left, top, right, bottom))
    pads_across = left > 0 or right < image.width
    pads_down = top > 0 or bottom < image.height
    x = qualifiers.x if qualifiers.x is not None else round(picture.width * _PADDED_SHARE)
    y = qualifiers.y if qualifiers.y is not None else round(picture.height * _PADDED_SHARE)
    reach = (abs(x) if pads_across else 0, abs(y) if pads_down else 0)
    mask = _mask(picture.size, reach, (True, True), strength)
    sheet = image.copy()
    under = _between(image, (left, top, right, bottom), across=pads_across)
    sheet.paste(Image.composite(picture, under, mask), (left, top))
    return sheet


def _between(image: Image.Image, box: tuple[int, int, int, int], across: bool) -> Image.Image:
    """What the padding on both sides of a box would be inside it: its innermost lines, one running into the other."""
    left, top, right, bottom = box
    size = (right - left, bottom - top)
    if across:
        before, after = left - 1 if left else right, right if right < image.width else left - 1
        ends = [image.crop((at, top, at + 1, bottom)) for at in (before, after)]
        pair = Image.new(image.mode, (2, size[1]))
        pair.paste(ends[0], (0, 0))
        pair.paste(ends[1], (1, 0))
    else:
        before, after = top - 1 if top else bottom, bottom if bottom < image.height else top - 1
        ends = [image.crop((left, at, right, at + 1)) for at in (before, after)]
        pair = Image.new(image.mode, (size[0], 2))
        pair.paste(ends[0], (0, 0))
        pair.paste(ends[1], (0, 1))
    return pair.resize(size, Image.Resampling.BILINEAR)
