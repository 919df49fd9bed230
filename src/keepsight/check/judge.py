"""What this server would answer to an address, told without a picture."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from cachetools import LRUCache

from keepsight.assets.names import Names
from keepsight.check.addresses import Address
from keepsight.delivery.client import ANYONE
from keepsight.delivery.negotiate import check_extension
from keepsight.delivery.policy import Rules, authorize
from keepsight.detect.registry import Registry
from keepsight.errors import BadRequest, RequestError, Unauthorized
from keepsight.pixels.formats import EXTENSIONS
from keepsight.settings import Settings
from keepsight.transformation.build import build_plan
from keepsight.transformation.gravity import FACE_WORDS, Objects, automatic_part
from keepsight.transformation.layer_source import FetchLayer, TextSource
from keepsight.transformation.path import DeliveryRequest, readings
from keepsight.transformation.plan import ApplyEffect, Plan, every_step

REMEMBERED = 65_536
"""Verdicts on paths, and plans of transformations: a log repeats both."""
# fmt: off
_ELSEWHERE = frozenset({
    "ai", "arw", "bw", "cr2", "cr3", "djvu", "dng", "eps", "eps3", "ept", "fbx", "flif", "glb", "gltf", "hdp",
    "indd", "jxr", "obj", "pdf", "ply", "ps", "psd", "svgz", "tga", "u3ma", "usdz", "wdp", "3g2", "3gp", "avi",
    "flv", "m2ts", "m3u8", "mkv", "mov", "mp4", "mpd", "mpeg", "mts", "mxf", "ogv", "ts", "webm", "wmv", "aac",
    "aiff", "amr", "flac", "m4a", "mp3", "ogg", "opus", "wav",
})
# fmt: on
"""Extensions of formats that Cloudinary delivers and this server neither reads nor writes (Cloudinary, Supported image
formats and the like for video and audio)."""


@dataclass(frozen=True, slots=True)
class Need:
    """Something to set before an address is answered as it was."""

    setting: str
    value: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """On one address. It renders as things are if there is neither `refusal` nor a need in `first`."""

    refusal: str | None = None
    """What the server would answer instead of a picture, whatever is set."""
    first: tuple[Need, ...] = ()
    """What has to be set, or the answer is a refusal."""
    remarks: tuple[str, ...] = ()
    """What is ignored, limited or decided in another way here."""
    transformation: str = ""
    """As it stands in the address, percent-decoded."""
    signed: bool = False
    """Whether it carries a signature that nobody could check, since there is no secret."""
    unsigned_objects: bool = False
    """Whether it is answered in development mode only: it names objects without a signature."""
    specific: bool = False
    """Whether `refusal` or `remarks` may hold values of the transformation."""

    @property
    def renders(self) -> bool:
        """Whether a picture is the answer, if the original is there."""
        return self.refusal is None and not self.first


@dataclass(frozen=True, slots=True)
class _Planned:
    """A transformation, read once."""

    plan: Plan = field(default_factory=Plan)
    refusal: str | None = None
    needs: tuple[Need, ...] = ()
    remarks: tuple[str, ...] = ()


class _AnyName(Mapping[str, str]):
    """Knows every name of a transformation; those of others are collected in `unknown`, and mean nothing."""

    def __init__(self, known: Mapping[str, str]) -> None:
        self._known = known
        self.unknown: list[str] = []

    def __contains__(self, name: object) -> bool:
        return True

    def __getitem__(self, name: str) -> str:
        if name not in self._known:
            self.unknown.append(name)
            return "fl_progressive"
        return self._known[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._known)

    def __len__(self) -> int:
        return len(self._known)


class Judge:
    """Tells what would be answered with these settings. Not safe for threads."""

    def __init__(self, settings: Settings, registry: Registry, names: Names) -> None:
        self._settings, self._registry = settings, registry
        self.strict = settings.security.strict_transformations
        """Whether a transformation passes by its very text."""
        self._rules = Rules(settings, registry, names.allowed, lambda: None)
        self._named = dict(settings.transformations) | names.known
        self._verdicts: LRUCache[Address, Verdict] = LRUCache(REMEMBERED)
        self._plans: LRUCache[tuple[str, ...], _Planned] = LRUCache(REMEMBERED)
        self._words: dict[str, str | None] = {}

    def verdict(self, address: Address) -> Verdict:
        """On the address, whatever cloud it names: that of a server that takes over is its own. Never raises."""
        found = self._verdicts.get(address)
        if found is None:
            found = self._verdicts[address] = self._judged(address)
        return found

    def _judged(self, address: Address) -> Verdict:
        try:
            requests = readings(address.path, address.cloud or "")
        except RequestError as error:
            return Verdict(str(error), specific=True)
        request = requests[0]
        transformation = "/".join(request.components)
        planned = self._planned(request.components)
        refusal = self._refusal(requests, planned)
        if refusal is not None:
            return Verdict(refusal, transformation=transformation, specific=True)
        open_ = not self._settings.cloud.secrets
        return Verdict(
            first=(*planned.needs, *self._to_open(request)),
            remarks=planned.remarks,
            transformation=transformation,
            signed=open_ and request.signature is not None,
            unsigned_objects=open_ and request.signature is None and bool(planned.plan.object_words),
            specific=bool(planned.plan.warnings),
        )

    def _refusal(self, requests: Sequence[DeliveryRequest], planned: _Planned) -> str | None:
        """Why the server refuses; of two readings of a path one that is allowed is enough."""
        denied: str | None = None
        for request in requests:
            try:
                authorize(request, planned.plan, ANYONE, self._rules)
                if planned.refusal is None:
                    _check_file(request, planned.plan)
            except Unauthorized as error:
                denied = denied or str(error)
            except BadRequest as error:
                return str(error)
            else:
                return planned.refusal
        return planned.refusal or denied

    def _planned(self, components: tuple[str, ...]) -> _Planned:
        found = self._plans.get(components)
        if found is None:
            found = self._plans[components] = self._read(components)
        return found

    def _read(self, components: tuple[str, ...]) -> _Planned:
        named = _AnyName(self._named)
        try:
            plan = build_plan(components, named=named)
        except BadRequest as error:
            return _Planned(refusal=str(error))
        needs = [Need("transformations", name) for name in dict.fromkeys(named.unknown)]
        fetched = (source.url for source in plan.sources if isinstance(source, FetchLayer))
        needs += (need for url in fetched for need in self._to_fetch(url))
        return _Planned(plan, needs=tuple(needs), remarks=tuple(dict.fromkeys(self._remarks(plan))))

    def _to_open(self, request: DeliveryRequest) -> Iterator[Need]:
        """What the delivery type asks of the settings."""
        if request.delivery_type == "fetch":
            yield from self._to_fetch(request.public_id)

    def _to_fetch(self, url: str) -> Iterator[Need]:
        from keepsight.fetch.transport import is_among  # noqa: PLC0415 - brings the HTTP client along

        parts = urlsplit(url)
        host, fetch = (parts.hostname or "").lower(), self._settings.fetch
        excused = f"{parts.scheme}://{parts.netloc}" in fetch.unsafe_origins
        if not excused and not is_among(host, fetch.allowed_hosts):
            yield Need("fetch.allowed_hosts", host)

    def _remarks(self, plan: Plan) -> Iterator[str]:
        yield from plan.warnings
        for gravity in plan.gravities:
            auto = automatic_part(gravity)
            words = [w for w in gravity.words if w not in FACE_WORDS] if isinstance(gravity, Objects) else []
            yield from filter(None, map(self._word, words))
            for focal in auto.focals if auto else ():
                if focal.name not in FACE_WORDS and self._word(focal.text) is not None:
                    yield from filter(None, (self._word(focal.name),))
            if auto is not None and not words and not auto.focals:
                yield "g_auto: another network decides here, and may keep another part of some pictures"
        if any(isinstance(step, ApplyEffect) and step.effect.name == "art" for step in every_step(plan.steps)):
            yield "e_art: the artistic filters are made anew here and look different"
        texts = [source for source in plan.sources if isinstance(source, TextSource)]
        if texts:
            from keepsight.pixels.text import is_installed  # noqa: PLC0415 - brings libvips along

            families = (text.layer.style.family for text in texts)
            yield from (
                f"the font {f} is not installed: another one stands in" for f in families if not is_installed(f)
            )

    def _word(self, word: str) -> str | None:
        """What is to be said of a word for objects; None where an installed model knows it."""
        if word not in self._words:
            self._words[word] = self._about(word)
        return self._words[word]

    def _about(self, word: str) -> str | None:
        models = [self._registry.model(each.model) for each in self._registry.resolve(word).candidates]
        if not models:
            return f"no model knows the object {word}: the crop keeps what stands out"
        if any(model.installed for model in models):
            return None
        names = ", ".join(dict.fromkeys(model.card.name for model in models))
        return f"no model that knows {word} is installed (keepsight models pull {names})"


def _check_file(request: DeliveryRequest, plan: Plan) -> None:
    """See that the file that is named can be answered. Raises BadRequest."""
    if request.asset_type == "raw":
        if not plan.untouched:
            raise BadRequest("Invalid transformation: raw files are delivered as they are")
        return
    if request.extension is not None:
        check_extension(request.extension)
    extension = request.public_id.rpartition("/")[2].rpartition(".")[2].lower()
    if request.delivery_type != "fetch" and extension in _ELSEWHERE and plan.output.format is None:
        raise BadRequest(f"Invalid extension: {extension} (expected one of {', '.join(EXTENSIONS)})")
