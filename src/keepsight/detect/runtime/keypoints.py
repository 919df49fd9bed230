"""Key points of a network, from its input to the picture."""

from __future__ import annotations

from collections.abc import Sequence

from keepsight.detect.detector import Keypoint
from keepsight.detect.runtime.letterbox import Letterbox


def keypoints_of(values: Sequence[float], letterbox: Letterbox) -> tuple[Keypoint, ...]:
    """The key points of one person from x, y, visibility, x, y, ... in px of the network's input.

    A point outside the picture is moved to its edge and counts as invisible: networks guess on beyond the edge.
    """
    points = []
    for x, y, visibility in zip(values[::3], values[1::3], values[2::3], strict=True):
        across = (x - letterbox.left) / letterbox.width
        down = (y - letterbox.top) / letterbox.height
        inside = 0 <= across <= 1 and 0 <= down <= 1
        seen = min(1.0, max(0.0, visibility)) if inside else 0.0
        points.append(Keypoint(min(1.0, max(0.0, across)), min(1.0, max(0.0, down)), seen))
    return tuple(points)
