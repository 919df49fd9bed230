"""Looking once more at a picture in which nothing was found: at its mirror image, and larger.

A network does not treat left and right alike and sees small things better in a larger picture. Measured on 62 photos
with boxes drawn by people, with the smallest network for COCO: of 26 classes that are there and were seen nowhere at a
confidence of .1, the second look finds 9 from that confidence on (5 in the mirror image alone), and .8 % of those that
are not there.
"""

from __future__ import annotations

from dataclasses import replace

from PIL import Image, ImageOps

from keepsight.detect.detector import Detection, Detector, Region

ZOOM = 1.5
"""How much longer the network's input is."""
SAME_THING = 0.5
"""Overlap (intersection over union) above which a box of either look means one thing."""
RUNS = 2
"""Of the network."""


def look_again(detector: Detector, image: Image.Image, confidence: float) -> tuple[Detection, ...]:
    """What the mirror image and a larger picture show from `confidence` on, each thing once, the surest first.

    Raises ModelError as the detector does.
    """
    mirrored = (_mirrored(each) for each in detector.detect(ImageOps.mirror(image)))
    looks = (tuple(mirrored), detector.detect(image, zoom=ZOOM))
    counting = [(look, each) for look, seen in enumerate(looks) for each in seen if each.confidence >= confidence]
    kept: list[tuple[int, Detection]] = []
    for look, detection in sorted(counting, key=lambda pair: -pair[1].confidence):
        # Two boxes of one look are two things: the network has told them apart.
        if not any(other != look and _same(each, detection) for other, each in kept):
            kept.append((look, detection))
    return tuple(detection for _, detection in kept)


def _mirrored(detection: Detection) -> Detection:
    """The detection with left and right exchanged, without its mask and key points, whose names would change, too."""
    region = detection.region
    left = max(0.0, 1 - region.x - region.width)
    return replace(
        detection, region=replace(region, x=left, width=min(region.width, 1 - left)), keypoints=(), mask=None
    )


def _same(a: Detection, b: Detection) -> bool:
    return a.label == b.label and _overlap(a.region, b.region) > SAME_THING


def _overlap(a: Region, b: Region) -> float:
    """Intersection over union, 0..1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    shared = max(0.0, width) * max(0.0, height)
    return shared / (a.width * a.height + b.width * b.height - shared)
