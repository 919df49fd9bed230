"""The visible key points of one person, and how large that person is in the picture.

Points and directions are complex numbers, x + y·i, in px with y downwards: a quarter turn is a product with i.
Lengths of the body are told in head heights (chin to crown, .130 of the stature); the other shares of the stature
are those of Drillis and Contini, "Body Segment Parameters" (1966), tables of an average adult.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

from keepsight.detect.detector import Detection, Region

POINTS = (
    "nose",
    *("left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow"),
    *("right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee"),
    *("left_ankle", "right_ankle"),
)
"""The key points of COCO in their order; left and right are the person's own."""
VISIBLE = 0.5
"""Visibility from which a key point counts. Decided: more likely seen than not."""
UP = -1j

_HEAD_SPANS = {
    ("left_ear", "right_ear"): 0.68,  # seen from the front or from behind
    ("left_eye", "right_eye"): 0.29,  # from the front
    ("nose", "left_ear"): 0.6,  # in profile
    ("nose", "right_ear"): 0.6,
    ("left_eye", "left_ear"): 0.48,
    ("right_eye", "right_ear"): 0.48,
}
"""Distances within a head, in head heights, each from the side where it is longest. Decided, from an average adult."""
_BODY_SPANS = {
    ("left_shoulder", "right_shoulder"): 1.7,
    ("left_shoulder", "left_hip"): 2.2,
    ("right_shoulder", "right_hip"): 2.2,
    ("left_shoulder", "left_elbow"): 1.43,
    ("right_shoulder", "right_elbow"): 1.43,
    ("left_elbow", "left_wrist"): 1.12,
    ("right_elbow", "right_wrist"): 1.12,
    ("left_hip", "left_knee"): 1.88,
    ("right_hip", "right_knee"): 1.88,
    ("left_knee", "left_ankle"): 1.89,
    ("right_knee", "right_ankle"): 1.89,
}
"""Lengths of the body in head heights of an adult: shares of the stature over .130."""
_HEAD_TO_BODY = (0.6, 2.0)
"""Smallest and largest head against what the body makes expect; a toddler's is nearly twice as large."""


@dataclass(frozen=True, slots=True)
class Skeleton:
    """One person in px of the picture."""

    confidence: float
    left: float
    top: float
    right: float
    bottom: float
    """The box around the person; every part lies inside."""
    points: Mapping[str, complex]
    """The visible key points by name."""
    visibilities: Mapping[str, float]
    """Of the visible key points; 0..1."""
    head: float | None
    """Height of the head, px; None when too little of the person is visible to tell."""
    body: float | None
    """Height of the head that an adult with this body would have, px: the unit for torso and limbs."""

    def __contains__(self, name: str) -> bool:
        return name in self.points

    def middle(self, *names: str) -> complex | None:
        """The mean of those of the named points that are visible; None without any."""
        points = [self.points[name] for name in names if name in self.points]
        return sum(points) / len(points) if points else None


def skeleton_of(person: Detection, size: tuple[int, int]) -> Skeleton:
    """The skeleton in a detection with key points, in a picture of `size` (width, height) px."""
    width, height = size
    seen = {n: p for n, p in zip(POINTS, person.keypoints, strict=True) if p.visibility >= VISIBLE}
    points = {name: complex(point.x * width, point.y * height) for name, point in seen.items()}
    box: Region = person.region
    body = max(_estimates(points, _BODY_SPANS), default=None)
    # Seen from any other side a distance is shorter, never longer: the largest estimate is the best one.
    head = max(_estimates(points, _HEAD_SPANS), default=body)
    if head is not None and body is not None:
        smallest, largest = _HEAD_TO_BODY
        head = min(max(head, smallest * body), largest * body)
    return Skeleton(
        person.confidence,
        box.x * width,
        box.y * height,
        (box.x + box.width) * width,
        (box.y + box.height) * height,
        points,
        {name: point.visibility for name, point in seen.items()},
        head,
        body or head,
    )


def direction(start: complex, end: complex) -> complex | None:
    """The unit vector from one point to another; None when they coincide."""
    length = abs(end - start)
    return (end - start) / length if length > 0 else None


def around(centre: complex, up: complex, half_width: float, half_height: float) -> Iterator[complex]:
    """The corners of a rectangle whose upper side looks along the unit vector `up`."""
    across = up * 1j
    for x, y in ((-1, -1), (-1, 1), (1, -1), (1, 1)):
        yield centre + x * half_width * across + y * half_height * up


def discs(radius: float, *centres: complex) -> Iterator[complex]:
    """Points whose bounding box is that of discs around the centres."""
    return chain.from_iterable(around(centre, UP, radius, radius) for centre in centres)


def _estimates(points: Mapping[str, complex], spans: Mapping[tuple[str, str], float]) -> Iterator[float]:
    for (start, end), heads in spans.items():
        if start in points and end in points and points[start] != points[end]:
            yield abs(points[end] - points[start]) / heads
