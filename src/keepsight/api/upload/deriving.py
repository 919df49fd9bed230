"""Making derived images ahead: while an upload waits, or later from the queue."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection

from keepsight.api.library import Library
from keepsight.api.resource import made
from keepsight.api.upload.bringing import format_name
from keepsight.api.upload.eager import Eager
from keepsight.api.urls import Urls
from keepsight.assets.catalogue import assets, derived, named
from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.derived import NewDerived
from keepsight.errors import BadRequest, NotFound

Json = dict[str, Any]


def names(connection: Connection, settings: Mapping[str, str]) -> dict[str, str]:
    """What `t_` may name: the transformations of the catalogue before those of the configuration."""
    return dict(settings) | named.names(connection).known


def check(eager: Sequence[Eager], library: Library, known: Mapping[str, str]) -> None:
    """See that these can be transformations, before anything is changed. Raises BadRequest."""
    for each in eager:
        try:
            library.derive.check(each.components, known)
        except BadRequest as error:
            raise BadRequest(f"Invalid eager {str(each)[:80]!r}: {error}") from error


def derive_all(
    library: Library, asset: Asset, eager: Sequence[Eager], known: Mapping[str, str], urls: Urls
) -> list[Json]:
    """Make them, note them, and say where they are. Raises RequestError; what was made before stays."""
    answers = []
    for each in eager:
        image = library.derive.ahead(asset, each.components, each.extension or None, known)
        size = (len(image.body), image.width, image.height)
        new = NewDerived(each.transformation, each.extension or "", *size)
        with library.database.write() as connection:
            noted = derived.record(connection, asset, new)
        if noted is None:
            raise NotFound(f"Resource not found - {asset.name.public_id} changed while images were made of it")
        answer = made(noted, asset, urls)
        del answer["id"]
        answers.append(answer | {"transformation": str(each), "format": format_name(image.format)})
    return answers


def pending(asset: Asset, eager: Sequence[Eager], urls: Urls, batch_id: str) -> list[Json]:
    """The answer while they wait in the queue."""
    answers = []
    for each in eager:
        url, secure_url = urls.derived(asset, each.transformation, each.extension)
        entry = {"status": "processing", "batch_id": batch_id, "transformation": str(each)}
        answers.append(entry | {"url": url, "secure_url": secure_url})
    return answers


def asset_named(library: Library, asset_id: str) -> Asset | None:
    """The asset of this id, as it is now."""
    with library.database.read() as connection:
        return assets.find_by_asset_id(connection, asset_id)
