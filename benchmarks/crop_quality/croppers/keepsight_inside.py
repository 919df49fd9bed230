"""Keepsight itself, without a server and without rendering: from the words of a URL to the box."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from benchmarks.crop_quality.boxes import Box
from benchmarks.crop_quality.cases import Case
from benchmarks.crop_quality.photos import Photo
from benchmarks.crop_quality.tasks import Task
from benchmarks.crop_quality.words import transformation
from keepsight.app import open_origin, open_registry
from keepsight.delivery.layout import Bounds, lay_out
from keepsight.delivery.materials import Pantry
from keepsight.delivery.sight import Known, OriginalSight
from keepsight.detect.analyst import Analyst
from keepsight.focus.sight import Sight
from keepsight.pixels.header import Header, read_header
from keepsight.pixels.limits import Limits
from keepsight.pixels.picture import Picture
from keepsight.settings import load_settings
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.build import build_plan

_DEADLINE = 600.0
"""Seconds for one photo: a machine may be slow without being wrong."""


class PhotoSight(OriginalSight):
    """A photo as the origin looks at it, with nothing stored beside it."""

    def __init__(self, photo: Photo, analyst: Analyst) -> None:
        opened = _open(photo.path)
        picture = Picture(opened.data, opened.header)
        super().__init__(picture, opened.digest, Known(), analyst, Stopwatch(_DEADLINE))


class Keepsight:
    """The product with its own detectors. Detections are remembered in `data`."""

    name = "keepsight"
    blind = False

    def __init__(self, photos: Path, data: Path, weights: Path | None) -> None:
        """`photos` holds the originals, `data` may be written to, `weights` is as in `models.weights`."""
        models = {"weights": weights} if weights else {}
        settings = load_settings(None, {"storage": {"media": photos, "data": data}, "models": models})
        self._settings = settings
        self.analyst: Analyst = open_origin(settings, open_registry(settings)).analyst

    def crop(self, case: Case) -> Box:
        """The box that `X-Crop-Box` would say."""
        return self.lay(case.task, self.look(case.task.photo))

    def look(self, photo: Photo) -> Sight:
        """The photo as focus sees it."""
        return PhotoSight(photo, self.analyst)

    def lay(self, task: Task, sight: Sight) -> Box:
        """The box for a task, seen through `sight`."""
        settings = self._settings
        plan = build_plan([transformation(task)])
        opened = _open(task.photo.path)
        layout = lay_out(
            plan,
            Picture(opened.data, opened.header),
            sight,
            Pantry({}, self.analyst, Stopwatch(math.inf), 0),
            Bounds(settings.crop.margin, settings.limits.max_output_pixels, check=lambda: None),
        )
        x, y, width, height = (float(side) for side in layout.crop_box.split(","))
        return Box(x, y, x + width, y + height)

    @property
    def weights(self) -> tuple[str, ...]:
        """`model: file (start of its SHA-256)` of every model with installed weights."""
        return tuple(
            f"{state.name}: {state.file} ({state.identity.digest[:12]})"
            for state in self.analyst.registry.models
            if state.identity is not None and state.file is not None  # derived models have no file
        )


@dataclass(frozen=True, slots=True)
class _Opened:
    data: bytes
    digest: str
    header: Header


@lru_cache(maxsize=8)  # tasks come photo by photo
def _open(path: Path) -> _Opened:
    data = path.read_bytes()
    return _Opened(data, hashlib.sha256(data).hexdigest(), read_header(data, Limits()))
