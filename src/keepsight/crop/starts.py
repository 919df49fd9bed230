"""Which starts of a window, along one axis, are worth looking at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from keepsight.crop.box import Box

Starts = NDArray[np.int64]
"""Ascending whole pixels, each once."""
Edges = NDArray[np.float64]
"""(boxes, 2): the low and the high edge of each box along the axis."""


def spread(first: int, last: int, steps: int) -> Starts:
    """About `steps` starts, evenly from `first` to `last`, laid out from both ends so that a mirror maps them."""
    stride = max(1, -(-(last - first) // steps))
    forward = np.arange(first, last + 1, stride)
    return ascending(forward, first + last - forward)


def ascending(*several: Starts) -> Starts:
    """The starts of all, in order and each once; for so few of them a fifth of the time of numpy's set functions."""
    merged = np.sort(np.concatenate(several))
    new = np.ones(len(merged), dtype=np.bool_)
    np.not_equal(merged[1:], merged[:-1], out=new[1:])
    return merged[new]


def turning_points(window: int, edges: Edges, wanted: Sequence[float]) -> Starts:
    """The whole pixels around every start at which a box begins or ceases to be cut, and around those `wanted`.

    Between two turning points the visible share of every box is linear in the start. A sum of its squares is largest,
    and a sum of its roots smallest, at one end: with these starts the search is exact and not only dense.
    """
    exact = np.concatenate([edges.ravel(), edges.ravel() - window, np.asarray(wanted, dtype=np.float64)])
    return ascending(np.floor(exact).astype(np.int64), np.ceil(exact).astype(np.int64))


def edges_of(boxes: Sequence[Box]) -> tuple[Edges, Edges]:
    """The horizontal and the vertical edges of boxes."""
    edges = np.array([(box.left, box.right, box.top, box.bottom) for box in boxes], dtype=np.float64).reshape(-1, 4)
    return edges[:, :2], edges[:, 2:]
