"""What croppers are asked for: one photo, one window, and the boxes that it should show or avoid.

The kinds, and why the limits are what they are, stand in docs/crop-quality.md:

- `single`: the one instance of a class; `prominent`: the most prominent of several; `plural`: all of several;
- `avoid`: as little as possible of a class, which covers 3 to 45 % of the photo;
- `plain`: nothing is named. Scored with the same targets as the three first, so that a cropper cannot know them.

Instances below 0.4 % of the photo do not count, and neither does a class of which one instance covers over 90 %.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from benchmarks.crop_quality.boxes import Box, Size
from benchmarks.crop_quality.photos import Photo

LONG_SIDE = 400
"""Longer side of the picture that is asked for, in pixels."""
LEAST_SHARE, MOST_SHARE = 0.004, 0.9
AVOIDABLE = (0.03, 0.45)
"""Share of the photo that the boxes to avoid cover together, overlaps counted twice."""
CLASSES_PER_PHOTO = 6


class Kind(StrEnum):
    """What is asked."""

    SINGLE = "single"
    PROMINENT = "prominent"
    PLURAL = "plural"
    AVOID = "avoid"
    PLAIN = "plain"


class Mode(StrEnum):
    """How the window gets its size, as `c_` names it."""

    FILL = "fill"
    THUMB = "thumb"
    CROP = "crop"


@dataclass(frozen=True, slots=True)
class Ratio:
    """Width to height."""

    across: int
    down: int

    @property
    def exact(self) -> Fraction:
        """Width over height."""
        return Fraction(self.across, self.down)

    @property
    def request(self) -> Size:
        """The size that stands in the URL: the longer side is LONG_SIDE, the other rounded."""
        if self.across >= self.down:
            return Size(LONG_SIDE, round(LONG_SIDE * self.down / self.across))
        return Size(round(LONG_SIDE * self.across / self.down), LONG_SIDE)

    def __str__(self) -> str:
        return f"{self.across}:{self.down}"


RATIOS = (Ratio(1, 1), Ratio(4, 5), Ratio(9, 16), Ratio(16, 9), Ratio(3, 1))


@dataclass(frozen=True, eq=False)
class Task:
    """One question to every cropper."""

    photo: Photo
    kind: Kind
    mode: Mode
    ratio: Ratio
    name: str
    """The class that is meant, as the annotation spells it. `plain` does not say it to the cropper."""
    boxes: tuple[Box, ...]
    """The targets, or for `avoid` what should not be seen; at least one."""


def make_tasks(
    photos: Sequence[Photo], modes: Sequence[Mode] = tuple(Mode), ratios: Sequence[Ratio] = RATIOS
) -> tuple[Task, ...]:
    """Every question about these photos. `avoid` and `plain` are asked with `fill` only, where it is among `modes`."""
    return tuple(
        Task(photo, kind, mode, ratio, name, boxes)
        for photo in photos
        for name, instances in _classes(photo)
        for kind, boxes in _kinds(photo, name, instances)
        for mode in modes
        if mode is Mode.FILL or kind in (Kind.SINGLE, Kind.PROMINENT, Kind.PLURAL)
        for ratio in ratios
    )


def counted(photo: Photo, name: str) -> tuple[Box, ...]:
    """The instances of a class that are large enough to count."""
    least = LEAST_SHARE * photo.size.width * photo.size.height
    return tuple(t.box for t in photo.things if t.name == name and t.box.area >= least)


def prominence(box: Box, size: Size, confidence: float = 1.0, sharpness: float = 1.0) -> float:
    """P = confidence * sqrt(area) * (1 - d / 2) * (1 + S) / 2, of which larger means more prominent.

    Keepsight's documented formula: area as a share of the photo, d the distance of the centres over half the
    diagonal, each axis normalised, S the sharpness 0..1. Annotations have neither confidence nor sharpness.
    """
    x, y = box.centre
    distance = math.hypot(2 * x / size.width - 1, 2 * y / size.height - 1) / math.sqrt(2)
    share = box.area / (size.width * size.height)
    return confidence * math.sqrt(share) * (1 - distance / 2) * (0.5 + sharpness / 2)


def _classes(photo: Photo) -> Iterator[tuple[str, tuple[Box, ...]]]:
    """Classes with what counts of them, the largest instance first."""
    everything = photo.size.width * photo.size.height
    asked = []
    for name in sorted({thing.name for thing in photo.things}):
        instances = counted(photo, name)
        if instances and max(b.area for b in instances) <= MOST_SHARE * everything:
            asked.append((name, instances))
    asked.sort(key=lambda each: -max(b.area for b in each[1]))  # stable: equal ones stay in the order of their names
    yield from asked[:CLASSES_PER_PHOTO]


def _kinds(photo: Photo, name: str, instances: tuple[Box, ...]) -> Iterator[tuple[Kind, tuple[Box, ...]]]:
    # A second instance too small to count still makes the class ambiguous: `single` wants exactly one.
    targets: list[tuple[Kind, tuple[Box, ...]]]
    if sum(thing.name == name for thing in photo.things) == 1:
        targets = [(Kind.SINGLE, instances)]
    else:
        best = max(instances, key=lambda b: prominence(b, photo.size))
        targets = [(Kind.PROMINENT, (best,)), (Kind.PLURAL, instances)]
    yield from targets
    for _, boxes in targets:
        yield Kind.PLAIN, boxes
    share = sum(b.area for b in instances) / (photo.size.width * photo.size.height)
    if AVOIDABLE[0] <= share <= AVOIDABLE[1]:
        yield Kind.AVOID, instances
