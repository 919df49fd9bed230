"""Pages of assets in a given order, each going on where the one before ended, whatever came or went meanwhile."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, case, false, or_, select, true

from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.rows import asset_of
from keepsight.assets.catalogue.tables import assets


@dataclass(frozen=True, slots=True)
class Key:
    """One key of an order. Assets without a value come last, in either direction."""

    column: ColumnElement[Any]
    descending: bool = False
    nullable: bool = True


@dataclass(frozen=True, slots=True)
class Window:
    """Which part of an order."""

    most: int
    """How many assets."""
    after: list[Any] | None = None
    """`Page.place` of the page before."""


@dataclass(frozen=True, slots=True)
class Page:
    """Some assets, and where the next ones begin: the values of the keys of the last one, None at the end."""

    assets: tuple[Asset, ...]
    place: list[Any] | None


def page(
    connection: Connection,
    condition: ColumnElement[bool],
    order: Sequence[Key],
    window: Window,
    *,
    lock: bool = False,
) -> Page:
    """What is in the window. The row's id is added as the last key. With `lock` nobody else changes these rows."""
    keys = (*order, Key(assets.c.id, order[0].descending if order else False, nullable=False))
    values = [key.column.label(f"key_{number}") for number, key in enumerate(keys)]
    query = select(assets, *values).where(condition)
    if window.after is not None:
        query = query.where(*_after(keys, [_value(v) for v in window.after]))
    for key in keys:
        if key.nullable:
            query = query.order_by(case((key.column.is_(None), 1), else_=0))
        query = query.order_by(key.column.desc() if key.descending else key.column.asc())
    query = query.limit(window.most + 1)
    rows = connection.execute(query.with_for_update(of=assets) if lock else query).all()
    shown = rows[: window.most]
    more = len(rows) > window.most and bool(shown)
    place = [_json(shown[-1]._mapping[value.name]) for value in values] if more else None
    return Page(tuple(asset_of(row) for row in shown), place)


def _after(keys: Sequence[Key], values: Sequence[Any]) -> list[ColumnElement[bool]]:
    """Later in the order: by the first key or, that being equal, by the others."""
    later: ColumnElement[bool] = false()
    for key, value in reversed(list(zip(keys, values, strict=True))):
        later = or_(_beyond(key, value), and_(_same(key, value), later))
    first, value = keys[0], values[0]
    if first.nullable or value is None:
        return [later]
    # The same once more, as a range of one column, which an index can begin at.
    return [first.column <= value if first.descending else first.column >= value, later]


def _beyond(key: Key, value: Any) -> ColumnElement[bool]:
    if value is None:
        return false()
    further = key.column < value if key.descending else key.column > value
    return or_(further, key.column.is_(None)) if key.nullable else further


def _same(key: Key, value: Any) -> ColumnElement[bool]:
    return key.column.is_(None) if value is None else key.column == value


def _json(value: Any) -> Any:
    return {"at": value.isoformat()} if isinstance(value, datetime) else value


def _value(sealed: Any) -> Any:
    return datetime.fromisoformat(sealed["at"]).astimezone(UTC) if isinstance(sealed, dict) else sealed


EVERYTHING: ColumnElement[bool] = true()
