"""Does the same question get the same answer: from the mirrored photo, and from another process?"""

from __future__ import annotations

import multiprocessing
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PIL import Image, ImageOps

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case, make_cases
from benchmarks.crop_quality.croppers.keepsight_inside import Keepsight, PhotoSight
from benchmarks.crop_quality.photos import Photo, Thing, read_photos
from benchmarks.crop_quality.tasks import Mode, make_tasks
from keepsight.detect.analyst import Analyst
from keepsight.detect.analyst import Picture as Preview
from keepsight.detect.detector import Detection
from keepsight.focus.importance import Map


@dataclass(frozen=True, slots=True)
class Agreement:
    """How many of the crops came out the same."""

    asked: str
    same: int
    of: int


@dataclass(frozen=True, slots=True)
class Source:
    """Where the cases come from, said so that another process can make them too."""

    photos: Path
    boxes: Path | None
    weights: Path | None
    modes: tuple[Mode, ...]
    limit: int | None

    def cases(self) -> tuple[Case, ...]:
        """Read the photos and make every case."""
        return make_cases(make_tasks(read_photos(self.photos, self.boxes, self.limit), self.modes))


def another_process(source: Source, crops: Sequence[Box | None]) -> Agreement:
    """Ask everything again in a new process with an empty memory: boxes must be equal to the pixel."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        again = pool.apply(_all_crops, (source,))
    same = sum(a == b for a, b in zip(crops, again, strict=True))
    return Agreement("another process, detecting anew: equal boxes", same, len(crops))


def mirrored_detections(
    keepsight: Keepsight, cases: Sequence[Case], crops: Sequence[Box | None]
) -> tuple[Agreement, ...]:
    """Mirror what the detectors saw and the importance map: the geometry must mirror its box, within 1 px."""
    mirrored = (keepsight.lay(c.task, _MirrorSight(c.task.photo, keepsight.analyst)) for c in cases)
    return _agreements("mirrored detections", cases, crops, mirrored)


def mirrored_photos(keepsight: Keepsight, cases: Sequence[Case], crops: Sequence[Box | None]) -> tuple[Agreement, ...]:
    """Mirror the photos themselves, stored without loss: what is not the same, the detectors see differently."""
    with TemporaryDirectory(prefix="crop-quality-") as folder:
        photos = {photo: _mirrored(photo, Path(folder), i) for i, photo in enumerate({c.task.photo for c in cases})}
        mirrored = (keepsight.crop(replace(c, task=replace(c.task, photo=photos[c.task.photo]))) for c in cases)
        return _agreements("mirrored photo, detecting anew", cases, crops, mirrored)


def _all_crops(source: Source) -> list[Box]:
    with TemporaryDirectory(prefix="crop-quality-") as memory:
        keepsight = Keepsight(source.photos, Path(memory), source.weights)
        return [keepsight.crop(case) for case in source.cases()]


def _agreements(
    asked: str, cases: Sequence[Case], crops: Sequence[Box | None], mirrored: Iterable[Box]
) -> tuple[Agreement, ...]:
    pixels, shares = [], []
    for case, here, there in zip(cases, crops, mirrored, strict=True):
        size = case.task.photo.size
        off = _farthest(there.mirrored(size.width), here)
        pixels.append(off <= 1)
        shares.append(off <= 0.02 * max(size.width, size.height))
    return (
        Agreement(f"{asked}: mirrored box within 1 px", sum(pixels), len(cases)),
        Agreement(f"{asked}: mirrored box within 2 % of the longer side", sum(shares), len(cases)),
    )


def _farthest(a: Box, b: Box | None) -> float:
    """How far the edges lie apart at most, in pixels; infinitely where a crop is missing."""
    if b is None:
        return float("inf")
    return max(abs(x) for x in (a.left - b.left, a.top - b.top, a.right - b.right, a.bottom - b.bottom))


def _mirrored(photo: Photo, folder: Path, number: int) -> Photo:
    path = folder / f"{number}.png"
    with Image.open(photo.path) as image:
        ImageOps.mirror(ImageOps.exif_transpose(image)).save(path, compress_level=1)
    things = tuple(Thing(t.name, t.box.mirrored(photo.size.width)) for t in photo.things)
    return Photo(path, path.name, photo.size, things)


class _MirrorAnalyst(Analyst):
    """Every detection of another analyst mirrored, whichever way it is asked for."""

    def __init__(self, analyst: Analyst) -> None:
        super().__init__(analyst.registry, analyst.cache)
        self._sees = analyst

    def look(self, model: str, digest: str, picture: Preview) -> tuple[Detection, ...]:
        return _mirrored_detections(self._sees.look(model, digest, picture))

    def look_again(self, model: str, confidence: float, digest: str, picture: Preview) -> tuple[Detection, ...]:
        return _mirrored_detections(self._sees.look_again(model, confidence, digest, picture))


def _mirrored_detections(seen: tuple[Detection, ...]) -> tuple[Detection, ...]:
    return tuple(replace(d, region=replace(d.region, x=1 - d.region.x - d.region.width)) for d in seen)


class _MirrorSight(PhotoSight):
    """The photo as it would be seen in a mirror by detectors that do not mind mirrors."""

    def __init__(self, photo: Photo, analyst: Analyst) -> None:
        super().__init__(photo, _MirrorAnalyst(analyst))

    def importance(self) -> Map:
        return super().importance()[:, ::-1]
