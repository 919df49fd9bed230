"""HTTP of images as a raw ASGI application: hits before any routing, misses on a bounded pool.

A framework's response objects cost more than sending a 30 KB image does, so hits are written to the socket directly.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from contextlib import suppress
from dataclasses import replace
from time import perf_counter
from typing import Any, TypeVar

import structlog
from cachetools import LRUCache

from keepsight.assets.at_hand import WouldFetch
from keepsight.budgets import Budgets
from keepsight.claims import pauses
from keepsight.delivery.answer import METHODS, Answer, error_answer, preflight, refusal
from keepsight.delivery.client import Client, client_of, formats_of
from keepsight.delivery.conditional import CONDITIONS, conditioned, is_plainly_known
from keepsight.delivery.origin import Delivered, Looked, Origin
from keepsight.delivery.proxies import Proxies
from keepsight.delivery.varies import Variant, Varies
from keepsight.errors import MethodNotAllowed, RequestError, Unavailable
from keepsight.telemetry.request_id import RequestIds
from keepsight.telemetry.requests import Requests, requested
from keepsight.telemetry.timing import Stopwatch
from keepsight.transformation.hints import NO_HINTS, parse_hints
from keepsight.transformation.path import is_plainly_picture

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
_Key = tuple[str, Client]
T = TypeVar("T")
_HotKey = str | tuple[str, Variant]

_SURE_SECONDS = 0.001
"""For how long an answer counts as true at most, once its files were looked at."""
_OVERHEAD = 4_096
"""Bytes that an entry of the memory cache costs besides its body, roughly."""

log = structlog.get_logger()


class Delivery:
    """The ASGI application that answers delivery URLs."""

    def __init__(self, origin: Origin, budgets: Budgets, requests: Requests) -> None:
        """`requests` counts what is answered."""
        cache = origin.settings.cache
        self._origin, self.budgets, self.requests = origin, budgets, requests
        # Under a path lies its answer, or what its answers vary on: they lie under the path and the client then.
        self._hot: LRUCache[_HotKey, Delivered | Varies] = LRUCache(int(cache.memory_bytes), getsizeof=_size)
        # Those of them whose files were looked at in this turn of the loop, and since when there are any.
        self._sure: dict[_HotKey, Delivered] = {}
        self._sure_since = 0.0
        self._flights: dict[_Key, asyncio.Task[Delivered]] = {}
        self._flying: Counter[str] = Counter()
        self._waits = origin.originals.waits
        self._ids = RequestIds()
        self._proxies = Proxies(origin.settings.server.trusted_proxies)

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
        """Head and body of the answer to a GET, if it lies in memory or is a refusal; see `protocol.Remembering`."""
        if self._waits:
            return None
        began = perf_counter()
        if began - self._sure_since > _SURE_SECONDS:
            self._sure.clear()
        kept = self._sure.get(path)
        if kept is None:
            key, kept = self._kept(path, headers)
            if kept is None:
                return self._refusal_at_once(path, headers)
            if self._sure.get(key) is not kept and not self._make_sure(key, kept, began):
                return None
        answer = kept.answer
        status, head, body = 200, answer.wire, answer.body
        if not CONDITIONS.isdisjoint(headers):
            if not is_plainly_known(answer, headers):
                return None
            status, head, body = 304, answer.unchanged_wire, b""
        name = self._ids.take(headers.get(b"x-request-id"))
        self.requests.remembered(path, name, began, status, len(body))
        return _named(head, name), body

    def _make_sure(self, key: _HotKey, kept: Delivered, now: float) -> bool:
        """Whether an answer is still true; if so, that is not asked again in this turn of the loop, or a millisecond.

        Nearly all requests that are read in one turn had come before it began, and cannot know of a later change.
        """
        try:
            if not kept.grounds.hold(self._origin.originals):
                return False
        except RequestError:
            return False
        if not self._sure:
            self._sure_since = now
            asyncio.get_running_loop().call_soon(self._sure.clear)
        self._sure[key] = kept
        return True

    def _refusal_at_once(self, path: str, headers: Mapping[bytes, bytes]) -> tuple[bytes, bytes] | None:
        """The same for a picture that was never made and cannot be now: far above capacity that is most of all."""
        if not self.budgets.images.busy or not is_plainly_picture(path, self._origin.settings.cloud.name):
            return None
        if path in self._flying or self._origin.may_have(path):
            return None
        images = self.budgets.images
        try:
            images.expect(self._origin.settings.limits.deadline)
        except Unavailable as error:
            answer = refusal(str(error), error.retry_after)
            self.requests.counted(answer.status, len(answer.body))
            return _named(answer.wire, self._ids.take(headers.get(b"x-request-id"))), answer.body
        # Who is let in begins, and is expected by `_flight`, in the next turn of the loop. Until then the place is
        # kept here: it would be promised to everybody else whose request is read in this turn.
        asyncio.get_running_loop().call_soon(images.forget)
        return None

    async def close(self, patience: float) -> None:
        """Let the images in work end, for so many seconds at most; nobody asks any more."""
        if self._flights:
            await asyncio.wait(self._flights.values(), timeout=patience)

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
        except asyncio.CancelledError:  # the grace of a server that stops is over
            return error_answer(Unavailable("The server had to stop before the image was made"), 0)
        except Exception:
            log.exception("delivery.failed", path=path)
            return error_answer(RequestError("Internal error; the log of the server says more"), 0)

    async def _fresh(self, key: _Key) -> Delivered:
        """What was found after this request came: work that had begun before may have seen what is no longer there.

        Shielded: a client that leaves does not take the image away from others who wait for it. Raises RequestError.
        """
        joined = self._underway(key) is not None
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
            watch = Stopwatch(self._origin.settings.limits.deadline)
            return await self.budgets.checks.run(watch, delivered.grounds.hold, self._origin.originals)
        return delivered.grounds.hold(self._origin.originals)

    def _flight(self, key: _Key) -> asyncio.Task[Delivered]:
        """The work for a key, shared by all who ask while it lasts. Raises Unavailable."""
        flight = self._underway(key)
        if flight is None:
            new = not self._origin.may_have(key[0])
            if new:
                self.budgets.images.expect(self._origin.settings.limits.deadline)
            self._flying[key[0]] += 1
            flight = self._flights[key] = asyncio.create_task(self._deliver(*key, new=new))
            flight.add_done_callback(lambda done: self._land(key, done))
        return flight

    def _underway(self, key: _Key) -> asyncio.Task[Delivered] | None:
        """The work for a key that has not ended. What has just ended stays until the loop comes to `_land`."""
        flight = self._flights.get(key)
        return None if flight is None or flight.done() else flight

    async def _deliver(self, path: str, client: Client, *, new: bool) -> Delivered:
        """Look, wait while another process makes it, else make it. The deadline counts from here.

        What is `new` lies nowhere, and its place among those that wait is kept while that is looked at.
        """
        origin, budgets = self._origin, self.budgets
        watch = Stopwatch(origin.settings.limits.deadline)
        found: Delivered | Looked | None = None
        try:
            with suppress(WouldFetch):
                found = await budgets.looks.run(watch, origin.look, path, client, watch, fetching=False)
        finally:
            if new:
                budgets.images.forget()
        if found is None:
            new, found = False, await budgets.fetches.run(watch, origin.look, path, client, watch, fetching=True)
        waits = pauses()
        while isinstance(found, Looked) and not origin.may_make(found):
            await asyncio.sleep(next(waits))
            watch.check()
            if origin.may_make(found := origin.claim(found)):
                found = await self._holding(found, budgets.looks.run(watch, origin.look_again, found, watch))
        if isinstance(found, Delivered):
            return found
        make = budgets.images.run_expected if new else budgets.images.run
        return await self._holding(found, make(watch, origin.make, found, watch))

    async def _holding(self, looked: Looked, work: Awaitable[T]) -> T:
        """What `work` gives; the claim on an image is given up unless that is `looked` itself."""
        outcome: object = None
        try:
            outcome = given = await work
            return given
        finally:
            if outcome is not looked:
                self._origin.leave(looked)

    def _land(self, key: _Key, flight: asyncio.Task[Delivered]) -> None:
        if self._flights.get(key) is flight:  # else somebody who came just after its end began anew
            del self._flights[key]
        self._flying[key[0]] -= 1
        if not self._flying[key[0]]:
            del self._flying[key[0]]
        if flight.cancelled() or flight.exception() is not None:
            return
        self._origin.neighbours.seen.add(key[0])
        if not flight.result().lasting:
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


def _named(head: bytes, name: bytes) -> bytes:
    """A head with the name of the request."""
    return b"%bx-request-id: %b\r\n" % (head, name)


def _joined(pairs: Iterable[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
    """Headers that come several times are one list (RFC 9110, section 5.3)."""
    headers: dict[bytes, bytes] = {}
    for name, value in pairs:
        headers[name] = headers[name] + b", " + value if name in headers else value
    return headers


def _size(entry: Delivered | Varies) -> int:
    return _OVERHEAD + (len(entry.answer.body) if isinstance(entry, Delivered) else 0)
