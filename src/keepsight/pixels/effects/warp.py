"""Pictures through a projection, or through any map of points."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor

import numpy as np
import numpy.typing as npt
from PIL import Image

from keepsight.errors import BadRequest
from keepsight.pixels.effects.channels import Floats

Point = tuple[float, float]
Projection = npt.NDArray[np.float64]
"""A 3 x 3 matrix over (x, y, 1)."""

MOST_PIXELS = 64_000_000
"""Most pixels of a picture that a change of shape may make: as many as an original may have by default."""

_STRIP = 1_000_000
"""Pixels that are sampled at a time: their coordinates and weights take 100 bytes each."""

_SMALLER = 0.75
"""Ratio of new to old length below which a picture is scaled down before it is warped."""

_MARGIN = 2
"""Transparent pixels around a picture, as far as a bicubic kernel reaches: its edges come out smooth."""


def project(image: Image.Image, onto: Projection) -> tuple[Image.Image, Point]:
    """Move every point of an image by a projection, onto the smallest canvas that holds it; bicubic, RGBA.

    Returns the picture and where the origin of the projection's target lies in it. Raises BadRequest when the canvas
    would have more than MOST_PIXELS.
    """
    outline = [moved(onto, corner) for corner in corners_of(image.size)]
    left, top = (floor(min(axis) + 1e-6) for axis in zip(*outline, strict=True))
    right, bottom = (ceil(max(axis) - 1e-6) for axis in zip(*outline, strict=True))
    size = (max(1, right - left), max(1, bottom - top))
    check_size(size)
    image, shrunk = _shrunk(image.convert("RGBA"), outline)
    padded = image.crop((-_MARGIN, -_MARGIN, image.width + _MARGIN, image.height + _MARGIN))
    into_padded = np.array(((1, 0, _MARGIN), (0, 1, _MARGIN), (0, 0, 1))) @ np.diag((*shrunk, 1.0))
    back = into_padded @ np.linalg.inv(onto) @ np.array(((1, 0, left), (0, 1, top), (0, 0, 1)))
    back /= back[2, 2]
    if not back[2, :2].any():
        data, method = back[:2].ravel(), Image.Transform.AFFINE
    else:
        data, method = back.ravel()[:8], Image.Transform.PERSPECTIVE
    warped = padded.transform(size, method, data.tolist(), Image.Resampling.BICUBIC)
    return warped, (-left, -top)


def projection(quad: Sequence[Point], size: tuple[int, int]) -> Projection:
    """The projection that takes the corners of a picture of this size, clockwise from the top left, to a quad."""
    rows, target = [], []
    for (x, y), (u, v) in zip(corners_of(size), quad, strict=True):
        rows += [(x, y, 1, 0, 0, 0, -u * x, -u * y), (0, 0, 0, x, y, 1, -v * x, -v * y)]
        target += [u, v]
    return np.append(np.linalg.solve(np.array(rows), np.array(target)), 1.0).reshape(3, 3)


def sample(
    image: Image.Image, size: tuple[int, int], places: Callable[[int, int], tuple[Floats, Floats]]
) -> Image.Image:
    """A picture of this size whose pixels are those of an image at any places, bilinear; RGBA, transparent outside.

    `places` gives the x and y of all pixels from one row up to another. They count pixels of the image from its top
    left corner, so that (0.5, 0.5) is the middle of its first pixel.
    """
    source = np.pad(np.asarray(image.convert("RGBA").convert("RGBa")), ((1, 1), (1, 1), (0, 0))).reshape(-1, 4)
    half, wide = np.float32(0.5), image.width + 2
    rows = max(1, _STRIP // size[0])
    sheet = Image.new("RGBA", size)
    for top in range(0, size[1], rows):
        x, y = places(top, min(top + rows, size[1]))
        x, y = np.clip(x + half, 0, image.width + 1), np.clip(y + half, 0, image.height + 1)
        column = np.minimum(x.astype(np.int32), image.width)
        row = np.minimum(y.astype(np.int32), image.height)
        right = (x - column).astype(np.float32)[..., None]
        down = (y - row).astype(np.float32)[..., None]
        at = row * wide + column
        above = source[at] * (1 - right) + source[at + 1] * right
        below = source[at + wide] * (1 - right) + source[at + wide + 1] * right
        mixed = (above * (1 - down) + below * down + half).astype(np.uint8)
        strip = Image.frombytes("RGBa", (x.shape[1], x.shape[0]), mixed.tobytes())
        sheet.paste(strip.convert("RGBA"), (0, top))
    return sheet


def moved(by: Projection, point: Point) -> Point:
    """Where a projection takes a point."""
    x, y, w = by @ (*point, 1.0)
    return float(x / w), float(y / w)


def corners_of(size: tuple[int, int]) -> tuple[Point, Point, Point, Point]:
    """The corners of a picture, clockwise from the top left."""
    width, height = size
    return (0, 0), (width, 0), (width, height), (0, height)


def check_size(size: tuple[int, int]) -> None:
    """Raise BadRequest for a picture of more than MOST_PIXELS."""
    if size[0] * size[1] > MOST_PIXELS:
        raise BadRequest(
            f"The effect would make a picture of {size[0]} x {size[1]} pixels; expected at most {MOST_PIXELS:,} pixels"
        )


def _shrunk(image: Image.Image, outline: Sequence[Point]) -> tuple[Image.Image, Point]:
    """Scale down first what the projection makes clearly smaller: a bicubic kernel alone would skip pixels."""
    top, right, bottom, left = (np.hypot(*np.subtract(outline[at], outline[(at + 1) % 4])) for at in range(4))
    ratios = (max(top, bottom) / image.width, max(left, right) / image.height)
    wide, high = (
        max(1, round(length * ratio)) if ratio < _SMALLER else length
        for length, ratio in zip(image.size, ratios, strict=True)
    )
    small = image.resize((wide, high), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small, (wide / image.width, high / image.height)
