"""Which starts of a window, along one axis, are worth looking at."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from keepsight.crop.line import Span

Starts = NDArray[np.int64]
"""Ascending whole pixels, each once."""
Edges = NDArray[np.float64]
"""(boxes, 2): the low and the high edge of each box along the axis."""


def spread(first: int, last: int, steps: int) -> Starts:
    """About `steps` starts, evenly from `first` to `last`, laid out from both ends so that a mirror maps them."""
    stride = max(1, -(-(last - first) // steps))
    forward = np.arange(first, last + 1, stride)
    return np.union1d(forward, first + last - forward)


def turning_points(window: int, edges: Edges, wanted: Sequence[float]) -> Starts:
    """The whole pixels around every start at which a box begins or ceases to be cut, and around those `wanted`.

    Between two turning points the visible share of every box is linear in the start. A sum of its squares is largest,
    and a sum of its roots smallest, at one end: with these starts the search is exact and not only dense.
    """
    exact = np.concatenate([edges.ravel(), edges.ravel() - window, np.asarray(wanted, dtype=np.float64)])
    return np.union1d(np.floor(exact), np.ceil(exact)).astype(np.int64)


def edges_of(spans: Sequence[Span]) -> Edges:
    """Spans as an array of floats, which hold them exactly once they are clipped to a picture."""
    return np.array([(float(span.low), float(span.high)) for span in spans]).reshape(-1, 2)
