"""Where a window of a known size goes, by the plainest reading of the rules of gravity.

This is the measure's own geometry: the ideal crops come from here, and the `reference-geometry` that Keepsight is
compared with. It is written for being obviously right, not for speed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.crop_quality.boxes import Box, Size, hull, union_area, window_at
from benchmarks.crop_quality.windows import NOISE

_GRID_STEPS = 96
_EQUAL = 1e-9

Starts = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A box and how much it counts."""

    box: Box
    weight: float = 1.0


def start(line: int, window: int, wanted: float) -> int:
    """The whole start nearest to the wanted one, inside the line; ties go towards the centre, as mirroring asks."""
    free = line - window
    at = min(max(wanted, 0.0), free)
    below = math.floor(at + NOISE)
    if abs(at - below - 0.5) <= NOISE:
        return below + 1 if at < free / 2 - NOISE else below
    return min(max(math.floor(at + 0.5), 0), free)


def around(photo: Size, window: Size, box: Box) -> Box:
    """The window centred on a box as far as the photo's edges allow, and moved to show all of it if it fits."""
    x = _around(photo.width, window.width, box.left, box.right)
    y = _around(photo.height, window.height, box.top, box.bottom)
    return window_at(x, y, window)


def showing_most(photo: Size, window: Size, boxes: Sequence[Box]) -> Box:
    """The window that shows the largest area of the boxes, all of it if it can; then the nearest to their middle."""
    whole = hull(boxes)
    middle = around(photo, window, whole)
    if whole.width <= window.width and whole.height <= window.height:
        return middle
    # The area is piecewise linear along either axis: its maximum lies where an edge of a box meets one of the window.
    xs = _whole_starts([b.left for b in boxes] + [b.right - window.width for b in boxes], photo.width - window.width)
    ys = _whole_starts(
        [b.top for b in boxes] + [b.bottom - window.height for b in boxes], photo.height - window.height
    )
    places = [window_at(x, y, window) for x in xs | {int(middle.left)} for y in ys | {int(middle.top)}]

    def rank(place: Box) -> tuple[float, ...]:
        away = abs(place.left - middle.left) + abs(place.top - middle.top)
        return round(union_area(boxes, place)), -away, place.left, place.top

    return max(places, key=rank)


def least_shown(photo: Size, window: Size, boxes: Sequence[Box]) -> float:
    """The smallest area of the boxes, in square pixels, that any window of this size can get away with."""
    free_x, free_y = photo.width - window.width, photo.height - window.height
    xs = {min(max(x, 0), free_x) for b in boxes for x in (b.left - window.width, b.right)} | {0, free_x}
    ys = {min(max(y, 0), free_y) for b in boxes for y in (b.top - window.height, b.bottom)} | {0, free_y}
    return min(union_area(boxes, window_at(x, y, window)) for x in xs for y in ys)


def automatic(photo: Size, window: Size, keep: Sequence[Weighed] = (), avoid: Sequence[Weighed] = ()) -> Box:
    """The best window by rules in order: most kept, least avoided, nearest to what is kept, or to the middle.

    Kept shares count squared (one whole object beats two halves), avoided ones by their root (nothing at all beats a
    slice).
    """
    boxes = [w.box for w in (*keep, *avoid)]
    xs = _candidates(photo.width, window.width, [(b.left, b.right) for b in boxes])
    ys = _candidates(photo.height, window.height, [(b.top, b.bottom) for b in boxes])
    alive = np.ones((len(ys), len(xs)), dtype=np.bool_)
    for targets, power, sign in ((keep, 2.0, 1.0), (avoid, 0.5, -1.0)):
        scores = np.zeros(alive.shape)
        for target in targets:
            scores += sign * target.weight * _shares(target.box, xs, ys, window) ** power
        alive &= scores >= scores[alive].max() - _EQUAL
    subject = hull(w.box for w in keep) if keep else Box(0, 0, photo.width, photo.height)
    away = _distance(xs, ys, window, subject.centre) + 1e-6 * _distance(
        xs, ys, window, (photo.width / 2, photo.height / 2)
    )
    row, column = divmod(int(np.where(alive, away, np.inf).argmin()), len(xs))
    return window_at(int(xs[column]), int(ys[row]), window)


def _around(line: int, window: int, low: float, high: float) -> int:
    wanted = start(line, window, (low + high) / 2 - window / 2)
    first, last = max(0, math.ceil(high - NOISE) - window), min(line - window, math.floor(low + NOISE))
    return min(max(wanted, first), last) if first <= last else wanted


def _whole_starts(wanted: Iterable[float], free: int) -> set[int]:
    return {min(max(round(at), 0), free) for at in wanted}


def _candidates(line: int, window: int, stretches: Iterable[tuple[float, float]]) -> Starts:
    """An even grid from both ends, the middle, and every start at which an edge of a box meets one of the window."""
    free = line - window
    step = max(1, free // _GRID_STEPS)
    starts = {0, free, free // 2, (free + 1) // 2, *range(0, free + 1, step), *range(free, -1, -step)}
    for low, high in stretches:
        inner, outer = math.floor(low + NOISE), math.ceil(high - NOISE)
        exact = (inner, outer, inner - window, outer - window)
        starts |= {min(max(at, 0), free) for at in exact} | {start(line, window, (low + high) / 2 - window / 2)}
    return np.array(sorted(starts), dtype=np.float64)


def _shares(box: Box, xs: Starts, ys: Starts, window: Size) -> NDArray[np.float64]:
    """(ys, xs): the share of a box that the window shows from each start."""
    across = np.clip(np.minimum(xs + window.width, box.right) - np.maximum(xs, box.left), 0, None)
    down = np.clip(np.minimum(ys + window.height, box.bottom) - np.maximum(ys, box.top), 0, None)
    return np.outer(down, across) / box.area


def _distance(xs: Starts, ys: Starts, window: Size, point: tuple[float, float]) -> NDArray[np.float64]:
    """(ys, xs): square of the distance from the middle of the window to a point, in pixels."""
    return np.add.outer((ys + window.height / 2 - point[1]) ** 2, (xs + window.width / 2 - point[0]) ** 2)
