"""One asset: its details with what was made of it, and changing what is said of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated, cast

from pydantic import Field

from keepsight.api.admin.call import MOST_RESULTS, Call, Json, after, cursor_after
from keepsight.api.admin.listings import checked_type, delivery_type
from keepsight.api.notifying import notify
from keepsight.api.parsing import Parameters, parsed, takes
from keepsight.api.resource import coordinates_of, found, made, said
from keepsight.api.upload.explicit import looked
from keepsight.api.upload.parameters import Look, NotOffered, UpdateParameters
from keepsight.api.values import Boolean
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import Asset, AssetName, Described
from keepsight.assets.catalogue.derived import derived_of
from keepsight.errors import BadRequest, NotFound

_STORED = {"colors": "colours", "phash": "phash", "image_metadata": "image_metadata"}
_CHANGES = ("tags", "context", "metadata", "custom_coordinates", "face_coordinates", "asset_folder", "display_name")


class _Details(Parameters):
    faces: Boolean = False
    colors: Boolean = False
    phash: Boolean = False
    image_metadata: Boolean = False
    media_metadata: Boolean = False
    exif: Boolean = False
    coordinates: Boolean = False
    pages: Boolean = False
    max_results: Annotated[int, Field(ge=1, le=MOST_RESULTS)] = 100
    derived_next_cursor: str | None = None

    cinemagraph_analysis: NotOffered = False
    quality_analysis: NotOffered = False
    accessibility_analysis: NotOffered = False
    versions: NotOffered = False
    related: NotOffered = False
    related_next_cursor: NotOffered = False


@takes(_Details)
def details(call: Call) -> Json:
    """An asset by its public id."""
    return _details(call, of_path(call))


@takes(_Details)
def details_by_asset_id(call: Call) -> Json:
    """An asset by its asset id."""
    with call.library.database.read() as connection:
        asset = assets.find_by_asset_id(connection, call.path["asset_id"])
    if asset is None:
        raise NotFound(f"Resource not found - {call.path['asset_id'][:80]}")
    return _details(call, asset)


@takes(UpdateParameters)
def update(call: Call) -> Json:
    """Say something else of an asset, and look at it anew where that is asked for. Raises RequestError."""
    if "public_ids" in call.values and call.path["public_id"] == "restore":
        raise BadRequest("Backups are not kept by this server: nothing can be restored")
    given = dict(call.values)
    if given.get("auto_tagging") is not None and not given.get("detection") and not given.get("categorization"):
        raise BadRequest("auto_tagging goes with detection or categorization: name a model such as coco")
    asked = call.read(UpdateParameters)
    asset = of_path(call)
    seen = looked(call.library, asked, asset)
    with call.library.database.write() as connection:
        asset = assets.change(connection, asset, lambda described: seen.said_of(_changed(described, asked)))
        answer = _whole(asset, call) | seen.told(asset.described)
        notify(connection, call.library, asked.notification_url, "update", answer)
    return answer


def of_path(call: Call) -> Asset:
    """The asset that the address names. Raises NotFound, BadRequest."""
    type_ = cast("str", delivery_type(call))
    name = AssetName(checked_type(call), type_, call.path["public_id"])
    with call.library.database.read() as connection:
        asset = assets.find(connection, name)
    if asset is None:
        raise NotFound(f"Resource not found - {name.public_id}")
    return asset


def _details(call: Call, asset: Asset) -> Json:
    asked = call.read(_Details)
    answer = _whole(asset, call)
    coordinates = coordinates_of(asset)
    if not asked.coordinates:
        answer.pop("coordinates", None)
    elif coordinates is None:
        answer["coordinates"] = {}
    for name, column in _STORED.items():
        if not getattr(asked, name):
            for key in ("colors", "predominant") if column == "colours" else (column,):
                answer.pop(key, None)
    missing = {name: True for name in _looks(asked) if name not in answer}
    if missing and asset.name.resource_type == "image":
        seen = looked(call.library, parsed(Look, missing), asset)
        answer |= seen.told(asset.described) | said(replace(asset, described=seen.said_of(Described())))
    with call.library.database.read() as connection:
        question = ("derived", asset.asset_id)
        last = after(connection, question, asked.derived_next_cursor)
        images = derived_of(connection, asset.id, asked.max_results + 1, last)
        more = cursor_after(connection, question, [image.id for image in images], asked.max_results)
    answer["derived"] = [made(image, asset, call.urls) for image in images[: asked.max_results]]
    return answer | ({"derived_next_cursor": more["next_cursor"]} if more else {})


def _looks(asked: _Details) -> list[str]:
    names = ("faces", "colors", "phash", "image_metadata", "media_metadata", "exif")
    return [name for name in names if getattr(asked, name)]


def _whole(asset: Asset, call: Call) -> Json:
    answer = found(asset, call.urls) | {
        "version_id": asset.version_id,
        "tags": list(asset.described.tags),
        "original_filename": asset.held.original_filename,
        "placeholder": False,
    }
    return {name: value for name, value in (answer | said(asset)).items() if value is not None}


def _changed(described: Described, asked: UpdateParameters) -> Described:
    given = {name: getattr(asked, name) for name in _CHANGES if name in asked.model_fields_set}
    return replace(described, **given)
