"""Work that is done after the answer: a queue that survives a restart, and locks between processes."""

from keepsight.assets.catalogue.database import Database
from keepsight.assets.jobs.queue import GiveUp, Job, Queue, State, Work
from keepsight.assets.jobs.sqlite import SqliteQueue

__all__ = ["GiveUp", "Job", "Queue", "State", "Work", "open_queue"]


def open_queue(database: Database) -> Queue:
    """The queue in the catalogue's database, whose tables are up to date. Raises Unavailable."""
    if not database.postgresql:
        return SqliteQueue(database)
    # Procrastinate and psycopg take 30 MiB that a server on SQLite can do without.
    from keepsight.assets.jobs.postgresql import PostgresqlQueue  # noqa: PLC0415 - see above

    return PostgresqlQueue(database)
