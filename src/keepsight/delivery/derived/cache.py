"""Derived images on disk: one self-describing file each, published atomically, bounded by an index.

A request reads a file or publishes one, and leaves a note. Everything else is done beside requests: see `upkeep`.
"""

from __future__ import annotations

import errno
from contextlib import suppress
from pathlib import Path

import structlog

from keepsight.delivery.derived.files import Files
from keepsight.delivery.derived.image import Derived
from keepsight.delivery.derived.index import CacheStats, Entry, Index
from keepsight.delivery.derived.packing import pack, unpack
from keepsight.delivery.derived.upkeep import Counts, Upkeep
from keepsight.telemetry.sparing import Sparing

_ABSENT = frozenset((errno.ENOENT, errno.ENOTDIR))
_FULL = frozenset((errno.ENOSPC, errno.EDQUOT))

log = structlog.get_logger()


class DerivedCache:
    """Safe for threads; several processes may share one folder, which may be read-only or go away at any time."""

    def __init__(self, folder: Path, max_bytes: int) -> None:
        """Images are kept below `folder`, `max_bytes` of them; nothing is opened or made before it is needed."""
        self._files = Files(folder / "derived")
        self._index = Index(folder / "derived.sqlite3")
        self._max_bytes = max_bytes
        self._upkeep = Upkeep(self._files, self._index, max_bytes)
        self._not_read, self._not_stored = Sparing("derived.not_read"), Sparing("derived.not_stored")

    @property
    def counts(self) -> Counts:
        """What happened since this process began; read without waiting."""
        return self._upkeep.counts

    @property
    def counted(self) -> bool:
        """Whether the index knows every file: not while it is made anew. Raises sqlite3.Error."""
        return self._index.complete

    def get(self, original: str, key: str) -> Derived | None:
        """The stored image of `key` under the digest of its original, or None. A damaged file is removed."""
        try:
            content = self._files.read(original, key)
        except OSError as error:
            if error.errno not in _ABSENT:
                self._not_read.error(key=key, error=error.strerror)
            return None
        derived = unpack(content, key)
        if derived is None:
            log.warning("derived.damaged", key=key)
            with suppress(OSError):  # read-only: it stays, and is seen again
                self._files.remove(original, key)
            self._upkeep.gone(key)
            return None
        self._upkeep.used(key)
        return derived

    def put(self, original: str, key: str, derived: Derived) -> bool:
        """Publish atomically.

        False, and a line in the log once a minute, when the disk does not take it; False as well when evictions have
        to catch up first.
        """
        content = pack(derived, key)
        if not self._upkeep.has_room(len(content)):
            self._upkeep.not_stored(disk_full=False)
            return False
        try:
            self._files.publish(original, key, content)
        except OSError as error:
            self._not_stored.error(key=key, error=error.strerror)
            self._upkeep.not_stored(disk_full=error.errno in _FULL)
            return False
        self._upkeep.stored(Entry(key, original, len(content)))
        return True

    def stats(self) -> CacheStats:
        """Counts from the index, this process's last puts included. Waits for it. Raises sqlite3.Error."""
        self._upkeep.write_notes()
        return self._index.stats()

    def trim(self, max_bytes: int | None = None) -> int:
        """Evict the least recently used images down to `max_bytes` (default: the limit); how many bytes went.

        Raises sqlite3.Error, and OSError for a folder that cannot be written.
        """
        self._upkeep.write_notes()
        return self._upkeep.trim(self._max_bytes if max_bytes is None else max_bytes)

    def purge(self, original: str | None = None) -> None:
        """Remove every image, or all those of one original. Raises sqlite3.Error and OSError as `trim` does."""
        self._upkeep.write_notes()
        self._files.remove_all(original)
        self._index.remove_all(original)

    def reconcile(self) -> None:
        """Compare all files with the index, now; a server does so bit by bit. Raises sqlite3.Error."""
        self._upkeep.write_notes()
        self._upkeep.walk()

    def close(self) -> None:
        """Write down what was not yet, and close the index."""
        self._upkeep.stop()
        self._index.close()
