"""Reading a body from the socket: fields in memory, the file to disk as it comes, and words for what is wrong."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from urllib.parse import parse_qsl

import anyio
from multipart import MultipartError, ParserLimitReached, parse_options_header
from starlette.requests import ClientDisconnect, Request

from keepsight.api.form.body import Body
from keepsight.api.form.room import Claim, Room
from keepsight.api.form.segments import MAX_FIELDS, MAX_TEXT, Segments
from keepsight.api.strict_json import read_json
from keepsight.errors import BadRequest, TooSlow

_SILENCE = 30.0
"""Seconds between two pieces of a body."""
_TYPES = "multipart/form-data, application/x-www-form-urlencoded or application/json"


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a body may be at most."""

    folder: Path
    """Where the file lies until the request is over."""
    max_bytes: int
    """Of the file. As a data URI it may be a third longer."""
    room: Room
    seconds: float
    """For the whole body to arrive."""


@asynccontextmanager
async def received(request: Request, allowed: Allowed) -> AsyncIterator[Body]:
    """The body of a request; the file of it goes away at the end, and the room that it took.

    Raises BadRequest for another content type, for a body that is cut short or damaged, and for one over a limit;
    TooSlow; Unavailable when too much is in work already.
    """
    query = _query(request)
    most = allowed.max_bytes * 4 // 3 + 2 * MAX_TEXT
    with allowed.room.claim(most, _stated_length(request)) as claim:
        if request.method in ("GET", "HEAD"):
            yield Body(query=query)
            return
        arriving = _Arriving(request, claim, allowed.seconds)
        kind, options = parse_options_header(request.headers.get("content-type", ""))
        match kind.lower():
            case "multipart/form-data":
                with NamedTemporaryFile(dir=allowed.folder, prefix="part-", buffering=1 << 20) as file:
                    segments = Segments(options.get("boundary", ""), file, Path(file.name), allowed.max_bytes)
                    yield replace(await _read(arriving, segments), query=query)
            case "application/x-www-form-urlencoded":
                yield Body(_urlencoded(await _text(arriving)), query=query)
            case "application/json":
                yield Body(json=_json(await _text(arriving)), query=query)
            case "" if not await _text(arriving):
                yield Body(query=query)
            case other:
                raise BadRequest(f"Unsupported content type {other[:80] or '(none)'} (expected {_TYPES})")


class _Arriving:
    """The pieces of a body, in time and as far as there is room."""

    def __init__(self, request: Request, claim: Claim, seconds: float) -> None:
        self._request, self._claim, self._seconds = request, claim, seconds

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Raises TooSlow, BadRequest, Unavailable."""
        ends = anyio.current_time() + self._seconds
        stream = aiter(self._request.stream())
        while True:
            try:
                # Around the waiting only: while a generator hands something out, its scope is not its own.
                with anyio.fail_at(min(ends, anyio.current_time() + _SILENCE)):
                    piece = await anext(stream, None)
            except TimeoutError:
                raise TooSlow(
                    f"The body came too slowly (expected all of it in {self._seconds:g} s, and a piece at least every "
                    f"{_SILENCE:g} s)"
                ) from None
            except ClientDisconnect:
                raise BadRequest("The body was cut short") from None
            if piece is None:
                return
            if piece:
                self._claim.grow(len(piece))
                yield piece


async def _read(arriving: _Arriving, segments: Segments) -> Body:
    try:
        async for part in arriving:
            segments.feed(part)
        return segments.finish()
    except ParserLimitReached as error:
        raise BadRequest(f"Invalid multipart body: over a limit ({error})") from error
    except MultipartError as error:
        raise BadRequest(f"Invalid multipart body: {error} (was it cut short?)") from error


async def _text(arriving: _Arriving) -> bytes:
    text = bytearray()
    async for part in arriving:
        text += part
        if len(text) > MAX_TEXT:
            raise BadRequest(f"The body is too large (expected at most {MAX_TEXT} bytes)")
    return bytes(text)


def _stated_length(request: Request) -> int:
    stated = request.headers.get("content-length", "")
    return int(stated) if stated.isascii() and stated.isdecimal() and len(stated) < 20 else 0


def _query(request: Request) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(request.url.query, keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise BadRequest(f"Invalid query: {error} (expected at most {MAX_FIELDS} name=value pairs)") from None


def _urlencoded(text: bytes) -> tuple[tuple[str, str], ...]:
    try:
        return tuple(parse_qsl(text.decode(), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError as error:
        raise BadRequest(f"Invalid body: {error} (expected name=value pairs in UTF-8)") from None


def _json(text: bytes) -> dict[str, Any]:
    try:
        value = read_json(text or b"{}")
    except ValueError as error:
        raise BadRequest(f"Invalid JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest("Invalid JSON: expected an object")
    return value
