"""Bringing the tables up to date when a server starts."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

from keepsight.assets.catalogue.cursor import make_secret
from keepsight.assets.catalogue.database import Database
from keepsight.errors import ConfigurationError

_LOCK = 0x6B65657073696768
"""Of PostgreSQL's advisory locks: "keepsigh" as a number."""


def migrate(database: Database) -> None:
    """Upgrade to the newest version; of several processes that start at once, one does it and the others wait.

    One transaction on both databases: a migration that fails leaves everything as it was. Raises ConfigurationError
    when the catalogue is of a newer Keepsight, Unavailable when the database does not answer.
    """
    with database.write() as connection:  # on SQLite that is the lock
        if database.postgresql:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        config = configuration(connection)
        current = _current(connection)
        known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
        if current is not None and current not in known:
            fault = f"catalogue.url: the catalogue is of a newer Keepsight (version {current})"
            raise ConfigurationError((fault,))
        command.upgrade(config, "head")
        make_secret(connection)


def configuration(connection: Connection) -> Config:
    """Alembic's, for this connection."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    return config


def _current(connection: Connection) -> str | None:
    if not connection.dialect.has_table(connection, "alembic_version"):
        return None
    return connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
