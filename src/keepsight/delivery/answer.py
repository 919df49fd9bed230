"""What goes out: status, headers, body. Headers are joined once, when the answer is made."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from functools import lru_cache
from urllib.parse import quote

from keepsight.delivery.derived import Derived
from keepsight.delivery.disposition import attachment
from keepsight.delivery.http_date import http_date
from keepsight.delivery.varies import Varies
from keepsight.errors import MethodNotAllowed, RangeNotSatisfiable, RequestError, Unauthorized, Unavailable
from keepsight.transformation.hints import ACCEPT_CH

Headers = tuple[tuple[bytes, bytes], ...]

METHODS = b"GET, HEAD, OPTIONS"
_EVERYWHERE: Headers = (
    (b"access-control-allow-origin", b"*"),
    (
        b"access-control-expose-headers",
        b"Content-Length,Content-Disposition,Content-Range,ETag,Server-Timing,Vary,X-Cache,X-Cld-Error,X-Cld-Warning,"
        b"X-Crop-Box,X-Focus,X-Content-Type-Options,X-Request-Id",
    ),
    (b"timing-allow-origin", b"*"),
    (b"x-content-type-options", b"nosniff"),
    # A picture may be an SVG that somebody opens by its address: no script of it ever runs, nothing is loaded by it.
    (b"content-security-policy", b"default-src 'none'; style-src 'unsafe-inline'; sandbox"),
    (b"cross-origin-resource-policy", b"cross-origin"),
)
_OF_CACHES = frozenset({b"etag", b"last-modified", b"cache-control", b"vary", b"cross-origin-resource-policy"}) | {
    name for name, _ in _EVERYWHERE[:3]
}
_WRITTEN = {200: b"200 OK", 503: b"503 Service Unavailable"}
"""Status lines of answers that may go out at once."""
_LONGEST_HEADER = 1_000


@dataclass(frozen=True, slots=True)
class Answer:
    """One complete answer, before what belongs to a single request: its conditions and its name."""

    status: int
    said: Headers
    body: bytes
    etag: bytes = b""
    modified: int = 0
    """Seconds since the epoch."""
    cache: bytes = b""
    """`hit` or `miss`; empty on errors."""
    timing: bytes = b""
    """For `Server-Timing`: how long it took."""
    content: bytes = b""
    """For `Server-Timing`: what it is."""
    headers: Headers = field(init=False)
    """All but the length of the body."""
    complete: Headers = field(init=False)
    """All."""
    unchanged: Headers = field(init=False)
    """Those of a 304: what a cache goes by (RFC 9110, section 15.4.5), and who may see it."""
    wire: bytes = field(init=False)
    """As HTTP/1.1 writes it, from the status line to the last header: a success or a refusal, else empty."""
    unchanged_wire: bytes = field(init=False)
    """The same of a 304."""

    def __post_init__(self) -> None:
        timing = b", ".join(part for part in (self.timing, self.content) if part)
        more = ((b"x-cache", self.cache), (b"server-timing", timing)) if self.cache else ()
        object.__setattr__(self, "headers", self.said + more)
        sized = () if self.status == 204 else (length(self.body),)
        object.__setattr__(self, "complete", self.headers + sized)
        object.__setattr__(self, "unchanged", tuple(pair for pair in self.said if pair[0] in _OF_CACHES))
        object.__setattr__(
            self, "wire", _wire(_WRITTEN[self.status], self.complete) if self.status in _WRITTEN else b""
        )
        object.__setattr__(self, "unchanged_wire", _wire(b"304 Not Modified", self.unchanged))


def image_answer(derived: Derived, varies: Varies, cache_control: str, fault: str | None = None) -> Answer:
    """An image with everything that is said of it; `fault` is why it stands in for another."""
    etag, content = derived.etag.encode(), derived.content
    said = [
        *_EVERYWHERE,
        (b"content-type", derived.content_type.encode()),
        (b"etag", etag),
        (b"last-modified", http_date(derived.modified)),
        (b"accept-ranges", b"bytes"),
        (b"cache-control", cache_control.encode()),
        (b"x-focus", header_text(derived.focus)),
    ]
    if derived.crop_box:
        said.append((b"x-crop-box", derived.crop_box.encode()))
    if varies:
        said.append((b"vary", varies.header))
    if varies.hinted:
        said.append((b"accept-ch", ACCEPT_CH.encode()))
    if derived.attachment is not None:
        extension = content.format if content else derived.suffix
        said.append((b"content-disposition", attachment(derived.attachment, extension)))
    if derived.warnings:
        said.append((b"x-cld-warning", header_text("; ".join(derived.warnings))))
    if fault is not None:
        said.append((b"x-cld-error", header_text(fault)))
    return Answer(
        status=200,
        said=tuple(said),
        body=derived.body,
        etag=etag,
        modified=derived.modified,
        cache=b"miss",
        content=content.described(len(derived.body)).encode() if content else b"",
    )


def error_answer(error: RequestError, max_age: int) -> Answer:
    """The sentence in `X-Cld-Error`, as Cloudinary does, and as JSON in the body for whoever reads it with curl."""
    message = str(error)
    # What may be mended at once, or is about one request only, should be remembered by no CDN.
    remembered = not isinstance(error, Unauthorized | Unavailable) and error.status in (400, 404)
    said = [
        *_EVERYWHERE,
        (b"content-type", b"application/json"),
        (b"cache-control", f"public, max-age={max_age}".encode() if remembered else b"no-store"),
        (b"x-cld-error", header_text(message)),
    ]
    if varies := Varies.on(error.vary):
        said.append((b"vary", varies.header))
        if varies.hinted:
            said.append((b"accept-ch", ACCEPT_CH.encode()))
    if isinstance(error, Unavailable):
        said.append((b"retry-after", str(error.retry_after).encode()))
    if isinstance(error, MethodNotAllowed):
        said.append((b"allow", METHODS))
    if isinstance(error, RangeNotSatisfiable):
        said.append((b"content-range", f"bytes */{error.size}".encode()))
    return Answer(error.status, tuple(said), json.dumps({"error": {"message": message}}).encode())


@lru_cache(maxsize=256)
def refusal(message: str, retry_after: int) -> Answer:
    """What `Unavailable` is answered with, made once: there may be thousands a second."""
    return error_answer(Unavailable(message, retry_after), 0)


def preflight() -> Answer:
    """For OPTIONS: any page may ask for pictures, with whatever headers it likes."""
    said = (
        *_EVERYWHERE,
        (b"allow", METHODS),
        (b"access-control-allow-methods", METHODS),
        (b"access-control-allow-headers", b"*"),
        (b"access-control-max-age", b"86400"),
        (b"accept-ch", ACCEPT_CH.encode()),
    )
    return Answer(204, said, b"")


def length(body: bytes) -> tuple[bytes, bytes]:
    """The header `Content-Length`."""
    return b"content-length", str(len(body)).encode()


def _wire(status: bytes, headers: Headers) -> bytes:
    return b"HTTP/1.1 %b\r\n" % status + b"".join(b"%b: %b\r\n" % pair for pair in headers)


def header_text(text: str) -> bytes:
    """Text fit for a header: printable ASCII, the rest percent-encoded, cut where proxies would refuse it."""
    return quote(text, safe=" !\"#$&'()*+,-./:;<=>?@[\\]^_`{|}~%")[:_LONGEST_HEADER].encode("ascii")
