"""Looking at a picture as parameters ask for: what is seen, what is remembered of it, and what only the answer has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from PIL import Image

from keepsight.api import detection
from keepsight.api.upload.parameters import Look
from keepsight.assets.catalogue.asset import Described
from keepsight.assets.coordinates import Rectangle
from keepsight.crop.box import Size
from keepsight.detect.analyst import Analyst
from keepsight.pixels.embedded import embedded, exif_only
from keepsight.pixels.header import Header, read_header
from keepsight.pixels.limits import Limits
from keepsight.pixels.phash import phash
from keepsight.pixels.picture import Picture
from keepsight.pixels.predominant import colours, predominant

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Seen:
    """What was seen."""

    info: Mapping[str, Json] = field(default_factory=dict)
    """Parts of `info`."""
    tags: tuple[str, ...] = ()
    """By auto_tagging."""
    faces: tuple[Rectangle, ...] | None = None
    """None: nobody looked."""
    colours: Json | None = None
    image_metadata: Json | None = None
    phash: str | None = None
    exif: Json | None = None

    def said_of(self, described: Described) -> Described:
        """What is known of the asset now: tags are added, the rest is replaced where somebody looked."""
        changes: Json = {"tags": tuple(dict.fromkeys((*described.tags, *self.tags)))}
        if self.info:
            changes["info"] = {**(described.info or {}), **self.info}
        if self.faces is not None:
            changes["face_count"] = len(self.faces)
        for name in ("colours", "image_metadata", "phash"):
            if (value := getattr(self, name)) is not None:
                changes[name] = value
        return replace(described, **changes)

    def told(self, described: Described) -> Json:
        """What the answer has besides what is remembered; faces that are stored stand above those that were seen."""
        answer: Json = {}
        if self.faces is not None:
            answer["faces"] = [[round(side) for side in face] for face in described.face_coordinates or self.faces]
        if self.exif is not None:
            answer["exif"] = self.exif
        return answer


NOTHING = Seen()


@dataclass(frozen=True, slots=True)
class Original:
    """A picture that is looked at."""

    data: bytes
    digest: str
    header: Header

    @property
    def size(self) -> Size:
        """In pixels, upright."""
        return Size(self.header.width, self.header.height)


def check(look: Look, analyst: Analyst) -> None:
    """See that there is everything that is to look, before anything is changed. Raises BadRequest."""
    detection.models_named((*look.detection, *look.categorization), analyst.registry)


def seen(look: Look, original: Original, analyst: Analyst) -> Seen:
    """Look. Raises BadRequest as `check` does and BadImage for a picture that cannot be decoded."""
    preview = Preview(original)
    registry = analyst.registry
    detecting = models_looked(detection.models_named(look.detection, registry), original, analyst, preview)
    tagging = models_looked(detection.models_named(look.categorization, registry), original, analyst, preview)
    least = look.auto_tagging
    info: dict[str, Json] = {}
    if detecting:
        info["detection"] = detection.object_detection(detecting, original.size, least)
    if tagging:
        info["categorization"] = detection.categorization(tagging, least)
    found = colours(preview()) if look.colors else None
    written = embedded(original.data) if look.image_metadata or look.media_metadata or look.exif else {}
    return Seen(
        info=info,
        tags=() if least is None else detection.tags((*detecting, *tagging), least),
        faces=faces(original, analyst, preview) if look.faces else None,
        colours=None if found is None else {"colors": found, "predominant": predominant(found)},
        image_metadata=written if look.image_metadata or look.media_metadata else None,
        phash=phash(preview()) if look.phash else None,
        exif=exif_only(written) if look.exif else None,
    )


def models_looked(
    names: tuple[str, ...], original: Original, analyst: Analyst, preview: Preview
) -> tuple[detection.Looked, ...]:
    """What each model sees."""
    return tuple(detection.look(name, analyst, original.digest, preview) for name in names)


def faces(original: Original, analyst: Analyst, preview: Preview) -> tuple[Rectangle, ...]:
    """Every face, in pixels; none where no detector of faces is installed."""
    width, height = original.size.width, original.size.height
    found = analyst.faces(original.digest, preview).detections
    return tuple(
        (d.region.x * width, d.region.y * height, d.region.width * width, d.region.height * height) for d in found
    )


def original_of(data: bytes, digest: str, limits: Limits) -> Original:
    """A picture from its bytes. Raises BadImage."""
    return Original(data, digest, read_header(data, limits))


class Preview:
    """The copy that is looked at, decoded once and only if somebody looks."""

    def __init__(self, original: Original) -> None:
        self._original = original
        self._image: Image.Image | None = None

    def __call__(self) -> Image.Image:
        """Upright, RGB."""
        if self._image is None:
            self._image = Picture(self._original.data, self._original.header).preview()
        return self._image
