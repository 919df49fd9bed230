"""One original as focus asks about it: header, decoded preview, the analysts' memory."""

from __future__ import annotations

from PIL import Image

from keepsight.crop.box import Size
from keepsight.detect.analyst import Analyst, Found
from keepsight.detect.query import Query
from keepsight.focus import importance
from keepsight.pixels.picture import Picture
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.gravity import FACE_WORDS, Custom, Faces, Gravity, Objects, automatic_part
from keepsight.transformation.plan import Plan

PREVIEW_SIDE = 640
"""Longer side of the copy that detectors look at, in pixels: the input size that the detectors were trained at."""
_MAP_KIND = f"importance/{importance.VERSION}"


class OriginalSight:
    """Answers focus for one request; the preview is decoded once, and only if somebody has to look."""

    def __init__(self, picture: Picture, digest: str, analyst: Analyst, watch: Stopwatch) -> None:
        self._picture, self._digest, self._analyst, self._watch = picture, digest, analyst, watch
        self._preview: Image.Image | None = None

    @property
    def size(self) -> Size:
        """In pixels, after EXIF orientation."""
        return Size(*self._picture.size)

    @property
    def animated(self) -> bool:
        """Whether it has more than one frame."""
        return self._picture.header.frames > 1

    def understand(self, word: str) -> Query:
        """Which models know the word, and as what."""
        return self._analyst.registry.resolve(word)

    def find(self, query: Query) -> Found:
        """Detections for a word, from memory or from a look at the preview."""
        with self._watch.step("detect"):
            return self._analyst.find(query, self._digest, self.preview)

    def faces(self) -> Found:
        """Every face."""
        with self._watch.step("detect"):
            return self._analyst.faces(self._digest, self.preview)

    def anything(self) -> Found:
        """Whatever the detector of objects sees that is asked first; nothing where none is installed."""
        with self._watch.step("detect"):
            return self._analyst.anything(self._digest, self.preview)

    def importance(self) -> importance.Map:
        """The importance map, remembered beside the detections."""
        with self._watch.step("importance"):
            cache = self._analyst.cache
            packed = cache.get_blob(self._digest, _MAP_KIND)
            if packed is None:
                packed = importance.pack(importance.importance_map(self.preview()))
                cache.put_blob(self._digest, _MAP_KIND, packed)
            # Also the first time, so that the first crop and every later one see the same rounded map.
            return importance.unpack(packed)

    def preview(self) -> Image.Image:
        """The whole picture, RGB, upright, at most PREVIEW_SIDE long."""
        if self._preview is None:
            with self._watch.step("decode"):
                self._preview = self._picture.preview(PREVIEW_SIDE)
        return self._preview


def identities(plan: Plan, analyst: Analyst) -> tuple[str, ...]:
    """Everything besides the plan and the original that decides its crops: the models that may answer, and the map.

    Part of the key of a derived image, so that another model or other weights never serve an old crop.
    """
    registry = analyst.registry
    found = [i for word in plan.object_words for i in registry.identities(registry.resolve(word))]
    if any(_asks_faces(g) for g in plan.gravities):
        found.append(registry.model(registry.faces).key if registry.faces else "faces:missing")
    if any(automatic_part(g) for g in plan.gravities):
        generalist = analyst.generalist
        found += [_MAP_KIND, generalist.key if generalist else "subjects:missing"]
    return tuple(dict.fromkeys(found))


def _asks_faces(gravity: Gravity) -> bool:
    named = isinstance(gravity, Objects) and not FACE_WORDS.isdisjoint(gravity.words)
    return named or isinstance(gravity, Faces | Custom) or automatic_part(gravity) is not None
