"""From what the sources saw to what a derived model says: pure arithmetic on detections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from keepsight.detect.body import body_parts
from keepsight.detect.card import Card
from keepsight.detect.detector import Detection, Region

SAME_THING = 0.7
"""Share of the smaller of two boxes that lies in the other, from which they mean one thing. Decided: a measured and
an estimated box agree on the place sooner than on the extent, so that IoU would keep both."""

Origin = tuple[str, str]
"""A source and its own label for what it saw."""


def derive(card: Card, seen: Mapping[str, tuple[Detection, ...]], size: tuple[int, int]) -> tuple[Detection, ...]:
    """The detections of the derived model `card` in a picture of `size` px, from those of its sources by name.

    People with key points become parts of the body; any other detection takes the name that `renames` gives its
    label, or is left out. In descending confidence; those below the floor of the card are dropped.
    """
    found: list[tuple[Origin, Detection]] = []
    for source, detections in seen.items():
        for detection in detections:
            found += (((source, detection.label), each) for each in _translated(detection, card, size))
    counting = (pair for pair in found if pair[1].confidence >= card.floor)
    return _without_doubles(sorted(counting, key=lambda pair: -pair[1].confidence))


def _translated(detection: Detection, card: Card, size: tuple[int, int]) -> Iterator[Detection]:
    if detection.keypoints:
        yield from body_parts(detection, size)
    elif name := card.renames.get(detection.label):
        yield replace(detection, label=name)


def _without_doubles(found: list[tuple[Origin, Detection]]) -> tuple[Detection, ...]:
    """Of two detections of one label in one place the surer one stays; `found` is in descending confidence.

    Those of one class of one source stay both: the source has told them apart, as it did two people arm in arm.
    """
    kept: list[Detection] = []
    by_label: dict[str, list[tuple[Origin, Region]]] = {}
    for origin, detection in found:
        others = by_label.setdefault(detection.label, [])
        if not any(other != origin and _overlap(region, detection.region) >= SAME_THING for other, region in others):
            others.append((origin, detection.region))
            kept.append(detection)
    return tuple(kept)


def _overlap(a: Region, b: Region) -> float:
    """Share of the smaller region that lies in the other, 0..1."""
    width = min(a.x + a.width, b.x + b.width) - max(a.x, b.x)
    height = min(a.y + a.height, b.y + b.height) - max(a.y, b.y)
    if width <= 0 or height <= 0:
        return 0.0
    return width * height / min(a.width * a.height, b.width * b.height)
