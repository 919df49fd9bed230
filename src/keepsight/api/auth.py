"""Who may call: signatures of Upload API requests, Basic and Bearer credentials, and what Keepsight signs itself.

An upload is signed with hex(SHA-1 or SHA-256 of (string to sign + secret)). The string joins `name=value` of every
parameter, sorted, with `&`; lists are joined by commas; empty values and `UNSIGNED` are left out. Version 2 of the
signature escapes `&` inside a pair first, version 1 does not, and a request says neither version nor algorithm: all
four are tried. Sources: the official SDKs (`api_sign_request`), checked with vectors made by them.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from keepsight.errors import BadRequest, Unauthorized

UNSIGNED = frozenset({"file", "cloud_name", "resource_type", "api_key", "signature"})
"""Parameters that are no part of the string to sign."""
OPTIONAL_SIGNED = frozenset({"notification_url", "batch_id"})
"""Left out of the string by pycloudinary when it changes tags, context or metadata, though it sends them."""
WINDOW = 3600
"""Seconds before and after now in which a timestamp is accepted."""

SignatureVersion = Literal[1, 2]
Parameters = Sequence[tuple[str, str]]
"""As they arrived, in order; the members of a list are `name[]` or `name[0]`, each on its own."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What callers of the APIs must know."""

    api_key: str | None
    """None: any key goes with the secret."""
    secrets: tuple[str, ...] = field(repr=False)
    """The one that Keepsight signs with comes first; empty: nobody may call."""
    tokens: tuple[str, ...] = field(default=(), repr=False)
    """Accepted after `Authorization: Bearer`."""

    @property
    def secret(self) -> str:
        """The current secret. Raises Unauthorized when none is configured."""
        if not self.secrets:
            raise Unauthorized("The Upload and Admin APIs are off: set cloud.api_key and cloud.api_secret")
        return self.secrets[0]


def string_to_sign(parameters: Parameters, version: SignatureVersion = 2, leave_out: Iterable[str] = ()) -> str:
    """What a caller signs, without the secret."""
    left_out = UNSIGNED.union(leave_out)
    values: dict[str, list[str]] = {}
    for name, value in parameters:
        values.setdefault(name.partition("[")[0], []).append(value)
    pairs = [f"{name}={text}" for name, each in values.items() if name not in left_out and (text := ",".join(each))]
    return "&".join(sorted(pair.replace("&", "%26") if version == 2 else pair for pair in pairs))


def check_signed(parameters: Parameters, credentials: Credentials, now: float, *, action: str = "upload") -> None:
    """Return if the request is signed with one of the secrets, and lately.

    Raises Unauthorized for a wrong signature or key (the message has the string to sign, never the secret), and
    BadRequest for what is missing or for a timestamp outside the window. A download may say itself when it expires.
    """
    given = dict(parameters)
    secrets = (credentials.secret, *credentials.secrets[1:])
    for name in ("api_key", "timestamp", "signature"):
        if not given.get(name):
            raise BadRequest(f"Missing required parameter - {name}")
    if credentials.api_key is not None and not _same(given["api_key"], credentials.api_key):
        raise Unauthorized(f"Invalid api_key {given['api_key']}")
    signature = given["signature"].lower()
    candidates = _strings(parameters, action)
    valid = [
        _same(signature, digest((text + secret).encode(errors="surrogateescape")))
        for text in candidates
        for secret in secrets
        for digest in (_sha1, _sha256)
    ]
    if not any(valid):
        raise Unauthorized(f"Invalid Signature {given['signature']}. String to sign - '{candidates[0]}'")
    if action == "download" and given.get("expires_at"):
        _check_expiry(given["expires_at"], now)
    else:
        _check_timestamp(given["timestamp"], now)


def bearer_token(headers: Mapping[str, str]) -> str | None:
    """The token after `Authorization: Bearer`, None where there is no such header."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def check_bearer(token: str, credentials: Credentials) -> None:
    """Return for one of the configured tokens. Raises Unauthorized."""
    if not _among(token, credentials.tokens):
        raise Unauthorized("Invalid token: it is none of cloud.access_tokens")


def check_admin(headers: Mapping[str, str], credentials: Credentials) -> None:
    """Return for Basic `key:secret` or a Bearer token. Raises Unauthorized."""
    if (token := bearer_token(headers)) is not None:
        check_bearer(token, credentials)
        return
    key, secret = _basic(headers.get("authorization", ""))
    secrets = (credentials.secret, *credentials.secrets[1:])
    if credentials.api_key is not None and not _same(key, credentials.api_key):
        raise Unauthorized(f"unknown api_key {key}")
    if not _among(secret, secrets):
        raise Unauthorized("api_secret mismatch")


def response_signature(public_id: str, version: int, secret: str) -> str:
    """What SDKs check an upload's answer with: always SHA-1, always version 1 of the signature (pycloudinary)."""
    return _sha1(f"public_id={public_id}&version={version}{secret}".encode())


def webhook_signature(body: bytes, timestamp: int, secret: str) -> str:
    """`X-Cld-Signature` of a notification whose `X-Cld-Timestamp` is `timestamp`, as the SDKs verify it."""
    return _sha1(body + f"{timestamp}{secret}".encode())


def _strings(parameters: Parameters, action: str) -> list[str]:
    """What the caller may have signed, the likeliest first."""
    ways: list[Iterable[str]] = [()]
    if action in ("tags", "context", "metadata"):
        ways.append(OPTIONAL_SIGNED)
    versions: tuple[SignatureVersion, ...] = (2, 1)
    return list(dict.fromkeys(string_to_sign(parameters, version, way) for way in ways for version in versions))


def _check_timestamp(timestamp: str, now: float) -> None:
    if not (timestamp.isascii() and timestamp.isdecimal() and len(timestamp) <= 11):
        raise BadRequest(f"Invalid timestamp {timestamp[:40]} (expected seconds since 1970)")
    reported = int(timestamp)
    said = datetime.fromtimestamp(min(reported, 99_999_999_999), UTC).strftime("%Y-%m-%d %H:%M:%S +0000")
    if reported < now - WINDOW:
        raise BadRequest(f"Stale request - reported time is {said} which is more than 1 hour ago")
    if reported > now + WINDOW:
        raise BadRequest(f"Early request - reported time is {said} which is more than 1 hour ahead")


def _check_expiry(expires_at: str, now: float) -> None:
    if not (expires_at.isascii() and expires_at.isdecimal() and len(expires_at) <= 11):
        raise BadRequest(f"Invalid expires_at {expires_at[:40]} (expected seconds since 1970)")
    if int(expires_at) < now:
        raise Unauthorized("This address has expired (expires_at)")


def _basic(authorization: str) -> tuple[str, str]:
    scheme, _, packed = authorization.partition(" ")
    try:
        text = base64.b64decode(packed.strip(), validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        text = ""
    key, colon, secret = text.partition(":")
    if scheme.lower() != "basic" or not colon:
        raise Unauthorized("Authorization is missing (expected Basic api_key:api_secret, or Bearer token)")
    return key, secret


def _same(given: str, known: str) -> bool:
    return hmac.compare_digest(given.encode(errors="surrogateescape"), known.encode())


def _among(given: str, known: Sequence[str]) -> bool:
    return any([_same(given, each) for each in known])  # noqa: C419 - all are compared, so that the time tells nothing


def _sha1(data: bytes) -> str:
    return hashlib.sha1(data, usedforsecurity=False).hexdigest()  # Cloudinary's default; forging takes a preimage


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
