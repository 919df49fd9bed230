"""A table of values in one SQLite file that may be lost, but never gets in the way."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import time_ns

from keepsight.write_ahead import use_write_ahead_log

FORMAT = 2
"""Raised whenever the meaning of a stored value changes; an older file starts afresh."""
TRIM_EVERY = 128
"""Writes between two looks at the size."""


class Journal:
    """Values by (digest, kind). A damaged file is moved aside and begun again; a full disk is a cache miss.

    Safe for threads (one connection behind a lock) and for several processes (write-ahead log).
    """

    def __init__(self, path: Path | None, max_bytes: int) -> None:
        self._path = path
        self._max_bytes = max_bytes
        self._lock = Lock()
        self._writes = 0
        self._connection = self._open_or_rebuild()

    def get(self, digest: str, kind: str) -> bytes | None:
        """The value, or None when there is none or the file cannot be read."""
        query = "SELECT value FROM journal WHERE digest = ? AND kind = ?"
        rows = self._execute(query, (digest, kind))
        value = rows[0][0] if rows else None
        return value if isinstance(value, bytes) else None

    def put(self, digest: str, kind: str, value: bytes) -> None:
        """Store the value, replacing an earlier one; drops the oldest values when the file grows over its limit."""
        self._execute("INSERT OR REPLACE INTO journal (digest, kind, value) VALUES (?, ?, ?)", (digest, kind, value))
        self._writes += 1
        if self._writes % TRIM_EVERY == 0:
            self._trim()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()

    def _execute(self, sql: str, values: tuple[object, ...] = ()) -> list[tuple[bytes | int, ...]]:
        with self._lock:
            try:
                return self._connection.execute(sql, values).fetchall()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError) and "no such table" not in str(error):
                    return []  # locked for too long, disk full, read-only
                self._connection.close()  # damaged, or cut to nothing
                self._move_aside()
                self._connection = self._open_or_rebuild()
                return []

    def _trim(self) -> None:
        pages, free, page_size = (
            (self._execute(f"PRAGMA {name}") or [(0,)])[0][0] for name in ("page_count", "freelist_count", "page_size")
        )
        if (int(pages) - int(free)) * int(page_size) > self._max_bytes:
            oldest = "SELECT rowid FROM journal ORDER BY rowid LIMIT (SELECT count(*) / 10 + 1 FROM journal)"
            self._execute(f"DELETE FROM journal WHERE rowid IN ({oldest})")  # noqa: S608 - constants only

    def _open_or_rebuild(self) -> sqlite3.Connection:
        if self._path is None:
            return _open(":memory:")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            return _open(str(self._path))
        except (OSError, sqlite3.OperationalError):  # cannot be opened at all: do without a file
            return _open(":memory:")
        except sqlite3.DatabaseError:
            self._move_aside()
            return _open(str(self._path))

    def _move_aside(self) -> None:
        if self._path is None:
            return
        with suppress(FileNotFoundError):  # another process was quicker
            self._path.rename(self._path.with_name(f"{self._path.name}.broken-{time_ns()}"))
        for suffix in ("-wal", "-shm"):
            self._path.with_name(self._path.name + suffix).unlink(missing_ok=True)


def _open(name: str) -> sqlite3.Connection:
    connection = sqlite3.connect(name, timeout=5, isolation_level=None, check_same_thread=False)
    try:
        use_write_ahead_log(connection, patience=5)
        connection.execute("PRAGMA synchronous = NORMAL")
        connection.execute("BEGIN IMMEDIATE")  # of servers that start at once, one makes the table
        if connection.execute("PRAGMA user_version").fetchone() != (FORMAT,):
            connection.execute("DROP TABLE IF EXISTS journal")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS journal (digest TEXT, kind TEXT, value BLOB, PRIMARY KEY (digest, kind))"
        )
        connection.execute("SELECT 1 FROM journal LIMIT 1").fetchall()
        connection.execute(f"PRAGMA user_version = {FORMAT}")
        connection.execute("COMMIT")
    except sqlite3.DatabaseError:
        connection.close()
        raise
    return connection
