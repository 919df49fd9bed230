"""The importance map: where a picture is worth looking at, without any model.

Contrast against the border of the picture (a subject differs from what surrounds it), edges and saturation, blurred,
with a slight preference for the centre so that a flat picture gives the centre.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from keepsight.crop.box import Box, Size
from keepsight.crop.frame import Frame

Map = NDArray[np.float32]

VERSION = 2
"""Part of the key of derived images: raise it when the map changes."""
LONG_SIDE = 192
"""Cells along the longer side: a window is placed to half a percent."""
_BORDER = 0.06
_BLUR = 0.04
_CENTRE_SHARE = 0.05


def importance_map(picture: Image.Image) -> Map:
    """Importance of an upright RGB picture: float32 (rows, columns), non-negative, sum 1, at most LONG_SIDE long."""
    scale = LONG_SIDE / max(picture.size)
    size = (max(8, round(picture.width * scale)), max(8, round(picture.height * scale)))
    small = np.asarray(picture.resize(size, Image.Resampling.BOX))
    # A plane for each colour: sums and differences along rows of three take several times as long.
    rgb = np.divide(small.transpose(2, 0, 1), 255, dtype=np.float32, order="C")
    parts = (0.5, _border_contrast(rgb)), (0.35, _edges(rgb)), (0.15, _saturation(rgb))
    combined = sum((share * _unit_sum(part) for share, part in parts), np.zeros(rgb.shape[1:], np.float32))
    blurred = _blur(combined, max(1, round(_BLUR * max(size))))
    return _unit_sum((1 - _CENTRE_SHARE) * _unit_sum(blurred) + _CENTRE_SHARE * _unit_sum(_centre(blurred.shape)))


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that draws attention: a rectangle in fractions of the picture, and how much it counts."""

    x: float
    y: float
    width: float
    height: float
    weight: float


def with_subjects(importance: Map, things: Iterable[Thing], share: float) -> Map:
    """Mix in the things that a detector saw: `share` of the mass, each spread evenly over its box. Sum stays 1."""
    return _mixed(importance, things, share, _covered)


def with_faces(importance: Map, faces: Iterable[Thing], share: float) -> Map:
    """Mix in a Gaussian per face: `share` of the mass. Sum stays 1."""
    return _mixed(importance, faces, share, _bell)


Profile = Callable[[int, float, float], Map]
"""Of a thing along an axis: the number of cells, where it begins and how long it is, in fractions of the axis."""


def _mixed(importance: Map, things: Iterable[Thing], share: float, profile: Profile) -> Map:
    """Each thing is the product of its profiles along both axes, so that all of them are one matrix product."""
    things = tuple(things)
    if not things:
        return importance
    rows, columns = importance.shape
    across = np.stack([_unit_sum(profile(columns, t.x, t.width)) for t in things])
    down = np.stack([_unit_sum(profile(rows, t.y, t.height)) for t in things])
    weights = np.array([t.weight for t in things], dtype=np.float32)
    down *= (share * weights / (weights.sum() or 1.0))[:, np.newaxis]
    return (1 - share) * importance + down.T @ across


def _covered(cells: int, start: float, length: float) -> Map:
    """How much of each cell a thing covers."""
    left = np.arange(cells, dtype=np.float32)
    low, high = start * cells, (start + length) * cells
    return np.asarray(np.clip(np.minimum(left + 1, high) - np.maximum(left, low), 0, 1), dtype=np.float32)


def _bell(cells: int, start: float, length: float) -> Map:
    """A Gaussian in the middle of a thing, half as wide as it is long."""
    middles = (np.arange(cells, dtype=np.float32) + 0.5) / cells
    return np.asarray(np.exp(-0.5 * ((middles - start - length / 2) / max(length / 2, 1e-3)) ** 2), dtype=np.float32)


def seen_through(importance: Map, size: Size, frame: Frame) -> Map:
    """The part of the map that a later picture of a chain shows; `size` is that of the original."""
    if frame == Frame(size):
        return importance
    scale = LONG_SIDE / max(frame.size.width, frame.size.height)
    height, width = max(1, round(frame.size.height * scale)), max(1, round(frame.size.width * scale))
    ys = (np.arange(height) + 0.5) * frame.size.height / height
    xs = (np.arange(width) + 0.5) * frame.size.width / width
    # The map between the pictures is axis-aligned: one coordinate of the original depends on one coordinate here.
    centre = frame.size.width / 2, frame.size.height / 2
    along_x = [frame.to_original(Box(float(x), centre[1], float(x), centre[1])) for x in xs]
    along_y = [frame.to_original(Box(centre[0], float(y), centre[0], float(y))) for y in ys]
    turned = frame.xx == 0
    across = np.array([b.top if turned else b.left for b in along_x])
    down = np.array([b.left if turned else b.top for b in along_y])
    grid = importance.T if turned else importance
    across *= grid.shape[1] / (size.height if turned else size.width)
    down *= grid.shape[0] / (size.width if turned else size.height)
    inside = np.outer((down >= 0) & (down < grid.shape[0]), (across >= 0) & (across < grid.shape[1]))
    cells = grid[
        np.clip(down.astype(int), 0, grid.shape[0] - 1)[:, None], np.clip(across.astype(int), 0, grid.shape[1] - 1)
    ]
    return _unit_sum(np.where(inside, cells, 0).astype(np.float32))


