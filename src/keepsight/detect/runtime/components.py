"""Connected components of a mask, without OpenCV."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Component:
    """Pixels that touch each other at a side or a corner."""

    left: int
    top: int
    right: int
    bottom: int
    """Px; right and bottom are one past the last pixel."""
    mean: float
    """Of the values at its pixels."""


def components(mask: NDArray[np.bool_], values: NDArray[np.float32]) -> tuple[Component, ...]:
    """The components of `mask`, from top to bottom, with the means of `values`; both of shape (height, width).

    Works on runs of pixels in a row: the loop is over runs that touch, not over pixels.
    """
    height, width = mask.shape
    padded = np.zeros((height, width + 2), dtype=np.int8)
    padded[:, 1:-1] = mask
    steps = np.diff(padded, axis=1)
    rows, starts = np.nonzero(steps == 1)
    ends = np.nonzero(steps == -1)[1]
    if not len(rows):
        return ()
    owner = _joined(rows, starts, ends)
    sums = np.pad(values.astype(np.float64).cumsum(axis=1), ((0, 0), (1, 0)))
    totals = np.bincount(owner, sums[rows, ends] - sums[rows, starts])
    pixels = np.bincount(owner, ends - starts)
    lowest = np.full((2, len(pixels)), max(mask.shape))
    highest = np.zeros((2, len(pixels)), dtype=np.intp)
    for axis, (first, last) in enumerate(((starts, ends), (rows, rows + 1))):
        np.minimum.at(lowest[axis], owner, first)
        np.maximum.at(highest[axis], owner, last)
    sides = np.vstack((lowest, highest)).T.tolist()
    return tuple(
        Component(left, top, right, bottom, float(totals[index] / pixels[index]))
        for index, (left, top, right, bottom) in enumerate(sides)
        if pixels[index]
    )


def _joined(rows: NDArray[np.intp], starts: NDArray[np.intp], ends: NDArray[np.intp]) -> NDArray[np.intp]:
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
