"""Questions that would take for ever end, in both databases, and spoil nothing for the next one."""

from __future__ import annotations

import time

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError

from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.patience import limited
from keepsight.errors import BadRequest, Unavailable

ENDLESS = {
    "sqlite": "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


def test_an_endless_question_ends(database: Database) -> None:
    endless = text(ENDLESS[database.engine.dialect.name])
    began = time.monotonic()
    with (
        pytest.raises(BadRequest, match=r"took longer than 0\.2 s"),
        database.read() as connection,
        limited(connection, 0.2),
    ):
        connection.execute(endless)
    assert time.monotonic() - began < 20
    for _ in range(12):  # as many as there are connections in the pool: none of them is limited any more
        with database.read() as connection:
            assert connection.scalar(text("SELECT 1")) == 1


def test_another_fault_is_still_one(database: Database) -> None:
    with (
        pytest.raises((Unavailable, ProgrammingError)),
        database.read() as connection,
        limited(connection, 60),
    ):
        connection.execute(text("SELECT * FROM nowhere"))
