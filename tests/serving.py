"""A server on the loopback that misbehaves as a test says."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

Answer = Callable[["Handler"], None]


class Handler(BaseHTTPRequestHandler):
    """Gives the request to the test's function."""

    server: _Server

    def do_POST(self) -> None:
        self.do_GET()

    def do_GET(self) -> None:
        site = self.server.site
        site.requests.append((self.path, dict(self.headers)))
        site.answer(self)

    def log_message(self, *_: object) -> None:
        """Quiet."""

    def give(self, status: int, body: bytes = b"", **headers: str) -> None:
        """A whole answer; header names with `_` for `-`."""
        self.head(status, len(body), **headers)
        self.wfile.write(body)

    def head(self, status: int, length: int | None, **headers: str) -> None:
        self.send_response(status)
        if length is not None:
            self.send_header("Content-Length", str(length))
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, *_: object) -> None:
        """Clients that hang up are part of the tests."""


@dataclass
class Site:
    """Where the server is, and what it was asked."""

    answer: Answer
    url: str = ""
    port: int = 0
    requests: list[tuple[str, dict[str, str]]] = field(default_factory=list)


@contextmanager
def serving(answer: Answer, wrap: Callable[[socketserver.TCPServer], None] | None = None) -> Iterator[Site]:
    """Answers on a free port of 127.0.0.1; `wrap` may put TLS around its socket."""
    with _Server(("127.0.0.1", 0), Handler) as server:
        site = Site(answer, port=server.server_address[1])
        site.url = f"http://127.0.0.1:{site.port}"
        server.site = site
        if wrap is not None:
            wrap(server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield site
        server.shutdown()
        thread.join()


def file_server(content: bytes, etag: str = '"one"', cut_after: list[int] | None = None) -> Answer:
    """Serves `content` with ranges; each entry of `cut_after` breaks one answer off after so many bytes."""
    cuts = cut_after if cut_after is not None else []

    def answer(handler: Handler) -> None:
        start = 0
        wanted = handler.headers.get("Range")
        if wanted is not None and handler.headers.get("If-Range") == etag:
            start = int(wanted.removeprefix("bytes=").removesuffix("-"))
        if start >= len(content):
            handler.give(416, Content_Range=f"bytes */{len(content)}")
            return
        body = content[start:]
        more = {"Content_Range": f"bytes {start}-{len(content) - 1}/{len(content)}"} if start else {}
        handler.head(206 if start else 200, len(body), ETag=etag, **more)
        handler.wfile.write(body[: cuts.pop(0)] if cuts else body)

    return answer
