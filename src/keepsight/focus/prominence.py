"""Which of several instances matters most."""

from __future__ import annotations

import math

from keepsight.detect.detector import Detection


def prominence(detection: Detection) -> float:
    """P = confidence * sqrt(area) * (1 - d / 2) * (1 + S) / 2, above 0.

    Larger, more central and sharper instances win, as the add-on's documentation says; the formula is ours. `area` is
    the share of the picture, d the distance of the centres over half the diagonal, each axis normalised, S the
    sharpness.
    """
    region = detection.region
    dx = 2 * (region.x + region.width / 2) - 1
    dy = 2 * (region.y + region.height / 2) - 1
    distance = math.hypot(dx, dy) / math.sqrt(2)
    area = region.width * region.height
    return detection.confidence * math.sqrt(area) * (1 - distance / 2) * (0.5 + detection.sharpness / 2)


def most_prominent(detections: tuple[Detection, ...]) -> Detection:
    """The most prominent of at least one; ties go to the larger, the surer, then the more central one."""

    def rank(d: Detection) -> tuple[float, ...]:
        r = d.region
        off_centre = math.hypot(r.x + r.width / 2 - 0.5, r.y + r.height / 2 - 0.5)
        return prominence(d), r.width * r.height, d.confidence, -off_centre, -r.x, -r.y

    return max(detections, key=rank)
