"""Reading a body from the socket: fields in memory, the file to disk as it comes, and words for what is wrong."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl

from multipart import MultipartError, ParserLimitReached, parse_options_header
from starlette.requests import ClientDisconnect, Request

from keepsight.api.form.body import Body
from keepsight.api.form.segments import MAX_FIELDS, MAX_TEXT, Segments
from keepsight.errors import BadRequest

_TYPES = "multipart/form-data, application/x-www-form-urlencoded or application/json"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a body may be at most."""

    folder: Path
    """Where the file lies until the request is over."""
    max_bytes: int
    """Of the file. As a data URI it may be a third longer."""


@asynccontextmanager
async def received(request: Request, allowed: Allowed) -> AsyncIterator[Body]:
    """The body of a request; the file of it goes away at the end.

    Raises BadRequest for another content type, for a body that is cut short or damaged, and for one over a limit.
    """
    query = tuple(parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    if request.method in ("GET", "HEAD"):
        yield Body(query=query)
        return
    kind, options = parse_options_header(request.headers.get("content-type", ""))
    match kind.lower():
        case "multipart/form-data":
            with NamedTemporaryFile(dir=allowed.folder, prefix="part-", buffering=1 << 20) as file:
                segments = Segments(options.get("boundary", ""), file, Path(file.name), allowed.max_bytes)
                yield replace(await _read(request, segments), query=query)
        case "application/x-www-form-urlencoded":
            yield Body(_urlencoded(await _text(request)), query=query)
        case "application/json":
            yield Body(json=_json(await _text(request)), query=query)
        case "" if not await _text(request):
            yield Body(query=query)
        case other:
            raise BadRequest(f"Unsupported content type {other[:80] or '(none)'} (expected {_TYPES})")


async def _read(request: Request, segments: Segments) -> Body:
    try:
        async for part in _stream(request):
            segments.feed(part)
        return segments.finish()
    except ParserLimitReached as error:
        raise BadRequest(f"Invalid multipart body: over a limit ({error})") from error
    except MultipartError as error:
        raise BadRequest(f"Invalid multipart body: {error} (was it cut short?)") from error


async def _text(request: Request) -> bytes:
    text = bytearray()
    async for part in _stream(request):
        text += part
        if len(text) > MAX_TEXT:
            raise BadRequest(f"The body is too large (expected at most {MAX_TEXT} bytes)")
    return bytes(text)


async def _stream(request: Request) -> AsyncIterator[bytes]:
    try:
        async for part in request.stream():
            if part:
                yield part
    except ClientDisconnect:
        raise BadRequest("The body was cut short") from None


def _urlencoded(text: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise BadRequest(f"Invalid body: {error} (expected name=value pairs in UTF-8)") from None


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = json.loads(text or b"{}")
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"Invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("Invalid JSON: expected an object")
    return value
