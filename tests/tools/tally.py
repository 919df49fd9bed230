"""How good a detector is on drawn scenes: hits and misses, precision, recall, IoU."""

# ruff: noqa: S311 - the randomness has to repeat, it keeps no secret

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass, field

from scenes import LABELS, Box, Scene, draw_scene

Found = tuple[str, float, Box]
"""Label, confidence, box in pixels of the picture."""


@dataclass(slots=True)
class Tally:
    """Counts of one class at one IoU threshold."""

    hits: int = 0
    missed: int = 0
    wrong: int = 0
    ious: list[float] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Hits among what was found; 1 where nothing was found."""
        return self.hits / (self.hits + self.wrong) if self.hits + self.wrong else 1.0

    @property
    def recall(self) -> float:
        """Hits among what is there; 1 where nothing is."""
        return self.hits / (self.hits + self.missed) if self.hits + self.missed else 1.0

    @property
    def mean_iou(self) -> float:
        """Of the hits."""
        return sum(self.ious) / len(self.ious) if self.ious else 0.0


def iou(a: Box, b: Box) -> float:
    """Intersection over union of two boxes."""
    common = common_area(a, b)
    return common / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - common)


def common_area(a: Box, b: Box) -> float:
    """Area of the intersection."""
    return max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))


def count(found: Sequence[Found], scene: Scene, threshold: float, tallies: dict[str, Tally]) -> None:
    """Match what was found, the surest first, to the nearest free thing of its class; add to the tallies."""
    free = list(scene.objects)
    for label, _, box in sorted(found, key=lambda each: -each[1]):
        tally = tallies.setdefault(label, Tally())
        rivals = [each for each in free if each[0] == label and iou(box, each[1]) >= threshold]
        if rivals:
            best = max(rivals, key=lambda each: iou(box, each[1]))
            free.remove(best)
            tally.hits += 1
            tally.ious.append(iou(box, best[1]))
        else:
            tally.wrong += 1
    for label, _ in free:
        tallies.setdefault(label, Tally()).missed += 1


def total(tallies: dict[str, Tally]) -> Tally:
    """All classes as one."""
    every = tallies.values()
    ious = [value for tally in every for value in tally.ious]
    return Tally(sum(t.hits for t in every), sum(t.missed for t in every), sum(t.wrong for t in every), ious)


def unseen_scene(number: int, labels: Sequence[str] = LABELS) -> Scene:
    """A scene no training has seen, as none uses a negative seed.

    200 to 1600 pixels at its longer side, aspects of 1:2 to 2:1.
    """
    rng = random.Random(f"unseen {number}")
    longer = math.exp(rng.uniform(math.log(200), math.log(1600)))
    aspect = 2 ** rng.uniform(-1, 1)
    size = (longer, longer / aspect) if aspect >= 1 else (longer * aspect, longer)
    return draw_scene(-1 - number, (round(size[0]), round(size[1])), labels=labels)
