"""The listings of assets: all, by type, prefix, ids, tag, context, folder and moderation."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from keepsight.api.admin.call import Call, Json, Paged, Texts
from keepsight.api.parsing import Parameters, takes
from keepsight.api.resource import found as found_asset
from keepsight.api.resource import listed
from keepsight.api.values import Boolean, Words
from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.listing import Assets, Listing, list_assets
from keepsight.errors import BadRequest

RESOURCE_TYPES = ("image", "raw")
_TYPES = ("upload", "private", "authenticated")
_ALWAYS = ("asset_id", "public_id")


def _moment(value: Any) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value).strip().replace(" UTC", "+00:00"))
    except ValueError:
        raise ValueError("expected a date and time such as 2025-06-30 12:00:00") from None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _direction(value: Any) -> str:
    return {"1": "asc", "-1": "desc"}.get(str(value), str(value).lower())


class _Shown(Parameters):
    tags: Boolean = False
    context: Boolean = False
    metadata: Boolean = False
    moderations: Boolean = False
    moderation: Boolean = False
    fields: Words = ()


class _Listed(_Shown, Paged):
    direction: Annotated[
        Literal["asc", "desc"], BeforeValidator(_direction, json_schema_input_type=Literal["asc", "desc", "1", "-1"])
    ] = "desc"


class _All(_Listed):
    prefix: str | None = None
    start_at: Annotated[datetime, BeforeValidator(_moment, json_schema_input_type=str)] | None = None
    type: Literal["upload", "private", "authenticated"] | None = None
    public_ids: Texts | None = None


class _ByAssetIds(_Listed):
    asset_ids: Texts


class _ByFolder(_Listed):
    asset_folder: str


class _ByContext(_Listed):
    key: Annotated[str, Field(min_length=1)]
    value: str | None = None


def resource_types(_: Call) -> Json:
    """The types that there may be."""
    return {"resource_types": list(RESOURCE_TYPES)}


@takes(_All)
def resources(call: Call) -> Json:
    """Assets of a type, those with a prefix, or those of given public ids."""
    asked = call.read(_All)
    wanted = Listing(
        resource_type=checked_type(call),
        type=delivery_type(call, asked.type),
        prefix=asked.prefix,
        created_since=asked.start_at,
        public_ids=asked.public_ids,
        ascending=asked.direction == "asc",
    )
    return _page(call, asked, wanted, everything=asked.public_ids is not None)


@takes(_Listed)
def by_tag(call: Call) -> Json:
    """Assets with a tag."""
    asked = call.read(_Listed)
    return _page(call, asked, Listing(checked_type(call), tag=call.path["tag"], ascending=asked.direction == "asc"))


@takes(_ByContext)
def by_context(call: Call) -> Json:
    """Assets with a key in their context, or with a value under it."""
    asked = call.read(_ByContext)
    pair = (asked.key, asked.value)
    return _page(call, asked, Listing(checked_type(call), context=pair, ascending=asked.direction == "asc"))


@takes(_Listed)
def by_moderation(call: Call) -> Json:
    """Assets in the queue of a moderation."""
    asked = call.read(_Listed)
    moderation = (call.path["kind"], call.path["status"])
    return _page(call, asked, Listing(checked_type(call), moderation=moderation, ascending=asked.direction == "asc"))


@takes(_ByAssetIds)
def by_asset_ids(call: Call) -> Json:
    """Assets of given asset ids."""
    asked = call.read(_ByAssetIds)
    return _page(call, asked, Listing(asset_ids=asked.asset_ids), everything=True)


@takes(_ByFolder)
def by_asset_folder(call: Call) -> Json:
    """Assets in a folder."""
    asked = call.read(_ByFolder)
    folder = asked.asset_folder.strip("/")
    return _page(call, asked, Listing(asset_folder=folder, ascending=asked.direction == "asc"))


def checked_type(call: Call) -> str:
    """The resource type of the address. Raises BadRequest."""
    given = call.path["resource_type"]
    if given not in ("image", "raw", "video"):
        raise BadRequest(f"Invalid resource type {given[:40]!r} (expected image, video or raw)")
    return given


def delivery_type(call: Call, otherwise: str | None = None) -> str | None:
    """The delivery type of the address, if it has one. Raises BadRequest."""
    given = call.path.get("type")
    if given is not None and given not in _TYPES:
        raise BadRequest(f"Invalid type {given[:40]!r} (expected {', '.join(_TYPES)})")
    return given or otherwise


def shown(asset: Asset, call: Call, asked: _Shown) -> Json:
    """An asset with what is asked for besides."""
    said = asset.described
    if asked.fields:
        everything = found_asset(asset, call.urls) | _besides(asset, _Shown(tags=True, context=True, metadata=True))
        return {name: everything[name] for name in dict.fromkeys((*_ALWAYS, *asked.fields)) if name in everything}
    answer = listed(asset, call.urls) | _besides(asset, asked)
    if asked.moderations or asked.moderation:
        answer |= {"moderation_status": said.moderation[0]["status"]} if said.moderation else {}
    return answer


def _besides(asset: Asset, asked: _Shown) -> Json:
    said = asset.described
    answer: Json = {}
    if asked.tags:
        answer["tags"] = list(said.tags)
    if asked.context and said.context:
        answer["context"] = {"custom": dict(said.context)}
    if asked.metadata and said.metadata:
        answer["metadata"] = dict(said.metadata)
    return answer


def _page(call: Call, asked: _Listed, wanted: Listing, *, everything: bool = False) -> Json:
    """`everything`: ids were given, and as many as were given are answered."""
    most = 1_000 if everything else asked.max_results
    with call.library.database.read() as connection:
        page: Assets = list_assets(connection, wanted, most, asked.next_cursor)
    answer: Json = {"resources": [shown(asset, call, asked) for asset in page.assets]}
    return answer | ({"next_cursor": page.next_cursor} if page.next_cursor else {})
