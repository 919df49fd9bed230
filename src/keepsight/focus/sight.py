"""What focus may ask about a picture; answered lazily, because most URLs need none of it."""

from __future__ import annotations

from typing import Protocol

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
        """Whether it has more than one frame."""

    def understand(self, word: str) -> Query:
        """Which models know a word of a gravity, and as what."""

    def find(self, query: Query) -> Found:
        """Ask them, in order, until one finds the content."""

    def faces(self) -> Found:
        """Every face."""

    def anything(self) -> Found:
        """Whatever the detector of objects sees that is asked first; nothing where none is installed."""

    def importance(self) -> Map:
        """The importance map of the whole picture."""


def pixels(detection: Detection, size: Size) -> Box:
    """The region of a detection in pixels of a picture of that size."""
    r = detection.region
    return Box(r.x * size.width, r.y * size.height, (r.x + r.width) * size.width, (r.y + r.height) * size.height)
