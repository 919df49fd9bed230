"""What a cloud holds, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from keepsight.importer.client import AdminClient, Json, Refused

BROUGHT_TYPES = ("upload", "private", "authenticated")
"""Delivery types of files that somebody uploaded."""
OTHER_TYPES = ("fetch", "text", "multi", "sprite")
"""Those of pictures that the service made or fetched; counted for the report."""
_SHOWN = {"tags": "true", "context": "true", "metadata": "true", "moderations": "true"}
_ABSENT = frozenset({400, 403, 404})
"""Statuses of a call that a server does not offer, or not to these credentials."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Which assets."""

    prefix: str = ""
    """Of the public id, letter for letter."""
    tag: str = ""


def asset_pages(client: AdminClient, resource_type: str, type_: str, wanted: Filter) -> Iterator[list[Json]]:
    """The listings of one resource type and delivery type, as the API gives them. Raises as `AdminClient.get`."""
    asked = dict(_SHOWN)
    if wanted.tag:
        # This listing knows no delivery type.
        pages = client.pages(f"resources/{resource_type}/tags/{quote(wanted.tag, safe='')}", asked, "resources")
        for page in pages:
            yield [each for each in page if _belongs(each, type_, wanted)]
        return
    if wanted.prefix:
        asked["prefix"] = wanted.prefix
    yield from client.pages(f"resources/{resource_type}/{type_}", asked, "resources")


def other_pages(client: AdminClient, resource_type: str, type_: str, wanted: Filter) -> Iterator[list[Json]]:
    """As `asset_pages`, without what is said of them; nothing where the server has no such type."""
    try:
        if wanted.tag:
            yield from asset_pages(client, resource_type, type_, wanted)
        else:
            asked = {"prefix": wanted.prefix} if wanted.prefix else {}
            yield from client.pages(f"resources/{resource_type}/{type_}", asked, "resources")
    except Refused as error:
        if error.status not in _ABSENT:
            raise


def details(client: AdminClient, resource_type: str, type_: str, public_id: str, *, backups: bool) -> Json:
    """One asset with its coordinates; with `backups` its older versions. Raises as `AdminClient.get`."""
    asked = {"coordinates": "true", "max_results": "1"} | ({"versions": "true"} if backups else {})
    return client.get(f"resources/{resource_type}/{type_}/{quote(public_id, safe='/')}", asked)


def folder_paths(client: AdminClient) -> Iterator[str]:
    """Every folder, those above first; empty ones too. Raises as `AdminClient.get`.

    One search gives 500 folders; where there is none, each folder is asked for those in it.
    """
    try:
        yield from _searched_folders(client)
    except Refused as error:
        if error.status not in _ABSENT:
            raise
        yield from _walked_folders(client)


def _searched_folders(client: AdminClient) -> Iterator[str]:
    for page in client.searched_pages("folders/search", "folders"):
        yield from sorted(_paths(page))


def _walked_folders(client: AdminClient) -> Iterator[str]:
    waiting = [""]
    while waiting:
        parent = waiting.pop()
        path = f"folders/{quote(parent, safe='/')}" if parent else "folders"
        for page in client.pages(path, {}, "folders"):
            found = _paths(page)
            yield from found
            waiting += found


def transformations(client: AdminClient) -> Iterator[Json]:
    """Named transformations with what they stand for. Raises as `AdminClient.get`."""
    for page in client.pages("transformations", {"named": "true"}, "transformations"):
        for each in page:
            name = each.get("name")
            if isinstance(name, str) and each.get("named", True):
                answer = client.get("transformations", {"transformation": name, "max_results": "1"})
                yield each | answer | {"name": name}


def presets(client: AdminClient) -> Iterator[Json]:
    """Upload presets with their settings. Raises as `AdminClient.get`."""
    for page in client.pages("upload_presets", {}, "presets"):
        yield from page


def _paths(folders: Iterable[Json]) -> list[str]:
    return [path for each in folders if (path := str(each.get("path", "")).strip("/"))]


def _belongs(found: dict[str, Any], type_: str, wanted: Filter) -> bool:
    return found.get("type", "upload") == type_ and str(found.get("public_id", "")).startswith(wanted.prefix)
