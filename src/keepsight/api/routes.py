"""Every call of the APIs: method, path, what it does, and who may."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from functools import partial
from typing import Any, TypeVar

from starlette.convertors import Convertor, register_url_convertor
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from keepsight.api import analyzing, auth
from keepsight.api.admin import deleting, details, folders, listings, presets, system, transformations
from keepsight.api.admin.call import Action, Call, UploadAction
from keepsight.api.form import Allowed, Body, Room, received
from keepsight.api.library import Caller, Library
from keepsight.api.search.action import search
from keepsight.api.upload import actions
from keepsight.api.upload.chunks import chunk_of
from keepsight.api.upload.downloading import download
from keepsight.api.upload.explicit import explicit
from keepsight.api.upload.uploading import understood, upload
from keepsight.budget import Budget
from keepsight.budgets import Budgets
from keepsight.errors import BadRequest, Unauthorized
from keepsight.telemetry.timing import Stopwatch

T = TypeVar("T")
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


register_url_convertor("kind", _Kind())

Endpoint = Callable[[Request], Awaitable[Response]]

_HEAVY: tuple[Action, ...] = (details.details, details.update, analyzing.classic, analyzing.newer)
"""Those that may look at a picture."""

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
    ("GET", f"{_RESOURCES}/{{asset_id}}", details.details_by_asset_id),
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


def routes(library: Library, budgets: Budgets) -> list[Route]:
    """The routes over a library; of two that fit, the first one counts."""
    calls = _Calls(library, budgets)
    found = [Route(path, calls.admin(action), methods=[method]) for method, path, action in _ADMIN]
    for path in ("/v1_1/{cloud}", "/v1_1/{cloud}/{resource_type}"):
        found += [Route(f"{path}/delete_by_token", calls.by_token, methods=["POST"])]
    found.append(Route("/v1_1/{cloud}/{resource_type}/upload", calls.upload, methods=["POST"]))
    found.append(Route("/v1_1/{cloud}/{resource_type:kind}/download", calls.download, methods=["GET"]))
    signed = ((f"/v1_1/{{cloud}}/{{resource_type}}/{name}", name) for name in _UPLOAD)
    return found + [Route(path, calls.signed(name), methods=["POST"]) for path, name in signed]


def described() -> Iterator[tuple[str, str, Action | UploadAction | Callable[..., Any], str]]:
    """Every call for the document of the APIs: method, path, action, and who may."""
    yield from ((method, path, action, "admin") for method, path, action in _ADMIN)
    yield "POST", "/v1_1/{cloud}/delete_by_token", actions.delete_by_token, "token"
    yield "POST", "/v1_1/{cloud}/{resource_type}/upload", upload, "upload"
    yield "GET", "/v1_1/{cloud}/{resource_type:kind}/download", download, "url"
    for name, action in _UPLOAD.items():
        yield "POST", f"/v1_1/{{cloud}}/{{resource_type:kind}}/{name}", action, "signed"


class _Calls:
    """From requests to actions, which run in threads, each out of its budget.

    Who finds that full hears so before anything of the body is read, and again if it has filled up meanwhile.
    """

    def __init__(self, library: Library, budgets: Budgets) -> None:
        limits = library.settings.limits
        self._library = library
        most, held, seconds = int(limits.max_bytes), int(limits.uploads_bytes), limits.upload_timeout
        # Of their own: bodies of strangers, who may be slow, keep nobody out who has the secret.
        self._anybody = Allowed(library.incoming, most, Room(held, limits.queue), seconds)
        self._known = Allowed(library.incoming, most, Room(held, limits.queue), seconds)
        self._heavy, self._light, self._deadline = budgets.uploads, budgets.calls, limits.deadline

    def admin(self, action: Action) -> Endpoint:
        """A call that needs the secret itself or a token."""
        budget = self._heavy if action in _HEAVY else self._light

        async def endpoint(request: Request) -> Response:
            _check_cloud(request, self._library)
            auth.check_admin(request.headers, self._library.credentials)
            budget.check(self._deadline)
            async with received(request, self._known) as body:
                caller = Caller(_base(request), api_key=self._library.credentials.api_key)
                call = Call(self._library, caller, request.path_params, body.values())
                return JSONResponse(await self._run(budget, partial(action, call)))

        return endpoint

    async def upload(self, request: Request) -> Response:
        """A call that is signed, has a token, or names a preset."""
        library = self._library
        _check_cloud(request, library)
        self._heavy.check(self._deadline)
        chunk = chunk_of(request.headers.get("content-range"), request.headers.get("x-unique-upload-id"))
        async with received(request, self._anybody) as body:
            caller = _caller(request, body, library, "upload")
            values = {name: value for name, value in body.values().items() if name != "file"}
            kind = request.path_params["resource_type"]

            def act() -> Json:
                asked = understood(library, caller, kind, values, chunk.upload_id if chunk else None)
                return upload(library, asked, body, chunk)

            return JSONResponse(await self._run(self._heavy, act))

    def signed(self, name: str) -> Endpoint:
        """A call that is signed or has a token."""
        action, budget = _UPLOAD[name], self._heavy if name == "explicit" else self._light

        async def endpoint(request: Request) -> Response:
            _check_cloud(request, self._library)
            kind = request.path_params["resource_type"]
            if kind not in ("image", "raw", "video"):
                raise BadRequest(f"Invalid resource type {kind[:40]!r} (expected image, raw or video)")
            budget.check(self._deadline)
            async with received(request, self._anybody) as body:
                caller = _caller(request, body, self._library, name)
                if not caller.signed:
                    raise Unauthorized(f"{name} needs a signature (expected api_key, timestamp and signature)")
                act = partial(action, self._library, caller, kind, body.values())
                return JSONResponse(await self._run(budget, act))

        return endpoint

    async def download(self, request: Request) -> Response:
        """An original, by an address that is signed."""
        _check_cloud(request, self._library)
        pairs = tuple(request.query_params.multi_items())
        if len(dict(pairs)) != len(pairs):
            raise BadRequest("A parameter is there twice")
        auth.check_signed(pairs, self._library.credentials, time.time(), action="download")
        act = partial(download, self._library, request.path_params["resource_type"], dict(pairs))
        found = await self._run(self._heavy, act)
        return Response(found.body, media_type=found.content_type, headers=found.headers)

    async def by_token(self, request: Request) -> Response:
        """A call that has the token of an upload."""
        _check_cloud(request, self._library)
        self._light.check(self._deadline)
        async with received(request, self._anybody) as body:
            act = partial(actions.delete_by_token, self._library, body.values())
            return JSONResponse(await self._run(self._light, act))

    async def _run(self, budget: Budget, act: Callable[[], T]) -> T:
        """What `act` gives, once it is its turn. Raises Unavailable, and what `act` raises."""
        return await budget.run(Stopwatch(self._deadline), act)


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
