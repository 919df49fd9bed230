"""The whole library: uploaded assets of the catalogue first, then the pictures of a folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select

from keepsight.assets.catalogue.asset import Asset, AssetName
from keepsight.assets.catalogue.assets import find_many
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.tables import assets
from keepsight.assets.coordinates import Coordinates
from keepsight.assets.originals import Original, Originals
from keepsight.assets.store import Store
from keepsight.errors import BadImage, BadRequest, NotFound, Unavailable


@dataclass(frozen=True, slots=True)
class UploadedOriginal(Original):
    """An asset of the catalogue as it was when it was found. It has bytes in the store and no path."""

    asset: Asset | None = None
    """Never None; the fields before it have defaults."""


class AssetLibrary:
    """Answers as `Originals` does, also for assets that were uploaded. Safe for threads."""

    def __init__(self, database: Database, store: Store, folder: Originals, max_bytes: int) -> None:
        self._database, self._store, self._folder, self._max_bytes = database, store, folder, max_bytes

    def find(
        self, public_id: str, extension: str | None = None, type_: str = "upload", resource_type: str = "image"
    ) -> Original:
        """The picture that `public_id` names.

        The exact public id wins, then the id with its own extension taken as the wanted format; of type upload, then
        what the folder has. An uploaded asset hides a file of the same name. Raises NotFound or Unavailable.
        """
        stem, dot, last = public_id.rpartition(".")
        spellings: list[tuple[str, str | None]] = [(public_id, None)]
        if dot and stem and not stem.endswith("/"):
            spellings.append((stem, last.lower()))
        try:
            names = {AssetName(resource_type, type_, spelt): wanted for spelt, wanted in spellings}
        except BadRequest:  # no public id at all: nothing is called so
            raise NotFound(f"Resource not found - {public_id}") from None
        with self._database.read() as connection:
            found = find_many(connection, names)
        for name, wanted in names.items():
            if name in found:
                return _original(found[name], extension or _other(wanted, found[name]))
        if type_ == "upload" and resource_type == "image":
            return self._folder.find(public_id, extension)
        raise NotFound(f"Resource not found - {public_id}")

    def is_current(self, original: Original) -> bool:
        """Whether an answer about it is still true: neither overwritten, renamed, deleted nor given other coordinates.

        A file of the folder is no longer current when an upload took its name. Raises Unavailable.
        """
        asset = _asset(original)
        with self._database.read() as connection:
            if asset is not None:
                query = select(assets.c.generation).where(assets.c.id == asset.id)
                return bool(connection.scalar(query) == asset.generation)
            stem = original.key.rpartition(".")[0]
            taken = select(assets.c.id).where(
                assets.c.resource_type == "image",
                assets.c.type == "upload",
                assets.c.public_id.in_([original.key, stem]),
            )
            if connection.scalar(taken.limit(1)) is not None:
                return False
        return self._folder.is_current(original)

    def read(self, original: Original) -> bytes:
        """All its bytes. Raises NotFound if it went away, BadImage over the size limit, Unavailable."""
        asset = _asset(original)
        if asset is None:
            return self._folder.read(original)
        if asset.held.bytes > self._max_bytes:
            raise BadImage(f"File size too large (expected at most {self._max_bytes} bytes)")
        try:
            data = self._store.get(asset.held.key)
        except NotFound:
            # Overwritten or deleted so long ago that its bytes are gone, or the store lost them.
            if self.is_current(original):
                raise Unavailable("The bytes of this asset are missing in the store") from None
            raise Unavailable("The original changed while it was read") from None
        if len(data) != asset.held.bytes:
            raise Unavailable("The bytes of this asset are damaged in the store")
        return data

    def digest(self, original: Original) -> str:
        """SHA-256 of the bytes, hexadecimal; of an upload known since it came."""
        asset = _asset(original)
        return asset.held.digest if asset is not None else self._folder.digest(original)

    def coordinates(self, original: Original) -> Coordinates:
        """What people said of it. Never raises."""
        asset = _asset(original)
        return asset.coordinates if asset is not None else self._folder.coordinates(original)

    def generation(self, original: Original) -> str | None:
        """What has to be part of the key of whatever is derived from it; None for a file, whose digest says all."""
        asset = _asset(original)
        return asset.generation if asset is not None else None


def _original(asset: Asset, extension: str | None) -> UploadedOriginal:
    return UploadedOriginal(asset.name.public_id, Path(), (0, asset.held.bytes, 0), extension, None, asset)


def _asset(original: Original) -> Asset | None:
    return original.asset if isinstance(original, UploadedOriginal) else None


def _other(extension: str | None, asset: Asset) -> str | None:
    """The wanted format; None for that of the asset, whose URLs end so: `tom.jpg` of a JPEG asks for its own bytes."""
    same = {extension, asset.held.format} <= {"jpg", "jpeg", "jpe"} or extension == asset.held.format
    return None if extension is None or same else extension
