"""The best place for a window under automatic gravity.

What is asked for by name comes first, then what is to be avoided, then a wide berth around the one and room around
the other, then importance, then the middle: each rule only
chooses among the places that all rules before it find equally good.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from keepsight.crop.anchor import Target
from keepsight.crop.box import Size
from keepsight.crop.candidates import candidates
from keepsight.crop.scene import Scene
from keepsight.crop.starts import Edges, Starts, edges_of

_EQUAL = 1e-9  # on scores of 0..1
_EQUAL_DISTANCE = 1e-6  # on squared pixels
_THIRDS_BONUS = 0.05

Scores = NDArray[np.float64]
"""(ys, xs), larger is better."""


def best_start(scene: Scene, window: Size) -> tuple[int, int]:
    """x and y of the best window of this size, which is no larger than the source."""
    xs, ys = candidates(scene, window)
    alive = np.ones((len(ys), len(xs)), dtype=np.bool_)
    for scores, tolerance in _rules(scene, window, xs, ys):
        alive &= scores >= scores[alive].max() - tolerance
        if np.count_nonzero(alive) == 1:  # no later rule can choose another: what it would look at is not made
            break
    row, column = divmod(int(alive.argmax()), len(xs))
    return int(xs[column]), int(ys[row])


def _rules(scene: Scene, window: Size, xs: Starts, ys: Starts) -> Iterator[tuple[Scores, float]]:
    if scene.keep:
        # Squares: one whole object beats two halves.
        yield _shown(scene.keep, window, xs, ys, power=2.0), _EQUAL
    if scene.avoid:
        # Roots: nothing at all beats a slice.
        yield -_shown(scene.avoid, window, xs, ys, power=0.5), _EQUAL
    if scene.berth:
        yield -_shown(scene.berth, window, xs, ys, power=0.5), _EQUAL
    if scene.air:
        yield _shown(scene.air, window, xs, ys, power=2.0), _EQUAL
    if scene.mass is not None or scene.thirds:
        yield _importance(scene, window, xs, ys), _EQUAL
    middle_x, middle_y = xs + window.width / 2, ys + window.height / 2
    if scene.focus is not None:
        x, y = scene.focus.centre
        yield -np.add.outer((middle_y - y) ** 2, (middle_x - x) ** 2), _EQUAL_DISTANCE
    x, y = scene.source.width / 2, scene.source.height / 2
    yield -np.add.outer((middle_y - y) ** 2, (middle_x - x) ** 2), _EQUAL_DISTANCE


def _shown(targets: tuple[Target, ...], window: Size, xs: Starts, ys: Starts, power: float) -> Scores:
    """Sum of weight times visible share to a power; as a share is a product over the axes, a matrix product."""
    weights = np.array([target.weight for target in targets])
    x_edges, y_edges = edges_of([target.box for target in targets])
    across = _visible(x_edges, xs, window.width) ** power
    down = _visible(y_edges, ys, window.height) ** power
    scores: Scores = (down * weights[:, np.newaxis]).T @ across
    return scores


def _visible(edges: Edges, starts: Starts, window: int) -> NDArray[np.float64]:
    """(boxes, starts): the share 0..1 of each box's side that the window shows."""
    low, high = edges[:, :1], edges[:, 1:]
    shown = np.minimum(starts + window, high) - np.maximum(starts, low)
    shares: NDArray[np.float64] = np.maximum(shown, 0.0) / (high - low)
    return shares


def _importance(scene: Scene, window: Size, xs: Starts, ys: Starts) -> Scores:
    held = np.zeros((len(ys), len(xs))) if scene.mass is None else scene.mass.held(xs, ys, window)
    if scene.thirds and scene.subject is not None:
        x, y = scene.subject
        across, down = _near_third((x - xs) / window.width), _near_third((y - ys) / window.height)
        held = held + _THIRDS_BONUS * np.add.outer(down, across) / 2
    return held


def _near_third(place: NDArray[np.float64]) -> NDArray[np.float64]:
    """1 on a line of thirds, 0 in the middle and from half-way to the edge on; `place` is 0..1 across the window."""
    return np.maximum(0.0, 1.0 - 6.0 * np.minimum(np.abs(place - 1 / 3), np.abs(place - 2 / 3)))
