"""The way of a request, from a raw path to an answer: one direction, no going back."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import TypeVar

from keepsight.assets.at_hand import at_hand
from keepsight.assets.catalogue.asset import Json
from keepsight.assets.original import Original
from keepsight.assets.originals import Originals
from keepsight.claims import pauses
from keepsight.delivery.answer import Answer, image_answer
from keepsight.delivery.asked import Asked, known_of, layers_of
from keepsight.delivery.client import Client
from keepsight.delivery.derived import Content, Derived
from keepsight.delivery.disposition import saved_as
from keepsight.delivery.grounds import Grounds
from keepsight.delivery.images import Images
from keepsight.delivery.maker import Made, Maker
from keepsight.delivery.neighbours import Neighbours
from keepsight.delivery.sight import asks_described, identities
from keepsight.delivery.story import all_warnings
from keepsight.delivery.varies import Varies, varying
from keepsight.detect.analyst import Analyst
from keepsight.detect.moment import moment
from keepsight.pixels.formats import Format
from keepsight.pixels.svg import sanitize
from keepsight.settings import Settings
from keepsight.telemetry.inference import left_out
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.layer_source import TextSource
from keepsight.transformation.plan import Plan

T = TypeVar("T")

RENDER_VERSION = 9
"""Part of the key of every derived image: raise it when the same plan gives other pixels or bytes."""


@dataclass(frozen=True, slots=True)
class Delivered:
    """An answer and what it rests on."""

    answer: Answer
    grounds: Grounds
    varies: Varies
    lasting: bool
    """Whether the answer may be kept in memory for anyone who asks the same.

    Not when it was made without a model that was asked for, for the bearer of a token, or in the place of another.
    """


@dataclass(frozen=True, slots=True)
class Looked:
    """What a URL asks for, and that it is not there."""

    asked: Asked
    key: str | None
    """That of the derived image; None where the original's own bytes are the answer."""
    mine: bool = False
    """Whether this call has the claim on it, so that nobody else makes it; `leave` gives it up."""


