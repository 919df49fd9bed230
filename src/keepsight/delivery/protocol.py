"""uvicorn's HTTP/1.1, but hits leave in one write.

A task, a scope, two messages and a check of every header cost uvicorn more than finding an answer in memory does. So a
plain GET whose answer lies there is written as soon as its headers are read. Everything else goes uvicorn's own way,
and so do connections: their limits and their end; of their time-outs see `timeout_keep_alive_handler`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
"""Headers of a request that has a body, or wants to be answered in another way."""

_ASKING = frozenset({b"connection", b"proxy-connection"})
"""Headers in which a client asks for a connection that stays, or for its end."""

Head = bytes
Body = bytes


class Remembering(Protocol):
    """An application that has answers in memory."""

    def at_once(self, path: str, headers: Mapping[bytes, bytes]) -> tuple[Head, Body] | None:
        """The answer to a GET, if it lies in memory; None where the application has to be called.

        The head is what HTTP/1.1 sends, from the status line to the end of the last header.
        """


class HitProtocol(HttpToolsProtocol):
    """For an application that is `Remembering`; any other is called as ever."""

    _written = False
    """Whether the request that is being read has had its answer."""
    _idle_since: float | None = None
    """When the last answer left, by the clock of the loop; None as soon as something comes after it."""
    _said: Sequence[tuple[bytes, bytes]] | None = None
    """Headers that uvicorn adds to all answers, the date among them: another list every second."""
    _end = b""
    """How these are sent, and the end of a head."""

    def on_message_begin(self) -> None:
        """A request begins. It gets its scope when it turns out that somebody will read it."""
        self.url, self.headers, self.expect_100_continue = b"", [], False
        self._idle_since = None  # it may have come in one piece with the one before

    def on_headers_complete(self) -> None:
        """A request is there, all but its body."""
        self._written = self._write_hit()
        if not self._written:
            self._end_timer()
            url, headers, expects = self.url, self.headers, self.expect_100_continue
            super().on_message_begin()
            self.url, self.expect_100_continue = url, expects
            self.headers.extend(headers)  # this list is the scope's
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self._written:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has ended."""
        if not self._written:
            super().on_message_complete()

    def on_response_complete(self) -> None:
        """An answer of the application has left."""
        super().on_response_complete()
        self._idle_since = self.loop.time()

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection has ended."""
        self._end_timer()
        super().connection_lost(exc)

    def timeout_keep_alive_handler(self) -> None:
        """The timer of an idle connection has run out. The first of several hits began it, so some may be left."""
        self.timeout_keep_alive_task = None
        if self._idle_since is not None:
            left = self._idle_since + self.timeout_keep_alive - self.loop.time()
            if left > 0:
                self.timeout_keep_alive_task = self.loop.call_later(left, self.timeout_keep_alive_handler)
            else:
                super().timeout_keep_alive_handler()

    def _unset_keepalive_if_required(self) -> None:
        # uvicorn ends the timer of an idle connection with each request, and begins another one with each answer. Hits
        # leave it running, and only say when they were: it is the larger part of what uvicorn would do for one.
        self._idle_since = None

    def _end_timer(self) -> None:
        super()._unset_keepalive_if_required()

    def _write_hit(self) -> bool:
        parser, headers = self.parser, dict(self.headers)
        if (
            parser.get_method() != b"GET"
            or not parser.should_keep_alive()
            # Older versions have to ask for a connection that stays; the number comes as a string, made anew.
            or (not _ASKING.isdisjoint(headers) and parser.get_http_version() != "1.1")
            or len(headers) != len(self.headers)
            or not _UNUSUAL.isdisjoint(headers)
            or (self.cycle is not None and not self.cycle.response_complete)  # answers leave in the order of requests
            or self.flow.write_paused  # a client that reads slowly: uvicorn waits for it
        ):
            return False
        answer = self._remembered(self.url.partition(b"?")[0].decode("latin-1"), headers)
        if answer is None:
            return False
        head, body = answer
        if self._said is not self.server_state.default_headers:
            self._said = self.server_state.default_headers
            self._end = b"".join((*(b"%b: %b\r\n" % pair for pair in self._said), b"\r\n"))
        if body:
            self.transport.writelines((head, self._end, body))
        else:  # a 304: what is so small leaves sooner in one piece
            self.transport.write(head + self._end)
        self.server_state.total_requests += 1
        self._idle_since = self.loop.time()
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self.timeout_keep_alive, self.timeout_keep_alive_handler
            )
        return True

    def _remembered(self, path: str, headers: Mapping[bytes, bytes]) -> tuple[Head, Body] | None:
        app: Any = self.app
        if not hasattr(app, "at_once"):
            return None
        try:
            return cast(Remembering, app).at_once(path, headers)
        except Exception:  # the parser, which calls here, would take it for a fault of the request
            self.logger.exception("Exception in the answers from memory")
            return None
