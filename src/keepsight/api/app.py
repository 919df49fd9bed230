"""The Upload, Admin, Search and Analyze APIs as one ASGI application.

Paths are matched once percent-decoded: the Node SDK escapes the slashes between the parts of a path, the Python SDK
does not, and a public id may hold some.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import structlog
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute

from keepsight.api.headers import UNKEPT, Besides
from keepsight.budgets import Budgets
from keepsight.errors import RequestError, TooSlow, Unauthorized, Unavailable
from keepsight.telemetry.requests import Requests
from keepsight.telemetry.surface import Surface

if TYPE_CHECKING:
    from keepsight.api.library import Library

PREFIXES = ("/v1_1/", "/v2/")
"""Of every path that belongs here."""

log = structlog.get_logger()


def create_api(library: Library | None, budgets: Budgets, requests: Requests) -> Surface:
    """The application; without a library, since there is no secret, every call is refused in words."""
    application = Starlette(
        routes=[] if library is None else _routes(library, budgets),
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
    return Surface(application, requests)


def _routes(library: Library, budgets: Budgets) -> Sequence[BaseRoute]:
    # The catalogue and its libraries are half of the memory of a server that only crops: not before they are needed.
    from keepsight.api.routes import routes  # noqa: PLC0415 - see above

    return routes(library, budgets)


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
