"""The middle of the way: from a raw path to what it asks for, from there to a picture and the story of its crop."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import partial

from PIL import Image

from keepsight.assets.coordinates import Coordinates
from keepsight.assets.originals import Original, Originals
from keepsight.delivery.derived import Derived
from keepsight.delivery.getinfo import getinfo
from keepsight.delivery.layout import Bounds, lay_out
from keepsight.delivery.materials import Ingredient, Pantry
from keepsight.delivery.negotiate import accepted, check_extension, wanted_format
from keepsight.delivery.policy import authorize, check_strict
from keepsight.delivery.sight import OriginalSight
from keepsight.delivery.story import Layout
from keepsight.detect.analyst import Analyst
from keepsight.errors import BadRequest, NotFound
from keepsight.pixels.encode import Encoding, encode
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header, Limits, as_stored, read_header
from keepsight.pixels.picture import Picture
from keepsight.pixels.quality import auto_quality
from keepsight.pixels.render import render
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.build import build_plan
from keepsight.transformation.hints import NO_HINTS, Hints
from keepsight.transformation.layer_source import AssetLayer, LayerSource, TextSource
from keepsight.transformation.output import Output
from keepsight.transformation.path import split_path
from keepsight.transformation.plan import Plan, Resize
from keepsight.transformation.values import Mode


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was understood and may be answered, and the original that it is about."""

    plan: Plan
    version: str | None
    """`v123` of the URL."""
    original: Original
    digest: str
    coordinates: Coordinates
    accept: bytes
    """The Accept header; it has a say only where the plan negotiates."""
    layers: tuple[tuple[LayerSource, Original, str], ...] = ()
    """The pictures that its layers show, with their digests."""

    @property
    def untouched(self) -> bool:
        """Whether the original's own bytes are the answer."""
        return not self.plan.transforms and self.original.extension is None

    @property
    def originals(self) -> tuple[Original, ...]:
        """Every file that the answer is made of."""
        return (self.original, *(original for _, original, _ in self.layers))

    @property
    def negotiated(self) -> tuple[Format, ...]:
        """The formats that the client takes, if the plan leaves the choice to it."""
        return accepted(self.accept) if self.plan.negotiates else ()


@dataclass(frozen=True, slots=True, eq=False)
class Made:
    """A picture that was made, and how."""

    derived: Derived
    header: Header
    layout: Layout
    sight: OriginalSight
    image: Image.Image
    """As it was encoded: L, RGB or RGBA in sRGB; the first frame of an animation."""
    format: Format


class Maker:
    """Originals, eyes and taste. Called from several threads at once."""

    def __init__(self, settings: Settings, originals: Originals, analyst: Analyst) -> None:
        self.settings, self.originals, self.analyst = settings, originals, analyst
        self._limits = Limits(max_pixels=settings.limits.max_pixels, max_bytes=int(settings.limits.max_bytes))

    def understand(self, raw_path: str, accept: bytes, watch: Stopwatch, hints: Hints = NO_HINTS) -> Asked:
        """What a delivery URL asks for. Raises RequestError for one that is refused."""
        with watch.step("parse"):
            request = split_path(raw_path, self.settings.cloud.name)
            plan = build_plan(request.components, hints, self.settings.transformations)
            authorize(request, plan, self.settings, self.analyst.registry)
        with watch.step("find"):
            original = self.originals.find(request.public_id, request.extension)
            if original.extension is not None:
                check_strict(request, self.settings)
                check_extension(original.extension)
            return Asked(
                plan=plan,
                version=request.raw_version,
                original=original,
                digest=self.originals.digest(original),
                coordinates=self.originals.coordinates(original),
                accept=accept,
                layers=tuple(self._layer(s) for s in dict.fromkeys(plan.sources) if not isinstance(s, TextSource)),
            )

    def read(self, original: Original, watch: Stopwatch) -> tuple[bytes, Header]:
        """Its bytes, seen to be a picture within the limits. Raises RequestError."""
        with watch.step("read"):
            data = self.originals.read(original)
            return data, read_header(data, self._limits)

    def make(self, asked: Asked, watch: Stopwatch) -> Made:
        """Decide every crop, render and encode. Raises RequestError."""
        plan = asked.plan
        data, header = self.read(asked.original, watch)
        header = header if plan.upright else as_stored(header)
        picture = Picture(data, header)
        picture.hint(_widest_scale(plan, header))
        looked_at = asked.digest if plan.upright else f"{asked.digest}/as stored"
        sight = OriginalSight(picture, looked_at, asked.coordinates, self.analyst, watch)
        pantry = Pantry(self._ingredients(asked, watch), self.analyst, watch, self.settings.limits.max_output_pixels)
        bounds = Bounds(self.settings.crop.margin, self.settings.limits.max_output_pixels, watch.check)
        with watch.step("focus"):
            layout = lay_out(plan, picture, sight, pantry, bounds)
        with watch.step("render"):
            image = render(layout.source, layout.operations, watch.check)
        with watch.step("encode"):
            wanted = wanted_format(layout.output.format, asked.original.extension, asked.accept)
            chosen = wanted.choose(header.format, alpha=image.mode == "RGBA", pixels=image.width * image.height)
            body = encode(image, _encoding(layout.output, chosen))
        content_type = chosen.content_type
        if layout.output.getinfo:
            body, content_type = getinfo(header, layout, chosen, len(body)), "application/json"
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        derived = Derived(body, content_type, etag, layout.crop_box, layout.reason, varies=plan.negotiates)
        return Made(derived, header, layout, sight, image, chosen)

    def _layer(self, source: LayerSource) -> tuple[LayerSource, Original, str]:
        if not isinstance(source, AssetLayer) or source.type != "upload":
            raise BadRequest("layers of this kind are not offered")
        try:
            original = self.originals.find(source.public_id)
        except NotFound:
            raise BadRequest(f"Unknown or invalid referenced image {source.public_id} of type {source.type}") from None
        return source, original, self.originals.digest(original)

    def _ingredients(self, asked: Asked, watch: Stopwatch) -> dict[LayerSource, Ingredient]:
        return {
            source: Ingredient(digest, self.originals.coordinates(original), partial(self.read, original, watch))
            for source, original, digest in asked.layers
        }


def _encoding(output: Output, chosen: Format) -> Encoding:
    quality = output.quality
    number = quality.value if quality else None
    if quality and quality.level:
        number = auto_quality(quality.level, chosen)
    return Encoding(chosen, number, quality.chroma if quality else None)


def _widest_scale(plan: Plan, header: Header) -> float:
    """The least scale that the first cut can need, so that one decode serves detection and the crop."""
    first = plan.steps[0] if plan.steps else None
    if not isinstance(first, Resize) or first.mode is Mode.CROP:
        return 1.0
    width = first.width if isinstance(first.width, int) else header.width * (first.width or 0)
    height = first.height if isinstance(first.height, int) else header.height * (first.height or 0)
    return float(max(width / header.width, height / header.height))
