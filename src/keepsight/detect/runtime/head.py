"""From what the head of a YOLO network puts out to boxes, alike for every runtime."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from keepsight.errors import ModelError

IOU = 0.7
"""Overlap above which two boxes of a class are one thing; what Ultralytics predicts with."""
MAX_DETECTIONS = 300
EVERYTHING = -1.0
"""A floor below every confidence."""

Floats = NDArray[np.float32]


def candidates_of(output: Floats, classes: int, floor: float, *, end_to_end: bool, more: int | None = None) -> Floats:
    """Rows of x0, y0, x1, y1 in input px, confidence, class index, and whatever the head adds to a box.

    `output` is what the network says about one picture: (4 + classes + more, anchors) with boxes as centre and size,
    or, `end_to_end`, finished rows (boxes, 6 + more). `more` is None when it is not known. Rows come above `floor`, in
    descending confidence; those of a network that is not `end_to_end` are many for each thing.

    Raises ModelError when the network answers with another shape, with a class that has no name, or with something
    that is no number.
    """
    if output.ndim != 2 or (output.shape[1] < 6 if end_to_end else output.shape[0] <= 4):
        raise ModelError(f"the network answers in the shape {output.shape}, which is not that of a detector")
    told_apart = classes if end_to_end else output.shape[0] - 4 - (more or 0)
    if told_apart != classes and (more is not None or told_apart < classes):
        raise ModelError(f"the file names {classes} classes, but its head tells {told_apart} apart")
    rows = _finished(output, floor) if end_to_end else _anchors(output, classes, floor)
    if not np.isfinite(rows[:, :6]).all():
        raise ModelError("the network answers with something that is no number")
    if len(rows) and not 0 <= rows[:, 5].min() <= rows[:, 5].max() < classes:
        raise ModelError("the network answers with a class that has no name")
    return rows


def _finished(output: Floats, floor: float) -> Floats:
    # NaN is neither above the floor nor below it: it stays, to be noticed.
    rows = output[~(output[:, 4] <= floor)]
    return rows[np.argsort(-rows[:, 4], kind="stable")][:MAX_DETECTIONS]


def _anchors(output: Floats, classes: int, floor: float) -> Floats:
    """Anchors above the floor as rows with corners, confidence and class, in descending confidence."""
    scores = output[4 : 4 + classes]
    confidence = scores.max(axis=0)  # NaN among the scores makes NaN here
    chosen = np.flatnonzero(~(confidence <= floor))
    chosen = chosen[np.argsort(-confidence[chosen], kind="stable")]
    rows = np.empty((len(chosen), 6 + len(output) - 4 - classes), dtype=np.float32)
    x, y, width, height = output[:4, chosen]
    rows[:, 0], rows[:, 1], rows[:, 2], rows[:, 3] = x - width / 2, y - height / 2, x + width / 2, y + height / 2
    rows[:, 4] = confidence[chosen]
    rows[:, 5] = scores[:, chosen].argmax(axis=0)
    rows[:, 6:] = output[4 + classes :, chosen].T
    return rows


def suppressed(rows: Floats, iou: float = IOU) -> Floats:
    """One row a thing, at most MAX_DETECTIONS: greedy non-maximum suppression within each class.

    `rows` are candidates in descending confidence; the result is that of Ultralytics' `non_max_suppression`.
    """
    corners, classes = rows[:, :4], rows[:, 5]
    areas = (corners[:, 2] - corners[:, 0]) * (corners[:, 3] - corners[:, 1])
    kept: list[int] = []
    rest = np.arange(len(rows))
    while len(rest) and len(kept) < MAX_DETECTIONS:
        best, rest = rest[0], rest[1:]
        kept.append(int(best))
        low = np.maximum(corners[best, :2], corners[rest, :2])
        high = np.minimum(corners[best, 2:], corners[rest, 2:])
        sides = np.maximum(high - low, 0)
        shared = sides[:, 0] * sides[:, 1]
        # Multiplied out, so that boxes without an area divide nothing.
        same = shared > iou * (areas[best] + areas[rest] - shared)
        rest = rest[~(same & (classes[rest] == classes[best]))]
    return rows[kept]
