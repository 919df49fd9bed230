"""Whether two networks see the same in a picture, and the pictures on which to try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from keepsight.detect.runtime.head import EVERYTHING, Floats
from keepsight.detect.runtime.yolo import YoloDetector


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the same thing may lie apart in two runtimes."""

    iou: float = 0.98
    confidence: float = 0.01


TOLERANCE = Tolerance()
"""What every optimised network keeps to, or it is not used."""
FEWEST = 20
"""A drawing may show a network nothing it is sure of; then this many of its best guesses are compared."""


def disagreement(ours: YoloDetector, theirs: YoloDetector, picture: Image.Image, confidence: float) -> str | None:
    """What one detector of the same network sees in `picture` and the other does not, in words.

    None when they agree within TOLERANCE: in every confidence that they give, and in the boxes above `confidence`, at
    least the FEWEST best. Compared is what the network says, before suppression, which turns a difference in the last
    digit into another choice between two boxes of one thing. Raises ModelError when one of them fails.
    """
    one, other = (each.look(picture, EVERYTHING)[1].boxes for each in (ours, theirs))
    if one.shape != other.shape or ours.end_to_end != theirs.end_to_end:
        return f"the answer has the shape {other.shape} instead of {one.shape}"
    if ours.end_to_end:
        return _finished(one, other, confidence)
    return _anchors(one, other, len(ours.labels), confidence)


def _anchors(one: Floats, other: Floats, classes: int, confidence: float) -> str | None:
    """Both (4 + classes + more, anchors) with boxes as centre and size: place by place."""
    scores = one[4 : 4 + classes].max(axis=0)
    apart = np.abs(one[4 : 4 + classes] - other[4 : 4 + classes]).max(initial=0)
    if not apart <= TOLERANCE.confidence:  # also when it is no number
        return f"a confidence differs by {apart:.3f}"
    line = min(confidence, float(np.sort(scores)[-min(FEWEST, len(scores))]))
    chosen = scores >= line
    overlap = _overlap(_corners(one[:4, chosen]), _corners(other[:4, chosen]))
    return None if (overlap >= TOLERANCE.iou).all() else f"the overlap of a box is only {overlap.min():.3f}"


def _finished(one: Floats, other: Floats, confidence: float) -> str | None:
    """Both (boxes, 6 + more), in descending confidence: each needs a partner, and the last places go to anybody."""
    line = min(confidence, float(one[min(FEWEST, len(one)) - 1, 4]))
    line = max(line, float(one[-1, 4]) + TOLERANCE.confidence)
    for seen, others in ((one, other), (other, one)):
        for row in seen[~(seen[:, 4] < line)]:
            same = others[(others[:, 5] == row[5]) & (np.abs(others[:, 4] - row[4]) <= TOLERANCE.confidence)]
            if not (_overlap(row[np.newaxis, :4], same[:, :4]) >= TOLERANCE.iou).any():
                return f"class {row[5]:.0f} with confidence {row[4]:.3f} is seen by one of them only"
    return None


def trial_pictures() -> Iterator[Image.Image]:
    """Drawn shapes and noise in every aspect ratio that makes an input of its own kind."""
    random = np.random.default_rng(20)
    for width, height in ((640, 640), (640, 427), (360, 640), (640, 90), (37, 23)):
        image = Image.fromarray(random.integers(0, 256, (height, width, 3), dtype=np.uint8), "RGB")
        image = image.resize((max(1, width // 16), max(1, height // 16))).resize((width, height))
        draw = ImageDraw.Draw(image)
        for _ in range(12):
            x, y = int(random.integers(0, width)), int(random.integers(0, height))
            side = int(random.integers(4, max(5, min(width, height) // 2)))
            colour = tuple(int(value) for value in random.integers(0, 256, 3))
            (draw.ellipse if random.random() < 0.5 else draw.rectangle)((x, y, x + side, y + side * 1.5), fill=colour)
        yield image


def _corners(boxes: Floats) -> Floats:
    centre, half = boxes[:2].T, boxes[2:].T / 2
    return np.concatenate([centre - half, centre + half], axis=1)


def _overlap(one: Floats, other: Floats) -> Floats:
    """Intersection over union of each pair of boxes (pairs, 4), whichever way round their corners are."""
    a, b = (np.sort(boxes.reshape(-1, 2, 2), axis=1) for boxes in (one, other))
    shared = np.maximum(np.minimum(a[:, 1], b[:, 1]) - np.maximum(a[:, 0], b[:, 0]), 0).prod(axis=1)
    areas = (a[:, 1] - a[:, 0]).prod(axis=1) + (b[:, 1] - b[:, 0]).prod(axis=1)
    result: Floats = shared / np.maximum(areas - shared, 1e-9)
    return result
