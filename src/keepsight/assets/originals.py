"""A folder of pictures as a media library: the public id is the path inside it, with or without the extension."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock

import structlog
from cachetools import LRUCache

from keepsight.assets.coordinates import NONE, Coordinates
from keepsight.assets.sidecar import SUFFIX, SidecarStamp, read_sidecar, sidecar_of, sidecar_stamp
from keepsight.errors import BadImage, NotFound, Unavailable

_REMEMBERED_DIGESTS = 100_000
_REMEMBERED_COORDINATES = 10_000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Original:
    """One stored picture, as it was when it was found."""

    key: str
    """Path inside the library, with its extension."""
    path: Path
    stamp: tuple[int, int, int]
    """Inode, size and modification time in nanoseconds: when they change, the picture has."""
    extension: str | None
    """The extension in the URL that asks for another format, lower case; None where the id itself ended so."""
    sidecar: SidecarStamp | None = None
    """Of the coordinates file beside it, None without one: when it changes, what it decided is no longer true."""


class Originals:
    """The pictures under one folder of the local disk. Safe for threads."""

    def __init__(self, root: Path, extensions: Iterable[str], max_bytes: int) -> None:
        """`extensions` of originals, lower case, in the order in which a public id without one finds them."""
        self._root = root.resolve()
        self._extensions = tuple(e for low in extensions for e in (low, low.upper()))
        self._max_bytes = max_bytes
        self._digests: LRUCache[tuple[str, tuple[int, int, int]], str] = LRUCache(_REMEMBERED_DIGESTS)
        self._coordinates: LRUCache[tuple[str, SidecarStamp], Coordinates] = LRUCache(_REMEMBERED_COORDINATES)
        self._lock = Lock()

    def find(self, public_id: str, extension: str | None = None) -> Original:
        """The picture that `public_id` names.

        The exact path wins, then the id plus an extension of an original, then the id with its own extension taken
        as the wanted format. `extension` is one that the URL carries apart from the id. Raises NotFound.
        """
        if self._is_safe(public_id):
            for key, wanted in self._spellings(public_id):
                if (found := self._stat(key)) is not None:
                    path, stamp = found
                    return Original(key, path, stamp, extension or wanted, sidecar_stamp(path))
        raise NotFound(f"Resource not found - {public_id}")

    def is_current(self, original: Original) -> bool:
        """Whether the file, and the coordinates beside it, are still those that were found."""
        try:
            same = _stamp(original.path.stat()) == original.stamp
        except OSError:
            return False
        return same and sidecar_stamp(original.path) == original.sidecar

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
                unchanged = _stamp(os.fstat(file.fileno())) == original.stamp
        except FileNotFoundError:
            raise NotFound(f"Resource not found - {original.key}") from None
        except OSError as error:
            raise Unavailable(f"The original cannot be read just now ({error.strerror})") from error
        if not unchanged:
            raise Unavailable("The original changed while it was read")
        return data

    def digest(self, original: Original) -> str:
        """SHA-256 of the bytes, hexadecimal; remembered while the stamp holds."""
        remembered = (original.key, original.stamp)
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
        remembered = (original.key, original.sidecar)
        with self._lock:  # also while it is read, so that many requests say only once what is wrong with it
            known = self._coordinates.get(remembered)
            if known is None:
                known = self._coordinates[remembered] = self._read_coordinates(original)
        return known

    def _read_coordinates(self, original: Original) -> Coordinates:
        path = sidecar_of(original.path)
        outside = Coordinates(faults=("it leads out of the library",))
        found = read_sidecar(path) if self._is_inside(path) else outside
        if found.faults:
            log.warning("coordinates.broken", file=f"{original.key}{SUFFIX}", faults=found.faults)
        return found

    def _is_inside(self, path: Path) -> bool:
        """Whether no link leads out of the library. Raises OSError or ValueError for a path that is none."""
        return os.path.commonpath((self._root, path.resolve())) == str(self._root)

    def _is_safe(self, public_id: str) -> bool:
        """No way out of the library, no hidden file, nothing that another system would read as a separator."""
        parts = public_id.split("/")
        return "\\" not in public_id and "\0" not in public_id and all(p and not p.startswith(".") for p in parts)

    def _spellings(self, public_id: str) -> list[tuple[str, str | None]]:
        """Keys to try, each with the extension that is then left over as the wanted format."""
        stem, dot, extension = public_id.rpartition(".")
        tries: list[tuple[str, str | None]] = [(public_id, None)]
        tries += [(f"{public_id}.{e}", None) for e in self._extensions]
        if dot and stem and not stem.endswith("/"):
            tries.append((stem, extension.lower()))
            tries += [(f"{stem}.{e}", extension.lower()) for e in self._extensions]
        return tries

    def _stat(self, key: str) -> tuple[Path, tuple[int, int, int]] | None:
        path = self._root / key
        try:
            status = path.stat()
            if not stat.S_ISREG(status.st_mode):
                return None
            if not self._is_inside(path):
                return None
        except (OSError, ValueError):
            return None
        return path, _stamp(status)


def _stamp(status: os.stat_result) -> tuple[int, int, int]:
    return status.st_ino, status.st_size, status.st_mtime_ns
