"""The library for the page: the very actions of the Admin and Upload APIs, for whoever may be in the studio."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from keepsight.api.admin import deleting, details
from keepsight.api.admin.call import Action, Call
from keepsight.api.form import Body
from keepsight.api.library import Caller, Library
from keepsight.api.parsing import Parameters
from keepsight.api.search.action import search
from keepsight.api.upload.uploading import understood, upload
from keepsight.errors import BadRequest

Json = dict[str, Any]

ACTIONS: Mapping[str, Action] = {
    "search": search,
    "details": details.details,
    "update": details.update,
    "purge": deleting.delete_derived,
    "delete": deleting.delete,
}


class ShelfCall(Parameters):
    """One action: the variable parts of its address, and its parameters."""

    path: dict[str, str] = Field({})
    values: dict[str, Any] = Field({})


def act(name: str, call: ShelfCall, library: Library, base: str) -> Json:
    """Do it, as the APIs do. Raises RequestError."""
    if name not in ACTIONS:
        raise BadRequest(f"Invalid action {name[:40]!r} (expected one of {', '.join(ACTIONS)})")
    path = {"resource_type": "image", "type": "upload", **call.path}
    if name in ("details", "update") and not path.get("public_id"):
        raise BadRequest("Missing required parameter - public_id")
    return ACTIONS[name](Call(library, _caller(library, base), path, call.values))


def bring(body: Body, library: Library, base: str) -> Json:
    """Upload a picture. Raises RequestError."""
    values = {name: value for name, value in body.values().items() if name != "file"}
    asked = understood(library, _caller(library, base), "image", values)
    return upload(library, asked, body, None)


def _caller(library: Library, base: str) -> Caller:
    return Caller(base, api_key=library.credentials.api_key)
