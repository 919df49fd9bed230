"""HTTP of images as a raw ASGI application: hits before any routing, misses on a bounded pool.

A framework's response objects cost more than sending a 30 KB image does, so hits are written to the socket directly.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from dataclasses import replace
from time import perf_counter
from typing import Any

import structlog
from cachetools import LRUCache

from keepsight.delivery.answer import METHODS, Answer, error_answer, preflight
from keepsight.delivery.client import Client, client_of, formats_of
from keepsight.delivery.conditional import CONDITIONS, conditioned, is_plainly_known
from keepsight.delivery.origin import Delivered, Origin
from keepsight.delivery.proxies import Proxies
from keepsight.delivery.varies import Variant, Varies
from keepsight.delivery.workers import Workers
from keepsight.errors import MethodNotAllowed, RequestError, Unavailable
from keepsight.telemetry.request_id import RequestIds
from keepsight.telemetry.requests import Requests, requested
from keepsight.transformation.hints import NO_HINTS, parse_hints

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Key = tuple[str, Client]
_HotKey = str | tuple[str, Variant]

_OVERHEAD = 4_096
"""Bytes that an entry of the memory cache costs besides its body, roughly."""
_CHECKS, _MOST_CHECKS = 8, 2_000

log = structlog.get_logger()


class Delivery:
    """The ASGI application that answers delivery URLs."""

    def __init__(self, origin: Origin) -> None:
        limits, cache, fetch = origin.settings.limits, origin.settings.cache, origin.settings.fetch
        self._origin = origin
        # Under a path lies its answer, or what its answers vary on: they lie under the path and the client then.
        self._hot: LRUCache[_HotKey, Delivered | Varies] = LRUCache(int(cache.memory_bytes), getsizeof=_size)
        self._flights: dict[_Key, asyncio.Task[Delivered]] = {}
        self._images = Workers(limits.threads, limits.queue, "image")
        # Threads of their own: a slow server elsewhere holds up no picture of ours.
        self._fetches = Workers(fetch.concurrency, limits.queue, "fetch")
        # Where the catalogue is asked over a network, hits are checked in threads of their own.
        self._checks = Workers(_CHECKS, _MOST_CHECKS, "check")
        self._waits = origin.originals.waits
        self._ids = RequestIds()
        self._proxies = Proxies(origin.settings.server.trusted_proxies)
        log_ = origin.settings.log
        self.requests = Requests("delivery", told=log_.requests, hits=log_.hits)

    @property
    def queues(self) -> tuple[Workers, ...]:
        """Where work waits."""
        return self._images, self._fetches, self._checks

    @property
    def memory_bytes(self) -> int:
        """What the hot answers take, roughly."""
        return int(self._hot.currsize)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One HTTP request."""
        began = perf_counter()
        method, pairs = scope["method"], scope["headers"]
        headers = dict(pairs)
        if len(headers) != len(pairs):
            headers = _joined(pairs)
        name = self._ids.take(headers.get(b"x-request-id"))
        hit = None
        if method in ("GET", "HEAD"):
            path = scope["raw_path"].decode("latin-1")
            hit = await self._checked_hit(path, headers) if self._waits else self._hit(path, headers)
            answer = hit or await self._observed_miss(path, scope, headers, name)
        else:
            answer = preflight() if method == "OPTIONS" else _refused(method)
        status, head, body = answer.status, answer.complete, answer.body
        if status == 200 and not CONDITIONS.isdisjoint(headers):
            status, head, body = conditioned(answer, method, headers)
        body = b"" if method == "HEAD" else body
        self.requests.answered(scope, name, began, hit is not None, answer.cache, status, head, len(body))
        await send({"type": "http.response.start", "status": status, "headers": [*head, (b"x-request-id", name)]})
        await send({"type": "http.response.body", "body": body})

    def at_once(self, path: str, headers: Mapping[bytes, bytes]) -> tuple[bytes, bytes] | None:
        """Head and body of the answer to a GET, if it lies in memory; see `delivery.protocol.Remembering`."""
        if self._waits:
            return None
        began = perf_counter()
        _, kept = self._kept(path, headers)
        if kept is None:
            return None
        answer = kept.answer
        status, head, body = 200, answer.wire, answer.body
        if not CONDITIONS.isdisjoint(headers):
            if not is_plainly_known(answer, headers):
                return None
            status, head, body = 304, answer.unchanged_wire, b""
        try:
            if not kept.grounds.hold(self._origin.originals):
                return None
        except RequestError:
            return None
        name = self._ids.take(headers.get(b"x-request-id"))
        self.requests.remembered(path, name, began, status, len(body))
        return b"%bx-request-id: %b\r\n" % (head, name), body

    def close(self) -> None:
        """Let the images in work end; start no more."""
        self._fetches.close()
        self._checks.close()
        self._images.close()

    def _hit(self, path: str, headers: Mapping[bytes, bytes]) -> Answer | None:
        """The answer in memory, if it is still true: without a task or a thread, as most hits are."""
        key, kept = self._kept(path, headers)
        if kept is None:
            return None
        try:
            if kept.grounds.hold(self._origin.originals):
                return kept.answer
        except RequestError as error:
            return error_answer(error, 0)
        del self._hot[key]
        return None

    async def _checked_hit(self, path: str, headers: Mapping[bytes, bytes]) -> Answer | None:
        """The same where that is asked over a network."""
        key, kept = self._kept(path, headers)
        if kept is None:
            return None
        try:
            if await self._checked(kept):
                return kept.answer
        except RequestError as error:
            return error_answer(error, 0)
        if self._hot.get(key) is kept:  # another request may have put a newer one there meanwhile
            del self._hot[key]
        return None

    def _kept(self, path: str, headers: Mapping[bytes, bytes]) -> tuple[_HotKey, Delivered | None]:
        """What lies in memory for a request, and under which key; whether it is still true is another question."""
        key: _HotKey = path
        kept = self._hot.get(key)
        if isinstance(kept, Varies):
            key = path, kept.variant(formats_of(headers), parse_hints(headers) if kept.hinted else NO_HINTS)
            kept = self._hot.get(key)
        return key, kept if isinstance(kept, Delivered) else None

    async def _observed_miss(self, path: str, scope: Scope, headers: Mapping[bytes, bytes], name: bytes) -> Answer:
        with requested("delivery", name, scope, headers) as request:
            answer = await self._miss(path, scope, headers)
            request.status = answer.status
            return answer

    async def _miss(self, path: str, scope: Scope, headers: Mapping[bytes, bytes]) -> Answer:
        client = client_of(headers, scope.get("query_string", b""))
        if client.token is not None:
            client = replace(client, address=await self._proxies.see_through(scope))
        try:
            return (await self._fresh((path, client))).answer
        except RequestError as error:
            return error_answer(error, self._origin.settings.cache.error_max_age)
        except Exception:
            log.exception("delivery.failed", path=path)
            return error_answer(RequestError("Internal error; the log of the server says more"), 0)

    async def _fresh(self, key: _Key) -> Delivered:
        """What was found after this request came: work that had begun before may have seen what is no longer there.

        Shielded: a client that leaves does not take the image away from others who wait for it. Raises RequestError.
        """
        joined = key in self._flights
        try:
            delivered = await asyncio.shield(self._flight(key))
            if not joined or await self._checked(delivered):
                return delivered
        except Unavailable:
            raise
        except RequestError:
            if not joined:
                raise
        # Whoever flies now has begun after the flight that was joined, and so after this request.
        return await asyncio.shield(self._flight(key))

    async def _checked(self, delivered: Delivered) -> bool:
        """Whether it is still true. Raises Unavailable."""
        if self._waits:
            return await self._checks.run(delivered.grounds.hold, self._origin.originals)
        return delivered.grounds.hold(self._origin.originals)

    def _flight(self, key: _Key) -> asyncio.Task[Delivered]:
        """The work for a key, shared by all who ask while it lasts."""
        if key not in self._flights:
            flight = self._flights[key] = asyncio.create_task(self._deliver(*key))
            flight.add_done_callback(lambda done: self._land(key, done))
        return self._flights[key]

    async def _deliver(self, path: str, client: Client) -> Delivered:
        if not self._origin.may_fetch(path):
            return await self._images.run(self._origin.deliver, path, client)
        asked, watch = await self._fetches.run(self._origin.understand, path, client)
        return await self._images.run(self._origin.answer, asked, watch)

    def _land(self, key: _Key, flight: asyncio.Task[Delivered]) -> None:
        del self._flights[key]
        if flight.cancelled() or flight.exception() is not None or not flight.result().lasting:
            return
        delivered, (path, client) = flight.result(), key
        if _size(delivered) > self._hot.maxsize:
            return
        hit = replace(delivered, answer=replace(delivered.answer, cache=b"hit", timing=b"memory"))
        if delivered.varies:
            self._hot[path] = delivered.varies
            self._hot[path, delivered.varies.variant(client.accept, client.hints)] = hit
        else:
            self._hot[path] = hit


def _refused(method: str) -> Answer:
    return error_answer(MethodNotAllowed(f"Method {method} is not offered (expected {METHODS.decode()})"), 0)


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers that come several times are one list (RFC 9110, section 5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def _size(entry: Delivered | Varies) -> int:
    return _OVERHEAD + (len(entry.answer.body) if isinstance(entry, Delivered) else 0)
