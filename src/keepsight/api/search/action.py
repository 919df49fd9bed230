"""`resources/search`."""

from __future__ import annotations

import time

from keepsight.api.admin.call import Call, Json
from keepsight.api.parsing import takes
from keepsight.api.resource import found, said
from keepsight.api.search.request import SearchParameters
from keepsight.assets.catalogue.asset import Asset
from keepsight.assets.catalogue.patience import limited
from keepsight.assets.catalogue.search import search as searched
from keepsight.errors import BadRequest

_WITH = ("context", "tags", "metadata", "image_metadata", "image_analysis")
_ALWAYS = ("asset_id", "public_id")


@takes(SearchParameters)
def search(call: Call) -> Json:
    """A page of what agrees, how many do, and counts. Raises BadRequest."""
    began = time.monotonic()
    asked = call.read(SearchParameters)
    if strange := next((name for name in asked.with_field if name not in _WITH), None):
        raise BadRequest(f"Invalid with_field {strange[:80]!r} (expected {', '.join(_WITH)})")
    library = call.library
    with library.database.read() as connection, limited(connection, library.settings.limits.deadline):
        answer = searched(connection, asked.search(), asked.max_results, asked.next_cursor)
    whole: Json = {
        "total_count": answer.total_count,
        "time": round((time.monotonic() - began) * 1000),
        "resources": [_shown(asset, call, asked) for asset in answer.assets],
    }
    if answer.next_cursor:
        whole["next_cursor"] = answer.next_cursor
    if asked.aggregate:
        whole["aggregations"] = {field: dict(counts) for field, counts in answer.aggregations.items()}
    return whole


def _shown(asset: Asset, call: Call, asked: SearchParameters) -> Json:
    described = asset.described
    besides: Json = {
        "tags": list(described.tags),
        "context": dict(described.context),
        "metadata": dict(described.metadata),
        "image_metadata": described.image_metadata or {},
        "image_analysis": _analysis(asset),
    }
    whole = found(asset, call.urls)
    if asked.fields:
        everything = whole | besides | said(asset)
        return {name: everything[name] for name in dict.fromkeys((*_ALWAYS, *asked.fields)) if name in everything}
    return whole | {name: besides[name] for name in asked.with_field}


def _analysis(asset: Asset) -> Json:
    described = asset.described
    answer: Json = {}
    if described.face_count is not None:
        answer["face_count"] = described.face_count
    if described.colours:
        answer["colors"] = dict(described.colours.get("colors", ()))
    return answer
