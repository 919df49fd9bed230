"""Photos without pixels: what the answer keys and the metrics need."""

from __future__ import annotations

from pathlib import Path

from benchmarks.crop_quality.boxes import Box, Size
from benchmarks.crop_quality.cases import Case, make_cases
from benchmarks.crop_quality.photos import Photo, Thing
from benchmarks.crop_quality.tasks import RATIOS, Kind, Mode, Ratio, Task

SQUARE = Ratio(1, 1)
SIZE = Size(600, 400)


def photo(*things: tuple[str, tuple[float, float, float, float]], size: Size = SIZE) -> Photo:
    """A photo with things at (left, top, right, bottom)."""
    return Photo(Path("photo.jpg"), "photo.jpg", size, tuple(Thing(name, Box(*box)) for name, box in things))


def case(
    *boxes: Box, kind: Kind = Kind.SINGLE, mode: Mode = Mode.FILL, ratio: Ratio = SQUARE, size: Size = SIZE
) -> Case:
    """The answer key to one task with these boxes."""
    (made,) = make_cases([Task(photo(size=size), kind, mode, ratio, "thing", boxes)])
    return made


__all__ = ["RATIOS", "SQUARE", "case", "photo"]
