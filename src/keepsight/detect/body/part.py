"""One part of a body before it becomes a detection."""

from __future__ import annotations

from dataclasses import dataclass

from keepsight.detect.body.skeleton import Skeleton
from keepsight.detect.detector import Detection, Region

LEFT_OVER = 0.25
"""Share of a part's box that has to be inside the person's box: the rest of it is cut off or was misjudged."""


@dataclass(frozen=True, slots=True)
class Part:
    """Where a part of the body ought to be, going by the key points it hangs on."""

    labels: tuple[str, ...]
    """Every name that it answers to, such as `left_hand` and `hand`."""
    outline: tuple[complex, ...]
    """Its box is the smallest one, upright, around these points."""
    keypoints: tuple[str, ...]
    """The key points without which it could not be told. It is as sure as the least visible of them."""


def on_side(side: str, name: str) -> tuple[str, str]:
    """The two names of a part that exists twice."""
    return f"{side}_{name}", name


def detections_of(part: Part, skeleton: Skeleton, size: tuple[int, int]) -> tuple[Detection, ...]:
    """One detection a label in a picture of `size` px; none when the part is not inside the person's box."""
    xs, ys = [point.real for point in part.outline], [point.imag for point in part.outline]
    left, right = max(min(xs), skeleton.left), min(max(xs), skeleton.right)
    top, bottom = max(min(ys), skeleton.top), min(max(ys), skeleton.bottom)
    whole = (max(xs) - min(xs)) * (max(ys) - min(ys))
    if right <= left or bottom <= top or (right - left) * (bottom - top) < LEFT_OVER * whole:
        return ()
    confidence = skeleton.confidence * min(skeleton.visibilities[name] for name in part.keypoints)
    width, height = size
    x, y = left / width, top / height
    region = Region(x, y, min((right - left) / width, 1 - x), min((bottom - top) / height, 1 - y))
    return tuple(Detection(label, confidence, region) for label in part.labels)
