"""Whether two networks see the same in a picture, and the pictures on which to try."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw

from keepsight.detect.runtime.head import Floats


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far the same thing may lie apart in two runtimes."""

    iou: float = 0.98
    confidence: float = 0.01


TOLERANCE = Tolerance()
"""What every optimised network keeps to, or it is not used."""
FEWEST = 20
"""A drawing may show a network nothing it is sure of; then this many of its best guesses are compared."""


def disagreement(ours: Floats, theirs: Floats, confidence: float) -> str | None:
    """What one saw and the other did not, in words; None when they agree within TOLERANCE.

    Both are rows of `boxes_of`, in descending confidence, taken far below `confidence`. Compared is what is above
    `confidence`, and the FEWEST best in any case. Near the end of that range a row may lack a partner if it is within
    the tolerance of falling out of it.
    """
    if not (len(ours) or len(theirs)):
        return None
    best = ours if len(ours) >= len(theirs) else theirs
    line = min(confidence, float(best[min(FEWEST, len(best)) - 1, 4]))
    for seen, others in ((ours, theirs), (theirs, ours)):
        for row in seen[seen[:, 4] >= line]:
            same = others[others[:, 5] == row[5]]
            near = np.abs(same[:, 4] - row[4]) <= TOLERANCE.confidence
            if not (near & (_overlap(row, same) >= TOLERANCE.iou)).any():
                place = ", ".join(f"{value:.0f}" for value in row[:4])
                return f"class {row[5]:.0f} at ({place}) with confidence {row[4]:.3f} is seen by one of them only"
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


def _overlap(row: Floats, others: Floats) -> Floats:
    """Intersection over union of one box with others."""
    low, high = np.maximum(row[:2], others[:, :2]), np.minimum(row[2:4], others[:, 2:4])
    shared = np.maximum(high - low, 0).prod(axis=1)
    areas = (others[:, 2:4] - others[:, :2]).prod(axis=1) + (row[2:4] - row[:2]).prod()
    result: Floats = shared / np.maximum(areas - shared, 1e-9)
    return result
