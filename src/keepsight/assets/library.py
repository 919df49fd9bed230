"""The whole library: uploaded assets of the catalogue first, then what `Originals` has."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import exists, false, select

from keepsight.assets.catalogue import derived
from keepsight.assets.catalogue.asset import Asset, AssetName, Described
from keepsight.assets.catalogue.assets import find_many, named
from keepsight.assets.catalogue.database import Database
from keepsight.assets.catalogue.derived import DerivedImage
from keepsight.assets.catalogue.named import names
from keepsight.assets.catalogue.tables import assets
from keepsight.assets.coordinates import Coordinates
from keepsight.assets.epoch import Epoch
from keepsight.assets.names import Names
from keepsight.assets.normal_form import normal_forms
from keepsight.assets.original import Original
from keepsight.assets.originals import Originals
from keepsight.assets.remote import Remote
from keepsight.assets.store import Store
from keepsight.errors import BadImage, BadRequest, NotFound, Unavailable

_MOST_DERIVED = 1_000
_JPEG = frozenset({"jpg", "jpeg", "jpe"})


@dataclass(frozen=True, slots=True)
class UploadedOriginal(Original):
    """An asset of the catalogue as it was when it was found. It has bytes in the store and no path."""

    asset: Asset = field(kw_only=True)
    hidden_by: AssetName | None = field(default=None, kw_only=True)
    """What would be found in its place, if there were such an asset: the exact spelling of the URL."""


@dataclass(frozen=True, slots=True)
class Uploads:
    """What is known of uploaded assets, and their bytes."""

    database: Database
    store: Store


class AssetLibrary(Originals):
    """Originals, and assets that were uploaded; those hide files of the same name. Safe for threads."""

    def __init__(
        self,
        uploads: Uploads,
        folders: Mapping[str, Path],
        extensions: Iterable[str],
        max_bytes: int,
        remote: Remote | None = None,
    ) -> None:
        """As `Originals`, and over these uploads, whose catalogue is up to date."""
        super().__init__(folders, extensions, max_bytes, remote)
        self._database, self._store, self._limit = uploads.database, uploads.store, max_bytes
        self._epoch = Epoch(uploads.database)

    @property
    def catalogued(self) -> bool:
        """There is."""
        return True

    @property
    def waits(self) -> bool:
        """Whether `is_current` asks over a network, and must not be called from an event loop."""
        return self._database.postgresql

    def find(self, public_id: str, extension: str | None = None, type_: str = "upload") -> Original:
        """The picture of a delivery type that `public_id` names; of type fetch it is an address.

        The exact public id of an upload wins, then the id with its own extension taken as the wanted format, then
        what the folders have. Raises NotFound, Unavailable; for addresses what `Originals.find` does.
        """
        found = self._find(public_id, extension, type_) if type_ != "fetch" else None
        return found or super().find(public_id, extension, type_)

    def find_raw(self, public_id: str, type_: str = "upload") -> Original:
        """The uploaded file of resource type raw, by its exact public id. Raises NotFound, BadRequest, Unavailable."""
        name = AssetName("raw", type_, public_id)
        with self._database.read() as connection:
            found = find_many(connection, [name]).get(name)
        return original_of(found, None) if found is not None else super().find_raw(public_id, type_)

    def has(self, public_id: str, type_: str) -> bool:
        """Whether `find` would find an upload or a file in a folder."""
        return self._find(public_id, None, type_) is not None or super().has(public_id, type_)

    def is_current(self, original: Original, *, described: bool = False) -> bool:
        """Whether an answer about it is still true: neither overwritten, renamed, deleted nor given other coordinates.

        With `described` nothing else was said of it, either: an answer may depend on its tags.
        A file of a folder is no longer current once an upload has taken its name. Raises Unavailable.
        """
        if isinstance(original, UploadedOriginal):
            asset, hidden_by = original.asset, original.hidden_by
            moment = asset.updated_at if described else None
            question = (asset.id, asset.generation, moment, hidden_by)
            return self._epoch.remembered(question, lambda: self._is_as_found(original, described=described))
        if original.fresh_until is None:
            key, type_ = original.key, original.type
            if self._epoch.remembered((type_, key), lambda: self._is_taken(key, type_)):
                return False
        return super().is_current(original, described=described)

    def read(self, original: Original) -> bytes:
        """All its bytes. Raises NotFound if it went away, BadImage over the size limit, Unavailable."""
        if not isinstance(original, UploadedOriginal):
            return super().read(original)
        held = original.asset.held
        if held.bytes > self._limit:
            raise BadImage(f"File size too large (expected at most {self._limit} bytes)")
        try:
            data = self._store.get(held.key)
        except NotFound:
            # Overwritten or deleted so long ago that its bytes are gone, or the store lost them.
            current = self._is_as_found(original, described=False)
            fault = "The bytes of this asset are missing" if current else "The original changed while it was read"
            raise Unavailable(fault) from None
        if len(data) != held.bytes:
            raise Unavailable("The bytes of this asset are damaged")
        return data

    def digest(self, original: Original) -> str:
        """SHA-256 of the bytes, hexadecimal; of an upload known since it came."""
        return original.asset.held.digest if isinstance(original, UploadedOriginal) else super().digest(original)

    def coordinates(self, original: Original) -> Coordinates:
        """What people said of it. Never raises."""
        return original.asset.coordinates if isinstance(original, UploadedOriginal) else super().coordinates(original)

    def described(self, original: Original) -> Described:
        """What people and analyses said of it."""
        return original.asset.described if isinstance(original, UploadedOriginal) else super().described(original)

    def generation(self, original: Original) -> str | None:
        """What has to be part of the key of whatever is derived from it; None for a file, whose digest says all."""
        return original.asset.generation if isinstance(original, UploadedOriginal) else None

    def version(self, original: Original) -> int | None:
        """That of an upload: every overwrite has a greater one."""
        return original.asset.version if isinstance(original, UploadedOriginal) else None

    def names(self) -> Names:
        """The transformations of the catalogue as they are now."""
        return self._epoch.remembered("names", self._names)

    def made_ahead(self, original: Original) -> tuple[DerivedImage, ...]:
        """What was made of an upload eagerly, in the format that it is asked for in."""
        if not isinstance(original, UploadedOriginal):
            return ()
        asset = original.asset
        wanted = _other(original.extension, asset)
        with self._database.read() as connection:
            rows = derived.derived_of(connection, asset.id, _MOST_DERIVED)
        return tuple(row for row in rows if _other(row.format or None, asset) == wanted)

    def is_made(self, derived: str) -> bool:
        """Whether it is still noted."""
        return self._epoch.remembered(("made", derived), lambda: self._is_noted(derived))

    def close(self) -> None:
        """Close what it opened; the database and the store are the caller's."""
        self._epoch.close()

    def _names(self) -> Names:
        with self._database.read() as connection:
            return names(connection)

    def _is_noted(self, id_: str) -> bool:
        with self._database.read() as connection:
            return derived.is_there(connection, id_)

    def _find(self, public_id: str, extension: str | None, type_: str) -> Original | None:
        stem, dot, last = public_id.rpartition(".")
        spellings: list[tuple[str, str | None]] = [(public_id, None)]
        if dot and stem and not stem.endswith("/"):
            spellings.append((stem, last.lower()))
        try:
            names = {AssetName("image", type_, spelt): wanted for spelt, wanted in spellings}
        except BadRequest:  # no public id at all: nothing is called so
            return None
        with self._database.read() as connection:
            found = find_many(connection, names)
        for name, wanted in names.items():
            if (asset := found.get(name)) is not None:
                exact = next(iter(names))
                return original_of(asset, extension or wanted, exact if name != exact else None)
        return None

    def _is_as_found(self, original: UploadedOriginal, *, described: bool) -> bool:
        asset, hidden_by = original.asset, original.hidden_by
        hidden = exists().where(named(hidden_by)) if hidden_by else false()
        query = select(assets.c.generation, assets.c.updated_at, hidden).where(assets.c.id == asset.id)
        with self._database.read() as connection:
            row = connection.execute(query).one_or_none()
        if row is None or row[0] != asset.generation or row[2]:
            return False
        return not described or bool(row[1] == asset.updated_at)

    def _is_taken(self, key: str, type_: str) -> bool:
        names = [*normal_forms(key), *normal_forms(key.rpartition(".")[0])]
        query = select(assets.c.id).where(assets.c.resource_type == "image", assets.c.type == type_)
        with self._database.read() as connection:
            return connection.scalar(query.where(assets.c.public_id.in_(names)).limit(1)) is not None


def original_of(asset: Asset, extension: str | None, hidden_by: AssetName | None = None) -> UploadedOriginal:
    """An asset as it is found by a URL that ends so."""
    stamp = (0, asset.held.bytes, int(asset.updated_at.timestamp() * 1e9))
    name = asset.name
    return UploadedOriginal(
        name.public_id, Path(), stamp, _other(extension, asset), None, name.type, asset=asset, hidden_by=hidden_by
    )


def _other(extension: str | None, asset: Asset) -> str | None:
    """The wanted format; None for that of the asset, whose URLs end so: `tom.jpg` of a JPEG asks for its own bytes."""
    if extension is None:
        return None
    spelt = "jpg" if extension.lower() in _JPEG else extension.lower()
    return None if spelt == asset.held.format else spelt
