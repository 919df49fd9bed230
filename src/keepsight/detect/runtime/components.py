"""Connected components of a mask, without OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Component:
    """Pixels that touch each other at a side or a corner; all in px."""

    left: float
    top: float
    right: float
    bottom: float
    """Right and bottom are one past the last pixel."""
    length: float
    breadth: float
    """Sides of the smaller of two rectangles around it: the upright one, and the one along its main axis."""
    total: float
    """Sum of the values at its pixels."""


def components(mask: NDArray[np.bool_], values: NDArray[np.float32]) -> tuple[Component, ...]:
    """The components of `mask`, from top to bottom, with the totals of `values`; both of shape (height, width).

    Works on runs of pixels in a row: the loop is over runs that touch, not over pixels.
    """
    padded = np.pad(mask.astype(np.int8), ((0, 0), (1, 1)))
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    if not len(rows):
        return ()
    _, owner = np.unique(_joined(rows, starts, ends), return_inverse=True)
    sums = np.pad(values.astype(np.float64).cumsum(axis=1), ((0, 0), (1, 0)))
    totals = np.bincount(owner, sums[rows, ends] - sums[rows, starts])
    angles = _main_axes(rows, starts, ends, owner)
    left, right, top, bottom = _extents(rows, starts, ends, owner, np.zeros_like(angles))
    low, high, near, far = _extents(rows, starts, ends, owner, angles)
    upright, tilted = np.stack((right - left, bottom - top)), np.stack((high - low, far - near))
    sides = np.where(tilted.prod(axis=0) < upright.prod(axis=0), tilted, upright)
    boxes = np.stack((left, top, right, bottom, *sides, totals)).T
    return tuple(Component(*box) for box in boxes.tolist())


def _main_axes(rows: Indices, starts: Indices, ends: Indices, owner: Indices) -> NDArray[np.float64]:
    """The angle of each component's longest extent, in radians, from the second moments of its pixels."""
    lengths = (ends - starts).astype(np.float64)
    middles, down = (starts + ends) / 2, rows + 0.5
    pixels = np.bincount(owner, lengths)
    x = middles - (np.bincount(owner, lengths * middles) / pixels)[owner]
    y = down - (np.bincount(owner, lengths * down) / pixels)[owner]
    xx = np.bincount(owner, lengths * (x**2 + lengths**2 / 12))
    yy = np.bincount(owner, lengths * (y**2 + 1 / 12))
    xy = np.bincount(owner, lengths * x * y)
    result: NDArray[np.float64] = np.arctan2(2 * xy, xx - yy) / 2
    return result


def _extents(
    rows: Indices, starts: Indices, ends: Indices, owner: Indices, angles: NDArray[np.float64]
) -> tuple[NDArray[np.float64], ...]:
    """Least and greatest coordinate of each component along its angle, then across it."""
    cosine, sine = np.cos(angles)[owner], np.sin(angles)[owner]
    xs, ys = np.stack((starts, ends, starts, ends)), np.stack((rows, rows, rows + 1, rows + 1))
    limits = []
    for places in (xs * cosine + ys * sine, ys * cosine - xs * sine):
        least, greatest = np.full(len(angles), np.inf), np.full(len(angles), -np.inf)
        np.minimum.at(least, owner, places.min(axis=0))
        np.maximum.at(greatest, owner, places.max(axis=0))
        limits += [least, greatest]
    return tuple(limits)


def _joined(rows: Indices, starts: Indices, ends: Indices) -> Indices:
    """For each run the number of the first run of its component; runs are in the order of rows, then columns."""
    parent = list(range(len(rows)))

    def root(run: int) -> int:
        while parent[run] != run:
            parent[run] = run = parent[parent[run]]
        return run

    first_of_row = np.searchsorted(rows, np.arange(int(rows[-1]) + 2))
    row_of, begin, end = rows.tolist(), starts.tolist(), ends.tolist()
    bounds = first_of_row.tolist()
    for run, row in enumerate(row_of):
        if row == 0:
            continue
        for above in range(bounds[row - 1], bounds[row]):
            if begin[above] > end[run]:
                break
            if end[above] >= begin[run]:  # touching at a corner is enough
                low, high = sorted((root(above), root(run)))
                parent[high] = low
    return np.array([root(run) for run in range(len(parent))], dtype=np.intp)
