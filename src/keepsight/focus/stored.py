"""Coordinates that are stored with an original, as if somebody had found them in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from keepsight.assets.coordinates import Coordinates, Rectangle
from keepsight.crop.box import Size
from keepsight.detect.analyst import Found
from keepsight.detect.detector import Detection, Region

CUSTOM = "custom coordinates"
"""The label of a stored custom box."""
STORED = "stored"
"""Stands for the model of stored faces."""


def stored_custom(coordinates: Coordinates, size: Size) -> Found:
    """The custom boxes, clipped to the picture; those of which nothing is left are not found."""
    return Found(tuple(_clipped(coordinates.custom, CUSTOM, size)))


def stored_faces(coordinates: Coordinates, size: Size) -> Found | None:
    """The faces, clipped to the picture; None when there are none in it, so that a detector has to look."""
    faces = tuple(_clipped(coordinates.faces, "face", size))
    return Found(faces, STORED) if faces else None


def _clipped(rectangles: Iterable[Rectangle], label: str, size: Size) -> Iterator[Detection]:
    for x, y, width, height in rectangles:
        left, right = (min(max(edge / size.width, 0.0), 1.0) for edge in (x, x + width))
        top, bottom = (min(max(edge / size.height, 0.0), 1.0) for edge in (y, y + height))
        if right > left and bottom > top:
            yield Detection(label, 1.0, Region(left, top, right - left, bottom - top))
