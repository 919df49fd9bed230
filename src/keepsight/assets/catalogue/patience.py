"""An end in time for questions that strangers to the database wrote."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic

from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from keepsight.errors import BadRequest

_STEPS = 10_000
"""Instructions of SQLite's machine between two looks at the clock: less than a millisecond."""
_CANCELLED = "57014"
"""What PostgreSQL calls a statement that was ended by its timeout."""


@contextmanager
def limited(connection: Connection, seconds: float) -> Iterator[None]:
    """Questions asked inside end after so many seconds: in SQLite all of them together, in PostgreSQL each of them.

    Raises BadRequest then.
    """
    ends = monotonic() + seconds
    sqlite = connection.dialect.name == "sqlite"
    driver = connection.connection.driver_connection
    if sqlite:
        driver.set_progress_handler(lambda: int(monotonic() > ends), _STEPS)  # type: ignore[union-attr]  # that of sqlite3
    else:
        connection.execute(text(f"SET LOCAL statement_timeout = {max(1, int(seconds * 1000))}"))
    try:
        yield
    except OperationalError as error:
        ended = monotonic() > ends if sqlite else getattr(error.orig, "sqlstate", None) == _CANCELLED
        if not ended:
            raise
        raise BadRequest(
            f"The search took longer than {seconds:g} s (expected fewer terms, or longer words)"
        ) from error
    finally:
        if sqlite:
            driver.set_progress_handler(None, 0)  # type: ignore[union-attr]  # as above
