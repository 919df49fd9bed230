"""What the Upload API does with assets that are there: destroy, rename, tags, context, metadata."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BeforeValidator, Field
from sqlalchemy import Connection

from keepsight.api.library import Caller, Library
from keepsight.api.notifying import notify, purge
from keepsight.api.parsing import Parameters, parsed, takes
from keepsight.api.resource import uploaded
from keepsight.api.upload.naming import checked
from keepsight.api.upload.parameters import AssetType, Name, Url
from keepsight.api.upload.presets import NO_PARAMETERS
from keepsight.api.upload.uploading import urls_for
from keepsight.api.values import Boolean, Metadata, Pairs, Words
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import Asset, AssetName, Described
from keepsight.assets.catalogue.listing import Listing, list_assets
from keepsight.assets.catalogue.tokens import redeem_token
from keepsight.assets.normal_form import composed
from keepsight.errors import AlreadyExists, BadRequest

Json = dict[str, Any]
Change = Callable[[Described], Described]
MOST_IDS = 1_000
_PAGE = 100


def _ids(value: Any) -> tuple[str, ...]:
    """A list; a public id may hold a comma, so that one text is one id."""
    listed = value if isinstance(value, list | tuple) else [value]
    if not listed or len(listed) > MOST_IDS or not all(isinstance(each, str) and each for each in listed):
        raise ValueError(f"expected 1 to {MOST_IDS} public ids")
    return tuple(listed)


PublicIds = Annotated[tuple[str, ...], BeforeValidator(_ids, json_schema_input_type=str | list[str])]
Read = TypeVar("Read", bound=Parameters)


class _Told(Parameters):
    type: AssetType = "upload"
    notification_url: Url | None = None
    batch_id: Name | None = None


class _Destroy(_Told):
    public_id: str
    invalidate: Boolean = False


class _Rename(_Told):
    from_public_id: str
    to_public_id: str
    to_type: AssetType | None = None
    overwrite: Boolean = False
    invalidate: Boolean = False
    context: Pairs | None = None
    metadata: Metadata | None = None


class _Many(_Told):
    public_ids: PublicIds


class _Tags(_Many):
    command: Literal["add", "remove", "replace", "remove_all", "set_exclusive"]
    tag: Words = ()


class _Context(_Many):
    command: Literal["add", "remove_all"]
    context: Pairs = Field({})


class _Metadata(_Many):
    metadata: Metadata
    clear_invalid: Boolean = False


class _Token(Parameters):
    token: str


@takes(_Destroy)
def destroy(library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any]) -> Json:
    """Delete one asset and everything made of it."""
    asked = _read(_Destroy, values)
    with library.database.write() as connection:
        found = assets.find(connection, AssetName(resource_type, asked.type, asked.public_id), lock=True)
        if found is None:
            return {"result": "not found"}
        if asked.invalidate:
            purge(connection, library, [found], urls_for(library, caller))
        assets.delete_assets(connection, [found])
        said = {"public_id": asked.public_id, "resource_type": resource_type, "type": asked.type, "result": "ok"}
        notify(connection, library, asked.notification_url, "delete", said)
    return {"result": "ok"}


@takes(_Rename)
def rename(library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any]) -> Json:
    """Give an asset another public id, another type, or both. Raises NotFound, BadRequest."""
    asked = _read(_Rename, values)
    name = AssetName(resource_type, asked.type, asked.from_public_id)
    to = AssetName(resource_type, asked.to_type or asked.type, checked(asked.to_public_id, "to_public_id"))
    urls = urls_for(library, caller)
    with library.database.write() as connection:
        found = [asset for each in (name, to) if (asset := assets.find(connection, each)) is not None]
        if asked.invalidate:
            purge(connection, library, found, urls)
        try:
            asset = assets.rename(connection, name, to, overwrite=asked.overwrite)
        except AlreadyExists as error:  # the Node SDK does not expect a 409 of the Upload API
            raise BadRequest(str(error)) from None
        asset = assets.change(connection, asset, _saying(asked.context, asked.metadata))
        answer = uploaded(asset, urls, library.credentials.secret, caller.api_key)
        told = {"from_public_id": asked.from_public_id, "to_public_id": asked.to_public_id} | answer
        notify(connection, library, asked.notification_url, "rename", told)
    return answer


@takes(_Tags)
def tags(library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any]) -> Json:
    """Add, remove or replace tags of up to 1,000 assets."""
    asked = _read(_Tags, values)
    if asked.command != "remove_all" and not asked.tag:
        raise BadRequest("Missing required parameter - tag")
    with library.database.write() as connection:
        names = _names(resource_type, asked)
        if asked.command == "set_exclusive":
            _take_away(connection, resource_type, asked, names)
        return _changed(connection, library, asked, names, lambda said: replace(said, tags=_tagged(said.tags, asked)))


@takes(_Context)
def context(library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any]) -> Json:
    """Add to the context of up to 1,000 assets, or remove it."""
    asked = _read(_Context, values)
    if asked.command == "add" and not asked.context:
        raise BadRequest("Missing required parameter - context")
    with library.database.write() as connection:
        return _changed(connection, library, asked, _names(resource_type, asked), _contextual(asked))


@takes(_Metadata)
def metadata(library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any]) -> Json:
    """Add to the structured metadata of up to 1,000 assets; any external id may be given a value."""
    asked = _read(_Metadata, values)
    with library.database.write() as connection:
        return _changed(connection, library, asked, _names(resource_type, asked), _saying(None, asked.metadata))


@takes(_Token)
def delete_by_token(library: Library, values: Mapping[str, Any]) -> Json:
    """Delete the asset that a token was given for, within ten minutes of its upload. Raises BadRequest."""
    asked = _read(_Token, values)
    with library.database.write() as connection:
        asset = redeem_token(connection, asked.token)
        if asset is None:
            raise BadRequest("Invalid token: it is unknown, was used before, or is older than ten minutes")
        assets.delete_assets(connection, [asset])
    return {"result": "ok"}


def _read(model: type[Read], values: Mapping[str, Any]) -> Read:
    return parsed(model, {name: value for name, value in values.items() if name not in NO_PARAMETERS})


def _names(resource_type: str, asked: _Many) -> list[AssetName]:
    return [AssetName(resource_type, asked.type, public_id) for public_id in asked.public_ids]


def _changed(connection: Connection, library: Library, asked: _Many, names: list[AssetName], how: Change) -> Json:
    """In the order of their rows, so that two calls never wait for each other for ever."""
    found = [asset for at in range(0, len(names), _PAGE) for asset in _found(connection, names[at : at + _PAGE])]
    for asset in sorted(found, key=lambda each: each.id):
        assets.change(connection, asset, how)
    there = {asset.name.public_id for asset in found}
    answer = {
        "public_ids": [public_id for public_id in dict.fromkeys(asked.public_ids) if composed(public_id) in there]
    }
    notify(connection, library, asked.notification_url, "resource_tags_changed", answer)
    return answer


def _found(connection: Connection, names: list[AssetName]) -> list[Asset]:
    return list(assets.find_many(connection, names).values())


def _take_away(connection: Connection, resource_type: str, asked: _Tags, names: list[AssetName]) -> None:
    """The tags of every asset that is not named."""
    for tag in asked.tag:
        cursor: str | None = None
        while True:
            page = list_assets(connection, Listing(resource_type, asked.type, tag=tag), _PAGE, cursor)
            for asset in page.assets:
                if asset.name not in names:
                    assets.change(connection, asset, lambda said, tag=tag: _without(said, tag))  # type: ignore[misc]  # the default binds the loop's tag
            cursor = page.next_cursor
            if cursor is None:
                break


def _without(said: Described, tag: str) -> Described:
    return replace(said, tags=tuple(each for each in said.tags if each != tag))


def _tagged(there: tuple[str, ...], asked: _Tags) -> tuple[str, ...]:
    match asked.command:
        case "add" | "set_exclusive":
            return tuple(dict.fromkeys((*there, *asked.tag)))
        case "remove":
            return tuple(tag for tag in there if tag not in asked.tag)
        case "replace":
            return asked.tag
        case "remove_all":
            return ()


def _contextual(asked: _Context) -> Change:
    if asked.command == "remove_all":
        return lambda said: replace(said, context={})
    return _saying(asked.context, None)


def _saying(context: Mapping[str, str] | None, metadata: Mapping[str, Any] | None) -> Change:
    """With more context and metadata, as far as there is any."""
    return lambda said: replace(
        said, context={**said.context, **(context or {})}, metadata={**said.metadata, **(metadata or {})}
    )
