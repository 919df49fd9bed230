"""Tokens, `__cld_token__=[ip=…~][st=…~]exp=…[~acl=…]~hmac=…`: who holds one may see what it names, for a while.

The last part is the HMAC-SHA256 of the others, joined by `~`. Without an access list the path of the one URL that the
token is for is signed with them, as `url=…`, though it is not sent (Cloudinary's SDKs, `auth_token`).
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from keepsight.errors import Unauthorized

_UNSAFE = re.compile(r"[ \"#%&'/:;<=>?@\[\\\]^`{|}~]")
_NAMES = ("ip", "st", "exp", "acl", "hmac")
_SECONDS = re.compile(r"\d{1,15}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Opened:
    """What a valid token grants."""

    until: int
    """Seconds since the epoch."""
    exact: bool
    """Whether it names this very URL rather than a pattern that it matches."""


def open_token(token: str, keys: Sequence[str], paths: Sequence[str], address: str, now: float) -> Opened:
    """What `token` grants for a URL; `paths` are the raw spellings of its path that may have been signed.

    `keys` are hexadecimal, one of them made it. Raises Unauthorized with the reason.
    """
    parts = token.split("~")
    fields = dict(part.partition("=")[::2] for part in parts)
    if len(fields) != len(parts) or parts[-1][:5] != "hmac=" or not fields.keys() <= set(_NAMES):
        raise _denied(f"the token is malformed (expected {'~'.join(f'{name}=…' for name in _NAMES)})")
    text = "~".join(parts[:-1])
    acl = fields.get("acl")
    signed = [text] if acl is not None else [f"{text}~url={_escaped(path)}" for path in paths]
    macs = [hmac.new(bytes.fromhex(key), form.encode(), hashlib.sha256).hexdigest() for key in keys for form in signed]
    given = fields["hmac"].lower().encode()
    # Every key and form is tried, each in constant time.
    if not any([hmac.compare_digest(mac.encode(), given) for mac in macs]):  # noqa: C419 - any() alone stops early
        raise _denied("the token was not made with the key of this server, or for another URL")
    until = _seconds(fields, "exp")
    if "st" in fields and now < _seconds(fields, "st"):
        raise _denied("the token is not valid yet")
    if now >= until:
        raise _denied("the token has expired")
    if "ip" in fields and fields["ip"] != address:
        raise _denied("the token is for another address")
    if acl is not None and not any(_matches(unquote(pattern), path) for pattern in acl.split("!") for path in paths):
        raise _denied("the token is for other pictures")
    return Opened(until, exact=acl is None)


def _seconds(fields: dict[str, str], name: str) -> int:
    if not _SECONDS.fullmatch(fields.get(name, "")):
        raise _denied(f"the token is malformed (expected {name}= and seconds since 1970)")
    return int(fields[name])


def _escaped(path: str) -> str:
    """As the SDKs escape a path before they sign it: lower-case hexadecimal digits."""
    return _UNSAFE.sub(lambda match: f"%{ord(match[0]):02x}", path)


def _matches(pattern: str, path: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), path) is not None


def _denied(reason: str) -> Unauthorized:
    return Unauthorized(f"deny or ACL failure: {reason}")
