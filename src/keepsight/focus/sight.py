"""What focus may ask about a picture; answered lazily, because most URLs need none of it."""

from __future__ import annotations

from typing import Protocol

from keepsight.assets.coordinates import Coordinates
from keepsight.crop.box import Box, Size
from keepsight.detect.analyst import Found
from keepsight.detect.detector import Detection
from keepsight.detect.query import Query
from keepsight.focus.importance import Map


class Sight(Protocol):
    """One original, upright, as the detectors see it."""

    @property
    def size(self) -> Size:
        """In pixels, after EXIF orientation."""

    @property
    def animated(self) -> bool:
        """Whether it moves."""

    @property
    def pages(self) -> int:
        """How many frames or pages it has."""

    @property
    def page(self) -> int:
        """The frame or page that is shown, the first being 1."""

    @property
    def tags(self) -> tuple[str, ...]:
        """Of the asset."""

    def stored(self, kind: str, key: str) -> str:
        """A value of the asset's context (`ctx`) or metadata (`md`), empty where there is none."""

    def trimmed(self) -> Size:
        """Its size once a plain border is trimmed away."""

    @property
    def coordinates(self) -> Coordinates:
        """What is stored with it."""

    def understand(self, word: str) -> Query:
        """Which models know a word of a gravity, and as what."""

    def find(self, query: Query) -> Found:
        """Ask them, in order, until one finds the content."""

    def faces(self) -> Found:
        """Every face: those stored with it, else those that a detector sees."""

    def anything(self) -> Found:
        """Whatever the detector of objects sees that is asked first; nothing where none is installed."""

    def importance(self) -> Map:
        """The importance map of the whole picture."""


def pixels(detection: Detection, size: Size) -> Box:
    """The region of a detection in pixels of a picture of that size."""
    r = detection.region
    return Box(r.x * size.width, r.y * size.height, (r.x + r.width) * size.width, (r.y + r.height) * size.height)
