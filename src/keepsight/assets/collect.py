"""Taking away bytes that no row names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TypeVar

from keepsight.assets.catalogue import garbage
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.uploads import end_abandoned
from keepsight.assets.publish import DERIVED, ORIGINALS, PARTS, SHARED
from keepsight.assets.store.store import Store

GRACE = timedelta(minutes=10)
"""How long bytes outlive the row that named them: longer than any request that has begun to read them."""
ORPHANED_AFTER = timedelta(days=1)
"""Age at which bytes that no row names were left by a crash: longer than any upload takes."""
ABANDONED_AFTER = timedelta(hours=24)
"""Age of the last part at which an upload is given up."""
SHARED_FOR = timedelta(days=30)
"""Age at which a shared image is made anew, should anybody still ask for it."""
_BATCH = 500

Item = TypeVar("Item")


def collect_garbage(store: Store, database: Database, grace: timedelta = GRACE) -> int:
    """Delete what was thrown away longer ago than `grace`; how many. After a crash it does it twice."""
    count = 0
    while True:
        with database.read() as connection:
            keys = garbage.thrown_away(connection, datetime.now(UTC) - grace, _BATCH)
        if not keys:
            return count
        for key in keys:
            store.delete(key)
        with database.write() as connection:
            garbage.forget(connection, keys)
        count += len(keys)


def collect_orphans(
    store: Store, database: Database, age: timedelta = ORPHANED_AFTER, shared: timedelta = SHARED_FOR
) -> int:
    """Delete what no row names and is older than `age`, by a look through the whole store; how many.

    Of images that servers share those go that are older than `shared`, or made of what is no longer there.
    """
    with database.write() as connection:
        end_abandoned(connection, datetime.now(UTC) - ABANDONED_AFTER)
    before, count = datetime.now(UTC) - age, 0
    for folder in (ORIGINALS, DERIVED, PARTS):
        old = (listed.key for listed in store.list(folder) if listed.modified < before)
        for keys in _batches(old):
            with database.read() as connection:
                orphans = set(keys) - garbage.named(connection, keys)
            for key in orphans:
                store.delete(key)
            count += len(orphans)
    return count + _collect_shared(store, database, datetime.now(UTC) - shared)


def _collect_shared(store: Store, database: Database, before: datetime) -> int:
    """Delete shared images that are old, and those of generations that are no more; how many."""
    count = 0
    for batch in _batches(store.list(SHARED)):
        of = {listed.key: listed.key.split("/")[1] for listed in batch}
        with database.read() as connection:
            current = garbage.generations(connection, set(of.values()))
        for listed in batch:
            if listed.modified < before or of[listed.key] not in current:
                store.delete(listed.key)
                count += 1
    return count


def _batches(items: Iterable[Item]) -> Iterator[list[Item]]:
    rest = iter(items)
    while batch := list(islice(rest, _BATCH)):
        yield batch
