"""Requests of the page into types, and errors into sentences."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import TypeVar

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from keepsight.api.form import Allowed, Room, received
from keepsight.api.parsing import Parameters, parsed
from keepsight.api.strict_json import read_json
from keepsight.errors import BadRequest, RequestError, Unavailable
from keepsight.settings import Settings

Wish = TypeVar("Wish", bound=Parameters)

log = structlog.get_logger()


async def wish_of(request: Request, model: type[Wish], allowed: Allowed) -> Wish:
    """The body as a model. Raises BadRequest, TooSlow, Unavailable."""
    async with received(request, allowed) as body:
        return parsed(model, body.values())


def decoded(text: str, model: type[Wish]) -> Wish:
    """JSON as a model. Raises BadRequest."""
    try:
        value = read_json(text.encode())
    except ValueError as error:
        raise BadRequest(f"Invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("Invalid JSON: expected an object")
    return parsed(model, value)


def allowed_by(settings: Settings) -> Allowed:
    """What a body may be at most; each caller of this has room of its own."""
    limits, folder = settings.limits, settings.storage.data / "studio" / "incoming"
    folder.mkdir(parents=True, exist_ok=True)
    return Allowed(folder, int(limits.max_bytes), Room(int(limits.uploads_bytes), limits.queue), limits.upload_timeout)


def base_of(request: Request) -> str:
    """Scheme, host and port that the server was asked at."""
    return f"{request.url.scheme}://{request.url.netloc}"


async def refused(_: Request, error: Exception) -> Response:
    """A RequestError as the page shows it."""
    status = error.status if isinstance(error, RequestError) else 500
    return _said(status, str(error), {"Retry-After": str(error.retry_after)} if isinstance(error, Unavailable) else {})


async def missed(request: Request, error: Exception) -> Response:
    """A path or a method that there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _said(status, f"The studio has no {request.method} {request.url.path[:200]}")


async def failed(request: Request, error: Exception) -> Response:
    """A fault of the server."""
    log.error("studio.failed", path=request.url.path, exc_info=error)
    return _said(500, "Internal error; the log of the server says more")


def _said(status: int, message: str, headers: Mapping[str, str] = MappingProxyType({})) -> Response:
    readable = message.encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": {"message": readable}}, status, {"Cache-Control": "no-store", **headers})
