"""Presets: parameters that are kept here, so that a browser may upload without a secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from keepsight.api.auth import UNSIGNED
from keepsight.api.parsing import parsed
from keepsight.api.upload.parameters import UploadParameters
from keepsight.api.values import metadata, pairs, words
from keepsight.assets.catalogue.named import UploadPreset
from keepsight.errors import BadRequest

NO_PARAMETERS = UNSIGNED | {"timestamp", "upload_preset"}
"""Of a request, but not of the action."""
_WITHOUT_SIGNATURE = (
    "upload_preset", "callback", "public_id", "folder", "asset_folder", "tags", "context", "metadata",
    "face_coordinates", "custom_coordinates", "source", "filename_override", "public_id_prefix",
)  # fmt: skip
"""Everything else comes from the preset alone; the list is Cloudinary's."""
_JOINED = {"tags": words, "context": pairs, "metadata": metadata}
"""Said by both, these add up."""


def parameters_of(values: Mapping[str, Any], preset: UploadPreset | None, *, signed: bool) -> UploadParameters:
    """What a request and its preset say together. Raises BadRequest.

    A signed request says more than its preset, without a signature the preset does: nobody vouches for the rest.
    """
    given = {name: value for name, value in values.items() if name not in NO_PARAMETERS and value != ""}
    if not signed:
        _check_unsigned(given, preset)
    if preset is None:
        return parsed(UploadParameters, given)
    kept = dict(preset.settings)
    if kept.pop("disallow_public_id", False):
        given.pop("public_id", None)
    merged = kept | given if signed else given | kept
    for name, read in _JOINED.items():
        if name in kept and name in given:
            merged[name] = _together(name, read, kept[name], given[name])
    parameters = parsed(UploadParameters, merged)
    if not signed and parameters.overwrite:  # a stranger replaces nothing, whatever the preset says
        parameters = parameters.model_copy(update={"overwrite": False})
    return parameters


def _check_unsigned(given: Mapping[str, Any], preset: UploadPreset | None) -> None:
    for name in given:
        if name not in _WITHOUT_SIGNATURE:
            said = name.replace("_", " ").capitalize()
            raise BadRequest(
                f"{said} parameter is not allowed when using unsigned upload. "
                f"Only {','.join(_WITHOUT_SIGNATURE)} upload parameters are allowed."
            )
    if preset is None:
        raise BadRequest("Upload preset must be specified when using unsigned upload")
    if not preset.unsigned:
        raise BadRequest("Upload preset must be whitelisted for unsigned uploads")


def _together(name: str, read: Any, kept: Any, given: Any) -> Any:
    try:
        both = read(kept), read(given)
    except ValueError as error:
        raise BadRequest(f"Invalid {name}: {error}") from None
    return [*both[0], *both[1]] if name == "tags" else both[0] | both[1]
