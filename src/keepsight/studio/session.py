"""Who may come in: the API key and secret, by Basic or by a cookie that says they were shown."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping

from itsdangerous import BadSignature, TimestampSigner

from keepsight.api.auth import Credentials, check_admin

COOKIE = "keepsight_studio"
SECONDS = 12 * 3_600
"""How long a login lasts."""
_SUBJECT = "studio"


def check_login(key: str, secret: str, credentials: Credentials) -> None:
    """Return for the key and secret of the Admin API. Raises Unauthorized."""
    packed = base64.b64encode(f"{key}:{secret}".encode(errors="surrogateescape")).decode()
    check_admin({"authorization": f"Basic {packed}"}, credentials)


def check_basic(headers: Mapping[str, str], credentials: Credentials) -> None:
    """Return for what opens the Admin API, too. Raises Unauthorized."""
    check_admin(headers, credentials)


def issue(credentials: Credentials) -> str:
    """The value of the cookie, good for SECONDS; another secret ends it at once. Raises Unauthorized without one."""
    return _signer(credentials).sign(_SUBJECT).decode()


def is_valid(cookie: str, credentials: Credentials) -> bool:
    """Whether the cookie was issued here, for the current secret, and lately."""
    try:
        return _signer(credentials).unsign(cookie, max_age=SECONDS).decode() == _SUBJECT
    except BadSignature:
        return False


def _signer(credentials: Credentials) -> TimestampSigner:
    # itsdangerous' default is SHA-1; what is ours alone may be newer.
    return TimestampSigner(credentials.secret, salt="keepsight.studio", digest_method=hashlib.sha256)
