"""What the derived cache does beside requests: count, evict, and compare the index with the files.

Requests leave notes here and never wait: not for SQLite, and not for an eviction. A killed process loses the notes of
its last second, which is counting only: the walk finds files without rows and rows without files.
"""

from __future__ import annotations

import sqlite3
import time
from dataclasses import dataclass
from threading import Event, Lock, Thread

from keepsight.delivery.derived.files import Files
from keepsight.delivery.derived.index import CacheStats, Entry, Index
from keepsight.delivery.derived.walk import Walk
from keepsight.telemetry.metrics import EVICTED_BYTES, EVICTED_IMAGES
from keepsight.telemetry.sparing import Sparing

_EVERY = 1.0
"""Seconds between two looks at the notes, when nothing presses."""
_WAKE_IMAGES = 256
"""Notes of so many images are written at once,"""
_WAKE_SHARE, _MOST_SHARE, _LEAST_SHARE = 0.002, 0.01, 1 << 20
"""and those of so large a share of the limit. With the second share, which is at least so many bytes, nothing is
stored until they are written: other processes do not know of it yet, and together they would overrun the limit.
"""
_TRIM_TO = 0.98
"""Share of the limit that an eviction leaves, so that it is not needed again at once."""
_MOST = 1.02
"""Share of the limit over which nothing is stored until evictions have caught up."""
_MOST_NOTES = 50_000
"""Notes that wait for an index that cannot be written; then nothing is stored, as it could never be evicted."""
_BATCH = 64
"""Files that are evicted between two looks at the total."""
_BREATH = 0.001
"""Seconds between two batches, for others who want the disk and the interpreter."""
_TOUCH_SECONDS = 60.0
"""A hit is noted at most so often: recency to the minute is enough to evict by."""
_MOST_TOUCHED = 100_000


@dataclass(slots=True)
class Counts:
    """What happened since this process began; for metrics, which read it without waiting."""

    stored: int = 0
    not_stored: int = 0
    damaged: int = 0
    evicted: int = 0
    evicted_bytes: int = 0


