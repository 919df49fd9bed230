"""What an import has brought, kept beside the data so that the next run brings only what is missing or changed."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

from filelock import FileLock, Timeout

from keepsight.errors import ConfigurationError
from keepsight.write_ahead import use_write_ahead_log

_PATIENCE = 30.0
_BATCH = 200
_TABLES = """
CREATE TABLE IF NOT EXISTS brought (
    key TEXT PRIMARY KEY, fingerprint TEXT NOT NULL, version INTEGER NOT NULL, etag TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS pending (key TEXT PRIMARY KEY, listed TEXT NOT NULL) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class Brought:
    """One asset as it was brought."""

    fingerprint: str
    """What the listing said of it then, see `SourceAsset.fingerprint`."""
    version: int
    etag: str
    """MD5 of the bytes that were stored, hexadecimal."""


class ImportState:
    """One file for each cloud in the folder of data. Safe for threads; one process at a time has it."""

    def __init__(self, data: Path, cloud: str) -> None:
        """Opens it. Raises ConfigurationError when another import of this cloud runs, or the disk refuses."""
        folder = data / "import"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._claim = FileLock(folder / f"{cloud}.lock")
            self._claim.acquire(timeout=0)
        except Timeout:
            raise ConfigurationError((f"Another import of cloud {cloud} into {data} is running",)) from None
        except OSError as error:
            raise ConfigurationError((f"storage.data: {folder} cannot be written ({error.strerror})",)) from None
        self.parts = folder / f"{cloud}.parts"
        """Folder of files that are still arriving."""
        self.parts.mkdir(exist_ok=True)
        self._lock = Lock()
        try:
            self._connection = sqlite3.connect(
                folder / f"{cloud}.sqlite", isolation_level=None, check_same_thread=False, timeout=_PATIENCE
            )
            use_write_ahead_log(self._connection, _PATIENCE)
            self._connection.executescript(_TABLES)
        except sqlite3.Error as error:
            raise ConfigurationError((f"storage.data: {folder} cannot be used ({error})",)) from None

    @staticmethod
    def exists(data: Path, cloud: str) -> bool:
        """Whether an import of this cloud was begun."""
        return (data / "import" / f"{cloud}.sqlite").is_file()

    def brought(self, key: str) -> Brought | None:
        """How an asset was brought; None when it never was."""
        with self._lock:
            row = self._connection.execute(
                "SELECT fingerprint, version, etag FROM brought WHERE key = ?", (key,)
            ).fetchone()
        return Brought(*row) if row else None

    def note(self, key: str, brought: Brought) -> None:
        """It is there now."""
        with self._lock:
            self._connection.execute(
                "INSERT OR REPLACE INTO brought VALUES (?, ?, ?, ?)",
                (key, brought.fingerprint, brought.version, brought.etag),
            )

    def plan(self, listed: Iterator[tuple[str, dict[str, Any]]]) -> None:
        """Replace what is pending by these keys and the objects of the listing."""
        with self._lock:
            self._connection.execute("DELETE FROM pending")
        batch: list[tuple[str, str]] = []
        for key, found in listed:
            batch.append((key, json.dumps(found)))
            if len(batch) == _BATCH:
                self._add(batch)
                batch = []
        self._add(batch)

    def pending(self) -> Iterator[dict[str, Any]]:
        """The objects that are pending, in the order of their keys."""
        last = ""
        while True:
            with self._lock:
                rows = self._connection.execute(
                    "SELECT key, listed FROM pending WHERE key > ? ORDER BY key LIMIT ?", (last, _BATCH)
                ).fetchall()
            if not rows:
                return
            for _, text in rows:
                yield json.loads(text)
            last = rows[-1][0]

    def close(self) -> None:
        """Let another process have it."""
        self._connection.close()
        self._claim.release()

    def _add(self, batch: list[tuple[str, str]]) -> None:
        if not batch:
            return
        with self._lock, self._connection:
            self._connection.execute("BEGIN")
            self._connection.executemany("INSERT OR REPLACE INTO pending VALUES (?, ?)", batch)
