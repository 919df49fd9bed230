"""The Upload, Admin, Search and Analyze APIs as one ASGI application.

Paths are matched once percent-decoded: the Node SDK escapes the slashes between the parts of a path, the Python SDK
does not, and a public id may hold some.
"""

from __future__ import annotations

from collections.abc import Sequence
from time import perf_counter
from typing import TYPE_CHECKING, Any

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from keepsight.api.headers import UNKEPT, Besides
from keepsight.errors import RequestError, TooSlow, Unauthorized, Unavailable
from keepsight.telemetry.request_id import RequestIds
from keepsight.telemetry.requests import Requests, requested

if TYPE_CHECKING:
    from keepsight.api.library import Library

PREFIXES = ("/v1_1/", "/v2/")
"""Of every path that belongs here."""

log = structlog.get_logger()


def create_api(library: Library | None, requests: Requests) -> Named:
    """The application; without a library, since there is no secret, every call is refused in words."""
    application = Starlette(
        routes=[] if library is None else _routes(library),
        exception_handlers={
            RequestError: _refused,
            HTTPException: _closed if library is None else _no_such_call,
            Exception: _failed,
        },
        middleware=[
            Middleware(Besides, more=(UNKEPT,)),
            # Browsers upload here by a preset; what needs a secret needs it in every call, so no origin is special.
            Middleware(CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]),
        ],
    )
    return Named(application, requests)


def _routes(library: Library) -> Sequence[BaseRoute]:
    # The catalogue and its libraries are half of the memory of a server that only crops: not before they are needed.
    from keepsight.api.routes import routes  # noqa: PLC0415 - see above

    return routes(library)


class Named:
    """`X-Request-Id` on every answer, which the SDKs show; what is answered is counted and told.

    Around the application and its handling of what nobody foresaw, so that such an answer has a name, too.
    """

    def __init__(self, app: Starlette, requests: Requests) -> None:
        self._app, self._requests, self._ids = app, requests, RequestIds()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """One request."""
        began, headers = perf_counter(), dict(scope["headers"])
        name = self._ids.take(headers.get(b"x-request-id"))
        status, size = 0, 0
        head: tuple[tuple[bytes, bytes], ...] = ()

        async def named(message: Any) -> None:
            nonlocal status, size, head
            if message["type"] == "http.response.start":
                status, head = message["status"], tuple(message.get("headers", ()))
                message["headers"] = [*head, (b"x-request-id", name)]
            else:
                size += len(message.get("body", b""))
            await send(message)

        with requested("api", name, scope, headers) as request:
            try:
                await self._app(scope, receive, named)
            except Exception:  # Starlette raises it again for the server's log, where `_failed` has put it already
                if not status:
                    raise
            finally:
                request.status = status or 500
                self._requests.answered(scope, name, began, False, b"", request.status, head, size)


def _refused(_: Request, error: Exception) -> Response:
    status = error.status if isinstance(error, RequestError) else 500
    headers = {"Retry-After": str(error.retry_after)} if isinstance(error, Unavailable) else {}
    if isinstance(error, TooSlow):
        headers["Connection"] = "close"  # the rest of the body is not waited for
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = "Basic"
    # What cannot be encoded came from the caller: half of a surrogate pair, in JSON.
    message = str(error).encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": {"message": message}}, status, {"X-Cld-Error": _header(message), **headers})


def _no_such_call(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    said = f"{request.method} {request.url.path[:200]} is not offered by this server"
    return JSONResponse({"error": {"message": said}}, status)


def _closed(request: Request, _: Exception) -> Response:
    error = Unauthorized("The Upload and Admin APIs are off: set cloud.api_key and cloud.api_secret")
    return _refused(request, error)


async def _failed(request: Request, error: Exception) -> Response:
    log.error("api.failed", path=request.url.path, exc_info=error)
    message = "Internal error; the log of the server says more"
    return JSONResponse({"error": {"message": message}}, 500)


def _header(text: str) -> str:
    return text.encode("ascii", "backslashreplace").decode().replace("\r", " ").replace("\n", " ")[:1_000]
