"""One original as focus asks about it: header, decoded preview, the analysts' memory."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from PIL import Image

from keepsight.assets.catalogue.asset import Described, texts
from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.crop.box import Size
from keepsight.detect.analyst import Analyst, Found
from keepsight.detect.query import Query
from keepsight.errors import ModelError
from keepsight.focus import importance
from keepsight.focus.focus import Seen
from keepsight.focus.stored import STORED, stored_faces
from keepsight.pixels.effects import Qualifiers, apply_effect
from keepsight.pixels.picture import Picture
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.effects import parse_effect
from keepsight.transformation.gravity import asks_coordinates, asks_faces, automatic_part
from keepsight.transformation.plan import Assign, Branch, Deferred, Plan, Step, every_step

_MAP_KIND = f"importance/{importance.VERSION}"
_SAID = re.compile(r"(?<![a-zA-Z0-9$])(tags(?![a-zA-Z0-9])|(ctx|md):)")


@dataclass(frozen=True, slots=True)
class Known:
    """What is stored with an original."""

    coordinates: Coordinates = NONE
    described: Described = field(default_factory=Described)


class OriginalSight:
    """Answers focus for one request; the preview is decoded once, and only if somebody has to look."""

    def __init__(self, picture: Picture, digest: str, known: Known, analyst: Analyst, watch: Stopwatch) -> None:
        """`digest` names these very pixels: another frame, or a picture left on its side, has another one."""
        self._picture, self._digest, self._analyst, self._watch = picture, digest, analyst, watch
        self._known = known
        self._preview: Image.Image | None = None
        self.answers: dict[Query, Found] = {}
        """What was asked and found, in the order of the questions."""
        self.seen_faces: Found | None = None
        """The faces, once somebody has asked for them."""
        self.seen_anything: Found | None = None
        """Things of any kind, once somebody has asked for them."""

    @property
    def size(self) -> Size:
        """In pixels, after EXIF orientation."""
        return Size(*self._picture.size)

    @property
    def animated(self) -> bool:
        """Whether it moves."""
        return self._picture.header.animated

    @property
    def pages(self) -> int:
        """How many frames or pages it has."""
        return self._picture.header.frames

    @property
    def page(self) -> int:
        """The frame or page that is shown, the first being 1."""
        return self._picture.header.frame + 1

    def trimmed(self) -> Size:
        """Its size once a plain border is trimmed away, measured on the preview."""
        preview = self.preview()
        small = apply_effect(preview, parse_effect("trim"), Qualifiers()).image
        return Size(
            max(1, round(small.width * self.size.width / preview.width)),
            max(1, round(small.height * self.size.height / preview.height)),
        )

    @property
    def tags(self) -> tuple[str, ...]:
        """Of the asset; a file of a folder has none."""
        return self._known.described.tags

    def stored(self, kind: str, key: str) -> str:
        """A value of its context or metadata, a list joined by colons as tags are; a file of a folder has none."""
        said = self._known.described
        return ":".join(texts((said.context if kind == "ctx" else said.metadata).get(key)))

    @property
    def coordinates(self) -> Coordinates:
        """What is stored with it."""
        return self._known.coordinates

    def understand(self, word: str) -> Query:
        """Which models know the word, and as what."""
        return self._analyst.registry.resolve(word)

    def find(self, query: Query) -> Found:
        """Detections for a word, from memory or from a look at the preview."""
        with self._watch.step("detect"):
            found = self.answers[query] = self._analyst.find(query, self._digest, self.preview)
        return found

    def faces(self) -> Found:
        """Every face: those stored with it, else those that a detector sees."""
        found = stored_faces(self._known.coordinates, self.size)
        if found is None:
            with self._watch.step("detect"):
                found = self._analyst.faces(self._digest, self.preview)
        self.seen_faces = found
        return found

    def anything(self) -> Found:
        """Whatever the detector of objects sees that is asked first; nothing where none is installed."""
        with self._watch.step("detect"):
            found = self.seen_anything = self._analyst.anything(self._digest, self.preview)
        return found

    def attributes(self, seen: Seen) -> tuple[tuple[str, str], ...]:
        """What a thing is like that was seen; nothing where nobody can tell, or not now."""
        if seen.model in ("", STORED) or self._analyst.registry.model(seen.model).teller is None:
            return ()
        try:
            described = self._analyst.described(seen.model, self._digest, self.preview)
        except ModelError:
            return ()
        return next((d.attributes for d in described if replace(d, attributes=()) == seen.detection), ())

    def importance(self) -> importance.Map:
        """The importance map, remembered beside the detections."""
        with self._watch.step("importance"):
            # Packed also the first time, so that the first crop and every later one see the same rounded map.
            return importance.unpack(self._analyst.cache.blob(self._digest, _MAP_KIND, self._packed_importance))

    def _packed_importance(self) -> bytes:
        """Straight from what was decoded for the crop: where no network looks, no preview is needed."""
        with self._watch.step("decode"):
            small = self._picture.preview(importance.LONG_SIDE)
        return importance.pack(importance.importance_map(small))

    def preview(self) -> Image.Image:
        """The whole picture, RGB, upright, as detectors look at it."""
        if self._preview is None:
            with self._watch.step("preview"):
                self._preview = self._picture.preview()
        return self._preview


def identities(plan: Plan, coordinates: Coordinates, analyst: Analyst) -> tuple[str, ...]:
    """Everything besides the plan and the original that decides its crops.

    The models that may answer, the map, and stored coordinates.

    Part of the key of a derived image, so that another model or other weights never serve an old crop.
    """
    registry = analyst.registry
    found = [i for word in plan.object_words for i in registry.identities(registry.resolve(word))]
    if plan.asks_faces or any(asks_faces(g) for g in plan.gravities):
        found.append(registry.model(registry.faces).key if registry.faces else "faces:missing")
    if any(automatic_part(g) for g in plan.gravities):
        generalist = analyst.generalist
        found += [_MAP_KIND, generalist.key if generalist else "subjects:missing"]
    if coordinates != NONE and any(asks_coordinates(g) for g in plan.gravities):
        found.append(repr(coordinates))
    return tuple(dict.fromkeys(found))


def asks_models(plan: Plan) -> bool:
    """Whether what is installed may have a say."""
    if plan.object_words or plan.asks_faces:
        return True
    return any(asks_faces(gravity) or automatic_part(gravity) for gravity in plan.gravities)


def asks_described(plan: Plan) -> bool:
    """Whether tags, context or metadata of an asset may have a say."""
    return any(_SAID.search(text) for step in every_step(plan.steps) for text in _expressions(step))


def _expressions(step: Step) -> tuple[str, ...]:
    match step:
        case Branch(condition=text) | Assign(value=text):
            return (text,)
        case Deferred(components=components):
            return components
        case _:
            return ()
