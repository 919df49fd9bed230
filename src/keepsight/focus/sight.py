"""What focus may ask about a picture; answered lazily, because most URLs need none of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from keepsight.crop.box import Box, Size
from keepsight.detect.detector import Detection
from keepsight.focus.importance import Map


@dataclass(frozen=True, slots=True)
class Found:
    """What the detectors say to one word."""

    detections: tuple[Detection, ...]
    """Empty when the content was not found."""
    model: str | None
    """Name and version of the model that found it, such as `coco_v1`."""
    plural: bool
    """Whether the word asks for all instances (`birds`) rather than for the most prominent one."""
    unavailable: tuple[str, ...] = ()
    """Models that were asked for and could not answer: the result is then not final."""
    nearest: tuple[str, ...] = ()
    """For a word that no model knows: known words that are spelt like it."""


class Sight(Protocol):
    """One original, upright, as the detectors see it."""

    size: Size
    """In pixels, after EXIF orientation."""
    animated: bool

    def knows(self, word: str) -> bool:
        """Whether any model has a name or category spelt so."""

    def objects(self, word: str) -> Found:
        """Detections for a word of a gravity: an object, plural, category, with a model in front or not."""

    def faces(self) -> Found:
        """Every face."""

    def importance(self) -> Map:
        """The importance map of the whole picture."""


def pixels(detection: Detection, size: Size) -> Box:
    """The region of a detection in pixels of a picture of that size."""
    r = detection.region
    return Box(r.x * size.width, r.y * size.height, (r.x + r.width) * size.width, (r.y + r.height) * size.height)
