"""What there is in all: counts, bytes, tags."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from keepsight.assets.catalogue.listing import begins_with
from keepsight.assets.catalogue.tables import assets, derived, values


@dataclass(frozen=True, slots=True)
class Usage:
    """Sums over the whole catalogue."""

    assets: Mapping[str, int]
    """By resource type."""
    bytes: Mapping[str, int]
    """By resource type."""
    derived: int
    derived_bytes: int


def usage(connection: Connection) -> Usage:
    """The sums as they are now."""
    query = select(assets.c.resource_type, func.count(), func.sum(assets.c.bytes)).group_by(assets.c.resource_type)
    rows = connection.execute(query).all()
    made, made_bytes = connection.execute(select(func.count(), func.coalesce(func.sum(derived.c.bytes), 0))).one()
    return Usage({kind: n for kind, n, _ in rows}, {kind: int(size) for kind, _, size in rows}, made, int(made_bytes))


def list_tags(
    connection: Connection, resource_type: str, most: int, *, prefix: str = "", after: str = ""
) -> tuple[str, ...]:
    """Tags of assets of a type, in order, each once; `after` is the last one of the page before."""
    query = select(values.c.value).distinct().join(assets, assets.c.id == values.c.asset)
    query = query.where(values.c.field == "tags", assets.c.resource_type == resource_type, values.c.value > after)
    query = query.where(begins_with(values.c.value, prefix)) if prefix else query
    return tuple(connection.scalars(query.order_by(values.c.value).limit(most)))
