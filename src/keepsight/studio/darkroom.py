"""Making pictures for the page: as delivery makes them, but for whoever may use the studio, and nothing is kept."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from keepsight.api.looking import Original as Looked
from keepsight.assets.original import Original
from keepsight.assets.originals import Originals
from keepsight.delivery.client import Client
from keepsight.delivery.maker import Made, Maker
from keepsight.delivery.origin import Origin
from keepsight.delivery.words import Word, bystanders, words_of
from keepsight.errors import BadRequest
from keepsight.focus.focus import Seen
from keepsight.pixels.formats import EXTENSIONS
from keepsight.responsive import Component, Photo
from keepsight.settings import Settings
from keepsight.studio.dropped import DropBox
from keepsight.telemetry.timing import Stopwatch

DROPPED = "dropped"
_TYPES = ("upload", "private", "authenticated", DROPPED)
_CLIENT = Client(accept=b"image/webp")
"""Every browser that has what the page needs shows WebP; AVIF takes ten times as long to write while one drags."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A photo that the page is about."""

    type: str
    """A delivery type, or `dropped`."""
    public_id: str

    @staticmethod
    def of(text: str) -> Subject:
        """From `upload/pets/tom.jpg`, as the page names it. Raises BadRequest."""
        type_, slash, public_id = text.partition("/")
        if type_ not in _TYPES or not slash or not public_id:
            raise BadRequest(f"Invalid photo {text[:80]!r} (expected such as upload/pets/tom.jpg)")
        return Subject(type_, public_id)

    @property
    def dropped(self) -> bool:
        """Whether it is no part of the library."""
        return self.type == DROPPED


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """A picture that was made, and everything that had a say in it."""

    made: Made
    original: Original
    words: tuple[Word, ...]
    bystanders: tuple[Seen, ...]
    durations: dict[str, float]
    """Seconds by step, and `total`."""


class Darkroom:
    """Originals and a maker of each kind of photo. Safe for threads."""

    def __init__(self, settings: Settings, origin: Origin, box: DropBox) -> None:
        self._settings = settings
        self.analyst = origin.analyst
        # Who is in the studio has shown the secret, or needs none: nothing is asked to be signed here.
        cloud = settings.cloud.model_copy(update={"api_secret": None})
        security = settings.security.model_copy(update={"auth_token_key": None})
        unlocked = settings.model_copy(update={"cloud": cloud, "security": security})
        self._library = origin.originals
        self._dropped = Originals({"upload": box.folder}, EXTENSIONS, int(settings.limits.max_bytes))
        self._makers = {kept: Maker(unlocked, kept, self.analyst) for kept in (self._library, self._dropped)}

    def show(self, subject: Subject, *components: Component) -> Shown:
        """What delivery would answer for these components, and why. Raises RequestError."""
        photo = Photo(subject.public_id, self._settings.cloud.name, "upload" if subject.dropped else subject.type)
        return self.show_path(photo.url(*components), dropped=subject.dropped)

    def show_path(self, raw_path: str, *, dropped: bool) -> Shown:
        """The same by a delivery path, of the library or of what was dropped. Raises RequestError."""
        maker = self._makers[self._dropped if dropped else self._library]
        watch = Stopwatch(self._settings.limits.deadline)
        asked = maker.understand(raw_path, _CLIENT, watch)
        if asked.raw:
            raise BadRequest("This is no picture")
        made = maker.make(asked, watch)
        durations = watch.durations
        seen = [s for d in made.layout.decided for s in (*d.focus.kept, *d.focus.avoided)]
        words = words_of(made.sight, asked.digest, self.analyst)
        return Shown(made, asked.original, words, bystanders(made.sight, asked.digest, self.analyst, seen), durations)

    def read(self, subject: Subject) -> Looked:
        """The photo itself, for whoever wants to look at it. Raises RequestError."""
        kept = self._dropped if subject.dropped else self._library
        original = kept.find(subject.public_id, None, "upload" if subject.dropped else subject.type)
        maker = self._makers[kept]
        data, header = maker.read(original, Stopwatch(self._settings.limits.deadline))
        return Looked(data, kept.digest(original), header)

    def etag(self, subject: Subject, side: int) -> str:
        """Names what `show` would give at that size, without making it. Raises NotFound."""
        kept = self._dropped if subject.dropped else self._library
        digest = kept.digest(kept.find(subject.public_id, None, "upload" if subject.dropped else subject.type))
        return f'"{hashlib.sha256(f"{digest}/{side}".encode()).hexdigest()[:32]}"'
