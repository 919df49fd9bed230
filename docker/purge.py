#!/usr/bin/env python3
"""Removes from nginx's cache what changed: the other end of Keepsight's `cdn.purge_url`.

Keepsight posts, signed, which asset changed. Every file of the cache whose key is an address of that asset, as the
picture itself or as a layer, is removed; nginx then asks the origin again. It needs the folder of the cache, Python's
standard library, and the secret:

    KEEPSIGHT_CLOUD__API_SECRET=… python3 purge.py --cache /var/cache/nginx/images --port 9000
"""

from __future__ import annotations

import argparse
import hashlib
import hmac
import json
import os
import re
import sys
import time
from collections.abc import Iterable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

LONGEST_BODY = 16 << 20
PATIENCE = 7_200
"""Seconds for which a signature is believed, as Cloudinary's SDKs believe a notification."""
HEAD = 4_096 + 8_192
"""Bytes of a cached file in which its key lies: after nginx's own header, and no longer than a path may be."""


def signed(body: bytes, timestamp: str, signature: str, secret: str) -> bool:
    """Whether Keepsight wrote this, and not long ago."""
    if not timestamp.isascii() or not timestamp.isdecimal() or abs(time.time() - int(timestamp)) > PATIENCE:
        return False
    expected = hashlib.sha1(body + timestamp.encode() + secret.encode()).hexdigest()
    return hmac.compare_digest(expected, signature)


def addresses_of(public_id: str) -> re.Pattern[str]:
    """Matches every path that shows the asset: as its end, with or without an extension, or as a layer in it."""
    whole = re.escape(public_id)
    layer = re.escape(public_id.replace("/", ":"))
    return re.compile(rf"/{whole}(\.\w{{1,5}})?$|/{whole}/[^/]+$|(?:^|[/,])[lu]_(?:[a-z]+:)*{layer}(?:[,/.]|$)")


def keys(folder: Path) -> Iterator[tuple[Path, str]]:
    """Every cached file, and the path in its key."""
    for file in folder.rglob("*"):
        try:
            if file.is_file():
                with file.open("rb") as cached:
                    key = re.search(rb"\nKEY: (\S+)", cached.read(HEAD))
                if key:
                    yield file, unquote(key[1].decode("utf-8", "replace"))
        except FileNotFoundError:  # nginx evicts meanwhile
            continue


def purge(folder: Path, public_ids: Iterable[str]) -> int:
    """Remove what shows one of the assets; how many files."""
    shows = [addresses_of(public_id) for public_id in public_ids]
    gone = [file for file, path in keys(folder) if any(pattern.search(path) for pattern in shows)]
    for file in gone:
        file.unlink(missing_ok=True)
    return len(gone)


class Purger(BaseHTTPRequestHandler):
    """POST of a signed notice."""

    folder: Path
    secret: str

    def do_POST(self) -> None:
        """Answer 204 when all is removed, 401 without a right signature, 400 for what is no notice."""
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > LONGEST_BODY:
            return self._say(400, "expected a body with a Content-Length of at most 16 MiB")
        body = self.rfile.read(int(length))
        if not signed(
            body, self.headers.get("X-Cld-Timestamp", ""), self.headers.get("X-Cld-Signature", ""), self.secret
        ):
            return self._say(401, "expected X-Cld-Signature over the body with the secret of Keepsight")
        try:
            public_id = str(json.loads(body)["public_id"])
        except (ValueError, KeyError, TypeError):
            return self._say(400, "expected JSON with a public_id")
        count = purge(self.folder, [public_id])
        print(json.dumps({"event": "purged", "public_id": public_id, "files": count}), flush=True)
        return self._say(204)

    def _say(self, status: int, text: str = "") -> None:
        body = f"{text}\n".encode() if text else b""
        self.send_response(status)
        if body:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Quiet: what was removed is printed."""


def main() -> None:
    """Serve until the process ends."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--cache", type=Path, required=True, help="folder of proxy_cache_path")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=9000)
    given = parser.parse_args()
    secret = os.environ.get("KEEPSIGHT_CLOUD__API_SECRET", "")
    if not secret:
        sys.exit("purge: KEEPSIGHT_CLOUD__API_SECRET is not set: nobody could be believed")
    Purger.folder, Purger.secret = given.cache, secret
    with ThreadingHTTPServer((given.host, given.port), Purger) as server:
        print(json.dumps({"event": "listening", "port": server.server_port}), flush=True)
        server.serve_forever()


if __name__ == "__main__":
    main()
