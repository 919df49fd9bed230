"""Every original there is: a folder for each delivery type that has one, and what other servers gave."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

import structlog
from cachetools import LRUCache

from keepsight.assets.catalogue.asset import Described
from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.assets.folder import Folder
from keepsight.assets.names import Names
from keepsight.assets.original import Original, Stamp, stamp_of
from keepsight.assets.sidecar import SUFFIX, SidecarStamp, is_sidecar_current, read_sidecar, sidecar_of
from keepsight.errors import BadImage, BadRequest, NotFound, Unauthorized, Unavailable

if TYPE_CHECKING:  # a folder does without a database, and without an HTTP client
    from keepsight.assets.catalogue.derived import DerivedImage
    from keepsight.assets.remote import Remote

_REMEMBERED_DIGESTS = 100_000
_REMEMBERED_COORDINATES = 10_000
_NOTHING, _NO_NAMES = Described(), Names()
_FILED = ("upload", "private", "authenticated")
"""Delivery types of files and uploads."""
_EXPECTED_TYPES = "upload, private, authenticated or fetch"

log = structlog.get_logger()


class Originals:
    """Finds and reads originals. Safe for threads."""

    def __init__(
        self, folders: Mapping[str, Path], extensions: Iterable[str], max_bytes: int, remote: Remote | None = None
    ) -> None:
        """`folders` by delivery type; `extensions` of originals, lower case, in the order in which a public id without
        one finds them; without `remote` no other server is asked.
        """
        extensions = tuple(extensions)
        self._folders = {type_: Folder(root, extensions, type_) for type_, root in folders.items()}
        self._max_bytes = max_bytes
        self._remote = remote
        self._digests: LRUCache[tuple[str, Stamp], str] = LRUCache(_REMEMBERED_DIGESTS)
        self._coordinates: LRUCache[tuple[str, SidecarStamp], Coordinates] = LRUCache(_REMEMBERED_COORDINATES)
        self._lock = Lock()

    @property
    def catalogued(self) -> bool:
        """Whether there is a catalogue, which may name transformations at any time."""
        return False

    @property
    def waits(self) -> bool:
        """Whether `is_current` asks over a network, and must not be called from an event loop."""
        return False

    def find(self, public_id: str, extension: str | None = None, type_: str = "upload") -> Original:
        """The picture of a delivery type that `public_id` names; of type fetch it is an address.

        In a folder the exact path wins, then the id plus an extension of an original, then the id with its own
        extension taken as the wanted format. `extension` is one that the URL carries apart from the id.

        Raises NotFound; for an address that may not be asked Unauthorized, for one that gives no file and for types
        that are other services' (`facebook`, `gravatar`, `list`) BadRequest.
        """
        if type_ == "fetch":
            if self._remote is None:
                raise Unauthorized("Images of type fetch are restricted in this account")
            return self._remote.find(public_id)
        if type_ not in _FILED:
            raise BadRequest(f"Images of type {type_} are not offered by this server (expected {_EXPECTED_TYPES})")
        folder = self._folders.get(type_)
        found = folder.find(public_id, extension) if folder else None
        if found is None:
            raise NotFound(f"Resource not found - {public_id}")
        return found

    def find_raw(self, public_id: str, type_: str = "upload") -> Original:
        """The file of any kind that `public_id` names. Raises NotFound: folders hold pictures only."""
        raise NotFound(f"Resource not found - {public_id}")

    def find_layer(self, public_id: str, type_: str = "upload") -> Original:
        """The picture that a layer shows, as in `find`. Raises BadRequest in the place of NotFound."""
        try:
            return self.find(public_id, None, type_)
        except NotFound:
            raise BadRequest(f"Unknown or invalid referenced image {public_id} of type {type_}") from None

    def find_default(self, public_id: str, extension: str | None, missing: NotFound) -> Original:
        """The picture of type upload that stands in for a missing one. Raises `missing` if it is missing, too."""
        try:
            return self.find(public_id, extension)
        except NotFound:
            raise missing from None

    def has(self, public_id: str, type_: str) -> bool:
        """Whether `find` would find a file in a folder; other servers are not asked."""
        folder = self._folders.get(type_)
        return folder is not None and folder.find(public_id, None) is not None

    def is_current(self, original: Original, *, described: bool = False) -> bool:
        """Whether the file, and the coordinates beside it, are still those that were found.

        With `described` its tags and the rest, too, of which a file has none.
        """
        try:
            same = stamp_of(os.stat(original.path)) == original.stamp  # noqa: PTH116 - hits ask: less overhead
        except OSError:
            return False
        if original.fresh_until is not None:
            return same and time.time() < original.fresh_until
        return same and is_sidecar_current(original.path, original.sidecar)

    def read(self, original: Original) -> bytes:
        """All its bytes.

        Raises NotFound if it went away, BadImage over the size limit, Unavailable on a fault of the disk and when the
        file is no longer the one that was found: its pixels must not be kept under the digest of another picture.
        """
        if original.stamp[1] > self._max_bytes:
            raise BadImage(f"File size too large (expected at most {self._max_bytes} bytes)")
        try:
            with original.path.open("rb") as file:
                data = file.read()
                unchanged = stamp_of(os.fstat(file.fileno())) == original.stamp
        except FileNotFoundError:
            raise NotFound(f"Resource not found - {original.key}") from None
        except OSError as error:
            raise Unavailable(f"The original cannot be read just now ({error.strerror})") from error
        if not unchanged:
            raise Unavailable("The original changed while it was read")
        return data

    def digest(self, original: Original) -> str:
        """SHA-256 of the bytes, hexadecimal; remembered while the stamp holds."""
        remembered = (str(original.path), original.stamp)
        with self._lock:
            known = self._digests.get(remembered)
        if known is None:
            known = hashlib.sha256(self.read(original)).hexdigest()
            with self._lock:
                self._digests[remembered] = known
        return known

    def coordinates(self, original: Original) -> Coordinates:
        """What is stored of it in the file beside it; a broken file is logged when it is first seen. Never raises."""
        if original.sidecar is None:
            return NONE
        remembered = (str(original.path), original.sidecar)
        with self._lock:  # also while it is read, so that many requests say only once what is wrong with it
            known = self._coordinates.get(remembered)
            if known is None:
                known = self._coordinates[remembered] = self._read_coordinates(original)
        return known

    def described(self, original: Original) -> Described:
        """Tags, context and metadata, of which a file has none."""
        return _NOTHING

    def generation(self, original: Original) -> str | None:
        """What has to be part of the key of whatever is derived from it; None for a file, whose digest says all."""
        return None

    def version(self, original: Original) -> int | None:
        """The number that its bytes had in URLs when it was found; None for a file, whose bytes have none."""
        return None

    def names(self) -> Names:
        """The transformations of the catalogue; folders have none. Raises Unavailable."""
        return _NO_NAMES

    def made_ahead(self, original: Original) -> tuple[DerivedImage, ...]:
        """What was made of it eagerly, in the format that it is asked for in. Raises Unavailable."""
        return ()

    def is_made(self, derived: str) -> bool:
        """Whether the derived image of this id may still be asked for unsigned. Raises Unavailable."""
        return False

    def _read_coordinates(self, original: Original) -> Coordinates:
        path = sidecar_of(original.path)
        outside = Coordinates(faults=("it leads out of the library",))
        found = read_sidecar(path) if self._folders[original.type].holds(path) else outside
        if found.faults:
            log.warning("coordinates.broken", file=f"{original.key}{SUFFIX}", faults=found.faults)
        return found
