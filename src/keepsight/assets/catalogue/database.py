"""The database of the catalogue: SQLite by default, PostgreSQL by its URL.

The engine is a synchronous one, called from the threads that answer requests: both drivers wait in C without the
interpreter's lock, the work around a query is in threads anyway (decode, render, store), and SQLAlchemy's asyncio
layer adds a greenlet switch to every call, for SQLite even a thread of its own.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from random import random
from threading import Lock
from time import sleep
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError

from keepsight.errors import ConfigurationError, Unavailable
from keepsight.write_ahead import use_write_ahead_log

_PATIENCE = 30
"""Seconds that a writer of SQLite waits for another one."""
_WRITING = "keepsight_writing"
_ATTEMPTS = 5
_GAVE_UP = {"40001", "40P01"}
"""What PostgreSQL calls a serialization failure and a deadlock."""

Result = TypeVar("Result")


class Database:
    """Connections, each of them one transaction. Safe for threads and, as both databases are, for processes."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.postgresql = engine.dialect.name == "postgresql"
        # SQLite has one writer at a time and lets the others poll; those of one process queue up here instead.
        self._one_writer: Any = nullcontext() if self.postgresql else Lock()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Look; what is read is of one moment. Raises Unavailable when the database does not answer."""
        with _as_unavailable(), self.engine.connect() as connection:
            if self.postgresql:
                connection = connection.execution_options(isolation_level="REPEATABLE READ")  # noqa: PLW2901 - the same one
            with connection.begin():
                yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Change: all of it or, if an error goes through, nothing. Raises Unavailable."""
        with (
            self._one_writer,
            _as_unavailable(),
            self.engine.connect().execution_options(**{_WRITING: True}) as connection,
            connection.begin(),
        ):
            yield connection

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Write with `work`, and again from its beginning when PostgreSQL gave up on it for the sake of another.

        For work that locks several rows: two such may wait for each other. It must do nothing but write here.
        """
        for attempt in range(_ATTEMPTS - 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except Unavailable as error:
                if getattr(getattr(error.__cause__, "orig", None), "sqlstate", None) not in _GAVE_UP:
                    raise
            sleep(random() * 0.05 * 2**attempt)  # noqa: S311 - keeps two apart, no secret
        with self.write() as connection:
            return work(connection)

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def open_database(url: str, pool: int = 10) -> Database:
    """Connect to `sqlite:///path` or `postgresql://user@host/name`. Raises ConfigurationError. Makes no tables."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise _wrong("expected sqlite:///path or postgresql://user@host/name") from None
    backend = parsed.get_backend_name()
    if backend == "postgresql":
        parsed = parsed.set(drivername="postgresql+psycopg")
        return Database(create_engine(parsed, pool_size=pool, max_overflow=pool, pool_pre_ping=True))
    if backend != "sqlite":
        raise _wrong(f"expected sqlite:///path or postgresql://user@host/name, not {backend}")
    if not parsed.database or parsed.database == ":memory:":
        raise _wrong("expected the path of a file after sqlite:///")
    try:
        Path(parsed.database).resolve().parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _wrong(f"the folder cannot be made ({error.strerror})") from None
    engine = create_engine(parsed, pool_size=pool, max_overflow=pool, connect_args={"timeout": _PATIENCE})
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return Database(engine)


def _prepare_sqlite(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # we say when a transaction begins; see _begin_sqlite
    use_write_ahead_log(connection, _PATIENCE)
    connection.execute("PRAGMA synchronous = FULL")  # what was acknowledged survives a loss of power
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -16384")


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes the lock at once: one that reads first could find itself unable to write what it decided.
    writing = connection.get_execution_options().get(_WRITING)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")


@contextmanager
def _as_unavailable() -> Iterator[None]:
    try:
        yield
    except (OperationalError, DBAPIError) as error:
        if isinstance(error, OperationalError) or error.connection_invalidated:
            raise Unavailable("The catalogue does not answer just now") from error
        raise


def _wrong(what: str) -> ConfigurationError:
    return ConfigurationError((f"catalogue.url: {what}",))
