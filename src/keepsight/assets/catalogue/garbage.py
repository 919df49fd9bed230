"""Bytes that no row names any more: deleted a while later, so that whoever reads them just now can finish."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy import Connection, delete, insert, literal, select

from keepsight.assets.catalogue.tables import assets, derived, garbage, secrets, uploads

_SEARCHED = "store searched at"


def throw_away(connection: Connection, keys: Iterable[str], now: datetime) -> None:
    """Note keys in the transaction that takes away the last row that names them."""
    rows = [{"key": key, "since": now} for key in keys]
    if rows:
        connection.execute(insert(garbage), rows)


def throw_away_derived(connection: Connection, asset: int, now: datetime) -> None:
    """The same for the bytes of everything derived from an asset."""
    keys = select(derived.c.key, literal(now, garbage.c.since.type))
    keys = keys.where(derived.c.asset == asset, derived.c.key.is_not(None))
    connection.execute(insert(garbage).from_select(["key", "since"], keys))


def thrown_away(connection: Connection, before: datetime, most: int) -> list[str]:
    """Keys that were thrown away before that moment, the oldest first."""
    query = select(garbage.c.key).where(garbage.c.since < before).order_by(garbage.c.since).limit(most)
    return list(connection.scalars(query))


def forget(connection: Connection, keys: Collection[str]) -> None:
    """Their bytes are gone."""
    connection.execute(delete(garbage).where(garbage.c.key.in_(keys)))


def named(connection: Connection, keys: Collection[str]) -> set[str]:
    """Those that some row names, also those already thrown away. At most 500 at a time."""
    found: set[str] = set()
    for table in (assets, derived, uploads, garbage):
        found.update(connection.scalars(select(table.c.key).where(table.c.key.in_(keys))))
    return found


def generations(connection: Connection, found: Collection[str]) -> set[str]:
    """Those of these generations that some asset has now. At most 500 at a time."""
    return set(connection.scalars(select(assets.c.generation).where(assets.c.generation.in_(found))))


def searched_at(connection: Connection) -> datetime | None:
    """When the whole store was last searched for what no row names; None: never."""
    noted = connection.scalar(select(secrets.c.value).where(secrets.c.name == _SEARCHED))
    return datetime.fromisoformat(noted) if noted is not None else None


def note_search(connection: Connection, now: datetime) -> None:
    """It is done. Under a lock: the one before is replaced."""
    connection.execute(delete(secrets).where(secrets.c.name == _SEARCHED))
    connection.execute(insert(secrets).values(name=_SEARCHED, value=now.isoformat()))
