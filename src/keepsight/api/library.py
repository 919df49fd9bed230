"""What the APIs work with: the catalogue, the store, models, and what other rooms do for them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from keepsight.api.auth import Credentials
from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.database import Database
from keepsight.assets.collecting import Collector
from keepsight.assets.coordinates import Coordinates
from keepsight.assets.jobs import Queue
from keepsight.assets.store import Store
from keepsight.detect.analyst import Analyst
from keepsight.pixels.limits import Limits
from keepsight.settings import Settings


@dataclass(frozen=True, slots=True)
class Ingredients:
    """An original that something is to be made of."""

    path: Path
    digest: str
    """SHA-256 of the file, hexadecimal."""
    coordinates: Coordinates
    named: Mapping[str, str]
    """What `t_` may name."""
    tags: tuple[str, ...] = ()
    context: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Image:
    """An encoded picture."""

    body: bytes
    format: str
    """jpeg, png, webp, avif or gif."""
    width: int
    height: int


class Derive(Protocol):
    """The way from an original to a derived image, as delivery goes it."""

    def __call__(self, of: Ingredients, components: Sequence[str], extension: str | None) -> Image:
        """Run percent-decoded components; `extension` as in the URL. Raises RequestError."""

    def ahead(self, asset: Asset, components: Sequence[str], extension: str | None, named: Mapping[str, str]) -> Image:
        """Of an asset, kept for whoever asks for it by its URL. Raises RequestError."""

    def check(self, components: Sequence[str], named: Mapping[str, str]) -> None:
        """See that these are components. Raises BadRequest."""


Fetch = Callable[[str], bytes]
"""From an address to what another server gives, within limits. Raises FetchError."""
OwnPicture = Callable[[str], bytes]
"""From a raw path to what this server delivers there to anybody. Raises RequestError."""


@dataclass(frozen=True, slots=True)
class Library:
    """Everything an action needs. Safe for threads, as all of its parts are."""

    settings: Settings
    credentials: Credentials
    database: Database
    store: Store
    analyst: Analyst
    derive: Derive
    fetch: Fetch
    """For callers who signed: any server of the public internet is asked."""
    fetch_allowed: Fetch
    """For others: the servers in `fetch.allowed_hosts`."""
    own_picture: OwnPicture
    jobs: Queue
    collector: Collector
    incoming: Path
    """Folder of files that are in work."""

    @property
    def limits(self) -> Limits:
        """Of originals."""
        limits = self.settings.limits
        return Limits(max_pixels=limits.max_pixels, max_bytes=int(limits.max_bytes))


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls, as far as the answer depends on it."""

    base: str
    """Scheme, host and port that the server was asked at: `http://127.0.0.1:8000`."""
    signed: bool = True
    """False: by a preset only."""
    api_key: str | None = None
