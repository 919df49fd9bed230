"""The way of a request, from a raw path to an answer: one direction, no going back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from keepsight.assets.originals import Original, Originals
from keepsight.delivery.answer import Answer, image_answer
from keepsight.delivery.derived import Derived, DerivedCache
from keepsight.delivery.getinfo import getinfo
from keepsight.delivery.layout import Layout, lay_out
from keepsight.delivery.negotiate import Wanted, wanted_format
from keepsight.delivery.policy import authorize, check_strict
from keepsight.delivery.sight import OriginalSight, identities
from keepsight.detect.analyst import Analyst
from keepsight.pixels.encode import Encoding, encode
from keepsight.pixels.formats import Format
from keepsight.pixels.header import Header, Limits, read_header
from keepsight.pixels.picture import Picture
from keepsight.pixels.quality import auto_quality
from keepsight.pixels.render import render
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.build import build_plan
from keepsight.transformation.path import split_path
from keepsight.transformation.plan import Plan, Resize
from keepsight.transformation.values import Mode

RENDER_VERSION = 1
"""Part of the key of every derived image: raise it when the same plan gives other pixels."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An answer and the original that it stays true for."""

    answer: Answer
    original: Original
    lasting: bool
    """Whether the answer may be kept: not when it was made without a model that was asked for."""


class Origin:
    """Everything an answer is made with. `deliver` is called from several threads at once."""

    def __init__(self, settings: Settings, originals: Originals, analyst: Analyst, derived: DerivedCache) -> None:
        self.settings, self.originals, self.analyst, self.derived = settings, originals, analyst, derived
        self._limits = Limits(max_pixels=settings.limits.max_pixels, max_bytes=int(settings.limits.max_bytes))

    def deliver(self, raw_path: str, accept: bytes) -> Delivered:
        """Answer one delivery URL. Raises RequestError."""
        watch = Stopwatch(self.settings.limits.deadline)
        with watch.step("parse"):
            request = split_path(raw_path, self.settings.cloud.name)
            plan = build_plan(request.components)
            authorize(request, plan, self.settings, self.analyst.registry)
        with watch.step("find"):
            original = self.originals.find(request.public_id, request.extension)
            if original.extension is not None:
                check_strict(request, self.settings)
            digest = self.originals.digest(original)
            wanted = wanted_format(plan.format, original.extension, accept)
        if not plan.transforms and original.extension is None:
            return Delivered(self._untouched(original, digest, request.raw_version, watch), original, lasting=True)
        with watch.step("lookup"):
            key = self._key(digest, plan, wanted)
            stored = self.derived.get(digest, key)
        if stored is not None:
            answer = image_answer(stored, self._max_age(request.raw_version), timing=watch.header(), hit=True)
            return Delivered(answer, original, lasting=True)
        made, layout = self._make(original, digest, plan, wanted, watch)
        lasting = not layout.unavailable
        if lasting:
            with watch.step("store"):
                self.derived.put(digest, key, made)
        age = self._max_age(request.raw_version) if lasting else f"public, max-age={self.settings.cache.error_max_age}"
        return Delivered(image_answer(made, age, timing=watch.header(), hit=False), original, lasting)

    def _make(
        self, original: Original, digest: str, plan: Plan, wanted: Wanted, watch: Stopwatch
    ) -> tuple[Derived, Layout]:
        with watch.step("read"):
            data = self.originals.read(original)
            header = read_header(data, self._limits)
        picture = Picture(data, header)
        picture.hint(_widest_scale(plan, header))
        sight = OriginalSight(picture, digest, self.analyst, watch)
        with watch.step("focus"):
            layout = lay_out(plan, sight, self.settings.crop.margin, self.settings.limits.max_output_pixels)
        with watch.step("render"):
            image = render(picture, layout.operations, watch.check)
        with watch.step("encode"):
            chosen = wanted.choose(header.format, alpha=image.mode == "RGBA", pixels=image.width * image.height)
            body = encode(image, _encoding(plan, chosen))
        content_type = chosen.content_type
        if plan.getinfo:
            body, content_type = getinfo(header, layout, chosen, len(body)), "application/json"
        return _derived(body, content_type, layout.crop_box, layout.reason, varies=wanted.auto), layout

    def _untouched(self, original: Original, digest: str, version: str | None, watch: Stopwatch) -> Answer:
        """The bytes of the original, once they are seen to be a picture."""
        with watch.step("read"):
            data = self.originals.read(original)
            header = read_header(data, self._limits)
        box = f"0,0,{header.width},{header.height}"
        made = Derived(data, header.format.content_type, f'"{digest[:32]}"', box, "original", varies=False)
        return image_answer(made, self._max_age(version), timing=watch.header(), hit=False)

    def _key(self, digest: str, plan: Plan, wanted: Wanted) -> str:
        parts = (RENDER_VERSION, digest, plan, wanted, self.settings.crop, identities(plan, self.analyst))
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _max_age(self, version: str | None) -> str:
        # A URL with a version names these very bytes; without one the picture behind it may change.
        immutable = "immutable, " if version else ""
        return f"public, no-transform, {immutable}max-age={self.settings.cache.max_age}"


def _derived(body: bytes, content_type: str, crop_box: str, focus: str, *, varies: bool) -> Derived:
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    return Derived(body, content_type, etag, crop_box, focus, varies)


def _encoding(plan: Plan, chosen: Format) -> Encoding:
    quality = plan.quality
    number = quality.value if quality else None
    if quality and quality.level:
        number = auto_quality(quality.level, chosen)
    return Encoding(chosen, number, quality.chroma if quality else None, plan.flatten)


def _widest_scale(plan: Plan, header: Header) -> float:
    """The least scale that the first cut can need, so that one decode serves detection and the crop."""
    first = plan.steps[0] if plan.steps else None
    if not isinstance(first, Resize) or first.mode is Mode.CROP:
        return 1.0
    width = first.width if isinstance(first.width, int) else header.width * (first.width or 0)
    height = first.height if isinstance(first.height, int) else header.height * (first.height or 0)
    return float(max(width / header.width, height / header.height))
