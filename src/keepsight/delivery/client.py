"""What a request says besides its path."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote

from keepsight.delivery.negotiate import accepted
from keepsight.transformation.hints import NO_HINTS, Hints, parse_hints

TOKEN = "__cld_token__"  # noqa: S105 - the name of the parameter
_TOKEN = TOKEN.encode()
_COMMON = 500
"""Bytes of an Accept header that is worth remembering."""


@dataclass(frozen=True, slots=True)
class Client:
    """Who asks, as far as it has a say in the answer."""

    accept: bytes = b""
    """The Accept header, or the formats that it names."""
    hints: Hints = NO_HINTS
    token: str | None = None
    """The value of `__cld_token__`, in the query or else in a cookie."""
    address: str = ""
    """IP address; behind a proxy that is trusted, that of its client."""


ANYONE = Client()
"""A client that says nothing."""


def formats_of(headers: Mapping[bytes, bytes]) -> bytes:
    """The formats that the Accept header names, as an Accept header: browsers write the same in many ways."""
    accept = headers.get(b"accept", b"")
    return _formats(accept) if len(accept) <= _COMMON else _formats.__wrapped__(accept)


@lru_cache(4_096)
def _formats(accept: bytes) -> bytes:
    return b",".join(f.content_type.encode() for f in accepted(accept))


def client_of(headers: Mapping[bytes, bytes], query: bytes) -> Client:
    """The client of a request, without its address; names of headers in lower case."""
    token = _value(query, b"&") or _value(headers.get(b"cookie", b""), b";")
    return Client(formats_of(headers), parse_hints(headers), token)


def _value(pairs: bytes, separator: bytes) -> str | None:
    if _TOKEN not in pairs:
        return None
    for pair in pairs.split(separator):
        name, equals, value = pair.strip().partition(b"=")
        if name == _TOKEN and equals:
            text = value.decode("latin-1")
            # Cookie jars and forms escape the whole value; inside of it, `~` and `=` never are.
            return text if "=" in text else unquote(text)
    return None