class Origin:
    """Everything an answer is made with. Its methods are called from several threads at once."""

    def __init__(
        self, settings: Settings, originals: Originals, analyst: Analyst, images: Images, neighbours: Neighbours
    ) -> None:
        self.settings, self.originals, self.analyst, self.images = settings, originals, analyst, images
        self.neighbours = neighbours
        self.maker = Maker(settings, originals, analyst)

    def deliver(self, raw_path: str, client: Client) -> Delivered:
        """Answer one delivery URL, all at once. Raises RequestError."""
        watch = Stopwatch(self.settings.limits.deadline)
        found = self.look(raw_path, client, watch, fetching=True)
        waits = pauses()
        while isinstance(found, Looked) and not self.may_make(found):
            time.sleep(next(waits))
            watch.check()
            if self.may_make(found := self.claim(found)):
                found = self._holding(found, self.look_again, watch)
        return found if isinstance(found, Delivered) else self._holding(found, self.make, watch)

    def look(self, raw_path: str, client: Client, watch: Stopwatch, *, fetching: bool) -> Delivered | Looked:
        """The first half of `deliver`: the answer, if its image is there, else what is asked for.

        Raises RequestError, and WouldFetch where another server has to be asked and `fetching` does not allow it.
        """
        with nullcontext() if fetching else at_hand():
            asked = self.maker.understand(raw_path, client, watch)
        if asked.untouched:
            return Looked(asked, None)
        with watch.step("lookup"):
            key = self._key(asked)
        # First the claim, then the look: what another process ends between the two would be made again.
        return self._holding(self.claim(Looked(asked, key)), self.look_again, watch)

    def may_have(self, raw_path: str) -> bool:
        """Whether an image for this URL may lie on disk, or in a store that servers share; False is certain."""
        return self.images.shared is not None or raw_path in self.neighbours.seen

    def claim(self, looked: Looked) -> Looked:
        """With the claim on it, unless somebody else has that. Does not block."""
        return looked if looked.key is None else replace(looked, mine=self.neighbours.claims.take(looked.key))

    def look_again(self, looked: Looked, watch: Stopwatch) -> Delivered | Looked:
        """The answer, if its image has come; else `looked` itself, whose claim goes on. Raises RequestError."""
        asked, key = looked.asked, looked.key
        if key is None:
            return looked
        with watch.step("lookup"):
            stored = self.images.get(asked.digest, key, self.originals.generation(asked.original))
        return looked if stored is None else self._delivered(asked, stored, watch, hit=True)

    def may_make(self, looked: Looked) -> bool:
        """Whether `make` is next: nobody else is at it."""
        return looked.mine or looked.key is None

    def make(self, looked: Looked, watch: Stopwatch) -> Delivered:
        """The second half of `deliver`. Raises RequestError."""
        asked = looked.asked
        if looked.key is None:
            return self._delivered(asked, self._untouched(asked, watch), watch, hit=False)
        with varying(asked.plan):
            made = self._made(asked, looked.key, watch)
        return self._delivered(asked, made.derived, watch, hit=False, degraded=made.degraded)

    def leave(self, looked: Looked) -> None:
        """Give up the claim on an image, if there is one: somebody else may make it."""
        if looked.mine and looked.key is not None:
            self.neighbours.claims.release(looked.key)

    def make_ahead(self, original: Original, plan: Plan) -> Made:
        """Make what a URL will ask for, and keep it where that will look. Raises RequestError."""
        asked = Asked(
            plan=plan,
            version=None,
            original=original,
            digest=self.originals.digest(original),
            known=known_of(original, self.originals),
            accept=b"",
            layers=layers_of(plan, self.originals),
        )
        key = self._key(asked)
        with self.neighbours.claims.held(key, 0.0):  # who asks for it meanwhile waits for it
            made = self._made(asked, key, Stopwatch(self.settings.limits.deadline))
        self.neighbours.seen.add_made(original.key)
        return made

    def _holding(self, looked: Looked, work: Callable[[Looked, Stopwatch], T], watch: Stopwatch) -> T:
        """What `work` gives; the claim is given up unless that is `looked` itself."""
        outcome: object = None
        try:
            outcome = given = work(looked, watch)
            return given
        finally:
            if outcome is not looked:
                self.leave(looked)

    def _made(self, asked: Asked, key: str, watch: Stopwatch) -> Made:
        made = self.maker.make(asked, watch)
        left_out(made.layout.unavailable)
        if not made.degraded:
            with watch.step("store"):
                self.images.put(asked.digest, key, self.originals.generation(asked.original), made.derived)
        return made

    def _delivered(
        self, asked: Asked, derived: Derived, watch: Stopwatch, *, hit: bool, degraded: bool = False
    ) -> Delivered:
        brief = degraded or asked.fault is not None
        kept = self._cache_control(asked, derived, brief)
        warnings = all_warnings(asked.plan, derived.warnings)
        answer = image_answer(replace(derived, warnings=warnings), asked.varies, kept, asked.fault)
        answer = replace(answer, cache=b"hit" if hit else b"miss", timing=watch.header().encode())
        grounds = Grounds(asked.originals, asks_described(asked.plan), asked.names, asked.made, asked.installation)
        return Delivered(answer, grounds, asked.varies, lasting=not brief and asked.until is None)

    def _untouched(self, asked: Asked, watch: Stopwatch) -> Derived:
        """The bytes of the original, once they are seen to be a picture; of a drawing only what draws."""
        if asked.raw:
            return self._as_stored(asked, watch)
        data, header = self.maker.read(asked.original, watch)
        version = asked.digest
        if header.format is Format.SVG:  # the headers keep a browser from running it; what is gone needs no browser
            data = sanitize(data)
            version = hashlib.sha256(data).hexdigest()
        return Derived(
            body=data,
            content_type=header.format.content_type,
            etag=f'"{version[:32]}"',
            crop_box=f"0,0,{header.width},{header.height}",
            focus="original",
            content=Content.of(header, header.format, header.width, header.height),
            modified=asked.original.modified,
            attachment=saved_as(asked.plan.output, asked.original),
            immutable=asked.plan.output.immutable,
        )

    def _as_stored(self, asked: Asked, watch: Stopwatch) -> Derived:
        """A file of any kind, to be saved and never shown: it may be a page with scripts."""
        with watch.step("read"):
            data = self.originals.read(asked.original)
        last = asked.original.key.rpartition("/")[2]
        stem, dot, suffix = last.rpartition(".")
        return Derived(
            body=data,
            content_type="application/octet-stream",
            etag=f'"{asked.digest[:32]}"',
            crop_box="",
            focus="original",
            content=None,
            modified=asked.original.modified,
            attachment=asked.plan.output.attachment or (stem if dot else last),
            suffix=suffix if dot else "",
            immutable=asked.plan.output.immutable,
        )

    def _key(self, asked: Asked) -> str:
        with moment(asked.models):
            decides = identities(asked.plan, asked.known.coordinates, self.analyst)
        layers = tuple((source, digest, self.originals.coordinates(o)) for source, o, digest in asked.layers)
        parts = (
            RENDER_VERSION,
            asked.digest,
            asked.plan,
            asked.negotiated,
            asked.original.extension,
            layers,
            self.settings.crop,
            self.settings.limits.max_output_pixels,
            _fonts(asked.plan),
            decides,
            tuple(map(self.originals.generation, asked.originals)),
            self._said(asked),
            asked.plan.warnings if asked.plan.output.getinfo else (),  # which stand in its body
        )
        return hashlib.sha256(repr(parts).encode()).hexdigest()

    def _said(self, asked: Asked) -> tuple[Json, ...]:
        """What people said of the pictures, if it may have a say."""
        if not asks_described(asked.plan):
            return ()
        said = map(self.originals.described, asked.originals)
        return tuple((one.tags, sorted(one.context.items()), sorted(one.metadata.items())) for one in said)

    def _cache_control(self, asked: Asked, derived: Derived, brief: bool) -> str:
        cache, fetched = self.settings.cache, any(o.fresh_until is not None for o in asked.originals)
        if brief:
            return f"public, no-transform, max-age={cache.error_max_age}"
        age = min(cache.max_age, self.settings.fetch.max_age) if fetched else cache.max_age
        if asked.until is not None:
            return f"private, no-transform, max-age={max(0, min(age, asked.until - int(time.time())))}"
        immutable = "immutable, " if derived.immutable or self._names_bytes(asked) else ""
        return f"public, no-transform, {immutable}max-age={age}"

    def _names_bytes(self, asked: Asked) -> bool:
        """Whether the URL names these very bytes, so that they never change behind it: by the version of an upload.

        `v1`, which SDKs write of themselves, an older version and one of a file in a folder, which has none, name
        nothing; nor does any version name the pictures that layers show.
        """
        version = self.originals.version(asked.original)
        return version is not None and asked.version == f"v{version}" and not asked.layers


def _fonts(plan: Plan) -> tuple[bool, ...]:
    """Which fonts of a plan are there: one that stands in goes as soon as the one that was asked for is installed."""
    texts = [source for source in plan.sources if isinstance(source, TextSource)]
    if not texts:
        return ()
    from keepsight.pixels.text import is_installed  # noqa: PLC0415 - brings libvips along

    return tuple(is_installed(text.layer.style.family) for text in texts)
