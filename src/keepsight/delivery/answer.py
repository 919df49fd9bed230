"""What goes out: status, headers, body. Headers that never change are joined once, when the answer is made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from urllib.parse import quote

from keepsight.delivery.derived import Derived
from keepsight.errors import MethodNotAllowed, RequestError, Unauthorized, Unavailable

Headers = tuple[tuple[bytes, bytes], ...]

_EVERYWHERE: Headers = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Content-Length,ETag,Server-Timing,Vary,X-Cache,X-Cld-Error,X-Crop-Box,X-Focus,X-Content-Type-Options",
    ),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
)
_LONGEST_HEADER = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer, before what belongs to a single request: `X-Cache`, `Server-Timing`, the length."""

    status: int
    headers: Headers
    body: bytes
    etag: bytes = b""
    timing: bytes = b""
    cache: bytes = b"miss"


def image_answer(derived: Derived, cache_control: str, *, timing: str, hit: bool) -> Answer:
    """An image with everything that is said of it."""
    etag = derived.etag.encode()
    headers = [
        *_EVERYWHERE,
        (b"content-type", derived.content_type.encode()),
        (b"etag", etag),
        (b"cache-control", cache_control.encode()),
        (b"x-crop-box", derived.crop_box.encode()),
        (b"x-focus", header_text(derived.focus)),
    ]
    if derived.varies:
        headers.append((b"vary", b"Accept"))
    return Answer(200, tuple(headers), derived.body, etag, timing.encode(), b"hit" if hit else b"miss")


def error_answer(error: RequestError, max_age: int) -> Answer:
    """The sentence in `X-Cld-Error`, as Cloudinary does, and as JSON in the body for whoever reads it with curl."""
    message = str(error)
    # A missing signature or a busy moment may be mended at once: no CDN should remember it.
    remembered = not isinstance(error, Unauthorized | Unavailable) and error.status < 500
    headers = [
        *_EVERYWHERE,
        (b"content-type", b"application/json"),
        (b"cache-control", f"public, max-age={max_age}".encode() if remembered else b"no-store"),
        (b"x-cld-error", header_text(message)),
    ]
    if isinstance(error, Unavailable):
        headers.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, MethodNotAllowed):
        headers.append((b"allow", b"GET, HEAD"))
    return Answer(error.status, tuple(headers), json.dumps({"error": {"message": message}}).encode())


def header_text(text: str) -> bytes:
    """Text fit for a header: printable ASCII, the rest percent-encoded, cut where proxies would refuse it."""
    return quote(text, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~%")[:_LONGEST_HEADER].encode("ascii")