class Upkeep:
    """Notes, and the thread that works on them. Safe for threads; several processes may share the files."""

    def __init__(self, files: Files, index: Index, max_bytes: int) -> None:
        self.counts = Counts()
        self._files, self._index, self._max_bytes = files, index, max_bytes
        self._walk = Walk(files, index)
        self._lock, self._writing = Lock(), Lock()
        self._stored: dict[str, Entry] = {}
        self._stored_bytes = 0
        self._used: dict[str, None] = {}
        self._gone: dict[str, None] = {}
        self._touched: dict[str, float] = {}
        self._known = CacheStats(0, 0)
        self._disk_full = False
        self._wake, self._stopping = Event(), Event()
        self._thread: Thread | None = None
        self._trouble = Sparing("derived.not_counted")

    def has_room(self, size: int) -> bool:
        """Whether so many more bytes keep the limit, as far as this process knows."""
        if size > self._max_bytes:
            return False
        waiting = self._stored_bytes
        room = (
            self._known.bytes + waiting + size <= self._max_bytes * _MOST
            and (not waiting or waiting + size <= max(self._max_bytes * _MOST_SHARE, _LEAST_SHARE))
            and len(self._stored) < _MOST_NOTES
        )
        if not room:
            self._wake.set()
        return room

    def stored(self, entry: Entry) -> None:
        """A file was published."""
        with self._lock:
            self._stored[entry.key] = entry
            self._stored_bytes += entry.bytes
            self._gone.pop(entry.key, None)
            self.counts.stored += 1
            pressing = len(self._stored) >= _WAKE_IMAGES or self._stored_bytes >= self._max_bytes * _WAKE_SHARE
        if pressing:
            self._wake.set()
        self._start()

    def used(self, key: str) -> None:
        """A file was read."""
        now = time.monotonic()
        with self._lock:
            if now - self._touched.get(key, -_TOUCH_SECONDS) < _TOUCH_SECONDS:
                return
            if len(self._touched) >= _MOST_TOUCHED:
                self._touched.clear()
            self._touched[key] = now
            self._used[key] = None
        self._start()

    def gone(self, key: str) -> None:
        """A file was found damaged, and removed."""
        with self._lock:
            self.counts.damaged += 1
            self._gone[key] = None
            if (entry := self._stored.pop(key, None)) is not None:
                self._stored_bytes -= entry.bytes

    def not_stored(self, *, disk_full: bool) -> None:
        """A file could not be published; on a full disk some of the oldest make room for the next ones."""
        self.counts.not_stored += 1
        self._disk_full |= disk_full
        self._start()

    def write_notes(self) -> None:
        """Bring the index up to date. Raises sqlite3.Error, with the notes kept for another time.

        Who comes while another thread writes waits for it: after this the index knows every note made before.
        """
        with self._writing:
            self._write_notes()

    def _write_notes(self) -> None:
        with self._lock:
            stored, used, gone = self._stored, self._used, self._gone
            self._stored, self._used, self._gone = {}, {}, {}
            written, self._stored_bytes = self._stored_bytes, 0
            # Counted as there while it is written, so that the room is never thought larger than it is.
            self._known = CacheStats(self._known.images + len(stored), self._known.bytes + written)
        if not (stored or used or gone):
            return
        try:
            self._known = self._index.record(list(stored.values()), list(used), list(gone))
        except sqlite3.Error:
            with self._lock:
                self._stored = stored | self._stored
                self._stored_bytes += written
                self._known = CacheStats(self._known.images - len(stored), self._known.bytes - written)
                self._gone = {key: None for key in gone if key not in self._stored} | self._gone
            raise

    def trim(self, max_bytes: int) -> int:
        """Evict the least recently used down to so many bytes; how many went.

        Raises sqlite3.Error, and OSError for files that cannot be removed. Of several processes that do so at once
        all remove the same files, and look at the total again before they go on.
        """
        freed = 0
        while True:
            self._known = self._index.stats()
            excess = self._known.bytes - max_bytes
            batch: list[Entry] = []
            for entry in self._index.oldest(_BATCH) if excess > 0 else ():
                batch.append(entry)
                excess -= entry.bytes
                if excess <= 0:
                    break
            if not batch:
                return freed
            freed += self._evict(batch)
            time.sleep(_BREATH)

    def walk(self) -> None:
        """Compare all files with the index, now. Raises sqlite3.Error."""
        self._walk.whole()
        self._known = self._index.stats()

    def stop(self) -> None:
        """End the thread; notes that wait are still written."""
        self._stopping.set()
        self._wake.set()
        if self._thread is not None:
            self._thread.join(timeout=10)
        try:
            self.write_notes()
        except sqlite3.Error as error:
            self._trouble.error(error=str(error))

    def _make_room(self) -> None:
        """On a full disk, where even the notes cannot be written before something has gone."""
        try:
            batch = self._index.oldest(_BATCH)
        except sqlite3.Error:
            batch = []
        if not batch:
            with self._lock:
                batch = list(self._stored.values())[:_BATCH]
        self._evict(batch)

    def _evict(self, batch: list[Entry]) -> int:
        # Files first: on a full disk a row can only be deleted once there is room for SQLite's log.
        for entry in batch:
            self._files.remove(entry.original, entry.key)
        self._known = self._index.remove(entry.key for entry in batch)
        freed = sum(entry.bytes for entry in batch)
        self.counts.evicted += len(batch)
        self.counts.evicted_bytes += freed
        EVICTED_IMAGES.inc(len(batch))
        EVICTED_BYTES.inc(freed)
        return freed

    def _start(self) -> None:
        if self._thread is not None or self._stopping.is_set():
            return
        with self._lock:
            if self._thread is None:
                self._thread = Thread(target=self._run, name="derived-upkeep", daemon=True)
                self._thread.start()

    def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                if self._disk_full:
                    self._disk_full = False
                    self._make_room()
                self.write_notes()
                if self._index.stats().bytes > self._max_bytes:
                    self.trim(int(self._max_bytes * _TRIM_TO))
                self._walk.step()
            except (sqlite3.Error, OSError) as error:
                self._trouble.error(error=str(error))
                self._stopping.wait(_EVERY)
            self._wake.wait(_EVERY)
            self._wake.clear()
