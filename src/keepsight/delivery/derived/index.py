"""The index of the derived cache: how large every file is, and which was used least recently.

It only counts. What is served comes from the files; an index that is lost is made anew from them.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import RLock

import structlog
from filelock import FileLock

from keepsight.delivery.derived.files import Stored
from keepsight.write_ahead import use_write_ahead_log

_SCHEMA = """
CREATE TABLE IF NOT EXISTS derived (
    key TEXT PRIMARY KEY, original TEXT NOT NULL, bytes INTEGER NOT NULL, used REAL NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS derived_used ON derived (used);
CREATE INDEX IF NOT EXISTS derived_original ON derived (original);
CREATE TABLE IF NOT EXISTS total (images INTEGER NOT NULL, bytes INTEGER NOT NULL);
INSERT INTO total SELECT COUNT(*), COALESCE(SUM(bytes), 0) FROM derived WHERE NOT EXISTS (SELECT 1 FROM total);
CREATE TRIGGER IF NOT EXISTS derived_in AFTER INSERT ON derived
    BEGIN UPDATE total SET images = images + 1, bytes = bytes + NEW.bytes; END;
CREATE TRIGGER IF NOT EXISTS derived_again AFTER UPDATE OF bytes ON derived
    BEGIN UPDATE total SET bytes = bytes - OLD.bytes + NEW.bytes; END;
CREATE TRIGGER IF NOT EXISTS derived_out AFTER DELETE ON derived
    BEGIN UPDATE total SET images = images - 1, bytes = bytes - OLD.bytes; END;
CREATE TABLE IF NOT EXISTS walked (at REAL NOT NULL);
"""
_RECORD = """
INSERT INTO derived VALUES (?, ?, ?, ?)
ON CONFLICT (key) DO UPDATE SET original = excluded.original, bytes = excluded.bytes, used = excluded.used
"""
_FOUND = "INSERT INTO derived VALUES (?, ?, ?, ?) ON CONFLICT (key) DO NOTHING"
_LATER = 1e-6
"""Seconds between what is used before and after, when the clock does not tell; a double still holds them."""
_PATIENCE = 5.0
"""Seconds that this waits for other processes. No request waits with it."""
_CHUNK = 500
_DAMAGE = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
"""Not: locked, full, read-only, not to be opened."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What the derived cache holds."""

    images: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A row: which file, and how large it is."""

    key: str
    original: str
    bytes: int


class Index:
    """One connection, opened when it is first needed. Safe for threads; several processes may share the file.

    Methods raise sqlite3.Error. A file that is damaged, or no longer the one that was opened, is then made or opened
    anew by the next call; `complete` says whether all files are in it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = RLock()
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None
        self.openings = 0
        """How often it was opened: it may have been another file each time."""

    def record(self, stored: Sequence[Entry], used: Sequence[str], gone: Sequence[str]) -> CacheStats:
        """Write what happened, in one transaction: files that were published, read, and found to be none.

        The time of use is the clock's, but always later than any before: a clock that is set back makes nothing that
        was used before it immortal. Returns the totals.
        """
        with self._transaction() as index:
            (latest,) = index.execute("SELECT MAX(used) FROM derived").fetchone()
            times = itertools.count(max(time.time(), (latest or 0.0) + _LATER), _LATER)
            index.executemany("DELETE FROM derived WHERE key = ?", ((key,) for key in gone))
            index.executemany(_RECORD, ((e.key, e.original, e.bytes, next(times)) for e in stored))
            index.executemany("UPDATE derived SET used = ? WHERE key = ?", ((next(times), key) for key in used))
            return _stats(index)

    def stats(self) -> CacheStats:
        """The totals."""
        with self._opened() as index:
            return _stats(index)

    def oldest(self, count: int) -> list[Entry]:
        """The least recently used, first the one that was used longest ago."""
        with self._opened() as index:
            rows = index.execute("SELECT key, original, bytes FROM derived ORDER BY used LIMIT ?", (count,))
            return [Entry(*row) for row in rows]

    def remove(self, keys: Iterable[str]) -> CacheStats:
        """Forget rows. Returns the totals."""
        with self._transaction() as index:
            index.executemany("DELETE FROM derived WHERE key = ?", ((key,) for key in keys))
            return _stats(index)

    def remove_all(self, original: str | None = None) -> None:
        """Forget all rows, or all those of one original."""
        while True:
            with self._transaction() as index:
                if (
                    index.execute(
                        "DELETE FROM derived WHERE key IN"
                        " (SELECT key FROM derived WHERE ?1 IS NULL OR original = ?1 LIMIT ?2)",
                        (original, _CHUNK),
                    ).rowcount
                    < _CHUNK
                ):
                    return

    def under(self, prefix: str) -> set[str]:
        """The keys whose originals have digests that begin so."""
        with self._opened() as index:
            rows = index.execute(
                "SELECT key FROM derived WHERE original >= ? AND original < ?", (prefix, prefix + "g")
            )
            return {key for (key,) in rows}

    def add_found(self, found: Sequence[Stored]) -> None:
        """Rows for files that have none, as old as the files are, and never younger than now."""
        now = time.time()
        for at in range(0, len(found), _CHUNK):
            rows = ((f.key, f.original, f.bytes, min(f.modified, now)) for f in found[at : at + _CHUNK])
            with self._transaction() as index:
                index.executemany(_FOUND, rows)

    @property
    def complete(self) -> bool:
        """Whether every file has been looked at since the index was made."""
        with self._opened() as index:
            return index.execute("SELECT 1 FROM walked").fetchone() is not None

    def completed(self) -> None:
        """Note that every file has been looked at."""
        with self._transaction() as index:
            index.execute("DELETE FROM walked")
            index.execute("INSERT INTO walked VALUES (?)", (time.time(),))

    def close(self) -> None:
        """Close the file; the next call would open it again."""
        with self._lock:
            if self._connection is not None:
                with suppress(sqlite3.Error):
                    self._connection.close()
                self._connection = None

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._opened() as index:
            index.execute("BEGIN IMMEDIATE")
            try:
                yield index
                index.execute("COMMIT")
            except BaseException:
                with suppress(sqlite3.Error):
                    index.execute("ROLLBACK")
                raise

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            there = _identity(self._path)
            if self._connection is not None and (there is None or self._identity != there):
                log.warning("derived.index_gone", path=self._path.name)
                self.close()
            try:
                if self._connection is None:
                    self._identity = _identity(self._path)
                    self._connection = _connect(self._path)
                    self._identity = _identity(self._path)
                    self.openings += 1
                yield self._connection
            except sqlite3.Error as error:
                # Whatever it is: the next call begins with a new connection.
                self.close()
                if _is_damage(error):
                    self._discard()
                raise

    def _discard(self) -> None:
        """Take the damaged file away, unless another process did already."""
        with suppress(OSError), FileLock(f"{self._path}.lock", timeout=_PATIENCE):
            if self._identity in (None, _identity(self._path)):
                log.warning("derived.index_rebuilt", path=self._path.name)
                for suffix in ("-wal", "-shm", ""):
                    Path(f"{self._path}{suffix}").unlink(missing_ok=True)
            self._identity = None


def _connect(path: Path) -> sqlite3.Connection:
    with suppress(OSError):  # said by SQLite as well, in its own words
        path.parent.mkdir(parents=True, exist_ok=True)
    index = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=_PATIENCE)
    try:
        use_write_ahead_log(index, patience=_PATIENCE)
        index.execute("PRAGMA synchronous=NORMAL")  # losing the last rows costs a late eviction, no picture
        index.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} COMMIT;")
    except BaseException:
        index.close()
        raise
    return index


def _is_damage(error: sqlite3.Error) -> bool:
    if "no such table" in str(error):  # the file was cut to nothing
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return code is not None and code & 0xFF in _DAMAGE


def _identity(path: Path) -> tuple[int, int] | None:
    try:
        status = os.stat(path)  # noqa: PTH116 - asked before every statement
    except OSError:
        return None
    return status.st_dev, status.st_ino


def _stats(index: sqlite3.Connection) -> CacheStats:
    return CacheStats(*index.execute("SELECT images, bytes FROM total").fetchone())
