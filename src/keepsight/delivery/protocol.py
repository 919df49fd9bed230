"""uvicorn's HTTP/1.1, but hits leave in one write.

A task, a scope, two messages and a check of every header cost uvicorn more than finding an answer in memory does. So a
plain GET whose answer lies there is written as soon as its headers are read. Everything else goes uvicorn's own way,
and so do connections: their time-outs, their limits and their end.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_UNUSUAL = frozenset({b"content-length", b"transfer-encoding", b"expect", b"upgrade"})
"""Headers of a request that has a body, or wants to be answered in another way."""

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

    def on_headers_complete(self) -> None:
        """A request is there, all but its body."""
        self._written = self._write_hit()
        if not self._written:
            super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Some of the body."""
        if not self._written:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """The request has ended."""
        if not self._written:
            super().on_message_complete()

    def _write_hit(self) -> bool:
        parser, headers = self.parser, dict(self.headers)
        if (
            parser.get_method() != b"GET"
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
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
        said = [b"%b: %b\r\n" % pair for pair in self.server_state.default_headers]  # the date
        self.transport.writelines((head, *said, b"\r\n", body))
        self.on_response_complete()
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
