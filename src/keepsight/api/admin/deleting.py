"""Deleting: assets by ids, prefix, tag or all of them, and what was made of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from pydantic import model_validator
from sqlalchemy import Connection

from keepsight.api.admin.call import Call, Json, Texts
from keepsight.api.admin.listings import checked_type, delivery_type
from keepsight.api.notifying import purge
from keepsight.api.parsing import Parameters, takes
from keepsight.api.upload.parameters import EagerList
from keepsight.api.values import Boolean
from keepsight.assets.catalogue import assets, derived
from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.listing import Listing, list_assets
from keepsight.assets.normal_form import composed

MOST = 1_000
"""Assets of one call, as at Cloudinary; the answer says whether there are more."""
_MOST_DERIVED = 10_000
_MORE = "more"
"""What is gone is no longer listed: whoever asks again gets the next ones, with whatever cursor."""


class _How(Parameters):
    keep_original: Boolean = False
    invalidate: Boolean = False
    transformations: EagerList = ()
    next_cursor: str | None = None


class _Which(_How):
    public_ids: Texts | None = None
    prefix: str | None = None
    all: Boolean = False

    @model_validator(mode="after")
    def _one_of_them(self) -> _Which:
        given = [self.public_ids is not None, bool(self.prefix), self.all]
        if sum(given) != 1:
            raise ValueError("expected one of public_ids, prefix and all")
        return self


class _ByAssetIds(_How):
    asset_ids: Texts


class _Derived(Parameters):
    derived_resource_ids: Texts
    invalidate: Boolean = False


@takes(_Which)
def delete(call: Call) -> Json:
    """Assets of a type: those named, those with a prefix, or all."""
    asked = call.read(_Which)
    wanted = Listing(checked_type(call), delivery_type(call), prefix=asked.prefix, public_ids=asked.public_ids)
    return _delete(call, asked, wanted, asked.public_ids or ())


@takes(_How)
def delete_by_tag(call: Call) -> Json:
    """Assets with a tag."""
    return _delete(call, call.read(_How), Listing(checked_type(call), tag=call.path["tag"]))


@takes(_ByAssetIds)
def delete_by_asset_ids(call: Call) -> Json:
    """Assets by their asset ids."""
    asked = call.read(_ByAssetIds)
    return _delete(call, asked, Listing(asset_ids=asked.asset_ids))


@takes(_Derived)
def delete_derived(call: Call) -> Json:
    """Derived images by their ids."""
    asked = call.read(_Derived)
    with call.library.database.write() as connection:
        gone = derived.delete_derived(connection, asked.derived_resource_ids)
    return {"deleted": {each: "deleted" if each in gone else "not_found" for each in asked.derived_resource_ids}}


def _delete(call: Call, asked: _How, wanted: Listing, named: Iterable[str] = ()) -> Json:
    with call.library.database.write() as connection:
        only_derived = asked.keep_original or bool(asked.transformations)
        cursor = asked.next_cursor if only_derived else None
        page = list_assets(connection, replace(wanted, ascending=True), MOST, cursor)
        if asked.invalidate:
            purge(connection, call.library, page.assets, call.urls)
        counts = {}
        for asset in page.assets:
            made = _derived(connection, asset, asked)
            derived.delete_derived(connection, made)
            counts[asset.name.public_id] = {"original": int(not only_derived), "derived": len(made)}
        if not only_derived:
            assets.delete_assets(connection, page.assets)
    there = {asset.name.public_id for asset in page.assets}
    deleted = dict.fromkeys(there, "deleted")
    deleted |= {public_id: "not_found" for public_id in named if composed(public_id) not in there}
    answer: Json = {"deleted": deleted, "deleted_counts": counts, "partial": page.next_cursor is not None}
    if page.next_cursor:
        answer["next_cursor"] = page.next_cursor if only_derived else _MORE
    return answer


def _derived(connection: Connection, asset: Asset, asked: _How) -> list[str]:
    images = derived.derived_of(connection, asset.id, _MOST_DERIVED)
    wanted = {(each.transformation, each.extension or "") for each in asked.transformations}
    return [image.id for image in images if not wanted or (image.transformation, image.format) in wanted]
