"""The way of a request, from a raw path to an answer: one direction, no going back."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from keepsight.assets.originals import Original, Originals
from keepsight.delivery.answer import Answer, image_answer
from keepsight.delivery.derived import Derived, DerivedCache
from keepsight.delivery.maker import Asked, Maker
from keepsight.delivery.sight import identities
from keepsight.detect.analyst import Analyst
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch

RENDER_VERSION = 2
"""Part of the key of every derived image: raise it when the same plan gives other pixels."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An answer and the files that it stays true for."""

    answer: Answer
    originals: tuple[Original, ...]
    lasting: bool
    """Whether the answer may be kept: not when it was made without a model that was asked for."""


class Origin:
    """Everything an answer is made with. `deliver` is called from several threads at once."""

    def __init__(self, settings: Settings, originals: Originals, analyst: Analyst, derived: DerivedCache) -> None:
        self.settings, self.originals, self.analyst, self.derived = settings, originals, analyst, derived
        self._maker = Maker(settings, originals, analyst)

    def deliver(self, raw_path: str, accept: bytes) -> Delivered:
        """Answer one delivery URL. Raises RequestError."""
        watch = Stopwatch(self.settings.limits.deadline)
        asked = self._maker.understand(raw_path, accept, watch)
        if asked.untouched:
            return Delivered(self._untouched(asked, watch), asked.originals, lasting=True)
        with watch.step("lookup"):
            key = self._key(asked)
            stored = self.derived.get(asked.digest, key)
        if stored is not None:
            answer = image_answer(stored, self._max_age(asked.version), timing=watch.header(), hit=True)
            return Delivered(answer, asked.originals, lasting=True)
        made = self._maker.make(asked, watch)
        lasting = not made.layout.unavailable
        if lasting:
            with watch.step("store"):
                self.derived.put(asked.digest, key, made.derived)
        age = self._max_age(asked.version) if lasting else f"public, max-age={self.settings.cache.error_max_age}"
        return Delivered(image_answer(made.derived, age, timing=watch.header(), hit=False), asked.originals, lasting)

    def _untouched(self, asked: Asked, watch: Stopwatch) -> Answer:
        """The bytes of the original, once they are seen to be a picture."""
        data, header = self._maker.read(asked.original, watch)
        box = f"0,0,{header.width},{header.height}"
        made = Derived(data, header.format.content_type, f'"{asked.digest[:32]}"', box, "original", varies=False)
        return image_answer(made, self._max_age(asked.version), timing=watch.header(), hit=False)

    def _key(self, asked: Asked) -> str:
        decides = identities(asked.plan, asked.coordinates, self.analyst)
        layers = tuple((source, digest) for source, _, digest in asked.layers)
        parts = (
            RENDER_VERSION,
            asked.digest,
            asked.plan,
            asked.negotiated,
            asked.original.extension,
            layers,
            self.settings.crop,
            decides,
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _max_age(self, version: str | None) -> str:
        # A URL with a version names these very bytes; without one the picture behind it may change.
        immutable = "immutable, " if version else ""
        return f"public, no-transform, {immutable}max-age={self.settings.cache.max_age}"
