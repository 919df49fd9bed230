"""Delivery URLs that show on the pictures at hand what automatic gravity does: chosen by what is found in them."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from urllib.parse import quote

import structlog

from keepsight.api.looking import Original, Preview
from keepsight.delivery.client import ANYONE
from keepsight.delivery.origin import Origin
from keepsight.detect.detector import Detection, Region
from keepsight.errors import KeepsightError
from keepsight.studio.listing import pictures
from keepsight.telemetry.timing import Stopwatch

WANTED = 3
_PICTURES = 24
"""Number of pictures of the folder that are analysed."""
_SECONDS = 10.0
"""For all but the first picture: whoever has slow networks gets fewer examples, not a longer wait."""
_TRIED = 6
"""Candidates of one kind that are made before the kind is given up."""
_RATIOS = {"1": 1.0, "16:9": 16 / 9, "4:5": 4 / 5, "9:16": 9 / 16}
"""Values of `ar_` with what they are."""
_SURE = 0.4
_LARGE, _SMALL = 0.5, 0.01
"""Areas, as shares of the picture, between which a thing can be kept or avoided visibly."""
_LEAST_GAIN = 0.2
"""By which the visible share of a thing has to differ from that in the crop that knows nothing of it."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Example:
    """One URL of this server."""

    path: str
    """Percent-encoded, from the first slash on."""
    says: str
    """What it shows, in words."""
    public_id: str


