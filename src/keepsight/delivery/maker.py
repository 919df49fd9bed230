"""The middle of the way: from a raw path to what it asks for, from there to a picture and the story of its crop."""

from __future__ import annotations

import hashlib
import time
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial

from PIL import Image

from keepsight.assets.original import Original
from keepsight.assets.originals import Originals
from keepsight.delivery.asked import Asked, Understanding, known_of
from keepsight.delivery.client import Client
from keepsight.delivery.derived import Content, Derived
from keepsight.delivery.disposition import saved_as
from keepsight.delivery.first_cut import first_cut
from keepsight.delivery.getinfo import getinfo
from keepsight.delivery.layout import Bounds, lay_out
from keepsight.delivery.materials import Ingredient, Pantry
from keepsight.delivery.negotiate import wanted_format
from keepsight.delivery.room import Counted, Room, decoded_bytes
from keepsight.delivery.sight import OriginalSight
from keepsight.delivery.story import Layout, all_warnings
from keepsight.delivery.writing import Rendering, first_frame, write
from keepsight.detect.analyst import Analyst
from keepsight.detect.moment import moment
from keepsight.pixels.decodes import Decodes
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header, as_stored, read_header, without_mask
from keepsight.pixels.limits import Limits
from keepsight.pixels.picture import Picture
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.layer_source import LayerSource

_DECODED_BYTES = 16 << 20
"""Of decoded originals in memory, for who asks for many crops at once: ten large photos for small crops."""


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

    @property
    def degraded(self) -> bool:
        """Whether a model or a font that was needed is not there: the next one to ask may get another picture."""
        return bool(self.layout.unavailable or self.layout.missing_scripts)


class Maker:
    """Originals, eyes and taste. Called from several threads at once."""

    def __init__(self, settings: Settings, originals: Originals, analyst: Analyst) -> None:
        self.settings, self.originals, self.analyst = settings, originals, analyst
        self._understanding = Understanding(settings, originals, analyst.registry)
        self.decodes = Decodes(_DECODED_BYTES)
        self._room = Room(int(settings.limits.work_bytes))
        self._limits = Limits(max_pixels=settings.limits.max_pixels, max_bytes=int(settings.limits.max_bytes))

    def understand(self, raw_path: str, client: Client, watch: Stopwatch) -> Asked:
        """What a delivery URL asks for. Raises RequestError for one that is refused."""
        return self._understanding.understand(raw_path, client, watch)

    def read(
        self, original: Original, watch: Stopwatch, frame: int = 0, density: Fraction | None = None
    ) -> tuple[bytes, Header]:
        """Its bytes, seen to be a picture within the limits, and the header of one frame. Raises RequestError."""
        with watch.step("read"):
            data = self.originals.read(original)
            return data, read_header(data, self._limits, frame, float(density) if density else None)

    def make(self, asked: Asked, watch: Stopwatch) -> Made:
        """Decide every crop, render and encode. Raises RequestError."""
        plan = asked.plan
        data, header = self.read(asked.original, watch, first_frame(plan.output.pages), plan.output.density)
        header = header if plan.upright else as_stored(header)
        header = without_mask(header) if plan.output.ignore_mask else header
        looked_at = asked.digest if plan.upright else f"{asked.digest}/as stored"
        looked_at += f"/frame {header.frame}" if header.frame else ""
        with self._room.taken() as share:
            first = first_cut(plan, header, self.settings.limits.max_output_pixels)
            picture = Picture(data, header, decoder=Counted(self.decodes.of(looked_at), share, first.pixels))
            for scale in (first.least, 1.0) if first.close else (first.least,):
                picture.hint(scale)
            sight = OriginalSight(picture, looked_at, asked.known, self.analyst, watch)
            pantry = Pantry(
                self._ingredients(asked, watch), self.analyst, watch, self.settings.limits.max_output_pixels
            )
            bounds = Bounds(self.settings.crop.margin, self.settings.limits.max_output_pixels, watch.check)
            # Before anybody looks: who waits for room within a look would have others wait for it.
            share.change(decoded_bytes(header, picture.scale, len(data), first.pixels))
            with watch.step("focus"), moment(asked.models):
                layout = lay_out(plan, picture, sight, pantry, bounds)
            wanted = wanted_format(layout.output.format, asked.original.extension, asked.accept)
            rendering = Rendering(data, picture, layout, self.settings.limits.max_animation_pixels)
            written = write(rendering, wanted, watch, share)
        body, content_type = written.body, written.format.content_type
        warnings = (*layout.warnings, *written.warnings)
        if layout.output.getinfo:
            told = replace(layout, warnings=all_warnings(plan, warnings))
            body = getinfo(header, told, written.format, len(body), sight.attributes)
            content_type = "application/json"
        etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
        derived = Derived(
            body=body,
            content_type=content_type,
            etag=etag,
            crop_box=layout.crop_box,
            focus=layout.reason,
            content=None if layout.output.getinfo else Content.of(header, written.format, *written.image.size),
            modified=int(time.time()),
            attachment=saved_as(layout.output, asked.original),
            immutable=layout.output.immutable,
            warnings=warnings,
        )
        return Made(derived, header, layout, sight, written.image, written.format)

    def _ingredients(self, asked: Asked, watch: Stopwatch) -> dict[LayerSource, Ingredient]:
        return {
            source: Ingredient(digest, known_of(original, self.originals), partial(self.read, original, watch))
            for source, original, digest in asked.layers
        }
