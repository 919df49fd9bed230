"""Whether anything in the catalogue has changed, asked on every hit."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Any, TypeVar

from cachetools import LRUCache

from keepsight.assets.catalogue.database import Database

_REMEMBERED = 100_000

Answer = TypeVar("Answer")


class Epoch:
    """Remembers answers of the catalogue for as long as nobody has written to it. Safe for threads.

    SQLite counts what others write in `data_version`, whose look takes microseconds; this connection writes nothing,
    so every write counts, of this process and of others. PostgreSQL has no such number: nothing is remembered there.
    """

    def __init__(self, database: Database) -> None:
        self._lock = Lock()
        self._known: LRUCache[Hashable, Any] = LRUCache(_REMEMBERED)
        self._version: int | None = None
        self._connection: sqlite3.Connection | None = None
        if not database.postgresql:
            path = str(database.engine.url.database)
            self._connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False)

    def remembered(self, question: Hashable, answer: Callable[[], Answer]) -> Answer:
        """The answer, which is not None, to a question about the catalogue as it is now."""
        if self._connection is None:
            return answer()
        with self._lock:
            try:
                version = self._look(self._connection)
            except sqlite3.Error:  # the disk, or the file is gone: whoever asks the catalogue itself says what it is
                self._version = None
                self._known.clear()
                return answer()
            if version != self._version:
                self._known.clear()
                self._version = version
            known: Answer | None = self._known.get(question)
        if known is not None:
            return known
        # Asked after the look: what is written in between counts as another version, and clears it again.
        known = answer()
        with self._lock:
            if self._version == version:
                self._known[question] = known
        return known

    def close(self) -> None:
        """Close the connection."""
        if self._connection is not None:
            self._connection.close()

    @staticmethod
    def _look(connection: sqlite3.Connection) -> int:
        return int(connection.execute("PRAGMA data_version").fetchone()[0])