def pack(importance: Map) -> bytes:
    """Into bytes for the analysis cache: rows and columns as 2 bytes each, then one byte a cell."""
    top = float(importance.max()) or 1.0
    head = np.array(importance.shape, dtype="<u2").tobytes()
    return head + np.round(importance * (255.0 / top)).astype(np.uint8).tobytes()


def unpack(data: bytes) -> Map:
    """The map of `pack`, to 1/255 of its peak, sum 1."""
    rows, columns = np.frombuffer(data[:4], dtype="<u2")
    cells = np.frombuffer(data[4:], dtype=np.uint8).reshape(int(rows), int(columns))
    return _unit_sum(cells.astype(np.float32))


def _border_contrast(rgb: Map) -> Map:
    """Mahalanobis distance of each pixel's colour from the colours along the border; `rgb` is (3, rows, columns)."""
    colours, rows, columns = rgb.shape
    depth = max(2, round(_BORDER * min(rows, columns)))
    middle = rgb[:, depth:-depth]
    strips = rgb[:, :depth], rgb[:, -depth:], middle[:, :, :depth], middle[:, :, -depth:]
    border = np.concatenate([strip.reshape(colours, -1) for strip in strips], axis=1)
    covariance = np.cov(border) + 1e-3 * np.eye(colours)
    # With C C' = the inverse, the distance is the length of C' times the difference.
    whitening = np.linalg.cholesky(np.linalg.inv(covariance)).astype(np.float32)
    off = whitening.T @ (rgb.reshape(colours, -1) - border.mean(axis=1, keepdims=True))
    off *= off
    return np.asarray(np.sqrt(off.sum(axis=0)), dtype=np.float32).reshape(rows, columns)


def _edges(rgb: Map) -> Map:
    red, green, blue = rgb
    luma = np.float32(0.299) * red + np.float32(0.587) * green + np.float32(0.114) * blue
    down, across = np.gradient(luma)
    return np.asarray(np.sqrt(down * down + across * across), dtype=np.float32)


def _saturation(rgb: Map) -> Map:
    red, green, blue = rgb  # maxima along an axis of three take ten times as long
    high = np.maximum(np.maximum(red, green), blue)
    low = np.minimum(np.minimum(red, green), blue)
    return np.asarray((high - low) / np.maximum(high, 0.2), dtype=np.float32)


def _centre(shape: tuple[int, ...]) -> Map:
    down, across = (np.linspace(-1, 1, n, dtype=np.float32) for n in shape)
    return np.asarray(np.exp(-np.add.outer(down**2, across**2)), dtype=np.float32)


def _blur(values: Map, radius: int) -> Map:
    """Two box blurs, close to a Gaussian; edges repeat."""
    for _ in range(2):
        values = _box_blur(_box_blur(values, radius).T, radius).T
    return values


def _box_blur(values: Map, radius: int) -> Map:
    """The mean of the 2 radius + 1 rows around each."""
    width = 2 * radius + 1
    first, last = (np.repeat(row, radius, axis=0) for row in (values[:1], values[-1:]))
    return _neighbours(np.concatenate((first, values, last)), width) * np.float32(1 / width)


def _neighbours(values: Map, count: int) -> Map:
    """The sum of `count` rows from each on, as long as there are so many; a few sums of whole pictures by doubling."""
    rows = len(values) - count + 1
    runs, length = values, 1  # the sums of `length` rows from each on
    total, summed = np.zeros_like(values[:rows]), 0
    while True:
        if count & length:
            total += runs[summed : summed + rows]
            summed += length
        if 2 * length > count:
            return total
        runs = runs[:-length] + runs[length:]
        length *= 2


def _unit_sum(values: Map) -> Map:
    total = float(values.sum())
    if total <= 0:
        return np.full(values.shape, 1.0 / values.size, dtype=np.float32)
    return (values / total).astype(np.float32)
