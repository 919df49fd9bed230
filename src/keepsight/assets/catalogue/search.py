"""Searching: a page of what agrees, how many do, and counts by field."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import ColumnElement, Connection, and_, case, func, select

from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.compiled import condition
from keepsight.assets.catalogue.cursor import seal, unseal
from keepsight.assets.catalogue.fields import Field, Kind, field_named
from keepsight.assets.catalogue.paging import Key, Window, page
from keepsight.assets.catalogue.query import Aggregate, AggregateRange, Everything, Query, SortBy
from keepsight.assets.catalogue.tables import assets, values
from keepsight.errors import BadRequest

_MOST_COUNTS = 1000
"""Values of an aggregated field that are told, the most frequent ones."""


@dataclass(frozen=True, slots=True)
class Search:
    """What is searched for, in what order, and what is counted."""

    query: Query = Everything()  # noqa: RUF009 - frozen, without anything in it
    sort_by: tuple[SortBy, ...] = ()
    """None: the newest first."""
    aggregates: tuple[Aggregate, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """The answer to a search."""

    assets: tuple[Asset, ...]
    total_count: int
    next_cursor: str | None
    aggregations: Mapping[str, Mapping[str, int]]
    """By field, how many assets have which value, or are in which range."""


def search(connection: Connection, asked: Search, most: int = 50, cursor: str | None = None) -> Found:
    """The next `most` assets that agree.

    Later pages see relative dates from the moment of the first one. Raises BadRequest for a cursor of another search
    and for a field that cannot be sorted or counted by.
    """
    question = (asked.query, asked.sort_by)
    now, after = datetime.now(UTC), None
    if cursor:
        moment, *after = unseal(connection, question, cursor)
        now = datetime.fromisoformat(moment)
    agrees = condition(asked.query, now)
    found = page(connection, agrees, _order(asked.sort_by), Window(most, after))
    total = connection.scalar(select(func.count()).select_from(assets).where(agrees)) or 0
    counts = {aggregate.field: _count(connection, aggregate, agrees) for aggregate in asked.aggregates}
    place = seal(connection, question, [now.isoformat(), *found.place]) if found.place else None
    return Found(found.assets, total, place, counts)


def _order(sort_by: tuple[SortBy, ...]) -> tuple[Key, ...]:
    if not sort_by:
        return (Key(assets.c.created_at, descending=True, nullable=False),)
    keys = []
    for sort in sort_by:
        field, column = _single(sort.field, "sort_by")
        keys.append(Key(column, sort.descending, field.nullable))
    return tuple(keys)


def _count(connection: Connection, aggregate: Aggregate, agrees: ColumnElement[bool]) -> dict[str, int]:
    if aggregate.ranges:
        field, column = _single(aggregate.field, "aggregate")
        if field.kind is not Kind.NUMBER:
            raise BadRequest(f"aggregate: {aggregate.field} has no ranges (expected a field of numbers)")
        sums = [func.count(case((_within(column, part), 1))) for part in aggregate.ranges]
        numbers = connection.execute(select(*sums).select_from(assets).where(agrees)).one()
        return {part.key: number for part, number in zip(aggregate.ranges, numbers, strict=True)}
    field_or_none = field_named(aggregate.field)
    if field_or_none is not None and field_or_none.kind is Kind.LIST and field_or_none.name != "colors":
        column = values.c.value
        query = select(column, func.count()).join(assets, assets.c.id == values.c.asset)
        query = query.where(values.c.field == field_or_none.name, agrees)
    else:
        _, column = _single(aggregate.field, "aggregate")
        query = select(column, func.count()).select_from(assets).where(agrees, column.is_not(None))
    rows = connection.execute(query.group_by(column).order_by(func.count().desc(), column).limit(_MOST_COUNTS))
    return {str(value): count for value, count in rows}


def _single(name: str, what: str) -> tuple[Field, ColumnElement[object]]:
    field = field_named(name)
    if field is None or field.column is None:
        raise BadRequest(f"{what}: no such field: {name}")
    return field, field.column


def _within(column: ColumnElement[object], part: AggregateRange) -> ColumnElement[bool]:
    ends = [column >= part.low] if part.low is not None else [column.is_not(None)]
    return and_(*ends, column < part.high) if part.high is not None else and_(*ends)
