"""What one surface of the server answers: counted, timed, told in the log, and named in all lines on its way."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import structlog

from keepsight.telemetry.metrics import REQUEST_SECONDS, REQUESTS, RESPONSE_BYTES
from keepsight.telemetry.spans import TRACE_ID, Request, server_span

_EXPECTED = {
    "delivery": (("memory_hit", 200), ("disk_hit", 200), ("not_modified", 304), ("miss", 200)),
    "api": (("done", 200),),
    "studio": (("done", 200),),
}
_FEARED = (("overloaded", 503), ("failed", 500))
_LONGEST_PATH = 1_000
_TOLD = {b"x-focus": "focus", b"x-cld-error": "error"}
"""Headers of an answer that its line repeats."""

Pairs = Sequence[tuple[bytes, bytes]]
_Seen = tuple[int, bytes, bool]
"""Status, what `X-Cache` says, and whether it was found in memory."""

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Sent:
    """What a line tells of an answer."""

    seen: _Seen
    head: Pairs
    size: int


class Requests:
    """Counts answers of one surface. For one event loop.

    A hit from memory takes 15 us in all, so its share of this is one lookup in a dictionary: the counters, which have
    a lock each, get the sums when somebody asks for them (`flush`).
    """

    def __init__(self, surface: str, *, told: bool = True, hits: float = 0.0) -> None:
        """`told`: whether requests get a line in the log; `hits`: which share of the hits from memory does, 0..1."""
        self.surface, self._told = surface, told
        self._every = round(1 / hits) if told and hits > 0 else 0
        self._hits = 0
        self._seen: dict[_Seen, list[int]] = {}
        for outcome, code in (*_EXPECTED.get(surface, ()), *_FEARED):
            REQUESTS.labels(surface, outcome, code)  # a counter that begins with 1 has no increase to see

    def answered(  # noqa: PLR0913, PLR0917 - the hot path: an object around these would cost more than all the rest
        self,
        scope: Mapping[str, Any],
        name: bytes,
        began: float,
        memory: bool,
        cache: bytes,
        status: int,
        head: Pairs,
        size: int,
    ) -> None:
        """One answer is about to go out.

        `began` is the `perf_counter` at the head of the request; `memory`: it was found in memory; `cache` says `hit`
        or `miss`, and nothing where neither applies; `head` and `size`, in bytes, are what is sent.
        """
        key = status, cache, memory
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = [0, 0]
        seen[0] += 1
        seen[1] += size
        if not memory:
            seconds = perf_counter() - began
            REQUEST_SECONDS.labels(self.surface, _outcome(*key)).observe(seconds)
            if self._told:
                self._tell(scope, name, seconds, _Sent(key, head, size))
        elif self._every and self._is_told():
            self._tell(scope, name, perf_counter() - began, _Sent(key, head, size))

    def remembered(self, path: str, name: bytes, began: float, status: int, size: int) -> None:
        """One GET is about to be answered from memory, without a scope; the rest as in `answered`."""
        key = status, b"hit", True
        seen = self._seen.get(key)
        if seen is None:
            seen = self._seen[key] = [0, 0]
        seen[0] += 1
        seen[1] += size
        if self._every and self._is_told():
            scope = {"method": "GET", "raw_path": path.encode("latin-1")}
            self._tell(scope, name, perf_counter() - began, _Sent(key, (), size))

    def counted(self, status: int, size: int) -> None:
        """One request is about to be refused at once, as many are far above capacity: counted, and told nowhere."""
        seen = self._seen.setdefault((status, b"", False), [0, 0])
        seen[0] += 1
        seen[1] += size

    def flush(self) -> None:
        """Hand the sums on to the counters. On the event loop, as `answered`."""
        seen, self._seen = self._seen, {}
        for key, (count, size) in seen.items():
            outcome = _outcome(*key)
            REQUESTS.labels(self.surface, outcome, key[0]).inc(count)
            RESPONSE_BYTES.labels(self.surface, outcome).inc(size)

    def _is_told(self) -> bool:
        # Only where some hits are told: most servers tell none, and are spared the call.
        self._hits += 1
        return self._hits % self._every == 0

    def _tell(self, scope: Mapping[str, Any], name: bytes, seconds: float, sent: _Sent) -> None:
        # Never the query: it holds tokens and signatures.
        path = (scope.get("raw_path") or scope["path"].encode())[:_LONGEST_PATH].decode("latin-1")
        more = {_TOLD[header]: value.decode("latin-1") for header, value in sent.head if header in _TOLD}
        status, _, memory = sent.seen
        if TRACE_ID in scope:
            more["trace_id"] = scope[TRACE_ID]
        if memory:
            more.pop("focus", None)  # was told when it was made
        log.info(
            "request",
            surface=self.surface,
            request_id=name.decode("latin-1"),
            method=scope["method"],
            path=path,
            status=status,
            outcome=_outcome(*sent.seen),
            bytes=sent.size,
            ms=round(seconds * 1000, 2),
            **more,
        )


@contextmanager
def requested(
    surface: str, name: bytes, scope: MutableMapping[str, Any], headers: Mapping[bytes, bytes]
) -> Iterator[Request]:
    """What is logged inside, in whichever thread, carries the name of the request, and spans belong to it.

    `headers` are those of the request: a `traceparent` among them is gone on with.
    """
    with server_span(surface, scope, headers) as request:
        named = {"request_id": name.decode("latin-1")}
        if request.trace_id:
            named["trace_id"] = request.trace_id
        with structlog.contextvars.bound_contextvars(**named):
            yield request


def _outcome(status: int, cache: bytes, memory: bool) -> str:
    if status in (429, 503):
        return "overloaded"
    if status >= 400:
        return "refused" if status < 500 else "failed"
    if cache == b"miss":  # the work was done, whatever part of it is sent
        return "miss"
    if cache == b"hit":
        return "not_modified" if status == 304 else "memory_hit" if memory else "disk_hit"
    return "preflight" if status == 204 else "done"
