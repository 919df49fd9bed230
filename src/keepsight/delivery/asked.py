"""The first half of the way: from a raw path to what may be answered, and the files that it is made of."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

from keepsight.assets.names import Names
from keepsight.assets.original import Original
from keepsight.assets.originals import Originals
from keepsight.delivery.client import Client
from keepsight.delivery.negotiate import accepted, check_extension
from keepsight.delivery.policy import Grant, Rules, authorize, check_strict
from keepsight.delivery.sight import Known, asks_models
from keepsight.delivery.varies import Varies, headers_of, varying
from keepsight.detect.installation import Installation
from keepsight.detect.moment import Known as KnownModels
from keepsight.detect.registry import Registry
from keepsight.errors import BadRequest, NotFound, RequestError, Unauthorized
from keepsight.pixels.formats import Format
from keepsight.settings import Settings
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.build import build_plan
from keepsight.transformation.layer_source import FetchLayer, LayerSource, TextSource
from keepsight.transformation.path import DeliveryRequest, readings
from keepsight.transformation.plan import Plan

_NAMING = re.compile(r"(?:^|,)(?:t|bl)_")
"""In a component: a transformation that is called by its name."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that was understood and may be answered, and the original that it is about."""

    plan: Plan
    version: str | None
    """`v123` of the URL."""
    original: Original
    digest: str
    known: Known
    accept: bytes
    """The Accept header; it has a say only where the plan negotiates."""
    layers: tuple[tuple[LayerSource, Original, str], ...] = ()
    """The pictures that its layers show, with their digests."""
    until: int | None = None
    """Seconds since the epoch until which the client alone may keep the answer; None: anyone may."""
    fault: str | None = None
    """Why the original stands in for another one."""
    raw: bool = False
    """Whether it is a file of any kind, which is only handed out."""
    names: Names | None = None
    """The transformations of the catalogue, if they may have a say."""
    made: str | None = None
    """The derived image that was made eagerly, if only that allows the request."""
    installation: Installation | None = None
    """Which weights lay there before anything was looked up, if models may have a say."""
    models: KnownModels = field(default_factory=dict, compare=False, repr=False)
    """Which of them are installed, once somebody has asked: its key and its picture are to rest on the same."""

    @property
    def untouched(self) -> bool:
        """Whether the original's own bytes are the answer."""
        return self.plan.untouched and self.original.extension is None

    @property
    def originals(self) -> tuple[Original, ...]:
        """Every file that the answer is made of."""
        return (self.original, *(original for _, original, _ in self.layers))

    @property
    def varies(self) -> Varies:
        """The request headers that have a say in the answer."""
        return Varies.on(headers_of(self.plan))

    @property
    def negotiated(self) -> tuple[Format, ...]:
        """The formats that the client takes, if the plan leaves the choice to it."""
        return accepted(self.accept) if self.plan.negotiates else ()


@dataclass(frozen=True, slots=True)
class _Ask:
    """What a client wants of whichever picture its path means."""

    plan: Plan
    build: Callable[[Sequence[str]], Plan]
    """Makes plans of other components as that one was made."""
    client: Client
    allowed: frozenset[str]


