"""What every store can do."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

Content = bytes | Iterable[bytes]
"""The whole, or its parts in order; parts are taken one at a time, so that a large upload is never in memory."""

_SEGMENT = "[A-Za-z0-9_-][A-Za-z0-9._-]*"
_KEY = re.compile(f"{_SEGMENT}(/{_SEGMENT})*")
_LONGEST_KEY = 512
_LONGEST_SEGMENT = 200
"""Under the 255 bytes of common file systems."""


@dataclass(frozen=True, slots=True)
class Digests:
    """What was counted and hashed while bytes went by."""

    bytes: int
    sha256: str
    """Hexadecimal, lower case."""
    md5: str
    """Hexadecimal, lower case: the `etag` of Cloudinary's answers."""


@dataclass(frozen=True, slots=True)
class Listed:
    """One stored thing, without its bytes."""

    key: str
    bytes: int
    modified: datetime
    """When it was put; aware, UTC."""


class Store(Protocol):
    """Bytes by key. Safe for threads and for several processes.

    A key is one to several segments of `A-Z a-z 0-9 _ - .` joined by `/`; none begins with a dot. Keys are chosen by
    Keepsight, never taken from a request: another one is a ValueError. A fault of the disk or the network, or a store
    that does not answer in time, is Unavailable.
    """

    def put(self, key: str, content: Content) -> Digests:
        """Store it whole or not at all, and durably: who reads sees the old bytes or the new, also after a crash.

        What `content` raises while it is read goes through, and nothing is stored.
        """

    def get(self, key: str) -> bytes:
        """All its bytes. Raises NotFound."""

    def stream(self, key: str) -> Iterator[bytes]:
        """Its bytes in parts of at most a few MiB. Raises NotFound before the first part."""

    def stat(self, key: str) -> Listed | None:
        """Its size and date; None when there is none."""

    def delete(self, key: str) -> None:
        """Away with it; nothing happens when there is none."""

    def list(self, folder: str = "") -> Iterator[Listed]:
        """Everything whose key begins with the segments of `folder`; of "" everything. In no order."""


def checked(key: str) -> str:
    """The key itself. Raises ValueError for one that is none."""
    if len(key) > _LONGEST_KEY or not _KEY.fullmatch(key) or max(map(len, key.split("/"))) > _LONGEST_SEGMENT:
        raise ValueError(f"No key of a store: {key[:80]!r}")
    return key


def checked_folder(folder: str) -> str:
    """The folder without its last slash; "" for all. Raises ValueError."""
    folder = folder.removesuffix("/")
    return checked(folder) if folder else folder


class Hashing:
    """Counts and hashes the parts that it hands on."""

    def __init__(self, content: Content) -> None:
        self._parts = (content,) if isinstance(content, bytes) else content
        self._sha256, self._md5 = hashlib.sha256(), hashlib.md5(usedforsecurity=False)
        self._bytes = 0

    def __iter__(self) -> Iterator[bytes]:
        for part in self._parts:
            self._sha256.update(part)
            self._md5.update(part)
            self._bytes += len(part)
            yield part

    def digests(self) -> Digests:
        """Of all that went by so far."""
        return Digests(self._bytes, self._sha256.hexdigest(), self._md5.hexdigest())
