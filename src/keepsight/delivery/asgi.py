"""HTTP of images as a raw ASGI application: hits before any routing, misses on a bounded pool.

A framework's response objects cost more than sending a 30 KB image does, so hits are written to the socket directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import structlog
from cachetools import LRUCache

from keepsight.delivery.answer import Answer, error_answer
from keepsight.delivery.negotiate import accepted
from keepsight.delivery.origin import Delivered, Origin
from keepsight.errors import MethodNotAllowed, RequestError, Unavailable
from keepsight.pixels.formats import Format

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Key = tuple[str, tuple[Format, ...]]

_OVERHEAD = 1_024
"""Bytes that an entry of the memory cache costs besides its body, roughly."""

log = structlog.get_logger()


class Delivery:
    """The ASGI application that answers delivery URLs."""

    def __init__(self, origin: Origin) -> None:
        limits, cache = origin.settings.limits, origin.settings.cache
        self._origin = origin
        self._hot: LRUCache[_Key, Delivered] = LRUCache(
            int(cache.memory_bytes), getsizeof=lambda d: len(d.answer.body) + _OVERHEAD
        )
        self._flights: dict[_Key, asyncio.Future[Delivered]] = {}
        self._pool = ThreadPoolExecutor(limits.threads, thread_name_prefix="image")
        self._room = limits.threads + limits.queue

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        if scope["method"] not in ("GET", "HEAD"):
            refused = error_answer(
                MethodNotAllowed(f"Method {scope['method']} is not offered (expected GET or HEAD)"), 0
            )
            await _send(send, refused, scope["method"])
            return
        headers = dict(scope["headers"])
        raw_path = scope["raw_path"].partition(b"?")[0].decode("latin-1")
        key = raw_path, accepted(headers.get(b"accept", b""))
        answer = self._hit(key) or await self._miss(key)
        none_match = headers.get(b"if-none-match")
        if answer.etag and none_match is not None and _matches(none_match, answer.etag):
            await _send(send, answer, scope["method"], not_modified=True)
        else:
            await _send(send, answer, scope["method"])

    def close(self) -> None:
        """Let the images in work end; start no more."""
        self._pool.shutdown(wait=True, cancel_futures=True)

    def _hit(self, key: _Key) -> Answer | None:
        delivered = self._hot.get(key)
        if delivered is None:
            return None
        if not all(map(self._origin.originals.is_current, delivered.originals)):
            del self._hot[key]
            return None
        return delivered.answer

    async def _miss(self, key: _Key) -> Answer:
        try:
            # Shielded: a client that leaves does not take the image away from others who wait for it.
            return (await asyncio.shield(self._flight(key))).answer
        except RequestError as error:
            return error_answer(error, self._origin.settings.cache.error_max_age)
        except Exception:
            log.exception("delivery.failed", path=key[0])
            return error_answer(RequestError("Internal error; the log of the server says more"), 0)

    def _flight(self, key: _Key) -> asyncio.Future[Delivered]:
        """The work for a key, shared by all who ask while it lasts. Raises Unavailable when the queue is full."""
        if key in self._flights:
            return self._flights[key]
        if len(self._flights) >= self._room:
            raise Unavailable("Too many images are waiting to be made", retry_after=1)
        loop = asyncio.get_running_loop()
        path, formats = key
        accept = b",".join(f.content_type.encode() for f in formats)
        flight = loop.run_in_executor(self._pool, self._origin.deliver, path, accept)
        self._flights[key] = flight
        flight.add_done_callback(lambda done: self._land(key, done))
        return flight

    def _land(self, key: _Key, flight: asyncio.Future[Delivered]) -> None:
        del self._flights[key]
        if not flight.cancelled() and flight.exception() is None and flight.result().lasting:
            delivered = flight.result()
            if len(delivered.answer.body) + _OVERHEAD <= self._hot.maxsize:
                answer = replace(delivered.answer, cache=b"hit", timing=b"memory")
                self._hot[key] = replace(delivered, answer=answer)


def _matches(none_match: bytes, etag: bytes) -> bool:
    """RFC 9110, section 13.1.2: weak comparison against a list or `*`."""
    tags = [t.strip().removeprefix(b"W/") for t in none_match.split(b",")]
    return etag in tags or tags == [b"*"]


async def _send(send: Send, answer: Answer, method: str, *, not_modified: bool = False) -> None:
    status = 304 if not_modified else answer.status
    head = [*answer.headers]
    if answer.status == 200:
        head += ((b"x-cache", answer.cache), (b"server-timing", answer.timing))
    if not not_modified:
        head.append((b"content-length", str(len(answer.body)).encode()))
    body = b"" if not_modified or method == "HEAD" else answer.body
    await send({"type": "http.response.start", "status": status, "headers": head})
    await send({"type": "http.response.body", "body": body})
