"""Another server on the loopback, good and bad, for the server to fetch from."""

from __future__ import annotations

import io
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from PIL import Image


class _Handler(BaseHTTPRequestHandler):
    picture: bytes

    def do_GET(self) -> None:
        with suppress(OSError):  # whoever asked had enough
            match self.path.rpartition("/")[2]:
                case "missing":
                    self.send_error(404)
                case "broken":
                    self._give(b"GIF89a of nothing")
                case "endless":
                    self.send_response(200)
                    self.end_headers()
                    for _ in range(100):
                        self.wfile.write(b"x" * 1_000)
                        time.sleep(0.1)
                case _:
                    self._give(self.picture)

    def _give(self, body: bytes) -> None:
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Quiet."""


@contextmanager
def another_server() -> Iterator[str]:
    """Its address."""
    file = io.BytesIO()
    Image.effect_noise((500, 400), 60).save(file, "JPEG")
    _Handler.picture = file.getvalue()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
