"""Skewed, distorted and bent pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil, cos, radians, sin, tan

import numpy as np
from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.effected import Effected, in_place
from keepsight.pixels.effects.channels import Floats
from keepsight.pixels.effects.warp import Point, Projection, check_size, moved, project, projection, sample
from keepsight.transformation.effects import Arc, Quad

_FLAT = 1e-3
"""Least sine of the angle at a corner of a distorted picture."""


def shear(image: Image.Image, x: float, y: float) -> Effected:
    """Skew along x, then along y, in degrees, as ImageMagick's `-shear` does; corners that come free are transparent.

    Above 0 the top edge goes right, and the right edge down. Raises BadRequest when the result is too large.
    """
    across, down = np.eye(3), np.eye(3)
    across[0, 1], down[1, 0] = -tan(radians(x)), tan(radians(y))
    if not across[0, 1] and not down[1, 0]:
        return in_place(image)
    return _projected(image, down @ across)


def distort(image: Image.Image, shape: Arc | Quad) -> Effected:
    """Move the corners, or bend along an arc; the canvas is the box around the result, and transparent beside it.

    Raises BadRequest when the corners span no area, make a shape that is not convex, or a picture that is too large.
    """
    match shape:
        case Arc(degrees) if degrees < 0:
            bent = _bent(image.transpose(Image.Transpose.ROTATE_180), -degrees)
            return _upside_down(bent, image.size)
        case Arc(degrees):
            return _bent(image, degrees)
        case Quad(corners):
            lengths = [
                float(value) if isinstance(value, int) else float(value) * image.size[at % 2]
                for at, value in enumerate(corners)
            ]
            quad = list(zip(lengths[::2], lengths[1::2], strict=True))
            _check_convex(quad)
            return _projected(image, projection(quad, image.size))


def _projected(image: Image.Image, onto: Projection) -> Effected:
    skewed, (left, top) = project(image, onto)

    def place(x: float, y: float) -> Point:
        x, y = moved(onto, (x, y))
        return x + left, y + top

    return _whole(skewed, place)


def _bent(image: Image.Image, degrees: float) -> Effected:
    """The top becomes the outer rim of a ring whose middle is as long as the picture is wide."""
    angle, (width, height) = radians(degrees), image.size
    inner = max(0.0, width / angle - height / 2)
    outer = inner + height
    half = angle / 2
    reach = outer if half >= np.pi / 2 else outer * np.sin(half)
    lowest = outer * np.cos(half) if half >= np.pi / 2 else inner * np.cos(half)
    size = (max(1, ceil(2 * reach - 1e-6)), max(1, ceil(outer - lowest - 1e-6)))
    check_size(size)
    across = np.arange(size[0], dtype=np.float32) + np.float32(0.5 - size[0] / 2)
    up = np.float32(outer) - (np.arange(size[1], dtype=np.float32) + np.float32(0.5))

    def places(top: int, bottom: int) -> tuple[Floats, Floats]:
        rows = up[top:bottom, None]
        around, far = np.arctan2(across[None, :], rows), np.hypot(across[None, :], rows)
        return (around / angle + 0.5) * width, outer - far

    def place(x: float, y: float) -> Point:
        around, far = (x / width - 0.5) * angle, outer - y
        return far * sin(around) + size[0] / 2, outer - far * cos(around)

    return _whole(sample(image, size, places), place)


def _upside_down(bent: Effected, before: tuple[int, int]) -> Effected:
    """What was turned by half before it was bent, turned back."""
    (width, height), place = bent.image.size, bent.moved or (lambda x, y: (x, y))

    def turned(x: float, y: float) -> Point:
        x, y = place(before[0] - x, before[1] - y)
        return width - x, height - y

    return _whole(bent.image.transpose(Image.Transpose.ROTATE_180), turned)


def _check_convex(quad: list[Point]) -> None:
    """All four corners must turn the same way, by more than nothing."""
    edges = [np.subtract(quad[(at + 1) % 4], quad[at]) for at in range(4)]
    lengths = [float(np.hypot(*edge)) for edge in edges]
    turns = [
        float(a[0] * b[1] - a[1] * b[0]) / max(along * across, 1.0)
        for a, b, along, across in zip(edges, [*edges[1:], edges[0]], lengths, [*lengths[1:], lengths[0]], strict=True)
    ]
    if min(abs(turn) for turn in turns) <= _FLAT or min(lengths) < 1 or len({turn > 0 for turn in turns}) > 1:
        raise BadRequest(
            "The corners of e_distort make no picture (expected four corners, clockwise from the top left, of a shape "
            "without a dent)"
        )


def _whole(image: Image.Image, place: Callable[[float, float], Point]) -> Effected:
    """A picture whose old points have no box of their own in it."""
    return replace(in_place(image), moved=place)
