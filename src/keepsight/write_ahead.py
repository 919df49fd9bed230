"""SQLite's write-ahead log: readers do not wait for the writer."""

from __future__ import annotations

import sqlite3
from time import monotonic, sleep

_PAUSE = 0.01


def use_write_ahead_log(connection: sqlite3.Connection, patience: float) -> None:
    """Switch the file of a connection to its write-ahead log, waiting up to `patience` seconds for others.

    SQLite does not call its busy handler for this switch: of several servers that open a new file at once, all but
    one would be told "database is locked" without waiting. Raises sqlite3.OperationalError when patience ends.
    """
    end = monotonic() + patience
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or monotonic() > end:
                raise
        sleep(_PAUSE)
