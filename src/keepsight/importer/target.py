"""The catalogue and the store that an import fills, whether a server runs on them or not.

Every asset is one transaction, made after its bytes are whole in the store; a server sees it with its next look at the
catalogue, as it sees what another process of its own has written.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy.engine import make_url

from keepsight.api.upload.bringing import format_name
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import Asset, AssetName, Bytes, Described
from keepsight.assets.catalogue.database import Database, open_database
from keepsight.assets.catalogue.garbage import throw_away
from keepsight.assets.catalogue.migrate import migrate
from keepsight.assets.catalogue.tables import assets as table
from keepsight.assets.publish import ORIGINALS, store_bytes
from keepsight.assets.store import Store, open_store
from keepsight.importer.source_asset import Details, SourceAsset
from keepsight.pixels.header import read_header
from keepsight.pixels.limits import Limits
from keepsight.settings import Settings

_NAMES = 100
"""Of one question to the catalogue."""


class Target:
    """Where everything goes. Safe for threads."""

    def __init__(self, database: Database, store: Store, limits: Limits) -> None:
        self.database, self._store, self.limits = database, store, limits

    def place(self, name: AssetName, asset: SourceAsset, details: Details | None, data: bytes) -> Asset:
        """Make bytes an asset, or another version of the one that is there.

        Raises BadImage for what is no picture, BadRequest for what cannot be stored, Unavailable.
        """
        header = read_header(data, self.limits) if asset.resource_type == "image" else None
        stored = store_bytes(self._store, ORIGINALS, data)
        held = Bytes(
            key=stored.key,
            digest=stored.digests.sha256,
            etag=stored.digests.md5,
            bytes=stored.digests.bytes,
            format=None if header is None else format_name(header.format),
            width=None if header is None else header.width,
            height=None if header is None else header.height,
            pages=None if header is None else header.frames,
            original_filename=details.original_filename if details else None,
        )
        provenance = assets.Provenance(
            version=asset.version,
            asset_id=asset.asset_id,
            version_id=details.version_id if details else None,
            created_at=asset.created_at,
            uploaded_at=(details.uploaded_at if details else None) or asset.created_at,
        )
        try:
            with self.database.write() as connection:
                placed = assets.place(
                    connection,
                    name,
                    held,
                    lambda before: _described(before.described if before else Described(), asset, details),
                    provenance=provenance,
                )
        except BaseException:
            with self.database.write() as connection:
                throw_away(connection, [stored.key], datetime.now(UTC))
            raise
        return placed.asset

    def describe(self, there: Asset, asset: SourceAsset, details: Details | None) -> Asset:
        """Say of an asset what the source says; its bytes stay. Raises NotFound, BadRequest, Unavailable."""
        with self.database.write() as connection:
            return assets.change(connection, there, lambda said: _described(said, asset, details))

    def close(self) -> None:
        """Give back the connections."""
        self.database.close()


def open_target(settings: Settings) -> Target:
    """Catalogue and store, with tables up to date. Raises ConfigurationError, Unavailable."""
    store = open_store(settings.storage.place)
    database = open_database(settings.catalogue_url, settings.catalogue.pool)
    migrate(database)
    return Target(database, store, limits_of(settings))


def open_existing(settings: Settings) -> Database | None:
    """The catalogue for a dry run, where nothing is made or migrated; None where there is none yet.

    Raises ConfigurationError, Unavailable.
    """
    url = make_url(settings.catalogue_url)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return None
    database = open_database(settings.catalogue_url, settings.catalogue.pool)
    with ExitStack() as closing:
        closing.callback(database.close)
        with database.read() as connection:
            if not connection.dialect.has_table(connection, table.name):
                return None
        closing.pop_all()
    return database


def find_assets(database: Database, names: Iterable[AssetName]) -> dict[AssetName, Asset]:
    """Those that are there. Raises Unavailable."""
    wanted = list(names)
    found: dict[AssetName, Asset] = {}
    with database.read() as connection:
        for at in range(0, len(wanted), _NAMES):
            found |= assets.find_many(connection, wanted[at : at + _NAMES])
    return found


def limits_of(settings: Settings) -> Limits:
    """Those of originals."""
    return Limits(max_pixels=settings.limits.max_pixels, max_bytes=int(settings.limits.max_bytes))


def _described(before: Described, asset: SourceAsset, details: Details | None) -> Described:
    """What the source says, over what analyses have said here; without details the coordinates stay as they are."""
    said = replace(
        before,
        asset_folder=asset.asset_folder,
        display_name=asset.display_name,
        tags=asset.tags,
        context=asset.context,
        metadata=asset.metadata,
    )
    if details is None:
        return said
    return replace(
        said,
        custom_coordinates=details.custom_coordinates,
        face_coordinates=details.face_coordinates,
        info=details.info or before.info,
    )
