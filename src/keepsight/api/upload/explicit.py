"""`explicit`: an asset that is there already gets tags, coordinates, analyses and derived images."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from keepsight.api import looking
from keepsight.api.library import Caller, Library
from keepsight.api.notifying import purge
from keepsight.api.parsing import takes
from keepsight.api.resource import uploaded
from keepsight.api.upload.parameters import Look, UploadParameters
from keepsight.api.upload.uploading import finished, understood, urls_for
from keepsight.assets.catalogue import assets
from keepsight.assets.catalogue.asset import Asset, AssetName, Described
from keepsight.errors import BadRequest, NotFound

Json = dict[str, Any]
_CHANGES = ("tags", "context", "metadata", "custom_coordinates", "face_coordinates", "asset_folder", "display_name")
_ONLY_OF_UPLOADS = (
    "transformation", "format", "folder", "public_id_prefix", "use_filename", "unique_filename", "filename_override",
    "allowed_formats", "return_delete_token", "use_asset_folder_as_public_id_prefix", "discard_original_filename",
    "use_filename_as_display_name",
)  # fmt: skip


@takes(UploadParameters)
def explicit(library: Library, caller: Caller, resource_type: str, values: Mapping[str, Any]) -> Json:
    """Do it, and answer. Raises RequestError."""
    asked = understood(library, caller, resource_type, values)
    parameters = asked.parameters
    if not parameters.public_id:
        raise BadRequest("Missing required parameter - public_id")
    if meant := sorted(parameters.model_fields_set.intersection(_ONLY_OF_UPLOADS)):
        raise BadRequest(f"{', '.join(meant)}: not a parameter of explicit (expected in upload)")
    name = AssetName(resource_type, parameters.type, parameters.public_id)
    with library.database.read() as connection:
        asset = assets.find(connection, name)
    if asset is None:
        raise NotFound(f"Resource not found - {parameters.public_id}")
    seen = looked(library, parameters, asset)
    urls = urls_for(library, caller)
    with library.database.write() as connection:
        if parameters.invalidate:
            purge(connection, library, [asset], urls)
        asset = assets.change(connection, asset, lambda said: seen.said_of(changed(said, parameters)))
    answer = uploaded(asset, urls, library.credentials.secret, caller.api_key)
    answer |= seen.told(asset.described)
    return finished(library, asked, asset, answer, "explicit")


def looked(library: Library, look: Look, asset: Asset) -> looking.Seen:
    """Look at an asset as parameters ask for. Raises BadRequest, Unavailable."""
    looking.check(look, library.analyst)
    wanted = look.model_fields_set & set(Look.model_fields)
    if not wanted:
        return looking.NOTHING
    if asset.name.resource_type != "image":
        raise BadRequest(f"{', '.join(sorted(wanted))}: expected an image, not {asset.name.resource_type}")
    data = library.store.get(asset.held.key)
    return looking.seen(look, looking.original_of(data, asset.held.digest, library.limits), library.analyst)


def changed(said: Described, parameters: UploadParameters) -> Described:
    """What is said once the parameters that were given count."""
    given = {name: getattr(parameters, name) for name in _CHANGES if name in parameters.model_fields_set}
    return replace(said, **given)
