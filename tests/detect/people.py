"""People drawn by hand: key points in px, as a pose model would give them."""

from __future__ import annotations

from keepsight.detect.body import POINTS
from keepsight.detect.detector import Detection, Keypoint, Region

SIZE = (400, 900)
# An adult of 770 px who faces the camera: heads of 100 px. Their left side is on the right of the picture.
FRONT = {
    "nose": (200, 120),
    "left_eye": (214, 100),
    "right_eye": (186, 100),
    "left_ear": (234, 102),
    "right_ear": (166, 102),
    "left_shoulder": (285, 190),
    "right_shoulder": (115, 190),
    "left_elbow": (300, 330),
    "right_elbow": (100, 330),
    "left_wrist": (310, 440),
    "right_wrist": (90, 440),
    "left_hip": (245, 410),
    "right_hip": (155, 410),
    "left_knee": (250, 600),
    "right_knee": (150, 600),
    "left_ankle": (255, 785),
    "right_ankle": (145, 785),
}
FACE = ("nose", "left_eye", "right_eye")
BOX = (50.0, 40.0, 350.0, 840.0)

Points = dict[str, tuple[float, float]]


def person(
    points: Points, *, confidence: float = 0.9, box: tuple[float, float, float, float] = BOX, faint: str = ""
) -> Detection:
    """A detection with these key points; `faint` is one that is half visible, the others that are missing are not."""
    width, height = SIZE
    keypoints = []
    for name in POINTS:
        x, y = points.get(name, (0, 0))
        visibility = 0.0 if name not in points else 0.6 if name == faint else 1.0
        keypoints.append(Keypoint(x / width, y / height, visibility))
    x0, y0, x1, y1 = box
    region = Region(x0 / width, y0 / height, (x1 - x0) / width, (y1 - y0) / height)
    return Detection("person", confidence, region, keypoints=tuple(keypoints))


def without(*names: str) -> Points:
    return {name: place for name, place in FRONT.items() if name not in names}


def mirrored(points: Points) -> Points:
    """The picture mirrored: what was their left side looks like their right side."""
    swap = {"left": "right", "right": "left"}
    return {
        "_".join(swap.get(part, part) for part in name.split("_")): (SIZE[0] - x, y) for name, (x, y) in points.items()
    }
