"""Bringing assets in, changing, renaming and deleting them. Each function is one step of the caller's transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import ColumnElement, Connection, and_, delete, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import IntegrityError

from keepsight.assets.catalogue import derived
from keepsight.assets.catalogue.asset import Asset, AssetName, Bytes, Described, check_described
from keepsight.assets.catalogue.folders import ensure_folder
from keepsight.assets.catalogue.garbage import throw_away, throw_away_derived
from keepsight.assets.catalogue.rows import asset_of, described_columns, held_columns, name_columns
from keepsight.assets.catalogue.tables import assets
from keepsight.assets.catalogue.words import index
from keepsight.assets.normal_form import normal_forms
from keepsight.errors import AlreadyExists, NotFound

_INVALIDATES = ("custom_coordinates", "face_coordinates", "access_mode", "access_control", "status")
"""Of what is said: whatever decides what is delivered."""

Change = Callable[[Described], Described]


@dataclass(frozen=True, slots=True)
class Placed:
    """What became of an upload."""

    asset: Asset
    before: Asset | None
    """What was there under this name."""
    placed: bool
    """False: it was there, must not be overwritten, and stays as it is. The bytes that came are not used."""


@dataclass(frozen=True, slots=True)
class Provenance:
    """Identity and dates of an asset in the catalogue that it is imported from, kept by the import."""

    version: int
    """Stands in URLs that people have."""
    asset_id: str | None
    """None, or one that another asset here has: a new one is made."""
    version_id: str | None
    created_at: datetime
    uploaded_at: datetime


def find(connection: Connection, name: AssetName, *, lock: bool = False) -> Asset | None:
    """The asset of this name. With `lock` nobody else changes it before this transaction ends."""
    return _one(connection, named(name), lock)


def find_by_asset_id(connection: Connection, asset_id: str, *, lock: bool = False) -> Asset | None:
    """The asset of this id."""
    return _one(connection, assets.c.asset_id == asset_id, lock)


def find_many(connection: Connection, names: Iterable[AssetName]) -> dict[AssetName, Asset]:
    """Those of these names that are there; at most 100 names or so."""
    conditions = [named(name) for name in names]
    found = map(asset_of, connection.execute(select(assets).where(or_(*conditions)))) if conditions else ()
    return {asset.name: asset for asset in found}


def place(  # noqa: PLR0913 - everything that makes a row
    connection: Connection,
    name: AssetName,
    held: Bytes,
    said: Callable[[Asset | None], Described] | Described,
    *,
    overwrite: bool = True,
    provenance: Provenance | None = None,
) -> Placed:
    """Make bytes that are in the store an asset, or the next version of one.

    An overwritten one keeps its asset_id and date of creation, gets a greater version, loses what was derived of it,
    and its old bytes are thrown away. `said` may look at what was there, to keep its tags or not. With `provenance`
    the version and the dates are those, whatever was there. Raises BadRequest.
    """
    now = datetime.now(UTC)
    while (before := find(connection, name, lock=True)) is None:
        created = _insert(connection, name, held, said(None) if callable(said) else said, now, provenance)
        if created is not None:
            return Placed(created, None, placed=True)
        # Another process came between, and may have deleted it again.
    if not overwrite:
        return Placed(before, before, placed=False)
    described = _complete(name, said(before) if callable(said) else said)
    columns = held_columns(held) | described_columns(described) | _fresh()
    columns |= {"version": max(int(now.timestamp()), before.version + 1), "version_id": uuid4().hex}
    columns |= {"uploaded_at": now, "updated_at": now} | _provenance(provenance)
    connection.execute(update(assets).where(assets.c.id == before.id).values(columns))
    throw_away(connection, [before.held.key], now)
    derived.delete_of(connection, before.id, now)
    ensure_folder(connection, described.asset_folder, now)
    index(connection, before.id, name, described)
    return Placed(_must(find(connection, name), name.public_id), before, placed=True)


def change(connection: Connection, asset: Asset, how: Change) -> Asset:
    """Say something else of an asset, from what is said of it at this moment. Raises NotFound, BadRequest.

    Other coordinates or another access make everything derived of it unreachable; what was made eagerly stays allowed.
    """
    current = _must(_one(connection, assets.c.id == asset.id, lock=True), asset.name.public_id)
    described = _complete(current.name, how(current.described))
    if described == current.described:
        return current
    now = datetime.now(UTC)
    columns = described_columns(described) | {"updated_at": now}
    if any(getattr(described, name) != getattr(current.described, name) for name in _INVALIDATES):
        columns |= _fresh()
        derived.make_stale(connection, asset.id, now)
    connection.execute(update(assets).where(assets.c.id == asset.id).values(columns))
    ensure_folder(connection, described.asset_folder, now)
    index(connection, asset.id, current.name, described)
    return _must(_one(connection, assets.c.id == asset.id, lock=False), asset.name.public_id)


def rename(connection: Connection, name: AssetName, to: AssetName, *, overwrite: bool = False) -> Asset:
    """Give an asset another public id or type; what is there under it is deleted if `overwrite`.

    It keeps its asset_id and version. What was derived of it is gone, under either name. Raises NotFound, and
    AlreadyExists when something is there and must not be overwritten.
    """
    now = datetime.now(UTC)
    # In the order of their ids, so that two processes that swap names do not wait for each other for ever.
    found = {asset.name: asset for asset in _many(connection, or_(named(name), named(to)), lock=True)}
    asset = _must(found.get(name), name.public_id)
    if name == to:
        return asset
    if (there := found.get(to)) is not None:
        if not overwrite:
            raise AlreadyExists(f"to_public_id {to.public_id} already exists")
        delete_assets(connection, [there])
    # In fixed folders the asset folder is that of the public id, and moves along.
    moves = asset.described.asset_folder == name.folder
    described = replace(asset.described, asset_folder=to.folder) if moves else asset.described
    columns = name_columns(to) | _fresh() | {"updated_at": now, "asset_folder": described.asset_folder}
    derived.delete_of(connection, asset.id, now)
    try:
        connection.execute(update(assets).where(assets.c.id == asset.id).values(columns))
    except IntegrityError:  # made by another process since we looked
        raise AlreadyExists(f"to_public_id {to.public_id} already exists") from None
    ensure_folder(connection, described.asset_folder, now)
    index(connection, asset.id, to, described)
    return _must(find(connection, to), to.public_id)


def delete_assets(connection: Connection, found: Iterable[Asset]) -> None:
    """Take assets away, with all that was derived of them; their bytes are thrown away."""
    now = datetime.now(UTC)
    for asset in found:
        throw_away_derived(connection, asset.id, now)
        gone = connection.execute(delete(assets).where(assets.c.id == asset.id).returning(assets.c.key))
        throw_away(connection, gone.scalars(), now)


def named(name: AssetName) -> ColumnElement[bool]:
    """The condition that a row has this name, in whichever normal form an older version wrote it."""
    forms, public_id = normal_forms(name.public_id), assets.c.public_id
    return and_(
        assets.c.resource_type == name.resource_type,
        assets.c.type == name.type,
        public_id == forms[0] if len(forms) == 1 else public_id.in_(forms),
    )


def _insert(  # noqa: PLR0913, PLR0917 - everything that makes a row
    connection: Connection,
    name: AssetName,
    held: Bytes,
    said: Described,
    now: datetime,
    provenance: Provenance | None,
) -> Asset | None:
    """The new asset; None when another process has just made one of this name."""
    described = _complete(name, said)
    columns = name_columns(name) | held_columns(held) | described_columns(described) | _fresh()
    columns |= {"asset_id": uuid4().hex, "version": int(now.timestamp()), "version_id": uuid4().hex}
    columns |= {"created_at": now, "uploaded_at": now, "updated_at": now} | _provenance(provenance)
    if provenance is not None and provenance.asset_id is not None:
        taken = connection.scalar(select(assets.c.id).where(assets.c.asset_id == provenance.asset_id))
        columns |= {} if taken is not None else {"asset_id": provenance.asset_id}
    dialect = postgresql if connection.dialect.name == "postgresql" else sqlite
    new = dialect.insert(assets).values(columns)
    new = new.on_conflict_do_nothing(index_elements=["public_id", "resource_type", "type"])
    row = connection.execute(new.returning(assets)).one_or_none()
    if row is None:
        return None
    created = asset_of(row)
    ensure_folder(connection, described.asset_folder, now)
    index(connection, created.id, name, described, anew=False)
    return created


def _provenance(provenance: Provenance | None) -> dict[str, Any]:
    """The columns that an import decides, but for the asset_id, which stays when a row is there."""
    if provenance is None:
        return {}
    columns: dict[str, Any] = {"version": provenance.version}
    columns |= {"created_at": provenance.created_at, "uploaded_at": provenance.uploaded_at}
    return columns | ({"version_id": provenance.version_id} if provenance.version_id else {})


def _complete(name: AssetName, said: Described) -> Described:
    """With what is not said filled in, and seen to be something that can be stored. Raises BadRequest."""
    described = replace(said, display_name=said.display_name or name.filename, tags=tuple(dict.fromkeys(said.tags)))
    check_described(described)
    return described


def _fresh() -> dict[str, str]:
    return {"generation": uuid4().hex}


def _one(connection: Connection, condition: ColumnElement[bool], lock: bool) -> Asset | None:
    return next(iter(_many(connection, condition, lock)), None)


def _many(connection: Connection, condition: ColumnElement[bool], lock: bool) -> list[Asset]:
    query = select(assets).where(condition).order_by(assets.c.id)
    return [asset_of(row) for row in connection.execute(query.with_for_update() if lock else query)]


def _must(asset: Asset | None, public_id: str) -> Asset:
    if asset is None:
        raise NotFound(f"Resource not found - {public_id}")
    return asset