class Understanding:
    """Understands requests, with settings, originals and models at hand. Called from several threads at once."""

    def __init__(self, settings: Settings, originals: Originals, registry: Registry) -> None:
        self._settings, self._originals, self._registry = settings, originals, registry

    def understand(self, raw_path: str, client: Client, watch: Stopwatch) -> Asked:
        """What a delivery URL asks for. Raises RequestError for one that is refused."""
        originals = self._originals
        with watch.step("parse"):
            requests = readings(raw_path, self._settings.cloud.name)
            names = self._names(requests[0])
            known = dict(self._settings.transformations) | (names.known if names else {})
            build = partial(build_plan, hints=client.hints, named=known)
            plan = build(requests[0].components)
        # Before anybody asks which models there are, so that what comes meanwhile is noticed.
        installation = self._registry.installation() if asks_models(plan) else None
        with watch.step("find"), varying(plan):
            ask = _Ask(plan, build, client, names.allowed if names else frozenset())
            request, grant = self._meant(requests, ask)
            raw = request.asset_type == "raw"
            original, missing = _raw(request, plan, originals) if raw else _original(request, plan, originals)
            if original.extension is not None:
                grant = self._check_format(grant, request, ask)
                check_extension(original.extension)
            return Asked(
                plan=plan,
                version=request.raw_version,
                original=original,
                digest=originals.digest(original),
                known=known_of(original, originals),
                accept=client.accept,
                layers=layers_of(plan, originals),
                until=grant.until,
                fault=None if missing is None else str(missing),
                raw=raw,
                names=names,
                made=grant.made,
                installation=installation,
            )

    def _names(self, request: DeliveryRequest) -> Names | None:
        """The transformations of the catalogue, where one may be named or allowed."""
        strict = self._settings.security.strict_transformations
        return self._originals.names() if strict or any(_NAMING.search(c) for c in request.components) else None

    def _meant(self, requests: Sequence[DeliveryRequest], ask: _Ask) -> tuple[DeliveryRequest, Grant]:
        """The reading of a path that is meant, and what it may: the first that is allowed and leads to a picture.

        A signature opens only the reading that it was made for. Raises what the first reading does.
        """
        first, *others = requests
        if not others:
            return first, self._authorize(first, ask)
        for request in requests:
            if self._originals.has(request.public_id, request.delivery_type):
                with suppress(Unauthorized):
                    return request, self._authorize(request, ask)
        return first, self._authorize(first, ask)

    def _authorize(self, request: DeliveryRequest, ask: _Ask) -> Grant:
        rules = Rules(self._settings, self._registry, ask.allowed, partial(self._made_ahead, request, ask))
        return authorize(request, ask.plan, ask.client, rules)

    def _check_format(self, grant: Grant, request: DeliveryRequest, ask: _Ask) -> Grant:
        """See that it may be in another format than the original, too. Raises Unauthorized."""
        try:
            check_strict(grant, self._settings)
        except Unauthorized:
            made = self._made_ahead(request, ask)
            if made is None:
                raise
            return replace(grant, trusted=True, made=made)
        return grant

    def _made_ahead(self, request: DeliveryRequest, ask: _Ask) -> str | None:
        """The id of a derived image that was made eagerly and is this one: written the same, or meaning the same."""
        if request.delivery_type == "fetch" or request.asset_type != "image":
            return None
        try:
            original = self._originals.find(request.public_id, request.extension, request.delivery_type)
        except NotFound:
            return None
        images, text = self._originals.made_ahead(original), "/".join(request.components)
        for image in images:
            if image.transformation == text:
                return image.id
        for image in images:
            with suppress(BadRequest):  # a name that it was made by may be gone
                if ask.build([c for c in image.transformation.split("/") if c]) == ask.plan:
                    return image.id
        return None


def known_of(original: Original, originals: Originals) -> Known:
    """What is stored with it."""
    return Known(originals.coordinates(original), originals.described(original))


def layers_of(plan: Plan, originals: Originals) -> tuple[tuple[LayerSource, Original, str], ...]:
    """The pictures that the layers of a plan show, with their digests. Raises RequestError."""
    sources = [source for source in dict.fromkeys(plan.sources) if not isinstance(source, TextSource)]
    layers = [(source, _layer(source, originals)) for source in sources]
    return tuple((source, layer, originals.digest(layer)) for source, layer in layers)


def _original(request: DeliveryRequest, plan: Plan, originals: Originals) -> tuple[Original, RequestError | None]:
    """The original, or the one that `d_` names and why it is taken. Raises RequestError."""
    try:
        return originals.find(request.public_id, request.extension, request.delivery_type), None
    except NotFound as missing:
        if plan.default is None:
            raise
        return originals.find_default(plan.default, request.extension, missing), missing


def _raw(request: DeliveryRequest, plan: Plan, originals: Originals) -> tuple[Original, None]:
    """A file that is no picture: nothing can be made of it. Raises RequestError."""
    if not plan.untouched:
        raise BadRequest(
            "Invalid transformation: raw files are delivered as they are (expected fl_attachment at most)"
        )
    suffix = f".{request.extension}" if request.extension else ""
    return originals.find_raw(f"{request.public_id}{suffix}", request.delivery_type), None


def _layer(source: LayerSource, originals: Originals) -> Original:
    match source:
        case FetchLayer(url):
            return originals.find_layer(url, "fetch")
        case TextSource():
            raise TypeError("a text has no file")
        case _:
            return originals.find_layer(source.public_id, source.type)
