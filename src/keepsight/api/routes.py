"""Every call of the APIs: method, path, what it does, and who may."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keepsight.api import analyzing, auth
from keepsight.api.admin import deleting, details, folders, listings, presets, system, transformations
from keepsight.api.admin.call import Action, Call
from keepsight.api.form import Allowed, Body, received
from keepsight.api.library import Caller, Library
from keepsight.api.search.action import search
from keepsight.api.upload import actions
from keepsight.api.upload.chunks import chunk_of
from keepsight.api.upload.explicit import explicit
from keepsight.api.upload.uploading import understood, upload
from keepsight.errors import BadRequest, Unauthorized

Json = dict[str, Any]


class _Kind(Convertor[str]):
    """A resource type, so that asset ids and names of calls are none."""

    regex = "image|video|raw"

    def convert(self, value: str) -> str:
        """Itself."""
        return value

    def to_string(self, value: str) -> str:
        """Itself."""
        return value


class _Hex(_Kind):
    """An asset id."""

    regex = "[0-9a-f]{32}"


register_url_convertor("kind", _Kind())
register_url_convertor("hex", _Hex())

UploadAction = Callable[[Library, Caller, str, Mapping[str, Any]], Json]

_RESOURCES = "/v1_1/{cloud}/resources"
_ADMIN: tuple[tuple[str, str, Action], ...] = (
    ("GET", "/v1_1/{cloud}/ping", system.ping),
    ("GET", "/v1_1/{cloud}/usage", system.usage),
    ("GET", "/v1_1/{cloud}/usage/{date}", system.usage),
    ("GET", "/v1_1/{cloud}/config", system.config),
    ("GET", _RESOURCES, listings.resource_types),
    ("DELETE", _RESOURCES, deleting.delete_by_asset_ids),
    ("POST", f"{_RESOURCES}/search", search),
    ("GET", f"{_RESOURCES}/by_asset_ids", listings.by_asset_ids),
    ("GET", f"{_RESOURCES}/by_asset_folder", listings.by_asset_folder),
    ("GET", f"{_RESOURCES}/{{resource_type:kind}}", listings.resources),
    ("GET", f"{_RESOURCES}/{{asset_id:hex}}", details.details_by_asset_id),
    ("GET", f"{_RESOURCES}/{{resource_type:kind}}/tags/{{tag:path}}", listings.by_tag),
    ("DELETE", f"{_RESOURCES}/{{resource_type:kind}}/tags/{{tag:path}}", deleting.delete_by_tag),
    ("GET", f"{_RESOURCES}/{{resource_type:kind}}/context", listings.by_context),
    ("GET", f"{_RESOURCES}/{{resource_type:kind}}/moderations/{{kind}}/{{status}}", listings.by_moderation),
    ("GET", f"{_RESOURCES}/{{resource_type:kind}}/{{type}}", listings.resources),
    ("DELETE", f"{_RESOURCES}/{{resource_type:kind}}/{{type}}", deleting.delete),
    ("GET", f"{_RESOURCES}/{{resource_type:kind}}/{{type}}/{{public_id:path}}", details.details),
    ("POST", f"{_RESOURCES}/{{resource_type:kind}}/{{type}}/{{public_id:path}}", details.update),
    ("DELETE", "/v1_1/{cloud}/derived_resources", deleting.delete_derived),
    ("GET", "/v1_1/{cloud}/tags/{resource_type:kind}", folders.tags),
    ("GET", "/v1_1/{cloud}/folders", folders.folders),
    ("POST", "/v1_1/{cloud}/folders/search", folders.search),
    ("GET", "/v1_1/{cloud}/folders/{path:path}", folders.folders),
    ("POST", "/v1_1/{cloud}/folders/{path:path}", folders.create),
    ("PUT", "/v1_1/{cloud}/folders/{path:path}", folders.rename),
    ("DELETE", "/v1_1/{cloud}/folders/{path:path}", folders.delete),
    ("GET", "/v1_1/{cloud}/transformations", transformations.transformations),
    ("POST", "/v1_1/{cloud}/transformations", transformations.create),
    ("PUT", "/v1_1/{cloud}/transformations", transformations.update),
    ("DELETE", "/v1_1/{cloud}/transformations", transformations.delete),
    ("GET", "/v1_1/{cloud}/upload_presets", presets.list_presets),
    ("POST", "/v1_1/{cloud}/upload_presets", presets.create),
    ("GET", "/v1_1/{cloud}/upload_presets/{name:path}", presets.preset),
    ("PUT", "/v1_1/{cloud}/upload_presets/{name:path}", presets.update),
    ("DELETE", "/v1_1/{cloud}/upload_presets/{name:path}", presets.delete),
    ("POST", "/v2/{cloud}/analysis/analyze/uri", analyzing.classic),
    ("POST", "/v2/analysis/{cloud}/analyze/{model}", analyzing.newer),
)
_UPLOAD: Mapping[str, UploadAction] = {
    "explicit": explicit,
    "destroy": actions.destroy,
    "rename": actions.rename,
    "tags": actions.tags,
    "context": actions.context,
    "metadata": actions.metadata,
}


def routes(library: Library) -> list[Route]:
    """The routes over a library; of two that fit, the first one counts."""
    allowed = Allowed(library.incoming, int(library.settings.limits.max_bytes))
    found = [Route(path, _admin(library, allowed, action), methods=[method]) for method, path, action in _ADMIN]
    by_token = _by_token(library, allowed)
    for path in ("/v1_1/{cloud}", "/v1_1/{cloud}/{resource_type}"):
        found += [Route(f"{path}/delete_by_token", by_token, methods=["POST"])]
    found.append(Route("/v1_1/{cloud}/{resource_type}/upload", _upload(library, allowed), methods=["POST"]))
    actions_of = {f"/v1_1/{{cloud}}/{{resource_type}}/{name}": name for name in _UPLOAD}
    return found + [
        Route(path, _signed(library, allowed, name, _UPLOAD[name]), methods=["POST"])
        for path, name in actions_of.items()
    ]


def _admin(library: Library, allowed: Allowed, action: Action) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        _check_cloud(request, library)
        auth.check_admin(request.headers, library.credentials)
        async with received(request, allowed) as body:
            caller = Caller(_base(request), api_key=library.credentials.api_key)
            call = Call(library, caller, request.path_params, body.values())
            return JSONResponse(await run_in_threadpool(action, call))

    return endpoint


def _upload(library: Library, allowed: Allowed) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        _check_cloud(request, library)
        chunk = chunk_of(request.headers.get("content-range"), request.headers.get("x-unique-upload-id"))
        async with received(request, allowed) as body:
            caller = _caller(request, body, library, "upload")
            values = {name: value for name, value in body.values().items() if name != "file"}
            kind = request.path_params["resource_type"]
            upload_id = chunk.upload_id if chunk else None
            asked = await run_in_threadpool(understood, library, caller, kind, values, upload_id)
            return JSONResponse(await run_in_threadpool(upload, library, asked, body, chunk))

    return endpoint


def _signed(library: Library, allowed: Allowed, name: str, action: UploadAction) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        _check_cloud(request, library)
        kind = request.path_params["resource_type"]
        if kind not in ("image", "raw", "video"):
            raise BadRequest(f"Invalid resource type {kind[:40]!r} (expected image, raw or video)")
        async with received(request, allowed) as body:
            caller = _caller(request, body, library, name)
            if not caller.signed:
                raise Unauthorized(f"{name} needs a signature (expected api_key, timestamp and signature)")
            return JSONResponse(await run_in_threadpool(action, library, caller, kind, body.values()))

    return endpoint


def _by_token(library: Library, allowed: Allowed) -> Callable[[Request], Any]:
    async def endpoint(request: Request) -> Response:
        _check_cloud(request, library)
        async with received(request, allowed) as body:
            return JSONResponse(await run_in_threadpool(actions.delete_by_token, library, body.values()))

    return endpoint


def _caller(request: Request, body: Body, library: Library, action: str) -> Caller:
    """Who calls the Upload API: by a signature, a token, or for uploads a preset alone. Raises Unauthorized."""
    base, credentials = _base(request), library.credentials
    if (token := auth.bearer_token(request.headers)) is not None:
        auth.check_bearer(token, credentials)
        return Caller(base, api_key=credentials.api_key)
    values = body.values()
    parameters = body.parameters
    if body.json is not None:
        parameters = tuple((name, _text(value)) for name, value in values.items())
    if not values.get("signature") and not values.get("api_key"):
        return Caller(base, signed=False)
    auth.check_signed(parameters, credentials, time.time(), action=action)
    return Caller(base, api_key=str(values["api_key"]))


def _text(value: Any) -> str:
    """As the SDKs sign it."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _check_cloud(request: Request, library: Library) -> None:
    cloud = request.path_params["cloud"]
    if cloud != library.settings.cloud.name:
        raise Unauthorized(f"Invalid cloud_name {cloud[:80]}")


def _base(request: Request) -> str:
    return f"{request.url.scheme}://{request.url.netloc}"
