"""Folders, and the list of tags."""

from __future__ import annotations

import time
from dataclasses import replace

from pydantic import Field
from sqlalchemy import Connection

from keepsight.api.admin.call import Call, Json, Paged, after, cursor_after
from keepsight.api.admin.listings import checked_type
from keepsight.api.parsing import Parameters, takes
from keepsight.api.resource import instant
from keepsight.api.search.expression import parse_expression
from keepsight.api.search.request import SearchParameters
from keepsight.api.upload.naming import checked
from keepsight.api.values import Boolean
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue import folders as stored
from keepsight.assets.catalogue.asset import Asset, AssetName
from keepsight.assets.catalogue.folders import Folder
from keepsight.assets.catalogue.listing import Listing, list_assets
from keepsight.assets.catalogue.patience import limited
from keepsight.assets.catalogue.usage import list_tags
from keepsight.errors import BadRequest

_PAGE = 500


class _Rename(Parameters):
    to_folder: str = Field(min_length=1)


class _Delete(Parameters):
    skip_backup: Boolean = False
    """Nothing is backed up anyway."""


class _Nothing(Parameters):
    pass


class _Tags(Paged):
    prefix: str = ""


@takes(Paged)
def folders(call: Call) -> Json:
    """The folders right below one, or those at the top. Raises NotFound."""
    asked = call.read(Paged)
    parent, most = call.path.get("path", "").strip("/"), asked.max_results
    with call.library.database.read() as connection:
        question = ("folders", parent)
        found = stored.subfolders(connection, parent, most + 1, after(connection, question, asked.next_cursor))
        more = cursor_after(connection, question, [folder.path for folder in found], most)
    shown = [_shown(folder) for folder in found[:most]]
    return {"folders": shown, "total_count": len(shown), "next_cursor": None} | more


@takes(_Nothing)
def create(call: Call) -> Json:
    """Make one, with those above it. Raises BadRequest."""
    call.read(_Nothing)
    path = checked(call.path["path"].strip("/"), "folder")
    with call.library.database.write() as connection:
        made = stored.make_folder(connection, path)
    return {"success": True} | _shown(made)


@takes(_Rename)
def rename(call: Call) -> Json:
    """Move a folder with everything in it: public ids that begin with it begin with the new one. Raises NotFound."""
    asked = call.read(_Rename)
    path, to = call.path["path"].strip("/"), checked(asked.to_folder.strip("/"), "to_folder")
    if to == path or to.startswith(f"{path}/"):
        raise BadRequest(f"to_folder: {to} is in the folder itself")
    with call.library.database.write() as connection:
        stored.subfolders(connection, path, 1)  # raises NotFound
        for folder in (path, *_below(connection, path)):
            stored.make_folder(connection, to + folder.removeprefix(path))
        for asset in _inside(connection, path):
            _move(connection, asset, path, to)
        stored.delete_folder(connection, path)
    names = [{"name": each.rpartition("/")[2], "path": each} for each in (path, to)]
    return {"from": names[0], "to": names[1]}


@takes(_Delete)
def delete(call: Call) -> Json:
    """Take one away with those below it, if no asset is in them. Raises NotFound, BadRequest."""
    call.read(_Delete)
    with call.library.database.write() as connection:
        return {"deleted": list(stored.delete_folder(connection, call.path["path"].strip("/")))}


@takes(SearchParameters)
def search(call: Call) -> Json:
    """Folders whose path or name agree with an expression. Raises BadRequest."""
    began = time.monotonic()
    asked = call.read(SearchParameters)
    query, most = parse_expression(asked.expression), asked.max_results
    library = call.library
    with library.database.read() as connection, limited(connection, library.settings.limits.deadline):
        question = ("folders", query)
        last = after(connection, question, asked.next_cursor)
        found, total = stored.search_folders(connection, query, most + 1, last)
        more = cursor_after(connection, question, [folder.path for folder in found], most)
    shown = [_shown(folder) | {"created_at": instant(folder.created_at)} for folder in found[:most]]
    return {"total_count": total, "time": round((time.monotonic() - began) * 1000), "folders": shown} | more


@takes(_Tags)
def tags(call: Call) -> Json:
    """The tags of assets of a type, in order."""
    asked = call.read(_Tags)
    kind, most = checked_type(call), asked.max_results
    with call.library.database.read() as connection:
        question = ("tags", kind, asked.prefix)
        last = after(connection, question, asked.next_cursor)
        found = list(list_tags(connection, kind, most + 1, prefix=asked.prefix, after=last))
        more = cursor_after(connection, question, found, most)
    return {"tags": found[:most]} | more


def _below(connection: Connection, path: str) -> list[str]:
    found: list[str] = []
    waiting = [path]
    while waiting:
        parent, last = waiting.pop(), ""
        while page := stored.subfolders(connection, parent, _PAGE, last):
            last = page[-1].path
            found += (folder.path for folder in page)
            waiting += (folder.path for folder in page)
    return found


def _inside(connection: Connection, path: str) -> list[Asset]:
    """By the public id or by the asset folder."""
    listings = [Listing(prefix=f"{path}/")]
    listings += [Listing(asset_folder=folder) for folder in (path, *_below(connection, path))]
    found: dict[int, Asset] = {}
    for listing in listings:
        cursor: str | None = None
        while True:
            page = list_assets(connection, listing, _PAGE, cursor)
            found |= {asset.id: asset for asset in page.assets}
            cursor = page.next_cursor
            if cursor is None:
                break
    return [found[row] for row in sorted(found)]


def _move(connection: Connection, asset: Asset, path: str, to: str) -> None:
    name = asset.name
    if name.public_id.startswith(f"{path}/"):
        moved = AssetName(name.resource_type, name.type, to + name.public_id.removeprefix(path))
        asset = assets.rename(connection, name, moved)
    folder = asset.described.asset_folder
    if folder == path or folder.startswith(f"{path}/"):
        there = to + folder.removeprefix(path)
        assets.change(connection, asset, lambda said: replace(said, asset_folder=there))


def _shown(folder: Folder) -> Json:
    return {"name": folder.name, "path": folder.path, "external_id": folder.external_id}
