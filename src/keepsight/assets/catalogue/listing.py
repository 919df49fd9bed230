"""The listings of the Admin API: by type, prefix, tag, context, moderation, folder or ids."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, select

from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.assets import delete_assets
from keepsight.assets.catalogue.cursor import seal, unseal
from keepsight.assets.catalogue.paging import EVERYTHING, Key, Window, page
from keepsight.assets.catalogue.tables import assets, values
from keepsight.assets.catalogue.words import indexed
from keepsight.assets.normal_form import composed, normal_forms


@dataclass(frozen=True, slots=True)
class Listing:
    """Which assets, and in what order; all of what is given has to hold.

    In the order of their creation, the newest first unless `ascending`; with a `prefix` by public id, as Cloudinary's.
    """

    resource_type: str | None = None
    type: str | None = None
    prefix: str | None = None
    """Of the public id, letter for letter."""
    tag: str | None = None
    context: tuple[str, str | None] | None = None
    """A key, and its value unless any will do."""
    moderation: tuple[str, str] | None = None
    """Kind and status."""
    asset_folder: str | None = None
    """In this very folder, not in those below it."""
    public_ids: tuple[str, ...] | None = None
    asset_ids: tuple[str, ...] | None = None
    created_since: datetime | None = None
    ascending: bool = False


@dataclass(frozen=True, slots=True)
class Assets:
    """A page of a listing."""

    assets: tuple[Asset, ...]
    next_cursor: str | None
    """None at the end."""


def list_assets(connection: Connection, listing: Listing, most: int, cursor: str | None = None) -> Assets:
    """The next `most` assets. Raises BadRequest for a cursor of another listing."""
    after = unseal(connection, listing, cursor) if cursor else None
    found = page(connection, _condition(listing), _order(listing), Window(most, after))
    return Assets(found.assets, seal(connection, listing, found.place) if found.place else None)


def delete_listed(connection: Connection, listing: Listing, most: int) -> tuple[tuple[Asset, ...], bool]:
    """Delete the first `most` of a listing; those that are gone, and whether there are more.

    Whoever wants them all asks again: what is gone is no longer listed, so that no cursor is needed.
    """
    found = page(connection, _condition(listing), (), Window(most), lock=True)
    delete_assets(connection, found.assets)
    return found.assets, found.place is not None


def begins_with(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Letter for letter and by the index, which LIKE uses in neither database without special care."""
    return and_(column >= prefix, column < prefix + "\U0010ffff")


def has_value(field: str, value: str | Iterable[str] | None = None) -> ColumnElement[bool]:
    """Whether one of the values of a field is that, is one of those, or is there at all."""
    found = select(values.c.asset).where(values.c.field == field)
    if isinstance(value, str):
        found = found.where(values.c.value == indexed(value))
    elif value is not None:
        found = found.where(values.c.value.in_([indexed(v) for v in value]))
    return assets.c.id.in_(found)


def _condition(listing: Listing) -> ColumnElement[bool]:
    conditions = [EVERYTHING]
    for column in (assets.c.resource_type, assets.c.type, assets.c.asset_folder):
        wanted = getattr(listing, column.name)
        if wanted is not None:
            conditions.append(column == wanted)
    if listing.prefix is not None:
        conditions.append(begins_with(assets.c.public_id, composed(listing.prefix)))
    if listing.tag is not None:
        conditions.append(has_value("tags", listing.tag))
    if listing.context is not None:
        key, value = listing.context
        conditions.append(has_value("context", key) if value is None else has_value(f"context.{key}", value))
    if listing.moderation is not None:
        conditions.append(has_value("moderation", "/".join(listing.moderation)))
    if listing.public_ids is not None:
        conditions.append(
            assets.c.public_id.in_([form for public_id in listing.public_ids for form in normal_forms(public_id)])
        )
    if listing.asset_ids is not None:
        conditions.append(assets.c.asset_id.in_(listing.asset_ids))
    if listing.created_since is not None:
        conditions.append(assets.c.created_at >= listing.created_since)
    return and_(*conditions)


def _order(listing: Listing) -> tuple[Key, ...]:
    if listing.prefix is not None:
        return (Key(assets.c.public_id, nullable=False),)
    return (Key(assets.c.created_at, descending=not listing.ascending, nullable=False),)
