"""The Analyze API: what a model sees in a picture, which need not be an asset."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any
from uuid import uuid4

from pydantic import Field

from keepsight.api import detection, looking
from keepsight.api.admin.call import Call, Json
from keepsight.api.parsing import Parameters, parsed, takes
from keepsight.api.upload.parameters import NotOffered, Url
from keepsight.api.upload.source import bytes_at
from keepsight.assets.catalogue import assets
from keepsight.errors import BadRequest, NotFound, Unavailable


class _Source(Parameters):
    uri: Url | None = None
    asset_id: str | None = None


class _Classic(Parameters):
    analysis_type: str
    uri: Url
    parameters: dict[str, Any] | None = None


class _Newer(Parameters):
    source: dict[str, Any]
    notification_url: NotOffered = False
    in_background: Annotated[NotOffered, Field(alias="async")] = False


@takes(_Classic)
def classic(call: Call) -> Json:
    """`POST /v2/<cloud>/analysis/analyze/uri`: `{"analysis_type": "coco", "uri": …}`. Raises RequestError."""
    asked = call.read(_Classic)
    if asked.parameters:
        raise BadRequest(f"Invalid parameters: {asked.analysis_type} takes none (expected them left out)")
    return _answer(call, asked.analysis_type, _Source(uri=asked.uri))


@takes(_Newer)
def newer(call: Call) -> Json:
    """`POST /v2/analysis/<cloud>/analyze/<model>`: `{"source": {"uri": …}}` or an asset id. Raises RequestError."""
    asked = call.read(_Newer)
    source = parsed(_Source, asked.source)
    if (source.uri is None) == (source.asset_id is None):
        raise BadRequest("Invalid source: expected either uri or asset_id")
    return _answer(call, call.path["model"], source)


def _answer(call: Call, model: str, source: _Source) -> Json:
    library = call.library
    (name,) = detection.models_named((model,), library.analyst.registry)
    data = _bytes(call, source)
    original = looking.original_of(data, hashlib.sha256(data).hexdigest(), library.limits)
    looked = detection.look(name, library.analyst, original.digest, looking.Preview(original))
    if looked.detections is None:
        raise Unavailable(f"{name} could not look at this picture; the log of the server says more")
    seen = detection.model_answer(looked, original.size)
    return {
        "limits": None,
        "request_id": uuid4().hex,
        "data": {
            "entity": source.uri or source.asset_id,
            "analysis": {key: seen[key] for key in ("tags", "model_version", "schema_version")},
        },
    }


def _bytes(call: Call, source: _Source) -> bytes:
    if source.uri is not None:
        return bytes_at(source.uri, call.library, call.caller)
    with call.library.database.read() as connection:
        asset = assets.find_by_asset_id(connection, str(source.asset_id))
    if asset is None:
        raise NotFound(f"Resource not found - {str(source.asset_id)[:80]}")
    return call.library.store.get(asset.held.key)
