"""What things are like: pairs of a key and a value, from the class names of a classifier.

A classifier names its classes `key: value`, such as `neckline: v-neck` or `sleeve: short`; Fashionpedia's names of
parts and of their attributes are meant. A name without a key is a value of `attribute`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from PIL import Image

from keepsight.detect.detector import Detection, Region

KEYLESS = "attribute"


class Teller(Protocol):
    """A loaded classifier."""

    def attributes(self, image: Image.Image, region: Region) -> tuple[tuple[str, str], ...]:
        """What the thing in a region of an upright RGB picture is like. Raises ModelError."""


def attributes_of(names: Sequence[str], confidences: Sequence[float], floor: float) -> tuple[tuple[str, str], ...]:
    """The surest value of each key, if it reaches `floor`, in the order in which the keys are named."""
    best: dict[str, tuple[float, str]] = {}
    for name, confidence in zip(names, confidences, strict=True):
        key, colon, value = name.partition(":")
        key, value = (key.strip(), value.strip()) if colon else (KEYLESS, name.strip())
        best[key] = max(best.get(key, (-1.0, "")), (confidence, value))
    return tuple((key, value) for key, (confidence, value) in best.items() if confidence >= floor)


def told(teller: Teller, image: Image.Image, detections: tuple[Detection, ...]) -> tuple[Detection, ...]:
    """The detections with what `teller` says about each. Raises ModelError as it does."""
    return tuple(replace(each, attributes=teller.attributes(image, each.region)) for each in detections)
