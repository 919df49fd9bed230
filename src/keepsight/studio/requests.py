"""Requests of the page into types, and errors into sentences."""

from __future__ import annotations

import json
from typing import Any, TypeVar

import structlog
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from keepsight.api.parsing import Parameters, parsed
from keepsight.errors import BadImage, BadRequest, RequestError

_MOST_JSON = 65_536

Wish = TypeVar("Wish", bound=Parameters)

log = structlog.get_logger()


async def wish_of(request: Request, model: type[Wish]) -> Wish:
    """The JSON body as a model. Raises BadRequest."""
    return decoded(await body_of(request, _MOST_JSON), model)


def decoded(text: bytes, model: type[Wish]) -> Wish:
    """JSON as a model. Raises BadRequest."""
    try:
        value: Any = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"Invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("Invalid JSON: expected an object")
    return parsed(model, value)


async def body_of(request: Request, most: int) -> bytes:
    """All of the body, at most `most` bytes of it. Raises BadImage."""
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > most:
            raise BadImage(f"File size too large (expected at most {most} bytes)")
    return bytes(body)


def base_of(request: Request) -> str:
    """Scheme, host and port that the server was asked at."""
    return f"{request.url.scheme}://{request.url.netloc}"


async def refused(_: Request, error: Exception) -> Response:
    """A RequestError as the page shows it."""
    status = error.status if isinstance(error, RequestError) else 500
    return _said(status, str(error))


async def missed(request: Request, error: Exception) -> Response:
    """A path or a method that there is not."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    return _said(status, f"The studio has no {request.method} {request.url.path[:200]}")


async def failed(request: Request, error: Exception) -> Response:
    """A fault of the server."""
    log.error("studio.failed", path=request.url.path, exc_info=error)
    return _said(500, "Internal error; the log of the server says more")


def _said(status: int, message: str) -> Response:
    readable = message.encode("utf-8", "backslashreplace").decode()
    return JSONResponse({"error": {"message": readable}}, status, {"Cache-Control": "no-store"})
