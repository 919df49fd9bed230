"""The APIs in OpenAPI: generated from the table of their calls and from the parameters that those read."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from fastapi import FastAPI
from pydantic import BaseModel

from keepsight.api.parsing import TAKEN
from keepsight.api.routes import described
from keepsight.errors import RequestError

Json = dict[str, Any]
_VARIABLE = re.compile(r"\{(\w+)(?::(\w+))?\}")
_PATTERNS: Mapping[str, Json] = {
    "kind": {"type": "string", "enum": ["image", "video", "raw"]},
    "hex": {"type": "string", "pattern": "^[0-9a-f]{32}$"},
}
_TEXT: Json = {"type": "string", "minLength": 1}
_SIGNED: Mapping[str, Json] = {
    "api_key": {"type": "string"},
    "timestamp": {"type": "string", "description": "Seconds since 1970, within an hour of now."},
    "signature": {"type": "string", "description": "Of all other parameters; docs/api.md has the details."},
}
_FILE: Json = {
    "description": "A picture, its address, or a data URI.",
    "type": "string",
    "contentMediaType": "application/octet-stream",
}
_REFUSED: Json = {
    "type": "object",
    "required": ["error"],
    "properties": {
        "error": {"type": "object", "required": ["message"], "properties": {"message": {"type": "string"}}},
    },
}
_FORM, _MULTIPART, _JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"


def describe(api: FastAPI) -> None:
    """Have the OpenAPI document of an application tell of the APIs beside it, too."""
    own = api.openapi

    def whole() -> Json:
        document = own()
        if "securitySchemes" not in document.get("components", {}):  # it is made once
            add_calls(document, described())
        return document

    api.openapi = whole  # type: ignore[method-assign]  # the way that FastAPI documents


def add_calls(document: Json, calls: Iterable[tuple[str, str, Callable[..., Any], str]]) -> None:
    """Add to a document: method, path, action, and who may: `admin`, `signed`, `upload`, `url`, `token`."""
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    schemas["Refusal"] = _REFUSED
    components["securitySchemes"] = {
        "key": {"type": "http", "scheme": "basic", "description": "api_key and api_secret."},
        "token": {"type": "http", "scheme": "bearer", "description": "One of cloud.access_tokens."},
    }
    paths = document.setdefault("paths", {})
    for method, path, action, who in calls:
        spelled = _VARIABLE.sub(lambda found: f"{{{found[1]}}}", path)
        paths.setdefault(spelled, {})[method.lower()] = _call(method, path, action, who, schemas)


def _call(method: str, path: str, action: Callable[..., Any], who: str, schemas: Json) -> Json:
    call: Json = {
        "tags": [path.split("/")[1]],
        "summary": (inspect.getdoc(action) or "").partition("\n")[0],
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": _PATTERNS.get(kind, _TEXT)}
            for name, kind in _VARIABLE.findall(path)
        ],
        "responses": _answers(),
    }
    if who in ("admin", "signed", "upload"):
        call["security"] = [{"key": []}, {"token": []}] if who == "admin" else [{"token": []}, {}]
    taken: Json = _schema(TAKEN[action], schemas) if action in TAKEN else {"type": "object", "properties": {}}
    if who == "url":
        required = [*taken.get("required", ()), *_SIGNED]
        taken = taken | {"properties": {**taken["properties"], **_SIGNED}, "required": required}
        call["responses"]["200"] = {"description": "The file.", "content": {"*/*": {}}}
    if method == "GET":
        call["parameters"] += _query(taken)
    elif action in TAKEN:
        call["requestBody"] = {"content": _bodies(taken, who)}
    return call


def _bodies(taken: Json, who: str) -> Json:
    if who == "admin":
        return {_JSON: {"schema": taken}, _FORM: {"schema": taken}}
    if who == "token":
        return {_FORM: {"schema": taken}, _JSON: {"schema": taken}}
    more = dict(_SIGNED) | ({"file": _FILE, "upload_preset": {"type": "string"}} if who == "upload" else {})
    signed = taken | {"properties": {**taken["properties"], **more}}
    return {kind: {"schema": signed} for kind in ((_MULTIPART,) if who == "upload" else (_MULTIPART, _FORM, _JSON))}


def _query(taken: Json) -> list[Json]:
    """Lists are spelt `name[]`."""
    found = []
    for name, schema in taken["properties"].items():
        listed = any(each.get("type") == "array" for each in (schema, *schema.get("anyOf", ())))
        shown = {"type": "array", "items": {"type": "string"}} if listed else schema
        required = name in taken.get("required", ())
        found.append({"name": f"{name}[]" if listed else name, "in": "query", "required": required, "schema": shown})
    return found


def _schema(model: type[BaseModel], schemas: Json) -> Json:
    schema = model.model_json_schema(ref_template="#/components/schemas/{model}")
    schemas.update(schema.pop("$defs", {}))
    return schema


def _answers() -> Json:
    """Each error of the tree, by its status."""
    answers: Json = {"200": {"description": "Done.", "content": {_JSON: {"schema": {"type": "object"}}}}}
    for error in sorted(_below(RequestError), key=lambda each: each.status):
        if error.status not in (412, 416):  # of pictures only
            refusal = {"schema": {"$ref": "#/components/schemas/Refusal"}}
            said = (error.__doc__ or "").partition("\n")[0]
            answers.setdefault(str(error.status), {"description": said, "content": {_JSON: refusal}})
    return answers


def _below(error: type[RequestError]) -> list[type[RequestError]]:
    return [each for direct in error.__subclasses__() for each in (direct, *_below(direct))]
