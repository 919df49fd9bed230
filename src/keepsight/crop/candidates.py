"""The places for a window that a search has to compare: few enough to be quick, and never without the best."""

from __future__ import annotations

import numpy as np

from keepsight.crop.box import Box, Size
from keepsight.crop.line import keep
from keepsight.crop.scene import Scene
from keepsight.crop.starts import Starts, ascending, edges_of, spread, turning_points

_STEPS_ON_TWO_AXES = 64
_STEPS_ON_ONE_AXIS = 4096
_MOST_BOXES = 24  # of a kind, heaviest first, that bring their own turning points


def candidates(scene: Scene, window: Size) -> tuple[Starts, Starts]:
    """The xs and the ys to combine: an even grid, every turning point, and the places that other rules long for.

    Where the window can move along one axis only, every start of lines up to 4096 px is a candidate.
    """
    kinds = scene.keep, scene.avoid, scene.air, scene.berth
    boxes = [target.box for targets in kinds for target in targets[:_MOST_BOXES]]
    source, focus, subject = scene.source, scene.focus, scene.subject
    x_range, y_range = _ranges(source, window, focus)
    x_wanted = _wanted(window.width, source.width / 2, None if subject is None else subject[0], scene.thirds)
    y_wanted = _wanted(window.height, source.height / 2, None if subject is None else subject[1], scene.thirds)
    x_edges, y_edges = edges_of(boxes)
    across, down = x_range[0] < x_range[1], y_range[0] < y_range[1]
    xs = _along(x_range, turning_points(window.width, x_edges, x_wanted), not down) if across else _only(x_range)
    ys = _along(y_range, turning_points(window.height, y_edges, y_wanted), not across) if down else _only(y_range)
    return xs, ys


def _ranges(source: Size, window: Size, focus: Box | None) -> tuple[tuple[int, int], tuple[int, int]]:
    """First and last x and y to consider: of the windows that show all of the focus if there are any, else of all.

    A focus that fits along one axis only binds neither: part of it may be given up for what counts more, and is then
    no reason to stay.
    """
    if focus is not None:
        x_range = keep(source.width, window.width, focus.horizontal)
        y_range = keep(source.height, window.height, focus.vertical)
        if x_range is not None and y_range is not None:
            return x_range, y_range
    return (0, source.width - window.width), (0, source.height - window.height)


def _wanted(window: int, middle: float, subject: float | None, thirds: bool) -> list[float]:
    """Starts that put the middle of the picture and the subject in the middle, and the subject on a line of thirds."""
    wanted = [middle - window / 2]
    if subject is not None:
        wanted += [subject - window * share for share in ((1 / 3, 1 / 2, 2 / 3) if thirds else (1 / 2,))]
    return wanted


def _only(bounds: tuple[int, int]) -> Starts:
    return np.array(bounds[:1], dtype=np.int64)


def _along(bounds: tuple[int, int], points: Starts, alone: bool) -> Starts:
    even = spread(*bounds, _STEPS_ON_ONE_AXIS if alone else _STEPS_ON_TWO_AXES)
    return ascending(even, np.clip(points, *bounds))