@dataclass(frozen=True, slots=True)
class _Photo:
    """A picture and what was found in it."""

    name: str
    width: int
    height: int
    things: tuple[Detection, ...]
    faces: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A crop that may be an example."""

    photo: _Photo
    component: str
    says: str
    promise: float
    """How much it may differ from a crop that knows nothing; the best one is tried first."""
    label: str = ""
    thing: Region | None = None
    without: str = ""
    """The crop that it is compared with; empty: none, it differs by its nature."""
    avoids: bool = False


class Examples:
    """Up to WANTED examples, looked for when first asked for. Safe for threads."""

    def __init__(self, origin: Origin, stopping: Callable[[], bool]) -> None:
        """`stopping` says that nobody waits for them any more."""
        self._origin, self._stopping = origin, stopping
        self._lock = threading.Lock()
        self._found: tuple[Example, ...] | None = None

    def find(self) -> tuple[Example, ...]:
        """The examples; fewer where there are too few pictures or nothing stands out. Blocks for seconds, once."""
        with self._lock:
            if self._found is None:
                self._found = tuple(self._search())
            return self._found

    def _search(self) -> Iterator[Example]:
        end = math.inf
        photos = []
        for name in islice(pictures(self._origin.settings.storage.media, most=_PICTURES).names, _PICTURES):
            if self._stopping() or time.monotonic() > end:
                break
            if photo := self._read(name):
                photos.append(photo)
            end = min(end, time.monotonic() + _SECONDS)  # without what it took to load networks for the first one
        made: list[_Candidate] = []
        for kind in (_kept, _avoided, _close, _kept, _standing_out, _standing_out, _standing_out):
            if len(made) == WANTED or self._stopping():
                return
            if found := self._first([c for photo in photos for c in kind(photo)], made, end):
                made.append(found)
                yield Example(self._path(found.photo, found.component), found.says, found.photo.name)

    def _read(self, name: str) -> _Photo | None:
        """A picture with what the models see in it; None where it cannot be read."""
        origin = self._origin
        try:
            original = origin.originals.find(name)
            data, header = origin.maker.read(original, Stopwatch(origin.settings.limits.deadline))
            digest = origin.originals.digest(original)
            preview = Preview(Original(data, digest, header))
            things = origin.analyst.anything(digest, preview).detections
            faces = origin.analyst.faces(digest, preview).detections
        except KeepsightError:
            return None
        sure = tuple(each for each in things if each.confidence >= _SURE)
        return _Photo(name, header.width, header.height, sure, tuple(f for f in faces if f.confidence >= _SURE))

    def _first(self, candidates: list[_Candidate], made: list[_Candidate], end: float) -> _Candidate | None:
        """The best of the candidates that holds what it promises; pictures and things not shown yet come first."""
        shown, named = {each.photo.name for each in made}, {each.label for each in made if each.label}
        done = {(each.photo.name, each.component) for each in made}
        fresh = [each for each in candidates if (each.photo.name, each.component) not in done]
        fresh.sort(key=lambda each: (each.photo.name in shown, each.label in named, -each.promise))
        for each in fresh[:_TRIED]:
            if self._stopping() or time.monotonic() > end:
                return None
            if self._holds(each):
                return each
        return None

    def _holds(self, candidate: _Candidate) -> bool:
        """Make it, and see that its crop differs as promised from the one that it is compared with."""
        photo = candidate.photo
        window = self._window(photo, candidate.component)
        if window is None:
            return False
        if not candidate.without:
            return True
        plain = self._window(photo, candidate.without)
        if plain is None:
            return False
        if candidate.thing is None:
            return _visible(window, plain) < 1 - _LEAST_GAIN
        gain = _visible(candidate.thing, window) - _visible(candidate.thing, plain)
        return gain <= -_LEAST_GAIN if candidate.avoids else gain >= _LEAST_GAIN

    def _window(self, photo: _Photo, component: str) -> Region | None:
        """What a crop shows of the original; None for one that is refused, or made without a model."""
        try:
            answer = self._origin.deliver(self._path(photo, component), ANYONE).answer
        except KeepsightError:
            return None
        except Exception:
            # A folder may hold anything, and these are examples only.
            log.exception("examples.failed", picture=photo.name)
            return None
        x, y, width, height = map(int, dict(answer.said)[b"x-crop-box"].split(b","))
        return Region(x / photo.width, y / photo.height, width / photo.width, height / photo.height)

    def _path(self, photo: _Photo, component: str) -> str:
        public_id = quote(photo.name, safe="/-_.~")
        return f"/{self._origin.settings.cloud.name}/image/upload/{component}/{public_id}"


def _kept(photo: _Photo) -> Iterator[_Candidate]:
    """Things that the centre of the picture cuts."""
    for thing in _alone(photo):
        for ratio, value in _RATIOS.items():
            lost = 1 - _visible(thing.region, _centre(photo, value))
            if lost >= _LEAST_GAIN:
                fits = min(
                    1.0, _size(photo, value)[0] / thing.region.width, _size(photo, value)[1] / thing.region.height
                )
                yield _Candidate(
                    photo,
                    f"c_fill,g_auto:{_word(thing)},ar_{ratio},w_400",
                    f"as much as fits around the {_name(thing)}",
                    lost * fits * thing.confidence * _area(thing) ** 0.5,
                    thing.label,
                    thing.region,
                    f"c_fill,g_center,ar_{ratio},w_400",
                )


def _avoided(photo: _Photo) -> Iterator[_Candidate]:
    """Things beside which there is room for a crop."""
    for thing in _alone(photo):
        for ratio, value in _RATIOS.items():
            width, height = _size(photo, value)
            region = thing.region
            beside = max(region.x, 1 - region.x - region.width) >= width
            above = max(region.y, 1 - region.y - region.height) >= height
            if beside or above:
                yield _Candidate(
                    photo,
                    f"c_fill,g_auto:{_word(thing)}_avoid,ar_{ratio},w_400",
                    f"a part of the picture without the {_name(thing)}",
                    thing.confidence * _area(thing),
                    thing.label,
                    region,
                    f"c_fill,g_auto,ar_{ratio},w_400",
                    avoids=True,
                )


def _close(photo: _Photo) -> Iterator[_Candidate]:
    """Faces, and things that are small enough to be gone up to."""
    if len(photo.faces) == 1 and photo.faces[0].region.width < _LARGE:
        yield _Candidate(photo, "c_thumb,g_face,ar_1,w_300", "the face, as close as the ratio allows", 1.0)
    for thing in _alone(photo):
        says = f"the {_name(thing)}, as close as the ratio allows"
        promise = thing.confidence * (_LARGE - _area(thing))
        yield _Candidate(photo, f"c_thumb,g_auto:{_word(thing)},ar_1,w_300", says, promise, thing.label)


def _standing_out(photo: _Photo) -> Iterator[_Candidate]:
    """What stands out, where that is not the middle; and at last any picture."""
    for ratio in _RATIOS:
        component = f"c_fill,g_auto,ar_{ratio},w_400"
        yield _Candidate(photo, component, "what stands out", 0.5, without=f"c_fill,g_center,ar_{ratio},w_400")
    yield _Candidate(photo, "c_fill,g_auto,ar_1,w_400", "what stands out", 0.0)


def _alone(photo: _Photo) -> Iterator[Detection]:
    """The things of which there is one in the picture, so that words about it are true."""
    counts: Mapping[str, int] = {
        each.label: sum(other.label == each.label for other in photo.things) for each in photo.things
    }
    for thing in photo.things:
        if counts[thing.label] == 1 and _SMALL < _area(thing) < _LARGE:
            yield thing


def _centre(photo: _Photo, ratio: float) -> Region:
    width, height = _size(photo, ratio)
    return Region((1 - width) / 2, (1 - height) / 2, width, height)


def _size(photo: _Photo, ratio: float) -> tuple[float, float]:
    """Width and height of the largest window of that ratio, as shares of the picture."""
    own = photo.width / photo.height
    return min(1.0, ratio / own), min(1.0, own / ratio)


def _area(thing: Detection) -> float:
    return thing.region.width * thing.region.height


def _visible(thing: Region, window: Region) -> float:
    """The share of the thing that lies inside of the window."""
    width = min(thing.x + thing.width, window.x + window.width) - max(thing.x, window.x)
    height = min(thing.y + thing.height, window.y + window.height) - max(thing.y, window.y)
    return max(0.0, width) * max(0.0, height) / (thing.width * thing.height)


def _word(thing: Detection) -> str:
    """As a URL names it."""
    return quote(thing.label.replace(" ", "_"), safe="-_")


def _name(thing: Detection) -> str:
    return thing.label.replace("_", " ")
