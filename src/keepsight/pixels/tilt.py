"""Turning by any angle."""

from __future__ import annotations

from math import cos, radians, sin

import numpy as np
from PIL import Image

from keepsight.pixels.effected import Effected, in_place
from keepsight.pixels.effects.warp import project

_LONGEST = 3_000
"""Pixels a side above which a picture is scaled down before it is tilted (Cloudinary, `a_`)."""

_QUARTERS = {
    90: Image.Transpose.ROTATE_270,  # Pillow counts counter-clockwise
    180: Image.Transpose.ROTATE_180,
    270: Image.Transpose.ROTATE_90,
}


def tilt(image: Image.Image, degrees: float) -> Effected:
    """Turn an L, RGB or RGBA image clockwise onto the smallest canvas that holds it.

    The corners that come free are transparent, so the answer is RGBA; quarter turns are exact and keep the mode.
    Before any other turn a side of more than 3000 pixels is scaled down to 3000. `content` is the frame of the
    picture before its turn, about the middle of the canvas: turn points about that middle to follow them.
    """
    degrees %= 360
    if degrees in _QUARTERS or not degrees:
        turned = image.transpose(_QUARTERS[int(degrees)]) if degrees else image
        return _centred(turned, image.size) if degrees else in_place(image)
    if max(image.size) > _LONGEST:
        scale = _LONGEST / max(image.size)
        size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
        image = image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)
    angle = radians(degrees)
    turn = np.array(((cos(angle), -sin(angle), 0), (sin(angle), cos(angle), 0), (0, 0, 1)))
    turned, _ = project(image, turn)
    return _centred(turned, image.size)


def _centred(turned: Image.Image, size: tuple[int, int]) -> Effected:
    width, height = size
    return Effected(turned, ((turned.width - width) / 2, (turned.height - height) / 2, width, height))
