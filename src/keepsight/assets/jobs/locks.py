"""Locks between processes: one does what must not be done twice at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout
from sqlalchemy import text

from keepsight.assets.catalogue.database import Database
from keepsight.errors import Unavailable


@contextmanager
def hold(database: Database, name: str, patience: float = 30.0) -> Iterator[None]:
    """Have the lock of that name, alone among all processes at this catalogue; it ends with the process, too.

    On PostgreSQL an advisory lock on a connection of its own, else a file beside the catalogue: one machine.
    Raises Unavailable when another one has it for `patience` seconds.
    """
    with _postgresql(database, name, patience) if database.postgresql else _file(database, name, patience):
        yield


@contextmanager
def _postgresql(database: Database, name: str, patience: float) -> Iterator[None]:
    number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big", signed=True)
    # Without a transaction, which would keep the server from cleaning up as long as the lock is held.
    with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"SET lock_timeout = {int(patience * 1000) + 1}"))
        try:
            connection.execute(text("SELECT pg_advisory_lock(:number)"), {"number": number})
        except Exception as error:
            if getattr(getattr(error, "orig", None), "sqlstate", None) == "55P03":
                raise _busy(name) from None
            raise
        try:
            yield
        finally:
            connection.execute(text("SELECT pg_advisory_unlock(:number)"), {"number": number})
            connection.execute(text("RESET lock_timeout"))


@contextmanager
def _file(database: Database, name: str, patience: float) -> Iterator[None]:
    beside = Path(f"{database.engine.url.database}.locks")
    beside.mkdir(exist_ok=True)
    lock = FileLock(beside / hashlib.sha256(name.encode()).hexdigest()[:32], timeout=patience)
    try:
        lock.acquire()
    except Timeout:
        raise _busy(name) from None
    try:
        yield
    finally:
        lock.release()


def _busy(name: str) -> Unavailable:
    return Unavailable(f"Another process is still at {name}")
