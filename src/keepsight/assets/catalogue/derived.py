"""What was made of an asset: images that are there, and transformations that may be asked for unsigned since."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, Row, delete, select, update

from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.garbage import throw_away, throw_away_derived
from keepsight.assets.catalogue.tables import assets, derived


@dataclass(frozen=True, slots=True)
class DerivedImage:
    """One row."""

    id: str
    asset: int
    """`Asset.id`."""
    transformation: str
    """As the URL language writes it, without the format."""
    format: str
    """"" where the transformation does not ask for one."""
    generation: str
    """That of the asset when it was made; of another one the bytes are stale."""
    key: str | None
    """Where the bytes are in the store; None when they have to be made (again)."""
    bytes: int
    width: int | None
    height: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class NewDerived:
    """What is told of one."""

    transformation: str
    format: str
    bytes: int
    width: int | None = None
    height: int | None = None
    key: str | None = None


def record(connection: Connection, asset: Asset, made: NewDerived) -> DerivedImage | None:
    """Note that it was made of the asset as it is in `asset`; from now on it may be asked for unsigned.

    None when the asset has changed meanwhile: what was made of it is untrue, and its bytes are thrown away. Call it
    after `find(…, lock=True)` of the same transaction or accept None. One that was there is replaced.
    """
    now = datetime.now(UTC)
    current = connection.scalar(select(assets.c.generation).where(assets.c.id == asset.id).with_for_update())
    if current != asset.generation:
        throw_away(connection, [made.key] if made.key else [], now)
        return None
    there = find(connection, asset.id, made.transformation, made.format)
    columns: dict[str, Any] = {
        "generation": asset.generation,
        "key": made.key,
        "bytes": made.bytes,
        "width": made.width,
        "height": made.height,
        "created_at": now,
    }
    if there is not None:
        throw_away(connection, [there.key] if there.key and there.key != made.key else [], now)
        connection.execute(update(derived).where(derived.c.id == there.id).values(columns))
        return DerivedImage(there.id, asset.id, made.transformation, made.format, **columns)
    columns |= {"id": uuid4().hex, "asset": asset.id, "transformation": made.transformation, "format": made.format}
    connection.execute(derived.insert().values(columns))
    return DerivedImage(**columns)


def find(connection: Connection, asset: int, transformation: str, format: str) -> DerivedImage | None:  # noqa: A002 - its name
    """That one, also when its bytes are stale: it is still allowed."""
    condition = (derived.c.transformation == transformation) & (derived.c.format == format)
    row = connection.execute(select(derived).where(derived.c.asset == asset, condition)).one_or_none()
    return _derived_of(row) if row is not None else None


def derived_of(connection: Connection, asset: int, most: int = 100, after: str = "") -> tuple[DerivedImage, ...]:
    """What was made of an asset, in the order of the ids; `after` is the last id of the page before."""
    query = select(derived).where(derived.c.asset == asset, derived.c.id > after)
    return tuple(map(_derived_of, connection.execute(query.order_by(derived.c.id).limit(most))))


def is_there(connection: Connection, id_: str) -> bool:
    """Whether the one of this id is noted."""
    return connection.scalar(select(derived.c.id).where(derived.c.id == id_)) is not None


def delete_derived(connection: Connection, ids: Collection[str]) -> set[str]:
    """Take these away; the ids of those that were there."""
    return _delete(connection, derived.c.id.in_(ids))


def delete_of_transformation(connection: Connection, transformation: str) -> set[str]:
    """Take away everything made by it, of whatever asset."""
    return _delete(connection, derived.c.transformation == transformation)


def delete_of(connection: Connection, asset: int, now: datetime) -> None:
    """Take away everything made of an asset; none of it is allowed any more."""
    throw_away_derived(connection, asset, now)
    connection.execute(delete(derived).where(derived.c.asset == asset))


def make_stale(connection: Connection, asset: int, now: datetime) -> None:
    """Throw away the bytes of everything made of an asset; it stays allowed, and has to be made anew."""
    throw_away_derived(connection, asset, now)
    connection.execute(update(derived).where(derived.c.asset == asset).values(key=None))


def _delete(connection: Connection, condition: ColumnElement[bool]) -> set[str]:
    gone = connection.execute(delete(derived).where(condition).returning(derived.c.id, derived.c.key)).all()
    throw_away(connection, [row.key for row in gone if row.key], datetime.now(UTC))
    return {row.id for row in gone}


def _derived_of(row: Row[Any]) -> DerivedImage:
    return DerivedImage(**row._mapping)
